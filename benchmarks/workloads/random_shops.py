"""Random shops: machines, routings, bills, releases, and every element of a shop."""

from benchmarks.workloads.random_draws import SEEN, Draw, Row, Tables

BOUGHT = ("b0", "b1")
MADE = ("m0", "m1", "m2")
FAMILIES = ("red", "green", "blue")
RULES = ("fifo", "edd", "spt", "slack", "atc", "plan", "critical_ratio")
_WEEKDAYS = ("saturday", "sunday", "monday")
N_GROUPS = 3


def add_shop(draw: Draw, tables: Tables) -> None:
    """Add one plant or two: what it buys, makes and takes apart.

    Parameters
    ----------
    draw : Draw
        Generator and wanted elements.
    tables : dict of str to list of dict
        Changed in place.
    """
    plants = ("P", "Q") if draw.has("two_plants") else ("P",)
    tables["sites"] = [_plant(draw, plant) for plant in plants]
    tables["laws"] = [dict(row) for row in SEEN]
    tables["items"] = [
        {"item": item, "unit_cost": float(k), "price": 10.0 + k}
        for k, item in enumerate((*BOUGHT, *MADE, "p"))
    ]
    tables["suppliers"] = [{"supplier": "V"}, {"supplier": "U"}]
    tables["lanes"] = [
        {"lane": f"{origin}{plant}", "from_place": origin, "to_place": plant,
         "item": item, "lead_time_s": draw.seconds(0, 900), "price": 2.0,
         "unit_cost": 0.5, "fixed_cost": draw.pick(0.0, 4.0), **draw.law("lead_time")}
        for plant in plants
        for origin, item in (("V", "b0"), ("U", "b1"))
    ]  # fmt: skip
    tables["stock"] = [
        {"item": item, "site": plant, "on_hand": draw.pick(0, 2, 9, 40, 12.5)}
        for plant in plants
        for item in (*BOUGHT, *MADE)
    ]
    _add_ways(draw, tables)
    tables["machines"] = [
        _machine(draw, f"{plant}{group}{k}", plant, group)
        for plant in plants
        for group in range(N_GROUPS)
        for k in range(draw.whole(1, 2))
    ]
    if draw.has("shifts"):
        _add_shifts(draw, tables)
    _add_tables(draw, tables, plants)


def _plant(draw: Draw, plant: str) -> Row:
    row: Row = {"site": plant, "kind": "plant", "handling_cost": 0.1}
    if draw.has("yields"):
        row["yield_rate"] = draw.pick(1.0, 0.9, 0.5)
    if draw.has("capacities") and draw.chance(0.5):
        row["dispatch_capacity_per_period"] = draw.pick(3, 10, 25)
    if draw.has("power"):
        row["tariff"] = "day"
    return row


def _add_ways(draw: Draw, tables: Tables) -> None:
    tables["bills"] = [
        {"item": "p", "component": "m0", "quantity": draw.pick(1, 2, 0.5)},
        {"item": "p", "component": "b0", "quantity": 1,
         "scrap_rate": draw.pick(0.0, 0.25)},
    ]  # fmt: skip
    if draw.chance(0.5):
        tables["bills"].append({"item": "m1", "component": "b1", "quantity": 2})
    # An item that is assembled may have no routing: then it is there at once.
    ways = (*MADE, "p") if draw.chance(0.7) else MADE
    tables["routings"] = [
        _operation(draw, item, step)
        for item in ways
        for step in range(draw.whole(1, 4))
    ]


def _operation(draw: Draw, item: str, step: int) -> Row:
    group = draw.whole(0, N_GROUPS - 1)
    row: Row = {
        "item": item, "step": 10 * step, "operation": f"op{draw.whole(0, 1)}{group}",
        "machine_group": f"g{group}", "setup_s": draw.pick(0, 0, 30, 60),
        "duration_s": draw.pick(0, 10, 20, 30, 60, 90), **draw.law("duration"),
    }  # fmt: skip
    if draw.has("yields"):
        row["yield_rate"] = draw.pick(1.0, 1.0, 0.8, 0.3)
    if draw.has("setups"):
        row["setup_family"] = draw.pick("", *FAMILIES)
    if draw.has("rework") and draw.chance(0.5):
        row |= {"rework_rate": draw.pick(0.2, 0.5),
                "rework_step": 10 * draw.whole(0, step)}  # fmt: skip
    if draw.has("sampling"):
        row["sampling_rate"] = draw.pick(1.0, 0.5, 0.1)
    if draw.has("batches") and draw.chance(0.6):
        row |= _batch(draw)
    if draw.has("pools") and draw.chance(0.6):
        row |= {"site": "P", "operator_pool": "crew", "operators": draw.whole(1, 2)}
        if draw.chance(0.5):
            row["tool_pool"] = "jig"
    return row


def _batch(draw: Draw) -> Row:
    least = draw.whole(1, 3)
    row: Row = {"batch_min": least, "batch_max": least + draw.whole(0, 2)}
    if draw.chance(0.7):
        row["batch_timeout_s"] = draw.pick(0, 60, 120)
    return row


def _machine(draw: Draw, machine: str, plant: str, group: int) -> Row:
    row: Row = {"machine": machine, "site": plant, "group": f"g{group}",
                "speed": draw.pick(1, 1, 2, 0.5), "cost_per_h": 3.0}  # fmt: skip
    if draw.has("slots"):
        row["slots"] = draw.whole(1, 3)
    if draw.has("breakdowns") and draw.chance(0.6):
        row |= {"mttf_s": draw.seconds(200, 2000), "mttr_s": draw.seconds(10, 300)}
        if draw.has("failure_laws"):
            row |= {"failure_law": draw.pick("constant", "weibull", "gamma"),
                    "failure_cv": 0.0, "repair_law": draw.pick("constant", "uniform"),
                    "repair_cv": 0.0}  # fmt: skip
            for name in ("failure", "repair"):
                if row[f"{name}_law"] != "constant":
                    row[f"{name}_cv"] = 0.5
        if draw.has("busy_clock"):
            row["failure_clock"] = draw.pick("clock", "busy")
        if draw.has("on_failure"):
            row["on_failure"] = draw.pick("resume", "restart", "scrap")
    return row | _upkeep(draw)


def _upkeep(draw: Draw) -> Row:
    row: Row = {}
    if draw.has("maintenance") and draw.chance(0.6):
        row |= {"maintenance_every_s": draw.seconds(300, 1500),
                "maintenance_s": draw.seconds(0, 200),
                "maintenance_clock": draw.pick("clock", "busy")}  # fmt: skip
    if draw.has("wear") and draw.chance(0.7):
        row |= {
            "wear_per_h": draw.pick(0.5, 2.0), "wear_hazard": draw.pick(0, 3),
            "wear_speed": draw.pick(0, 0.5), "wear_yield": draw.pick(0, 0.4),
        }  # fmt: skip
    if draw.has("readings") and draw.chance(0.7):
        row["reading_every_s"] = draw.seconds(100, 900)
    if draw.has("power"):
        row |= {"power_off_kw": 0.5, "power_idle_kw": 2, "power_setup_kw": 4,
                "power_busy_kw": 9}  # fmt: skip
    return row


def _add_shifts(draw: Draw, tables: Tables) -> None:
    spans = (
        [("00:00", "00:20"), ("00:30", "01:00"), ("01:00", "01:30"),
         ("02:10", "05:00")],
        [("01:00", "02:00"), ("02:05", "02:15"), ("03:30", "04:00")],
    )  # fmt: skip
    tables["calendars"] = [
        {"calendar": f"turns{k}", "weekday": day, "start": start, "end": end}
        for k, shifts in enumerate(spans)
        for day in _WEEKDAYS
        for start, end in shifts
    ]
    for row in (*tables["sites"], *tables["machines"]):
        if draw.chance(0.4):
            row["calendar"] = f"turns{draw.whole(0, 1)}"


def _add_tables(draw: Draw, tables: Tables, plants: tuple[str, ...]) -> None:
    if draw.has("releases"):
        tables["releases"] = _releases(draw, plants)
    if draw.has("dispatch") or draw.has("blocking"):
        tables["groups"] = [_rule(draw, group) for group in range(N_GROUPS)]
    if draw.has("setups"):
        tables["setups"] = _setups(draw)
    if draw.has("pools"):
        tables["pools"] = [
            {"pool": "crew", "site": "P", "kind": "operator", "size": 2},
            {"pool": "jig", "site": "P", "kind": "tool", "size": 1},
        ]
        if draw.has("shifts") and draw.chance(0.6):
            tables["pools"][0]["calendar"] = "turns0"
        used = {row["item"] for row in tables["routings"] if "site" in row}
        for row in tables["routings"]:
            if row["item"] in used:  # one routing is all of one site
                row["site"] = "P"
    if draw.has("outputs"):
        tables["outputs"] = [
            {"item": "m0", "product": "b1", "quantity": 0.5},
            {"item": "m2", "product": "m0", "quantity": 2},
            {"item": "m2", "product": "m2", "quantity": draw.pick(0, 3)},
        ]
    if draw.has("power"):
        tables["tariffs"] = [
            {"tariff": "day", "start": "00:40", "price_per_kwh": 0.4},
            {"tariff": "day", "start": "02:00", "price_per_kwh": 0.1},
        ]


def _releases(draw: Draw, plants: tuple[str, ...]) -> list[Row]:
    rows = []
    for k in range(draw.whole(1, 3)):
        stream: Row = {
            "release": f"R{k}", "site": "P" if draw.has("pools") else plants[-1],
            "interval_s": draw.seconds(60, 240), **draw.law("interval"),
        }  # fmt: skip
        if draw.chance(0.5):
            stream["first_s"] = draw.seconds(0, 300)
        for item in draw.rng.permutation((*MADE, "p"))[: draw.whole(1, 3)].tolist():
            row = {**stream, "item": item, "quantity": draw.pick(1, 1, 2, 5, 1.5),
                   "share": draw.pick(1, 2), "priority": draw.whole(0, 2)}  # fmt: skip
            if draw.chance(0.7):
                row["due_s"] = draw.seconds(0, 900)
            rows.append(row)
    return rows


def _rule(draw: Draw, group: int) -> Row:
    row: Row = {"group": f"g{group}"}
    if draw.has("dispatch"):
        row["rule"] = draw.pick(*RULES)
    if draw.has("blocking") and draw.chance(0.7):
        row["capacity"] = draw.whole(0, 3)
    return row


def _setups(draw: Draw) -> list[Row]:
    rows = {}
    for _ in range(6):
        key = (
            f"g{draw.whole(0, N_GROUPS - 1)}",
            draw.pick("", "*", *FAMILIES),
            draw.pick("*", *FAMILIES),
        )
        rows[key] = draw.seconds(0, 120)
    return [
        {"group": group, "from_family": before, "to_family": after, "setup_s": setup_s}
        for (group, before, after), setup_s in rows.items()
    ]

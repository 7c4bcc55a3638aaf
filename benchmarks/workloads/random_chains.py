"""Random chains: warehouse, store and customers behind the plants of a random shop."""

from datetime import datetime, timedelta

from benchmarks.workloads.random_draws import Draw, Row, Tables
from benchmarks.workloads.random_shops import BOUGHT
from twin.model.tables import DEMAND_LAWS

DAY_PERIODS = 144  # periods of ten minutes
SOLD = (("p", "S"), ("m0", "S"), ("m0", "W"), ("b0", "W"))


def add_chain(draw: Draw, tables: Tables) -> None:
    """Add a warehouse, a store and two customers, served by the plants.

    Parameters
    ----------
    draw : Draw
        Generator and wanted elements.
    tables : dict of str to list of dict
        With a shop; changed in place.
    """
    tables["sites"] += [
        {"site": "W", "kind": "warehouse"},
        {"site": "S", "kind": "store"},
    ]
    if draw.has("site_losses"):
        tables["sites"][-2]["yield_rate"] = draw.pick(0.9, 0.5)
    tables["customers"] = [
        {"customer": "C", "priority": draw.whole(0, 2)},
        {"customer": "D", "priority": draw.whole(0, 2)},
    ]
    tables["lanes"] += [_lane(draw, *way) for way in _ways(draw)]
    tables["demands"] = [
        _demand(draw, customer, item, site)
        for customer in ("C", "D")
        for item, site in SOLD
        if draw.chance(0.6)
    ]
    tables["stock"] += [
        {"item": item, "site": site, "on_hand": draw.pick(0, 3, 10, 30)}
        for item, site in (*SOLD, ("p", "W"))
    ]
    tables["stock"].append({"item": "p", "site": "P", "on_hand": draw.pick(0, 10)})
    if draw.has("policies"):
        for row in tables["stock"]:
            # Where a routing holds at one plant, nothing brings its item to the other.
            if row["site"] != "Q" or row["item"] in BOUGHT or not draw.has("pools"):
                _add_policy(draw, row)
    if draw.has("allocation"):
        for row in tables["stock"]:
            row["allocation"] = draw.pick("fifo", "priority", "proportional")
    if draw.has("failing_suppliers"):
        tables["suppliers"][0] |= _outages(draw)


def _ways(draw: Draw) -> list[tuple[str, str, str]]:
    ways = [("P", "W", "*"), ("V", "W", "b0"), ("W", "S", "p"), ("W", "S", "m0")]
    if draw.chance(0.5):
        ways.append(("P", "S", "m0"))  # two ways to the same place
    if draw.chance(0.7):
        ways += [("S", "C", "*"), ("W", "D", "m0")]
    return ways


def _lane(draw: Draw, origin: str, end: str, item: str) -> Row:
    row: Row = {
        "lane": f"{origin}{end}{item}", "from_place": origin, "to_place": end,
        "item": item, "lead_time_s": draw.pick(0, 60, 300, 600, 900),
        "unit_cost": 0.25, "fixed_cost": draw.pick(0.0, 2.0), **draw.law("lead_time"),
    }  # fmt: skip
    if draw.has("capacities") and end in {"W", "S"}:
        row["capacity_per_period"] = draw.pick(2, 7, 15)
    if draw.has("policies"):
        row |= {"minimum": draw.pick(0, 0, 4), "multiple": draw.pick(0, 0, 5)}
    return row


def _demand(draw: Draw, customer: str, item: str, site: str) -> Row:
    row: Row = {
        "customer": customer, "item": item, "site": site,
        "mean_per_day": DAY_PERIODS * draw.pick(0.5, 1, 3),
        "law": draw.pick(*DEMAND_LAWS),
        "dispersion": draw.pick(0, 0.5), "shortage_cost": 1.0,
    }  # fmt: skip
    if draw.has("lost"):
        row["backlogged"] = draw.chance(0.4)
    if draw.has("unsplit"):
        row["split"] = draw.chance(0.4)
    return row


def _add_policy(draw: Draw, row: Row) -> None:
    policy = draw.pick("plan", "base_stock", "s_S", "r_Q")
    low = draw.whole(0, 10)
    row |= {"policy": policy, "order_quantity": draw.whole(1, 15),
            "reorder_point": low, "order_up_to": low + draw.whole(0, 20)}  # fmt: skip
    if draw.has("reviews"):
        row["review_s"] = draw.pick(300, 600, 900, 1200)


def _outages(draw: Draw) -> Row:
    row: Row = {"mttf_s": draw.seconds(600, 2400), "mttr_s": draw.seconds(60, 1200)}
    if draw.chance(0.5):
        row |= {"failure_law": "constant", "repair_law": "constant"}
    return row


def add_open_orders(draw: Draw, tables: Tables, as_of: str) -> None:
    """Add orders that are under way at the start.

    Parameters
    ----------
    draw : Draw
        Generator.
    tables : dict of str to list of dict
        With a shop; changed in place.
    as_of : str
        Start, as in the settings.
    """
    start = datetime.fromisoformat(as_of)
    ways = [("purchase", "b0", "V", "P"), ("production", "m0", None, "P"),
            ("production", "m2", None, "P")]  # fmt: skip
    if draw.has("chain"):
        ways += [("transfer", "m0", "P", "W"), ("customer", "m0", "W", "D"),
                 ("customer", "p", "S", "C")]  # fmt: skip
    tables["open_orders"] = []
    for k in range(draw.whole(1, 6)):
        kind, item, origin, end = draw.pick(*ways)
        due = start + timedelta(seconds=draw.seconds(-60, 1800))
        row: Row = {
            # Names that running numbers of the simulation would take.
            "order": f"{draw.pick('M', 'P', 'S', 'C', 'X')}{k + 1}", "kind": kind,
            "item": item, "to_place": end, "quantity": draw.pick(1, 4, 9.5),
            "due": due.isoformat(),
        }  # fmt: skip
        if origin:
            row["from_place"] = origin
        elif draw.has("open_steps") and draw.chance(0.8):
            steps = [row["step"] for row in tables["routings"] if row["item"] == item]
            row["step"] = draw.pick(*steps)
        tables["open_orders"].append(row)

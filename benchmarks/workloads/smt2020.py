"""SMT2020, a semiconductor fab of high volume and low mix, as a network of tables.

A lot is one unit. A tool is a machine; after each operation a lot is on its way to the
next, a station that holds as many as come: there it spends what the tool does not have
to wait for (tools that take the next lot before the last one is out), and transport.

What the format has no element for, and how it is taken:

- A tool has one maintenance: that of its rows that is most frequent, as long as all of
  them take together in that time. Those due by pieces are due by busy time, at the mean
  busy time of a piece; their first one comes after a whole interval.
- Failures come while a tool is busy, since the reference run lets those of idle tools
  pass: for exponential times that is the same as failures that pass.
- Lots that have to come back to one lithography tool may take any of its family.
- Tools of the families with times from setup to setup are divided among the setups by
  their load, and never set up anew: rules that avoid setups, as the fab asks for, come
  near to that, while first come first served would set up for half of the time.
- Limits of time between steps, and hot lots that go first, are not followed.

References
----------
Kopp, Hassoun, Kalir, Moench (2020), SMT2020 - a semiconductor manufacturing testbed,
IEEE Transactions on Semiconductor Manufacturing 33(4), 522-531.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from twin.model.network import Network, build

FOLDER = Path("fab/SMT2020_HVLM")
AS_OF = datetime(2018, 1, 1, tzinfo=UTC)
PIECES = 25  # of every lot
SITE = "Fab"
_SECONDS = {"min": 60.0, "hr": 3600.0, "day": 86_400.0}
_ON_THE_WAY = 100  # slots of a way; more than are ever on it

Row = dict[str, Any]


class Fab(NamedTuple):
    """The files of a fab: rows of strings by file."""

    tools: list[Row]
    routes: dict[str, list[Row]]  # by part
    maintenances: dict[str, Row]
    breakdowns: dict[str, Row]
    attached: list[Row]
    setups: list[Row]
    orders: list[Row]
    lots: list[Row]
    transport: dict[tuple[str, str], Row]


def read_fab(data: Path) -> Fab:
    """Read the files of the folder of public data `data`."""
    folder = data / FOLDER
    parts = {row["PART"]: row["ROUTEFILE"] for row in _rows(folder / "part.txt")}
    return Fab(
        tools=_rows(folder / "tool.txt.1l"),
        routes={part: _rows(folder / file) for part, file in parts.items()},
        maintenances={r["PMCALNAME"]: r for r in _rows(folder / "pmcal.txt")},
        breakdowns={r["DOWNCALNAME"]: r for r in _rows(folder / "downcal.txt")},
        attached=_rows(folder / "attach.txt"),
        setups=_rows(folder / "setup.txt"),
        orders=_rows(folder / "order.txt"),
        lots=_rows(folder / "WIP.txt"),
        transport={
            (r["FROMLOC"], r["TOLOC"]): r for r in _rows(folder / "fromto.txt")
        },
    )  # fmt: skip


def _rows(path: Path) -> list[Row]:
    frame = pl.read_csv(
        path, separator="\t", infer_schema_length=0, truncate_ragged_lines=True
    )
    return frame.to_dicts()


class Operation(NamedTuple):
    """A step of a route: how long a tool and a lot are at it, seconds.

    `machine_s` and `way_s` are uniform, with standard deviations `machine_sd_s` and
    `way_sd_s`; the lot is on its way for `way_s` after the tool is free.
    """

    name: str
    family: str
    machine_s: float
    machine_sd_s: float
    way_s: float
    way_sd_s: float
    batch: int
    least: int
    setup: str
    sampling: float
    rework: float
    back: int

    @property
    def busy_s(self) -> float:
        """Mean time of a tool for one lot, batches full."""
        return self.machine_s / self.batch


def operations(fab: Fab, part: str) -> list[Operation]:
    """Return the steps of the route of a part."""
    tools = {tool["STNFAM"]: tool for tool in fab.tools}
    route, found = fab.routes[part], []
    for k, row in enumerate(route):
        tool = tools[row["STNFAM"]]
        machine_s, machine_sd_s, lot_s, lot_sd_s = _times(row, tool)
        here = tool["STNFAMLOC"]
        there = tools[route[k + 1]["STNFAM"]]["STNFAMLOC"] if route[k + 1 :] else None
        way_s, way_sd_s = lot_s, lot_sd_s
        if (here, there) in fab.transport:
            drive = fab.transport[here, there]
            way_s += _time(drive["DTIME"], drive["DUNITS"])
            way_sd_s = math.hypot(way_sd_s, _spread(drive["DTIME2"], drive["DUNITS"]))
        found.append(
            Operation(
                name=row["DESC"], family=row["STNFAM"],
                machine_s=machine_s, machine_sd_s=machine_sd_s,
                way_s=way_s, way_sd_s=way_sd_s,
                batch=int(row["BATCHMX"] or PIECES) // PIECES,
                least=int(row["BATCHMN"] or PIECES) // PIECES,
                setup=row["SETUP"] or "",
                sampling=float(row["StepPercent"] or 100) / 100,
                rework=float(row["REWORK"] or 0) / 100,
                back=int(row["RWKSTEP"] or 0),
            )
        )  # fmt: skip
    return found


def _times(row: Row, tool: Row) -> tuple[float, float, float, float]:
    # Of the tool, and of the lot after that: mean and standard deviation each.
    unit, load_s = (
        row["PTUNITS"],
        _time(tool["LTIME"], "min") + _time(tool["ULTIME"], "min"),
    )
    work_s, work_sd_s = _time(row["PTIME"], unit), _spread(row["PTIME2"], unit)
    overlaps = tool["STNCAP"] == "2.0"  # the next lot is loaded while this one is done
    tool_load_s, lot_load_s = (0.0, load_s) if overlaps else (load_s, 0.0)
    if row["PartInterval"]:
        each_s = _time(row["PartInterval"], row["PartIntUnits"])
        busy_s, left_s = each_s * PIECES, work_s - each_s
    elif row["BatchInterval"]:
        busy_s = _time(row["BatchInterval"], row["BatchIntUnits"])
        left_s = work_s - busy_s
    else:
        n = PIECES if row["PTPER"] == "per_piece" else 1
        return n * work_s + tool_load_s, n * work_sd_s, lot_load_s, 0.0
    return busy_s + tool_load_s, 0.0, left_s + lot_load_s, work_sd_s


def _time(number: str, unit: str) -> float:
    return float(number) * _SECONDS[unit]


def _spread(width: str, unit: str) -> float:
    # Uniform from half the width below the mean to half of it above.
    return _time(width, unit) / math.sqrt(12)


def network(
    fab: Fab,
    *,
    rule: str = "fifo",
    flow_factor: float = 1.0,
    full_batches: bool = True,
    wip: bool = True,
) -> Network:
    """Build the network.

    Parameters
    ----------
    fab : Fab
        Its files.
    rule : str
        Dispatch rule of all tools.
    flow_factor : float
        Time that the rule takes a lot to need over the work that is left of it.
    full_batches : bool
        Whether a batch waits until it is full, as in the reference run.
    wip : bool
        Whether the lots of the fab are under way at the begin.
    """
    steps = {part: operations(fab, part) for part in fab.routes}
    divided = divided_tools(fab, steps)
    settings = {
        "name": "SMT2020 HVLM", "as_of": AS_OF.isoformat(), "horizon_periods": 1,
        "period_s": 1e9, "review_s": 1e9,
    }  # fmt: skip
    tables = {
        "sites": [{"site": SITE, "kind": "plant"}],
        "items": [{"item": part, "unit": "lot"} for part in fab.routes],
        "machines": [*tools(fab, steps, divided), *ways(fab)],
        "groups": [
            {"group": group, "rule": rule, "flow_factor": flow_factor}
            for tool in fab.tools
            for group in dict.fromkeys(divided.get(tool["STNFAM"], [tool["STNFAM"]]))
        ],
        "routings": [
            row for part in steps
            for row in routing(
                part, steps[part], divided=set(divided), full_batches=full_batches
            )
        ],
        "setups": list(setup_times(fab)),
        "releases": list(releases(fab)),
        "open_orders": open_orders(fab) if wip else [],
    }  # fmt: skip
    return build(tables, settings)


def routing(
    part: str, steps: list[Operation], *, divided: set[str], full_batches: bool
) -> Iterator[Row]:
    """Rows of a routing: each operation, and the way after it."""
    for k, step in enumerate(steps):
        group, setup = step.family, step.setup
        if group in divided:
            group, setup = _division(group, setup), ""
        place = {"item": part, "site": SITE, "sampling_rate": step.sampling}
        yield place | {
            "step": 2 * k, "operation": step.name, "machine_group": group,
            **_law(step.machine_s, step.machine_sd_s),
            "setup_family": setup or None,
            "batch_min": step.batch if full_batches else step.least,
            "batch_max": step.batch,
            "rework_rate": step.rework,
            "rework_step": 2 * (step.back - 1) if step.rework else None,
        }  # fmt: skip
        if step.way_s > 0.0:
            yield place | {
                "step": 2 * k + 1, "operation": "way",
                "machine_group": f"from {step.family}",
                **_law(step.way_s, step.way_sd_s),
            }  # fmt: skip


def _law(mean_s: float, sd_s: float) -> Row:
    law = "uniform" if sd_s > 0.0 else "constant"
    return {"duration_s": mean_s, "duration_law": law, "duration_cv": sd_s / mean_s}


def ways(fab: Fab) -> Iterator[Row]:
    """Stations that lots are at between tools."""
    for tool in fab.tools:
        way = f"from {tool['STNFAM']}"
        yield {"machine": way, "site": SITE, "group": way, "slots": _ON_THE_WAY}


def _division(family: str, setup: str) -> str:
    return f"{family} for {setup}"


def divided_tools(fab: Fab, steps: dict[str, list[Operation]]) -> dict[str, list[str]]:
    """Group of each tool of the families that are divided among their setups."""
    busy_s: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for part, route in steps.items():
        for step in route:
            load_s = int(1e6 * rate_per_s(fab, part) * step.sampling * step.busy_s)
            busy_s[step.family][step.setup] += load_s
    found = {}
    for family in sorted({row["IGNORE"] for row in fab.setups}):
        tool = next(tool for tool in fab.tools if tool["STNFAM"] == family)
        share = Counter(dict.fromkeys(busy_s[family], 1))
        while share.total() < int(float(tool["STNQTY"])):
            loads = {setup: busy_s[family][setup] / n for setup, n in share.items()}
            share[max(loads, key=lambda setup: loads[setup])] += 1
        found[family] = [_division(family, setup) for setup in share.elements()]
    return found


def rate_per_s(fab: Fab, part: str) -> float:
    """Lots of a part that are released in a second."""
    return sum(
        1 / _time(row["REPEAT"], row["RUNITS"])
        for row in fab.orders if row["PART"] == part
    )  # fmt: skip


def tools(
    fab: Fab, steps: dict[str, list[Operation]], divided: dict[str, list[str]]
) -> Iterator[Row]:
    """Rows of machines, with failures and maintenance."""
    failures, cares = {}, defaultdict(list)
    for row in fab.attached:
        if row["CALTYPE"] == "down":
            down = fab.breakdowns[row["CALNAME"]]
            failures[row["RESNAME"]] = {
                "mttf_s": _time(down["MTTF"], down["MTTFUNITS"]),
                "mttr_s": _time(down["MTTR"], down["MTTRUNITS"]),
                "failure_clock": "busy",
            }
        else:
            cares[row["RESNAME"]].append(fab.maintenances[row["CALNAME"]])
    piece_s = busy_s_of_a_piece(steps)
    for tool in fab.tools:
        family = tool["STNFAM"]
        cells = failures.get(tool["STNGRP"], {})
        cells = cells | maintenance(cares[family], piece_s.get(family, 0.0))
        n_tools = int(float(tool["STNQTY"]))
        for k, group in enumerate(divided.get(family, [family] * n_tools)):
            yield {"machine": f"{family} {k}", "site": SITE, "group": group, **cells}


def busy_s_of_a_piece(steps: dict[str, list[Operation]]) -> dict[str, float]:
    """Mean time a tool of each family is busy for a piece; parts are made alike."""
    busy_s: defaultdict[str, float] = defaultdict(float)
    pieces: defaultdict[str, float] = defaultdict(float)
    for step in (step for route in steps.values() for step in route):
        busy_s[step.family] += step.sampling * step.busy_s
        pieces[step.family] += step.sampling * PIECES
    return {family: busy_s[family] / pieces[family] for family in busy_s}


def maintenance(rows: list[Row], piece_s: float) -> Row:
    """Take several maintenances as one that costs the same time."""
    if not rows or not piece_s:
        return {}
    # From one to the next, in busy time, and how long it takes.
    every = sorted(
        (_between(row, piece_s), _time(row["MTTR"], row["MTTRUNITS"])) for row in rows
    )
    first_s = every[0][0]
    return {
        "maintenance_every_s": first_s,
        "maintenance_s": first_s * sum(long_s / each_s for each_s, long_s in every),
        "maintenance_clock": "busy",
    }


def _between(row: Row, piece_s: float) -> float:
    if row["MTBPMUNITS"] == "pieces":
        return float(row["MTBPM"]) * piece_s
    return _time(row["MTBPM"], row["MTBPMUNITS"])


def setup_times(fab: Fab) -> Iterator[Row]:
    """Yield the times of setups that steps give; divided tools have none."""
    seen = set()
    for row in (row for route in fab.routes.values() for row in route):
        key = row["STNFAM"], row["SETUP"]
        if row["SETUP"] and row["STIME"] and key not in seen:
            seen.add(key)
            time_s = _time(row["STIME"], row["STUNITS"])
            yield {"group": key[0], "from_family": "*", "to_family": key[1],
                   "setup_s": time_s}  # fmt: skip


def releases(fab: Fab) -> Iterator[Row]:
    """Streams of lots."""
    for row in fab.orders:
        yield {
            "release": row["LOT"], "item": row["PART"], "site": SITE, "first_s": 0.0,
            "interval_s": _time(row["REPEAT"], row["RUNITS"]),
            "due_s": allowance_s(row), "priority": float(row["PRIOR"]),
        }  # fmt: skip


def allowance_s(row: Row) -> float:
    """Time from start to due date of an order or a lot."""
    return (_date(row["DUE"]) - _date(row["START"])).total_seconds()


def _date(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%y %H:%M:%S").replace(tzinfo=UTC)


def kind_of(lot: str) -> str:
    """Return the kind of a lot under way, as `Lot_3` of `0007 Init_Lot_3_12`."""
    return lot.partition("Init_")[2].rpartition("_")[0]


def open_orders(fab: Fab) -> list[Row]:
    """Lots under way, those released first before others; those all but done left out.

    When a lot was released is not given: it is its due date less the allowance of its
    kind of lots. The number before the lot in its id is its place by release.
    """
    allowed = {row["LOT"]: allowance_s(row) for row in fab.orders}
    found = []
    for row in fab.lots:
        if int(row["CURSTEP"]) >= len(fab.routes[row["PART"]]) - 1:
            continue
        due = AS_OF + timedelta(seconds=allowance_s(row))
        found.append((due - timedelta(seconds=allowed[kind_of(row["LOT"])]), row, due))
    found.sort(key=lambda one: one[0])
    return [
        {
            "order": f"{k:04} {row['LOT']}", "kind": "production", "item": row["PART"],
            "to_place": SITE, "quantity": 1.0, "due": due.isoformat(),
            "step": 2 * (int(row["CURSTEP"]) - 1),
        }
        for k, (_, row, due) in enumerate(found)
    ]  # fmt: skip


def loads(fab: Fab) -> dict[str, float]:
    """Share of the time that the tools of each family are busy or worked on, by means.

    Setups are left out; what fails is busy that much longer.
    """
    steps = {part: operations(fab, part) for part in fab.routes}
    busy: defaultdict[str, float] = defaultdict(float)
    for part, route in steps.items():
        for step in route:
            busy[step.family] += rate_per_s(fab, part) * step.sampling * step.busy_s
    count: defaultdict[str, int] = defaultdict(int)
    found = {}
    for tool in tools(fab, steps, {}):
        count[tool["group"]] += 1
        lost = tool.get("mttr_s", 0.0) / tool.get("mttf_s", 1.0)
        lost += tool.get("maintenance_s", 0.0) / tool.get("maintenance_every_s", 1.0)
        found[tool["group"]] = busy[tool["group"]] * (1 + lost)
    return {family: found[family] / count[family] for family in found}

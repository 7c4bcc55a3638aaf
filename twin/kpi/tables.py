"""The tables of a run's measures: what is remembered of orders, machines and stock.

One array of records a table, as in live state, but nothing is forgotten: a measure is
of a stretch of events, and memory grows with the orders and shipments of the stretch,
about 100 bytes each. Times are microseconds UTC, `NO_TIME` where something did not
happen.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from twin.state.tables import MACHINE_STATES

I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
F8 = NDArray[np.float64]
Records = Any  # array of records; mypy cannot see the fields of its rows

KIND_UNKNOWN, KIND_CUSTOMER, KIND_SUPPLY = range(3)


def _record(*fields: tuple[str, str]) -> np.dtype[np.void]:
    named = [(name, code) for code, names in fields for name in names.split()]
    return np.dtype(named, align=True)


# Lines of orders, of customers and of supply. at_once: what was shipped within the
# time that counts as at once; full_us: when as much as asked was delivered; item:
# number of the name, -1 until it is known; next: the next line of the order.
LINE = _record(
    ("f8", "quantity shipped delivered at_once price"),
    ("i8", "ordered_us due_us full_us cancelled_us"),
    ("i4", "name item point demand next"),
    ("i1", "kind"),
)

# Lines of shipments. credited: how much of `received` the order was told of.
SHIPMENT = _record(
    ("f8", "quantity received credited"),
    ("i8", "dispatched_us received_us"),
    ("i4", "name item lane line next"),
)

# Production orders. running: the first of its operations under way, -1 for none.
PRODUCTION = _record(
    ("f8", "quantity scrap rework"),
    ("i8", "released_us started_us closed_us due_us work_us"),
    ("i4", "name item site running next"),
)

# Operations under way. mark_us: what the machine had worked when it began.
OPERATION = _record(("i8", "mark_us started_us"), ("i4", "operation machine next"))

# Machines. worked_us: time in setup or busy up to since_us, from the very beginning;
# good .. planned_us count operations that ended in the window; planned_us is what the
# routings allow for their pieces, paid the money of setups and maintenance.
MACHINE = _record(
    ("i8", "since_us worked_us n_operations"),
    ("f8", "good scrap rework planned_us paid energy_kwh energy_cost"),
    ("i4", "running"),
    ("i1", "state"),
)

# A quantity over time: what it is since `since_us`, and its integral over the window,
# in units x microseconds.
LEVEL = _record(("f8", "level integral"), ("i8", "since_us"))

# Units of the window at a stock point. made: received from production; sent: left for
# anywhere; sold: of that, to customers; sales: their price.
POINT_FLOW = _record(("f8", "made sent sold sales"))

# Of the window on a lane. cost: of transport; purchase: price of the goods.
LANE_FLOW = _record(("f8", "sent cost purchase"))

# Arrivals at a stock point that customers are served from.
ARRIVAL = _record(("i8", "time_us"), ("i4", "point"))

# Cells of `counts`: rows used of the growing tables, the first free row of operations,
# and how many events were folded, or left out before and after.
LINES, SHIPMENTS, PRODUCTIONS, OPERATIONS, ARRIVALS, FREE = range(6)
EVENTS, BEFORE, AFTER = range(6, 9)

GROWING = ("lines", "shipments", "production", "operations", "arrivals")
"""Tables that grow, in the order of their rows of `counts`."""

ORDER_MEMO, SHIPMENT_MEMO, PRODUCTION_MEMO = range(3)

# Columns of `wip`: a row a site, and a last one for orders without a known site.
WIP_ORDERS, WIP_UNITS = range(2)

N_STATES = len(MACHINE_STATES)
HOUR_US = 3_600_000_000
DAY_US = 86_400_000_000


class FoldTables(NamedTuple):
    """All that a fold changes.

    `asked` and `placed` are money by site and bucket, the last row of `placed` is what
    was placed with suppliers; `memo[kind, name]` is the first slot of an order,
    shipment or production order by number of its name.
    """

    lines: Records
    shipments: Records
    production: Records
    operations: Records
    arrivals: Records
    machines: Records
    time_in_state_us: I8
    on_hand: Records
    in_transit: Records
    backlog: Records
    wip: Records
    point_flows: Records
    lane_flows: Records
    asked: F8
    placed: F8
    memo: I4
    counts: I8


class Shape(NamedTuple):
    """How many of each there are."""

    n_machines: int
    n_points: int
    n_lanes: int
    n_demands: int
    n_sites: int
    n_buckets: int


def empty_fold(shape: Shape, start_us: int, capacity: int = 256) -> FoldTables:
    """Allocate the tables of a fold that begins at `start_us`.

    Parameters
    ----------
    shape : Shape
        Of the network and of the window.
    start_us : int
        Microseconds UTC; levels are 0 from then on.
    capacity : int
        Rows of every growing table at first, >= 1.

    Returns
    -------
    FoldTables
    """

    def levels(*shape: int) -> Records:
        table = np.zeros(shape, LEVEL)
        table["since_us"] = start_us
        return table

    machines = np.zeros(shape.n_machines, MACHINE)
    machines["since_us"] = start_us
    return FoldTables(
        lines=np.zeros(capacity, LINE),
        shipments=np.zeros(capacity, SHIPMENT),
        production=np.zeros(capacity, PRODUCTION),
        operations=np.zeros(capacity, OPERATION),
        arrivals=np.zeros(capacity, ARRIVAL),
        machines=machines,
        time_in_state_us=np.zeros((shape.n_machines, N_STATES), np.int64),
        on_hand=levels(shape.n_points),
        in_transit=levels(shape.n_lanes),
        backlog=levels(shape.n_demands + 1),
        wip=levels(shape.n_sites + 1, 2),
        point_flows=np.zeros(shape.n_points, POINT_FLOW),
        lane_flows=np.zeros(shape.n_lanes, LANE_FLOW),
        asked=np.zeros((shape.n_sites, shape.n_buckets)),
        placed=np.zeros((shape.n_sites + 1, shape.n_buckets)),
        memo=np.full((3, capacity), -1, np.int32),
        counts=np.array([0, 0, 0, 0, 0, -1, 0, 0, 0], np.int64),
    )


def with_room(tables: FoldTables, n_more: dict[str, int], n_names: int) -> FoldTables:
    """Return tables with room for more rows and names.

    Parameters
    ----------
    tables : FoldTables
        Left as they are; arrays that need not grow are shared.
    n_more : dict of str to int
        Rows that may come, by growing table.
    n_names : int
        Names there are.

    Returns
    -------
    FoldTables
    """
    grown: dict[str, NDArray[Any]] = {}
    for row, name in enumerate(GROWING):
        table = getattr(tables, name)
        needed = int(tables.counts[row]) + n_more[name]
        if needed > len(table):
            grown[name] = np.zeros(max(needed, 2 * len(table)), table.dtype)
            grown[name][: len(table)] = table
    width = tables.memo.shape[1]
    if n_names > width:
        memo = np.full((3, max(n_names, 2 * width)), -1, np.int32)
        memo[:, :width] = tables.memo
        grown["memo"] = memo
    return tables._replace(**grown) if grown else tables


def used(tables: FoldTables, name: str) -> Records:
    """Return the used rows of a growing table, as a view.

    Parameters
    ----------
    tables : FoldTables
        Of a fold.
    name : str
        One of `GROWING`.

    Returns
    -------
    ndarray of records
    """
    return getattr(tables, name)[: int(tables.counts[GROWING.index(name)])]


def copied(tables: FoldTables) -> FoldTables:
    """Copy tables, the growing ones without the room they have left.

    Parameters
    ----------
    tables : FoldTables
        Left as they are.

    Returns
    -------
    FoldTables
    """
    fresh = {name: used(tables, name).copy() for name in GROWING}
    others = {name for name in tables._fields if name not in fresh}
    fresh |= {name: getattr(tables, name).copy() for name in others}
    return FoldTables(**fresh)


def happened(times_us: I8) -> NDArray[np.bool_]:
    """Return which times are given, of the same shape."""
    given: NDArray[np.bool_] = times_us != NO_TIME
    return given

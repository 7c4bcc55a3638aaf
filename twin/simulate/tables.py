"""What changes while a network is simulated: tables in one block of memory.

All tables of a simulation are views of one array of bytes. To fork a simulation is to
copy that array; to save, compare or hash it is to take its bytes. Rows refer to each
other by number, never by address.

Growing tables have free rows chained by `next`. How much is used stands in `clock`.
"""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

NumPyArray = NDArray[Any]
nth = np.uint64
"""Number of a row in compiled code, where it is known not to count from the end."""

I8 = NDArray[np.int64]
F8 = NDArray[np.float64]
Records = Any  # array of records; mypy cannot see the fields of its rows

(
    NOW_US,
    N_EVENTS,  # of the calendar that happened, those made void left out
    N_CALENDAR,
    FREE_ORDER,
    FREE_CUSTOMER,
    FREE_GOODS,
    FREE_PENDING,
    N_ORDERS,  # rows in use, of the four tables with free rows
    N_CUSTOMERS,
    N_GOODS,
    N_PENDING,
    RESPONSES_HEAD,
    RESPONSES_TAIL,
    N_TRACED,
    MICRO_HEAD,
    MICRO_TAIL,
    DRAWN_PERIOD,
    PERIOD,
    N_VOID,
    RESPONDS_US,  # when the last answers are told
    N_COUNTED,  # periods at whose ends stock was counted
    AHEAD_SEED,  # of what is drawn ahead
    STREAK_ROW,  # row of the routings that order after order takes,
    STREAK_FIRST,  # and for which of them it is drawn
    STREAK_UNTIL,
    N_SETTLED,  # of the calendar, those that stand in the order of a heap
    IS_HELD,  # whether the first of the calendar has happened and is to be taken out
) = range(27)
"""Places in `Simulated.clock`, before the counters of ids."""

FLOW = ("closed", "flow_s", "pieces", "due", "late", "tardiness_s")
"""Sums over closed production orders: how many; from release to close; pieces received;
how many had a due date and were closed after it, and how much after."""

(FLOW_CLOSED, FLOW_S, FLOW_PIECES, FLOW_DUE, FLOW_LATE, FLOW_TARDINESS_S) = range(6)

PRODUCTION_IDS, LANE_IDS, SHIPMENT_IDS, CUSTOMER_IDS = range(4)
LETTERS = "MPSC"
NUMBER = 27  # place in `clock` of the last running number of each letter,
TAKEN = NUMBER + len(LETTERS)  # and of how many taken numbers it has passed
CLOCK_SIZE = TAKEN + len(LETTERS)

SHIFT, FAILURE, DISRUPTION, MAINTENANCE = range(4)
"""Why a machine stands still."""

BY_LAW, TO_BE_DRAWN = -1, -2
"""Instead of a period in `DRAWN_PERIOD`: demand follows its law; is to be handed in."""

# Number of the first order under way that goes on with its routing: those that are
# released count from 1 and come nowhere near.
OPENED = 1 << 31

N_CAUSES = 4  # distinct in the keys of the calendar

LANES = 8
"""Logarithms that are drawn at once, see `twin.simulate._kernels.lanes`; a multiple of
what a processor does side by side."""

# Kinds of names in a trace: those of the network, one after the other, then what gets
# a running number.
ITEM, PLACE, MACHINE, OPERATION, FAMILY, OPEN_ORDER, SENSOR, NUMBERED = range(8)
SENSORS = ("wear",)
"""Names of the sensors of machines."""


def _record(*fields: tuple[str, str]) -> np.dtype[np.void]:
    named = [(name, code) for code, names in fields for name in names.split()]
    return np.dtype(named, align=True)


# An appointment: `key` orders those of an instant, `what` says what happens to `ref`;
# it is void if the epoch of `ref` has moved on.
CALENDAR_RECORD = _record(("i8", "time_us key"), ("i4", "what ref epoch spare"))

# A row that will be told later; `next` chains those told together.
PENDING_RECORD = _record(
    ("i8", "time_us"),
    ("f8", "value0"),
    ("i4", "subject item place party parent next"),
    ("i2", "type_code code"),
)

# `owed` is asked for by own sites and by production that waits; `wanted` is to be made
# here and waits for components, `in_production` was released.
POINT_RECORD = _record(
    ("f8", "on_hand on_order in_transit backorder owed wanted in_production"),
    ("i8", "n_reviews"),
    ("i4", "head tail called making asked spare"),
)

# What a policy ordered, and what there was at the end of each period, summed.
SUM_RECORD = _record(("f8", "on_hand in_transit backorder ordered"), ("i8", "n_orders"))

# `shift`, `failure`, `disruption`, `maintenance`: how many causes of each kind hold.
# `running` operations are on it, of which `setups` are not begun; it is set up for
# `family`, and holds `held` orders that cannot move on.
# Since it was new, up to `since_us`, it was busy for `busy_us`, and to its failure
# `left_us` are left of an unworn machine; `fails_us` and `due_us`: when a failure and
# maintenance are foreseen, the earliest appointments for them stand at `.._noted_us`.
MACHINE_RECORD = _record(
    ("i8", "n_failures n_shifts n_maintenances n_readings"),
    ("i8", "since_us busy_us until_due_us fails_us failure_noted_us"),
    ("i8", "due_us due_noted_us maintained_us"),
    ("f8", "left_us"),
    ("i4", "running head tail state shift failure disruption maintenance"),
    ("i4", "family setups held is_due"),
)

# What waits in the queue, and what found it full.
GROUP_RECORD = _record(("i4", "head tail waiting first_outside last_outside spare"))

POOL_RECORD = _record(("i8", "n_shifts"), ("i4", "used closed"))

# A production order: in the queue of a group, on a machine, or between steps.
# `name` is a number as in a trace; `visit` counts how often it was sent back. `mate`
# chains a batch; `machine` is the one it is on, or that holds it. For its number of
# draws `ahead_n` it is drawn ahead from row `ahead_row` of the routings on.
ORDER_RECORD = _record(
    ("i8", "n started_us whole_us remaining_us resumed_us due_us arrived_us"),
    ("i8", "released_us ahead_n"),
    ("f8", "pieces setup_s work_s priority released"),
    ("i4", "name recipe step machine item site target next epoch issues"),
    ("i4", "visit phase mate ahead_row"),
)

# An order that waits for stock: of a customer, or of an own site; then goods go to the
# point `target`, it is the `n`-th order of its lane, and had `parts` shipments. Where
# stock is given out in proportion, it gets `portion` next.
CUSTOMER_RECORD = _record(
    ("i8", "n"),
    ("f8", "remaining priority portion"),
    ("i4", "name customer item site point demand lane next previous target parts"),
    ("i4", "split"),
)

# Goods on the way, or an order that waits to be dispatched (then `quantity` is asked).
GOODS_RECORD = _record(
    ("i8", "n"),
    ("f8", "quantity"),
    ("i4", "name shipment lane item source target origin destination next parts"),
)

LANE_RECORD = _record(("i8", "n_orders n_deliveries"), ("f8", "room"))

# Of places; had `n` outages before, and sends nothing until `until_us`.
SUPPLIER_RECORD = _record(("i8", "n until_us"))

# `n` orders have come; times between orders are drawn ahead up to number `gap_until`.
RELEASE_RECORD = _record(("i8", "n gap_until"))

MICRO_RECORD = _record(("i4", "what ref machine spare"))


class Trace(NamedTuple):
    """What happened, in columns: the events of a simulation as it tells them.

    Names are numbers of their own: those of the network by kind, then the running
    numbers of what the simulation names (`Layout.settings` says from where). The
    columns mean what they mean in `streams.batch.EventBatch`. A trace without rows is
    not kept.
    """

    time_us: I8
    type_code: NDArray[np.int16]
    code: NDArray[np.int16]
    subject: NDArray[np.int32]
    item: NDArray[np.int32]
    place: NDArray[np.int32]
    party: NDArray[np.int32]
    parent: NDArray[np.int32]
    value0: F8
    value1: F8
    value2: F8
    time0: I8

    @classmethod
    def of_rows(cls, n_rows: int) -> Self:
        """Return a trace with room for `n_rows` rows.

        Parameters
        ----------
        n_rows : int
            >= 0; 0 for one that is not kept.

        Returns
        -------
        Trace
            All 0, but the third value, which is NaN.
        """
        type_code, code = np.zeros(n_rows, np.int16), np.zeros(n_rows, np.int16)
        subject, item, place, party, parent = (
            np.zeros(n_rows, np.int32) for _ in range(5)
        )
        return cls(
            np.zeros(n_rows, np.int64), type_code, code,
            subject, item, place, party, parent,
            np.zeros(n_rows), np.zeros(n_rows), np.full(n_rows, np.nan),
            np.zeros(n_rows, np.int64),
        )  # fmt: skip

    def wider(self) -> Self:
        """Return a copy with twice the rows; those it has come first."""
        n_rows = len(self.time_us)
        wide = self.of_rows(2 * n_rows)
        for name in self._fields:
            getattr(wide, name)[:n_rows] = getattr(self, name)
        return wide

    def first(self, n: int) -> Self:
        """Return a copy of the first `n` rows.

        Parameters
        ----------
        n : int
            Not more than there are.

        Returns
        -------
        Trace
        """
        columns: list[NumPyArray] = [column[:n].copy() for column in self]
        return type(self)(*columns)


class Capacity(NamedTuple):
    """Rows of every table; those of the last six grow on demand.

    Attributes
    ----------
    points, machines, groups, lanes, places, demands, releases, pools : int
        As many as the network has.
    micro : int
        Most that may follow within an instant at once; a power of two.
    calendar, orders, customers, goods, pending : int
        Room.
    """

    points: int
    machines: int
    groups: int
    lanes: int
    places: int
    demands: int
    releases: int
    pools: int
    micro: int
    calendar: int = 64
    orders: int = 64
    customers: int = 64
    goods: int = 64
    pending: int = 64


class Simulated(NamedTuple):
    """All tables of a simulation, views of `block`."""

    block: NDArray[np.uint8]
    clock: I8
    calendar: Records
    points: Records
    sums: Records
    flow: F8  # what closed production orders add up to, see `FLOW`
    machines: Records
    groups: Records
    orders: Records
    customers: Records
    goods: Records
    pending: Records
    lanes: Records
    releases: Records
    suppliers: Records
    pools: Records
    micro: Records
    place_room: F8  # what a place may still send in this release
    asked: I8  # row of the order of each demand that is served after all of its period
    drawn: F8  # demand of the period handed in by a caller
    lost: F8  # what was lost of each demand in the last period
    unfilled: F8  # what waited or was lost at the end of the last period
    logs: F8  # drawn ahead, `LANES` each: of the streak, by release, by order

    @classmethod
    def of_capacity(cls, capacity: Capacity) -> Self:
        """Allocate tables; all numbers are 0, nothing is chained.

        Parameters
        ----------
        capacity : Capacity
            Rows of every table.

        Returns
        -------
        Simulated
        """
        parts = _parts(capacity)
        sizes = [_padded(dtype.itemsize * rows) for _, dtype, rows in parts]
        return cls.over(np.zeros(sum(sizes), np.uint8), capacity)

    @classmethod
    def over(cls, block: NDArray[np.uint8], capacity: Capacity) -> Self:
        """Return the tables that lie in a block of bytes.

        Parameters
        ----------
        block : ndarray of uint8
            As made by `of_capacity` with the same capacity, or a copy of it.
        capacity : Capacity
            Rows of every table.

        Returns
        -------
        Simulated
            What is written into it is written into the block.
        """
        views: dict[str, Any] = {}
        start = 0
        for name, dtype, rows in _parts(capacity):
            size = dtype.itemsize * rows
            views[name] = block[start : start + size].view(dtype)
            start += _padded(size)
        return cls(block=block, **views)


def _padded(size: int) -> int:
    return -(-size // 64) * 64  # tables begin on cache lines


def _parts(capacity: Capacity) -> list[tuple[str, np.dtype[Any], int]]:
    number, real = np.dtype(np.int64), np.dtype(np.float64)
    return [
        ("clock", number, CLOCK_SIZE),
        ("points", POINT_RECORD, capacity.points),
        ("sums", SUM_RECORD, capacity.points),
        ("flow", real, len(FLOW)),
        ("machines", MACHINE_RECORD, capacity.machines),
        ("groups", GROUP_RECORD, capacity.groups),
        ("lanes", LANE_RECORD, capacity.lanes),
        ("releases", RELEASE_RECORD, capacity.releases),
        ("suppliers", SUPPLIER_RECORD, capacity.places),
        ("pools", POOL_RECORD, capacity.pools),
        ("place_room", real, capacity.places),
        ("asked", number, capacity.demands),
        ("drawn", real, capacity.demands),
        ("lost", real, capacity.demands),
        ("unfilled", real, capacity.demands),
        ("orders", ORDER_RECORD, capacity.orders),
        ("customers", CUSTOMER_RECORD, capacity.customers),
        ("goods", GOODS_RECORD, capacity.goods),
        ("pending", PENDING_RECORD, capacity.pending),
        ("calendar", CALENDAR_RECORD, capacity.calendar),
        # What follows means nothing between appointments, or can be drawn again.
        ("micro", MICRO_RECORD, capacity.micro),
        ("logs", real, LANES * (1 + capacity.releases + capacity.orders)),
    ]


def lasting(tables: Simulated) -> I8:
    """Return what a fork needs, if nothing is drawn ahead, in words of 8 bytes.

    Parameters
    ----------
    tables : Simulated
        Between two appointments.

    Returns
    -------
    ndarray of int64
        The block up to the last appointment, as a view.
    """
    calendar = tables.calendar[: tables.clock[N_CALENDAR]]
    start = calendar.ctypes.data - tables.block.ctypes.data
    return tables.block[: start + calendar.nbytes].view(np.int64)


def forget_ahead(tables: Simulated) -> None:
    """Forget what is drawn ahead; it is drawn again, the same.

    Parameters
    ----------
    tables : Simulated
        Changed in place.
    """
    tables.clock[[STREAK_FIRST, STREAK_UNTIL]] = 0
    tables.releases["gap_until"] = 0
    tables.orders["ahead_n"] = 0


_CHAINED = {
    "orders": FREE_ORDER,
    "customers": FREE_CUSTOMER,
    "goods": FREE_GOODS,
    "pending": FREE_PENDING,
}


def chain_free(tables: Simulated, name: str, first: int) -> None:
    """Put the rows from `first` on before all other free rows of a table.

    Parameters
    ----------
    tables : Simulated
        Changed in place.
    name : str
        A table with free rows.
    first : int
        The rows from here to the end were never used.
    """
    rows, place = getattr(tables, name), _CHAINED[name]
    if first < len(rows):
        following = np.arange(first + 1, len(rows) + 1)
        following[-1] = tables.clock[place]
        rows["next"][first:] = following
        tables.clock[place] = first


def empty(capacity: Capacity) -> Simulated:
    """Return tables in which nothing is used, and nothing waits.

    Parameters
    ----------
    capacity : Capacity
        Rows of every table.

    Returns
    -------
    Simulated
    """
    tables = Simulated.of_capacity(capacity)
    for place in (*_CHAINED.values(), RESPONSES_HEAD, RESPONSES_TAIL):
        tables.clock[place] = -1
    tables.clock[DRAWN_PERIOD] = BY_LAW
    for name in _CHAINED:
        chain_free(tables, name, 0)
    for rows in (tables.points, tables.machines, tables.groups):
        rows["head"] = rows["tail"] = -1
    tables.machines["state"] = tables.machines["family"] = -1
    tables.groups["first_outside"] = tables.groups["last_outside"] = -1
    return tables


def grown(tables: Simulated, old: Capacity, new: Capacity) -> Simulated:
    """Return a copy with more room.

    Parameters
    ----------
    tables : Simulated
        Left as they are.
    old, new : Capacity
        `new` has at least as many rows of everything.

    Returns
    -------
    Simulated
    """
    wide = Simulated.of_capacity(new)
    for name, _, rows in _parts(old):
        getattr(wide, name)[:rows] = getattr(tables, name)
    for name in _CHAINED:
        chain_free(wide, name, getattr(old, name))
    return wide

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
    LAST_CLOCK,
) = range(20)
"""Places in `Simulated.clock`, before the counters of ids."""

PRODUCTION_IDS, LANE_IDS, SHIPMENT_IDS, CUSTOMER_IDS = range(4)
LETTERS = "MPSC"
NUMBER = 20  # place in `clock` of the last running number of each letter,
TAKEN = NUMBER + len(LETTERS)  # and of how many taken numbers it has passed
CLOCK_SIZE = TAKEN + len(LETTERS)

SHIFT, FAILURE, DISRUPTION, MAINTENANCE = range(4)
"""Why a machine stands still."""

BY_LAW, TO_BE_DRAWN = -1, -2
"""Instead of a period in `DRAWN_PERIOD`: demand follows its law; is to be handed in."""

N_CAUSES = 3  # distinct in the keys of the calendar

# Kinds of references in a trace; the index or running number is in the lower bits.
ITEM, PLACE, MACHINE, OPERATION, OPEN_ORDER, NUMBERED = range(6)
KIND_BITS = 40


def _record(*fields: tuple[str, str]) -> np.dtype[np.void]:
    named = [(name, code) for code, names in fields for name in names.split()]
    return np.dtype(named, align=True)


# An appointment: `key` orders those of an instant, `what` says what happens to `ref`;
# it is void if the epoch of `ref` has moved on.
CALENDAR_RECORD = _record(("i8", "time_us key"), ("i4", "what ref epoch spare"))

# A row of a trace: an event with references as `kind << KIND_BITS | index`.
TRACE_RECORD = _record(
    ("i8", "time_us subject item place party parent time0"),
    ("f8", "value0 value1 value2"),
    ("i2", "type_code code"),
    ("i4", "lost"),
)

# A row that will be told later; `next` chains those told together.
PENDING_RECORD = _record(
    ("i8", "time_us subject item place party parent time0"),
    ("f8", "value0 value1 value2"),
    ("i2", "type_code code"),
    ("i4", "next"),
)

POINT_RECORD = _record(
    ("f8", "on_hand on_order in_transit backorder"), ("i4", "head tail called")
)

# `shift`, `failure`, `disruption`, `maintenance`: how many causes of each kind hold.
MACHINE_RECORD = _record(
    ("i8", "n_failures n_shifts"),
    ("i4", "running head tail state shift failure disruption maintenance"),
)

GROUP_RECORD = _record(("i4", "head tail waiting"))

# A production order: in the queue of a group, on a machine, or between steps.
# `name` is a reference as in a trace.
ORDER_RECORD = _record(
    ("i8", "n name started_us remaining_us resumed_us due_us"),
    ("f8", "pieces setup_s work_s priority"),
    ("i4", "recipe step machine item site target next epoch issues"),
)

CUSTOMER_RECORD = _record(
    ("i8", "name"),
    ("f8", "remaining"),
    ("i4", "customer item site point demand lane next previous"),
)

# Goods on the way, or an order that waits to be dispatched (then `quantity` is asked).
GOODS_RECORD = _record(
    ("i8", "n name shipment"),
    ("f8", "quantity"),
    ("i4", "lane item source target origin destination next"),
)

LANE_RECORD = _record(("i8", "n_orders n_deliveries"), ("f8", "room"))

RELEASE_RECORD = _record(("i8", "n"))

MICRO_RECORD = _record(("i4", "what ref machine spare"))


class Capacity(NamedTuple):
    """Rows of every table; those of the last six grow on demand.

    Attributes
    ----------
    points, machines, groups, lanes, places, demands, releases, micro : int
        As many as the network has.
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
    machines: Records
    groups: Records
    orders: Records
    customers: Records
    goods: Records
    pending: Records
    lanes: Records
    releases: Records
    micro: Records
    place_room: F8  # what a place may still send in this release
    drawn: F8  # demand of the period handed in by a caller
    lost: F8  # what was lost of each demand in the last period
    unfilled: F8  # what waited or was lost at the end of the last period

    @classmethod
    def of_capacity(cls, capacity: Capacity) -> Self:
        """Allocate tables; all numbers are 0, nothing is chained."""
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
        ("machines", MACHINE_RECORD, capacity.machines),
        ("groups", GROUP_RECORD, capacity.groups),
        ("lanes", LANE_RECORD, capacity.lanes),
        ("releases", RELEASE_RECORD, capacity.releases),
        ("micro", MICRO_RECORD, capacity.micro),
        ("place_room", real, capacity.places),
        ("drawn", real, capacity.demands),
        ("lost", real, capacity.demands),
        ("unfilled", real, capacity.demands),
        ("calendar", CALENDAR_RECORD, capacity.calendar),
        ("orders", ORDER_RECORD, capacity.orders),
        ("customers", CUSTOMER_RECORD, capacity.customers),
        ("goods", GOODS_RECORD, capacity.goods),
        ("pending", PENDING_RECORD, capacity.pending),
    ]


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
    tables.machines["state"] = -1
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

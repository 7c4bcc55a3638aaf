"""The tables of live state: what is stored, in which type, and how it grows.

A table is one array of records; `orders["quantity"]` is a column, as a view, and
`orders[slot].quantity` is a cell in compiled code. How many rows are used stands in
`counts`. (Why records and not an array a column: docs/decisions/0005-state-records.md.)
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from streams.events import EVENT_TYPES

I2 = NDArray[np.int16]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U8 = NDArray[np.uint64]
F8 = NDArray[np.float64]
Records = Any  # array of records; mypy cannot see the fields of its rows

RETAINED = 1024
"""Closed orders kept per table before their slots are used again.

A late fact about an order closed longer ago is a contradiction. Half as many saves
100 kB; twice as many costs as much.
"""

HISTORY = 65_536
"""Closures remembered for lead times and on-time shares; the oldest fall out."""

RECORDED = 1024
"""Contradictions remembered with time and entity; all of them are counted."""

KINDS = ("item", "place", "machine", "order", "shipment", "production_order")
ITEM, PLACE, MACHINE, ORDER, SHIPMENT, PRODUCTION = range(6)

PLACE_KINDS = ("unknown", "site", "supplier", "customer")
PLACE_UNKNOWN, PLACE_SITE, PLACE_SUPPLIER, PLACE_CUSTOMER = range(4)

ORDER_KINDS = ("unknown", "customer", "purchase", "transfer")
ORDER_UNKNOWN, ORDER_CUSTOMER, ORDER_PURCHASE, ORDER_TRANSFER = range(4)

FREE, OPEN, CLOSED, CANCELLED = range(4)

MACHINE_STATES = (
    "unknown", "off", "idle", "setup", "busy", "blocked", "down", "maintenance",
)  # fmt: skip
STATE_IDLE, STATE_SETUP, STATE_BUSY, STATE_BLOCKED = 2, 3, 4, 5
STATE_DOWN, STATE_MAINTENANCE = 6, 7

HISTORY_KINDS = ("customer", "purchase", "transfer", "shipment", "production")
HISTORY_SHIPMENT, HISTORY_PRODUCTION = 3, 4

CONTRADICTIONS = (
    "negative_stock",
    "unknown_order",
    "repeated_order",
    "completed_without_start",
    "received_more_than_sent",
    "received_before_ordered",
    "closed_while_running",
    "fact_about_closed_order",
    "shipped_more_than_ordered",
)
(
    NEGATIVE_STOCK,
    UNKNOWN_ORDER,
    REPEATED_ORDER,
    COMPLETED_WITHOUT_START,
    RECEIVED_MORE_THAN_SENT,
    RECEIVED_BEFORE_ORDERED,
    CLOSED_WHILE_RUNNING,
    FACT_ABOUT_CLOSED_ORDER,
    SHIPPED_MORE_THAN_ORDERED,
) = range(len(CONTRADICTIONS))

# Rows of `counts`: the entities of KINDS, then these.
STOCK, HISTORY_ROWS, RECORDED_ROWS, SUSPECTED = range(len(KINDS), len(KINDS) + 4)
N_COUNTED = len(KINDS) + 4

# Columns of `counts`. All but the first two are of orders of any kind.
N_USED, N_KNOWN, N_FREE, N_RETAINED, QUEUE_HEAD, N_OPEN, N_CLOSED, N_CANCELLED = range(
    8
)

# Places in `clock`.
LAST_US, N_EVENTS, N_SKIPPED, AS_OF_US, N_CORRECTIONS = range(5)


def _record(*fields: tuple[str, str]) -> np.dtype[np.void]:
    """Declare a record: names by type code of NumPy, aligned."""
    named = [(name, code) for code, names in fields for name in names.split()]
    return np.dtype(named, align=True)


# Items, places and machines by dense index: the model's first, then as seen.
DIRECTORY = _record(
    ("u8", "hash"),  # of the id
    ("i8", "n_events first_us last_us"),
    ("i4", "name"),  # number in the table of names; not part of the state hash
    ("i1", "kind"),  # of a place: see PLACE_KINDS
)

# Stock of an item at a place. on_order: ordered, not yet dispatched; in_transit:
# dispatched to here, not yet received; backorder: asked by customers, not yet shipped;
# shipped (to customers) and received: since the start.
STOCK_RECORD = _record(
    ("f8", "on_hand on_order in_transit backorder shipped received"),
    ("i8", "updated_us"),
    ("i4", "item place"),
)

# Lines of customer, purchase and transfer orders. place: served from (customer) or
# delivered to (others); party: customer, supplier or sending site; delivered_us: last
# delivery; next: slot of the next line of the same order, -1 after the last; asked: 1
# if the quantity was ever named; excess: 1 if more was shipped and this was told.
ORDER_RECORD = _record(
    ("u8", "hash"),
    ("f8", "quantity shipped delivered price priority"),
    ("i8", "ordered_us due_us delivered_us"),
    ("i4", "name item place party next"),
    ("i1", "status kind asked excess"),
)

# Lines of shipments: goods on the way. next: as of orders; order: slot of the line of
# the order; order_hash (and the item) guards against a slot used again; credited: how
# much of `received` the order has been told of.
SHIPMENT_RECORD = _record(
    ("u8", "hash order_hash"),
    ("f8", "quantity received credited"),
    ("i8", "dispatched_us due_us received_us"),
    ("i4", "name item origin destination order next"),
    ("i1", "status"),
)

# Production orders. work_us: sum of the durations of completed operations; running:
# operations under way; closing: to be closed when the instant is over; next: always -1.
# Of the operation that started or was completed last: operation: hash of its name, 0 if
# there was none; machine; begun_us: when it started; begun_busy_us: how long its
# machine had been busy then; back: 1 if it was completed with rework.
PRODUCTION_RECORD = _record(
    ("u8", "hash operation"),
    ("f8", "quantity good scrap rework priority"),
    ("i8", "released_us started_us last_us due_us work_us begun_us begun_busy_us"),
    ("i4", "name item place n_started n_completed running next machine"),
    ("i1", "status closing back"),
)

# What each machine does; row = dense index of the machine. operation, item: of what
# started last on it; family: hash of what it was set up for last, 0 if that was never
# told. renewed_us: when it was last repaired or maintained, and how long it had been
# busy then; maintained_us: the same of preventive maintenance alone.
MACHINE_RECORD = _record(
    ("u8", "operation family"),
    ("f8", "good scrap"),
    ("i8", "since_us work_us n_completed n_readings n_failures"),
    ("i8", "renewed_us renewed_busy_us maintained_us maintained_busy_us"),
    ("i4", "running item"),
    ("i1", "state"),
)

# Closures, as a ring. lead_us and late_us (closed minus due) are NO_TIME if unknown.
CLOSURE = _record(("i8", "closed_us lead_us late_us"), ("i4", "place"), ("i1", "kind"))

# Contradictions: by kind, and the last RECORDED of them as a ring.
TALLY = _record(("i8", "seen first_us last_us"))
CONTRADICTION = _record(("u8", "hash"), ("i8", "time_us"), ("i1", "kind table"))

# Rows to be judged when the instant closes.
SUSPECT = _record(("i4", "row"), ("i1", "table"))

# Slot of the open-addressing index of stock: key is item << 32 | place, -1 is empty.
INDEX = _record(("i8", "key"), ("i4", "row"))


class Tables(NamedTuple):
    """All of state."""

    items: Records
    places: Records
    machine_ids: Records
    stock: Records
    stock_index: Records
    orders: Records
    shipments: Records
    production: Records
    machines: Records
    time_in_state_us: I8  # shape (capacity, len(MACHINE_STATES))
    history: Records
    tallies: Records
    contradictions: Records
    suspects: Records
    # Rows of queue and free are for orders, shipments and production orders.
    queue: I4  # shape (3, RETAINED): rings of the slots closed last
    free: I4  # shape (3, capacity): stacks of slots to use again
    counts: I8  # shape (N_COUNTED, 8)
    type_counts: I8
    clock: I8


TABLE_OF = {
    ITEM: "items",
    PLACE: "places",
    MACHINE: "machine_ids",
    ORDER: "orders",
    SHIPMENT: "shipments",
    PRODUCTION: "production",
    STOCK: "stock",
    SUSPECTED: "suspects",
    HISTORY_ROWS: "history",
}
"""The table whose used rows stand in a row of `counts`."""


def empty_tables(capacity: int = 64) -> Tables:
    """Allocate all tables of state, empty.

    Parameters
    ----------
    capacity : int
        Rows of every growing table at first; a power of two.

    Returns
    -------
    Tables
        The open-addressing index of stock has twice as many places as rows.
    """
    clock = np.zeros(5, np.int64)
    clock[LAST_US] = clock[AS_OF_US] = NO_TIME
    return Tables(
        items=np.zeros(capacity, DIRECTORY),
        places=np.zeros(capacity, DIRECTORY),
        machine_ids=np.zeros(capacity, DIRECTORY),
        stock=np.zeros(capacity, STOCK_RECORD),
        stock_index=_empty_index(capacity),
        orders=np.zeros(capacity, ORDER_RECORD),
        shipments=np.zeros(capacity, SHIPMENT_RECORD),
        production=np.zeros(capacity, PRODUCTION_RECORD),
        machines=np.zeros(capacity, MACHINE_RECORD),
        time_in_state_us=np.zeros((capacity, len(MACHINE_STATES)), np.int64),
        history=np.zeros(capacity, CLOSURE),
        tallies=np.zeros(len(CONTRADICTIONS), TALLY),
        contradictions=np.zeros(RECORDED, CONTRADICTION),
        suspects=np.zeros(capacity, SUSPECT),
        queue=np.zeros((3, RETAINED), np.int32),
        free=np.zeros((3, capacity), np.int32),
        counts=np.zeros((N_COUNTED, 8), np.int64),
        type_counts=np.zeros(len(EVENT_TYPES), np.int64),
        clock=clock,
    )


def _empty_index(n_rows: int) -> Records:
    index = np.zeros(2 * n_rows, INDEX)
    index["key"] = -1
    return index


def with_room(tables: Tables, name: str, n_rows: int) -> Tables:
    """Return the tables with room for at least `n_rows` rows in one of them.

    Parameters
    ----------
    tables : Tables
        Left as they are; arrays that need not grow are shared.
    name : str
        A table of `TABLE_OF`.
    n_rows : int
        Rows needed, >= 1.

    Returns
    -------
    Tables
        What goes along with the table has grown, too; the index of a grown stock table
        is empty, for compiled code to fill anew.
    """
    capacity = 1 << (n_rows - 1).bit_length()
    grown = {name: _padded(getattr(tables, name), (capacity,))}
    if name == "machine_ids":
        shape = (capacity, len(MACHINE_STATES))
        grown["machines"] = _padded(tables.machines, (capacity,))
        grown["time_in_state_us"] = _padded(tables.time_in_state_us, shape)
    elif name == "stock":
        grown["stock_index"] = _empty_index(capacity)
    elif name in {"orders", "shipments", "production"}:
        width = max(capacity, tables.free.shape[1])
        grown["free"] = _padded(tables.free, (3, width))
    return tables._replace(**grown)


def _padded(old: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    # Compiled code fills every cell of a row when it opens the row, so zeros will do.
    new = np.zeros(shape, old.dtype)
    if old.dtype.names is None:
        new[tuple(slice(n) for n in old.shape)] = old
    else:
        # Records are copied field by field; their bytes all at once, ten times faster.
        new.view(np.uint8)[: old.nbytes] = old.view(np.uint8)
    return new

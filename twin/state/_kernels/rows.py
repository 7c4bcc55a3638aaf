"""Rows of state for compiled code: entities, slots of orders, stock, contradictions."""

from typing import NamedTuple

import numpy as np

from streams._kernels.compiling import entry, inlined
from streams.batch import NO_TIME
from twin.state import tables as t
from twin.state.tables import F8, I2, I4, I8, U8, Records, Tables

EPSILON = 1e-9  # quantities nearer than this are equal; the unit is that of the item

STOCK_TABLE, ORDER_TABLE, SHIPMENT_TABLE, PRODUCTION_TABLE, MACHINE_TABLE = range(5)
ORDER_LINES = 5  # a suspect that stands for itself and the lines of its order after it


class Rows(NamedTuple):
    """The columns of a batch that the transition reads, and what ids mean.

    `memo[kind, name]` is the dense index of a name or the slot of its first line, -1
    where it has none yet.
    """

    time_us: I8
    type_code: I2
    code: I2
    subject: I4
    item: I4
    place: I4
    party: I4
    parent: I4
    value0: F8
    value1: F8
    value2: F8
    time0: I8
    name_hash: U8
    memo: I4


@inlined
def entity(state: Tables, kind: int, rows: Rows, name: int, time_us: int) -> int:
    """Dense index of an item, place or machine, added if new; -1 for no name."""
    if name < 0:
        return -1
    directory = state.items
    if kind == t.PLACE:
        directory = state.places
    elif kind == t.MACHINE:
        directory = state.machine_ids
    index = rows.memo[kind, name]
    if index < 0:
        index = state.counts[kind, t.N_USED]
        state.counts[kind, t.N_USED] += 1
        rows.memo[kind, name] = index
        directory[index].hash = rows.name_hash[name]
        directory[index].name = name
        directory[index].kind = 0
        directory[index].n_events = 0
    if directory[index].n_events == 0:
        directory[index].first_us = time_us
    directory[index].n_events += 1
    directory[index].last_us = time_us
    return index


@inlined
def machine_entity(state: Tables, rows: Rows, name: int, time_us: int) -> int:
    """Dense index of a machine, its row of `machines` made ready at its first event."""
    index = entity(state, t.MACHINE, rows, name, time_us)
    if state.machine_ids[index].n_events == 1:
        machines = state.machines
        machines[index].state = 0
        machines[index].since_us = time_us
        machines[index].running = 0
        machines[index].item = -1
        machines[index].renewed_us = NO_TIME
        machines[index].maintained_us = NO_TIME
    return index


@inlined
def contradict(state: Tables, kind: int, time_us: int, table: int, key: int) -> None:
    """Count a contradiction and remember it."""
    tallies, ring = state.tallies, state.contradictions
    if tallies[kind].seen == 0:
        tallies[kind].first_us = time_us
    tallies[kind].seen += 1
    tallies[kind].last_us = time_us
    place = state.counts[t.RECORDED_ROWS, t.N_USED] % t.RECORDED
    state.counts[t.RECORDED_ROWS, t.N_USED] += 1
    ring[place].kind = kind
    ring[place].time_us = time_us
    ring[place].table = table
    ring[place].hash = key


@inlined
def suspect(state: Tables, table: int, row: int) -> None:
    """Have a row judged when the instant closes; twice in a row counts once."""
    place = state.counts[t.SUSPECTED, t.N_USED]
    last = state.suspects[max(place - 1, 0)]
    if place > 0 and last.table == table and last.row == row:
        return
    state.suspects[place].table = table
    state.suspects[place].row = row
    state.counts[t.SUSPECTED, t.N_USED] += 1


@inlined
def stock_home(index: Records, key: np.int64) -> np.int64:
    """Where a key stands in the open-addressing index, or the hole it would fill."""
    mask = np.uint64(len(index) - 1)
    # Fibonacci hashing (Knuth 1998, section 6.4) spreads neighbouring keys.
    place = (np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)
    place &= mask
    while index[place].key >= 0 and index[place].key != key:
        place = (place + np.uint64(1)) & mask
    return np.int64(place)


@inlined
def stock_row(state: Tables, item: int, place: int, time_us: int) -> int:
    """Row of stock of an item at a place, opened if new."""
    stock, index = state.stock, state.stock_index
    key = (np.int64(item) << 32) | np.int64(place)
    home = stock_home(index, key)
    if index[home].key < 0:
        row = state.counts[t.STOCK, t.N_USED]
        state.counts[t.STOCK, t.N_USED] += 1
        index[home].key = key
        index[home].row = row
        stock[row].item = item
        stock[row].place = place
        stock[row].on_hand = 0.0
        stock[row].on_order = 0.0
        stock[row].in_transit = 0.0
        stock[row].backorder = 0.0
        stock[row].shipped = 0.0
        stock[row].received = 0.0
    row = index[home].row
    stock[row].updated_us = time_us
    return row


@entry
def rebuild_stock_index(state: Tables) -> None:
    """Fill the empty index of a grown stock table."""
    stock, index = state.stock, state.stock_index
    for row in range(state.counts[t.STOCK, t.N_USED]):
        key = (np.int64(stock[row].item) << 32) | np.int64(stock[row].place)
        home = stock_home(index, key)
        index[home].key = key
        index[home].row = row


@inlined
def holds_stock(state: Tables, place: int) -> bool:
    """Stock is followed at sites and unknown places, not at suppliers or customers."""
    return place >= 0 and state.places[place].kind <= t.PLACE_SITE


@inlined
def next_slot(state: Tables, kind: int) -> int:
    """Take a slot for a new order: the one set free last, else the next."""
    counts = state.counts
    counts[kind, t.N_OPEN] += 1
    if counts[kind, t.N_FREE] > 0:
        counts[kind, t.N_FREE] -= 1
        slot = np.int64(state.free[kind - t.ORDER, counts[kind, t.N_FREE]])
        # What lies above the stack is not kept in a snapshot, so it must not be hashed.
        state.free[kind - t.ORDER, counts[kind, t.N_FREE]] = 0
        return slot
    counts[kind, t.N_USED] += 1
    return counts[kind, t.N_USED] - 1


@inlined
def find_line(table: Records, first: int, item: int) -> int:
    """Slot of the line of an item among those from `first` on, -1 if there is none.

    A line whose item is not known yet is that of any item: it is the only one.
    """
    slot = first
    while slot >= 0 and table[slot].item != item and table[slot].item >= 0:
        slot = table[slot].next
    return slot


@inlined
def open_slot(state: Tables, kind: int, table: Records, rows: Rows, name: int) -> int:
    """Open a slot of a table of orders, as the last line of its name."""
    slot = next_slot(state, kind)
    line = rows.memo[kind, name]
    if line < 0:
        rows.memo[kind, name] = slot
    else:
        while table[line].next >= 0:
            line = table[line].next
        table[line].next = slot
    table[slot].next = -1
    table[slot].hash = rows.name_hash[name]
    table[slot].name = name
    table[slot].status = t.OPEN
    return slot


@inlined
def forget_slot(kind: int, table: Records, rows: Rows, slot: int) -> None:
    """Free a slot and take its line out of those of its name.

    What comes after it still stands in `next`: whoever walks the lines goes on from it.
    """
    name = table[slot].name
    line = rows.memo[kind, name]
    if line == slot:
        rows.memo[kind, name] = table[slot].next
    else:
        while table[line].next != slot:
            line = table[line].next
        table[line].next = table[slot].next
    table[slot].status = t.FREE


@inlined
def close_slot(
    state: Tables, kind: int, table: Records, rows: Rows, slot: int, status: int
) -> None:
    """Close an order; the one closed RETAINED closures ago gives up its slot."""
    counts = state.counts
    queue = state.queue[kind - t.ORDER]
    table[slot].status = status
    counts[kind, t.N_OPEN] -= 1
    counts[kind, t.N_CLOSED if status == t.CLOSED else t.N_CANCELLED] += 1
    head = counts[kind, t.QUEUE_HEAD]
    if counts[kind, t.N_RETAINED] == t.RETAINED:
        oldest = queue[head]
        forget_slot(kind, table, rows, oldest)
        state.free[kind - t.ORDER, counts[kind, t.N_FREE]] = oldest
        counts[kind, t.N_FREE] += 1
    else:
        counts[kind, t.N_RETAINED] += 1
    queue[head] = slot
    counts[kind, t.QUEUE_HEAD] = (head + 1) % t.RETAINED


@inlined
def remember(
    state: Tables, kind: int, start_us: int, end_us: int, due_us: int, place: int
) -> None:
    """Add a closure to the history."""
    row = state.counts[t.HISTORY_ROWS, t.N_USED] % t.HISTORY
    state.counts[t.HISTORY_ROWS, t.N_USED] += 1
    history = state.history
    history[row].kind = kind
    history[row].closed_us = end_us
    history[row].lead_us = NO_TIME if start_us == NO_TIME else end_us - start_us
    history[row].late_us = NO_TIME if due_us == NO_TIME else end_us - due_us
    history[row].place = place

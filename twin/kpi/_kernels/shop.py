"""Production orders and machines, compiled."""

import math

from streams._kernels.compiling import inlined
from streams.batch import NO_TIME
from twin.kpi import tables as k
from twin.kpi._kernels.levels import (
    STATE_BUSY,
    STATE_IDLE,
    STATE_SETUP,
    Rows,
    Terms,
    inside,
    leave_state,
    shift,
)
from twin.kpi.tables import FoldTables

UNKNOWN_STATE = 0


@inlined
def production_slot(fold: FoldTables, name: int) -> int:
    """Slot of a production order, opened with nothing known if it is new."""
    slot = fold.memo[k.PRODUCTION_MEMO, name]
    if slot >= 0:
        return slot
    slot = fold.counts[k.PRODUCTIONS]
    fold.counts[k.PRODUCTIONS] += 1
    fold.memo[k.PRODUCTION_MEMO, name] = slot
    order = fold.production[slot]
    order.name, order.item, order.site, order.running = name, -1, -1, -1
    order.quantity = math.nan
    order.scrap = order.rework = 0.0
    order.released_us = order.started_us = order.closed_us = order.due_us = NO_TIME
    order.work_us = 0
    return slot


@inlined
def count_open(
    fold: FoldTables, terms: Terms, slot: int, time_us: int, sign: float
) -> None:
    """Add an order to the work in process of its site (+1), or take it away (-1)."""
    order = fold.production[slot]
    row = order.site if 0 <= order.site < terms.n_sites else terms.n_sites
    shift(fold.wip[row, k.WIP_ORDERS], terms, time_us, sign)
    if not math.isnan(order.quantity):
        shift(fold.wip[row, k.WIP_UNITS], terms, time_us, sign * order.quantity)


@inlined
def released(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """A production order may be worked on."""
    slot = production_slot(fold, rows.subject[i])
    order, time_us = fold.production[slot], rows.time_us[i]
    if order.closed_us != NO_TIME:
        return
    if order.released_us == NO_TIME:
        order.released_us = time_us
    else:
        count_open(fold, terms, slot, time_us, -1.0)
    order.item, order.site = rows.item_index[i], rows.site[i]
    order.quantity, order.due_us = rows.value0[i], rows.time0[i]
    count_open(fold, terms, slot, time_us, 1.0)


@inlined
def closed(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """Nothing more is done for a production order."""
    slot = production_slot(fold, rows.subject[i])
    order = fold.production[slot]
    if order.closed_us != NO_TIME:
        return
    if order.released_us != NO_TIME:
        count_open(fold, terms, slot, rows.time_us[i], -1.0)
    order.closed_us = rows.time_us[i]


@inlined
def worked_us(fold: FoldTables, machine: int, time_us: int) -> int:
    """What a machine has worked from the beginning up to a time."""
    row = fold.machines[machine]
    if row.state in (STATE_SETUP, STATE_BUSY):
        return row.worked_us + max(0, time_us - row.since_us)
    return row.worked_us


@inlined
def enter_state(
    fold: FoldTables, terms: Terms, machine: int, state: int, time_us: int
) -> None:
    """Book the state a machine leaves and enter another."""
    row = fold.machines[machine]
    leave_state(row, fold.time_in_state_us, terms, machine, time_us)
    row.state = state


@inlined
def machine_changed(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """A machine says in which state it is."""
    if rows.machine[i] >= 0:
        state = rows.code[i] + 1
        enter_state(fold, terms, rows.machine[i], state, rows.time_us[i])


@inlined
def paid(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """Maintenance or a setup cost money."""
    known = rows.machine[i] >= 0 and not math.isnan(rows.value0[i])
    if known and inside(terms, rows.time_us[i]):
        fold.machines[rows.machine[i]].paid += rows.value0[i]


@inlined
def operation_started(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """An operation begins; without a signal of its own, that makes a machine busy."""
    machine, time_us = rows.machine[i], rows.time_us[i]
    mark_us = time_us
    if machine >= 0:
        row = fold.machines[machine]
        row.running += 1
        if row.state in (UNKNOWN_STATE, STATE_IDLE):
            enter_state(fold, terms, machine, STATE_BUSY, time_us)
        mark_us = worked_us(fold, machine, time_us)
    slot = production_slot(fold, rows.subject[i])
    order = fold.production[slot]
    if order.closed_us != NO_TIME:
        return
    if order.released_us == NO_TIME:
        order.released_us = time_us  # first heard of by its work
        count_open(fold, terms, slot, time_us, 1.0)
    if order.started_us == NO_TIME:
        order.started_us = time_us
    place = fold.counts[k.FREE]
    if place >= 0:
        fold.counts[k.FREE] = fold.operations[place].next
    else:
        place = fold.counts[k.OPERATIONS]
        fold.counts[k.OPERATIONS] += 1
    operation = fold.operations[place]
    operation.mark_us, operation.started_us = mark_us, time_us
    operation.operation, operation.machine = rows.operation[i], machine
    operation.next = order.running
    order.running = place


@inlined
def take_operation(fold: FoldTables, slot: int, operation: int, machine: int) -> int:
    """Take an operation off those under way of an order; returns its row or -1."""
    operations = fold.operations
    last, place = -1, fold.production[slot].running
    while place >= 0:
        row = operations[place]
        if row.operation == operation and row.machine == machine:
            if last < 0:
                fold.production[slot].running = row.next
            else:
                operations[last].next = row.next
            return place
        last, place = place, row.next
    return -1


@inlined
def work_of(fold: FoldTables, rows: Rows, i: int, slot: int) -> int:
    """Time worked on the operation that ends: without nights, failures and repairs."""
    machine, time_us = rows.machine[i], rows.time_us[i]
    place = take_operation(fold, slot, rows.operation[i], machine)
    if place < 0:
        # Its start was not told: all the time since the start it names is work.
        start_us = rows.time0[i]
        return 0 if start_us == NO_TIME else max(0, time_us - start_us)
    operation = fold.operations[place]
    operation.next = fold.counts[k.FREE]
    fold.counts[k.FREE] = place
    if machine < 0:
        return time_us - operation.started_us
    return worked_us(fold, machine, time_us) - operation.mark_us


@inlined
def given(value: float) -> float:
    """A number not given counts as nothing."""
    return 0.0 if math.isnan(value) else value


@inlined
def operation_completed(fold: FoldTables, rows: Rows, i: int, terms: Terms) -> None:
    """An operation ends with good, scrapped and reworked pieces."""
    machine, time_us = rows.machine[i], rows.time_us[i]
    good, scrap, rework = (
        given(rows.value0[i]), given(rows.value1[i]), given(rows.value2[i]),
    )  # fmt: skip
    slot = production_slot(fold, rows.subject[i])
    order = fold.production[slot]
    spent_us = work_of(fold, rows, i, slot)
    if order.closed_us == NO_TIME:
        if order.released_us == NO_TIME:
            order.released_us = time_us
            count_open(fold, terms, slot, time_us, 1.0)
        order.work_us += spent_us
        order.scrap += scrap
        order.rework += rework
    if machine < 0:
        return
    row = fold.machines[machine]
    row.running -= 1
    if row.running <= 0 and row.state == STATE_BUSY:
        enter_state(fold, terms, machine, STATE_IDLE, time_us)
    if inside(terms, time_us):
        row.n_operations += 1
        row.good += good
        row.scrap += scrap
        row.rework += rework
        allowed = rows.standard_us[i] * (good + scrap + rework)
        # What no routing knows is taken to need the time it took.
        row.planned_us += spent_us if math.isnan(allowed) else allowed

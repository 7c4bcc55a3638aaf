"""Transitions of production orders and machines, and their judgement."""

import math

from streams._kernels.compiling import inlined
from streams.batch import NO_TIME
from twin.state import tables as t
from twin.state._kernels.rows import (
    MACHINE_TABLE,
    PRODUCTION_TABLE,
    Rows,
    close_slot,
    contradict,
    entity,
    machine_entity,
    open_slot,
    remember,
    suspect,
)
from twin.state.tables import Tables

PREVENTIVE = 0  # position in `streams.events.MaintenanceKind`


@inlined
def production_slot(state: Tables, rows: Rows, name: int) -> int:
    """Slot of a production order, opened with nothing known if it is new."""
    slot = rows.memo[t.PRODUCTION, name]
    if slot >= 0:
        return slot
    production = state.production
    slot = open_slot(state, t.PRODUCTION, production, rows, name)
    production[slot].item = -1
    production[slot].place = -1
    production[slot].quantity = math.nan
    production[slot].good = 0.0
    production[slot].scrap = 0.0
    production[slot].rework = 0.0
    production[slot].priority = math.nan
    production[slot].released_us = NO_TIME
    production[slot].started_us = NO_TIME
    production[slot].last_us = NO_TIME
    production[slot].due_us = NO_TIME
    production[slot].work_us = 0
    production[slot].n_started = 0
    production[slot].n_completed = 0
    production[slot].running = 0
    production[slot].closing = 0
    production[slot].operation = 0
    production[slot].begun_us = NO_TIME
    production[slot].begun_busy_us = 0
    production[slot].machine = -1
    production[slot].back = 0
    return slot


@inlined
def living_slot(state: Tables, rows: Rows, i: int) -> int:
    """Slot of the order an event is about, -1 (and a contradiction) if it is closed."""
    slot = production_slot(state, rows, rows.subject[i])
    production = state.production
    if production[slot].status == t.OPEN:
        return slot
    contradict(
        state, t.FACT_ABOUT_CLOSED_ORDER, rows.time_us[i], PRODUCTION_TABLE,
        production[slot].hash,
    )  # fmt: skip
    return -1


@inlined
def production_released(state: Tables, rows: Rows, i: int) -> None:
    """A production order may be worked on."""
    production = state.production
    time_us = rows.time_us[i]
    item = entity(state, t.ITEM, rows, rows.item[i], time_us)
    place = entity(state, t.PLACE, rows, rows.place[i], time_us)
    slot = living_slot(state, rows, i)
    if slot < 0:
        return
    if production[slot].released_us != NO_TIME:
        key = production[slot].hash
        contradict(state, t.REPEATED_ORDER, time_us, PRODUCTION_TABLE, key)
    production[slot].item = item
    production[slot].place = place
    production[slot].quantity = rows.value0[i]
    production[slot].priority = rows.value1[i]
    production[slot].released_us = time_us
    production[slot].due_us = rows.time0[i]


@inlined
def enter_state(state: Tables, machine: int, new: int, time_us: int) -> None:
    """Book the time in the state left and enter another."""
    machines = state.machines
    old = machines[machine].state
    state.time_in_state_us[machine, old] += time_us - machines[machine].since_us
    machines[machine].state = new
    machines[machine].since_us = time_us
    if new == t.STATE_DOWN:
        machines[machine].n_failures += 1
    if new != old and old >= t.STATE_DOWN:
        renew(state, machine, old == t.STATE_MAINTENANCE, time_us)


@inlined
def busy_us(state: Tables, machine: int, time_us: int) -> int:
    """How long a machine has been busy so far."""
    row, so_far = state.machines[machine], state.time_in_state_us[machine]
    if row.state != t.STATE_BUSY:
        return so_far[t.STATE_BUSY]
    return so_far[t.STATE_BUSY] + time_us - row.since_us


@inlined
def renew(state: Tables, machine: int, maintained: bool, time_us: int) -> None:
    """A machine is repaired or maintained: its age counts from now on."""
    row, used_us = state.machines[machine], busy_us(state, machine, time_us)
    row.renewed_us = time_us
    row.renewed_busy_us = used_us
    if maintained:
        row.maintained_us = time_us
        row.maintained_busy_us = used_us


@inlined
def note_operation(state: Tables, rows: Rows, i: int, slot: int, machine: int) -> None:
    """Keep which operation of an order an event is about."""
    order, party = state.production[slot], rows.party[i]
    order.machine = machine
    order.operation = 0
    if party >= 0:  # in one expression a hash and an int became a float
        order.operation = rows.name_hash[party]


@inlined
def operation_started(state: Tables, rows: Rows, i: int) -> None:
    """An operation begins: the order and the machine run one more."""
    production, machines = state.production, state.machines
    time_us = rows.time_us[i]
    machine = machine_entity(state, rows, rows.place[i], time_us)
    machines[machine].running += 1
    # Without a machine signal of its own, work tells that the machine is busy.
    if machines[machine].state == 0 or machines[machine].state == t.STATE_IDLE:
        enter_state(state, machine, t.STATE_BUSY, time_us)
    slot = living_slot(state, rows, i)
    if slot < 0:
        return
    note_operation(state, rows, i, slot, machine)
    machines[machine].operation = production[slot].operation
    item = rows.item[i]
    machines[machine].item = rows.memo[t.ITEM, item] if item >= 0 else -1
    production[slot].begun_us = time_us
    production[slot].begun_busy_us = busy_us(state, machine, time_us)
    production[slot].back = 0
    if production[slot].started_us == NO_TIME:
        production[slot].started_us = time_us
    production[slot].last_us = time_us
    production[slot].n_started += 1
    production[slot].running += 1
    suspect(state, PRODUCTION_TABLE, slot)


@inlined
def positive(value: float) -> float:
    """A number not given counts as nothing."""
    return 0.0 if math.isnan(value) else value


@inlined
def operation_completed(state: Tables, rows: Rows, i: int) -> None:
    """An operation ends with good, scrapped and reworked pieces."""
    production, machines = state.production, state.machines
    time_us = rows.time_us[i]
    machine = machine_entity(state, rows, rows.place[i], time_us)
    good, scrap = positive(rows.value0[i]), positive(rows.value1[i])
    start_us = rows.time0[i]
    if start_us == NO_TIME and machines[machine].running == 1:
        start_us = machines[machine].since_us
    work_us = 0 if start_us == NO_TIME else max(0, time_us - start_us)
    machines[machine].running -= 1
    machines[machine].n_completed += 1
    machines[machine].work_us += work_us
    machines[machine].good += good
    machines[machine].scrap += scrap
    if machines[machine].running <= 0 and machines[machine].state == t.STATE_BUSY:
        enter_state(state, machine, t.STATE_IDLE, time_us)
    if machines[machine].running < 0:
        suspect(state, MACHINE_TABLE, machine)
    slot = living_slot(state, rows, i)
    if slot < 0:
        return
    production[slot].last_us = time_us
    production[slot].n_completed += 1
    production[slot].running -= 1
    production[slot].work_us += work_us
    production[slot].good += good
    production[slot].scrap += scrap
    production[slot].rework += positive(rows.value2[i])
    note_operation(state, rows, i, slot, machine)
    production[slot].back = positive(rows.value2[i]) > 0.0
    suspect(state, PRODUCTION_TABLE, slot)


@inlined
def production_closed(state: Tables, rows: Rows, i: int) -> None:
    """A production order is closed when the instant is over."""
    slot = living_slot(state, rows, i)
    if slot >= 0:
        state.production[slot].closing = 1
        suspect(state, PRODUCTION_TABLE, slot)


@inlined
def machine_changed(state: Tables, rows: Rows, i: int) -> None:
    """A machine says in which state it is."""
    machine = machine_entity(state, rows, rows.place[i], rows.time_us[i])
    enter_state(state, machine, rows.code[i] + 1, rows.time_us[i])


@inlined
def machine_set_up(state: Tables, rows: Rows, i: int) -> None:
    """A machine is set up for a family."""
    machine = machine_entity(state, rows, rows.place[i], rows.time_us[i])
    family = rows.party[i]
    if family >= 0:
        state.machines[machine].family = rows.name_hash[family]


@inlined
def machine_maintained(state: Tables, rows: Rows, i: int) -> None:
    """Maintenance of a machine is done."""
    machine = machine_entity(state, rows, rows.place[i], rows.time_us[i])
    renew(state, machine, rows.code[i] == PREVENTIVE, rows.time_us[i])


@inlined
def machine_read(state: Tables, rows: Rows, i: int) -> None:
    """A sensor spoke; what it said is folded by the health projection."""
    machine = machine_entity(state, rows, rows.place[i], rows.time_us[i])
    state.machines[machine].n_readings += 1


@inlined
def judge_machine(state: Tables, machine: int) -> None:
    """A machine cannot run less than nothing."""
    machines = state.machines
    machines[machine].running = max(machines[machine].running, 0)


@inlined
def judge_production(state: Tables, rows: Rows, slot: int, time_us: int) -> None:
    """Note completions without start, and close what is to be closed."""
    production = state.production
    if production[slot].status != t.OPEN:
        return
    key = production[slot].hash
    if production[slot].released_us == NO_TIME:
        contradict(state, t.UNKNOWN_ORDER, time_us, PRODUCTION_TABLE, key)
        production[slot].released_us = time_us
    if production[slot].running < 0:
        contradict(state, t.COMPLETED_WITHOUT_START, time_us, PRODUCTION_TABLE, key)
        production[slot].running = 0
    if production[slot].closing == 0:
        return
    if production[slot].running > 0:
        contradict(state, t.CLOSED_WHILE_RUNNING, time_us, PRODUCTION_TABLE, key)
    close_slot(state, t.PRODUCTION, production, rows, slot, t.CLOSED)
    remember(
        state, t.HISTORY_PRODUCTION, production[slot].released_us, time_us,
        production[slot].due_us, production[slot].place,
    )  # fmt: skip

"""Readings folded into cycles, windows and lives of machines, a constant step each.

A reading adds to the open cycle of its sensor. When its machine speaks in a later
cycle, each of its sensors takes one step of `forecasting._kernels.rolling` by the mean
of the cycle, or by what it showed last if it was silent: so features live and replayed
have the bits of those a model is fitted to.
"""

import math

from forecasting._kernels.rolling import take_reading
from streams._kernels.compiling import entry, inlined
from streams.batch import NO_TIME
from streams.events import TYPE_CODES
from twin.health import rows as h
from twin.health.rows import I8, Folded, Journal, Rows
from twin.state.tables import STATE_BUSY, STATE_DOWN, STATE_IDLE, STATE_MAINTENANCE

READING = TYPE_CODES["MachineReading"]
CHANGED = TYPE_CODES["MachineStateChanged"]
MAINTAINED = TYPE_CODES["MaintenanceDone"]
STARTED = TYPE_CODES["OperationStarted"]
COMPLETED = TYPE_CODES["OperationCompleted"]

HOUR_US = 3.6e9
N_USAGE = len(h.USAGE)
CORRECTIVE = 1  # position in `streams.events.MaintenanceKind`
# Rows of the journal that one event may take: two cycles and the end of a life.
JOURNAL_ROWS_MAX = 2 * h.MACHINE_SENSORS_MAX + 2


@inlined
def place_of(folded: Folded, machine: int, name: int) -> int:
    """Place of a sensor in the index, or the empty one where it belongs."""
    index = folded.index
    key = machine << 32 | name
    mixed = key * -7046029254386353131  # 2^64 over the golden ratio, odd
    at = (mixed >> 40) & (len(index) - 1)  # bits that both halves of the key reach
    while index[at].key != key and index[at].key != -1:
        at = (at + 1) & (len(index) - 1)
    return at


@inlined
def add_sensor(folded: Folded, machine: int, name: int, key: int) -> int:
    """Slot of a new sensor or counter, at the end of its machine's."""
    row, slot = folded.machines[machine], folded.counts[h.N_SENSORS]
    folded.counts[h.N_SENSORS] += 1
    sensor = folded.sensors[slot]
    sensor.hash, sensor.name, sensor.machine, sensor.next = key, name, machine, -1
    sensor.total, sensor.latest, sensor.n_cycle, sensor.n_readings = 0.0, 0.0, 0, 0
    folded.rolling[slot, :] = 0.0
    if row.n_sensors == 0:
        row.first = slot
    else:
        last = row.first
        while folded.sensors[last].next >= 0:
            last = folded.sensors[last].next
        folded.sensors[last].next = slot
    row.n_sensors += 1
    return slot


@inlined
def machine_of(folded: Folded, rows: Rows, i: int) -> int:
    """Row of the machine of an event, made at its first; -1 at the bound."""
    name = rows.place[i]
    if name < 0:
        return -1
    machine = rows.machine_of[name]
    if machine >= 0:
        return machine
    if folded.counts[h.N_SENSORS] + N_USAGE > h.SENSORS_MAX:
        return -1
    machine = folded.counts[h.N_MACHINES]
    folded.counts[h.N_MACHINES] += 1
    rows.machine_of[name] = machine
    row = folded.machines[machine]
    row.hash, row.name, row.n_sensors, row.first = rows.name_hash[name], name, 0, -1
    row.n_lives, row.n_failures, row.state, row.running = 0, 0, 0, 0
    begin_life(folded, machine, rows.time_us[i])
    for k in range(N_USAGE):
        add_sensor(folded, machine, -1 - k, k)
    return machine


@inlined
def begin_life(folded: Folded, machine: int, time_us: int) -> None:
    """A machine is as new: windows and counters begin; what sensors showed stays.

    An operation that the end of a life cut short may never be told as completed, so
    only those begun in this life are counted as running.
    """
    row = folded.machines[machine]
    row.born_us = row.since_us = time_us
    row.busy_us = row.n_operations = row.n_cycles = row.cycle = row.running = 0
    row.alive, row.open = 1, 0
    slot = row.first if row.n_sensors > 0 else -1
    while slot >= 0:
        folded.rolling[slot, :] = 0.0
        folded.sensors[slot].total, folded.sensors[slot].n_cycle = 0.0, 0
        slot = folded.sensors[slot].next


@inlined
def renew(folded: Folded, machine: int, time_us: int) -> None:
    """The next life of a machine begins."""
    folded.machines[machine].n_lives += 1
    begin_life(folded, machine, time_us)


@inlined
def note(
    folded: Folded, journal: Journal, machine: int, cycle_us: int, slot: int,
    value: float,
) -> None:  # fmt: skip
    """Write a row of the journal, if there is one."""
    if len(journal.machine) == 0:
        return
    row, at = folded.machines[machine], journal.n_rows[0]
    journal.machine[at] = machine
    journal.life[at] = row.n_lives
    journal.cycle[at] = row.cycle - row.born_us // cycle_us + 1
    journal.slot[at] = slot
    journal.value[at] = value
    journal.n_rows[0] += 1


@inlined
def close_cycle(
    folded: Folded, journal: Journal, machine: int, cycle_us: int, until_us: int
) -> None:
    """Every sensor takes a step; counters are those at `until_us`."""
    row = folded.machines[machine]
    busy_us = row.busy_us
    if row.state == STATE_BUSY:
        busy_us += max(0, until_us - row.since_us)
    slot, place = row.first, 0
    while slot >= 0:
        sensor = folded.sensors[slot]
        if place == 0:
            sensor.latest = busy_us / HOUR_US
        elif place == 1:
            sensor.latest = row.n_operations
        elif sensor.n_cycle > 0:
            sensor.latest = sensor.total / sensor.n_cycle
        sensor.total, sensor.n_cycle = 0.0, 0
        take_reading(folded.rolling[slot], sensor.latest)
        note(folded, journal, machine, cycle_us, slot, sensor.latest)
        slot, place = sensor.next, place + 1
    row.open = 0
    row.n_cycles += 1


@inlined
def end_life(
    folded: Folded, journal: Journal, machine: int, cycle_us: int, how: float,
    time_us: int,
) -> None:  # fmt: skip
    """A machine failed or is maintained; at a failure it shows its last once more."""
    row = folded.machines[machine]
    cycle = time_us // cycle_us
    if row.open == 0 and how == h.FAILED and row.n_cycles > 0 and cycle > row.cycle:
        row.cycle, row.open = cycle, 1
    if row.open == 1:
        close_cycle(folded, journal, machine, cycle_us, time_us)
    if row.n_cycles > 0:
        note(folded, journal, machine, cycle_us, h.END, how)
    if how == h.FAILED:
        row.n_failures += 1
    row.alive = 0


@inlined
def enter(row: h.Records, state: int, time_us: int) -> None:
    """Book busy time, and enter another state."""
    if row.state == STATE_BUSY:
        row.busy_us += max(0, time_us - row.since_us)
    row.state = state
    row.since_us = max(time_us, row.since_us)


@inlined
def change(
    folded: Folded, journal: Journal, rows: Rows, i: int, machine: int, cycle_us: int
) -> None:
    """A machine enters a state: down ends its life, what follows begins the next."""
    row, time_us = folded.machines[machine], rows.time_us[i]
    state = rows.code[i] + 1
    enter(row, state, time_us)
    if state in (STATE_DOWN, STATE_MAINTENANCE):
        if row.alive == 1:
            how = h.FAILED if state == STATE_DOWN else h.RENEWED
            end_life(folded, journal, machine, cycle_us, how, time_us)
    elif row.alive == 0:
        renew(folded, machine, time_us)


@inlined
def maintain(
    folded: Folded, journal: Journal, rows: Rows, i: int, machine: int, cycle_us: int
) -> None:
    """Maintenance is done; who told no state had its life ended by it."""
    row, time_us = folded.machines[machine], rows.time_us[i]
    began_us = time_us if rows.time0[i] == NO_TIME else rows.time0[i]
    if row.alive == 1 and row.born_us >= began_us:
        return  # the state told it already, or it is the first event
    if row.alive == 1:
        how = h.FAILED if rows.code[i] == CORRECTIVE else h.RENEWED
        end_life(folded, journal, machine, cycle_us, how, time_us)
    renew(folded, machine, time_us)


@inlined
def operate(row: h.Records, code: int, time_us: int) -> None:
    """An operation begins or ends; without a signal of its own, work tells of busy."""
    if code == STARTED:
        row.running += 1
        if row.state in (0, STATE_IDLE):
            enter(row, STATE_BUSY, time_us)
        return
    row.running = max(0, row.running - 1)
    row.n_operations += 1
    if row.running == 0 and row.state == STATE_BUSY:
        enter(row, STATE_IDLE, time_us)


@inlined
def read(folded: Folded, rows: Rows, i: int, machine: int, cycle_us: int) -> None:
    """A sensor spoke."""
    row, value, name = folded.machines[machine], rows.value0[i], rows.party[i]
    folded.counts[h.N_READINGS] += 1
    if row.alive == 0:
        folded.counts[h.N_AT_REST] += 1
        return
    if name < 0 or not math.isfinite(value):
        folded.counts[h.N_UNUSABLE] += 1
        return
    at = place_of(folded, machine, name)
    slot = folded.index[at].row
    if folded.index[at].key == -1:
        full = folded.counts[h.N_SENSORS] >= h.SENSORS_MAX
        if full or row.n_sensors >= h.MACHINE_SENSORS_MAX:
            folded.counts[h.N_LEFT_OUT] += 1
            return
        slot = add_sensor(folded, machine, name, rows.name_hash[name])
        folded.index[at].key = machine << 32 | name
        folded.index[at].row = slot
    if row.open == 0:
        # What is late counts for the cycle that is open, or for the next one.
        since = row.cycle + 1 if row.n_cycles > 0 else row.born_us // cycle_us
        row.cycle = max(rows.time_us[i] // cycle_us, since)
        row.until_us = (row.cycle + 1) * cycle_us
        row.open = 1
    sensor = folded.sensors[slot]
    sensor.total += value
    sensor.n_cycle += 1
    sensor.n_readings += 1


@entry
def fold(
    folded: Folded, journal: Journal, rows: Rows, order: I8, span: tuple[int, int, int]
) -> int:
    """Fold events [start, stop), cycles of `cycle_us`; say how far there was room.

    `order` gives their rows; empty: as they stand. Who called makes room and goes on.
    """
    start, stop, cycle_us = span
    for at in range(start, stop):
        i = order[at] if len(order) else at
        code = rows.type_code[i]
        if code != READING and code not in (CHANGED, MAINTAINED, STARTED, COMPLETED):
            continue
        n_rows = len(journal.machine)
        if (
            folded.counts[h.N_MACHINES] >= len(folded.machines)
            or folded.counts[h.N_SENSORS] + N_USAGE >= len(folded.sensors)
            or (n_rows > 0 and journal.n_rows[0] + JOURNAL_ROWS_MAX > n_rows)
        ):
            return at
        machine = machine_of(folded, rows, i)
        if machine < 0:
            folded.counts[h.N_LEFT_OUT] += rows.place[i] >= 0 and code == READING
            continue
        row = folded.machines[machine]
        if row.open == 1 and rows.time_us[i] >= row.until_us:
            close_cycle(folded, journal, machine, cycle_us, row.until_us)
        if code == READING:
            read(folded, rows, i, machine, cycle_us)
        elif code == CHANGED:
            change(folded, journal, rows, i, machine, cycle_us)
        elif code == MAINTAINED:
            maintain(folded, journal, rows, i, machine, cycle_us)
        else:
            operate(row, code, rows.time_us[i])
    return stop


@entry
def close_open(folded: Folded, journal: Journal, cycle_us: int, first: int) -> int:
    """Close the open cycles of machines from `first` on; say how far there was room."""
    for machine in range(first, folded.counts[h.N_MACHINES]):
        n_rows = len(journal.machine)
        if n_rows > 0 and journal.n_rows[0] + JOURNAL_ROWS_MAX > n_rows:
            return machine
        if folded.machines[machine].open == 1:
            until_us = folded.machines[machine].until_us
            close_cycle(folded, journal, machine, cycle_us, until_us)
    return folded.counts[h.N_MACHINES]


@entry
def fill_index(folded: Folded) -> None:
    """Put all sensors into an empty index."""
    for slot in range(folded.counts[h.N_SENSORS]):
        sensor = folded.sensors[slot]
        if sensor.name >= 0:
            at = place_of(folded, sensor.machine, sensor.name)
            folded.index[at].key = sensor.machine << 32 | sensor.name
            folded.index[at].row = slot

"""Why machines stand still in the compiled engine: failures, maintenance, shifts."""

from streams._kernels.compiling import inlined
from streams.events import TYPE_CODES
from twin.model.elements import ON_FAILURE
from twin.simulate import layout as laid
from twin.simulate import random as streams
from twin.simulate import tables as t
from twin.simulate._kernels import ageing, stations
from twin.simulate._kernels.ageing import (
    DUE,
    FAIL,
    FAILS,
    NEVER_US,
    REPAIR,
    machine_key,
)
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.market import microseconds
from twin.simulate._kernels.random import drawn
from twin.simulate._kernels.stations import RESPONSE_US
from twin.simulate._kernels.trace import NAN, NEVER, NONE, reference, tell
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, Trace

READING = TYPE_CODES["MachineReading"]
MAINTENANCE_DONE = TYPE_CODES["MaintenanceDone"]
PREVENTIVE = 0  # position in `streams.events.MaintenanceKind`
RESUME, RESTART, SCRAP = range(len(ON_FAILURE))
COST_TICK = 5  # rank

# What happens to whom, in the calendar, besides `FAILS` and `DUE`.
REPAIRED, SHIFT_ON, SHIFT_OFF, STOPS, GOES_ON, MAINTAINED, READS = range(10, 17)


@inlined
def stop(sim: Simulated, machine: int, now_us: int) -> None:
    """A machine is about to get one more cause to stand still."""
    if not stations.stands(sim, machine):
        stations.interrupt(sim, machine, now_us)


@inlined
def restart(
    layout: Layout, sim: Simulated, trace: Trace, machine: int, now_us: int
) -> None:
    """A machine has lost a cause to stand still."""
    stations.announce(layout, sim, trace, machine, now_us)
    if sim.machines[machine].is_due > 0:
        stations.follow(sim, stations.MAINTAIN, machine, NONE)
    if not stations.stands(sim, machine):
        stations.go_on(layout, sim, machine, now_us)


@inlined
def lose_work(
    layout: Layout, sim: Simulated, trace: Trace, machine: int, now_us: int
) -> None:
    """Do with the work on a machine what its failure does."""
    how = layout.machines[machine].on_failure
    if how == RESUME:
        return
    at = sim.machines[machine].head
    while at >= 0:
        row = sim.orders[at]
        following = row.next
        if how == RESTART or row.phase == stations.SETS_UP:
            row.remaining_us = row.whole_us
        else:
            row.phase = stations.LOST
            stations.leave(layout, sim, trace, at, now_us)
        at = following


@inlined
def fail(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, machine: int, now_us: int
) -> None:
    """A machine breaks down."""
    stop(sim, machine, now_us)
    row, station = sim.machines[machine], layout.machines[machine]
    row.fails_us = row.failure_noted_us = NEVER_US
    row.failure += 1
    stations.announce(layout, sim, trace, machine, now_us)
    lose_work(layout, sim, trace, machine, now_us)
    down_s = drawn(
        seed, streams.REPAIR, machine, row.n_failures,
        station.repair_law, station.mttr_s, station.repair_p0, station.repair_p1,
        layout.law_start, layout.law_factor, layout.law_cumulative,
    )  # fmt: skip
    # A repair of this instant would rank before the failure.
    end_us = now_us + max(RESPONSE_US, microseconds(down_s))
    key = machine_key(layout, REPAIR, machine, t.FAILURE, row.n_failures)
    push(sim, end_us, key, REPAIRED, machine, 0)


@inlined
def maintain(
    layout: Layout, sim: Simulated, trace: Trace, machine: int, now_us: int
) -> None:
    """Begin maintenance if it is due and nothing is in its way."""
    row = sim.machines[machine]
    others = row.failure + row.disruption + row.maintenance
    if row.is_due == 0 or row.running > 0 or others > 0:
        return
    row.is_due = 0
    row.fails_us = NEVER_US
    row.maintenance += 1
    row.maintained_us = now_us
    stations.announce(layout, sim, trace, machine, now_us)
    end_us = now_us + max(RESPONSE_US, layout.machines[machine].maintenance_us)
    key = machine_key(layout, REPAIR, machine, t.MAINTENANCE, row.n_maintenances)
    push(sim, end_us, key, MAINTAINED, machine, 0)


@inlined
def end_maintenance(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, machine: int, now_us: int
) -> None:
    """Maintenance is done: the machine is as new."""
    row = sim.machines[machine]
    tell(
        sim, trace, now_us, MAINTENANCE_DONE, PREVENTIVE, NONE, NONE,
        reference(layout, t.MACHINE, machine), NONE, NONE, NAN, NAN,
        row.maintained_us,
    )  # fmt: skip
    row.n_maintenances += 1
    row.maintenance -= 1
    restart(layout, sim, trace, machine, now_us)
    ageing.renew(layout, sim, seed, machine, now_us)
    ageing.await_maintenance(layout, sim, machine, now_us)


@inlined
def await_reading(layout: Layout, sim: Simulated, machine: int, now_us: int) -> None:
    """Put the next reading of the wear of a machine into the calendar."""
    every_us = max(RESPONSE_US, layout.machines[machine].reading_every_us)
    entity = layout.settings[laid.FIRST_MACHINE] + machine
    key = tie_key(COST_TICK, entity, sim.machines[machine].n_readings)
    push(sim, now_us + every_us, key, READS, machine, 0)


@inlined
def read(
    layout: Layout, sim: Simulated, trace: Trace, machine: int, now_us: int
) -> None:
    """Tell the wear of a machine."""
    tell(
        sim, trace, now_us, READING, NONE, NONE, NONE,
        reference(layout, t.MACHINE, machine), reference(layout, t.SENSOR, 0), NONE,
        ageing.wear(layout, sim, machine, now_us), NAN, NEVER,
    )  # fmt: skip
    sim.machines[machine].n_readings += 1
    await_reading(layout, sim, machine, now_us)


@inlined
def await_shift(layout: Layout, sim: Simulated, machine: int) -> None:
    """Put the next end or begin of a shift into the calendar."""
    row, station = sim.machines[machine], layout.machines[machine]
    n = row.n_shifts
    span = layout.spans[station.first_span + n]
    if row.shift > 0:
        key = machine_key(layout, REPAIR, machine, t.SHIFT, n)
        push(sim, span[0], key, SHIFT_ON, machine, 0)
    else:
        key = machine_key(layout, FAIL, machine, t.SHIFT, n)
        push(sim, span[1], key, SHIFT_OFF, machine, 0)


@inlined
def change_machine(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, what: int, ref: int,
    now_us: int,
) -> None:  # fmt: skip
    """Failures, repairs, maintenance, shifts and disruptions of machines."""
    if what == FAILS:
        fail(layout, sim, trace, seed, ref, now_us)
    elif what == DUE:
        row = sim.machines[ref]
        row.due_us = row.due_noted_us = NEVER_US
        row.is_due = 1
        stations.follow(sim, stations.MAINTAIN, ref, NONE)
    elif what == MAINTAINED:
        end_maintenance(layout, sim, trace, seed, ref, now_us)
    elif what == READS:
        read(layout, sim, trace, ref, now_us)
    elif what == SHIFT_OFF:
        stop(sim, ref, now_us)
        sim.machines[ref].shift += 1
        sim.machines[ref].n_shifts += 1
        stations.announce(layout, sim, trace, ref, now_us)
        await_shift(layout, sim, ref)
    elif what == STOPS:
        window = layout.machine_windows[ref]
        stop(sim, window.machine, now_us)
        sim.machines[window.machine].disruption += 1
        stations.announce(layout, sim, trace, window.machine, now_us)
        key = machine_key(layout, REPAIR, window.machine, t.DISRUPTION, window.n)
        push(sim, window.end_us, key, GOES_ON, ref, 0)
    else:
        go_on(layout, sim, trace, seed, what, ref, now_us)


@inlined
def go_on(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, what: int, ref: int,
    now_us: int,
) -> None:  # fmt: skip
    """A repair, a disruption or the time off shift is over."""
    machine = layout.machine_windows[ref].machine if what == GOES_ON else ref
    row = sim.machines[machine]
    if what == REPAIRED:
        row.failure -= 1
        row.n_failures += 1
    elif what == SHIFT_ON:
        row.shift -= 1
    else:
        row.disruption -= 1
    restart(layout, sim, trace, machine, now_us)
    if what == REPAIRED:
        ageing.renew(layout, sim, seed, machine, now_us)
    elif what == SHIFT_ON:
        await_shift(layout, sim, machine)


@inlined
def start(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, machine: int, now_us: int
) -> None:
    """Begin with a machine at the start of a simulation: new, unless all are aged."""
    row, station = sim.machines[machine], layout.machines[machine]
    row.failure_noted_us = row.due_noted_us = row.due_us = NEVER_US
    if layout.settings[laid.AGED] == 0:
        ageing.renew(layout, sim, seed, machine, now_us)
        ageing.await_maintenance(layout, sim, machine, now_us)
    else:
        ageing.foresee_failure(layout, sim, machine, now_us)
        if station.maintenance_every_us != NEVER_US and row.maintenance == 0:
            ageing.foresee_maintenance(layout, sim, machine, now_us)
    if station.reading_every_us != NEVER_US:
        await_reading(layout, sim, machine, now_us)
    if station.first_span < station.last_span:
        if layout.spans[station.first_span, 0] > now_us:
            row.shift += 1
        await_shift(layout, sim, machine)
    stations.announce(layout, sim, trace, machine, now_us)

"""How machines age in the compiled engine: wear, time left to failure, maintenance.

What is foreseen, a failure or that maintenance falls due, may change whenever a machine
turns busy or idle. Of every kind one appointment stands in the calendar that is not
later than what is foreseen; it is moved when its time has come, see `look_ahead`.
"""

import math

from streams._kernels.compiling import inlined
from twin.simulate import layout as laid
from twin.simulate import random as streams
from twin.simulate import tables as t
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.market import microseconds
from twin.simulate._kernels.random import drawn
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, nth

REPAIR, FAIL = 1, 2  # ranks
FAILS, DUE = 8, 9  # what happens to a machine, in the calendar
BUSY = 3  # position in `streams.events.MachineState`

HOUR_US = 3_600_000_000
NEVER_US = int(laid.NEVER_US)


@inlined
def machine_key(layout: Layout, rank: int, machine: int, cause: int, n: int) -> int:
    """Key of a machine that stops or goes on."""
    entity = layout.settings[laid.FIRST_MACHINE] + machine
    return tie_key(rank, t.N_CAUSES * entity + cause, n)


@inlined
def wear(layout: Layout, sim: Simulated, machine: int, now_us: int) -> float:
    """Wear of a machine now."""
    row = sim.machines[nth(machine)]
    busy_us = row.busy_us
    if row.state == BUSY:
        busy_us += now_us - row.since_us
    return layout.machines[nth(machine)].wear_per_h * (busy_us / HOUR_US)


@inlined
def speed(layout: Layout, sim: Simulated, machine: int, now_us: int) -> float:
    """Speed of an operation that begins now."""
    station = layout.machines[nth(machine)]
    if station.wear_speed == 0.0:
        return station.speed
    worn = min(wear(layout, sim, machine, now_us), 1.0)
    return station.speed * (1.0 - station.wear_speed * worn)


@inlined
def yield_left(layout: Layout, sim: Simulated, machine: int, now_us: int) -> float:
    """What is left of the yield of an operation that ends now."""
    station = layout.machines[nth(machine)]
    if station.wear_yield == 0.0:
        return 1.0
    return 1.0 - station.wear_yield * min(wear(layout, sim, machine, now_us), 1.0)


@inlined
def pace(layout: Layout, sim: Simulated, machine: int) -> float:
    """How much faster than time a worn machine gets nearer to its failure."""
    station = layout.machines[nth(machine)]
    worn = station.wear_per_h * (sim.machines[nth(machine)].busy_us / HOUR_US)
    return 1.0 + station.wear_hazard * worn


@inlined
def gain(layout: Layout, sim: Simulated, machine: int) -> float:
    """How much that pace grows in a microsecond."""
    station = layout.machines[nth(machine)]
    if sim.machines[nth(machine)].state != BUSY:
        return 0.0
    return station.wear_hazard * station.wear_per_h / HOUR_US


@inlined
def count_age(layout: Layout, sim: Simulated, machine: int, now_us: int) -> None:
    """Count the age of a machine up to now, before its state changes."""
    row = sim.machines[nth(machine)]
    elapsed_us = now_us - row.since_us
    elapsed, is_busy = float(elapsed_us), row.state == BUSY
    if is_busy or layout.machines[nth(machine)].by_clock > 0:
        used = pace(layout, sim, machine) * elapsed
        used += 0.5 * gain(layout, sim, machine) * elapsed * elapsed
        row.left_us = max(0.0, row.left_us - used)
    if is_busy:
        row.busy_us += elapsed_us
        row.until_due_us -= elapsed_us
    row.since_us = now_us


@inlined
def foresee_failure(layout: Layout, sim: Simulated, machine: int, now_us: int) -> None:
    """Find when a machine fails if it goes on as it does now."""
    row, station = sim.machines[nth(machine)], layout.machines[nth(machine)]
    row.fails_us = NEVER_US
    if station.has_failures == 0 or row.failure + row.maintenance > 0:
        return
    if row.state != BUSY and station.by_clock == 0:
        return
    now_pace = pace(layout, sim, machine)
    root = math.sqrt(
        now_pace * now_pace + 2.0 * gain(layout, sim, machine) * row.left_us
    )
    row.fails_us = now_us + round(2.0 * row.left_us / (now_pace + root))
    if row.fails_us < row.failure_noted_us:
        row.failure_noted_us = row.fails_us
        key = machine_key(layout, FAIL, machine, t.FAILURE, row.n_failures)
        push(sim, row.fails_us, key, FAILS, machine, 0)


@inlined
def foresee_maintenance(
    layout: Layout, sim: Simulated, machine: int, now_us: int
) -> None:
    """Find when maintenance falls due if a machine goes on as it does now."""
    row, station = sim.machines[nth(machine)], layout.machines[nth(machine)]
    row.due_us = NEVER_US
    if row.is_due > 0 or (station.due_by_busy > 0 and row.state != BUSY):
        return
    row.due_us = now_us + row.until_due_us
    if row.due_us < row.due_noted_us:
        row.due_noted_us = row.due_us
        key = machine_key(layout, FAIL, machine, t.MAINTENANCE, row.n_maintenances)
        push(sim, row.due_us, key, DUE, machine, 0)


@inlined
def is_void(sim: Simulated, what: int, machine: int, now_us: int) -> bool:
    """Whether what an appointment of this time foresaw does not happen now."""
    row = sim.machines[nth(machine)]
    if what == FAILS:
        return row.fails_us != now_us or row.failure_noted_us != now_us
    return row.due_us != now_us or row.due_noted_us != now_us


@inlined
def look_ahead(
    layout: Layout, sim: Simulated, what: int, machine: int, now_us: int
) -> None:
    """Move a void appointment whose time has come to what is foreseen."""
    row = sim.machines[nth(machine)]
    if what == FAILS and row.failure_noted_us == now_us:
        row.failure_noted_us = row.fails_us
        if row.fails_us != NEVER_US:
            key = machine_key(layout, FAIL, machine, t.FAILURE, row.n_failures)
            push(sim, row.fails_us, key, FAILS, machine, 0)
    elif what == DUE and row.due_noted_us == now_us:
        row.due_noted_us = row.due_us
        if row.due_us != NEVER_US:
            key = machine_key(layout, FAIL, machine, t.MAINTENANCE, row.n_maintenances)
            push(sim, row.due_us, key, DUE, machine, 0)


@inlined
def change_state(
    layout: Layout, sim: Simulated, machine: int, state: int, now_us: int
) -> None:
    """Let a machine be in another state; it may age differently from now on."""
    row, station = sim.machines[nth(machine)], layout.machines[nth(machine)]
    if station.ages > 0 and (row.state == BUSY) != (state == BUSY):
        count_age(layout, sim, machine, now_us)
        row.state = state
        foresee_failure(layout, sim, machine, now_us)
        if station.due_by_busy > 0:
            foresee_maintenance(layout, sim, machine, now_us)
    else:
        row.state = state


@inlined
def renew(layout: Layout, sim: Simulated, seed: int, machine: int, now_us: int) -> None:
    """Make a machine as new, and draw its time to failure."""
    row, station = sim.machines[nth(machine)], layout.machines[nth(machine)]
    row.since_us = now_us
    row.busy_us = 0
    row.left_us = 0.0
    if station.has_failures > 0:
        up_s = drawn(
            seed, streams.FAILURE, machine, row.n_failures + row.n_maintenances,
            station.failure_law, station.mttf_s, station.failure_p0,
            station.failure_p1,
            layout.law_start, layout.law_factor, layout.law_cumulative,
        )  # fmt: skip
        row.left_us = float(microseconds(up_s))
    foresee_failure(layout, sim, machine, now_us)


@inlined
def await_maintenance(
    layout: Layout, sim: Simulated, machine: int, now_us: int
) -> None:
    """Count anew to the next maintenance, if there is one."""
    station = layout.machines[nth(machine)]
    if station.maintenance_every_us != NEVER_US:
        sim.machines[nth(machine)].until_due_us = station.maintenance_every_us
        foresee_maintenance(layout, sim, machine, now_us)

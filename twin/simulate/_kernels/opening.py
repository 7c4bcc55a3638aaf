"""Work that is on machines when a compiled simulation begins."""

from streams._kernels.compiling import entry
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels import stations
from twin.simulate._kernels.ageing import change_state
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.dispatch import step_of
from twin.simulate._kernels.queues import stay_outside
from twin.simulate._kernels.trace import NAN, NEVER, NONE, reference, tell
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, Trace


@entry
def take_over(
    layout: Layout, sim: Simulated, trace: Trace, machine: int, order: int, now_us: int
) -> None:
    """Have the first order of a batch, and its mates, on a machine.

    Phase and times of the order are known; there must be room.
    """
    row, station = sim.orders[order], sim.machines[machine]
    row.next = NONE
    if station.tail >= 0:
        sim.orders[station.tail].next = order
    else:
        station.head = order
    station.tail = order
    station.running += 1
    sets_up = row.phase == stations.SETS_UP
    if sets_up:
        station.setups += 1
    if len(layout.pools) > 0:
        stations.take_pools(layout, sim, order)
    if station.state == stations.IDLE and not sets_up:
        # As live state concludes from the event.
        change_state(layout, sim, machine, stations.BUSY, now_us)
    elif station.state != stations.BUSY:
        stations.announce(layout, sim, trace, machine, now_us)
    one = order
    while one >= 0 and not sets_up:
        told = sim.orders[one]
        operation = layout.steps[step_of(layout, sim, one)].operation
        tell(
            sim, trace, now_us, stations.STARTED, NONE, told.name,
            reference(layout, t.ITEM, told.item),
            reference(layout, t.MACHINE, machine),
            reference(layout, t.OPERATION, operation), NONE, told.pieces, NAN, NEVER,
        )  # fmt: skip
        one = told.mate
    if not stations.stands(sim, machine):
        stations.resume(layout, sim, machine, order, now_us)


@entry
def wait(layout: Layout, sim: Simulated, trace: Trace, order: int, now_us: int) -> None:
    """Have an order wait since before the start, or held for a full queue.

    It is known since when; there must be room.
    """
    row, step = sim.orders[order], layout.steps[step_of(layout, sim, order)]
    group, holder, since_us = step.group, row.machine, row.arrived_us
    waiting = sim.groups[group]
    if waiting.waiting >= layout.groups[group].capacity:
        stay_outside(sim, group, order)
        if holder >= 0:
            sim.machines[holder].held += 1
            stations.announce(layout, sim, trace, holder, now_us)
        return
    row.machine = row.next = NONE
    if waiting.tail >= 0:
        sim.orders[waiting.tail].next = order
    else:
        waiting.head = order
    waiting.tail = order
    waiting.waiting += 1
    if step.batch_min > 1 and step.timeout_us != laid.NEVER_US:
        key = tie_key(stations.RELEASE, len(layout.releases) + group, row.n)
        at_us = max(now_us, since_us + step.timeout_us)
        push(sim, at_us, key, stations.TIMES_OUT, group, 0)

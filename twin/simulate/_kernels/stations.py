"""Machines in the compiled engine: queues, work that stops and goes on, states.

What follows within an instant is put on the micro-queue, first in, first out, and done
before the next appointment: each kind of consequence stands once in the compiled loop.
"""

from streams._kernels.compiling import inlined
from streams.events import TYPE_CODES
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels.ageing import change_state, speed
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.dispatch import step_of
from twin.simulate._kernels.market import microseconds
from twin.simulate._kernels.queues import (
    ANYTHING,
    best,
    first_outside,
    gather,
    leave_outside,
    leave_queue,
    stay_outside,
    unchain,
)
from twin.simulate._kernels.setups import setup_us
from twin.simulate._kernels.trace import NAN, NEVER, NONE, reference, tell
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, Trace, nth

STATE_CHANGED = TYPE_CODES["MachineStateChanged"]
STARTED = TYPE_CODES["OperationStarted"]
SETUP_COMPLETED = TYPE_CODES["SetupCompleted"]
# Positions in `streams.events.MachineState`.
OFF, IDLE, SETUP, BUSY, BLOCKED, DOWN, MAINTENANCE = range(7)
WORKS, SETS_UP, LOST = range(3)
"""What an order on a machine is at, or what became of it: `phase`."""

COMPLETION, RELEASE = 3, 7  # ranks
RESPONSE_US = 1

# What happens to whom, in the calendar,
END, START, FINISH, COMES, POOL_OPENS, POOL_CLOSES, TIMES_OUT = range(7)
# and within an instant.
FILL, ADVANCE, COMPLETE, ANNOUNCE, POOL, MAINTAIN = range(6)


@inlined
def follow(sim: Simulated, what: int, ref: int, machine: int) -> None:
    """Put a consequence on the micro-queue."""
    at = sim.clock[t.MICRO_TAIL]
    row = sim.micro[nth(at & (len(sim.micro) - 1))]
    row.what = what
    row.ref = ref
    row.machine = machine
    sim.clock[t.MICRO_TAIL] = at + 1


@inlined
def stands(sim: Simulated, machine: int) -> bool:
    """Whether a machine stands still for any cause."""
    row = sim.machines[nth(machine)]
    return row.shift + row.failure + row.disruption + row.maintenance > 0


@inlined
def announce(
    layout: Layout, sim: Simulated, trace: Trace, machine: int, now_us: int
) -> None:
    """Tell the state of a machine if it is another: that of its most active slot."""
    row = sim.machines[nth(machine)]
    if row.failure + row.disruption > 0:
        state = DOWN
    elif row.maintenance > 0:
        state = MAINTENANCE
    elif row.shift > 0:
        state = OFF
    elif row.running > row.setups:
        state = BUSY
    elif row.setups > 0:
        state = SETUP
    else:
        state = BLOCKED if row.held > 0 else IDLE
    if state != row.state:
        change_state(layout, sim, machine, state, now_us)
        tell(
            sim, trace, now_us, STATE_CHANGED, state, NONE, NONE,
            reference(layout, t.MACHINE, machine), NONE, NONE, NAN, NAN, NEVER,
        )  # fmt: skip


@inlined
def resume(
    layout: Layout, sim: Simulated, machine: int, order: int, now_us: int
) -> None:
    """Put the end of an operation, or of its setup, into the calendar."""
    row = sim.orders[nth(order)]
    row.resumed_us = now_us
    entity = layout.settings[laid.FIRST_MACHINE] + machine
    key = tie_key(COMPLETION, entity, row.n)
    push(sim, now_us + row.remaining_us, key, END, order, row.epoch)


@inlined
def interrupt(sim: Simulated, machine: int, now_us: int) -> None:
    """Void the ends of what runs on a machine that stood on nothing so far."""
    order = sim.machines[nth(machine)].head
    while order >= 0:
        row = sim.orders[nth(order)]
        row.epoch += 1
        row.remaining_us -= now_us - row.resumed_us
        order = row.next


@inlined
def go_on(layout: Layout, sim: Simulated, machine: int, now_us: int) -> None:
    """Go on with what runs on a machine whose last cause is over."""
    order = sim.machines[nth(machine)].head
    while order >= 0:
        resume(layout, sim, machine, order, now_us)
        order = sim.orders[nth(order)].next
    follow(sim, FILL, layout.machines[nth(machine)].group, NONE)


@inlined
def take_pools(layout: Layout, sim: Simulated, order: int) -> None:
    """Take the operators and the tool that a batch needs."""
    step = layout.steps[nth(step_of(layout, sim, order))]
    if step.operator_pool >= 0:
        sim.pools[step.operator_pool].used += step.operators
    if step.tool_pool >= 0:
        sim.pools[step.tool_pool].used += 1


@inlined
def give_pools_back(layout: Layout, sim: Simulated, order: int) -> None:
    """Give back what a batch needed; who waits for it is looked at later."""
    step = layout.steps[nth(step_of(layout, sim, order))]
    if step.operator_pool >= 0:
        sim.pools[step.operator_pool].used -= step.operators
        follow(sim, POOL, step.operator_pool, NONE)
    if step.tool_pool >= 0:
        sim.pools[step.tool_pool].used -= 1
        follow(sim, POOL, step.tool_pool, NONE)


@inlined
def begin(
    layout: Layout, sim: Simulated, trace: Trace, machine: int, order: int,
    now_us: int,
) -> None:  # fmt: skip
    """Bring an order to a free machine: it is set up, if need be, and works."""
    row, station = sim.orders[nth(order)], sim.machines[nth(machine)]
    row.machine = machine
    mate = row.mate
    while mate >= 0:
        sim.orders[nth(mate)].machine = machine
        mate = sim.orders[nth(mate)].mate
    row.next = NONE
    if station.tail >= 0:
        sim.orders[nth(station.tail)].next = order
    else:
        station.head = order
    station.tail = order
    station.running += 1
    row.phase = WORKS
    if len(layout.pools) > 0:
        take_pools(layout, sim, order)
    family = layout.steps[nth(step_of(layout, sim, order))].family
    if family >= 0 and family != station.family:
        row.remaining_us = setup_us(
            layout, layout.machines[nth(machine)].group, station.family, family
        )
        station.family = family
        row.whole_us = row.remaining_us
        if row.remaining_us > 0:
            row.phase = SETS_UP
            row.started_us = now_us
            station.setups += 1
            announce(layout, sim, trace, machine, now_us)
            resume(layout, sim, machine, order, now_us)
            return
    work(layout, sim, trace, order, now_us)


@inlined
def work(layout: Layout, sim: Simulated, trace: Trace, order: int, now_us: int) -> None:
    """Start the operation of the orders of a batch that are on their machine."""
    machine = sim.orders[nth(order)].machine
    station, now_speed = sim.machines[nth(machine)], speed(layout, sim, machine, now_us)
    longest_us, one = 0, order
    while one >= 0:
        row = sim.orders[nth(one)]
        work_s = row.work_s
        if now_speed != 1.0:  # a division takes its time
            work_s /= now_speed
        duration_s = row.setup_s + work_s
        longest_us = max(longest_us, microseconds(duration_s))
        one = row.mate
    sim.orders[nth(order)].remaining_us = sim.orders[nth(order)].whole_us = longest_us
    if station.state == IDLE:
        # As live state concludes from the event.
        change_state(layout, sim, machine, BUSY, now_us)
    elif station.state != BUSY:
        announce(layout, sim, trace, machine, now_us)
    one = order
    while one >= 0:
        row = sim.orders[nth(one)]
        row.started_us = now_us
        operation = layout.steps[nth(step_of(layout, sim, one))].operation
        tell(
            sim, trace, now_us, STARTED, NONE, row.name,
            reference(layout, t.ITEM, row.item), reference(layout, t.MACHINE, machine),
            reference(layout, t.OPERATION, operation), NONE, row.pieces, NAN, NEVER,
        )  # fmt: skip
        one = row.mate
    resume(layout, sim, machine, order, now_us)


@inlined
def join(layout: Layout, sim: Simulated, group: int, order: int, now_us: int) -> None:
    """Put an order into the queue of a group."""
    waiting, row = sim.groups[nth(group)], sim.orders[nth(order)]
    row.machine = row.next = NONE
    row.arrived_us = now_us
    if waiting.tail >= 0:
        sim.orders[nth(waiting.tail)].next = order
    else:
        waiting.head = order
    waiting.tail = order
    waiting.waiting += 1
    if layout.groups[nth(group)].plain == 0:
        step = layout.steps[nth(step_of(layout, sim, order))]
        if step.batch_min > 1 and step.timeout_us != laid.NEVER_US:
            key = tie_key(RELEASE, len(layout.releases) + group, row.n)
            push(sim, now_us + step.timeout_us, key, TIMES_OUT, group, 0)


@inlined
def enter(layout: Layout, sim: Simulated, group: int, order: int, now_us: int) -> None:
    """Put an order into the queue of a group, or have it held before if it is full."""
    if sim.groups[nth(group)].waiting < layout.groups[nth(group)].capacity:
        join(layout, sim, group, order, now_us)
        follow(sim, FILL, group, NONE)
        return
    stay_outside(sim, group, order)
    # A free machine may take it at once; only then is its own said to be blocked.
    follow(sim, FILL, group, NONE)
    holder = sim.orders[nth(order)].machine
    if holder >= 0:
        sim.machines[nth(holder)].held += 1
        follow(sim, ANNOUNCE, NONE, holder)


@inlined
def let_go(
    layout: Layout, sim: Simulated, trace: Trace, order: int, now_us: int
) -> None:
    """An order that was held moves on: its machine may take the next."""
    holder = sim.orders[nth(order)].machine
    if holder >= 0:
        sim.machines[nth(holder)].held -= 1
        announce(layout, sim, trace, holder, now_us)
        follow(sim, FILL, layout.machines[nth(holder)].group, NONE)


@inlined
def take_outside(
    layout: Layout, sim: Simulated, trace: Trace, group: int, now_us: int
) -> int:
    """Take an order past a full queue of which nothing can begin, if there is one."""
    order = first_outside(layout, sim, group)
    if order >= 0:
        leave_outside(sim, group, order)
        let_go(layout, sim, trace, order, now_us)
        sim.orders[nth(order)].mate = NONE
    return order


@inlined
def admit(
    layout: Layout, sim: Simulated, trace: Trace, group: int, now_us: int
) -> None:
    """Let those that wait before a queue into it, as long as there are places."""
    waiting = sim.groups[nth(group)]
    while (
        waiting.first_outside >= 0
        and waiting.waiting < layout.groups[nth(group)].capacity
    ):
        order = waiting.first_outside
        leave_outside(sim, group, order)
        let_go(layout, sim, trace, order, now_us)
        join(layout, sim, group, order, now_us)


@inlined
def fill(layout: Layout, sim: Simulated, trace: Trace, group: int, now_us: int) -> None:
    """Give free machines of a group what waits for them."""
    waiting, machines = sim.groups[nth(group)], layout.groups[nth(group)]
    for k in range(machines.first, machines.last):
        if waiting.head < 0 and waiting.first_outside < 0:
            break
        machine = layout.members[nth(k)]
        if stands(sim, machine) or sim.machines[nth(machine)].is_due > 0:
            continue
        slots, station = layout.machines[nth(machine)].slots, sim.machines[nth(machine)]
        while station.running + station.held < slots:
            order = waiting.head
            if machines.plain == 0:
                order = best(layout, sim, group, ANYTHING, now_us)
                if order >= 0:
                    gather(layout, sim, group, order, now_us)
                else:
                    order = take_outside(layout, sim, trace, group, now_us)
            elif order >= 0:
                leave_queue(sim, group, order)
                sim.orders[nth(order)].mate = NONE
            if order < 0:
                return
            begin(layout, sim, trace, machine, order, now_us)
            if waiting.first_outside >= 0:
                admit(layout, sim, trace, group, now_us)


@inlined
def leave_machine(
    layout: Layout, sim: Simulated, trace: Trace, machine: int, order: int, now_us: int
) -> None:
    """Take an operation off its machine."""
    station = sim.machines[nth(machine)]
    unchain(sim, station, order)
    station.running -= 1
    if station.running == station.setups and station.state == BUSY:
        change_state(layout, sim, machine, IDLE, now_us)
        if station.running > 0:
            announce(layout, sim, trace, machine, now_us)


@inlined
def end(layout: Layout, sim: Simulated, trace: Trace, order: int, now_us: int) -> None:
    """A setup ends and work begins, or the operation of a batch ends."""
    row = sim.orders[nth(order)]
    row.epoch += 1
    if row.phase == SETS_UP:
        row.phase = WORKS
        machine = row.machine
        sim.machines[nth(machine)].setups -= 1
        step = layout.steps[nth(step_of(layout, sim, order))]
        tell(
            sim, trace, now_us, SETUP_COMPLETED, NONE, NONE, NONE,
            reference(layout, t.MACHINE, machine),
            reference(layout, t.FAMILY, step.family), NONE, NAN, NAN, row.started_us,
        )  # fmt: skip
        work(layout, sim, trace, order, now_us)
    else:
        leave(layout, sim, trace, order, now_us)


@inlined
def leave(
    layout: Layout, sim: Simulated, trace: Trace, order: int, now_us: int
) -> None:
    """The operation of a batch is over.

    Its machine takes the next before the orders move on; after it, if one of the
    network may be held.
    """
    machine = sim.orders[nth(order)].machine
    leave_machine(layout, sim, trace, machine, order, now_us)
    if sim.machines[nth(machine)].is_due > 0:
        follow(sim, MAINTAIN, machine, NONE)
    if layout.settings[laid.MOVES_FIRST]:
        follow(sim, COMPLETE, order, machine)
        follow(sim, FILL, layout.machines[nth(machine)].group, NONE)
    else:
        follow(sim, FILL, layout.machines[nth(machine)].group, NONE)
        follow(sim, COMPLETE, order, machine)
    if len(layout.pools) > 0:
        give_pools_back(layout, sim, order)

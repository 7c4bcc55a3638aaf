"""Machines and production orders in the compiled engine.

What follows within an instant is put on the micro-queue, first in, first out, and done
before the next appointment: each kind of consequence stands once in the compiled loop.
"""

import math

from streams._kernels.compiling import inlined
from streams.events import TYPE_CODES
from twin.simulate import layout as laid
from twin.simulate import random as streams
from twin.simulate import tables as t
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.market import arrived, microseconds, seconds
from twin.simulate._kernels.random import u01
from twin.simulate._kernels.trace import (
    NAN,
    NEVER,
    NONE,
    id_of,
    next_id,
    note,
    reference,
    tell,
    tell_noted,
)
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, Trace

STATE_CHANGED = TYPE_CODES["MachineStateChanged"]
STARTED = TYPE_CODES["OperationStarted"]
COMPLETED = TYPE_CODES["OperationCompleted"]
STOCK_MOVED = TYPE_CODES["StockMoved"]
RELEASED = TYPE_CODES["ProductionOrderReleased"]
CLOSED = TYPE_CODES["ProductionOrderClosed"]
MOVE_ISSUE, MOVE_RECEIPT = 1, 2  # positions in `streams.events.MoveReason`
OFF, IDLE, BUSY, DOWN = 0, 1, 3, 5  # positions in `streams.events.MachineState`

REPAIR, FAIL, COMPLETION, RELEASE = 1, 2, 3, 7  # ranks
RESPONSE_US = 1

# What happens to whom, in the calendar,
END, FAILS, REPAIRED, SHIFT_ON, SHIFT_OFF, STOPS, GOES_ON, START, FINISH, COMES = range(
    10
)
# and within an instant.
FILL, ADVANCE, COMPLETE = range(3)


@inlined
def follow(sim: Simulated, what: int, ref: int, machine: int) -> None:
    """Put a consequence on the micro-queue."""
    at = sim.clock[t.MICRO_TAIL]
    row = sim.micro[at & (len(sim.micro) - 1)]
    row.what = what
    row.ref = ref
    row.machine = machine
    sim.clock[t.MICRO_TAIL] = at + 1


@inlined
def stands(sim: Simulated, machine: int) -> bool:
    """Whether a machine stands still for any cause."""
    row = sim.machines[machine]
    return row.shift + row.failure + row.disruption + row.maintenance > 0


@inlined
def announce(
    layout: Layout, sim: Simulated, trace: Trace, machine: int, now_us: int
) -> None:
    """Tell the state of a machine if it is another."""
    row = sim.machines[machine]
    if row.failure + row.disruption + row.maintenance > 0:
        state = DOWN
    elif row.shift > 0:
        state = OFF
    else:
        state = BUSY if row.running > 0 else IDLE
    if state != row.state:
        row.state = state
        tell(
            sim, trace, now_us, STATE_CHANGED, state, NONE, NONE,
            reference(layout, t.MACHINE, machine), NONE, NONE, NAN, NAN, NEVER,
        )  # fmt: skip


@inlined
def resume(
    layout: Layout, sim: Simulated, machine: int, order: int, now_us: int
) -> None:
    """Put the end of an operation into the calendar."""
    row = sim.orders[order]
    row.resumed_us = now_us
    entity = layout.settings[laid.FIRST_MACHINE] + machine
    key = tie_key(COMPLETION, entity, row.n)
    push(sim, now_us + row.remaining_us, key, END, order, row.epoch)


@inlined
def interrupt(sim: Simulated, machine: int, now_us: int) -> None:
    """Void the ends of what runs on a machine that stood on nothing so far."""
    order = sim.machines[machine].head
    while order >= 0:
        row = sim.orders[order]
        row.epoch += 1
        row.remaining_us -= now_us - row.resumed_us
        order = row.next


@inlined
def go_on(layout: Layout, sim: Simulated, machine: int, now_us: int) -> None:
    """Go on with what runs on a machine whose last cause is over."""
    order = sim.machines[machine].head
    while order >= 0:
        resume(layout, sim, machine, order, now_us)
        order = sim.orders[order].next
    follow(sim, FILL, layout.machines[machine].group, NONE)


@inlined
def begin(
    layout: Layout, sim: Simulated, trace: Trace, machine: int, order: int,
    now_us: int,
) -> None:  # fmt: skip
    """Start an operation on a free machine."""
    row, station = sim.orders[order], sim.machines[machine]
    row.started_us = now_us
    duration_s = row.setup_s + row.work_s / layout.machines[machine].speed
    row.remaining_us = microseconds(duration_s)
    row.machine = machine
    row.next = NONE
    if station.tail >= 0:
        sim.orders[station.tail].next = order
    else:
        station.head = order
    station.tail = order
    station.running += 1
    if station.state == IDLE:
        station.state = BUSY  # as live state concludes from the event
    step = layout.steps[layout.recipes[row.recipe].first_step + row.step]
    tell(
        sim, trace, now_us, STARTED, NONE, row.name, reference(layout, t.ITEM, row.item),
        reference(layout, t.MACHINE, machine), reference(layout, t.OPERATION, step.operation), NONE,
        row.pieces, NAN, NEVER,
    )  # fmt: skip
    resume(layout, sim, machine, order, now_us)


@inlined
def fill(layout: Layout, sim: Simulated, trace: Trace, group: int, now_us: int) -> None:
    """Give free machines of a group what waits for them."""
    waiting, machines = sim.groups[group], layout.groups[group]
    for k in range(machines.first, machines.last):
        if waiting.head < 0:
            break
        machine = layout.members[k]
        if stands(sim, machine):
            continue
        slots = layout.machines[machine].slots
        while waiting.head >= 0 and sim.machines[machine].running < slots:
            order = waiting.head
            waiting.head = sim.orders[order].next
            if waiting.head < 0:
                waiting.tail = NONE
            waiting.waiting -= 1
            begin(layout, sim, trace, machine, order, now_us)


@inlined
def leave_machine(sim: Simulated, machine: int, order: int) -> None:
    """Take an operation off its machine."""
    station = sim.machines[machine]
    before, at = NONE, station.head
    while at != order:
        before, at = at, sim.orders[at].next
    following = sim.orders[order].next
    if before < 0:
        station.head = following
    else:
        sim.orders[before].next = following
    if following < 0:
        station.tail = before
    station.running -= 1
    if station.running == 0 and station.state == BUSY:
        station.state = IDLE


@inlined
def end(layout: Layout, sim: Simulated, order: int) -> None:
    """An operation ends: its machine takes the next before the order moves on."""
    row = sim.orders[order]
    leave_machine(sim, row.machine, order)
    row.epoch += 1
    follow(sim, FILL, layout.machines[row.machine].group, NONE)
    follow(sim, COMPLETE, order, row.machine)


@inlined
def take_order(sim: Simulated) -> int:
    """A free row of production orders."""
    at = sim.clock[t.FREE_ORDER]
    sim.clock[t.FREE_ORDER] = sim.orders[at].next
    sim.clock[t.N_ORDERS] += 1
    return at


@inlined
def advance(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int, now_us: int
) -> None:
    """Bring an order to its next step, or finish it."""
    order = sim.orders[at]
    if order.recipe >= 0 and order.pieces > 0.0:
        recipe = layout.recipes[order.recipe]
        k = recipe.first_step + order.step
        if k < recipe.last_step:
            step = layout.steps[k]
            order.setup_s = step.setup_s
            # One draw for the order: its pieces are alike.
            unit_s = seconds(layout, step, seed, streams.DURATION, step.row, order.n)
            order.work_s = unit_s * order.pieces
            group = sim.groups[step.group]
            order.next = NONE
            if group.tail >= 0:
                sim.orders[group.tail].next = at
            else:
                group.head = at
            group.tail = at
            group.waiting += 1
            follow(sim, FILL, step.group, NONE)
            return
    finish(layout, sim, trace, at, now_us)


@inlined
def finish(layout: Layout, sim: Simulated, trace: Trace, at: int, now_us: int) -> None:
    """Goods of an order come into stock, and the order is closed."""
    order = sim.orders[at]
    if order.pieces > 0.0:
        sim.points[order.target].on_hand += order.pieces
        tell(
            sim, trace, now_us, STOCK_MOVED, MOVE_RECEIPT, NONE,
            reference(layout, t.ITEM, order.item), NONE, reference(layout, t.PLACE, order.site),
            order.name, order.pieces, NAN, NEVER,
        )  # fmt: skip
        arrived(sim, order.target, now_us)
    tell(
        sim, trace, now_us, CLOSED, NONE, order.name, NONE, NONE, NONE, NONE,
        NAN, NAN, NEVER,
    )  # fmt: skip
    order.epoch += 1
    order.next = sim.clock[t.FREE_ORDER]
    sim.clock[t.FREE_ORDER] = at
    sim.clock[t.N_ORDERS] -= 1


@inlined
def complete(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int, machine: int,
    now_us: int,
) -> None:  # fmt: skip
    """Count what is good after an operation, and go to the next step."""
    order = sim.orders[at]
    recipe = layout.recipes[order.recipe]
    step = layout.steps[recipe.first_step + order.step]
    order.step += 1
    rate = step.yield_rate
    if recipe.first_step + order.step == recipe.last_step:
        rate *= recipe.site_yield
    good = order.pieces
    if rate != 1.0:
        good = order.pieces * rate
        if order.pieces % 1.0 == 0.0:
            # Whole pieces stay whole, with the right mean.
            good = math.floor(good + u01(seed, streams.SCRAP, step.row, order.n))
    tell(
        sim, trace, now_us, COMPLETED, NONE, order.name, reference(layout, t.ITEM, order.item),
        reference(layout, t.MACHINE, machine), reference(layout, t.OPERATION, step.operation), NONE,
        good, order.pieces - good, order.started_us,
    )  # fmt: skip
    order.pieces = good
    advance(layout, sim, trace, seed, at, now_us)


@inlined
def allowed(layout: Layout, sim: Simulated, recipe: int, quantity: float) -> float:
    """What components on hand allow of a quantity."""
    row, most = layout.recipes[recipe], math.inf
    if row.first_component == row.last_component:
        return quantity
    for k in range(row.first_component, row.last_component):
        part = layout.components[k]
        most = min(most, sim.points[part.point].on_hand / part.per_unit)
    if most >= quantity:
        return quantity
    # Whole pieces stay whole; a hair below one is rounding.
    return math.floor(most + 1e-9) if quantity % 1.0 == 0.0 else most


@inlined
def issue(layout: Layout, sim: Simulated, at: int, now_us: int) -> None:
    """Take components from stock; told when the order starts."""
    order = sim.orders[at]
    recipe, last = layout.recipes[order.recipe], NONE
    order.issues = NONE
    for k in range(recipe.first_component, recipe.last_component):
        part = layout.components[k]
        stock = sim.points[part.point]
        used = min(order.pieces * part.per_unit, stock.on_hand)
        stock.on_hand -= used
        row = note(
            sim, now_us, STOCK_MOVED, MOVE_ISSUE, NONE, reference(layout, t.ITEM, part.item),
            reference(layout, t.PLACE, order.site), NONE, order.name, used,
        )  # fmt: skip
        if last < 0:
            order.issues = row
        else:
            sim.pending[last].next = row
        last = row


@inlined
def release_order(
    layout: Layout, sim: Simulated, trace: Trace, recipe: int, quantity: float,
    priority: float, due_us: int, now_us: int,
) -> int:  # fmt: skip
    """Release a production order, cut to what its components allow; -1 if to nothing.

    Its components are taken; it is not started.
    """
    pieces = allowed(layout, sim, recipe, quantity)
    if pieces <= 0.0:
        return NONE
    at = take_order(sim)
    order, row = sim.orders[at], layout.recipes[recipe]
    order.n = next_id(sim, layout.taken, t.PRODUCTION_IDS)
    order.name = id_of(layout, t.PRODUCTION_IDS, order.n)
    order.pieces = pieces
    order.priority = priority
    order.due_us = due_us
    order.recipe = recipe
    order.step = 0
    order.item = row.item
    order.site = row.site
    order.target = row.target
    tell(
        sim, trace, now_us, RELEASED, NONE, order.name, reference(layout, t.ITEM, row.item),
        reference(layout, t.PLACE, row.site), NONE, NONE, pieces, priority, due_us,
    )  # fmt: skip
    issue(layout, sim, at, now_us + RESPONSE_US)
    return at


@inlined
def start_later(layout: Layout, sim: Simulated, at: int, now_us: int) -> None:
    """Start a released order when its components are told: a microsecond later."""
    order = sim.orders[at]
    key = tie_key(COMPLETION, layout.settings[laid.STARTS], order.n)
    push(sim, now_us + RESPONSE_US, key, START, at, order.epoch)


@inlined
def await_release(
    layout: Layout, sim: Simulated, seed: int, stream: int, now_us: int
) -> None:
    """Put the next order of a stream of orders into the calendar."""
    row, n = layout.releases[stream], sim.releases[stream].n
    if n == 0 and row.first_us != laid.NEVER_US:
        at_us = now_us + row.first_us
    else:
        at_us = now_us + microseconds(
            seconds(layout, row, seed, streams.ARRIVAL, stream, n)
        )
    push(sim, at_us, tie_key(RELEASE, stream, n), COMES, stream, 0)


@inlined
def come(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, stream: int, now_us: int
) -> None:
    """The next order of a stream arrives; without components it starts at once."""
    row, n = layout.releases[stream], sim.releases[stream].n
    k = row.first_mix
    if k + 1 < row.last_mix:
        u = u01(seed, streams.MIX, stream, n)
        while k + 1 < row.last_mix and layout.mix[k].reached < u:
            k += 1
    mix = layout.mix[k]
    due_us = NEVER if mix.due_us == laid.NEVER_US else now_us + mix.due_us
    at = release_order(
        layout, sim, trace, mix.recipe, mix.quantity, mix.priority, due_us, now_us
    )
    if at >= 0:
        if sim.orders[at].issues < 0:
            start(layout, sim, trace, at)
        else:
            start_later(layout, sim, at, now_us)
    sim.releases[stream].n = n + 1
    await_release(layout, sim, seed, stream, now_us)


@inlined
def start(layout: Layout, sim: Simulated, trace: Trace, at: int) -> None:
    """Tell what an order took, and begin with it."""
    order = sim.orders[at]
    tell_noted(sim, trace, order.issues)
    recipe = layout.recipes[order.recipe]
    if recipe.first_step == recipe.last_step:
        order.pieces *= recipe.site_yield
    follow(sim, ADVANCE, at, NONE)

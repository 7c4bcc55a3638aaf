"""Production orders in the compiled engine: components in, operations, goods out."""

import math

import numpy as np

from streams._kernels.compiling import inlined
from streams.events import TYPE_CODES
from twin.simulate import layout as laid
from twin.simulate import random as streams
from twin.simulate import tables as t
from twin.simulate._kernels.ageing import yield_left
from twin.simulate._kernels.calendar import push, tie_key
from twin.simulate._kernels.lanes import gap_seconds, unit_seconds
from twin.simulate._kernels.market import arrived, microseconds
from twin.simulate._kernels.random import u01
from twin.simulate._kernels.stations import (
    ADVANCE,
    COMES,
    COMPLETION,
    LOST,
    RELEASE,
    RESPONSE_US,
    START,
    enter,
    follow,
)
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
    tell_three,
)
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, Trace, nth

COMPLETED = TYPE_CODES["OperationCompleted"]
STOCK_MOVED = TYPE_CODES["StockMoved"]
RELEASED = TYPE_CODES["ProductionOrderReleased"]
CLOSED = TYPE_CODES["ProductionOrderClosed"]
MOVE_ISSUE, MOVE_RECEIPT = 1, 2  # positions in `streams.events.MoveReason`

_VISIT_SHIFT = 32


@inlined
def draw_number(sim: Simulated, at: int) -> int:
    """Number of what an order draws at a step: its own, with how often it came back."""
    order = sim.orders[nth(at)]
    return order.n | (np.int64(order.visit) << _VISIT_SHIFT)


@inlined
def take_order(sim: Simulated) -> int:
    """A free row of production orders."""
    at = sim.clock[t.FREE_ORDER]
    sim.clock[t.FREE_ORDER] = sim.orders[nth(at)].next
    sim.clock[t.N_ORDERS] += 1
    return at


@inlined
def advance(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int, now_us: int
) -> None:
    """Bring an order to its next step that is not skipped, or finish it."""
    order = sim.orders[nth(at)]
    if order.recipe >= 0 and order.pieces > 0.0:
        recipe, number = layout.recipes[nth(order.recipe)], draw_number(sim, at)
        k = recipe.first_step + order.step
        while k < recipe.last_step and layout.steps[nth(k)].sampling_rate < 1.0:
            u = u01(seed, streams.SAMPLING, layout.steps[nth(k)].row, number)
            if u < layout.steps[nth(k)].sampling_rate:
                break
            k += 1
            order.step += 1
            if k == recipe.last_step:
                order.pieces *= recipe.site_yield  # as without operations
        if k < recipe.last_step:
            step = layout.steps[nth(k)]
            order.setup_s = step.setup_s
            # One draw for the order: its pieces are alike.
            unit_s = unit_seconds(layout, sim, seed, at, k, number)
            order.work_s = unit_s * order.pieces
            enter(layout, sim, step.group, at, now_us)
            return
    finish(layout, sim, trace, at, now_us)


@inlined
def receive(
    layout: Layout, sim: Simulated, trace: Trace, at: int, item: int, point: int,
    quantity: float, now_us: int,
) -> None:  # fmt: skip
    """What an order made comes into stock."""
    order = sim.orders[nth(at)]
    sim.points[point].on_hand += quantity
    tell(
        sim, trace, now_us, STOCK_MOVED, MOVE_RECEIPT, NONE,
        reference(layout, t.ITEM, item), NONE,
        reference(layout, t.PLACE, order.site), order.name, quantity, NAN, NEVER,
    )  # fmt: skip
    arrived(sim, point, now_us)


@inlined
def add_flow(sim: Simulated, at: int, now_us: int) -> None:
    """Add a closed order to the sums of its simulation."""
    order, flow = sim.orders[nth(at)], sim.flow
    flow[t.FLOW_CLOSED] += 1.0
    flow[t.FLOW_S] += (now_us - order.released_us) * 1e-6
    flow[t.FLOW_PIECES] += order.pieces
    if order.due_us != NEVER:
        flow[t.FLOW_DUE] += 1.0
        if now_us > order.due_us:
            flow[t.FLOW_LATE] += 1.0
            flow[t.FLOW_TARDINESS_S] += (now_us - order.due_us) * 1e-6


@inlined
def finish(layout: Layout, sim: Simulated, trace: Trace, at: int, now_us: int) -> None:
    """Goods of an order come into stock, and the order is closed."""
    order = sim.orders[nth(at)]
    if layout.settings[laid.POLICIES] > 0:
        sim.points[order.target].in_production -= order.released
    first, last = 0, 0
    if order.recipe >= 0:
        recipe = layout.recipes[nth(order.recipe)]
        first, last = recipe.first_output, recipe.last_output
    if order.pieces > 0.0 and first == last:
        receive(layout, sim, trace, at, order.item, order.target, order.pieces, now_us)
    elif order.pieces > 0.0:
        for k in range(first, last):
            output = layout.outputs[k]
            if output.per_unit > 0.0:
                receive(
                    layout, sim, trace, at, output.item, output.point,
                    order.pieces * output.per_unit, now_us,
                )  # fmt: skip
    tell(
        sim, trace, now_us, CLOSED, NONE, order.name, NONE, NONE, NONE, NONE,
        NAN, NAN, NEVER,
    )  # fmt: skip
    add_flow(sim, at, now_us)
    order.epoch += 1
    order.next = sim.clock[t.FREE_ORDER]
    sim.clock[t.FREE_ORDER] = at
    sim.clock[t.N_ORDERS] -= 1


@inlined
def complete_one(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int, machine: int,
    is_lost: bool, now_us: int,
) -> None:  # fmt: skip
    """Count what is good after an operation, and go to the next step, or back."""
    order = sim.orders[nth(at)]
    recipe, number = layout.recipes[nth(order.recipe)], draw_number(sim, at)
    step = layout.steps[nth(recipe.first_step + order.step)]
    order.step += 1
    back = False
    if step.rework_rate > 0.0 and not is_lost:
        back = u01(seed, streams.REWORK, step.row, number) < step.rework_rate
    rate = step.yield_rate * yield_left(layout, sim, machine, now_us)
    if recipe.first_step + order.step == recipe.last_step and not back:
        rate *= recipe.site_yield
    good = order.pieces
    if is_lost:
        good = 0.0
    elif rate != 1.0:
        good = order.pieces * rate
        if order.pieces % 1.0 == 0.0:
            # Whole pieces stay whole, with the right mean.
            good = math.floor(good + u01(seed, streams.SCRAP, step.row, number))
    scrap, rework = order.pieces - good, NAN
    order.pieces = good
    if back and good > 0.0:
        order.step = step.back
        order.visit += 1
        good, rework = 0.0, good
    tell_three(
        sim, trace, now_us, COMPLETED, NONE, order.name,
        reference(layout, t.ITEM, order.item), reference(layout, t.MACHINE, machine),
        reference(layout, t.OPERATION, step.operation), NONE,
        good, scrap, rework, order.started_us,
    )  # fmt: skip
    advance(layout, sim, trace, seed, at, now_us)


@inlined
def complete(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, at: int, machine: int,
    now_us: int,
) -> None:  # fmt: skip
    """The orders of a batch have ended an operation on a machine, one by one."""
    is_lost = sim.orders[nth(at)].phase == LOST  # that of the first is the phase of all
    while at >= 0:
        following = sim.orders[nth(at)].mate
        complete_one(layout, sim, trace, seed, at, machine, is_lost, now_us)
        at = following


@inlined
def allowed(layout: Layout, sim: Simulated, recipe: int, quantity: float) -> float:
    """What components on hand allow of a quantity."""
    row, most = layout.recipes[nth(recipe)], math.inf
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
    order = sim.orders[nth(at)]
    recipe, last = layout.recipes[nth(order.recipe)], NONE
    order.issues = NONE
    for k in range(recipe.first_component, recipe.last_component):
        part = layout.components[k]
        stock = sim.points[part.point]
        used = min(order.pieces * part.per_unit, stock.on_hand)
        stock.on_hand -= used
        row = note(
            sim, now_us, STOCK_MOVED, MOVE_ISSUE, NONE,
            reference(layout, t.ITEM, part.item),
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
    order, row = sim.orders[nth(at)], layout.recipes[nth(recipe)]
    order.n = next_id(sim, layout.taken, t.PRODUCTION_IDS)
    order.name = id_of(layout, t.PRODUCTION_IDS, order.n)
    order.pieces = pieces
    order.released = pieces
    order.priority = priority
    order.due_us = due_us
    order.released_us = now_us
    order.recipe = recipe
    order.step = 0
    order.visit = 0
    order.machine = NONE
    order.item = row.item
    order.site = row.site
    order.target = row.target
    tell(
        sim, trace, now_us, RELEASED, NONE, order.name,
        reference(layout, t.ITEM, row.item),
        reference(layout, t.PLACE, row.site), NONE, NONE, pieces, priority, due_us,
    )  # fmt: skip
    if layout.settings[laid.POLICIES] > 0:
        sim.points[order.target].in_production += pieces
    issue(layout, sim, at, now_us + RESPONSE_US)
    return at


@inlined
def start_later(layout: Layout, sim: Simulated, at: int, now_us: int) -> None:
    """Start a released order when its components are told: a microsecond later."""
    order = sim.orders[nth(at)]
    key = tie_key(COMPLETION, layout.settings[laid.STARTS], order.n)
    push(sim, now_us + RESPONSE_US, key, START, at, order.epoch)


@inlined
def await_release(
    layout: Layout, sim: Simulated, seed: int, stream: int, now_us: int
) -> None:
    """Put the next order of a stream of orders into the calendar."""
    row, n = layout.releases[nth(stream)], sim.releases[nth(stream)].n
    at_us = now_us + microseconds(gap_seconds(layout, sim, seed, stream, n))
    if n == 0 and row.first_us != laid.NEVER_US:
        at_us = now_us + row.first_us
    push(sim, at_us, tie_key(RELEASE, stream, n), COMES, stream, 0)


@inlined
def come(
    layout: Layout, sim: Simulated, trace: Trace, seed: int, stream: int, now_us: int
) -> None:
    """The next order of a stream arrives; without components it starts at once."""
    row, n = layout.releases[nth(stream)], sim.releases[nth(stream)].n
    k = row.first_mix
    if k + 1 < row.last_mix:
        u = u01(seed, streams.MIX, stream, n)
        last = row.last_mix - 1
        while k < last:
            middle = (k + last) >> 1
            if layout.mix[nth(middle)].reached < u:
                k = middle + 1
            else:
                last = middle
    mix = layout.mix[nth(k)]
    due_us = NEVER if mix.due_us == laid.NEVER_US else now_us + mix.due_us
    at = release_order(
        layout, sim, trace, mix.recipe, mix.quantity, mix.priority, due_us, now_us
    )
    if at >= 0:
        if sim.orders[nth(at)].issues < 0:
            start(layout, sim, trace, at)
        else:
            start_later(layout, sim, at, now_us)
    sim.releases[nth(stream)].n = n + 1
    await_release(layout, sim, seed, stream, now_us)


@inlined
def start(layout: Layout, sim: Simulated, trace: Trace, at: int) -> None:
    """Tell what an order took, and begin with it."""
    order = sim.orders[nth(at)]
    tell_noted(sim, trace, order.issues)
    recipe = layout.recipes[nth(order.recipe)]
    if recipe.first_step == recipe.last_step:
        order.pieces *= recipe.site_yield
    follow(sim, ADVANCE, at, NONE)

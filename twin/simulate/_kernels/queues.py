"""Queues of machine groups in the compiled engine: what can begin, and in batches."""

import math

from streams._kernels.compiling import inlined
from twin.simulate import layout as laid
from twin.simulate._kernels.dispatch import ATC, mean_expected_s, score, step_of
from twin.simulate._kernels.trace import NONE
from twin.simulate.layout import Layout
from twin.simulate.tables import Records, Simulated, nth

ANYTHING = -1  # instead of an operation: whatever can begin


@inlined
def free_of(layout: Layout, sim: Simulated, pool: int) -> int:
    """How many of a pool are there and not at work."""
    row = sim.pools[pool]
    return 0 if row.closed else layout.pools[pool].size - row.used


@inlined
def suffices(layout: Layout, sim: Simulated, order: int) -> bool:
    """Whether there are the operators and the tool for the step of an order."""
    step = layout.steps[nth(step_of(layout, sim, order))]
    pool = step.operator_pool
    if pool >= 0 and free_of(layout, sim, pool) < step.operators:
        return False
    return step.tool_pool < 0 or free_of(layout, sim, step.tool_pool) >= 1


@inlined
def is_ready(
    layout: Layout, sim: Simulated, group: int, order: int, now_us: int
) -> bool:
    """Whether enough wait for the same operation, or one of them long enough."""
    step = layout.steps[nth(step_of(layout, sim, order))]
    if step.batch_min <= 1:
        return True
    n, at = 0, sim.groups[nth(group)].head
    while at >= 0:
        other = layout.steps[nth(step_of(layout, sim, at))]
        if other.operation == step.operation:
            n += 1
            waited_us = now_us - sim.orders[nth(at)].arrived_us
            if other.timeout_us != laid.NEVER_US and waited_us >= other.timeout_us:
                return True
        at = sim.orders[nth(at)].next
    return n >= step.batch_min


@inlined
def best(
    layout: Layout, sim: Simulated, group: int, operation: int, now_us: int
) -> int:
    """The waiting order that the rule takes next; who came first if they are equal.

    Of those that can begin, or, for a batch, of those at one operation.
    """
    rule, at = layout.groups[nth(group)].rule, sim.groups[nth(group)].head
    mean_s = mean_expected_s(layout, sim, group) if rule == ATC else 0.0
    chosen, least = NONE, math.inf
    while at >= 0:
        value = score(layout, sim, rule, at, mean_s, now_us)
        if value < least or chosen < 0:
            if operation == ANYTHING:
                may = is_ready(layout, sim, group, at, now_us)
                may = may and suffices(layout, sim, at)
            else:
                own = layout.steps[nth(step_of(layout, sim, at))].operation
                may = own == operation
            if may:
                chosen, least = at, value
        at = sim.orders[nth(at)].next
    return chosen


@inlined
def unchain(sim: Simulated, holder: Records, order: int) -> None:
    """Take an order out of the chain from `head` to `tail` of a row."""
    before, at = NONE, holder.head
    while at != order:
        before, at = at, sim.orders[nth(at)].next
    following = sim.orders[nth(order)].next
    if before < 0:
        holder.head = following
    else:
        sim.orders[nth(before)].next = following
    if following < 0:
        holder.tail = before


@inlined
def leave_queue(sim: Simulated, group: int, order: int) -> None:
    """Take an order out of the queue of a group."""
    unchain(sim, sim.groups[nth(group)], order)
    sim.groups[nth(group)].waiting -= 1


@inlined
def gather(layout: Layout, sim: Simulated, group: int, order: int, now_us: int) -> None:
    """Take an order out of its queue, with those that are worked on with it."""
    leave_queue(sim, group, order)
    sim.orders[nth(order)].mate = NONE
    step = layout.steps[nth(step_of(layout, sim, order))]
    last, n = order, 1
    while n < step.batch_max:
        mate = best(layout, sim, group, step.operation, now_us)
        if mate < 0:
            break
        leave_queue(sim, group, mate)
        sim.orders[nth(last)].mate = mate
        sim.orders[nth(mate)].mate = NONE
        last = mate
        n += 1


@inlined
def stay_outside(sim: Simulated, group: int, order: int) -> None:
    """Put an order that found a queue full behind those that wait before it."""
    waiting = sim.groups[nth(group)]
    sim.orders[nth(order)].next = NONE
    if waiting.last_outside >= 0:
        sim.orders[nth(waiting.last_outside)].next = order
    else:
        waiting.first_outside = order
    waiting.last_outside = order


@inlined
def leave_outside(sim: Simulated, group: int, order: int) -> None:
    """Take an order out of those that wait before a full queue."""
    waiting = sim.groups[nth(group)]
    before, at = NONE, waiting.first_outside
    while at != order:
        before, at = at, sim.orders[nth(at)].next
    following = sim.orders[nth(order)].next
    if before < 0:
        waiting.first_outside = following
    else:
        sim.orders[nth(before)].next = following
    if following < 0:
        waiting.last_outside = before


@inlined
def first_outside(layout: Layout, sim: Simulated, group: int) -> int:
    """The first that can begin past the full queue."""
    at = sim.groups[nth(group)].first_outside
    while at >= 0:
        alone = layout.steps[nth(step_of(layout, sim, at))].batch_min <= 1
        if alone and suffices(layout, sim, at):
            return at
        at = sim.orders[nth(at)].next
    return NONE

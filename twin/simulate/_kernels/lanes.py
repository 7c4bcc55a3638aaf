"""Draws ahead: logarithms of several uniform numbers, which a processor does at once.

One draw waits for itself, some 150 cycles from its number to its logarithm. Those of
the operations of an order, or of orders that follow each other, do not depend on each
other: eight take no longer than two. They are kept until they are needed, for the
exponential law alone. A draw is a function of its numbers, so that nothing depends on
what was drawn ahead.
"""

import numpy as np

from streams._kernels.compiling import entry, inlined
from twin.model.laws import EXPONENTIAL
from twin.simulate import layout as laid
from twin.simulate import random as streams
from twin.simulate import tables as t
from twin.simulate._kernels.elementary import log_normal
from twin.simulate._kernels.market import seconds
from twin.simulate._kernels.random import u01
from twin.simulate.layout import Layout
from twin.simulate.tables import F8, LANES, Simulated, nth

_SIDE_BY_SIDE = 4  # numbers of 64 bits that most processors work on at once


@entry
def draw_logs(
    logs: F8, place: int, seed: int, stream: int, entity: int, n: int,
    by_entity: int, by_number: int, count: int,
) -> None:  # fmt: skip
    """Fill `logs` from `place` on with logarithms of `u01`.

    Entity and number go up by `by_entity` and `by_number`. The count must not be known
    when this is compiled: the loop would be unrolled before it is made to work on
    several numbers at once.
    """
    for k in range(count):
        u = u01(seed, stream, entity + k * by_entity, n + k * by_number)
        logs[nth(place + k)] = log_normal(u)


@inlined
def use_seed(sim: Simulated, seed: int) -> None:
    """Forget what is drawn ahead if it is of another seed."""
    clock = sim.clock
    if clock[t.AHEAD_SEED] == seed:
        return
    clock[t.AHEAD_SEED] = seed
    clock[t.STREAK_FIRST] = clock[t.STREAK_UNTIL] = 0
    for stream in range(len(sim.releases)):
        sim.releases[nth(stream)].gap_until = 0
    for at in range(len(sim.orders)):
        sim.orders[nth(at)].ahead_n = 0


@inlined
def gap_seconds(
    layout: Layout, sim: Simulated, seed: int, stream: int, n: int
) -> float:
    """Time from order `n` - 1 of a stream to the next."""
    row, ahead = layout.releases[nth(stream)], sim.releases[nth(stream)]
    if row.law != EXPONENTIAL:
        return seconds(layout, row, seed, streams.ARRIVAL, stream, n)
    first = LANES * (1 + stream)
    lane = n - ahead.gap_until + LANES
    if lane < 0 or lane >= LANES:
        lane = 0
        ahead.gap_until = n + LANES
        draw_logs(sim.logs, first, seed, streams.ARRIVAL, stream, n, 0, 1, LANES)
    return -row.mean_s * sim.logs[nth(first + lane)]


@inlined
def in_streak(sim: Simulated, seed: int, row: int, number: int) -> bool:
    """Whether it is drawn for a number of draws: not for the first in a row."""
    clock = sim.clock
    if clock[t.STREAK_ROW] == row:
        if clock[t.STREAK_FIRST] <= number < clock[t.STREAK_UNTIL]:
            return True
        if number == clock[t.STREAK_UNTIL]:
            clock[t.STREAK_FIRST] = number
            clock[t.STREAK_UNTIL] = number + LANES
            draw_logs(sim.logs, 0, seed, streams.DURATION, row, number, 0, 1, LANES)
            return True
    clock[t.STREAK_ROW] = row
    clock[t.STREAK_FIRST] = clock[t.STREAK_UNTIL] = number + 1
    return False


@inlined
def unit_seconds(
    layout: Layout, sim: Simulated, seed: int, at: int, k: int, number: int
) -> float:
    """Time that step `k` takes for a piece of an order."""
    order, step = sim.orders[nth(at)], layout.steps[nth(k)]
    recipe = layout.recipes[nth(order.recipe)]
    if step.law == EXPONENTIAL:
        if recipe.ahead == laid.DRAWS_STEPS:
            first = LANES * (1 + len(sim.releases) + at)
            lane = np.int64(step.row - order.ahead_row)
            if order.ahead_n != number or lane < 0 or lane >= LANES:
                lane = np.int64(0)
                order.ahead_n = number
                order.ahead_row = step.row
                left = recipe.last_step - k
                left += -left & (_SIDE_BY_SIDE - 1)
                draw_logs(
                    sim.logs, first, seed, streams.DURATION, step.row, number,
                    1, 0, min(LANES, left),
                )  # fmt: skip
            return -step.mean_s * sim.logs[nth(first + lane)]
        if recipe.ahead == laid.DRAWS_ORDERS and in_streak(sim, seed, step.row, number):
            lane = number - sim.clock[t.STREAK_FIRST]
            return -step.mean_s * sim.logs[nth(lane)]
    return seconds(layout, step, seed, streams.DURATION, step.row, number)

"""Start later where that costs less: cheap hours, dates of maintenance, old plans.

A schedule of a list starts everything as early as can be. With its sequences kept, each
operation is moved into the slack behind it, the last ones first, to where energy, start
costs and deviation cost least. A schedule never gets dearer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer._kernels.compiling import part
from optimizer.production.scheduling._kernels.pricing import (
    BUSY,
    FROM,
    IDLE,
    SETUP,
    START,
    paid_open,
    place_cost,
    price_row,
)
from optimizer.production.scheduling._kernels.staying import has_room, occupy
from optimizer.production.scheduling._kernels.timeline import (
    NEVER,
    finish,
    open_before,
    opening,
    setup_between,
    way,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.rules import Prices, Rules
    from optimizer.production.scheduling._kernels.timeline import Timeline

    ByteArray = npt.NDArray[np.uint8]

__all__ = ["retime"]


@part
def _by_start(line: Timeline) -> None:
    """Order the operations by start (Shell's sort: it needs no room)."""
    order, n = line.by_start, line.start.size
    for x in range(n):
        order[x] = x
    gap = n // 2
    while gap > 0:
        for x in range(gap, n):
            i, hole = order[x], x
            while hole >= gap:
                j = order[hole - gap]
                if line.start[j] < line.start[i] or (
                    line.start[j] == line.start[i] and line.end[j] <= line.end[i]
                ):
                    break
                order[hole] = j
                hole -= gap
            order[hole] = i
        gap //= 2


@part
def _movable(rules: Rules, line: Timeline, i: int) -> bool:
    """Whether an operation may be moved by itself: not locked, no pools, no batch."""
    k = line.mode[i]
    if k < 0 or rules.lock[i] >= 0 or rules.use_start[k] < rules.use_start[k + 1]:
        return False
    m = rules.mode_machine[k]
    return m < 0 or rules.batch[m] == 0


@part
def _latest_end(rules: Rules, line: Timeline, i: int) -> int:
    """Return when an operation must end for all that wait for it to stay."""
    k = line.mode[i]
    m = rules.mode_machine[k]
    latest = rules.latest[i] if rules.latest[i] >= 0 else NEVER
    for y in range(rules.after_start[i], rules.after_start[i + 1]):
        j = rules.after[y]
        if line.mode[j] >= 0:
            there = rules.mode_machine[line.mode[j]]
            ready = line.start[j] - rules.after_lag[y] - way(rules.transport, m, there)
            latest = min(latest, ready)
    if m >= 0 and line.after_on[i] >= 0:
        b = line.after_on[i]
        latest = min(latest, line.start[b] - setup_between(rules, m, i, b))
    return latest


@part
def _fits(rules: Rules, line: Timeline, i: int, s: int, e: int) -> bool:
    """Whether an operation may be moved to later times with its machines kept."""
    m = rules.mode_machine[line.mode[i]]
    if m >= 0 and line.after_on[i] >= 0:
        b = line.after_on[i]
        stays = rules.blocking[m] > 0 and rules.buffer[m] < 0
        until = max(e, line.free[i]) if stays else e
        if finish(rules, m, until, setup_between(rules, m, i, b)) > line.start[b]:
            return False
    if rules.unit_member.size == 0:
        return True
    for x in range(rules.before_start[i], rules.before_start[i + 1]):
        a = rules.before[x]
        on = rules.mode_machine[line.mode[a]] if line.mode[a] >= 0 else -1
        if on < 0 or not rules.blocking[on]:
            continue
        buffer = rules.buffer[on]
        if buffer >= 0:
            # As many may come from there as there are that the operation waits for.
            if line.after_on[a] < 0 and line.free[a] == line.gone[a]:
                continue
            many = rules.before_start[i + 1] - rules.before_start[i]
            if not has_room(rules, line, buffer, line.gone[a], s, many):
                return False
            continue
        if line.after_on[a] < 0:
            continue
        b = line.after_on[a]
        until = max(line.free[a], s)
        if (
            b != i
            and finish(rules, on, until, setup_between(rules, on, a, b))
            > (line.start[b])
        ):
            return False
    return True


@part
def _cost_of(
    rules: Rules, line: Timeline, i: int, s: int, e: int, makespan: int
) -> int:
    """Return what depends on where an operation lies, its neighbours kept."""
    m, j = rules.mode_machine[line.mode[i]], rules.job[i]
    cost = place_cost(rules.prices, rules.weights, i, m, s)
    if rules.weights[4] and m >= 0:
        idle = rules.prices.power[m, IDLE]
        power = rules.prices.power[m, BUSY] - idle
        energy = power * paid_open(rules, m, s, e)
        needs = setup_between(rules, m, line.before_on[i], i)
        if needs:
            power = rules.prices.power[m, SETUP] - idle
            energy += power * paid_open(rules, m, open_before(rules, m, s, needs), s)
        # At the ends of a machine's day it is what it is on for that changes.
        if line.after_on[i] < 0:
            energy += idle * paid_open(rules, m, 0, e)
        if line.before_on[i] < 0:
            energy -= idle * paid_open(rules, m, 0, s)
        cost += rules.weights[4] * energy
    cost += rules.weights[0] * max(e - makespan, 0)
    if rules.due[j] >= 0:
        late = max(e, line.ends[j]) - rules.due[j]
        cost += rules.weights[1] * rules.weight[j] * max(late, 0)
    return cost


@part
def _laid(rules: Rules, line: Timeline, i: int, at: int) -> tuple[int, int]:
    """Return start and end of an operation in its mode from a time on."""
    k = line.mode[i]
    m, p = rules.mode_machine[k], rules.mode_duration[k]
    if m < 0:
        return at, at + p
    s = opening(rules, m, at, p, rules.resumable[i])
    return s, finish(rules, m, s, p)


@part
def _candidate(prices: Prices, i: int, number: int, span: tuple[int, int, int]) -> int:
    """Return a start that may pay: a new price, a point of start costs, the old one.

    The span is the start, the time taken, and when it must end. NEVER stands for: there
    are no more.
    """
    s0, p, latest = span
    if number == 0:
        return prices.base[i, START]
    number -= 1
    points = prices.curve_start[i + 1] - prices.curve_start[i]
    if number < points:
        return prices.curve[prices.curve_start[i] + number, 0]
    number -= points
    tariff = prices.tariff
    row = price_row(tariff, s0) + 1 + number // 2
    if row >= tariff.shape[0] or tariff[row, FROM] > latest:
        return NEVER
    return tariff[row, FROM] - p * (1 - number % 2)


@part
def _best_start(rules: Rules, line: Timeline, i: int, makespan: int) -> int:
    """Return the start of least cost, from where an operation is on."""
    s0, p = line.start[i], line.end[i] - line.start[i]
    latest = _latest_end(rules, line, i)
    best_s, best = s0, _cost_of(rules, line, i, s0, line.end[i], makespan)
    number, at = -1, latest - p if latest < NEVER else s0
    while at < NEVER:
        if at > s0:
            s, e = _laid(rules, line, i, at)
            if e <= latest and _fits(rules, line, i, s, e):
                cost = _cost_of(rules, line, i, s, e, makespan)
                # Of two that cost the same, the later leaves more room before it.
                if cost < best or (cost == best and s > best_s):
                    best_s, best = s, cost
        number += 1
        at = _candidate(rules.prices, i, number, (s0, p, latest))
    return best_s


@part
def _stay_on(rules: Rules, line: Timeline, i: int) -> None:
    """Note how long jobs stay where they are, now that an operation is moved."""
    m, s, e = rules.mode_machine[line.mode[i]], line.start[i], line.end[i]
    if m < 0 or not rules.blocking[m]:
        line.free[i] = e
    elif line.free[i] < e:
        if rules.buffer[m] >= 0:
            occupy(line, rules.buffer[m], line.free[i], min(e, line.gone[i]), -1)
        line.free[i], line.gone[i] = e, max(line.gone[i], e)
    for y in range(rules.before_start[i], rules.before_start[i + 1]):
        a = rules.before[y]
        on = rules.mode_machine[line.mode[a]] if line.mode[a] >= 0 else -1
        if on < 0 or not rules.blocking[on] or s <= line.gone[a]:
            continue
        moves_on = line.after_on[a] >= 0 or line.free[a] < line.gone[a]
        if rules.buffer[on] >= 0 and moves_on:
            occupy(line, rules.buffer[on], line.gone[a], s, 1)
        else:
            line.free[a] = s
        line.gone[a] = s


@part
def retime(rules: Rules, line: Timeline, skip: ByteArray) -> None:
    """Move each operation to the cheapest place in the slack behind it.

    Operations in batches, with units of pools, or locked stay where they are.

    Parameters
    ----------
    rules
        The problem.
    line
        A whole schedule; changed.
    skip
        ndarray of shape (j,), uint8: jobs that are left out.
    """
    line.ends[:] = 0
    makespan = 0
    for i in range(rules.release.size):
        if line.mode[i] >= 0 and not skip[rules.job[i]]:
            line.ends[rules.job[i]] = max(line.ends[rules.job[i]], line.end[i])
            makespan = max(makespan, line.end[i])
    _by_start(line)
    for x in range(rules.release.size - 1, -1, -1):
        i = line.by_start[x]
        if not _movable(rules, line, i):
            continue
        s = _best_start(rules, line, i, makespan)
        if s == line.start[i]:
            continue
        k = line.mode[i]
        m, p = rules.mode_machine[k], rules.mode_duration[k]
        e = s + p if m < 0 else finish(rules, m, s, p)
        line.start[i], line.end[i] = s, e
        _stay_on(rules, line, i)
        line.ends[rules.job[i]] = max(line.ends[rules.job[i]], e)
        makespan = max(makespan, e)

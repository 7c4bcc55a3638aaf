"""What a schedule costs, as the search counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer._kernels.compiling import part
from optimizer.production.scheduling._kernels.timeline import (
    open_before,
    setup_between,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.rules import Prices, Rules
    from optimizer.production.scheduling._kernels.timeline import Timeline

    Int64Array = npt.NDArray[np.int64]
    ByteArray = npt.NDArray[np.uint8]

__all__ = [
    "BUSY",
    "FROM",
    "IDLE",
    "SETUP",
    "START",
    "paid_open",
    "place_cost",
    "price_row",
    "schedule_worth",
]


# Columns of the tables of `Prices`.
BUSY, SETUP, IDLE = 0, 1, 2
FROM, PRICE, PAID = 0, 1, 2
START, MACHINE, TICK, MOVE = 0, 1, 2, 3


@part
def price_row(tariff: Int64Array, at: int) -> int:
    """Return the row of the price at a time."""
    low, high = 0, tariff.shape[0]
    while high - low > 1:
        middle = (low + high) >> 1
        if tariff[middle, FROM] <= at:
            low = middle
        else:
            high = middle
    return low


@part
def _paid(tariff: Int64Array, s: int, e: int) -> int:
    """Return the cost of a unit of power from s to e."""
    a, b = price_row(tariff, s), price_row(tariff, e)
    until = tariff[b, PAID] + tariff[b, PRICE] * (e - tariff[b, FROM])
    return until - tariff[a, PAID] - tariff[a, PRICE] * (s - tariff[a, FROM])


@part
def paid_open(rules: Rules, m: int, s: int, e: int) -> int:
    """Return the cost of a unit of power in a machine's open time from s to e."""
    tariff = rules.prices.tariff
    if tariff.shape[0] == 0 or e <= s:
        return 0
    cost = _paid(tariff, s, e)
    for w in range(rules.closed_start[m], rules.closed_start[m + 1]):
        if rules.closed_from[w] >= e:
            break
        low, high = max(s, rules.closed_from[w]), min(e, rules.closed_to[w])
        if low < high:
            cost -= _paid(tariff, low, high)
    return cost


@part
def place_cost(prices: Prices, weights: Int64Array, i: int, m: int, s: int) -> int:
    """Return what an operation's start and machine cost: start costs, deviation."""
    cost = 0
    first, last = prices.curve_start[i], prices.curve_start[i + 1]
    if weights[5] and first < last:
        x, curve = first, prices.curve
        while x < last and curve[x, 0] <= s:
            x += 1
        if x in (first, last):
            cost = weights[5] * curve[min(x, last - 1), 1]
        else:
            # A line between two points, rounded up.
            rise, run = curve[x, 1] - curve[x - 1, 1], curve[x, 0] - curve[x - 1, 0]
            down = (-rise * (s - curve[x - 1, 0])) // run
            cost = weights[5] * (curve[x - 1, 1] - down)
    base = prices.base
    if weights[6] and base[i, START] >= 0:
        away = abs(s - base[i, START]) * base[i, TICK]
        if m != base[i, MACHINE]:
            away += base[i, MOVE]
        cost += weights[6] * away
    return cost


@part
def _energy(rules: Rules, line: Timeline) -> int:
    """Return the cost of the power of all machines."""
    total = 0
    for m in range(rules.matrix.size):
        power = rules.prices.power
        busy, setup, idle = power[m, BUSY], power[m, SETUP], power[m, IDLE]
        a, i = -1, line.first_on[m]
        while i >= 0:
            s = line.start[i]
            total += busy * paid_open(rules, m, s, line.end[i])
            if setup or idle:
                needs = setup_between(rules, m, a, i)
                since = open_before(rules, m, s, needs) if needs else s
                total += setup * paid_open(rules, m, since, s)
                if a >= 0:
                    total += idle * paid_open(rules, m, line.end[a], since)
            a, i = i, line.after_on[i]
    return total


@part
def _setups(rules: Rules, line: Timeline) -> int:
    """Return the cost of setups."""
    cost = 0
    for m in range(rules.matrix.size):
        x, f = rules.matrix[m], rules.first_family[m]
        if x < 0:
            continue
        i = line.first_on[m]
        while i >= 0:
            if f >= 0:
                cost += rules.setup_cost[x, f, rules.family[i]]
            f = rules.family[i]
            i = line.after_on[i]
    return cost


@part
def schedule_worth(rules: Rules, line: Timeline, skip: ByteArray) -> int:
    """Return what a schedule costs, after the weights of the rules."""
    n, jobs = rules.release.size, rules.due.size
    ends = line.ends
    ends[:] = 0
    makespan, cost = 0, 0
    for i in range(n):
        if line.mode[i] >= 0:
            ends[rules.job[i]] = max(ends[rules.job[i]], line.end[i])
    for j in range(jobs):
        makespan = max(makespan, ends[j])
        if skip[j]:
            cost += rules.skip_cost[j]
        elif rules.due[j] >= 0 and ends[j] > rules.due[j]:
            cost += rules.weights[1] * rules.weight[j] * (ends[j] - rules.due[j])
    cost += rules.weights[0] * makespan
    if rules.weights[2]:
        cost += rules.weights[2] * _setups(rules, line)
    if rules.weights[4]:
        cost += rules.weights[4] * _energy(rules, line)
    if rules.weights[5] or rules.weights[6]:
        for i in range(n):
            if line.mode[i] >= 0:
                m = rules.mode_machine[line.mode[i]]
                cost += place_cost(rules.prices, rules.weights, i, m, line.start[i])
    return cost

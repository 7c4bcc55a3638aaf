"""What a schedule costs, as the search counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.production.scheduling._kernels.compiling import part
from optimizer.production.scheduling._kernels.timeline import (
    open_before,
    setup_between,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.rules import Rules
    from optimizer.production.scheduling._kernels.timeline import Timeline

    ByteArray = npt.NDArray[np.uint8]

__all__ = ["paid", "paid_open", "place_cost", "price_row", "schedule_worth"]


@part
def price_row(rules: Rules, at: int) -> int:
    """Return the row of the price at a time."""
    low, high = 0, rules.price_from.size
    while high - low > 1:
        middle = (low + high) >> 1
        if rules.price_from[middle] <= at:
            low = middle
        else:
            high = middle
    return low


@part
def paid(rules: Rules, at: int) -> int:
    """Return the cost of a unit of power from time 0 on."""
    row = price_row(rules, at)
    return rules.price_paid[row] + rules.price[row] * (at - rules.price_from[row])


@part
def paid_open(rules: Rules, m: int, s: int, e: int) -> int:
    """Return the cost of a unit of power in a machine's open time from s to e."""
    if rules.price_from.size == 0 or e <= s:
        return 0
    cost = paid(rules, e) - paid(rules, s)
    for w in range(rules.closed_start[m], rules.closed_start[m + 1]):
        if rules.closed_from[w] >= e:
            break
        low, high = max(s, rules.closed_from[w]), min(e, rules.closed_to[w])
        if low < high:
            cost -= paid(rules, high) - paid(rules, low)
    return cost


@part
def _curve(rules: Rules, i: int, s: int) -> int:
    """Return the start cost of an operation: a line, rounded up."""
    first, last = rules.curve_start[i], rules.curve_start[i + 1]
    if first == last:
        return 0
    x = first
    while x < last and rules.curve_time[x] <= s:
        x += 1
    if x in (first, last):
        return rules.curve_cost[min(x, last - 1)]
    rise = rules.curve_cost[x] - rules.curve_cost[x - 1]
    run = rules.curve_time[x] - rules.curve_time[x - 1]
    return rules.curve_cost[x - 1] - (-rise * (s - rules.curve_time[x - 1])) // run


@part
def place_cost(rules: Rules, i: int, m: int, s: int) -> int:
    """Return what an operation's start and machine cost: start costs, deviation."""
    cost = 0
    if rules.weights[5]:
        cost += rules.weights[5] * _curve(rules, i, s)
    if rules.weights[6] and rules.base_start[i] >= 0:
        away = abs(s - rules.base_start[i]) * rules.tick_cost[i]
        if m != rules.base_machine[i]:
            away += rules.move_cost[i]
        cost += rules.weights[6] * away
    return cost


@part
def _energy(rules: Rules, line: Timeline) -> int:
    """Return the cost of the power of all machines."""
    total = 0
    for m in range(rules.matrix.size):
        busy, setup, idle = (
            rules.busy_power[m],
            rules.setup_power[m],
            rules.idle_power[m],
        )
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
                cost += place_cost(rules, i, m, line.start[i])
    return cost

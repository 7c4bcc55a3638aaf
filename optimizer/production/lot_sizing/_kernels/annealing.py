"""Simulated annealing on setups; lots follow from them by a rule, from the end on.

Going back through the periods, what is due waits to be made. Where the resource is set
up for an item, it is made as far as time allows, first what cannot be made earlier,
then what would cost most to keep from the setup before. So every set of setups has lots
and a price, in a few hundred steps; time beyond capacity and overtime costs a penalty.
A change in period t leaves what comes after t as it is.

References
----------
Kirkpatrick, Gelatt, Vecchi (1983), "Optimization by simulated annealing", Science 220.
Dixon, Silver (1981), "A heuristic solution procedure for the multi-item, single-level,
limited capacity, lot-sizing problem", Journal of Operations Management 2(1): which item
saves most for the time it takes.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from optimizer.production.lot_sizing.problem import BoolArray, FloatArray, IntArray

Bits = npt.NDArray[np.uint64]

__all__ = ["Single", "anneal", "price"]

EPSILON = 1e-9


class Single(NamedTuple):
    """Items that stand alone, and what limits them.

    Parameters
    ----------
    net
        ndarray of shape (n_items, n_periods), float64: units that must have been made
        by then, beyond those of the period before.
    holding_cost, setup_cost, setup_time, unit_time
        ndarray of shape (n_items,), float64.
    resource
        ndarray of shape (n_items,), int64: >= 0.
    capacity, overtime_limit
        ndarray of shape (n_resources, n_periods), float64.
    overtime_cost
        ndarray of shape (n_resources,), float64.
    """

    net: FloatArray
    holding_cost: FloatArray
    setup_cost: FloatArray
    setup_time: FloatArray
    unit_time: FloatArray
    resource: IntArray
    capacity: FloatArray
    overtime_limit: FloatArray
    overtime_cost: FloatArray


class Work(NamedTuple):
    """Where prices are worked out; a row of `waits` and `price` for each period.

    Parameters
    ----------
    waits
        ndarray of shape (n_periods + 1, n_items), float64: what is due in a period or
        later and not made there.
    price, beyond
        ndarray of shape (n_periods + 1,), float64: money, and time beyond all limits,
        from a period on.
    before
        ndarray of shape (n_items, n_periods), int64: the last setup before a period, -1
        for none.
    key
        ndarray of shape (n_items,), float64.
    order
        ndarray of shape (n_items,), int64.
    free
        ndarray of shape (n_resources,), float64.
    """

    waits: FloatArray
    price: FloatArray
    beyond: FloatArray
    before: IntArray
    key: FloatArray
    order: IntArray
    free: FloatArray


@njit(cache=True, nogil=True, inline="always")
def _drawn(state: Bits) -> np.uint64:
    """Return the next 64 random bits: splitmix64 (Steele, Lea, Flood 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True, inline="always")
def _uniform(state: Bits) -> float:
    return (_drawn(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True, inline="always")
def _below(state: Bits, n: int) -> int:
    return int(_uniform(state) * n)


@njit(cache=True, nogil=True)
def _look_back(before: IntArray, setups: BoolArray, i: int) -> None:
    last = -1
    for t in range(setups.shape[1]):
        before[i, t] = last
        if setups[i, t]:
            last = t


@njit(cache=True, nogil=True)
def _go_back(
    single: Single,
    setups: BoolArray,
    work: Work,
    source: FloatArray,
    top: int,
    penalty: float,
    lots: FloatArray,
) -> None:
    """Price periods `top` to 0 from what waits in `source` after `top`."""
    n = setups.shape[0]
    waits, key, order, free = work.waits, work.key, work.order, work.free
    n_resources = free.size
    keep_lots = lots.shape[0] > 0
    for i in range(n):
        waits[top + 1, i] = source[i]
    for t in range(top, -1, -1):
        price, beyond = work.price[t + 1], work.beyond[t + 1]
        for r in range(n_resources):
            free[r] = single.capacity[r, t]
        m = 0
        for i in range(n):
            q = waits[t + 1, i] + single.net[i, t]
            waits[t, i] = q
            if not setups[i, t]:
                continue
            r = single.resource[i]
            price += single.setup_cost[i]
            free[r] -= single.setup_time[i]
            if work.before[i, t] < 0:
                free[r] -= single.unit_time[i] * q
                waits[t, i] = 0.0
                if keep_lots:
                    lots[i, t] = q
            elif q > 0.0:
                saved = single.holding_cost[i] * (t - work.before[i, t])
                rank = saved / max(single.unit_time[i], EPSILON)
                at = m
                while at > 0 and key[at - 1] < rank:
                    key[at], order[at] = key[at - 1], order[at - 1]
                    at -= 1
                key[at], order[at] = rank, i
                m += 1
        for at in range(m):
            i = order[at]
            r = single.resource[i]
            a = single.unit_time[i]
            q = waits[t, i]
            if a > EPSILON and a * q > free[r]:
                q = max(free[r], 0.0) / a
            free[r] -= a * q
            waits[t, i] -= q
            if keep_lots:
                lots[i, t] = q
        for r in range(n_resources):
            if free[r] < -EPSILON:
                over, limit = -free[r], single.overtime_limit[r, t]
                within = min(over, limit)
                price += within * single.overtime_cost[r]
                price += (over - within) * penalty
                if over > limit + 1e-7:
                    beyond += over - limit
        if t > 0:
            for i in range(n):
                price += single.holding_cost[i] * waits[t, i]
        work.price[t], work.beyond[t] = price, beyond


@njit(cache=True, nogil=True)
def _work(n: int, n_periods: int, n_resources: int) -> Work:
    return Work(
        np.zeros((n_periods + 1, n)),
        np.zeros(n_periods + 1),
        np.zeros(n_periods + 1),
        np.full((n, n_periods), -1, dtype=np.int64),
        np.zeros(n),
        np.zeros(n, dtype=np.int64),
        np.zeros(n_resources),
    )


@njit(cache=True, nogil=True)
def price(
    single: Single, setups: BoolArray, penalty: float, lots: FloatArray
) -> tuple[float, float]:
    """Return money and time beyond all limits of setups; fills the lots.

    Parameters
    ----------
    single
        What is planned.
    setups
        ndarray of shape (n_items, n_periods), bool: each item with net demand has one
        by the period of its first.
    penalty
        Money per unit of time beyond overtime.
    lots
        ndarray of shape (n_items, n_periods), float64; written.
    """
    n, n_periods = setups.shape
    work = _work(n, n_periods, single.capacity.shape[0])
    for i in range(n):
        _look_back(work.before, setups, i)
    lots[:, :] = 0.0
    _go_back(single, setups, work, work.waits[n_periods], n_periods - 1, penalty, lots)
    return work.price[0], work.beyond[0]


@njit(cache=True, nogil=True)
def _draw_move(
    state: Bits, setups: BoolArray, resource: IntArray, move: IntArray
) -> int:
    """Draw setups to turn over: fills rows of item and period, returns how many."""
    n, n_periods = setups.shape
    i, t = _below(state, n), _below(state, n_periods)
    kind = _below(state, 10)
    move[0, 0], move[0, 1] = i, t
    if kind < 3:
        return 1
    if kind < 7:
        # A setup moves to a period near by.
        v = t - 3 + _below(state, 7)
        if v < 0 or v >= n_periods or setups[i, t] == setups[i, v]:
            return 1
        move[1, 0], move[1, 1] = i, v
        return 2
    j = _below(state, n)
    if j == i or resource[j] != resource[i]:
        return 1
    if kind == 7:
        # Two items take turns in a period.
        if setups[i, t] == setups[j, t]:
            return 1
        move[1, 0], move[1, 1] = j, t
        return 2
    v = t - 3 + _below(state, 7)
    if v < 0 or v >= n_periods or v == t:
        return 1
    if setups[i, t] == setups[i, v] or setups[j, t] == setups[j, v]:
        return 1
    # One setup goes, another comes.
    move[1, 0], move[1, 1] = i, v
    move[2, 0], move[2, 1] = j, t
    move[3, 0], move[3, 1] = j, v
    return 4


@njit(cache=True, nogil=True)
def anneal(
    single: Single,
    setups: BoolArray,
    best: BoolArray,
    state: Bits,
    moves: int,
    hot: float,
    cold: float,
    penalty: float,
) -> float:
    """Anneal setups in place; return the price of the best met, infinite for none.

    Parameters
    ----------
    single
        What is planned.
    setups
        ndarray of shape (n_items, n_periods), bool: each item with net demand has one
        by the period of its first; changed.
    best
        Of the same shape: gets the best setups that need no time beyond limits.
    state
        ndarray of shape (1,), uint64: random bits.
    moves
        Moves tried.
    hot, cold
        Temperature at the beginning and the end, money.
    penalty
        Money per unit of time beyond overtime.
    """
    n, n_periods = setups.shape
    n_resources = single.capacity.shape[0]
    work, other = _work(n, n_periods, n_resources), _work(n, n_periods, n_resources)
    none = np.empty((0, 0))
    latest = np.full(n, n_periods, dtype=np.int64)
    for i in range(n):
        _look_back(work.before, setups, i)
        _look_back(other.before, setups, i)
        for t in range(n_periods - 1, -1, -1):
            if single.net[i, t] > 0.0:
                latest[i] = t
    top = n_periods - 1
    _go_back(single, setups, work, work.waits[n_periods], top, penalty, none)
    cost, least = work.price[0], np.inf
    if work.beyond[0] <= 0.0:
        least = cost
        best[:, :] = setups
    move = np.zeros((4, 2), dtype=np.int64)
    cooling = (cold / hot) ** (1.0 / max(moves // 64, 1))
    temperature = hot
    for step in range(moves):
        if step % 64 == 63:
            temperature *= cooling
        turned = _draw_move(state, setups, single.resource, move)
        top = 0
        for k in range(turned):
            i, t = move[k, 0], move[k, 1]
            setups[i, t] = not setups[i, t]
            top = max(top, t)
        possible = True
        for k in range(turned):
            i = move[k, 0]
            _look_back(other.before, setups, i)
            first = latest[i]
            if (
                first < n_periods
                and other.before[i, first] < 0
                and not setups[i, first]
            ):
                possible = False
        # A setup more or less changes what the later ones could have waited for.
        if possible:
            for k in range(turned):
                i, t = move[k, 0], move[k, 1]
                v = t + 1
                while v < n_periods and not setups[i, v]:
                    v += 1
                top = max(top, min(v, n_periods - 1))
            other.price[top + 1] = work.price[top + 1]
            other.beyond[top + 1] = work.beyond[top + 1]
            source = work.waits[top + 1]
            _go_back(single, setups, other, source, top, penalty, none)
            change = other.price[0] - cost
            possible = change <= 0.0 or _uniform(state) < np.exp(-change / temperature)
        if not possible:
            for k in range(turned):
                i, t = move[k, 0], move[k, 1]
                setups[i, t] = not setups[i, t]
            for k in range(turned):
                i = move[k, 0]
                other.before[i] = work.before[i]
            continue
        for t in range(top + 1):
            work.price[t], work.beyond[t] = other.price[t], other.beyond[t]
            work.waits[t] = other.waits[t]
        for k in range(turned):
            i = move[k, 0]
            work.before[i] = other.before[i]
        cost = work.price[0]
        if cost < least and work.beyond[0] <= 0.0:
            least = cost
            best[:, :] = setups
    return least

"""Simulated annealing on setups; lots follow from them by a rule, from the end on.

Going back through the periods, what is due waits to be made. Where the resource is set
up for an item, it is made as far as time allows, first what cannot be made earlier,
then what would cost most to keep from the setup before; what it is made of is then due.
So every set of setups has lots and a price, in a few hundred steps; time beyond
capacity and overtime costs a penalty, and so does what is never made. A change in
period t leaves what comes after t as it is.

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

from optimizer._kernels.compiling import kernel, part
from optimizer.production.lot_sizing.problem import BoolArray, FloatArray, IntArray

Bits = npt.NDArray[np.uint64]

__all__ = ["Shop", "Work", "anneal", "price", "work_of"]

EPSILON = 1e-9


class Shop(NamedTuple):
    """Items, what they are made of, and what limits them.

    Parameters
    ----------
    net
        ndarray of shape (n_items, n_periods), float64: units that are asked for, beyond
        stock at the start of items that go into no other.
    stock
        ndarray of shape (n_items,), float64: units at the start of those that do.
    holding_cost, setup_cost, setup_time, unit_time
        ndarray of shape (n_items,), float64.
    added_cost
        ndarray of shape (n_items,), float64: holding cost beyond that of components.
    lead
        ndarray of shape (n_items,), int64: periods from making to use.
    first_line
        ndarray of shape (n_items + 1,), int64: where the components of an item begin.
    part, units
        ndarray of shape (n_lines,): components, and units of them.
    order
        ndarray of shape (n_items,), int64: items, level by level.
    level
        ndarray of shape (n_levels + 1,), int64: where a level begins in `order`.
    resource
        ndarray of shape (n_items,), int64: >= 0.
    capacity, overtime_limit
        ndarray of shape (n_resources, n_periods), float64.
    overtime_cost
        ndarray of shape (n_resources,), float64.
    """

    net: FloatArray
    stock: FloatArray
    holding_cost: FloatArray
    setup_cost: FloatArray
    setup_time: FloatArray
    unit_time: FloatArray
    added_cost: FloatArray
    lead: IntArray
    first_line: IntArray
    part: IntArray
    units: FloatArray
    order: IntArray
    level: IntArray
    resource: IntArray
    capacity: FloatArray
    overtime_limit: FloatArray
    overtime_cost: FloatArray


class Work(NamedTuple):
    """Where prices are worked out; a row of most for each period.

    Parameters
    ----------
    waits
        ndarray of shape (n_periods + 1, n_items), float64: what is due in a period or
        later and not made there.
    due
        ndarray of shape (n_periods, n_items), float64: what is asked for and taken.
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
    move
        ndarray of shape (4, 2), int64: items and periods whose setups turn over.
    latest
        ndarray of shape (n_items,), int64: latest first setup, n_periods without.
    none
        ndarray of shape (0, 0), float64: for lots that nobody asks for.
    """

    waits: FloatArray
    due: FloatArray
    price: FloatArray
    beyond: FloatArray
    before: IntArray
    key: FloatArray
    order: IntArray
    free: FloatArray
    move: IntArray
    latest: IntArray
    none: FloatArray


@part
def _drawn(state: Bits) -> np.uint64:
    """Return the next 64 random bits: splitmix64 (Steele, Lea, Flood 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@part
def _uniform(state: Bits) -> float:
    return (_drawn(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@part
def _below(state: Bits, n: int) -> int:
    return int(_uniform(state) * n)


@part
def _look_back(before: IntArray, setups: BoolArray, i: int) -> None:
    last = -1
    for t in range(setups.shape[1]):
        before[i, t] = last
        if setups[i, t]:
            last = t


@part
def _make(shop: Shop, work: Work, t: int, i: int, q: float, lots: FloatArray) -> None:
    work.free[shop.resource[i]] -= shop.unit_time[i] * q
    work.waits[t, i] -= q
    if lots.shape[0] > 0:
        lots[i, t] = q
    for line in range(shop.first_line[i], shop.first_line[i + 1]):
        work.due[t, shop.part[line]] += shop.units[line] * q


@part
def _make_level(
    shop: Shop, setups: BoolArray, work: Work, t: int, g: int, lots: FloatArray
) -> float:
    """Make what a level can in a period; return what its setups cost."""
    n_periods = setups.shape[1]
    waits, key, order, free = work.waits, work.key, work.order, work.free
    price, m = 0.0, 0
    for k in range(shop.level[g], shop.level[g + 1]):
        i = shop.order[k]
        q = waits[t + 1, i]
        u = t + shop.lead[i]
        if u < n_periods:
            q += work.due[u, i]
        waits[t, i] = q
        if not setups[i, t]:
            continue
        price += shop.setup_cost[i]
        free[shop.resource[i]] -= shop.setup_time[i]
        if work.before[i, t] < 0:
            _make(shop, work, t, i, q, lots)
        elif q > 0.0:
            saved = shop.added_cost[i] * (t - work.before[i, t])
            rank = saved / max(shop.unit_time[i], EPSILON)
            at = m
            while at > 0 and key[at - 1] < rank:
                key[at], order[at] = key[at - 1], order[at - 1]
                at -= 1
            key[at], order[at] = rank, i
            m += 1
    for at in range(m):
        i = order[at]
        a, left = shop.unit_time[i], free[shop.resource[i]]
        q = waits[t, i]
        if a > EPSILON and a * q > left:
            q = max(left, 0.0) / a
        _make(shop, work, t, i, q, lots)
    return price


@kernel
def _go_back(
    shop: Shop,
    setups: BoolArray,
    work: Work,
    top: int,
    penalty: float,
    lots: FloatArray,
) -> None:
    """Price periods `top` to 0 from what waits after `top`."""
    n = setups.shape[0]
    waits, free = work.waits, work.free
    for t in range(top, -1, -1):
        price, beyond = work.price[t + 1], work.beyond[t + 1]
        for r in range(free.size):
            free[r] = shop.capacity[r, t]
        for i in range(n):
            work.due[t, i] = shop.net[i, t]
        for g in range(shop.level.size - 1):
            price += _make_level(shop, setups, work, t, g, lots)
        for r in range(free.size):
            if free[r] < -EPSILON:
                over, limit = -free[r], shop.overtime_limit[r, t]
                within = min(over, limit)
                price += within * shop.overtime_cost[r]
                price += (over - within) * penalty
                if over > limit + 1e-7:
                    beyond += over - limit
        if t > 0:
            for i in range(n):
                price += shop.holding_cost[i] * waits[t, i]
        work.price[t], work.beyond[t] = price, beyond
    for i in range(n):
        left = waits[0, i] - shop.stock[i]
        for u in range(min(shop.lead[i], setups.shape[1])):
            left += work.due[u, i]
        if left > 1e-7:
            work.price[0] += penalty * left * (1.0 + shop.unit_time[i])
            work.beyond[0] += left


def work_of(shop: Shop) -> Work:
    """Return room to work in.

    Parameters
    ----------
    shop
        What is planned.
    """
    n, n_periods = shop.net.shape
    return Work(
        waits=np.zeros((n_periods + 1, n)),
        due=np.zeros((n_periods, n)),
        price=np.zeros(n_periods + 1),
        beyond=np.zeros(n_periods + 1),
        before=np.full((n, n_periods), -1, dtype=np.int64),
        key=np.zeros(n),
        order=np.zeros(n, dtype=np.int64),
        free=np.zeros(shop.capacity.shape[0]),
        move=np.zeros((4, 2), dtype=np.int64),
        latest=np.full(n, n_periods),
        none=np.empty((0, 0)),
    )


@kernel
def price(
    shop: Shop, work: Work, setups: BoolArray, penalty: float, lots: FloatArray
) -> tuple[float, float]:
    """Return money and time beyond all limits of setups; fills the lots.

    Parameters
    ----------
    shop, work
        What is planned, and where.
    setups
        ndarray of shape (n_items, n_periods), bool: each item with net demand has one
        by the period of its first.
    penalty
        Money per unit of time beyond overtime.
    lots
        ndarray of shape (n_items, n_periods), float64; written.
    """
    n, n_periods = setups.shape
    for i in range(n):
        _look_back(work.before, setups, i)
        for t in range(n_periods):
            lots[i, t] = 0.0
    _go_back(shop, setups, work, n_periods - 1, penalty, lots)
    return work.price[0], work.beyond[0]


@part
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


@part
def _copy(source: BoolArray, target: BoolArray) -> None:
    for i in range(source.shape[0]):
        for t in range(source.shape[1]):
            target[i, t] = source[i, t]


@part
def _begin(shop: Shop, setups: BoolArray, work: Work, other: Work) -> int:
    """Look back for all; return the longest lead time."""
    n, n_periods = setups.shape
    longest = 0
    for i in range(n):
        longest = max(longest, shop.lead[i])
        _look_back(work.before, setups, i)
        for t in range(n_periods):
            other.before[i, t] = work.before[i, t]
        work.latest[i] = n_periods
        for t in range(n_periods - 1, -1, -1):
            if shop.net[i, t] > 0.0:
                work.latest[i] = max(t - shop.lead[i], 0)
    return longest


@part
def _turn(setups: BoolArray, work: Work, other: Work, turned: int, longest: int) -> int:
    """Turn setups over; return the last period that changes, -1 if none may."""
    n_periods = setups.shape[1]
    move = work.move
    for k in range(turned):
        setups[move[k, 0], move[k, 1]] = not setups[move[k, 0], move[k, 1]]
    for k in range(turned):
        i = move[k, 0]
        _look_back(other.before, setups, i)
        first = work.latest[i]
        if first < n_periods and other.before[i, first] < 0 and not setups[i, first]:
            return -1
    top = 0
    # A setup more or less changes what the next one could have waited for.
    for k in range(turned):
        i, v = move[k, 0], move[k, 1] + 1
        while v < n_periods and not setups[i, v]:
            v += 1
        top = max(top, min(v, n_periods - 1))
    other.price[top + 1] = work.price[top + 1]
    other.beyond[top + 1] = work.beyond[top + 1]
    for i in range(setups.shape[0]):
        other.waits[top + 1, i] = work.waits[top + 1, i]
        for t in range(top + 1, min(top + 1 + longest, n_periods)):
            other.due[t, i] = work.due[t, i]
    return top


@part
def _take(target: Work, source: Work, top: int, turned: int, move: IntArray) -> None:
    """Take over what changed."""
    n, n_periods = source.before.shape
    for t in range(top + 1):
        target.price[t], target.beyond[t] = source.price[t], source.beyond[t]
        for i in range(n):
            target.waits[t, i] = source.waits[t, i]
            target.due[t, i] = source.due[t, i]
    for k in range(turned):
        i = move[k, 0]
        for t in range(n_periods):
            target.before[i, t] = source.before[i, t]


@kernel
def anneal(
    shop: Shop,
    work: Work,
    other: Work,
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
    shop, work, other
        What is planned, and where.
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
    longest = _begin(shop, setups, work, other)
    _go_back(shop, setups, work, setups.shape[1] - 1, penalty, work.none)
    cost, least = work.price[0], np.inf
    if work.beyond[0] <= 0.0:
        least = cost
        _copy(setups, best)
    cooling = (cold / hot) ** (1.0 / max(moves // 64, 1))
    temperature = hot
    for step in range(moves):
        if step % 64 == 63:
            temperature *= cooling
        turned = _draw_move(state, setups, shop.resource, work.move)
        top = _turn(setups, work, other, turned, longest)
        taken = False
        if top >= 0:
            _go_back(shop, setups, other, top, penalty, work.none)
            change = other.price[0] - cost
            taken = change <= 0.0 or _uniform(state) < np.exp(-change / temperature)
        if not taken:
            for k in range(turned):
                i, t = work.move[k, 0], work.move[k, 1]
                setups[i, t] = not setups[i, t]
                for v in range(setups.shape[1]):
                    other.before[i, v] = work.before[i, v]
            continue
        _take(work, other, top, turned, work.move)
        cost = work.price[0]
        if cost < least and work.beyond[0] <= 0.0:
            least = cost
            _copy(setups, best)
    return least

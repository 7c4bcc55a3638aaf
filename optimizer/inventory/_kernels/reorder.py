"""Exact (s, S) and (r, Q) policies on a lattice, from a curve of costs.

A curve gives the expected cost of a period by inventory position, for positions
`first ... first + n - 1` in steps; beyond its ends it goes on straight.
"""

import numpy as np
from numba import njit

__all__ = ["best_batches", "best_reorder", "renewal"]


@njit(cache=True, nogil=True)
def _at(curve: np.ndarray, first: int, position: int) -> float:
    n = len(curve)
    row = position - first
    if row < 0:
        return curve[0] + row * (curve[1] - curve[0])
    if row >= n:
        return curve[n - 1] + (row - n + 1) * (curve[n - 1] - curve[n - 2])
    return curve[row]


@njit(cache=True, nogil=True)
def renewal(demand: np.ndarray, n: int) -> np.ndarray:
    """Return expected visits of each position below the highest one.

    Parameters
    ----------
    demand : ndarray of shape (k,), float64
        P(demand of a review is 0, 1, ... steps); the first is below 1.
    n : int
        Positions, >= 1.

    Returns
    -------
    ndarray of shape (n,), float64
        Visits of the positions 0 ... n - 1 steps below, before an order.

    References
    ----------
    Zheng and Federgruen (1991), equations 2 and 3.
    """
    visits = np.empty(n)
    _extend(demand, visits, 0, n)
    return visits


@njit(cache=True, nogil=True)
def _extend(demand: np.ndarray, visits: np.ndarray, done: int, n: int) -> None:
    stay = 1.0 / (1.0 - demand[0])
    for j in range(done, n):
        if j == 0:
            visits[0] = stay
            continue
        total = 0.0
        for k in range(1, min(j, len(demand) - 1) + 1):
            total += demand[k] * visits[j - k]
        visits[j] = stay * total


@njit(cache=True, nogil=True)
def _cycle_cost(
    curve: np.ndarray, first: int, visits: np.ndarray, fixed: float, s: int, top: int
) -> float:
    total, length = fixed, 0.0
    for j in range(top - s):
        total += visits[j] * _at(curve, first, top - j)
        length += visits[j]
    return total / length


@njit(cache=True, nogil=True)
def best_reorder(
    curve: np.ndarray, first: int, demand: np.ndarray, fixed: float
) -> tuple[int, int, float]:
    """Return the best (s, S) and its cost per review.

    Parameters
    ----------
    curve : ndarray of shape (n,), float64
        Cost of a review by position, falling and then rising, n >= 2.
    first : int
        Position of its first entry, steps.
    demand : ndarray of shape (k,), float64
        P(demand of a review is 0, 1, ... steps); the first is below 1.
    fixed : float
        Money an order, >= 0.

    Returns
    -------
    tuple of int, int, float
        s (an order is placed at or below it), S, both in steps; cost per review.

    References
    ----------
    Zheng and Federgruen (1991), "Finding optimal (s, S) policies is about as simple as
    evaluating a single policy", Operations Research 39(4), the algorithm of section 2.
    """
    bottom = first
    while _at(curve, first, bottom + 1) < _at(curve, first, bottom):
        bottom += 1
    size = 256
    visits = np.empty(size)
    _extend(demand, visits, 0, size)
    best_top = bottom
    s = bottom - 1
    while True:
        if best_top - s > size:
            visits = _longer(demand, visits, 2 * size)
            size *= 2
        cost = _cycle_cost(curve, first, visits, fixed, s, best_top)
        if cost <= _at(curve, first, s):
            break
        s -= 1
    top = best_top + 1
    while _at(curve, first, top) <= cost:
        if top - s > size:
            visits = _longer(demand, visits, 2 * size)
            size *= 2
        if _cycle_cost(curve, first, visits, fixed, s, top) < cost:
            best_top = top
            while s + 1 < best_top and _cycle_cost(
                curve, first, visits, fixed, s, best_top
            ) <= _at(curve, first, s + 1):
                s += 1
            cost = _cycle_cost(curve, first, visits, fixed, s, best_top)
        top += 1
    return s, best_top, cost


@njit(cache=True, nogil=True)
def _longer(demand: np.ndarray, visits: np.ndarray, n: int) -> np.ndarray:
    longer = np.empty(n)
    longer[: len(visits)] = visits
    _extend(demand, longer, len(visits), n)
    return longer


@njit(cache=True, nogil=True)
def best_batches(
    curve: np.ndarray, first: int, fixed_rate: float, size: int
) -> tuple[int, int, float]:
    """Return the best (r, Q) and its cost per period.

    Parameters
    ----------
    curve : ndarray of shape (n,), float64
        Cost of a period by position, falling and then rising, n >= 2.
    first : int
        Position of its first entry, steps.
    fixed_rate : float
        Money a batch times mean demand of a period in steps, >= 0.
    size : int
        Q that must be, steps, >= 1; 0: the best.

    Returns
    -------
    tuple of int, int, float
        r (an order is placed at or below it) and Q, both in steps; cost per period.

    References
    ----------
    Federgruen and Zheng (1992), "An efficient algorithm for computing an optimal (r, Q)
    policy in continuous review stochastic inventory systems", Operations Research
    40(4): positions are uniform over r + 1 ... r + Q, and the best Q of them are the
    cheapest ones.
    """
    low = first
    while _at(curve, first, low + 1) < _at(curve, first, low):
        low += 1
    high, n = low, 1
    total = fixed_rate + _at(curve, first, low)
    while True:
        before, after = _at(curve, first, low - 1), _at(curve, first, high + 1)
        least = min(before, after)
        if size == 0 and least >= total / n:
            break
        if size > 0 and n >= size:
            break
        total += least
        n += 1
        if before < after:
            low -= 1
        else:
            high += 1
    return low - 1, n, total / n

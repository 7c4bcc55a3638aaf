"""Orders of one item from all its suppliers: an exact dynamic program.

The state is what was ordered so far, in lots of the item; the stock of a period follows
from it. Orders of an offer have a piecewise linear cost, so the best one for every
state is a minimum over a window that slides: a step costs as much as the states, not as
their square.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

__all__ = ["NONE", "Table", "solve_item", "solve_items"]

NONE = -1
BIG = 1e290
EQUAL = 1e-9


class Table(NamedTuple):
    """Arrays of a problem.

    Attributes
    ----------
    lot, end_value : ndarray of shape (n_items,), float64
        Units of a lot, money a unit left in the end.
    n_lots : ndarray of shape (n_items,), int64
        Most lots ordered.
    stock : ndarray of shape (n_items, n_periods), float64
        Units left at the end of a period if nothing is ordered.
    costs : ndarray of shape (n_items, 4), float64
        Money a unit and period held, missing (negative: none may be), below the safety
        stock; the safety stock, units.
    offer_start : ndarray of shape (n_items + 1,), int64
        Offers of item i are ``offer_start[i]:offer_start[i + 1]``.
    lead, multiple, minimum : ndarray of shape (n_offers,), int64
        Periods; lots that an order is a multiple of, and at least.
    band_start : ndarray of shape (n_offers + 1,), int64
        Price bands of offer k are ``band_start[k]:band_start[k + 1]``.
    band_from : ndarray of shape (n_bands,), int64
        Lots from which a band holds.
    band_cost : ndarray of shape (n_bands, 2), float64
        Our money an order and a unit, freight and order cost included.
    band_spend : ndarray of shape (n_bands, 2), float64
        The same of what counts for the contract.
    """

    lot: np.ndarray
    end_value: np.ndarray
    n_lots: np.ndarray
    stock: np.ndarray
    costs: np.ndarray
    offer_start: np.ndarray
    lead: np.ndarray
    multiple: np.ndarray
    minimum: np.ndarray
    band_start: np.ndarray
    band_from: np.ndarray
    band_cost: np.ndarray
    band_spend: np.ndarray


@njit(cache=True, nogil=True)
def _slide(
    value: np.ndarray,
    best: np.ndarray,
    chosen: np.ndarray,
    window: tuple[int, int, int],
    cost: tuple[float, float],
    queue: tuple[np.ndarray, np.ndarray],
) -> None:
    """Improve every state by one order of `low` to `high` lots, in steps."""
    low, high, step = window
    base, slope = cost
    at, worth = queue
    for rest in range(min(step, len(value))):
        head, tail = 0, 0
        for x in range(rest, len(value), step):
            y = x - low
            if y >= 0 and value[y] < BIG:
                held = value[y] - slope * y
                while tail > head and worth[tail - 1] >= held:
                    tail -= 1
                at[tail], worth[tail] = y, held
                tail += 1
            while head < tail and at[head] < x - high:
                head += 1
            if head < tail:
                reached = worth[head] + slope * x + base
                if reached < best[x] - EQUAL:
                    best[x] = reached
                    chosen[x] = at[head]


@njit(cache=True, nogil=True)
def solve_item(
    table: Table,
    item: int,
    fixed: np.ndarray,
    slope: np.ndarray,
    credit: np.ndarray,
    limit: np.ndarray,
    lots: np.ndarray,
) -> float:
    """Write the best orders of an item into `lots` and return their cost.

    Parameters
    ----------
    table : Table
        The problem.
    item : int
        Which item.
    fixed, slope : ndarray of shape (n_offers, n_periods), float64
        More money an order and a unit, by period of the order.
    credit : ndarray of shape (n_offers,), float64
        Money back for each money that counts for the contract.
    limit : ndarray of shape (n_offers, n_periods), int64
        Most lots of an order.
    lots : ndarray of shape (n_offers, n_periods), int64
        Rows of the item are overwritten.

    Returns
    -------
    float
        Money; `BIG` and more if something is missing that must not be.

    References
    ----------
    Wagner and Whitin (1958) with suppliers, minima and price breaks; the minimum over a
    sliding window as in Lemire (2006).
    """
    n_periods = table.stock.shape[1]
    n = table.n_lots[item] + 1
    lot = table.lot[item]
    first, last = table.offer_start[item], table.offer_start[item + 1]
    value = np.full(n, BIG)
    value[0] = 0.0
    chosen = np.full((n_periods, last - first, n), NONE, np.int32)
    queue = (np.empty(n, np.int64), np.empty(n))
    for period in range(n_periods):
        for k in range(first, last):
            placed = period - table.lead[k]
            if placed < 0:
                continue
            best = value.copy()
            step = table.multiple[k]
            for band in range(table.band_start[k], table.band_start[k + 1]):
                low = max(table.band_from[band], table.minimum[k], 1)
                low = -(-low // step) * step
                high = min(limit[k, placed], n - 1)
                if band + 1 < table.band_start[k + 1]:
                    high = min(high, table.band_from[band + 1] - 1)
                high = high // step * step
                if low > high:
                    continue
                base = table.band_cost[band, 0] + fixed[k, placed]
                base -= credit[k] * table.band_spend[band, 0]
                rate = table.band_cost[band, 1] + slope[k, placed]
                rate -= credit[k] * table.band_spend[band, 1]
                _slide(
                    value, best, chosen[period, k - first], (low, high, step),
                    (base, rate * lot), queue,
                )  # fmt: skip
            value = best
        for x in range(n):
            value[x] += _kept(table, item, table.stock[item, period] + lot * x)
    for x in range(n):
        left = table.stock[item, n_periods - 1] + lot * x
        value[x] -= table.end_value[item] * max(left, 0.0)
    x = int(np.argmin(value))
    found = value[x]
    lots[first:last] = 0
    for period in range(n_periods - 1, -1, -1):
        for k in range(last - 1, first - 1, -1):
            before = chosen[period, k - first, x]
            if before != NONE:
                lots[k, period - table.lead[k]] = x - before
                x = before
    return found


@njit(cache=True, nogil=True)
def _kept(table: Table, item: int, left: float) -> float:
    """Return the cost of what is left at the end of a period."""
    costs = table.costs[item]
    held = max(left, 0.0)
    total = costs[0] * held + costs[2] * max(costs[3] - held, 0.0)
    if left < -1e-7:
        if costs[1] < 0.0:
            return BIG
        total += costs[1] * -left
    return total


@njit(cache=True, nogil=True)
def solve_items(
    table: Table,
    items: np.ndarray,
    fixed: np.ndarray,
    slope: np.ndarray,
    credit: np.ndarray,
    limit: np.ndarray,
    lots: np.ndarray,
    value: np.ndarray,
) -> None:
    """Solve several items on their own; see `solve_item`.

    Parameters
    ----------
    table, fixed, slope, credit, limit, lots
        As `solve_item` takes them.
    items : ndarray of shape (n,), int64
        Which ones.
    value : ndarray of shape (n_items,), float64
        Costs of the items are written here.
    """
    for i in range(len(items)):
        item = items[i]
        value[item] = solve_item(table, item, fixed, slope, credit, limit, lots)

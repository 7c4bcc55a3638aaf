"""Items one after another, each solved exactly beside what the others order."""

from typing import NamedTuple

import numpy as np
from numba import njit

from optimizer.procurement._kernels.lots import BIG, Table, solve_item

__all__ = ["Shared", "resolve", "spend_of", "total_cost"]


class Shared(NamedTuple):
    """What items have in common, and how much of it is used.

    Attributes
    ----------
    supplier : ndarray of shape (n_offers,), int64
        Of each offer.
    limit : ndarray of shape (n_offers, n_periods), int64
        Most lots of an order.
    order_cost, minimum_spend, price_of_short : ndarray of shape (n_suppliers,), float64
        Money a period with orders; of the contract; money for each money short of it.
    credit : ndarray of shape (n_suppliers,), float64
        Money that an item believes to get back for each money it spends while the
        contract is short: 1 where the rest is paid all the same.
    capacity, units : ndarray of shape (n_suppliers, n_periods), float64
        Most units, and units ordered.
    n_orders : ndarray of shape (n_suppliers, n_periods), int64
        Orders placed.
    spend : ndarray of shape (n_suppliers,), float64
        Money that counts for the contract.
    own_cost : ndarray of shape (n_items,), float64
        Money of each item, without what is shared.
    extra : ndarray of shape (n_offers,), float64
        Money a unit that an offer seems to cost more, so that its share stays small.
    """

    supplier: np.ndarray
    limit: np.ndarray
    order_cost: np.ndarray
    minimum_spend: np.ndarray
    price_of_short: np.ndarray
    credit: np.ndarray
    capacity: np.ndarray
    units: np.ndarray
    n_orders: np.ndarray
    spend: np.ndarray
    own_cost: np.ndarray
    extra: np.ndarray


@njit(cache=True, nogil=True)
def spend_of(table: Table, offer: int, item: int, lots: int) -> float:
    """Return the money of an order that counts for the contract."""
    band = table.band_start[offer]
    while band + 1 < table.band_start[offer + 1] and lots >= table.band_from[band + 1]:
        band += 1
    rate = table.band_spend[band, 1] * table.lot[item]
    return table.band_spend[band, 0] + rate * lots


@njit(cache=True, nogil=True)
def _book(table: Table, shared: Shared, item: int, lots: np.ndarray, sign: int) -> None:
    """Add or take away the orders of an item."""
    for k in range(table.offer_start[item], table.offer_start[item + 1]):
        s = shared.supplier[k]
        for period in range(lots.shape[1]):
            if lots[k, period] > 0:
                shared.n_orders[s, period] += sign
                shared.units[s, period] += sign * lots[k, period] * table.lot[item]
                spent = spend_of(table, k, item, lots[k, period])
                shared.spend[s] += sign * spent


@njit(cache=True, nogil=True)
def resolve(
    table: Table,
    shared: Shared,
    items: np.ndarray,
    lots: np.ndarray,
    share: float,
) -> bool:
    """Solve items one after another, each beside the orders of all others.

    Parameters
    ----------
    table, shared
        The problem; what is used is kept up to date.
    items : ndarray of shape (n,), int64
        In which order.
    lots : ndarray of shape (n_offers, n_periods), int64
        Orders of all items, changed.
    share : float
        Part of the cost of a period without orders yet that its first item pays: below
        1 it is hoped that others join.

    Returns
    -------
    bool
        Whether every one of them got what it must not miss.
    """
    n_offers, n_periods = lots.shape
    fixed, slope = np.zeros((n_offers, n_periods)), np.zeros((n_offers, n_periods))
    credit = np.zeros(n_offers)
    limit = shared.limit.copy()
    served = True
    for i in range(len(items)):
        item = items[i]
        _book(table, shared, item, lots, -1)
        first, last = table.offer_start[item], table.offer_start[item + 1]
        for k in range(first, last):
            s = shared.supplier[k]
            short = shared.spend[s] < shared.minimum_spend[s] - 1e-9
            credit[k] = shared.credit[s] if short else 0.0
            for period in range(n_periods):
                is_open = shared.n_orders[s, period] > 0
                slope[k, period] = shared.extra[k]
                fixed[k, period] = 0.0 if is_open else share * shared.order_cost[s]
                room = shared.capacity[s, period] - shared.units[s, period]
                most = shared.limit[k, period]
                if room < most * table.lot[item]:
                    most = max(0, int(np.floor(room / table.lot[item] + 1e-9)))
                limit[k, period] = most
        found = solve_item(table, item, fixed, slope, credit, limit, lots)
        served = served and found < BIG
        own = found
        for k in range(first, last):
            for period in range(n_periods):
                if lots[k, period] > 0:
                    own -= fixed[k, period]
                    own -= shared.extra[k] * lots[k, period] * table.lot[item]
                    own += credit[k] * spend_of(table, k, item, lots[k, period])
        shared.own_cost[item] = own
        # Offers of one item at one supplier are one, so nothing was counted twice.
        _book(table, shared, item, lots, 1)
    return served


@njit(cache=True, nogil=True)
def total_cost(shared: Shared) -> float:
    """Return the money of all orders, with what is shared."""
    total = shared.own_cost.sum()
    for s in range(len(shared.order_cost)):
        total += shared.order_cost[s] * (shared.n_orders[s] > 0).sum()
        short = shared.minimum_spend[s] - shared.spend[s]
        total += shared.price_of_short[s] * max(short, 0.0)
    return total

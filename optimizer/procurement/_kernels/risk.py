"""What orders cost when suppliers are late: stock of one item over many futures."""

import numpy as np
from numba import njit

__all__ = ["stock_costs"]


@njit(cache=True, nogil=True)
def stock_costs(
    stock: np.ndarray,
    costs: np.ndarray,
    end_value: float,
    due: np.ndarray,
    quantity: np.ndarray,
    late: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return money and units missing of an item in each future.

    Parameters
    ----------
    stock : ndarray of shape (n_periods,), float64
        Units left at period ends if nothing is ordered.
    costs : ndarray of shape (4,), float64
        Money a unit and period held, missing, below the safety stock; safety stock.
    end_value : float
        Money a unit left in the end.
    due : ndarray of shape (n_orders,), int64
        Period each order comes in if it is on time.
    quantity : ndarray of shape (n_orders,), float64
        Units.
    late : ndarray of shape (n_futures, n_orders), int64
        Periods late.

    Returns
    -------
    tuple of ndarray of shape (n_futures,), float64
        Money, and units missing at the end of the periods, summed up.
    """
    n_periods, n_futures = len(stock), len(late)
    money, missing = np.zeros(n_futures), np.zeros(n_futures)
    came = np.empty(n_periods)
    for future in range(n_futures):
        came[:] = 0.0
        for order in range(len(due)):
            period = due[order] + late[future, order]
            if period < n_periods:
                came[period] += quantity[order]
        total = 0.0
        for period in range(n_periods):
            total += came[period]
            left = stock[period] + total
            held = max(left, 0.0)
            money[future] += costs[0] * held + costs[2] * max(costs[3] - held, 0.0)
            if left < 0.0:
                money[future] -= costs[1] * left
                missing[future] -= left
        money[future] -= end_value * max(stock[n_periods - 1] + total, 0.0)
    return money, missing

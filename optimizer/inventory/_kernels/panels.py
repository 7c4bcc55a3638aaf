"""Many items in one call: newsvendors, (r, Q) policies and lots, compiled."""

import math

import numpy as np
from numba import njit

__all__ = ["expected_level_batches", "lots", "poisson_batches", "poisson_newsvendors"]

# Mass that may be missing above the highest demand looked at.
TAIL = 1e-15
ROUNDS = 200


# Divisions are of checked numbers: without Python's own check they go four at a time.
@njit(cache=True, nogil=True, error_model="numpy")
def lots(
    fixed: np.ndarray, holding: np.ndarray, rate: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return economic order quantities and what they cost.

    Parameters
    ----------
    fixed, holding, rate : ndarray of shape (n,), float64
        Money an order, money a unit and unit of time, units a unit of time; > 0.

    Returns
    -------
    tuple of ndarray of shape (n,), float64
        Units, and money a unit of time.

    References
    ----------
    Harris (1913), "How many parts to make at once".
    """
    n = len(fixed)
    quantity, cost = np.empty(n), np.empty(n)
    for i in range(n):
        lot = math.sqrt(2.0 * fixed[i] * rate[i] / holding[i])
        quantity[i] = lot
        cost[i] = lot * holding[i]
    return quantity, cost


@njit(cache=True, nogil=True)
def poisson_newsvendors(
    mean: np.ndarray, holding: np.ndarray, shortage: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return levels and expected costs of newsvendors with Poisson demand.

    Parameters
    ----------
    mean, holding, shortage : ndarray of shape (n,), float64
        Units over the interval that is covered, < 700; money a unit left over, and a
        unit missing, > 0.

    Returns
    -------
    tuple of ndarray of shape (n,), float64
        Units, and money.

    References
    ----------
    Arrow, Harris and Marschak (1951): the least level whose probability to suffice is
    the critical ratio.
    """
    n = len(mean)
    level, cost = np.empty(n), np.empty(n)
    for i in range(n):
        ratio = shortage[i] / (shortage[i] + holding[i])
        share = math.exp(-mean[i])
        sums, left, k = share, 0.0, 0
        while sums < ratio:
            left += sums
            k += 1
            share *= mean[i] / k
            sums += share
        level[i] = k
        missing = left + mean[i] - k
        cost[i] = holding[i] * left + shortage[i] * missing
    return level, cost


@njit(cache=True, nogil=True)
def poisson_batches(
    covered: np.ndarray,
    rate: np.ndarray,
    costs: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return exact (r, Q) policies without review, with Poisson demand.

    Parameters
    ----------
    covered : ndarray of shape (n,), float64
        Mean demand of a lead time, units, < 700.
    rate : ndarray of shape (n,), float64
        Mean demand of a period, units, > 0.
    costs : ndarray of shape (n, 3), float64
        Money a unit and period on hand, a unit and period backlogged, an order; > 0.

    Returns
    -------
    tuple of ndarray of shape (n,), float64
        r and Q in units; cost per period.

    References
    ----------
    Federgruen and Zheng (1992), see `optimizer.inventory._kernels.reorder`.
    """
    n = len(covered)
    points, quantities, found = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        mean, holding, shortage = covered[i], costs[i, 0], costs[i, 1]
        # The cheapest position, its distribution function and its units left.
        ratio = shortage / (shortage + holding)
        share = math.exp(-mean)
        sums, left, k = share, 0.0, 0
        while sums < ratio:
            left += sums
            k += 1
            share *= mean / k
            sums += share
        down, down_share, down_sums, down_left = k, share, sums, left
        up, up_sums, up_left, up_share = k, sums, left, share
        size, total = 1, costs[i, 2] * rate[i]
        total += (holding + shortage) * left + shortage * (mean - k)
        while True:
            if down > 0:
                next_sums = down_sums - down_share
                before_left = max(down_left - next_sums, 0.0)
            else:
                next_sums, before_left = 0.0, 0.0
            before = (holding + shortage) * before_left + shortage * (mean - down + 1)
            after_left = up_left + up_sums
            after = (holding + shortage) * after_left + shortage * (mean - up - 1)
            if min(before, after) >= total / size:
                break
            size += 1
            if before < after:
                total += before
                if down > 0:
                    down_share *= down / mean
                    down_sums, down_left = next_sums, before_left
                down -= 1
            else:
                total += after
                up += 1
                up_left = after_left
                up_share *= mean / up
                up_sums += up_share
        points[i], quantities[i], found[i] = down - 1, size, total / size
    return points, quantities, found


@njit(cache=True, nogil=True)
def _loss(z: float) -> float:
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return density - z * 0.5 * math.erfc(z / math.sqrt(2.0))


@njit(cache=True, nogil=True)
def _normal_quantile(level: float, z: float) -> float:
    """Invert the distribution function by safeguarded Newton steps from a guess."""
    low, high = -40.0, 40.0
    for _ in range(ROUNDS):
        off = 0.5 * math.erfc(-z / math.sqrt(2.0)) - level
        if abs(off) < 1e-15:
            return z
        if off > 0.0:
            high = z
        else:
            low = z
        density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        new = z - off / density if density > 1e-300 else 0.5 * (low + high)
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - z) < 1e-9:
            return new
        z = new
    return z


@njit(cache=True, nogil=True)
def expected_level_batches(
    mean: np.ndarray, sd: np.ndarray, rate: np.ndarray, costs: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (r, Q) policies by the expected-inventory-level approximation.

    Parameters
    ----------
    mean, sd : ndarray of shape (n,), float64
        Normal demand of a lead time, units.
    rate : ndarray of shape (n,), float64
        Mean demand of a period, units, > 0.
    costs : ndarray of shape (n, 3), float64
        Money a unit and period on hand, a unit that waits (however long), an order.

    Returns
    -------
    tuple of ndarray of shape (n,), float64
        r and Q in units; cost per period; NaN where the cost of a shortage is too low
        for the approximation.

    References
    ----------
    Hadley and Whitin (1963), section 4-2; Snyder and Shen (2019), "Fundamentals of
    Supply Chain Theory", 2nd edition, section 5.3.1.
    """
    n = len(mean)
    points, quantities, found = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        holding, shortage, fixed = costs[i, 0], costs[i, 1], costs[i, 2]
        quantity = math.sqrt(2.0 * fixed * rate[i] / holding)
        z, missing = 0.0, 0.0
        for _ in range(ROUNDS):
            level = 1.0 - quantity * holding / (shortage * rate[i])
            if level <= 0.0:
                quantity = math.nan
                break
            z = _normal_quantile(level, z)
            missing = sd[i] * _loss(z)
            new = math.sqrt(2.0 * rate[i] * (fixed + shortage * missing) / holding)
            # Newton's step on Q -> new(Q), whose slope is known; plain if it is steep.
            density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
            slope = sd[i] * quantity * holding / (shortage * rate[i] * density * new)
            step = new - quantity
            quantity += step / (1.0 - slope) if slope < 0.9 else step
            if abs(step) <= 1e-11 * quantity:
                break
        points[i] = mean[i] + z * sd[i]
        quantities[i] = quantity
        cost = holding * (z * sd[i] + quantity / 2.0)
        found[i] = cost + (fixed + shortage * missing) * rate[i] / quantity
    return points, quantities, found

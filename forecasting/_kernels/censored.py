"""Demand that was cut off by stock-outs, restored by expectation and maximisation."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Weight of the newest value in the mean that follows the series; it is taken from both
# sides, so that about 1 / GAIN values to either side of a stock-out speak for it.
GAIN = 0.1
# A change of the restored values by less than this share of their deviation ends it.
TOLERANCE = 1e-4
ROUNDS_MAX = 200


@njit(cache=True)
def hazard(z: float) -> float:
    """Normal density over its upper tail, of a standard deviate.

    The asymptotic series takes over where the tail is too thin for a quotient.
    """
    if z > 30.0:  # the next term is 2 / z**3
        return z + 1.0 / z
    tail = 0.5 * math.erfc(z / math.sqrt(2.0))
    return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) / tail


@njit(cache=True)
def seasonal_indices(values: Floats, cut: NDArray[np.bool_], index: Floats) -> None:
    """Set the ratio of each place in the season to the mean, from days with stock."""
    m = index.size
    index[:] = 1.0
    if m == 1:
        return
    total, n_total = 0.0, 0
    sums, counts = np.zeros(m), np.zeros(m, np.int64)
    for t in range(values.size):
        if not cut[t]:
            sums[t % m] += values[t]
            counts[t % m] += 1
            total += values[t]
            n_total += 1
    if total <= 0.0 or counts.min() == 0:
        return
    mean = total / n_total
    for k in range(m):
        # A place that sold nothing still divides: a tenth of the mean at least.
        index[k] = max(sums[k] / counts[k] / mean, 0.1)


@njit(cache=True)
def follow(values: Floats, index: Floats, mean: Floats) -> None:
    """Set the mean of each value: smoothed from both sides, times its season."""
    n, m = values.size, index.size
    level = 0.0
    weight = 0.0
    for t in range(n):
        level = (1.0 - GAIN) * level + values[t] / index[t % m]
        weight = (1.0 - GAIN) * weight + 1.0
        mean[t] = level / weight
    level = weight = 0.0
    for t in range(n - 1, -1, -1):
        level = (1.0 - GAIN) * level + values[t] / index[t % m]
        weight = (1.0 - GAIN) * weight + 1.0
        mean[t] = 0.5 * (mean[t] + level / weight) * index[t % m]


@njit(cache=True)
def restore(values: Floats, cut: NDArray[np.bool_], season_length: int) -> Floats:
    """Return a series in which values that were cut off are what is to be expected.

    Parameters
    ----------
    values : ndarray of shape (n,), float64
        What was sold.
    cut : ndarray of shape (n,), bool
        Where no more could be sold.
    season_length : int
        Steps in a season, >= 1.
    """
    n = values.size
    full, mean = values.copy(), np.empty(n)
    if not cut.any() or cut.all():
        return full
    index = np.empty(season_length)
    seasonal_indices(values, cut, index)
    spread = np.zeros(n)  # variance of what is not seen of each value
    for _ in range(ROUNDS_MAX):
        follow(full, index, mean)
        variance = 0.0
        for t in range(n):
            variance += (full[t] - mean[t]) ** 2 + spread[t]
        deviation = math.sqrt(variance / n)
        if deviation <= 0.0:
            break
        change = 0.0
        for t in range(n):
            if cut[t]:
                z = (values[t] - mean[t]) / deviation
                h = hazard(z)
                expected = max(mean[t] + deviation * h, values[t])
                spread[t] = variance / n * max(1.0 + z * h - h * h, 0.0)
                change = max(change, abs(expected - full[t]))
                full[t] = expected
        if change <= TOLERANCE * deviation:
            break
    return full


@njit(cache=True, nogil=True)
def restore_panel(
    values: Floats,
    cut: NDArray[np.bool_],
    offsets: NDArray[np.int64],
    season_length: int,
) -> Floats:
    """`restore` every series of a panel."""
    full = np.empty_like(values)
    for i in range(offsets.size - 1):
        first, last = offsets[i], offsets[i + 1]
        full[first:last] = restore(values[first:last], cut[first:last], season_length)
    return full

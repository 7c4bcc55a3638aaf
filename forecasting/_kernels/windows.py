"""Sums over moving windows of ragged series."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@njit(cache=True)
def windowed_sum_quantiles(
    values: Floats, offsets: Integers, width: int, quantiles: Floats
) -> tuple[Floats, Floats]:
    """Return empirical quantiles of overlapping sums, and the mean of the sums.

    A quantile is the smallest sum that at least that share of the windows does not
    exceed. A series shorter than `width` has one window, its sum scaled up.

    References
    ----------
    Hyndman, Fan (1996), The American Statistician 50(4), definition 1.
    """
    n = offsets.size - 1
    found = np.empty((n, quantiles.size))
    means = np.empty(n)
    for i in range(n):
        series = values[offsets[i] : offsets[i + 1]]
        used = min(width, series.size)
        sums = np.empty(series.size - used + 1)
        for start in range(sums.size):
            # Summed afresh: a running sum would leave rounding in place of zero.
            sums[start] = series[start : start + used].sum() * (width / used)
        sums.sort()
        means[i] = sums.mean()
        for j in range(quantiles.size):
            rank = math.ceil(quantiles[j] * sums.size - 1e-9)
            found[i, j] = sums[min(max(rank, 1), sums.size) - 1]
    return found, means

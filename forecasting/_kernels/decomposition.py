"""Classical decomposition: seasonal figures, and whether there is a season at all."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NO_SEASON, ADDITIVE, MULTIPLICATIVE = range(3)
# Of a mean ratio: below, dividing by the season would raise noise to a signal.
FIGURE_MIN = 0.01


@njit(cache=True, nogil=True, error_model="numpy")
def seasonal_figure(y: Floats, m: int, by_ratio: bool, figure: Floats) -> None:
    """Write the mean distance, or ratio, of each phase from the moving average.

    Takes 2 m values at least. Distances sum to 0, ratios have the mean 1; ratios need
    positive values. The moving average of an even season has half weights at its ends.

    References
    ----------
    Kendall, Stuart (1983), The Advanced Theory of Statistics, vol. 3, pp. 410-414; as
    in `decompose` of R.
    """
    n, half = y.size, m // 2
    sums = np.zeros(n + 1)
    for t in range(n):
        sums[t + 1] = sums[t] + y[t]
    count = np.zeros(m)
    for i in range(m):
        figure[i] = 0.0
    odd = m % 2
    for t in range(half, n - half):
        early = sums[t + half + odd] - sums[t - half]
        late = sums[t + half + 1] - sums[t + 1 - half - odd]
        average = (early + late) / (2 * m)
        phase = t % m
        figure[phase] += y[t] / average if by_ratio else y[t] - average
        count[phase] += 1.0
    total = 0.0
    for i in range(m):
        figure[i] /= max(count[i], 1.0)
        total += figure[i]
    for i in range(m):
        if by_ratio:
            figure[i] *= m / total
        else:
            figure[i] -= total / m


@njit(cache=True, nogil=True, error_model="numpy")
def is_seasonal(y: Floats, m: int) -> bool:
    """Whether the autocorrelation at lag m is significant, at 90 %.

    Never for fewer than 3 m values, nor for a constant series.

    References
    ----------
    Makridakis, Spiliotis, Assimakopoulos (2020), International Journal of Forecasting
    36(1), 54-74: the test of the benchmark Naive2 of the M4 competition.
    """
    n = y.size
    if m < 2 or n < 3 * m:
        return False
    mean, squares = 0.0, 0.0
    for t in range(n):
        mean += y[t] / n
    for t in range(n):
        squares += (y[t] - mean) ** 2
    if squares <= n * (1e-12 * mean) ** 2:
        return False
    spread, correlation = 1.0, 0.0
    for lag in range(1, m + 1):
        correlation = 0.0
        for t in range(lag, n):
            correlation += (y[t] - mean) * (y[t - lag] - mean)
        correlation /= squares
        if lag < m:
            spread += 2.0 * correlation * correlation
    return abs(correlation) > 1.645 * math.sqrt(spread / n)


@njit(cache=True, nogil=True, error_model="numpy")
def deseasonalise(y: Floats, m: int, figure: Floats) -> int:
    """Take the season out of `y`, if there is one, and answer of which kind it was.

    Ratios are taken where all values are above 0, distances elsewhere.
    """
    if not is_seasonal(y, m):
        return NO_SEASON
    by_ratio = True
    for t in range(y.size):
        by_ratio &= y[t] > 0.0
    if by_ratio:
        seasonal_figure(y, m, True, figure)
        for i in range(m):
            by_ratio &= figure[i] >= FIGURE_MIN
    if not by_ratio:
        seasonal_figure(y, m, False, figure)
    for t in range(y.size):
        y[t] = y[t] / figure[t % m] if by_ratio else y[t] - figure[t % m]
    return MULTIPLICATIVE if by_ratio else ADDITIVE

"""Classical decomposition: seasonal figures, and whether there is a season at all."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NO_SEASON, ADDITIVE, MULTIPLICATIVE = range(3)
# Of a mean ratio: below, dividing by the season would raise noise to a signal.
FIGURE_MIN = 0.01
# Weight of a season over that of the next. Chosen on monthly and quarterly series of M3
# and M4 before their test periods: errors there are 0.1 to 0.5 % below those of 1.
SEASON_KEPT = 0.8
WEIGHT_MIN = 1e-9  # of the last value; what counts less is left out


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
def steady_figure(y: Floats, m: int, by_ratio: bool, figure: Floats) -> None:
    """Write the figure of `seasonal_figure` with less noise in it.

    Takes 2 m values at least. Late seasons count more than early ones, and phases are
    drawn towards no season by the share of their variance that is noise.

    References
    ----------
    Miller, Williams (2003), International Journal of Forecasting 19(4), 669-684: the
    James-Stein estimator of seasonal factors.
    """
    n, half, odd = y.size, m // 2, m % 2
    sums = np.zeros(n + 1)
    for t in range(n):
        sums[t + 1] = sums[t] + y[t]
    # Of each phase: weights and their squares; values weighed, and their squares.
    total = np.zeros((4, m))
    weight, kept = 1.0, SEASON_KEPT ** (1.0 / m)
    for t in range(n - half - 1, half - 1, -1):
        early = sums[t + half + odd] - sums[t - half]
        late = sums[t + half + 1] - sums[t + 1 - half - odd]
        average = (early + late) / (2 * m)
        value = y[t] / average if by_ratio else y[t] - average
        phase = t % m
        total[0, phase] += weight
        total[1, phase] += weight * weight
        total[2, phase] += weight * value
        total[3, phase] += weight * value * value
        weight *= kept
        if weight < WEIGHT_MIN:
            break
    mean, within, freedom, of_means = 0.0, 0.0, 0.0, 0.0
    for i in range(m):
        figure[i] = total[2, i] / total[0, i]
        mean += figure[i] / m
        within += total[3, i] / total[0, i] - figure[i] * figure[i]
        of_mean = total[1, i] / (total[0, i] * total[0, i])
        freedom += 1.0 - of_mean
        of_means += of_mean / m
    centre, between = 1.0 if by_ratio else 0.0, 0.0
    for i in range(m):
        figure[i] = figure[i] / mean if by_ratio else figure[i] - mean
        between += (figure[i] - centre) ** 2 / (m - 1)
    noise = max(within, 0.0) / freedom * of_means
    share = max(m - 3, 0) / (m - 1)
    share *= min(noise / between, 1.0) if between > 0.0 else 0.0
    for i in range(m):
        figure[i] += share * (centre - figure[i])


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
def take_out(y: Floats, m: int, steady: bool, figure: Floats) -> int:
    """Take the season out of `y`, if there is one, and answer of which kind it was.

    Ratios are taken where all values are above 0, distances elsewhere; `steady` says by
    which of the two figures.
    """
    if not is_seasonal(y, m):
        return NO_SEASON
    by_ratio = True
    for t in range(y.size):
        by_ratio &= y[t] > 0.0
    for _ in range(2):
        if steady:
            steady_figure(y, m, by_ratio, figure)
        else:
            seasonal_figure(y, m, by_ratio, figure)
        small = False
        for i in range(m):
            small |= figure[i] < FIGURE_MIN
        if not (by_ratio and small):
            break
        by_ratio = False
    for t in range(y.size):
        y[t] = y[t] / figure[t % m] if by_ratio else y[t] - figure[t % m]
    return MULTIPLICATIVE if by_ratio else ADDITIVE


@njit(cache=True, nogil=True, error_model="numpy")
def deseasonalise(y: Floats, m: int, figure: Floats) -> int:
    """Take out the classical figure, see `take_out`."""
    return take_out(y, m, False, figure)

"""Fit of the dynamic optimised theta model to every series of a panel.

With mean m_t, slope B_t and intercept A_t of the line through the values up to t, and
k = 1 - alpha, what is expected next is (equation 16 of the source, w = 1 - 1 / theta)::

    mu = l + w X,    X = k^t A + (1 - k^(t + 1)) / alpha B,    l <- k l + alpha y

For a given alpha the errors are linear in the first level and in w, so that both are a
regression, and what is left to search is alpha: sixteen of them at once. The source
lets a general optimiser find all three, from y_1 / 2 and w = 1 / 2 on, which does not
get far on a flat surface; here both are drawn towards those values instead.

References
----------
Fiorucci, Pellegrini, Louzada, Petropoulos, Koehler (2016), International Journal of
Forecasting 32(4), 1151-1161, sect. 3.2 (DOTM).
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting._kernels.decomposition import ADDITIVE, NO_SEASON, take_out
from forecasting._kernels.lanes import N_LANES, fill, load, store

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# The range of the source.
ALPHA_MIN, ALPHA_MAX = 0.1, 0.99
WEIGHT_MAX = 1.0 - 1e-10
# The first errors show the start more than the gains, and do not count; as the source.
FIRST_ERROR = 2
N_VALUES_MIN = 5  # of a series whose numbers are fitted
GAIN_UNFITTED = 0.5
N_SUMS = 6
# Squares that a distance of 1 from the usual weight, or of the mean size of the series
# from the usual first level, costs, as a share of those that are left without trend.
# Chosen on the M3 and M4 series before their test periods: without, errors there are
# 0.3 % larger; ten times as much is worse than none.
USUAL_WEIGHT, PULL_OF_WEIGHT, PULL_OF_LEVEL = 0.5, 0.06, 0.3
SQUARE_MIN = 1e-14  # of the mean size: rounding alone must not choose


class ThetaFits(NamedTuple):
    """Results.

    `numbers` (n_series, 10): alpha, weight w, level, intercept and slope of the line,
    mean, k^n, variance and mean square of the errors, first level. `season` (n_series,
    m): the phases that come next, and `kind` (n_series,) what they do: 0 nothing, 1 are
    added, 2 multiplied.
    """

    numbers: Floats
    season: Floats
    kind: Integers


@njit(cache=True, nogil=True, error_model="numpy")
def lines(y: Floats, intercepts: Floats, slopes: Floats) -> float:
    """Write intercept and slope of the line through the values up to each; the mean."""
    mean = intercepts[0] = y[0]
    slopes[0] = 0.0
    for t in range(1, y.size):
        slope = (t - 1) * slopes[t - 1] + 6.0 * (y[t] - mean) / (t + 1)
        slopes[t] = slope / (t + 2)
        mean += (y[t] - mean) / (t + 1)
        intercepts[t] = mean - slopes[t] * (t + 2) / 2.0
    return mean


@njit(cache=True, nogil=True, error_model="numpy")
def add_up(y: Floats, intercepts: Floats, slopes: Floats, w: Floats) -> None:
    """Sums of the regression for the sixteen alphas in the first row of `w`.

    The next six rows get k'k, k'X, X'X, k'u, X'u and u'u with k = k^t, and u the errors
    of first level and weight 0.
    """
    alpha = load(w, 0)
    kept = 1.0 - alpha
    inverse = 1.0 / alpha
    level, power = alpha * y[0], kept
    kk, kx, xx = fill(0.0), fill(0.0), fill(0.0)
    ku, xu, uu = fill(0.0), fill(0.0), fill(0.0)
    for t in range(1, y.size):
        a, b = intercepts[t - 1], slopes[t - 1]
        x = power * a + (inverse - power * kept * inverse) * b
        u = y[t] - level
        if t >= FIRST_ERROR:
            kk, kx, xx = kk + power * power, kx + power * x, xx + x * x
            ku, xu, uu = ku + power * u, xu + x * u, uu + u * u
        level = kept * level + alpha * y[t]
        power = power * kept
    store(w, N_LANES, kk)
    store(w, 2 * N_LANES, kx)
    store(w, 3 * N_LANES, xx)
    store(w, 4 * N_LANES, ku)
    store(w, 5 * N_LANES, xu)
    store(w, 6 * N_LANES, uu)


@njit(cache=True, nogil=True, error_model="numpy")
def regress(w: Floats, lane: int, usual: float) -> tuple[float, float, float]:
    """Sum of squares with what distance from the usual costs, first level, weight.

    The weight is 0 to 1, and `usual` the usual first level.
    """
    kk, kx, xx = w[lane + N_LANES], w[lane + 2 * N_LANES], w[lane + 3 * N_LANES]
    ku, xu, uu = w[lane + 4 * N_LANES], w[lane + 5 * N_LANES], w[lane + 6 * N_LANES]
    rest = max(uu - ku * ku / kk, 0.0)
    pull = PULL_OF_WEIGHT * rest
    xx, xu = xx + pull, xu + pull * USUAL_WEIGHT
    uu += pull * USUAL_WEIGHT * USUAL_WEIGHT
    pull = PULL_OF_LEVEL * rest
    kk, ku, uu = kk + pull, ku + pull * usual, uu + pull * usual * usual
    determinant = kk * xx - kx * kx
    weight = 0.0
    if determinant > 1e-10 * kk * xx:
        weight = min(max((kk * xu - kx * ku) / determinant, 0.0), WEIGHT_MAX)
    level = (ku - weight * kx) / kk
    squares = uu - 2.0 * (level * ku + weight * xu) + level * level * kk
    return squares + weight * (2.0 * level * kx + weight * xx), level, weight


@njit(cache=True, nogil=True, error_model="numpy")
def fit_one(y: Floats, w: Floats, numbers: Floats) -> None:
    """Fit one series without season, of a mean size of 1."""
    n = y.size
    intercepts, slopes = np.empty(n), np.empty(n)
    mean = lines(y, intercepts, slopes)
    alpha, first, weight = GAIN_UNFITTED, y[0], 0.0
    if n >= N_VALUES_MIN:
        middle, spacing = 0.5 * (ALPHA_MIN + ALPHA_MAX), (ALPHA_MAX - ALPHA_MIN) / 15.0
        least = math.inf
        for _ in range(3):
            for k in range(N_LANES):
                at = middle + (k - 7.5) * spacing
                w[k] = min(max(at, ALPHA_MIN), ALPHA_MAX)
            add_up(y, intercepts, slopes, w)
            for k in range(N_LANES):
                squares, level, share = regress(w, k, 0.5 * y[0])
                if squares < least:
                    least, alpha, first, weight = squares, w[k], level, share
            middle, spacing = alpha, spacing * 0.125
    level, power, squares = first, 1.0, 0.0
    for t in range(n):
        if t > 0:
            slope = (1.0 - power * (1.0 - alpha)) / alpha * slopes[t - 1]
            expected = level + weight * (power * intercepts[t - 1] + slope)
            if t >= min(FIRST_ERROR, n - 1):
                squares += (y[t] - expected) ** 2
        level += alpha * (y[t] - level)
        power *= 1.0 - alpha
    squares = max(squares, 0.0)
    numbers[0], numbers[1], numbers[2] = alpha, weight, level
    numbers[3], numbers[4], numbers[5] = intercepts[n - 1], slopes[n - 1], mean
    n_errors = max(n - FIRST_ERROR, 1)
    n_fitted = 3 if n >= N_VALUES_MIN else 0
    numbers[6], numbers[9] = power, first
    numbers[7] = squares / max(n_errors - n_fitted, 1) if n > 1 else 1.0
    numbers[8] = squares / n_errors if n > 1 else 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def fit_panel(
    values: Floats, offsets: Integers, first: int, end: int, m: int, fits: ThetaFits
) -> None:
    """Fit series `first` to `end`."""
    w, numbers, figure = np.zeros((1 + N_SUMS) * N_LANES), np.zeros(10), np.zeros(m)
    for i in range(first, end):
        n = offsets[i + 1] - offsets[i]
        y = np.empty(n)
        scale = 0.0
        for t in range(n):
            y[t] = values[offsets[i] + t]
            scale += abs(y[t]) / n
        scale = scale if scale > 0.0 and math.isfinite(scale) else 1.0
        for t in range(n):
            y[t] /= scale
        kind = take_out(y, m, True, figure)
        fit_one(y, w, numbers)
        for j in range(10):
            size = 1.0
            if 2 <= j <= 5 or j == 9:
                size = scale
            elif j > 6:
                # One value shows no error: as of Poisson demand.
                size = scale * scale if n > 1 else scale
            fits.numbers[i, j] = numbers[j] * size
        fits.kind[i] = kind
        for j in range(m):
            value = figure[(n + j) % m] if kind != NO_SEASON else 0.0
            fits.season[i, j] = value * scale if kind == ADDITIVE else value

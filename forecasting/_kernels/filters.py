"""Exponential smoothing filters and their fit, one call a panel.

The model is the damped local trend in error-correction form, with one-step forecast
y = l + phi b and, for an error e,

    l <- l + phi b + alpha e,        b <- phi b + beta e.

Simple exponential smoothing is the case beta = phi = 0, with the level as its one
state; the damped trend has two.

References
----------
Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing,
Table 2.2, models (A,N,N) and (A,Ad,N).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Gains = tuple[float, float, float]  # alpha, beta, phi

# Where the search begins; the compass search then refines to about STEP_MIN.
ALPHAS = np.array([0.02, 0.1, 0.25, 0.45, 0.7, 0.95])
TREND_SHARES = np.array([0.01, 0.1, 0.3, 0.7])  # beta / alpha
PHIS = np.array([0.8, 0.9, 0.98])
ALPHA_RANGE = (1e-4, 0.9999)
SHARE_RANGE = (1e-4, 0.9999)
PHI_RANGE = (0.8, 0.98)
# Final width of the search in each parameter: a tenth changes no sum of squares in
# the fourth digit on monthly data, and costs a third more.
STEP_MIN = 1e-3
# A local trend needs a few points more than it has parameters and states.
TREND_OBSERVATIONS_MIN = 6
TREND_STATES = 2  # level and trend
LEVEL_OBSERVATIONS_MIN = 3  # of two values any gain fits as well as any other
GAIN_UNFITTED = 0.5


@njit(cache=True)
def advance(
    level: float, trend: float, value: float, gains: Gains
) -> tuple[float, float, float]:
    """Return level, trend and one-step error after `value`; gains: alpha, beta, phi."""
    alpha, beta, phi = gains
    damped = phi * trend
    error = value - level - damped
    return level + damped + alpha * error, damped + beta * error, error


@njit(cache=True)
def update(
    level: float,
    trend: float,
    error_variance: float,
    value: float,
    gains: Gains,
    variance_gain: float,
) -> tuple[float, float, float]:
    """Return level, trend and error variance after one more observation."""
    level, trend, error = advance(level, trend, value, gains)
    error_variance += variance_gain * (error * error - error_variance)
    return level, trend, error_variance


@njit(cache=True)
def sum_of_squares(
    values: Floats, level: float, trend: float, gains: Gains
) -> tuple[float, float, float]:
    """Return the sum of squared one-step errors, and the final level and trend."""
    total = 0.0
    for t in range(values.size):
        level, trend, error = advance(level, trend, values[t], gains)
        total += error * error
    return total, level, trend


@njit(cache=True)
def best_start(values: Floats, gains: Gains, n_states: int) -> tuple[float, float]:
    """Return the initial level and trend that minimise the sum of squared errors.

    For given gains the errors are linear in the initial state: e = u - s1 l0 - s2 b0.
    One pass carries the errors u from state zero and both sensitivities s1, s2; the
    minimum is then a least squares problem with two unknowns.

    References
    ----------
    Ord, Koehler, Snyder (1997), JASA 92, 1621-1629: for fixed gains the seed states
    are regression coefficients.
    """
    level, trend = 0.0, 0.0
    level1, trend1 = 1.0, 0.0
    level2, trend2 = 0.0, 1.0
    s11, s12, s22, s1u, s2u = 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(values.size):
        level, trend, u = advance(level, trend, values[t], gains)
        level1, trend1, s1 = advance(level1, trend1, 0.0, gains)
        s11 += s1 * s1
        s1u -= s1 * u
        if n_states == TREND_STATES:
            level2, trend2, s2 = advance(level2, trend2, 0.0, gains)
            s12 += s1 * s2
            s22 += s2 * s2
            s2u -= s2 * u
    determinant = s11 * s22 - s12 * s12
    if n_states != TREND_STATES or determinant <= 1e-12 * s11 * s22:
        return s1u / s11, 0.0
    level = (s22 * s1u - s12 * s2u) / determinant
    return level, (s11 * s2u - s12 * s1u) / determinant


@njit(cache=True)
def cost(values: Floats, alpha: float, share: float, phi: float) -> float:
    """Return the least sum of squared errors for these gains over all first states."""
    gains = (alpha, alpha * share, phi)
    level, trend = best_start(values, gains, TREND_STATES if phi > 0.0 else 1)
    squares: float = sum_of_squares(values, level, trend, gains)[0]
    return squares


@njit(cache=True)
def _clamp(x: float, bounds: tuple[float, float]) -> float:
    return min(max(x, bounds[0]), bounds[1])


@njit(cache=True)
def search_level(values: Floats) -> float:
    """Return the alpha of simple exponential smoothing with the least squared error."""
    best, alpha = np.inf, ALPHAS[0]
    for a in ALPHAS:
        c = cost(values, a, 0.0, 0.0)
        if c < best:
            best, alpha = c, a
    step = 0.1
    while step > STEP_MIN:
        moved = False
        for sign in (-1.0, 1.0):
            a = _clamp(alpha + sign * step, ALPHA_RANGE)
            c = cost(values, a, 0.0, 0.0)
            if c < best:
                best, alpha, moved = c, a, True
        if not moved:
            step *= 0.5
    return alpha


@njit(cache=True)
def search_trend(values: Floats) -> tuple[float, float, float]:
    """Return alpha, beta / alpha and phi with the least squared error.

    A coarse grid, then compass search: try a step each way along each axis, halve the
    steps when none helps.

    References
    ----------
    Kolda, Lewis, Torczon (2003), SIAM Review 45(3), algorithm 1 (compass search).
    """
    best, alpha, share, phi = np.inf, ALPHAS[0], TREND_SHARES[0], PHIS[0]
    for a in ALPHAS:
        for s in TREND_SHARES:
            for f in PHIS:
                c = cost(values, a, s, f)
                if c < best:
                    best, alpha, share, phi = c, a, s, f
    step = 0.1
    while step > STEP_MIN:
        moved = False
        for axis in range(3):
            for sign in (-1.0, 1.0):
                a, s, f = alpha, share, phi
                if axis == 0:
                    a = _clamp(alpha + sign * step, ALPHA_RANGE)
                elif axis == 1:
                    s = _clamp(share + sign * step, SHARE_RANGE)
                else:
                    f = _clamp(phi + sign * step, PHI_RANGE)
                c = cost(values, a, s, f)
                if c < best * (1.0 - 1e-9):
                    best, alpha, share, phi, moved = c, a, s, f, True
        if not moved:
            step *= 0.5
    return alpha, share, phi


@njit(cache=True)
def fit_one(
    values: Floats, n_states: int
) -> tuple[float, float, float, float, float, float, float]:
    """Return alpha, beta, phi, final level, final trend, error variance, mean square.

    The error variance divides the sum of squares by the observations less what was
    fitted; the mean square divides by the observations. A single value has no error
    to show: both are then NaN, for the caller to fill.
    """
    n = values.size
    if n == 1:
        return 0.0, 0.0, 0.0, values[0], 0.0, np.nan, np.nan
    share, phi, fitted = 0.0, 0.0, 2
    if n_states == TREND_STATES and n >= TREND_OBSERVATIONS_MIN:
        alpha, share, phi = search_trend(values)
        fitted = 5
    elif n < LEVEL_OBSERVATIONS_MIN:
        alpha, fitted = GAIN_UNFITTED, 1
    else:
        alpha = search_level(values)
    gains = (alpha, alpha * share, phi)
    level, trend = best_start(values, gains, TREND_STATES if phi > 0.0 else 1)
    squares, level, trend = sum_of_squares(values, level, trend, gains)
    variance = squares / max(1, n - fitted)
    return alpha, gains[1], phi, level, trend, variance, squares / n


@njit(cache=True)
def fit_panel(values: Floats, offsets: Integers, n_states: int) -> Floats:
    """Return `fit_one` of every series as the columns of an array (n_series, 7)."""
    n = offsets.size - 1
    found = np.empty((n, 7))
    for i in range(n):
        row = fit_one(values[offsets[i] : offsets[i + 1]], n_states)
        for j in range(7):
            found[i, j] = row[j]
    return found

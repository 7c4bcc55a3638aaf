"""One-step errors of a level and a season, and the outliers that explain them best."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting._kernels.counts import cumulative_and_density

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

SHOCK, SHIFT, TREND = 0, 1, 2
# Of a normal score: beyond it probabilities of counts are all rounding.
SCORE_MAX = 8.0
N_HALVINGS = 60


@njit(cache=True)
def normal_quantile(p: float) -> float:
    """Return the standard normal quantile, by halving a bracket."""
    low, high = -SCORE_MAX, SCORE_MAX
    for _ in range(N_HALVINGS):
        middle = 0.5 * (low + high)
        if 0.5 * math.erfc(-middle / math.sqrt(2.0)) < p:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@njit(cache=True)
def count_score(value: float, mean: float, variance: float) -> float:
    """Return the normal score of a count: the quantile of its mid-probability.

    References
    ----------
    Dunn, Smyth (1996), Journal of Computational and Graphical Statistics 5(3),
    236-244, with the middle of the step in place of a draw from it.
    """
    cumulative, density = cumulative_and_density(value, mean, variance)
    return normal_quantile(cumulative - 0.5 * density)


@njit(cache=True)
def smoothed_errors(series: Floats, gain: float, start: int, errors: Floats) -> float:
    """Write one-step errors of a smoothed level, and return the last level.

    The level begins as the mean of the first `start` values, whose errors are
    differences to it.
    """
    level = series[:start].mean()
    for t in range(series.size):
        errors[t] = series[t] - level
        if t >= start:
            level += gain * errors[t]
    return level


@njit(cache=True)
def best_gain(series: Floats, gains: Floats, start: int) -> float:
    """Return the gain with the least sum of squared one-step errors."""
    errors = np.empty(series.size)
    best, least = gains[0], np.inf
    for gain in gains:
        smoothed_errors(series, gain, start, errors)
        squares = (errors[start:] ** 2).sum()
        # A gain that is hardly better is mostly noise that was followed.
        if squares < least * (1.0 - 1.0 / max(series.size, 1)):
            best, least = gain, squares
    return best


@njit(cache=True)
def signature(kind: int, age: int, kept: float) -> float:
    """Return the error that a change leaves `age` steps after it, per unit of size.

    `kept` is 1 less the gain of the level.

    References
    ----------
    Chen, Liu (1993), JASA 88(421), 284-297, eq. 5 to 8, for the model ARIMA(0,1,1)
    with the coefficient `kept`; the trend is the running sum of the shift.
    """
    if kind == SHIFT:
        return kept**age
    if kind == SHOCK:
        return 1.0 if age == 0 else -(1.0 - kept) * kept ** (age - 1)
    if kept >= 1.0:
        return age + 1.0
    return (1.0 - kept ** (age + 1)) / (1.0 - kept)


@njit(cache=True)
def strongest_change(
    scores: Floats, errors: Floats, kept: float
) -> tuple[int, int, float, float]:
    """Return kind, place, statistic and size of the change that explains most.

    `scores` are standardised one-step errors. The statistic is standard normal at each
    place if nothing has changed; the size is that of least squares of `errors`.
    """
    kind, place, top, size = SHOCK, 0, 0.0, 0.0
    n = scores.size
    for k in (SHOCK, SHIFT, TREND):
        for t in range(n):
            # Of a single error no shift and no trend can be told from a shock.
            if (k == SHIFT and n - t < 2) or (k == TREND and n - t < 3):
                continue
            product, squares, own = 0.0, 0.0, 0.0
            for age in range(n - t):
                x = signature(k, age, kept)
                product += x * scores[t + age]
                own += x * errors[t + age]
                squares += x * x
            statistic = product / math.sqrt(squares)
            if abs(statistic) > abs(top):
                kind, place, top, size = k, t, statistic, own / squares
    return kind, place, top, size


@njit(cache=True, nogil=True)
def find_changes(
    values: Floats, offsets: Integers, window: int, gains: Floats, counts: Flags
) -> Floats:
    """Return the strongest change in the last `window` values of each series.

    Columns: kind, place in the series, statistic, size in the unit of the series, level
    before, deviation of an error, degrees of freedom. A series of fewer than 8 values
    before the window has NaN throughout.
    """
    n = offsets.size - 1
    found = np.full((n, 7), np.nan)
    for i in range(n):
        series = values[offsets[i] : offsets[i + 1]]
        before = series.size - window
        if before < 8:
            continue
        start = min(8, before // 2)
        past = series[:before]
        gain = best_gain(past, gains, start)
        errors = np.empty(before)
        level = smoothed_errors(past, gain, start, errors)
        freedom = before - start - 1.0
        variance = (errors[start:] ** 2).sum() / max(freedom, 1.0)
        if counts[i]:
            variance = max(variance, level)
        if variance <= 0.0:
            # A series that never moved: any move at all is a change beyond doubt.
            variance = max(1e-12, 1e-12 * level * level)
        deviation = math.sqrt(variance)
        scores, late = np.empty(window), np.empty(window)
        for t in range(window):
            value = series[before + t]
            late[t] = value - level
            if counts[i]:
                scores[t] = count_score(value, max(level, 1e-3), variance)
            else:
                scores[t] = late[t] / deviation
            level += gain * late[t]
        kind, place, statistic, size = strongest_change(scores, late, 1.0 - gain)
        found[i, 0], found[i, 1] = kind, before + place
        found[i, 2], found[i, 3] = statistic, size
        found[i, 4], found[i, 5] = past[-min(8, before) :].mean(), deviation
        found[i, 6] = max(freedom, 1.0)
    return found

"""Exponential smoothing with two seasons and an autoregressive error, in lanes.

With e_t the distance of a value from level and both seasons, the expected value is
shifted by phi e_{t-1}, and level and seasons move by e_t::

    e_t = y_t - l - d - w,    l <- l + alpha e_t,    d <- d + delta e_t,
    w <- w + omega e_t,       mu_{t+k} = l + d + w + phi^k e_t

Gains and phi minimise the squares of e_t - phi e_{t-1}.

References
----------
Taylor (2003), Journal of the Operational Research Society 54, 799-805.
Taylor (2010), European Journal of Operational Research 204, 139-152, equations 6 to 10
(additive form).
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting._kernels.ets_filters import (
    ALPHA,
    BETA,
    COST,
    GAMMA,
    LEVEL,
    N_ROWS,
    PHI,
    PLACES,
    SEASON,
    SQUARES,
    TREND,
)
from forecasting._kernels.ets_fit import (
    MOST_ROUNDS,
    STEP_COLD,
    STEP_MIN,
    Tables,
    improve,
)
from forecasting._kernels.lanes import N_LANES, fill, larger, load, smaller, store

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ALL_AXES = 5  # the kind of search that moves four places
PHI_MAX = 0.99
RATE_MIN, RATE_MAX = 1e-4, 0.9999


class SeasonFits(NamedTuple):
    """Results, a row a series.

    `numbers` (n_series, 8): alpha, delta, omega, phi, level, last error, mean square of
    the errors, cost. `short` (n_series, m1) and `long` (n_series, m2): seasons, the
    next phase first.
    """

    numbers: Floats
    short: Floats
    long: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def run(y: Floats, m1: int, m2: int, w: Floats) -> None:
    """Filter `y` once; rows as in `ets_filters`, with the last error for the trend.

    Rows BETA and GAMMA hold delta and omega; the second season follows the first.
    """
    kept = 1.0 - load(w, ALPHA)
    delta, omega, phi = load(w, BETA), load(w, GAMMA), load(w, PHI)
    error, x, squares = fill(0.0), load(w, LEVEL), fill(0.0)
    short, short_end = SEASON, SEASON + m1 * N_LANES
    long, long_end = short_end, short_end + m2 * N_LANES
    for t in range(y.size):
        before, x = x, y[t] - load(w, short) - load(w, long)
        last, error = error, (x - before) + kept * error
        store(w, short, load(w, short) + delta * error)
        store(w, long, load(w, long) + omega * error)
        rest = error - phi * last
        squares = squares + rest * rest
        short = short + N_LANES if short + N_LANES < short_end else SEASON
        long = long + N_LANES if long + N_LANES < long_end else short_end
    store(w, SQUARES, squares)
    store(w, LEVEL, x - kept * error)
    store(w, TREND, error)


@njit(cache=True, nogil=True, error_model="numpy")
def evaluate(y: Floats, m1: int, m2: int, start: Floats, w: Floats) -> None:
    """Sums of squares of the sixteen candidates; `start` is level and both seasons."""
    u = load(w, PLACES)
    alpha = smaller(larger(u * u, RATE_MIN), RATE_MAX)
    u = load(w, PLACES + N_LANES)
    delta = (1.0 - alpha) * smaller(larger(u * u, RATE_MIN), RATE_MAX)
    u = load(w, PLACES + 2 * N_LANES)
    omega = (1.0 - alpha - delta) * smaller(larger(u * u, RATE_MIN), RATE_MAX)
    store(w, ALPHA, alpha)
    store(w, BETA, delta)
    store(w, GAMMA, omega)
    store(w, PHI, load(w, PLACES + 3 * N_LANES) * PHI_MAX)
    store(w, LEVEL, fill(start[0]))
    for i in range(m1 + m2):
        store(w, SEASON + i * N_LANES, fill(start[1 + i]))
    run(y, m1, m2, w)
    store(w, COST, load(w, SQUARES))


@njit(cache=True, nogil=True, error_model="numpy")
def search(
    y: Floats, m1: int, m2: int, start: Floats, w: Floats, best: Floats, tables: Tables
) -> None:
    """Find the place of the least squares."""
    moved = np.zeros(4)
    best[4] = np.inf
    for half in range(2):
        for axis in range(4):
            at = ((ALL_AXES * 2 + half) * 4 + axis) * N_LANES
            store(w, PLACES + axis * N_LANES, load(tables.design, at))
        evaluate(y, m1, m2, start, w)
        improve(w, best, moved)
    for axis in range(4):
        moved[axis] = 0.0
    repeats, step = load(tables.repeats, 0), STEP_COLD
    for i in range(2 * MOST_ROUNDS):
        for axis in range(4):
            at = ((ALL_AXES * MOST_ROUNDS + i % MOST_ROUNDS) * 4 + axis) * N_LANES
            place = load(tables.moves, at) * step + best[axis] + repeats * moved[axis]
            store(w, PLACES + axis * N_LANES, smaller(larger(place, 0.0), 1.0))
        evaluate(y, m1, m2, start, w)
        if not improve(w, best, moved):
            for axis in range(4):
                moved[axis] = 0.0
            step *= 0.5
        if step < STEP_MIN:
            break


@njit(cache=True, nogil=True, error_model="numpy")
def first_states(y: Floats, m1: int, m2: int, start: Floats) -> None:
    """Write level and both seasons before the first value.

    Mean distances from the moving average of the long season, by its phase; their
    means by phase of the short one are the short season. What is left of each phase is
    shrunk by the share of it that the noise of so few values would leave, too.

    References
    ----------
    Efron, Morris (1973), JASA 68, 117-130 (shrinkage of many means).
    """
    n, half = y.size, m2 // 2
    sums = np.zeros(n + 1)
    for t in range(n):
        sums[t + 1] = sums[t] + y[t]
    odd = m2 % 2
    apart = np.zeros(n)
    short, short_count = np.zeros(m1), np.zeros(m1)
    for t in range(half, n - half):
        early = sums[t + half + odd] - sums[t - half]
        late = sums[t + half + 1] - sums[t + 1 - half - odd]
        apart[t] = y[t] - (early + late) / (2 * m2)
        short[t % m1] += apart[t]
        short_count[t % m1] += 1.0
    total = 0.0
    for i in range(m1):
        short[i] /= max(short_count[i], 1.0)
        total += short[i] / m1
    for i in range(m1):
        short[i] -= total
    long, count, noise = np.zeros(m2), np.zeros(m2), 0.0
    for t in range(half, n - half):
        apart[t] -= short[t % m1]
        long[t % m2] += apart[t]
        count[t % m2] += 1.0
    for i in range(m2):
        long[i] /= max(count[i], 1.0)
    n_inner = max(n - 2 * half, 1)
    for t in range(half, n - half):
        noise += (apart[t] - long[t % m2]) ** 2
    noise /= max(n_inner - m2, 1)
    spread, mean = 0.0, 0.0
    for i in range(m2):
        mean += long[i] / m2
    for i in range(m2):
        spread += (long[i] - mean) ** 2 / m2
    share = 0.0
    if n_inner > m2 and spread > 0.0:
        share = max(0.0, 1.0 - noise * m2 / n_inner / spread)
    level = 0.0
    for i in range(m2):
        long[i] = share * (long[i] - mean)
        start[1 + m1 + i] = long[i]
    for i in range(m1):
        start[1 + i] = short[i]
    q = min(n, m2)
    for t in range(q):
        level += (y[t] - short[t % m1] - long[t % m2]) / q
    start[0] = level


@njit(cache=True, nogil=True, error_model="numpy")
def fit_panel(
    values: Floats, offsets: Integers, first: int, end: int,
    m1: int, m2: int, tables: Tables, fits: SeasonFits,
) -> None:  # fmt: skip
    """Fit series `first` to `end`."""
    w = np.zeros((N_ROWS + m1 + m2) * N_LANES)
    start, best = np.zeros(1 + m1 + m2), np.zeros(5)
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
        first_states(y, m1, m2, start)
        search(y, m1, m2, start, w, best, tables)
        for axis in range(4):
            store(w, PLACES + axis * N_LANES, fill(best[axis]))
        evaluate(y, m1, m2, start, w)
        of = fits.numbers
        of[i, 0], of[i, 1], of[i, 2], of[i, 3] = w[ALPHA], w[BETA], w[GAMMA], w[PHI]
        of[i, 4], of[i, 5] = w[LEVEL] * scale, w[TREND] * scale
        of[i, 6] = w[SQUARES] * scale * scale / n
        of[i, 7] = best[4]
        for j in range(m1):
            fits.short[i, j] = w[SEASON + (n + j) % m1 * N_LANES] * scale
        for j in range(m2):
            fits.long[i, j] = w[SEASON + (m1 + (n + j) % m2) * N_LANES] * scale

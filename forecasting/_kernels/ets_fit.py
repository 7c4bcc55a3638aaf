"""Fit of all models of exponential smoothing to every series of a panel.

Models differ in their error (A, M), trend (N, A, Ad) and season (N, A, M); those with
an additive error and a multiplicative season divide by what may be 0, and are left out.
First states come from a decomposition and a straight line, and the parameters from a
search that tries sixteen at once: points spread over the unit box, then steps about the
best of them. The additive twin of a multiplicative error and the undamped twin of a
damped trend say where to begin.

References
----------
Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing, sect. 2.6
(first states), 5.1 (estimation), 7.2 (selection).
Kolda, Lewis, Torczon (2003), SIAM Review 45(3), 385-482 (direct search).
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting._kernels.decomposition import (
    ADDITIVE,
    MULTIPLICATIVE,
    NO_SEASON,
    seasonal_figure,
)
from forecasting._kernels.ets_filters import (
    ALPHA,
    BETA,
    COST,
    GAMMA,
    LEVEL,
    LOGS,
    N_ROWS,
    PHI,
    PLACES,
    SEASON,
    SQUARES,
    TREND,
    logarithm,
    run,
)
from forecasting._kernels.lanes import N_LANES, fill, larger, load, smaller, store

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

N_MODELS = 15
N_SEASONAL = 9  # the last of them
MOST_ROUNDS = 8  # of the search, after its first points
N_TRENDS = 3  # none, additive, damped
N_BLOCKS = 5  # errors and seasons: AN, MN, AA, MA, MM
BLOCK_SEASON = (NO_SEASON, NO_SEASON, ADDITIVE, ADDITIVE, MULTIPLICATIVE)
BLOCK_RELATIVE = (False, True, False, True, True)

RATE_MIN, RATE_MAX = 1e-4, 0.9999
PHI_MIN, PHI_SPAN = 0.8, 0.18
# An error of this share of the mean size, squared, counts as none: rounding alone must
# not choose among models that all fit exactly.
SQUARE_MIN = 1e-14
STEP_MIN = 4e-3
STEP_COLD, STEP_WARM, STEP_COMB = 0.2, 0.1, 1.0 / N_LANES
WARM_PHI = 0.8  # of its span
GAIN_UNFITTED = 0.5
SEASON_VALUES_MIN = 5  # beyond two seasons


class Tables(NamedTuple):
    """Where the search looks.

    `design` (n_kinds, 2, 4, 16): first points, by the axes that a model has. `moves`
    (n_kinds, MOST_ROUNDS, 4, 16): directions of each round in units of the step.
    `repeats` (16,): in which lanes, and how far, the last successful move is tried
    again.
    """

    design: Floats
    moves: Floats
    repeats: Floats


class Fits(NamedTuple):
    """Results, a row a series and a column a model.

    `numbers` (9, n_series, 15): criterion, alpha, beta, gamma, phi, level, trend,
    variance and mean square of the errors. `season` (n_series, 9, m), of the seasonal
    models: the phases that come next, oldest first.
    """

    numbers: Floats
    season: Floats


@njit(cache=True, error_model="numpy")
def count_fitted(model: int, m: int) -> int:
    """Parameters and first states of a model, the error variance included."""
    trend = model % N_TRENDS
    n = 3 + (2 if trend > 0 else 0) + (1 if trend == 2 else 0)
    return n + (m if model >= N_MODELS - N_SEASONAL else 0)


@njit(cache=True, error_model="numpy")
def _clamped(x: Any, low: float, high: float) -> Any:  # noqa: ANN401
    return smaller(larger(x, low), high)


@njit(cache=True, nogil=True, error_model="numpy")
def evaluate(y: Floats, m: int, model: int, start: Floats, w: Floats) -> None:
    """Cost of the sixteen candidates: -2 log likelihood, up to a constant.

    `start` holds level, trend, and the season and its reciprocal, a number a phase.
    """
    block, trend = model // N_TRENDS, model % N_TRENDS
    season, is_relative = BLOCK_SEASON[block], BLOCK_RELATIVE[block]
    alpha = _clamped(load(w, PLACES), RATE_MIN, RATE_MAX)
    share = _clamped(load(w, PLACES + N_LANES), RATE_MIN, RATE_MAX)
    store(w, ALPHA, alpha)
    store(w, BETA, alpha * share * (1.0 if trend > 0 else 0.0))
    share = _clamped(load(w, PLACES + 2 * N_LANES), RATE_MIN, RATE_MAX)
    store(w, GAMMA, (1.0 - alpha) * share * (0.0 if season == NO_SEASON else 1.0))
    damped = load(w, PLACES + 3 * N_LANES) * PHI_SPAN + PHI_MIN
    store(w, PHI, damped if trend == 2 else fill(1.0))
    store(w, LEVEL, fill(start[0]))
    store(w, TREND, fill(start[1]))
    if season != NO_SEASON:
        for i in range(2 * m if season == MULTIPLICATIVE else m):
            store(w, SEASON + i * N_LANES, fill(start[2 + i]))
    run(y, m, season, is_relative, w)
    # In this order: a candidate that blew up must stay no number, and never be best.
    squares = larger(y.size * SQUARE_MIN, load(w, SQUARES))
    cost = y.size * logarithm(squares)
    if is_relative:
        cost = cost + 2.0 * load(w, LOGS)
    store(w, COST, cost)


@njit(cache=True, nogil=True, error_model="numpy")
def improve(w: Floats, best: Floats, moved: Floats) -> bool:
    """Move `best` (four places and the cost) to the best lane, if it is better."""
    lane = -1
    for k in range(N_LANES):
        # A lane that has blown up is not a number, and never less.
        if w[COST + k] < best[4]:
            best[4] = w[COST + k]
            lane = k
    if lane >= 0:
        for axis in range(4):
            place = w[PLACES + axis * N_LANES + lane]
            moved[axis] = place - best[axis]
            best[axis] = place
    return lane >= 0


@njit(cache=True, nogil=True, error_model="numpy")
def search(
    y: Floats, m: int, model: int, start: Floats, w: Floats,
    best: Floats, n_rounds: int, is_warm: bool, tables: Tables,
) -> None:  # fmt: skip
    """Find the place of the least cost; `best` holds where to begin, if it is warm."""
    trend = model % N_TRENDS
    kind = trend + (N_TRENDS if model >= N_MODELS - N_SEASONAL else 0)
    moved = np.zeros(4)
    best[4] = np.inf
    step = STEP_WARM
    if not is_warm:
        step = STEP_COLD if kind > 0 else STEP_COMB
        for half in range(2 if kind > 1 else 1):
            for axis in range(4):
                row = load(tables.design, ((kind * 2 + half) * 4 + axis) * N_LANES)
                store(w, PLACES + axis * N_LANES, row)
            evaluate(y, m, model, start, w)
            improve(w, best, moved)
        for axis in range(4):
            moved[axis] = 0.0
    repeats = load(tables.repeats, 0)
    for i in range(n_rounds):
        for axis in range(4):
            at = ((kind * MOST_ROUNDS + i) * 4 + axis) * N_LANES
            place = load(tables.moves, at) * step + best[axis]
            place = _clamped(place + repeats * moved[axis], 0.0, 1.0)
            store(w, PLACES + axis * N_LANES, place)
        evaluate(y, m, model, start, w)
        if not improve(w, best, moved):
            for axis in range(4):
                moved[axis] = 0.0
            step *= 0.35
        if kind == 0:
            step = STEP_COMB * 0.125 ** (i + 1)
        if step < STEP_MIN:
            break


@njit(cache=True, nogil=True, error_model="numpy")
def first_states(y: Floats, m: int, season: int, start: Floats) -> None:
    """Write level, trend and season before the first value; the level alone goes last.

    A line through the first ten values, or two seasons, without their season.
    """
    n, at_level = y.size, start.size - 1
    figure = start[2 : 2 + m]
    if season != NO_SEASON:
        seasonal_figure(y, m, season == MULTIPLICATIVE, figure)
    q = min(n, max(10, 2 * m))
    sx, sy, sxx, sxy = 0.0, 0.0, 0.0, 0.0
    for t in range(q):
        v = y[t]
        if season == ADDITIVE:
            v -= figure[t % m]
        elif season == MULTIPLICATIVE:
            v /= figure[t % m]
        x = t + 1.0
        sx, sy, sxx, sxy = sx + x, sy + v, sxx + x * x, sxy + x * v
    slope = (q * sxy - sx * sy) / (q * sxx - sx * sx)
    start[0], start[1] = (sy - slope * sx) / q, slope
    start[at_level] = sy / q
    if season == MULTIPLICATIVE:
        for i in range(m):
            start[2 + m + i] = 1.0 / figure[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _keep(
    fits: Fits, i: int, model: int, y: Floats, m: int, scale: float, w: Floats
) -> None:
    """Write down what the first lane has ended with."""
    block, n = model // N_TRENDS, y.size
    size = scale * scale if not BLOCK_RELATIVE[block] else 1.0
    n_fitted = count_fitted(model, m)
    correction = 2.0 * n_fitted * (n_fitted + 1.0) / (n - n_fitted - 1.0)
    squares = w[SQUARES] * size
    of = fits.numbers
    of[0, i, model] = w[COST] + 2.0 * n_fitted + correction
    of[1, i, model], of[2, i, model] = w[ALPHA], w[BETA]
    of[3, i, model], of[4, i, model] = w[GAMMA], w[PHI]
    of[5, i, model], of[6, i, model] = w[LEVEL] * scale, w[TREND] * scale
    of[7, i, model], of[8, i, model] = squares / (n - n_fitted + 1.0), squares / n
    if BLOCK_SEASON[block] != NO_SEASON:
        size = scale if BLOCK_SEASON[block] == ADDITIVE else 1.0
        for j in range(m):
            value = w[SEASON + (n + j) % m * N_LANES] * size
            fits.season[i, model - (N_MODELS - N_SEASONAL), j] = value


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_short(fits: Fits, i: int, y: Floats) -> None:
    """Smooth by a half where no parameter can be fitted."""
    level, squares = y[0], 0.0
    for t in range(1, y.size):
        error = y[t] - level
        level += GAIN_UNFITTED * error
        squares += error * error
    of = fits.numbers
    of[0, i, 0], of[1, i, 0], of[4, i, 0], of[5, i, 0] = 0.0, GAIN_UNFITTED, 1.0, level
    # One value shows no error: as of Poisson demand.
    of[7, i, 0] = squares / (y.size - 1) if y.size > 1 else abs(level)
    of[8, i, 0] = squares / y.size if y.size > 1 else abs(level)


@njit(cache=True, nogil=True, error_model="numpy")
def fit_one(
    y: Floats, m: int, scale: float, w: Floats, i: int, n_rounds: int,
    tables: Tables, fits: Fits,
) -> None:  # fmt: skip
    """Fit every model that the length and the sign of one scaled series allow."""
    n, is_positive = y.size, True
    for t in range(n):
        is_positive &= y[t] > 0.0
    has_season = m > 1 and n >= 2 * m + SEASON_VALUES_MIN
    start, line = np.zeros(3 + 2 * m), np.zeros(2)
    best, twins = np.zeros(5), np.zeros((N_TRENDS, 4))
    for block in range(N_BLOCKS):
        season, is_relative = BLOCK_SEASON[block], BLOCK_RELATIVE[block]
        if (season != NO_SEASON and not has_season) or (
            is_relative and not is_positive
        ):
            continue
        is_twin = is_relative and season != MULTIPLICATIVE
        if not is_twin:
            first_states(y, m, season, start)
            line[0], line[1] = start[0], start[1]
        for trend in range(N_TRENDS):
            model = block * N_TRENDS + trend
            if n <= count_fitted(model, m) + 1:
                continue
            start[0] = line[0] if trend > 0 else start[start.size - 1]
            start[1] = line[1] if trend > 0 else 0.0
            is_warm = is_twin or trend == 2
            for axis in range(4):
                best[axis] = twins[trend if is_twin else max(trend - 1, 0), axis]
            if trend == 2 and not is_twin:
                best[3] = WARM_PHI
            rounds = max(n_rounds // 2, 3) if is_twin else n_rounds
            search(y, m, model, start, w, best, rounds, is_warm, tables)
            for axis in range(4):
                if not is_twin:
                    twins[trend, axis] = best[axis]
                store(w, PLACES + axis * N_LANES, fill(best[axis]))
            evaluate(y, m, model, start, w)
            _keep(fits, i, model, y, m, scale, w)


@njit(cache=True, nogil=True, error_model="numpy")
def fit_panel(
    values: Floats, offsets: Integers, first: int, end: int,
    m: int, n_rounds: int, tables: Tables, fits: Fits,
) -> None:  # fmt: skip
    """Fit series `first` to `end`; a model that cannot be fitted keeps its row."""
    w = np.zeros((N_ROWS + 2 * m) * N_LANES)
    for i in range(first, end):
        n = offsets[i + 1] - offsets[i]
        y = np.empty(n)
        for t in range(n):
            y[t] = values[offsets[i] + t]
        if y.size <= count_fitted(0, m) + 1:
            _keep_short(fits, i, y)
            continue
        scale = 0.0
        for t in range(y.size):
            scale += abs(y[t]) / y.size
        scale = scale if scale > 0.0 and math.isfinite(scale) else 1.0
        for t in range(n):
            y[t] /= scale
        fit_one(y, m, scale, w, i, n_rounds, tables, fits)

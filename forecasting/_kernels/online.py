"""One more value for one of many filters: damped trend with an additive season.

The model is ETS(A,Ad,A) in error-correction form. With the forecast of the coming step
y = l + phi b + s[j] and its error e,

    l <- l + phi b + alpha e,   b <- phi b + beta e,   s[j] <- s[j] + gamma e.

All that is known of a series is one row, padded to whole cache lines: the filter in the
first, the marks (two sums of the drift detector and a score a quantile) and the season
after it. An update takes 15 to 20 ns of arithmetic, but 70 ns while it waits for rows
out of a far cache: so the rows of coming events are asked for ahead. Operations come in
one order and none is contracted, so that the bits do not depend on how events are cut
into batches.

References
----------
Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing,
Table 2.2, model (A,Ad,A).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting._kernels.prefetch import LINE_BYTES, prefetch

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Words = NDArray[np.int32]
Flags = NDArray[np.bool_]
# Season length, gain of the variance, allowance and bound of the drift detector, lowest
# forecast.
Rates = tuple[int, float, float, float, float]

# Columns of a row: first the filter, eight words of 8 bytes, a cache line. Its last
# word is seen as two int32: the place of the coming step in the season, and the number
# of values the filter has learned from. Then come the two sums of the drift detector,
# a score a quantile, the season, and what fills the last line.
LEVEL, TREND, VARIANCE, ALPHA, BETA, GAMMA, PHI = range(7)
POSITION, COUNT = 14, 15
UP, DOWN, FIRST_SCORE = 8, 9, 10
RISE, FALL = 0, 1  # columns of the steps of a score
LINE_WORDS = LINE_BYTES // 8
# Events between asking for a row and using it. Half as many and a row of a far cache
# comes late; twice as many are no faster.
AHEAD = 8
# Lines of a row that are asked for. A longer season is met where it is used.
LINES_MAX = 4
# A filter that has learned from this many values follows with its own gains alone.
# Half as many would let a short history speak with gains that forget it; twice as
# many would keep a filter with small gains from following for longer.
COUNT_SETTLED = 64
# The longest run of values is counted up to here: beyond, nothing changes.
COUNT_MAX = 2**31 - 1
# Standard errors beyond which an error counts as one of this size: a single outlier
# is no drift. Twice as many let one value of a heavy tail be flagged.
SCORE_MAX = 4.0
FINE, WRONG_INDEX, WRONG_VALUE = 0, 1, 2

# Nothing here allocates, so no references are counted (several times the arithmetic);
# divisors are looked at before they are used, so none is tested for zero again.
_OPTIONS: dict[str, Any] = {"cache": True, "_nrt": False, "error_model": "numpy"}
_entry: Callable[..., Any] = njit(**_OPTIONS, nogil=True)
_inlined: Callable[..., Any] = njit(**_OPTIONS, forceinline=True)


@njit(cache=True)
def find_wrong(
    index: Integers, values: Floats, n_series: int, largest: float
) -> tuple[int, int]:
    """Return the place of the first event that cannot be applied, and why."""
    for event in range(index.size):
        if index[event] < 0 or index[event] >= n_series:
            return event, WRONG_INDEX
        if abs(values[event]) > largest:
            return event, WRONG_VALUE
    return -1, FINE


@_inlined
def _watch(
    rows: Floats,
    i: int,
    rates: Rates,
    deviation: float,
    error: float,
    is_censored: bool,
) -> None:
    """Move the two sums of the drift detector."""
    allowance, bound = rates[2], rates[3]
    up, down = rows[i, UP], rows[i, DOWN]
    # Once over the bound a sum stays where it is, until the filter is refitted.
    if up > bound or down > bound:
        return
    if deviation > 0.0:
        z = min(max(error / deviation, -SCORE_MAX), SCORE_MAX)
    else:
        z = 0.0 if error == 0.0 else math.copysign(SCORE_MAX, error)
    rows[i, UP] = max(0.0, up + z - allowance)
    if not is_censored:
        rows[i, DOWN] = max(0.0, down - z - allowance)


@_inlined
def _learn(
    rows: Floats,
    clocks: Words,
    i: int,
    steps: Floats,
    rates: Rates,
    value: float,
    is_censored: bool,
) -> None:
    """Update filter i; a missing value (NaN) only lets the time pass."""
    m, n_levels = rates[0], steps.shape[0]
    j = clocks[i, POSITION]
    clocks[i, POSITION] = 0 if j + 1 == m else j + 1
    n = clocks[i, COUNT]
    is_missing = math.isnan(value)
    if n == 0:
        # The first value is the level, its size the variance, as of Poisson demand.
        if not is_missing:
            rows[i, LEVEL], rows[i, VARIANCE] = value, abs(value)
            clocks[i, COUNT] = 1
        return
    place = np.uint64(FIRST_SCORE + n_levels + j)
    damped = rows[i, PHI] * rows[i, TREND]
    error = value - rows[i, LEVEL] - damped
    if m > 1:
        error -= rows[i, place]
    # Sales of a step without stock are a lower bound of its demand.
    if is_missing or (is_censored and error <= 0.0):
        rows[i, LEVEL] += damped
        rows[i, TREND] = damped
        return
    alpha, gamma, gain = rows[i, ALPHA], rows[i, GAMMA], rates[1]
    if n < COUNT_SETTLED:
        alpha = max(alpha, 1.0 / (n + 1.0))
        gain = max(gain, 1.0 / (n + 1.0))
        if gamma > 0.0:
            gamma = max(gamma, 1.0 / (n // m + 2.0))
    clocks[i, COUNT] = min(n, COUNT_MAX - 1) + 1
    rows[i, LEVEL] = rows[i, LEVEL] + damped + alpha * error
    rows[i, TREND] = damped + rows[i, BETA] * error
    if m > 1:
        rows[i, place] += gamma * error
    variance = rows[i, VARIANCE]
    deviation = math.sqrt(variance)
    for k in range(n_levels):
        score = rows[i, FIRST_SCORE + k]
        fall = 0.0 if is_censored else steps[k, FALL]
        step = steps[k, RISE] if error > score * deviation else -fall
        rows[i, FIRST_SCORE + k] = score + step
    _watch(rows, i, rates, deviation, error, is_censored)
    square = error * error
    if not is_censored or square > variance:
        rows[i, VARIANCE] = variance + gain * (square - variance)


@_inlined
def _tell(
    rows: Floats,
    clocks: Words,
    i: int,
    rates: Rates,
    mean: Floats,
    quantiles: Floats,
    event: int,
) -> None:
    """Write the mean and the quantiles of the coming step; they never cross."""
    m, minimum = rates[0], rates[4]
    n_levels = quantiles.shape[1]
    expected = rows[i, LEVEL] + rows[i, PHI] * rows[i, TREND]
    if m > 1:
        place = FIRST_SCORE + n_levels + clocks[i, POSITION]
        expected += rows[i, np.uint64(place)]
    deviation = math.sqrt(rows[i, VARIANCE])
    mean[event] = max(expected, minimum)
    least = minimum
    for k in range(n_levels):
        least = max(least, expected + rows[i, FIRST_SCORE + k] * deviation)
        quantiles[event, k] = least


@_inlined
def _ask(
    address: int,
    row_bytes: int,
    i: int,
) -> None:
    """Ask for the first lines of row i."""
    start = address + i * row_bytes
    for line in range(min(row_bytes // LINE_BYTES, LINES_MAX)):
        prefetch(start + line * LINE_BYTES)


@_entry
def update_many(
    rows: Floats,
    clocks: Words,
    steps: Floats,
    rates: Rates,
    index: Integers,
    values: Floats,
    censored: Flags,
    mean: Floats,
    quantiles: Floats,
) -> None:
    """Apply events in their order; write what is expected next after each.

    `rows` are (n, w), `clocks` their bytes as int32, `steps` (k, 2) of the scores,
    `rates` see `Rates`; `censored` is empty or has a flag an event. `mean` has a value
    an event and `quantiles` k.
    """
    some_censored = censored.size > 0
    address, row_bytes = rows.ctypes.data, rows.shape[1] * 8
    last = index.size - 1
    for event in range(index.size):
        _ask(address, row_bytes, index[min(event + AHEAD, last)])
        i = np.uint64(index[event])
        is_censored = some_censored and censored[event]
        _learn(rows, clocks, i, steps, rates, values[event], is_censored)
        _tell(rows, clocks, i, rates, mean, quantiles, event)


@_entry
def tell_all(
    rows: Floats,
    clocks: Words,
    rates: Rates,
    mean: Floats,
    quantiles: Floats,
) -> None:
    """Write mean (n,) and quantiles (n, k) of the coming step of every series."""
    for i in range(mean.size):
        _tell(rows, clocks, i, rates, mean, quantiles, i)

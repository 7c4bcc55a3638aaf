"""What sensors showed lately: windows, slopes and drifts, a constant step a reading.

Sums of a window are carried from reading to reading, and taken anew each time the ring
of the last readings is full, so that rounding does not add up over a long life; squares
are of what readings are off an anchor that was their mean then, so that they lose no
digits to the level. The
same steps in the same order give the same bits, live or replayed.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WINDOWS = (5, 10, 20, 30)
"""Readings of each window; the last is the size of the ring."""

N_WINDOWS, RING = len(WINDOWS), WINDOWS[-1]
START = 20  # readings of new machines that later ones are compared with

# A row of state: how many readings, sum of the first, an anchor near the last ones with
# the sums of what the ring is off it and of the squares of that, the ring, then sums by
# window of values and of values times their place in the window.
COUNT, FIRST, ANCHOR, OFF, SQUARES, AT_RING = range(6)
AT_SUM = AT_RING + RING
AT_MOMENT = AT_SUM + N_WINDOWS
N_STATE = AT_MOMENT + N_WINDOWS

# Features of a sensor: last value, mean and slope by window, deviation in the last
# window, and how far the last mean is from that of the start.
AT_MEAN, AT_SLOPE = 1, 1 + N_WINDOWS
DEVIATION = AT_SLOPE + N_WINDOWS
SINCE_START = DEVIATION + 1
N_FEATURES = SINCE_START + 1


@njit(cache=True)
def _anew(state: Floats) -> None:
    # The ring is in order of time here: its last place was written last.
    for w in range(N_WINDOWS):
        size = WINDOWS[w]
        total, moment = 0.0, 0.0
        for k in range(size):
            value = state[AT_RING + RING - size + k]
            total += value
            moment += k * value
        state[AT_SUM + w] = total
        state[AT_MOMENT + w] = moment
    anchor, off, squares = state[AT_SUM + N_WINDOWS - 1] / RING, 0.0, 0.0
    for k in range(RING):
        value = state[AT_RING + k] - anchor
        off += value
        squares += value * value
    state[ANCHOR], state[OFF], state[SQUARES] = anchor, off, squares


@njit(cache=True)
def take_reading(state: Floats, value: float) -> None:
    """Fold one reading into the state of its sensor, shape (N_STATE,)."""
    n = int(state[COUNT])
    for w in range(N_WINDOWS):
        size = WINDOWS[w]
        if n >= size:
            oldest = state[AT_RING + (n - size) % RING]
            # Every place moves down by one; the oldest was at place 0.
            state[AT_SUM + w] -= oldest
            state[AT_MOMENT + w] -= state[AT_SUM + w]
            state[AT_SUM + w] += value
            state[AT_MOMENT + w] += (size - 1) * value
        else:
            state[AT_SUM + w] += value
            state[AT_MOMENT + w] += n * value
    if n < START:
        state[FIRST] += value
    if n == 0:
        state[ANCHOR] = value
    if n >= RING:
        oldest = state[AT_RING + n % RING] - state[ANCHOR]
        state[OFF] -= oldest
        state[SQUARES] -= oldest * oldest
    off = value - state[ANCHOR]
    state[OFF] += off
    state[SQUARES] += off * off
    state[AT_RING + n % RING] = value
    state[COUNT] = n + 1
    if (n + 1) % RING == 0:
        _anew(state)


@njit(cache=True)
def features_of(state: Floats, out: Floats) -> None:
    """Write the features of a sensor, shape (N_FEATURES,); zeros before any reading."""
    n = int(state[COUNT])
    out[:] = 0.0
    if n == 0:
        return
    out[0] = state[AT_RING + (n - 1) % RING]
    for w in range(N_WINDOWS):
        size = min(n, WINDOWS[w])
        mean = state[AT_SUM + w] / size
        out[AT_MEAN + w] = mean
        if size > 2:  # two points have a slope and no evidence for it
            middle = 0.5 * (size - 1)
            about = state[AT_MOMENT + w] - middle * state[AT_SUM + w]
            out[AT_SLOPE + w] = about / (size * (size * size - 1.0) / 12.0)
    size = min(n, RING)
    shift = state[OFF] / size
    out[DEVIATION] = np.sqrt(max(state[SQUARES] / size - shift * shift, 0.0))
    out[SINCE_START] = out[AT_MEAN + N_WINDOWS - 1] - state[FIRST] / min(n, START)


@njit(cache=True, nogil=True)
def panel_features(values: Floats, offsets: NDArray[np.int64]) -> Floats:
    """Features of every sensor after every row, from that row and those before it.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_sensors), float64
        Readings, unit by unit.
    offsets : ndarray of shape (n_units + 1,), int64
        First row of each unit.

    Returns
    -------
    ndarray of shape (n_rows, n_sensors * N_FEATURES), float64
    """
    n_rows, n_sensors = values.shape
    out = np.empty((n_rows, n_sensors * N_FEATURES))
    state = np.empty((n_sensors, N_STATE))
    for unit in range(offsets.size - 1):
        state[:] = 0.0
        for row in range(offsets[unit], offsets[unit + 1]):
            for s in range(n_sensors):
                take_reading(state[s], values[row, s])
                features_of(state[s], out[row, s * N_FEATURES : (s + 1) * N_FEATURES])
    return out

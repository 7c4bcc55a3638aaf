"""Vectors of sensor readings beside their machine's own beginning, one by one.

A reading costs a step of n_sensors squared; the state of a machine is a row of numbers.
The same steps in the same order give the same bits, live or replayed.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Of the machine: squared distance of the readings, and of the smoothed ones, from the
# beginning.
DISTANCE, LEVEL = range(2)
N_TOLD = 2
# Of each sensor: how much of the smoothed distance it alone explains; how much its
# residual on the others changes from reading to reading, and how little it moves
# itself, each beside what it should be.
BIAS, NOISE, STUCK = range(3)
N_EACH = 3

_CHANGE_MAX = 4.5  # of the residual, three deviations: what one change counts at most
_STILL = 1e-9  # share of the usual step below which a sensor does not move at all

# A state: how many readings, then vectors of n_sensors numbers.
COUNT = 0
START, SMOOTH, ROUGH, STEP, LAST, BEFORE = range(6)
N_VECTORS = 6


@njit(cache=True)
def state_size(n_sensors: int) -> int:
    """Return how many numbers the state of a machine has."""
    return 1 + N_VECTORS * n_sensors


@njit(cache=True)
def _at(vector: int, n_sensors: int) -> int:
    return 1 + vector * n_sensors


@njit(cache=True)
def take_vector(
    state: Floats,
    values: Floats,
    precision: Floats,
    steps: Floats,
    options: Floats,
    told: Floats,
    each: Floats,
) -> bool:
    """Fold the readings of one time into the state, and tell what they show.

    Parameters
    ----------
    state : ndarray of shape (state_size(n_sensors),), float64
        Zeros before the first readings.
    values : ndarray of shape (n_sensors,), float64
        Readings.
    precision : ndarray of shape (n_sensors, n_sensors), float64
        Inverse covariance of readings about the beginning of their machine.
    steps : ndarray of shape (n_sensors,), float64
        Mean square of the change from one reading to the next.
    options : ndarray of shape (2,), float64
        Readings of the beginning, and the weight of the newest.
    told : ndarray of shape (N_TOLD,), float64
        Written: statistics of the machine.
    each : ndarray of shape (N_EACH, n_sensors), float64
        Written: statistics of every sensor.

    Returns
    -------
    bool
        False while the beginning is being learned; then nothing is written.
    """
    d, n = values.size, int(state[COUNT])
    start, smooth = _at(START, d), _at(SMOOTH, d)
    rough, step = _at(ROUGH, d), _at(STEP, d)
    last, before = _at(LAST, d), _at(BEFORE, d)
    n_start, weight = int(options[0]), options[1]
    state[COUNT] = n + 1
    for j in range(d):
        if n < n_start:
            state[start + j] += values[j] / n_start
            state[rough + j] = 1.0
            state[step + j] = 1.0
        else:
            moved = (values[j] - state[last + j]) ** 2 / steps[j]
            state[step + j] += weight * (moved - state[step + j])
        state[last + j] = values[j]
    if n < n_start:
        return False
    for j in range(d):
        off = values[j] - state[start + j]
        state[smooth + j] += weight * (off - state[smooth + j])
    told[:] = 0.0
    for i in range(d):
        now, smoothed = 0.0, 0.0
        for j in range(d):
            now += precision[i, j] * (values[j] - state[start + j])
            smoothed += precision[i, j] * state[smooth + j]
        told[DISTANCE] += now * (values[i] - state[start + i])
        told[LEVEL] += smoothed * state[smooth + i]
        # How much the distance falls if sensor i is left to what the others say.
        each[BIAS, i] = smoothed * smoothed / precision[i, i]
        # By its changes the residual shows noise and no bias; a jump counts for little.
        off_others = now / np.sqrt(precision[i, i])
        if n > n_start:
            change = min(0.5 * (off_others - state[before + i]) ** 2, _CHANGE_MAX)
            state[rough + i] += weight * (change - state[rough + i])
        state[before + i] = off_others
        each[NOISE, i] = state[rough + i]
        each[STUCK, i] = 1.0 / max(state[step + i], _STILL)
    return True


@njit(cache=True, nogil=True)
def watch_panel(
    values: Floats,
    offsets: NDArray[np.int64],
    precision: Floats,
    steps: Floats,
    options: Floats,
) -> tuple[Floats, Floats]:
    """Tell what the readings of every row show, from those before it.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_sensors), float64
        Readings, unit by unit.
    offsets : ndarray of shape (n_units + 1,), int64
        First row of each unit.
    precision, steps, options
        See `take_vector`.

    Returns
    -------
    ndarray of shape (n_rows, N_TOLD), float64
        Of the machine; NaN while the beginning of a unit is being learned.
    ndarray of shape (n_rows, N_EACH, n_sensors), float64
        Of every sensor, NaN likewise.
    """
    n_rows, n_sensors = values.shape
    told = np.full((n_rows, N_TOLD), np.nan)
    each = np.full((n_rows, N_EACH, n_sensors), np.nan)
    state = np.empty(state_size(n_sensors))
    for unit in range(offsets.size - 1):
        state[:] = 0.0
        for row in range(offsets[unit], offsets[unit + 1]):
            take_vector(
                state, values[row], precision, steps, options, told[row], each[row]
            )
    return told, each

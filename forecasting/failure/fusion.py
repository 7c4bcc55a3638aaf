"""Sensors fused into a few signals of wear, and what is known of those."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, solve

from forecasting._kernels import rolling
from forecasting.failure.features import SENSOR_FEATURES, FeatureScale, readings_scaled
from forecasting.failure.readings import Readings
from forecasting.series import FloatArray

BoolArray = NDArray[np.bool_]

USED = ("mean_5", "mean_10", "mean_30", "slope_30", "since_start")
"""What models see of each signal."""

N_SLOW = 2
"""Slow signals beside the one of the target. On FD001 one less costs a tenth of the
error, one more gains nothing."""

_FEW = 2_000_000  # a booster of one thread learns from so many numbers in a second

# Of the variance: how much of it counts as noise in every direction. It keeps sensors
# that say the same thing from being played off against each other.
_SHRINK_TARGET, _SHRINK_NOISE = 0.5, 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Fusion:
    """How sensors are weighed into signals.

    Attributes
    ----------
    scale : FeatureScale
        Sensors and their units.
    weights : ndarray of shape (n_sensors, n_signals), float64
        A column a signal; signals have a deviation of 1 where they were learned.
    """

    scale: FeatureScale
    weights: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of `fused_features`: the age, then signal by signal."""
        signals = range(self.weights.shape[1])
        return ("cycle", *(f"signal_{k} {name}" for k in signals for name in USED))


def fit_fusion(
    readings: Readings, scale: FeatureScale, target: FloatArray, rows: BoolArray
) -> Fusion:
    """Find the few signals in which sensors agree.

    Sensors of one machine show the same wear, each with noise of its own. The first
    signal is their sum that is nearest to the target, by ridge regression. The others
    are the sums that move slowest: of which the change from one reading to the next has
    the least variance beside the whole. What jumps at every reading, such as noise or a
    condition of operation that is set anew, falls out of both.

    Parameters
    ----------
    readings : Readings
        Units to learn from.
    scale : FeatureScale
        Of these readings.
    target : ndarray of shape (n_rows,), float64
        What is to be told of each row, such as the cycles left.
    rows : ndarray of shape (n_rows,), bool
        For which rows the target is known; one at least.

    Returns
    -------
    Fusion

    References
    ----------
    Switzer, Green (1984), Stanford technical report 6: minimum/maximum autocorrelation
    factors. Hoerl, Kennard (1970), Technometrics 12, 55-67: ridge regression.
    """
    values = readings_scaled(readings, scale)
    n_sensors = values.shape[1]
    known = values[rows] - values[rows].mean(axis=0)
    moment = known.T @ (target[rows] - target[rows].mean()) / len(known)
    within = known.T @ known / len(known) + _SHRINK_TARGET * np.eye(n_sensors)
    columns = [solve(within, moment, assume_a="pos")]
    inside = np.ones(len(values), dtype=np.bool_)
    inside[readings.offsets[:-1]] = False
    steps = np.diff(values, axis=0)[inside[1:]]
    n_slow = min(N_SLOW, n_sensors - 1) if len(steps) else 0
    if n_slow:
        noise = steps.T @ steps / len(steps)
        share = max(float(np.trace(noise)) / n_sensors, 1e-9)
        floor = _SHRINK_NOISE * share * np.eye(n_sensors)
        centred = values - values.mean(axis=0)
        _, vectors = eigh(centred.T @ centred / len(values), noise + floor)
        columns += [vectors[:, -1 - k] for k in range(n_slow)]
    weights = np.stack([_upright(column) for column in columns], axis=1)
    spread = (values @ weights).std(axis=0)
    return Fusion(scale, weights / np.where(spread > 0.0, spread, 1.0))


def fused_features(readings: Readings, fusion: Fusion) -> FloatArray:
    """Return what is known of the signals of each unit after each row.

    A row of the answer is made of that row and those before it of the same unit.

    Parameters
    ----------
    readings : Readings
        With all sensors of the fusion.
    fusion : Fusion
        From `fit_fusion`.

    Returns
    -------
    ndarray of shape (n_rows, 1 + 5 n_signals), float64
        Columns as `Fusion.names` says.

    Raises
    ------
    OptionError
        If a sensor is missing.
    """
    signals = readings_scaled(readings, fusion.scale) @ fusion.weights
    made = rolling.panel_features(np.ascontiguousarray(signals), readings.offsets)
    made = made.reshape(len(made), -1, len(SENSOR_FEATURES))
    used = made[:, :, [SENSOR_FEATURES.index(name) for name in USED]]
    return np.column_stack((readings.cycle, used.reshape(len(used), -1)))


def threads(n_numbers: int) -> AbstractContextManager[object]:
    """Keep scikit-learn to one thread while the numbers it reads are few.

    Parameters
    ----------
    n_numbers : int
        Rows times columns.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - with scikit-learn

    if n_numbers > _FEW:
        return nullcontext()
    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits


def _upright(column: FloatArray) -> FloatArray:
    # The sign of an eigenvector is the solver's whim; the first of the largest decides.
    largest = column[np.argmax(np.abs(column))]
    return -column if largest < 0.0 else column

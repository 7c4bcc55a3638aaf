"""Which sensors speak for an early end."""

import numpy as np

from forecasting._kernels.rolling import START
from forecasting.failure.readings import Readings
from forecasting.failure.rul import RulModel, predict_rul
from forecasting.series import FloatArray


def sensor_effects(model: RulModel, readings: Readings) -> FloatArray:
    """Return how many cycles of remaining life each sensor takes off.

    A sensor is heard twice: once with all others, by what the prediction gains if this
    one had stayed as it began, and once alone, by what it loses if all others had. The
    mean of the two is a share of what all sensors take off together: exactly with two
    sensors, and nearly where more of them say the same thing.

    Parameters
    ----------
    model : RulModel
        From `forecasting.failure.fit_rul`.
    readings : Readings
        Units to be explained, with the sensors the model knows.

    Returns
    -------
    ndarray of shape (n_units, n_sensors), float64
        By unit, and by sensor of `model.scale`; below 0 where a sensor speaks for a
        longer life.

    Raises
    ------
    OptionError
        If a sensor is missing.

    References
    ----------
    Shapley (1953), A value for n-person games; Castro, Gomez, Tejada (2009), Computers
    & Operations Research 36: by sampling orders, here the first and the last place.
    """
    still = _as_it_began(readings)
    whole = predict_rul(model, readings).mean
    nothing = predict_rul(model, _with_values(readings, still)).mean
    effects = np.empty((readings.n_units, len(model.scale.sensors)))
    for k, sensor in enumerate(model.scale.sensors):
        at = readings.sensors.index(sensor)
        without, alone = readings.values.copy(), still.copy()
        without[:, at] = still[:, at]
        alone[:, at] = readings.values[:, at]
        last = predict_rul(model, _with_values(readings, without)).mean - whole
        first = nothing - predict_rul(model, _with_values(readings, alone)).mean
        effects[:, k] = 0.5 * (first + last)
    return effects


def _as_it_began(readings: Readings) -> FloatArray:
    """Return readings whose every row is the mean of the first of its unit."""
    still = np.empty_like(readings.values)
    for begin, end in zip(readings.offsets[:-1], readings.offsets[1:], strict=True):
        still[begin:end] = readings.values[begin : min(end, begin + START)].mean(axis=0)
    return still


def _with_values(readings: Readings, values: FloatArray) -> Readings:
    return Readings(
        readings.units, readings.sensors, readings.offsets, readings.cycle, values
    )

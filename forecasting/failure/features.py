"""Features of machines: what is known of each from its readings so far."""

from dataclasses import dataclass

import numpy as np

from forecasting._kernels import rolling
from forecasting.errors import OptionError
from forecasting.failure.readings import Readings
from forecasting.series import FloatArray

SENSOR_FEATURES = (
    "value",
    *(f"mean_{w}" for w in rolling.WINDOWS),
    *(f"slope_{w}" for w in rolling.WINDOWS),
    f"deviation_{rolling.RING}",
    "since_start",
)
"""Of each sensor, in this order: the last reading; means and slopes over the last
readings; their deviation; mean of the last less that of the first twenty."""


@dataclass(frozen=True, slots=True)
class FeatureScale:
    """Which sensors say anything, and in what units.

    Attributes
    ----------
    sensors : tuple of str
        Sensors that vary in the readings it was made from.
    mean, deviation : ndarray of shape (n_sensors,), float64
        What readings are centred by, and divided by.
    """

    sensors: tuple[str, ...]
    mean: FloatArray
    deviation: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of `features`: the age first, then sensor by sensor."""
        of_sensors = (f"{s} {f}" for s in self.sensors for f in SENSOR_FEATURES)
        return ("cycle", *of_sensors)


def feature_scale(readings: Readings) -> FeatureScale:
    """Choose the sensors that vary, and their units.

    Parameters
    ----------
    readings : Readings
        Those a model is fitted to.

    Raises
    ------
    OptionError
        If no sensor varies.
    """
    mean = readings.values.mean(axis=0)
    deviation = readings.values.std(axis=0)
    # A sensor that stands still has rounding left, no more.
    varies = deviation > 1e-9 * np.maximum(np.abs(mean), 1.0)
    if not varies.any():
        msg = f"readings: a sensor at least must vary, none of {readings.sensors} did"
        raise OptionError(msg)
    sensors = tuple(np.array(readings.sensors, object)[varies].tolist())
    return FeatureScale(sensors, mean[varies], deviation[varies])


def features(readings: Readings, scale: FeatureScale) -> FloatArray:
    """Return what is known of each unit after each row.

    A row of the answer is made of that row and those before it of the same unit, and of
    nothing that came later.

    Parameters
    ----------
    readings : Readings
        With all sensors of the scale; others are left alone.
    scale : FeatureScale
        Of the readings that a model is fitted to.

    Returns
    -------
    ndarray of shape (n_rows, 1 + 11 n_sensors), float64
        Columns as `FeatureScale.names` says.

    Raises
    ------
    OptionError
        If a sensor is missing.
    """
    values = readings_scaled(readings, scale)
    made = rolling.panel_features(values, readings.offsets)
    return np.column_stack((readings.cycle, made))


def readings_scaled(readings: Readings, scale: FeatureScale) -> FloatArray:
    """Return the sensors of a scale, in its units.

    Parameters
    ----------
    readings : Readings
        With all sensors of the scale; others are left alone.
    scale : FeatureScale
        Of the readings that a model is fitted to.

    Returns
    -------
    ndarray of shape (n_rows, n_sensors), float64

    Raises
    ------
    OptionError
        If a sensor is missing.
    """
    missing = [name for name in scale.sensors if name not in readings.sensors]
    if missing:
        msg = f"sensor {missing[0]!r} is missing; the readings have {readings.sensors}"
        raise OptionError(msg)
    columns = [readings.sensors.index(name) for name in scale.sensors]
    values: FloatArray = (readings.values[:, columns] - scale.mean) / scale.deviation
    return np.ascontiguousarray(values)

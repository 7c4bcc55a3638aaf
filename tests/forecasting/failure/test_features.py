"""Features of machines."""

import numpy as np
import pytest

from forecasting import OptionError
from forecasting.failure.features import (
    SENSOR_FEATURES,
    feature_scale,
    features,
    readings_scaled,
)


def test_sensors_that_stand_still_are_left_out(machines):
    scale = feature_scale(machines(3, 1, still=True))
    assert scale.sensors == ("load", "heat")
    assert scale.names[:2] == ("cycle", "load value")
    assert len(scale.names) == 1 + 2 * len(SENSOR_FEATURES)


def test_features_are_of_scaled_readings_and_the_age(machines):
    readings = machines(3, 1)
    scale = feature_scale(readings)
    made = features(readings, scale)
    names = scale.names
    assert made.shape == (readings.cycle.size, len(names))
    heat = made[:, names.index("heat value")]
    assert heat.mean() == pytest.approx(0.0, abs=1e-12)
    assert heat.std() == pytest.approx(1.0)
    assert (made[:, 0] == readings.cycle).all()
    row = readings.offsets[1] + 9
    assert made[row, names.index("heat mean_10")] == pytest.approx(
        heat[row - 9 : row + 1].mean()
    )


def test_what_comes_later_changes_nothing(machines):
    readings = machines(3, 1)
    scale = feature_scale(readings)
    whole, cut = features(readings, scale), readings.until([30, 40, 50])
    early = features(cut, scale)
    kept = np.concatenate(
        [readings.offsets[k] + np.arange(n) for k, n in enumerate((30, 40, 50))]
    )
    assert (early == whole[kept]).all()


def test_scaled_readings_have_unit_deviation_where_the_scale_was_made(machines):
    readings = machines(3, 1)
    made = readings_scaled(readings, feature_scale(readings))
    assert made.mean(axis=0) == pytest.approx([0.0] * 3, abs=1e-10)
    assert made.std(axis=0) == pytest.approx([1.0] * 3)


def test_missing_and_still_sensors_are_refused(machines):
    readings = machines(2, 1)
    scale = feature_scale(readings)
    other = type(readings)(
        readings.units, ("load", "x", "noise"), readings.offsets, readings.cycle,
        readings.values,
    )  # fmt: skip
    with pytest.raises(OptionError, match="sensor 'heat' is missing"):
        features(other, scale)
    flat = type(readings)(
        readings.units, readings.sensors, readings.offsets, readings.cycle,
        np.ones_like(readings.values),
    )  # fmt: skip
    with pytest.raises(OptionError, match="a sensor at least must vary"):
        feature_scale(flat)

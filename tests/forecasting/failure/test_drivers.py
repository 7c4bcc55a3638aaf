"""Sensors that speak for an early end."""

import numpy as np
import pytest

from forecasting.failure.drivers import sensor_effects
from forecasting.failure.rul import RulOptions, fit_rul, predict_rul


@pytest.fixture(scope="module")
def model(failed):
    return fit_rul(failed, RulOptions(cap=60.0, n_trees=30, leaf_rows=40))


def test_the_sensor_that_shows_wear_takes_life_off(model, machines):
    running = machines(6, 7)
    worn = running.until(running.lengths - 8)
    effects = sensor_effects(model, worn)
    heat = model.scale.sensors.index("heat")
    others = np.delete(effects, heat, axis=1)
    assert (effects[:, heat] > 20.0).all()
    assert np.abs(others).max() < 0.4 * effects[:, heat].min()


def test_effects_of_a_new_unit_are_small(model, machines):
    running = machines(6, 7)
    fresh = running.until(np.full(6, 12))
    assert np.abs(sensor_effects(model, fresh)).max() < 10.0


def test_effects_share_what_all_sensors_take_off(model, machines):
    running = machines(5, 9)
    worn = running.until(running.lengths - 8)
    effects = sensor_effects(model, worn)
    still = machines(5, 9).until(running.lengths - 8)
    for begin, end in zip(still.offsets[:-1], still.offsets[1:], strict=True):
        still.values[begin:end] = still.values[begin : begin + 20].mean(axis=0)
    taken = predict_rul(model, still).mean - predict_rul(model, worn).mean
    np.testing.assert_allclose(effects.sum(axis=1), taken, atol=8.0)

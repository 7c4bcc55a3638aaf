"""Sensors fused into signals."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from forecasting import OptionError
from forecasting.failure.features import feature_scale, readings_scaled
from forecasting.failure.fusion import (
    USED,
    fit_fusion,
    fused_features,
    threads,
)
from forecasting.failure.readings import Readings


def blurred(n_units, seed, *, regimes=False):
    """Six sensors that show one wear, each with more noise than wear.

    With regimes, a setting that is drawn anew each cycle moves them all.
    """
    rng = np.random.default_rng(seed)
    n, length = n_units * 100, 100
    wear = np.tile(np.exp((np.arange(length) - 99.0) / 20.0), n_units)
    signs = np.array([1.0, -1.0, 1.0, 1.0, -1.0, 1.0])
    values = wear[:, None] * signs + rng.normal(0.0, 1.0, (n, 6))
    if regimes:
        setting = rng.integers(0, 3, n).astype(float)
        loads = np.array([5.0, 2.0, -3.0, 4.0, 1.0, -6.0])
        values = np.column_stack((values + setting[:, None] * loads, setting))
    return wear, Readings(
        units=tuple(str(k) for k in range(n_units)),
        sensors=tuple(f"s{k}" for k in range(values.shape[1])),
        offsets=np.arange(0, n + 1, length),
        cycle=np.tile(np.arange(1.0, length + 1.0), n_units),
        values=values,
    )


def fitted(wear, readings):
    rows = np.ones(len(wear), bool)
    return fit_fusion(readings, feature_scale(readings), wear, rows)


def test_fused_signal_shows_wear_that_no_sensor_shows_as_well():
    fusion = fitted(*blurred(20, 0))
    wear, others = blurred(20, 1)
    signals = readings_scaled(others, fusion.scale) @ fusion.weights
    alone = max(abs(np.corrcoef(wear, s)[0, 1]) for s in others.values.T)
    first, slow = (abs(np.corrcoef(wear, s)[0, 1]) for s in signals.T[:2])
    assert alone < 0.35
    assert first > 1.8 * alone
    assert slow > 1.8 * alone


def test_settings_that_jump_every_cycle_fall_out():
    wear, readings = blurred(30, 2, regimes=True)
    fusion = fitted(wear, readings)
    signals = readings_scaled(readings, fusion.scale) @ fusion.weights
    by_sensor = [abs(np.corrcoef(wear, s)[0, 1]) for s in readings.values.T]
    assert abs(np.corrcoef(wear, signals[:, 0])[0, 1]) > 2.0 * max(by_sensor)


def test_features_are_named_and_see_no_future(machines):
    readings = machines(6, 3)
    left = readings.cycle[readings.last][readings.unit_index] - readings.cycle
    fusion = fit_fusion(readings, feature_scale(readings), left, left < 50.0)
    made = fused_features(readings, fusion)
    assert fusion.names[:2] == ("cycle", f"signal_0 {USED[0]}")
    assert made.shape == (len(left), len(fusion.names))
    early = fused_features(readings.until([40] * 6), fusion)
    kept = (np.arange(len(left)) - readings.offsets[readings.unit_index]) < 40
    assert early == pytest.approx(made[kept], abs=1e-12)
    signal = (readings_scaled(readings, fusion.scale) @ fusion.weights)[:, 0]
    assert signal.std() == pytest.approx(1.0)
    assert made[9, fusion.names.index("signal_0 mean_10")] == pytest.approx(
        signal[:10].mean()
    )


def test_one_sensor_has_one_signal(machines):
    readings = machines(4, 4)
    alone = replace(readings, sensors=("heat",), values=readings.values[:, 1:2])
    target = readings.cycle
    fusion = fit_fusion(alone, feature_scale(alone), target, target > 0.0)
    assert fusion.weights.shape == (1, 1)


def test_missing_sensors_are_refused():
    wear, readings = blurred(3, 5)
    fusion = fitted(wear, readings)
    fewer = replace(readings, sensors=("s0",), values=readings.values[:, :1])
    with pytest.raises(OptionError, match="sensor 's1' is missing"):
        fused_features(fewer, fusion)


def test_few_numbers_are_read_by_one_thread():

    def most():
        pools = threadpool_info()
        return {p["num_threads"] for p in pools if p["user_api"] == "openmp"}

    before = most()
    with threads(1000):
        assert most() <= {1}
    with threads(10**9):
        assert most() == before

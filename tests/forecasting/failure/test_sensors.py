"""Planted faults of machines and sensors, found and told apart."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting import OptionError
from forecasting.failure.readings import Readings
from forecasting.failure.sensors import (
    FINDINGS,
    SensorOptions,
    fit_sensors,
    watch_sensors,
)

N_ROWS, FAULT_AT = 200, 120
OPTIONS = SensorOptions(false_alarm=0.002, support=1.0)


def together(n_units, seed, n_sensors=5):
    """Sensors that follow one load, each unit at a level of its own."""
    rng = np.random.default_rng(seed)
    n = n_units * N_ROWS
    load = rng.normal(size=n)
    follows = np.linspace(1.0, 2.0, n_sensors)
    level = np.repeat(rng.normal(50.0, 10.0, (n_units, n_sensors)), N_ROWS, axis=0)
    values = level + load[:, None] * follows + rng.normal(0.0, 0.5, (n, n_sensors))
    return Readings(
        units=tuple(str(k) for k in range(n_units)),
        sensors=tuple(f"s{k}" for k in range(n_sensors)),
        offsets=np.arange(0, n + 1, N_ROWS),
        cycle=np.tile(np.arange(N_ROWS) + 1.0, n_units),
        values=values,
    )


def faulty(readings, kind, sensor):
    """Every unit has a fault from one row on."""
    rng = np.random.default_rng(9)
    late = readings.cycle > FAULT_AT
    values = readings.values.copy()
    before = values[np.flatnonzero(readings.cycle == FAULT_AT), sensor]
    if kind == "bias":
        values[late, sensor] += 2.0  # less than the load makes of it
    elif kind == "noise":
        values[late, sensor] += rng.normal(0.0, 2.0, late.sum())
    elif kind == "stuck":
        values[late, sensor] = np.repeat(before, N_ROWS - FAULT_AT)
    else:  # two sensors, against the load
        values[late, 0] += 3.0
        values[late, 3] -= 3.0
    return replace(readings, values=values), late


@pytest.fixture(scope="module")
def model():
    return fit_sensors(together(60, 0), OPTIONS)


def test_share_of_false_alarms_is_the_one_asked_for(model):
    watched = watch_sensors(model, together(200, 1))
    known = np.isfinite(watched.distance)
    assert known.sum() == 200 * (N_ROWS - OPTIONS.n_start)
    share = np.mean(watched.finding[known] != 0)
    assert share == pytest.approx(OPTIONS.false_alarm, rel=0.6)
    assert (watched.finding[~known] == 0).all()


@pytest.mark.parametrize("kind", ["bias", "noise", "stuck"])
@pytest.mark.parametrize("sensor", [0, 4])
def test_fault_of_a_sensor_is_found_and_named(model, kind, sensor):
    readings, late = faulty(together(40, 2), kind, sensor)
    watched = watch_sensors(model, readings)
    # Twenty readings after it began.
    settled = late & (readings.cycle > FAULT_AT + 20)
    told = watched.finding[settled]
    assert np.mean(told == FINDINGS.index(kind)) > 0.8
    named = watched.sensor[settled & (watched.finding > 1)]
    assert np.mean(named == sensor) > 0.98


def test_machine_that_moves_is_not_taken_for_a_sensor(model):
    readings, late = faulty(together(40, 3), "machine", 0)
    watched = watch_sensors(model, readings)
    settled = late & (readings.cycle > FAULT_AT + 20)
    told = watched.finding[settled]
    assert np.mean(told == FINDINGS.index("machine")) > 0.95
    assert (watched.sensor[watched.finding == 1] == -1).all()


def test_wrong_readings_among_those_learned_from_are_left_out():
    readings = together(6, 4, 3)
    wrong = np.random.default_rng(5).random(len(readings.cycle)) < 0.05
    wrong &= readings.cycle > 30
    values = readings.values.copy()
    values[wrong] += 30.0
    spoiled = replace(readings, values=values)
    robust, plain, clean = (
        np.diag(np.linalg.inv(made.precision)) * made.scale.deviation**2
        for made in (
            fit_sensors(spoiled, replace(OPTIONS, support=0.8)),
            fit_sensors(spoiled, OPTIONS),
            fit_sensors(readings, OPTIONS),
        )
    )
    assert robust == pytest.approx(clean, rel=0.3)
    assert (plain > 3.0 * clean).all()


def test_too_few_readings_for_the_rate_are_refused():
    with pytest.raises(OptionError, match=r"takes 100000 readings .* had 680"):
        fit_sensors(together(4, 0), SensorOptions(false_alarm=1e-5, support=1.0))
    short = together(2, 0).until([10, 200])
    with pytest.raises(OptionError, match="more than n_start = 30 readings, 1 had"):
        fit_sensors(short)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"n_start": 1}, "n_start must be >= 2, was 1"),
        ({"false_alarm": 0.5}, r"false_alarm must be in \(0, 0.5\), was 0.5"),
        ({"weight": 0.0}, r"weight must be in \(0, 1\], was 0.0"),
        ({"support": 0.4}, r"support must be in \[0.5, 1\], was 0.4"),
    ],
)
def test_options_out_of_range_are_refused(option, message):
    with pytest.raises(OptionError, match=message):
        SensorOptions(**option)

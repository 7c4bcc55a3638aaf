"""Sensors that drive the risk, and calibration."""

from dataclasses import replace

import numpy as np

from twin.report.health import evidence


def test_the_map_shows_what_each_sensor_takes_off(health):
    chart = evidence.drivers(health)
    cells = chart.data[0]
    first = int(np.argmax(np.maximum(health.effects, 0).sum(axis=0)))
    assert cells.x[0] == health.sensors[first]
    assert np.asarray(cells.z)[:, 0].tolist() == health.effects[:, first].tolist()
    assert cells.text[0][0] == f"{-health.effects[0, first]:+.1f}"


def test_calibration_is_drawn_in_percent_beside_the_warnings(health):
    chart = evidence.trust(health)
    said = chart.data[1]
    assert np.asarray(said.x).max() == 95.0
    assert len(chart.data[2].x) == 40


def test_what_is_not_known_is_not_drawn(health):
    nothing = np.empty(0)
    assert evidence.drivers(replace(health, sensors=(), effects=np.empty((11, 0)))) is (
        None
    )
    assert evidence.trust(replace(health, predicted=nothing, warnings=nothing)) is None

"""Degradation curves with their fans."""

from dataclasses import replace

import numpy as np

from twin.report.health import curves


def test_the_most_urgent_machines_have_a_panel_each(health):
    chart = curves.figure(health)
    titles = [one.text for one in chart.layout.annotations]
    assert len(titles) == curves.CURVES_MAX
    assert titles[0] == "press &lt;0&gt; · 90 %"


def test_the_fan_falls_to_the_ages_of_failure(health):
    chart = curves.figure(health)
    fan = next(one for one in chart.data if one.name == "what is left")
    x, y = np.asarray(fan.x), np.asarray(fan.y)
    half = len(x) // 2
    first = health.curves[0]
    assert x[0] == first.age[-1]
    assert (y[0], y[-1]) == (first.low[-1], first.high[-1])
    # The upper edge meets the axis at the last age at which it may fail.
    assert x[:half].max() == first.age[-1] + first.high[-1]
    assert y[half] == 0.0


def test_alarms_and_windows_are_marked_where_they_are(health):
    chart = curves.figure(health)
    alarms = [one for one in chart.data if one.name == "alarm raised"]
    windows = [one for one in chart.data if one.name == "renewal"]
    assert [one.x[0] for one in alarms] == [40.0, 40.0]
    assert len(windows) == curves.CURVES_MAX
    assert windows[1].x == (68.0, 69.0, 70.0)


def test_without_curves_there_is_no_chart(health):
    assert curves.figure(replace(health, curves=())) is None

import numpy as np

from twin.report.comparison import bands
from twin.report.comparison.style import branch_colour


def test_each_branch_has_a_band_and_a_line_in_its_colour(data):
    figure = bands.figure(data)
    lines = [trace for trace in figure.data if trace.fill is None]
    areas = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(lines) == len(areas) == 2 * len(data.branches)
    assert [line.line.color for line in lines[:6]] == [
        branch_colour(position) for position in range(6)
    ]
    band = data.panels[0].bands[2]
    np.testing.assert_array_equal(lines[2].y, band.mean)
    np.testing.assert_array_equal(
        areas[2].y, np.concatenate((band.low, band.high[::-1]))
    )


def test_base_is_told_by_its_dots_too(data):
    figure = bands.figure(data)
    lines = [trace for trace in figure.data if trace.fill is None]
    assert [line.line.dash for line in lines[:2]] == ["dot", "solid"]


def test_names_stand_in_the_legend_once(data):
    shown = [trace.name for trace in bands.figure(data).data if trace.showlegend]
    assert shown == [branch.name for branch in data.branches]


def test_no_series_is_no_chart(alone):
    assert bands.figure(alone) is None

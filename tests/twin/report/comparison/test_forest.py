import dataclasses

from twin.report.comparison import forest
from twin.report.comparison.style import verdict_colour


def test_each_panel_has_a_dot_and_an_interval_a_branch(data):
    figure = forest.figure(data)
    assert len(figure.data) == len(data.measures)
    first = figure.data[0]
    estimates = data.measures[0].estimates[1:]
    assert list(first.x) == [one.difference for one in estimates]
    assert list(first.error_x.array) == [
        one.half_width_of_difference for one in estimates
    ]
    assert list(first.marker.color) == [verdict_colour(o.verdict) for o in estimates]
    assert list(first.marker.symbol) == [
        "circle", "circle", "circle", "circle-open", "circle-open",
    ]  # fmt: skip


def test_zero_is_in_the_middle_and_every_interval_inside(data):
    figure = forest.figure(data)
    low, high = figure.layout.xaxis.range
    assert low == -high
    widest = 0.25 * 8e4  # worse by 0.2, give or take 0.05
    assert widest < high < 1.2 * widest


def test_names_stand_beside_the_first_column_alone(data):
    figure = forest.figure(data)
    shown = [axis.showticklabels for axis in figure.select_yaxes()]
    assert shown == [True, False, False, True, False]


def test_many_measures_are_cut(data, changed):
    many = tuple(dataclasses.replace(data.measures[0]) for _ in range(30))
    figure = forest.figure(changed(measures=many))
    assert len(figure.data) == forest.PANELS_MAX


def test_nothing_to_compare_is_no_chart(alone):
    assert forest.figure(alone) is None

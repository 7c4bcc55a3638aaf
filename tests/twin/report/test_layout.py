import numpy as np
from plotly import graph_objects as go

from twin.report import Marker
from twin.report.layout import (
    POINTS_MAX,
    milliseconds,
    over_time,
    panels,
    short_dates,
    single,
    thin,
    top_legend,
)

DAY_US = 86_400_000_000


def test_thin_leaves_a_short_series_alone():
    times_us, values = np.arange(5), np.arange(5.0)
    assert thin(times_us, values)[1] is values


def test_thin_keeps_ends_and_peaks_in_order():
    rng = np.random.default_rng(3)
    values = rng.normal(size=100_000)
    values[[41_234, 77_001]] = 50.0, -50.0
    times_us, kept = thin(np.arange(values.size) * 10, values)
    assert kept.size <= POINTS_MAX
    assert (np.diff(times_us) > 0).all()
    assert times_us[0] == 0
    assert times_us[-1] == (values.size - 1) * 10
    assert kept.max() == 50.0
    assert kept.min() == -50.0


def test_thin_bridges_gaps_but_keeps_a_stretch_without_numbers():
    values = np.ones(10_000)
    values[::7] = np.nan
    assert np.isfinite(thin(np.arange(10_000), values)[1][1:-1]).all()
    values[2_000:4_000] = np.nan
    assert np.isnan(thin(np.arange(10_000), values)[1]).any()


def test_milliseconds_are_a_thousandth():
    assert milliseconds(np.array([2_500])).tolist() == [2.5]


def test_panels_stand_in_a_grid_with_escaped_titles():
    chart = panels(["a<b>", "b", "c", "d"], n_columns=3, row_px=100)
    assert len(list(chart.select_xaxes())) == 4
    assert chart.layout.annotations[0].text == "a&lt;b&gt;"
    assert chart.layout.annotations[3].x == 0
    assert chart.layout.height > 200


def test_disruptions_are_numbered_and_those_outside_left_out():
    chart = panels(["a", "b"], n_columns=1, row_px=100)
    markers = tuple(Marker(t * DAY_US, f"<{t}>") for t in (1, 5, 30))
    over_time(chart, markers, start_us=0, end_us=10 * DAY_US)
    badges = [a for a in chart.layout.annotations if a.hovertext]
    assert [a.text for a in badges] == ["1", "1", "2", "2"]
    assert badges[0].hovertext == "&lt;1&gt;"
    assert len(chart.layout.shapes) == 4
    assert chart.layout.xaxis.type == "date"
    assert list(chart.layout.xaxis2.range) == [0, 10 * DAY_US / 1000]


def test_disruptions_of_one_moment_share_a_mark():
    chart = single(height_px=200)
    chart.add_scatter(x=[0, 1], y=[0, 1])
    markers = (Marker(5, "a"), Marker(5, "b"), Marker(7, "c"))
    over_time(chart, markers, start_us=0, end_us=10)
    marks = [(one.text, one.hovertext) for one in chart.layout.annotations]
    assert marks == [("1, 2", "a<br>b"), ("3", "c")]


def test_single_chart_takes_marks_too():
    chart = single(height_px=200)
    chart.add_trace(go.Scatter(x=[0, 1], y=[0, 1]))
    over_time(chart, (Marker(5, "x"),), start_us=0, end_us=10)
    assert chart.layout.shapes[0].yref == "y domain"


def test_legend_stands_above_its_panel():
    chart = single(height_px=284)
    assert top_legend(chart)["y"] == 1 + 8 / 200


def test_short_dates_fit_the_span():
    assert short_dates(0, DAY_US)["tickformat"] == "%H:%M\n%b %-d"
    assert short_dates(0, 90 * DAY_US)["tickformat"] == "%b %-d"
    assert short_dates(0, 2000 * DAY_US)["tickformat"] == "%Y"

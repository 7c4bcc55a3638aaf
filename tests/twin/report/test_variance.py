import numpy as np

from twin.report import Echelon
from twin.report.variance import figure


def texts(chart):
    return [trace.text[0].strip() for trace in chart.data if trace.mode == "text"]


def test_each_echelon_has_two_dots_and_its_ratio(data):
    chart = figure(data)
    dots = {trace.name: trace for trace in chart.data if trace.mode == "markers"}
    assert list(dots["demand it sees"].x) == [388.0, 410.0, 1240.0, 3870.0]
    assert list(dots["orders it places"].x) == [410.0, 1240.0, 3870.0, 9640.0]
    assert texts(chart) == ["×1.06", "×3.02", "×3.12", "×2.49"]  # noqa: RUF001


def test_wide_spread_needs_a_logarithmic_axis(data):
    axis = figure(data).layout.xaxis
    assert axis.type == "log"
    assert axis.ticktext[:2] == ("500", "1\N{NARROW NO-BREAK SPACE}k")


def test_narrow_spread_and_zero_keep_the_axis_linear(changed):
    narrow = figure(changed(variance=(Echelon("DC", 30.0, 20.0, 1.5),)))
    assert narrow.layout.xaxis.type is None
    none = figure(changed(variance=(Echelon("DC", 900.0, 0.0, np.nan),)))
    assert none.layout.xaxis.type is None
    assert texts(none) == ["no ratio"]


def test_name_is_escaped(changed):
    chart = figure(changed(variance=(Echelon("<i>DC</i>", 2.0, 1.0, 2.0),)))
    assert "&lt;i&gt;" in chart.layout.yaxis.ticktext[0]


def test_no_echelon_gives_no_chart(empty):
    assert figure(empty) is None

import numpy as np

from twin.report import ReportData, Series
from twin.report.layout import POINTS_MAX
from twin.report.stock import PANELS_MAX, figure


def test_each_place_has_its_panel(data):
    chart = figure(data)
    assert len(chart.data) == 5
    assert chart.layout.annotations[1].text == "Plant Süd · pieces"
    assert chart.data[0].y.tolist() == data.stock[0].values.tolist()
    assert len(chart.layout.shapes) == 3 * 5


def test_no_stock_gives_no_chart(empty, changed):
    assert figure(empty) is None
    assert figure(changed(stock=())) is None


def test_places_that_do_not_fit_are_added_up(changed):
    many = tuple(Series(f"S{i}", np.full(120, float(i)), "kg") for i in range(20))
    chart = figure(changed(stock=many))
    titles = [a.text for a in chart.layout.annotations if a.hovertext is None]
    assert len(chart.data) == PANELS_MAX
    assert titles[0] == "S19 · kg"
    assert titles[-1] == "9 others together · kg"
    assert chart.data[-1].y[0] == sum(range(9))


def test_long_series_is_thinned():
    n = 50_000
    values = np.zeros(n)
    values[33_333] = 7.0
    data = ReportData(
        title="long", times_us=np.arange(n) * 1_000_000, stock=(Series("S", values),)
    )
    [area] = figure(data).data
    assert len(area.y) == len(area.x) <= POINTS_MAX
    assert max(area.y) == 7.0

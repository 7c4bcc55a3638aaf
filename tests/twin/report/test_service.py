import numpy as np

from twin.report import Service
from twin.report.service import figure


def test_rates_are_percent_and_backorders_stand_below(data):
    per_period, so_far, backorders = figure(data).data
    assert per_period.y.tolist() == (100 * data.service.fill_rate).tolist()
    assert so_far.name == "from the start on"
    assert backorders.yaxis == "y2"
    assert backorders.y.tolist() == data.service.backorders.tolist()


def test_unmeasured_service_gives_no_chart(empty, changed):
    assert figure(empty) is None
    assert figure(changed(service=None)) is None


def test_axis_of_a_good_run_does_not_magnify_nothing(changed):
    full = np.full(120, 0.999)
    chart = figure(changed(service=Service(full, full, 0 * full)))
    assert chart.layout.yaxis.range[0] == 90
    assert chart.layout.yaxis.range[1] > 100


def test_axis_shows_a_bad_run_whole(changed):
    none = np.zeros(120)
    chart = figure(changed(service=Service(none, none * np.nan, none)))
    assert chart.layout.yaxis.range[0] == 0


def test_run_without_demand_is_drawn(changed):
    unknown = np.full(120, np.nan)
    assert figure(changed(service=Service(unknown, unknown, np.zeros(120))))

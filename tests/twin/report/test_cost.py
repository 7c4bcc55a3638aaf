import numpy as np
import pytest

from twin.report import Costs, ReportData, Series
from twin.report.cost import BARS_MAX, figure


def test_revenue_stands_above_and_costs_below(data):
    chart = figure(data)
    bars = {trace.name: trace.y for trace in chart.data if trace.type == "bar"}
    assert list(bars) == [
        "revenue", "purchase", "production", "transport", "holding", "shortage",
    ]  # fmt: skip
    assert (bars["revenue"] >= 0).all()
    assert all((bars[kind] <= 0).all() for kind in list(bars)[1:])


def test_each_policy_has_its_line_and_the_reported_one_stands_out(data):
    lines = [trace for trace in figure(data).data if trace.type == "scatter"]
    assert [line.name for line in lines] == ["mpc", "base-stock", "clairvoyant"]
    assert lines[0].line.width > lines[1].line.width
    assert len({line.line.dash for line in lines}) == 3


def test_kind_that_does_not_occur_is_left_out(changed):
    costs = Costs(revenue=np.ones(120), holding=np.zeros(120))
    assert [trace.name for trace in figure(changed(costs=costs)).data] == ["revenue"]


def test_panel_without_profit_is_left_out(data, changed):
    chart = figure(changed(costs=Costs(revenue=np.ones(120))))
    assert len(list(chart.select_yaxes())) == 1
    assert len(list(figure(data).select_yaxes())) == 2


def test_unmeasured_costs_give_no_chart(empty, changed):
    assert figure(empty) is None
    assert figure(changed(costs=None)) is None


def test_many_periods_share_bars_and_no_money_is_lost():
    n = 1_001
    revenue = np.arange(n, dtype=float)
    profit = (Series("mpc", np.cumsum(revenue)),)
    data = ReportData(
        title="long",
        times_us=np.arange(n) * 3_600_000_000,
        costs=Costs(revenue=revenue, cumulative_profit=profit),
    )
    chart = figure(data)
    assert len(chart.data[0].y) <= BARS_MAX
    assert sum(chart.data[0].y) == pytest.approx(revenue.sum())
    assert chart.layout.annotations[0].text == "Per 8 periods · EUR"


def test_single_period_is_drawn():
    data = ReportData(
        title="one", times_us=np.array([0]), costs=Costs(revenue=np.array([5.0]))
    )
    assert figure(data).data[0].y.tolist() == [5.0]

import dataclasses

import numpy as np
import pytest

from twin.errors import InputError
from twin.report import Costs, GanttBar, KpiRow, ReportData, Series, Service


def test_report_with_every_part_is_accepted(data):
    assert data.n_periods == 120


def test_empty_report_is_accepted(empty):
    assert empty.n_periods == 0


def test_stock_of_wrong_length_is_refused(changed):
    with pytest.raises(InputError, match=r"stock 'DC'.*\(120,\), was \(3,\)"):
        changed(stock=(Series("DC", np.zeros(3)),))


def test_service_of_wrong_length_is_refused(changed):
    full = np.ones(120)
    with pytest.raises(InputError, match=r"service: backorders .* was \(119,\)"):
        changed(service=Service(full, full, full[1:]))


def test_costs_may_leave_kinds_out_but_not_be_of_wrong_length(changed):
    assert changed(costs=Costs(revenue=np.ones(120))).n_periods == 120
    with pytest.raises(InputError, match="costs: holding must have shape"):
        changed(costs=Costs(holding=np.ones(7)))
    profits = (Series("mpc", np.ones(7)),)
    with pytest.raises(InputError, match="cumulative profit 'mpc'"):
        changed(costs=Costs(cumulative_profit=profits))


def test_history_of_a_measure_is_checked(changed):
    with pytest.raises(InputError, match="kpi 'Profit': history"):
        changed(kpis=(KpiRow("Profit", 1.0, history=np.ones(2)),))


def test_times_that_do_not_rise_are_refused():
    with pytest.raises(InputError, match="times_us must rise, was 5 before 5"):
        ReportData(title="x", times_us=np.array([1, 5, 5]))


@pytest.mark.parametrize("levels", [[0.5, 0.25, 0.1, 0.75, 0.9], [0, 0.2, 0.5, 0.7, 1]])
def test_levels_outside_or_out_of_order_are_refused(data, changed, levels):
    fan = dataclasses.replace(data.forecasts[0], levels=np.array(levels))
    with pytest.raises(InputError, match="levels must rise within"):
        changed(forecasts=(fan,))


def test_quantiles_of_wrong_shape_are_refused(data, changed):
    fan = dataclasses.replace(data.forecasts[0], quantiles=np.zeros((2, 14)))
    with pytest.raises(InputError, match=r"\(5, 14\), was \(2, 14\)"):
        changed(forecasts=(fan,))


def test_actual_of_wrong_shape_is_refused(data, changed):
    fan = dataclasses.replace(data.forecasts[0], actual=np.zeros(2))
    with pytest.raises(InputError, match="actual must have shape"):
        changed(forecasts=(fan,))


def test_bar_that_ends_before_it_starts_is_refused(changed):
    with pytest.raises(InputError, match=r"'PO-1' on 'Mill'.*was 9 to 3"):
        changed(gantt=(GanttBar("Mill", "PO-1", 9, 3, "production"),))


def test_bar_of_unknown_kind_is_refused(changed):
    with pytest.raises(InputError, match=r"kind must be one of .* was 'lunch'"):
        changed(gantt=(GanttBar("Mill", "PO-1", 1, 3, "lunch"),))

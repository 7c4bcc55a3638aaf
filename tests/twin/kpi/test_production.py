"""Flow of production by orders small enough to follow by hand; hours."""

import numpy as np
import pytest

from streams.events import (
    MachineStateChanged,
    OperationCompleted,
    OperationStarted,
    ProductionOrderClosed,
    ProductionOrderReleased,
    StockMoved,
)
from twin.kpi.production import finished, production_late_us

H = 3600.0
HOUR_US = 3_600_000_000
AS_OF_US = 1_704_067_200_000_000


def released(name, quantity=6.0, due=None):
    due_us = None if due is None else AS_OF_US + round(due * HOUR_US)
    return ProductionOrderReleased(
        production_order=name, item="tea", site="works", quantity=quantity,
        due_us=due_us,
    )  # fmt: skip


def started(name, operation="fill", machine="F1"):
    return OperationStarted(
        production_order=name, operation=operation, machine=machine, item="tea"
    )


def completed(name, operation="fill", machine="F1", **pieces):
    return OperationCompleted(
        production_order=name,
        operation=operation,
        machine=machine,
        item="tea",
        **pieces,
    )


def closed(name):
    return ProductionOrderClosed(production_order=name)


ONE_ORDER = [
    (1, released("A", due=8)), (2, started("A")), (4, completed("A", good=6.0)),
    (6, started("A", "pack", "K1")), (7, completed("A", "pack", "K1", good=6.0)),
    (9, closed("A")),
]  # fmt: skip


def test_order_waits_where_it_is_not_worked_on(measure):
    measures = measure(*ONE_ORDER).measures()
    assert measures["production_lead_time_mean_s"] == 8 * H
    assert measures["flow_efficiency"] == 3 / 8
    assert measures["production_wait_mean_s"] == 5 * H
    assert measures["throughput_orders_per_day"] == 1.0
    assert measures["production_tardiness_total_s"] == 1 * H
    assert measures["production_late"] == 1


def test_work_stops_with_the_machine(measure):
    run = measure(
        (0, MachineStateChanged(machine="F1", state="idle")),
        (1, released("A")), (2, started("A")),
        (3, MachineStateChanged(machine="F1", state="down")),
        (5, MachineStateChanged(machine="F1", state="busy")),
        (6, completed("A", good=6.0)), (6, closed("A")),
    )  # fmt: skip
    # From 2 to 6, without the two hours of the repair.
    assert run.measures()["flow_efficiency"] == 2 / 5


def test_operation_without_a_start_counts_from_the_one_it_names(measure):
    done = completed("A", good=6.0, started_us=AS_OF_US + 2 * HOUR_US)
    run = measure((1, released("A")), (4, done), (5, closed("A")))
    assert run.measures()["flow_efficiency"] == 2 / 4


def test_work_in_process_obeys_little_over_a_closed_window(measure):
    run = measure(
        (1, released("A", 6)), (3, released("B", 2)), (7, closed("A")), (9, closed("B"))
    )
    measures = run.measures()
    assert measures["wip_mean_orders"] == (6 + 6) / 24
    assert measures["wip_mean_units"] == (6 * 6 + 6 * 2) / 24
    assert measures["little_gap_orders"] == 0.0
    # The window ends while B is open: what it waited so far is missing in L = lambda W.
    cut = measure(
        (1, released("A")), (3, released("B")), (7, closed("A")), window=(0, 8)
    )
    assert cut.measures()["little_gap_orders"] == pytest.approx(5 / 8)


def test_warm_up_leaves_orders_that_are_still_there(measure):
    run = measure(
        (1, released("A")), (3, closed("A")), (2, released("B")), (8, closed("B")),
        window=(4, 12),
    )  # fmt: skip
    measures = run.measures()
    assert measures["wip_mean_orders"] == 4 / 8
    assert len(finished(run.folded())) == 1
    assert measures["production_lead_time_mean_s"] == 6 * H


def test_first_pass_is_what_no_operation_scrapped_or_sent_back(measure):
    run = measure(
        (1, released("A", 10)), (2, started("A")),
        (3, completed("A", good=8.0, scrap=1.0, rework=1.0)),
        (3, started("A", "pack", "K1")),
        (4, completed("A", "pack", "K1", good=7.0, scrap=2.0)), (4, closed("A")),
        (5, StockMoved(item="tea", to_site="works", quantity=7, reason="receipt",
                       production_order="A")),
    )  # fmt: skip
    measures = run.measures()
    assert measures["first_pass_yield"] == 6 / 10
    # Over all operations: 3 scrapped and 1 reworked of 10 + 9.
    assert measures["scrap_rate"] == pytest.approx(3 / 19)
    assert measures["rework_rate"] == pytest.approx(1 / 19)
    assert measures["quality"] == pytest.approx(15 / 19)
    assert measures["throughput_units_per_day"] == 7.0


def test_open_order_is_late_until_the_window_ends(measure):
    run = measure(
        (1, released("A", due=4)), (1, released("B", due=4)), (3, closed("B"))
    )
    assert sorted(production_late_us(run.folded())) == [-HOUR_US, 20 * HOUR_US]
    measures = run.measures()
    assert measures["production_tardiness_max_s"] == 20 * H
    assert measures["production_tardiness_mean_s"] == 10 * H


def test_no_production_has_no_times(measure):
    measures = measure().measures()
    assert np.isnan(measures["production_lead_time_p50_s"])
    assert np.isnan(measures["production_wait_mean_s"])
    assert np.isnan(measures["first_pass_yield"])
    assert measures["wip_mean_orders"] == 0.0

"""Service by orders small enough to follow by hand; hours after the start."""

import numpy as np
import pytest

from streams.events import (
    OrderCancelled,
    OrderChanged,
    OrderReceived,
    ShipmentDispatched,
    ShipmentReceived,
    StockMoved,
)
from twin.kpi.service import customer_lines, cycles, lost_units, otif

HOUR_US = 3_600_000_000
AS_OF_US = 1_704_067_200_000_000
H = 3600.0


def order(name, quantity, due=None, item="tea"):
    due_us = None if due is None else AS_OF_US + round(due * HOUR_US)
    return OrderReceived(
        order=name, customer="M", item=item, site="shop", quantity=quantity,
        due_us=due_us,
    )  # fmt: skip


def sent(name, order, quantity, item="tea"):
    return ShipmentDispatched(
        shipment=name, item=item, from_site="shop", to_site="M", quantity=quantity,
        order=order,
    )  # fmt: skip


def got(name, quantity, order=None, item="tea"):
    return ShipmentReceived(
        shipment=name, item=item, site="M", quantity=quantity, order=order
    )


def arrival(quantity):
    return StockMoved(item="tea", to_site="shop", quantity=quantity, reason="receipt")


def test_line_is_otif_if_all_is_there_when_due(measure):
    run = measure(
        (1, order("A", 4, due=5)), (1, sent("a", "A", 4)), (5, got("a", 4)),
        (1, order("B", 2, due=5)), (2, sent("b", "B", 2)), (6, got("b", 2)),
        (1, order("C", 3, due=5)), (2, sent("c", "C", 1)), (4, got("c", 1)),
    )  # fmt: skip
    measures = run.measures()
    assert measures["lines_due"] == measures["orders_due"] == 3
    assert measures["otif_line_share"] == measures["otif_order_share"] == 1 / 3
    # A took 4 h and B 5 h; C is open, and 19 h late when the window ends.
    assert measures["order_lead_time_mean_s"] == 4.5 * H
    assert measures["order_lead_time_p95_s"] == pytest.approx(4.95 * H)
    assert measures["order_tardiness_total_s"] == (1 + 19) * H
    assert measures["order_tardiness_mean_s"] == pytest.approx(20 / 3 * H)
    assert (measures["order_tardiness_max_s"], measures["lines_late"]) == (19 * H, 2)


def test_order_is_otif_if_every_line_is(measure):
    events = [
        (1, order("A", 4, due=5)), (1, order("A", 1, due=6, item="leaf")),
        (2, sent("a", "A", 4)), (3, got("a", 4)),
        (2, sent("b", "A", 1, "leaf")), (7, got("b", 1, item="leaf")),
        (1, order("B", 4, due=5)), (2, sent("c", "B", 4)), (5, got("c", 4)),
    ]  # fmt: skip
    measures = measure(*events).measures()
    assert measures["otif_line_share"] == 2 / 3
    assert (measures["orders_due"], measures["otif_order_share"]) == (2, 0.5)
    # An order is due with its last line: A is not in a window up to 6 h.
    early = measure(*events, window=(0, 6)).measures()
    assert (early["orders_due"], early["lines_due"]) == (1, 2)


def test_what_is_lost_is_not_in_full_and_not_late(measure):
    # As a plant tells a lost sale: 3 of 5 go in the instant of the order.
    run = measure(
        (2, order("A", 5, due=2)), (2, OrderCancelled(order="A")),
        (2, sent("a", "A", 3)), (2, got("a", 3, "A")),
    )  # fmt: skip
    measures = run.measures()
    assert measures["otif_line_share"] == 0.0
    assert measures["fill_rate"] == 3 / 5
    assert (measures["lost_units"], measures["lost_share"]) == (2, 2 / 5)
    assert measures["lines_late"] == 0
    assert np.isnan(measures["order_tardiness_mean_s"])
    assert measures["backlog_mean_units"] == 0.0


def test_fill_rate_counts_what_leaves_at_once(measure):
    events = [
        (1, order("A", 4)), (1, sent("a", "A", 3)), (5, sent("b", "A", 1)),
        (2, order("B", 6)), (3, sent("c", "B", 6)),
    ]  # fmt: skip
    assert measure(*events).measures()["fill_rate"] == 3 / 10
    # Within an hour, B is served from stock, too.
    patient = measure(*events, at_once_s=H).measures()
    assert patient["fill_rate"] == 9 / 10
    assert patient["demanded_units"] == 10


def test_backlog_is_what_waits_over_time(measure):
    run = measure((0, order("A", 8)), (6, sent("a", "A", 6)), window=(0, 12))
    measures = run.measures()
    assert measures["backlog_mean_units"] == (8 + 2) / 2
    assert measures["backlog_end_units"] == 2
    # 8 units wait for a quarter of a day, 2 for the next; 1.00 a unit and day.
    assert measures["shortage_cost"] == pytest.approx(8 / 4 + 2 / 4)


def test_cycle_goes_from_one_arrival_to_the_next(measure):
    run = measure(
        # The first cycle ends at 4 without a short line.
        (1, order("A", 4)), (1, sent("a", "A", 4)), (4, arrival(2)),
        # At 9 the arrival comes before the order of the same instant.
        (6, order("B", 9)), (6, sent("b", "B", 8)), (9, arrival(9)),
        (9, order("C", 9)), (9, sent("c", "C", 9)), (12, arrival(1)),
        # This cycle is still open when the window ends.
        (13, order("D", 9)),
    )  # fmt: skip
    measures = run.measures()
    assert measures["cycle_service_level"] == 2 / 3
    _, ends_us, n_short = cycles(run.folded(), customer_lines(run.folded()))
    assert ((ends_us - AS_OF_US) / HOUR_US).tolist() == [4, 9, 12]
    assert n_short.tolist() == [0, 1, 0]


def test_only_cycles_that_end_in_the_window_count(measure):
    events = [
        (1, order("A", 99)), (4, arrival(2)), (5, arrival(2)), (6, arrival(2)),
    ]  # fmt: skip
    assert measure(*events, window=(0, 6)).measures()["cycle_service_level"] == 1 / 2
    assert measure(*events, window=(5, 7)).measures()["cycle_service_level"] == 1.0


def test_change_of_an_order_counts(measure):
    run = measure(
        (1, order("A", 4, due=3)), (2, OrderChanged(order="A", quantity=6.0)),
        (2, sent("a", "A", 4)), (3, got("a", 4)),
        (2, order("B", 4, due=3)), (2, sent("b", "B", 3)), (3, got("b", 3)),
        (4, OrderChanged(order="B", quantity=3.0)),
        (2, order("C", 4, due=3)), (3, OrderChanged(order="C", quantity=0.0)),
    )  # fmt: skip
    measures = run.measures()
    # B is in full only when less is asked for, an hour late; C asks for nothing.
    assert measures["demanded_units"] == 6 + 3
    assert (measures["lines_due"], measures["otif_line_share"]) == (2, 0.0)
    assert measures["order_tardiness_total_s"] == (21 + 1) * H


def test_receipt_without_dispatch_serves_its_order(measure):
    run = measure((1, order("A", 4, due=5)), (4, got("a", 4, "A")))
    assert run.measures()["otif_line_share"] == 1.0
    assert run.measures()["backlog_end_units"] == 0.0


def test_lines_tell_of_themselves(measure):
    run = measure(
        (1, order("A", 4, due=5)),
        (3, sent("a", "A", 1)),
        (4, OrderCancelled(order="A")),
    )
    lines = customer_lines(run.folded())
    assert lost_units(lines).tolist() == [3.0]
    assert otif(lines).tolist() == [False]


def test_without_orders_there_are_no_shares(measure):
    measures = measure().measures()
    for name in ("otif_line_share", "fill_rate", "cycle_service_level", "lost_share"):
        assert np.isnan(measures[name]), name
    assert measures["lines_due"] == 0

"""When goods that come late call for a decision."""

import pytest

from streams.events import (
    PurchaseOrderDelayed,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    ShipmentReceived,
)
from twin.errors import OptionError
from twin.loop.triggers import LateSupplier

DAY_US = 86_400_000_000


def placed(order="P1", **fields):
    line = {"supplier": "V", "item": "tea", "site": "hub", "quantity": 30.0}
    return PurchaseOrderPlaced(order=order, **line | fields)


def delayed(days, as_of_us, order="P1"):
    return PurchaseOrderDelayed(order=order, due_us=as_of_us + days * DAY_US)


@pytest.fixture
def line(told, two_echelon):
    """A hub that buys with a lead time of one day, reviewed every day."""
    return told(two_echelon())


def test_delay_by_more_than_a_review_fires(line):
    trigger, as_of_us = LateSupplier(), line.fold.as_of_us
    assert not line.ask(trigger, 0, placed(due_us=as_of_us + DAY_US))
    assert not line.ask(trigger, 5, delayed(2, as_of_us)), "a review is not worth it"
    (late,) = line.ask(trigger, 6, delayed(5, as_of_us))
    assert late.subject == "P1"
    assert late.detail == (
        "order P1 of 30 tea from V to hub comes 4 days later than usual"
    )
    (again,) = line.ask(trigger, 7, delayed(9, as_of_us))
    assert "8 days" in again.detail


def test_delay_of_what_came_already_is_nothing(line):
    trigger, as_of_us = LateSupplier(), line.fold.as_of_us
    goods = {"shipment": "S1", "item": "tea", "order": "P1", "quantity": 30.0}
    line.ask(trigger, 0, placed())
    line.ask(trigger, 1, ShipmentDispatched(from_site="V", to_site="hub", **goods))
    line.ask(trigger, 2, ShipmentReceived(site="hub", **goods))
    assert not line.ask(trigger, 3, delayed(9, as_of_us))


def test_overdue_order_fires_once_when_goods_move(told, two_echelon):
    def spread(tables):
        tables["lanes"][0] |= {"lead_time_law": "gamma", "lead_time_cv": 0.5}

    line, trigger = told(two_echelon(spread)), LateSupplier(late_share=0.2)
    line.ask(trigger, 0, placed())
    sent = {"item": "tea", "from_site": "hub", "to_site": "shop", "quantity": 1.0}
    # A day, and twice half a day: one order in five takes two days, whatever the law.
    assert not line.ask(trigger, 2 * DAY_US, ShipmentDispatched(shipment="A", **sent))
    (late,) = line.ask(
        trigger, 2 * DAY_US + 1, ShipmentDispatched(shipment="B", **sent)
    )
    assert late.detail.endswith("from V to hub is overdue: it was ordered 2 days ago")
    assert not line.ask(trigger, 3 * DAY_US, ShipmentDispatched(shipment="C", **sent))


def test_overdue_waits_for_the_date_that_was_told(line):
    trigger, as_of_us = LateSupplier(), line.fold.as_of_us
    line.ask(trigger, 0, placed(due_us=as_of_us + 20 * DAY_US))
    sent = {"item": "tea", "from_site": "hub", "to_site": "shop", "quantity": 1.0}
    assert not line.ask(trigger, 9 * DAY_US, ShipmentDispatched(shipment="A", **sent))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"late_share": 0.0}, r"late_share must be in \(0, 1\), was 0.0"),
        ({"late_s": -1.0}, "late_s must be >= 0, was -1.0"),
    ],
)
def test_option_out_of_range_is_refused(options, words):
    with pytest.raises(OptionError, match=words):
        LateSupplier(**options)

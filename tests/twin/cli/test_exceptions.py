"""What needs a planner, from events written by hand."""

import polars as pl
import pytest

from streams.events import (
    OrderCancelled,
    OrderReceived,
    ProductionOrderClosed,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    ShipmentReceived,
)
from twin.cli.exceptions import ROWS_MAX, exception_messages, facts_of

DAY_US = 86_400_000_000
END_DAYS = 10


@pytest.fixture
def messages(two_echelon, works, folding):
    """Messages about (day, event) pairs on the chain, or on the works."""

    def say(*timed, shop=False):
        network = works() if shop else two_echelon()
        folder = folding(network)
        batch = folder.batch(*((round(day * DAY_US), event) for day, event in timed))
        end_us = folder.as_of_us + END_DAYS * DAY_US
        facts = pl.concat([facts_of(batch.take(slice(0, 2))),
                           facts_of(batch.take(slice(2, None)))])  # fmt: skip
        return exception_messages(network, facts, batch.names, end_us=end_us)

    return say


def ordered(name, quantity):
    return OrderReceived(
        order=name, customer="M", item="tea", site="shop", quantity=quantity
    )


def sent(name, quantity):
    return ShipmentDispatched(
        shipment=f"S{name}", order=name, item="tea", from_site="shop", to_site="M",
        quantity=quantity,
    )  # fmt: skip


def bought(name, quantity, *, due_day):
    return PurchaseOrderPlaced(
        order=name, supplier="V", item="tea", site="hub", quantity=quantity,
        due_us=1_704_067_200_000_000 + due_day * DAY_US,
    )  # fmt: skip


def came(name, quantity, *, order=None):
    return ShipmentReceived(
        shipment=f"S{name}", order=order, item="tea", site="hub", quantity=quantity
    )


def made(name, quantity):
    return ProductionOrderReleased(
        production_order=name, item="tea", site="P", quantity=quantity
    )


def test_lost_sales_count_what_was_not_sent_at_its_price(messages):
    (lost,) = messages(
        (1, ordered("A", 7)), (1, sent("A", 4)), (1, OrderCancelled(order="A")),
        (3, ordered("B", 5)), (3, OrderCancelled(order="B")),
        (4, ordered("C", 9)), (4, sent("C", 9)),
    )  # fmt: skip
    assert lost.money == 10.0 * (3 + 5)
    assert lost.text == (
        "M went without 8 of tea that shop did not have: 2 orders lost between "
        "2024-01-02 and 2024-01-04"
    )


def test_customers_still_wait_for_what_is_left(messages):
    (waiting,) = messages(
        (2, ordered("A", 7)), (2, sent("A", 4)), (5, ordered("B", 1.5)),
        (END_DAYS, ordered("C", 100)),
    )  # fmt: skip
    assert waiting.money == 10.0 * 4.5
    assert waiting.text == (
        "M still waits for 4 of tea from shop: 2 orders, the oldest of 2024-01-03"
    )


def test_late_supplier_is_named_with_its_worst_order(messages):
    (late,) = messages(
        (0, bought("A", 10, due_day=2)), (4, came("A", 10, order="A")),
        (0, bought("B", 20, due_day=5)),
        (0, bought("C", 30, due_day=9)), (9.5, came("C", 30, order="C")),
        (0, bought("D", 40, due_day=1)), (2, OrderCancelled(order="D")),
        (8, bought("E", 50, due_day=12)),
    )  # fmt: skip
    assert late.money == 4.0 * (10 + 20)
    assert late.text == (
        "V was late with 2 orders, at worst by 5.0 days: tea for hub, due "
        "2024-01-06; 1 not here yet"
    )


def test_goods_that_name_no_order_are_found_by_their_shipment(messages):
    shipped = ShipmentDispatched(
        shipment="SA", order="A", item="tea", from_site="V", to_site="hub", quantity=10
    )
    assert not messages(
        (0, bought("A", 10, due_day=2)), (1, shipped), (2, came("A", 10))
    )


def test_slow_production_is_open_for_longer_than_most(messages):
    closed = [
        event
        for n in range(10)
        for event in (
            (1, made(f"M{n}", 10)),
            (1 + (n + 1) / 4, ProductionOrderClosed(production_order=f"M{n}")),
        )
    ]
    slow, fresh = (5, made("slow", 30)), (9, made("fresh", 30))
    (message,) = messages(*closed, slow, fresh, shop=True)
    assert message.money == 8.0 * 30
    assert message.text == (
        "P: 30 tea (slow) in production since 2024-01-06, 5.0 days; nine of ten "
        "orders took less than 2.5 days"
    )
    assert not messages(*closed[:4], slow, shop=True)  # too few to compare with


def test_dearest_of_each_kind_are_kept(two_echelon, folding):
    markets = [f"M{n}" for n in range(ROWS_MAX + 2)]
    network = two_echelon(
        customers=[{"customer": name} for name in markets],
        demands=[
            {"customer": name, "item": "tea", "site": "shop", "mean_per_day": 4,
             "law": "poisson", "price": n + 1.0}
            for n, name in enumerate(markets)
        ],
    )  # fmt: skip
    folder = folding(network)
    batch = folder.batch(
        *(
            (0, OrderReceived(order=name, customer=name, item="tea", site="shop",
                              quantity=2))
            for name in markets
        )
    )  # fmt: skip
    found = exception_messages(
        network, facts_of(batch), batch.names, end_us=folder.as_of_us + DAY_US
    )
    assert [message.money for message in found] == [12.0, 10.0, 8.0, 6.0]


def test_run_without_trouble_says_nothing(messages, two_echelon):
    assert messages((1, ordered("A", 7)), (1, sent("A", 7))) == ()
    nothing = pl.DataFrame()
    assert exception_messages(two_echelon(), nothing, None, end_us=0) == ()

"""A plan that is found again gives the orders it gave."""

from streams.events import PlanLine
from twin.loop.following.writing import (
    OrderWriter,
    order_records,
    orders_in,
    plan_in,
    plan_records,
)
from twin.loop.occasions import Proposal


def line(units, release_us, **more):
    given = {"kind": "purchase", "item": "tea", "site": "hub", "source": "V"}
    return PlanLine(
        quantity=units, release_us=release_us, due_us=release_us + 3, **given | more
    )


def test_orders_follow_from_the_plan_alone(tea):
    lines = (line(0.1 + 0.2, 7), line(2.0, 7), line(9.0, 8), line(0.0, 7))
    records = plan_records(Proposal(lines=lines, end_us=99, cost=1.5), "r/7", 7)
    plan = plan_in(records, "r/7")
    assert (plan.lines, plan.cost, plan_in(records, "r/8")) == (lines, 1.5, None)
    writer = OrderWriter(tea)
    orders = writer.orders(plan, 9)
    assert [one.quantity for one in orders] == [0.1 + 0.2, 2.0]
    # Alike but for the quantity, they are numbered; late approval moves what is due.
    assert len({one.order for one in orders}) == 2
    assert orders == writer.orders(plan_in(records, "r/7"), 9)
    assert [one.due_us for one in orders] == [10, 10]
    kept = order_records(orders, 9, first=1)
    assert orders_in((*records, *kept)) == tuple((9, one) for one in orders)


def test_what_is_made_is_expected_less_what_is_lost(works):
    network = works()
    made = line(10.0, 7, kind="production", site="P", source=None)
    records = plan_records(Proposal(lines=(made,), end_us=99), "r/7", 7)
    (order,) = OrderWriter(network).orders(plan_in(records, "r/7"), 7)
    assert order.order.startswith("MO-")
    assert 0.0 < order.expected < order.quantity

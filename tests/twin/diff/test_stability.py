"""How much of a plan is kept."""

import pytest

from twin.diff.operations import Operation, OperationChange
from twin.diff.orders import OrderChange, PlannedOrder
from twin.diff.stability import stability_of

DAY_US = 86_400_000_000


def order(day, quantity):
    return PlannedOrder(0, "P", "purchase", "buy", "tea", "V", "hub", "", quantity,
                        day * DAY_US)  # fmt: skip


def test_nothing_changed_is_all_kept():
    same = OrderChange(order(1, 5.0), order(1, 5.0))
    found = stability_of([same], [])
    assert (found.orders_kept, found.operations_kept, found.units_moved) == (1, 1, 0)
    assert stability_of([], []).orders_kept == 1.0


def test_shares_and_shifts_by_hand():
    orders = [
        OrderChange(order(1, 5.0), order(1, 5.0)),
        OrderChange(order(2, 5.0), order(4, 5.0)),
        OrderChange(order(3, 10.0), None),
        OrderChange(order(5, 2.0), order(5, 3.0)),
    ]
    run = Operation("M1", "tea", "fill", "F1", 0, 5)
    later = Operation("M1", "tea", "fill", "F1", DAY_US, DAY_US + 5)
    moves = [OperationChange(run, run), OperationChange(run, later)]
    found = stability_of(orders, moves, fence_us=3 * DAY_US)
    assert found.orders_kept == 0.25
    assert found.operations_kept == 0.5
    assert found.order_shift_days == pytest.approx(2.0 / 3.0)
    assert found.operation_shift_days == 0.5
    # Of 5 + 5 + 5 + 5 + 10 + 2 + 3 units all but 5 + 5 and 2 + 2 stand elsewhere.
    assert found.units_moved == pytest.approx(21.0 / 35.0)
    assert found.fenced == 1

"""Orders of two plans, whatever they are called."""

import pytest

from twin.diff.orders import PlannedOrder, compare_orders

DAY_US = 86_400_000_000


def orders(*rows, item="tea"):
    return [
        PlannedOrder(k, f"P{k}", "purchase", "buy", item, "V", "hub", "", float(q),
                     day * DAY_US)
        for k, (day, q) in enumerate(rows)
    ]  # fmt: skip


def told(before, after, **options):
    changes = compare_orders(before, after, review_us=DAY_US, **options)
    return [(one.what, one.shift_us // DAY_US, one.added_units) for one in changes]


def test_same_orders_are_the_same_whatever_their_names():
    before = orders((0, 5), (1, 5))
    after = [PlannedOrder(9 - one.row, "X", *one.key[:5], "", one.quantity,
                          one.release_us) for one in before]  # fmt: skip
    assert {one[0] for one in told(before, after)} == {"same"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([(3, 5)], [(1, 5)], [("earlier", -2, 0.0)]),
        ([(1, 5)], [(3, 8)], [("later", 2, 3.0)]),
        ([(1, 5)], [(1, 8)], [("changed", 0, 3.0)]),
        ([(1, 5)], [], [("dropped", 0, -5.0)]),
        ([(1, 5)], [(20, 5)], [("dropped", 0, -5.0), ("added", 0, 5.0)]),
        ([(1, 5), (4, 5)], [(2, 5), (5, 5)], [("later", 1, 0.0), ("later", 1, 0.0)]),
        (
            [(1, 5), (4, 9)],
            [(1, 5), (2, 4), (4, 9)],
            [("same", 0, 0.0), ("added", 0, 4.0), ("same", 0, 0.0)],
        ),
    ],
)
def test_what_changed_is_told(before, after, expected):
    assert told(orders(*before), orders(*after)) == expected


def test_orders_of_other_items_are_not_taken_for_one():
    found = told(orders((1, 5)), orders((1, 5), item="leaf"))
    assert sorted(one[0] for one in found) == ["added", "dropped"]


def test_window_decides_between_moved_and_replaced():
    before, after = orders((1, 5)), orders((4, 5))
    assert told(before, after, window=3) == [("later", 3, 0.0)]
    assert len(told(before, after, window=1)) == 2

"""Rows of compared plans."""

from twin.diff import (
    CustomerChange,
    Operation,
    OperationChange,
    OrderChange,
    PlanDiff,
    PlannedOrder,
    stability_of,
)
from twin.diff.customers import Served
from twin.diff.document import customer_row, document, operation_row, order_row

DAY_US = 86_400_000_000


def test_rows_say_by_how_much():
    ends = [Served("C1", 5.0, 5.0, day * DAY_US) for day in (1, 3)]
    row = customer_row(CustomerChange("M", "tea", "shop", 0, *ends))
    assert (row["what"], row["days_later"]) == ("later", 2.0)
    key = ("purchase", "buy", "tea", "V", "hub", "")
    dropped = OrderChange(PlannedOrder(0, "P1", *key, 5.0, DAY_US), None)
    row = order_row(dropped)
    assert (row["what"], row["added_units"], row["release_after_us"]) == (
        "dropped", -5.0, None,
    )  # fmt: skip
    run = Operation("M1", "tea", "fill", "F1", 0, 5)
    assert operation_row(OperationChange(run, run))["machine_after"] == "F1"


def test_what_is_the_same_is_counted_alone():
    run = Operation("M1", "tea", "fill", "F1", 0, 5)
    kept, late = OperationChange(run, run), OperationChange(run, None)
    found = PlanDiff(0, DAY_US, (), (kept, late), (), (), stability_of((), ()))
    told = document(found)
    assert told["counts"]["operations"] == {"removed": 1, "same": 1}
    assert [row["what"] for row in told["operations"]] == ["removed"]

import msgspec
import polars as pl
import pytest

from streams.events import OrderCancelled, OrderChanged
from twin.service.problems import ProblemError
from twin.service.proposals import (
    Action,
    check_change,
    open_line,
)


def test_event_says_what_is_to_be():
    action = Action(
        id="a", kind="decrease", order="B1", item="soap", place="dc", quantity=5.0,
        new_quantity=3.0, who="anna", time_us=1, why="less",
    )  # fmt: skip
    assert action.event() == OrderChanged(order="B1", quantity=3.0)
    action = msgspec.structs.replace(action, kind="cancel")
    assert action.event() == OrderCancelled(order="B1", reason="less")


@pytest.mark.parametrize(
    ("kind", "given", "needs"),
    [
        ("expedite", {"quantity": 5.0}, "needs_day"),
        ("increase", {"due_us": 5}, "needs_quantity"),
        ("cancel", {"due_us": 5}, "needs_neither"),
    ],
)
def test_change_needs_what_its_kind_is_about(kind, given, needs):
    wanted = {"quantity": None, "due_us": None, **given}
    with pytest.raises(ProblemError, match=f"{kind}: .* given; allowed: ") as refused:
        check_change(kind, {"quantity": 10.0, "due_us": 1}, **wanted)
    assert refused.value.said is not None
    assert refused.value.said.kind == needs


@pytest.mark.parametrize(
    ("order", "status"), [("C1", 404), ("B2", 409), ("none", 404), ("B1", 200)]
)
def test_line_is_of_goods_and_alone(order, status):
    frame = pl.DataFrame(
        {
            "order": ["C1", "B1", "B2", "B2"],
            "kind": ["customer", "purchase", "purchase", "purchase"],
        }
    )
    if status == 200:
        assert open_line(frame, order)["kind"] == "purchase"
        return
    with pytest.raises(ProblemError) as error:
        open_line(frame, order)
    assert error.value.status == status


@pytest.mark.parametrize("of", ["shipped", "delivered"])
@pytest.mark.parametrize(
    ("kind", "due_us"), [("expedite", 1), ("defer", 9), ("cancel", None)]
)
def test_what_is_sent_in_full_is_left_as_it_is(of, kind, due_us):
    line = {"order": "B1", "quantity": 10.0, "shipped": 6.0, "delivered": 2.0}
    line["due_us"] = 5
    check_change(kind, line, quantity=None, due_us=due_us)
    with pytest.raises(ProblemError, match=r"all 10\.0 of order") as refused:
        check_change(kind, {**line, of: 10.0}, quantity=None, due_us=due_us)
    assert refused.value.status == 422
    assert refused.value.said.document() == {
        "kind": "all_sent", "parts": {"order": "B1", "quantity": 10.0},
    }  # fmt: skip


def test_less_than_was_sent_is_refused():
    line = {"quantity": 10.0, "shipped": 6.0, "delivered": 2.0, "due_us": None}
    check_change("decrease", line, quantity=6.0, due_us=None)
    check_change("expedite", line, quantity=None, due_us=3)
    with pytest.raises(ProblemError, match="sent already"):
        check_change("decrease", line, quantity=5.0, due_us=None)

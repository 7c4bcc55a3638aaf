from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest

from streams.events import OrderCancelled, OrderChanged
from twin.service.problems import ProblemError
from twin.service.proposals import (
    Action,
    actions_of,
    check_change,
    decisions_of_plans,
    open_line,
)


@dataclass
class Row:
    """A row of the audit, as far as it is read."""

    what: str
    about: str
    after: Any = None
    who: str = "anna"
    time_us: int = 7


@pytest.fixture
def proposed():
    after = {
        "id": "a", "kind": "expedite", "order": "B1", "item": "soap", "place": "dc",
        "quantity": 5.0, "due_us": 9, "new_due_us": 4, "who": "anna", "time_us": 1,
    }  # fmt: skip
    return Row("action.proposed", "a", after)


def test_first_decision_counts(proposed):
    rows = [
        proposed,
        Row("action.rejected", "a", {"why": "no"}, who="eve"),
        Row("action.approved", "a"),
        Row("action.approved", "unknown"),
    ]
    (found,) = actions_of(rows).values()
    assert (found.status, found.decided_by, found.reason) == ("rejected", "eve", "no")


def test_event_says_what_is_to_be():
    action = Action(
        id="a", kind="decrease", order="B1", item="soap", place="dc", quantity=5.0,
        new_quantity=3.0, who="anna", time_us=1, why="less",
    )  # fmt: skip
    assert action.event() == OrderChanged(order="B1", quantity=3.0)
    action.kind = "cancel"
    assert action.event() == OrderCancelled(order="B1", reason="less")


def test_last_word_on_a_plan_counts():
    rows = [
        Row("plan.approved", "p", {"who": "anna"}),
        Row("plan.rejected", "p", {"why": "late"}),
        Row("job.stopped", "p"),
    ]
    (found,) = decisions_of_plans(rows)
    assert (found["status"], found["why"]) == ("rejected", "late")


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


def test_less_than_was_sent_is_refused():
    line = {"quantity": 10.0, "shipped": 6.0, "delivered": 2.0, "due_us": None}
    check_change("decrease", line, quantity=6.0, due_us=None)
    check_change("expedite", line, quantity=None, due_us=3)
    with pytest.raises(ProblemError, match="sent already"):
        check_change("decrease", line, quantity=5.0, due_us=None)

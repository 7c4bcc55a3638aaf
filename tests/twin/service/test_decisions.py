import json

import msgspec
import pytest

from streams.codec import decode
from streams.ingest.rejecting import Rejecting
from streams.names import Names
from streams.records import RecordBatch
from twin.service.access import Caller
from twin.service.decisions import decisions_of, need_to_decide
from twin.service.problems import ProblemError


def event(number, kind, **data):
    return json.dumps(
        {
            "specversion": "1.0", "id": f"e-{number}", "source": "loop", "type": kind,
            "time": "2026-01-05T08:00:00Z", "data": data,
        }
    ).encode()  # fmt: skip


def test_decisions_are_found_among_other_events():
    values = [
        event(1, "PlanApproved", plan="P1", who="anna"),
        event(2, "StockCounted", item="soap", site="dc", quantity=1),
        event(3, "PlanRejected", plan="P2", who="anna", why="no"),
        event(1, "PlanApproved", plan="P1", who="anna"),
    ]
    found = decisions_of(decode(RecordBatch.of("log/0", values), Names()))
    told = [(one.what, one.plan, one.offset) for one in found]
    assert told == [
        ("plan.approved", "P1", 0), ("plan.rejected", "P2", 2),
        ("plan.approved", "P1", 3),
    ]  # fmt: skip
    assert found[0].event == found[2].event != found[1].event
    assert found[0].time_us == 1_767_600_000_000_000


def test_plan_that_is_released_says_what_it_covers():
    line = {
        "kind": "purchase", "item": "soap", "site": "dc", "quantity": 5,
        "release_us": 7, "due_us": 8,
    }  # fmt: skip
    terms = {"start_us": 5, "end_us": 9, "policy": "mpc", "reason": "a review"}
    values = [
        event(1, "PlanReleased", plan="P1", cost=3.5, **terms, lines=[line]),
        event(2, "PlanReleased", plan="P2", start_us=5, end_us=9),
        event(3, "PlanRejected", plan="P1", who="anna", why="too dear"),
    ]
    decoded = decode(RecordBatch.of("log/0", values), Names())
    assert not decoded.rejected
    first, second, word = decisions_of(decoded)
    assert first.terms is not None
    assert msgspec.structs.asdict(first.terms) == {**terms, "cost": 3.5, "orders": 1}
    assert second.terms is not None
    assert (second.terms.cost, second.terms.orders) == (None, 0)
    assert (word.who, word.why, word.terms) == ("anna", "too dear", None)


def test_decision_that_was_refused_is_none():
    values = [
        event(1, "PlanApproved", plan="P1", who="anna"),
        b"[" + event(2, "PlanApproved", plan="P2", who="anna") + b", {}, "
        + event(3, "PlanApproved", plan="P3", who="anna") + b"]",
    ]  # fmt: skip
    decoded = decode(RecordBatch.of("log/0", values), Names())
    rejecting = Rejecting(decoded)
    found = decisions_of(decoded, [rejecting.future(row, 1.0) for row in (0, 2)])
    assert [one.plan for one in found] == ["P2"]
    assert decisions_of(decoded, [rejecting.future(row, 1.0) for row in range(3)]) == []


WRITER = Caller("w", "default", frozenset({"write"}))
APPROVED = event(1, "PlanApproved", plan="P1", who="anna")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (APPROVED, "PlanApproved"),
        (event(1, "PlanRejected", plan="P1", who="a", why="no"), "PlanRejected"),
        (b" \n" + APPROVED.replace(b"PlanA", b"Pl\\u0061nA"), "PlanApproved"),
        (b"[" + event(2, "OrderCancelled", order="C1") + b"," + APPROVED + b"]",
         "PlanApproved"),
    ],
    ids=["approved", "rejected", "escaped", "list"],
)  # fmt: skip
def test_who_may_not_approve_sends_no_decision(value, name):
    with pytest.raises(ProblemError, match=f"event '{name}'.*'approve'") as refused:
        need_to_decide(WRITER, [b"{}", value])
    assert refused.value.status == 403
    need_to_decide(Caller("a", "default", frozenset({"approve"})), [value])


def test_what_only_speaks_of_decisions_may_be_sent():
    value = event(1, "OrderCancelled", order="C1", reason='"PlanApproved" \\')
    need_to_decide(WRITER, [value, b"no JSON", b"{broken PlanApproved"])
    assert decode(RecordBatch.of("x", [value]), Names()).events.id_hash.size == 1

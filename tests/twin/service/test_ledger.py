import pytest

from twin.service import ledger
from twin.service.access import Audit
from twin.service.ledger import Ledger


@pytest.fixture
def audit(tmp_path):
    one = Audit(tmp_path / "audit", now_us=lambda: 7)
    yield one
    one.close()


@pytest.fixture
def record(audit):
    def make(what, about="a", after=None, *, who="anna", tenant="t"):
        audit.record(who, f"action.{what}", tenant=tenant, about=about, after=after)

    return make


def proposal(name="a"):
    return {
        "id": name, "kind": "expedite", "order": "B1", "item": "soap", "place": "dc",
        "quantity": 5.0, "due_us": 9, "new_due_us": 4, "who": "anna", "time_us": 1,
    }  # fmt: skip


def test_first_decision_counts_before_and_after_a_start(audit, record):
    followed = Ledger(audit)
    record("proposed", after=proposal())
    record("rejected", after={"why": "no"}, who="eve")
    record("approved")
    record("approved", "unknown")
    record("proposed", "b", proposal("b"), tenant="u")
    for one in (followed, Ledger(audit)):
        (found,) = one.of("t").actions()
        assert (found.status, found.decided_by, found.reason) == (
            "rejected",
            "eve",
            "no",
        )
        assert one.of("t").action("b") is None


def test_rows_that_are_known_are_not_read_again(audit, record, monkeypatch):
    one = Ledger(audit)
    record("proposed", after=proposal())
    monkeypatch.setattr(audit, "rows", None)
    record("rejected", after={"why": "no"})
    assert [each.status for each in one.of("t").actions()] == ["rejected"]


def test_approval_is_unsent_until_its_event_is_kept(audit, record):
    one = Ledger(audit).of("t")
    record("proposed", after=proposal())
    record("approved", after={"why": None, "event": "a"})
    assert [each.id for each in one.unsent()] == ["a"]
    record("sent")
    assert one.unsent() == []
    record("proposed", "old", proposal("old"))
    record("approved", "old", {"why": None})
    assert one.unsent() == []


def test_last_word_on_a_plan_counts(audit):
    one = Ledger(audit).of("t")
    audit.record("anna", "plan.approved", tenant="t", about="p", after={"who": "anna"})
    audit.record("anna", "plan.rejected", tenant="t", about="p", after={"why": "late"})
    audit.record("anna", "job.stopped", tenant="t", about="p")
    (found,) = one.plans()
    assert (found["status"], found["why"]) == ("rejected", "late")


def test_oldest_that_was_decided_is_forgotten_first(audit, record, monkeypatch):
    monkeypatch.setattr(ledger, "KEPT_MAX", 2)
    one = Ledger(audit).of("t")
    for name in "abc":
        record("proposed", name, proposal(name))
        if name == "b":
            record("rejected", name, {"why": "no"})
        audit.record("anna", "plan.approved", tenant="t", about=name)
    assert [each.id for each in one.actions()] == ["a", "c"]
    assert [each["plan"] for each in one.plans()] == ["b", "c"]

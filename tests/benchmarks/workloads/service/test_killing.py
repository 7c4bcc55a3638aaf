import json

import pytest

from benchmarks.workloads.service.killing import BODY_EVENTS, Load, killed


def test_requests_are_sent_until_they_are_answered_for():
    load = Load()
    first = load.request()
    assert load.request() == first
    assert len(first[2].splitlines()) == BODY_EVENTS
    load.answered({"accepted": BODY_EVENTS})
    ids = {json.loads(line)["id"] for line in load.request()[2].splitlines()}
    assert not ids & load.acknowledged
    load.number = 4
    assert load.request()[0] == "/v1/plans/P4/approval"
    load.answered({"plan": "P4", "event": "decision-1"})
    assert "decision-1" in load.acknowledged


@pytest.mark.slow
def test_killed_service_has_all_it_answered_for(tmp_path):
    acknowledged, lost, doubled = killed(tmp_path, n_kills=2, seed=7)
    assert acknowledged > 0
    assert (lost, doubled) == (0, 0)

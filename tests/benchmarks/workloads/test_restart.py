import pytest

from benchmarks.workloads.factory import EVENTS_PER_JOB
from benchmarks.workloads.restart import IN_ALL, PARTS, measure_restarts, told


@pytest.mark.slow
def test_killed_follower_ends_in_the_state_of_the_uninterrupted_one(tmp_path):
    n_events = 3000 * EVENTS_PER_JOB
    found = measure_restarts(tmp_path, n_kills=1, n_events=n_events)
    assert found.same_digest
    (all_s,) = found.parts_s[IN_ALL]
    parts_s = [found.parts_s[name][0] for name, _, _ in PARTS]
    assert all(part >= 0 for part in parts_s)
    assert sum(parts_s) == pytest.approx(all_s)


def test_follower_that_ends_too_early_is_an_error():
    lines = iter([{"what": "started"}, {"what": "saving"}])
    with pytest.raises(RuntimeError, match="before it told 'caught up'"):
        told(lines, "caught up", {"saving": []})

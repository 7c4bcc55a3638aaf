import json

import pytest

from benchmarks.workloads import factory, long_replay
from benchmarks.workloads.long_replay import N_CHECKPOINTS, Watch, main, replayed
from streams.checkpoint import checkpoints
from twin.replay.into import write_log

JOBS = 60


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long") / "log"
    parts = factory.parts(JOBS, beats_at_once=200)
    write_log(parts, folder, events_per_record=50)
    return folder


def test_replay_tells_what_it_ended_in(log, capsys, tmp_path):
    main(log, JOBS, 500)
    main(log, JOBS, 500, tmp_path)
    plain, saving = map(json.loads, capsys.readouterr().out.splitlines())
    assert plain["applied"] == JOBS * factory.EVENTS_PER_JOB
    assert plain["differences"] == []
    assert plain["digest"] == saving["digest"]
    assert all(mark["resident"] > 0 for mark in plain["marks"])
    assert len(checkpoints(tmp_path)) >= N_CHECKPOINTS


def test_replay_of_other_jobs_differs(log, capsys):
    main(log, JOBS - 1, 500)
    assert json.loads(capsys.readouterr().out)["differences"] != []


def test_replay_that_fails_says_why(tmp_path):
    with pytest.raises(RuntimeError, match="no such folder"):
        replayed(tmp_path / "nowhere", JOBS, 500)


def test_highest_before_each_mark_counts(monkeypatch):
    sizes = iter([7, 5, 9, 3])
    monkeypatch.setattr(
        long_replay, "memory_bytes", lambda: {"resident": next(sizes), "anonymous": 1}
    )
    watch = Watch()
    for share in (0.05, 0.085, 0.099, 0.1, 0.19, 1.0):
        watch.look(share)
    resident = [mark["resident"] for mark in watch.marks]
    assert resident == [7, 9, *[0] * 7, 3]

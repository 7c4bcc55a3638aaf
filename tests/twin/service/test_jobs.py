import json
import threading

import pytest

from twin.clock import ManualClock
from twin.errors import OptionError
from twin.service.jobs import HISTORY_MAX, Handle, Job, JobBoard
from twin.service.problems import ProblemError


@pytest.fixture
def make_board(tmp_path):
    made = []

    def make(**changed):
        told = changed.pop("told", lambda job: None)
        given = {"workers": 1, "waiting_max": 2, "kept_max": 5, **changed}
        board = JobBoard(
            tmp_path / "jobs", clock=ManualClock(now_us=7), told=told, **given
        )
        made.append(board)
        return board

    yield make
    for board in made:
        board.close()


def submit(board, work, kind="plan", **more):
    return board.submit(kind, {"n": 1}, work, who="anna", **more)


def finished(board, job):
    board.close()
    return board.job(job.id)


def test_job_that_is_done_has_steps_and_a_result(make_board):
    seen = []
    board = make_board(told=lambda job: seen.append((job.status, dict(job.progress))))

    def work(handle):
        handle.step(done=1)
        handle.step(done=2)
        return {"cost": 5.0}

    job = submit(board, work)
    while board.job(job.id).status != "done":
        pass
    assert board.result(job.id) == b'{"cost":5.0}'
    assert board.history(job.id) == [{"done": 1}, {"done": 2}]
    board.close()
    assert [status for status, _ in seen] == ["queued", *["running"] * 3, "done"]
    assert (job.id, job.submitted_us, job.who) == ("plan-1", 7, "anna")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OptionError("no such item"), "no such item"),
        (KeyError("x"), "a defect: KeyError"),
    ],
)
def test_job_that_fails_says_why_and_shows_no_insides(make_board, error, said):
    def work(handle):
        raise error

    board = make_board()
    job = submit(board, work)
    while board.job(job.id).status != "failed":
        pass
    assert board.job(job.id).error == said
    with pytest.raises(ProblemError, match="failed; allowed: one that is done"):
        board.result(job.id)


def test_jobs_stop_when_told_to_waiting_or_running(make_board):
    begun, goes_on = threading.Event(), threading.Event()

    def work(handle):
        begun.set()
        assert goes_on.wait(60)
        handle.step()
        raise AssertionError

    board = make_board()
    running, waiting = submit(board, work), submit(board, work)
    assert begun.wait(60)
    board.stop(waiting.id)
    board.stop(running.id)
    goes_on.set()
    assert finished(board, running).status == "stopped"
    assert board.stop(running.id).status == "stopped"


def test_too_many_that_wait_are_refused(make_board):
    gate = threading.Event()
    board = make_board(waiting_max=1)

    def work(handle):
        assert gate.wait(60)
        return {}

    first = submit(board, work)
    while board.job(first.id).status != "running":
        pass
    submit(board, work)
    with pytest.raises(ProblemError, match="jobs: 1 wait; allowed: 1"):
        submit(board, work)
    gate.set()


def test_what_was_under_way_at_a_crash_is_told(make_board, tmp_path):
    board = make_board()
    gate = threading.Event()
    done = submit(board, lambda handle: {"x": 1})
    while board.job(done.id).status != "done":
        pass
    lost = submit(board, lambda handle: gate.wait(60) and {})
    again = JobBoard(
        tmp_path / "jobs", clock=ManualClock(), told=lambda job: None,
        workers=1, waiting_max=1, kept_max=5,
    )  # fmt: skip
    assert again.job(lost.id).status == "interrupted"
    assert again.result(done.id) == b'{"x":1}'
    assert submit(again, lambda handle: {}).id == "plan-3"
    gate.set()
    again.close()


def test_oldest_that_are_over_go(make_board, tmp_path):
    gone = []
    board = make_board(kept_max=2, waiting_max=10, forgotten=gone.append)
    for _ in range(4):
        job = submit(board, lambda handle: {})
        while board.job(job.id).status != "done":
            pass
    assert [one.id for one in board.jobs()] == ["plan-4", "plan-3"]
    assert [one.id for one in gone] == ["plan-1", "plan-2"]
    board.close()
    kept = {path.stem for path in (tmp_path / "jobs").iterdir()}
    assert kept == {"plan-3", "plan-4"}


def test_job_is_over_once_that_is_on_the_disk(make_board, monkeypatch):
    board = make_board()
    seen, save = [], board._save

    def watched(job):
        shown = board.job(job.id).status if job.status != "queued" else None
        save(job)
        seen.append((job.status, shown))

    monkeypatch.setattr(board, "_save", watched)
    submit(board, lambda handle: {})
    board.close()
    # Saved again once all were told.
    assert seen == [("queued", None), ("done", "running"), ("done", "done")]


@pytest.mark.parametrize("name", ["none", "../keys", ""])
def test_job_that_is_not_there_is_named(make_board, name):
    with pytest.raises(ProblemError, match=f"job '{name}'"):
        make_board().job(name)


def test_long_history_is_thinned():
    job = Job(id="a", number=1, kind="plan", who="x", asked={}, submitted_us=0)
    handle = Handle(job, lambda job: None)
    for number in range(3 * HISTORY_MAX):
        handle.tell(done=number)
    assert len(handle.history) <= HISTORY_MAX
    done = [step["done"] for step in handle.history]
    assert done == sorted(done)
    assert done[-1] == 3 * HISTORY_MAX - 1


def test_job_that_cannot_be_kept_takes_no_place(make_board):
    board = make_board(waiting_max=1)
    for _ in range(3):
        with pytest.raises(UnicodeEncodeError):
            board.submit("plan", {"name": "\ud800"}, lambda handle: {}, who="anna")
    assert board.jobs() == []


def test_result_that_cannot_be_kept_fails_the_job(make_board):
    board = make_board()
    job = submit(board, lambda handle: {"x": object()})
    while board.job(job.id).status != "failed":
        pass
    assert board.job(job.id).error == "a defect: TypeError"


def test_end_that_nobody_was_told_of_is_told_at_the_start(make_board, tmp_path):
    def lost(job):
        if job.status == "done":
            raise SystemExit  # the process ends before anybody is told

    board = make_board(told=lost)
    job = submit(board, lambda handle: {})
    board.close()
    for expected in ([(job.id, "done")], []):
        told = []
        again = make_board(told=lambda one, to=told: to.append((one.id, one.status)))
        again.start()
        assert told == expected


def test_interrupted_job_is_told_at_the_start_and_an_old_one_is_not(
    make_board, tmp_path
):
    folder = tmp_path / "jobs"
    folder.mkdir()
    known = {"kind": "plan", "who": "anna", "asked": {}, "submitted_us": 7}
    for number, status in enumerate(("done", "running"), 1):
        job = {**known, "id": f"plan-{number}", "number": number, "status": status}
        (folder / f"plan-{number}.job").write_text(json.dumps(job))
    told = []
    make_board(told=lambda job: told.append((job.id, job.status))).start()
    assert told == [("plan-2", "interrupted")]

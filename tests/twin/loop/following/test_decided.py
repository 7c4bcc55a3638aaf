"""Decisions are kept once, and found again with where they were made."""

from streams.events import PlanReleased
from streams.log import LogReader, LogWriter
from streams.records import Position
from twin.loop.following.decided import DecisionLog, record_of

AT = Position({"plant-0": 7})


def plan(name, time_us):
    event = PlanReleased(plan=name, start_us=time_us, end_us=time_us + 1)
    return record_of(event, event_id=name, time_us=time_us, number=0)


def test_known_decisions_are_not_written_again(tmp_path):
    with LogWriter(tmp_path) as sink:
        log = DecisionLog(sink)
        assert log.write([plan("a", 1)], position=AT) == (plan("a", 1),)
        assert log.write([plan("a", 1), plan("b", 2)], position=AT) == (plan("b", 2),)
        assert (log.n_written, log.latest_us) == (2, 2)
        assert log.position == Position({"log/0": 2})


def test_decisions_are_recovered_from_a_position_on(tmp_path):
    with LogWriter(tmp_path) as sink:
        DecisionLog(sink).write([plan("a", 1), plan("b", 2)], position=AT)
        sink.append([b"no event", plan("b", 2).value])
        log = DecisionLog(sink)
        with LogReader(tmp_path) as kept:
            found = log.recover(kept, Position({"log/0": 1}))
    assert [(one.id, one.time_us, one.type) for one in found] == [
        ("b", 2, "PlanReleased")
    ]
    assert (log.knows("a"), log.knows("b")) == (False, True)
    assert log.position == Position({"log/0": 4})


def test_position_of_the_last_decision_is_recovered(tmp_path):
    with LogWriter(tmp_path) as sink:
        DecisionLog(sink).write([plan("a", 1)], position=AT)
        log = DecisionLog(sink)
        with LogReader(tmp_path) as kept:
            log.recover(kept, Position())
    assert log.decided_at == AT
    log.forget_before(2)
    assert not log.knows("a")


def test_decisions_of_another_run_are_passed_over(tmp_path):
    with LogWriter(tmp_path) as sink:
        for run, name in (("q95", "a"), ("q99", "b")):
            log = DecisionLog(sink)
            log.run = run
            log.write([plan(name, 1)], position=Position({"plant-0": len(name)}))
        log = DecisionLog(sink)
        log.run = "q95"
        with LogReader(tmp_path) as kept:
            found = log.recover(kept, Position())
    assert [one.id for one in found] == ["a"]
    assert not log.knows("b")
    assert log.position == Position({"log/0": 2})

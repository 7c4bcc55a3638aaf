import json

import pytest

from streams.codec import encode
from streams.errors import PositionError, StreamError
from streams.events import PlanReleased
from streams.log import LogReader, LogWriter
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.records import Position
from twin.service import releases
from twin.service.decisions import Decision, Terms
from twin.service.releases import HEARD_MAX, KEPT_MAX, Releases

TERMS = Terms(start_us=5, end_us=9, cost=3.5, policy="mpc", reason="review", orders=2)


def released(plan, event=None):
    return Decision("plan.released", plan, event or f"r-{plan}", 4, 0, TERMS)


def judged(plan, word, why=None, event=None):
    return Decision(f"plan.{word}", plan, event or f"w-{plan}", 6, 1, None, "anna", why)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "released.json"


def test_released_plan_has_the_last_word_on_it(path):
    kept = Releases(path)
    kept.add([judged("P0", "approved"), released("P1"), released("P2")])
    kept.add([judged("P1", "rejected", "too dear")])
    second, first = kept.plans()
    assert (second.plan, second.status, second.orders) == ("P2", "released", 2)
    assert (first.status, first.who, first.why) == ("rejected", "anna", "too dear")


def test_plans_are_there_after_a_restart_and_told_once(path):
    kept = Releases(path)
    kept.add([released("P1"), judged("P1", "approved")])
    again = Releases(path)
    again.add([released("P1")])
    assert again.plans() == kept.plans()
    assert again.plans()[0].status == "approved"


def test_plan_of_the_same_name_that_is_released_anew_is_not_decided(path):
    kept = Releases(path)
    kept.add([released("P1"), judged("P1", "approved"), released("P2")])
    kept.add([released("P1", "another")])
    assert [(one.plan, one.status) for one in kept.plans()] == [
        ("P1", "released"), ("P2", "released"),
    ]  # fmt: skip


def test_event_that_comes_again_says_nothing_new(path):
    kept = Releases(path)
    told = [
        released("P1"),
        judged("P1", "approved"),
        judged("P1", "rejected", "no", "x"),
    ]
    kept.add(told)
    kept.add(told[:2])
    (one,) = kept.plans()
    assert (one.status, one.why) == ("rejected", "no")
    kept.add([released("P1", "another"), *told])
    assert [one.status for one in Releases(path).plans()] == ["released"]


def test_only_the_latest_plans_are_kept(path):
    kept = Releases(path)
    kept.add([released(f"P{n}") for n in range(KEPT_MAX + 3)])
    assert len(kept.plans()) == len(json.loads(path.read_text())) == KEPT_MAX
    assert kept.plans()[-1].plan == "P3"


def test_what_was_heard_of_a_plan_is_bounded(path):
    kept = Releases(path)
    kept.add([released("P1")])
    kept.add([judged("P1", "approved", event=f"{n:016x}") for n in range(10_000)])
    (one,) = kept.plans()
    assert len(one.heard) == HEARD_MAX
    assert len(path.read_bytes()) < 20 * HEARD_MAX + 1_000


def test_source_that_does_not_hold_all_any_more_is_read_from_where_it_does(
    path, tmp_path
):
    position = Position({"log/0": 1})

    class Shortened(LogReader):
        def seek(self, position):
            if "log/0" in position:
                raise PositionError("gone")
            super().seek(position)

    with LogWriter(tmp_path / "log") as log:
        event = PlanReleased(plan="P1", start_us=1, end_us=2, lines=())
        log.append([encode(event, event_id="1", source="test", time_us=0)])
    kept = Releases(path)
    kept.recall(lambda: Shortened(tmp_path / "log"), position, lambda: True)
    assert not kept.are_kept
    kept.recall(lambda: Shortened(tmp_path / "log"), position, lambda: False)
    assert [one.plan for one in kept.plans()] == ["P1"]


def memory_log(n_records, *partitions):
    """Return a log, a plan in each record, and the position after it."""
    log = MemoryLog(partitions)
    for name in partitions:
        events = [
            PlanReleased(plan=f"{name}-{n}", start_us=1, end_us=2, lines=())
            for n in range(n_records)
        ]
        values = [
            encode(event, event_id=event.plan, source="test", time_us=0)
            for event in events
        ]
        MemorySink(log, name).append(values)
    return log, Position(dict.fromkeys(partitions, n_records))


class OneByOne(MemorySource):
    """Gives one record at a time, and before some of them what is asked for."""

    def __init__(self, log, *before):
        super().__init__(log)
        self._before = list(before)

    def poll(self, timeout_s, max_records):
        if self._before and (what := self._before.pop(0)) is not None:
            return what()
        return super().poll(0, 1)


def test_partitions_that_are_not_held_whole_are_read_from_their_oldest(
    path, monkeypatch
):
    class Shortened(OneByOne):
        def seek(self, position):
            if list(position):
                raise PositionError("gone")
            super().seek(position)

    monkeypatch.setattr(releases, "RECALLED_MAX", 1)
    log, position = memory_log(3, "a/0", "b/0")
    kept = Releases(path)
    kept.recall(lambda: Shortened(log), position, lambda: False)
    assert len(Releases(path).plans()) == 6


def raises(error):
    def what():
        raise error

    return what


@pytest.mark.parametrize("error", [StreamError("torn"), OSError("gone")], ids=repr)
def test_plans_that_were_not_all_found_are_looked_for_anew(path, error):
    log, position = memory_log(2, "a/0")
    kept = Releases(path)
    with pytest.raises(type(error)):
        kept.recall(lambda: OneByOne(log, None, raises(error)), position, lambda: False)
    kept.add([released("P1")])
    assert [one.plan for one in kept.plans()] == ["P1", "a/0-0"]
    assert not kept.are_kept
    again = Releases(path)
    again.recall(lambda: OneByOne(log), position, lambda: False)
    assert [one.plan for one in Releases(path).plans()] == ["a/0-1", "a/0-0"]


def test_search_that_was_told_to_end_is_begun_anew(path):
    log, position = memory_log(2, "a/0")
    kept, stops = Releases(path), iter([False, True])
    kept.recall(lambda: OneByOne(log), position, lambda: next(stops))
    assert len(kept.plans()) == 1
    assert not kept.are_kept


def test_source_that_cannot_be_opened_leaves_all_to_be_found(path):
    kept = Releases(path)
    with pytest.raises(OSError, match="gone"):
        kept.recall(raises(OSError("gone")), Position({"a/0": 1}), lambda: False)
    kept.add([released("P1")])
    assert not kept.are_kept


def test_only_silence_without_a_break_ends_the_search(path, monkeypatch, caplog):
    def nothing():
        return None

    monkeypatch.setattr(releases, "_EMPTY_MAX", 2)
    log, position = memory_log(3, "a/0")
    kept = Releases(path)
    kept.recall(
        lambda: OneByOne(log, nothing, None, nothing, nothing), position, lambda: False
    )
    assert not kept.are_kept
    assert "anew at the next start" in caplog.text
    kept.recall(
        lambda: OneByOne(log, nothing, None, nothing, None), position, lambda: False
    )
    assert len(Releases(path).plans()) == 3

"""Decisions wait for their instant, each once."""

import json

import pytest

from streams.codec import encode
from streams.events import PlanApproved, PlanLine, PlanReleased, StockCounted
from streams.log import LogReader, LogWriter
from streams.names import Names
from twin.loop.following.decided import record_of
from twin.loop.following.deciding import Schedule
from twin.loop.occasions import Proposal

HOUR_US = 3_600_000_000


def plan(name, time_us, number=0):
    event = PlanReleased(plan=name, start_us=time_us, end_us=time_us + 1)
    return record_of(event, event_id=name, time_us=time_us, number=number)


def test_decisions_wait_by_instant_until_they_are_dropped():
    schedule = Schedule(Names())
    schedule.add([plan("b", 5, 1), plan("a", 5), plan("c", 9)])
    schedule.add([plan("a", 5)])
    assert schedule.times_us == (5, 9)
    assert [one.id for one in schedule.at(5)] == ["b", "a"]
    events = schedule.events_at(5)
    # In canonical order: by the number of the producer.
    assert events.sequence.tolist() == [0, 1]
    schedule.drop(5)
    assert [one.id for one in schedule.records] == ["c"]
    assert len(schedule.events_at(5)) == 0


class Torn:
    """A sink that keeps the first records of a batch and is killed."""

    def __init__(self, sink, after, n_kept):
        self.sink, self.after, self.n_kept = sink, after, n_kept

    def append(self, values, **more):
        self.after -= 1
        if self.after >= 0:
            self.sink.append(values, **more)
            return
        kept = {name: column[: self.n_kept] for name, column in more.items()}
        self.sink.append(values[: self.n_kept], **kept)
        self.sink.flush()
        raise KeyboardInterrupt

    def flush(self):
        return self.sink.flush()


class Three:
    """Proposes three orders that leave at once."""

    def respond(self, situation, occasions):
        now_us = situation.now_us
        lines = tuple(
            PlanLine(
                kind="purchase", item="tea", site="hub", quantity=units, source="V",
                release_us=now_us, due_us=now_us + HOUR_US,
            )
            for units in (5.0, 6.0, 7.0)
        )  # fmt: skip
        return Proposal(lines=lines, end_us=now_us + HOUR_US)


@pytest.mark.parametrize("must_be_approved", [False, True])
def test_orders_of_a_plan_that_was_kept_in_part_are_written(
    desk, tea, must_be_approved
):
    as_of_us = tea.settings.as_of_us
    one = desk(responder=Three(), options={
        "basis": "provisional", "is_repeatable": False, "lateness_us": HOUR_US,
        "must_be_approved": must_be_approved,
    })  # fmt: skip
    events = [
        StockCounted(item="tea", site="hub", quantity=60),
        PlanApproved(plan=f"r/review/{as_of_us}", who="ada"),
    ]
    one.write([[
        encode(event, event_id=str(n), source="erp", time_us=as_of_us + n * HOUR_US)
        for n, event in enumerate(events)
    ]])  # fmt: skip
    with (
        LogWriter(one.folder / "decisions") as sink,
        LogWriter(one.folder / "orders") as orders,
        LogReader(one.plant) as reader,
    ):
        after, n_kept = (1, 1) if must_be_approved else (0, 2)
        loop = one.begin(Torn(sink, after, n_kept), orders)
        for _ in range(after):
            loop.push(reader.poll(0, 1))
        with pytest.raises(KeyboardInterrupt):
            loop.push(reader.poll(0, 1))
    assert sum(b"OrderDispatched" in value for value in one.kept("decisions")) == 1
    one.run()
    kept = [value for value in one.kept("decisions") if b"OrderDispatched" in value]
    names, sent = (
        [json.loads(value)["id"] for value in some]
        for some in (kept, one.kept("orders"))
    )
    assert len(set(names)) == len(names) == 3
    assert sorted(sent) == sorted(names)

"""Decisions wait for their instant, each once."""

from streams.events import PlanReleased
from streams.names import Names
from twin.loop.following.decided import record_of
from twin.loop.following.deciding import Schedule


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

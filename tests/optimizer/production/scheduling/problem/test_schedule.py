"""The record of a schedule."""

from optimizer.production.scheduling.problem import Schedule


def test_without_a_schedule_there_are_no_times():
    infinite = float("inf")
    found = Schedule(status="unknown", objective=infinite, bound=3.0, gap=infinite)
    assert found.start.size == found.end.size == found.mode.size == 0
    assert found.history == ()

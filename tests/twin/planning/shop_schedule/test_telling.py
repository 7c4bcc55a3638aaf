from optimizer.production.scheduling.faults import fault
from twin.planning.shop_schedule.telling import said_of

AT_US, TICK_US = 1_767_571_200_000_000, 60_000_000


def test_ticks_become_moments_and_seconds():
    found = fault(
        "before_handover", "it starts too early", operation="weld", job="A",
        start_at=5, before="cut", before_job="A", worked_ticks=3,
    )  # fmt: skip
    said = said_of(found, at_us=AT_US, tick_us=TICK_US)
    assert (said.kind, str(said)) == ("fault_before_handover", "it starts too early")
    assert said.parts == {
        "operation": "weld", "job": "A", "start_time_us": AT_US + 5 * TICK_US,
        "before": "cut", "before_job": "A", "worked_s": 180.0,
    }  # fmt: skip


def test_what_is_no_time_stays_as_it_is():
    found = fault("pool_short", "too few", pool="crew", capacity=2, used=3, when_at=0)
    said = said_of(found, at_us=AT_US, tick_us=TICK_US)
    assert said.parts == {
        "pool": "crew", "capacity": 2, "used": 3, "when_time_us": AT_US,
    }  # fmt: skip

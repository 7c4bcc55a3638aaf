import json

from streams.codec import decode
from streams.names import Names
from streams.records import RecordBatch
from twin.service.decisions import decisions_of


def event(number, kind, **data):
    return json.dumps(
        {
            "specversion": "1.0", "id": f"e-{number}", "source": "loop", "type": kind,
            "time": "2026-01-05T08:00:00Z", "data": data,
        }
    ).encode()  # fmt: skip


def test_decisions_are_found_among_other_events():
    values = [
        event(1, "PlanApproved", plan="P1", who="anna"),
        event(2, "StockCounted", item="soap", site="dc", quantity=1),
        event(3, "PlanRejected", plan="P2", who="anna", why="no"),
        event(1, "PlanApproved", plan="P1", who="anna"),
    ]
    found = decisions_of(decode(RecordBatch.of("log/0", values), Names()).events)
    told = [(one.what, one.plan, one.offset) for one in found]
    assert told == [
        ("plan.approved", "P1", 0), ("plan.rejected", "P2", 2),
        ("plan.approved", "P1", 3),
    ]  # fmt: skip
    assert found[0].event == found[2].event != found[1].event
    assert found[0].time_us == 1_767_600_000_000_000

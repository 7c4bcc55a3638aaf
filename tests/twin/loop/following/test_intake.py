"""Events come out once, complete, and those that are new are known."""

import pytest

from streams.codec import encode
from streams.errors import PositionError
from streams.events import StockCounted
from streams.ingest import IngestOptions
from streams.records import Position, RecordBatch
from twin.loop.following.intake import Intake


def records(*times, first=0):
    values = [
        encode(StockCounted(item="tea", site="hub", quantity=1), event_id=str(t),
               source="wms", time_us=t)
        for t in times
    ]  # fmt: skip
    return RecordBatch.of("log/0", values, first_offset=first)


@pytest.fixture
def intake():
    return Intake(("log/0",), IngestOptions(lateness_us=10))


def test_events_wait_for_the_watermark(intake):
    taken = intake.push(records(9, 5, 30))
    assert taken.events.time_us.tolist() == [5, 9]
    assert (taken.latest_us, intake.watermark_us, intake.waiting) == (30, 20, 1)
    assert intake.buffered().events.time_us.tolist() == [30]
    assert intake.position == Position({"log/0": 3})


def test_new_events_are_those_of_a_batch_after_a_position(intake):
    intake.push(records(100, 101))
    batch = records(102, 103, first=2)
    intake.push(batch)
    waiting = intake.buffered().events
    new = intake.is_new(waiting, batch, after=Position())
    assert waiting.time_us[new].tolist() == [102, 103]
    new = intake.is_new(waiting, batch, after=Position({"log/0": 3}))
    assert waiting.time_us[new].tolist() == [103]


def test_snapshot_goes_on_where_it_was(intake):
    intake.push(records(9, 30))
    again = Intake(("log/0",), IngestOptions(lateness_us=10))
    again.restore(intake.snapshot())
    assert again.position == intake.position
    assert again.push(records(60, first=2)).events.time_us.tolist() == [30]


def test_other_partitions_are_refused(intake):
    with pytest.raises(PositionError):
        intake.push(RecordBatch.of("other", [b"{}"]))

import pytest

from streams.kafka import KafkaConfiguration, lane_poller
from streams.records import Position, RecordBatch


class Lane:
    """In place of the lane: gives one batch, and notes what it was told."""

    made = None

    def __init__(self, configuration, offsets, **options):
        Lane.made = self
        self.offsets, self.options = dict(offsets), options
        self.is_closed = False

    def poll(self, timeout_s, max_records):
        offset = self.offsets["t-0"]
        if offset >= 5:
            return None
        self.offsets["t-0"] = 5
        return RecordBatch.of("t-0", [b"v"] * (5 - offset), first_offset=offset)

    def seek(self, offsets):
        self.offsets.update(offsets)

    def position(self):
        return Position(self.offsets)

    def close(self):
        self.is_closed = True


@pytest.fixture
def poller(monkeypatch):
    monkeypatch.setattr(lane_poller, "FetchLane", Lane)
    configuration = KafkaConfiguration(("a:1",), isolation_level="read_uncommitted")
    made = lane_poller.LanePoller(configuration, timeout_s=3.0)
    made.seek({"t-0": 0, "t-1": 9})
    return made


def test_lane_is_opened_at_the_last_place_when_records_are_wanted(poller):
    Lane.made = None
    poller.seek({"t-0": 2})
    assert poller.positions(["t-0"]) == {"t-0": 2}
    assert Lane.made is None
    assert len(poller.poll(0.0, 9)[0]) == 3
    assert Lane.made.options == {"committed": False, "timeout_s": 3.0}
    assert poller.positions(["t-0", "t-1"]) == {"t-0": 5, "t-1": 9}
    assert poller.poll(0.0, 9) == []


def test_seek_and_close_reach_the_lane(poller):
    poller.close()
    poller.poll(0.0, 9)
    poller.seek({"t-0": 4})
    assert len(poller.poll(0.0, 9)[0]) == 1
    poller.close()
    assert Lane.made.is_closed

import pytest

from streams.errors import PositionError, RecordError
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.records import Position


@pytest.fixture
def log():
    log = MemoryLog(["a", "b"])
    MemorySink(log, "a").append([b"a0", b"a1", b"a2"], timestamps_us=[10, 30, 20])
    MemorySink(log, "b").append(
        [b"b0"], keys=[b"k"], headers=[{"h": b"v"}], timestamps_us=5
    )
    return log


def drain(source, max_records=2):
    found = []
    while batch := source.poll(0, max_records):
        found += [(batch.partition, value) for value in batch.values()]
    return found


def test_partitions_are_read_in_turn_to_the_end(log):
    with MemorySource(log) as source:
        assert [value for _, value in drain(source)] == [b"a0", b"a1", b"b0", b"a2"]
        assert source.position() == source.end_position() == Position({"a": 3, "b": 1})


def test_keys_headers_and_times_come_back(log):
    source = MemorySource(log)
    source.seek(Position({"a": 3}))
    batch = source.poll(0, 9)
    assert batch.keys == (b"k",)
    assert batch.headers == ({"h": b"v"},)
    assert batch.timestamps_us.tolist() == [5]


def test_seek_time_leaves_no_record_of_that_time_behind(log):
    source = MemorySource(log)
    source.seek_time(20)
    assert source.position() == Position({"a": 1, "b": 1})
    assert drain(source) == [("a", b"a1"), ("a", b"a2")]


@pytest.mark.parametrize("position", [{"a": 4}, {"nowhere": 0}])
def test_seek_to_what_is_not_there_is_refused(log, position):
    with pytest.raises(PositionError, match="must be"):
        MemorySource(log).seek(Position(position))


def test_append_returns_the_first_offset_and_flush_the_end(log):
    with MemorySink(log) as sink:
        assert sink.append([b"x", b"y"]) == 3
        assert sink.flush() == Position({"a": 5})
        with pytest.raises(RecordError, match="headers"):
            sink.append([b"z"], headers=[])

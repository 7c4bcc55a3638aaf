import numpy as np
import pyarrow as pa
import pytest

from streams.batch import EventBatch, concatenate, empty_columns
from streams.codec import encode
from streams.codec.arrow import decode_arrow
from streams.codec.arrow_columnar import ORDERED_KEY
from streams.events import TYPE_CODES, OrderCancelled
from streams.log import LogReader, LogWriter
from streams.names import Names, hash64_all
from streams.records import RecordBatch
from twin.errors import OptionError, ReplayError
from twin.model import example_folder, load
from twin.replay import Twin
from twin.replay.into import Written, write_log


def readings(numbers, names=None):
    """Readings at second i with id i, for every number i."""
    names = Names() if names is None else names
    numbers = np.asarray(numbers, np.int64)
    columns = empty_columns(len(numbers))
    columns["time_us"][:] = numbers * 1_000_000
    columns["type_code"][:] = TYPE_CODES["MachineReading"]
    columns["source"] = names.indices(["plant"] * len(numbers))
    columns["sequence"][:] = numbers
    columns["place"] = names.indices([f"M{n % 7}" for n in numbers.tolist()])
    columns["party"] = names.indices(["heat"] * len(numbers))
    columns["value0"][:] = numbers / 2
    columns["id_hash"][:] = hash64_all([str(n) for n in numbers.tolist()])
    return EventBatch(names=names, detail=b"", **columns)


def read(log):
    names, parts = Names(), []
    with LogReader(log) as reader:
        while (records := reader.poll(0, 100)) is not None:
            decoded = decode_arrow(records, names)
            assert decoded.deduplicated
            assert not decoded.rejected
            parts.append(decoded.events)
    return concatenate(parts, names)


def ordered_marks(log):
    marks = []
    with LogReader(log) as reader:
        while (records := reader.poll(0, 1)) is not None:
            metadata = pa.ipc.open_stream(records.value(0)).schema.metadata
            marks.append(metadata[ORDERED_KEY] == b"1")
    return marks


def test_what_was_written_comes_back_in_records_of_some_thousands(tmp_path):
    written = write_log(
        [readings(range(20)), readings(range(20, 25))], tmp_path, events_per_record=8
    )
    assert written == Written(events=25, duplicates=0, records=4)
    events = read(tmp_path)
    assert events.sequence.tolist() == list(range(25))
    assert events.value0.tolist() == [n / 2 for n in range(25)]
    assert [events.names[n] for n in events.place[:8]] == [
        f"M{n % 7}" for n in range(8)
    ]
    reader = LogReader(tmp_path)
    reader.seek_time(21_000_000)
    assert reader.position().of("log/0") == 3


def test_log_that_is_continued_takes_each_event_once(tmp_path):
    write_log([readings(range(10))], tmp_path, events_per_record=4)
    again = write_log([readings(range(5, 15))], tmp_path)
    assert again == Written(events=5, duplicates=5, records=1)
    assert read(tmp_path).sequence.tolist() == list(range(15))
    assert write_log([readings(range(15))], tmp_path) == Written(0, 15, 0)


def test_event_that_may_lie_before_what_is_known_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("twin.replay.into._RECORDS_AT_ONCE", 1)
    write_log([readings(range(12))], tmp_path, events_per_record=3)
    part = [readings([6, 7, 11, 12])]
    assert write_log(part, tmp_path, tail_events=6) == Written(1, 3, 1)
    with pytest.raises(ReplayError, match="5000000 us may be in the log already"):
        write_log([readings([5])], tmp_path, tail_events=6)
    assert read(tmp_path).sequence.tolist() == list(range(13))


def test_order_is_claimed_only_where_it_holds(tmp_path):
    parts = [readings(range(3)), readings([5, 4]), readings([4]), readings([6, 7])]
    parts[2].id_hash[0] ^= 1
    write_log(parts, tmp_path)
    assert ordered_marks(tmp_path) == [True, False, False, True]
    write_log([readings([7, 8])], tmp_path)
    late = readings([3])
    late.id_hash[0] ^= 1
    write_log([late], tmp_path)
    assert ordered_marks(tmp_path)[4:] == [True, False]


def test_log_of_another_kind_is_left_alone(tmp_path):
    value = encode(OrderCancelled(order="O"), event_id="1", source="erp", time_us=0)
    with LogWriter(tmp_path) as log:
        log.append([value])
    with pytest.raises(OptionError, match="offset 0 was not written by a replay"):
        write_log([readings([1])], tmp_path)
    assert LogReader(tmp_path).end_position().of("log/0") == 1


def test_message_sent_on_twice_is_folded_once(tmp_path):
    """What a message says of itself holds in its own log, and nowhere else."""
    batch = readings([1, 2, 3])
    write_log([batch], tmp_path / "log")
    with LogReader(tmp_path / "log") as reader:
        message = reader.poll(0, 1).value(0)
    twin = Twin(load(example_folder()), ["topic-0"])
    twin.push(RecordBatch.of("topic-0", [message, message]))
    assert (twin.counters.read, twin.counters.duplicates) == (6, 3)

from pathlib import Path

import pytest

from streams.errors import KafkaConfigurationError, SourceFileError
from streams.files import NdjsonSource
from streams.log import LogReader, LogWriter
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.records import Position
from twin.errors import OptionError, ReplayError
from twin.replay import RecordedLog, identity_of, open_source, read, torn_tail
from twin.replay.recorded import append_recorded


@pytest.fixture
def log(tmp_path) -> Path:
    with LogWriter(tmp_path / "log") as writer:
        writer.append([b"a", b"b", b"c"])
    return tmp_path / "log"


def test_folder_is_a_log_and_a_file_is_what_its_name_says(log, tmp_path):
    (tmp_path / "x.ndjson").write_text("{}\n")
    assert isinstance(open_source(str(log)), LogReader)
    assert isinstance(open_source(str(tmp_path / "x.ndjson")), NdjsonSource)


def test_recorded_log_is_read_as_its_source(log, tmp_path):
    with LogReader(log) as reader, LogWriter(tmp_path / "kept") as writer:
        append_recorded(writer, reader.poll(0, 9))
    assert isinstance(open_source(str(tmp_path / "kept")), RecordedLog)


@pytest.mark.parametrize(
    ("name", "error", "reason"),
    [
        ("missing", OptionError, "no such file or folder"),
        ("folder", OptionError, "has no segment in it"),
        ("table.xml", SourceFileError, "must end with"),
    ],
)
def test_what_is_no_source_is_refused(tmp_path, name, error, reason):
    (tmp_path / "folder").mkdir()
    (tmp_path / "table.xml").write_text("")
    with pytest.raises(error, match=reason):
        open_source(str(tmp_path / name))


def test_address_that_is_none_is_refused_without_a_broker():
    with pytest.raises(KafkaConfigurationError, match="kafka://host:port"):
        open_source("kafka://nowhere")


@pytest.mark.parametrize("batch_records", [1, 2, 100])
def test_reading_ends_at_the_position(log, batch_records):
    with open_source(str(log)) as source:
        batches = read(source, Position({"log/0": 2}), batch_records=batch_records)
        assert [value for batch in batches for value in batch.values()] == [b"a", b"b"]
        assert source.position() == Position({"log/0": 2})
        rest = read(source, source.end_position(), batch_records=batch_records)
        assert [value for batch in rest for value in batch.values()] == [b"c"]


def test_records_beyond_the_end_of_their_partition_are_dropped():
    memory = MemoryLog(["a", "b"])
    MemorySink(memory, "a").append([b"a0", b"a1", b"a2"])
    MemorySink(memory, "b").append([b"b0", b"b1", b"b2"])
    end = Position({"a": 1, "b": 3})
    batches = list(read(MemorySource(memory), end, batch_records=10))
    values = [value for batch in batches for value in batch.values()]
    assert sorted(values) == [b"a0", b"b0", b"b1", b"b2"]


def test_source_that_falls_silent_is_reported():
    source = MemorySource(MemoryLog(["a"]))
    with pytest.raises(ReplayError, match="gives nothing more"):
        list(read(source, Position({"a": 1})))


def test_identity_of_a_log_stays_when_it_grows_or_moves(tmp_path):
    with LogWriter(tmp_path / "a") as writer:
        writer.append([b"one", b"two"])
    told = identity_of(str(tmp_path / "a"))
    with LogWriter(tmp_path / "a") as writer:
        writer.append([b"three"])
    (tmp_path / "a").rename(tmp_path / "b")
    assert identity_of(str(tmp_path / "b")) == told
    with LogWriter(tmp_path / "c") as writer:
        writer.append([b"one", b"too"])
    assert identity_of(str(tmp_path / "c")) != told


def test_torn_tail_is_measured(tmp_path):
    with LogWriter(tmp_path) as writer:
        writer.append([b"one", b"two"])
    segment = next(tmp_path.glob("*.seg"))
    assert torn_tail(str(tmp_path)) is None
    with segment.open("ab") as file:
        file.write(b"12345")
    found = torn_tail(str(tmp_path))
    assert (found.n_bytes, found.offset, found.segment) == (5, 2, segment.name)
    assert "5 bytes" in str(found)
    assert torn_tail(str(segment)) is None
    assert torn_tail("kafka://localhost:9092/orders") is None

"""Recording from a file; from Kafka it is tried in tests/system."""

import pytest

from streams.log import LogReader, LogWriter


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "events.ndjson"
    path.write_text("{}\n\nsecond\n")
    return path


def test_recording_goes_on_where_the_log_ends(command, lines, tmp_path):
    log = tmp_path / "kept"
    first = command("record", lines, log)
    assert (first["records"], first["end_offset"]) == (2, 2)
    assert first["position"] == {"events.ndjson": 3}
    lines.write_text(lines.read_text() + "third\n")
    assert command("record", lines, log)["records"] == 1
    assert command("record", lines, log)["records"] == 0
    with LogReader(log) as reader:
        batches = [reader.poll(0, 10) for _ in range(2)]
    assert [v for b in batches for v in b.values()] == [b"{}", b"second", b"third"]


def test_append_torn_by_a_crash_is_recorded_again(command, lines, tmp_path):
    log = tmp_path / "kept"
    command("record", lines, log)
    segment = next(log.glob("*.seg"))
    segment.write_bytes(segment.read_bytes()[:-3])
    assert command("record", lines, log)["records"] == 2
    with LogWriter(log) as writer:
        assert writer.end_offset == 2

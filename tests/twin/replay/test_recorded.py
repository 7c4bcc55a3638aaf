import pytest

from streams.errors import PositionError
from streams.log import LogReader, LogWriter
from streams.records import Position, RecordBatch
from twin.errors import OptionError
from twin.replay.recorded import (
    PartitionSink,
    RecordedLog,
    append_recorded,
    begins_recorded,
    held_already,
    is_recorded,
)


@pytest.fixture
def kept(tmp_path):
    """Two partitions, whose offsets begin at 10 and at 0 and have a gap."""
    first = RecordBatch.of("a-0", [b"a10", b"a11"], first_offset=10, timestamps_us=1)
    second = RecordBatch.of(
        "a-1", [b"b0", b"b1"], timestamps_us=[2, 3], headers=[{"h": b"x"}, {}]
    )
    third = RecordBatch.of("a-0", [b"a15"], first_offset=15, timestamps_us=4)
    with LogWriter(tmp_path / "log") as writer:
        for batch in (first, second, third):
            append_recorded(writer, batch)
    return tmp_path / "log"


def rest_of(source, most=100):
    found = []
    while (batch := source.poll(0, most)) is not None:
        assert len(batch) <= most
        offsets = batch.offsets.tolist()
        found += zip(offsets, batch.values(), strict=True)
    return found


def test_partitions_and_offsets_are_those_of_the_source(kept):
    with RecordedLog(kept) as source:
        assert source.partitions() == ("a-0", "a-1")
        assert source.position() == Position({"a-0": 10, "a-1": 0})
        assert source.end_position() == Position({"a-0": 16, "a-1": 2})
        expected = [(10, b"a10"), (11, b"a11"), (0, b"b0"), (1, b"b1"), (15, b"a15")]
        assert rest_of(source) == expected
        assert source.position() == source.end_position()


def test_small_polls_give_the_same(kept):
    with RecordedLog(kept) as source, RecordedLog(kept) as other:
        assert rest_of(source, 1) == rest_of(other)


def test_seek_leaves_out_what_was_read(kept):
    with RecordedLog(kept) as source:
        source.seek(Position({"a-0": 11, "a-1": 2}))
        assert rest_of(source) == [(11, b"a11"), (15, b"a15")]
        source.seek(Position({"a-1": 1}))
        assert len(rest_of(source)) == 4


def test_seek_to_a_time_goes_by_the_time_stamps(kept):
    with RecordedLog(kept) as source:
        source.seek_time(3)
        assert rest_of(source) == [(1, b"b1"), (15, b"a15")]


@pytest.mark.parametrize(
    ("offsets", "reason"),
    [({"b": 0}, "must be one of a-0, a-1"), ({"a-0": 17}, r"10\.\.16, was 17")],
)
def test_place_that_is_not_there_is_refused(kept, offsets, reason):
    with RecordedLog(kept) as source, pytest.raises(PositionError, match=reason):
        source.seek(Position(offsets))


def test_headers_of_the_producer_are_kept(kept):
    with RecordedLog(kept) as source:
        source.seek(Position({"a-0": 16}))
        assert source.poll(0, 1).headers[0]["h"] == b"x"


def test_log_of_something_else_is_told_apart(kept, tmp_path):
    with LogWriter(tmp_path / "other") as writer:
        writer.append([b"x"])
    assert is_recorded(kept)
    assert not is_recorded(tmp_path / "other")
    with LogReader(kept) as recorded, LogReader(tmp_path / "other") as other:
        other.poll(0, 1)
        assert begins_recorded(recorded)
        assert not begins_recorded(other)
        assert recorded.position() == other.position() == Position({"log/0": 0})
    with pytest.raises(OptionError, match="offset 0 was not recorded"):
        RecordedLog(tmp_path / "other")


@pytest.fixture
def imports(tmp_path):
    """Append two imports one after the other; their times overlap."""

    def make(*names):
        days = {"import/a": [[1, 2], [7, 9]], "import/b": [[0, 3], [4, 8]]}
        with LogWriter(tmp_path / "".join(names).replace("/", "")) as writer:
            for name in names:
                for number, times in enumerate(days[name]):
                    values = [f"{name[-1]}{time}".encode() for time in times]
                    first = 2 * number
                    batch = RecordBatch.of(
                        name, values, first_offset=first, timestamps_us=times
                    )
                    append_recorded(writer, batch)
        return tmp_path / "".join(names).replace("/", "")

    return make


def test_imports_are_read_by_time_whichever_came_first(imports):
    told = []
    for names in (("import/a", "import/b"), ("import/b", "import/a")):
        for most in (1, 100):
            with RecordedLog(imports(*names)) as source:
                told.append([value for _, value in rest_of(source, most)])
    assert told[0] == [b"b0", b"b3", b"a1", b"a2", b"b4", b"b8", b"a7", b"a9"]
    assert told.count(told[0]) == 4


def test_imports_are_each_sought_by_time(imports):
    with RecordedLog(imports("import/a", "import/b")) as source:
        source.seek_time(3)
        assert source.position() == Position({"import/a": 2, "import/b": 1})
        source.seek_time(99)
        assert source.position() == source.end_position()


def test_partition_of_an_import_goes_on_where_it_was(tmp_path):
    log, name = tmp_path / "log", "import/a/1"
    for values in ([b"one", b"two"], [b"three"]):
        first = held_already(log, name, beside="letters")
        with (
            LogWriter(log) as writer,
            PartitionSink(writer, name, next_offset=first) as sink,
        ):
            headers = [{"h": b"x"}] * len(values)
            appended = sink.append(values, timestamps_us=5, headers=headers)
            assert appended == first
            assert sink.flush() == Position({name: first + len(values)})
    assert held_already(log, name, beside="letters") == 3
    assert held_already(log, "import/b/1", beside="letters") == 0
    with RecordedLog(log) as source:
        assert rest_of(source) == [(0, b"one"), (1, b"two"), (2, b"three")]


def test_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "letters").mkdir()
    assert held_already(tmp_path, "import/a/1", beside="letters") == 0
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(OptionError, match=r"but 'notes\.txt'"):
        held_already(tmp_path, "import/a/1", beside="letters")
    with pytest.raises(OptionError, match="is a file; a log is a folder"):
        held_already(tmp_path / "notes.txt", "import/a/1", beside="letters")

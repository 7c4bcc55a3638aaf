import io

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import files
from streams.errors import PositionError, SourceFileError
from streams.files import NdjsonSource, TableSource, open_file
from streams.records import Position


def drain(source, max_records=7):
    found = []
    while batch := source.poll(0, max_records):
        assert len(batch) <= max_records
        found += zip(batch.offsets.tolist(), batch.values(), strict=True)
    return found


LINE = st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"").rstrip(b"\r"))


@settings(max_examples=150, deadline=None)
@given(
    lines=st.lists(LINE, max_size=12),
    ends_with_break=st.booleans(),
    windows=st.booleans(),
    block_bytes=st.integers(1, 40),
    data=st.data(),
)
def test_any_lines_in_any_blocks_come_back_with_their_numbers(
    tmp_path_factory, lines, ends_with_break, data, **how
):
    path = tmp_path_factory.mktemp("files") / "x.ndjson"
    breaks = b"\r\n" if how["windows"] else b"\n"
    text = breaks.join(lines) + breaks * ends_with_break
    path.write_bytes(text)
    with pytest.MonkeyPatch.context() as patch, NdjsonSource(path) as source:
        patch.setattr(files, "_BLOCK_BYTES", how["block_bytes"])
        if text.startswith(files._BOM):
            lines[0] = lines[0][3:]
        expected = [(n, line) for n, line in enumerate(lines) if line]
        assert drain(source) == expected
        end = source.end_position().of("x.ndjson")
        assert source.position() == source.end_position()
        assert end == text.count(b"\n") + (text[-1:] not in {b"", b"\n"})
        start = data.draw(st.integers(0, end))
        source.seek(Position({"x.ndjson": start}))
        assert source.position().of("x.ndjson") == start
        assert drain(source, 1) == [row for row in expected if row[0] >= start]
        source.seek_time(5)
        assert drain(source, 3) == expected


def test_bytes_that_are_no_utf8_and_a_mark_at_the_start_are_no_trouble(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\xef\xbb\xbf{}\r\n\xff\xfe\r\n")
    assert drain(open_file(path)) == [(0, b"{}"), (1, b"\xff\xfe")]


def test_line_without_end_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "x.ndjson"
    path.write_bytes(b"a\n" + b"x" * 500)
    monkeypatch.setattr(files, "_BLOCK_BYTES", 16)
    monkeypatch.setattr(files, "_LINE_BYTES_MAX", 128)
    source = NdjsonSource(path)
    assert drain_one(source) == b"a"
    with pytest.raises(SourceFileError, match="byte 2: no line break in 128 bytes"):
        source.poll(0, 1)
    source.close()


def drain_one(source):
    return source.poll(0, 1).value(0)


@pytest.fixture
def table():
    return pl.DataFrame(
        {"id": [f"e{i}" for i in range(10)], "qty": [i / 2 for i in range(10)]}
    )


def write_parquet(table, path):
    table.write_parquet(path, row_group_size=4)


def write_arrow(table, path):
    with pa.ipc.new_file(path, table.to_arrow().schema) as file:
        file.write_table(table.to_arrow(), max_chunksize=4)


def write_stream(table, path):
    with pa.ipc.new_stream(path, table.to_arrow().schema) as stream:
        stream.write_table(table.to_arrow(), max_chunksize=4)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("t.parquet", write_parquet),
        ("t.arrow", write_arrow),
        ("t.feather", write_arrow),
        ("t.arrows", write_stream),
    ],
)
def test_each_batch_of_a_table_is_a_record_that_reads_as_arrow(
    tmp_path, table, name, write
):
    path = tmp_path / name
    write(table, path)
    with open_file(path) as source:
        assert source.partitions() == (name,)
        records = drain(source)
        assert [offset for offset, _ in records] == [0, 1, 2]
        parts = [pl.read_ipc_stream(io.BytesIO(record)) for _, record in records]
        assert pl.concat(parts).equals(table)
        assert [len(part) for part in parts] == [4, 4, 2]
        assert source.position() == source.end_position() == Position({name: 3})
        source.seek(Position({name: 2}))
        assert drain(source) == records[2:]
        source.seek_time(0)
        assert source.position() == Position({name: 0})


def test_file_that_is_not_what_its_name_says_is_refused(tmp_path):
    for name in ("t.parquet", "t.arrow"):
        (tmp_path / name).write_bytes(b"{}\n")
        with pytest.raises(SourceFileError, match=rf"{name}: cannot be read"):
            TableSource(tmp_path / name)
    with pytest.raises(SourceFileError, match=r"must end with one of \.ndjson"):
        open_file(tmp_path / "t.csv")
    with pytest.raises(SourceFileError, match="No such file"):
        open_file(tmp_path / "nowhere.ndjson")


def test_seek_behind_the_end_or_elsewhere_is_refused(tmp_path):
    path = tmp_path / "x.ndjson"
    path.write_bytes(b"1\n2\n")
    with NdjsonSource(path) as source:
        with pytest.raises(PositionError, match=r"must be in 0\.\.2, was 3"):
            source.seek(Position({"x.ndjson": 3}))
        with pytest.raises(PositionError, match=r"'log/0': this file has only"):
            source.seek(Position({"log/0": 0}))

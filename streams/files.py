"""Files as sources: NDJSON line by line, Parquet and Arrow batch by batch.

A line of NDJSON is a record, and its offset is its number from 0. Of a table each row
group (Parquet) or record batch (Arrow) is one record: the bytes of an Arrow IPC stream
that holds just that batch. Files have no time stamps; they are read from the start or
from an offset.
"""

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from streams._kernels.lines import count_breaks, last_break, split_lines
from streams.arrow_files import ArrowFile
from streams.buffers import SLACK_BYTES, is_viewed
from streams.errors import PositionError, SourceFileError
from streams.records import Position, RecordBatch, check_poll

_BOM = b"\xef\xbb\xbf"
# Half as much doubles what each block costs besides its lines, twice as much takes
# twice the memory for a hundredth of the time.
_BLOCK_BYTES = 1 << 23
# Blocks that may be in use at once before new memory is taken: one is read while one is
# decoded, and two wait.
_BUFFERS_MAX = 6
# A "line" beyond this is no NDJSON, and would take all memory.
_LINE_BYTES_MAX = 1 << 28


def open_file(path: Path) -> "NdjsonSource | TableSource":
    """Open a file as a source, by the end of its name.

    Parameters
    ----------
    path : Path
        ``.ndjson`` or ``.jsonl``; ``.parquet``; ``.arrow``, ``.arrows``, ``.feather``
        or ``.ipc`` (Arrow file or stream).

    Returns
    -------
    NdjsonSource or TableSource

    Raises
    ------
    SourceFileError
        If the name ends otherwise, or the file cannot be read as that.
    """
    if path.suffix.lower() in {".ndjson", ".jsonl"}:
        return NdjsonSource(path)
    if path.suffix.lower() in _TABLE_READERS:
        return TableSource(path)
    allowed = ", ".join([".ndjson", ".jsonl", *_TABLE_READERS])
    msg = f"{path}: the name must end with one of {allowed}"
    raise SourceFileError(msg)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn what fails inside into an error that names the file."""
    try:
        yield
    except (OSError, ValueError) as error:  # Arrow's errors are ValueErrors too
        msg = f"{path}: cannot be read: {error}"
        raise SourceFileError(msg) from error


def _offset_of(position: Position, name: str, end: Callable[[], Position]) -> int:
    """Return the offset that `position` has for the one partition of a file."""
    strangers = [one for one in position if one != name]
    if strangers:
        msg = f"partition {strangers[0]!r}: this file has only {name!r}"
        raise PositionError(msg)
    offset, last = position.of(name), end().of(name)
    if offset > last:
        msg = f"partition {name!r}: offset must be in 0..{last}, was {offset}"
        raise PositionError(msg)
    return offset


class _Block(NamedTuple):
    """Whole lines read at once."""

    records: RecordBatch  # without the blank lines
    next_line: int
    next_byte: int


class NdjsonSource:
    r"""Read a file of lines.

    The line break (also that of Windows) is no part of the record, nor is a byte order
    mark. Blank lines are left out, but have their number. Bytes that are no UTF-8 are
    handed out as they are: what to do with them is for the decoder to say.

    Parameters
    ----------
    path : Path
        The file; its name is the name of the partition.

    Raises
    ------
    SourceFileError
        If it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(suffix=".ndjson") as file:
    ...     Path(file.name).write_bytes(b'{"a": 1}\n\n{"a": 2}\n')
    ...     with NdjsonSource(Path(file.name)) as source:
    ...         batch = source.poll(0, 10)
    19
    >>> batch.offsets.tolist(), list(batch.values())
    ([0, 2], [b'{"a": 1}', b'{"a": 2}'])
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _named(path), path.open("rb"):
            pass  # it is opened anew for each block, so that none is left open
        self._n_lines: int | None = None
        self._marks = [(0, 0)]  # line and byte where blocks begin
        self._block: _Block | None = None
        self._next = 0
        self._lines = np.empty((3, 0), np.int64)  # filled anew for each block
        self._buffers: list[bytearray] = []

    def partitions(self) -> tuple[str, ...]:
        """Return the name of the one partition: that of the file."""
        return (self._path.name,)

    def position(self) -> Position:
        """Return the number of the next line."""
        return Position({self._path.name: self._next})

    def end_position(self) -> Position:
        """Return the number of lines; the first call reads the file through."""
        if self._n_lines is None:
            with _named(self._path):
                self._n_lines = _count_lines(self._path)
        return Position({self._path.name: self._n_lines})

    def seek(self, position: Position) -> None:
        """Continue at a line; see `Source.seek`."""
        self._next = _offset_of(position, self._path.name, self.end_position)
        self._block = None

    def seek_time(self, time_us: int) -> None:  # noqa: ARG002
        """Continue at the start: a line has no time stamp to go by."""
        self.seek(Position())

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next lines; see `Source.poll`. Never waits.

        Raises
        ------
        SourceFileError
            If the file cannot be read, or has no line break for 256 MB.
        """
        check_poll(timeout_s, max_records)
        records = self._records_left()
        if records is None:
            return None
        batch = records.slice(0, max_records)
        self._next = batch.next_offset
        return batch

    def _records_left(self) -> RecordBatch | None:
        """Return what is left of the current block, or else of the next ones."""
        while True:
            block = self._block or self._read_block(self._mark_before(self._next))
            if block is None:
                return None
            first = int(np.searchsorted(block.records.offsets, self._next))
            if first < len(block.records):
                self._block = block
                return block.records.slice(first, len(block.records))
            self._next = max(self._next, block.next_line)
            self._block = None

    def _mark_before(self, line: int) -> tuple[int, int]:
        return self._marks[bisect_right(self._marks, (line, 1 << 62)) - 1]

    def _read_block(self, mark: tuple[int, int]) -> _Block | None:
        line, byte = mark
        data = self._read_lines(byte)
        if not len(data):
            return None
        block = self._split(data, line, byte)
        following = (block.next_line, block.next_byte)
        if following > self._marks[-1]:
            self._marks.append(following)
        return block

    def _read_lines(self, byte: int) -> memoryview:
        """Read whole lines from a byte on: up to the last break of a block."""
        size = _BLOCK_BYTES
        while size <= _LINE_BYTES_MAX:
            data = self._bytes(byte, size)
            if len(data) < size:
                return data
            last = last_break(np.frombuffer(data, np.uint8))
            if last >= 0:
                return data[: last + 1]
            size *= 2
        msg = f"{self._path}: byte {byte}: no line break in {_LINE_BYTES_MAX} bytes"
        raise SourceFileError(msg)

    def _bytes(self, byte: int, size: int) -> memoryview:
        """Read bytes into a buffer that nobody looks into any more.

        Memory that is used again costs nothing; pages that are new, or mapped, cost as
        much as looking for the lines in them.
        """
        with _named(self._path):
            buffer = self._free_buffer(size)
            with self._path.open("rb", buffering=0) as file, memoryview(buffer) as room:
                n_bytes = _read_fully(file.fileno(), room[:size], byte)
        return memoryview(buffer)[:n_bytes]

    def _free_buffer(self, size: int) -> bytearray:
        for buffer in self._buffers:
            if len(buffer) >= size + SLACK_BYTES and not is_viewed(buffer):
                return buffer
        fresh = bytearray(size + SLACK_BYTES)
        self._buffers = [*self._buffers[-(_BUFFERS_MAX - 1) :], fresh]
        return fresh

    def _split(self, data: memoryview, line: int, byte: int) -> _Block:
        n_bytes = len(data)
        if self._lines.shape[1] < n_bytes // 2 + 1:
            self._lines = np.empty((3, n_bytes // 2 + 1), np.int64)
        start = len(_BOM) if byte == 0 and data[: len(_BOM)] == _BOM else 0
        array = np.frombuffer(data, np.uint8)
        n_found, n_lines = split_lines(array, start, self._lines)
        n_lines += start == n_bytes  # a line of nothing but the mark
        numbers, starts, ends = self._lines[:, :n_found].copy()
        records = RecordBatch(
            partition=self._path.name,
            offsets=numbers + line,
            timestamps_us=np.zeros(n_found, np.int64),
            data=data,
            starts=starts,
            ends=ends,
        )
        return _Block(records, line + n_lines, byte + n_bytes)

    def close(self) -> None:
        """Forget the block read last; no file is held open between polls."""
        self._block = None
        self._buffers = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _read_fully(file: int, room: memoryview, byte: int) -> int:
    """Read until `room` is full or the file ends; return how many bytes."""
    n_bytes = 0
    while n_bytes < len(room):
        n_more = os.preadv(file, [room[n_bytes:]], byte + n_bytes)
        if not n_more:
            break
        n_bytes += n_more
    return n_bytes


def _count_lines(path: Path) -> int:
    n_breaks, byte, last = 0, 0, ord("\n")
    buffer = bytearray(_BLOCK_BYTES)
    with path.open("rb", buffering=0) as file, memoryview(buffer) as room:
        while n_bytes := _read_fully(file.fileno(), room, byte):
            n_breaks += count_breaks(np.frombuffer(room[:n_bytes], np.uint8))
            last = room[n_bytes - 1]
            byte += n_bytes
    return n_breaks + (last != ord("\n"))


class TableSource:
    """Read the batches of a Parquet or Arrow file, each as one record.

    Parameters
    ----------
    path : Path
        The file; its name is the name of the partition.

    Raises
    ------
    SourceFileError
        If it cannot be read as what its name says.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _named(path):
            opened = _TABLE_READERS[path.suffix.lower()](path)
        self._n_batches, self._read = opened
        self._next = 0

    def partitions(self) -> tuple[str, ...]:
        """Return the name of the one partition: that of the file."""
        return (self._path.name,)

    def position(self) -> Position:
        """Return the number of the next batch."""
        return Position({self._path.name: self._next})

    def end_position(self) -> Position:
        """Return the number of batches."""
        return Position({self._path.name: self._n_batches})

    def seek(self, position: Position) -> None:
        """Continue at a batch; see `Source.seek`."""
        self._next = _offset_of(position, self._path.name, self.end_position)

    def seek_time(self, time_us: int) -> None:  # noqa: ARG002
        """Continue at the start: a batch has no time stamp to go by."""
        self._next = 0

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next batch as one record; see `Source.poll`. Never waits.

        Raises
        ------
        SourceFileError
            If the batch cannot be read.
        """
        check_poll(timeout_s, max_records)
        if self._next >= self._n_batches:
            return None
        with _named(self._path):
            record = self._read(self._next)
        first, self._next = self._next, self._next + 1
        return RecordBatch(
            partition=self._path.name,
            offsets=np.array([first], np.int64),
            timestamps_us=np.zeros(1, np.int64),
            data=record,
            starts=np.zeros(1, np.int64),
            ends=np.array([len(record)], np.int64),
        )

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        self._n_batches = self._next

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


_Opened = tuple[
    int, Callable[[int], memoryview]
]  # number of batches, and how to read one


def _open_parquet(path: Path) -> _Opened:
    import pyarrow.parquet  # noqa: PLC0415 - takes a third of a second

    file = pyarrow.parquet.ParquetFile(path, memory_map=True)

    def read(index: int) -> memoryview:
        table = file.read_row_group(index).combine_chunks()
        return _as_stream(table.schema, table.to_batches())

    return file.num_row_groups, read


def _open_arrow(path: Path) -> _Opened:
    import pyarrow.ipc  # noqa: PLC0415 - takes a third of a second

    mapped = pyarrow.memory_map(str(path))
    try:
        file = pyarrow.ipc.open_file(mapped)
    except pyarrow.ArrowInvalid:
        mapped.seek(0)
        batches = list(pyarrow.ipc.open_stream(mapped))
        return len(batches), lambda i: _as_stream(batches[i].schema, [batches[i]])
    try:
        cut = ArrowFile(path)
    except ValueError:  # one of an old version: its batches are written anew
        return (
            file.num_record_batches,
            lambda i: _as_stream(file.schema, [file.get_batch(i)]),
        )
    return cut.n_batches, cut.stream


def _as_stream(schema: Any, batches: list[Any]) -> memoryview:  # noqa: ANN401
    import pyarrow.ipc  # noqa: PLC0415 - takes a third of a second

    buffer = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(buffer, schema) as stream:
        for batch in batches:
            stream.write_batch(batch)
    return memoryview(buffer.getvalue())


_TABLE_READERS: dict[str, Callable[[Path], _Opened]] = {
    ".parquet": _open_parquet,
    ".arrow": _open_arrow,
    ".arrows": _open_arrow,
    ".feather": _open_arrow,
    ".ipc": _open_arrow,
}

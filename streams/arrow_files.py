"""Batches of an Arrow file as streams, cut out of the file and not written anew.

References
----------
Apache Arrow columnar format 1.5, "IPC file format" and "Encapsulated message format";
`File.fbs` (Footer, Block) and the internals of FlatBuffers 24 (tables, vectors).
"""

import struct
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from streams.mapped import map_bytes

MAGIC = b"ARROW1"
CONTINUES = b"\xff\xff\xff\xff"
END_OF_STREAM = CONTINUES + bytes(4)

_SCHEMA_AT = 8  # behind the magic, padded
_TAIL = struct.Struct("<i6s")  # length of the footer, magic
_BLOCK = struct.Struct("<qi4xq")  # offset, length of metadata, length of the body
_DICTIONARIES, _BATCHES = 2, 3  # fields of the footer
_HEAD_BYTES = 4  # of a table of fields: two lengths


class Span(NamedTuple):
    """A message in the file."""

    start: int
    end: int


class ArrowFile:
    """Where the messages of an Arrow file stand.

    Parameters
    ----------
    path : Path
        The file.

    Attributes
    ----------
    n_batches : int
        Number of record batches.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is no Arrow file, or one of before 2019 (version 0.14).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size
        try:
            self._read_footer()
        except (struct.error, IndexError) as error:
            msg = f"no Arrow file: {error}"
            raise ValueError(msg) from error
        self.n_batches = len(self._batches)

    def _read_footer(self) -> None:
        if self._size < _SCHEMA_AT + 2 * _TAIL.size:
            raise ValueError("no Arrow file: too short")
        tail = map_bytes(self._path, self._size - _TAIL.size, self._size)
        length, magic = _TAIL.unpack(tail)
        end = self._size - _TAIL.size
        if magic != MAGIC or not 0 < length <= end - _SCHEMA_AT:
            raise ValueError("no Arrow file: does not end as one")
        footer = bytes(map_bytes(self._path, end - length, end))
        head = bytes(map_bytes(self._path, 0, _SCHEMA_AT + 8))
        if head[_SCHEMA_AT : _SCHEMA_AT + 4] != CONTINUES:
            raise ValueError("no Arrow file of version 0.15 or later")
        (metadata,) = struct.unpack_from("<i", head, _SCHEMA_AT + 4)
        self._schema = self._checked(_SCHEMA_AT, _SCHEMA_AT + 8 + metadata)
        self._dictionaries = self._blocks(footer, _DICTIONARIES)
        self._batches = self._blocks(footer, _BATCHES)

    def _blocks(self, footer: bytes, field: int) -> list[Span]:
        """Read one of the two vectors of blocks of the footer."""
        (table,) = struct.unpack_from("<I", footer, 0)
        (back,) = struct.unpack_from("<i", footer, table)
        fields = table - back
        (n_bytes,) = struct.unpack_from("<H", footer, fields)
        at = _HEAD_BYTES + 2 * field
        if at >= n_bytes:
            return []
        (place,) = struct.unpack_from("<H", footer, fields + at)
        if not place:
            return []
        (ahead,) = struct.unpack_from("<I", footer, table + place)
        vector = table + place + ahead
        (n_blocks,) = struct.unpack_from("<I", footer, vector)
        if n_blocks * _BLOCK.size > len(footer):
            raise ValueError("no Arrow file: a footer of more blocks than fit in it")
        spans = []
        for index in range(n_blocks):
            start, metadata, body = _BLOCK.unpack_from(
                footer, vector + 4 + index * _BLOCK.size
            )
            spans.append(self._checked(start, start + metadata + body))
        return spans

    def _checked(self, start: int, end: int) -> Span:
        if not 0 <= start <= end <= self._size:
            msg = f"no Arrow file: a message at {start}..{end} of {self._size} bytes"
            raise ValueError(msg)
        return Span(start, end)

    def stream(self, index: int) -> memoryview:
        """Return a batch as an Arrow IPC stream with its schema and all dictionaries.

        Parameters
        ----------
        index : int
            In 0..n_batches - 1.

        Returns
        -------
        memoryview
            Of the file itself where schema, dictionaries and batch stand in a row, as
            in a file of one batch; else their bytes, joined.

        Raises
        ------
        OSError, ValueError
            If the file became shorter.
        """
        parts = [self._schema, *self._dictionaries, self._batches[index]]
        in_a_row = all(one.end == next_one.start for one, next_one in pairwise(parts))
        if in_a_row:
            return map_bytes(self._path, parts[0].start, parts[-1].end)
        joined = bytearray()
        for part in parts:
            joined += map_bytes(self._path, part.start, part.end)
        return memoryview(joined + END_OF_STREAM)

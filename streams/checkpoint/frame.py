"""The bytes of a checkpoint: a head, a table and a body, each with its checksum.

Version 2, little endian; a whole checkpoint is one such frame, a file of deltas many::

    magic "MSCK" or "MSCD", version u32, CRC-32C of these 8 bytes u32
    length of the table u64, length of the body u64
    CRC-32C of the table u32, of the body u32, of everything before u32
    table    JSON, filled with spaces to 64 bytes: meta, sections, pieces, and of a
             delta the checkpoint that it changes and its place behind it
    body     whole: the bytes of the pieces, each filled with zeros to 64 bytes
             delta: the numbers of changed pages, u32, then these pages

The first 12 bytes stay in all later versions, so that a newer file is told from a
damaged one. Version 1 had magic, version, length of the table u64, table, body, and one
CRC-32C of everything at the end. Arrays are stored raw: nothing is unpickled.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from crc32c import crc32c

from streams.errors import CheckpointCorruptError, CheckpointError

VERSION = 2
MAGIC_WHOLE = b"MSCK"
MAGIC_DELTA = b"MSCD"
ALIGNMENT = 64  # a cache line: arrays are used where they were read to

_START = struct.Struct("<4sI")
_HEAD = struct.Struct("<4sIIQQIII")
_HEAD_1 = struct.Struct("<4sIQ")
_CHECKSUM = struct.Struct("<I")


class Piece(msgspec.Struct, frozen=True):
    """One array or byte string.

    Attributes
    ----------
    section, name : str
        Where it belongs; bytes have no name.
    dtype : JSON value
        NumPy's description of the type; None for bytes.
    shape : tuple of int
        Of the array.
    start : int
        First byte in the body; 0 in a delta.
    n_bytes : int
        Its length.
    n_pages : int
        In a delta, how many of its pages the body holds.
    """

    section: str
    name: str
    dtype: Any
    shape: tuple[int, ...]
    start: int
    n_bytes: int
    n_pages: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Section and name."""
        return self.section, self.name


class Origin(msgspec.Struct, frozen=True):
    """What a delta changes.

    Attributes
    ----------
    number : int
        Of the whole checkpoint.
    checksum : int
        Of its head, and so of all of it.
    sequence : int
        Place of the delta behind it, from 1.
    """

    number: int
    checksum: int
    sequence: int


class Table(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a frame holds; `origin` is that of a delta."""

    meta: dict[str, Any]
    sections: list[str]
    pieces: list[Piece]
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Of one frame: its table, and where its body lies in the file."""

    table: Table
    start: int
    end: int
    checksum: int
    body_checksum: int

    def body(self, data: memoryview, first: int = 0) -> memoryview:
        """Return the body.

        Parameters
        ----------
        data : memoryview
            Of the file.
        first : int
            Byte of the file that `data` begins with.

        Raises
        ------
        CheckpointCorruptError
            If it is cut, or not what was written.
        """
        body = data[self.start - first : self.end - first]
        if len(body) != self.end - self.start:
            msg = f"cut: {len(body)} of {self.end - self.start} bytes of the body"
            raise CheckpointCorruptError(msg)
        if crc32c(body) != self.body_checksum:
            raise CheckpointCorruptError("the checksum of its body is wrong: changed")
        return body


def encode(
    magic: bytes, table: Table, body: Sequence[bytes | memoryview]
) -> tuple[bytes, int]:
    """Return head and table of a frame, to be written before the body, and a checksum.

    Parameters
    ----------
    magic : bytes
        `MAGIC_WHOLE` or `MAGIC_DELTA`.
    table : Table
        What the body holds.
    body : sequence of bytes or memoryview
        The buffers of the body, in order.

    Returns
    -------
    tuple of bytes and int
        The checksum is that of the head: it stands for the whole frame.
    """
    written = msgspec.json.encode(table)
    written += b" " * (-(_HEAD.size + len(written)) % ALIGNMENT)
    checksum = 0
    for buffer in body:
        checksum = crc32c(buffer, checksum)
    start = _START.pack(magic, VERSION)
    lengths = len(written), sum(map(len, body))
    head = _HEAD.pack(
        magic, VERSION, crc32c(start), *lengths, crc32c(written), checksum, 0
    )[: -_CHECKSUM.size]
    own = crc32c(head)
    return head + _CHECKSUM.pack(own) + written, own


def read_head(data: memoryview, magic: bytes, first: int = 0) -> Head:
    """Read head and table of a frame; the body need not be there.

    Parameters
    ----------
    data : memoryview
        Begins with the frame.
    magic : bytes
        What it must be.
    first : int
        Byte of the file that `data` begins with.

    Raises
    ------
    CheckpointCorruptError
        If they are cut, or not what was written.
    CheckpointError
        If the version is not known here.
    """
    if len(data) < _HEAD_1.size or data[:4] != magic:
        msg = f"{len(data)} bytes that are no checkpoint"
        raise CheckpointCorruptError(msg)
    version = _START.unpack_from(data)[1]
    if version == 1 and magic == MAGIC_WHOLE:
        return _head_1(data)
    if _CHECKSUM.unpack_from(data, _START.size)[0] != crc32c(data[: _START.size]):
        raise CheckpointCorruptError("the checksum of its head is wrong: changed")
    if version != VERSION:
        msg = f"version must be <= {VERSION}, was {version}: made by a newer one"
        raise CheckpointError(msg)
    return _head_2(data, first)


def _head_2(data: memoryview, first: int) -> Head:
    if len(data) < _HEAD.size:
        msg = f"cut: {len(data)} of {_HEAD.size} bytes of the head"
        raise CheckpointCorruptError(msg)
    *_, n_table, n_body, table_checksum, body_checksum, own = _HEAD.unpack_from(data)
    if own != crc32c(data[: _HEAD.size - _CHECKSUM.size]):
        raise CheckpointCorruptError("the checksum of its head is wrong: changed")
    written = data[_HEAD.size : _HEAD.size + n_table]
    if len(written) != n_table or crc32c(written) != table_checksum:
        raise CheckpointCorruptError("its table is cut or changed")
    start = first + _HEAD.size + n_table
    table = msgspec.json.decode(written, type=Table)
    return Head(table, start, start + n_body, own, body_checksum)


def _head_1(data: memoryview) -> Head:
    """Read a head of version 1, which only the checksum of everything vouches for."""
    n_table = _HEAD_1.unpack_from(data)[2]
    written = data[_HEAD_1.size : _HEAD_1.size + n_table]
    try:
        table = msgspec.json.decode(written, type=Table)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CheckpointCorruptError("its table is cut or changed") from error
    first = _HEAD_1.size + n_table
    return Head(table, first + -first % ALIGNMENT, 0, 0, 0)


def n_head_bytes(data: memoryview) -> int:
    """Return how many bytes head and table take, as the first `PROBE` bytes say.

    0 if they cannot be told.
    """
    if len(data) < _HEAD.size:
        return 0
    if _START.unpack_from(data)[1] == 1:
        return _HEAD_1.size + int(_HEAD_1.unpack_from(data)[2])
    return _HEAD.size + int(_HEAD.unpack_from(data)[3])


PROBE = _HEAD.size
"""Bytes from which `n_head_bytes` can tell the length of the rest."""


def read_whole(data: memoryview) -> tuple[Head, memoryview]:
    """Read a whole checkpoint of any version.

    Parameters
    ----------
    data : memoryview
        The file.

    Returns
    -------
    tuple of Head and memoryview
        The body, verified.

    Raises
    ------
    CheckpointCorruptError
        If it is not what was written.
    CheckpointError
        If the version is not known here.
    """
    if len(data) >= _START.size and _START.unpack_from(data) == (MAGIC_WHOLE, 1):
        last = len(data) - _CHECKSUM.size
        if _CHECKSUM.unpack_from(data, last) != (crc32c(data[:last]),):
            raise CheckpointCorruptError("its checksum is wrong: torn or changed")
        head = _head_1(data)
        return head, data[head.start : last]
    head = read_head(data, MAGIC_WHOLE)
    if len(data) > head.end:
        msg = f"{len(data) - head.end} bytes behind its end"
        raise CheckpointCorruptError(msg)
    return head, head.body(data)


def typed(piece: Piece, data: np.ndarray[Any, np.dtype[np.uint8]]) -> Any:  # noqa: ANN401
    """Give the bytes of a piece their type back.

    Parameters
    ----------
    piece : Piece
        Says which.
    data : ndarray of shape (n_bytes,), uint8
        Its bytes.

    Returns
    -------
    bytes or ndarray
        The array lies over `data`.
    """
    if piece.dtype is None:
        return data.tobytes()
    dtype = np.lib.format.descr_to_dtype(_descriptor(piece.dtype))
    return data.view(dtype).reshape(piece.shape)


def _descriptor(written: Any) -> Any:  # noqa: ANN401
    """Give the fields of a structured type back their tuples: JSON has only lists."""
    if not isinstance(written, list):
        return written
    return [
        (name, _descriptor(inner), *map(tuple, shape))
        for name, inner, *shape in written
    ]

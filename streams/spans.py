"""Sequences over spans of a buffer, whose items are made only when they are looked at.

Keys and headers are carried by every record and read by few: as arrays of places they
cost nothing until somebody asks for one.
"""

import mmap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

Item = TypeVar("Item")
Int64Array = npt.NDArray[np.int64]
# What may hold records: slices of each are the bytes there.
Buffer = bytes | bytearray | memoryview | mmap.mmap | npt.NDArray[np.uint8]


class Spans(Sequence[Item], Generic[Item]):
    """Items in a buffer, read from it one by one as they are asked for.

    It equals a tuple of the same items.

    Parameters
    ----------
    data : bytes, bytearray, memoryview, mmap or ndarray of uint8
        The buffer; it must not change.
    firsts, seconds : ndarray of shape (n,), int64
        Two numbers an item, as `read` takes them.
    read : Callable
        Makes an item from the buffer and its two numbers.
    """

    __slots__ = ("_read", "data", "firsts", "seconds")

    def __init__(
        self,
        data: Buffer,
        firsts: Int64Array,
        seconds: Int64Array,
        read: Callable[[Buffer, int, int], Item],
    ) -> None:
        self.data = data
        self.firsts = firsts
        self.seconds = seconds
        self._read = read

    def __len__(self) -> int:
        return len(self.firsts)

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> "Spans[Item]": ...

    def __getitem__(self, index: int | slice) -> "Item | Spans[Item]":
        firsts, seconds = self.firsts[index], self.seconds[index]
        if isinstance(index, slice):
            return Spans(self.data, firsts, seconds, self._read)
        return self._read(self.data, int(firsts), int(seconds))

    def __iter__(self) -> Iterator[Item]:
        pairs = zip(self.firsts.tolist(), self.seconds.tolist(), strict=True)
        return (self._read(self.data, first, second) for first, second in pairs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spans | tuple):
            return NotImplemented
        return tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # equal to a tuple, but may be huge

    def __repr__(self) -> str:
        return repr(tuple(self))


def key_spans(
    data: Buffer, starts: Int64Array, ends: Int64Array
) -> Spans[bytes | None]:
    """Return keys that are spans of a buffer.

    Parameters
    ----------
    data : bytes, bytearray, memoryview, mmap or ndarray of uint8
        The buffer.
    starts, ends : ndarray of shape (n,), int64
        Key i is ``data[starts[i]:ends[i]]``; a start below 0 says that there is none.

    Returns
    -------
    Spans of bytes or None

    Examples
    --------
    >>> key_spans(b"M7 M8", np.array([0, -1, 3]), np.array([2, -1, 5]))
    (b'M7', None, b'M8')
    """
    return Spans(data, starts, ends, _key)


def header_spans(
    data: Buffer, starts: Int64Array, counts: Int64Array
) -> Spans[Mapping[str, bytes]]:
    r"""Return headers as they lie in the records of Kafka's format v2.

    Parameters
    ----------
    data : bytes, bytearray, memoryview, mmap or ndarray of uint8
        The buffer; whoever made the spans has checked that they hold headers.
    starts, counts : ndarray of shape (n,), int64
        Record i has ``counts[i]`` headers, the first of which begins at ``starts[i]``:
        length of the name (zigzag varint), name in UTF-8, length of the value (-1 if it
        has none), value.

    Returns
    -------
    Spans of dict
        A header without a value has the empty one; of those with one name the last
        counts.

    Examples
    --------
    >>> header_spans(b"\x04id\x06abc", np.array([0, 8]), np.array([1, 0]))
    ({'id': b'abc'}, {})
    """
    return Spans(data, starts, counts, _headers)


def _key(data: Buffer, start: int, end: int) -> bytes | None:
    return None if start < 0 else bytes(data[start:end])


def _headers(data: Buffer, place: int, count: int) -> Mapping[str, bytes]:
    found = {}
    for _ in range(count):
        length, place = _varint(data, place)
        name = str(bytes(data[place : place + length]), "utf-8")
        place += length
        length, place = _varint(data, place)
        length = max(length, 0)
        found[name] = bytes(data[place : place + length])
        place += length
    return found


def _varint(data: Buffer, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = int(data[place])
        place += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return (value >> 1) ^ -(value & 1), place
        shift += 7

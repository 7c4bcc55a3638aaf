"""Where the messages and buffers of an Arrow IPC stream stand, found in one call.

Only what our own writer makes is understood: anything else is `NOT_OURS`, for a reader
that knows all of the format. Bytes may be anybody's: nothing is read outside of them.
These calls take microseconds. They keep the interpreter: to get it back from another
thread, many times a message, would take longer.

References
----------
Apache Arrow columnar format 1.5, "Encapsulated message format"; `Message.fbs`,
`Schema.fbs`; the internals of FlatBuffers 24 (tables, vtables, vectors).
"""

# mypy: disable-error-code="no-untyped-call,untyped-decorator,assignment,attr-defined"
import numpy as np
from numba import carray, njit
from numpy.typing import NDArray

from streams._kernels.arrow import is_ascii
from streams._kernels.memory import (
    load_i32,
    load_i64,
    load_u8,
    load_u32,
    pointer,
    same_bytes,
)

Int64Array = NDArray[np.int64]

NOT_OURS = -1
SCHEMA, DICTIONARY, BATCH = 1, 2, 3  # kinds of messages

# Columns of what is found of a message.
KIND, ID, N_ROWS, FIRST_NODE, FIRST_BUFFER, N_BUFFERS, START, BODY = range(8)
OFFSET, LENGTH = 0, 1  # of a buffer

_CONTINUES = np.uint32(0xFFFFFFFF)
_HEAD_BYTES = 8  # of a message: mark and length of what describes it
_PAIR_BYTES = 16  # of a node or a buffer: two int64


@njit(cache=True)
def _field(base: int, table: int, number: int, span: tuple[int, int, int]) -> int:
    """Return where a field of a table stands, 0 if it is left out, -1 if outside.

    `span` is begin and end of what may be read, and the bytes of the field.
    """
    begin, end, width = span
    if table < begin or table + 4 > end:
        return -1
    vtable = table - load_i32(base + table)
    if vtable < begin or vtable + 4 > end:
        return -1
    n_bytes = np.int64(load_u8(base + vtable)) + 256 * np.int64(
        load_u8(base + vtable + 1)
    )
    at = 4 + 2 * number
    if at + 2 > n_bytes:
        return 0
    if vtable + at + 2 > end:
        return -1
    place = np.int64(load_u8(base + vtable + at)) + 256 * np.int64(
        load_u8(base + vtable + at + 1)
    )
    if place == 0:
        return 0
    found = table + place
    return found if found + width <= end else -1


@njit(cache=True)
def _target(base: int, at: int, span: tuple[int, int]) -> int:
    """Follow the offset at a place (<= 0: there is none) to a table or a vector."""
    begin, end = span
    if at <= 0:
        return -1
    found = at + np.int64(load_u32(base + at))
    return found if begin <= found and found + 4 <= end else -1


@njit(cache=True)
def _pairs(
    base: int, vector: int, end: int, found: Int64Array, first: int, shift: int
) -> int:
    """Copy a vector of pairs of int64, the first moved by `shift`; how many, or -1."""
    if vector < 0:
        return -1
    n_pairs = np.int64(load_u32(base + vector))
    if n_pairs * _PAIR_BYTES > end - vector - 4 or first + n_pairs > len(found):
        return -1
    for pair in range(n_pairs):
        at = base + vector + 4 + _PAIR_BYTES * pair
        found[first + pair, 0] = load_i64(at) + shift
        found[first + pair, 1] = load_i64(at + 8)
    return n_pairs


@njit(cache=True)
def walk_stream(
    base: int,
    n_bytes: int,
    messages: Int64Array,
    nodes: Int64Array,
    buffers: Int64Array,
) -> int:
    """Find the messages of a stream.

    Parameters
    ----------
    base, n_bytes : int
        Address and length of the stream.
    messages : ndarray of shape (m, 8), int64
        Is filled: a message a row. `START` and `BODY` are bytes from the begin.
    nodes : ndarray of shape (k, 2), int64
        Is filled: rows and nulls of each column.
    buffers : ndarray of shape (b, 2), int64
        Is filled: offset from the begin of the stream, and length; all inside of it.

    Returns
    -------
    int
        Number of messages, or `NOT_OURS`.
    """
    at = n_messages = n_nodes = n_buffers = 0
    while at + _HEAD_BYTES <= n_bytes:
        if load_u32(base + at) != _CONTINUES or n_messages == len(messages):
            return NOT_OURS
        begin = at + _HEAD_BYTES
        length = np.int64(load_i32(base + at + 4))
        if length == 0:
            break
        end = begin + length
        if length < 8 or end > n_bytes:
            return NOT_OURS
        table = begin + np.int64(load_u32(base + begin))
        kind_at = _field(base, table, 1, (begin, end, 1))
        header_at = _field(base, table, 2, (begin, end, 4))
        body_at = _field(base, table, 3, (begin, end, 8))
        header = _target(base, header_at, (begin, end))
        if kind_at <= 0 or header < 0 or body_at < 0:
            return NOT_OURS
        kind = np.int64(load_u8(base + kind_at))
        body = load_i64(base + body_at) if body_at else np.int64(0)
        if body < 0 or body > n_bytes - end:
            return NOT_OURS
        row = messages[n_messages]
        row[:] = 0
        row[KIND], row[START], row[BODY] = kind, at, end
        if kind == DICTIONARY:
            id_at = _field(base, header, 0, (begin, end, 8))
            data_at = _field(base, header, 1, (begin, end, 4))
            delta_at = _field(base, header, 2, (begin, end, 1))
            if id_at < 0 or delta_at < 0 or (delta_at and load_u8(base + delta_at)):
                return NOT_OURS
            row[ID] = load_i64(base + id_at) if id_at else 0
            header = _target(base, data_at, (begin, end))
        elif kind not in (SCHEMA, BATCH):
            return NOT_OURS
        if kind != SCHEMA:
            rows_at = _field(base, header, 0, (begin, end, 8))
            nodes_at = _field(base, header, 1, (begin, end, 4))
            buffers_at = _field(base, header, 2, (begin, end, 4))
            packed_at = _field(base, header, 3, (begin, end, 4))
            if rows_at < 0 or packed_at != 0:
                return NOT_OURS
            row[N_ROWS] = load_i64(base + rows_at) if rows_at else 0
            row[FIRST_NODE], row[FIRST_BUFFER] = n_nodes, n_buffers
            vector = _target(base, nodes_at, (begin, end))
            more = _pairs(base, vector, end, nodes, n_nodes, 0)
            vector = _target(base, buffers_at, (begin, end))
            n_more = _pairs(base, vector, end, buffers, n_buffers, end)
            if more < 0 or n_more < 0 or row[N_ROWS] < 0:
                return NOT_OURS
            for buffer in range(n_buffers, n_buffers + n_more):
                start, size = buffers[buffer, OFFSET], buffers[buffer, LENGTH]
                if start < end or size < 0 or start > end + body - size:
                    return NOT_OURS
            row[N_BUFFERS] = n_more
            n_nodes += more
            n_buffers += n_more
        n_messages += 1
        at = end + body
    return n_messages


@njit(cache=True)
def dictionary_ids(base: int, begin: int, end: int, ids: Int64Array) -> int:
    """Read from the message of a schema which dictionary each field has, -1 for none.

    Returns
    -------
    int
        Number of fields, or `NOT_OURS`.
    """
    table = begin + np.int64(load_u32(base + begin))
    header_at = _field(base, table, 2, (begin, end, 4))
    header = _target(base, header_at, (begin, end))
    fields = _target(base, _field(base, header, 1, (begin, end, 4)), (begin, end))
    if header < 0 or fields < 0:
        return NOT_OURS
    n_fields = np.int64(load_u32(base + fields))
    if n_fields > len(ids) or n_fields * 4 > end - fields - 4:
        return NOT_OURS
    for index in range(n_fields):
        field = _target(base, fields + 4 + 4 * index, (begin, end))
        encoding_at = _field(base, field, 4, (begin, end, 4))
        if encoding_at < 0:
            return NOT_OURS
        ids[index] = -1
        if encoding_at:
            encoding = _target(base, encoding_at, (begin, end))
            id_at = _field(base, encoding, 0, (begin, end, 8))
            if id_at < 0:
                return NOT_OURS
            ids[index] = load_i64(base + id_at) if id_at else 0
    return n_fields


@njit(cache=True)
def n_alike(
    bases: tuple[int, int], places: tuple[Int64Array, Int64Array], alike: Int64Array
) -> None:
    """Count the first entries that dictionaries of two messages have in common.

    Parameters
    ----------
    bases : (int, int)
        Addresses that offsets count from.
    places : tuple of ndarray of shape (d, 4), int64
        As of `entry_spans`, which has found both to be sound.
    alike : ndarray of shape (d,), int64
        Is filled.
    """
    for dictionary in range(len(alike)):
        one, other = places[0][dictionary], places[1][dictionary]
        first, second = bases[0] + one[1], bases[1] + other[1]
        n_most = min(one[0], other[0])
        n_same = 0
        if n_most and load_u32(first) == load_u32(second):
            while n_same < n_most and load_u32(first + 4 * (n_same + 1)) == load_u32(
                second + 4 * (n_same + 1)
            ):
                n_same += 1
        if n_same:
            begin = np.int64(load_u32(first))
            n_bytes = np.int64(load_u32(first + 4 * n_same)) - begin
            one_at, other_at = bases[0] + one[2] + begin, bases[1] + other[2] + begin
            if not same_bytes(one_at, other_at, n_bytes):
                n_same = 0
        alike[dictionary] = n_same


@njit(cache=True)
def entry_spans(
    base: int,
    places: Int64Array,
    longest: int,
    spans: Int64Array,
) -> bool:
    """Find the entries of dictionaries of short strings, one behind the other.

    Parameters
    ----------
    base : int
        Address that offsets count from.
    places : ndarray of shape (d, 4), int64
        Of each dictionary: number of entries; offset of its int32 offsets, which are
        one more; offset and length of its bytes.
    longest : int
        Most bytes of an entry.
    spans : ndarray of shape (2, n + d), int64
        Is filled with starts and ends of all entries of all dictionaries; behind each
        dictionary a start of -1.

    Returns
    -------
    bool
        Whether all are in their bytes, of 1..longest bytes, and ASCII.
    """
    at = 0
    for dictionary in range(len(places)):
        n_entries, offsets = places[dictionary, 0], base + places[dictionary, 1]
        data, n_bytes = places[dictionary, 2], places[dictionary, 3]
        last = np.int64(load_i32(offsets)) if n_entries else np.int64(0)
        first = last
        if last < 0:
            return False
        for entry in range(n_entries):
            end = np.int64(load_i32(offsets + 4 * (entry + 1)))
            if end <= last or end - last > longest or end > n_bytes:
                return False
            spans[0, at], spans[1, at] = data + last, data + end
            last = end
            at += 1
        if not is_ascii(base + data + first, last - first):
            return False
        spans[0, at] = spans[1, at] = -1
        at += 1
    return True


@njit(cache=True)
def still_named(
    numbers: NDArray[np.int32],
    then: NDArray[np.uint64],
    now: NDArray[np.uint64],
) -> bool:
    """Tell whether names have the numbers they had, given their hashes then.

    Parameters
    ----------
    numbers : ndarray of shape (n,), int32
        Negative ones are no names.
    then : ndarray of shape (n,), uint64
        Hashes of these names.
    now : ndarray of shape (n_names,), uint64
        Hashes by number; some names may have been forgotten.
    """
    for row in range(len(numbers)):
        number = numbers[row]
        if number >= 0 and (number >= len(now) or now[number] != then[row]):
            return False
    return True


@njit(cache=True, nogil=True)
def copy_spans(spans: Int64Array) -> None:
    """Copy stretches of memory that do not overlap.

    Parameters
    ----------
    spans : ndarray of shape (n, 3), int64
        Address from, address to, and number of bytes of each.
    """
    for at in range(len(spans)):
        n_bytes = spans[at, 2]
        whole = carray(pointer(spans[at, 0]), n_bytes, np.uint8)
        into = carray(pointer(spans[at, 1]), n_bytes, np.uint8)
        for byte in range(n_bytes):
            into[byte] = whole[byte]

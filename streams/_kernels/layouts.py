"""Rows of JSON whose layout is known, to columns.

A layout is what rows of one producer have in common: literal bytes and, between them,
values of known kinds. All layouts stand in one trie, whose node is a literal and the
kind of the value behind it, so that what layouts begin with alike is read once. A row
that no path accepts to its last byte is left to another parser.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.hashing import xxh64_at
from streams._kernels.memory import (
    load_f64,
    load_i16,
    load_i32,
    load_i64,
    load_u8,
    load_u64,
    store_f64,
    store_i16,
    store_i32,
    store_i64,
    store_u8,
    store_u64,
)
from streams._kernels.names import (
    NamesPlaces,
    NamesTable,
    intern_at,
    places_of,
    start_of,
)
from streams._kernels.numbers import scan_digits, scan_integer, scan_number
from streams._kernels.strings import QUOTE, scan_string
from streams._kernels.times import TIME_US_MAX, TIME_US_MIN, scan_time

# Columns of `Trie.nodes`.
LITERAL, LENGTH, KIND, ARGUMENT, DEFAULT, CHILD, SIBLING = range(7)
NODE_WIDTH = 8  # a power of two: half a cache line
# Kinds of values.
(
    END,  # the row ends: ARGUMENT is its type, DEFAULT its code if it gave none
    ID,
    REFERENCE,  # ARGUMENT is the row of `references`
    TIME,
    SEQUENCE_TEXT,
    SEQUENCE_NUMBER,
    NUMBER,  # ARGUMENT is the row of `values`; `lows` has the least value allowed
    TIME_COLUMN,  # ARGUMENT is the row of `times`
    CHOICE,  # ARGUMENT is the first of its words, DEFAULT how many they are
    DETAIL_STRING,
    SKIPPED_STRING,
    SKIPPED_NUMBER,
    DATA_START,  # behind the brace that opens the data
    DATA_END,  # behind the one that closes them
) = range(14)
FAILED = -1
_FAILED: int = np.int64(FAILED)  # type: ignore[assignment]
HAS_DETAIL = 1
NO_TIME = np.int64(np.iinfo(np.int64).min)
LENGTH_MAX = 256  # characters of an id
SLACK = 16  # bytes behind a row that must be readable
# Room for the names of one row: six of at most 256 characters of at most four bytes.
N_REFERENCES = 6  # the source and the five of the data
N_VALUES, N_TIMES = 4, 2
ROW_NAMES, ROW_NAME_BYTES = N_REFERENCES, 6 * 256 * 4
WORD = np.uint64(64)


class Trie(NamedTuple):
    """Layouts as a trie.

    Attributes
    ----------
    nodes : ndarray of shape (n, 8), int32
        Place and length of a literal, kind of the value behind it, its arguments, first
        child and next sibling (-1 without). Node 0 is the root and has only a child.
    lows : ndarray of shape (n,), float64
        Least value allowed of a number.
    literals : ndarray, uint8
        Bytes of all literals, eight spare ones behind the last.
    words : ndarray of shape (n_words, 2), int32
        Places and lengths in `literals` of the words of enumerations.
    """

    nodes: NDArray[np.int32]
    lows: NDArray[np.float64]
    literals: NDArray[np.uint8]
    words: NDArray[np.int32]


class Rows(NamedTuple):
    """Where records stand, what became of them, and scratch.

    Attributes
    ----------
    starts, ends : ndarray of shape (n,), int64
        Spans in the buffer.
    done : ndarray of shape (n,), uint8
        1 for rows that a layout accepted.
    spans : ndarray of shape (6, 2), int64
        Scratch: the references of a row, address and length; length 0 for none.
    marks : ndarray of shape (3,), int64
        Scratch: where the data of a row start and end, and whether they have detail.
    padded : ndarray, uint8
        Scratch for a row too close to the end of the buffer.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    done: NDArray[np.uint8]
    spans: NDArray[np.int64]
    marks: NDArray[np.int64]
    padded: NDArray[np.uint8]


class Columns(NamedTuple):
    """Columns of an `EventBatch`, those of one dtype together; filled with nothing."""

    time_us: NDArray[np.int64]
    type_code: NDArray[np.int16]
    code: NDArray[np.int16]
    flags: NDArray[np.uint8]
    id_hash: NDArray[np.uint64]
    sequence: NDArray[np.int64]
    references: NDArray[np.int32]
    values: NDArray[np.float64]
    times: NDArray[np.int64]
    details: NDArray[np.int64]


class Places(NamedTuple):
    """Addresses of the arrays of `Trie`, `Rows` and `Columns`; see `NamesPlaces`."""

    nodes: int
    lows: int
    literals: int
    words: int
    spans: int
    marks: int
    time_us: int
    code: int
    id_hash: int
    sequence: int
    references: int
    values: int
    times: int
    n_rows: int
    starts: int
    ends: int
    done: int
    padded: int
    padded_max: int
    type_code: int
    flags: int
    details: int


@njit(cache=True, nogil=True)
def _places(trie: Trie, rows: Rows, columns: Columns) -> Places:
    return Places(
        np.int64(trie.nodes.ctypes.data),
        np.int64(trie.lows.ctypes.data),
        np.int64(trie.literals.ctypes.data),
        np.int64(trie.words.ctypes.data),
        np.int64(rows.spans.ctypes.data),
        np.int64(rows.marks.ctypes.data),
        np.int64(columns.time_us.ctypes.data),
        np.int64(columns.code.ctypes.data),
        np.int64(columns.id_hash.ctypes.data),
        np.int64(columns.sequence.ctypes.data),
        np.int64(columns.references.ctypes.data),
        np.int64(columns.values.ctypes.data),
        np.int64(columns.times.ctypes.data),
        np.int64(len(columns.time_us)),
        np.int64(rows.starts.ctypes.data),
        np.int64(rows.ends.ctypes.data),
        np.int64(rows.done.ctypes.data),
        np.int64(rows.padded.ctypes.data),
        np.int64(len(rows.padded)),
        np.int64(columns.type_code.ctypes.data),
        np.int64(columns.flags.ctypes.data),
        np.int64(columns.details.ctypes.data),
    )


@njit(cache=True, nogil=True)
def _field(node: int, place: int) -> int:
    """Return a column of a node, given by its address."""
    return np.int64(load_i32(node + 4 * place))


@njit(cache=True, nogil=True)
def _same_literal(literal: int, at: int, length: int) -> bool:
    """Compare eight bytes at a time; both may be read seven bytes too far."""
    place = 0
    while place + 8 <= length:
        if load_u64(literal + place) != load_u64(at + place):
            return False
        place += 8
    rest = length - place
    if rest == 0:
        return True
    different = load_u64(literal + place) ^ load_u64(at + place)
    return different << (WORD - np.uint64(8 * rest)) == 0


@njit(cache=True, nogil=True)
def _read_text(places: Places, node: int, at: int, end: int, row: int) -> int:
    """Read a string up to its closing quote."""
    kind = _field(node, KIND)
    quote, n_characters = scan_string(at, end)
    if quote < 0 or kind == SKIPPED_STRING:
        return quote
    if kind == DETAIL_STRING:
        store_i64(places.marks + 16, 1)
        return quote
    if n_characters < 1 or n_characters > LENGTH_MAX:
        return _FAILED
    if kind == ID:
        store_u64(places.id_hash + 8 * row, xxh64_at(at, quote - at))
    else:
        span = places.spans + 16 * _field(node, ARGUMENT)
        store_i64(span, at)
        store_i64(span + 8, quote - at)
    return quote


@njit(cache=True, nogil=True)
def _read_choice(places: Places, node: int, at: int, end: int, row: int) -> int:
    """Read a word of an enumeration."""
    for choice in range(_field(node, DEFAULT)):
        word = places.words + 8 * (_field(node, ARGUMENT) + choice)
        literal = places.literals + load_i32(word)
        length = np.int64(load_i32(word + 4))
        if (
            at + length < end
            and load_u8(at + length) == QUOTE
            and _same_literal(literal, at, length)
        ):
            store_i16(places.code + 2 * row, choice)
            return at + length
    return _FAILED


@njit(cache=True, nogil=True)
def _read_number(places: Places, number: int, at: int, end: int, row: int) -> int:
    """Read a number of the data, or a skipped one."""
    node = places.nodes + 4 * NODE_WIDTH * number
    last, value = scan_number(at, end)
    if last >= 0 and _field(node, KIND) == NUMBER:
        if value < load_f64(places.lows + 8 * number):
            return _FAILED
        column = _field(node, ARGUMENT) * places.n_rows
        store_f64(places.values + 8 * (column + row), value)
    return last


@njit(cache=True, nogil=True)
def _read_whole(places: Places, node: int, at: int, end: int, row: int) -> int:
    """Read a time of the data, or the sequence."""
    kind = _field(node, KIND)
    if kind == SEQUENCE_TEXT:
        last, value = scan_digits(at, end)
    else:
        last, value = scan_integer(at, end)
    if kind == TIME_COLUMN:
        if value < TIME_US_MIN or value > TIME_US_MAX:
            return _FAILED
        column = _field(node, ARGUMENT) * places.n_rows
        store_i64(places.times + 8 * (column + row), value)
    else:
        if value < 0:
            return _FAILED
        store_i64(places.sequence + 8 * row, value)
    return last


@njit(cache=True, nogil=True)
def _read_value(places: Places, number: int, at: int, end: int, row: int) -> int:
    """Read the value of a node; return where it ends, -1 if it is not of its kind."""
    node = places.nodes + 4 * NODE_WIDTH * number
    kind = _field(node, KIND)
    if kind in (REFERENCE, ID, DETAIL_STRING, SKIPPED_STRING):
        return _read_text(places, node, at, end, row)
    if kind in (NUMBER, SKIPPED_NUMBER):
        return _read_number(places, number, at, end, row)
    if kind == TIME:
        last, time_us = scan_time(at, end)
        store_i64(places.time_us + 8 * row, time_us)
        return last
    if kind in (TIME_COLUMN, SEQUENCE_TEXT, SEQUENCE_NUMBER):
        return _read_whole(places, node, at, end, row)
    if kind == CHOICE:
        return _read_choice(places, node, at, end, row)
    if kind == DATA_START:
        store_i64(places.marks, at - 1)
    elif kind == DATA_END:
        store_i64(places.marks + 8, at)
    elif at != end:
        return _FAILED
    return at


@njit(cache=True, nogil=True)
def _walk(places: Places, at: int, end: int, row: int) -> int:
    """Follow a row through the trie; return its last node, -1 if no path accepts it."""
    for column in range(N_REFERENCES):
        store_i64(places.spans + 16 * column + 8, 0)
    store_i64(places.marks + 16, 0)
    number = _field(places.nodes, CHILD)
    while number >= 0:
        node = places.nodes + 4 * NODE_WIDTH * number
        length = _field(node, LENGTH)
        last = _FAILED
        if at + length <= end and _same_literal(
            places.literals + _field(node, LITERAL), at, length
        ):
            last = _read_value(places, number, at + length, end, row)
        if last < 0:
            number = _field(node, SIBLING)
        elif _field(node, KIND) == END:
            return number
        else:
            at = last
            number = _field(node, CHILD)
    return _FAILED


@njit(cache=True, nogil=True)
def _accept(places: Places, names: NamesPlaces, number: int, row: int) -> None:
    """Write what only an accepted row may leave."""
    node = places.nodes + 4 * NODE_WIDTH * number
    store_i16(places.type_code + 2 * row, _field(node, ARGUMENT))
    if load_i16(places.code + 2 * row) < 0:
        store_i16(places.code + 2 * row, _field(node, DEFAULT))
    for column in range(N_REFERENCES):
        span = places.spans + 16 * column
        length = load_i64(span + 8)
        if length > 0:
            name = intern_at(names, load_i64(span), length)
            place = column * places.n_rows + row
            store_i32(places.references + 4 * place, name)
    store_u8(places.done + row, 1)


@njit(cache=True, nogil=True)
def _mark_detail(places: Places, at: int, row: int) -> None:
    """Note where in the buffer the data of a row stand that begins at an address."""
    store_u8(places.flags + row, HAS_DETAIL)
    start = load_i64(places.starts + 8 * row) - at
    store_i64(places.details + 8 * row, start + load_i64(places.marks))
    end = places.details + 8 * (places.n_rows + row)
    store_i64(end, start + load_i64(places.marks + 8))


@njit(cache=True, nogil=True)
def _clear(places: Places, row: int) -> None:
    """Take back what a row that failed has left."""
    store_i64(places.time_us + 8 * row, 0)
    store_i16(places.code + 2 * row, -1)
    store_u64(places.id_hash + 8 * row, 0)
    store_i64(places.sequence + 8 * row, 0)
    for column in range(N_VALUES):
        store_f64(places.values + 8 * (column * places.n_rows + row), np.nan)
    for column in range(N_TIMES):
        store_i64(places.times + 8 * (column * places.n_rows + row), NO_TIME)


@njit(cache=True, nogil=True)
def _read_row(
    places: Places, names: NamesPlaces, buffer: tuple[int, int], row: int
) -> None:
    address, n_bytes = buffer
    last = load_i64(places.ends + 8 * row)
    at, end = address + load_i64(places.starts + 8 * row), address + last
    if last + SLACK > n_bytes:
        length = end - at
        if length + SLACK > places.padded_max:
            return
        for place in range(length):
            store_u8(places.padded + place, load_u8(at + place))
        at, end = places.padded, places.padded + length
    number = _walk(places, at, end, row)
    if number < 0:
        _clear(places, row)
        return
    _accept(places, names, number, row)
    if load_i64(places.marks + 16):
        _mark_detail(places, at, row)


@njit(cache=True, nogil=True)
def _has_room(names: NamesPlaces) -> bool:
    n_names = np.int64(load_i64(names.n_names))
    return (
        n_names + ROW_NAMES <= names.names_max
        and start_of(names, n_names) + ROW_NAME_BYTES <= names.bytes_max
    )


@njit(cache=True, nogil=True)
def decode_rows(
    trie: Trie,
    table: NamesTable,
    buffer: tuple[int, int],
    rows: Rows,
    columns: Columns,
    wanted: NDArray[np.int64],
    first: int,
) -> int:
    """Decode the `wanted` rows from the `first` of them on, as far as layouts go.

    Parameters
    ----------
    trie : Trie
        The layouts.
    table : NamesTable
        Names; new ones are added.
    buffer : tuple of int
        Address and length of the buffer of the records.
    rows : Rows
        Where the records stand; `done` is set.
    columns : Columns
        One row for each record; written where `done`.
    wanted : ndarray of shape (m,), int64
        Numbers of rows.
    first : int
        Index into `wanted`.

    Returns
    -------
    int
        How many of the wanted rows were looked at: fewer than all if names need room.
    """
    places, names = _places(trie, rows, columns), places_of(table)
    for index in range(first, len(wanted)):
        if not _has_room(names):
            return index
        _read_row(places, names, buffer, wanted[index])
    return len(wanted)


@njit(cache=True, nogil=True)
def gather_details(
    address: int,
    wanted: NDArray[np.int64],
    details: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> None:
    """Copy the details of rows one behind the other; their spans become those in `out`.

    Parameters
    ----------
    address : int
        Of the buffer that the details stand in.
    wanted : ndarray of shape (m,), int64
        Rows that have detail, ascending.
    details : ndarray of shape (2, n), int64
        Starts and ends of the details.
    out : ndarray, uint8
        As long as all details together.
    """
    place = 0
    for index in range(len(wanted)):
        row = wanted[index]
        at = address + details[0, row]
        length = details[1, row] - details[0, row]
        for byte in range(length):
            out[place + byte] = load_u8(at + byte)
        details[0, row] = place
        place += length
        details[1, row] = place

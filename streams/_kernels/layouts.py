"""Rows of JSON whose layout is known, to columns.

A layout is what rows of one producer have in common: literal bytes and, between them,
values of known kinds. All layouts stand in one trie, whose node is a literal and the
kind of the value behind it, so that what layouts begin with alike is read once. A row
that no path accepts to its last byte is left to another parser.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams._kernels import blocks
from streams._kernels.blocks import Block, block_at, clear_row, fill_rows
from streams._kernels.compiling import entry, inlined
from streams._kernels.hashing import xxh64_at
from streams._kernels.memory import (
    differing_64,
    load_f64,
    load_i16,
    load_i32,
    load_i64,
    load_u8,
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
    recall,
    remember,
    start_of,
)
from streams._kernels.numbers import (
    scan_digits,
    scan_integer,
    scan_number,
    scan_usual_digits,
    scan_usual_number,
)
from streams._kernels.ranks import RankPlaces, RankRules, rank_of, rank_places
from streams._kernels.strings import QUOTE, scan_plain, scan_string
from streams._kernels.times import (
    TIME_US_MAX,
    TIME_US_MIN,
    remember_day,
    scan_time,
    scan_usual_time,
)
from streams.buffers import SLACK_BYTES

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
_FAILED: int = np.int64(-1)  # type: ignore[assignment]
HAS_DETAIL = 1
LENGTH_MAX = 256  # characters of an id
# Room for the names of one row: six of at most 256 characters of at most four bytes.
ROW_NAMES, ROW_NAME_BYTES = blocks.N_REFERENCES, 6 * 256 * 4
NAME_ROOM = np.int64(ROW_NAME_BYTES)
# Words of the scratch: of the row, of the day (see `scan_usual_time`), of all rows, and
# for each new name of the row its column, address and length.
MARK_START, MARK_END, MARK_DETAIL, N_NEW = 0, 8, 16, 24
DAY = 32
N_ACCEPTED, N_DETAILS = 7, 8
NEW_NAMES = 72
SCRATCH = NEW_NAMES // 8 + 3 * blocks.N_REFERENCES


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
        Bytes of all literals, `SLACK_BYTES` spare ones behind the last.
    words : ndarray of shape (n_words, 2), int32
        Places and lengths in `literals` of the words of enumerations.
    """

    nodes: NDArray[np.int32]
    lows: NDArray[np.float64]
    literals: NDArray[np.uint8]
    words: NDArray[np.int32]


class Rows(NamedTuple):
    """Where records stand, what becomes of them, and scratch.

    Attributes
    ----------
    starts, ends : ndarray of shape (n,), int64
        Spans in the buffer.
    memory : ndarray, uint8
        The block of their columns, see `streams._kernels.blocks`.
    scratch : ndarray of shape (SCRATCH,), int64
        The day last seen, and how many rows are accepted and have detail.
    padded : ndarray, uint8
        Scratch for a row too close to the end of the buffer.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    memory: NDArray[np.uint8]
    scratch: NDArray[np.int64]
    padded: NDArray[np.uint8]


class Places(NamedTuple):
    """Addresses of the arrays of `Trie` and `Rows`, the names and the ranks."""

    nodes: int
    lows: int
    literals: int
    words: int
    scratch: int
    recent: int
    block: Block
    names: NamesPlaces
    ranks: RankPlaces


@inlined
def _field(node: int, place: int) -> int:
    """Return a column of a node, given by its address."""
    return np.int64(load_i32(node + 4 * place))


@inlined
def _same_literal(literal: int, at: int, length: int) -> bool:
    """Compare 64 bytes at a time; both may be read so far beyond their end."""
    while length >= 64:
        if differing_64(literal, at) != np.uint64(0):
            return False
        literal += 64
        at += 64
        length -= 64
    # A shift by 64 at once is undefined.
    different = differing_64(literal, at) << np.uint64(63 - length)
    return different << np.uint64(1) == np.uint64(0)


@inlined
def _scan_text(at: int, end: int) -> tuple[int, int]:
    n_bytes = scan_plain(at, end)
    if n_bytes >= 0:
        return at + n_bytes, n_bytes
    return scan_string(at, end)


@inlined
def _read_id(places: Places, at: int, end: int, row: int) -> int:
    quote, n_characters = _scan_text(at, end)
    if n_characters < 1 or n_characters > LENGTH_MAX:
        return _FAILED
    column = places.block.eight + blocks.ID_HASH * places.block.eight_stride
    store_u64(column + 8 * row, xxh64_at(at, quote - at))
    return quote


@inlined
def _read_reference(places: Places, node: int, at: int, end: int, row: int) -> int:
    """Read a name; one not seen lately is noted, to be looked up with the row."""
    quote, n_characters = _scan_text(at, end)
    if n_characters < 1 or n_characters > LENGTH_MAX:
        return _FAILED
    column = _field(node, ARGUMENT)
    number = recall(places.names, places.recent, at, quote - at)
    if number < 0:
        n_new = np.int64(load_i64(places.scratch + N_NEW))
        if n_new >= ROW_NAMES:
            return _FAILED
        store_i64(places.scratch + N_NEW, n_new + 1)
        noted = places.scratch + NEW_NAMES + 24 * n_new
        store_i64(noted, column)
        store_i64(noted + 8, at)
        store_i64(noted + 16, quote - at)
    else:
        place = places.block.four + column * places.block.four_stride
        store_i32(place + 4 * row, number)
    return quote


@inlined
def _read_other_text(places: Places, kind: int, at: int, end: int) -> int:
    quote, _ = _scan_text(at, end)
    if quote >= 0 and kind == DETAIL_STRING:
        store_i64(places.scratch + MARK_DETAIL, 1)
    return quote


@inlined
def _read_choice(places: Places, node: int, at: int, end: int, row: int) -> int:
    """Read a word of an enumeration."""
    for choice in range(_field(node, DEFAULT)):
        word = places.words + 8 * (_field(node, ARGUMENT) + choice)
        length = np.int64(load_i32(word + 4))
        if (
            at + length < end
            and load_u8(at + length) == QUOTE
            and _same_literal(places.literals + load_i32(word), at, length)
        ):
            column = places.block.two + blocks.CODE * places.block.two_stride
            store_i16(column + 2 * row, choice)
            return at + length
    return _FAILED


@inlined
def _read_number(places: Places, number: int, at: int, end: int, row: int) -> int:
    """Read a number of the data, or a skipped one."""
    node = places.nodes + 4 * NODE_WIDTH * number
    last, value = scan_usual_number(at, end)
    if last < 0:
        last, value = scan_number(at, end)
    if last >= 0 and _field(node, KIND) == NUMBER:
        if value < load_f64(places.lows + 8 * number):
            return _FAILED
        column = (blocks.VALUES + _field(node, ARGUMENT)) * places.block.eight_stride
        store_f64(places.block.eight + column + 8 * row, value)
    return last


@inlined
def _read_time(places: Places, at: int, end: int, row: int) -> int:
    day = places.scratch + DAY
    last, time_us = at + 27, scan_usual_time(at, end, day)
    if time_us < TIME_US_MIN:
        last, time_us = scan_time(at, end)
        if last < 0:
            return _FAILED
        if load_u8(last - 1) | 0x20 == 0x7A:  # Z, z
            remember_day(at, time_us, day)
    column = places.block.eight + blocks.TIME_US * places.block.eight_stride
    store_i64(column + 8 * row, time_us)
    return last


@inlined
def _read_whole(places: Places, node: int, at: int, end: int, row: int) -> int:
    """Read a time of the data, or the sequence."""
    kind = _field(node, KIND)
    column = np.int64(blocks.SEQUENCE)
    if kind == SEQUENCE_TEXT:
        last, value = scan_usual_digits(at, end)
        if last < 0:
            last, value = scan_digits(at, end)
    else:
        last, value = scan_integer(at, end)
    if last < 0:
        return _FAILED
    if kind == TIME_COLUMN:
        if value < TIME_US_MIN or value > TIME_US_MAX:
            return _FAILED
        column = blocks.TIMES + _field(node, ARGUMENT)
    elif value < 0:
        return _FAILED
    place = places.block.eight + column * places.block.eight_stride
    store_i64(place + 8 * row, value)
    return last


@inlined
def _read_value(places: Places, number: int, at: int, end: int, row: int) -> int:
    """Read the value of a node; return where it ends, -1 if it is not of its kind."""
    node = places.nodes + 4 * NODE_WIDTH * number
    kind = _field(node, KIND)
    if kind == REFERENCE:
        return _read_reference(places, node, at, end, row)
    if kind == ID:
        return _read_id(places, at, end, row)
    if kind in (DETAIL_STRING, SKIPPED_STRING):
        return _read_other_text(places, kind, at, end)
    if kind in (NUMBER, SKIPPED_NUMBER):
        return _read_number(places, number, at, end, row)
    if kind == TIME:
        return _read_time(places, at, end, row)
    if kind in (TIME_COLUMN, SEQUENCE_TEXT, SEQUENCE_NUMBER):
        return _read_whole(places, node, at, end, row)
    if kind == CHOICE:
        return _read_choice(places, node, at, end, row)
    if kind == DATA_START:
        store_i64(places.scratch + MARK_START, at - 1)
    elif kind == DATA_END:
        store_i64(places.scratch + MARK_END, at)
    elif at != end:
        return _FAILED
    return at


@inlined
def _walk(places: Places, at: int, end: int, row: int) -> int:
    """Follow a row through the trie; return its last node, -1 if no path accepts it."""
    store_i64(places.scratch + N_NEW, 0)
    store_i64(places.scratch + MARK_DETAIL, 0)
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


@entry
def _look_up(
    names: NamesPlaces, recent: int, scratch: int, columns: tuple[int, int], row: int
) -> bool:
    """Number the names noted of a row; tell whether there was room for all."""
    n_names = np.int64(load_i64(names.n_names))
    if (
        n_names + ROW_NAMES > names.names_max
        or start_of(names, n_names) + NAME_ROOM > names.bytes_max
    ):
        return False
    address, stride = columns
    for new in range(load_i64(scratch + N_NEW)):
        noted = scratch + NEW_NAMES + 24 * new
        at, n_bytes = np.int64(load_i64(noted + 8)), np.int64(load_i64(noted + 16))
        number = intern_at(names, at, n_bytes)
        remember(recent, at, n_bytes, number)
        store_i32(address + load_i64(noted) * stride + 4 * row, number)
    return True


@inlined
def _accept(places: Places, number: int, row: int) -> None:
    """Write what only an accepted row may leave."""
    block = places.block
    node = places.nodes + 4 * NODE_WIDTH * number
    kind = _field(node, ARGUMENT)
    store_i16(block.two + blocks.TYPE_CODE * block.two_stride + 2 * row, kind)
    place = block.two + blocks.CODE * block.two_stride + 2 * row
    code = np.int64(load_i16(place))
    if code < 0:
        code = _field(node, DEFAULT)
        store_i16(place, code)
    time_us = load_i64(block.eight + blocks.TIME_US * block.eight_stride + 8 * row)
    time0 = load_i64(block.eight + blocks.TIMES * block.eight_stride + 8 * row)
    rank = rank_of(places.ranks, (kind, code), (time_us, time0))
    store_u8(block.one + blocks.RANK * block.one_stride + row, rank)
    store_u8(block.one + blocks.DONE * block.one_stride + row, 1)


@entry
def _mark_detail(block: Block, scratch: int, shift: int, row: int) -> None:
    """Note where in the buffer the data of a row stand, given what to add."""
    store_u8(block.one + blocks.FLAGS * block.one_stride + row, HAS_DETAIL)
    start = block.eight + blocks.DETAIL_START * block.eight_stride
    store_i64(start + 8 * row, load_i64(scratch + MARK_START) + shift)
    end = block.eight + blocks.DETAIL_END * block.eight_stride
    store_i64(end + 8 * row, load_i64(scratch + MARK_END) + shift)
    count = scratch + 8 * N_DETAILS
    store_i64(count, load_i64(count) + 1)


@inlined
def _read_row(places: Places, span: tuple[int, int, int], row: int) -> int:
    """Read a row: 1 if it is accepted, 0 if not, -1 if its names need room."""
    at, end, shift = span
    number = _walk(places, at, end, row)
    if number < 0:
        clear_row(places.block, row)
        return np.int64(0)
    if load_i64(places.scratch + N_NEW) != 0:
        columns = places.block.four, places.block.four_stride
        if not _look_up(places.names, places.recent, places.scratch, columns, row):
            clear_row(places.block, row)
            return np.int64(-1)
    _accept(places, number, row)
    if load_i64(places.scratch + MARK_DETAIL) != 0:
        _mark_detail(places.block, places.scratch, shift, row)
    return np.int64(1)


@entry
def _copied(padded: NDArray[np.uint8], at: int, length: int) -> int:
    """Copy a row to where more can be read than there is; 0 if it is too long."""
    if length + SLACK_BYTES > len(padded):
        return np.int64(0)
    for place in range(length):
        padded[place] = load_u8(at + place)
    return np.int64(padded.ctypes.data)


@entry
def decode_rows(
    trie: Trie,
    rules: RankRules,
    table: NamesTable,
    recent: NDArray[np.uint64],
    rows: Rows,
    wanted: NDArray[np.int64],
    address: int,
    n_bytes: int,
    first: int,
    stop: int,
    partition: int,
) -> int:
    """Decode rows as far as layouts go.

    Parameters
    ----------
    trie : Trie
        The layouts.
    rules : RankRules
        Ranks of types.
    table : NamesTable
        Names; new ones are added.
    recent : ndarray, uint64
        Names seen lately, see `recall`.
    rows : Rows
        Where the records stand, and their columns, written where a row is accepted.
    wanted : ndarray of shape (m,), int64
        Numbers of rows; none for every row, whose columns are filled first.
    address, n_bytes : int
        The buffer of the records, and its length.
    first, stop : int
        Index of the first row wanted, one more than that of the last.
    partition : int
        What its column is filled with.

    Returns
    -------
    int
        Index of the row that was not looked at since its names need room, or the end.
    """
    places = Places(
        np.int64(trie.nodes.ctypes.data),
        np.int64(trie.lows.ctypes.data),
        np.int64(trie.literals.ctypes.data),
        np.int64(trie.words.ctypes.data),
        np.int64(rows.scratch.ctypes.data),
        np.int64(recent.ctypes.data),
        block_at(np.int64(rows.memory.ctypes.data), len(rows.starts)),
        places_of(table),
        rank_places(rules),
    )
    every = len(wanted) == 0
    n_accepted = np.int64(0)
    index = first
    while index < stop:
        row = index
        if not every:
            row = wanted[index]
        elif index % blocks.FILLED_ROWS == 0:
            n_filled = min(blocks.FILLED_ROWS, stop - index)
            fill_rows(places.block, index, n_filled, partition)
        start, length = rows.starts[row], rows.ends[row] - rows.starts[row]
        at, read = address + start, np.int64(0)
        if start + length + SLACK_BYTES > n_bytes:
            at = _copied(rows.padded, at, length)
        if at != 0:
            read = _read_row(places, (at, at + length, start - at), row)
        if read < 0:
            break
        n_accepted += read
        index += 1
    rows.scratch[N_ACCEPTED] += n_accepted
    return index

"""Columns of our own form, checked and looked up in one pass over the rows.

What stands in no column of the message is given by the address 0. Rows go in blocks
that stay in the nearest cache, so that what is noted of a row costs little.
"""

# mypy: disable-error-code="no-untyped-call,untyped-decorator,attr-defined"
from typing import NamedTuple

import numpy as np
from numba import carray, njit
from numpy.typing import NDArray

from streams._kernels.arrow import LARGEST
from streams._kernels.memory import load_u8, pointer
from streams._kernels.ranks import NO_TIME

Int64Array = NDArray[np.int64]

BLOCK_ROWS = 1024
"""Half as many cost more calls, four times as many leave the nearest cache."""

# Places of the columns among the addresses.
TIME, TYPE, CODE, SEQUENCE, VALUE0, TIME0 = 0, 1, 2, 3, 4, 8
N_VALUES, N_TIMES = 4, 2
N_PLAIN = TIME0 + N_TIMES
# Bits of what a row gives: its references, then values, then times.
N_NAMED = 6
VALUE_BIT, TIME_BIT = N_NAMED, N_NAMED + N_VALUES

# By eight bits: a byte for each of them, 1 or 0.
BYTES_OF_BITS = np.unpackbits(
    np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little"
).view(np.uint64)[:, 0]


class EventRules(NamedTuple):
    """What a row of each type must hold.

    Attributes
    ----------
    required, allowed : ndarray of shape (n_types,), uint32
        Bits of the columns it must and may give; of one that needs detail also one
        that no row gives.
    lows : ndarray of shape (N_VALUES, n_types), float64
        Least value, finite.
    code_low, code_high : ndarray of shape (n_types,), int32
        Least and greatest code.
    bounds_us : ndarray of shape (2,), int64
        Least and greatest time.
    """

    required: NDArray[np.uint32]
    allowed: NDArray[np.uint32]
    lows: NDArray[np.float64]
    code_low: NDArray[np.int32]
    code_high: NDArray[np.int32]
    bounds_us: Int64Array


class Named(NamedTuple):
    """Columns of references: indices into dictionaries, and what their entries mean.

    Attributes
    ----------
    indices, validity : ndarray of shape (N_NAMED,), int64
        Addresses of int32 indices, and of the bits that tell nulls.
    first, n_entries : ndarray of shape (N_NAMED,), int64
        Where the entries of the dictionary begin in `numbers`, and how many it has.
    numbers : ndarray of shape (n,), int32
        Numbers of names, >= 0; behind those of each dictionary a -1, for nulls.
    """

    indices: Int64Array
    validity: Int64Array
    first: Int64Array
    n_entries: Int64Array
    numbers: NDArray[np.int32]


@njit(cache=True, nogil=True)
def _heads(
    rules: EventRules,
    plain: Int64Array,
    rows: tuple[int, int],
    kinds: NDArray[np.uint16],
) -> bool:
    """Note the types; tell whether types, times, codes and sequences are possible.

    What is wrong leaves its sign: a difference is below 0. So no row needs a branch.
    """
    start, n_rows = rows
    types = carray(pointer(plain[TYPE] + 2 * start), n_rows, np.uint16)
    times = carray(pointer(plain[TIME] + 8 * start), n_rows, np.int64)
    n_types = np.uint16(len(rules.required))
    low, high = rules.bounds_us[0], rules.bounds_us[1]
    highest = np.uint16(0)
    signs = np.int64(0)
    for row in range(n_rows):
        highest = max(highest, types[row])
        kinds[row] = types[row]
    if highest >= n_types:
        return False
    for row in range(n_rows):
        # The bounds are so near to 0 that one of the two never wraps around.
        signs |= (times[row] - low) | (high - times[row])
    if plain[SEQUENCE]:
        sequences = carray(pointer(plain[SEQUENCE] + 8 * start), n_rows, np.int64)
        for row in range(n_rows):
            signs |= sequences[row]
    wrong = np.int32(0)
    code_low, code_high = rules.code_low, rules.code_high
    if plain[CODE]:
        codes = carray(pointer(plain[CODE] + 2 * start), n_rows, np.int16)
        for row in range(n_rows):
            code = np.int32(codes[row])
            wrong |= (code - code_low[kinds[row]]) | (code_high[kinds[row]] - code)
    else:
        for row in range(n_rows):
            wrong |= np.int32(-1) - code_low[kinds[row]]
    return (signs >= 0) & (wrong >= 0)


@njit(cache=True, nogil=True)
def _expand(bits: int, n_rows: int, given: NDArray[np.uint64]) -> None:
    """Write a byte for each bit, and for up to seven more."""
    for eight in range((n_rows + 7) >> 3):
        given[eight] = BYTES_OF_BITS[load_u8(bits + eight)]


@njit(cache=True, nogil=True)
def _references(
    named: Named,
    which: int,
    rows: tuple[int, int],
    marks: tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.uint8]],
    out: NDArray[np.int32],
) -> bool:
    """Look up a column of references; tell whether all indices are in the dictionary.

    Without a branch, so that many rows are looked up at a time. `marks` are what was
    seen, and memory for which rows are given, as words and as bytes.
    """
    start, n_rows = rows
    seen, words, given = marks
    n_entries, bit = np.uint32(named.n_entries[which]), np.uint32(1 << which)
    if n_entries == 0:
        return False
    indices = carray(pointer(named.indices[which] + 4 * start), n_rows, np.uint32)
    numbers = named.numbers[named.first[which] :]
    highest = np.uint32(0)
    if named.validity[which] == 0:
        for row in range(n_rows):
            index = indices[row]
            highest = max(highest, index)
            out[row] = numbers[min(index, n_entries)]
            seen[row] |= bit
        return highest < n_entries
    _expand(named.validity[which] + (start >> 3), n_rows, words)
    for row in range(n_rows):
        is_given = given[row] != 0
        index = indices[row] if is_given else n_entries
        highest = max(highest, index if is_given else np.uint32(0))
        number = numbers[min(index, n_entries)]
        out[row] = number
        seen[row] |= bit if number >= 0 else np.uint32(0)
    return highest < n_entries


@njit(cache=True, nogil=True)
def _values(
    rules: EventRules,
    plain: Int64Array,
    rows: tuple[int, int],
    kinds: NDArray[np.uint16],
    seen: NDArray[np.uint32],
) -> bool:
    """Note which values are given; tell whether they are possible."""
    start, n_rows = rows
    low, high = rules.bounds_us[0], rules.bounds_us[1]
    wrong = np.uint32(0)
    for which in range(N_VALUES):
        bit = np.uint32(1 << (VALUE_BIT + which))
        if plain[VALUE0 + which]:
            at = plain[VALUE0 + which] + 8 * start
            values, lows = carray(pointer(at), n_rows, np.float64), rules.lows[which]
            for row in range(n_rows):
                value = values[row]
                given = value == value  # noqa: PLR0124 - not NaN
                least = lows[kinds[row]]
                wrong |= np.uint32(given & ((value < least) | (value > LARGEST)))
                seen[row] |= bit if given else np.uint32(0)
    for which in range(N_TIMES):
        bit = np.uint32(1 << (TIME_BIT + which))
        if plain[TIME0 + which]:
            at = plain[TIME0 + which] + 8 * start
            times = carray(pointer(at), n_rows, np.int64)
            for row in range(n_rows):
                given = times[row] != NO_TIME
                wrong |= np.uint32(given & ((times[row] < low) | (times[row] > high)))
                seen[row] |= bit if given else np.uint32(0)
    return wrong == 0


@njit(cache=True, nogil=True)
def read_events(
    rules: EventRules,
    plain: Int64Array,
    named: Named,
    references: NDArray[np.int32],
    span: tuple[int, int],
) -> bool:
    """Check rows and look up their references.

    Parameters
    ----------
    rules : EventRules
        What a row must hold.
    plain : ndarray of shape (N_PLAIN,), int64
        Addresses of the columns of numbers, 0 for those that are not there; those of
        times and types are.
    named : Named
        Columns of references.
    references : ndarray of shape (N_NAMED, n), int32
        Is filled; -1 for none.
    span : (int, int)
        Where to begin in `references`, and how many rows there are.

    Returns
    -------
    bool
        Whether every row is an event that needs no detail.
    """
    kinds = np.empty(BLOCK_ROWS, np.uint16)
    seen = np.empty(BLOCK_ROWS, np.uint32)
    words = np.empty(BLOCK_ROWS // 8, np.uint64)
    marks = (seen, words, words.view(np.uint8))
    first, n_all = span
    for start in range(0, n_all, BLOCK_ROWS):
        n_rows = min(BLOCK_ROWS, n_all - start)
        rows = (start, n_rows)
        if not _heads(rules, plain, rows, kinds):
            return False
        good = True
        seen[:] = 0
        for which in range(N_NAMED):
            into = references[which][first + start : first + start + n_rows]
            if named.indices[which]:
                good &= _references(named, which, rows, marks, into)
            else:
                into[:] = -1
        good &= _values(rules, plain, rows, kinds, seen)
        odd = np.uint32(0)
        required, allowed = rules.required, rules.allowed
        for row in range(n_rows):
            kind, given = kinds[row], seen[row]
            odd |= (required[kind] & ~given) | (given & ~allowed[kind])
        if not good or odd:
            return False
    return True

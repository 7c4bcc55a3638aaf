"""Columns of our own form, checked and looked up in one pass over the rows.

What stands in no column of the message is given by the address 0. Rows go in blocks
that stay in the nearest cache, so that what is noted of a row costs little.
"""

# mypy: disable-error-code="no-untyped-call,untyped-decorator"
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.arrow import LARGEST
from streams._kernels.memory import load_f64, load_i16, load_i64, load_u8, load_u32
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


class EventRules(NamedTuple):
    """What a row of each type must hold.

    Attributes
    ----------
    required, allowed : ndarray of shape (n_types,), uint16
        Bits of the columns it must and may give; of one that needs detail also one
        that no row gives.
    lows : ndarray of shape (N_VALUES, n_types), float64
        Least value, finite.
    code_low, code_high : ndarray of shape (n_types,), int32
        Least and greatest code.
    bounds_us : ndarray of shape (2,), int64
        Least and greatest time.
    """

    required: NDArray[np.uint16]
    allowed: NDArray[np.uint16]
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
    start, stop = rows
    types, times, n_types = plain[TYPE], plain[TIME], np.uint16(len(rules.required))
    low, high = rules.bounds_us[0], rules.bounds_us[1]
    highest = np.uint16(0)
    signs = np.int64(0)
    for row in range(start, stop):
        kind = np.uint16(load_i16(types + 2 * row))
        highest = max(highest, kind)
        kinds[row - start] = kind
    if highest >= n_types:
        return False
    for row in range(start, stop):
        time_us = load_i64(times + 8 * row)
        # The bounds are so near to 0 that one of the two never wraps around.
        signs |= (time_us - low) | (high - time_us)
    codes, sequences = plain[CODE], plain[SEQUENCE]
    if sequences:
        for row in range(start, stop):
            signs |= load_i64(sequences + 8 * row)
    wrong = np.int32(0)
    if codes:
        for row in range(start, stop):
            kind = kinds[row - start]
            code = np.int32(load_i16(codes + 2 * row))
            wrong |= (code - rules.code_low[kind]) | (rules.code_high[kind] - code)
    else:
        for row in range(stop - start):
            wrong |= np.int32(-1) - rules.code_low[kinds[row]]
    return (signs >= 0) & (wrong >= 0)


@njit(cache=True, nogil=True)
def _references(
    named: Named,
    which: int,
    rows: tuple[int, int],
    seen: NDArray[np.uint16],
    out: NDArray[np.int32],
) -> bool:
    """Look up a column of references; tell whether all indices are in the dictionary.

    Without a branch, so that eight rows are looked up at a time.
    """
    start, stop = rows
    if named.n_entries[which] == 0:
        return False
    indices, validity = named.indices[which], named.validity[which]
    n_entries, bit = np.uint32(named.n_entries[which]), np.uint16(1 << which)
    numbers = named.numbers[named.first[which] :]
    highest = np.uint32(0)
    whole = stop - ((stop - start) & 7) if validity else start
    for eight in range(start, whole, 8):
        bits = np.uint32(load_u8(validity + (eight >> 3)))
        for row in range(eight, eight + 8):
            given = (bits >> np.uint32(row - eight)) & np.uint32(1)
            index = load_u32(indices + 4 * row) if given else n_entries
            highest = max(highest, index if given else np.uint32(0))
            number = numbers[min(index, n_entries)]
            out[row] = number
            seen[row - start] |= bit if number >= 0 else np.uint16(0)
    for row in range(whole, stop):
        index = load_u32(indices + 4 * row)
        if validity and (load_u8(validity + (row >> 3)) >> np.uint8(row & 7)) & 1 == 0:
            index = n_entries
        elif index >= n_entries:
            return False
        number = numbers[min(index, n_entries)]
        out[row] = number
        seen[row - start] |= bit if number >= 0 else np.uint16(0)
    return highest < n_entries


@njit(cache=True, nogil=True)
def _values(
    rules: EventRules,
    plain: Int64Array,
    rows: tuple[int, int],
    kinds: NDArray[np.uint16],
    seen: NDArray[np.uint16],
) -> bool:
    """Note which values are given; tell whether they are possible."""
    start, stop = rows
    low, high = rules.bounds_us[0], rules.bounds_us[1]
    wrong = np.uint16(0)
    for which in range(N_VALUES):
        address, bit = plain[VALUE0 + which], np.uint16(1 << (VALUE_BIT + which))
        if address:
            lows = rules.lows[which]
            for row in range(start, stop):
                value = load_f64(address + 8 * row)
                given = value == value  # noqa: PLR0124 - not NaN
                least = lows[kinds[row - start]]
                wrong |= np.uint16(given & ((value < least) | (value > LARGEST)))
                seen[row - start] |= bit * np.uint16(given)
    for which in range(N_TIMES):
        address, bit = plain[TIME0 + which], np.uint16(1 << (TIME_BIT + which))
        if address:
            for row in range(start, stop):
                time_us = load_i64(address + 8 * row)
                given = time_us != NO_TIME
                wrong |= np.uint16(given & ((time_us < low) | (time_us > high)))
                seen[row - start] |= bit * np.uint16(given)
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
    seen = np.empty(BLOCK_ROWS, np.uint16)
    first, n_rows = span
    for start in range(0, n_rows, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, n_rows)
        rows = (start, stop)
        if not _heads(rules, plain, rows, kinds):
            return False
        good = True
        seen[:] = 0
        for which in range(N_NAMED):
            if named.indices[which]:
                into = references[which][first : first + n_rows]
                good &= _references(named, which, rows, seen, into)
            else:
                references[which, first + start : first + stop] = -1
        good &= _values(rules, plain, rows, kinds, seen)
        odd = np.uint16(0)
        for row in range(stop - start):
            kind, given = kinds[row], seen[row]
            odd |= (rules.required[kind] & ~given) | (given & ~rules.allowed[kind])
        if not good or odd:
            return False
    return True

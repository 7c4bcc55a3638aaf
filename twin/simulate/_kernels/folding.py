"""From a trace to live state: rows in canonical order, names hashed, all compiled."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams._kernels.compiling import entry, inlined
from streams._kernels.hashing import xxh64_at
from streams.events import TYPE_CODES
from twin.simulate.tables import I8, LETTERS, NumPyArray, Trace
from twin.state.tables import KINDS

_STATE_CHANGED = TYPE_CODES["MachineStateChanged"]
_COMPLETED = TYPE_CODES["OperationCompleted"]
_ZERO, _NINE = np.uint8(48), np.uint8(57)  # the digits
_TEN = 10
_N_LETTERS = np.uint64(len(LETTERS))
FIRST_SLOTTED = KINDS.index("order")

I4 = NDArray[np.int32]


class RingNames(NamedTuple):
    """Where what is named lately has its place: a ring for each letter.

    Attributes
    ----------
    first, ring : ndarray of shape (1,), int64
        Place of the first ring, and places of each, a power of two.
    known, letters : ndarray of shape (n_letters,), int64
        Highest running number that has a place, and the letter as a byte.
    text : ndarray of shape (24,), uint8
        Room for an id.
    """

    first: I8
    ring: I8
    known: I8
    letters: I8
    text: NDArray[np.uint8]


class Ordered(NamedTuple):
    """Rows of a trace in canonical order, and the places of what they name.

    Attributes
    ----------
    order : ndarray of int64
        Numbers of rows.
    work : ndarray of uint8
        Ranks, in that order.
    subject, parent : ndarray of int32
        Places, by row.
    """

    order: I8
    work: NDArray[np.uint8]
    subject: I4
    parent: I4


@inlined
def rank_of(trace: Trace, i: int, ranks: NumPyArray, is_down: NumPyArray) -> int:
    """Rank of a row within its instant, as `streams.layout.ranks` gives it."""
    code = trace.type_code[i]
    rank = ranks[code]
    if code == _STATE_CHANGED and trace.code[i] >= 0 and is_down[trace.code[i]]:
        return 2
    if code == _COMPLETED and trace.time0[i] == trace.time_us[i]:
        return 8
    return rank


@inlined
def place_of(names: RingNames, first: int, ring: int, number: int) -> int:
    """Place of a number of a trace, -2 if its place was given to another.

    `first` and `ring` are those of `names`, at hand.
    """
    if number < first:
        return number
    above = np.uint64(number - first)
    n, letter = np.int64(above // _N_LETTERS), above % _N_LETTERS
    if n <= names.known[letter] - ring:
        return -2
    return first + np.int64(letter) * ring + (n & (ring - 1))


@entry
def order_rows(
    trace: Trace, first: int, n: int, ranks: NumPyArray, is_down: NumPyArray,
    names: RingNames, found: Ordered,
) -> int:  # fmt: skip
    """Sort rows `first` to `n` by time and rank, keeping the order of equals.

    A trace is told in the order of time, but for what answers a microsecond later, so
    insertion moves little. Returns where the last instant begins in `found.order`, or
    -1 if a name is so old that its place was given to another: the ring is too small.

    References
    ----------
    Knuth (1998), The Art of Computer Programming 3, algorithm 5.2.1S.
    """
    order, work = found.order, found.work
    first_name, ring = names.first[0], names.ring[0]
    latest_us, latest = np.int64(0), 0
    for at in range(n - first):
        i = np.uint64(first + at)
        subject = place_of(names, first_name, ring, trace.subject[i])
        parent = place_of(names, first_name, ring, trace.parent[i])
        if subject < -1 or parent < -1:
            return -1
        found.subject[i] = subject
        found.parent[i] = parent
        time_us, rank = trace.time_us[i], rank_of(trace, i, ranks, is_down)
        k = at
        if k > 0 and (time_us < latest_us or (time_us == latest_us and rank < latest)):
            while k > 0:
                before_us = trace.time_us[order[k - 1]]
                if before_us < time_us or (
                    before_us == time_us and work[k - 1] <= rank
                ):
                    break
                order[k] = order[k - 1]
                work[k] = work[k - 1]
                k -= 1
        else:
            latest_us, latest = time_us, rank
        order[np.uint64(k)] = i
        work[np.uint64(k)] = rank
    last = n - first
    while last > 0 and trace.time_us[order[last - 1]] == latest_us:
        last -= 1
    return last


@entry
def keep_rows(
    trace: Trace, order: NumPyArray, first: int, n: int, target: Trace, at: int
) -> None:
    """Copy rows `first` to `n` of an order to another trace, from its row `at` on."""
    for k in range(first, n):
        row, to = order[k], at + k - first
        target.time_us[to] = trace.time_us[row]
        target.type_code[to] = trace.type_code[row]
        target.code[to] = trace.code[row]
        target.subject[to] = trace.subject[row]
        target.item[to] = trace.item[row]
        target.place[to] = trace.place[row]
        target.party[to] = trace.party[row]
        target.parent[to] = trace.parent[row]
        target.value0[to] = trace.value0[row]
        target.value1[to] = trace.value1[row]
        target.value2[to] = trace.value2[row]
        target.time0[to] = trace.time0[row]


@inlined
def write_number(text: NumPyArray, n: int) -> int:
    """Write the digits of a number from place 1 on; return how many."""
    rest, size = n, 1
    while rest >= _TEN:
        rest //= _TEN
        size += 1
    rest = n
    for at in range(size, 0, -1):
        text[at] = _ZERO + np.uint8(rest % _TEN)
        rest //= _TEN
    return size


@inlined
def count_up(text: NumPyArray, size: int) -> int:
    """Write the number that follows the one whose digits are there."""
    at = size
    while at > 0 and text[at] == _NINE:
        text[at] = _ZERO
        at -= 1
    if at > 0:
        text[at] += np.uint8(1)
        return size
    text[1] = _ZERO + np.uint8(1)
    text[size + 1] = _ZERO
    return size + 1


@entry
def hash_numbered(text: NumPyArray, letter: int, n: int) -> np.uint64:
    """Hash of the id of a letter and a running number; `text` has room for 24 bytes."""
    text[0] = letter
    return xxh64_at(text.ctypes.data, write_number(text, n) + 1)


@entry
def name_new(
    names: RingNames, memo: NumPyArray, hashes: NumPyArray, highest: NumPyArray
) -> bool:
    """Give places to what was named since the last call; False if one is not free.

    A place is free if nothing in live state refers to it.
    """
    ring, text = names.ring[0], names.text
    for letter in range(len(names.known)):
        first = names.first[0] + letter * ring
        text[0] = names.letters[letter]
        size = write_number(text, names.known[letter])
        for n in range(names.known[letter] + 1, highest[letter] + 1):
            at = first + (n & (ring - 1))
            for kind in range(FIRST_SLOTTED, len(memo)):
                if memo[kind, at] >= 0:
                    return False
            size = count_up(text, size)
            hashes[at] = xxh64_at(text.ctypes.data, size + 1)
            names.known[letter] = n
    return True

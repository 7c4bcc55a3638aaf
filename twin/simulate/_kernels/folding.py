"""From a trace to live state: rows in canonical order, names hashed, all compiled."""

import numpy as np
from numba import njit

from streams._kernels.compiling import entry, inlined
from streams._kernels.hashing import xxh64_at
from streams.events import TYPE_CODES
from twin.simulate.tables import NumPyArray, Trace

_STATE_CHANGED = TYPE_CODES["MachineStateChanged"]
_COMPLETED = TYPE_CODES["OperationCompleted"]
_ZERO = np.uint8(48)  # the digit


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


@entry
def order_rows(
    trace: Trace, n: int, ranks: NumPyArray, is_down: NumPyArray, order: NumPyArray,
    work: NumPyArray,
) -> int:  # fmt: skip
    """Sort the first `n` rows by time and rank, keeping the order of equals.

    A trace is told in the order of time, but for what answers a microsecond later, so
    insertion moves little. The numbers of rows are put into `order`, their ranks into
    `work`. Returns where the last instant begins in `order`.

    References
    ----------
    Knuth (1998), The Art of Computer Programming 3, algorithm 5.2.1S.
    """
    for i in range(n):
        time_us, rank = trace.time_us[i], rank_of(trace, i, ranks, is_down)
        k = i
        while k > 0:
            before_us = trace.time_us[order[k - 1]]
            if before_us < time_us or (before_us == time_us and work[k - 1] <= rank):
                break
            order[k] = order[k - 1]
            work[k] = work[k - 1]
            k -= 1
        order[k] = i
        work[k] = rank
    last = n
    while last > 0 and trace.time_us[order[last - 1]] == trace.time_us[order[n - 1]]:
        last -= 1
    return last


@entry
def carry_rows(
    trace: Trace, order: NumPyArray, first: int, n: int, target: Trace
) -> None:
    """Copy rows `first` to `n` of an order to the begin of another trace, sorted by
    number, so that the order of equals is kept.
    """
    count = n - first
    # At most a few rows share an instant: selection by number is short.
    before = -1
    for at in range(count):
        row = len(trace.time_us)
        for k in range(first, n):
            if before < order[k] < row:
                row = order[k]
        before = row
        target.time_us[at] = trace.time_us[row]
        target.type_code[at] = trace.type_code[row]
        target.code[at] = trace.code[row]
        target.subject[at] = trace.subject[row]
        target.item[at] = trace.item[row]
        target.place[at] = trace.place[row]
        target.party[at] = trace.party[row]
        target.parent[at] = trace.parent[row]
        target.value0[at] = trace.value0[row]
        target.value1[at] = trace.value1[row]
        target.time0[at] = trace.time0[row]


@njit(cache=True, nogil=True)
def hash_numbered(letter: int, first: int, last: int) -> np.ndarray:
    """Hashes of the ids of a letter and the numbers from `first` up to below `last`."""
    found = np.empty(max(last - first, 0), np.uint64)
    text = np.empty(24, np.uint8)
    address = text.ctypes.data
    for n in range(first, last):
        rest, size = n, 1
        while rest >= 10:  # noqa: PLR2004
            rest //= 10
            size += 1
        text[0] = letter
        rest = n
        for at in range(size, 0, -1):
            text[at] = _ZERO + np.uint8(rest % 10)
            rest //= 10
        found[n - first] = xxh64_at(address, size + 1)
    return found



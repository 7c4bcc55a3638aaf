"""Where the lines of a text begin and end.

References
----------
Warren, H. S. (2013). *Hacker's Delight*, 2nd ed., section 6-1 (first zero byte).
"""

# mypy: disable-error-code="no-untyped-call,untyped-decorator"
import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.memory import load_u64, trailing_zeros

NEWLINE, RETURN = np.uint8(10), np.uint8(13)
# Bytes looked at in one go: half as many branch more often, twice as many look at more
# of a line twice.
STEP_BYTES = 64
_NEWLINES = np.uint64(0x0A0A0A0A0A0A0A0A)
_LOW_BITS = np.uint64(0x7F7F7F7F7F7F7F7F)
_EACH_ONE = np.uint64(0x0101010101010101)
_EACH_TOP = np.uint64(0x8080808080808080)
_ONE, _THREE = np.uint64(1), np.uint64(3)


@njit(cache=True, nogil=True)
def _has_break(address: int) -> bool:
    """Tell whether a line break is among the `STEP_BYTES` from an address."""
    seen = np.uint64(0)
    for word in range(0, STEP_BYTES, 8):
        x = load_u64(address + word) ^ _NEWLINES
        seen |= (x - _EACH_ONE) & ~x  # has a top bit set if a byte of x is zero
    return (seen & _EACH_TOP) != 0


@njit(cache=True, nogil=True)
def _breaks(address: int) -> np.uint64:
    """Set the top bit of each of eight bytes that is a line break, and no other."""
    x = load_u64(address) ^ _NEWLINES
    return ~(((x & _LOW_BITS) + _LOW_BITS) | x | _LOW_BITS)


@njit(cache=True, nogil=True)
def _add(
    data: NDArray[np.uint8],
    line: tuple[int, int, int],
    at: int,
    lines: NDArray[np.int64],
) -> int:
    """Note a line, if it is not blank; return how many are noted."""
    number, start, end = line
    if end > start and data[end - 1] == RETURN:
        end -= 1
    if end > start:
        lines[0, at] = number
        lines[1, at] = start
        lines[2, at] = end
        return at + 1
    return at


@njit(cache=True, nogil=True)
def split_lines(
    data: NDArray[np.uint8], start: int, lines: NDArray[np.int64]
) -> tuple[int, int]:
    """Find the lines that are not blank, without their breaks (also CR LF).

    Parameters
    ----------
    data : ndarray of shape (n,), uint8
        C-contiguous text; what stands behind the last break is a line, too.
    start : int
        Where the first line begins, in 0..n.
    lines : ndarray of shape (3, k), int64
        Filled with number (from 0, blank lines count), start and end of each; k is at
        least n // 2 + 1.

    Returns
    -------
    (int, int)
        How many lines were filled in, and how many there are, with the blank ones.
    """
    address, n_bytes = data.ctypes.data, len(data)
    n_found = number = 0
    n_steps = n_bytes // STEP_BYTES
    for step in range(n_steps):
        base = step * STEP_BYTES
        if not _has_break(address + base):
            continue
        for word in range(base, base + STEP_BYTES, 8):
            hits = _breaks(address + word)
            while hits:
                end = word + np.int64(np.uint64(trailing_zeros(hits)) >> _THREE)
                if end >= start:
                    n_found = _add(data, (number, start, end), n_found, lines)
                    number += 1
                    start = end + 1
                hits &= hits - _ONE
    for end in range(n_steps * STEP_BYTES, n_bytes):
        if data[end] == NEWLINE and end >= start:
            n_found = _add(data, (number, start, end), n_found, lines)
            number += 1
            start = end + 1
    if start < n_bytes:
        n_found = _add(data, (number, start, n_bytes), n_found, lines)
        number += 1
    return n_found, number


@njit(cache=True, nogil=True)
def last_break(data: NDArray[np.uint8]) -> int:
    """Return where the last line break stands, -1 if there is none."""
    at = len(data) - 1
    while at >= 0 and data[at] != NEWLINE:
        at -= 1
    return at


@njit(cache=True, nogil=True)
def count_breaks(data: NDArray[np.uint8]) -> int:
    """Count line breaks."""
    n_breaks = 0
    address, n_steps = data.ctypes.data, len(data) // STEP_BYTES
    for step in range(n_steps):
        base = address + step * STEP_BYTES
        if _has_break(base):
            for word in range(0, STEP_BYTES, 8):
                hits = _breaks(base + word)
                while hits:
                    n_breaks += 1
                    hits &= hits - _ONE
    for byte in range(n_steps * STEP_BYTES, len(data)):
        n_breaks += np.int64(data[byte] == NEWLINE)
    return n_breaks

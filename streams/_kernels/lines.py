"""Where the lines of a text begin and end."""

# mypy: disable-error-code="no-untyped-call,untyped-decorator"
import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.memory import load_u64, trailing_zeros

NEWLINE, RETURN = np.uint8(10), np.uint8(13)
# Bytes looked at in one go: with AVX2 two registers. Half as many branch more often,
# twice as many look at more of a line twice.
STEP_BYTES = 64
_NEWLINES = np.uint64(0x0A0A0A0A0A0A0A0A)
_LOW_BITS = np.uint64(0x7F7F7F7F7F7F7F7F)
_ONE, _THREE = np.uint64(1), np.uint64(3)


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
        seen = np.uint8(0)
        for byte in range(STEP_BYTES):
            seen |= np.uint8(data[base + byte] == NEWLINE)
        if seen == 0:
            continue
        for word in range(base, base + STEP_BYTES, 8):
            x = load_u64(address + word) ^ _NEWLINES
            # The top bit of each byte that is zero, exactly (Warren, Hacker's Delight).
            hits = ~(((x & _LOW_BITS) + _LOW_BITS) | x | _LOW_BITS)
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
    n_steps = len(data) // STEP_BYTES
    for step in range(n_steps):
        in_step = np.uint8(0)
        for byte in range(step * STEP_BYTES, (step + 1) * STEP_BYTES):
            in_step += np.uint8(data[byte] == NEWLINE)
        n_breaks += np.int64(in_step)
    for byte in range(n_steps * STEP_BYTES, len(data)):
        n_breaks += np.int64(data[byte] == NEWLINE)
    return n_breaks

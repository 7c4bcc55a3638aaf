"""Where the lines of a text begin and end."""

# mypy: disable-error-code="no-untyped-call,untyped-decorator,assignment"
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from streams._kernels.compiling import entry, inlined
from streams._kernels.memory import trailing_zeros

NEWLINE, RETURN = np.uint8(10), np.uint8(13)
# Bytes compared in one go, a bit each: the widest that every processor takes as it is.
STEP_BYTES = 64
_ONE = np.uint64(1)


def _newlines(_context: Any, _address: Any) -> Any:  # noqa: ANN401
    def emit(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        byte = ir.IntType(8)
        vector = ir.VectorType(byte, STEP_BYTES)
        text = builder.load(builder.inttoptr(args[0], vector.as_pointer()))
        text.align = 1
        breaks = ir.Constant(vector, [int(NEWLINE)] * STEP_BYTES)
        equal = builder.icmp_unsigned("==", text, breaks)
        return builder.bitcast(equal, ir.IntType(STEP_BYTES))

    return types.uint64(types.int64), emit


newlines_at: Any = intrinsic(_newlines)
"""Set a bit for each line break among `STEP_BYTES` bytes, the lowest for the first."""


@inlined
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


@entry
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
    address, n_bytes = np.int64(data.ctypes.data), len(data)
    n_found = number = 0
    n_steps = n_bytes // STEP_BYTES
    for step in range(n_steps):
        base = step * STEP_BYTES
        hits = newlines_at(address + base)
        while hits:
            end = base + np.int64(trailing_zeros(hits))
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


@entry
def last_break(data: NDArray[np.uint8]) -> int:
    """Return where the last line break stands, -1 if there is none."""
    at = len(data) - 1
    while at >= 0 and data[at] != NEWLINE:
        at -= 1
    return at


@entry
def count_breaks(data: NDArray[np.uint8]) -> int:
    """Count line breaks."""
    n_breaks = 0
    address, n_steps = np.int64(data.ctypes.data), len(data) // STEP_BYTES
    for step in range(n_steps):
        hits = newlines_at(address + step * STEP_BYTES)
        while hits:
            n_breaks += 1
            hits &= hits - _ONE
    for byte in range(n_steps * STEP_BYTES, len(data)):
        n_breaks += np.int64(data[byte] == NEWLINE)
    return n_breaks

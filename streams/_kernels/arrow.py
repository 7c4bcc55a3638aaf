"""Arrow's buffers to columns of events, and the checks that every row must pass.

Buffers of messages are passed by address, as the memory of a message may be of any
kind; who calls has checked that they are as long as their columns say.
"""

# mypy: disable-error-code="no-untyped-call,untyped-decorator"
import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.memory import load_u8, load_u32, load_u64

ABSENT, OPTIONAL, REQUIRED = range(3)  # may a row of a type give this column?
WIDE_BYTES = 8  # of the offsets of large strings
LARGEST = np.finfo(np.float64).max
NOTHING, WRONG = -1, -2  # in a column of references or codes


@njit(cache=True, nogil=True, inline="always")
def _is_null(validity: int, row: int) -> bool:
    if validity == 0:
        return False
    return (load_u8(validity + (row >> 3)) >> np.uint8(row & 7)) & 1 == 0


@njit(cache=True, nogil=True)
def gather(
    indices: int, validity: int, mapping: NDArray[np.int32], out: NDArray[np.int32]
) -> None:
    """Replace int32 indices into a dictionary by what its entries map to.

    A null becomes `NOTHING`, an index outside the dictionary `WRONG`.
    """
    n_entries = np.uint32(len(mapping))
    if validity == 0:
        for row in range(len(out)):
            index = load_u32(indices + 4 * row)
            out[row] = mapping[index] if index < n_entries else WRONG
        return
    for row in range(len(out)):
        index = load_u32(indices + 4 * row)
        if _is_null(validity, row):
            out[row] = NOTHING
        else:
            out[row] = mapping[index] if index < n_entries else WRONG


@njit(cache=True, nogil=True)
def _offset(address: int, width: int) -> np.int64:
    if width == WIDE_BYTES:
        return np.int64(load_u64(address))
    return np.int64(np.int32(load_u32(address)))


@njit(cache=True, nogil=True)
def spans(
    offsets: int, width: int, validity: int, out: NDArray[np.int64]
) -> tuple[bool, np.int64]:
    """Read the offsets of strings to starts (row 0, -1 for a null) and ends (row 1).

    Parameters
    ----------
    offsets : int
        Address of n + 1 offsets.
    width : int
        Bytes of an offset: 4 or 8.
    validity : int
        Address of the bits, 0 without.
    out : ndarray of shape (2, n), int64
        Is filled.

    Returns
    -------
    (bool, int64)
        Whether the offsets never go back and none is below 0; and the last of them.
    """
    last = _offset(offsets, width)
    sound = last >= 0
    for row in range(out.shape[1]):
        end = _offset(offsets + width * (row + 1), width)
        sound &= end >= last
        out[0, row] = -1 if _is_null(validity, row) else last
        out[1, row] = end
        last = end
    return sound, last


@njit(cache=True, nogil=True)
def is_ascii(address: int, n_bytes: int) -> bool:
    """Tell whether no byte has its highest bit set."""
    seen = np.uint64(0)
    at = 0
    while at + 8 <= n_bytes:
        seen |= load_u64(address + at)
        at += 8
    while at < n_bytes:
        seen |= np.uint64(load_u8(address + at))
        at += 1
    return seen & np.uint64(0x8080808080808080) == 0


@njit(cache=True, nogil=True)
def numbers(address: int, validity: int, out: NDArray[np.float64]) -> None:
    """Copy float64: a null becomes NaN, and a NaN infinite, which no column may be."""
    words = out.view(np.uint64)
    for row in range(len(out)):
        words[row] = load_u64(address + 8 * row)
        if _is_null(validity, row):
            out[row] = np.nan
        elif np.isnan(out[row]):
            out[row] = np.inf


@njit(cache=True, nogil=True)
def has_nan(address: int, n_rows: int) -> bool:
    """Tell whether a float64 buffer holds one."""
    found = False
    exponent = np.uint64(0x7FF0000000000000)
    for row in range(n_rows):
        word = load_u64(address + 8 * row) & np.uint64(0x7FFFFFFFFFFFFFFF)
        found |= word > exponent
    return found


@njit(cache=True, nogil=True)
def check_heads(
    time_us: NDArray[np.int64],
    type_code: NDArray[np.int16],
    bounds_us: tuple[int, int],
    present: NDArray[np.uint8],
    bad: NDArray[np.uint8],
) -> bool:
    """Mark rows of unknown type or impossible time; note the types that are present.

    Returns
    -------
    bool
        Whether all types are known, so that they can be looked up.
    """
    n_types = len(present)
    low, high = bounds_us
    all_known = True
    for row in range(len(time_us)):
        code = type_code[row]
        known = (code >= 0) & (code < n_types)
        all_known &= known
        if known:
            present[code] = 1
        bad[row] = (not known) | (time_us[row] < low) | (time_us[row] > high)
    return all_known


@njit(cache=True, nogil=True)
def check_least(
    column: NDArray[np.generic], least: int, bad: NDArray[np.uint8]
) -> None:
    """Mark rows whose number is less than what is allowed."""
    for row in range(len(column)):
        bad[row] |= column[row] < least


@njit(cache=True, nogil=True)
def check_references(
    column: NDArray[np.int32],
    type_code: NDArray[np.int16],
    modes: NDArray[np.uint8],
    one: int,
    bad: NDArray[np.uint8],
) -> None:
    """Mark rows whose reference is wrong, lacks, or has no place in their type.

    `one` is the type of all rows, or -1 if they are of several.
    """
    if one >= 0:
        low = 0 if modes[one] == REQUIRED else NOTHING
        high = NOTHING if modes[one] == ABSENT else np.iinfo(np.int32).max
        for row in range(len(column)):
            bad[row] |= (column[row] < low) | (column[row] > high)
        return
    for row in range(len(column)):
        mode = modes[type_code[row]]
        name = column[row]
        wrong = name == WRONG
        wrong |= (name == NOTHING) & (mode == REQUIRED)
        wrong |= (name >= 0) & (mode == ABSENT)
        bad[row] |= wrong


@njit(cache=True, nogil=True)
def check_codes(
    column: NDArray[np.int16],
    type_code: NDArray[np.int16],
    n_choices: NDArray[np.int16],
    bad: NDArray[np.uint8],
) -> None:
    """Mark rows whose code is none of their type; -1 is that of a type without any."""
    for row in range(len(column)):
        n = n_choices[type_code[row]]
        code = column[row]
        bad[row] |= (code >= n) | (code < NOTHING) | ((code == NOTHING) & (n > 0))


@njit(cache=True, nogil=True)
def check_numbers(
    column: NDArray[np.float64],
    type_code: NDArray[np.int16],
    modes: NDArray[np.uint8],
    lows: NDArray[np.float64],
    one: int,
    bad: NDArray[np.uint8],
) -> None:
    """Mark rows whose number is infinite, too low, lacks, or has no place.

    `one` is the type of all rows, or -1 if they are of several.
    """
    if one >= 0 and modes[one] != ABSENT:
        least = max(lows[one], -LARGEST)
        may_lack = modes[one] == OPTIONAL
        for row in range(len(column)):
            number = column[row]
            good = (number >= least) & (number <= LARGEST)
            bad[row] |= not (good | (may_lack & (number != number)))  # noqa: PLR0124
        return
    for row in range(len(column)):
        mode = modes[type_code[row]]
        number = column[row]
        absent = np.isnan(number)
        wrong = absent & (mode == REQUIRED)
        wrong |= (not absent) & (mode == ABSENT)
        wrong |= np.isinf(number) | (number < lows[type_code[row]])
        bad[row] |= wrong


@njit(cache=True, nogil=True)
def check_times(
    column: NDArray[np.int64],
    type_code: NDArray[np.int16],
    modes: NDArray[np.uint8],
    bounds_us: tuple[int, int, int],
    bad: NDArray[np.uint8],
) -> None:
    """Mark rows whose time is out of range, lacks, or has no place in their type.

    `bounds_us` are least, greatest, and the number that stands for none.
    """
    low, high, none = bounds_us
    for row in range(len(column)):
        mode = modes[type_code[row]]
        time = column[row]
        absent = time == none
        wrong = absent & (mode == REQUIRED)
        wrong |= (not absent) & ((mode == ABSENT) | (time < low) | (time > high))
        bad[row] |= wrong

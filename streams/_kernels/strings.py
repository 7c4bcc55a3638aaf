"""Ends of JSON strings, 32 bytes at a time.

Only strings without escapes are taken; the caller gives the others to a full parser.
Every load begins before `end`, so that at most 31 bytes behind it are read.

References
----------
The Unicode Standard 15.0, table 3-7 (well-formed UTF-8).
"""

import numpy as np
from numba import njit

from streams._kernels.compiling import inlined
from streams._kernels.memory import load_u8, quotes_32, specials_32, trailing_zeros

ONE = np.uint64(1)
FAILED: int = np.int64(-1)  # type: ignore[assignment]
QUOTE = 0x22
BACKSLASH = 0x5C
SPACE = 0x20


@inlined
def scan_plain(at: int, end: int) -> int:
    """Count the bytes before the quote that closes a plain string of at most 31.

    Parameters
    ----------
    at, end : int
        Addresses behind the opening quote and of the end of the record; 32 bytes from
        `at` on are read.

    Returns
    -------
    int
        -1 if `scan_string` has to judge.
    """
    quotes, others = quotes_32(at), specials_32(at)
    # The quote counts if nothing stands below it; less one, all bits below it are set.
    if quotes == 0 or (others & (quotes - ONE)) != 0:
        return FAILED
    n_bytes = trailing_zeros(quotes)
    return FAILED if at + n_bytes >= end else n_bytes


@njit(cache=True, nogil=True)
def scan_string(start: int, end: int) -> tuple[int, int]:
    """Find the quote that closes a string.

    Parameters
    ----------
    start, end : int
        Addresses behind the opening quote and of the end of the record.

    Returns
    -------
    tuple of int
        Address of the closing quote and the characters before it; -1 and 0 if the
        string has an escape or a control character, is no UTF-8 or does not end.
    """
    at = start
    while at < end:
        stops = quotes_32(at) | specials_32(at)
        if stops:
            at += trailing_zeros(stops)
            break
        at += 32
    if at >= end:
        return -1, 0
    stop = load_u8(at)
    if stop == QUOTE:
        return at, at - start
    if stop < 0x80:
        return -1, 0
    return _scan_unicode(at, end, at - start)


@njit(cache=True, nogil=True)
def _scan_unicode(at: int, end: int, n_characters: int) -> tuple[int, int]:
    while at < end:
        byte = load_u8(at)
        if byte == QUOTE:
            return at, n_characters
        if byte < SPACE or byte == BACKSLASH:
            return -1, 0
        length = 1 if byte < 0x80 else _character_bytes(at, end)
        if length == 0:
            return -1, 0
        at += length
        n_characters += 1
    return -1, 0


@njit(cache=True, nogil=True)
def _character_bytes(at: int, end: int) -> int:
    """Return the length of a character of several bytes, 0 if it is malformed."""
    lead = load_u8(at)
    low, high = 0x80, 0xBF  # of the second byte
    if 0xC2 <= lead <= 0xDF:
        length = 2
    elif 0xE0 <= lead <= 0xEF:
        length = 3
        low = 0xA0 if lead == 0xE0 else low  # shorter forms exist
        high = 0x9F if lead == 0xED else high  # surrogates
    elif 0xF0 <= lead <= 0xF4:
        length = 4
        low = 0x90 if lead == 0xF0 else low
        high = 0x8F if lead == 0xF4 else high  # beyond U+10FFFF
    else:
        return 0
    if at + length > end:
        return 0
    second = load_u8(at + 1)
    if not low <= second <= high:
        return 0
    for place in range(2, length):
        if load_u8(at + place) & 0xC0 != 0x80:
            return 0
    return length

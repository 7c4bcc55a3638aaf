"""Ends of JSON strings, eight bytes at a time.

Only strings without escapes are taken; the caller gives the others to a full parser.
Every load begins before `end`, so that at most 7 bytes behind it are read.

References
----------
Warren, H. S. (2013). *Hacker's Delight*, 2nd edition, section 6-1 (first zero byte).
The Unicode Standard 15.0, table 3-7 (well-formed UTF-8).
"""

import numpy as np
from numba import njit

from streams._kernels.memory import load_u8, load_u64, trailing_zeros

ONES = np.uint64(0x0101010101010101)
HIGHS = np.uint64(0x8080808080808080)
QUOTES = np.uint64(0x2222222222222222)
BACKSLASHES = np.uint64(0x5C5C5C5C5C5C5C5C)
SPACES = np.uint64(0x2020202020202020)
QUOTE = 0x22
BACKSLASH = 0x5C
SPACE = 0x20


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
        word = load_u64(at)
        quotes, slashes = word ^ QUOTES, word ^ BACKSLASHES
        # A borrow can only set bits above a true hit, so that the lowest is exact.
        hits = ((quotes - ONES) & ~quotes) | ((slashes - ONES) & ~slashes)
        hits = (hits | ((word - SPACES) & ~word) | word) & HIGHS
        if hits:
            at += trailing_zeros(hits) >> 3
            break
        at += 8
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

"""JSON numbers to float64, correctly rounded, and to int64.

What is not certain within 19 digits and 128 bits is left to another parser. Digits are
read eight at a time, so that up to 7 bytes behind those of a number are loaded, and 16
by `scan_usual_number`.

References
----------
Clinger, W. D. (1990). *How to read floating point numbers accurately.* PLDI, section 2.
Lemire, D. (2021). *Number parsing at a gigabyte per second.* Software: Practice and
Experience 51(8), algorithm 1 and section 5 (Eisel and Lemire); q and w as there.
"""

import numpy as np
from numba import njit

from streams._kernels.compiling import inlined
from streams._kernels.memory import (
    float_of_bits,
    leading_zeros,
    load_u8,
    load_u64,
    multiply_high,
    trailing_zeros,
)

Q_MIN, Q_MAX = -342, 308  # powers of ten between which a finite float64 may lie
DIGITS_MAX = 19  # of an integer that always fits into 64 bits
INTEGER_DIGITS_MAX = 18  # of one that also fits with a sign
EXACT_MAX = np.uint64(2**53)
EXACT_POWER = 22  # 10**22 is the largest power of ten that float64 holds exactly
ZERO, NINE = 0x30, 0x39
MINUS, PLUS, POINT = 0x2D, 0x2B, 0x2E
FAILED: int = np.int64(-1)  # type: ignore[assignment]
# Digits become 0..9 when the pattern is taken off; adding the margin carries every
# other byte into its highest bit.
ZEROS = np.uint64(0x3030303030303030)
MARGIN = np.uint64(0x7676767676767676)
HIGHS = np.uint64(0x8080808080808080)
WHOLE_POWERS = np.array([10**k for k in range(9)], np.uint64)


def _power_of_five(q: int) -> int:
    """128 bits of 5**q, the highest set: cut off, for q < 0 rounded up (section 5)."""
    if q >= 0:
        power = 5**q
        return power << 128 - power.bit_length() if q < 56 else _upper_bits(power)
    power = 5**-q
    z = (power - 1).bit_length()
    if q >= -27:
        return 2 ** (z + 127) // power + 1
    return _upper_bits(2 ** (2 * z + 128) // power + 1)


def _upper_bits(number: int) -> int:
    return number >> number.bit_length() - 128


_POWERS = [_power_of_five(q) for q in range(Q_MIN, Q_MAX + 1)]
POWERS_HIGH = np.array([power >> 64 for power in _POWERS], np.uint64)
POWERS_LOW = np.array([power % 2**64 for power in _POWERS], np.uint64)
POWERS_OF_TEN = np.array([10.0**k for k in range(EXACT_POWER + 1)])
# 55 bits of the product are needed; the 9 below tell whether the rest can matter.
REST = np.uint64(0x1FF)
FULL_WORD = np.uint64(2**64 - 1)
HIDDEN = np.uint64(2**52)


@njit(cache=True, nogil=True)
def _product(q: int, w: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Multiply w by 5**q: upper and lower 64 of the upper 128 bits, nearly."""
    high = multiply_high(w, POWERS_HIGH[q - Q_MIN])
    low = w * POWERS_HIGH[q - Q_MIN]
    if high & REST == REST:
        more = multiply_high(w, POWERS_LOW[q - Q_MIN])
        low += more
        if low < more:
            high += np.uint64(1)
    return high, low


@njit(cache=True, nogil=True)
def _nearest(w: np.uint64, q: int) -> float:
    """Round w * 10**q, w > 0, to the nearest float64; NaN if that is not certain."""
    if q < Q_MIN or q > Q_MAX:
        return np.nan
    zeros = leading_zeros(w)
    high, low = _product(q, w << np.uint64(zeros))
    if low == FULL_WORD and (q < -27 or q > 55):
        return np.nan
    upper = np.int64(high >> np.uint64(63))
    shift = np.uint64(upper + 9)
    mantissa = high >> shift
    exponent = ((217_706 * q) >> 16) + 63 + upper - zeros + 1023
    if exponent <= 0:
        return np.nan  # denormal
    half = low <= np.uint64(1) and -4 <= q <= 23 and mantissa & np.uint64(3) == 1
    if half and mantissa << shift == high:
        mantissa &= ~np.uint64(1)  # exactly between two: to the even one
    mantissa = (mantissa + (mantissa & np.uint64(1))) >> np.uint64(1)
    if mantissa >= HIDDEN << np.uint64(1):
        mantissa = HIDDEN
        exponent += 1
    if exponent >= 0x7FF:
        return np.nan  # beyond the largest float64
    return float_of_bits((mantissa & ~HIDDEN) | (np.uint64(exponent) << np.uint64(52)))


@njit(cache=True, nogil=True)
def to_float(w: np.uint64, q: int) -> float:
    """Round w * 10**q to float64, as `float` does; NaN if that is not certain."""
    if w == np.uint64(0):
        return 0.0
    if w <= EXACT_MAX and -EXACT_POWER <= q <= EXACT_POWER:
        if q < 0:
            return np.float64(w) / POWERS_OF_TEN[-q]
        return np.float64(w) * POWERS_OF_TEN[q]
    return _nearest(w, q)


@inlined
def eight_digits(digits: np.uint64) -> np.uint64:
    """Join eight decimal digits, one a byte, the first in the lowest byte."""
    pairs = digits * np.uint64(10) + (digits >> np.uint64(8))
    ahead = (pairs & np.uint64(0x000000FF000000FF)) * np.uint64(0x000F424000000064)
    after = (pairs >> np.uint64(16)) & np.uint64(0x000000FF000000FF)
    return (ahead + after * np.uint64(0x0000271000000001)) >> np.uint64(32)


@inlined
def digits_at(at: int) -> tuple[int, np.uint64]:
    """Read up to eight digits: how many there are, and their value."""
    word = load_u64(at) ^ ZEROS
    # A carry can only set bits above a true hit, so that the lowest is exact.
    n_digits = trailing_zeros(((word + MARGIN) | word) & HIGHS) >> 3
    half = np.uint64(32 - 4 * n_digits)  # twice: a shift by 64 at once is undefined
    return n_digits, eight_digits((word << half) << half)


@njit(cache=True, nogil=True)
def _digits(at: int, end: int, w: np.uint64) -> tuple[int, np.uint64]:
    """Append digits to w, modulo 2**64; return where they end."""
    while at < end:
        n_digits, value = digits_at(at)
        if at + n_digits > end:
            return _last_digits(at, end, w)
        w = w * WHOLE_POWERS[n_digits] + value
        at += n_digits
        if n_digits < 8:
            break
    return at, w


@njit(cache=True, nogil=True)
def _last_digits(at: int, end: int, w: np.uint64) -> tuple[int, np.uint64]:
    """Append digits that go on behind the end."""
    while at < end:
        w = w * np.uint64(10) + np.uint64(load_u8(at) - ZERO)
        at += 1
    return at, w


@njit(cache=True, nogil=True)
def _exponent(at: int, end: int) -> tuple[int, int]:
    """Read an exponent from behind its letter; fails on more than four digits."""
    negative = False
    if at < end and load_u8(at) in (PLUS, MINUS):
        negative = load_u8(at) == MINUS
        at += 1
    last, value = _digits(at, end, np.uint64(0))
    if last == at or last - at > 4:
        return FAILED, 0
    return last, (-np.int64(value) if negative else np.int64(value))


@inlined
def scan_usual_number(at: int, end: int) -> tuple[int, float]:
    """Read a number of JSON with up to seven digits before the point and behind it.

    Parameters
    ----------
    at, end : int
        Addresses of its first character and of the end of the record; 24 bytes from
        `at` on may be read.

    Returns
    -------
    tuple of int and float
        As of `scan_number`, which has to judge the others: -1 and 0.
    """
    n_digits, w = digits_at(at)
    last, value = at + n_digits, np.float64(w)
    if n_digits in (0, 8) or (n_digits > 1 and load_u8(at) == ZERO):
        return FAILED, 0.0
    if load_u8(last) == POINT:
        n_digits, part = digits_at(last + 1)
        if n_digits in (0, 8):
            return FAILED, 0.0
        last += 1 + n_digits
        # At most 14 digits and a power of ten, both exact: so is the rounding.
        value = np.float64(w * WHOLE_POWERS[n_digits] + part) / POWERS_OF_TEN[n_digits]
    if last > end or load_u8(last) | 0x20 == 0x65:  # e, E
        return FAILED, 0.0
    return last, value


@njit(cache=True, nogil=True)
def scan_number(at: int, end: int) -> tuple[int, float]:
    """Read a number of JSON as float64.

    Parameters
    ----------
    at, end : int
        Addresses of its first character and of the end of the record.

    Returns
    -------
    tuple of int and float
        Address behind it and the value, the same to the bit as `float` gives; -1 and 0
        if there is none, or one that is not certain: over 19 digits, a negative zero, a
        denormal, an overflow.
    """
    negative = at < end and load_u8(at) == MINUS
    at += negative
    point, w = _digits(at, end, np.uint64(0))
    n_digits, q = point - at, 0
    if n_digits == 0 or (n_digits > 1 and load_u8(at) == ZERO):
        return FAILED, 0.0
    at = point
    if at < end and load_u8(at) == POINT:
        at, w = _digits(point + 1, end, w)
        q = point + 1 - at
        if q == 0:
            return FAILED, 0.0
    if n_digits - q > DIGITS_MAX or (q == 0 and n_digits > INTEGER_DIGITS_MAX):
        return FAILED, 0.0
    if at < end and load_u8(at) | 0x20 == 0x65:  # e, E
        at, exponent = _exponent(at + 1, end)
        if at < 0:
            return FAILED, 0.0
        q += exponent
    value = to_float(w, q)
    if value != value or (negative and w == np.uint64(0)):  # noqa: PLR0124
        return FAILED, 0.0
    return at, (-value if negative else value)


@njit(cache=True, nogil=True)
def scan_integer(at: int, end: int) -> tuple[int, int]:
    """Read a whole number of JSON: at most 18 digits, no point, no exponent, no -0.

    Returns
    -------
    tuple of int
        Address behind it and the value; -1 and 0 if there is none.
    """
    negative = at < end and load_u8(at) == MINUS
    at += negative
    last, value = scan_digits(at, end)
    zero_first = last > at and load_u8(at) == ZERO
    if last < 0 or (zero_first and (last - at > 1 or negative)):
        return FAILED, 0
    if last < end and load_u8(last) in (POINT, 0x45, 0x65):
        return FAILED, 0
    return last, (-value if negative else value)


@njit(cache=True, nogil=True)
def scan_digits(at: int, end: int) -> tuple[int, int]:
    """Read 1 to 18 digits; zeros may lead."""
    last, value = _digits(at, end, np.uint64(0))
    if last == at or last - at > INTEGER_DIGITS_MAX:
        return FAILED, 0
    return last, np.int64(value)


@inlined
def scan_usual_digits(at: int, end: int) -> tuple[int, int]:
    """Read 1 to 15 digits; -1 and 0 if `scan_digits` has to judge.

    Sixteen bytes from `at` on may be read.
    """
    n_digits, value = digits_at(at)
    if n_digits == 8:
        n_more, more = digits_at(at + 8)
        n_digits, value = 8 + n_more, value * WHOLE_POWERS[n_more] + more
    if n_digits in (0, 16) or at + n_digits > end:
        return FAILED, 0
    return at + n_digits, np.int64(value)

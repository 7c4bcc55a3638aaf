"""RFC 3339 time stamps to microseconds.

References
----------
Klyne, G. & Newman, C. (2002). RFC 3339, section 5.6.
Hinnant, H. (2013). *chrono-compatible low-level date algorithms*, `days_from_civil`.
"""

import numpy as np
from numba import njit

from streams._kernels.compiling import inlined
from streams._kernels.memory import load_i64, load_u8, load_u64, store_i64, store_u64
from streams._kernels.numbers import eight_digits

# Digits become 0..9 and separators 0 when the pattern is taken off; adding the margin
# carries every other byte into its highest bit.
HIGHS = np.uint64(0x8080808080808080)
DATE_PATTERN = np.uint64(int.from_bytes(b"0000-00-", "little"))
DATE_MARGIN = np.uint64(0x7F76767F76767676)
CLOCK_PATTERN = np.uint64(int.from_bytes(b"00:00:00", "little"))
CLOCK_MARGIN = np.uint64(0x76767F76767F7676)
FRACTION_PATTERN = np.uint64(int.from_bytes(b".000000Z", "little"))
FRACTION_MARGIN = np.uint64(0x7F7676767676767F)
PAIRS = np.uint64(0x00FF0000FF0000FF)  # hour, minute, second
LATEST_MARGIN = np.uint64(0x0044000044000068)  # carries what is over 23, 59, 59
BYTE = np.uint64(0xFF)
USUAL = 27  # bytes of 1970-01-01T00:00:00.000000Z
DAY_US = 86_400_000_000
SHORTEST = 20  # bytes of 1970-01-01T00:00:00Z
TIME_US_MIN = -62_135_596_800_000_000  # years 1 to 9999
TIME_US_MAX = 253_402_300_799_999_999
ZERO, NINE = 0x30, 0x39


@njit(cache=True, nogil=True)
def _digit(word: np.uint64, place: int) -> int:
    return np.int64((word >> np.uint64(8 * place)) & BYTE)


@njit(cache=True, nogil=True)
def _pair(word: np.uint64, place: int) -> int:
    return _digit(word, place) * 10 + _digit(word, place + 1)


@njit(cache=True, nogil=True)
def _days(year: int, month: int, day: int) -> int:
    """Count the days since 1970-01-01, the year beginning in March."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    leap_days = year_of_era // 4 - year_of_era // 100
    return era * 146_097 + year_of_era * 365 + leap_days + day_of_year - 719_468


@njit(cache=True, nogil=True)
def _month_days(year: int, month: int) -> int:
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


@njit(cache=True, nogil=True)
def _fraction(at: int, end: int) -> tuple[int, int]:
    """Read digits behind the point: where they end (-1 without any), microseconds."""
    micros, place = np.int64(0), at
    while place < end:
        byte = np.int64(load_u8(place))
        if byte < ZERO or byte > NINE:
            break
        if place - at < 6:
            micros = micros * 10 + byte - ZERO
        place += 1
    for _ in range(6 - (place - at)):
        micros *= 10
    return (place if place > at else -1), micros


@njit(cache=True, nogil=True)
def _zone(at: int, end: int) -> tuple[int, int]:
    """Read the zone: where it ends (-1 if it is none), seconds ahead of UTC."""
    if at >= end:
        return -1, 0
    sign = load_u8(at)
    if sign in (0x5A, 0x7A):  # Z, z
        return at + 1, 0
    if sign not in (0x2B, 0x2D) or at + 6 > end or load_u8(at + 3) != 0x3A:
        return -1, 0
    hour = _two_digits(at + 1)
    minute = _two_digits(at + 4)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59:
        return -1, 0
    seconds = hour * 3600 + minute * 60
    return at + 6, (seconds if sign == 0x2B else -seconds)


@njit(cache=True, nogil=True)
def _two_digits(at: int) -> int:
    tens, ones = np.int64(load_u8(at)) - ZERO, np.int64(load_u8(at + 1)) - ZERO
    if tens < 0 or tens > 9 or ones < 0 or ones > 9:
        return -1
    return tens * 10 + ones


@njit(cache=True, nogil=True)
def scan_time(at: int, end: int) -> tuple[int, int]:
    """Read a time stamp, as `streams.codec.envelope.parse_time` does.

    Parameters
    ----------
    at, end : int
        Addresses of its first character and of the end of the record.

    Returns
    -------
    tuple of int
        Address behind it and microseconds UTC; -1 and 0 if it is no time stamp, or
        one that another parser has to judge.
    """
    if at + SHORTEST > end:
        return -1, 0
    date = load_u64(at) ^ DATE_PATTERN
    clock = load_u64(at + 11) ^ CLOCK_PATTERN
    wrong = (date + DATE_MARGIN) | date | (clock + CLOCK_MARGIN) | clock
    day = _two_digits(at + 8)
    if wrong & HIGHS or day < 1 or load_u8(at + 10) not in (0x54, 0x74, 0x20):
        return -1, 0
    year = _pair(date, 0) * 100 + _pair(date, 2)
    month = _pair(date, 5)
    hour, minute, second = _pair(clock, 0), _pair(clock, 3), _pair(clock, 6)
    if year < 1 or month < 1 or month > 12 or day > _month_days(year, month):
        return -1, 0
    if hour > 23 or minute > 59 or second > 59:
        return -1, 0
    micros, at = 0, at + 19
    if load_u8(at) == 0x2E:
        at, micros = _fraction(at + 1, end)
        if at < 0:
            return -1, 0
    at, ahead = _zone(at, end)
    seconds = _days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    time_us = (seconds - ahead) * 1_000_000 + micros
    if at < 0 or time_us < TIME_US_MIN or time_us > TIME_US_MAX:
        return -1, 0
    return at, time_us


@inlined
def scan_usual_time(at: int, end: int, day: int) -> int:
    """Read a time stamp of six digits in UTC, on the day that is remembered.

    Parameters
    ----------
    at, end : int
        Addresses of its first character and of the end of the record; 27 bytes from
        `at` on are read.
    day : int
        Address of three words: bytes 0 to 7 and 3 to 10 of the times of this day, and
        its beginning in microseconds.

    Returns
    -------
    int
        Microseconds UTC; below `TIME_US_MIN` if `scan_time` has to judge.
    """
    other = (load_u64(at) ^ load_u64(day)) | (load_u64(at + 3) ^ load_u64(day + 8))
    clock = load_u64(at + 11) ^ CLOCK_PATTERN
    fraction = load_u64(at + 19) ^ FRACTION_PATTERN
    wrong = (clock + CLOCK_MARGIN) | clock | (fraction + FRACTION_MARGIN) | fraction
    pairs = (clock * np.uint64(10) + (clock >> np.uint64(8))) & PAIRS
    wrong = (wrong | (pairs + LATEST_MARGIN)) & HIGHS
    if (other | wrong) != np.uint64(0) or at + USUAL > end:
        return np.int64(TIME_US_MIN - 1)
    minutes = _digit(pairs, 0) * 60 + _digit(pairs, 3)
    micros = np.int64(eight_digits(fraction << np.uint64(8)))
    second_us = (minutes * 60 + _digit(pairs, 6)) * 1_000_000
    return np.int64(load_i64(day + 16)) + second_us + micros


@njit(cache=True, nogil=True)
def remember_day(at: int, time_us: int, day: int) -> None:
    """Remember the day of a time stamp in UTC, for `scan_usual_time`."""
    store_u64(day, load_u64(at))
    store_u64(day + 8, load_u64(at + 3))
    store_i64(day + 16, time_us - time_us % DAY_US)

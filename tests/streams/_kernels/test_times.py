"""Times as `parse_time` reads them, or left to it."""

import random

import numpy as np
import pytest

from streams._kernels.times import (
    SHORTEST,
    remember_day,
    scan_time,
    scan_usual_time,
)
from streams.codec.envelope import format_times, parse_time
from streams.errors import EnvelopeError
from streams.events import TIME_US_MAX, TIME_US_MIN


def scan(text: str) -> int | None:
    data = np.frombuffer(text.encode() + bytes(32), np.uint8)
    start = data.ctypes.data
    last, time_us = scan_time(start, start + len(text))
    return time_us if last == start + len(text) else None


def exact(text: str) -> int | None:
    try:
        return parse_time(text)
    except EnvelopeError:
        return None


def test_ten_thousand_times_are_read_to_the_microsecond():
    times = random.Random(1)
    given = [times.randrange(TIME_US_MIN, TIME_US_MAX) for _ in range(10_000)]
    given += [TIME_US_MIN, TIME_US_MAX, 0, -1]
    texts = format_times(np.array(given))
    assert [scan(text) for text in texts] == given


def test_every_day_of_the_calendar_is_judged_alike():
    days = [
        f"{year:04}-{month:02}-{day:02}T12:00:00Z"
        for year in (0, 1, 4, 1900, 1970, 2000, 2023, 2024, 2100, 9999)
        for month in range(14)
        for day in range(33)
    ]
    assert [scan(text) for text in days] == [exact(text) for text in days]


def test_damaged_times_are_read_only_if_they_still_are_times():
    damage = random.Random(2)
    text = "2024-05-01T06:07:08.123456789+02:30"
    for at in range(len(text)):
        for _ in range(40):
            other = text[:at] + chr(damage.randrange(1, 127)) + text[at + 1 :]
            for candidate in (other, text[:at], text[:19] + text[19 + at :]):
                found = scan(candidate)
                assert found is None or found == exact(candidate), candidate


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01T06:07:08Z",
        "2024-05-01t06:07:08.1z",
        "2024-05-01 06:07:08.1234567Z",
        "2024-05-01T23:59:59-23:59",
        "0001-01-01T00:00:00-00:01",
    ],
)
def test_usual_forms_are_read(text):
    assert scan(text) == parse_time(text)
    assert len(text) >= SHORTEST


def scan_usual(text: str, day: np.ndarray) -> int | None:
    data = np.frombuffer(text.encode() + bytes(32), np.uint8)
    start = data.ctypes.data
    time_us = scan_usual_time(start, start + len(text), day.ctypes.data)
    return None if time_us < TIME_US_MIN else time_us


def remembered(text: str) -> np.ndarray:
    day, data = np.zeros(3, np.int64), np.frombuffer(text.encode(), np.uint8)
    remember_day(data.ctypes.data, parse_time(text), day.ctypes.data)
    return day


def test_times_of_a_day_are_read_to_the_microsecond():
    times = random.Random(3)
    for text in (
        "2024-02-29T12:00:00Z",
        "0001-01-01T00:00:00Z",
        "1969-12-31T01:00:00Z",
    ):
        day, midnight = remembered(text), parse_time(text[:10] + "T00:00:00Z")
        given = [midnight + times.randrange(86_400_000_000) for _ in range(2000)]
        given += [midnight, midnight + 86_399_999_999]
        texts = format_times(np.array(given))
        full = [t if "." in t else t.replace("Z", ".000000Z") for t in texts]
        assert [scan_usual(text, day) for text in full] == given


def test_other_days_forms_and_damage_are_left():
    text = "2024-05-01T06:07:08.123456Z"
    day, damage = remembered(text), random.Random(4)
    assert scan_usual(text, day) == parse_time(text)
    for at in range(len(text)):
        assert scan_usual(text[:at], day) is None
        for _ in range(60):
            other = text[:at] + chr(damage.randrange(1, 127)) + text[at + 1 :]
            assert scan_usual(other, day) in (None, exact(other))
    for clock in ("24:00:00", "23:60:00", "23:59:60", "99:99:99"):
        assert scan_usual(f"2024-05-01T{clock}.000000Z", day) is None

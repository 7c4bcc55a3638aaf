"""Times as `parse_time` reads them, or left to it."""

import random

import numpy as np
import pytest

from streams._kernels.times import SHORTEST, scan_time
from streams.codec.envelope import format_times, parse_time
from streams.errors import EnvelopeError
from streams.events import TIME_US_MAX, TIME_US_MIN


def scan(text: str) -> int | None:
    data = np.frombuffer(text.encode() + bytes(16), np.uint8)
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

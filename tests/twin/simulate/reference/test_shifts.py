from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from streams.events import TIME_US_MAX
from twin.model.records import Calendars
from twin.simulate.reference.shifts import open_spans

HOUR_S = 3600
UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")


def calendars(*shifts):
    weekday, start, end = zip(*shifts, strict=True)
    return Calendars(
        ids=("day",),
        calendar_index=np.zeros(len(shifts), np.int32),
        weekday=np.array(weekday, np.int8),
        start_s=np.array(start, np.int64) * HOUR_S,
        end_s=np.array(end, np.int64) * HOUR_S,
    )


def time_us(text, zone=UTC):
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1e6)


def spans(given, n, *, start, zone=UTC):
    found = open_spans(given, 0, zone, start_us=time_us(start))
    return list(islice(found, n))


def test_shifts_that_touch_are_one_even_over_midnight():
    given = calendars((0, 6, 14), (0, 14, 24), (1, 0, 2))
    assert spans(given, 2, start="2024-01-01") == [
        (time_us("2024-01-01T06"), time_us("2024-01-02T02")),
        (time_us("2024-01-08T06"), time_us("2024-01-09T02")),
    ]


def test_a_span_that_holds_at_the_start_comes_whole():
    given = calendars((0, 22, 24), (1, 0, 6))
    (first,) = spans(given, 1, start="2024-01-02T03")
    assert first == (time_us("2024-01-01T22"), time_us("2024-01-02T06"))
    (later,) = spans(given, 1, start="2024-01-02T06")
    assert later[0] == time_us("2024-01-08T22")


@pytest.mark.parametrize(("sunday", "hours"), [("2024-03-31", 7), ("2024-10-27", 9)])
def test_a_shift_is_shorter_or_longer_when_clocks_change(sunday, hours):
    given = calendars((6, 0, 8))
    ((start, end),) = spans(given, 1, start=sunday, zone=BERLIN)
    assert start == time_us(sunday, BERLIN)
    assert end - start == hours * HOUR_S * 10**6


def test_a_calendar_that_never_closes_is_one_span():
    given = calendars(*[(weekday, 0, 24) for weekday in range(7)])
    (only,) = spans(given, 2, start="2024-01-03")
    assert only == (time_us("2024-01-02"), TIME_US_MAX)

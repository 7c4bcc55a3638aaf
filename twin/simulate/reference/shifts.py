"""When a calendar is open: weekly shifts in local time as spans of microseconds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import numpy as np

from streams.events import TIME_US_MAX
from twin.model.records import Calendars

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Shifts repeat every week: what is open for longer never closes.
_ALWAYS_US = 8 * 86_400_000_000
_MICROSECOND = timedelta(microseconds=1)


def open_spans(
    calendars: Calendars, calendar: int, zone: ZoneInfo, *, start_us: int
) -> Iterator[tuple[int, int]]:
    """Yield when a calendar is open, span by span.

    Parameters
    ----------
    calendars : Calendars
        Of the network.
    calendar : int
        Index of the calendar; it has a shift at least.
    zone : ZoneInfo
        Shifts are in this local time; when clocks change, a shift is longer or shorter.
    start_us : int
        Spans end after this, microseconds UTC.

    Yields
    ------
    tuple of int
        Start and end in microseconds UTC, ascending; shifts that touch are one span. A
        calendar that never closes gives one span to the end of time.
    """
    pending: tuple[int, int] | None = None
    for start, end in _shifts(calendars, calendar, zone, start_us=start_us):
        if pending is not None and start <= pending[1]:
            pending = (pending[0], max(end, pending[1]))
            if pending[1] - pending[0] > _ALWAYS_US:
                yield pending[0], TIME_US_MAX
                return
            continue
        if pending is not None and pending[1] > start_us:
            yield pending
        pending = (start, end)


def _shifts(
    calendars: Calendars, calendar: int, zone: ZoneInfo, *, start_us: int
) -> Iterator[tuple[int, int]]:
    rows = np.flatnonzero(calendars.calendar_index == calendar)
    shifts = sorted(
        (int(calendars.weekday[row]), int(calendars.start_s[row]),
         int(calendars.end_s[row]))
        for row in rows
    )  # fmt: skip
    first = (_EPOCH + timedelta(microseconds=start_us)).astimezone(zone).date()
    # From the day before, whose last shift may touch the first of this day.
    for day in count(-1):
        date = first + timedelta(days=day)
        for weekday, start_s, end_s in shifts:
            if weekday == date.weekday():
                midnight = datetime(date.year, date.month, date.day)  # noqa: DTZ001
                yield (
                    _utc_us(midnight + timedelta(seconds=start_s), zone),
                    _utc_us(midnight + timedelta(seconds=end_s), zone),
                )


def _utc_us(local: datetime, zone: ZoneInfo) -> int:
    return (local.replace(tzinfo=zone) - _EPOCH) // _MICROSECOND

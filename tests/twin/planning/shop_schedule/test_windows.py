"""Calendars as closed windows in ticks."""

from twin.planning.shop_schedule.windows import closed_by, covers, first_open, merged

HOUR = 3600
TICK_US = 1_000_000


def short_days(tables):
    tables["calendars"] = [
        {"calendar": "short", "weekday": day, "start": "08:00", "end": "16:00"}
        for day in ("monday", "tuesday")
    ]


def test_nights_and_days_off_are_closed(works):
    network = works(short_days)  # as of a monday
    found = closed_by(network, 0, 0, ticks=48 * HOUR, tick_us=TICK_US)
    assert found[:3] == [
        (0, 8 * HOUR),
        (16 * HOUR, 32 * HOUR),
        (40 * HOUR, (7 * 24 + 8) * HOUR),
    ]
    assert closed_by(network, -1, 0, ticks=48 * HOUR, tick_us=TICK_US) == []


def test_a_tick_that_is_open_in_part_is_closed(works):
    found = closed_by(works(short_days), 0, 0, ticks=40, tick_us=3 * HOUR * TICK_US)
    assert found[0] == (0, 3)  # until 9
    assert found[1][0] == 5  # from 15 on


def test_windows_join_and_cover():
    assert merged([(3, 3), (1, 2)]) == [(1, 2)]
    assert covers([(0, 4)], [])
    assert first_open([]) == 0

"""When machines and pools are closed, in ticks from a time on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from twin.simulate.reference.shifts import open_spans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twin.model.network import Network

__all__ = ["Window", "closed_by", "covers", "first_open", "merged"]

Window = tuple[int, int]


def merged(windows: Iterable[Window]) -> list[Window]:
    """Join windows that touch or overlap.

    Examples
    --------
    >>> merged([(5, 8), (0, 2), (2, 3), (6, 7)])
    [(0, 3), (5, 8)]
    """
    found: list[Window] = []
    for start, end in sorted(windows):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def covers(closed: list[Window], away: list[Window]) -> bool:
    """Whether every window of `away` lies within one of `closed`, both merged.

    Examples
    --------
    >>> covers([(0, 5), (8, 9)], [(1, 2), (8, 9)]), covers([(0, 5)], [(4, 6)])
    (True, False)
    """
    return all(
        any(start <= one[0] and one[1] <= end for start, end in closed) for one in away
    )


def first_open(closed: list[Window]) -> int:
    """Return the first tick from 0 on that no window covers.

    Examples
    --------
    >>> first_open([(0, 5), (8, 9)]), first_open([(3, 5)])
    (5, 0)
    """
    return closed[0][1] if closed and closed[0][0] == 0 else 0


def closed_by(
    network: Network, calendar: int, site: int, *, ticks: int, tick_us: int
) -> list[Window]:
    """Return when a calendar is closed.

    Parameters
    ----------
    network : Network
        From whose `as_of` ticks count.
    calendar : int
        Its index, -1 for always open.
    site : int
        Whose local time shifts are in.
    ticks : int
        How far to look.
    tick_us : int
        Microseconds of a tick.

    Returns
    -------
    list of tuple
        Start and end in ticks, merged; a tick that is closed in part is closed.
    """
    if calendar < 0:
        return []
    begin_us = network.settings.as_of_us
    zone = ZoneInfo(network.places.time_zone[site])
    closed, last = [], 0
    for start_us, end_us in open_spans(
        network.calendars, calendar, zone, start_us=begin_us
    ):
        opens = -((begin_us - start_us) // tick_us)
        closed.append((last, max(opens, 0)))
        last = max((end_us - begin_us) // tick_us, 0)
        if opens > ticks:
            break
    return merged(closed)

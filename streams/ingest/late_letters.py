"""Which events among dead letters came late: their ids are taken.

An event that came late was known when it was set aside. Whatever is fed in later under
its source and id is a copy of it to the intake, and dropped, mended or not.
"""

from collections.abc import Iterable

from streams.batch import EventBatch
from streams.codec import decode
from streams.deadletters import DeadLetter
from streams.ingest.recent import event_keys
from streams.ingest.rejecting import LATE_REASON
from streams.names import Names
from streams.records import RecordBatch


def would_be_dropped(
    letter: DeadLetter, letters: Iterable[DeadLetter], events: EventBatch
) -> bool:
    """Tell whether what stands in for a late event would be dropped as its copy.

    Parameters
    ----------
    letter : DeadLetter
        What it stands in for.
    letters : iterable of DeadLetter
        All of its stream: a record may hold several events that came late.
    events : EventBatch
        What is to be fed in.

    Returns
    -------
    bool
        Whether one of the events has the source and id of a late one of the record;
        False if `letter` did not come late.
    """
    if letter.reason != LATE_REASON:
        return False
    place = letter.partition, letter.offset
    taken = {
        _key(one)
        for one in letters
        if one.reason == LATE_REASON and (one.partition, one.offset) == place
    }
    return not taken.isdisjoint(event_keys(events).tolist())


def _key(letter: DeadLetter) -> int:
    record = RecordBatch.of("late", [letter.raw], headers=[letter.headers or {}])
    decoded = decode(record, Names())
    row = letter.row or 0
    unread = sum(one.row is not None and one.row < row for one in decoded.rejected)
    return int(event_keys(decoded.events)[row - unread])

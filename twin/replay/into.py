"""What a replay released, as a log of our own: validated, deduplicated and in order.

A record is one message of Arrow in our own form with some thousands of events
(`streams.codec.encode_arrow`), so that the next replay reads columns and nothing else.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch, canonical_order
from streams.codec.arrow import decode_arrow
from streams.codec.arrow_encoding import Dictionaries, encode_arrow
from streams.ingest.recent import event_keys
from streams.log import PARTITION, LogReader, LogWriter
from streams.log.segments import Segment, segment_paths
from streams.names import Names
from streams.records import Position
from twin.errors import OptionError, ReplayError

EVENTS_PER_RECORD = 65_536
"""Most events of a record: half as many are read a tenth slower, and two batches of
twice as many, which wait to be folded, would take 40 MB."""

TAIL_EVENTS = 1_000_000
"""Events of a log whose keys are read back before it is continued, at least, if it has
as many. Twice as many take twice the memory, 8 MB."""

_RECORDS_AT_ONCE = 32

# Event time, rank, hash of the source, sequence, hash of the id: the canonical order.
_Key = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the events.

    Attributes
    ----------
    events : int
        Appended.
    duplicates : int
        Left out, as the log has them.
    records : int
        Appended.
    """

    events: int
    duplicates: int
    records: int


@dataclass(frozen=True, slots=True)
class _Tail:
    """The end of a log that is continued."""

    keys: NDArray[np.uint64]  # of its last events, sorted
    last: _Key | None  # of the last event in canonical order
    before_us: int | None  # latest time of the events whose keys are not here


def write_log(
    parts: Iterable[EventBatch],
    log: Path,
    *,
    events_per_record: int = EVENTS_PER_RECORD,
    tail_events: int = TAIL_EVENTS,
    dictionaries: Dictionaries | None = None,
) -> Written:
    """Append events to a log of our own form, each once.

    A log that is there is continued, if it was written this way: events it has are left
    out. Whether it has one is known of its last `tail_events`; an event that is not
    later than those before is refused, as it may be there. Ids are not kept as text,
    only their hashes, by which copies are known.

    Parameters
    ----------
    parts : iterable of EventBatch
        As a replay releases them: none comes twice among them. They need not be in
        order; what is not is marked so in its record. Each part becomes records of its
        own, so that many small ones make a slow log.
    log : Path
        Folder; made if it is not there. Nobody else may write to it.
    events_per_record : int
        Most events of a record, >= 1.
    tail_events : int
        How many events are read back, >= 1.
    dictionaries : Dictionaries or None
        Those of the messages, for who renumbers names between two parts and then has
        them forgotten; None: nobody does.

    Returns
    -------
    Written

    Raises
    ------
    OptionError
        If the folder holds a log that was written otherwise.
    ReplayError
        If an event may be in the log, but too far back to know.
    LogWriteError, LogLockedError
        If the log cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from streams.batch import empty_batch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_log([empty_batch(Names())], Path(folder) / "log")
    Written(events=0, duplicates=0, records=0)
    """
    n_events = n_duplicates = n_records = 0
    with LogWriter(log, fsync="close") as writer:
        tail = _read_tail(log, tail_events)
        last, kept = tail.last, dictionaries or Dictionaries()
        for part in parts:
            new = _new_events(part, tail)
            n_duplicates += len(part) - len(new)
            for piece in _pieces(new, events_per_record):
                ordered, last = _follows(piece, last)
                message = encode_arrow(
                    piece, deduplicated=True, ordered=ordered, dictionaries=kept
                )
                times = int(piece.time_us.min()), int(piece.time_us.max())
                writer.append([message], event_times_us=times, unique=True)
                n_events += len(piece)
                n_records += 1
    return Written(n_events, n_duplicates, n_records)


def _new_events(part: EventBatch, tail: _Tail) -> EventBatch:
    """Leave out what the log has, and refuse what it may have."""
    if not len(part) or not len(tail.keys):
        return part
    keys = event_keys(part)
    places = np.minimum(np.searchsorted(tail.keys, keys), len(tail.keys) - 1)
    is_new = tail.keys[places] != keys
    if tail.before_us is not None:
        early = is_new & (part.time_us <= tail.before_us)
        if early.any():
            time_us = int(part.time_us[early][0])
            msg = (
                f"an event of time {time_us} us may be in the log already: it must be "
                f"later than {tail.before_us} us, as only the keys after are known; "
                f"write to a new log"
            )
            raise ReplayError(msg)
    return part if is_new.all() else part.take(is_new)


def _pieces(part: EventBatch, most: int) -> Iterator[EventBatch]:
    n_pieces = -(-len(part) // most)
    for piece in range(n_pieces):
        first, last = (len(part) * edge // n_pieces for edge in (piece, piece + 1))
        yield part.take(slice(first, last))


def _key(batch: EventBatch, row: int) -> _Key:
    source = batch.names.hashes[batch.source[row]]
    return (
        int(batch.time_us[row]),
        int(batch.rank[row]),
        int(source),
        int(batch.sequence[row]),
        int(batch.id_hash[row]),
    )


def _follows(piece: EventBatch, last: _Key | None) -> tuple[bool, _Key]:
    """Tell whether events are in canonical order behind `last`; and the new last."""
    order = canonical_order(piece)
    in_order = bool((order == np.arange(len(piece))).all())
    follows = last is None or _key(piece, int(order[0])) >= last
    highest = _key(piece, int(order[-1]))
    return in_order and follows, highest if last is None else max(last, highest)


def _read_tail(log: Path, least: int) -> _Tail:
    """Read back the keys of the last events of a log, `least` if it has as many."""
    segments = [Segment(path) for path in segment_paths(log)]
    for segment in segments:
        segment.walk(checksums=False)
    names, last = Names(), None
    found: list[NDArray[np.uint64]] = []
    n_keys = 0
    with LogReader(log) as reader:
        start, end = reader.start_offset, reader.end_position().of(PARTITION)
        if end > start:
            _read_own(reader, start, Names())  # the first one, too
        offset = end
        while offset > start and n_keys < least:
            first = max(start, offset - _RECORDS_AT_ONCE)
            for place in range(first, offset):
                events = _read_own(reader, place, names)
                found.append(event_keys(events))
                n_keys += len(events)
                _, last = _follows(events, last)
            offset = first
    keys = np.sort(np.concatenate([np.empty(0, np.uint64), *found]))
    return _Tail(keys, last, _latest_before(segments, offset))


def _read_own(reader: LogReader, offset: int, names: Names) -> EventBatch:
    reader.seek(Position({PARTITION: offset}))
    records = reader.poll(0, 1)
    assert records is not None, "it lies before the end"
    decoded = decode_arrow(records, names)
    if not decoded.deduplicated or not len(decoded.events) or decoded.rejected:
        msg = (
            f"the record at offset {offset} was not written by a replay: a log must be "
            f"new, or be one that was written with --into"
        )
        raise OptionError(msg)
    return decoded.events


def _latest_before(segments: list[Segment], offset: int) -> int | None:
    latest = [segment.latest_us_before(offset) for segment in segments]
    whole = [
        times[1]
        for segment in segments
        if segment.end_offset <= offset and (times := segment.times_us())
    ]
    return max([*whole, *(one for one in latest if one is not None)], default=None)

"""Foreign tables into a log: mapped, put in canonical order, appended.

A table is hardly ever in the order of time, and several tables of one import overlap.
So all events are sorted before the first is appended: a replay then needs no lateness.
Several imports into one log overlap as well. So each has a name, made of its content,
for a partition of its own (`twin.replay.recorded`): a replay reads them side by side,
whatever order they came in, and what the log holds already is not appended again.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streams.batch import EventBatch, canonical_order, concatenate
from streams.codec import encode_batch
from streams.deadletters import DeadLetterLog
from streams.events import EVENT_TYPES
from streams.mapping import MappedTable, Mapping, map_table
from streams.names import Names
from streams.records import Sink

# Events encoded and appended at once. Half as many double the frames of the log; twice
# as many hold twice the text in memory.
BATCH_EVENTS = 8192
DIGEST_BYTES = 8  # of the content of an import, in the name of its partition
DEAD_LETTERS = "deadletters"  # folder of the dead letters inside the folder of a log


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows.

    Attributes
    ----------
    rows : int
        Rows of all tables.
    unused : int
        Rows that no block of the mapping wanted.
    events : dict of str to int
        Events of the tables, by type.
    appended : int
        Events that were appended: all, but for those the log held already.
    rejected : dict of str to int
        Dead letters by reason.
    first_us, last_us : int or None
        Earliest and latest event time, microseconds UTC; None without events.
    """

    rows: int
    unused: int
    events: dict[str, int]
    appended: int
    rejected: dict[str, int]
    first_us: int | None
    last_us: int | None


def dead_letters_of(log: Path) -> Path:
    """Return the folder of the dead letters of a log.

    Examples
    --------
    >>> dead_letters_of(Path("my-log")).name
    'deadletters'
    """
    return log / DEAD_LETTERS


@dataclass(frozen=True, slots=True, eq=False)
class TableEvents:
    """All events of some tables in canonical order, not yet appended.

    Attributes
    ----------
    events : EventBatch
        In canonical order over all tables.
    ids : list of str
        Event ids, one for each.
    tables : dict of Path to MappedTable
        What became of each table, its rejected rows among it.
    name : str
        Of the import: that of the source, and a digest of all events.
    """

    events: EventBatch
    ids: list[str]
    tables: dict[Path, MappedTable]
    name: str


def read_tables(paths: Sequence[Path], mapping: Mapping) -> TableEvents:
    """Turn tables into events, in canonical order over all of them.

    Parameters
    ----------
    paths : sequence of Path
        CSV, Parquet or Excel files; one named twice is read once.
    mapping : Mapping
        What their rows mean; the same for all.

    Returns
    -------
    TableEvents

    Raises
    ------
    TableError
        If a table cannot be read.
    MappingError
        If the mapping names a column a table does not have.
    """
    names = Names()
    tables = {path: map_table(path, mapping, names) for path in paths}
    events = concatenate([table.events for table in tables.values()], names)
    ids = [event_id for table in tables.values() for event_id in table.ids]
    order = canonical_order(events)
    sorted_ids = [ids[row] for row in order.tolist()]
    events = events.take(order)
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for _, values in _encoded(events, sorted_ids, begin=0):
        for value in values:
            digest.update(len(value).to_bytes(4) + value)
    return TableEvents(
        events=events,
        ids=sorted_ids,
        tables=tables,
        name=f"{mapping.source}/{digest.hexdigest()}",
    )


def append_events(
    read: TableEvents,
    sink: Sink,
    letters: DeadLetterLog,
    *,
    begin: int = 0,
    now_us: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Append what `read_tables` returned to a log, and note the rows that did not fit.

    Parameters
    ----------
    read : TableEvents
        Events and rejected rows.
    sink : Sink
        Where the events go; the time stamp of a record is the time of its event.
    letters : DeadLetterLog
        Where the rejected rows go.
    begin : int
        Number of events that the log holds already.
    now_us : int
        Noted in the dead letters, microseconds UTC.
    progress : callable or None
        Called with the events appended so far and all of them.

    Returns
    -------
    ImportReport

    Raises
    ------
    LogError
        If the log cannot be written; what was appended before stays whole.
    """
    reasons = Counter[str]()
    for path, table in read.tables.items():
        _note_rejected(path, table, letters, now_us)
        reasons.update(letter.reason for letter in table.rejected)
    _append(read, sink, begin=begin, progress=progress)
    letters.flush()
    times = read.events.time_us
    return ImportReport(
        rows=sum(table.n_rows for table in read.tables.values()),
        unused=sum(table.n_unused for table in read.tables.values()),
        events=_counts(read.events),
        appended=len(read.events) - begin,
        rejected=dict(reasons.most_common()),
        first_us=int(times[0]) if len(times) else None,
        last_us=int(times[-1]) if len(times) else None,
    )


def import_table(
    path: Path,
    mapping: Mapping,
    sink: Sink,
    letters: DeadLetterLog,
    *,
    now_us: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Import one table: `read_tables`, then `append_events`.

    Nothing is appended unless the table can be read and fits the mapping.

    Parameters
    ----------
    path : Path
        CSV, Parquet or Excel file.
    mapping : Mapping
        What its rows mean.
    sink, letters, now_us, progress
        As for `append_events`.

    Returns
    -------
    ImportReport

    Raises
    ------
    TableError, MappingError, LogError
        As the two say.
    """
    read = read_tables([path], mapping)
    return append_events(read, sink, letters, now_us=now_us, progress=progress)


def _note_rejected(
    path: Path, table: MappedTable, letters: DeadLetterLog, now_us: int
) -> None:
    for letter in table.rejected:
        letters.add(
            f"{path.name}/{letter.block}" if letter.block else path.name,
            letter.row,
            reason=letter.reason,
            time_us=now_us,
            raw=letter.value,
            detail=letter.detail,
            table=path.name,
            row=letter.row,
        )


def _append(
    read: TableEvents,
    sink: Sink,
    *,
    begin: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    n_events = len(read.events)
    for rows, values in _encoded(read.events, read.ids, begin=begin):
        sink.append(values, timestamps_us=read.events.time_us[rows])
        if progress is not None:
            progress(rows.stop, n_events)
    sink.flush()


def _encoded(
    events: EventBatch, ids: list[str], *, begin: int
) -> Iterator[tuple[slice, list[bytes]]]:
    """Encode events batch by batch: twice, rather than hold all their text."""
    for first in range(begin, len(events), BATCH_EVENTS):
        rows = slice(first, min(first + BATCH_EVENTS, len(events)))
        yield rows, encode_batch(events.take(rows), ids=ids[rows])


def _counts(events: EventBatch) -> dict[str, int]:
    codes, counts = np.unique(events.type_code, return_counts=True)
    return {
        EVENT_TYPES[code].__name__: count
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True)
    }

"""Sources of EPCIS documents, read as events."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from streams.codec import Rejected
from streams.epcis.document import BAD_EVENT, split_document
from streams.epcis.options import EpcisOptions
from streams.epcis.reading import DEFAULTS, EpcisReading, read_epcis
from streams.errors import EncodeError, SourceFileError
from streams.files import open_file
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.records import Position, RecordBatch, Source

DIGEST_BYTES = 8  # of the options
# Events of one record, at most: the sequence has room for 2**43 records then.
EVENTS_MAX = 1 << 20
TOO_MANY = "too many events"
DOCUMENTS = frozenset({".json", ".jsonld"})


@dataclass(slots=True)
class EpcisCounters:
    """What became of the records read so far.

    Attributes
    ----------
    records : int
        Read from the source: documents.
    mapped : int
        EPCIS events in them of which something was made.
    events : int
        Made of them.
    rejected : int
        EPCIS events, or whole documents, that were refused.
    """

    records: int = 0
    mapped: int = 0
    events: int = 0
    rejected: int = 0


class EpcisSource:
    """Read a source of EPCIS documents as events.

    A record gives a value that holds as many events as the document says: a JSON array
    of structured CloudEvents. What is no EPCIS event is fetched by `rejected_of`.

    Parameters
    ----------
    source : Source
        What is read; closed together with this.
    options : EpcisOptions
        How ids are made, and what an error declaration does.

    Attributes
    ----------
    counters : EpcisCounters
        What became of the records so far.

    Examples
    --------
    >>> log = MemoryLog(["epcis-0"])
    >>> MemorySink(log).append([b'{"type": "EPCISDocument", "epcisBody": {}}'])
    0
    >>> with EpcisSource(MemorySource(log)) as source:
    ...     batch = source.poll(0, 10)
    ...     batch.value(0), [r.reason for r in source.rejected_of(batch)]
    (b'[]', ['no event'])
    """

    def __init__(self, source: Source, options: EpcisOptions = DEFAULTS) -> None:
        self._source = source
        self._options = options
        self._rejected: dict[str, list[Rejected]] = {}
        self._unread: set[str] = set()
        self.counters = EpcisCounters()

    @property
    def identity(self) -> str:
        """What a checkpoint must agree on: a digest of the options."""
        options = self._options
        said = (
            options.source,
            options.lots,
            options.sublocations,
            sorted(options.aliases.items()),
            options.corrections,
        )
        digest = hashlib.blake2b(repr(said).encode(), digest_size=DIGEST_BYTES)
        return f"EPCIS as {options.source} of {digest.hexdigest()}"

    def unseen(self) -> tuple[str, ...]:
        """Return the fields of EPCIS events that no event here has a place for."""
        return tuple(sorted(self._unread))

    def rejected_of(self, records: RecordBatch) -> tuple[Rejected, ...]:
        """Return what was refused among records that `poll` returned, and forget it.

        Parameters
        ----------
        records : RecordBatch
            A batch of `poll`, or its beginning.

        Returns
        -------
        tuple of Rejected
            With the bytes of the event, or of the document, in the order of their
            offsets.
        """
        waiting = self._rejected.pop(records.partition, [])
        left = [one for one in waiting if one.offset >= records.next_offset]
        if left:
            self._rejected[records.partition] = left
        return tuple(one for one in waiting if one.offset < records.next_offset)

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the partitions, sorted."""
        return self._source.partitions()

    def position(self) -> Position:
        """Return the next offset of each partition."""
        return self._source.position()

    def end_position(self) -> Position:
        """Return the position after the last record of each partition."""
        return self._source.end_position()

    def seek(self, position: Position) -> None:
        """Continue at `position`; see `Source.seek`."""
        self._source.seek(position)
        self._rejected.clear()

    def seek_time(self, time_us: int) -> None:
        """Continue at the first record that may be of `time_us` or later."""
        self._source.seek_time(time_us)
        self._rejected.clear()

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records of one partition, mapped; see `Source.poll`."""
        batch = self._source.poll(timeout_s, max_records)
        if batch is None or not len(batch):
            return batch
        values = [self._mapped(batch, index) for index in range(len(batch))]
        made = RecordBatch.of(batch.partition, values)
        # Headers are left behind: they may be those of CloudEvents in binary mode.
        return RecordBatch(
            partition=batch.partition,
            offsets=batch.offsets,
            timestamps_us=batch.timestamps_us,
            data=made.data,
            starts=made.starts,
            ends=made.ends,
            keys=batch.keys,
        )

    def _mapped(self, batch: RecordBatch, index: int) -> bytes:
        offset, value = int(batch.offsets[index]), batch.value(index)
        reading = read_epcis(value, self._options, first_sequence=offset * EVENTS_MAX)
        rejected = [
            Rejected(offset, one.reason, one.detail, one.value, one.index)
            for one in reading.refused
        ]
        if len(reading.events) > EVENTS_MAX:
            detail = f"must be at most {EVENTS_MAX} events, were {len(reading.events)}"
            rejected, reading = (
                [Rejected(offset, TOO_MANY, detail, value)],
                EpcisReading(),
            )
        values = []
        for one in reading.events:
            try:
                values.append(one.encode())
            except EncodeError as error:  # what no check before has found
                rejected.append(Rejected(offset, BAD_EVENT, str(error), value))
        self._rejected.setdefault(batch.partition, []).extend(rejected)
        self._unread.update(reading.unread)
        self.counters.records += 1
        self.counters.mapped += reading.n_mapped
        self.counters.events += len(values)
        self.counters.rejected += len(rejected)
        return b"[" + b",".join(values) + b"]"

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def open_epcis(path: Path, options: EpcisOptions = DEFAULTS) -> EpcisSource:
    """Open a file of EPCIS documents.

    Parameters
    ----------
    path : Path
        ``.json`` or ``.jsonld``: one document, each event of it a record of its own.
        Other names as `streams.files.open_file` reads them: NDJSON with a document a
        line.
    options : EpcisOptions
        How ids are made, and what an error declaration does.

    Returns
    -------
    EpcisSource

    Raises
    ------
    SourceFileError
        If the file cannot be read, or its name ends otherwise.
    """
    if path.suffix.lower() not in DOCUMENTS:
        return EpcisSource(open_file(path), options)
    try:
        content = path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read: {error}"
        raise SourceFileError(msg) from error
    log = MemoryLog([path.name])
    MemorySink(log).append(split_document(content))
    return EpcisSource(MemorySource(log), options)

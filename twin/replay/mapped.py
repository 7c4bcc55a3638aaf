"""A source of foreign records, read as events: a map between it and the twin.

Every record keeps its partition, its offset and its time stamp, so that positions and
checkpoints mean the same with and without a map.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import msgspec

from streams.codec import Rejected
from streams.foreign import Schemas
from streams.mapping import Mapping, topic_of, topic_readers
from streams.records import Position, RecordBatch, Source

DIGEST_BYTES = 8  # of a map


@dataclass(slots=True)
class MapCounters:
    """What became of the records read so far.

    Attributes
    ----------
    records : int
        Read from the source.
    events : int
        Made of them.
    rejected : int
        Records, or parts of them, that did not fit.
    tombstones : int
        Records without a value, of which the map makes nothing.
    skipped : int
        Others of which it makes nothing.
    """

    records: int = 0
    events: int = 0
    rejected: int = 0
    tombstones: int = 0
    skipped: int = 0


class MappedSource:
    """Read a source of foreign records as events.

    A record gives a value that holds as many events as the map makes of it: one as
    structured CloudEvents JSON, several or none as a JSON array. Records that do not
    fit have an array without events in their place, and are fetched by `rejected_of`.

    Parameters
    ----------
    source : Source
        What is read; closed together with this.
    mapping : Mapping
        A mapping file with a section for each topic of the source.
    schemas : Schemas or None
        Where schema ids are looked up.

    Attributes
    ----------
    counters : MapCounters
        What became of the records so far.

    Raises
    ------
    MappingError
        With everything in the map that does not fit the topics of the source.

    Examples
    --------
    >>> from pathlib import Path
    >>> from streams.mapping.loading import read_document
    >>> from streams.memory import MemoryLog, MemorySink, MemorySource
    >>> counted = {
    ...     "type": "StockCounted",
    ...     "time": "at",
    ...     "fields": {"item": "sku", "site": {"constant": "W"}, "quantity": "n"},
    ... }
    >>> document = {"topic": [{"format": "json", "event": [counted]}]}
    >>> log = MemoryLog(["stock-0"])
    >>> values = [b'{"sku": "A", "n": 3, "at": "2024-05-01T06:00:00Z"}', b"?"]
    >>> MemorySink(log).append(values)
    0
    >>> mapping = read_document(document, Path("wms.toml"))
    >>> with MappedSource(MemorySource(log), mapping) as source:
    ...     batch = source.poll(0, 10)
    ...     batch.value(0)[:42], [r.offset for r in source.rejected_of(batch)]
    (b'{"specversion":"1.0","id":"stock-0/0","sou', [1])
    """

    def __init__(
        self, source: Source, mapping: Mapping, *, schemas: Schemas | None = None
    ) -> None:
        self._source = source
        self._readers = topic_readers(mapping, source.partitions(), schemas)
        self._topics = {name: topic_of(name) for name in self._readers}
        self._rejected: dict[str, list[Rejected]] = {}
        self._identity = identity_of_map(mapping)
        self.counters = MapCounters()

    @property
    def identity(self) -> str:
        """What tells this map from others: two that say the same have the same."""
        return self._identity

    def rejected_of(self, records: RecordBatch) -> tuple[Rejected, ...]:
        """Return what did not fit among records that `poll` returned, and forget it.

        Parameters
        ----------
        records : RecordBatch
            A batch of `poll`, or its beginning.

        Returns
        -------
        tuple of Rejected
            With the bytes as they came, in the order of their offsets.
        """
        waiting = self._rejected.pop(records.partition, [])
        left = [one for one in waiting if one.offset >= records.next_offset]
        if left:
            self._rejected[records.partition] = left
        return tuple(one for one in waiting if one.offset < records.next_offset)

    def unseen(self) -> tuple[str, ...]:
        """Return what the map names and no record had: typing errors, most likely.

        Returns
        -------
        tuple of str
            Topic and column, for example ``orders: $header.plant``.
        """
        found = {
            f"{self._topics[name]}: {column}"
            for name, reader in self._readers.items()
            for column in reader.unseen()
        }
        return tuple(sorted(found)) if self.counters.records else ()

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
        """Return the next records of one partition, mapped; see `Source.poll`.

        Raises
        ------
        RegistryError
            If a schema cannot be looked up now: `seek` to read the records again.
        """
        batch = self._source.poll(timeout_s, max_records)
        if batch is None or not len(batch):
            return batch
        name = batch.partition
        mapped = self._readers[name].read(batch, self._topics[name])
        self._rejected.setdefault(name, []).extend(mapped.rejected)
        counters = self.counters
        counters.records += len(batch)
        counters.events += mapped.n_events
        counters.rejected += len(mapped.rejected)
        counters.tombstones += mapped.n_tombstones
        counters.skipped += mapped.n_skipped
        return _with_values(batch, mapped.values)

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def identity_of_map(mapping: Mapping) -> str:
    """Return what a checkpoint must agree on: a digest of what the map says.

    Examples
    --------
    >>> from streams.mapping import load_mapping
    >>> identity_of_map(load_mapping("levy"))[:11]
    'map levy of'
    """
    content = msgspec.json.encode(mapping, enc_hook=lambda path: path.name)
    digest = hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()
    return f"map {mapping.source} of {digest}"


def _with_values(batch: RecordBatch, values: Sequence[bytes]) -> RecordBatch:
    # Headers are left behind: they may be those of CloudEvents in binary mode, which
    # would be taken for the envelope.
    made = RecordBatch.of(batch.partition, values, keys=batch.keys)
    return RecordBatch(
        partition=batch.partition,
        offsets=batch.offsets,
        timestamps_us=batch.timestamps_us,
        data=made.data,
        starts=made.starts,
        ends=made.ends,
        keys=batch.keys,
    )

"""Records of topics to records of events, by a mapping file."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import msgspec
import numpy as np
import polars as pl

from streams.codec import Rejected, format_times
from streams.errors import ForeignSchemaError, MappingError
from streams.events import ID_LENGTH_MAX
from streams.foreign import Schemas
from streams.foreign.change import TOMBSTONE
from streams.lifting import schema_of
from streams.mapping.columns import KIND, Columns, Spread
from streams.mapping.document import (
    Mapping,
    TableOptions,
    TimeOptions,
    TopicBlock,
    TopicEvent,
    Value,
)
from streams.mapping.records import RecordReader, Rows
from streams.mapping.rows import DETAIL, ID, REASON, TIME, BlockReader
from streams.mapping.tables import ORDINAL, ROW
from streams.mapping.templates import named_columns
from streams.records import RecordBatch

DEFAULT_KINDS = {"none": ["value"], "debezium": ["c", "u", "r"]}
# As `cell_text` writes what is a time in Avro: read whatever formats the map gives.
TYPED_FORMATS = ["%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d"]
# Events of one record, at most. Twice as many would leave offsets half as much room in
# the sequence, which ends at 2**63.
EVENTS_MAX = 1 << 20
TOO_MANY = "too many events"
ID_DIGEST_BYTES = 12

_JSON = msgspec.json.Encoder()


@dataclass(slots=True)
class MappedRecords:
    """What became of the records of a batch.

    Attributes
    ----------
    values : list of bytes
        One for each record: an event as structured CloudEvents JSON, or a JSON array
        of several, or of none.
    rejected : tuple of Rejected
        Records that do not fit, with their own bytes, in the order of their offsets;
        one of which only a part did not fit may have events as well.
    n_events : int
        Events of all records.
    n_tombstones : int
        Records without a value, of which the map makes nothing.
    n_skipped : int
        Other records that no block wanted.
    """

    values: list[bytes] = field(default_factory=list)
    rejected: tuple[Rejected, ...] = ()
    n_events: int = 0
    n_tombstones: int = 0
    n_skipped: int = 0


class TopicReader:
    """Turn the records of the topics of one section into events.

    Parameters
    ----------
    mapping : Mapping
        The mapping file.
    topic : TopicBlock
        One of its sections.
    schemas : Schemas or None
        Where schema ids are looked up.

    Raises
    ------
    MappingError
        If a constant of the section is not what its field may hold.
    ForeignSchemaError
        If a schema file of the section cannot be used.
    """

    def __init__(
        self, mapping: Mapping, topic: TopicBlock, schemas: Schemas | None
    ) -> None:
        self._source = mapping.source
        self._topic = topic
        self._records = RecordReader(topic, mapping.path.parent, schemas)
        self._columns = {
            each: Columns(topic, _columns(topic, each), each)
            for each in dict.fromkeys(event.each for event in topic.events)
        }
        time = _with_typed(topic.time or mapping.time)
        options = msgspec.structs.replace(
            mapping, table=TableOptions(), time=time, unpivot=None
        )
        self._events = [_with_typed_formats(event) for event in topic.events]
        self._readers = [self._reader(options, event) for event in self._events]

    def _reader(self, options: Mapping, event: TopicEvent) -> BlockReader:
        schema = self._columns[event.each].schema
        reader = BlockReader(options, event, schema, ids_once=False)
        reader.read(pl.DataFrame(schema=schema))  # tells what constants do not fit
        return reader

    def unseen(self) -> list[str]:
        """Return the columns named in the map that no record had so far."""
        named = {name for one in self._columns.values() for name in one.schema.names()}
        found = {name for one in self._columns.values() for name in one.seen}
        return sorted(named - found - {ROW, ORDINAL, KIND})

    def read(self, batch: RecordBatch, topic_name: str) -> MappedRecords:
        """Map a batch of records of one partition.

        Parameters
        ----------
        batch : RecordBatch
            As the transport brought them.
        topic_name : str
            Name of their topic.

        Returns
        -------
        MappedRecords

        Raises
        ------
        RegistryError
            If a schema cannot be looked up now.
        """
        rows = self._records.read(batch)
        spreads = {
            each: columns.spread(rows, batch, topic_name)
            for each, columns in self._columns.items()
        }
        events: list[list[tuple[int, bytes]]] = [[] for _ in range(len(batch))]
        wrong: dict[tuple[int, str], list[str]] = {}
        for index in range(len(self._events)):
            self._map_block(index, spreads, batch, (events, wrong))
        return self._collected(rows, batch, events, wrong)

    def _map_block(
        self,
        index: int,
        spreads: dict[str | None, Spread],
        batch: RecordBatch,
        found: "_Found",
    ) -> None:
        event, reader = self._events[index], self._readers[index]
        events, wrong = found
        spread = spreads[event.each]
        kinds = event.on or DEFAULT_KINDS[self._topic.envelope]
        chosen = spread.frame.filter(pl.col(KIND).is_in(kinds), reader.chosen())
        good, bad = reader.read(chosen)
        for row, reason, detail in bad.select(ROW, REASON, DETAIL).iter_rows():
            item = "" if event.each is None else f" {event.each}.{spread.places[row]}"
            letter = wrong.setdefault((int(spread.records[row]), reason), [])
            letter.append(f"{event.name}{item}: {detail}")
        for record, slot, text in self._encoded(index, good, spread, batch):
            if slot < EVENTS_MAX:
                events[record].append((slot, text))
            else:
                detail = f"{event.name}: must be fewer than {EVENTS_MAX} of a record"
                wrong[record, TOO_MANY] = [detail]

    def _encoded(
        self, index: int, good: pl.DataFrame, spread: Spread, batch: RecordBatch
    ) -> Iterator[tuple[int, int, bytes]]:
        """Yield the record of each event, its place among those of it, and its JSON."""
        event = self._events[index]
        rows = good[ROW].to_numpy()
        columns = zip(
            spread.records[rows].tolist(),
            spread.places[rows].tolist(),
            format_times(good[TIME].to_numpy().astype(np.int64)),
            good[ID].to_list(),
            good.select(list(event.fields)).iter_rows(),
            strict=True,
        )
        schema = schema_of(event.type)
        for record, place, time, given, values in columns:
            offset = int(batch.offsets[record])
            slot = place * len(self._events) + index
            envelope = {
                "specversion": "1.0",
                "id": given or self._id(event, f"{batch.partition}/{offset}", place),
                "source": self._source,
                "type": event.type,
                "time": time,
                "dataschema": schema,
                "sequence": str(offset * EVENTS_MAX + slot),
                "data": {
                    name: value
                    for name, value in zip(event.fields, values, strict=True)
                    if value is not None
                },
            }
            yield record, slot, _JSON.encode(envelope)

    def _id(self, event: TopicEvent, record: str, place: int) -> str:
        """Return the id of an event: where its record stands, and which of it it is."""
        parts = [record]
        parts += [event.name] if len(self._events) > 1 else []
        parts += [str(place)] if event.each is not None else []
        text = "/".join(parts)
        if len(text) <= ID_LENGTH_MAX:
            return text
        return hashlib.blake2b(text.encode(), digest_size=ID_DIGEST_BYTES).hexdigest()

    def _collected(
        self,
        rows: Rows,
        batch: RecordBatch,
        events: list[list[tuple[int, bytes]]],
        wrong: dict[tuple[int, str], list[str]],
    ) -> MappedRecords:
        rejected = list(rows.rejected.values())
        for (record, reason), details in wrong.items():
            offset, value = int(batch.offsets[record]), batch.value(record)
            rejected.append(Rejected(offset, reason, "; ".join(details), value))
        bad = rows.rejected.keys() | {record for record, _ in wrong}
        silent = {
            record
            for record, found in enumerate(events)
            if not found and record not in bad
        }
        n_tombstones = sum(
            row.change.kind == TOMBSTONE for row in rows.rows if row.index in silent
        )
        return MappedRecords(
            values=[_joined(found) for found in events],
            rejected=tuple(sorted(rejected, key=lambda one: (one.offset, one.reason))),
            n_events=sum(map(len, events)),
            n_tombstones=n_tombstones,
            n_skipped=len(silent) - n_tombstones,
        )


_Found = tuple[list[list[tuple[int, bytes]]], dict[tuple[int, str], list[str]]]


def topic_of(partition: str) -> str:
    """Return the topic of a partition: its name without the number behind it.

    Examples
    --------
    >>> topic_of("shop.orders-12"), topic_of("log/0")
    ('shop.orders', 'log/0')
    """
    name, _, number = partition.rpartition("-")
    return name if name and number.isdecimal() else partition


def topic_readers(
    mapping: Mapping, partitions: Sequence[str], schemas: Schemas | None
) -> dict[str, TopicReader]:
    """Find the section of each partition, and make what reads it.

    Parameters
    ----------
    mapping : Mapping
        The mapping file.
    partitions : sequence of str
        All partitions of a source.
    schemas : Schemas or None
        Where schema ids are looked up.

    Returns
    -------
    dict of str to TopicReader
        By partition; those of one section share one.

    Raises
    ------
    MappingError
        With everything that does not fit: topics without a section, constants that no
        field may hold, schema files that cannot be used.
    """
    sections: dict[str, int] = {}
    problems = []
    if not mapping.topics:
        problems.append("topic = None: must be at least one [[topic]], for a topic")
    for partition in partitions if mapping.topics else ():
        place = _section(mapping, topic_of(partition))
        if place is None:
            names = [name for topic in mapping.topics for name in topic.names]
            allowed = f"named by a [[topic]], one of {', '.join(names)}"
            problems.append(f"topic {topic_of(partition)!r}: must be {allowed}")
        else:
            sections[partition] = place
    readers = {}
    for place in sorted(set(sections.values())):
        try:
            readers[place] = TopicReader(mapping, mapping.topics[place], schemas)
        except MappingError as error:
            problems += error.problems
        except ForeignSchemaError as error:
            problems.append(f"[[topic]] {place + 1}: {error}")
    if problems:
        raise MappingError(mapping.path, list(dict.fromkeys(problems)))
    return {partition: readers[place] for partition, place in sections.items()}


def _section(mapping: Mapping, topic_name: str) -> int | None:
    """Return the place of the first section with a name or pattern of the topic."""
    for place, topic in enumerate(mapping.topics):
        if any(fnmatchcase(topic_name, pattern) for pattern in topic.names):
            return place
    return None


def _columns(topic: TopicBlock, each: str | None) -> list[str]:
    names = [
        column
        for event in topic.events
        if event.each == each
        for _, column in named_columns(event)
    ]
    return list(dict.fromkeys(names))


def _with_typed(time: TimeOptions) -> TimeOptions:
    return msgspec.structs.replace(time, formats=_and_typed(time.formats))


def _with_typed_formats(event: TopicEvent) -> TopicEvent:
    def widened(value: Value) -> Value:
        return msgspec.structs.replace(value, formats=_and_typed(value.formats))

    fields = {name: widened(value) for name, value in event.fields.items()}
    return msgspec.structs.replace(event, time=widened(event.time), fields=fields)


def _and_typed(formats: list[str]) -> list[str]:
    return [*formats, *TYPED_FORMATS] if formats else []


def _joined(found: list[tuple[int, bytes]]) -> bytes:
    if len(found) == 1:
        return found[0][1]
    return b"[" + b",".join(text for _, text in sorted(found)) + b"]"

"""Decisions where they are kept: read before they are written, so that each is once.

A loop that goes on after a crash reads what it had decided since its checkpoint. What
is there holds: it is not decided again, and not written a second time. The ids are made
of the run, the occasion and a number, so that what is missing is known as such.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from streams.codec import Envelope, encode
from streams.codec.envelope import parse_time
from streams.events import Event
from streams.records import Position, RecordBatch, Sink, Source
from twin.loop.outbox import SOURCE
from twin.replay import read

DECIDED_AT = "decided-at"
"""Header of a decision: the position of the source up to which was read."""

RUN = "run"
"""Header of a decision: whose it is. Of others nothing is taken over."""


@dataclass(frozen=True, slots=True)
class Record:
    """One decision as it is kept.

    Attributes
    ----------
    id : str
        Of the event.
    time_us : int
        Event time, microseconds UTC.
    type : str
        Of the event.
    value : bytes
        The event.
    """

    id: str
    time_us: int
    type: str
    value: bytes


def record_of(event: Event, *, event_id: str, time_us: int, number: int) -> Record:
    """Write an event that was decided.

    Parameters
    ----------
    event : Event
        One of `streams.events.EVENT_TYPES`.
    event_id : str
        Unique for ever.
    time_us : int
        Of the occasion, microseconds UTC.
    number : int
        Place among the events of the occasion, >= 0.
    """
    value = encode(
        event, event_id=event_id, source=SOURCE, time_us=time_us, sequence=number
    )
    return Record(event_id, time_us, type(event).__name__, value)


class DecisionLog:
    """A topic or a log of decisions, each of them once.

    Parameters
    ----------
    sink : Sink
        Where they go; the caller closes it.
    key : bytes
        Key of all records: in a topic of several partitions all go to one, and stay in
        their order.

    Attributes
    ----------
    run : str
        Whose decisions are written and found; a live loop sets its own.
    latest_us : int or None
        Time of the latest decision that is there, microseconds UTC.
    position : Position
        Where the next one goes, as far as it is known.
    decided_at : Position
        How far was read of the source when the last one was made.
    n_written : int
        Decisions written.
    """

    def __init__(self, sink: Sink, *, key: bytes = b"loop") -> None:
        self._sink = sink
        self._key = key
        self._known: dict[str, int] = {}
        self.run = ""
        self.latest_us: int | None = None
        self.position = Position()
        self.decided_at = Position()
        self.n_written = 0

    def recover(self, source: Source, position: Position) -> tuple[Record, ...]:
        """Read what was decided since a position, and remember it.

        Parameters
        ----------
        source : Source
            Of the same topic or log.
        position : Position
            That of the checkpoint; nothing before it is asked for again.

        Returns
        -------
        tuple of Record
            In the order of the log, each once. Records of somebody else, or of another
            run, are passed over.
        """
        source.seek(_within(position, source))
        found: dict[str, Record] = {}
        for batch in read(source, source.end_position()):
            for row, value in enumerate(batch.values()):
                one, headers = _read(value), _headers(batch, row)
                if one is not None and headers.get(RUN, b"") == self.run.encode():
                    found.setdefault(one.id, one)
                    decided_at = msgspec.json.decode(headers.get(DECIDED_AT, b"{}"))
                    self.decided_at = Position(decided_at)
        self.position = source.position()
        self.remember(found.values())
        return tuple(found.values())

    def knows(self, event_id: str) -> bool:
        """Tell whether a decision is there already."""
        return event_id in self._known

    def write(
        self, records: Sequence[Record], *, position: Position
    ) -> tuple[Record, ...]:
        """Keep decisions of one occasion; wait until they are safe.

        Parameters
        ----------
        records : sequence of Record
            Those that are there already are left out.
        position : Position
            How far was read of the source when they were made; it goes along in a
            header.

        Returns
        -------
        tuple of Record
            Those that were written.

        Raises
        ------
        StreamError
            If they cannot be delivered.
        """
        new = tuple(one for one in records if one.id not in self._known)
        if not new:
            return ()
        headers = {
            DECIDED_AT: msgspec.json.encode(position.to_json()),
            RUN: self.run.encode(),
        }
        self._sink.append(
            [one.value for one in new],
            keys=[self._key] * len(new),
            timestamps_us=[one.time_us for one in new],
            headers=[headers] * len(new),
        )
        ends = self._sink.flush()
        self.position = Position({**self.position.to_json(), **ends.to_json()})
        self.decided_at = position
        self.remember(new)
        self.n_written += len(new)
        return new

    def remember(self, records: Iterable[Record]) -> None:
        """Take decisions for known: they are kept, before the place read from."""
        for one in records:
            self._known[one.id] = one.time_us
            earlier = one.time_us if self.latest_us is None else self.latest_us
            self.latest_us = max(earlier, one.time_us)

    def forget_before(self, time_us: int) -> None:
        """Stop remembering what a checkpoint has: nobody decides it again."""
        self._known = {
            name: at_us for name, at_us in self._known.items() if at_us >= time_us
        }


def _within(position: Position, source: Source) -> Position:
    """Leave out of a position what the source does not have."""
    there = set(source.partitions())
    return Position({n: position.of(n) for n in position if n in there})


def _headers(batch: RecordBatch, row: int) -> Mapping[str, bytes]:
    return {} if batch.headers is None else batch.headers[row]


def _read(value: bytes) -> Record | None:
    try:
        envelope = msgspec.json.decode(value, type=Envelope)
        time_us = parse_time(envelope.time)
    except ValueError:  # also of what is no JSON
        return None
    if envelope.source != SOURCE:
        return None
    return Record(envelope.id, time_us, envelope.type, value)

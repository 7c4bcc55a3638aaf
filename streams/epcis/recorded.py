"""An event together with its envelope, and what could not be read."""

from dataclasses import dataclass

import msgspec

from streams.codec import Envelope, encode, parse_time
from streams.codec.envelope import check_content, lifted, parse_sequence
from streams.events import EVENT_TYPES, Event

_ENVELOPES = msgspec.json.Decoder(Envelope)
_DATA = tuple(msgspec.json.Decoder(event_type) for event_type in EVENT_TYPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event and the attributes that name and place it.

    Attributes
    ----------
    event : Event
        One of `streams.events.EVENT_TYPES`.
    event_id, source : str
        Together unique for ever.
    time_us : int
        Event time, microseconds UTC.
    sequence : int
        Running number of the source, in [0, 2**63).
    """

    event: Event
    event_id: str
    source: str
    time_us: int
    sequence: int = 0

    def encode(self) -> bytes:
        """Return the event as structured CloudEvents JSON.

        Raises
        ------
        EncodeError
            If a field of the event is one that could not be read again.
        """
        return encode(
            self.event,
            event_id=self.event_id,
            source=self.source,
            time_us=self.time_us,
            sequence=self.sequence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEvent:
    """An EPCIS event, or a whole document, that was not mapped.

    Attributes
    ----------
    index : int or None
        Which event of the document, from 0; None: the document.
    reason : str
        In the same few words for all of its kind.
    detail : str
        What exactly.
    value : bytes
        The event, or the document, as it came.
    """

    index: int | None
    reason: str
    detail: str
    value: bytes


def recorded_of(value: bytes) -> Recorded:
    """Read an event from structured CloudEvents JSON.

    Parameters
    ----------
    value : bytes
        As `Recorded.encode` and `streams.codec.encode` write it.

    Returns
    -------
    Recorded

    Raises
    ------
    EnvelopeError
        If an attribute cannot be used.
    msgspec.DecodeError
        If it is no JSON, or the data are not those of the type.

    Examples
    --------
    >>> from streams.events import OrderCancelled
    >>> one = Recorded(event=OrderCancelled(order="O1"), event_id="7", source="erp",
    ...                time_us=0)
    >>> recorded_of(one.encode()) == one
    True
    """
    envelope = lifted(_ENVELOPES.decode(value))
    code = check_content(envelope)
    return Recorded(
        event=_DATA[code].decode(envelope.data),
        event_id=envelope.id,
        source=envelope.source,
        time_us=parse_time(envelope.time),
        sequence=parse_sequence(envelope.sequence),
    )

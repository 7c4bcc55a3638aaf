"""The envelope of an event: the attributes of CloudEvents 1.0.

References
----------
CloudEvents specification 1.0.2 (CNCF, 2022), sections 2 and 3; JSON event format 1.0.2;
Kafka protocol binding 1.0.2, section 3; extension *sequence*.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from streams.errors import EnvelopeError
from streams.events import (
    ID_LENGTH_MAX,
    TIME_US_MAX,
    TIME_US_MIN,
    TYPE_CODES,
)
from streams.lifting import LIFTS, lift, older_version, schema_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEQUENCE_MAX = 2**63 - 1
SEQUENCE_DIGITS = 19  # of SEQUENCE_MAX; longer text is not even tried
# What RFC 3339 allows and nothing of the rest of ISO 8601 (weeks, no colons, no zone).
RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)

Name = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH_MAX)]


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Attributes of an event; `data` is the JSON of its record, not yet decoded.

    Attributes
    ----------
    id, source : str
        Together they name the event once and for all; 1 to 256 characters.
    type : str
        Name of one of `streams.events.EVENT_TYPES`.
    time : str
        Event time, RFC 3339 with a zone.
    sequence : int or str of digits
        The producer's running number, in [0, 2**63); orders events of one instant.
    """

    id: Name
    source: Name
    type: str
    time: str
    specversion: str
    data: msgspec.Raw = msgspec.Raw()
    data_base64: str | None = None
    subject: str | None = None
    dataschema: str | None = None
    datacontenttype: str | None = None
    sequence: int | str = 0


SCHEMAS: Sequence[str] = tuple(schema_of(name) for name in TYPE_CODES)
"""Data schema of every event type, by type code."""


def is_current(dataschema: bytes, type_code: int) -> bool:
    """Tell whether data are of the version written now, and need no lift."""
    return dataschema == SCHEMAS[type_code].encode()


def lifted(envelope: Envelope) -> Envelope:
    """Bring the data of an older version to the one written now; others stay.

    Raises
    ------
    msgspec.DecodeError
        If they cannot be lifted; see `streams.lifting.lift`.
    """
    version = older_version(envelope.type, envelope.dataschema)
    if version is None:
        return envelope
    data = lift(envelope.type, version, bytes(envelope.data), LIFTS)
    schema = SCHEMAS[TYPE_CODES[envelope.type]]
    return msgspec.structs.replace(envelope, data=msgspec.Raw(data), dataschema=schema)


def parse_time(text: str) -> int:
    """Read an RFC 3339 time stamp exactly to the microsecond.

    Digits beyond the microsecond are cut off, never rounded: a rounded time could lie
    after the instant it names.

    Parameters
    ----------
    text : str
        For example ``2024-05-01T06:00:00.250Z`` or ``2024-05-01T08:00:00+02:00``.

    Returns
    -------
    int
        Microseconds since 1970, UTC.

    Raises
    ------
    EnvelopeError
        If the text is no such time stamp, or has no zone.

    Examples
    --------
    >>> parse_time("1970-01-01T00:00:01.0000029Z")
    1000002
    >>> parse_time("1970-01-01T01:00:00+01:00")
    0
    """
    since = None
    if RFC3339.fullmatch(text):
        try:
            since = datetime.fromisoformat(text.replace("z", "Z")) - EPOCH
        except (ValueError, OverflowError):
            since = None  # a day or an hour that does not exist
    if since is not None:
        # Floor division by a timedelta would cost as much as all the rest.
        seconds = since.days * 86_400 + since.seconds
        time_us = seconds * 1_000_000 + since.microseconds
        if TIME_US_MIN <= time_us <= TIME_US_MAX:
            return time_us
    msg = (
        f"time = {text!r}: must be RFC 3339 with a zone, for example "
        f"'2024-05-01T06:00:00Z'"
    )
    raise EnvelopeError(msg)


def format_times(time_us: NDArray[np.int64]) -> list[str]:
    """Write times as RFC 3339, UTC, with six digits.

    Parameters
    ----------
    time_us : ndarray of shape (n,), int64
        Microseconds UTC, years 1 to 9999.

    Returns
    -------
    list of str

    Raises
    ------
    EnvelopeError
        If a time lies outside the years 1 to 9999.

    Examples
    --------
    >>> format_times(np.array([1_500_000]))
    ['1970-01-01T00:00:01.500000Z']
    """
    outside = (time_us < TIME_US_MIN) | (time_us > TIME_US_MAX)
    if outside.any():
        msg = (
            f"time_us = {time_us[outside][0]}: must be in "
            f"{TIME_US_MIN}..{TIME_US_MAX} (years 1 to 9999)"
        )
        raise EnvelopeError(msg)
    stamps = np.datetime_as_string(time_us.astype("datetime64[us]"), timezone="UTC")
    texts: list[str] = stamps.tolist()
    return texts


def parse_sequence(sequence: int | str) -> int:
    """Read the attribute *sequence*: a number, or a string of digits.

    Raises
    ------
    EnvelopeError
        If it is neither, or not in [0, 2**63).
    """
    if isinstance(sequence, int):
        number = sequence
    else:
        plain = sequence.isdecimal() and sequence.isascii()
        number = int(sequence) if plain and len(sequence) <= SEQUENCE_DIGITS else -1
    if 0 <= number <= SEQUENCE_MAX:
        return number
    msg = f"sequence = {sequence!r}: must be a whole number in 0..{SEQUENCE_MAX}"
    raise EnvelopeError(msg)


def check_content(envelope: Envelope) -> int:
    """Refuse what this version cannot read: other versions, other encodings of data.

    Returns
    -------
    int
        The type code, index into `streams.events.EVENT_TYPES`.

    Raises
    ------
    EnvelopeError
        Naming the attribute, its value and what is allowed.
    """
    code = TYPE_CODES.get(envelope.type)
    if code is None:
        msg = f"type = {envelope.type!r}: must be one of {', '.join(TYPE_CODES)}"
        raise EnvelopeError(msg)
    if envelope.specversion != "1.0":
        msg = f"specversion = {envelope.specversion!r}: must be '1.0'"
        raise EnvelopeError(msg)
    if envelope.dataschema is not None and envelope.dataschema != SCHEMAS[code]:
        msg = f"dataschema = {envelope.dataschema!r}: must be {SCHEMAS[code]!r}"
        raise EnvelopeError(msg)
    if envelope.datacontenttype is not None and not _is_json(envelope.datacontenttype):
        msg = (
            f"datacontenttype = {envelope.datacontenttype!r}: must be "
            f"'application/json'"
        )
        raise EnvelopeError(msg)
    if envelope.data_base64 is not None:
        msg = "data_base64: must be absent; give the event as JSON in 'data'"
        raise EnvelopeError(msg)
    return code


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def is_binary(headers: Mapping[str, bytes]) -> bool:
    """Tell whether a Kafka record carries its attributes as headers (binary mode)."""
    content_type = headers.get("content-type", b"").lower()
    return "ce_id" in headers and not content_type.startswith(b"application/cloudevent")


def from_headers(headers: Mapping[str, bytes], value: bytes) -> Envelope:
    """Build the envelope of a record in Kafka's binary mode.

    Raises
    ------
    msgspec.ValidationError
        If an attribute is missing or of the wrong form.
    EnvelopeError
        If a header is not UTF-8.
    """
    attributes: dict[str, object] = {"data": msgspec.Raw(value)}
    for name, content in headers.items():
        if name.startswith("ce_") or name == "content-type":
            attribute = name[3:] if name.startswith("ce_") else "datacontenttype"
            attributes[attribute] = _header_text(name, content)
    return msgspec.convert(attributes, Envelope)


def _header_text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        msg = f"header {name} = {content!r}: must be UTF-8"
        raise EnvelopeError(msg) from error

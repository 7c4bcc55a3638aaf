"""Bodies of requests as records: split, never parsed; what is in them is for the twin.

A body that cannot be split is kept as one record: the intake refuses it, and it ends in
the dead letters with its reason, like every record that is no event.
"""

import re
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from streams.epcis import read_epcis
from twin.service.options import ServiceOptions
from twin.service.problems import ProblemError

NDJSON = "application/x-ndjson"
JSON = "application/json"
CLOUD_EVENT = "application/cloudevents+json"
CLOUD_EVENTS = "application/cloudevents-batch+json"
EPCIS = "application/ld+json"
MEDIA_TYPES = (JSON, CLOUD_EVENT, CLOUD_EVENTS, NDJSON, EPCIS)
"""What a body of events may be."""

_RAW = msgspec.json.Decoder(list[msgspec.Raw])
# Possessive, and an end of the text closes a string: one pass whatever is sent.
_STRING = re.compile(rb'(?s)"(?:[^"\\]++|\\.)*+(?:"|\Z)')
_NESTING = re.compile(rb"[\[{\]}]")
_UNPACKED_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Body:
    """Records of a request.

    Attributes
    ----------
    values : list of bytes
        One for each event; never empty.
    unread : str or None
        Why the body could not be split; it is the one record then.
    """

    values: list[bytes]
    unread: str | None = None


async def read_body(
    chunks: AsyncIterator[bytes], *, encoding: str, options: ServiceOptions
) -> bytes:
    """Read and unpack a body, and stop where it is too large.

    Parameters
    ----------
    chunks : asynchronous iterator of bytes
        As they come.
    encoding : str
        ``Content-Encoding``: empty, identity, gzip or deflate.
    options : ServiceOptions
        Limits.

    Returns
    -------
    bytes

    Raises
    ------
    ProblemError
        413 if it is too large, packed or unpacked; 415 if it is packed in another way;
        400 if it cannot be unpacked.
    """
    unpack = _unpacker(encoding)
    parts: list[bytes] = []
    n_packed = n_bytes = 0
    async for chunk in chunks:
        n_packed += len(chunk)
        _check_size(n_packed, options)
        for part in _unpacked(unpack, chunk):
            n_bytes += len(part)
            _check_size(n_bytes, options)
            parts.append(part)
    if unpack is not None and n_packed and not unpack.eof:
        msg = f"body: its {encoding} ends in the middle; allowed: a whole one"
        raise ProblemError(HTTPStatus.BAD_REQUEST, "not-unpacked", msg)
    return b"".join(parts)


def _unpacker(encoding: str) -> "zlib._Decompress | None":
    named = encoding.strip().lower()
    if named in {"", "identity"}:
        return None
    if named not in {"gzip", "deflate"}:
        msg = f"content-encoding: {encoding!r}; allowed: gzip, deflate, identity"
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "encoding-not-supported", msg
        )
    # 32: the header says whether it is gzip or zlib.
    return zlib.decompressobj(zlib.MAX_WBITS | 32)


def _unpacked(unpack: "zlib._Decompress | None", chunk: bytes) -> Iterator[bytes]:
    """Unpack piece by piece: a bomb is noticed at its first pieces."""
    if unpack is None:
        yield chunk
        return
    rest = chunk
    while rest:
        try:
            piece = unpack.decompress(rest, _UNPACKED_BYTES)
        except zlib.error as error:
            msg = f"body: {error}; allowed: what content-encoding says"
            raise ProblemError(HTTPStatus.BAD_REQUEST, "not-unpacked", msg) from error
        yield piece
        rest = unpack.unconsumed_tail


def _check_size(n_bytes: int, options: ServiceOptions) -> None:
    if n_bytes > options.body_bytes_max:
        msg = (
            f"body: over {options.body_bytes_max} bytes; allowed: at most so many, "
            f"unpacked too"
        )
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", msg)


def split_body(body: bytes, media_type: str, options: ServiceOptions) -> Body:
    """Split a body into records, one an event.

    Parameters
    ----------
    body : bytes
        Unpacked.
    media_type : str
        ``Content-Type``, one of `MEDIA_TYPES`; parameters do not count.
    options : ServiceOptions
        Limits.

    Returns
    -------
    Body

    Raises
    ------
    ProblemError
        415 if it is of no such type, 400 if it holds no event, 413 if it holds too
        many.
    """
    kind = media_type.partition(";")[0].strip().lower()
    if kind not in MEDIA_TYPES:
        msg = f"content-type: {media_type!r}; allowed: {', '.join(MEDIA_TYPES)}"
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-supported", msg)
    if not body.strip():
        msg = "body: empty; allowed: at least one event"
        raise ProblemError(HTTPStatus.BAD_REQUEST, "empty", msg)
    found = _split(body, kind, options)
    if len(found.values) > options.events_max:
        msg = f"events: {len(found.values)}; allowed: at most {options.events_max}"
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-many", msg)
    return found


def _split(body: bytes, kind: str, options: ServiceOptions) -> Body:
    if kind == NDJSON:
        return Body([line for line in body.splitlines() if line.strip()])
    if _depth(body) > options.depth_max:
        return Body([body], f"nested deeper than {options.depth_max}")
    if kind == EPCIS:
        return _of_epcis(body)
    return _of_list(body) if body.lstrip().startswith(b"[") else Body([body])


def _of_list(body: bytes) -> Body:
    try:
        values = [bytes(one) for one in _RAW.decode(body)]
    except (msgspec.DecodeError, RecursionError) as error:
        return Body([body], str(error))
    return Body(values) if values else Body([body], "a list without events")


def _of_epcis(body: bytes) -> Body:
    reading = read_epcis(body)
    values = [one.encode() for one in reading.events]
    values += [one.value for one in reading.refused]
    if not values:
        return Body([body], "no event that is known")
    return Body(values)


def _depth(body: bytes) -> int:
    """Return how deep brackets are nested, those in strings left out."""
    if body.count(b"[") + body.count(b"{") <= 1:
        return 1
    deepest = depth = 0
    for found in _NESTING.finditer(_STRING.sub(b"", body)):
        depth += 1 if found[0] in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest

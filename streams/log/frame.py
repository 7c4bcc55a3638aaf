"""One frame of a log segment: a batch of records with its checksum.

A frame is a header of 64 bytes (little endian) and a payload::

    header   magic "MSTF", version u16, flags u16, payload length u64,
             length of the values u64, offset of the first record i64,
             number of records u32, CRC-32C of the payload u32,
             earliest and latest time i64 (microseconds UTC), length of keys and
             headers u32, CRC-32C of the 60 bytes before u32
    payload  the values one after the other, ends of the values i64 each,
             time stamps i64 each, keys and headers (MessagePack)

Each part of the payload is padded to 8 bytes and all of it to 64, so that its arrays,
and those inside of values, are read in place, where a mapped segment has them (frames
of older logs are padded to 8 alone, and read the same). At least 16 bytes
follow the values; a decoder that loads more at once reads the last ones from a
copy. The header has a sum of its own: frames can be walked without reading
payloads, and a broken length is never believed.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from crc32c import crc32c

from streams.errors import LogError, RecordError
from streams.records import (
    Headers,
    Int64Array,
    RecordBatch,
    Timestamps,
    check_lengths,
    timestamps_array,
)

MAGIC = b"MSTF"
VERSION = 1
# A payload is read whole into memory: half as much would refuse big imports, twice as
# much would let one append take 2 GiB of a reader.
PAYLOAD_BYTES_MAX = 1 << 30

_HAS_EVENT_TIMES, _IS_UNIQUE = 1, 2
_SUMMED = struct.Struct("<4sHHQQqIIqqI")
_CHECKSUM = struct.Struct("<I")
HEADER_BYTES = _SUMMED.size + _CHECKSUM.size
# What Arrow asks of its buffers. Half as much would do for numbers; twice as much would
# waste more of a log of single records.
FRAME_ALIGNMENT = 64


class FrameHeader(NamedTuple):
    """What is known of a frame without its payload.

    Attributes
    ----------
    flags : int
        Whether the times are event times.
    payload_bytes, values_bytes : int
        Length of the payload, and of the values at its begin.
    first_offset : int
        Offset of the first record.
    n_records : int
        Number of records, >= 1.
    payload_crc : int
        CRC-32C of the payload.
    time_us_min, time_us_max : int
        Earliest and latest event time, or time stamp where no event time was given;
        microseconds UTC.
    extras_bytes : int
        Length of keys and headers, 0 if there are none.
    """

    flags: int
    payload_bytes: int
    values_bytes: int
    first_offset: int
    n_records: int
    payload_crc: int
    time_us_min: int
    time_us_max: int
    extras_bytes: int

    @property
    def frame_bytes(self) -> int:
        """Length of header and payload."""
        return HEADER_BYTES + self.payload_bytes

    @property
    def next_offset(self) -> int:
        """Offset after the last record."""
        return self.first_offset + self.n_records

    @property
    def has_event_times(self) -> bool:
        """Whether the times are event times and not those of the time stamps."""
        return bool(self.flags & _HAS_EVENT_TIMES)

    @property
    def is_unique(self) -> bool:
        """Whether its writer had looked for copies of what is in it, in all the log."""
        return bool(self.flags & _IS_UNIQUE)


class _Extras(msgspec.Struct, array_like=True):
    keys: list[bytes | None] | None
    headers: list[dict[str, bytes]] | None


_EXTRAS_DECODER = msgspec.msgpack.Decoder(_Extras)


def encode_frame(
    first_offset: int,
    values: Sequence[bytes],
    *,
    keys: Sequence[bytes | None] | None = None,
    timestamps_us: Timestamps | None = None,
    headers: Sequence[Headers] | None = None,
    event_times_us: tuple[int, int] | None = None,
    unique: bool = False,
) -> bytes:
    """Write a batch of records as one frame.

    Parameters
    ----------
    first_offset : int
        Offset of the first record, >= 0.
    values : sequence of bytes
        The records, at least one.
    keys, headers : sequence or None
        One for each record.
    timestamps_us : int, sequence of int or None
        One time for all records, one for each, or None for 0; microseconds UTC.
    event_times_us : (int, int) or None
        Earliest and latest event time among the records; None: take the time stamps.
    unique : bool
        Whether nothing in the records is in the log before.

    Returns
    -------
    bytes

    Raises
    ------
    RecordError
        If there is no record, a column has another length, or they are too big.
    """
    if not values:
        raise RecordError("values: a batch needs at least one record, had none")
    check_lengths(len(values), keys=keys, headers=headers)
    times = timestamps_array(timestamps_us, len(values))
    ends = np.fromiter(map(len, values), np.int64, len(values)).cumsum()
    extras = _encode_extras(keys, headers)
    parts = [b"".join(values), ends.tobytes(), times.tobytes(), extras]
    payload = b"".join(part + bytes(-len(part) % 8) for part in parts)
    payload += bytes(-len(payload) % FRAME_ALIGNMENT)
    if len(payload) > PAYLOAD_BYTES_MAX:
        msg = f"values: a batch may take {PAYLOAD_BYTES_MAX} bytes, took {len(payload)}"
        raise RecordError(msg)
    earliest, latest = event_times_us or (int(times.min()), int(times.max()))
    header = FrameHeader(
        flags=_HAS_EVENT_TIMES * (event_times_us is not None) | _IS_UNIQUE * unique,
        payload_bytes=len(payload),
        values_bytes=int(ends[-1]),
        first_offset=first_offset,
        n_records=len(values),
        payload_crc=crc32c(payload),
        time_us_min=earliest,
        time_us_max=latest,
        extras_bytes=len(extras),
    )
    return _encode_header(header) + payload


def _encode_header(header: FrameHeader) -> bytes:
    summed = _SUMMED.pack(MAGIC, VERSION, *header)
    return summed + _CHECKSUM.pack(crc32c(summed))


def _encode_extras(
    keys: Sequence[bytes | None] | None, headers: Sequence[Headers] | None
) -> bytes:
    if keys is None and headers is None:
        return b""
    extras = _Extras(
        keys=None if keys is None else list(keys),
        headers=None if headers is None else [dict(one) for one in headers],
    )
    return msgspec.msgpack.encode(extras)


def decode_header(data: bytes | memoryview) -> FrameHeader | None:
    """Read the header of a frame.

    Parameters
    ----------
    data : bytes or memoryview
        The first `HEADER_BYTES` of a frame.

    Returns
    -------
    FrameHeader or None
        None if these bytes are no header of a frame.

    Raises
    ------
    LogError
        If it is a frame of a version that is not known here.
    """
    if len(data) < HEADER_BYTES or data[:4] != MAGIC:
        return None
    summed = data[: _SUMMED.size]
    if _CHECKSUM.unpack_from(data, _SUMMED.size) != (crc32c(summed),):
        return None
    _, version, *fields = _SUMMED.unpack(summed)
    if version != VERSION:
        msg = f"frame version must be {VERSION}, was {version}: written by a newer one"
        raise LogError(msg)
    return FrameHeader(*fields)


def payload_is_whole(header: FrameHeader, payload: bytes | memoryview) -> bool:
    """Tell whether a payload is complete and its checksum right."""
    whole = len(payload) == header.payload_bytes
    return whole and crc32c(payload) == header.payload_crc


def decode_payload(
    header: FrameHeader, payload: bytes | memoryview, partition: str
) -> RecordBatch:
    """Read the records of a frame whose payload is whole, without copying values.

    Parameters
    ----------
    header : FrameHeader
        Of the same frame.
    payload : bytes or memoryview
        Checked with `payload_is_whole` before.
    partition : str
        Name to give to the batch.

    Returns
    -------
    RecordBatch
    """
    n_records = header.n_records
    at = header.values_bytes + -header.values_bytes % 8
    extras_at = at + 16 * n_records
    ends: Int64Array = np.frombuffer(payload, "<i8", n_records, at)
    times: Int64Array = np.frombuffer(payload, "<i8", n_records, at + 8 * n_records)
    extras = _Extras(keys=None, headers=None)
    if header.extras_bytes:
        packed = memoryview(payload)[extras_at : extras_at + header.extras_bytes]
        extras = _EXTRAS_DECODER.decode(packed)
    first = header.first_offset
    return RecordBatch(
        partition=partition,
        offsets=np.arange(first, first + n_records, dtype=np.int64),
        timestamps_us=times,
        data=payload,
        starts=np.concatenate((np.zeros(1, np.int64), ends[:-1])),
        ends=ends,
        headers=None if extras.headers is None else tuple(extras.headers),
        keys=None if extras.keys is None else tuple(extras.keys),
        unique=header.is_unique,
    )

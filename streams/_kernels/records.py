"""Record batches of Kafka, format v2: bytes to offsets, times and spans.

`walk_batches` finds the batches in the ``records`` bytes of a fetch response and reads
their headers; `parse_records` reads the records of one batch, decompressed before if
need be; `marker_type` reads the marker in a control batch. All take ``data`` (uint8,
C-contiguous) with a start and an end, 0 <= start <= end <= len(data), read nothing
outside, write only into arrays that the caller allocated, and answer with a status:
`OK`, or what is wrong and where. Sums are not checked here: CRC-32C of
``data[header[CHECKED]:header[END]]`` must be ``header[CRC]``.

Every varint must end within ten bytes and 64 bits, every length must fit what is left,
every record must end where its length says and the last one where the batch does,
offsets must rise and stay within the batch. So lies of a length or a count are found,
never followed.

References
----------
Kafka protocol guide, "Record Batch"; KIP-98 (transactions), KIP-32 (log append time),
KIP-534 (control records). Varints are zigzag ones of Protocol Buffers.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.memory import load_u8

Bytes = NDArray[np.uint8]
Int64Array = NDArray[np.int64]

OK = 0
BAD_LENGTH = 1
BAD_MAGIC = 2
BAD_COUNT = 3
BAD_VARINT = 4
BAD_RECORD_LENGTH = 5
BAD_ATTRIBUTES = 6
BAD_OFFSET = 7
BAD_TIMESTAMP = 8
BAD_SPAN = 9
BAD_HEADERS = 10
BAD_HEADER_NAME = 11
TRAILING_BYTES = 12
NO_ROOM = 13
# What each status says of the bytes at the place returned with it.
STATUS_TEXTS = (
    "is right",
    "the length of a batch is below that of its header",
    "the format of a batch is none of 0, 1, 2",
    "a batch has fewer bytes than its number of records needs, or that is negative",
    "a varint has more than 64 bits or no end",
    "a record does not end where its length says",
    "the attributes of a record are none that Kafka writes",
    "the offset of a record does not rise, or is outside its batch",
    "the time stamp of a record has more than 64 bits",
    "a key or a value leaves its record",
    "a header leaves its record, or the number of headers is negative",
    "the name of a header is no UTF-8",
    "bytes are left after the last record of a batch",
    "the arrays given have too little room",
)

# Columns of the table that `walk_batches` fills, one row of int64 a batch. Of formats 0
# and 1 only START, END and MAGIC are set.
START = 0  # of the batch, in data
BODY = 1  # of the records, compressed as ATTRIBUTES say
END = 2
CHECKED = 3  # where the bytes begin whose CRC-32C is CRC
MAGIC = 4
CRC = 5  # unsigned
ATTRIBUTES = 6
BASE_OFFSET = 7
LAST_OFFSET_DELTA = 8
LEADER_EPOCH = 9
FIRST_TIMESTAMP_MS = 10
MAX_TIMESTAMP_MS = 11
PRODUCER_ID = 12
PRODUCER_EPOCH = 13
BASE_SEQUENCE = 14
N_RECORDS = 15
N_COLUMNS = 16

CODEC_MASK = 0x07  # of ATTRIBUTES: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd
LOG_APPEND_TIME = 0x08
TRANSACTIONAL = 0x10
CONTROL = 0x20

# A record takes at least so many bytes: seven fields of one byte.
RECORD_BYTES_MIN = 7
MARKER_ABORT = 0
MARKER_COMMIT = 1
MARKER_OTHER = -1  # a control batch that ends no transaction

_OVERHEAD = 12  # base offset and length, which the length does not count
_HEADER = 61
_LEGACY_MIN = 14
_VARINT_BYTES_MAX = 10
_INT64_MAX = np.iinfo(np.int64).max
_INT64_MIN = np.iinfo(np.int64).min


class RecordColumns(NamedTuple):
    """What `parse_records` fills, each an ndarray of shape (n,), int64.

    Spans are places in the data given. A value that is missing (a deletion) is the
    empty span, a key that is missing has ``key_starts`` of -1.
    """

    offsets: Int64Array
    timestamps_ms: Int64Array
    value_starts: Int64Array
    value_ends: Int64Array
    key_starts: Int64Array
    key_ends: Int64Array
    header_starts: Int64Array  # of the first header, after the number of headers
    header_counts: Int64Array


def record_columns(n_records: int) -> RecordColumns:
    """Allocate columns for `n_records` records, >= 0.

    Examples
    --------
    >>> len(record_columns(3).offsets)
    3
    """
    width = len(RecordColumns._fields)
    return RecordColumns(*np.empty((width, n_records), np.int64))


@njit(cache=True, nogil=True)
def _big_endian(data: Bytes, place: int, n_bytes: int) -> int:
    """Read a signed number of 1 to 8 bytes."""
    value = np.int64(0)
    for i in range(place, place + n_bytes):
        value = (value << 8) | np.int64(data[i])
    shift = 64 - 8 * n_bytes
    return (value << shift) >> shift


@njit(cache=True, nogil=True)
def walk_batches(
    data: Bytes, start: int, end: int, table: Int64Array
) -> tuple[int, int, int]:
    """Read the headers of the batches in `data` from `start` to `end`.

    Parameters
    ----------
    data : ndarray of uint8
        The bytes; `start` and `end` are places in it.
    start, end : int
        Where to begin, and what not to reach.
    table : ndarray of shape (n, N_COLUMNS), int64
        Gets one row for each batch.

    Returns
    -------
    status : int
        `OK`, `BAD_LENGTH`, `BAD_MAGIC`, `BAD_COUNT` or `BAD_OFFSET`.
    n_batches : int
        Rows filled; those before a fault are right.
    place : int
        Where it stopped: at a batch that is wrong; at one that is not complete, which
        is no fault (a broker cuts a response where it is full), or at `end`; if the
        table is full, where to go on.
    """
    n_batches = 0
    p = start
    while n_batches < len(table) and end - p >= _OVERHEAD:
        length = _big_endian(data, p + 8, 4)
        if length < _LEGACY_MIN:
            return BAD_LENGTH, n_batches, p
        if length > end - p - _OVERHEAD:
            break
        row = table[n_batches]
        row[:] = 0
        row[START] = p
        row[END] = p + _OVERHEAD + length
        row[MAGIC] = _big_endian(data, p + 16, 1)
        if row[MAGIC] < 0 or row[MAGIC] > 2:
            return BAD_MAGIC, n_batches, p
        if row[MAGIC] == 2:
            if length < _HEADER - _OVERHEAD:
                return BAD_LENGTH, n_batches, p
            _read_header(data, p, row)
            if row[N_RECORDS] < 0:
                return BAD_COUNT, n_batches, p
            last = row[LAST_OFFSET_DELTA]
            if row[BASE_OFFSET] < 0 or last < 0 or row[BASE_OFFSET] > _INT64_MAX - last:
                return BAD_OFFSET, n_batches, p
        n_batches += 1
        p = row[END]
    return OK, n_batches, p


@njit(cache=True, nogil=True)
def _read_header(data: Bytes, p: int, row: Int64Array) -> None:
    row[BODY] = p + _HEADER
    row[CHECKED] = p + 21
    row[BASE_OFFSET] = _big_endian(data, p, 8)
    row[LEADER_EPOCH] = _big_endian(data, p + 12, 4)
    row[CRC] = _big_endian(data, p + 17, 4) & 0xFFFFFFFF
    row[ATTRIBUTES] = _big_endian(data, p + 21, 2)
    row[LAST_OFFSET_DELTA] = _big_endian(data, p + 23, 4)
    row[FIRST_TIMESTAMP_MS] = _big_endian(data, p + 27, 8)
    row[MAX_TIMESTAMP_MS] = _big_endian(data, p + 35, 8)
    row[PRODUCER_ID] = _big_endian(data, p + 43, 8)
    row[PRODUCER_EPOCH] = _big_endian(data, p + 51, 2)
    row[BASE_SEQUENCE] = _big_endian(data, p + 53, 4)
    row[N_RECORDS] = _big_endian(data, p + 57, 4)


# Helpers take the address of the data: an array handed on in the inner loop would have
# its references counted there, which costs more than all the rest.
@njit(cache=True, nogil=True, inline="always")
def _varint(address: int, p: int, end: int) -> tuple[int, int]:
    """Read a zigzag varint: its value and the place after it, -1 if it is wrong."""
    # One or two bytes are nearly all of them.
    if end - p >= 2:
        byte = np.int64(load_u8(address + p))
        if byte < 0x80:
            return (byte >> 1) ^ -(byte & 1), p + 1
        second = np.int64(load_u8(address + p + 1))
        if second < 0x80:
            byte = (byte & 0x7F) | (second << 7)
            return (byte >> 1) ^ -(byte & 1), p + 2
    return _long_varint(address, p, end)


@njit(cache=True, nogil=True)
def _long_varint(address: int, p: int, end: int) -> tuple[int, int]:
    value = np.uint64(0)
    for i in range(_VARINT_BYTES_MAX):
        if p >= end:
            return 0, -1
        byte = np.uint64(load_u8(address + p))
        p += 1
        # The tenth byte has room for one bit, and none may follow.
        if i == _VARINT_BYTES_MAX - 1 and byte > np.uint64(1):
            return 0, -1
        value |= (byte & np.uint64(0x7F)) << np.uint64(7 * i)
        if byte < np.uint64(0x80):
            break
    sign = np.int64(value & np.uint64(1))
    return np.int64(value >> np.uint64(1)) ^ -sign, p


@njit(cache=True, nogil=True)
def parse_records(
    data: Bytes,
    start: int,
    end: int,
    header: Int64Array,
    columns: RecordColumns,
    at: int,
) -> tuple[int, int]:
    """Read all records of one batch.

    Parameters
    ----------
    data : ndarray of uint8
        Holds the records, not compressed.
    start, end : int
        The records are exactly ``data[start:end]``.
    header : ndarray of shape (N_COLUMNS,), int64
        Row of `walk_batches`; BASE_OFFSET, LAST_OFFSET_DELTA, ATTRIBUTES,
        FIRST_TIMESTAMP_MS, MAX_TIMESTAMP_MS and N_RECORDS are used.
    columns : RecordColumns
        Rows ``at`` to before ``at + header[N_RECORDS]`` are filled.
    at : int
        First row to fill.

    Returns
    -------
    status : int
        If not `OK`, what was filled means nothing.
    place : int
        `end`, or near where it went wrong.
    """
    count = header[N_RECORDS]
    if count < 0 or count > (end - start) // RECORD_BYTES_MIN:
        return BAD_COUNT, start
    if at < 0 or count > len(columns.offsets) - at:
        return NO_ROOM, start
    address = np.int64(data.ctypes.data)
    (
        offsets,
        timestamps_ms,
        value_starts,
        value_ends,
        key_starts,
        key_ends,
        header_starts,
        header_counts,
    ) = columns
    base_offset = header[BASE_OFFSET]
    last_delta = header[LAST_OFFSET_DELTA]
    first_ms, max_ms = header[FIRST_TIMESTAMP_MS], header[MAX_TIMESTAMP_MS]
    appended = header[ATTRIBUTES] & LOG_APPEND_TIME
    previous = -1
    p = start
    for row in range(at, at + count):
        length, p = _varint(address, p, end)
        if p < 0:
            return BAD_VARINT, start
        if length < RECORD_BYTES_MIN - 1 or length > end - p:
            return BAD_RECORD_LENGTH, p
        record_start, record_end = p, p + length
        if load_u8(address + p) >= 0x80:
            return BAD_ATTRIBUTES, p
        delta_ms, p = _varint(address, p + 1, record_end)
        if p < 0:
            return BAD_VARINT, record_start
        delta, p = _varint(address, p, record_end)
        if p < 0:
            return BAD_VARINT, record_start
        if delta <= previous or delta > last_delta:
            return BAD_OFFSET, record_start
        previous = delta
        offsets[row] = base_offset + delta
        if appended:
            timestamps_ms[row] = max_ms
        elif (delta_ms > 0 and first_ms > _INT64_MAX - delta_ms) or (
            delta_ms < 0 and first_ms < _INT64_MIN - delta_ms
        ):
            return BAD_TIMESTAMP, record_start
        else:
            timestamps_ms[row] = first_ms + delta_ms
        length, p = _varint(address, p, record_end)
        if p < 0:
            return BAD_VARINT, record_start
        if length > record_end - p:
            return BAD_SPAN, record_start
        key_starts[row] = p if length >= 0 else -1
        p += max(length, 0)
        key_ends[row] = p if length >= 0 else -1
        length, p = _varint(address, p, record_end)
        if p < 0:
            return BAD_VARINT, record_start
        if length > record_end - p:
            return BAD_SPAN, record_start
        value_starts[row] = p
        p += max(length, 0)
        value_ends[row] = p
        n_headers, p = _varint(address, p, record_end)
        if p < 0:
            return BAD_VARINT, record_start
        header_starts[row] = p
        header_counts[row] = n_headers
        if n_headers != 0:
            status, p = _check_headers(address, p, record_end, n_headers)
            if status != OK:
                return status, record_start
        if p != record_end:
            return BAD_RECORD_LENGTH, record_start
    if p != end:
        return TRAILING_BYTES, p
    return OK, p


@njit(cache=True, nogil=True)
def _check_headers(address: int, p: int, end: int, count: int) -> tuple[int, int]:
    if count < 0 or count > (end - p) // 2:
        return BAD_HEADERS, p
    for _ in range(count):
        length, p = _varint(address, p, end)
        if p < 0:
            return BAD_VARINT, p
        if length < 0 or length > end - p:
            return BAD_HEADERS, p
        if not is_utf8(address, p, p + length):
            return BAD_HEADER_NAME, p
        p += length
        length, p = _varint(address, p, end)
        if p < 0:
            return BAD_VARINT, p
        if length > end - p:
            return BAD_HEADERS, p
        p += max(length, 0)
    return OK, p


@njit(cache=True, nogil=True)
def is_utf8(address: int, start: int, end: int) -> bool:
    """Tell whether the bytes `start` to `end` from an address are UTF-8.

    It is as strict as Python's decoder, and reads nothing before or behind them.

    References
    ----------
    The Unicode Standard 15.0, table 3-7: well-formed byte sequences.
    """
    p = start
    while p < end:
        lead = load_u8(address + p)
        p += 1
        if lead < 0x80:
            continue
        low, high, n_more = 0x80, 0xBF, 1
        if lead < 0xC2 or lead > 0xF4:
            return False
        if lead >= 0xF0:
            n_more = 3
            low = 0x90 if lead == 0xF0 else 0x80
            high = 0x8F if lead == 0xF4 else 0xBF
        elif lead >= 0xE0:
            n_more = 2
            low = 0xA0 if lead == 0xE0 else 0x80
            high = 0x9F if lead == 0xED else 0xBF
        if n_more > end - p:
            return False
        for _ in range(n_more):
            if load_u8(address + p) < low or load_u8(address + p) > high:
                return False
            low, high = 0x80, 0xBF
            p += 1
    return True


@njit(cache=True, nogil=True)
def marker_type(
    data: Bytes, start: int, end: int, header: Int64Array, columns: RecordColumns
) -> tuple[int, int]:
    """Read what the first record of a control batch marks.

    Parameters
    ----------
    data, start, end, header
        As for `parse_records`; control batches are never compressed.
    columns : RecordColumns
        Room for the records of the batch; overwritten.

    Returns
    -------
    status : int
        As of `parse_records`; `BAD_SPAN` if the key is shorter than a marker's,
        `BAD_COUNT` if there is no record.
    marker : int
        `MARKER_ABORT`, `MARKER_COMMIT` or `MARKER_OTHER`.
    """
    status, _ = parse_records(data, start, end, header, columns, 0)
    if status != OK:
        return status, MARKER_OTHER
    if header[N_RECORDS] == 0:
        return BAD_COUNT, MARKER_OTHER
    key_start = columns.key_starts[0]
    if key_start < 0 or columns.key_ends[0] - key_start < 4:
        return BAD_SPAN, MARKER_OTHER
    marker = _big_endian(data, key_start + 2, 2)
    if marker in (MARKER_ABORT, MARKER_COMMIT):
        return OK, marker
    return OK, MARKER_OTHER

"""Record batches as a broker sends them: checked, filtered, joined, in columns.

`BatchReader` takes the ``records`` bytes of one partition out of a fetch response and
hands out `RecordBatch`es, each of several of Kafka's batches: what aborted transactions
wrote and the markers between are left out, sums are checked, compression is undone.
"""

import struct
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import crc32c
import numpy as np
import numpy.typing as npt
from kafka.errors import KafkaError as ClientError
from kafka.record.legacy_records import LegacyRecordBatch

from streams._kernels.records import (
    ATTRIBUTES,
    BAD_COUNT,
    BASE_OFFSET,
    BODY,
    CHECKED,
    CODEC_MASK,
    CONTROL,
    CRC,
    END,
    LAST_OFFSET_DELTA,
    LEADER_EPOCH,
    MAGIC,
    MARKER_ABORT,
    MARKER_OTHER,
    N_COLUMNS,
    N_RECORDS,
    OK,
    PRODUCER_ID,
    RECORD_BYTES_MIN,
    START,
    STATUS_TEXTS,
    TRANSACTIONAL,
    RecordColumns,
    marker_type,
    parse_records,
    record_columns,
    walk_batches,
)
from streams.buffers import SLACK_BYTES
from streams.errors import RecordsCorruptError
from streams.kafka.compression import Body, decompressed
from streams.kafka.polled import microseconds, of_client
from streams.records import RecordBatch
from streams.spans import Int64Array, header_spans, key_spans

# One RecordBatch stops growing here, whatever the number of its records: half as much
# makes smaller batches of large values, twice as much takes twice the memory.
JOINED_BYTES_MAX = 16 << 20
_WALKED_AT_ONCE = 64
_FORMAT_2 = 2
# What the client's reader of formats 0 and 1 raises for bytes that are wrong.
_LEGACY_ERRORS = (
    ClientError,
    ValueError,
    IndexError,
    EOFError,
    OSError,
    RuntimeError,
    struct.error,
)


class Aborted(NamedTuple):
    """A transaction that was aborted, as a fetch response tells of it."""

    first_offset: int
    producer_id: int


class TransactionFilter:
    """Tells which batches are not for the reader.

    Parameters
    ----------
    aborted : sequence of Aborted
        Transactions that reach into the batches to come and were aborted.
    read_committed : bool
        False: only the markers of transactions are left out.

    References
    ----------
    KIP-98, "Consumer": batches of a producer between the first offset of an aborted
    transaction and its abort marker are not handed out.
    """

    def __init__(self, aborted: Sequence[Aborted], *, read_committed: bool) -> None:
        self._waiting = deque(sorted(aborted))
        self._open: set[int] = set()
        self._read_committed = read_committed

    def skips(self, header: Sequence[int], marker: int) -> bool:
        """Tell whether a batch is left out; ask for every batch, in order.

        Parameters
        ----------
        header : sequence of int
            Row of `walk_batches`.
        marker : int
            What `marker_type` says of it, if it is a control batch.
        """
        is_control = bool(header[ATTRIBUTES] & CONTROL)
        producer = header[PRODUCER_ID]
        if not self._read_committed or producer < 0:
            return is_control
        last_offset = header[BASE_OFFSET] + header[LAST_OFFSET_DELTA]
        while self._waiting and self._waiting[0].first_offset <= last_offset:
            self._open.add(self._waiting.popleft().producer_id)
        if is_control:
            if marker == MARKER_ABORT:
                self._open.discard(producer)
            return True
        return bool(header[ATTRIBUTES] & TRANSACTIONAL) and producer in self._open


@dataclass(frozen=True, slots=True)
class _Piece:
    """One of Kafka's batches: where it ends, and what of it is handed out.

    That is nothing if it is left out; `records` if it is of format 0 or 1; else what
    `header` and `body` say.
    """

    next_offset: int
    leader_epoch: int = -1
    n_records: int = 0
    header: Int64Array | None = None
    body: Body = b""
    records: RecordBatch | None = None


class BatchReader:
    """Hand out what lies in the ``records`` of one partition of a fetch response.

    Parameters
    ----------
    partition : str
        Name of the partition.
    data : bytes
        The ``records``. A batch at the end that is not complete is left out.
    fetch_offset : int
        The offset that was asked for: records before it are left out.
    aborted : sequence of Aborted
        The ``aborted_transactions`` of the response.
    read_committed : bool
        Whether what aborted transactions wrote is left out.

    Attributes
    ----------
    next_offset : int
        Where to fetch next, after what `read` has returned and left out.
    leader_epoch : int
        Of the last batch before `next_offset`; -1 at the beginning.
    n_records, n_bytes : int
        Number of records handed out so far, and of the bytes they took, decompressed.
    """

    def __init__(
        self,
        partition: str,
        data: bytes,
        *,
        fetch_offset: int,
        aborted: Sequence[Aborted] = (),
        read_committed: bool = True,
    ) -> None:
        self.next_offset = fetch_offset
        self.leader_epoch = -1
        self.n_records = self.n_bytes = 0
        self._last_offset = -1  # of the last batch that was looked at
        self._partition = partition
        self._data = memoryview(data)
        self._bytes = np.frombuffer(data, np.uint8)
        self._filter = TransactionFilter(aborted, read_committed=read_committed)
        self._pieces = self._find_pieces()
        self._ahead: _Piece | None = None
        self._fault: RecordsCorruptError | None = None

    def read(self, max_records: int) -> RecordBatch | None:
        """Return the next records, or None at the end.

        Parameters
        ----------
        max_records : int
            Upper limit, >= 1; but a batch of Kafka's is never torn.

        Returns
        -------
        RecordBatch or None
            Its buffer has at least `SLACK_BYTES` after the last value.

        Raises
        ------
        RecordsCorruptError
            At a batch that is not as it was written, once everything before it was
            returned; and then again at every call.
        """
        while pieces := self._gather(max_records):
            wanted = self.next_offset
            batch = self._joined(pieces)
            n_skipped = int(np.searchsorted(batch.offsets, wanted))
            if n_skipped < len(batch):
                self.n_records += len(batch) - n_skipped
                return batch.slice(n_skipped, len(batch)) if n_skipped else batch
            # Nothing of it is for the reader, or it was before what was asked for.
        if self._fault:
            raise self._fault
        return None

    def _gather(self, max_records: int) -> list[_Piece]:
        """Take pieces while they fit, at least one if there is one."""
        gathered: list[_Piece] = []
        n_records = n_bytes = 0
        while not self._fault:
            piece, self._ahead = self._ahead or self._next_piece(), None
            if piece is None:
                break
            n_records += piece.n_records
            n_bytes += len(piece.body)
            alone = piece.records is not None
            full = n_records > max_records or n_bytes > JOINED_BYTES_MAX
            if gathered and (full or alone):
                self._ahead = piece
                break
            gathered.append(piece)
            if alone:
                break
        return gathered

    def _next_piece(self) -> _Piece | None:
        try:
            return next(self._pieces, None)
        except RecordsCorruptError as error:
            self._fault = error
            return None

    def _walk(self) -> Iterator[Int64Array]:
        """Yield the header of every complete batch."""
        place, end = 0, len(self._data)
        while place < end:
            table = np.empty((_WALKED_AT_ONCE, N_COLUMNS), np.int64)
            status, n_batches, place = walk_batches(self._bytes, place, end, table)
            yield from table[:n_batches]
            if status != OK:
                raise self._corrupt(None, STATUS_TEXTS[status])
            if n_batches < _WALKED_AT_ONCE:
                return

    def _find_pieces(self) -> Iterator[_Piece]:
        """Check every batch, and tell what of it is to be read."""
        for header in self._walk():
            row = header.tolist()
            if row[MAGIC] < _FORMAT_2:
                yield self._legacy(row)
                continue
            if crc32c.crc32c(self._data[row[CHECKED] : row[END]]) != row[CRC]:
                raise self._corrupt(row, "its sum (CRC-32C) is wrong")
            if row[BASE_OFFSET] <= self._last_offset:
                raise self._corrupt(row, f"it follows offset {self._last_offset}")
            self._last_offset = row[BASE_OFFSET] + row[LAST_OFFSET_DELTA]
            is_left_out = self._filter.skips(row, self._marker(header, row))
            yield _Piece(
                next_offset=self._last_offset + 1,
                leader_epoch=row[LEADER_EPOCH],
                n_records=0 if is_left_out else row[N_RECORDS],
                header=None if is_left_out else header,
                body=b"" if is_left_out else self._body(row),
            )

    def _marker(self, header: Int64Array, row: list[int]) -> int:
        if not row[ATTRIBUTES] & CONTROL:
            return MARKER_OTHER
        n_records = min(row[N_RECORDS], (row[END] - row[BODY]) // RECORD_BYTES_MIN)
        status, marker = marker_type(
            self._bytes, row[BODY], row[END], header, record_columns(n_records)
        )
        if status != OK:
            raise self._corrupt(row, STATUS_TEXTS[status])
        return int(marker)

    def _body(self, row: list[int]) -> Body:
        stored = self._data[row[BODY] : row[END]]
        body: Body = stored
        if stored:
            try:
                body = decompressed(stored, row[ATTRIBUTES] & CODEC_MASK)
            except ValueError as error:
                raise self._corrupt(row, str(error)) from error
        # Before room is made for as many records as the header says.
        if row[N_RECORDS] * RECORD_BYTES_MIN > len(body):
            raise self._corrupt(row, STATUS_TEXTS[BAD_COUNT])
        return body

    def _legacy(self, row: list[int]) -> _Piece:
        batch = LegacyRecordBatch(self._data[row[START] : row[END]], row[MAGIC])
        try:
            records = list(batch) if batch.validate_crc() else []
            is_right = records and all(record.validate_crc() for record in records)
        except _LEGACY_ERRORS as error:
            raise self._corrupt(None, f"{type(error).__name__}: {error}") from error
        if not is_right:
            raise self._corrupt(None, "its sum (CRC-32) is wrong")
        found = of_client(self._partition, records)
        self._last_offset = found.next_offset - 1
        return _Piece(found.next_offset, n_records=len(found), records=found)

    def _joined(self, pieces: list[_Piece]) -> RecordBatch:
        """Put the records of several batches into one buffer, and find them there."""
        if pieces[0].records is not None:
            self.next_offset = max(self.next_offset, pieces[0].next_offset)
            return pieces[0].records
        n_bytes = sum(len(piece.body) for piece in pieces)
        buffer = np.empty(n_bytes + SLACK_BYTES, np.uint8)
        buffer[n_bytes:] = 0
        columns = record_columns(sum(piece.n_records for piece in pieces))
        place = at = 0
        for piece in pieces:
            if piece.header is not None:
                end = place + len(piece.body)
                buffer[place:end] = np.frombuffer(piece.body, np.uint8)
                status, _ = parse_records(buffer, place, end, piece.header, columns, at)
                if status != OK:
                    row = piece.header.tolist()
                    self._fault = self._corrupt(row, STATUS_TEXTS[status])
                    break
                place, at = end, at + piece.n_records
            self.next_offset = max(self.next_offset, piece.next_offset)
            self.leader_epoch = piece.leader_epoch
        self.n_bytes += place
        return _of_columns(
            self._partition, buffer, RecordColumns(*(c[:at] for c in columns))
        )

    def _corrupt(self, row: list[int] | None, what: str) -> RecordsCorruptError:
        where = f"after offset {self._last_offset}"
        if row is not None:
            first = row[BASE_OFFSET]
            where = f"of offsets {first} to {first + row[LAST_OFFSET_DELTA]}"
        return RecordsCorruptError(
            f"partition {self._partition!r}: the record batch {where} is not what was "
            f"written: {what}"
        )


def _of_columns(
    partition: str, buffer: npt.NDArray[np.uint8], columns: RecordColumns
) -> RecordBatch:
    data = buffer.data.toreadonly()
    has_keys = bool((columns.key_starts >= 0).any())
    has_headers = bool(columns.header_counts.any())
    headers = header_spans(data, columns.header_starts, columns.header_counts)
    keys = key_spans(data, columns.key_starts, columns.key_ends)
    return RecordBatch(
        partition=partition,
        offsets=columns.offsets,
        timestamps_us=microseconds(columns.timestamps_ms),
        data=data,
        starts=columns.value_starts,
        ends=columns.value_ends,
        headers=headers if has_headers else None,
        keys=keys if has_keys else None,
    )

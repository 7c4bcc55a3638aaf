"""Record batches of an answer to columns: sums, codecs, transactions, first offset.

What a transaction wrote is told from its control batch only when that comes; so the
broker names the aborted ones with every answer, and what they wrote is left out here.
"""

from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from crc32c import crc32c
from kafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode

from streams._kernels.records import (
    ATTRIBUTES,
    BASE_OFFSET,
    BODY,
    CHECKED,
    CODEC_MASK,
    CONTROL,
    CRC,
    END,
    LAST_OFFSET_DELTA,
    LEADER_EPOCH,
    MARKER_ABORT,
    N_RECORDS,
    OK,
    PRODUCER_ID,
    RECORD_BYTES_MIN,
    STATUS_TEXTS,
    TRANSACTIONAL,
    RecordColumns,
    marker_type,
    record_columns,
)
from streams.errors import RecordsCorruptError
from streams.kafka.lane._kernels import parse_batches
from streams.kafka.lane.reader import Piece
from streams.kafka.lane.ring import SLACK_BYTES
from streams.records import RecordBatch
from streams.spans import header_spans, key_spans

Int64Array = npt.NDArray[np.int64]
_US_PER_MS = 1000
_CODEC_NAMES = ("none", "gzip", "snappy", "lz4", "zstd")
_DECODERS: dict[int, Callable[[bytes], bytes]] = {
    1: gzip_decode,
    2: snappy_decode,
    3: lz4_decode,
    4: zstd_decode,
}


class Unpacker:
    """Takes the records out of the batches of one partition in one answer.

    Parameters
    ----------
    piece : Piece
        Where the batches are.
    data : memoryview
        The answer, with the slack behind it; read-only.
    offset : int
        Records before it are left out.
    """

    def __init__(self, piece: Piece, data: memoryview, offset: int) -> None:
        self.partition = piece.partition
        self.next_offset = offset
        self._data = data
        table = piece.table
        self._ends = table[:, BASE_OFFSET] + table[:, LAST_OFFSET_DELTA] + 1
        self._table = table
        self._row = 0
        self._visible = self._visible_rows(piece.aborted)

    def _visible_rows(
        self, aborted: tuple[tuple[int, int], ...]
    ) -> npt.NDArray[np.bool_]:
        """Tell which batches hold records that are to be read."""
        attributes = self._table[:, ATTRIBUTES]
        visible: npt.NDArray[np.bool_] = (attributes & CONTROL) == 0
        if aborted:
            visible &= ~self._aborted_rows(aborted)
        visible &= self._ends > self.next_offset
        visible &= self._table[:, N_RECORDS] > 0
        return visible

    def _aborted_rows(
        self, aborted: tuple[tuple[int, int], ...]
    ) -> npt.NDArray[np.bool_]:
        """Tell which batches belong to transactions that were aborted.

        References
        ----------
        KIP-98, "Reading transactional messages": a producer's batches are aborted from
        the first offset of its aborted transaction to its next abort marker.
        """
        waiting = deque(sorted(aborted, key=lambda pair: pair[1]))
        open_ones: set[int] = set()
        found = np.zeros(len(self._table), np.bool_)
        for row, header in enumerate(self._table):
            while waiting and waiting[0][1] < self._ends[row]:
                open_ones.add(waiting.popleft()[0])
            producer = int(header[PRODUCER_ID])
            if header[ATTRIBUTES] & CONTROL:
                if producer in open_ones and self._marker(row) == MARKER_ABORT:
                    open_ones.discard(producer)
            elif header[ATTRIBUTES] & TRANSACTIONAL:
                found[row] = producer in open_ones
        return found

    def _marker(self, row: int) -> int:
        self._check_sum(row)
        header = self._table[row]
        start, end = int(header[BODY]), int(header[END])
        columns = record_columns(min(int(header[N_RECORDS]), end - start))
        data = np.frombuffer(self._data, np.uint8)
        status, marker = marker_type(data, start, end, header, columns)
        if status != OK:
            raise self._corrupt(row, STATUS_TEXTS[status])
        return marker

    @property
    def leader_epoch(self) -> int:
        """Epoch of the leader that took the records before `next_offset`."""
        return int(self._table[max(0, self._row - 1), LEADER_EPOCH])

    def take(self, max_records: int) -> RecordBatch | None:
        """Return the next records, or None if all were taken.

        At least one whole batch of the broker is read, so there may be more than
        `max_records`. `next_offset` moves behind them, and behind what is left out.

        Raises
        ------
        RecordsCorruptError
            If a sum is wrong, or the records are not what the header says.
        """
        while self._row < len(self._table):
            rows = self._next_rows(max_records)
            batch = self._read(rows) if len(rows) else None
            self.next_offset = int(max(self.next_offset, self._ends[self._row - 1]))
            if batch is not None and len(batch):
                return batch
        return None

    def _next_rows(self, max_records: int) -> Int64Array:
        """Return the batches to read together, and step over them and what follows."""
        rows = self._row + np.flatnonzero(self._visible[self._row :])
        before = np.cumsum(self._table[rows, N_RECORDS]) - self._table[rows, N_RECORDS]
        n_taken = int((before < max_records).sum())
        more = n_taken < len(rows)
        self._row = int(rows[n_taken]) if more else len(self._table)
        return rows[:n_taken]

    def _read(self, rows: Int64Array) -> RecordBatch:
        for row in rows:
            self._check_sum(row)
        table = self._table[rows]
        if (table[:, ATTRIBUTES] & CODEC_MASK).any():
            data, starts, ends = self._decompressed(rows)
        else:
            data, starts, ends = self._data, table[:, BODY], table[:, END]
        # No more records than fit, whatever a header says: the parser refuses it then.
        most = np.minimum(table[:, N_RECORDS], (ends - starts) // RECORD_BYTES_MIN)
        columns = record_columns(int(most.sum()))
        status, wrong = parse_batches(
            np.frombuffer(data, np.uint8), starts, ends, table, columns
        )
        if status != OK:
            raise self._corrupt(int(rows[wrong]), STATUS_TEXTS[status])
        return self._batch(data, columns)

    def _batch(self, data: memoryview, columns: RecordColumns) -> RecordBatch:
        first = int(np.searchsorted(columns.offsets, self.next_offset))
        if first:
            columns = RecordColumns(*(column[first:] for column in columns))
        keyed = bool((columns.key_starts >= 0).any())
        headed = bool(columns.header_counts.any())
        return RecordBatch(
            partition=self.partition,
            offsets=columns.offsets,
            timestamps_us=columns.timestamps_ms * _US_PER_MS,
            data=data,
            starts=columns.value_starts,
            ends=columns.value_ends,
            headers=header_spans(data, columns.header_starts, columns.header_counts)
            if headed
            else None,
            keys=key_spans(data, columns.key_starts, columns.key_ends)
            if keyed
            else None,
        )

    def _check_sum(self, row: int) -> None:
        header = self._table[row]
        if crc32c(self._data[header[CHECKED] : header[END]]) != header[CRC]:
            raise self._corrupt(row, "the check sum (CRC-32C) does not fit its bytes")

    def _decompressed(
        self, rows: Int64Array
    ) -> tuple[memoryview, Int64Array, Int64Array]:
        """Put the records of some batches, decompressed, into one buffer."""
        parts = [self._decode(int(row)) for row in rows]
        ends = np.cumsum([len(part) for part in parts])
        starts = np.concatenate(([0], ends[:-1]))
        return memoryview(b"".join([*parts, bytes(SLACK_BYTES)])), starts, ends

    def _decode(self, row: int) -> bytes | memoryview:
        header = self._table[row]
        stored = self._data[header[BODY] : header[END]]
        codec = int(header[ATTRIBUTES] & CODEC_MASK)
        if not codec:
            return stored
        if codec not in _DECODERS:
            raise self._corrupt(row, f"codec {codec} is none that Kafka has")
        try:
            return _DECODERS[codec](bytes(stored))
        except Exception as error:
            what = f"{_CODEC_NAMES[codec]} bytes that cannot be decompressed: {error}"
            raise self._corrupt(row, what) from error

    def _corrupt(self, row: int, what: str) -> RecordsCorruptError:
        first = int(self._table[row, BASE_OFFSET])
        last = int(self._ends[row]) - 1
        return RecordsCorruptError(
            f"partition {self.partition!r}: record batch of offsets {first} to {last}: "
            f"{what}"
        )

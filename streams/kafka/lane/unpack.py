"""Record batches where they lie in an answer, to columns; not copied unless compressed.

What a transaction wrote is told from its control batch only when that comes; so the
broker names the aborted ones with every answer, and what they wrote is left out here.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from crc32c import crc32c

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
    MARKER_OTHER,
    N_RECORDS,
    OK,
    RECORD_BYTES_MIN,
    STATUS_TEXTS,
    RecordColumns,
    marker_type,
    record_columns,
)
from streams.buffers import SLACK_BYTES
from streams.errors import RecordsCorruptError
from streams.kafka.batches import (
    JOINED_BYTES_MAX,
    Aborted,
    TransactionFilter,
)
from streams.kafka.compression import Body, decompressed
from streams.kafka.lane._kernels import parse_batches
from streams.kafka.lane.reader import Piece
from streams.kafka.polled import microseconds
from streams.records import RecordBatch
from streams.spans import Int64Array, header_spans, key_spans

BoolArray = npt.NDArray[np.bool_]


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

    Attributes
    ----------
    partition : str
    next_offset : int
        Where to go on after what `take` has returned and left out.
    leader_epoch : int
        Of the last batch before `next_offset`; -1 at the beginning.
    """

    def __init__(self, piece: Piece, data: memoryview, offset: int) -> None:
        self.partition = piece.partition
        self.next_offset = offset
        self.leader_epoch = -1
        self._data = data
        self._bytes = np.frombuffer(data, np.uint8)
        self._table = piece.table
        self._ends = self._table[:, BASE_OFFSET] + self._table[:, LAST_OFFSET_DELTA] + 1
        self._row = 0
        # Control batches whose marker cannot be read, by row.
        self._bad_markers: dict[int, str] = {}
        self._visible = self._visible_rows(piece.aborted)

    def _visible_rows(self, aborted: tuple[Aborted, ...]) -> BoolArray:
        """Tell which batches hold records that are to be read.

        The headers are believed here, before their sums are checked: `take` checks
        every batch it steps over, so a lie is found before anything follows from it.
        """
        visible: BoolArray = (self._table[:, ATTRIBUTES] & CONTROL) == 0
        if aborted:
            rules = TransactionFilter(aborted, read_committed=True)
            rows = enumerate(self._table.tolist())
            visible &= [not rules.skips(row, self._marker(i, row)) for i, row in rows]
        visible &= self._ends > self.next_offset
        visible &= self._table[:, N_RECORDS] > 0
        return visible

    def _marker(self, index: int, row: list[int]) -> int:
        if not row[ATTRIBUTES] & CONTROL:
            return MARKER_OTHER
        start, end = row[BODY], row[END]
        columns = record_columns(min(row[N_RECORDS], (end - start) // RECORD_BYTES_MIN))
        status, marker = marker_type(
            self._bytes, start, end, self._table[index], columns
        )
        if status != OK:
            self._bad_markers[index] = STATUS_TEXTS[status]
        return int(marker)

    def take(self, max_records: int) -> RecordBatch | None:
        """Return the next records, or None if all were taken.

        Parameters
        ----------
        max_records : int
            Upper limit, >= 1; but one of the broker's batches is never torn.

        Raises
        ------
        RecordsCorruptError
            At a batch that is not as it was written, once everything before it was
            returned; and then again at every call.
        """
        while self._row < len(self._table):
            rows, after = self._next_rows(max_records)
            after = self._checked(after)
            batch, after = self._read(rows[rows < after], after)
            self._row = after
            self.next_offset = max(self.next_offset, int(self._ends[after - 1]))
            self.leader_epoch = int(self._table[after - 1, LEADER_EPOCH])
            if batch is not None and len(batch):
                return batch
        return None

    def _next_rows(self, max_records: int) -> tuple[Int64Array, int]:
        """Return the batches to read together, and the first one after them."""
        rows = self._row + np.flatnonzero(self._visible[self._row :])
        n_records = np.cumsum(self._table[rows, N_RECORDS])
        n_rows = max(1, int(np.searchsorted(n_records, max_records, side="right")))
        after = int(rows[n_rows]) if n_rows < len(rows) else len(self._table)
        return rows[:n_rows], after

    def _checked(self, after: int) -> int:
        """Check the sums up to a batch; return the first wrong one, or `after`."""
        for row in range(self._row, after):
            header = self._table[row]
            what = self._bad_markers.get(row)
            if crc32c(self._data[header[CHECKED] : header[END]]) != header[CRC]:
                what = "its sum (CRC-32C) is wrong"
            if what is not None:
                if row == self._row:
                    raise self._corrupt(row, what)
                return row
        return after

    def _read(self, rows: Int64Array, after: int) -> tuple[RecordBatch | None, int]:
        """Read some batches, at least one if there is one; tell how far that went."""
        if not len(rows):
            return None, after
        data, starts, ends = self._bodies(rows)
        if len(starts) < len(rows):
            rows, after = rows[: len(starts)], int(rows[len(starts)])
        table = self._table[rows]
        # No more records than fit, whatever a header says: the parser refuses it then.
        most = np.minimum(table[:, N_RECORDS], (ends - starts) // RECORD_BYTES_MIN)
        columns = record_columns(int(most.sum()))
        status, wrong = parse_batches(
            np.frombuffer(data, np.uint8), starts, ends, table, columns
        )
        if status == OK:
            return self._batch(data, columns), after
        if not wrong:
            raise self._corrupt(int(rows[0]), STATUS_TEXTS[status])
        return self._read(rows[:wrong], int(rows[wrong]))

    def _bodies(self, rows: Int64Array) -> tuple[memoryview, Int64Array, Int64Array]:
        """Return the records of some batches; of fewer, if one is bad or too large."""
        table = self._table[rows]
        if not (table[:, ATTRIBUTES] & CODEC_MASK).any():
            return self._data, table[:, BODY], table[:, END]
        parts = list(self._decompressed(rows))
        ends = np.cumsum([len(part) for part in parts])
        starts = np.concatenate(([0], ends[:-1]))
        return memoryview(b"".join([*parts, bytes(SLACK_BYTES)])), starts, ends

    def _decompressed(self, rows: Int64Array) -> Iterator[Body]:
        n_bytes = 0
        for number, row in enumerate(rows.tolist()):
            header = self._table[row]
            stored = self._data[header[BODY] : header[END]]
            try:
                part = decompressed(stored, int(header[ATTRIBUTES]) & CODEC_MASK)
            except ValueError as error:
                if number:
                    return
                raise self._corrupt(row, str(error)) from error
            n_bytes += len(part)
            if number and n_bytes > JOINED_BYTES_MAX:
                return
            yield part

    def _batch(self, data: memoryview, columns: RecordColumns) -> RecordBatch:
        first = int(np.searchsorted(columns.offsets, self.next_offset))
        if first:
            columns = RecordColumns(*(column[first:] for column in columns))
        has_keys = bool((columns.key_starts >= 0).any())
        has_headers = bool(columns.header_counts.any())
        headers = header_spans(data, columns.header_starts, columns.header_counts)
        keys = key_spans(data, columns.key_starts, columns.key_ends)
        return RecordBatch(
            partition=self.partition,
            offsets=columns.offsets,
            timestamps_us=microseconds(columns.timestamps_ms),
            data=data,
            starts=columns.value_starts,
            ends=columns.value_ends,
            headers=headers if has_headers else None,
            keys=keys if has_keys else None,
        )

    def _corrupt(self, row: int, what: str) -> RecordsCorruptError:
        first, last = int(self._table[row, BASE_OFFSET]), int(self._ends[row]) - 1
        return RecordsCorruptError(
            f"partition {self.partition!r}: the record batch of offsets {first} to "
            f"{last} is not what was written: {what}"
        )

"""Rows of a batch through the learned layouts, into columns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams._kernels.layouts import (
    ROW_NAME_BYTES,
    ROW_NAMES,
    Columns,
    Rows,
    Trie,
    decode_rows,
    gather_details,
)
from streams.batch import (
    HAS_DETAIL,
    NO_TIME,
    REFERENCE_COLUMNS,
    TIME_COLUMNS,
    VALUE_COLUMNS,
    EventBatch,
)
from streams.layout import ranks
from streams.names import Names, address_of
from streams.records import RecordBatch

PADDED_BYTES = 65_536  # a longer row at the very end of a buffer is read exactly
SOURCE = len(REFERENCE_COLUMNS) + 1


class BulkPass:
    """Columns of one batch of records, filled row by row as layouts accept them.

    Parameters
    ----------
    records : RecordBatch
        The records.
    names : Names
        Table that the references point into; it grows.
    padded : ndarray of shape (PADDED_BYTES,), uint8
        Scratch.
    """

    def __init__(
        self, records: RecordBatch, names: Names, padded: NDArray[np.uint8]
    ) -> None:
        n_rows = len(records)
        self._records = records
        self._names = names
        self._buffer = (address_of(records.data), len(records.data))
        self._rows = Rows(
            starts=records.starts,
            ends=records.ends,
            done=np.zeros(n_rows, np.uint8),
            spans=np.zeros((SOURCE, 2), np.int64),
            marks=np.zeros(3, np.int64),
            padded=padded,
        )
        self._columns = Columns(
            time_us=np.zeros(n_rows, np.int64),
            type_code=np.zeros(n_rows, np.int16),
            code=np.full(n_rows, -1, np.int16),
            flags=np.zeros(n_rows, np.uint8),
            id_hash=np.zeros(n_rows, np.uint64),
            sequence=np.zeros(n_rows, np.int64),
            references=np.full((SOURCE, n_rows), -1, np.int32),
            values=np.full((len(VALUE_COLUMNS), n_rows), np.nan),
            times=np.full((len(TIME_COLUMNS), n_rows), NO_TIME),
            details=np.zeros((2, n_rows), np.int64),
        )

    def run(self, trie: Trie, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        """Decode rows as far as layouts go; return those that none accepted.

        Parameters
        ----------
        trie : Trie
            The layouts.
        wanted : ndarray of shape (m,), int64
            Rows to try, ascending.

        Returns
        -------
        ndarray, int64
        """
        done = 0
        while done < len(wanted):
            self._names.reserve(ROW_NAMES, ROW_NAME_BYTES)
            done = decode_rows(
                trie,
                self._names.table,
                self._buffer,
                self._rows,
                self._columns,
                wanted,
                done,
            )
        left: NDArray[np.int64] = wanted[self._rows.done[wanted] == 0]
        return left

    def done_rows(self) -> NDArray[np.int64]:
        """Return the rows that a layout has accepted, ascending."""
        return np.flatnonzero(self._rows.done)

    def events(self, partition_index: int) -> EventBatch:
        """Return the rows accepted, as events; called once, when all is read."""
        columns = self._columns
        n_rows = len(columns.time_us)
        detail = self._gather()
        by_name: dict[str, NDArray[Any]] = {
            "time_us": columns.time_us,
            "rank": ranks(
                columns.type_code, columns.code, columns.time_us, columns.times[0]
            ),
            "type_code": columns.type_code,
            "code": columns.code,
            "flags": columns.flags,
            "id_hash": columns.id_hash,
            "source": columns.references[0],
            "sequence": columns.sequence,
            "partition": np.full(n_rows, partition_index, np.int16),
            "offset": self._records.offsets,
            **dict(zip(REFERENCE_COLUMNS, columns.references[1:], strict=True)),
            **dict(zip(VALUE_COLUMNS, columns.values, strict=True)),
            **dict(zip(TIME_COLUMNS, columns.times, strict=True)),
            "detail_start": columns.details[0],
            "detail_end": columns.details[1],
        }
        events = EventBatch(names=self._names, detail=detail, **by_name)
        done = self.done_rows()
        return events if len(done) == n_rows else events.take(done)

    def _gather(self) -> bytes:
        """Join the details of all rows; their spans then point into the result."""
        wanted = np.flatnonzero(self._columns.flags & HAS_DETAIL)
        if not len(wanted):
            return b""
        details = self._columns.details
        out = np.empty((details[1, wanted] - details[0, wanted]).sum(), np.uint8)
        gather_details(self._buffer[0], wanted, details, out)
        return out.tobytes()

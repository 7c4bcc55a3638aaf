"""Rows of a batch through the learned layouts, into columns."""

import numpy as np
from numpy.typing import NDArray

from streams._kernels import blocks
from streams._kernels.layouts import (
    DAY,
    N_ACCEPTED,
    N_DETAILS,
    ROW_NAME_BYTES,
    ROW_NAMES,
    SCRATCH,
    Rows,
    Trie,
    decode_rows,
)
from streams.batch import HAS_DETAIL, EventBatch, plain
from streams.layout import RANK_RULES
from streams.names import Names, address_of
from streams.records import RecordBatch

PADDED_BYTES = 65_536  # a longer row at the very end of a buffer is read exactly
EVERY = np.zeros(0, np.int64)


def _scratch() -> NDArray[np.int64]:
    """Return scratch for the kernel, the day remembered being that of the epoch."""
    scratch = np.zeros(SCRATCH, np.int64)
    day = b"1970-01-01T"
    scratch[DAY // 8 : DAY // 8 + 2] = np.frombuffer(day[:8] + day[3:], np.int64)
    return scratch


SCRATCH_FIRST = _scratch()


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
    partition_index : int
        What stands in the column `partition`.
    """

    def __init__(
        self,
        records: RecordBatch,
        names: Names,
        padded: NDArray[np.uint8],
        partition_index: int = 0,
    ) -> None:
        self._records = records
        self._names = names
        self._partition_index = partition_index
        self._buffer = (address_of(records.data), len(records.data))
        memory, columns = blocks.new_block(len(records))
        self._eight, self._four, self._two, self._one = columns
        self._rows = Rows(
            starts=plain(records.starts),
            ends=plain(records.ends),
            memory=memory,
            scratch=SCRATCH_FIRST.copy(),
            padded=padded,
        )
        self._filled = False

    def run(
        self, trie: Trie, wanted: NDArray[np.int64] | None = None
    ) -> NDArray[np.int64]:
        """Decode rows as far as layouts go; return those that none accepted.

        Parameters
        ----------
        trie : Trie
            The layouts.
        wanted : ndarray of shape (m,), int64
            Rows to try, ascending; None for all, which must come first.

        Returns
        -------
        ndarray, int64
        """
        n_rows = len(self._records)
        if not self._filled and wanted is not None:
            blocks.fill_block(self._rows.memory, n_rows, self._partition_index)
        self._filled = True
        at, stop = 0, n_rows if wanted is None else len(wanted)
        rows = EVERY if wanted is None else wanted
        while at < stop:
            self._names.reserve(ROW_NAMES, ROW_NAME_BYTES)
            at = decode_rows(
                trie,
                RANK_RULES,
                self._names.table,
                self._names.recent,
                self._rows,
                rows,
                *self._buffer,
                at,
                stop,
                self._partition_index,
            )
        if self.n_accepted == n_rows:
            return EVERY
        if wanted is None:
            return np.flatnonzero(self.done == 0)
        left: NDArray[np.int64] = wanted[self.done[wanted] == 0]
        return left

    @property
    def n_accepted(self) -> int:
        """Number of the rows that a layout has accepted."""
        return int(self._rows.scratch[N_ACCEPTED])

    @property
    def done(self) -> NDArray[np.uint8]:
        """Whether a layout has accepted a row, shape (n,), 1 or 0."""
        done: NDArray[np.uint8] = self._one[blocks.DONE]
        return done

    def done_rows(self) -> NDArray[np.int64]:
        """Return the rows that a layout has accepted, ascending."""
        n_rows = len(self._records)
        if self.n_accepted == n_rows:
            return np.arange(n_rows)
        return np.flatnonzero(self.done)

    def events(self) -> EventBatch:
        """Return the rows accepted, as events; called once, when all is read."""
        detail = self._gather()
        time_us, id_hash, sequence = self._eight[: blocks.VALUES]
        values = self._eight[blocks.VALUES : blocks.TIMES].view(np.float64)
        type_code, code, partition = self._two
        source, *references = self._four
        events = EventBatch(
            self._names, detail, time_us, self._one[blocks.RANK], type_code, code,
            self._one[blocks.FLAGS], id_hash.view(np.uint64), source, sequence,
            partition, self._records.offsets, *references, *values,
            *self._eight[blocks.TIMES :],
        )  # fmt: skip
        if self.n_accepted == len(self._records):
            return events
        return events.take(self.done_rows())

    def _gather(self) -> bytes:
        """Join the details of all rows; their spans then point into the result."""
        if not self._rows.scratch[N_DETAILS]:
            return b""
        wanted = np.flatnonzero(self._one[blocks.FLAGS] & HAS_DETAIL)
        starts, ends = self._eight[blocks.DETAIL_START :]
        out = np.empty((ends[wanted] - starts[wanted]).sum(), np.uint8)
        blocks.gather_details(self._buffer[0], wanted, (starts, ends), out)
        return out.tobytes()

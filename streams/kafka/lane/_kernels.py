"""Many record batches in one compiled call: one call each would cost as much again."""

import numpy as np
from numpy.typing import NDArray

from streams._kernels.compiling import entry
from streams._kernels.records import N_RECORDS, OK, RecordColumns, parse_records

Int64Array = NDArray[np.int64]


@entry
def parse_batches(
    data: NDArray[np.uint8],
    starts: Int64Array,
    ends: Int64Array,
    table: Int64Array,
    columns: RecordColumns,
) -> tuple[int, int]:
    """Read the records of some batches, one after the other.

    Parameters
    ----------
    data : ndarray of uint8
        Holds the records, not compressed.
    starts, ends : ndarray of shape (n_batches,), int64
        Records of batch i are ``data[starts[i]:ends[i]]``.
    table : ndarray of shape (n_batches, N_COLUMNS), int64
        Their headers.
    columns : RecordColumns
        Room for all records of all batches.

    Returns
    -------
    status : int
        As of `parse_records`.
    batch : int
        Number of batches that were right; the next is the one that `status` means.
    """
    at = 0
    for batch in range(len(table)):
        status, _ = parse_records(
            data, starts[batch], ends[batch], table[batch], columns, at
        )
        if status != OK:
            return status, batch
        at += table[batch, N_RECORDS]
    return OK, len(table)

"""Records as kafka-python hands them out, one object each: slow, and never wrong.

The other transports must give what this one gives.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from streams.records import RecordBatch
from streams.spans import Int64Array

_US_PER_MS = 1000
_MS_MAX = np.iinfo(np.int64).max // _US_PER_MS
_UNKNOWN_MS = -1  # how Kafka writes that a record has no time


def microseconds(times_ms: Int64Array) -> Int64Array:
    """Turn Kafka's time stamps into ours.

    Parameters
    ----------
    times_ms : ndarray of shape (n,), int64
        Milliseconds UTC; -1 if unknown.

    Returns
    -------
    ndarray of shape (n,), int64
        Microseconds UTC; 0 if unknown; times beyond some 290,000 years are cut to that.

    Examples
    --------
    >>> microseconds(np.array([-1, 0, 7])).tolist()
    [0, 0, 7000]
    """
    found = np.clip(times_ms, -_MS_MAX, _MS_MAX)
    found *= _US_PER_MS
    found[times_ms == _UNKNOWN_MS] = 0
    return found


def of_client(partition: str, records: Iterable[Any]) -> RecordBatch:
    """Copy records of the client into one buffer.

    Parameters
    ----------
    partition : str
        Name of the partition.
    records : iterable
        Records of kafka-python, in the order of their offsets.

    Returns
    -------
    RecordBatch
        A value that is missing (a deletion) is empty.
    """
    records = list(records)
    times_ms = [
        max(-_MS_MAX, min(record.timestamp or 0, _MS_MAX)) for record in records
    ]
    batch = RecordBatch.of(
        partition,
        [record.value or b"" for record in records],
        timestamps_us=microseconds(np.array(times_ms, np.int64)),
        headers=_headers(records),
        keys=_keys(records),
    )
    batch.offsets[:] = [record.offset for record in records]
    return batch


def _headers(records: list[Any]) -> list[dict[str, bytes]] | None:
    if not any(record.headers for record in records):
        return None
    return [
        {name: value or b"" for name, value in record.headers} for record in records
    ]


def _keys(records: list[Any]) -> list[bytes | None] | None:
    if all(record.key is None for record in records):
        return None
    return [record.key for record in records]

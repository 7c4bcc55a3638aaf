"""Where re-keyed records came from, and which of them came before.

Whoever re-keys may crash after some records were written again and before that was
noted; the next one writes them once more. In the re-keyed partition the records of
one origin stand in the order of their offsets: one not beyond the last is a copy.
"""

from collections.abc import Mapping
from typing import Self

import numpy as np

from streams.records import Headers, RecordBatch

PARTITION_HEADER = "origin-partition"
OFFSET_HEADER = "origin-offset"


def origin_headers(partition: str, offset: int) -> dict[str, bytes]:
    """Return the headers that say where a record came from.

    Examples
    --------
    >>> origin_headers("orders-0", 7)
    {'origin-partition': b'orders-0', 'origin-offset': b'7'}
    """
    return {PARTITION_HEADER: partition.encode(), OFFSET_HEADER: b"%d" % offset}


class Origins:
    """Next offset of each origin in one partition of re-keyed records.

    Parameters
    ----------
    next_offsets : Mapping of str to int
        By name of the partition they came from.

    Examples
    --------
    >>> origins = Origins()
    >>> batch = RecordBatch.of(
    ...     "plant.rekeyed-0",
    ...     [b"a", b"b", b"a"],
    ...     headers=[origin_headers("orders-0", n) for n in (4, 6, 4)],
    ... )
    >>> list(origins.unseen(batch).values()), origins.to_json()
    ([b'a', b'b'], {'orders-0': 7})
    """

    def __init__(self, next_offsets: Mapping[str, int] | None = None) -> None:
        self._next = dict(next_offsets or {})

    @classmethod
    def from_json(cls, value: Mapping[str, int]) -> Self:
        """Read what `to_json` gave."""
        return cls(value)

    def to_json(self) -> dict[str, int]:
        """Return the next offset of each origin."""
        return dict(sorted(self._next.items()))

    def unseen(self, batch: RecordBatch) -> RecordBatch:
        """Return a batch without the copies of what was seen before.

        Records without an origin are all kept.
        """
        if batch.headers is None or PARTITION_HEADER not in batch.headers[0]:
            return batch
        kept = np.array([self._is_new(one) for one in batch.headers], np.bool_)
        if kept.all():
            return batch
        rows = np.flatnonzero(kept)
        return RecordBatch(
            partition=batch.partition,
            offsets=batch.offsets[rows],
            timestamps_us=batch.timestamps_us[rows],
            data=batch.data,
            starts=batch.starts[rows],
            ends=batch.ends[rows],
            headers=tuple(batch.headers[row] for row in rows.tolist()),
            keys=None
            if batch.keys is None
            else tuple(batch.keys[row] for row in rows.tolist()),
        )

    def _is_new(self, headers: Headers) -> bool:
        if PARTITION_HEADER not in headers:
            return True
        origin = headers[PARTITION_HEADER].decode()
        offset = int(headers[OFFSET_HEADER])
        if offset < self._next.get(origin, 0):
            return False
        self._next[origin] = offset + 1
        return True

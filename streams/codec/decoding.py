"""Records to columns, in bulk; a bad record never stops its batch."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from streams.batch import concatenate
from streams.codec.arrow import decode_arrow
from streams.codec.bulk import PADDED_BYTES, BulkPass
from streams.codec.decoded import ARROW_STREAM, DecodedBatch
from streams.codec.exact import decode_rows
from streams.codec.learner import Learner
from streams.codec.rechecking import n_differing
from streams.errors import IngestOptionsError
from streams.names import Names
from streams.records import RecordBatch
from streams.spans import Spans

RECHECK_EVERY = 1000
SAMPLE_FIRST, SAMPLE_MAX = 16, 1024  # rows read exactly before layouts are learned

logger = logging.getLogger(__name__)


def decode(
    records: RecordBatch, names: Names, *, partition_index: int = 0
) -> DecodedBatch:
    """Decode records to columns, one by one; `Decoder` does the same in bulk.

    Structured JSON, the JSON batch format, Kafka's binary mode and messages of Arrow
    streams are read.

    Parameters
    ----------
    records : RecordBatch
        Raw records of one partition.
    names : Names
        Table that the references of the result point into; it grows.
    partition_index : int
        Position of the partition in the source's list, >= 0.

    Returns
    -------
    DecodedBatch
        A bad record is among the rejected, its reason one of `REASONS`.

    Examples
    --------
    >>> from streams.events import StockCounted
    >>> from streams.codec.encoding import encode
    >>> event = StockCounted(item="A", site="S", quantity=3)
    >>> value = encode(event, event_id="1", source="wms", time_us=0)
    >>> decoded = decode(RecordBatch.of("log/0", [value, b"?"]), Names())
    >>> decoded.events.value0.tolist(), [r.offset for r in decoded.rejected]
    ([3.0], [1])
    """
    arrow = _are_arrow(records, np.arange(len(records)))
    indices = np.flatnonzero(~arrow).tolist()
    parts = [decode_rows(records, indices, names, partition_index=partition_index)]
    return _with_arrow(parts, arrow, names)


@dataclass(slots=True)
class DecoderCounters:
    """How rows were read.

    Attributes
    ----------
    by_layout, exactly : int
        Events read by a learned layout, and records by the exact decoder. Those that a
        layout was learned from are among both.
    rechecked, differences : int
        Events of the former that were read again, and how many came out otherwise.
    layouts : int
        Layouts known.
    switched_off : bool
        Whether a difference has ended the use of layouts.
    """

    by_layout: int = 0
    exactly: int = 0
    rechecked: int = 0
    differences: int = 0
    layouts: int = 0
    switched_off: bool = False


class Decoder:
    """Decodes batches by the layouts that their rows have in common.

    What no layout fits is read by the exact decoder, and layouts are learned from it.
    The answers are those of `decode`, but that names may be numbered in another order.

    Parameters
    ----------
    names : Names
        Table that references point into; it grows.
    recheck_every : int
        One of so many rows read by a layout is read exactly, too, >= 1; on a
        difference layouts are switched off for good.

    Raises
    ------
    IngestOptionsError
        If `recheck_every` is below 1.

    Examples
    --------
    >>> from streams.events import StockCounted
    >>> from streams.codec.encoding import encode
    >>> event = StockCounted(item="A", site="S", quantity=3)
    >>> value = encode(event, event_id="1", source="wms", time_us=0)
    >>> decoder = Decoder(Names())
    >>> len(decoder.decode(RecordBatch.of("log/0", [value] * 100)).events)
    100
    >>> decoder.counters.exactly, decoder.counters.layouts
    (16, 1)
    """

    def __init__(self, names: Names, *, recheck_every: int = RECHECK_EVERY) -> None:
        if recheck_every < 1:
            msg = f"recheck_every: must be >= 1, was {recheck_every}"
            raise IngestOptionsError(msg)
        self.names = names
        self.counters = DecoderCounters()
        self._recheck_every = recheck_every
        self._padded = np.zeros(PADDED_BYTES, np.uint8)
        self._learner = Learner(self._padded)

    def decode(self, records: RecordBatch, *, partition_index: int = 0) -> DecodedBatch:
        """Decode records to columns.

        Parameters
        ----------
        records : RecordBatch
            Raw records of one partition.
        partition_index : int
            Position of the partition in the source's list, >= 0.

        Returns
        -------
        DecodedBatch
            As the function `decode` gives it.
        """
        # The first of a batch nearly always tells: an own pass over few large records
        # costs as much as a thousand events of them.
        if len(records) and _is_arrow(records, 0):
            arrow = _are_arrow(records, np.arange(len(records)))
            if arrow.all():
                return decode_arrow(
                    records, self.names, partition_index=partition_index
                )
        if self.counters.switched_off or not len(records):
            arrow = _are_arrow(records, np.arange(len(records)))
            return self._without_layouts(records, arrow, partition_index)
        return self._in_bulk(records, partition_index)

    def _without_layouts(
        self, records: RecordBatch, arrow: NDArray[np.bool_], partition_index: int
    ) -> DecodedBatch:
        parts = [self._exactly(records, np.flatnonzero(~arrow), partition_index)]
        return _with_arrow(parts, arrow, self.names)

    def _in_bulk(self, records: RecordBatch, partition_index: int) -> DecodedBatch:
        bulk = BulkPass(records, self.names, self._padded, partition_index)
        structured = _structured(records)
        rest = bulk.run(self._learner.trie.table, structured)
        arrow, parts = None, []
        if bulk.n_accepted < len(records):
            # No layout begins like a message of an Arrow stream.
            arrow = _are_arrow(records, np.flatnonzero(bulk.done == 0))
            parts = self._learn(bulk, records, rest[~arrow[rest]], partition_index)
            if structured is not None:
                others = ~arrow
                others[structured] = False
                rows = np.flatnonzero(others)
                parts.append(self._exactly(records, rows, partition_index))
        rows = bulk.done_rows()
        by_layout = DecodedBatch(records, bulk.events(), rows, (), partition_index)
        if not self._recheck(by_layout):
            arrow = _are_arrow(records, np.arange(len(records)))
            return self._without_layouts(records, arrow, partition_index)
        self.counters.by_layout += len(rows)
        if arrow is None:
            return by_layout
        return _with_arrow([by_layout, *parts], arrow, self.names)

    def _exactly(
        self, records: RecordBatch, rows: NDArray[np.int64], partition_index: int
    ) -> DecodedBatch:
        self.counters.exactly += len(rows)
        indices = rows.tolist()
        return decode_rows(
            records, indices, self.names, partition_index=partition_index
        )

    def _learn(
        self,
        bulk: BulkPass,
        records: RecordBatch,
        rest: NDArray[np.int64],
        partition_index: int,
    ) -> list[DecodedBatch]:
        """Read the rest exactly, a sample first: by its layouts others may be read."""
        parts = []
        n_sample = SAMPLE_FIRST
        while len(rest) and self._learner.may_learn(self.counters.by_layout):
            sample, rest = rest[:n_sample], rest[n_sample:]
            parts.append(self._exactly(records, sample, partition_index))
            if self._learner.learn(parts[-1]):
                table = self._learner.trie.table
                # The sample as well, so that mostly there is nothing to be joined.
                bulk.run(table, np.unique(parts[-1].rows))
                rest = bulk.run(table, rest)
            n_sample = min(2 * n_sample, SAMPLE_MAX)
        if len(rest):
            parts.append(self._exactly(records, rest, partition_index))
        self.counters.layouts = len(self._learner.trie)
        unread = [_without(part, bulk.done) for part in parts]
        return [part for part in unread if len(part.rows) or part.rejected]

    def _recheck(self, by_layout: DecodedBatch) -> bool:
        """Read one row in many again; on a difference switch layouts off."""
        first = -self.counters.by_layout % self._recheck_every
        chosen = range(first, len(by_layout.rows), self._recheck_every)
        if not chosen:
            return True
        found = n_differing(by_layout, chosen)
        self.counters.rechecked += len(chosen)
        self.counters.differences += found
        if found:
            self.counters.switched_off = True
            logger.warning(
                "partition %r, offsets %d to %d: %d of %d rows read by layout differ "
                "from the exact decoder; layouts are switched off",
                by_layout.records.partition,
                by_layout.events.offset[chosen[0]],
                by_layout.events.offset[chosen[-1]],
                found,
                len(chosen),
            )
        return not found


def _without(decoded: DecodedBatch, done: NDArray[np.uint8]) -> DecodedBatch:
    """Leave out the events of rows that are done."""
    left = done[decoded.rows] == 0
    if left.all():
        return decoded
    events = decoded.events.take(left)
    return replace(decoded, events=events, rows=decoded.rows[left])


def _structured(records: RecordBatch) -> NDArray[np.int64] | None:
    """Return the records whose attributes are in the value, not in headers.

    None if these are all.
    """
    headers = records.headers
    if headers is None:
        return None
    if isinstance(headers, Spans):  # counts of headers, so that few need be made
        with_headers = headers.seconds != 0
    else:
        with_headers = np.array([bool(given) for given in headers], np.bool_)
    return np.flatnonzero(~with_headers) if with_headers.any() else None


def _are_arrow(records: RecordBatch, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which of some records begin like a message of an Arrow stream."""
    arrow = np.zeros(len(records), np.bool_)
    lengths = records.ends[rows] - records.starts[rows]
    long_enough = rows[lengths >= len(ARROW_STREAM)]
    if len(long_enough):
        first = np.frombuffer(records.data, np.uint8)[records.starts[long_enough]]
        for row in long_enough[first == ARROW_STREAM[0]].tolist():
            arrow[row] = _is_arrow(records, row)
    return arrow


def _is_arrow(records: RecordBatch, row: int) -> bool:
    start = records.starts.item(row)
    end = min(records.ends.item(row), start + len(ARROW_STREAM))
    return bytes(records.data[start:end]) == ARROW_STREAM


def _with_arrow(
    parts: list[DecodedBatch], arrow: NDArray[np.bool_], names: Names
) -> DecodedBatch:
    """Decode the records that are Arrow and join them with the other parts."""
    if not arrow.any():
        return joined(parts)
    records, index = parts[0].records, parts[0].partition_index
    if arrow.all():
        return decode_arrow(records, names, partition_index=index)
    rows = np.flatnonzero(arrow)
    some = RecordBatch(
        partition=records.partition,
        offsets=records.offsets[rows],
        timestamps_us=records.timestamps_us[rows],
        data=records.data,
        starts=records.starts[rows],
        ends=records.ends[rows],
    )
    decoded = decode_arrow(some, names, partition_index=index)
    return joined([*parts, replace(decoded, records=records, rows=rows[decoded.rows])])


def joined(parts: Sequence[DecodedBatch]) -> DecodedBatch:
    """Join what became of different rows of the same records, in their order.

    Parameters
    ----------
    parts : sequence of DecodedBatch
        At least one; all of the same records, names and partition.

    Returns
    -------
    DecodedBatch
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows, kind="stable")
    events = concatenate([part.events for part in parts], first.events.names)
    rejected = [refused for part in parts for refused in part.rejected]
    return replace(
        first,
        events=events.take(order),
        rows=rows[order],
        rejected=tuple(sorted(rejected, key=attrgetter("offset"))),
        deduplicated=all(part.deduplicated for part in parts),
    )

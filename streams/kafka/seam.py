"""The place inside kafka-python where record batches are taken out, and its guard.

The client's fetcher makes one `PartitionRecords` of every fetched partition, which
yields one object a record. Replaced by ours it yields one object for many records;
groups, seeks, positions, pauses, connections and security stay the client's. None of
this is promised by the client, so it is used only with versions that were tested, and
only if a small response gives the same through it as without it.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from types import SimpleNamespace
from typing import Any

import crc32c
import kafka
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import CompletedFetch, Fetcher
from kafka.consumer.subscription_state import SubscriptionState
from kafka.protocol.consumer import IsolationLevel
from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record.memory_records import MemoryRecords

from streams.kafka.batches import Aborted, BatchReader
from streams.kafka.polled import of_client
from streams.records import RecordBatch

TESTED_VERSIONS = ("3.0.12",)


@dataclass(slots=True)
class BatchSize:
    """How many records one object may hold that the client hands out.

    Attributes
    ----------
    max_records : int
        >= 1; asked whenever the next object is made.
    """

    max_records: int = 1


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the client takes for a record: its offset is that of its last record."""

    offset: int
    records: RecordBatch


class BatchRecords(Fetcher.PartitionRecords):  # type: ignore[misc]
    """Yields many records at once in place of the client's one by one.

    Parameters
    ----------
    fetch_offset, partition, records
        As the client gives them.
    size : BatchSize
        How many records at once.
    **options : object
        As the client gives them.
    """

    def __init__(
        self,
        fetch_offset: int,
        partition: TopicPartition,
        records: MemoryRecords,
        *,
        size: BatchSize,
        **options: object,
    ) -> None:
        super().__init__(fetch_offset, partition, records, **options)
        self._size = size
        self._reader = BatchReader(
            f"{partition.topic}-{partition.partition}",
            records._buffer,  # noqa: SLF001  what the client itself is to read
            fetch_offset=fetch_offset,
            aborted=[
                Aborted(one.first_offset, one.producer_id)
                for one in self.aborted_transactions
            ],
            read_committed=self.isolation_level == IsolationLevel.READ_COMMITTED,
        )
        # In place of a generator: after an error this one raises it again, where the
        # client would ask the ended generator for ever.
        self.record_iterator = self

    def __iter__(self) -> Iterator[Fetched]:
        return self

    def __next__(self) -> Fetched:
        reader = self._reader
        batch = reader.read(self._size.max_records)
        self.next_fetch_offset = reader.next_offset
        self.leader_epoch = reader.leader_epoch
        self.records_read = reader.n_records
        self.bytes_read = reader.n_bytes
        if batch is None:
            self.drain()
            raise StopIteration
        return Fetched(int(batch.offsets[-1]), batch)


def insert(consumer: KafkaConsumer) -> BatchSize:
    """Make a consumer hand out `Fetched` in place of its records.

    Parameters
    ----------
    consumer : KafkaConsumer
        One that has fetched nothing yet.

    Returns
    -------
    BatchSize
        Says from now on how many records each holds.
    """
    size = BatchSize()
    consumer._fetcher.PartitionRecords = partial(BatchRecords, size=size)  # noqa: SLF001
    return size


@cache
def problem() -> str:
    """Return why record batches cannot be taken out here; empty if they can.

    A small response with keys, headers, compression, an aborted and a committed
    transaction, asked for from the middle of a batch, is read by the client alone and
    through the seam.
    """
    if kafka.__version__ not in TESTED_VERSIONS:
        tested = ", ".join(TESTED_VERSIONS)
        return f"kafka-python {kafka.__version__} is not one of those tested: {tested}"
    try:
        alone, through = _read_alone(), _read_through()
    except Exception as error:  # whatever it is, the client goes on without us
        return f"the self-test failed: {type(error).__name__}: {error}"
    return "" if alone == through else "the self-test found a difference"


def _read_alone() -> object:
    fetcher, subscriptions = _fetcher()
    records: list[Any] = []
    while found := fetcher.fetched_records(2)[0].get(_PLACE):
        records += found
    return _plain(of_client("self-test", records)), subscriptions.position(_PLACE)


def _read_through() -> object:
    fetcher, subscriptions = _fetcher()
    size = insert(SimpleNamespace(_fetcher=fetcher))
    batches: list[Any] = []
    while found := fetcher.fetched_records(1)[0].get(_PLACE):
        batches += [_plain(one.records) for one in found]
        size.max_records += 1
    joined = tuple(
        list(chain.from_iterable(columns)) for columns in zip(*batches, strict=True)
    )
    return joined, subscriptions.position(_PLACE)


def _plain(batch: RecordBatch) -> tuple[list[object], ...]:
    """Return offsets, times, values, keys and headers, whatever holds them."""
    n_records = len(batch)
    return (
        batch.offsets.tolist(),
        batch.timestamps_us.tolist(),
        list(batch.values()),
        list(batch.keys or [None] * n_records),
        list(batch.headers or [{}] * n_records),
    )


_PLACE = TopicPartition("self-test", 0)
_PRODUCER = 7
_CONTROL, _TRANSACTIONAL = 0x20, 0x10
_ABORT, _COMMIT = b"\0\0\0\0", b"\0\0\0\1"


def _fetcher() -> tuple[Any, Any]:
    """Return a fetcher of the client that has got a response, and its positions."""
    subscriptions = SubscriptionState()
    subscriptions.assign_from_user([_PLACE])
    subscriptions.seek(_PLACE, 11)
    client = SimpleNamespace(_manager=SimpleNamespace(_net=None))
    fetcher = Fetcher(client, subscriptions, isolation_level="read_committed")
    response = SimpleNamespace(
        error_code=0,
        high_watermark=19,
        diverging_epoch=None,
        records=_response(),
        aborted_transactions=[SimpleNamespace(producer_id=_PRODUCER, first_offset=13)],
        preferred_read_replica=-1,
    )
    fetcher._completed_fetches.append(  # noqa: SLF001
        CompletedFetch(_PLACE, 11, 12, response, None)
    )
    return fetcher, subscriptions


def _response() -> bytes:
    headers = [("ce_id", b"1"), ("none", None)]
    return b"".join(
        [
            _batch(
                10, [(b"k", b"skipped", []), (None, b"one", headers), (b"", b"", [])]
            ),
            _batch(13, [(None, b"aborted", [])] * 2, attributes=_TRANSACTIONAL),
            _batch(15, [(_ABORT, b"", [])], attributes=_TRANSACTIONAL | _CONTROL),
            _batch(16, [(b"k", b"two" * 9, [])] * 2, attributes=_TRANSACTIONAL | 1),
            _batch(18, [(_COMMIT, b"", [])], attributes=_TRANSACTIONAL | _CONTROL),
        ]
    )


def _batch(
    offset: int, records: Sequence[tuple[Any, ...]], *, attributes: int = 0
) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=attributes & 7,
        is_transactional=bool(attributes),
        producer_id=_PRODUCER if attributes else -1,
        producer_epoch=0,
        base_sequence=0,
        batch_size=1 << 16,
    )
    for index, (key, value, headers) in enumerate(records):
        builder.append(index, 1_000 + offset + index, key, value, headers)
    batch = bytearray(builder.build())
    struct.pack_into(">q", batch, 0, offset)
    struct.pack_into(">h", batch, 21, attributes)
    struct.pack_into(">I", batch, 17, crc32c.crc32c(batch[21:]))
    return bytes(batch)

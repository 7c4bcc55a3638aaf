"""How records leave kafka-python: one by one, or whole batches of them."""

import gzip
import logging
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import snappy
import zstandard
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import CorruptRecordError, UnsupportedCodecError

from streams.errors import KafkaConfigurationError, RecordsCorruptError
from streams.kafka.polled import of_client
from streams.records import RecordBatch

Transport = Literal["auto", "batch", "lane", "poll"]
TRANSPORTS: tuple[Transport, ...] = ("auto", "batch", "lane", "poll")
# What the client lets out when the bytes of a batch are not what they should be.
_CORRUPT = (
    CorruptRecordError,
    UnsupportedCodecError,
    EOFError,
    gzip.BadGzipFile,
    RuntimeError,
    snappy.UncompressError,
    struct.error,
    zlib.error,
    zstandard.ZstdError,
)
_LOGGER = logging.getLogger(__name__)


class Poller(Protocol):
    """Takes what a consumer has fetched.

    Attributes
    ----------
    name : str
        ``poll`` or ``batch``.
    reason : str
        Why it is this one.
    """

    name: str
    reason: str

    def poll(self, timeout_s: float, max_records: int) -> list[RecordBatch]:
        """Return what is there, at most one batch a partition.

        Parameters
        ----------
        timeout_s : float
            How long to wait for something, >= 0.
        max_records : int
            Wanted upper limit of each batch, >= 1; it may be exceeded.
        """

    def seek(self, offsets: Mapping[str, int]) -> None:
        """Go on at these offsets; a consumer was told already."""

    def positions(self, names: Sequence[str]) -> dict[str, int]:
        """Return the next offset of partitions, behind what was left out."""

    def close(self) -> None:
        """Let go of connections of its own."""


class RecordPoller:
    """Takes the client's records one by one: works with every version of it.

    Parameters
    ----------
    consumer : KafkaConsumer
        What to ask.
    reason : str
        Why it is this one.
    """

    name = "poll"

    def __init__(self, consumer: KafkaConsumer, reason: str) -> None:
        self.reason = reason
        self._consumer = consumer

    def poll(self, timeout_s: float, max_records: int) -> list[RecordBatch]:
        """Return what is there, at most one batch a partition; see `Poller.poll`."""
        try:
            found = self._consumer.poll(int(timeout_s * 1000), max_records)
        except _CORRUPT as error:
            msg = f"{type(error).__name__}: {error}"
            raise RecordsCorruptError(msg) from error
        return [
            of_client(f"{place.topic}-{place.partition}", records)
            for place, records in found.items()
        ]

    def seek(self, offsets: Mapping[str, int]) -> None:
        """Do nothing: the consumer was told."""

    def positions(self, names: Sequence[str]) -> dict[str, int]:
        """Return the next offset of partitions; see `Poller.positions`."""
        return _positions(self._consumer, names)

    def close(self) -> None:
        """Do nothing: the consumer is closed by whoever opened it."""


class BatchPoller:
    """Takes whole record batches out of the client.

    Parameters
    ----------
    consumer : KafkaConsumer
        What to ask; it has fetched nothing yet, and hands out nothing else any more.
    reason : str
        Why it is this one.
    """

    name = "batch"

    def __init__(self, consumer: KafkaConsumer, reason: str) -> None:
        from streams.kafka import seam  # noqa: PLC0415  its imports may fail

        self.reason = reason
        self._consumer = consumer
        self._size = seam.insert(consumer)

    def poll(self, timeout_s: float, max_records: int) -> list[RecordBatch]:
        """Return what is there, at most one batch a partition; see `Poller.poll`."""
        self._size.max_records = max_records
        found = self._consumer.poll(int(timeout_s * 1000), 1)
        return [one.records for fetched in found.values() for one in fetched]

    def seek(self, offsets: Mapping[str, int]) -> None:
        """Do nothing: the consumer was told."""

    def positions(self, names: Sequence[str]) -> dict[str, int]:
        """Return the next offset of partitions; see `Poller.positions`."""
        return _positions(self._consumer, names)

    def close(self) -> None:
        """Do nothing: the consumer is closed by whoever opened it."""


def _positions(consumer: KafkaConsumer, names: Sequence[str]) -> dict[str, int]:
    found = {}
    for name in names:
        topic, _, number = name.rpartition("-")
        offset = consumer.position(TopicPartition(topic, int(number)), timeout_ms=0)
        if offset is not None:
            found[name] = offset
    return found


def make_poller(consumer: KafkaConsumer, transport: Transport) -> Poller:
    """Choose how to take records out of a consumer.

    Parameters
    ----------
    consumer : KafkaConsumer
        One that has fetched nothing yet.
    transport : {"auto", "batch", "poll"}
        ``batch`` and ``auto`` fall back to ``poll``, with a warning in the log, if the
        client is not one whose insides are known.

    Returns
    -------
    Poller

    Raises
    ------
    KafkaConfigurationError
        If there is no such transport, or not for a consumer.
    """
    if transport == "poll":
        return RecordPoller(consumer, "asked for")
    if transport not in {"auto", "batch"}:
        msg = f"transport: must be auto, batch or poll here, was {transport!r}"
        raise KafkaConfigurationError(msg)
    problem = _problem()
    if problem:
        _LOGGER.warning("records are taken one by one, which is slow: %s", problem)
        return RecordPoller(consumer, problem)
    return BatchPoller(
        consumer, "asked for" if transport == "batch" else "self-test passed"
    )


def _problem() -> str:
    try:
        from streams.kafka import seam  # noqa: PLC0415  Numba is slow to import
    except Exception as error:
        return f"the client's insides moved: {type(error).__name__}: {error}"
    return seam.problem()

"""How records leave kafka-python: one by one, or whole batches of them."""

import logging
from typing import Literal, Protocol

from kafka import KafkaConsumer

from streams.errors import KafkaConfigurationError
from streams.kafka.polled import of_client
from streams.records import RecordBatch

Transport = Literal["auto", "batch", "lane", "poll"]
TRANSPORTS: tuple[Transport, ...] = ("auto", "batch", "lane", "poll")
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
        found = self._consumer.poll(int(timeout_s * 1000), max_records)
        return [
            of_client(f"{place.topic}-{place.partition}", records)
            for place, records in found.items()
        ]


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

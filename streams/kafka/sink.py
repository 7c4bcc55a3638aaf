"""Write to a topic of Kafka, each record once and acknowledged."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError as ClientError

from streams.errors import DeliveryError
from streams.kafka.configuration import KafkaConfiguration
from streams.kafka.connection import open_client, topic_not_found
from streams.kafka.source import TIMEOUT_S
from streams.records import (
    Headers,
    Position,
    Timestamps,
    check_lengths,
    timestamps_array,
)

# How long `flush` waits for acknowledgements: a change of leader takes up to a minute.
DELIVERY_TIMEOUT_S = 120.0
# Records sent and not yet acknowledged: half as many wait twice as often, twice as many
# take twice the memory (1 kB each, without their bytes).
_PENDING_MAX = 20_000
# Records are held this long to fill a batch: zero sends each one alone.
_LINGER_MS = 5
_BATCH_BYTES = 1 << 18


class KafkaSink:
    """Append records to one topic.

    All in-sync replicas acknowledge each record, and the client's retries put none in
    twice. A record is safe after `flush`, not before.

    Parameters
    ----------
    configuration : KafkaConfiguration
        How to reach the brokers.
    topic : str
        Must exist.
    partition : int or None
        Number of the partition to write to, >= 0; None: by the hash of the key.
    timeout_s : float
        How long to wait for the brokers when connecting, > 0.
    delivery_timeout_s : float
        How long `flush` waits for acknowledgements, > 0.

    Raises
    ------
    BrokerUnreachableError
        If no broker answers in time, or it refuses us.
    TopicNotFoundError
        If the topic is not there.
    """

    def __init__(
        self,
        configuration: KafkaConfiguration,
        topic: str,
        *,
        partition: int | None = None,
        timeout_s: float = TIMEOUT_S,
        delivery_timeout_s: float = DELIVERY_TIMEOUT_S,
    ) -> None:
        self._configuration = configuration
        self._topic = topic
        self._partition = partition
        self._delivery_timeout_s = delivery_timeout_s
        self._pending: list[Any] = []
        self._ends: dict[str, int] = {}
        self._failure: DeliveryError | None = None
        self._producer: Any = open_client(
            KafkaProducer,
            configuration,
            timeout_s=timeout_s,
            acks="all",
            enable_idempotence=True,
            linger_ms=_LINGER_MS,
            batch_size=_BATCH_BYTES,
            compression_type="lz4",
            max_block_ms=int(timeout_s * 1000),
        )
        try:
            self._check_topic()
        except BaseException:
            self._producer.close(0)
            raise

    def _check_topic(self) -> None:
        try:
            numbers = self._producer.partitions_for(self._topic)
        except ClientError as error:
            servers = ", ".join(self._configuration.servers)
            raise topic_not_found(self._topic, set(), servers) from error
        if self._partition is not None and self._partition not in numbers:
            msg = (
                f"topic {self._topic!r}: partition must be one of {sorted(numbers)}, "
                f"was {self._partition}"
            )
            raise DeliveryError(msg)

    def append(
        self,
        values: Sequence[bytes],
        *,
        keys: Sequence[bytes | None] | None = None,
        timestamps_us: Timestamps | None = None,
        headers: Sequence[Headers] | None = None,
        partition: int | None = None,
    ) -> int:
        """Hand records to the client; `flush` waits until they are safe.

        Parameters
        ----------
        values : sequence of bytes
            The records.
        keys, headers : sequence or None
            One for each record. Records of one key keep their order.
        timestamps_us : int, sequence of int or None
            Microseconds UTC, cut to whole milliseconds; None: the time of sending.
        partition : int or None
            Number of the partition for these records; None: that of the sink.

        Returns
        -------
        int
            -1: offsets are known only after `flush`.

        Raises
        ------
        RecordError
            If keys, headers or times are not one for each record.
        DeliveryError
            If a record is bigger than the broker takes, or the client's memory stays
            full because the broker does not answer; or if a delivery failed before.
        """
        self._check_usable()
        check_lengths(len(values), keys=keys, headers=headers)
        times: list[int | None] = [None] * len(values)
        if timestamps_us is not None:
            times = (timestamps_array(timestamps_us, len(values)) // 1000).tolist()
        for index, value in enumerate(values):
            self._send(
                value=value,
                key=None if keys is None else keys[index],
                headers=None if headers is None else list(headers[index].items()),
                timestamp_ms=times[index],
                partition=self._partition if partition is None else partition,
            )
        return -1

    def _send(self, **record: object) -> None:
        if len(self._pending) >= _PENDING_MAX:
            self.flush()
        try:
            future = self._producer.send(self._topic, **record)
        except ClientError as error:
            raise self._refused(error) from error
        self._pending.append(future)

    def _check_usable(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _failed(self, error: BaseException) -> DeliveryError:
        """Note that records are missing: later ones must not close the gap."""
        self._failure = self._refused(error)
        return self._failure

    def _refused(self, error: BaseException) -> DeliveryError:
        return DeliveryError(
            f"topic {self._topic!r}: not delivered to "
            f"{', '.join(self._configuration.servers)}: "
            f"{type(error).__name__}: {error}"
        )

    def flush(self) -> Position:
        """Wait until everything appended is acknowledged.

        Returns
        -------
        Position
            After the last record written here, of each partition written to.

        Raises
        ------
        DeliveryError
            If a record was not acknowledged; those that were are in the topic. Which
            is unknown after a time-out, so the sink must be opened again.
        """
        self._check_usable()
        pending, self._pending = self._pending, []
        try:
            self._producer.flush(self._delivery_timeout_s)
        except ClientError as error:
            raise self._failed(error) from error
        self._note(pending)
        for future in pending:
            if not future.succeeded():
                failure = future.exception or TimeoutError("no acknowledgement in time")
                raise self._failed(failure) from failure
        return Position(self._ends)

    def _note(self, pending: list[Any]) -> None:
        for future in pending:
            if future.succeeded():
                name = f"{self._topic}-{future.value.partition}"
                after = future.value.offset + 1
                self._ends[name] = max(after, self._ends.get(name, 0))

    def close(self) -> None:
        """Flush and leave the brokers; a second call does nothing.

        Raises
        ------
        DeliveryError
            If a record was not acknowledged.
        """
        try:
            if self._pending and self._failure is None:
                self.flush()
        finally:
            # Whatever could not be delivered was reported above or before.
            patience_s = 0 if self._failure else self._delivery_timeout_s
            with suppress(ClientError):
                self._producer.close(patience_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

"""Read topics of Kafka: every partition, from any offset or time, without a group.

Positions belong into checkpoints, together with the state they led to; so the broker
keeps none for us and never takes a partition away.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError, OffsetOutOfRangeError

from streams.errors import KafkaConfigurationError, PositionError
from streams.kafka.configuration import KafkaConfiguration
from streams.kafka.connection import (
    open_client,
    topic_not_found,
    translated,
    unreachable,
)
from streams.records import Position, RecordBatch, check_poll

# A broker that does not answer within this is reported: half as much fails on a slow
# network, twice as much leaves the user waiting for a wrong address.
TIMEOUT_S = 10.0


class KafkaSource:
    """Read all partitions of some topics.

    Partitions are named ``<topic>-<number>``. Reading begins at the oldest record that
    the broker still has. Records of aborted transactions are left out.

    Parameters
    ----------
    configuration : KafkaConfiguration
        How to reach the brokers.
    topics : sequence of str
        At least one; all must exist.
    timeout_s : float
        How long to wait for an answer of the brokers, > 0.

    Raises
    ------
    BrokerUnreachableError
        If no broker answers in time, or it refuses us.
    TopicNotFoundError
        If a topic is not there.
    KafkaConfigurationError
        If no topic is given.
    """

    def __init__(
        self,
        configuration: KafkaConfiguration,
        topics: Sequence[str],
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        if isinstance(topics, str) or not topics:
            msg = f"topics: must be a list with at least one name, was {topics!r}"
            raise KafkaConfigurationError(msg)
        self._configuration = configuration
        self._timeout_s = timeout_s
        self._queue: deque[RecordBatch] = deque()
        self._consumer: Any = open_client(
            KafkaConsumer,
            configuration,
            timeout_s=timeout_s,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
        )
        try:
            self._assign(topics)
        except BaseException:
            self.close()
            raise

    def _assign(self, topics: Sequence[str]) -> None:
        with translated(self._configuration, "reading the list of topics"):
            existing = self._consumer.topics()
        for topic in topics:
            if topic not in existing:
                servers = ", ".join(self._configuration.servers)
                raise topic_not_found(topic, existing, servers)
        self._partitions = {
            f"{topic}-{number}": TopicPartition(topic, number)
            for topic in topics
            for number in sorted(self._consumer.partitions_for_topic(topic))
        }
        self._names = {place: name for name, place in self._partitions.items()}
        self._consumer.assign(list(self._names))
        self._go_to(self._ask("beginning_offsets"))

    def _ask(self, question: str) -> dict[str, int]:
        """Ask for the first or the end offset of every partition."""
        try:
            with translated(self._configuration, f"asking for {question}"):
                answer = getattr(self._consumer, question)(
                    list(self._names), timeout_ms=self._timeout_s * 1000
                )
        except Exception as error:
            if isinstance(error.__cause__, KafkaTimeoutError):
                raise unreachable(self._configuration, self._timeout_s, []) from error
            raise
        return {self._names[place]: offset for place, offset in answer.items()}

    def _go_to(self, offsets: Mapping[str, int]) -> None:
        self._queue.clear()
        for name, offset in offsets.items():
            self._consumer.seek(self._partitions[name], offset)
        self._next = dict(offsets)

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the partitions, sorted."""
        return tuple(sorted(self._partitions))

    def position(self) -> Position:
        """Return the next offset of each partition."""
        return Position(self._next)

    def end_position(self) -> Position:
        """Return the position after the last record of each partition.

        Raises
        ------
        BrokerUnreachableError
            If the brokers don't answer in time.
        """
        return Position(self._ask("end_offsets"))

    def seek(self, position: Position) -> None:
        """Continue at `position`; partitions it does not name begin at their start.

        Raises
        ------
        PositionError
            If it names a partition that is not read here, or an offset that the broker
            has no more or not yet.
        BrokerUnreachableError
            If the brokers don't answer in time.
        """
        firsts, ends = self._ask("beginning_offsets"), self._ask("end_offsets")
        for name in position:
            if name not in self._partitions:
                msg = (
                    f"partition {name!r}: must be one of {', '.join(self.partitions())}"
                )
                raise PositionError(msg)
            if not firsts[name] <= position.of(name) <= ends[name]:
                msg = (
                    f"partition {name!r}: offset must be in "
                    f"{firsts[name]}..{ends[name]}, was {position.of(name)}"
                )
                raise PositionError(msg)
        named = {name: position.of(name) for name in position}
        self._go_to({**firsts, **named})

    def seek_time(self, time_us: int) -> None:
        """Continue at the first record whose time stamp is `time_us` or later.

        Parameters
        ----------
        time_us : int
            Microseconds UTC; Kafka's time stamps are whole milliseconds.

        Raises
        ------
        BrokerUnreachableError
            If the brokers don't answer in time.
        """
        time_ms = max(0, -(-time_us // 1000))
        ends = self._ask("end_offsets")
        with translated(self._configuration, "asking for offsets of a time"):
            found = self._consumer.offsets_for_times(
                dict.fromkeys(self._names, time_ms), timeout_ms=self._timeout_s * 1000
            )
        offsets = {
            self._names[place]: answer.offset
            for place, answer in found.items()
            if answer
        }
        self._go_to({**ends, **offsets})

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records of one partition; see `Source.poll`.

        Raises
        ------
        PositionError
            If the broker has deleted records that were not read yet.
        KafkaError
            If the broker refuses the request.
        """
        check_poll(timeout_s, max_records)
        if not self._queue:
            self._fetch(timeout_s, max_records)
        if not self._queue:
            return None
        batch = self._queue.popleft()
        if len(batch) > max_records:
            self._queue.appendleft(batch.slice(max_records, len(batch)))
            batch = batch.slice(0, max_records)
        self._next[batch.partition] = batch.next_offset
        return batch

    def _fetch(self, timeout_s: float, max_records: int) -> None:
        with translated(self._configuration, "reading"):
            try:
                found = self._consumer.poll(int(timeout_s * 1000), max_records)
            except OffsetOutOfRangeError as error:
                raise self._deleted() from error
        for place, name in self._names.items():
            if found.get(place):
                self._queue.append(_batch(name, found[place]))
            else:
                # Markers of transactions take offsets too, and are never handed out.
                self._next[name] = self._consumer.position(place)

    def _deleted(self) -> PositionError:
        firsts = self._ask("beginning_offsets")
        gone = [
            f"{name}: wanted offset {offset}, the broker begins at {firsts[name]}"
            for name, offset in self._next.items()
            if offset < firsts[name]
        ]
        return PositionError(f"records were deleted before being read: {gone}")

    def close(self) -> None:
        """Leave the brokers; a second call does nothing."""
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _batch(partition: str, records: Iterable[Any]) -> RecordBatch:
    """Copy the client's records, one object each, into one buffer."""
    records = list(records)
    batch = RecordBatch.of(
        partition,
        [record.value or b"" for record in records],  # None: a deletion
        timestamps_us=[1000 * record.timestamp for record in records],
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

"""Read topics of Kafka: every partition, from any offset or time, without a group.

Positions belong into checkpoints, together with the state they led to; so the broker
keeps none for us and never takes a partition away.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import (
    KafkaTimeoutError,
    LogTruncationError,
    OffsetOutOfRangeError,
)

from streams.errors import (
    BrokerUnreachableError,
    KafkaConfigurationError,
    PartitionStalledError,
    PositionError,
    RecordsCorruptError,
)
from streams.kafka.configuration import KafkaConfiguration
from streams.kafka.connection import (
    open_client,
    topic_not_found,
    translated,
    unreachable,
)
from streams.kafka.transport import TRANSPORTS, Poller, Transport, make_poller
from streams.kafka.watchdog import Watchdog
from streams.records import Position, RecordBatch, check_poll

# A broker that does not answer within this is reported: half as much fails on a slow
# network, twice as much leaves the user waiting for a wrong address.
TIMEOUT_S = 10.0
# A broker that is restarted is back within this; half as much gives up during a slow
# start, twice as much only hides an outage.
OUTAGE_S = 60.0
# So long a partition may stand still while records are there. Half as much suspects a
# broker that is only slow, twice as much leaves a stuck one unseen.
STALL_S = 30.0
# The broker is asked for its ends so many times within STALL_S.
_CHECKS = 4
_LOGGER = logging.getLogger(__name__)


class KafkaSource:
    """Read all partitions of some topics.

    Partitions are named ``<topic>-<number>``. Reading begins at the oldest record that
    the broker still has. Records of aborted transactions are left out, unless the
    configuration says ``isolation.level=read_uncommitted``.

    A broker that goes away is waited for, and reading goes on when it is back. A
    partition that stands still though its broker has more is taken up anew once, with a
    warning in the log, and given up if that does not help.

    Parameters
    ----------
    configuration : KafkaConfiguration
        How to reach the brokers.
    topics : sequence of str
        At least one; all must exist.
    timeout_s : float
        How long to wait for an answer of the brokers, > 0.
    transport : {"auto", "batch", "lane", "poll"}
        How records come out of the client: ``poll`` one by one; ``batch`` in whole
        batches, many times faster, and the same records; ``auto`` is ``batch`` where
        the client's insides are known, else ``poll``; ``lane`` reads past the client,
        from PLAINTEXT brokers only.
    outage_s : float
        How long the brokers may be silent while records are waited for, > 0.
    stall_s : float
        How long one partition may stand still though records are there, in seconds
        spent waiting, > 0.
    monotonic_s : callable
        A clock that never goes back, seconds.

    Attributes
    ----------
    transport : str
        ``batch``, ``lane`` or ``poll``: what is used.
    transport_reason : str
        Why it is this one.

    Raises
    ------
    BrokerUnreachableError
        If no broker answers in time, or it refuses us.
    TopicNotFoundError
        If a topic is not there.
    KafkaConfigurationError
        If no topic is given, a group is, or the transport is unknown.
    LaneUnavailableError
        If the brokers cannot be read from by the lane.
    """

    def __init__(
        self,
        configuration: KafkaConfiguration,
        topics: Sequence[str],
        *,
        timeout_s: float = TIMEOUT_S,
        transport: Transport = "auto",
        outage_s: float = OUTAGE_S,
        stall_s: float = STALL_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        _check(configuration, topics, transport)
        self._configuration = configuration
        self._timeout_s, self._outage_s, self._stall_s = timeout_s, outage_s, stall_s
        self._monotonic_s = monotonic_s
        self._queue: deque[RecordBatch] = deque()
        self._failure: RecordsCorruptError | None = None
        self._consumer: Any = open_client(
            KafkaConsumer,
            configuration,
            timeout_s=timeout_s,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level=configuration.isolation_level,
        )
        try:
            self._poller = self._make_poller(transport)
            self.transport = self._poller.name
            self.transport_reason = self._poller.reason
            self._assign(topics)
        except BaseException:
            self.close()
            raise

    def _make_poller(self, transport: Transport) -> Poller:
        if transport != "lane":
            return make_poller(self._consumer, transport)
        # It is opt-in, and so not imported without.
        from streams.kafka.lane_poller import LanePoller  # noqa: PLC0415

        return LanePoller(self._configuration, timeout_s=self._timeout_s)

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
        if self._failure:
            raise self._failure  # the client is in no state to go on
        self._queue.clear()
        for name, offset in offsets.items():
            self._consumer.seek(self._partitions[name], offset)
        self._poller.seek(offsets)
        self._next = dict(offsets)
        self._moved = False
        self._watchdog = Watchdog(self._stall_s)
        self._suspects: dict[str, int] = {}  # where each stood still before
        self._waited_s = self._checked_s = 0.0
        self._heard_s = self._monotonic_s()

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the partitions, sorted."""
        return tuple(sorted(self._partitions))

    def position(self) -> Position:
        """Return the next offset of each partition.

        Raises
        ------
        PositionError
            If the log was cut off before it.
        """
        if self._moved:
            self._moved = False
            waiting = {batch.partition for batch in self._queue}
            read = [name for name in self._next if name not in waiting]
            # Markers of transactions take offsets too, and are never handed out.
            with translated(self._configuration, "asking for the position"):
                try:
                    found = self._poller.positions(read)
                except LogTruncationError as error:
                    raise self._cut_off(error) from error
            for name, offset in found.items():
                self._next[name] = max(offset, self._next[name])
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

        While the brokers are silent it may take `timeout_s` of the source longer.

        Raises
        ------
        PositionError
            If the broker has deleted records that were not read yet, or its log was cut
            off before the place to go on.
        RecordsCorruptError
            If a record batch is not what was written. The source must be opened again.
        BrokerUnreachableError
            If the brokers were silent for `outage_s`; they may be waited for again.
        PartitionStalledError
            If a partition stands still though its broker has more records.
        KafkaError
            If the broker refuses the request.
        """
        check_poll(timeout_s, max_records)
        if self._failure:
            raise self._failure
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
        begin_s = self._monotonic_s()
        with translated(self._configuration, "reading"):
            try:
                self._queue.extend(self._poller.poll(timeout_s, max_records))
            except RecordsCorruptError as error:
                self._failure = error
                raise
            except OffsetOutOfRangeError as error:
                raise self._out_of_range() from error
            except LogTruncationError as error:
                raise self._cut_off(error) from error
        self._moved = True
        end_s = self._monotonic_s()
        self._waited_s += end_s - begin_s
        if self._queue:
            self._heard_s = end_s
        if self._waited_s - self._checked_s >= self._stall_s / _CHECKS:
            self._checked_s = self._waited_s
            self._look_after()

    def _look_after(self) -> None:
        """See whether the brokers answer, and every partition moves."""
        try:
            ends = self._ask("end_offsets")
        except BrokerUnreachableError as error:
            silent_s = self._monotonic_s() - self._heard_s
            if silent_s < self._outage_s:
                return
            self._heard_s = self._monotonic_s()
            servers = ", ".join(self._configuration.servers)
            msg = f"Kafka at {servers}: silent for {silent_s:.0f} s while reading"
            raise BrokerUnreachableError(msg) from error
        self._heard_s = self._monotonic_s()
        positions = self.position().to_json()
        still = self._watchdog.check(positions, ends, waited_s=self._waited_s)
        waiting = {batch.partition for batch in self._queue}
        for name in still:
            if name not in waiting:
                self._take_up_anew(name, ends[name])

    def _take_up_anew(self, name: str, end: int) -> None:
        told = (
            f"partition {name!r}: stands still at offset {self._next[name]}, though "
            f"its broker has records up to {end}"
        )
        if self._suspects.get(name) == self._next[name]:
            raise PartitionStalledError(told)
        _LOGGER.warning("%s; taken up anew", told)
        self._suspects[name] = self._next[name]
        self._watchdog.forgive(name)
        self._consumer.seek(self._partitions[name], self._next[name])
        self._poller.seek({name: self._next[name]})

    def _out_of_range(self) -> PositionError:
        firsts, ends = self._ask("beginning_offsets"), self._ask("end_offsets")
        told = []
        for name, offset in self._next.items():
            there = f"{name}: wanted offset {offset}, the broker has "
            there += f"{firsts[name]}..{ends[name]}"
            if offset < firsts[name]:
                told.append(f"{there}: records were deleted before being read")
            elif offset > ends[name]:
                told.append(f"{there}: its log was cut off, or the topic made anew")
        return PositionError("; ".join(told) or "the broker lacks a wanted offset")

    def _cut_off(self, error: LogTruncationError) -> PositionError:
        told = []
        for place, divergent in error.divergent_offsets.items():
            name = self._names[place]
            known = (
                "at an unknown offset"
                if divergent is None
                else (f"at offset {divergent.offset}")
            )
            told.append(
                f"{name}: wanted offset {self._next[name]}, but a new leader has cut "
                f"its log off {known} and goes on differently"
            )
        return PositionError("; ".join(told))

    def close(self) -> None:
        """Leave the brokers; a second call does nothing."""
        if hasattr(self, "_poller"):
            self._poller.close()
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _check(
    configuration: KafkaConfiguration, topics: Sequence[str], transport: str
) -> None:
    if isinstance(topics, str) or not topics:
        msg = f"topics: must be a list with at least one name, was {topics!r}"
        raise KafkaConfigurationError(msg)
    if configuration.group_id is not None:
        msg = (
            f"group.id: positions are kept in checkpoints here, not in a consumer "
            f"group; was {configuration.group_id!r}"
        )
        raise KafkaConfigurationError(msg)
    if transport not in TRANSPORTS:
        msg = f"transport: must be one of {', '.join(TRANSPORTS)}, was {transport!r}"
        raise KafkaConfigurationError(msg)

"""Read topics as a member of a consumer group: partitions come and go.

A *number* stands for that partition of every topic: all of them go to one member. What
was read stands in checkpoints; what is committed to the broker is a hint for tools that
show the lag, and never where reading goes on.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from kafka import (
    KafkaConsumer,
    OffsetAndMetadata,
    TopicPartition,
)
from kafka.coordinator.base import MemberState
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaTimeoutError,
    LogTruncationError,
    OffsetOutOfRangeError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from streams.errors import CoPartitionError, KafkaConfigurationError, PositionError
from streams.kafka.assignor import CoPartitionedAssignor
from streams.kafka.configuration import KafkaConfiguration
from streams.kafka.connection import (
    open_client,
    topic_not_found,
    translated,
    unreachable,
)
from streams.kafka.polled import of_client
from streams.kafka.rebalance import RebalanceListener
from streams.kafka.source import TIMEOUT_S
from streams.records import Position, RecordBatch, check_poll

Numbers = Sequence[int]
_NOT_A_MEMBER = (CommitFailedError, IllegalGenerationError, UnknownMemberIdError)


def _nothing(numbers: Numbers) -> None:
    """Do nothing about a change of what is owned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOptions:
    """How a member of a group behaves.

    Attributes
    ----------
    session_s : float
        A member that is silent for longer is taken for dead, its partitions go to
        others, >= 6 unless the broker allows less. Half as long sees a crash sooner,
        and takes a long pause for one.
    heartbeat_s : float
        Between signs of life, > 0; also how long a member takes to hear of a rebalance.
    poll_s_max : float
        A member that does not poll for longer leaves the group, > 0.
    fetch_bytes_max : int
        Most bytes of one partition fetched ahead, >= 1.
    """

    session_s: float = 10.0
    heartbeat_s: float = 1.0
    poll_s_max: float = 300.0
    fetch_bytes_max: int = 1 << 20


class GroupSource:
    """Partitions of some topics, shared with the other members of a group.

    A number is assigned, then begun at a position, then read until it is revoked.
    Nothing of a number is read before `begin`.

    Parameters
    ----------
    configuration : KafkaConfiguration
        How to reach the brokers.
    topics : sequence of str
        At least one; all must exist, with one and the same number of partitions.
    group : str
        Name of the group.
    on_revoked : callable
        Called with numbers that go to others, before they do: what must be saved is
        saved here. It runs on a thread of the client, while `poll` or `close` waits.
    on_lost : callable
        Called with numbers that others may have already: nothing may be saved.
    options : GroupOptions or None
        Timeouts and bounds.
    timeout_s : float
        How long to wait for an answer of the brokers, > 0.

    Raises
    ------
    BrokerUnreachableError
        If no broker answers in time, or it refuses us.
    TopicNotFoundError
        If a topic is not there.
    CoPartitionError
        If topics differ in their number of partitions.
    KafkaConfigurationError
        If no topic or no group is given.
    """

    def __init__(
        self,
        configuration: KafkaConfiguration,
        topics: Sequence[str],
        *,
        group: str,
        on_revoked: Callable[[Numbers], None] = _nothing,
        on_lost: Callable[[Numbers], None] = _nothing,
        options: GroupOptions | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        if isinstance(topics, str) or not topics or not group:
            msg = f"topics and group: must be named, were {topics!r} and {group!r}"
            raise KafkaConfigurationError(msg)
        options = options or GroupOptions()
        self._configuration = configuration
        self._timeout_s = timeout_s
        self._topics = tuple(sorted(topics))
        self._queue: deque[RecordBatch] = deque()
        self._paused: set[str] = set()
        self._new: set[int] = set()
        self._next: dict[str, int] = {}
        self._rebalances = 0
        self._failure: Exception | None = None
        self._assignor = CoPartitionedAssignor()
        self._consumer: Any = open_client(
            KafkaConsumer,
            configuration,
            timeout_s=timeout_s,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            partition_assignment_strategy=[self._assignor],
            session_timeout_ms=int(options.session_s * 1000),
            heartbeat_interval_ms=int(options.heartbeat_s * 1000),
            max_poll_interval_ms=int(options.poll_s_max * 1000),
            max_partition_fetch_bytes=options.fetch_bytes_max,
        )
        try:
            self._n_partitions = self._count()
            listener = RebalanceListener(
                self._take,
                revoked=partial(self._drop, tell=on_revoked),
                lost=partial(self._lose, tell=on_lost),
            )
            self._consumer.subscribe(list(self._topics), listener=listener)
        except BaseException:
            self.close()
            raise

    def _count(self) -> int:
        with translated(self._configuration, "reading the list of topics"):
            existing = self._consumer.topics()
            for topic in self._topics:
                if topic not in existing:
                    servers = ", ".join(self._configuration.servers)
                    raise topic_not_found(topic, existing, servers)
            counts = {
                topic: len(self._consumer.partitions_for_topic(topic))
                for topic in self._topics
            }
        if len(set(counts.values())) > 1:
            raise CoPartitionError(counts)
        return next(iter(counts.values()))

    @property
    def n_partitions(self) -> int:
        """Number of partitions of each topic, those of other members included."""
        return self._n_partitions

    @property
    def generation(self) -> int:
        """Number of the group's generation, -1 while it is no member."""
        return int(self._consumer.group_metadata().generation_id)

    @property
    def rebalances(self) -> int:
        """How often partitions came or went."""
        return self._rebalances

    def names(self, number: int) -> tuple[str, ...]:
        """Return the names of the partitions of a number, sorted."""
        return tuple(sorted(f"{topic}-{number}" for topic in self._topics))

    def _places(self, numbers: Iterable[int]) -> dict[str, TopicPartition]:
        return {
            f"{topic}-{number}": TopicPartition(topic, number)
            for number in numbers
            for topic in self._topics
        }

    def assigned(self) -> tuple[int, ...]:
        """Return the numbers that were assigned and are to be begun."""
        return tuple(sorted(self._new))

    def begin(self, number: int, position: Position) -> None:
        """Read an assigned number from a position on.

        Parameters
        ----------
        number : int
            One of `assigned`.
        position : Position
            Usually out of a checkpoint; partitions it does not name begin at the
            oldest record that the broker still has.

        Raises
        ------
        PositionError
            If the broker has an offset no more, or not yet.
        BrokerUnreachableError
            If the brokers don't answer in time.
        """
        places = self._places([number])
        firsts = self._ask("beginning_offsets", places)
        ends = self._ask("end_offsets", places)
        for name, place in places.items():
            offset = position.of(name) if name in position else firsts[name]
            if not firsts[name] <= offset <= ends[name]:
                msg = (
                    f"partition {name!r}: offset must be in {firsts[name]}.."
                    f"{ends[name]}, was {offset}: records were deleted before they "
                    f"were read, or the topic was made anew"
                )
                raise PositionError(msg)
            if not self._owns(place):
                return
            self._consumer.seek(place, offset)
            self._next[name] = offset
        self._new.discard(number)
        self._consumer.resume(*places.values())

    def _owns(self, place: TopicPartition) -> bool:
        return place in self._consumer.assignment()

    def _ask(
        self, question: str, places: Mapping[str, TopicPartition]
    ) -> dict[str, int]:
        """Ask for the first or the end offset of partitions."""
        try:
            with translated(self._configuration, f"asking for {question}"):
                answer = getattr(self._consumer, question)(
                    list(places.values()), timeout_ms=self._timeout_s * 1000
                )
        except Exception as error:
            if isinstance(error.__cause__, KafkaTimeoutError):
                raise unreachable(self._configuration, self._timeout_s, []) from error
            raise
        return {name: answer[place] for name, place in places.items()}

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records of one partition, or None if there are none now.

        Has to be called again and again, also while everything is paused: it is what
        keeps the membership, and what hears of partitions that come and go.

        Parameters
        ----------
        timeout_s : float
            How long to wait, >= 0.
        max_records : int
            Upper limit of the batch, >= 1.

        Raises
        ------
        PositionError
            If the broker has deleted records that were not read yet, or has lost some
            that were.
        KafkaError
            If the broker refuses the request.
        """
        check_poll(timeout_s, max_records)
        batch = self._fetched()
        if batch is None:
            self._fetch(timeout_s, max_records)
            batch = self._fetched()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if batch is None:
            return None
        if len(batch) > max_records:
            self._queue.appendleft(batch.slice(max_records, len(batch)))
            batch = batch.slice(0, max_records)
        self._next[batch.partition] = batch.next_offset
        return batch

    def _fetched(self) -> RecordBatch | None:
        """Take the first batch in the queue whose partition is not paused."""
        for place, batch in enumerate(self._queue):
            if batch.partition not in self._paused:
                del self._queue[place]
                return batch
        return None

    def _fetch(self, timeout_s: float, max_records: int) -> None:
        with translated(self._configuration, "reading"):
            try:
                found = self._consumer.poll(int(timeout_s * 1000), max_records)
            except (OffsetOutOfRangeError, LogTruncationError) as error:
                msg = (
                    f"records were deleted before they were read, or lost by the "
                    f"broker after: {error}"
                )
                raise PositionError(msg) from error
        self._finish_joining()
        for place, records in found.items():
            self._queue.append(of_client(f"{place.topic}-{place.partition}", records))

    def _finish_joining(self) -> None:
        """Have the next poll wait for a join that this one did not wait for.

        A join that began because topics changed, and was answered between two polls,
        is forgotten by the client: it stays in the middle of a rebalance, without a
        heartbeat, until the group drops it (seen with 3.0.12).
        """
        if self._consumer.group_metadata().state is MemberState.REBALANCING:
            self._consumer._coordinator.request_rejoin()  # noqa: SLF001

    def position(self) -> Position:
        """Return the next offset of each partition that is being read."""
        return Position(self._next)

    def end_offsets(self) -> dict[str, int]:
        """Return the end of each partition being read, as far as it was heard of."""
        ends = {}
        for name, place in self._being_read().items():
            # Asked of the client's memory, not of the broker.
            end = self._consumer.highwater(place)
            if end is not None:
                ends[name] = max(end, self._next[name])
        return ends

    def _being_read(self) -> dict[str, TopicPartition]:
        found = {}
        for name in self._next:
            topic, _, number = name.rpartition("-")
            place = TopicPartition(topic, int(number))
            if self._owns(place):
                found[name] = place
        return found

    def client_position(self, name: str) -> int:
        """Return how far the client itself is in a partition.

        Markers of transactions take offsets too, and are never handed out: at the end
        of a partition this is beyond `position`.
        """
        topic, _, number = name.rpartition("-")
        with translated(self._configuration, "asking for the position"):
            found = self._consumer.position(TopicPartition(topic, int(number)))
        return int(found or 0)

    def pause(self, names: Iterable[str]) -> None:
        """Read nothing of some partitions until `resume`, and stay in the group."""
        read = self._being_read()
        chosen = [name for name in names if name in read]
        self._paused.update(chosen)
        self._consumer.pause(*(read[name] for name in chosen))

    def resume(self, names: Iterable[str]) -> None:
        """Go on with partitions that were paused."""
        read = self._being_read()
        chosen = [name for name in names if name in read]
        self._paused.difference_update(chosen)
        self._consumer.resume(*(read[name] for name in chosen))

    def seek_again(self, name: str) -> None:
        """Have the client fetch a partition anew, from where it was read to."""
        place = self._being_read().get(name)
        if place is not None:
            self._queue = deque(b for b in self._queue if b.partition != name)
            self._consumer.seek(place, self._next[name])

    def commit(self, position: Position) -> bool:
        """Tell the broker how far partitions were read, and so that we are a member.

        Parameters
        ----------
        position : Position
            Of partitions that are owned.

        Returns
        -------
        bool
            False if the group went on without us, or is just being rebalanced.

        Raises
        ------
        KafkaError
            If the broker refuses it for another reason.
        """
        offsets = {}
        for name in position:
            topic, _, number = name.rpartition("-")
            place = TopicPartition(topic, int(number))
            offsets[place] = OffsetAndMetadata(position.of(name), "", -1)
        with translated(self._configuration, "committing"):
            try:
                self._consumer.commit(offsets, timeout_ms=self._timeout_s * 1000)
            except (*_NOT_A_MEMBER, RebalanceInProgressError, KafkaTimeoutError):
                return False
        return True

    def committed(self, number: int) -> Position:
        """Return what was committed of a number; partitions without are not named.

        Raises
        ------
        KafkaError
            If the broker does not answer.
        """
        found = {}
        with translated(self._configuration, "asking for what was committed"):
            for name, place in self._places([number]).items():
                offset = self._consumer.committed(
                    place, timeout_ms=self._timeout_s * 1000
                )
                if offset is not None:
                    found[name] = int(offset)
        return Position(found)

    def _take(self, places: Iterable[TopicPartition]) -> None:
        """Hold assigned partitions back until they are begun."""
        self._rebalances += 1
        for place in places:
            # A place to stand at, or the client would ask the broker for one.
            self._consumer.seek(place, 0)
            self._consumer.pause(place)
            self._new.add(place.partition)

    def _lose(
        self, places: Iterable[TopicPartition], tell: Callable[[Numbers], None]
    ) -> None:
        """Let go of partitions that others may own by now."""
        self._assignor.forget()
        self._drop(places, tell)

    def _drop(
        self, places: Iterable[TopicPartition], tell: Callable[[Numbers], None]
    ) -> None:
        """Let go of partitions, telling of those that were begun."""
        self._rebalances += 1
        names = {f"{place.topic}-{place.partition}" for place in places}
        numbers = {place.partition for place in places}
        begun = sorted(numbers - self._new)
        self._new -= numbers
        try:
            if begun:
                tell(begun)
        except Exception as error:  # told where the caller can see it
            self._failure = error
        # What was fetched of them belongs to the next owner now.
        self._queue = deque(b for b in self._queue if b.partition not in names)
        self._paused -= names
        for name in names:
            self._next.pop(name, None)

    def close(self) -> None:
        """Give back all partitions and leave the group; a second call does nothing."""
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

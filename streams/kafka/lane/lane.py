"""Read partitions straight from their leaders, at the speed of the network.

kafka-python copies every byte several times before anybody looks at it. The lane has
sockets of its own: an answer goes from the kernel into one buffer, its batches are
checked and parsed where they lie, and the next answer is under way meanwhile.
"""

import time
from collections import deque
from collections.abc import Iterable, Mapping
from queue import Empty, SimpleQueue
from typing import Self

from streams.errors import (
    BrokerUnreachableError,
    LaneUnavailableError,
    PositionError,
    StreamError,
)
from streams.kafka.configuration import KafkaConfiguration
from streams.kafka.lane.cluster import Cluster
from streams.kafka.lane.reader import (
    Answer,
    LeaderMoved,
    LeaderReader,
    OutOfRange,
    Piece,
)
from streams.kafka.lane.requests import NO_EPOCH, Wanted
from streams.kafka.lane.unpack import Unpacker
from streams.records import Position, RecordBatch, check_poll

# Of one answer, and so of a buffer; there are seven of them for each leader. Half as
# much costs a tenth of the rate, twice as much fits no cache better.
MAX_BYTES = 8 << 20
# A broker that is restarted is back within this; twice as long only hides an outage.
PATIENCE_S = 60.0
TIMEOUT_S = 10.0
_RETRY_S, _RETRY_S_MAX = 0.05, 1.0
# Readers that ran so long were well again: what then fails is a new trouble.
_SETTLED_S = 5.0


class FetchLane:
    """Reads some partitions from PLAINTEXT leaders; neither groups nor commits.

    A batch handed out is a view of the buffer it was received in. It stays valid as
    long as it is held, and its values have `SLACK_BYTES` or more behind them. A
    caller that drops one batch before or while it asks for the next lets the buffers
    go round; one that keeps many makes the lane get new memory for each.

    A change of leader or a lost connection is waited out: metadata are asked for anew
    and reading goes on at the next record that was not handed out. Memory is bounded
    by eight buffers of `max_bytes` for each leader, or of its biggest batch.

    Parameters
    ----------
    configuration : KafkaConfiguration
        How to reach the brokers.
    offsets : Mapping of str to int
        Where to begin, by name of the partition (``<topic>-<number>``); at least one.
    max_bytes : int
        Upper limit of one answer, >= 1; a bigger batch still comes whole.
    committed : bool
        Leave out what aborted transactions wrote, and wait for the end of open ones.
    timeout_s : float
        How long the brokers may take to connect and to answer, > 0.
    patience_s : float
        How long a partition may be without a leader that answers, >= 0.

    Raises
    ------
    LaneUnavailableError
        If the brokers want SASL or TLS, or lack a version that the lane speaks. The
        other transports may do.
    BrokerUnreachableError
        If no broker answers in time.
    PositionError
        If a name is none of a partition, or an offset is negative.
    """

    def __init__(
        self,
        configuration: KafkaConfiguration,
        offsets: Mapping[str, int],
        *,
        max_bytes: int = MAX_BYTES,
        committed: bool = True,
        timeout_s: float = TIMEOUT_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        protocol = configuration.arguments.get("security_protocol", "PLAINTEXT")
        if protocol != "PLAINTEXT":
            msg = f"security.protocol: the lane speaks PLAINTEXT, was {protocol}"
            raise LaneUnavailableError(msg)
        assert max_bytes >= 1, max_bytes
        self._partitions = {name: _partition(name) for name in sorted(offsets)}
        self._next = Position(offsets).to_json()
        self._epochs: dict[str, int] = {}
        self._max_bytes = max_bytes
        self._committed = committed
        self._patience_s = patience_s
        self._cluster = Cluster(configuration.servers, timeout_s)
        self._readers: list[LeaderReader] = []
        self._closed = False
        self._forget()
        self._trouble: Exception | None = None
        self._since_s = self._started_s = time.monotonic()
        self._retry_s, self._retry_at_s = _RETRY_S, 0.0
        self._open(timeout_s)

    def _forget(self) -> None:
        """Drop everything that was received and not handed out."""
        self._ready: SimpleQueue[Answer | Exception] = SimpleQueue()
        self._answer: Answer | None = None
        self._view: memoryview | None = None
        self._pieces: deque[Piece] = deque()
        self._unpacker: Unpacker | None = None
        self._rest: RecordBatch | None = None

    def _open(self, timeout_s: float) -> None:
        end_s = time.monotonic() + timeout_s
        self._start()
        while self._trouble is not None:
            if time.monotonic() + self._retry_s > end_s:
                raise self._gave_up(timeout_s)
            time.sleep(self._retry_s)
            self._start()

    def _start(self) -> None:
        """Begin to read from every leader; if one is missing, note the trouble."""
        try:
            self._readers = self._cluster.read(
                self._wanted(),
                max_bytes=self._max_bytes,
                committed=self._committed,
                ready=self._ready,
            )
        except (BrokerUnreachableError, LeaderMoved) as error:
            self._stumble(error)
        else:
            self._trouble = None
            self._started_s = time.monotonic()

    def _wanted(self) -> Iterable[Wanted]:
        for name, (topic, number) in self._partitions.items():
            yield Wanted(
                topic=topic,
                number=number,
                offset=self._next[name],
                leader_epoch=NO_EPOCH,
                fetched_epoch=self._epochs.get(name, NO_EPOCH),
            )

    def _stop(self) -> None:
        readers, self._readers = self._readers, []
        for reader in readers:
            reader.close()
        self._forget()

    def _stumble(self, error: Exception) -> None:
        """Note a trouble that may pass, and when to try again."""
        self._stop()
        now_s = time.monotonic()
        if now_s - self._started_s > _SETTLED_S and self._trouble is None:
            self._since_s, self._retry_s = now_s, _RETRY_S
        else:
            self._retry_s = min(2 * self._retry_s, _RETRY_S_MAX)
        self._trouble = error
        self._retry_at_s = now_s + self._retry_s

    def _gave_up(self, patience_s: float) -> StreamError:
        error = self._trouble
        if isinstance(error, LeaderMoved) and error.final is not None:
            return error.final
        return BrokerUnreachableError(f"gave up after {patience_s:g} s: {error}")

    def position(self) -> Position:
        """Return the next offset of each partition; what `poll` returned is behind."""
        return Position(self._next)

    def seek(self, offsets: Mapping[str, int]) -> None:
        """Continue some partitions elsewhere, the others where they are.

        Parameters
        ----------
        offsets : Mapping of str to int
            Next offset, >= 0, by name of the partition.

        Raises
        ------
        PositionError
            If a partition is none of those read here, or an offset is negative.
            Whether the broker has an offset is seen by the next `poll`.
        """
        self._check_open()
        for name in offsets:
            if name not in self._partitions:
                named = ", ".join(self._partitions)
                msg = f"partition {name!r}: must be one of {named}"
                raise PositionError(msg)
        checked = Position(offsets).to_json()
        self._stop()
        self._next.update(checked)
        for name in checked:
            self._epochs.pop(name, None)
        self._started_s = self._since_s = time.monotonic()
        self._start()

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records of one partition; see `streams.records.Source.poll`.

        Parameters
        ----------
        timeout_s : float
            How long to wait for one, >= 0. Connecting again may take longer.
        max_records : int
            Upper limit of the batch, >= 1.

        Returns
        -------
        RecordBatch or None

        Raises
        ------
        PositionError
            If the broker no longer or not yet has an offset, or its log was cut off
            and written anew behind what was read.
        RecordsCorruptError
            If a record batch is not what was written.
        BrokerUnreachableError
            If a partition had no leader that answers for too long.
        LaneUnavailableError
            If a leader cannot be read from like this; another transport may go on at
            `position`.
        KafkaError
            If the broker refuses.
        """
        check_poll(timeout_s, max_records)
        self._check_open()
        end_s = time.monotonic() + timeout_s
        while True:
            batch = self._take(max_records)
            if batch is not None:
                return batch
            if not self._wait(max(0.0, end_s - time.monotonic())):
                return None

    def _wait(self, timeout_s: float) -> bool:
        """Get an answer, or the readers going again; tell whether there may be one."""
        if not self._readers:
            return self._try_again(timeout_s)
        try:
            item = self._ready.get(block=timeout_s > 0, timeout=timeout_s)
        except Empty:
            return False
        if isinstance(item, Answer):
            self._answer = item
            self._view = memoryview(item.data).toreadonly()
            self._pieces.extend(item.pieces)
        elif isinstance(item, BrokerUnreachableError | LeaderMoved):
            self._stumble(item)
        else:
            self._stop()
            if isinstance(item, OutOfRange):
                raise self._cluster.out_of_range(item.wanted, committed=self._committed)
            raise item
        return True

    def _try_again(self, timeout_s: float) -> bool:
        if self._trouble is not None:
            now_s = time.monotonic()
            if now_s - self._since_s > self._patience_s:
                raise self._gave_up(self._patience_s)
            pause_s = max(0.0, self._retry_at_s - now_s)
            time.sleep(min(pause_s, timeout_s))
            if pause_s > timeout_s:
                return False
        self._start()
        return True

    def _take(self, max_records: int) -> RecordBatch | None:
        while self._rest is None:
            if self._unpacker is None and not self._next_piece():
                return None
            assert self._unpacker is not None
            self._rest = self._unpacker.take(max_records)
            if self._rest is None:
                self._move(self._unpacker.next_offset)
                self._unpacker = None
        batch, self._rest = self._rest, None
        assert self._unpacker is not None
        if len(batch) > max_records:
            self._rest = batch.slice(max_records, len(batch))
            batch = batch.slice(0, max_records)
            self._move(batch.next_offset)
        else:
            self._move(self._unpacker.next_offset)
        return batch

    def _move(self, next_offset: int) -> None:
        assert self._unpacker is not None
        self._next[self._unpacker.partition] = next_offset
        self._epochs[self._unpacker.partition] = self._unpacker.leader_epoch

    def _next_piece(self) -> bool:
        """Begin with the next partition of the answer; without one, give it back."""
        if self._pieces:
            piece = self._pieces.popleft()
            assert self._view is not None
            self._unpacker = Unpacker(piece, self._view, self._next[piece.partition])
            return True
        if self._answer is not None:
            answer, self._answer, self._view = self._answer, None, None
            answer.ring.give_back(answer.data)
        return False

    def _check_open(self) -> None:
        if self._closed:
            raise StreamError("the fetch lane is closed")

    def close(self) -> None:
        """Cut the connections and end the threads; a second call does nothing."""
        self._closed = True
        self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _partition(name: str) -> tuple[str, int]:
    """Split ``<topic>-<number>``."""
    topic, dash, number = name.rpartition("-")
    if not dash or not topic or not number.isdecimal():
        msg = f"partition {name!r}: must be <topic>-<number>"
        raise PositionError(msg)
    return topic, int(number)

"""A thread that keeps one leader busy: answers come while the last ones are read."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from kafka.errors import for_code

from streams._kernels.records import (
    BASE_OFFSET,
    LAST_OFFSET_DELTA,
    LEADER_EPOCH,
    MAGIC,
    N_COLUMNS,
    OK,
    STATUS_TEXTS,
    walk_batches,
)
from streams.buffers import SLACK_BYTES
from streams.errors import (
    KafkaError,
    LaneUnavailableError,
    PositionError,
    RecordsCorruptError,
    StreamError,
)
from streams.kafka.batches import Aborted
from streams.kafka.lane.connection import Connection
from streams.kafka.lane.requests import (
    OFFSET_OUT_OF_RANGE,
    FetchedPartition,
    Wanted,
    fetch_request,
    parse_fetch,
)
from streams.kafka.lane.ring import BufferRing, fits

if TYPE_CHECKING:
    from queue import SimpleQueue

# How long the broker may hold an empty answer back: half as long asks twice as often
# while nothing comes, twice as long changes nothing, as `close` cuts the connection.
_WAIT_MS = 500
# Received, full, and five that are read or held, as by who decodes some batches ahead.
# With four a new one was made, and cleared, for nearly every answer.
_N_BUFFERS = 7
# Batches walked at once; more of them take further rounds.
_BATCHES_AT_ONCE = 1024
# Version of the format of record batches; older ones are of Kafka before 0.11.
_MAGIC = 2


class LeaderMoved(Exception):  # noqa: N818  no fault: a reason to ask who leads now
    """A broker leads a partition no longer, or not as the metadata said.

    Parameters
    ----------
    message : str
    final : StreamError or None
        What to raise if this does not pass.
    """

    def __init__(self, message: str, final: StreamError | None = None) -> None:
        self.final = final
        super().__init__(message)


class OutOfRange(Exception):  # noqa: N818  the error is made once the range is known
    """The broker has no such offset."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        super().__init__(wanted.name)


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole record batches of one partition, somewhere in an answer.

    Attributes
    ----------
    partition : str
    table : ndarray of shape (n_batches, N_COLUMNS), int64
        As `walk_batches` fills it.
    aborted : tuple of Aborted
        Transactions whose records are to be left out.
    """

    partition: str
    table: npt.NDArray[np.int64]
    aborted: tuple[Aborted, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a leader, in a buffer that goes back to `ring`.

    Attributes
    ----------
    data : bytearray
        The answer, and `SLACK_BYTES` or more after it.
    pieces : tuple of Piece
        At least one.
    ring : BufferRing
    """

    data: bytearray
    pieces: tuple[Piece, ...]
    ring: BufferRing


@dataclass(frozen=True, slots=True)
class Limits:
    """What is asked for at a time.

    Attributes
    ----------
    max_bytes, partition_bytes : int
        Of an answer, and of one partition in it.
    committed : bool
        Only what committed transactions wrote.
    """

    max_bytes: int
    partition_bytes: int
    committed: bool


class LeaderReader:
    """Fetches some partitions from their leader, until closed or something happens.

    Parameters
    ----------
    connection : Connection
        To the leader; closed with this.
    wanted : iterable of Wanted
        Where each partition continues.
    limits : Limits
    ready : SimpleQueue
        Gets each `Answer`, then the exception that ended the thread. Answers wait
        there only as long as the ring has buffers.
    """

    def __init__(
        self,
        connection: Connection,
        wanted: Iterable[Wanted],
        *,
        limits: Limits,
        ready: "SimpleQueue[Answer | Exception]",
    ) -> None:
        self._connection = connection
        self._wanted = {(one.topic, one.number): one for one in wanted}
        self._limits = limits
        self._ready = ready
        self._closed = False
        self._spare: bytearray | None = None
        self._ring = BufferRing(_N_BUFFERS, limits.max_bytes)
        self._table = np.empty((_BATCHES_AT_ONCE, N_COLUMNS), np.int64)
        self._thread = threading.Thread(
            target=self._run, name=f"lane {connection.name}", daemon=True
        )
        self._thread.start()

    def _run(self) -> None:
        try:
            self._read()
        except (StreamError, LeaderMoved) as error:
            # A read that `close` cut is no failure.
            if not self._closed:
                self._ready.put(error)
        except Exception as error:  # else the reader would wait for ever
            self._ready.put(error)
        finally:
            self._connection.close()

    def _read(self) -> None:
        self._ask()
        while not self._closed:
            n_bytes = self._connection.answer_length()
            buffer = self._room(n_bytes)
            if buffer is None:
                return
            with memoryview(buffer) as whole, whole[:n_bytes] as view:
                self._connection.receive_into(view)
                pieces, trouble = self._split(view)
            if trouble is None:
                self._ask()
            if pieces:
                self._ready.put(Answer(buffer, tuple(pieces), self._ring))
            else:
                self._spare = buffer
            if trouble is not None:
                raise trouble

    def _room(self, n_bytes: int) -> bytearray | None:
        spare, self._spare = self._spare, None
        if spare is None:
            return self._ring.take(n_bytes)
        return spare if fits(spare, n_bytes) else bytearray(n_bytes + SLACK_BYTES)

    def _ask(self) -> None:
        """Ask for what follows; the answer comes while the last one is still read."""
        self._connection.send(
            lambda correlation: fetch_request(
                correlation,
                self._wanted.values(),
                max_bytes=self._limits.max_bytes,
                partition_bytes=self._limits.partition_bytes,
                wait_ms=_WAIT_MS,
                committed=self._limits.committed,
            )
        )

    def _split(self, view: memoryview) -> tuple[list[Piece], Exception | None]:
        """Find the batches of each partition, and what to raise once they are read."""
        error, partitions = parse_fetch(view)
        trouble = self._refused(error, "a fetch") if error else None
        pieces: list[Piece] = []
        for fetched in partitions:
            wanted = self._wanted.get((fetched.topic, fetched.number))
            if wanted is None:
                name = f"{fetched.topic}-{fetched.number}"
                msg = f"Kafka at {self._connection.name}: sent {name!r} unasked"
                return pieces, KafkaError(msg)
            found = self._trouble_of(fetched, wanted)
            if found is None:
                piece, found = self._walk(view, fetched, wanted)
                if piece is not None:
                    pieces.append(piece)
            trouble = trouble or found
        return pieces, trouble

    def _trouble_of(
        self, fetched: FetchedPartition, wanted: Wanted
    ) -> Exception | None:
        if fetched.diverging is not None:
            epoch, end = fetched.diverging
            return PositionError(
                f"partition {wanted.name!r}: wanted offset {wanted.offset} after "
                f"records of leader epoch {wanted.fetched_epoch}, but the log of "
                f"{self._connection.name} was cut off: what was read before is there "
                f"only up to offset {end} (epoch {epoch})"
            )
        if fetched.error == OFFSET_OUT_OF_RANGE:
            return OutOfRange(wanted)
        if fetched.error:
            return self._refused(fetched.error, f"partition {wanted.name!r}")
        return None

    def _refused(self, error: int, what: str) -> Exception:
        kind = for_code(error)
        msg = f"Kafka at {self._connection.name}: {what} refused: {kind.__name__}"
        return LeaderMoved(msg) if kind.retriable else KafkaError(msg)

    def _walk(
        self, view: memoryview, fetched: FetchedPartition, wanted: Wanted
    ) -> tuple[Piece | None, Exception | None]:
        """Read the headers of the batches, and move on to what follows them."""
        data = np.frombuffer(view, np.uint8)
        tables, place = [], fetched.start
        trouble: Exception | None = None
        while trouble is None:
            status, n_batches, place = walk_batches(
                data, place, fetched.end, self._table
            )
            tables.append(self._table[:n_batches].copy())
            if status != OK:
                trouble = _corrupt(wanted, STATUS_TEXTS[status])
            elif n_batches < len(self._table):
                break
        table = np.concatenate(tables)
        if (table[:, MAGIC] != _MAGIC).any():
            trouble = LaneUnavailableError(
                f"partition {wanted.name!r}: the lane reads record batches of format "
                f"{_MAGIC}, at offset {wanted.offset} or later there are older ones"
            )
            table = table[: int((table[:, MAGIC] != _MAGIC).argmax())]
        if not len(table):
            return None, trouble
        firsts, lasts = table[:, BASE_OFFSET], table[:, LAST_OFFSET_DELTA]
        lasts = firsts + lasts
        if lasts[0] < wanted.offset or (firsts[1:] <= lasts[:-1]).any():
            return None, _corrupt(wanted, "offsets do not rise")
        # Who got something waits until the others had a chance to.
        self._wanted.pop((wanted.topic, wanted.number))
        self._wanted[wanted.topic, wanted.number] = replace(
            wanted,
            offset=int(lasts[-1]) + 1,
            fetched_epoch=int(table[-1, LEADER_EPOCH]),
        )
        return Piece(wanted.name, table, fetched.aborted), trouble

    def close(self) -> None:
        """Stop, and wait until the thread has ended; a second call does nothing."""
        self._closed = True
        self._connection.close()
        self._ring.close()
        self._thread.join()


def _corrupt(wanted: Wanted, what: str) -> RecordsCorruptError:
    return RecordsCorruptError(
        f"partition {wanted.name!r}: record batches from offset {wanted.offset} on are "
        f"not what was written: {what}"
    )

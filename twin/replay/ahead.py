"""Replay in two threads: one reads and folds, the other decodes what is folded next.

Both spend their time in compiled code and let the other run. A third one for reading
was slower on two cores (247 ms a million events, against 222). What is folded, and in
which order, does not depend on which of them is faster.
"""

import queue
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from streams.codec import DecodedBatch, Rejected
from streams.records import Position, RecordBatch, Source
from twin.replay.memory import keep_freed_memory
from twin.replay.source import BATCH_RECORDS, read_polls
from twin.replay.twin import Twin, end_reached

AHEAD = 3
"""Batches read and not yet folded, at most: one is decoded, and one waits on either
side. With less the threads wait for each other; each takes some 20 MB."""

_SWITCH_S = 0.0005
"""How long a thread keeps the interpreter from the other one that is back from compiled
code: what is between two kernels takes less, and Python's 5 ms is a whole batch."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One batch that was read and folded.

    Attributes
    ----------
    records : RecordBatch
        What was read.
    rejected : tuple of Rejected
        What of it could not be used.
    position : Position
        Of the source behind this batch.
    """

    records: RecordBatch
    rejected: tuple[Rejected, ...]
    position: Position


class _Decoding(threading.Thread):
    """Decodes what it is given, in a thread of its own."""

    def __init__(self, twin: Twin) -> None:
        super().__init__(name="replay-decode", daemon=True)
        self._twin = twin
        self._read: queue.SimpleQueue[RecordBatch | None] = queue.SimpleQueue()
        self._decoded: queue.SimpleQueue[DecodedBatch | BaseException]
        self._decoded = queue.SimpleQueue()
        self.start()

    def run(self) -> None:
        while (records := self._read.get()) is not None:
            try:
                self._decoded.put(self._twin.decode(records))
            except BaseException as error:  # raised where it is folded
                self._decoded.put(error)

    def give(self, records: RecordBatch) -> None:
        """Have records decoded, after those given before."""
        self._read.put(records)

    def take(self) -> DecodedBatch:
        """Wait for the next decoded batch, in the order given."""
        found = self._decoded.get()
        if isinstance(found, BaseException):
            raise found
        return found

    def stop(self) -> None:
        """End the thread, after the batch it is at."""
        with suppress(queue.Empty):
            while True:
                self._read.get_nowait()
        self._read.put(None)
        self.join()


class _Feed:
    """Reads batches, as many ahead as wanted; an error waits for its turn."""

    def __init__(self, source: Source, polls: Iterator[RecordBatch | None]) -> None:
        self._source = source
        self._polls = polls
        self._error: BaseException | None = None
        self.ended = False

    def next(self) -> tuple[RecordBatch, Position] | None:
        """Return the next batch and the position behind it; None if none came now."""
        try:
            records = next(self._polls)
        except StopIteration:
            self.ended = True
            return None
        except Exception as error:  # raised when all before is folded
            self.ended, self._error = True, error
            return None
        return None if records is None else (records, self._source.position())

    def close(self) -> None:
        """Raise what reading ended with, if that was no end."""
        if self._error is not None:
            raise self._error


def replay_ahead(
    twin: Twin,
    source: Source,
    end: Position | None,
    *,
    batch_records: int = BATCH_RECORDS,
    bounded: bool = True,
) -> Iterator[Step]:
    """Read a source up to a position and fold it, while the next batch is decoded.

    Parameters
    ----------
    twin : Twin
        Made for the partitions of the source.
    source : Source
        Read from where it stands, some batches ahead of what is folded.
    end : Position or None
        Where to stop; see `read`.
    batch_records : int
        Most records of a batch, >= 1.
    bounded : bool
        Nothing beyond `end` will be read later, either: partitions that have reached
        it are not waited for (`Twin.end`).

    Yields
    ------
    Step
        For each batch, in the order read, when it is folded: `twin` stands behind it.

    Raises
    ------
    StreamError, ReplayError
        Whatever reading raises, once everything before is folded.
    """
    keep_freed_memory()
    feed = _Feed(source, read_polls(source, end, batch_records=batch_records))
    under_way: deque[tuple[RecordBatch, Position]] = deque()
    with _quick_switches():
        decoding = _Decoding(twin)
        try:
            while True:
                # Names are forgotten while nothing decoded points to them.
                while len(under_way) < AHEAD and not (feed.ended or twin.names_full):
                    found = feed.next()
                    if found is not None:
                        under_way.append(found)
                        decoding.give(found[0])
                    elif under_way:
                        break  # nothing came: what is decoded need not wait for more
                if under_way:
                    records, position = under_way.popleft()
                    rejected = twin.fold(decoding.take())
                    if bounded and end is not None:
                        end_reached(twin, position, end)
                    yield Step(records, rejected, position)
                elif twin.names_full:
                    twin.forget_names()
                elif feed.ended:
                    break
        finally:
            decoding.stop()
    feed.close()


@contextmanager
def _quick_switches() -> Iterator[None]:
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(min(before_s, _SWITCH_S))
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)

"""Replay in stages that run side by side: reading, decoding, and the fold.

Each spends its time in compiled code, or waiting for bytes, and lets the others run.
What is folded, and in which order, does not depend on which of them is faster.
"""

import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from streams.codec import DecodedBatch, Rejected
from streams.records import Position, RecordBatch, Source
from twin.replay.source import BATCH_RECORDS, read
from twin.replay.twin import Twin, end_reached

AHEAD = 2
"""Batches that wait between two stages, at most: with one the stages wait for each
other, and each takes some 20 MB."""

_POLL_S = 0.1  # how soon a stage sees that nobody wants more of it

_SWITCH_S = 0.0005
"""How long a stage keeps the interpreter from another one that is back from compiled
code: what is between two kernels takes less, and Python's 5 ms is a whole batch."""

Item = TypeVar("Item")


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


class _Stage(threading.Thread, Generic[Item]):
    """Runs an iterator in a thread of its own, ahead of who asks for its items."""

    def __init__(self, name: str, items: Iterator[Item]) -> None:
        super().__init__(name=name, daemon=True)
        self._items = items
        self._found: queue.Queue[tuple[Item | None, BaseException | None]]
        self._found = queue.Queue(AHEAD)
        self._stopped = threading.Event()
        self.start()

    def run(self) -> None:
        try:
            for item in self._items:
                if not self._put((item, None)):
                    return
        except BaseException as error:  # raised where the items are asked for
            self._put((None, error))
        else:
            self._put((None, None))

    def _put(self, one: tuple[Item | None, BaseException | None]) -> bool:
        """Hand over; False if nobody wants it any more."""
        while not self._stopped.is_set():
            try:
                self._found.put(one, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False

    def __iter__(self) -> Iterator[Item]:
        while not self._stopped.is_set():
            try:
                item, error = self._found.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if error is not None:
                raise error
            if item is None:
                return
            yield item

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    records: RecordBatch
    position: Position


@dataclass(frozen=True, slots=True, eq=False)
class _Decoded:
    batch: DecodedBatch
    position: Position


class _NamesFull:
    """A mark between batches: nothing that was decoded is still to be folded then."""


class _Pipeline:
    """The stages before the fold."""

    def __init__(
        self, twin: Twin, source: Source, batches: Iterator[RecordBatch]
    ) -> None:
        self._twin = twin
        self._source = source
        self._forgotten = threading.Event()
        self._stopped = False
        self._reading = _Stage("replay-read", self._read(batches))
        self.decoding = _Stage("replay-decode", self._decode())

    def _read(self, batches: Iterator[RecordBatch]) -> Iterator[_Read]:
        for records in batches:
            yield _Read(records, self._source.position())

    def _decode(self) -> Iterator[_Decoded | _NamesFull]:
        for found in self._reading:
            if self._twin.names_full:
                self._forgotten.clear()
                yield _NamesFull()
                self._forgotten.wait()
            if self._stopped:
                return
            yield _Decoded(self._twin.decode(found.records), found.position)

    def forget_names(self) -> None:
        """Drop unused names, and let decoding go on."""
        self._twin.forget_names()
        self._forgotten.set()

    def stop(self) -> None:
        """End the threads and wait for them."""
        self._stopped = True
        self._reading.stop()
        self.decoding.stop()
        self._forgotten.set()
        self._reading.join()
        self.decoding.join()


def replay_ahead(
    twin: Twin,
    source: Source,
    end: Position | None,
    *,
    batch_records: int = BATCH_RECORDS,
    bounded: bool = True,
) -> Iterator[Step]:
    """Read a source up to a position and fold it, reading and decoding ahead.

    Parameters
    ----------
    twin : Twin
        Made for the partitions of the source.
    source : Source
        Read from where it stands, by another thread: leave it alone meanwhile.
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
        Whatever reading raises.
    """
    batches = read(source, end, batch_records=batch_records)
    with _quick_switches():
        pipeline = _Pipeline(twin, source, batches)
        try:
            for found in pipeline.decoding:
                if isinstance(found, _NamesFull):
                    pipeline.forget_names()
                    continue
                rejected = twin.fold(found.batch)
                if bounded and end is not None:
                    end_reached(twin, found.position, end)
                yield Step(found.batch.records, rejected, found.position)
        finally:
            pipeline.stop()


@contextmanager
def _quick_switches() -> Iterator[None]:
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(min(before_s, _SWITCH_S))
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)

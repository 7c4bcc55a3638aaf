"""Writes outputs on a thread of its own, so that a slow broker never stops the loop."""

import threading
from collections import deque
from collections.abc import Sequence
from typing import Protocol, Self

from streams.records import Position

_AT_ONCE = 5_000  # records between two waits for acknowledgement


class PartitionedSink(Protocol):
    """Appends to a partition named with each record; a `streams.kafka.KafkaSink`."""

    def append(
        self,
        values: Sequence[bytes],
        *,
        keys: Sequence[bytes | None] | None = None,
        partition: int | None = None,
    ) -> int:
        """Hand over records."""
        ...

    def flush(self) -> Position:
        """Wait until all are acknowledged."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class OutputWriter:
    """Takes outputs at once and writes them one after the other.

    Parameters
    ----------
    sink : PartitionedSink
        Where they go; closed with the writer.
    waiting_max : int
        With so many waiting the writer is `full`, >= 1: whoever makes outputs should
        then pause. Half as many pause sooner, twice as many take twice the memory.
    """

    def __init__(self, sink: PartitionedSink, *, waiting_max: int = 20_000) -> None:
        self._sink = sink
        self._waiting_max = waiting_max
        self._queue: deque[tuple[int, bytes]] = deque()
        self._n_waiting = 0
        self._ends: dict[str, int] = {}
        self._changed = threading.Condition()
        self._failure: Exception | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="outputs")
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Number of outputs not acknowledged yet."""
        return self._n_waiting

    @property
    def full(self) -> bool:
        """Whether whoever makes outputs should pause."""
        return self._n_waiting >= self._waiting_max

    def end_offset(self, name: str) -> int | None:
        """Return the offset after the last output of a partition written here."""
        with self._changed:
            return self._ends.get(name)

    def offer(self, values: Sequence[bytes], *, partition: int) -> None:
        """Take outputs; returns at once.

        Parameters
        ----------
        values : sequence of bytes
            The records, in their order.
        partition : int
            Where they go.

        Raises
        ------
        DeliveryError
            If outputs before these could not be delivered.
        """
        with self._changed:
            self._check()
            self._queue.extend((partition, value) for value in values)
            self._n_waiting += len(values)
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> bool:
        """Wait until all outputs are acknowledged; tell whether they are.

        Raises
        ------
        DeliveryError
            If one could not be delivered.
        """
        with self._changed:
            done = self._changed.wait_for(
                lambda: self._n_waiting == 0 or self._failure is not None, timeout_s
            )
            self._check()
            return done

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._queue) or self._closing)
                n_taken = min(len(self._queue), _AT_ONCE)
                taken = [self._queue.popleft() for _ in range(n_taken)]
            if not taken:
                return
            try:
                ends = self._write(taken)
            except Exception as error:  # raised where outputs are offered
                with self._changed:
                    self._failure = error
                    self._changed.notify_all()
                return
            with self._changed:
                self._ends.update(ends.to_json())
                self._n_waiting -= len(taken)
                self._changed.notify_all()

    def _write(self, taken: Sequence[tuple[int, bytes]]) -> Position:
        by_partition: dict[int, list[bytes]] = {}
        for partition, value in taken:
            by_partition.setdefault(partition, []).append(value)
        for partition, values in by_partition.items():
            keys = [b"shard-%d" % partition] * len(values)
            self._sink.append(values, keys=keys, partition=partition)
        return self._sink.flush()

    def close(self) -> None:
        """Write what waits, stop, and close the sink; a second call does nothing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._sink.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

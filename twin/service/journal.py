"""The journal: takes events from many requests and puts them on the disk together."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus

from streams.records import Sink
from twin.service.problems import ProblemError

RETRY_S = 1
"""When to come again after the queue was full."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where records of a request stand, safe on the disk.

    Attributes
    ----------
    n_records : int
        How many.
    first_offset : int
        Of the first of them, in the log of one partition; -1: the transport has
        partitions, and places differ.
    """

    n_records: int
    first_offset: int


@dataclass(slots=True)
class _Waiting:
    values: Sequence[bytes]
    keys: Sequence[bytes | None] | None
    n_bytes: int
    done: "Future[Kept]"


class Journal:
    """Appends records of many requests, as many as wait at once, then answers them.

    A record that is answered for is on the disk: one append and one flush serve all
    requests that came while those before were written (group commit).

    Parameters
    ----------
    sink : Sink
        A log or a topic; closed with the journal.
    now_us : callable
        Time of day that records are stamped with, microseconds UTC.
    waiting_bytes_max : int
        Bytes that may wait, >= 1; beyond it requests are refused, to come again.

    Attributes
    ----------
    n_records : int
        Records on the disk since the journal was opened.

    References
    ----------
    Gray, Reuter (1993), "Transaction Processing: Concepts and Techniques", section
    9.4.7: group commit.
    """

    def __init__(
        self, sink: Sink, *, now_us: Callable[[], int], waiting_bytes_max: int
    ) -> None:
        self._sink = sink
        self._now_us = now_us
        self._waiting_bytes_max = waiting_bytes_max
        self._waiting: list[_Waiting] = []
        self._n_bytes = 0
        self._closed = False
        self._changed = threading.Condition()
        self.n_records = 0
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    async def append(
        self, values: Sequence[bytes], *, keys: Sequence[bytes | None] | None = None
    ) -> Kept:
        """Append the records of one request, and wait until they are safe.

        Parameters
        ----------
        values : sequence of bytes
            At least one.
        keys : sequence of bytes or None
            One for each record.

        Returns
        -------
        Kept
            Where they stand.

        Raises
        ------
        ProblemError
            429 if too much waits already, 503 if the journal is closed.
        StreamError
            If they cannot be written.
        """
        return await asyncio.wrap_future(self.submit(values, keys=keys))

    def submit(
        self, values: Sequence[bytes], *, keys: Sequence[bytes | None] | None = None
    ) -> "Future[Kept]":
        """Append as `append` does; return what will come of it."""
        n_bytes = sum(map(len, values))
        done: Future[Kept] = Future()
        with self._changed:
            if self._closed:
                raise ProblemError(
                    HTTPStatus.SERVICE_UNAVAILABLE, "closing", "the service is closing"
                )
            if self._waiting and self._n_bytes + n_bytes > self._waiting_bytes_max:
                msg = (
                    f"events: {self._n_bytes} bytes wait to be written; allowed: "
                    f"{self._waiting_bytes_max}"
                )
                raise ProblemError(
                    HTTPStatus.TOO_MANY_REQUESTS, "queue-full", msg,
                    retry_after_s=RETRY_S,
                )  # fmt: skip
            self._waiting.append(_Waiting(values, keys, n_bytes, done))
            self._n_bytes += n_bytes
            self._changed.notify()
        return done

    def _write(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                taken, self._waiting = self._waiting, []
                self._n_bytes = 0
            # Who has gone meanwhile is not answered; his records are not kept.
            taken = [one for one in taken if one.done.set_running_or_notify_cancel()]
            if taken:
                self._write_together(taken)
            elif self._closed:
                return

    def _write_together(self, taken: list[_Waiting]) -> None:
        values = [value for one in taken for value in one.values]
        keys = [key for one in taken for key in (one.keys or [None] * len(one.values))]
        try:
            offset = self._sink.append(
                values,
                keys=keys if any(one.keys for one in taken) else None,
                timestamps_us=self._now_us(),
            )
            self._sink.flush()
        except Exception as error:
            for one in taken:
                one.done.set_exception(error)
            return
        self.n_records += len(values)
        for one in taken:
            one.done.set_result(Kept(len(one.values), offset))
            offset += len(one.values) if offset >= 0 else 0

    def close(self) -> None:
        """Write what waits, and close the sink; a second call does nothing."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify()
        self._thread.join()
        self._sink.close()

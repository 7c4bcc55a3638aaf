"""How far event time is complete: the watermark over partitions.

Each partition says that nothing before its own mark will come: the latest event time it
has shown, less the lateness of its sources. The watermark is the least of these, over
the partitions that still hold it. It never goes back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams._kernels.progress import advance_marks

BEGINNING_US = -(
    2**62
)  # before any event; far enough from the end of int64 to subtract


class PartitionMark(msgspec.Struct):
    """What is known of one partition; times in microseconds UTC.

    Attributes
    ----------
    latest_us : int
        Latest event time seen.
    lateness_us : int
        Largest lateness of the sources seen: one partition may mix machines that are
        late by seconds with bookings that are late by a day.
    mark_us : int
        Nothing before it is expected any more.
    heard_s : float or None
        When data came last, on the clock of the caller.
    ended : bool
        Whether no more will come, as at the end of a bounded replay.
    """

    latest_us: int = BEGINNING_US
    lateness_us: int = 0
    mark_us: int = BEGINNING_US
    heard_s: float | None = None
    ended: bool = False


class Watermark:
    """The watermark of a stream of several partitions.

    Parameters
    ----------
    n_partitions : int
        Number of partitions, >= 1. One that has shown nothing yet holds the watermark
        at the beginning, until it is idle or ended.
    idle_s : float
        A partition without data for longer stops holding the watermark, >= 0.

    Attributes
    ----------
    mark_us : int
        The watermark, microseconds UTC; it never decreases.

    Examples
    --------
    >>> watermark = Watermark(1, idle_s=60)
    >>> times, lateness = np.array([10, 30, 20]), np.array([5, 5, 5])
    >>> verdict = np.zeros(3, np.uint8)
    >>> marks = watermark.advance(0, times, lateness, verdict)
    >>> marks.tolist(), watermark.mark_us, verdict.tolist()
    ([5, 25, 25], 25, [0, 0, 4])
    """

    def __init__(self, n_partitions: int, *, idle_s: float) -> None:
        self.mark_us = BEGINNING_US
        self._idle_s = idle_s
        self._partitions = [PartitionMark() for _ in range(n_partitions)]
        self._now_s: float | None = None

    def advance(
        self,
        partition: int,
        time_us: NDArray[np.int64],
        lateness_us: NDArray[np.int64],
        verdict: NDArray[np.uint8],
    ) -> NDArray[np.int64]:
        """Take in events of one partition, one after the other.

        Parameters
        ----------
        partition : int
            Index of the partition.
        time_us : ndarray of shape (n,), int64
            Event time.
        lateness_us : ndarray of shape (n,) or (1,), int64
            Lateness of the source of each event, or of all.
        verdict : ndarray of shape (n,), uint8
            Verdicts of `streams._kernels.order`: only events that are taken count, and
            one that came behind the mark of its partition, or behind the watermark, is
            marked as late.

        Returns
        -------
        ndarray of shape (n,), int64
            Behind which the next event is late: the further of the partition's own mark
            and the watermark. A late event moves neither.
        """
        own = self._partitions[partition]
        own.heard_s = self._now_s
        others = [
            other.mark_us
            for index, other in enumerate(self._partitions)
            if index != partition and self._holds(other)
        ]
        state = np.array([own.latest_us, own.lateness_us, own.mark_us, self.mark_us])
        others_us = min(others, default=2**62)
        marks: NDArray[np.int64] = advance_marks(
            verdict, time_us, lateness_us, state, others_us
        )
        own.latest_us, own.lateness_us, own.mark_us, self.mark_us = state.tolist()
        return marks

    def tick(self, now_s: float) -> int:
        """Note the time, so that partitions without data can become idle.

        Parameters
        ----------
        now_s : float
            A clock that never goes back; its zero does not matter.

        Returns
        -------
        int
            The watermark, microseconds UTC.
        """
        self._now_s = now_s
        for partition in self._partitions:
            if partition.heard_s is None:
                partition.heard_s = now_s
        return self._rise()

    def end(self, partition: int) -> int:
        """Note that a partition will bring no more; return the watermark."""
        self._partitions[partition].ended = True
        return self._rise()

    def force(self, mark_us: int) -> None:
        """Lift the watermark to at least `mark_us`, microseconds UTC."""
        self.mark_us = max(self.mark_us, mark_us)

    def _rise(self) -> int:
        holding = [p.mark_us for p in self._partitions if self._holds(p)]
        self.mark_us = max(self.mark_us, min(holding, default=self.mark_us))
        return self.mark_us

    def _holds(self, partition: PartitionMark) -> bool:
        if partition.ended:
            return False
        if self._now_s is None or partition.heard_s is None:
            return True
        return self._now_s - partition.heard_s <= self._idle_s

    def snapshot(self) -> dict[str, Any]:
        """Return what `restore` needs, as JSON; clocks are left out."""
        partitions = [
            {
                "latest_us": p.latest_us,
                "lateness_us": p.lateness_us,
                "mark_us": p.mark_us,
            }
            for p in self._partitions
        ]
        return {"mark_us": self.mark_us, "partitions": partitions}

    def restore(self, saved: Mapping[str, Any], indices: Sequence[int]) -> None:
        """Go on from what `snapshot` returned.

        Parameters
        ----------
        saved : Mapping
            The snapshot.
        indices : sequence of int
            For each partition of the snapshot, its index now.
        """
        self.mark_us = saved["mark_us"]
        for index, partition in zip(indices, saved["partitions"], strict=True):
            self._partitions[index] = PartitionMark(**partition)

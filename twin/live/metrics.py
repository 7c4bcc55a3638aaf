"""What a worker tells of itself, in numbers: for logs, the screen and an exporter."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.codec import DecoderCounters


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionMetrics:
    """How far one partition was read.

    Attributes
    ----------
    name : str
        ``<topic>-<number>``.
    offset, end_offset : int
        Next to read, and after the last that the broker told of.
    paused : bool
        Whether it waits for others, or for outputs.
    stalled_s : float
        Since when it is behind its end and does not move; 0 if it moves.
    """

    name: str
    offset: int
    end_offset: int
    paused: bool
    stalled_s: float

    @property
    def lag(self) -> int:
        """Offsets between what was read and the end."""
        return max(0, self.end_offset - self.offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardMetrics:
    """What became of the records of one shard, since its state began.

    Attributes
    ----------
    number, epoch : int
        Which shard, and which of its owners this worker is.
    read, applied, duplicates, late, dead_letters, forced : int
        See `streams.ingest.Counters`; `dead_letters` are its `rejected`.
    waiting : int
        Events before the watermark has passed them.
    watermark_delay_s : float or None
        Time of the latest event less the watermark; None before the first event.
    checkpoint_age_s : float
        Since the last checkpoint of this owner, or since it took over.
    observations : int
        Outputs written by this owner.
    observations_skipped : int
        Those that were in the topic already.
    names : int
        Names of ids held.
    reasons : Mapping of str to int
        Dead letters by reason.
    decoded : DecoderCounters
        How its records were decoded, by this owner.
    """

    number: int
    epoch: int
    read: int
    applied: int
    duplicates: int
    late: int
    dead_letters: int
    forced: int
    waiting: int
    watermark_delay_s: float | None
    checkpoint_age_s: float
    observations: int
    observations_skipped: int
    names: int
    reasons: Mapping[str, int]
    decoded: DecoderCounters


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerMetrics:
    """Everything a worker tells.

    Attributes
    ----------
    generation : int
        Of the group, -1 while the worker is no member.
    records, bytes_read : int
        Read by this worker since it started.
    rate_per_s : float
        Records a second over the last seconds.
    rebalances, fenced, checkpoints, decisions : int
        Events in the life of the worker.
    outputs_waiting : int
        Outputs not yet acknowledged by the broker.
    unplaced : int
        Records re-keyed here whose site was not known.
    partitions : tuple of PartitionMetrics
        Being read now, by name.
    shards : tuple of ShardMetrics
        Owned now, by number.
    """

    generation: int
    records: int
    bytes_read: int
    rate_per_s: float
    rebalances: int
    fenced: int
    checkpoints: int
    decisions: int
    outputs_waiting: int
    partitions: tuple[PartitionMetrics, ...]
    shards: tuple[ShardMetrics, ...]
    unplaced: int = 0

    @property
    def lag(self) -> int:
        """Offsets behind the ends of all partitions being read."""
        return sum(partition.lag for partition in self.partitions)


@dataclass(slots=True)
class Tally:
    """What a worker counts while it runs; times are seconds of its clock."""

    records: int = 0
    bytes_read: int = 0
    fenced: int = 0
    checkpoints: int = 0
    decisions: int = 0
    rate_per_s: float = 0.0
    _marks: list[tuple[float, int]] = field(default_factory=list)

    def mark(self, now_s: float, *, window_s: float = 5.0) -> None:
        """Note the time, to tell the rate over the last `window_s` seconds.

        Examples
        --------
        >>> tally = Tally()
        >>> tally.mark(0.0)
        >>> tally.records = 500
        >>> tally.mark(2.0)
        >>> tally.rate_per_s
        250.0
        """
        # A few marks a second will do.
        if self._marks and now_s - self._marks[-1][0] < window_s / 20:
            return
        self._marks.append((now_s, self.records))
        while len(self._marks) > 2 and now_s - self._marks[1][0] >= window_s:  # noqa: PLR2004
            del self._marks[0]
        first_s, first = self._marks[0]
        if now_s > first_s:
            self.rate_per_s = (self.records - first) / (now_s - first_s)

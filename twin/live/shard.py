"""One shard: the twin of the sites of one partition number, and what it owes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from streams.checkpoint import Checkpoint
from streams.codec import Rejected
from streams.deadletters import DeadLetterLog
from streams.records import Position, RecordBatch
from twin.live.metrics import ShardMetrics
from twin.live.origins import Origins
from twin.live.outputs import Output, n_contradictions, observations
from twin.live.store import LETTERS, ShardStore
from twin.model import Network
from twin.replay import ReplayOptions, Twin

_LETTERS_PENDING_MAX = 512
_Letter = tuple[str, Rejected, int]  # partition, what and why, when noted


@dataclass(slots=True)
class Shard:
    """State of one partition number, as one of its owners has it.

    Attributes
    ----------
    number : int
        Of the partition, in every topic.
    epoch : int
        Which owner.
    twin : Twin
        Of the partitions with this number.
    store : ShardStore
        Where checkpoints go.
    label : str
        ``<number> of <number of partitions>``; a checkpoint must agree on it.
    output_offset : int
        Where the outputs of the shard ended at the last checkpoint.
    origins : Origins
        What was read of re-keyed records, by where they came from.
    """

    number: int
    epoch: int
    twin: Twin
    store: ShardStore
    label: str
    output_offset: int = 0
    origins: Origins = field(default_factory=Origins)
    saved_s: float = 0.0
    n_written: int = 0
    n_skipped: int = 0
    _next_output: int = 0
    _there_already: int = 0
    _letters: list[_Letter] = field(default_factory=list)
    _saved_position: Position | None = None

    @classmethod
    def of(
        cls,
        number: int,
        *,
        network: Network,
        names: Sequence[str],
        n_partitions: int,
        store: ShardStore,
        epoch: int,
        options: ReplayOptions,
    ) -> "Shard":
        """Return a shard as it was last saved, or of no record yet.

        Parameters
        ----------
        number : int
            Of the partition.
        network : Network
            What is given before the first event.
        names : sequence of str
            The partitions of this number, one of each topic.
        n_partitions : int
            Of each topic.
        store : ShardStore
            Where it was saved; already claimed.
        epoch : int
            Of this owner.
        options : ReplayOptions
            What is folded.

        Raises
        ------
        CheckpointMismatchError
            If what was saved is of another network, or another number of partitions.
        CheckpointCorruptError
            If nothing that was saved is whole.
        """
        twin = Twin(network, names, options)
        shard = cls(number, epoch, twin, store, f"{number} of {n_partitions}")
        saved = store.load()
        if saved is not None:
            shard._take_over(saved)
        return shard

    def _take_over(self, saved: Checkpoint) -> None:
        self.twin.take_over(saved, shard=self.label)
        self.output_offset = int(saved.meta.get("output_offset", 0))
        self.origins = Origins.from_json(saved.meta.get("origins", {}))
        # Outputs were acknowledged before the checkpoint was saved.
        self._next_output = n_contradictions(self.twin.state)
        self._saved_position = self.twin.position

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever saved of it."""
        return self._saved_position is None

    @property
    def is_changed(self) -> bool:
        """Whether records came since the last checkpoint."""
        return self.twin.position != self._saved_position

    def push(self, batch: RecordBatch, *, now_s: float, now_us: int) -> None:
        """Fold the next records of one of its partitions.

        Parameters
        ----------
        batch : RecordBatch
            What was read before, by offset or by origin, is dropped.
        now_s, now_us : float, int
            Monotonic time for idle partitions; time of day for dead letters.
        """
        unseen = self.origins.unseen(batch)
        if len(unseen):
            rejected = self.twin.push(unseen, now_s=now_s)
            self._letters += [(batch.partition, one, now_us) for one in rejected]
        if len(self._letters) >= _LETTERS_PENDING_MAX:
            self._write_letters()

    def there_already(self, n_outputs: int, end_offset: int) -> None:
        """Note how many outputs the topic holds: they are not told again."""
        self._there_already = n_outputs
        self.output_offset = max(self.output_offset, end_offset)

    def new_outputs(self, source: str) -> list[Output]:
        """Return what is to be told since the last call.

        Parameters
        ----------
        source : str
            Source of the events.
        """
        state = self.twin.state
        first = self._next_output
        self._next_output = n_contradictions(state)
        fresh = max(first, min(self._there_already, self._next_output))
        self.n_skipped += fresh - first
        told = observations(state, shard=self.number, source=source, first=fresh)
        self.n_written += len(told)
        return told

    def save(self, *, now_s: float, output_offset: int | None) -> None:
        """Save everything; outputs must have been acknowledged before.

        Raises
        ------
        FencedError
            If there is a newer owner; nothing was written.
        CheckpointWriteError
            If the disk is full or fails; the checkpoint before is intact.
        LogError
            If dead letters cannot be written.
        """
        self.store.check(self.epoch)
        self._write_letters()
        if output_offset is not None:
            self.output_offset = output_offset
        position = self.twin.position
        meta = {
            **self.twin.meta(shard=self.label),
            "output_offset": self.output_offset,
            "origins": self.origins.to_json(),
            "partitions": list(position),
            "watermark_us": self.twin.watermark_us,
        }
        self.store.save(self.twin.sections(), meta=meta, epoch=self.epoch)
        self._saved_position = position
        self.saved_s = now_s

    def _write_letters(self) -> None:
        """Letters before the checkpoint that says their records are done."""
        if not self._letters:
            return
        with DeadLetterLog(self.store.place(self.epoch) / LETTERS) as log:
            for partition, one, now_us in self._letters:
                log.add(
                    partition,
                    one.offset,
                    reason=one.reason,
                    detail=one.detail,
                    time_us=now_us,
                    raw=one.value,
                )
        self._letters.clear()

    def metrics(self, now_s: float) -> ShardMetrics:
        """Return its numbers."""
        counters, latest_us = self.twin.counters, self.twin.latest_us
        delay_s = None
        if latest_us is not None:
            delay_s = max(0.0, (latest_us - self.twin.watermark_us) / 1e6)
        return ShardMetrics(
            number=self.number,
            epoch=self.epoch,
            read=counters.read,
            applied=counters.applied,
            duplicates=counters.duplicates,
            late=counters.late,
            dead_letters=counters.rejected,
            forced=counters.forced,
            waiting=self.twin.waiting,
            watermark_delay_s=delay_s,
            checkpoint_age_s=now_s - self.saved_s,
            observations=self.n_written,
            observations_skipped=self.n_skipped,
        )

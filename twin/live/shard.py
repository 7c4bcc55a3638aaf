"""One shard: the twin of the sites of one partition number, and what it owes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from streams.checkpoint import Checkpoint
from streams.codec import Rejected
from streams.deadletters import DeadLetterLog
from streams.records import Headers, Position, RecordBatch
from twin.live.metrics import ShardMetrics
from twin.live.origins import Origins
from twin.live.outputs import Ledger, Output
from twin.live.store import LETTERS, ShardStore
from twin.model import Network
from twin.replay import ReplayOptions, Twin

_LETTERS_PENDING_MAX = 512


@dataclass(frozen=True, slots=True)
class _Letter:
    """What could not be used, and the record as it came, if that is still here."""

    partition: str
    rejected: Rejected
    noted_us: int
    key: bytes | None
    headers: Headers | None
    record_us: int

    @classmethod
    def of(cls, one: Rejected, batch: RecordBatch, *, noted_us: int) -> "_Letter":
        index = int(np.searchsorted(batch.offsets, one.offset))
        # What was refused late may be of a batch before, whose rest is gone.
        is_here = index < len(batch) and batch.offsets[index] == one.offset
        keys = batch.keys if is_here else None
        headers = batch.headers if is_here else None
        return cls(
            batch.partition,
            one,
            noted_us,
            None if keys is None else keys[index],
            None if headers is None else headers[index],
            int(batch.timestamps_us[index]) if is_here else 0,
        )


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
    _ledger: Ledger = field(init=False)
    _there_already: dict[str, int] = field(default_factory=dict)
    _output_end: int = 0
    _letters: list[_Letter] = field(default_factory=list)
    _saved_position: Position | None = None

    def __post_init__(self) -> None:
        self._ledger = Ledger(self.number)

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
        self._ledger = Ledger(self.number, self.twin.state)
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
            self._letters += [
                _Letter.of(one, unseen, noted_us=now_us) for one in rejected
            ]
        if len(self._letters) >= _LETTERS_PENDING_MAX:
            self._write_letters()

    def there_already(self, times_us: Mapping[str, int], end_offset: int) -> None:
        """Note which outputs the topic holds: they are not told again.

        Parameters
        ----------
        times_us : Mapping of str to int
            Their event times by id, microseconds UTC.
        end_offset : int
            Where they end.
        """
        self._there_already = dict(times_us)
        self._output_end = end_offset

    def new_outputs(self, source: str) -> list[Output]:
        """Return what is to be told since the last call.

        Parameters
        ----------
        source : str
            Source of the events.
        """
        found = self._ledger.observations(self.twin.state, source=source)
        there = self._there_already
        told = [one for one in found if there.pop(one.id, None) is None]
        self.n_skipped += len(found) - len(told)
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
        self._output_end = max(self._output_end, output_offset or 0)
        # The next owner must see what this one found and has not come to yet.
        if not self._is_ahead:
            self.output_offset = self._output_end
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

    @property
    def _is_ahead(self) -> bool:
        """Whether the topic holds outputs of events that are still to be folded."""
        passed_us = self.twin.watermark_us
        return any(time_us >= passed_us for time_us in self._there_already.values())

    def _write_letters(self) -> None:
        """Letters before the checkpoint that says their records are done."""
        if not self._letters:
            return
        with DeadLetterLog(self.store.place(self.epoch) / LETTERS) as log:
            for letter in self._letters:
                log.add(
                    letter.partition,
                    letter.rejected.offset,
                    reason=letter.rejected.reason,
                    detail=letter.rejected.detail,
                    time_us=letter.noted_us,
                    raw=letter.rejected.value,
                    row=letter.rejected.row,
                    key=letter.key,
                    headers=letter.headers,
                    record_us=letter.record_us,
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
            names=len(self.twin.names),
            reasons=dict(counters.reasons),
            decoded=replace(self.twin.decoded),
        )

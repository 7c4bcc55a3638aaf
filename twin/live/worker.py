"""A worker: owns the shards its group gives it, and hands them over by checkpoint.

The loop is: poll, fold, tell outputs, save, tell the broker. Start, recovery and
hand-over are one and the same: claim the shard, load its newest checkpoint, go on.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from streams.records import Position, RecordBatch, Source
from twin.clock import Clock
from twin.errors import FencedError, OptionError, StalledError
from twin.live.membership import JoinGroup
from twin.live.metrics import PartitionMetrics, Tally, WorkerMetrics
from twin.live.notes import note
from twin.live.outputs import told_already
from twin.live.planning import Elected
from twin.live.shard import Shard
from twin.live.store import Layout, LiveStore
from twin.live.watchdog import Watchdog
from twin.live.writer import OutputWriter
from twin.model import Network
from twin.replay import ReplayOptions
from twin.state import tables as t

PLANNER_SHARD = 0
"""Whoever owns this shard plans for the whole network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """How a worker goes about it.

    Attributes
    ----------
    checkpoint_s : float
        Seconds between checkpoints, > 0. After a crash so much is read again.
    checkpoint_records : int
        A checkpoint is also made after so many records, >= 1.
    poll_s : float
        How long a poll waits for records, >= 0.
    batch_records : int
        Most records folded at once, >= 1.
    flush_s : float
        How long a hand-over waits for outputs to be acknowledged, >= 0; after that the
        shard goes without a last checkpoint, and the next owner reads a little again.
    intake_events_max : int
        While more events of a shard wait for the watermark, those of its partitions
        that are ahead are paused until the others have caught up, >= 1.
    stall_s : float
        See `Watchdog`.
    replay : ReplayOptions
        What is folded, and how late it may come.

    Raises
    ------
    OptionError
        If a number is below its least.
    """

    checkpoint_s: float = 1.0
    checkpoint_records: int = 200_000
    poll_s: float = 0.1
    batch_records: int = 8192
    flush_s: float = 5.0
    intake_events_max: int = 1_000_000
    stall_s: float = 60.0
    replay: ReplayOptions = field(default_factory=ReplayOptions)

    def __post_init__(self) -> None:
        for name in ("checkpoint_records", "batch_records", "intake_events_max"):
            if getattr(self, name) < 1:
                msg = f"{name} must be >= 1, was {getattr(self, name)}"
                raise OptionError(msg)
        if not self.checkpoint_s > 0:
            msg = f"checkpoint_s must be > 0, was {self.checkpoint_s}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True)
class Observations:
    """Where outputs go.

    Attributes
    ----------
    topic : str
        With as many partitions as those that are read.
    source : str
        Source of the events written.
    writer : OutputWriter
        Writes them.
    written : Source
        Reads them, to see what is there after a crash.
    """

    topic: str
    source: str
    writer: OutputWriter
    written: Source

    def close(self) -> None:
        """Write what waits, and let go."""
        self.writer.close()
        self.written.close()


class Worker:
    """One member of a group of workers over one store.

    Parameters
    ----------
    network : Network
        The same for all workers.
    store : LiveStore
        The same for all workers.
    join : callable
        Makes the membership.
    topics : sequence of str
        What the group reads.
    clock : Clock
        Paces checkpoints and watches.
    options : WorkerOptions or None
        How to go about it.
    outputs : Observations or None
        Where contradictions are told; None: they are only counted.
    elected : Elected or None
        What the owner of shard 0 plans; None: nothing.

    Raises
    ------
    OptionError
        If the store is of another number of partitions, other topics or another
        network.
    """

    def __init__(
        self,
        network: Network,
        store: LiveStore,
        join: JoinGroup,
        *,
        topics: Sequence[str],
        clock: Clock,
        options: WorkerOptions | None = None,
        outputs: Observations | None = None,
        elected: Elected | None = None,
    ) -> None:
        self.options = options or WorkerOptions()
        self._network = network
        self._store = store
        self._clock = clock
        self._outputs = outputs
        self._elected = elected
        self._shards: dict[int, Shard] = {}
        self._paused: set[str] = set()
        self._latest_us: dict[str, int] = {}
        self._sealing = False
        self._unsaved = 0
        self._saved_s = clock.monotonic_s()
        self._tally = Tally()
        self._watchdog = Watchdog(stall_s=self.options.stall_s)
        self._group = join(self._release, self._lose)
        layout = Layout(tuple(sorted(topics)), self._group.n_partitions, network.hash)
        try:
            store.settle(layout)
        except BaseException:
            self.close()
            raise

    @property
    def shards(self) -> Mapping[int, Shard]:
        """The shards owned now, by number."""
        return self._shards

    @property
    def is_settled(self) -> bool:
        """Whether it is a member, and goes on with everything it was given."""
        return self._group.generation >= 0 and not self._group.assigned()

    def step(self) -> int:
        """Go once around the loop; return the number of records folded.

        Raises
        ------
        PositionError
            If records were deleted before they were read.
        DeliveryError
            If outputs cannot be delivered.
        StalledError
            If a partition stands still in spite of everything.
        CheckpointWriteError
            If the disk is full or fails.
        """
        batch = self._group.poll(self.options.poll_s, self.options.batch_records)
        now_s = self._clock.monotonic_s()
        for number in self._group.assigned():
            self._take_over(number)
        n_folded = 0 if batch is None else self._fold(batch, now_s)
        for shard in self._shards.values():
            shard.twin.tick(now_s)
            self._tell(shard)
        self._save_if_due(now_s)
        self._balance()
        self._watch(now_s)
        self._plan(now_s)
        self._tally.mark(now_s)
        return n_folded

    def run(self, stop: Callable[[], bool]) -> None:
        """Go around the loop until `stop` says so; see `step` for what it raises."""
        while not stop():
            self.step()

    def _take_over(self, number: int) -> None:
        """Claim a shard that was assigned, and go on where it was saved."""
        store = self._store.shard(number)
        epoch = store.next_epoch(self._group.generation)
        names = self._group.names(number)
        saved = store.load()
        hint = Position(dict.fromkeys(names, 0))
        if saved is not None:
            hint = Position(saved.meta["position"])
        # After the epoch was chosen and before it is taken: see `ShardStore.claim`.
        if not self._group.commit(hint):
            return  # tried again at the next step, if the group still means it
        try:
            store.claim(epoch)
        except FencedError as error:
            self._tally.fenced += 1
            note("claim refused", level=logging.WARNING, shard=number, why=error)
            return
        shard = Shard.of(
            number,
            network=self._network,
            names=names,
            n_partitions=self._group.n_partitions,
            store=store,
            epoch=epoch,
            options=self.options.replay,
        )
        shard.saved_s = self._clock.monotonic_s()
        self._look_at_outputs(shard)
        # A new shard begins with the oldest record there is, whatever its offset.
        position = Position() if shard.is_new else shard.twin.position
        self._group.begin(number, position)
        self._shards[number] = shard
        note("shard taken over", shard=number, epoch=epoch, at=position.to_json())

    def _look_at_outputs(self, shard: Shard) -> None:
        if self._outputs is None:
            return
        name = f"{self._outputs.topic}-{shard.number}"
        found = told_already(
            self._outputs.written, name, first_offset=shard.output_offset
        )
        shard.there_already(*found)

    def _fold(self, batch: RecordBatch, now_s: float) -> int:
        number = int(batch.partition.rpartition("-")[2])
        shard = self._shards.get(number)
        if shard is None:
            return 0  # nothing is read of what was not begun, but for a test's source
        # No more at once than contradictions a state remembers, or some were untold.
        size = len(batch) if self._outputs is None else t.RECORDED
        for first in range(0, len(batch), size):
            part = batch.slice(first, min(first + size, len(batch)))
            shard.push(part, now_s=now_s, now_us=self._clock.now_us())
            self._tell(shard)
        self._latest_us[batch.partition] = int(batch.timestamps_us[-1])
        self._tally.records += len(batch)
        self._tally.bytes_read += int((batch.ends - batch.starts).sum())
        self._unsaved += len(batch)
        return len(batch)

    def _tell(self, shard: Shard) -> None:
        if self._outputs is None:
            return
        told = shard.new_outputs(self._outputs.source)
        if told:
            self._outputs.writer.offer([o.value for o in told], partition=shard.number)

    def _acknowledged(self, timeout_s: float) -> bool:
        return self._outputs is None or self._outputs.writer.wait(timeout_s)

    def _save_if_due(self, now_s: float) -> None:
        due = (
            self._sealing
            or now_s - self._saved_s >= self.options.checkpoint_s
            or self._unsaved >= self.options.checkpoint_records
        )
        if not due:
            return
        # A slow broker is waited for with everything paused, but never in here: only
        # who polls stays in the group.
        self._sealing = not self._acknowledged(self.options.poll_s)
        if self._sealing:
            return
        saved = [s for s in list(self._shards.values()) if s.is_changed]
        position: dict[str, int] = {}
        for shard in saved:
            if self._save(shard, now_s):
                position |= shard.twin.position.to_json()
        if position:
            self._group.commit(Position(position))
        self._unsaved, self._saved_s = 0, now_s

    def _save(self, shard: Shard, now_s: float) -> bool:
        offset = None
        if self._outputs is not None:
            name = f"{self._outputs.topic}-{shard.number}"
            offset = self._outputs.writer.end_offset(name)
        try:
            shard.save(now_s=now_s, output_offset=offset)
        except FencedError as error:
            self._tally.fenced += 1
            self._shards.pop(shard.number, None)
            note("fenced", level=logging.WARNING, shard=shard.number, why=error)
            return False
        self._tally.checkpoints += 1
        return True

    def _balance(self) -> None:
        """Pause what would only fill memory, go on with the rest."""
        position, ends = self._group.position(), self._group.end_offsets()
        names, wanted = set(position), set()
        writer = None if self._outputs is None else self._outputs.writer
        if self._sealing or (writer is not None and writer.full):
            wanted = names
        else:
            behind = {n for n in position if position.of(n) < ends.get(n, 0)}
            for shard in self._shards.values():
                if shard.twin.waiting >= self.options.intake_events_max:
                    own = self._group.names(shard.number)
                    wanted |= ahead(own, self._latest_us, behind)
        self._paused &= names
        self._group.pause(sorted(wanted - self._paused))
        self._group.resume(sorted(self._paused - wanted))
        self._paused = wanted

    def _watch(self, now_s: float) -> None:
        offsets = self._group.position().to_json()
        ends = self._group.end_offsets()
        steps = self._watchdog.look(now_s, offsets, ends, waiting=self._paused)
        for name, step in steps.items():
            if self._group.client_position(name) >= ends[name]:
                continue  # what is left are markers of transactions
            place = {"partition": name, "offset": offsets[name], "end": ends[name]}
            note("partition stands still", level=logging.WARNING, step=step, **place)
            if step == "seek":
                self._group.seek_again(name)
            elif step == "fail":
                msg = (
                    f"partition {name!r}: stands at offset {offsets[name]} for "
                    f"{self._watchdog.stalled_s(name, now_s):.0f} s although there are "
                    f"records up to {ends[name]}; fetching anew did not help"
                )
                raise StalledError(msg)

    def _plan(self, now_s: float) -> None:
        if self._elected is None or PLANNER_SHARD not in self._shards:
            return
        self._tally.decisions += self._elected.plan_if_due(self._store, now_s)

    def _release(self, numbers: Sequence[int]) -> None:
        """Save shards that go to another worker, then let go of them."""
        now_s = self._clock.monotonic_s()
        shards = [self._shards.pop(n) for n in numbers if n in self._shards]
        for shard in shards:
            self._tell(shard)
        if not self._acknowledged(self.options.flush_s):
            note("released without a checkpoint", level=logging.WARNING, shards=numbers)
            return
        for shard in shards:
            if shard.is_changed:
                self._save(shard, now_s)
            note("shard released", shard=shard.number, epoch=shard.epoch)

    def _lose(self, numbers: Sequence[int]) -> None:
        """Drop shards that others own by now: nothing of them may be written."""
        for number in numbers:
            self._shards.pop(number, None)
            self._tally.fenced += 1
            note("shard lost", level=logging.WARNING, shard=number)

    def metrics(self) -> WorkerMetrics:
        """Return the worker's numbers."""
        now_s = self._clock.monotonic_s()
        ends = self._group.end_offsets()
        partitions = [
            PartitionMetrics(
                name=name,
                offset=offset,
                end_offset=ends.get(name, offset),
                paused=name in self._paused,
                stalled_s=self._watchdog.stalled_s(name, now_s),
            )
            for name, offset in self._group.position().to_json().items()
        ]
        writer = None if self._outputs is None else self._outputs.writer
        tally = self._tally
        return WorkerMetrics(
            generation=self._group.generation,
            records=tally.records,
            bytes_read=tally.bytes_read,
            rate_per_s=tally.rate_per_s,
            rebalances=self._group.rebalances,
            fenced=tally.fenced,
            checkpoints=tally.checkpoints,
            decisions=tally.decisions,
            outputs_waiting=0 if writer is None else writer.waiting,
            partitions=tuple(partitions),
            shards=tuple(s.metrics(now_s) for _, s in sorted(self._shards.items())),
        )

    def close(self) -> None:
        """Save and hand over everything, and leave the group."""
        self._group.close()
        if self._outputs is not None:
            self._outputs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def ahead(
    names: Collection[str], latest_us: Mapping[str, int], behind: Collection[str]
) -> set[str]:
    """Return the partitions of a shard that are ahead of one that can catch up.

    Parameters
    ----------
    names : collection of str
        The partitions.
    latest_us : Mapping of str to int
        When the last record read of each was appended, microseconds UTC.
    behind : collection of str
        Those with more to read now: to wait for one without would be for ever.

    Examples
    --------
    >>> latest_us = {"orders-0": 20, "stock-0": 10}
    >>> ahead(["orders-0", "stock-0"], latest_us, {"stock-0"})
    {'orders-0'}
    >>> ahead(["orders-0", "stock-0"], latest_us, {"orders-0"})
    set()
    """
    # One that has given nothing yet is the last of all.
    last = min(names, key=lambda name: (latest_us.get(name, -1), name))
    return set(names) - {last} if last in behind else set()

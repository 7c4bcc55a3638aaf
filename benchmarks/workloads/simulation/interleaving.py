"""Every order of seven steps of one owner, his successors and his replaced self.

A `Situation` says in numbers all that decides what can happen next. `follow` walks all
sequences over situations; those that lead to the same one are equal from there on, so
that `rehearse` need only take every step from every situation once: with a real twin, a
real writer of checkpoints on a disk in memory, and records of two partitions.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from benchmarks.workloads.simulation.disk import FaultyDisk
from benchmarks.workloads.simulation.records import SECOND_US, START_US, network
from streams.checkpoint import CheckpointWriter, load
from streams.codec import encode
from streams.errors import CheckpointFencedError
from streams.events import StockMoved
from streams.ingest import IngestOptions
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.records import Position, RecordBatch
from twin.replay import ReplayOptions, Twin

STEPS = ("poll", "fold", "snapshot", "commit", "crash", "rebalance")
LENGTH = 7
PARTITIONS = ("plant-0", "plant-1")
# Three events in two partitions; the first one comes once more in the second.
EVENTS = ((0, 2), (1, 0))
N_RECORDS, N_EVENTS = 4, 3
FOLDER = Path("saved")
OPTIONS = ReplayOptions(ingest=IngestOptions(lateness_us=0))

Lineage = tuple[int, ...]  # partition of each record folded, in order


@dataclass(frozen=True, slots=True)
class Replaced:
    """An owner who does not know yet that he was replaced.

    Attributes
    ----------
    generation
        His.
    copied
        What he would save.
    """

    generation: int
    copied: Lineage


@dataclass(frozen=True, slots=True)
class Situation:
    """All that decides what can happen next.

    Attributes
    ----------
    generation
        Of the owner, from 1; every second one polls the other partition first.
    queue
        Partitions of what is polled and not folded.
    folded
        What the owner's twin has folded.
    copied
        What a snapshot holds that was not written; None: none.
    n_saved
        Saves of this owner: his first is a whole one, then come deltas.
    saved
        Newest checkpoint: generation and what it holds.
    replaced
        Who might still write.
    """

    generation: int = 1
    queue: Lineage = ()
    folded: Lineage = ()
    copied: Lineage | None = None
    n_saved: int = 0
    saved: tuple[int, Lineage] | None = None
    replaced: Replaced | None = None

    def polled(self) -> int | None:
        """Return the partition that a poll reads next; None at the end."""
        counts = [(self.folded + self.queue).count(one) for one in (0, 1)]
        first = self.generation % 2
        for one in sorted((0, 1), key=lambda p: (counts[p], p != first)):
            if counts[one] < len(EVENTS[one]):
                return one
        return None

    def after(self, step: str) -> "Situation":
        """Return the situation after a step."""
        copied = self.folded if self.copied is None else self.copied
        after = {
            "poll": self._polled,
            "fold": lambda: replace(
                self, folded=self.folded + self.queue[:1], queue=self.queue[1:]
            ),
            "snapshot": lambda: replace(self, copied=self.folded),
            "commit": self._committed,
            "crash": lambda: self._restarted(None),
            "rebalance": lambda: self._restarted(Replaced(self.generation, copied)),
        }
        return after[step]()

    def _polled(self) -> "Situation":
        more = self.polled()
        return replace(self, queue=self.queue + (() if more is None else (more,)))

    def _committed(self) -> "Situation":
        """Have the owner write if he has a copy, and then who was replaced."""
        saved, replaced = self.saved, self.replaced
        if self.copied is not None:
            saved = (self.generation, self.copied)
        elif replaced is not None and not self.fences:
            saved = (replaced.generation, replaced.copied)
        return replace(
            self,
            saved=saved,
            copied=None,
            n_saved=min(self.n_saved + (self.copied is not None), 2),
            replaced=None,
        )

    @property
    def fences(self) -> bool:
        """Whether who was replaced is refused at the next commit."""
        return self.replaced is not None and (
            self.copied is not None
            or (self.saved is not None and self.saved[0] > self.replaced.generation)
        )

    def _restarted(self, replaced: Replaced | None) -> "Situation":
        folded = () if self.saved is None else self.saved[1]
        return Situation(
            generation=self.generation + 1,
            folded=folded,
            saved=self.saved,
            replaced=replaced,
        )


def follow(length: int = LENGTH) -> tuple[dict[tuple[str, ...], Situation], int]:
    """Walk all sequences of up to so many steps.

    Returns
    -------
    tuple
        A shortest sequence for every step from every situation, with the situation it
        ends in, steps that do nothing left out; and how many sequences of the full
        length were walked.
    """
    paths: dict[Situation, tuple[str, ...]] = {Situation(): ()}
    found: dict[tuple[str, ...], Situation] = {(): Situation()}
    reached = {Situation(): 1}  # how many sequences end there
    for _ in range(length):
        after: Counter[Situation] = Counter()
        for situation, n_sequences in reached.items():
            for step in STEPS:
                then, path = situation.after(step), (*paths[situation], step)
                after[then] += n_sequences
                paths.setdefault(then, path)
                if then != situation:
                    found[path] = then
        reached = after
    return found, reached.total()


@cache
def log() -> MemoryLog:
    """Return the records."""
    log = MemoryLog(PARTITIONS)
    for name, numbers in zip(PARTITIONS, EVENTS, strict=True):
        values = [
            encode(
                StockMoved(item="item0", quantity=1.0 + n, from_site="plant"),
                event_id=str(n),
                source="wms",
                time_us=START_US + (n + 1) * SECOND_US,
            )
            for n in numbers
        ]
        MemorySink(log, name).append(values)
    return log


class Owner:
    """A real twin, a real writer, and what was polled for them."""

    def __init__(self, generation: int, disk: FaultyDisk) -> None:
        self.generation = generation
        self.twin = Twin(network(), PARTITIONS, OPTIONS)
        self.twin.decoded.switched_off = True  # layouts make four records no faster
        self.writer = CheckpointWriter(FOLDER, generation=generation, disk=disk)
        self.queue: list[RecordBatch] = []
        self.has_copy = False
        saved = load(FOLDER, disk=disk)
        if saved is not None:
            self.twin.take_over(saved)
        self.position = self.twin.position

    def snapshot(self) -> None:
        """Copy what is to be saved."""
        self.writer.begin(self.twin.sections(), self.twin.meta())
        self.has_copy = True

    def poll(self, partition: int) -> None:
        """Read one record; the position of the source moves on."""
        name = PARTITIONS[partition]
        source = MemorySource(log())
        ends = source.end_position().to_json()
        source.seek(Position({**ends, name: self.position.of(name)}))
        batch = source.poll(0, 1)
        assert batch is not None, "the situation says that there is one"
        self.position = self.position.advance(name, batch.next_offset)
        self.queue.append(batch)

    def fold(self) -> None:
        """Fold what was polled first."""
        if self.queue:
            self.twin.push(self.queue.pop(0))


class Rehearsal:
    """The same steps with the real pieces, compared with the situation."""

    def __init__(self) -> None:
        self.situation = Situation()
        self.disk = FaultyDisk()
        self.owner = Owner(1, self.disk)
        self.replaced: Owner | None = None

    def take(self, step: str) -> None:
        """Take a step in both."""
        owner, before = self.owner, self.situation
        self.situation = before.after(step)
        match step:
            case "poll":
                next_one = before.polled()
                if next_one is not None:
                    owner.poll(next_one)
            case "fold":
                owner.fold()
            case "snapshot":
                owner.snapshot()
            case "commit":
                self._commit(fenced=before.fences)
            case "crash":
                self.replaced = None
                self.disk = self.disk.after_crash()
                self.owner = Owner(self.situation.generation, self.disk)
            case _:
                self.replaced = owner
                self.owner = Owner(self.situation.generation, self.disk)

    def _commit(self, *, fenced: bool) -> None:
        if self.owner.has_copy:
            self.owner.writer.commit()
            self.owner.has_copy = False
        replaced, self.replaced = self.replaced, None
        if replaced is None:
            return
        if not replaced.has_copy:
            replaced.snapshot()
        try:
            replaced.writer.commit()
        except CheckpointFencedError:
            assert fenced, "who may still write was refused"
        else:
            assert not fenced, "who was replaced could write"

    def problems(self) -> Iterator[str]:
        """Tell where the pieces are not where the situation says."""
        situation, owner = self.situation, self.owner
        queue = [PARTITIONS.index(batch.partition) for batch in owner.queue]
        if queue != list(situation.queue):
            yield f"queue {queue}"
        for index, name in enumerate(PARTITIONS):
            if owner.twin.position.of(name) != situation.folded.count(index):
                yield f"{name} at {owner.twin.position}"
        saved = load(FOLDER, disk=self.disk)
        if (saved is None) != (situation.saved is None):
            yield f"saved {saved}"
        if saved is not None and situation.saved is not None:
            generation, lineage = situation.saved
            there = {n: lineage.count(i) for i, n in enumerate(PARTITIONS)}
            if (saved.generation, saved.meta["position"]) != (generation, there):
                yield f"saved {saved.generation} {saved.meta}"

    def finish(self) -> Twin:
        """Let the owner read and fold all that is left."""
        while self.situation.polled() is not None:
            self.take("poll")
        while self.owner.queue:
            self.take("fold")
        self.owner.twin.finish()
        return self.owner.twin


def expected() -> str:
    """Return the digest of an owner whom nothing disturbs."""
    return Rehearsal().finish().state.digest()


def rehearse(steps: tuple[str, ...], digest: str) -> list[str]:
    """Take steps with the real pieces, then finish.

    Parameters
    ----------
    steps
        Of `STEPS`.
    digest
        Of the state in which it must end.

    Returns
    -------
    list of str
        What is not as it must be.
    """
    rehearsal = Rehearsal()
    for step in steps:
        rehearsal.take(step)
    found = list(rehearsal.problems())
    twin = rehearsal.finish()
    counters = twin.counters
    counts = (counters.read, counters.applied, counters.duplicates)
    if counts != (N_RECORDS, N_EVENTS, N_RECORDS - N_EVENTS):
        found.append(f"counters {counters}")
    if twin.state.digest() != digest:
        found.append("another state")
    return found

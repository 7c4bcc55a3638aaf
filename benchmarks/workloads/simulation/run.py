"""One run: a seed decides what is produced, what fails, and when the process dies.

Under test are the twin with its decoder and intake, the writer of checkpoints and the
reader of record batches, all as they are used elsewhere. Simulated are the broker, the
disk, the clock, and the process that dies.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.workloads.simulation.broker import (
    CODECS,
    Broker,
    SimulatedSource,
)
from benchmarks.workloads.simulation.disk import DiskCrash, FaultyDisk, File
from benchmarks.workloads.simulation.journal import Journal
from benchmarks.workloads.simulation.records import (
    LATENESS_US,
    network,
    produce,
)
from streams.checkpoint import Checkpoint, CheckpointWriter, checkpoints, load
from streams.errors import (
    BrokerUnreachableError,
    CheckpointCorruptError,
    CheckpointFencedError,
    CheckpointWriteError,
    PositionError,
    RecordsCorruptError,
)
from streams.ingest import IngestOptions
from streams.records import RecordBatch
from twin.live.outputs import n_contradictions
from twin.replay import ReplayOptions, Twin

FOLDER = Path("saved")
FAULTS = {
    "disconnect": 0.05,
    "empty": 0.1,
    "corrupt": 0.05,
    "partial": 0.1,
    "repeat": 0.1,
}
HOUR_S = 3600.0
IDLE_S = 30.0
# What may happen in a step, and how often of a hundred.
WEIGHTS = {
    "read": 49,
    "produce": 18,
    "acknowledge": 8,
    "begin": 6,
    "commit": 6,
    "crash": 2,
    "crash in a commit": 2,
    "full disk": 1,
    "flipped bit": 1,
    "rebalance": 1,
    "new leader": 2,
    "lost tail": 1,
    "lost acknowledged": 1,
    "start moved": 1,
    "clock": 1,
}
N_STEPS = 110
NAMES_MAX = 40  # so few that those who forget names do so once in a life


@dataclass(slots=True)
class Outcome:
    """What came of a run.

    Attributes
    ----------
    trace
        Hash of all steps and of the end.
    happened
        How often what did.
    reported
        Why the run could not go on, if it could not: something is gone for good.
    problems
        What is not as it must be; empty if all is well.
    """

    trace: str = ""
    happened: Counter[str] = field(default_factory=Counter)
    reported: str | None = None
    problems: list[str] = field(default_factory=list)


class LostForGoodError(Exception):
    """What was read and not saved is no longer in the log."""


@dataclass(slots=True)
class Process:
    """What dies in a crash."""

    twin: Twin
    journal: Journal
    source: SimulatedSource
    writer: CheckpointWriter

    def begin(self) -> None:
        """Copy what is to be saved, and of which leaders the records before it were."""
        meta: dict[str, Any] = {**self.twin.meta(), "epochs": dict(self.source.epochs)}
        self.writer.begin(self.twin.sections(), meta)


class Simulation:
    """A world and a process in it.

    Parameters
    ----------
    seed
        Decides all that happens.
    """

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        # Half of the runs are in order within the lateness and without a clock: then
        # the state must be that of all events in canonical order.
        self.strict = seed % 2 == 0
        self.n_partitions = int(self.random.integers(1, 5))
        # Learning layouts takes half of a run; the answers are the same.
        self.learns = seed % 4 < 2 and seed % 8 < 4
        self.forgets = seed % 3 == 1
        self.produced = produce(
            self.random,
            n_events=int(self.random.integers(30, 80)),
            n_partitions=self.n_partitions,
            disorder_us=LATENESS_US if self.strict else 3 * LATENESS_US,
            futures=not self.strict,
        )
        self.ever_sent = [one for values in self.produced.values for one in values]
        self.broker = Broker(self.n_partitions)
        self.sent = dict.fromkeys(self.broker.logs, 0)
        self.disk = FaultyDisk(seed)
        self.generation = 0
        self.now_s = 0.0
        self.zombie: Process | None = None
        self.faults: dict[str, float] = dict(FAULTS)
        self.outcome = Outcome()
        self._trace = hashlib.blake2b(digest_size=16)
        bound = 2_000_000 if self.strict or seed % 3 else 12
        self.options = ReplayOptions(
            ingest=IngestOptions(
                lateness_us=LATENESS_US, idle_s=IDLE_S, buffer_events_max=bound
            )
        )
        self.process = self._started()

    def note(self, *what: object) -> None:
        """Add to the trace."""
        self._trace.update(repr(what).encode())

    def run(self) -> Outcome:
        """Take all steps, then let all that is left come, and look at the end."""
        names = list(WEIGHTS)
        chances = np.array(list(WEIGHTS.values())) / sum(WEIGHTS.values())
        drawn = self.random.choice(len(names), N_STEPS, p=chances).tolist()
        try:
            for number in drawn:
                self._step(names[number])
            self._calm()
        except LostForGoodError as error:
            self.outcome.reported = str(error)
        self.process.twin.finish()
        self._tell_events()
        self.note("end", self.process.twin.state.digest(), self.outcome.reported)
        self.outcome.trace = self._trace.hexdigest()
        return self.outcome

    def _tell_events(self) -> None:
        """Count what became of events, so that a test can ask for some of each."""
        twin, happened = self.process.twin, self.outcome.happened
        happened["late"] += twin.counters.late
        happened["released early"] += twin.counters.forced
        happened["copies"] += twin.counters.duplicates
        happened["contradictions"] += n_contradictions(twin.state)
        for reason, n_events in twin.counters.reasons.items():
            happened[f"letter: {reason}"] += n_events

    def _step(self, name: str) -> None:
        self.outcome.happened[name] += 1
        steps: dict[str, Callable[[], None]] = {
            "read": self._read,
            "produce": self._produce,
            "acknowledge": self._acknowledge,
            "begin": self._begin,
            "commit": self._commit,
            "crash": self._crash,
            "crash in a commit": self._crash_in_commit,
            "full disk": self._full_disk,
            "flipped bit": self._flip,
            "rebalance": self._rebalance,
            "new leader": self._new_leader,
            "lost tail": lambda: self._cut(acknowledged=False),
            "lost acknowledged": lambda: self._cut(acknowledged=True),
            "start moved": self._move_start,
            "clock": self._jump,
        }
        steps[name]()
        counters = self.process.twin.counters
        self.note(name, self.process.twin.position, counters, self.disk.n_operations)

    def value_at(self, index: int, offset: int) -> bytes:
        """Return what was sent to a partition, and has this offset now."""
        return self.produced.values[index][offset]

    # The world.

    def _log_name(self) -> str:
        return f"plant-{int(self.random.integers(self.n_partitions))}"

    def _produce(self) -> None:
        name = self._log_name()
        index, first = int(name[-1]), self.sent[name]
        last = first + int(self.random.integers(1, 9))
        values = self.produced.values[index][first:last]
        if values:
            codec = CODECS[int(self.random.integers(len(CODECS)))]
            times_us = self.produced.times_us[index][first:last]
            self.broker.logs[name].append(values, times_us, codec)
            self.sent[name] = first + len(values)
        self.note(name, len(values))

    def _acknowledge(self) -> None:
        for log in self.broker.logs.values():
            log.acknowledged = log.end

    def _new_leader(self) -> None:
        self.broker.logs[self._log_name()].epoch += 1

    def _cut(self, *, acknowledged: bool) -> None:
        """Lose the end of a log; producers send again what was not acknowledged.

        Of what was acknowledged they know no more, so some of it is gone for good.
        """
        name = self._log_name()
        log = self.broker.logs[name]
        low = log.start if acknowledged else log.acknowledged
        end = int(self.random.integers(low, log.end + 1))
        gone = log.cut(end)
        log.epoch += 1
        again = self.random.random() < 0.5 or not acknowledged
        n_gone = sum(len(batch.values) for batch in gone)
        if again:
            self.sent[name] -= n_gone
        else:
            self._unsend(name, n_gone)
        self.note(name, end, n_gone, again)

    def _unsend(self, name: str, n_gone: int) -> None:
        """Strike out records that were sent and lost."""
        last = self.sent[name]
        for column in (self.produced.values, self.produced.times_us):
            del column[int(name[-1])][last - n_gone : last]
        self.sent[name] = last - n_gone

    def _move_start(self) -> None:
        """Delete old records: as a rule none that was not read yet."""
        name = self._log_name()
        log = self.broker.logs[name]
        read = self.process.twin.position.of(name)
        rash = self.random.random() < 0.2
        if log.acknowledged > log.start:
            most = log.acknowledged if rash else min(read, log.acknowledged)
            log.forget(int(self.random.integers(log.start, max(most, log.start) + 1)))
        self.note(name, log.start)

    def _jump(self) -> None:
        self.now_s += float(self.random.choice([-HOUR_S, HOUR_S, 1.5 * IDLE_S]))
        if not self.strict:
            self.process.twin.tick(self.now_s)

    # The process.

    def _started(self) -> Process:
        twin = Twin(network(), tuple(sorted(self.broker.logs)), self.options)
        journal = Journal()
        twin.projections["journal"] = journal
        twin.decoded.switched_off = not self.learns
        if self.forgets:
            twin._names_max = NAMES_MAX  # noqa: SLF001
        source = SimulatedSource(self.broker, self.random, self.faults)
        self.generation += 1
        writer = CheckpointWriter(FOLDER, generation=self.generation, disk=self.disk)
        return Process(twin, journal, source, writer)

    def _restart(self) -> None:
        """Begin anew from the newest checkpoint whose past is still in the log."""
        self.process = self._started()
        for saved in self._saved():
            if self._go_on_from(saved):
                return
        if any(log.start for log in self.broker.logs.values()):
            raise LostForGoodError("no checkpoint fits, and the log begins later")
        self.outcome.happened["began at zero"] += 1

    def _saved(self) -> Iterator[Checkpoint]:
        """Load what can be loaded, the newest first."""
        for head in reversed(checkpoints(FOLDER, disk=self.disk)):
            try:
                one = load(FOLDER, number=head.number, disk=self.disk)
            except CheckpointCorruptError:
                self.outcome.happened["no checkpoint was whole"] += 1
                continue
            if one is not None and one.number == head.number:
                yield one
            else:
                self.outcome.happened["a damaged one was passed over"] += 1

    def _go_on_from(self, saved: Checkpoint) -> bool:
        process = self.process
        process.twin.take_over(saved)
        self.note("restored", saved.number, saved.path.name)
        try:
            process.source.seek(process.twin.position, saved.meta["epochs"])
        except PositionError:
            self.outcome.happened["an older checkpoint was needed"] += 1
            self.process = self._started()
            return False
        return True

    def _read(self) -> None:
        process = self.process
        self.now_s += float(self.random.random())
        try:
            batch = process.source.poll(0, int(self.random.integers(1, 20)))
        except (BrokerUnreachableError, RecordsCorruptError) as error:
            self.outcome.happened[type(error).__name__] += 1
            return
        except PositionError as error:
            self.outcome.happened["PositionError"] += 1
            self.note(str(error))
            self._restart()
            return
        finally:
            self.outcome.happened[process.source.last_fault or "no fault"] += 1
        if batch is not None:
            self._fold(batch)

    def _fold(self, batch: RecordBatch) -> None:
        process = self.process
        rejected = process.twin.push(batch, now_s=None if self.strict else self.now_s)
        index = int(batch.partition[-1])
        process.journal.letters += [(index, one.offset) for one in rejected]
        self.note(batch.partition, batch.offsets.tolist())

    def _begin(self) -> None:
        self.process.begin()

    def _commit(self) -> None:
        if not self.process.writer._begun:  # noqa: SLF001
            self._begin()
        try:
            path = self.process.writer.commit()
        except CheckpointWriteError:
            self.outcome.happened["CheckpointWriteError"] += 1
        else:
            self.note(path.name)
        self._haunt()

    def _haunt(self) -> None:
        """Let who was replaced save once more: it must not be able to."""
        zombie, self.zombie = self.zombie, None
        if zombie is None:
            return
        try:
            zombie.begin()
            zombie.writer.commit()
        except CheckpointFencedError:
            self.outcome.happened["CheckpointFencedError"] += 1
        except CheckpointWriteError:
            pass
        else:
            newest = load(FOLDER, disk=self.disk)
            if newest is not None and newest.generation < self.generation:
                self.outcome.happened["saved before its successor"] += 1
            else:
                self.outcome.problems.append("who was replaced could save")

    def _crash(self) -> None:
        self.zombie = None
        self.disk = self.disk.after_crash()
        self._restart()

    def _crash_in_commit(self) -> None:
        self.disk.crash_at = self.disk.n_operations + int(self.random.integers(1, 7))
        try:
            self._commit()
        except DiskCrash:
            self.outcome.happened["died inside a checkpoint"] += 1
        self._crash()

    def _full_disk(self) -> None:
        first = self.disk.n_operations + int(self.random.integers(1, 5))
        self.disk.fail_at = range(first, first + 2)

    def _flip(self) -> None:
        """Die, and find a bit of the newest checkpoint flipped."""
        self.zombie = None
        self.disk = self.disk.after_crash()
        wholes = [path for path in self.disk.names if path.suffix != ".tmp"]
        if wholes:
            path = max(wholes)
            content = bytearray(self.disk.names[path].content)
            place = int(self.random.integers(max(1, len(content))))
            content[place : place + 1] = bytes(
                [
                    byte ^ 1 << int(self.random.integers(8))
                    for byte in content[place:][:1]
                ]
            )
            self.disk.names[path] = self.disk.kept_names[path] = File(content)
        self._restart()

    def _rebalance(self) -> None:
        """Hand over without a word: who was replaced does not know it yet."""
        self.zombie = self.process
        self._restart()

    def _calm(self) -> None:
        """Let everything arrive, without faults."""
        self.disk.fail_at, self.disk.crash_at = (), None
        self.faults.clear()
        for name in self.broker.logs:
            rest = self.produced.values[int(name[-1])][self.sent[name] :]
            times_us = self.produced.times_us[int(name[-1])][self.sent[name] :]
            if rest:
                self.broker.logs[name].append(rest, times_us, "none")
                self.sent[name] += len(rest)
        self._acknowledge()
        # Behind the end, too: only a poll finds out that a log was cut.
        while self.process.source.position() != self.process.source.end_position():
            self._read()
        self.note(self.process.twin.position)

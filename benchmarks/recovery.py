"""Checkpoints: the pause they cost, when they are durable, how fast all is back.

Parts: `snapshot` (100,000 rows of 64 bytes, beside SQLite and RocksDB, synced all of
them), `restart` (a replay killed with SIGKILL while its log grows) and `loop` (a live
loop killed at points drawn from seeds, its Kafka broker kept).
"""

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.timing import Timing
from benchmarks.workloads.broker import apache_kafka
from benchmarks.workloads.recovery import Entities, RocksRows, SqliteRows
from benchmarks.workloads.restart import (
    AFTER_START,
    IN_ALL,
    cold_start_s,
    measure_restarts,
)
from streams.checkpoint import Checkpoint, CheckpointWriter, load

PARTS = ("snapshot", "restart", "loop")
LOOP_SEEDS, KILLS_A_SEED = 5, 10  # of a kind of budget
QUICK_KILLS = 2
N_ROWS = 100_000
N_CHANGED = 1_000
KEYS_A_SAVE = 100_000  # a second at 100,000 events a second
PEER_ROUNDS = 6  # the first of them untimed; the peers take most of the time
ROUNDS = 20
QUICK_ROUNDS = 8


def run(options: RunOptions) -> Iterator[Result]:
    """Run the parts asked for."""
    for part in PARTS if options.part is None else (options.part,):
        with tempfile.TemporaryDirectory(prefix="recovery-") as name:
            if part == "snapshot":
                yield from snapshot(Path(name), quick=options.quick)
            elif part == "loop":
                yield from loop(Path(name), quick=options.quick)
            else:
                yield from restart(Path(name), quick=options.quick)


class Stages:
    """Times of the stages of rounds, in the order they come in a round.

    The first round is untimed: memory is touched, files are made; it is kept as `cold`.
    """

    def __init__(self) -> None:
        self._times_s: dict[str, list[float]] = {}

    def time(self, name: str, call: Callable[[], Any]) -> Any:
        """Call with the collector off and keep the seconds."""
        gc.collect()
        gc.disable()
        try:
            start_s = time.perf_counter()
            answer = call()
            taken_s = time.perf_counter() - start_s
        finally:
            gc.enable()
        self._times_s.setdefault(name, []).append(taken_s)
        return answer

    def timing(self, name: str) -> Timing:
        """Return all rounds but the first."""
        return Timing(tuple(self._times_s[name][1:]), None)

    def cold_s(self, name: str) -> float:
        """Return the first round, seconds."""
        return self._times_s[name][0]


def same(saved: Checkpoint | None, sections: dict[str, dict[str, Any]]) -> bool:
    """Whether a load is what was saved, bit by bit, and the arrays can be used."""
    return (
        saved is not None
        and not saved.rejected
        and list(saved.sections) == list(sections)
        and all(
            saved.arrays(section)[name].tobytes() == array.tobytes()
            and saved.arrays(section)[name].dtype == array.dtype
            and saved.arrays(section)[name].flags.writeable
            for section, arrays in sections.items()
            for name, array in arrays.items()
        )
    )


class Saves:
    """The stages of our side, and whether every load was right."""

    def __init__(self, folder: Path, stages: Stages) -> None:
        self._stages = stages
        self._folder = folder
        self.entities = Entities(N_ROWS)
        self.right = True
        self._rows = CheckpointWriter(folder / "rows")
        self._all = CheckpointWriter(folder / "all")
        self._some = CheckpointWriter(folder / "some")

    def round(self) -> None:
        """Save and load in all ways; every row changes for a whole checkpoint."""
        self.entities.change_all()
        self._save("whole", self._rows, self.entities.sections(), ".ckpt")
        self.entities.change_all()
        self.entities.older ^= np.uint64(1)
        self.entities.see(KEYS_A_SAVE)
        self._save("whole with keys", self._all, self.entities.with_keys(), ".ckpt")

    def delta_round(self) -> None:
        """Save what changed; a whole one comes first, so that a delta follows."""
        self.entities.change_all()
        self.entities.older ^= np.uint64(1)
        self._unmeasured(self._all, self.entities.with_keys())
        self.entities.change_all()
        self.entities.see(KEYS_A_SAVE)
        self._save("delta of a second", self._all, self.entities.with_keys(), ".delta")
        self.entities.change_all()
        self._unmeasured(self._some, self.entities.sections())
        self.entities.change(N_CHANGED)
        self._save("delta", self._some, self.entities.sections(), ".delta")

    def _unmeasured(self, writer: CheckpointWriter, sections: dict[str, Any]) -> None:
        writer.begin(sections, {"round": 0})
        self.right &= writer.commit().suffix == ".ckpt"

    def _save(
        self, name: str, writer: CheckpointWriter, sections: Any, kind: str
    ) -> None:
        stages = self._stages
        stages.time(f"pause, {name}", lambda: writer.begin(sections, {"round": 1}))
        path = stages.time(f"commit, {name}", writer.commit)
        saved = stages.time(f"load, {name}", lambda: load(path.parent))
        self.right &= path.suffix == kind and same(saved, sections)


def snapshot(folder: Path, *, quick: bool) -> Iterator[Result]:
    """Time saving and loading rows, in turns with the peers."""
    stages = Stages()
    ours = Saves(folder, stages)
    peers = {"sqlite": SqliteRows(folder), "rocksdict": RocksRows(folder)}
    right = dict.fromkeys(peers, True)
    for number in range(QUICK_ROUNDS if quick else ROUNDS):
        ours.round()
        ours.delta_round()
        for name, peer in peers.items() if number < PEER_ROUNDS else ():
            rows = ours.entities.rows
            stages.time(f"save, {name}", lambda p=peer, r=rows: p.save(r))
            found = stages.time(f"load, {name}", lambda p=peer: p.load())
            right[name] &= found.tobytes() == rows.tobytes()
    yield from own_results(stages, right=ours.right, quick=quick)
    for name, peer in peers.items():
        yield from peer_results(
            stages, name, peer=peer.peer, right=ours.right and right[name]
        )
        peer.close()


GOALS = {
    "pause, whole": ("copy of 100,000 rows of 64 bytes, the only pause", "<= 1"),
    "commit, whole": ("durable snapshot of them", "<= 10"),
    "load, whole": ("verified load of them", "<= 20"),
    "pause, whole with keys": ("copy of rows and 16 MB of keys", None),
    "commit, whole with keys": ("durable snapshot of rows and 16 MB of keys", "<= 25"),
    "load, whole with keys": ("verified load of rows and 16 MB of keys", None),
    "commit, delta of a second": (
        "durable delta of all rows and 100,000 new keys",
        "<= 25",
    ),
    "load, delta of a second": ("verified load of rows, keys and that delta", None),
    "commit, delta": ("durable delta of 1,000 changed rows", None),
    "load, delta": ("verified load of rows and that delta", None),
}


def own_results(stages: Stages, *, right: bool, quick: bool) -> Iterator[Result]:
    """Report our own figures, and what the first round took.

    Milliseconds are asked of full runs, as quick ones share their machine.
    """
    for name, (title, goal) in GOALS.items():
        timing = stages.timing(name)
        yield Result(
            name=title, value=timing.least_s * 1e3, unit="ms",
            goal=None if quick else goal, stretch=goal if quick else None,
            spread=timing.spread, checked=right,
        )  # fmt: skip
    for name in ("pause, whole", "commit, whole", "load, whole"):
        yield Result(
            name=f"the first time: {GOALS[name][0]}",
            value=stages.cold_s(name) * 1e3, unit="ms", checked=right,
        )  # fmt: skip


def peer_results(
    stages: Stages, name: str, *, peer: str, right: bool
) -> Iterator[Result]:
    """Report our figures beside those of a peer."""
    for title, own, other in (
        ("saved durably", "commit, whole", f"save, {name}"),
        ("loaded", "load, whole", f"load, {name}"),
    ):
        ours, theirs = stages.timing(own), stages.timing(other)
        yield Result(
            name=f"100,000 rows {title}, beside {name}", value=ours.least_s * 1e3,
            unit="ms", peer=peer, peer_value=theirs.least_s * 1e3,
            ratio=ours.ratio_over(theirs), spread=ours.spread, checked=right,
        )  # fmt: skip


def restart(folder: Path, *, quick: bool) -> Iterator[Result]:
    """Kill a replay while its log grows, and time until it is caught up again."""
    found = measure_restarts(
        folder, n_kills=1 if quick else 7, n_events=250_000 if quick else 600_000
    )
    for name, seconds in found.parts_s.items():
        timing = Timing(tuple(seconds), None)
        yield Result(
            name=f"kill -9 to caught up, {name}", value=timing.least_s, unit="s",
            stretch="<= 1" if name == AFTER_START else None, spread=timing.spread,
            checked=found.same_digest,
        )  # fmt: skip
    yield Result(
        name="kill -9 to caught up, in all, median",
        value=float(np.median(found.parts_s[IN_ALL])), unit="s",
        checked=found.same_digest,
    )  # fmt: skip
    for name, value, unit in found.others:
        yield Result(name=name, value=value, unit=unit, checked=found.same_digest)
    if not quick:
        yield Result(
            name="a start with no compiled kernel in the cache",
            value=cold_start_s(folder), unit="s", checked=found.same_digest,
        )  # fmt: skip


BUDGETS = {
    "work": "live loop killed, plans bounded by work",
    "clock": "live loop killed, plans bounded by clocks",
}


def loop(folder: Path, *, quick: bool) -> Iterator[Result]:
    """Kill live loops again and again; quick: on logs, each kind once."""
    with nullcontext() if quick else apache_kafka() as address:
        for number, (kind, title) in enumerate(BUDGETS.items()):
            first = number * LOOP_SEEDS  # plans wait for approval with every second
            seeds = range(first, first + (1 if quick else LOOP_SEEDS))
            n_kills = QUICK_KILLS if quick else KILLS_A_SEED
            found = [
                _killed(folder, kind, seed, n_kills=n_kills, address=address)
                for seed in seeds
            ]
            wrong = sum(len(one["differences"]) for one in found)
            # Whoever outlived a kill was not tried as often as is said here.
            tried = all(one["kills"] == n_kills and one["orders"] for one in found)
            yield Result(
                name=f"{title}: what is lost, doubled or different", value=wrong,
                unit="1", goal="<= 0", checked=tried,
            )  # fmt: skip
            for name in ("kills", "inside", "decisions", "orders"):
                yield Result(
                    name=f"{title}: {name}", value=sum(one[name] for one in found),
                    unit="1", checked=tried and not wrong,
                )  # fmt: skip


def _killed(
    folder: Path, kind: str, seed: int, *, n_kills: int, address: str | None
) -> dict[str, Any]:
    """Have a process of its own kill a loop: it forks, and must have no threads."""
    program = [sys.executable, "-m", "benchmarks.workloads.loop_killing"]
    arguments = [str(folder), kind, str(seed), str(n_kills)]
    more = [] if address is None else [address]
    ended = subprocess.run(
        [*program, *arguments, *more], check=False, capture_output=True, text=True
    )
    if not ended.stdout:
        msg = f"{' '.join(arguments)}: {ended.stderr}"
        raise RuntimeError(msg)
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    said = f"{found['kills']} kills of {n_kills}, {found['orders']} orders"
    for line in (said, *found["differences"]):
        print(f"{kind} {seed}: {line}", file=sys.stderr, flush=True)
    return found


BENCHMARK = Benchmark(
    name="recovery",
    description="Checkpoints saved, loaded; a replay and live loops killed.",
    run=run,
    parts=PARTS,
)

"""A log of 10^8 events: flat memory, the rate, and states of the past.

It is written to a temporary folder (`TMPDIR` says where) and removed, whatever happens.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads import factory, reference
from benchmarks.workloads.expected import folded_at
from benchmarks.workloads.jobs import JOB_US, START_US
from benchmarks.workloads.long_replay import (
    N_CHECKPOINTS,
    N_MARKS,
    options,
    replayed,
)
from streams.log import LogReader
from twin.replay import Place, state_at, state_near
from twin.replay.into import write_log

BEATS_AT_ONCE = 4_920
"""Some 246,000 events a part: fifteen records of the log, nearly full."""
N_TIMES = 5
LOGGED_BYTES_MAX, WAITING_BYTES_MAX = 100, 160
"""Room of an event on the disk: in the log, and in a checkpoint while it waits."""
SPARE_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Size:
    """How large a run is.

    Attributes
    ----------
    n_jobs
        `factory.EVENTS_PER_JOB` events each.
    n_waiting
        Most events held back: one in fifty.
    flat
        Goal of the memory at the end over that at 10 %.
    """

    n_jobs: int
    n_waiting: int
    flat: str

    @property
    def n_events(self) -> int:
        """Events of the log."""
        return self.n_jobs * factory.EVENTS_PER_JOB

    @property
    def n_bytes(self) -> int:
        """Room on the disk, at most."""
        checkpoint = self.n_waiting * WAITING_BYTES_MAX
        return self.n_events * LOGGED_BYTES_MAX + N_CHECKPOINTS * checkpoint


FULL = Size(2_000_000, 2_000_000, "<= 1.05")
QUICK = Size(50_000, 50_000, "<= 1.25")
"""So small that tables which are to grow in the first tenth still grow after it."""


def run(options: RunOptions) -> Iterator[Result]:
    """Write the log, replay it twice, and go back to times drawn from a seed."""
    size = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory(prefix="longlog-") as name:
        folder = Path(name)
        check_room(folder, size)
        yield from written(folder / "log", size)
        plain = replayed(folder / "log", size.n_jobs, size.n_waiting)
        yield from rate_and_memory(plain, size)
        saving = replayed(
            folder / "log", size.n_jobs, size.n_waiting, folder / "checkpoints"
        )
        yield from saved(saving, plain, folder / "checkpoints", size)
        yield from past(folder, size, from_zero=options.quick)


def check_room(folder: Path, size: Size) -> None:
    """Refuse to begin what would fill the disk.

    Raises
    ------
    OSError
        If there is too little room; `TMPDIR` may name another disk.
    """
    free = shutil.disk_usage(folder).free
    if free < size.n_bytes + SPARE_BYTES:
        msg = (
            f"{folder.parent}: must have {(size.n_bytes + SPARE_BYTES) / 1e9:.1f} GB "
            f"free for {size.n_events:,} events, had {free / 1e9:.1f}; set TMPDIR to a "
            f"folder on another disk"
        )
        raise OSError(msg)


def written(log: Path, size: Size) -> Iterator[Result]:
    """Make the events and write them."""
    start_s = time.perf_counter()
    done = write_log(factory.parts(size.n_jobs, beats_at_once=BEATS_AT_ONCE), log)
    taken_s = time.perf_counter() - start_s
    yield Result(
        name="events written", value=done.events, unit="1", exact=True,
        checked=done.events == size.n_events,
    )  # fmt: skip
    yield Result(
        name="made and written", value=done.events / taken_s, unit="events/s",
        checked=True,
    )  # fmt: skip
    yield Result(
        name="log", value=n_bytes_of(log) / done.events, unit="bytes/event",
        checked=True,
    )  # fmt: skip


def n_bytes_of(folder: Path) -> int:
    """Return the bytes of the files of a folder."""
    return sum(path.stat().st_size for path in folder.iterdir())


def rate_and_memory(told: dict[str, Any], size: Size) -> Iterator[Result]:
    """Report the replay without checkpoints."""
    right = is_right(told, size)
    yield Result(
        name="replay", value=size.n_events / told["taken_s"], unit="events/s",
        checked=right,
    )  # fmt: skip
    marks = told["marks"]
    for name, goal in (("resident", size.flat), ("anonymous", None)):
        ratio = marks[-1][name] / marks[0][name]
        yield Result(
            name=f"{name} memory at the end over that at 10 %", value=ratio, unit="1",
            goal=goal, ratio=1.0 / ratio if goal else None, checked=right,
        )  # fmt: skip
    for number, mark in enumerate(marks):
        yield Result(
            name=f"resident at {100 * (number + 1) // N_MARKS} %",
            value=mark["resident"] / 1e6, unit="MB", checked=right,
        )  # fmt: skip
    yield Result(
        name="of it not of files, at the end", value=marks[-1]["anonymous"] / 1e6,
        unit="MB", checked=right,
    )  # fmt: skip


def is_right(told: dict[str, Any], size: Size) -> bool:
    """Whether a replay ended in the sums over all jobs, and took every event."""
    return not told["differences"] and told["applied"] == size.n_events


def saved(
    told: dict[str, Any], plain: dict[str, Any], folder: Path, size: Size
) -> Iterator[Result]:
    """Report the replay with checkpoints."""
    right = is_right(told, size) and told["digest"] == plain["digest"]
    n_saved = len(list(folder.glob("*.ckpt")))
    yield Result(
        name=f"replay with {N_CHECKPOINTS} checkpoints",
        value=size.n_events / told["taken_s"], unit="events/s", checked=right,
    )  # fmt: skip
    yield Result(
        name="a checkpoint", value=n_bytes_of(folder) / n_saved / 1e6, unit="MB",
        checked=right,
    )  # fmt: skip


def past(folder: Path, size: Size, *, from_zero: bool) -> Iterator[Result]:
    """Go back to random times, and compare each state with the sums up to then."""
    random = np.random.default_rng(0)
    times_us = START_US + random.integers(0, size.n_jobs * JOB_US, N_TIMES)
    taken_s: list[float] = []
    n_read: list[int] = []
    right = True
    go_back(folder, size, int(times_us[0]))  # kernels load
    for time_us in times_us.tolist():
        start_s = time.perf_counter()
        found = go_back(folder, size, time_us)
        taken_s.append(time.perf_counter() - start_s)
        (partition,) = found.end
        n_read.append(found.end.of(partition) - found.start.of(partition))
        sums = folded_at(size.n_jobs, time_us=time_us)
        right &= not reference.differences(sums, found.state)
        if from_zero:
            right &= found.state.digest() == from_start(folder, time_us)
    yield Result(
        name="state at a random past time, median", value=median(taken_s), unit="s",
        checked=right,
    )  # fmt: skip
    yield Result(
        name="state at a random past time, longest", value=max(taken_s), unit="s",
        checked=right,
    )  # fmt: skip
    yield Result(
        name="records read for it, median", value=median(n_read), unit="1",
        checked=right,
    )  # fmt: skip


def go_back(folder: Path, size: Size, time_us: int) -> Any:
    """Return the state at a time from the nearest checkpoint."""
    with LogReader(folder / "log") as source:
        return state_near(
            source,
            factory.network(),
            folder / "checkpoints",
            Place(time_us=time_us),
            options=options(size.n_waiting),
        )


def from_start(folder: Path, time_us: int) -> str:
    """Return the digest of the state at a time, with all of the log read for it."""
    with LogReader(folder / "log") as source:
        return state_at(source, factory.network(), time_us=time_us).digest()


BENCHMARK = Benchmark(
    name="longlog",
    description="a log of 10^8 events: memory, rate, states of the past",
    run=run,
)

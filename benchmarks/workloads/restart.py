"""Kill a follower of a growing log, start it again, and wait until it is caught up."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np

from benchmarks.workloads.factory import EVENTS_PER_JOB, events, network
from benchmarks.workloads.follow import OPTIONS
from streams.log import LogReader, LogWriter
from streams.names import Names
from twin.replay import Twin, read

RATE_PER_S = 100_000
APPENDED_AT_ONCE = 2_500
N_COLD = 10_000  # events of the start with no compiled kernel
PARTS = (
    ("interpreter", "spawned", "started"),
    ("imports", "started", "imported"),
    ("network", "imported", "network"),
    ("compiled kernels", "network", "kernels"),
    ("checkpoint read and verified", "kernels", "read"),
    ("checkpoint taken over", "read", "restored"),
    ("tail of the log", "restored", "caught up"),
)
IN_ALL = "in all"
AFTER_START = "after the interpreter started"
Line = dict[str, Any]


@dataclass(slots=True)
class Restarts:
    """What was measured.

    Attributes
    ----------
    parts_s
        Seconds of each restart by part, and in all.
    same_digest
        Whether every killed replay ended in the state of the uninterrupted one.
    others
        Name, value and unit of further figures.
    """

    parts_s: dict[str, list[float]] = field(default_factory=dict)
    same_digest: bool = True
    others: list[tuple[str, float, str]] = field(default_factory=list)


def measure_restarts(folder: Path, *, n_kills: int, n_events: int) -> Restarts:
    """Kill so many followers, each once, at moments drawn from a seed.

    Parameters
    ----------
    folder
        For the logs and the checkpoints.
    n_kills
        How many.
    n_events
        Of each log, which grows by `RATE_PER_S`.
    """
    values = events(-(-n_events // EVENTS_PER_JOB), Names()).json()
    expected = uninterrupted(folder / "whole", values)
    found = Restarts()
    random = np.random.default_rng(0)
    saving: list[Line] = []
    replayed: list[int] = []
    still_growing: list[bool] = []
    for number in range(n_kills):
        delay_s = float(random.uniform(0.1, 1.0))
        place = folder / f"restart-{number}"
        first, second = one_restart(place, values, delay_s)
        found.same_digest &= second["finished"]["digest"] == expected
        for name, start, end in PARTS:
            took_s = second[end]["at_s"] - second[start]["at_s"]
            found.parts_s.setdefault(name, []).append(took_s)
        done_s = second["caught up"]["at_s"]
        for name, start in (
            (IN_ALL, "spawned"),
            (AFTER_START, "started"),
        ):
            took_s = done_s - second[start]["at_s"]
            found.parts_s.setdefault(name, []).append(took_s)
        still_growing.append(done_s < second["grown"]["at_s"])
        replayed.append(second["caught up"]["offset"] - second["restored"]["offset"])
        saving += [*first["saving"], *second["saving"]]
    pauses_s = [line["sections_s"] + line["begin_s"] for line in saving]
    size_mb = max(line["n_bytes"] for line in saving) / 1e6
    found.others += [
        ("share caught up while the log still grew", fmean(still_growing), "1"),
        ("events replayed after a restart, median", median(replayed), "1"),
        ("pause of the twin at a save, median", median(pauses_s) * 1e3, "ms"),
        ("pause of the twin at a save, longest", max(pauses_s) * 1e3, "ms"),
        ("size of what is saved, largest", size_mb, "MB"),
    ]
    return found


def uninterrupted(folder: Path, values: list[bytes]) -> str:
    """Return the digest of a replay that nothing disturbs."""
    with LogWriter(folder, fsync="close") as writer:
        for first in range(0, len(values), APPENDED_AT_ONCE):
            writer.append(values[first : first + APPENDED_AT_ONCE])
    with LogReader(folder) as source:
        twin = Twin(network(), source.partitions(), OPTIONS)
        for batch in read(source, source.end_position()):
            twin.push(batch)
    return twin.finish().digest()


def cold_start_s(folder: Path) -> float:
    """Return the seconds that a follower needs to compile all kernels for itself.

    Parameters
    ----------
    folder
        As for `measure_restarts`, which made its logs.
    """
    with (
        tempfile.TemporaryDirectory(prefix="kernels-") as cache,
        follower(folder / "whole", folder / "cold", N_COLD, NUMBA_CACHE_DIR=cache) as (
            _,
            lines,
        ),
    ):
        found = told(lines, "finished", {"saving": []})
    return float(found["finished"]["at_s"] - found["started"]["at_s"])


def one_restart(folder: Path, values: list[bytes], delay_s: float) -> tuple[Line, Line]:
    """Follow a growing log, kill the follower after a save, and follow again.

    Returns
    -------
    tuple of dict and dict
        The lines of both followers by what they tell; those of saves in a list.
    """
    log, checkpoints = folder / "log", folder / "checkpoints"
    with LogWriter(log, fsync="close") as writer:
        writer.append(values[:APPENDED_AT_ONCE])
        with follower(log, checkpoints, len(values)) as (process, lines):
            first = told(lines, "caught up", {"saving": []})
            grown_s: list[float] = []
            feed = threading.Thread(target=grow, args=(writer, values, grown_s))
            feed.start()
            first["saving"].append(next(lines))
            time.sleep(delay_s)
            process.send_signal(signal.SIGKILL)
            process.wait()
            first["saving"] += [line for line in lines if line["what"] == "saving"]
        spawned_s = time.monotonic()
        with follower(log, checkpoints, len(values)) as (_, lines):
            second = told(lines, "finished", {"saving": []})
        second["spawned"] = {"at_s": spawned_s}
        feed.join()
        second["grown"] = {"at_s": grown_s[0]}
    return first, second


def grow(writer: LogWriter, values: list[bytes], grown_s: list[float]) -> None:
    """Append what is left, at a steady rate, and note when it is done."""
    start_s = time.monotonic()
    for first in range(APPENDED_AT_ONCE, len(values), APPENDED_AT_ONCE):
        due_s = start_s + first / RATE_PER_S
        time.sleep(max(0.0, due_s - time.monotonic()))
        writer.append(values[first : first + APPENDED_AT_ONCE])
    grown_s.append(time.monotonic())


@contextmanager
def follower(
    log: Path, checkpoints: Path, end: int, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], Iterator[Line]]]:
    """Start a follower; gives the process and the lines it tells."""
    command = [sys.executable, "-m", "benchmarks.workloads.follow"]
    with subprocess.Popen(
        [*command, str(log), str(checkpoints), str(end)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, map(json.loads, process.stdout)
        finally:
            process.kill()


def told(lines: Iterator[Line], last: str, found: Line) -> Line:
    """Add lines to those found, up to one that tells of something."""
    for line in lines:
        if line["what"] == "saving":
            found["saving"].append(line)
        else:
            found[line["what"]] = line
        if line["what"] == last:
            return found
    message = f"the follower ended before it told {last!r}, after {list(found)}"
    raise RuntimeError(message)

"""Seeds that say when a worker is killed, and what comes of it."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import msgspec
import numpy as np

from benchmarks.workloads.killing.dying import count_calls
from benchmarks.workloads.killing.places import Place
from benchmarks.workloads.killing.worker import End, differences, live

KILLS_MAX = 3
LIFE_S_MAX = 60.0
NOTES = "killed-inside.txt"


@dataclass(slots=True)
class Run:
    """What came of a seed.

    Attributes
    ----------
    seed
        Decides when the worker is killed.
    expected
        How a worker ends whom nobody kills.
    killed_inside, killed_outside
        How many lives ended inside a call to the disk, and at a moment in time.
    in_checkpoint
        How many of the former were inside a checkpoint.
    lived
        How many got to their end before they were to be killed.
    end
        Of the last life, which nobody ended.
    """

    seed: int
    expected: End
    killed_inside: int = 0
    killed_outside: int = 0
    in_checkpoint: int = 0
    lived: int = 0
    end: End | None = None

    def differences(self) -> list[str]:
        """Tell where it ended otherwise than one that was not killed."""
        return (
            ["it did not end"]
            if self.end is None
            else differences(self.end, self.expected)
        )

    def record(self) -> dict[str, object]:
        """Give what is told of the run."""
        assert self.end is not None
        found, expected = (
            sum(map(len, one.outputs.values())) for one in (self.end, self.expected)
        )
        return {
            "seed": self.seed,
            "killed_inside": self.killed_inside,
            "in_checkpoint": self.in_checkpoint,
            "killed_outside": self.killed_outside,
            "lived": self.lived,
            "outputs": found,
            "told_twice": found - expected,
            "skipped": self.end.n_skipped,
            "differences": self.differences(),
        }


def take_seeds(
    folder: Path, first: int, last: int, *, address: str | None = None
) -> Iterator[Run]:
    """Take seeds from `first` to before `last`.

    Parameters
    ----------
    folder
        For everything; must be empty.
    first, last
        Seeds.
    address
        Of Kafka; None: records are read from logs, and outputs written to logs.
    """
    logs = Place(folder)
    logs.fill()
    live(logs, _made(folder / "warm"))
    calls, started_s = count_calls(None), time.monotonic()
    expected = live(logs, _made(folder / "undisturbed"))
    life_s = time.monotonic() - started_s
    # With Kafka no outputs are written to logs.
    n_calls = calls.total() - (0 if address is None else calls["streams.log"])
    place = logs if address is None else Place(folder, address)
    if address is not None:
        place.fill()
    for seed in range(first, last):
        own = folder / f"run-{seed}"
        yield take(place, own, Run(seed, expected), n_calls=n_calls, life_s=life_s)


def take(place: Place, folder: Path, run: Run, *, n_calls: int, life_s: float) -> Run:
    """Kill a worker some times, and let the last one live to its end.

    Parameters
    ----------
    place
        Of the records.
    folder
        For what the workers write; must not be there.
    run
        Its seed decides when the worker is killed.
    n_calls, life_s
        Calls to the disk and seconds of a life that nobody ends.
    """
    folder.mkdir(parents=True)
    random = np.random.default_rng(run.seed)
    for _ in range(int(random.integers(1, KILLS_MAX + 1))):
        inside = bool(random.random() < 0.6)
        at = int(random.integers(1, n_calls // 2)) if inside else None
        after_s = LIFE_S_MAX if inside else float(random.uniform(0, life_s / 2))
        was_killed = _life(place, folder, kill_at=at, kill_after_s=after_s)
        run.killed_inside += was_killed and inside
        run.killed_outside += was_killed and not inside
        run.lived += not was_killed
    assert not _life(place, folder, kill_at=None, kill_after_s=LIFE_S_MAX)
    if (folder / NOTES).exists():
        run.in_checkpoint = (folder / NOTES).read_text().count("streams.checkpoint")
    run.end = msgspec.json.decode((folder / "end.json").read_bytes(), type=End)
    return run


def _life(
    place: Place, folder: Path, *, kill_at: int | None, kill_after_s: float
) -> bool:
    """Fork a worker; return whether it was killed."""
    child = os.fork()
    if child == 0:
        _live_and_exit(place, folder, kill_at)
    end_s = time.monotonic() + kill_after_s
    while (waited := os.waitpid(child, os.WNOHANG))[0] == 0:
        left_s = end_s - time.monotonic()
        if left_s <= 0:
            os.kill(child, signal.SIGKILL)
            waited = os.waitpid(child, 0)
            break
        time.sleep(min(0.002, left_s))
    status = waited[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        message = f"a worker in {folder} failed: see what it wrote to its error stream"
        raise RuntimeError(message)
    return os.WIFSIGNALED(status)


def _live_and_exit(place: Place, folder: Path, kill_at: int | None) -> NoReturn:
    status = 1
    try:
        count_calls(kill_at, folder / NOTES)
        end = live(place, folder)
        (folder / "end.json").write_bytes(msgspec.json.encode(end))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder

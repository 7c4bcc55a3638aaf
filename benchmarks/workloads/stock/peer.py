"""stockpyl as a process that times itself, in turns with us."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["MISSING", "STOCKPYL", "Beside", "beside", "stockpyl"]

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".venv-stockpyl" / "bin" / "python"
WORKER = Path(__file__).with_name("stockpyl_worker.py")
STOCKPYL = "stockpyl 1.0.2"
MISSING = (
    "stockpyl is left out: it needs numpy 1, so an environment of its own "
    "(make bench-setup makes .venv-stockpyl)"
)
REPEATS, REPEATS_MOST, SHORT_S = 5, 300, 0.3
"""Turns: at least so many, and more while they take no time."""
CALLS = 5
"""Of ours in a turn."""

Ask = Callable[[str, Sequence[Sequence[Any]]], tuple[float, list[list[float]]]]


@dataclass(frozen=True, slots=True)
class Beside:
    """Least seconds of one item, ours and theirs, and both answers."""

    ours_s: float
    theirs_s: float
    our_answer: Any
    their_answers: list[list[float]]

    @property
    def ratio(self) -> float:
        """How many times faster ours is."""
        return self.theirs_s / self.ours_s


@contextmanager
def stockpyl() -> Iterator[Ask | None]:
    """Start the peer; None where its environment is not there."""
    if not PYTHON.exists():
        yield None
        return
    with subprocess.Popen(
        [str(PYTHON), "-W", "ignore", str(WORKER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def ask(method: str, calls: Sequence[Sequence[Any]]) -> Any:
            assert process.stdin is not None
            assert process.stdout is not None
            line = json.dumps({"method": method, "calls": list(calls)})
            process.stdin.write(line + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            if not answer:
                raise RuntimeError("stockpyl ended; its words are above")
            found = json.loads(answer)
            return found["seconds"], found["answers"]

        yield ask


def beside(
    ask: Ask,
    method: str,
    calls: Sequence[Sequence[Any]],
    *,
    ours: Callable[[], Any],
    n_ours: int,
) -> Beside:
    """Time ours and theirs in turns, each once before untimed.

    Parameters
    ----------
    ask
        The peer.
    method, calls
        What it does; seconds are those of a call.
    ours
        The same for `n_ours` items.
    n_ours
        Items that one call of `ours` answers.
    """
    answer = ours()
    _, answers = ask(method, calls)
    mine, theirs = [], []
    first_s = time.perf_counter()
    for turn in range(REPEATS_MOST):
        if turn >= REPEATS and time.perf_counter() - first_s > SHORT_S:
            break
        # Theirs makes many calls in a turn: one of ours would only warm the caches.
        for _ in range(CALLS):
            begun_s = time.perf_counter()
            ours()
            mine.append(time.perf_counter() - begun_s)
        theirs.append(ask(method, calls)[0])
    return Beside(min(mine) / n_ours, min(theirs) / len(calls), answer, answers)

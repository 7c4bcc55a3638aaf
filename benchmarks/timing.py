"""Least times of interleaved runs.

A shared machine only ever adds time, so the least of several runs is the nearest to
what the code costs. Runs of ours and the peer's take turns, so that a slow minute hits
both.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

REPEATS = 5


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of one subject.

    Parameters
    ----------
    times_s
        Seconds of every timed run, in the order run.
    answer
        What the first, untimed run returned: for the check.
    """

    times_s: tuple[float, ...]
    answer: Any

    @property
    def least_s(self) -> float:
        """The least time, seconds."""
        return min(self.times_s)

    @property
    def spread(self) -> float:
        """Median over least time, less 1."""
        return statistics.median(self.times_s) / self.least_s - 1.0

    def ratio_over(self, peer: "Timing") -> float:
        """How many times faster than `peer` this is; above 1 is faster."""
        return peer.least_s / self.least_s


def interleave(
    subjects: Mapping[str, Callable[[], Any]],
    *,
    repeats: int = REPEATS,
    clock_s: Callable[[], float] = time.perf_counter,
) -> dict[str, Timing]:
    """Time each subject `repeats` times, in turns.

    Each runs once before, untimed: compiled kernels load, caches fill, and the answer
    is kept for the check.

    Parameters
    ----------
    subjects
        Names and what to call; a call must do all of its work anew.
    repeats
        Timed runs of each, at least 5.
    clock_s
        Seconds from a monotonic clock; a test passes its own.

    Raises
    ------
    ValueError
        If `repeats` is below 5 or there is no subject.
    """
    if repeats < REPEATS:
        message = f"repeats must be >= {REPEATS}, was {repeats}"
        raise ValueError(message)
    if not subjects:
        raise ValueError("subjects must name at least one call to time, was empty")
    answers = {name: call() for name, call in subjects.items()}
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(repeats):
        for name, call in subjects.items():
            times[name].append(_seconds(call, clock_s))
    return {name: Timing(tuple(times[name]), answers[name]) for name in subjects}


def _seconds(call: Callable[[], Any], clock_s: Callable[[], float]) -> float:
    """Time one call with the collector off, as `timeit` does."""
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        start = clock_s()
        call()
        return clock_s() - start
    finally:
        if enabled:
            gc.enable()

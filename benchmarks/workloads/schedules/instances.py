"""Public scheduling instances and their best known values."""

import csv
import math
import os
import re
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from optimizer import SolveOptions
from optimizer.production.scheduling.formats.reading import read_problem
from optimizer.production.scheduling.problem import Schedule, SchedulingProblem
from optimizer.production.scheduling.solve import schedule_production, warm_up

__all__ = ["Instance", "Solved", "instances", "sampled", "solved"]


@dataclass(frozen=True, slots=True)
class Instance:
    """A file, the best known makespan, and CP-SAT's published one, if any."""

    path: Path
    best_known: float
    note: str

    def gap(self, objective: float) -> float:
        """Return how far a makespan is above the best known one, percent."""
        return 100.0 * (objective / self.best_known - 1.0)

    @property
    def published_gap(self) -> float:
        """Gap of CP-SAT 9.15 on 4 cores in 600 s, percent; NaN if none is published."""
        found = re.search(r"CP-SAT .* ub (\d+)", self.note)
        return math.nan if found is None else self.gap(float(found[1]))


@dataclass(frozen=True, slots=True)
class Solved:
    """Our answer, when it came, and when the first schedule came, in seconds."""

    problem: SchedulingProblem
    schedule: Schedule
    seconds: float
    first_s: float


def root() -> Path:
    """Return the folder of optimisation instances."""
    return Path(os.environ.get("MILLSTREAM_DATA", "../shared/data")) / "opt"


@cache
def _best_known() -> dict[str, dict[str, str]]:
    with (root() / "best_known.csv").open(encoding="utf-8") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def instances(pattern: str) -> list[Instance]:
    """Return the instances whose path matches, in order of path.

    Parameters
    ----------
    pattern
        Below the folder of instances, such as ``jsp/ta/*.txt``.
    """
    found = []
    for path in sorted(root().glob(pattern)):
        row = _best_known().get(str(path.relative_to(root())))
        if row is not None:
            found.append(Instance(path, float(row["best_known"]), row["note"]))
    return found


def sampled(pattern: str, *, every: int) -> list[Instance]:
    """Return each so-many-th instance of those that match, from the first."""
    return instances(pattern)[::every]


def solved(problem: SchedulingProblem, seconds: float) -> Solved:
    """Schedule with a time limit, compiled before; the checker judges the answer."""
    warm_up(problem)
    begun_s = time.perf_counter()
    options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=seconds)
    schedule = schedule_production(problem, options)
    took_s = time.perf_counter() - begun_s
    first_s = schedule.history[0].seconds if schedule.history else float("inf")
    return Solved(problem, schedule, took_s, first_s)


def read(instance: Instance) -> SchedulingProblem:
    """Return the problem of an instance."""
    return read_problem(instance.path)

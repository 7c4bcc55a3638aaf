"""Repairs of schedules: files to a plan and what upsets it, a repair to rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.production.scheduling.check import (
    check_schedule,
    open_time,
    schedule_cost,
)
from optimizer.production.scheduling.problem import (
    LATEST,
    NONE,
    Schedule,
    SchedulingProblem,
)
from optimizer.production.scheduling.repair import (
    Disruption,
    Price,
    Repair,
    Stability,
    price_of_stability,
    read_disruptions,
    reschedule,
    warm_up,
)
from optimizer.result import Progress, relative_gap
from twin.errors import InputError
from twin.planning.scheduling import document_of, machine_rows, operation_places
from twin.planning.searching import search_options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from optimizer import SolveOptions

__all__ = [
    "Asked",
    "Disruption",
    "Price",
    "Progress",
    "Repair",
    "Schedule",
    "SchedulingProblem",
    "Stability",
    "curve_of",
    "disruptions_of_file",
    "machines_held",
    "places_before",
    "repair_document",
    "repaired",
    "schedule_of_file",
    "warm_up",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A repair as it is asked for.

    Parameters
    ----------
    problem, schedule, disruptions, now
        As `optimizer.production.scheduling.repair.reschedule`.
    stability
        What may move.
    seconds
        Time limit, > 0.
    work
        Budget of work instead of it, >= 1: the same answer each time.
    seed
        Seed, >= 0.
    monotonic_s
        A clock in seconds.
    """

    problem: SchedulingProblem
    schedule: Schedule
    disruptions: Sequence[Disruption]
    now: int
    stability: Stability
    monotonic_s: Callable[[], float]
    seconds: float
    work: int | None = None
    seed: int = 0

    def options(self) -> SolveOptions:
        """Return the limits of the solve."""
        return search_options(
            self.monotonic_s, self.seconds, work=self.work, seed=self.seed
        )


def schedule_of_file(problem: SchedulingProblem, path: Path) -> Schedule:
    """Return the schedule of a file, as `millstream schedule` writes it.

    Parameters
    ----------
    problem
        What it is a schedule for.
    path
        JSON with `operations`: rows of job, operation, machine, start and end.

    Raises
    ------
    InputError
        If the file is not of that form, or breaks a rule of the problem.
    """
    reader = _Rows(problem, path)
    n = problem.n_operations
    columns = np.full((3, n), NONE, dtype=np.int64)
    told = np.zeros(n, dtype=np.bool_)
    for row in _listed(path):
        at, start, end = reader.operation(row), *reader.times(row)
        if told[at]:
            msg = f"{path} tells twice of {problem.names.operation(at)}"
            raise InputError(msg)
        told[at] = True
        if start != NONE:
            mode = _mode(problem, at, (reader.machine(row, at), start, end))
            columns[:, at] = mode, start, end
    if not told.all():
        missing = problem.names.operation(np.flatnonzero(~told)[0])
        msg = f"{path} tells nothing of {missing}"
        raise InputError(msg)
    return _checked(problem, path, columns)


def _listed(path: Path) -> list[Mapping[str, object]]:
    """Return the rows of a file; it must be a document with a list of them."""
    wanted = f"{path} must be a schedule, JSON with a list `operations` of objects"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        msg = f"{wanted}: {error}"
        raise InputError(msg) from error
    if not isinstance(document, dict) or "operations" not in document:
        msg = f"{wanted}, and has no `operations`"
        raise InputError(msg)
    rows = document["operations"]
    if not isinstance(rows, list):
        msg = f"{wanted}, but `operations` was {rows!r}"
        raise InputError(msg)
    wrong = [row for row in rows if not isinstance(row, dict)]
    if wrong:
        msg = f"{wanted}, but one of them was {wrong[0]!r}"
        raise InputError(msg)
    return rows


class _Rows:
    """Rows of a schedule by name, read into rows of the problem."""

    def __init__(self, problem: SchedulingProblem, path: Path) -> None:
        self._problem = problem
        self._path = path
        self._places = operation_places(problem)
        self._machines = machine_rows(problem)

    def operation(self, row: Mapping[str, object]) -> int:
        """Return the row of an operation."""
        for name in ("job", "operation", "machine", "start", "end"):
            if name not in row:
                raise self._error(row, f"{name!r} is missing")
        at = self._places.get((str(row["job"]), str(row["operation"])))
        if at is None:
            known = ", ".join(f"{one} of {job}" for job, one in list(self._places)[:8])
            raise self._error(
                row,
                f"there is no operation {row['operation']!r} of job {row['job']!r}; "
                f"known are {known}",
            )
        return at

    def times(self, row: Mapping[str, object]) -> tuple[int, int]:
        """Return start and end; both are -1 for what is left out."""
        start, end = (self._tick(row, name) for name in ("start", "end"))
        if (start == NONE) != (end == NONE):
            raise self._error(
                row, "start and end must both be -1, of what is left out, or neither"
            )
        return start, end

    def _tick(self, row: Mapping[str, object], name: str) -> int:
        value = row[name]
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole and isinstance(value, int) and NONE <= value < LATEST):
            raise self._error(
                row,
                f"a time must be in 0..{LATEST - 1}, or -1 for what is left out; "
                f"{name} was {value!r}",
            )
        return value

    def machine(self, row: Mapping[str, object], at: int) -> int:
        """Return the row of the machine, -1 for none; the operation can be there."""
        names, modes = self._problem.names, self._problem.modes
        name = row["machine"]
        place = NONE if name is None else self._machines.get(str(name))
        first, end = self._problem.mode_start[at : at + 2].tolist()
        allowed = modes.machine[first:end].tolist()
        if place is not None and place in allowed:
            return place
        said = "no machine" if name is None else f"machine {name!r}"
        known = ", ".join(
            "no machine" if one == NONE else names.machine(one)
            for one in dict.fromkeys(allowed)
        )
        raise self._error(
            row, f"{names.operation(at)} cannot be on {said}; allowed are {known}"
        )

    def _error(self, row: Mapping[str, object], why: str) -> InputError:
        return InputError(f"{self._path}: cannot read {dict(row)!r}: {why}")


def _mode(
    problem: SchedulingProblem, operation: int, place: tuple[int, int, int]
) -> int:
    """Return the mode of an operation on a machine that takes the time it took.

    Of a batch, the longest is what all of them take: then the nearest one below.
    """
    machine, start, end = place
    first, last = problem.mode_start[operation : operation + 2].tolist()
    own = [row for row in range(first, last) if problem.modes.machine[row] == machine]
    worked = end - start
    if machine != NONE:
        opened = open_time(problem, machine, np.array([start, end]))
        worked = int(opened[1] - opened[0])
    length = {row: int(problem.modes.duration[row]) for row in own}
    fits = [row for row in own if length[row] <= worked] or own
    return int(max(fits, key=lambda row: (length[row], -row)))


def _checked(
    problem: SchedulingProblem, path: Path, columns: np.ndarray[Any, np.dtype[np.int64]]
) -> Schedule:
    mode, start, end = columns
    bare = Schedule(
        status="feasible", objective=0.0, bound=0.0, gap=0.0, mode=mode, start=start,
        end=end,
    )  # fmt: skip
    cost = float(schedule_cost(problem, bare))
    schedule = Schedule(
        status="feasible", objective=cost, bound=0.0, gap=relative_gap(cost, 0.0),
        mode=mode, start=start, end=end,
    )  # fmt: skip
    wrong = check_schedule(problem, schedule)
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        msg = f"{path} is no schedule of this problem: {wrong[0]}{more}"
        raise InputError(msg)
    return schedule


def disruptions_of_file(problem: SchedulingProblem, path: Path) -> list[Disruption]:
    """Return the disruptions of a file; see `read_disruptions`.

    Parameters
    ----------
    problem
        What they are about.
    path
        JSON.

    Raises
    ------
    ProblemError
        If it is not of the form, or names what is not there.
    """
    return read_disruptions(path.read_bytes(), str(path), problem)


def machines_held(problem: SchedulingProblem, names: Sequence[str]) -> tuple[int, ...]:
    """Return the rows of machines by name or number.

    Parameters
    ----------
    problem
        Any.
    names
        Of machines.

    Raises
    ------
    InputError
        If one is not there.
    """
    rows = machine_rows(problem)
    wrong = [name for name in names if name not in rows]
    if wrong:
        known = ", ".join(list(rows)[:8])
        msg = f"there is no machine {wrong[0]!r} to hold; known are {known}"
        raise InputError(msg)
    return tuple(rows[name] for name in names)


def repaired(
    asked: Asked,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Repair:
    """Return a repair that has passed the checkers.

    Parameters
    ----------
    asked
        What is to be repaired, and how.
    on_progress, cancelled
        As `optimizer.production.scheduling.repair.reschedule`.
    """
    return reschedule(
        asked.problem,
        asked.schedule,
        asked.disruptions,
        now=asked.now,
        options=asked.options(),
        stability=asked.stability,
        on_progress=on_progress,
        cancelled=cancelled,
    )


def curve_of(
    asked: Asked,
    budgets: Sequence[int | None],
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Price, ...]:
    """Return the price of stability, each point by a repair of its own.

    Parameters
    ----------
    asked
        What is to be repaired, and the limits of each repair.
    budgets
        Changes allowed, from few to many; None for any.
    cancelled
        Once true, the points so far are all.
    """
    return price_of_stability(
        asked.problem,
        asked.schedule,
        asked.disruptions,
        now=asked.now,
        options=asked.options(),
        stability=asked.stability,
        budgets=budgets,
        cancelled=cancelled,
    )


def repair_document(repair: Repair) -> Mapping[str, Any]:
    """Return a repair as a document of JSON: a schedule, and what moved.

    Parameters
    ----------
    repair
        What was found.

    Returns
    -------
    Mapping
        As `document_of`, with `first_feasible_s`, `first_objective`, `moved` (how many
        operations besides those displaced), `displaced` and `diff`: `moved`, `added`,
        `jobs_earlier`, `jobs_later`, and the objective before and after.
    """
    document = dict(document_of(repair.problem, repair.schedule))
    infinite = np.isinf(repair.first_feasible_s)
    document["first_feasible_s"] = (
        None if infinite else round(repair.first_feasible_s, 6)
    )
    document["first_objective"] = None if infinite else repair.first_objective
    ids = _ids(repair.problem)
    document["moved"] = int(repair.moved.size)
    document["displaced"] = [
        ids[at] for at in np.flatnonzero(repair.displaced).tolist()
    ]
    document["diff"] = _diff(repair, ids)
    return document


def places_before(repair: Repair) -> dict[int, str]:
    """Return machine and start before of what has moved, by row.

    Parameters
    ----------
    repair
        What was found.
    """
    names = repair.problem.names
    return {
        move.operation: (
            (
                "no machine"
                if move.machine_before == NONE
                else names.machine(move.machine_before)
            )
            + f" at {move.start_before:,}"
        )
        for move in (repair.diff.moved if repair.diff is not None else ())
    }


def _ids(problem: SchedulingProblem) -> dict[int, dict[str, str | int]]:
    """Return job and operation of each row as answers name them."""
    jobs, operations = problem.names.jobs, problem.names.operations
    return {
        at: {
            "job": job if jobs else int(job),
            "operation": operation if operations else int(operation),
        }
        for (job, operation), at in operation_places(problem).items()
    }


def _diff(
    repair: Repair, ids: Mapping[int, dict[str, str | int]]
) -> Mapping[str, Any] | None:
    diff, problem = repair.diff, repair.problem
    if diff is None:
        return None
    named = problem.names.machines
    machines: dict[int, str | int | None] = {
        row: name if named else row for name, row in machine_rows(problem).items()
    }
    machines[NONE] = None
    jobs: Sequence[str | int] = problem.names.jobs or range(len(problem.jobs))
    moves = [
        {
            **ids[move.operation],
            "machine": machines[move.machine_after],
            "machine_before": machines[move.machine_before],
            "start": move.start_after,
            "start_before": move.start_before,
            "displaced": bool(repair.displaced[move.operation]),
        }
        for move in diff.moved
    ]
    shifts = {
        name: [
            {"job": jobs[x.job], "end": x.end_after, "end_before": x.end_before}
            for x in found
        ]
        for name, found in (("jobs_earlier", diff.earlier), ("jobs_later", diff.later))
    }
    return {
        "moved": moves,
        "machine_changes": len(diff.machine_changes),
        "added": [ids[at] for at in diff.added],
        **shifts,
        "objective_before": diff.objective_before,
        "objective_after": diff.objective_after,
    }

"""Detailed schedules: a file to a problem, its schedule to rows of an answer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.production.scheduling.check import setup_changes
from optimizer.production.scheduling.formats.reading import read_problem
from optimizer.production.scheduling.problem import (
    LATEST,
    NONE,
    Locks,
    Objective,
    Schedule,
    SchedulingProblem,
)
from optimizer.production.scheduling.solve import schedule_production, warm_up
from optimizer.result import Progress
from twin.errors import InputError
from twin.planning.searching import history_rows, outcome
from twin.planning.waits import wait_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from optimizer.production.scheduling.problem import IntArray

__all__ = [
    "Progress",
    "Schedule",
    "SchedulingProblem",
    "closed_windows",
    "document_of",
    "lateness",
    "locked",
    "machine_rows",
    "objective_of",
    "operation_places",
    "operation_rows",
    "problem_of_file",
    "schedule_production",
    "setups_before",
    "warm_up",
]

OBJECTIVES = (
    "makespan",
    "tardiness",
    "setup",
    "energy",
    "maintenance",
    "stability",
)


def problem_of_file(
    path: Path,
    *,
    objective: str | None = None,
    locks: Path | None = None,
    freeze: int | None = None,
) -> SchedulingProblem:
    """Return the problem of a file, with what a planner says about it.

    Parameters
    ----------
    path
        See `optimizer.production.scheduling.formats`.
    objective
        See `objective_of`; None leaves what the file says.
    locks
        A JSON list of operations, or a schedule written before; see `locked`.
    freeze
        Of the schedule in `locks`, what starts before this tick stays.

    Raises
    ------
    ProblemError
        If the file is not a valid problem.
    InputError
        If an option is not valid.
    """
    problem = read_problem(path)
    if objective is not None:
        problem = replace(problem, objective=objective_of(objective))
    if locks is not None:
        problem = locked(problem, locks, freeze=freeze)
    elif freeze is not None:
        msg = "--freeze needs --lock with the schedule whose beginning stays"
        raise InputError(msg)
    return problem


def objective_of(text: str) -> Objective:
    """Read an objective, a name or weights by name.

    Parameters
    ----------
    text
        `makespan`, `tardiness`, `setup`, `energy`, `maintenance` or `stability`,
        several of them by commas, each with a weight behind ``=``, else 1; by ``/``
        instead, an earlier one comes before all later ones, whatever those cost.

    Raises
    ------
    InputError
        If a name is not known or a weight is no whole number.
    ProblemError
        If a level weighs nothing or is named twice.

    Examples
    --------
    >>> objective = objective_of("tardiness=10,makespan")
    >>> objective.tardiness, objective.makespan, objective.setup
    (10, 1, 0)
    >>> objective_of("tardiness/makespan").order
    ('tardiness', 'makespan')
    """
    # Start costs of a file always count, unless they are weighed otherwise.
    weights = dict.fromkeys(OBJECTIVES, 0) | {"maintenance": 1}
    if "/" in text and "," in text:
        msg = f"objective {text!r} must have either commas or slashes"
        raise InputError(msg)
    levels = [part.strip().partition("=")[0] for part in text.split("/")]
    for part in text.replace("/", ",").split(","):
        name, _, weight = part.strip().partition("=")
        if name not in weights:
            msg = f"objective {name!r} must be one of {', '.join(OBJECTIVES)}"
            raise InputError(msg)
        if weight and not weight.isdecimal():
            msg = f"weight of {name} must be a whole number >= 0, was {weight!r}"
            raise InputError(msg)
        weights[name] = int(weight or 1)
    order = tuple(levels) if len(levels) > 1 else ()
    return Objective(**weights, order=order)


def locked(
    problem: SchedulingProblem, path: Path, *, freeze: int | None
) -> SchedulingProblem:
    """Return a problem with operations that stay where a file says.

    Locks that the problem has already stay too, unless the file tells of the same
    operation.

    Parameters
    ----------
    problem
        Any.
    path
        JSON: a list of ``{"job", "operation", "machine", "start"}``, or an object with
        such a list as `operations`, as `millstream schedule` writes it.
    freeze
        Take only what starts before this tick; None takes all.

    Raises
    ------
    InputError
        If the file is not of that form or names what is not there.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        msg = f"{path} is not JSON: {error}"
        raise InputError(msg) from error
    rows = given.get("operations") if isinstance(given, dict) else given
    if not isinstance(rows, list):
        msg = f"{path} must hold a list of operations, or an object with one"
        raise InputError(msg)
    places = operation_places(problem)
    machines = machine_rows(problem)
    found: list[tuple[int, int, int]] = []
    for row in rows:
        try:
            operation = places[str(row["job"]), str(row["operation"])]
            where = row["machine"]
            machine = NONE if where is None else machines[str(where)]
            start = int(row["start"])
            _judge_start(start)
        except (KeyError, TypeError, ValueError) as error:
            msg = f"{path}: cannot lock {row!r}: {error!r} is missing or not known"
            raise InputError(msg) from error
        if start != NONE and (freeze is None or start < freeze):
            found.append((operation, machine, start))
    told = {operation for operation, _, _ in found}
    given = problem.locks
    own = zip(
        given.operation.tolist(),
        given.machine.tolist(),
        given.start.tolist(),
        strict=True,
    )
    found += [lock for lock in own if lock[0] not in told]
    columns = np.array(found, dtype=np.int64).reshape(-1, 3)
    locks = Locks(operation=columns[:, 0], machine=columns[:, 1], start=columns[:, 2])
    return replace(problem, locks=locks)


def _judge_start(start: int) -> None:
    if not NONE <= start < LATEST:
        msg = f"a start must be in 0..{LATEST - 1}, was {start}"
        raise ValueError(msg)


def operation_rows(
    problem: SchedulingProblem, schedule: Schedule
) -> list[dict[str, Any]]:
    """Return a row for each operation, in order of start.

    Parameters
    ----------
    problem, schedule
        What was scheduled.

    Returns
    -------
    list of dict
        `job`, `operation`, `machine`, `start`, `end`, in ticks. Ids of files with
        names; of others, numbers from 0: jobs, operations within their job, machines.
        An operation that is skipped has a start of -1, one without a machine None.
        Where there are buffers or blocking machines, also `leaves`: when the job leaves
        the machine, `buffer`: where it goes then, None for none, and `goes`: when it
        leaves that.
    """
    if not schedule.start.size:
        return []
    names = problem.names
    job = problem.operations.job.tolist()
    step = _steps(problem)
    order = np.lexsort((np.arange(len(job)), schedule.end, schedule.start))
    waits = wait_columns(problem, schedule)
    rows = []
    for at in order.tolist():
        mode = int(schedule.mode[at])
        machine = NONE if mode == NONE else int(problem.modes.machine[mode])
        rows.append(
            {
                "job": names.jobs[job[at]] if names.jobs else job[at],
                "operation": names.operations[at] if names.operations else step[at],
                "machine": (
                    None
                    if machine == NONE
                    else names.machines[machine]
                    if names.machines
                    else machine
                ),
                "start": int(schedule.start[at]),
                "end": int(schedule.end[at]),
            }
        )
        rows[-1] |= waits[at] if waits else {}
    return rows


def document_of(problem: SchedulingProblem, schedule: Schedule) -> Mapping[str, Any]:
    """Return a schedule as a document of JSON.

    Parameters
    ----------
    problem, schedule
        What was scheduled.

    Returns
    -------
    Mapping
        `status`, `objective`, `bound`, `gap`, `seconds`, `work`, `history` and
        `operations`; what is infinite is None.
    """
    return {
        **outcome(schedule),
        "work": schedule.work,
        "history": history_rows(schedule.history),
        "operations": operation_rows(problem, schedule),
    }


def _steps(problem: SchedulingProblem) -> Sequence[int]:
    """Return the number of each operation within its job."""
    count = [0] * len(problem.jobs)
    steps = []
    for job in problem.operations.job.tolist():
        steps.append(count[job])
        count[job] += 1
    return steps


def operation_places(problem: SchedulingProblem) -> dict[tuple[str, str], int]:
    """Return the row of each operation by job and operation, as rows say them.

    Parameters
    ----------
    problem
        Any.
    """
    names, job = problem.names, problem.operations.job.tolist()
    steps = _steps(problem)
    return {
        (
            names.jobs[job[at]] if names.jobs else str(job[at]),
            names.operations[at] if names.operations else str(steps[at]),
        ): at
        for at in range(len(job))
    }


def machine_rows(problem: SchedulingProblem) -> dict[str, int]:
    """Return the row of each machine by its name or number.

    Parameters
    ----------
    problem
        Any.
    """
    names = problem.names
    return {
        names.machines[row] if names.machines else str(row): row
        for row in range(problem.n_machines)
    }


def setups_before(problem: SchedulingProblem, schedule: Schedule) -> IntArray:
    """Return the setup before each operation, 0 for none.

    Parameters
    ----------
    problem, schedule
        What was scheduled; the schedule has passed the checker.

    Returns
    -------
    ndarray of shape (n_operations,), int64
        Ticks of open time; of a batch, one operation has them.
    """
    result = np.zeros(problem.n_operations, dtype=np.int64)
    for machine, first, then, _, row in setup_changes(problem, schedule):
        matrix = problem.machines.matrix[machine]
        result[row] = problem.setups.time[matrix, first, then]
    return result


def lateness(
    problem: SchedulingProblem, schedule: Schedule
) -> list[tuple[str, int, int, int]]:
    """Return job, due date, end and ticks late of the late jobs, the latest first.

    Parameters
    ----------
    problem, schedule
        What was scheduled.
    """
    jobs = problem.jobs
    end = np.full(len(jobs), NONE, dtype=np.int64)
    np.maximum.at(end, problem.operations.job, schedule.end)
    late = np.where(jobs.due == NONE, 0, end - jobs.due)
    rows = np.flatnonzero(late > 0)
    return [
        (problem.names.job(row), int(jobs.due[row]), int(end[row]), int(late[row]))
        for row in rows[np.argsort(-late[rows], kind="stable")].tolist()
    ]


def closed_windows(problem: SchedulingProblem) -> list[tuple[str, int, int]]:
    """Return machine, start and end of the closed windows, in ticks.

    Parameters
    ----------
    problem
        Any.
    """
    machines = problem.machines
    return [
        (problem.names.machine(machine), start, end)
        for machine, start, end in zip(
            machines.closed_machine.tolist(),
            machines.closed_start.tolist(),
            machines.closed_end.tolist(),
            strict=True,
        )
    ]

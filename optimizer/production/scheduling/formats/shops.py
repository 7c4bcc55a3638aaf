"""Job shops and flexible job shops as text.

A job shop: a line with the numbers of jobs and machines, then a line a job with pairs
of machine (from 0) and duration; a row may end with the pair ``-1 -1``. A flexible one
(`.fjs`): a line a job with the number of operations, and for each the number of its
machines and pairs of machine (from 1) and duration.

References
----------
Beasley (1990), "OR-Library", Journal of the Operational Research Society 41(11): the
job shop's format. Brandimarte (1993), "Routing and scheduling in a flexible job shop by
tabu search", Annals of Operations Research 41: the flexible one's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling.problem import (
    Arcs,
    Jobs,
    Machines,
    Modes,
    Operations,
    SchedulingProblem,
    Setups,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from optimizer.production.scheduling.formats.text import Lines

    Routes = Sequence[Sequence[Sequence[tuple[int, int]]]]

__all__ = ["problem_of_routes", "read_flexible_job_shop", "read_job_shop"]

PAIR = 2


def read_job_shop(lines: Lines) -> SchedulingProblem:
    """Return a job shop, one machine an operation.

    Parameters
    ----------
    lines
        Rows of the file.

    Raises
    ------
    ProblemError
        If the text is not a job shop.
    """
    n_jobs, n_machines = _size(lines)
    routes = []
    for _ in range(n_jobs):
        row = lines.next_row()
        if len(row) % PAIR:
            message = f"expected pairs of machine and duration, got {row}"
            raise lines.refuse(message)
        pairs = list(zip(row[::PAIR], row[1::PAIR], strict=True))
        if pairs and pairs[-1] == (-1, -1):
            pairs.pop()
        for machine, duration in pairs:
            _judge(lines, machine, duration, n_machines)
        routes.append([[pair] for pair in pairs])
    _judge_end(lines, n_jobs)
    return problem_of_routes(routes, n_machines)


def read_flexible_job_shop(lines: Lines) -> SchedulingProblem:
    """Return a flexible job shop.

    Parameters
    ----------
    lines
        Rows of the file.

    Raises
    ------
    ProblemError
        If the text is not a flexible job shop.
    """
    n_jobs, n_machines = _size(lines)
    routes = []
    for _ in range(n_jobs):
        row = lines.next_row()
        route: list[list[tuple[int, int]]] = []
        at = 1
        for _ in range(row[0]):
            choices = row[at] if at < len(row) else 0
            cells = row[at + 1 : at + 1 + PAIR * choices]
            if choices < 1 or len(cells) != PAIR * choices:
                message = f"the row ends inside operation {len(route) + 1}"
                raise lines.refuse(message)
            modes = [
                (machine - 1, duration)
                for machine, duration in zip(cells[::PAIR], cells[1::PAIR], strict=True)
            ]
            for machine, duration in modes:
                _judge(lines, machine, duration, n_machines)
            route.append(modes)
            at += 1 + PAIR * choices
        if at != len(row):
            message = f"{len(row) - at} numbers too many for {row[0]} steps"
            raise lines.refuse(message)
        routes.append(route)
    _judge_end(lines, n_jobs)
    return problem_of_routes(routes, n_machines)


def problem_of_routes(
    routes: Routes,
    n_machines: int,
    *,
    setup: npt.ArrayLike | None = None,
) -> SchedulingProblem:
    """Return the shop of some routes, each a chain of operations.

    Parameters
    ----------
    routes
        For each job, for each of its operations, pairs of machine and duration.
    n_machines
        Number of machines, >= 1.
    setup
        array of shape (n_machines, n_jobs, n_jobs): setup between the operations of
        two jobs on a machine; None for none.

    Raises
    ------
    ProblemError
        If the problem is not valid.
    """
    job: list[int] = []
    chained, owner, machine, duration = [], [], [], []
    for number, route in enumerate(routes):
        for step, modes in enumerate(route):
            if step:
                chained.append(len(job))
            for where, ticks in modes:
                owner.append(len(job))
                machine.append(where)
                duration.append(ticks)
            job.append(number)
    after = np.array(chained, dtype=np.int64)
    families = (
        np.array(job, dtype=np.int64) if setup is not None else np.zeros(len(job))
    )
    matrix = np.arange(n_machines) if setup is not None else np.full(n_machines, -1)
    times = np.zeros((0, 0, 0)) if setup is None else np.asarray(setup)
    return SchedulingProblem(
        jobs=Jobs(release=np.zeros(len(routes), dtype=np.int64)),
        operations=Operations(
            job=np.array(job, dtype=np.int64), family=families.astype(np.int64)
        ),
        modes=Modes(
            operation=np.array(owner, dtype=np.int64),
            machine=np.array(machine, dtype=np.int64),
            duration=np.array(duration, dtype=np.int64),
        ),
        arcs=Arcs(before=after - 1, after=after),
        machines=Machines(matrix=matrix),
        setups=Setups(time=times.astype(np.int64)),
    )


def _size(lines: Lines) -> tuple[int, int]:
    first = lines.next_row()
    if len(first) < PAIR or min(first[:PAIR]) < 1:
        message = f"expected the numbers of jobs and machines, got {first}"
        raise lines.refuse(message)
    return first[0], first[1]


def _judge_end(lines: Lines, n_jobs: int) -> None:
    if more := len(lines):
        lines.next_row()
        message = f"rows of {n_jobs} jobs were announced, here begin {more} more"
        raise lines.refuse(message)


def _judge(lines: Lines, machine: int, duration: int, n_machines: int) -> None:
    if not 0 <= machine < n_machines:
        message = f"there is no machine {machine} of {n_machines} from 0"
        raise lines.refuse(message)
    if duration < 0:
        message = f"a duration must be >= 0, was {duration}"
        raise lines.refuse(message)

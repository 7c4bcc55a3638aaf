"""Projects with scarce resources as text: PSPLIB's `.sm` and Patterson's `.rcp`.

Each activity becomes an operation without a machine that holds units of pools; the
project is one job, and its objective the makespan.

References
----------
Kolisch, Sprecher (1997), "PSPLIB - a project scheduling problem library", European
Journal of Operational Research 96(1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.text import whole
from optimizer.production.scheduling.problem import (
    Arcs,
    Jobs,
    Machines,
    Modes,
    Operations,
    Pools,
    SchedulingProblem,
)

if TYPE_CHECKING:
    from optimizer.production.scheduling.formats.text import Lines

__all__ = ["read_patterson", "read_psplib"]

ACTIVITY_CELLS = 3
"""Of a row of PSPLIB's: number, modes, successors; or number, mode, duration."""


@dataclass(slots=True)
class _Project:
    """What a file says: modes as pairs of duration and requests, and successors."""

    capacity: list[int] = field(default_factory=list)
    modes: list[list[tuple[int, list[int]]]] = field(default_factory=list)
    successors: list[list[int]] = field(default_factory=list)

    def problem(self, name: str) -> SchedulingProblem:
        """Return the scheduling problem."""
        n = len(self.modes)
        rows = [
            (activity, duration, requests)
            for activity, modes in enumerate(self.modes)
            for duration, requests in modes
        ]
        uses = [
            (mode, pool, amount)
            for mode, (_, _, requests) in enumerate(rows)
            for pool, amount in enumerate(requests)
            if amount
        ]
        arcs = [(i, j) for i, after in enumerate(self.successors) for j in after]
        wrong = [j for _, j in arcs if not 0 <= j < n]
        if wrong:
            message = f"{name}: there is no activity {wrong[0] + 1} of {n}"
            raise ProblemError(message)
        use, arc = np.array(uses).reshape(-1, 3), np.array(arcs).reshape(-1, 2)
        return SchedulingProblem(
            jobs=Jobs(release=np.zeros(1, dtype=np.int64)),
            operations=Operations(job=np.zeros(n, dtype=np.int64)),
            modes=Modes(
                operation=np.array([row[0] for row in rows]),
                machine=np.full(len(rows), -1),
                duration=np.array([row[1] for row in rows]),
                use_mode=use[:, 0],
                use_pool=use[:, 1],
                use_amount=use[:, 2],
            ),
            arcs=Arcs(before=arc[:, 0], after=arc[:, 1]),
            machines=Machines(matrix=np.empty(0, dtype=np.int64)),
            pools=Pools(capacity=np.array(self.capacity)),
        )


def read_psplib(text: str, name: str) -> SchedulingProblem:
    """Return a project in PSPLIB's form, with one or several modes an activity.

    Parameters
    ----------
    text
        The file.
    name
        What errors call it.

    Raises
    ------
    ProblemError
        If a section is missing or wrong, or a resource is not renewable.
    """
    if re.search(r"^\s*- nonrenewable\s*:\s*[1-9]", text, re.MULTILINE):
        message = f"{name}: resources that are used up are not supported"
        raise ProblemError(message)
    project = _Project(capacity=_section(text, "RESOURCEAVAILABILITIES", name)[0])
    for row in _section(text, "PRECEDENCE RELATIONS", name):
        if len(row) < ACTIVITY_CELLS or row[2] != len(row) - ACTIVITY_CELLS:
            message = f"{name}: expected activity, modes and successors, got {row}"
            raise ProblemError(message)
        project.successors.append([other - 1 for other in row[ACTIVITY_CELLS:]])
    width = len(project.capacity)
    for cells in _section(text, "REQUESTS/DURATIONS", name):
        row = cells
        if len(cells) == width + ACTIVITY_CELLS:
            project.modes.append([])
            row = cells[1:]
        if len(row) != width + ACTIVITY_CELLS - 1 or not project.modes:
            message = f"{name}: expected a duration and {width} requests, got {row}"
            raise ProblemError(message)
        project.modes[-1].append((row[1], row[2:]))
    if len(project.modes) != len(project.successors):
        counts = f"{len(project.modes)} and {len(project.successors)}"
        message = f"{name}: requests and precedence of {counts} activities"
        raise ProblemError(message)
    return project.problem(name)


def _section(text: str, title: str, name: str) -> list[list[int]]:
    """Return the rows of numbers below a title, up to the next line of stars."""
    found = re.search(rf"^{re.escape(title)}:\s*$(.*?)^\*+", text, re.M | re.S)
    if found is None:
        message = f"{name}: there is no section {title}"
        raise ProblemError(message)
    rows = [row for row in found[1].splitlines() if re.fullmatch(r"[\d\s]+", row)]
    try:
        numbers = [[whole(word) for word in row.split()] for row in rows if row.strip()]
    except ValueError as error:
        message = f"{name}, section {title}: {error}"
        raise ProblemError(message) from error
    if not numbers:
        message = f"{name}: section {title} is empty"
        raise ProblemError(message)
    return numbers


def read_patterson(lines: Lines) -> SchedulingProblem:
    """Return a project in Patterson's form (`.rcp`).

    Parameters
    ----------
    lines
        Rows of the file; an activity may go on in the next row.

    Raises
    ------
    ProblemError
        If the numbers do not fit together.
    """
    words: list[int] = []
    while len(lines):
        words += lines.next_row()
    at = 0

    def take(count: int) -> list[int]:
        nonlocal at
        at += count
        if at > len(words):
            message = f"the project ends early, after {len(words)} numbers"
            raise lines.refuse(message)
        return words[at - count : at]

    n_activities, n_pools = take(2)
    project = _Project(capacity=take(n_pools))
    for _ in range(n_activities):
        duration, *requests = take(1 + n_pools)
        project.modes.append([(duration, requests)])
        (count,) = take(1)
        project.successors.append([other - 1 for other in take(count)])
    if at != len(words):
        message = f"{len(words) - at} numbers too many"
        raise lines.refuse(message)
    return project.problem(lines.name)

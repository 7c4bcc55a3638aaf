"""Disruptions by name as JSON: a list of objects, told apart by their `kind`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from optimizer.documents import named
from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.own_form import (
    JobText,  # noqa: TC001  # read while it runs
)
from optimizer.production.scheduling.problem import LATEST, NONE
from optimizer.production.scheduling.repair.disruptions import (
    Absence,
    Breakdown,
    Cancellation,
    LateMaterial,
    RushJob,
    RushMode,
    RushOperation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.production.scheduling.formats.own_form import ModeText, OperationText
    from optimizer.production.scheduling.problem import SchedulingProblem
    from optimizer.production.scheduling.repair.disruptions import Disruption

__all__ = ["read_disruptions"]

_Count = Annotated[int, msgspec.Meta(ge=0, le=LATEST - 1)]
_Name = str | int


class _Down(msgspec.Struct, tag="down", tag_field="kind", forbid_unknown_fields=True):
    machine: _Name
    start: _Count
    end: _Count


class _Absent(
    msgspec.Struct, tag="absent", tag_field="kind", forbid_unknown_fields=True
):
    pool: _Name
    start: _Count
    end: _Count
    amount: _Count = 1


class _Late(msgspec.Struct, tag="late", tag_field="kind", forbid_unknown_fields=True):
    job: _Name
    release: _Count
    operation: _Name | None = None


class _Cancelled(
    msgspec.Struct, tag="cancelled", tag_field="kind", forbid_unknown_fields=True
):
    job: _Name


class _Rush(msgspec.Struct, tag="rush", tag_field="kind", forbid_unknown_fields=True):
    job: JobText


_Kind = _Down | _Absent | _Late | _Cancelled | _Rush


def read_disruptions(
    data: bytes | str, name: str, problem: SchedulingProblem
) -> list[Disruption]:
    """Return the disruptions of a file, in rows of a problem.

    Machines, pools, jobs and operations are called by their ids; where a problem has
    none, by their numbers, operations within their job.

    Parameters
    ----------
    data
        JSON: a list of ``{"kind": "down", "machine", "start", "end"}``, ``{"kind":
        "absent", "pool", "start", "end", "amount"}``, ``{"kind": "late", "job",
        "release", "operation"}``, ``{"kind": "cancelled", "job"}`` and ``{"kind":
        "rush", "job"}`` with a job as in a `problem.json`.
    name
        What errors call it.
    problem
        What it is about.

    Raises
    ------
    ProblemError
        If it is not of that form, or names what is not there.

    Examples
    --------
    >>> from optimizer.production.scheduling.formats.shops import problem_of_routes
    >>> problem = problem_of_routes([[[(0, 3)]], [[(1, 4)]]], 2)
    >>> text = '[{"kind": "down", "machine": 1, "start": 2, "end": 9}]'
    >>> read_disruptions(text, "events.json", problem)
    [Breakdown(machine=1, start=2, end=9)]
    """
    with named(name):
        given = msgspec.json.decode(data, type=list[_Kind])
        reader = _Reader(problem)
        return [reader.disruption(one) for one in given]


class _Reader:
    """Ids to rows."""

    def __init__(self, problem: SchedulingProblem) -> None:
        names = problem.names
        self._problem = problem
        self._machines = _rows(names.machines, problem.n_machines)
        self._pools = _rows(names.pools, len(problem.pools))
        self._jobs = _rows(names.jobs, len(problem.jobs))
        self._families = _rows(names.families, 0)

    def disruption(self, one: _Kind) -> Disruption:
        """Return a disruption in rows."""
        if isinstance(one, _Down):
            machine = _row(self._machines, one.machine, "machine")
            return Breakdown(machine=machine, start=one.start, end=one.end)
        if isinstance(one, _Absent):
            pool = _row(self._pools, one.pool, "pool")
            return Absence(pool=pool, start=one.start, end=one.end, amount=one.amount)
        if isinstance(one, _Rush):
            return self._rush(one.job)
        job = _row(self._jobs, one.job, "job")
        if isinstance(one, _Cancelled):
            return Cancellation(job=job)
        operation = (
            None if one.operation is None else self._operation(job, one.operation)
        )
        return LateMaterial(job=job, release=one.release, operation=operation)

    def _operation(self, job: int, name: _Name) -> int:
        names = self._problem.names.operations
        own = [
            row for row, owner in enumerate(self._problem.operations.job.tolist())
            if owner == job
        ]  # fmt: skip
        ids = [names[row] if names else str(at) for at, row in enumerate(own)]
        rows = dict(zip(ids, own, strict=True))
        return _row(rows, name, f"operation of {self._problem.names.job(job)}")

    def _rush(self, job: JobText) -> RushJob:
        if job.skip_cost is not None:
            message = f"rush job {job.id!r} must be done, but has a skip_cost"
            raise ProblemError(message)
        place = {one.id: at for at, one in enumerate(job.operations)}
        return RushJob(
            operations=tuple(
                self._rush_operation(one, place, job.id) for one in job.operations
            ),
            name=job.id,
            release=job.release,
            due=NONE if job.due is None else job.due,
            deadline=NONE if job.deadline is None else job.deadline,
            weight=job.weight,
        )

    def _rush_operation(
        self, one: OperationText, place: dict[str, int], job: str
    ) -> RushOperation:
        if one.start_costs:
            message = f"operation {one.id!r} of a rush job has start_costs"
            raise ProblemError(message)
        after = None
        if one.after is not None:
            what = f"operation of rush job {job!r}"
            after = tuple(
                (_row(place, x, what), 0)
                if isinstance(x, str)
                else (_row(place, x.operation, what), x.lag)
                for x in one.after
            )
        family = 0
        if one.family is not None:
            family = _row(self._families, one.family, "family")
        return RushOperation(
            modes=tuple(self._mode(mode) for mode in one.modes),
            name=one.id,
            family=family,
            resumable=int(one.resumable),
            size=one.size,
            release=one.release,
            after=after,
        )

    def _mode(self, mode: ModeText) -> RushMode:
        machine = NONE
        if mode.machine is not None:
            machine = _row(self._machines, mode.machine, "machine")
        uses = tuple(
            (_row(self._pools, pool, "pool"), amount)
            for pool, amount in mode.uses.items()
        )
        return RushMode(
            machine=machine, duration=mode.duration, uses=uses, early=mode.early
        )


def _rows(names: Sequence[str], count: int) -> dict[str, int]:
    """Return rows by id, or by number where there are no ids."""
    ids = names or [str(row) for row in range(count)]
    return {name: row for row, name in enumerate(ids)}


def _row(rows: dict[str, int], name: _Name, what: str) -> int:
    if str(name) not in rows:
        known = ", ".join(list(rows)[:8]) or "none"
        message = f"there is no {what} {name!r}; known are {known}"
        raise ProblemError(message)
    return rows[str(name)]

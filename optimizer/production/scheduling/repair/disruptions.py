"""What can upset a schedule, as data."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem import NONE

__all__ = [
    "Absence",
    "Breakdown",
    "Cancellation",
    "Disruption",
    "LateMaterial",
    "RushJob",
    "RushMode",
    "RushOperation",
]


def _judge_span(what: str, start: int, end: int) -> None:
    if not 0 <= start < end:
        message = f"{what} must end after its start, was {start}..{end}"
        raise ProblemError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """A machine that does not work for a while.

    Parameters
    ----------
    machine
        Row of the machine.
    start, end
        Ticks, ``0 <= start < end``; what lies before now is history.

    Raises
    ------
    ProblemError
        If it does not end after its start.
    """

    machine: int
    start: int
    end: int

    def __post_init__(self) -> None:
        _judge_span("a breakdown", self.start, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Units of a pool, such as operators, that are away for a while.

    Parameters
    ----------
    pool
        Row of the pool.
    start, end
        Ticks, ``0 <= start < end``; what lies before now is history.
    amount
        Units, >= 1.

    Raises
    ------
    ProblemError
        If it does not end after its start, or no unit is away.
    """

    pool: int
    start: int
    end: int
    amount: int = 1

    def __post_init__(self) -> None:
        _judge_span("an absence", self.start, self.end)
        if self.amount < 1:
            message = f"amount of an absence must be >= 1, was {self.amount}"
            raise ProblemError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateMaterial:
    """Material that comes later than planned.

    Parameters
    ----------
    job
        Row of the job; of all its operations that have not started, or of one.
    release
        Tick at which it is there, >= 0; a date before the planned one changes nothing.
    operation
        Row of an operation of the job, None for all.

    Raises
    ------
    ProblemError
        If the date is below 0.
    """

    job: int
    release: int
    operation: int | None = None

    def __post_init__(self) -> None:
        if self.release < 0:
            message = f"release of late material must be >= 0, was {self.release}"
            raise ProblemError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """A job that is no longer asked for: what has not started of it is left out.

    Parameters
    ----------
    job
        Row of the job.
    """

    job: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RushMode:
    """A way to do an operation of a rush job.

    Parameters
    ----------
    machine
        Row of the machine, -1 for none.
    duration
        Ticks, >= 0.
    uses
        Pairs of a pool and units of it.
    early
        Ticks of work before its end at which what waits for it may start, in
        0..duration; 0 without a machine.
    """

    machine: int
    duration: int
    uses: tuple[tuple[int, int], ...] = ()
    early: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RushOperation:
    """An operation of a rush job.

    Parameters
    ----------
    modes
        How it can be done, at least one way.
    name
        What it is called, where the problem has names.
    family, resumable, size, release
        As in `Operations`.
    after
        Pairs of an operation of the same job, by its place in it, that ends before,
        and the lag between the two; None: it follows the one before it.

    Raises
    ------
    ProblemError
        If there is no mode.
    """

    modes: tuple[RushMode, ...]
    name: str = ""
    family: int = 0
    resumable: int = 0
    size: int = 1
    release: int = 0
    after: tuple[tuple[int, int], ...] | None = None

    def __post_init__(self) -> None:
        if not self.modes:
            message = f"operation {self.name!r} of a rush job has no mode"
            raise ProblemError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class RushJob:
    """A job that comes in when the schedule already runs.

    Parameters
    ----------
    operations
        At least one.
    name
        What it is called, where the problem has names.
    release, due, deadline, weight
        As in `Jobs`.

    Raises
    ------
    ProblemError
        If it has no operation.
    """

    operations: tuple[RushOperation, ...]
    name: str = ""
    release: int = 0
    due: int = NONE
    deadline: int = NONE
    weight: int = 1

    def __post_init__(self) -> None:
        if not self.operations:
            message = f"rush job {self.name!r} has no operation"
            raise ProblemError(message)

    def arcs(self) -> list[tuple[int, int, int]]:
        """Return operation before, operation after and lag, by place in the job.

        Raises
        ------
        ProblemError
            If an operation follows one that is not there.
        """
        found = []
        for place, one in enumerate(self.operations):
            before = ((place - 1, 0),) if place else ()
            for other, lag in before if one.after is None else one.after:
                if not 0 <= other < len(self.operations):
                    message = (
                        f"operation {place} of rush job {self.name!r} follows "
                        f"{other}, which must be in 0..{len(self.operations) - 1}"
                    )
                    raise ProblemError(message)
                found.append((other, place, lag))
        return found


Disruption = Breakdown | Absence | LateMaterial | Cancellation | RushJob
"""Anything that upsets a schedule."""

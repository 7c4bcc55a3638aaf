"""Made to order: single pieces of customers become production orders of a family.

A piece that is made to order has a customer, a due date and options of its own; what it
shares with others is the family it is set up for. Pieces of one family wait for each
other until enough are there, or until one of them has waited long enough; the groups
are then put in sequence by the scheduler, and every piece is pegged to its place in a
group, with a start and an end of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer import SolveOptions
from optimizer.production.scheduling import (
    Jobs,
    Machines,
    Modes,
    Objective,
    Operations,
    SchedulingProblem,
    Setups,
    schedule_production,
)
from twin.errors import OptionError

I8 = NDArray[np.int64]
NOTHING = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Orders of customers, one piece each; arrays of shape (n,), int64, times in ticks.

    Attributes
    ----------
    arrived, due : ndarray
        When it was ordered, and when it is due; >= 0, in the order of arrival.
    family : ndarray
        What it is set up for, >= 0.
    work : ndarray
        Time a machine needs for it, setup not included, > 0.

    Raises
    ------
    OptionError
        If there is no piece, columns differ in length, arrivals fall, or an entry is
        below what is allowed.
    """

    arrived: I8
    due: I8
    family: I8
    work: I8

    def __post_init__(self) -> None:
        n = len(self.arrived)
        least = {"arrived": 0, "due": 0, "family": 0, "work": 1}
        for name, low in least.items():
            column = getattr(self, name)
            if not n or column.shape != (n,):
                msg = (
                    f"pieces: {name} must have shape ({n},), n > 0, had {column.shape}"
                )
                raise OptionError(msg)
            if column.min() < low:
                msg = f"pieces: {name} must be >= {low}, was {column.min()}"
                raise OptionError(msg)
        if (np.diff(self.arrived) < 0).any():
            row = int(np.argmax(np.diff(self.arrived) < 0)) + 1
            msg = f"pieces: arrived must not fall, did in row {row}"
            raise OptionError(msg)

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.arrived)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """When pieces that wait for each other are released together.

    Attributes
    ----------
    least : int
        Pieces that are enough, >= 1.
    longest_wait : int
        Ticks after which a piece waits no longer for others, >= 0.

    Raises
    ------
    OptionError
        If one is out of range.
    """

    least: int
    longest_wait: int

    def __post_init__(self) -> None:
        if self.least < 1:
            msg = f"least must be >= 1 piece, was {self.least}"
            raise OptionError(msg)
        if self.longest_wait < 0:
            msg = f"longest_wait must be >= 0 ticks, was {self.longest_wait}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True)
class Groups:
    """Production orders for pieces.

    Attributes
    ----------
    of_piece : ndarray of shape (n_pieces,), int64
        The group of each piece.
    released : ndarray of shape (n_groups,), int64
        When each may begin: enough were there, or one had waited long enough.
    """

    of_piece: I8
    released: I8


@dataclass(frozen=True, slots=True)
class PieceTimes:
    """When each piece is made; arrays of shape (n_pieces,), int64.

    Attributes
    ----------
    machine, start, end : ndarray
        Where, from when to when, in ticks.
    n_setups : int
        Changes of family over all machines, the first of each included.
    """

    machine: I8
    start: I8
    end: I8
    n_setups: int

    def tardiness(self, pieces: Pieces) -> I8:
        """Return how much too late each piece is ready, in ticks, 0 if in time."""
        late: I8 = np.maximum(self.end - pieces.due, 0)
        return late


def grouped(pieces: Pieces, grouping: Grouping, *, mixed: bool = False) -> Groups:
    """Group pieces in the order of their arrival.

    Parameters
    ----------
    pieces : Pieces
        What was ordered.
    grouping : Grouping
        When a group is full.
    mixed : bool
        Whether whoever comes next is in the next group, as where first come is first
        served; else a group is of one family.

    Returns
    -------
    Groups
        A group is released once `least` pieces wait, or when the first of them has
        waited for `longest_wait`, whichever is earlier; what comes later begins another
        group.
    """
    of_piece = np.full(len(pieces), NOTHING, np.int64)
    released: list[int] = []
    waiting: dict[int, list[int]] = {}

    def release(key: int, at: int) -> None:
        of_piece[waiting.pop(key)] = len(released)
        released.append(at)

    def overdue(now: int) -> None:
        due = [
            (int(pieces.arrived[rows[0]]) + grouping.longest_wait, key)
            for key, rows in waiting.items()
        ]
        for at, key in sorted(due):
            if at < now:
                release(key, at)

    for row in range(len(pieces)):
        now = int(pieces.arrived[row])
        overdue(now)
        key = 0 if mixed else int(pieces.family[row])
        waiting.setdefault(key, []).append(row)
        if len(waiting[key]) >= grouping.least:
            release(key, now)
    overdue(int(np.iinfo(np.int64).max))
    return Groups(of_piece, np.array(released, np.int64))


def in_turn(
    pieces: Pieces, groups: Groups, setup: I8, *, n_machines: int
) -> PieceTimes:
    """Make groups in the order of their release, each on the machine free first.

    Parameters
    ----------
    pieces, groups
        What is made.
    setup : ndarray of shape (n_families, n_families), int64
        Ticks from family to family, >= 0; the first setup of a machine takes none.
    n_machines : int
        Machines that are alike, >= 1.

    Returns
    -------
    PieceTimes
        Pieces of a group are made by family, then by due date.
    """
    free = np.zeros(n_machines, np.int64)
    sequence: list[list[int]] = [[] for _ in range(n_machines)]
    for group in np.argsort(groups.released, kind="stable").tolist():
        machine = int(np.argmin(free))
        sequence[machine].append(group)
        free = _timed(pieces, groups, setup, sequence)[1]
    return _timed(pieces, groups, setup, sequence)[0]


def in_best_sequence(
    pieces: Pieces,
    groups: Groups,
    setup: I8,
    *,
    n_machines: int,
    monotonic_s: Callable[[], float],
    time_limit_s: float = 10.0,
    work_limit: int | None = None,
) -> PieceTimes:
    """Put groups in the sequence with the least tardiness of their pieces.

    Parameters
    ----------
    pieces, groups, setup, n_machines
        As for `in_turn`; groups are of one family.
    monotonic_s : callable
        A clock in seconds.
    time_limit_s : float
        Seconds for the search, > 0.
    work_limit : int, optional
        Budget of work instead, for a repeatable answer.

    Returns
    -------
    PieceTimes
        Of the best schedule found: tardiness counts by group, from the date at which
        the first piece is due, as often as it has pieces; setup time breaks ties.

    Raises
    ------
    OptionError
        If a group has pieces of more than one family.
    """
    problem = _problem(pieces, groups, setup, n_machines=n_machines)
    options = SolveOptions(
        monotonic_s=monotonic_s, time_limit_s=time_limit_s, work_limit=work_limit
    )
    schedule = schedule_production(problem, options)
    machine = problem.modes.machine[schedule.mode]
    sequence = [
        [int(g) for g in np.argsort(schedule.start, kind="stable") if machine[g] == k]
        for k in range(n_machines)
    ]
    return _timed(pieces, groups, setup, sequence)[0]


def _problem(
    pieces: Pieces, groups: Groups, setup: I8, *, n_machines: int
) -> SchedulingProblem:
    n = len(groups.released)
    size = np.bincount(groups.of_piece, minlength=n)
    family = np.zeros(n, np.int64)
    family[groups.of_piece] = pieces.family
    mixed = family[groups.of_piece] != pieces.family
    if mixed.any():
        group = int(groups.of_piece[np.argmax(mixed)])
        msg = f"group {group} must be of one family, had more"
        raise OptionError(msg)
    due = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(due, groups.of_piece, pieces.due)
    work = np.bincount(groups.of_piece, weights=pieces.work, minlength=n)
    return SchedulingProblem(
        jobs=Jobs(release=groups.released, due=due, weight=size.astype(np.int64)),
        operations=Operations(job=np.arange(n), family=family),
        modes=Modes(
            operation=np.repeat(np.arange(n), n_machines),
            machine=np.tile(np.arange(n_machines), n),
            duration=np.repeat(work.astype(np.int64), n_machines),
        ),
        machines=Machines(matrix=np.zeros(n_machines, np.int64)),
        setups=Setups(time=setup[None], cost=setup[None]),
        objective=Objective(makespan=0, tardiness=10, setup=1),
    )


def _timed(
    pieces: Pieces, groups: Groups, setup: I8, sequence: list[list[int]]
) -> tuple[PieceTimes, I8]:
    """Return the times of pieces in a sequence, and when each machine is free."""
    members = np.argsort(groups.of_piece, kind="stable")
    first = np.searchsorted(groups.of_piece[members], np.arange(len(groups.released)))
    ends = np.append(first[1:], len(members))
    machine, start, end = (np.full(len(pieces), NOTHING, np.int64) for _ in range(3))
    free = np.zeros(len(sequence), np.int64)
    n_setups = 0
    for k, turn in enumerate(sequence):
        now, before = 0, NOTHING
        for group in turn:
            rows = members[first[group] : ends[group]]
            rows = rows[np.lexsort((pieces.due[rows], pieces.family[rows]))]
            for row in rows.tolist():
                own = int(pieces.family[row])
                # A setup needs no piece, but a group is not begun before its release.
                begin = now
                if own != before:
                    begin += int(setup[before, own]) if before != NOTHING else 0
                    n_setups += 1
                begin = max(begin, int(groups.released[group]))
                machine[row], start[row] = k, begin
                now = end[row] = begin + int(pieces.work[row])
                before = own
        free[k] = now
    return PieceTimes(machine, start, end, n_setups), free

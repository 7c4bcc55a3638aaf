"""The tables of a scheduling problem, each validated by itself.

What they mean together is said in `optimizer.production.scheduling.problem`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem.columns import (
    LATEST,
    NONE,
    IntArray,
    freeze,
    no_rows,
    require,
)

__all__ = [
    "LATEST",
    "NONE",
    "Arcs",
    "IntArray",
    "Jobs",
    "Locks",
    "Machines",
    "Modes",
    "Operations",
    "Pools",
    "Setups",
    "Transport",
]

MATRIX_AXES = 3
"""Setup matrices have a matrix, a family before and a family after."""


def _matrices() -> IntArray:
    return np.empty((0, 0, 0), dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Jobs:
    """What is asked for.

    Parameters
    ----------
    release
        ndarray of shape (n_jobs,), int64: no operation of the job starts before it.
    due
        ndarray of shape (n_jobs,), int64: due date, -1 for none (the default).
    deadline
        ndarray of shape (n_jobs,), int64: latest end, -1 for none (the default).
    weight
        ndarray of shape (n_jobs,), int64: cost of a tick of tardiness. Default 1.
    skip_cost
        ndarray of shape (n_jobs,), int64: cost of leaving the job out, -1 where it must
        be done (the default).
    """

    release: IntArray
    due: IntArray = field(default_factory=no_rows)
    deadline: IntArray = field(default_factory=no_rows)
    weight: IntArray = field(default_factory=no_rows)
    skip_cost: IntArray = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        n = np.asarray(self.release).size
        defaults = (("due", NONE), ("deadline", NONE), ("weight", 1))
        freeze(self, (*defaults, ("skip_cost", NONE)), n)
        for name in ("due", "deadline", "skip_cost"):
            require(self, name, rows=n, low=NONE)
        for name in ("release", "weight"):
            require(self, name, rows=n, low=0)

    def __len__(self) -> int:
        """Return the number of jobs."""
        return self.release.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operations:
    """The pieces of work.

    Parameters
    ----------
    job
        ndarray of shape (n_operations,), int64: the job of each operation.
    release
        ndarray of shape (n_operations,), int64: when its material is there. Default 0.
    family
        ndarray of shape (n_operations,), int64: setup family, and batch family on a
        batching machine. Default 0.
    resumable
        ndarray of shape (n_operations,), int64: 1 if closed time interrupts it, else 0
        (the default).
    size
        ndarray of shape (n_operations,), int64: capacity taken on a batching machine,
        >= 1. Default 1.
    """

    job: IntArray
    release: IntArray = field(default_factory=no_rows)
    family: IntArray = field(default_factory=no_rows)
    resumable: IntArray = field(default_factory=no_rows)
    size: IntArray = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        n = np.asarray(self.job).size
        defaults = (("release", 0), ("family", 0), ("resumable", 0), ("size", 1))
        freeze(self, defaults, n)
        require(self, "job", rows=n, low=0)
        require(self, "release", rows=n, low=0)
        require(self, "family", rows=n, low=0)
        require(self, "resumable", rows=n, low=0, high=2)
        require(self, "size", rows=n, low=1)

    def __len__(self) -> int:
        """Return the number of operations."""
        return self.job.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Modes:
    """How each operation can be done.

    Parameters
    ----------
    operation
        ndarray of shape (n_modes,), int64: ascending, each operation at least once.
    machine
        ndarray of shape (n_modes,), int64: -1 for none.
    duration
        ndarray of shape (n_modes,), int64: ticks of open time, >= 0; >= 1 on machines
        with setups or batches.
    early
        ndarray of shape (n_modes,), int64: so many ticks of open time, 0..duration,
        before the end of an operation what waits for it may start; it ends no earlier
        than the operation. Default 0: what waits starts after the end.
    use_mode, use_pool, use_amount
        ndarrays of shape (n_uses,), int64: units >= 1 of a pool that a mode holds.
    """

    operation: IntArray
    machine: IntArray
    duration: IntArray
    use_mode: IntArray = field(default_factory=no_rows)
    use_pool: IntArray = field(default_factory=no_rows)
    use_amount: IntArray = field(default_factory=no_rows)
    early: IntArray = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        freeze(self)
        n, uses = self.operation.size, self.use_mode.size
        if not self.early.any():
            object.__setattr__(self, "early", np.zeros(n, dtype=np.int64))
        require(self, "operation", rows=n, low=0)
        require(self, "machine", rows=n, low=NONE)
        require(self, "duration", rows=n, low=0)
        require(self, "early", rows=n, low=0)
        self._judge_early()
        require(self, "use_mode", rows=uses, low=0, high=max(n, 1))
        require(self, "use_pool", rows=uses, low=0)
        require(self, "use_amount", rows=uses, low=1)

    def _judge_early(self) -> None:
        most = np.where(self.machine == NONE, 0, self.duration)
        wrong = np.flatnonzero(self.early > most)
        if wrong.size:
            row = int(wrong[0])
            message = (
                f"early must be in 0..duration, and 0 without a machine; mode {row} "
                f"had {self.early[row]} of {self.duration[row]}"
            )
            raise ProblemError(message)

    def __len__(self) -> int:
        """Return the number of modes."""
        return self.operation.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arcs:
    """What must end before what may start.

    Parameters
    ----------
    before, after
        ndarrays of shape (n_arcs,), int64: operations.
    lag
        ndarray of shape (n_arcs,), int64: least ticks between the end of the one and
        the start of the other, >= 0. Default 0.
    """

    before: IntArray = field(default_factory=no_rows)
    after: IntArray = field(default_factory=no_rows)
    lag: IntArray = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        n = np.asarray(self.before).size
        freeze(self, (("lag", 0),), n)
        for name in ("before", "after", "lag"):
            require(self, name, rows=n, low=0)

    def __len__(self) -> int:
        """Return the number of arcs."""
        return self.before.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Machines:
    """Where the work is done.

    Parameters
    ----------
    matrix
        ndarray of shape (n_machines,), int64: setup matrix, -1 for none.
    first_family
        ndarray of shape (n_machines,), int64: family that the machine is set up for at
        time 0, -1 for any (the default).
    batch
        ndarray of shape (n_machines,), int64: sizes that fit together, 0 where the
        machine works on one operation at a time (the default).
    closed_machine, closed_start, closed_end
        ndarrays of shape (n_windows,), int64: closed windows, ``start < end``; those of
        a machine do not overlap.
    blocking
        ndarray of shape (n_machines,), int64: 1 where there is no room behind the
        machine, so that an operation stays on it until all that wait for it have
        started; else 0 (the default).
    buffer
        ndarray of shape (n_machines,), int64: the buffer that the machine empties into,
        -1 for room without limit behind it (the default), or none if it is blocking.
    whole_setup
        ndarray of shape (n_machines,), int64: 1 where a setup is done in one piece
        right before its operation, in open time; 0 where it is done any time before and
        may be interrupted by closed time (the default).
    busy_power, setup_power, idle_power
        ndarrays of shape (n_machines,), int64: power while an operation runs, while
        the machine is set up, and in the open time between those, from its first to
        its last use. Default 0.
    """

    matrix: IntArray
    first_family: IntArray = field(default_factory=no_rows)
    batch: IntArray = field(default_factory=no_rows)
    closed_machine: IntArray = field(default_factory=no_rows)
    closed_start: IntArray = field(default_factory=no_rows)
    closed_end: IntArray = field(default_factory=no_rows)
    blocking: IntArray = field(default_factory=no_rows)
    busy_power: IntArray = field(default_factory=no_rows)
    setup_power: IntArray = field(default_factory=no_rows)
    idle_power: IntArray = field(default_factory=no_rows)
    whole_setup: IntArray = field(default_factory=no_rows)
    buffer: IntArray = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        n = np.asarray(self.matrix).size
        powers = ("busy_power", "setup_power", "idle_power")
        zero = ("batch", "blocking", "whole_setup", *powers)
        none = ("first_family", "buffer")
        defaults = [(name, NONE) for name in none] + [(name, 0) for name in zero]
        freeze(self, defaults, n)
        for name in zero:
            require(self, name, rows=n, low=0)
        require(self, "blocking", rows=n, low=0, high=2)
        require(self, "whole_setup", rows=n, low=0, high=2)
        require(self, "buffer", rows=n, low=NONE)
        self._judge_room()
        require(self, "matrix", rows=n, low=NONE)
        require(self, "first_family", rows=n, low=NONE)
        windows = self.closed_machine.size
        require(self, "closed_machine", rows=windows, low=0, high=max(n, 1))
        require(self, "closed_start", rows=windows, low=0)
        require(self, "closed_end", rows=windows, low=1)
        self._order_windows()

    @property
    def holding(self) -> npt.NDArray[np.bool_]:
        """Whether work may have to stay on each machine for want of room behind it."""
        limited: npt.NDArray[np.bool_] = (self.blocking > 0) | (self.buffer != NONE)
        return limited

    def _judge_room(self) -> None:
        """Refuse machines whose room behind them is told twice, or not known."""
        rules = (
            (self.blocking, self.batch, "be blocking, it works in batches"),
            (self.buffer + 1, self.batch, "have a buffer, it works in batches"),
            (self.buffer + 1, self.blocking, "have a buffer, it is blocking"),
        )
        for one, other, told in rules:
            both = np.flatnonzero((one > 0) & (other > 0))
            if both.size:
                message = f"machine {both[0]} must not {told}"
                raise ProblemError(message)

    def _order_windows(self) -> None:
        order = np.lexsort((self.closed_start, self.closed_machine))
        for name in ("closed_machine", "closed_start", "closed_end"):
            ordered = getattr(self, name)[order]
            ordered.flags.writeable = False
            object.__setattr__(self, name, ordered)
        empty = np.flatnonzero(self.closed_start >= self.closed_end)
        if empty.size:
            message = (
                f"a closed window must end after its start, was {self._say(empty)}"
            )
            raise ProblemError(message)
        same = self.closed_machine[1:] == self.closed_machine[:-1]
        overlap = np.flatnonzero(same & (self.closed_start[1:] < self.closed_end[:-1]))
        if overlap.size:
            both = f"{self._say(overlap)} and {self._say(overlap + 1)}"
            message = f"closed windows of a machine must not overlap, were {both}"
            raise ProblemError(message)

    def _say(self, rows: npt.NDArray[np.intp]) -> str:
        first = rows[0]
        times = f"{self.closed_start[first]}..{self.closed_end[first]}"
        return f"{times} on machine {self.closed_machine[first]}"

    def __len__(self) -> int:
        """Return the number of machines."""
        return self.matrix.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setups:
    """Setup times and costs by matrix.

    Parameters
    ----------
    time
        ndarray of shape (n_matrices, n_families, n_families), int64: ticks from the
        first to the second family, >= 0.
    cost
        ndarray of the same shape, int64: cost of the change, >= 0. Default 0.
    """

    time: IntArray = field(default_factory=_matrices)
    cost: IntArray = field(default_factory=_matrices)

    def __post_init__(self) -> None:
        freeze(self)
        if self.cost.size == 0 and self.time.size:
            object.__setattr__(self, "cost", np.zeros_like(self.time))
        for name in ("time", "cost"):
            self._judge(name)

    def _judge(self, name: str) -> None:
        values = getattr(self, name)
        square = values.ndim == MATRIX_AXES and values.shape[1] == values.shape[2]
        if not square or values.shape != self.time.shape:
            message = (
                f"setup {name} must have the shape (matrices, families, families), "
                f"the same for time and cost, was {values.shape}"
            )
            raise ProblemError(message)
        if values.size and (values.min() < 0 or values.max() >= LATEST):
            message = f"setup {name} must be >= 0, was {values.min()}..{values.max()}"
            raise ProblemError(message)


def _no_ways() -> IntArray:
    return np.empty((0, 0), dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transport:
    """Ways between machines.

    Parameters
    ----------
    time
        ndarray of shape (n_machines, n_machines), int64: ticks >= 0 that lie, beside
        the lag of their arc, between an operation on the row's machine and one on the
        column's that waits for it. Empty (the default) for none; on a machine itself
        there is none.
    """

    time: IntArray = field(default_factory=_no_ways)

    def __post_init__(self) -> None:
        freeze(self)
        time = self.time
        if time.size == 0:
            object.__setattr__(self, "time", _no_ways())
            return
        if time.ndim != len(_no_ways().shape) or time.shape[0] != time.shape[1]:
            message = f"transport must be machines by machines, was {time.shape}"
            raise ProblemError(message)
        if time.min() < 0 or time.max() >= LATEST:
            message = f"transport must be >= 0, was {time.min()}..{time.max()}"
            raise ProblemError(message)
        if np.diagonal(time).any():
            row = int(np.flatnonzero(np.diagonal(time))[0])
            message = f"transport from machine {row} to itself must be 0"
            raise ProblemError(message)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pools:
    """Renewable resources: operators, tools.

    Parameters
    ----------
    capacity
        ndarray of shape (n_pools,), int64: units that work at once, >= 0.
    away_pool, away_start, away_end, away_amount
        ndarrays of shape (n_absences,), int64: units missing in a window of time,
        ``start < end``.
    """

    capacity: IntArray = field(default_factory=no_rows)
    away_pool: IntArray = field(default_factory=no_rows)
    away_start: IntArray = field(default_factory=no_rows)
    away_end: IntArray = field(default_factory=no_rows)
    away_amount: IntArray = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        freeze(self)
        n, rows = self.capacity.size, self.away_pool.size
        require(self, "capacity", rows=n, low=0)
        require(self, "away_pool", rows=rows, low=0, high=max(n, 1))
        require(self, "away_start", rows=rows, low=0)
        require(self, "away_end", rows=rows, low=1)
        require(self, "away_amount", rows=rows, low=1)
        empty = np.flatnonzero(self.away_start >= self.away_end)
        if empty.size:
            row = empty[0]
            message = (
                "an absence must end after its start, was "
                f"{self.away_start[row]}..{self.away_end[row]} of pool "
                f"{self.away_pool[row]}"
            )
            raise ProblemError(message)

    def __len__(self) -> int:
        """Return the number of pools."""
        return self.capacity.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Locks:
    """Operations that may not move.

    Parameters
    ----------
    operation, machine, start
        ndarrays of shape (n_locks,), int64: where each of them is and when it starts;
        machine -1 for an operation without one.
    """

    operation: IntArray = field(default_factory=no_rows)
    machine: IntArray = field(default_factory=no_rows)
    start: IntArray = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        freeze(self)
        n = self.operation.size
        require(self, "operation", rows=n, low=0)
        require(self, "machine", rows=n, low=NONE)
        require(self, "start", rows=n, low=0)
        if np.unique(self.operation).size != n:
            message = "an operation must not be locked twice"
            raise ProblemError(message)

    def __len__(self) -> int:
        """Return the number of locks."""
        return self.operation.size

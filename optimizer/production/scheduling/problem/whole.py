"""The problem as a whole: its tables, judged against each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem.buffers import Buffers
from optimizer.production.scheduling.problem.objective import PARTS, Objective
from optimizer.production.scheduling.problem.prices import Baseline, StartCosts, Tariff
from optimizer.production.scheduling.problem.tables import (
    NONE,
    Arcs,
    IntArray,
    Jobs,
    Locks,
    Machines,
    Modes,
    Operations,
    Pools,
    Setups,
    Transport,
)

if TYPE_CHECKING:
    from typing import SupportsIndex

__all__ = ["COST_LIMIT", "Names", "SchedulingProblem"]

COST_LIMIT = 2**52
"""No schedule may cost as much: the search adds costs up in whole numbers."""

TOLD = {"setup": "setups", "skipping": "skipped jobs"}
"""Parts of the objective whose name alone does not say what costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What people call the rows of the tables; an empty tuple names them by number."""

    jobs: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    buffers: tuple[str, ...] = ()

    def job(self, row: SupportsIndex) -> str:
        """Return the name of a job."""
        return self.jobs[row] if self.jobs else f"job {row}"

    def operation(self, row: SupportsIndex) -> str:
        """Return the name of an operation."""
        return self.operations[row] if self.operations else f"operation {row}"

    def machine(self, row: SupportsIndex) -> str:
        """Return the name of a machine."""
        return self.machines[row] if self.machines else f"machine {row}"

    def pool(self, row: SupportsIndex) -> str:
        """Return the name of a pool."""
        return self.pools[row] if self.pools else f"pool {row}"

    def buffer(self, row: SupportsIndex) -> str:
        """Return the name of a buffer."""
        return self.buffers[row] if self.buffers else f"buffer {row}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchedulingProblem:
    """A scheduling problem, valid by construction.

    Parameters
    ----------
    jobs, operations, modes, arcs, machines, setups, pools, locks
        Its tables; see the module for what they mean together.
    transport, tariff, start_costs, baseline
        Ways between machines, prices of energy, start costs and the schedule before.
    buffers
        Places behind machines, of which there are only so many.
    objective
        What a schedule costs.
    names
        Names of the rows.
    tick_us
        Length of a tick in microseconds, >= 1, for those who need times of the world.

    Raises
    ------
    ProblemError
        If a row points to one that is not there, an operation has no mode, precedence
        has a cycle, a mode names a pool twice, a lock contradicts the modes, or a
        schedule might take or cost 2^52 or more.

    Examples
    --------
    Two jobs of one operation each, on one machine:

    >>> import numpy as np
    >>> problem = SchedulingProblem(
    ...     jobs=Jobs(release=np.array([0, 0])),
    ...     operations=Operations(job=np.array([0, 1])),
    ...     modes=Modes(
    ...         operation=np.array([0, 1]),
    ...         machine=np.array([0, 0]),
    ...         duration=np.array([3, 4]),
    ...     ),
    ...     machines=Machines(matrix=np.array([-1])),
    ... )
    >>> problem.n_operations, problem.horizon
    (2, 7)
    """

    jobs: Jobs
    operations: Operations
    modes: Modes
    machines: Machines
    arcs: Arcs = field(default_factory=Arcs)
    setups: Setups = field(default_factory=Setups)
    pools: Pools = field(default_factory=Pools)
    locks: Locks = field(default_factory=Locks)
    objective: Objective = field(default_factory=Objective)
    names: Names = field(default_factory=Names)
    tick_us: int = 1_000_000
    transport: Transport = field(default_factory=Transport)
    tariff: Tariff = field(default_factory=Tariff)
    start_costs: StartCosts = field(default_factory=StartCosts)
    baseline: Baseline = field(default_factory=Baseline)
    buffers: Buffers = field(default_factory=Buffers)
    order: IntArray = field(init=False)
    mode_start: IntArray = field(init=False)

    def __post_init__(self) -> None:
        if self.tick_us < 1:
            message = f"tick_us must be >= 1, was {self.tick_us}"
            raise ProblemError(message)
        self._judge_links()
        self._judge_modes()
        self._judge_families()
        self._judge_moments()
        self._judge_overlaps()
        self._judge_locks()
        self._judge_cost()
        object.__setattr__(self, "order", self._topological_order())

    @property
    def n_operations(self) -> int:
        """Number of operations."""
        return len(self.operations)

    @property
    def n_machines(self) -> int:
        """Number of machines."""
        return len(self.machines)

    @property
    def horizon(self) -> int:
        """A time by which all work can be done if it can be done at all, in ticks.

        One operation after the other, each in its longest mode after the longest setup
        and lag, counted after the last date that the problem speaks of.
        """
        longest = np.maximum.reduceat(self.modes.duration, self.mode_start[:-1])
        setup = int(self.setups.time.max()) if self.setups.time.size else 0
        # Sums of Python's own numbers: they do not overflow.
        work: int = sum(longest.tolist()) + sum(self.arcs.lag.tolist())
        work += setup * self.n_operations
        if self.transport.time.size:
            work += int(self.transport.time.max()) * len(self.arcs)
        dates = [
            self.jobs.release,
            self.operations.release,
            self.machines.closed_end,
            self.pools.away_end,
            self.locks.start,
            self.tariff.start,
            self.start_costs.time,
            self.baseline.start,
        ]
        last = max((int(column.max()) for column in dates if column.size), default=0)
        return last + work

    def _judge_links(self) -> None:
        n, k = self.n_operations, self.n_machines
        links = (
            ("job of an operation", self.operations.job, len(self.jobs)),
            ("operation of a mode", self.modes.operation, n),
            ("machine of a mode", self.modes.machine, k),
            ("pool of a use", self.modes.use_pool, len(self.pools)),
            ("operation before an arc", self.arcs.before, n),
            ("operation after an arc", self.arcs.after, n),
            ("setup matrix of a machine", self.machines.matrix, len(self.setups.time)),
            ("buffer of a machine", self.machines.buffer, len(self.buffers)),
            ("locked operation", self.locks.operation, n),
            ("machine of a lock", self.locks.machine, k),
            ("operation with start costs", self.start_costs.operation, n),
            ("operation of the baseline", self.baseline.operation, n),
            ("machine of the baseline", self.baseline.machine, k),
        )
        for name, column, rows in links:
            wrong = np.flatnonzero(column >= rows)
            if wrong.size:
                value = column[wrong[0]]
                message = f"the {name} must be below {rows}, row {wrong[0]} had {value}"
                raise ProblemError(message)
        ways = len(self.transport.time)
        if ways not in {0, k}:
            message = f"transport must be {k} by {k}, as machines, was {ways}"
            raise ProblemError(message)

    def _judge_modes(self) -> None:
        owner = self.modes.operation
        if np.any(owner[1:] < owner[:-1]):
            row = int(np.flatnonzero(owner[1:] < owner[:-1])[0]) + 1
            message = f"modes must be ordered by operation, row {row} was {owner[row]}"
            raise ProblemError(message)
        count = np.bincount(owner, minlength=self.n_operations)
        bare = np.flatnonzero(count == 0)
        if bare.size:
            message = f"{self.names.operation(bare[0])} has no mode"
            raise ProblemError(message)
        uses = np.stack((self.modes.use_mode, self.modes.use_pool))
        kinds, times = np.unique(uses, axis=1, return_counts=True)
        if np.any(times > 1):
            mode, pool = kinds[:, times > 1][:, 0]
            who = self.names.operation(owner[mode])
            message = f"mode {mode}, of {who}, names {self.names.pool(pool)} twice"
            raise ProblemError(message)
        starts = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
        starts.flags.writeable = False
        object.__setattr__(self, "mode_start", starts)

    def _judge_families(self) -> None:
        if np.all(self.machines.matrix == NONE):
            return
        n_families = self.setups.time.shape[1]
        for name, column in (
            ("family of an operation", self.operations.family),
            ("first family of a machine", self.machines.first_family),
        ):
            if column.size and column.max() >= n_families:
                message = f"the {name} must be below {n_families}, was {column.max()}"
                raise ProblemError(message)

    def _judge_moments(self) -> None:
        """Refuse work without duration where its place in a sequence matters.

        Two operations that take no time may start together, and starts then do not
        tell which of them a setup follows, or whether they are one batch.
        """
        ordered = (self.machines.matrix != NONE) | (self.machines.batch > 0)
        machine = self.modes.machine
        moments = (self.modes.duration == 0) & (machine != NONE)
        wrong = np.flatnonzero(moments & np.append(ordered, False)[machine])
        if wrong.size:
            row = int(wrong[0])
            message = (
                f"{self.names.operation(self.modes.operation[row])} takes no time on "
                f"{self.names.machine(machine[row])}, which has setups or batches: "
                "there a duration must be >= 1"
            )
            raise ProblemError(message)

    def _judge_overlaps(self) -> None:
        """Refuse early handovers and whole setups where no search knows them."""
        early = self.modes.early > 0
        machines, on = self.machines, self.modes.machine[early]
        stays = (machines.batch > 0) | machines.holding
        whole = (machines.whole_setup > 0) & (machines.matrix != NONE)
        priced = len(self.tariff) or len(self.start_costs) or len(self.baseline)
        if stays[on].any() or (whole & stays).any():
            message = (
                "handovers before the end, and setups in one piece, must not be on "
                "machines that work in batches, are blocking or have a buffer"
            )
            raise ProblemError(message)
        if priced and (early.any() or whole.any()):
            message = (
                "handovers before the end, and setups in one piece, must not come with "
                "a tariff, start costs or a baseline"
            )
            raise ProblemError(message)

    def _judge_locks(self) -> None:
        for operation, machine in zip(
            self.locks.operation.tolist(), self.locks.machine.tolist(), strict=True
        ):
            first, end = self.mode_start[operation : operation + 2]
            if machine not in self.modes.machine[first:end]:
                message = (
                    f"{self.names.operation(operation)} is locked on "
                    f"{self.names.machine(machine)}, which none of its modes is on"
                )
                raise ProblemError(message)

    @property
    def most(self) -> dict[str, int]:
        """By part of the objective, what it costs at most, without its weight."""
        horizon, jobs, machines = self.horizon, self.jobs, self.machines
        change = int(self.setups.cost.max()) if self.setups.cost.size else 0
        price = int(self.tariff.price.max(initial=0))
        power = (machines.busy_power, machines.setup_power, machines.idle_power)
        curves: dict[int, int] = {}
        points = zip(
            self.start_costs.operation.tolist(),
            self.start_costs.cost.tolist(),
            strict=True,
        )
        for operation, cost in points:
            curves[operation] = max(curves.get(operation, 0), cost)
        # Sums of Python's own numbers: they do not overflow.
        ticks = sum(self.baseline.tick_cost.tolist())
        return {
            "makespan": horizon,
            "tardiness": sum(jobs.weight.tolist()) * horizon,
            "setup": self.n_operations * change,
            "energy": price * sum(sum(one.tolist()) for one in power) * horizon,
            "maintenance": sum(curves.values()),
            "stability": ticks * horizon + sum(self.baseline.move_cost.tolist()),
            "skipping": sum(max(cost, 0) for cost in jobs.skip_cost.tolist()),
        }

    @property
    def weights(self) -> Objective:
        """The objective as a plain weighted sum, also where it has levels."""
        return (
            self.objective.weighted(self.most)
            if self.objective.order
            else (self.objective)
        )

    def _judge_cost(self) -> None:
        """Refuse what might take so long, or cost so much, that sums overflow."""
        horizon, most = self.horizon, self.most
        weights = self.objective.weighted(most)
        parts = {name: getattr(weights, name) * most[name] for name in PARTS}
        # These are added up even where they do not weigh.
        unweighed = max(most["energy"], most["maintenance"], most["stability"])
        if max(horizon, unweighed, sum(parts.values())) >= COST_LIMIT:
            said = ", ".join(
                f"{TOLD.get(name, name)} {cost}" for name, cost in parts.items() if cost
            )
            levels = "; levels multiply: take fewer of them, or larger ticks"
            message = (
                f"a schedule must take and cost less than 2^52, but might take "
                f"{horizon} ticks and cost: {said or 'nothing'}"
                f"{levels if self.objective.order else ''}"
            )
            raise ProblemError(message)

    def _topological_order(self) -> IntArray:
        """Return the operations so that each comes after those before it (Kahn)."""
        n = self.n_operations
        waits = np.bincount(self.arcs.after, minlength=n).tolist()
        by_before = np.argsort(self.arcs.before, kind="stable")
        ends = np.searchsorted(self.arcs.before[by_before], np.arange(n + 1)).tolist()
        after = self.arcs.after[by_before].tolist()
        order = [row for row in range(n) if waits[row] == 0]
        for row in order:  # grows while it is walked
            for at in range(ends[row], ends[row + 1]):
                waits[after[at]] -= 1
                if waits[after[at]] == 0:
                    order.append(after[at])
        if len(order) < n:
            stuck = next(row for row in range(n) if waits[row] > 0)
            message = f"precedence has a cycle, {self.names.operation(stuck)} is in it"
            raise ProblemError(message)
        result = np.array(order, dtype=np.int64)
        result.flags.writeable = False
        return result

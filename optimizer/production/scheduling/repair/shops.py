"""Improvement of repaired shops: tabu search on what is left, then back to the plan.

What has begun or is frozen is cut off: each machine is ready once it is done with that
and is no longer down. The search starts from the repair and looks for short schedules;
of what it finds, operations go back to the machines and starts that they had, as far
as nothing is lost by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling._kernels.flexible import BEST
from optimizer.production.scheduling._kernels.flexible_graph import empty_graph, load
from optimizer.production.scheduling._kernels.restoring import (
    restore_modes,
    restore_starts,
)
from optimizer.production.scheduling._kernels.shop import Shop
from optimizer.production.scheduling.problem import NONE
from optimizer.production.scheduling.repair.first import Plan
from optimizer.production.scheduling.search.flexible import FlexibleSearch

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling.problem import IntArray, SchedulingProblem
    from optimizer.production.scheduling.repair.first import Room

    BoolArray = npt.NDArray[np.bool_]
    Int32Array = npt.NDArray[np.int32]

__all__ = ["Left", "ShopRepair", "left_over"]

PASSES = 3
"""Times that operations are tried on the machine they had."""


class Left:
    """What of a plan is still open, as a shop of its own.

    Parameters
    ----------
    shop
        Operations that are open, with heads, machines ready from their first setup on.
    rows
        ndarray of shape (n_open,), intp: their rows in the problem.
    modes
        ndarray of shape (n_modes_open,), intp: rows of their modes.
    plan
        The repair that is improved.
    """

    def __init__(
        self,
        shop: Shop,
        rows: npt.NDArray[np.intp],
        modes: npt.NDArray[np.intp],
        plan: Plan,
    ) -> None:
        self.shop = shop
        self.rows = rows
        self.plan = plan
        self._modes = modes
        self._place = {int(row): at for at, row in enumerate(modes.tolist())}

    def local(self, mode: IntArray) -> Int32Array:
        """Return modes of the open operations in rows of the shop, -1 for none."""
        found = [self._place.get(row, NONE) for row in mode[self.rows].tolist()]
        return np.array(found, dtype=np.int32)

    def whole(self, start: IntArray, mode: Int32Array, weight: int) -> Plan:
        """Return the whole plan with these starts and modes of what is open."""
        plan = self.plan
        starts, ends, modes = plan.start.copy(), plan.end.copy(), plan.mode.copy()
        starts[self.rows] = start
        ends[self.rows] = start + self.shop.mode_duration[mode]
        modes[self.rows] = self._modes[mode]
        cost = weight * int(ends.max())
        return Plan(cost, 0, starts, ends, modes, plan.displaced)


def left_over(
    room: Room, plan: Plan, fixed: BoolArray, *, choosy: BoolArray | None = None
) -> Left | None:
    """Return what is open of a repaired plan; None if it is more than a shop.

    Parameters
    ----------
    room
        Problem and plan before.
    plan
        A repair without faults.
    fixed
        ndarray of shape (n_operations,), bool: what stays where the repair has it.
    choosy
        ndarray of shape (n_operations,), bool: what may change its mode; all by
        default.
    """
    problem = room.upset.problem
    if not _is_shop(problem):
        return None
    fixed = _with_before(problem, fixed)
    rows = np.flatnonzero(~fixed)
    ready = _ready(problem, plan, fixed, now=room.now)
    if ready is None or not rows.size:
        return None
    place = np.full(fixed.size, NONE, dtype=np.int64)
    place[rows] = np.arange(rows.size)
    arcs = problem.arcs
    inner = ~fixed[arcs.before] & ~fixed[arcs.after]
    before, after, lag = (
        place[arcs.before[inner]],
        place[arcs.after[inner]],
        arcs.lag[inner],
    )
    head = room.rules.release[rows].copy()
    outer = fixed[arcs.before] & ~fixed[arcs.after]
    done = plan.end[arcs.before[outer]] + arcs.lag[outer]
    np.maximum.at(head, place[arcs.after[outer]], done)
    np.maximum(head, room.now, out=head)
    by_after, by_before = (np.argsort(x, kind="stable") for x in (after, before))
    owner = problem.modes.operation
    open_modes = ~fixed[owner]
    if choosy is not None:
        open_modes &= choosy[owner] | (plan.mode[owner] == np.arange(owner.size))
    modes = np.flatnonzero(open_modes)
    setup, first = _setups(problem, plan, fixed, ready)
    shop = Shop(
        head=head,
        tail=np.zeros(rows.size, dtype=np.int64),
        before_start=_offsets(after, rows.size),
        before=before[by_after].astype(np.int32),
        before_lag=lag[by_after],
        after_start=_offsets(before, rows.size),
        after=after[by_before].astype(np.int32),
        after_lag=lag[by_before],
        mode_start=_offsets(place[problem.modes.operation[modes]], rows.size),
        mode_machine=problem.modes.machine[modes].astype(np.int32),
        mode_duration=problem.modes.duration[modes].copy(),
        family=problem.operations.family[rows].astype(np.int32),
        setup=setup,
        first_setup=first,
        matrix=np.arange(problem.n_machines, dtype=np.int32),
    )
    return Left(shop, rows, modes, plan)


def _is_shop(problem: SchedulingProblem) -> bool:
    """Whether only machines bind, and only the makespan counts."""
    jobs = problem.jobs
    rich = (
        problem.modes.use_mode.size
        or np.any(problem.machines.batch)
        or np.any(jobs.deadline != NONE)
        or np.any(jobs.skip_cost != NONE)
        or np.any(problem.modes.machine == NONE)
        or np.any(problem.machines.holding)
        or problem.transport.time.size
        or len(problem.start_costs)
        or np.any(problem.modes.early)
        or np.any(problem.machines.whole_setup)
    )
    return problem.objective.only_makespan and not rich


def _with_before(problem: SchedulingProblem, fixed: BoolArray) -> BoolArray:
    """Return what is fixed, with all that something fixed waits for."""
    fixed = fixed.copy()
    arcs = problem.arcs
    while True:
        more = fixed[arcs.after] & ~fixed[arcs.before]
        if not more.any():
            return fixed
        fixed[arcs.before[more]] = True


def _ready(
    problem: SchedulingProblem, plan: Plan, fixed: BoolArray, *, now: int
) -> IntArray | None:
    """Return when each machine is free for good; None if it closes again later."""
    ready = np.zeros(problem.n_machines, dtype=np.int64)
    machine = problem.modes.machine[plan.mode[fixed]]
    np.maximum.at(ready, machine, plan.end[fixed])
    np.maximum(ready, now, out=ready)
    windows = problem.machines
    for row, start, end in zip(
        windows.closed_machine.tolist(),
        windows.closed_start.tolist(),
        windows.closed_end.tolist(),
        strict=True,
    ):
        if end <= ready[row]:
            continue
        if start > ready[row]:
            return None
        ready[row] = end
    return ready


def _setups(
    problem: SchedulingProblem, plan: Plan, fixed: BoolArray, ready: IntArray
) -> tuple[IntArray, IntArray]:
    """Return a setup matrix a machine, and when it can begin with each family."""
    time, machines = problem.setups.time, problem.machines
    n, width = problem.n_machines, max(time.shape[1], 1)
    if not np.any(machines.matrix != NONE):
        width = int(problem.operations.family.max(initial=0)) + 1
    setup = np.zeros((n, width, width), dtype=np.int64)
    first = np.repeat(ready[:, None], width, axis=1)
    rows = np.flatnonzero(fixed)
    machine = problem.modes.machine[plan.mode[rows]]
    for number in np.flatnonzero(machines.matrix != NONE).tolist():
        matrix = time[machines.matrix[number]]
        setup[number] = matrix
        family = int(machines.first_family[number])
        own = rows[machine == number]
        if own.size:
            family = int(problem.operations.family[own[np.argmax(plan.end[own])]])
        if family != NONE:
            first[number] += matrix[family]
    return setup, first


def _offsets(column: IntArray, n: int) -> Int32Array:
    count = np.bincount(column, minlength=n)
    return np.concatenate(([0], np.cumsum(count))).astype(np.int32)


class _FromPlan(FlexibleSearch):
    """The search of flexible shops, started from a plan and again from its best."""

    def __init__(
        self, shop: Shop, plan: tuple[IntArray, Int32Array], *, seed: int, bound: int
    ) -> None:
        super().__init__(shop, seed=seed, bound=bound)
        start, mode = plan
        end = start + shop.mode_duration[mode] + shop.tail
        self._best = self._elite_of(int(end.max()), start.copy(), mode.copy())
        self._elite = [self._best]
        self._counters[BEST] = self._best.makespan
        self._run(self._keys(self._best), self._best.mode)

    @property
    def order(self) -> Int32Array:
        """Operations in the order of the best schedule, shape (n_open,), int32."""
        return np.lexsort((self._place, self._keys(self._best))).astype(np.int32)


class ShopRepair:
    """Improves a repaired shop, and goes back to the plan before where it can.

    Parameters
    ----------
    left
        What is open.
    wanted
        ndarrays of shape (n_operations,), int64: mode and start before, -1 for none.
    weight
        Of the makespan.
    seed
        Seed, >= 0.
    bound
        Makespan that no schedule beats.
    """

    def __init__(
        self,
        left: Left,
        wanted: tuple[IntArray, IntArray],
        *,
        weight: int,
        seed: int,
        bound: int,
    ) -> None:
        mode, start = wanted
        plan = left.plan
        self._left = left
        self._weight = weight
        self._mode = left.local(mode)
        self._start = start[left.rows]
        # The whole plan never ends before what is fixed does.
        others = np.ones(plan.end.size, dtype=np.bool_)
        others[left.rows] = False
        self._floor = int(plan.end[others].max(initial=0))
        began = (plan.start[left.rows], left.local(plan.mode))
        self._search = _FromPlan(
            left.shop, began, seed=seed, bound=max(bound, self._floor)
        )
        self._graph = empty_graph(left.shop)

    @property
    def cost(self) -> int:
        """Of the best plan so far."""
        return self._weight * max(self._search.makespan, self._floor)

    @property
    def feasible(self) -> bool:
        """Whether it keeps every rule: of a shop, every plan does."""
        return True

    @property
    def done(self) -> bool:
        """Whether no plan can be shorter."""
        return self._search.done

    def improve(self, work: int) -> int:
        """Search on; return the work done, in operations looked at."""
        return self._search.improve(work)

    def found(self) -> tuple[int, IntArray, Int32Array]:
        """Return cost, starts and modes of the best plan."""
        return self.cost, self._search.start, self._search.mode

    def adopt(self, found: tuple[int, IntArray, Int32Array]) -> None:
        """Take over what another search has found, if it is better."""
        cost, start, mode = found
        if cost < self.cost:
            self._search.adopt(start, mode)

    def plan(self, limit: int) -> Plan:
        """Return the best plan, as near to the one before as a makespan allows.

        Parameters
        ----------
        limit
            Makespan allowed; at least that of the best plan is.
        """
        shop, graph, search = self._left.shop, self._graph, self._search
        limit = max(limit, search.makespan, self._floor)
        load(shop, graph, search.order, search.mode)
        if int((graph.head + graph.duration).max()) > limit:
            # The repair used gaps before what is frozen, which the shop lacks.
            return self._left.plan
        restore_modes(shop, graph, self._mode, limit, PASSES)
        start = np.empty(graph.head.size, dtype=np.int64)
        restore_starts(shop, graph, self._start, start, limit)
        return self._left.whole(start, graph.mode.copy(), self._weight)

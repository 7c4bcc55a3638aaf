"""Improvement of any repaired plan: few operations are free, the rest stays at home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling._kernels.dispatch import generator
from optimizer.production.scheduling._kernels.freeing import (
    AT_HOME,
    BEST,
    BUDGET,
    CURRENT,
    FIXED,
    FREE,
    FREED,
    N_COUNTERS,
    N_FREED,
    TOLERANCE,
    WEIGHT,
    Home,
    free_search,
    judge,
)
from optimizer.production.scheduling._kernels.timeline import empty_timeline
from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.timeline import Genes
    from optimizer.production.scheduling.repair.first import Plan, Room
    from optimizer.production.scheduling.repair.stability import Stability

    BoolArray = npt.NDArray[np.bool_]

__all__ = ["ListRepair"]

MEMORY = 64
"""Steps between a list and what it is compared with: more accepts worse lists."""

DECODES_BACK = 400
"""Lists tried at the end to bring operations back to where they were."""


class ListRepair:
    """Improves a repaired plan of any problem within a budget of changes.

    Parameters
    ----------
    room
        Problem and plan before.
    plan
        The repair that it starts from.
    stays
        ndarray of shape (n_operations,), bool: what may not move, unless displaced.
    stability
        Budget of changes and cost of a change.
    seed
        Seed, >= 0.
    bound
        Cost that no schedule beats.
    """

    def __init__(
        self,
        room: Room,
        plan: Plan,
        stays: BoolArray,
        *,
        stability: Stability,
        seed: int,
        bound: int,
    ) -> None:
        self._room = room
        self._first = plan
        self._bound = bound
        self._stability = stability
        rules = room.rules
        self._rules = rules._replace(
            lock=np.full_like(rules.lock, NONE),
            lock_mode=np.full_like(rules.lock_mode, NONE),
        )
        self._line = empty_timeline(self._rules)
        self._genes, self._best = self._lists(plan), self._lists(plan)
        self._home = self._at_home(plan, stays & ~plan.displaced, seed)
        self._lock_all()
        self._judge()

    def _lists(self, plan: Plan) -> Genes:
        """Return the list of a plan."""
        room, genes = self._room, self._room.genes()
        # Modes of the plan, in those that are left.
        place = np.full(len(room.upset.problem.modes) + 1, NONE, dtype=np.int64)
        place[room.mode_rows] = np.arange(room.mode_rows.size)
        genes.order[:] = np.lexsort((room.rank, plan.start))
        genes.choice[:] = place[plan.mode]
        genes.wait[plan.displaced & room.upset.begun] = room.now
        return genes

    def _at_home(self, plan: Plan, stays: BoolArray, seed: int) -> Home:
        room, stability = self._room, self._stability
        n = plan.start.size
        status = np.full(n, AT_HOME, dtype=np.uint8)
        status[stays | (plan.mode == NONE)] = FIXED
        status[plan.displaced | ~room.known & (plan.mode != NONE)] = FREE
        elsewhere = room.known & (
            (plan.start != room.upset.start) | (plan.mode != room.upset.mode)
        )
        open_ = status == AT_HOME
        budget = stability.changes
        if budget is None and stability.weight:
            # Whoever moves costs: from here on they are freed one by one.
            budget = n
        freed = open_ if budget is None else open_ & elsewhere
        status[freed] = FREED
        counters = np.zeros(N_COUNTERS, dtype=np.int64)
        counters[N_FREED] = np.count_nonzero(freed)
        # Without a budget all is free already, and nobody is let in.
        counters[BUDGET] = budget or 0
        counters[WEIGHT], counters[TOLERANCE] = stability.weight, stability.tolerance
        counters[BEST] = np.iinfo(np.int64).max
        position = np.empty(n, dtype=np.int32)
        position[self._genes.order] = np.arange(n)
        return Home(
            start=room.upset.start.copy(),
            mode=room.mode.copy(),
            status=status,
            best_status=status.copy(),
            free=np.zeros(n, dtype=np.int32),
            position=position,
            recent=np.zeros(MEMORY, dtype=np.int64),
            counters=counters,
            state=generator(seed),
        )

    def _lock_all(self) -> None:
        """Lock what is at home."""
        home = self._home
        locked = (home.status <= AT_HOME) & (home.mode != NONE)
        self._rules.lock[:] = np.where(locked, home.start, NONE)
        self._rules.lock_mode[:] = np.where(locked, home.mode, NONE)

    def _judge(self) -> None:
        """Take the current list as the best one if it is."""
        home, genes, best = self._home, self._genes, self._best
        found = judge(self._rules, self._line, genes, home)
        home.counters[CURRENT] = found
        home.recent[:] = found
        if found < home.counters[BEST]:
            home.counters[BEST] = found
            home.best_status[:] = home.status
            best.order[:], best.choice[:] = genes.order, genes.choice
            best.join[:] = genes.join

    @property
    def cost(self) -> int:
        """Worth of the best list: cost and moves, above all else its faults."""
        return int(self._home.counters[BEST])

    @property
    def feasible(self) -> bool:
        """Whether the best list keeps every rule."""
        return self.cost < int(self._rules.weights[3])

    @property
    def done(self) -> bool:
        """Whether no plan can cost less."""
        return self.cost <= self._bound

    def improve(self, work: int) -> int:
        """Search on; return the work done, in operations placed."""
        n = max(self._home.start.size, 1)
        steps = max(work // n, 1)
        free_search(
            self._rules, self._line, self._genes, self._best, self._home, steps,
            self._bound,
        )  # fmt: skip
        return steps * n

    def found(self) -> tuple[int, tuple[npt.NDArray[np.integer], ...]]:
        """Return worth of the best list, its choices, and who is free in it."""
        best = self._best
        columns = (best.order, best.choice, best.join, self._home.best_status)
        return self.cost, tuple(column.copy() for column in columns)

    def adopt(self, found: tuple[int, tuple[npt.NDArray[np.integer], ...]]) -> None:
        """Take over what another search has found, if it is better."""
        cost, columns = found
        if cost < self.cost:
            self._go_to(columns)
            self._judge()

    def _go_to(self, columns: tuple[npt.NDArray[np.integer], ...]) -> None:
        """Make a list the current one."""
        home, genes = self._home, self._genes
        genes.order[:], genes.choice[:], genes.join[:], home.status[:] = columns
        home.counters[N_FREED] = np.count_nonzero(home.status == FREED)
        home.position[genes.order] = np.arange(genes.order.size)
        self._lock_all()

    def plan(self) -> Plan:
        """Return the best plan, with what gains nothing brought back."""
        home = self._home
        self._go_to(self.found()[1])
        genes, limit = self._genes, self.cost
        freed = np.flatnonzero(home.status == FREED)
        groups, tries = [freed] if freed.size else [], 0
        while groups and tries < DECODES_BACK:
            tries += 1
            rows = groups.pop()
            choice = genes.choice[rows]
            genes.wait[rows], genes.choice[rows] = home.start[rows], home.mode[rows]
            if judge(self._rules, self._line, genes, home) <= limit:
                continue
            genes.wait[rows], genes.choice[rows] = 0, choice
            if rows.size > 1:
                half = rows.size // 2
                groups += [rows[half:], rows[:half]]
        return self._room.plan(genes, self._rules, self._first.displaced)

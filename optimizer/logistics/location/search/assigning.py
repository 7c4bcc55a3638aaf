"""Search over which depot serves each client, if each has one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.location._kernels.assignment import (
    assigned_cost,
    evacuate,
    settle,
)
from optimizer.logistics.location.search.incumbent import Found

if TYPE_CHECKING:
    from optimizer.logistics.location.problem import IntArray, LocationProblem

__all__ = ["AssignSearch"]

PENALTY = 4.0
"""An overloaded unit costs that many times what the dearest client costs a unit."""

LEAST = 1e-9
"""Share of the largest cost that a move must save."""

BACK = 0.8
"""Chance of a descent to begin from the best: less forgets it, more is trapped."""

SOFTEST = 3.5
"""Powers of ten by which the penalty falls at most while a kick settles."""

TURNS, SCATTER = 4, 2
"""Kinds of kicks, and the one that scatters clients."""

SHARE_MOVED, MOST_MOVED = 0.15, 4
"""Clients that a kick moves at most: a share of all, or that many if it is more."""

TIES = 1e-12
"""Share of the penalty below which an overload is rounding."""


class AssignSearch:
    """Descents over moves and exchanges of clients, from kicked assignments.

    Parameters
    ----------
    problem
        With a single source.
    seed
        Of its random choices, >= 0.
    """

    def __init__(self, problem: LocationProblem, *, seed: int) -> None:
        self._rng = np.random.Generator(np.random.Philox(seed))
        self._n = problem.n_clients
        n_depots = problem.n_depots
        dearest = float(problem.service_cost.max(initial=0.0))
        dearest += float(problem.fixed_cost.max(initial=0.0)) + 1.0
        least_units = float(problem.demand[problem.demand > 0.0].min(initial=np.inf))
        least_units = least_units if np.isfinite(least_units) else 1.0
        self._penalty = PENALTY * dearest / least_units
        self._least = LEAST * dearest
        self._load, self._clients = np.zeros(n_depots), np.zeros(n_depots, np.int64)
        self._tables = (
            problem.service_cost, problem.demand, problem.capacity, problem.fixed_cost,
        )  # fmt: skip
        self._owner = self._start(problem)
        self._best, self.cost = self._owner.copy(), np.inf
        self._feasible_cost = np.inf
        self._feasible: IntArray | None = None
        self._settle(-1)

    def found(self) -> Found | None:
        """Return the best assignment so far that overloads no depot."""
        if self._feasible is None:
            return None
        return Found(self._feasible_cost, self._feasible.copy())

    @property
    def best(self) -> IntArray:
        """The best assignment so far, whether it overloads depots or not."""
        return self._best.copy()

    def adopt(self, owner: IntArray) -> None:
        """Take an assignment from elsewhere if it is better.

        Parameters
        ----------
        owner
            ndarray of shape (n_clients,), int64: the depot of each.
        """
        self._owner[:] = owner
        self._settle(-1)

    def improve(self, work: int) -> int:
        """Search on; return the descents made.

        Parameters
        ----------
        work
            Descents to make, >= 1.
        """
        for _ in range(work):
            # Mostly from the best, at times on from where the last descent ended.
            if self._rng.random() < BACK:
                self._owner[:] = self._best
            closed = self._kick()
            self._settle(closed)
        return work

    def _start(self, problem: LocationProblem) -> IntArray:
        """Serve the largest clients first, where there is room and it costs least."""
        rest = problem.capacity.copy()
        share = problem.fixed_cost / np.maximum(problem.capacity, 1e-9)
        owner = np.zeros(problem.n_clients, dtype=np.int64)
        for client in np.argsort(-problem.demand, kind="stable").tolist():
            units = problem.demand[client]
            cost = problem.service_cost[:, client] + share * units
            cost = cost + np.where(rest >= units, 0.0, self._penalty * (units - rest))
            owner[client] = int(np.argmin(cost))
            rest[owner[client]] -= units
        return owner

    def _kick(self) -> int:
        """Close a depot, replace it, or move some clients.

        Returns the depot that stays closed at first, or -1.
        """
        rng, n_depots = self._rng, self._load.size
        used = np.unique(self._owner)
        turn = int(rng.integers(TURNS))
        if turn == 0 and used.size > 1:
            self._count()
            closed = int(rng.choice(used))
            evacuate(
                *self._tables, self._owner, self._load, self._clients, self._penalty,
                closed,
            )  # fmt: skip
            return closed
        target = int(rng.integers(n_depots))
        if turn == 1:
            closed = int(rng.choice(used))
            self._owner[self._owner == closed] = target
            return closed if closed != target else -1
        n = int(rng.integers(1, max(MOST_MOVED, int(SHARE_MOVED * self._n)) + 1))
        n = min(n, self._n)
        if turn == SCATTER:
            moved = rng.choice(self._n, n, replace=False)
            self._owner[moved] = rng.choice(used, n)
        else:
            now = self._tables[0][self._owner, np.arange(self._n)]
            order = np.argsort(self._tables[0][target] - now)
            self._owner[order[:n]] = target
        return -1

    def _count(self) -> float:
        cost: float = assigned_cost(
            *self._tables, self._owner, self._load, self._clients, self._penalty
        )
        return cost

    def _settle(self, closed: int) -> None:
        if self._n == 0 or self._load.size == 0:
            return
        self._count()
        # At first overload costs little: good assignments of tight depots lie on the
        # far side of bad ones.
        soft = self._penalty * 10.0 ** -self._rng.uniform(0.0, SOFTEST)
        for shut, penalty in ((closed, soft), (-1, self._penalty)):
            settle(
                *self._tables, self._owner, self._load, self._clients, penalty,
                self._least, shut,
            )  # fmt: skip
        cost = self._count()
        if cost <= self.cost:
            self.cost = cost
            self._best[:] = self._owner
        over = np.maximum(self._load - self._tables[2], 0.0).sum()
        total = max(1.0, float(self._tables[1].sum()))
        if over <= TIES * total and cost < self._feasible_cost:
            self._feasible_cost, self._feasible = cost, self._owner.copy()

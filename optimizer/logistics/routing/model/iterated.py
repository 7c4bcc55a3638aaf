"""Iterated local search with PyVRP's moves: our loop around its local search.

The loop is ours, because one search must be able to take over the plan of another, to
keep the routes it has seen, and to stop at a budget of iterations. PyVRP gives up the
interpreter's lock while it searches, so that two of these run on two cores as threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyvrp
from pyvrp.search import (
    OPERATORS,
    LocalSearch,
    PerturbationManager,
    PerturbationParams,
    compute_neighbours,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["IteratedSearch", "Penalties", "Tuning", "cost_of"]


LEAST_PENALTY, MOST_PENALTY = 0.1, 100_000.0
"""Penalties are held between these; sums of larger ones overflow."""

FEASIBLE_TOLERANCE = 0.05
"""How far the share of plans that keep a rule may be off before a penalty changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Numbers of the search, tuned on other files than those that are reported.

    Parameters
    ----------
    history
        Length of the history of late acceptance: twice as long explores more and
        settles later.
    patience
        Iterations without a better plan before the search goes back to its best one.
    most_perturbations
        Clients moved between two local searches, at most.
    update_every
        Plans between two updates of the penalties.
    target_feasible
        Share of plans that should keep a rule; penalties rise and fall towards it.
    increase, decrease
        Factors of penalties.
    first_penalty
        Of a unit of load or time too much, before anything is known: times the cost of
        a first plan over its load or its duration.
    """

    history: int = 50
    patience: int = 150_000
    most_perturbations: int = 10
    update_every: int = 100
    target_feasible: float = 0.65
    increase: float = 1.5
    decrease: float = 0.9
    first_penalty: float = 1.0


class Penalties:
    """Costs of a unit of load, time and distance too much, kept where they should be.

    They rise while too few of the plans seen lately kept a rule, and fall while too
    many did.

    Parameters
    ----------
    values
        Of each dimension of load, then of time and of distance.
    tuning
        When and how they change.
    """

    def __init__(self, values: list[float], tuning: Tuning) -> None:
        self.values = [min(max(v, LEAST_PENALTY), MOST_PENALTY) for v in values]
        self._tuning = tuning
        self._seen = 0
        self._kept = [0] * len(values)

    def evaluator(self) -> pyvrp.CostEvaluator:
        """Return what PyVRP prices plans with."""
        *loads, time, distance = self.values
        return pyvrp.CostEvaluator(loads, time, distance)

    def register(self, plan: pyvrp.Solution) -> None:
        """Take note of a plan.

        Parameters
        ----------
        plan
            Of the same data.
        """
        excess = (*plan.excess_load(), plan.time_warp(), plan.excess_distance())
        for at, amount in enumerate(excess):
            self._kept[at] += amount == 0
        self._seen += 1
        if self._seen < self._tuning.update_every:
            return
        for at, kept in enumerate(self._kept):
            short = self._tuning.target_feasible - kept / self._seen
            if abs(short) < FEASIBLE_TOLERANCE:
                continue
            factor = self._tuning.increase if short > 0 else self._tuning.decrease
            changed = factor * self.values[at]
            self.values[at] = min(max(changed, LEAST_PENALTY), MOST_PENALTY)
        self._seen, self._kept = 0, [0] * len(self._kept)


class IteratedSearch:
    """A search that runs in slices and keeps its best plan.

    Parameters
    ----------
    data
        What PyVRP is to solve.
    seed
        Seed, >= 0.
    tuning
        Numbers of the search.
    closed
        Length of a closed road: a plan that is as long uses one. None for none.

    References
    ----------
    Burke, Bykov (2017), "The late acceptance hill-climbing heuristic", EJOR 258(1);
    Wouda, Lan, Kool (2024), "PyVRP", INFORMS Journal on Computing 36(4), whose loop
    from version 0.13 on this one follows.
    """

    def __init__(
        self,
        data: pyvrp.ProblemData,
        *,
        seed: int,
        tuning: Tuning | None = None,
        closed: int | None = None,
    ) -> None:
        self._data = data
        self._closed = closed
        self._tuning = tuning = tuning or Tuning()
        self._rng = pyvrp.RandomNumberGenerator(seed=seed)
        self._moves = LocalSearch(
            data,
            self._rng,
            compute_neighbours(data),
            PerturbationManager(PerturbationParams(1, tuning.most_perturbations)),
        )
        for move in OPERATORS:
            if move.supports(data):
                self._moves.add_operator(move(data))
        self._penalties: Penalties | None = None
        self._history: list[pyvrp.Solution | None] = [None] * tuning.history
        self._at = 0
        self._stale = 0
        self._best: pyvrp.Solution | None = None
        self.iterations = 0

    @property
    def best(self) -> pyvrp.Solution | None:
        """The best plan so far, None if no plan keeps every rule yet."""
        best = self._best
        if best is None or not (best.is_feasible() and best.is_complete()):
            return None
        if self._closed is not None and best.distance() >= self._closed:
            return None
        return best

    @property
    def cost(self) -> int | None:
        """Cost of the best plan."""
        best = self.best
        return None if best is None else cost_of(best)

    @property
    def penalties(self) -> list[float] | None:
        """What a unit of load, time and distance too much costs now."""
        return None if self._penalties is None else self._penalties.values

    def adopt(
        self,
        plan: pyvrp.Solution,
        *,
        penalties: list[float] | None = None,
    ) -> None:
        """Go on from a plan found elsewhere, if it is better than the best here.

        Parameters
        ----------
        plan
            One that keeps every rule.
        penalties
            What to begin with where this search has none, from a like one.
        """
        if self._penalties is None and penalties is not None:
            self._penalties = Penalties(penalties, self._tuning)
        best = self.best
        if best is None or cost_of(plan) < cost_of(best):
            self._restart(plan)

    def improve(self, over: Callable[[], bool]) -> None:
        """Search on.

        Parameters
        ----------
        over
            Asked before each iteration.
        """
        if self._best is None:
            self._begin()
        while not over():
            self._step()

    def _begin(self) -> None:
        start = pyvrp.Solution.make_random(self._data, self._rng)
        most = Penalties(
            [MOST_PENALTY] * (self._data.num_load_dimensions + 2), self._tuning
        ).evaluator()
        plan = self._moves(start, most, exhaustive=True)
        self._restart(plan)

    def _first_penalties(self, plan: pyvrp.Solution) -> list[float]:
        """Return penalties of load, time and distance, of the size of the costs."""
        data, scale = self._data, self._tuning.first_penalty
        cost = scale * (plan.distance_cost() + plan.duration_cost())
        loads = []
        for d in range(data.num_load_dimensions):
            total = sum(max(c.delivery[d], c.pickup[d]) for c in data.clients())
            total += sum(shipment.amount[d] for shipment in data.shipments())
            loads.append(cost / max(1, total))
        return [*loads, cost / max(1, plan.duration()), scale]

    def _restart(self, plan: pyvrp.Solution) -> None:
        if self._penalties is None:
            self._penalties = Penalties(self._first_penalties(plan), self._tuning)
        self._best = self._current = self._first = plan
        self._history = [None] * len(self._history)
        self._at = self._stale = 0

    def _step(self) -> None:
        assert self._penalties is not None
        assert self._best is not None
        self.iterations += 1
        if self._stale >= self._tuning.patience:
            self._restart(self._best)
        costs = self._penalties.evaluator()
        found = self._moves(self._current, costs, exhaustive=False)
        self._penalties.register(found)
        self._stale += 1
        if costs.cost(found) < costs.cost(self._best):
            found = self._settled(found, costs)
        self._accept(found, costs)

    def _settled(
        self, found: pyvrp.Solution, costs: pyvrp.CostEvaluator
    ) -> pyvrp.Solution:
        """Keep a new best plan, searched through once more."""
        self._stale = 0
        self._best = found
        again = self._moves(found, costs, exhaustive=True)
        if again.is_feasible() and costs.cost(again) < costs.cost(found):
            self._best = again
            return again
        return found

    def _accept(self, found: pyvrp.Solution, costs: pyvrp.CostEvaluator) -> None:
        at = self._at % len(self._history)
        late = self._history[at]
        late_cost = costs.penalised_cost(self._first if late is None else late)
        cost = costs.penalised_cost(found)
        current = costs.penalised_cost(self._current)
        if cost < late_cost or cost < current:
            self._current, current = found, cost
        if late is None or current < late_cost:
            self._history[at] = self._current
        self._at += 1


def cost_of(plan: pyvrp.Solution) -> int:
    """Return the cost of a plan, penalties left out.

    Parameters
    ----------
    plan
        Of any data.
    """
    return int(
        plan.distance_cost()
        + plan.duration_cost()
        + plan.fixed_vehicle_cost()
        + plan.uncollected_prizes()
    )

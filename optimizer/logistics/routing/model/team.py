"""Two searches on two cores, on a whole plan or on a half each."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyvrp

from optimizer.logistics.routing.model.iterated import IteratedSearch, Tuning, cost_of
from optimizer.logistics.routing.model.parts import Part, halves
from optimizer.logistics.routing.model.translation import Translation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optimizer.logistics.routing.problem import FloatArray, Route, RoutingProblem

__all__ = ["Budget", "Team"]

CORES = 2
"""Searches at a time."""

POLL_S = 0.1
"""How often the plan is looked at while the searches run."""

FEWEST_CLIENTS = 120
"""Below that a whole plan is searched fast enough."""

FEWEST_ROUTES = 4
"""A half of fewer routes than two has little to exchange."""

ROUNDS = 14
"""Slices of a solve. More of them exchange more and search less deep."""

FIRST = 3
"""Slices that the first round takes: before them a plan is not worth halving."""

WHOLE_EVERY = 4
"""Each so-many-th round is on the whole plan, so that routes meet that lie apart."""


EXCHANGE_EVERY = 3
"""Where a plan is never halved, both searches go on from the best one every so many
rounds. More often, both would look at the same places."""

TUNINGS = (Tuning(), Tuning(most_perturbations=25))
"""Many small changes are better for short routes, larger ones for long routes."""


@dataclass(slots=True)
class Budget:
    """What is left of a solve.

    Parameters
    ----------
    monotonic_s
        A clock in seconds.
    deadline_s
        When it is over, on that clock.
    work
        Iterations of each search instead, None for none.
    cancelled
        Asked now and then.
    """

    monotonic_s: Callable[[], float]
    deadline_s: float
    work: int | None
    cancelled: Callable[[], bool]

    def over(self) -> bool:
        """Return whether nothing is left."""
        if self.cancelled():
            return True
        if self.work is not None:
            return self.work <= 0
        return self.monotonic_s() >= self.deadline_s

    def part(self, share: float) -> Budget:
        """Return a budget of its own for a share of what is left.

        Parameters
        ----------
        share
            In 0..1; of work it is taken from this budget.
        """
        if self.work is not None:
            spent = max(1, round(self.work * share))
            self.work = max(self.work - spent, 1)
            return replace(self, work=spent)
        now = self.monotonic_s()
        return replace(self, deadline_s=now + share * (self.deadline_s - now))

    def slice(self, share: float) -> list[Callable[[], bool]]:
        """Return for each search what says that its share is used up.

        Parameters
        ----------
        share
            Of what is left, in 0..1; a search asks once an iteration.
        """
        if self.work is not None:
            spent = max(1, min(self.work, round(self.work * share)))
            self.work -= spent
            return [_Counted(spent, self.cancelled) for _ in range(CORES)]
        now = self.monotonic_s()
        end = now + share * (self.deadline_s - now)
        over = lambda: self.monotonic_s() >= end or self.cancelled()  # noqa: E731
        return [over] * CORES


class _Counted:
    def __init__(self, budget: int, cancelled: Callable[[], bool]) -> None:
        self._left = budget
        self._cancelled = cancelled

    def __call__(self) -> bool:
        self._left -= 1
        return self._left < 0 or self._cancelled()


def _either(one: Callable[[], bool], other: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: one() or other()


class Team:
    """Searches a problem on two cores.

    Parameters
    ----------
    problem
        Any; its breaks are left out.
    seed
        Seed, >= 0.
    start
        Routes to begin with, none for none.
    tunings
        Of each search.
    """

    def __init__(
        self,
        problem: RoutingProblem,
        *,
        seed: int,
        start: Sequence[Route] = (),
        tunings: Sequence[Tuning] = TUNINGS,
    ) -> None:
        self._translation = Translation(problem)
        self._data = data = self._translation.data
        self._tunings = tunings
        self._seed = CORES * seed
        self._wholes = [
            IteratedSearch(
                data,
                seed=self._seed + core,
                tuning=tunings[core],
                closed=self._translation.too_long,
            )
            for core in range(CORES)
        ]
        self._place: FloatArray = np.array([(x.x, x.y) for x in data.locations()])
        self._halvable = (
            data.num_clients >= FEWEST_CLIENTS
            and not data.num_shipments
            and bool(self._place.any())
        )
        self._parts: list[IteratedSearch] = []
        self._done = 0
        self._best: pyvrp.Solution | None = None
        if start:
            plan = self._translation.solution(start)
            too_long = self._translation.too_long
            if (
                plan.is_feasible()
                and plan.is_complete()
                and (too_long is None or plan.distance() < too_long)
            ):
                self._best = plan

    @property
    def iterations(self) -> int:
        """Iterations of all searches so far."""
        return self._done + sum(s.iterations for s in (*self._wholes, *self._parts))

    @property
    def best(self) -> tuple[Route, ...] | None:
        """The best plan, None if no plan keeps every rule yet."""
        return None if self._best is None else self._translation.routes(self._best)

    def run(self, budget: Budget, on_cost: Callable[[int], None]) -> None:
        """Search until the budget is used up.

        Parameters
        ----------
        budget
            Time or work.
        on_cost
            Gets the cost of each better plan, in the thread of the caller.
        """
        with ThreadPoolExecutor(CORES) as pool:
            turn = 0
            left = ROUNDS
            while not budget.over() and left > 0:
                size = FIRST if turn == 0 else 1
                over = budget.slice(min(1.0, size / left))
                left -= size
                if self._best is None or not self._halving(turn):
                    if self._halvable or turn % EXCHANGE_EVERY == 0:
                        self._exchange()
                    self._whole_round(pool, over, on_cost)
                else:
                    self._half_round(pool, over, on_cost, turn)
                turn += 1

    def _halving(self, turn: int) -> bool:
        assert self._best is not None
        return (
            self._halvable
            and turn > 0
            and turn % WHOLE_EVERY != 0
            and self._best.num_routes() >= FEWEST_ROUTES
        )

    def _exchange(self) -> None:
        if self._best is not None:
            for search in self._wholes:
                search.adopt(self._best)

    def _whole_round(
        self,
        pool: ThreadPoolExecutor,
        over: list[Callable[[], bool]],
        on_cost: Callable[[int], None],
    ) -> None:
        self._improve(pool, self._wholes, over, lambda: self._least(on_cost))
        for search in self._wholes:
            plan = search.best
            if plan is not None and self._better(plan):
                self._best = plan
        self._tell(on_cost)

    def _half_round(
        self,
        pool: ThreadPoolExecutor,
        over: list[Callable[[], bool]],
        on_cost: Callable[[int], None],
        turn: int,
    ) -> None:
        assert self._best is not None
        parts = halves(self._data, self._best, self._place, turn)
        searches = [self._search_of(part, turn, at) for at, part in enumerate(parts)]
        self._parts = searches
        self._improve(
            pool, searches, over, lambda: on_cost(sum(s.cost or 0 for s in searches))
        )
        plans = [
            search.best or part.plan
            for search, part in zip(searches, parts, strict=True)
        ]
        routes = [
            r
            for part, plan in zip(parts, plans, strict=True)
            for r in part.routes(plan)
        ]
        plan = pyvrp.Solution(self._data, routes)
        if plan.is_feasible() and plan.is_complete() and self._better(plan):
            self._best = plan
        self._done += sum(search.iterations for search in searches)
        self._parts = []
        self._tell(on_cost)

    def _search_of(self, part: Part, turn: int, at: int) -> IteratedSearch:
        seed = self._seed + CORES * (turn + 1) + at
        search = IteratedSearch(
            part.data,
            seed=seed,
            tuning=self._tunings[at],
            closed=self._translation.too_long,
        )
        search.adopt(part.plan, penalties=self._wholes[at].penalties)
        return search

    def _improve(
        self,
        pool: ThreadPoolExecutor,
        searches: Sequence[IteratedSearch],
        over: list[Callable[[], bool]],
        watch: Callable[[], None],
    ) -> None:
        """Run searches beside each other, and watch them from this thread."""
        halt = threading.Event()
        running = {
            pool.submit(search.improve, _either(end, halt.is_set))
            for search, end in zip(searches, over, strict=True)
        }
        try:
            left = running
            while left:
                _, left = wait(left, timeout=POLL_S)
                watch()
        finally:
            halt.set()
        for future in running:
            future.result()

    def _least(self, on_cost: Callable[[int], None]) -> None:
        costs = [cost for s in self._wholes if (cost := s.cost) is not None]
        if costs:
            on_cost(min(costs))

    def _tell(self, on_cost: Callable[[int], None]) -> None:
        if self._best is not None:
            on_cost(cost_of(self._best))

    def _better(self, plan: pyvrp.Solution) -> bool:
        return self._best is None or cost_of(plan) < cost_of(self._best)

"""Plan routes: the searches, their deadline, and the checker's word at the end."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from optimizer.errors import CheckError, ProblemError
from optimizer.logistics.routing.check import check_routes, routing_cost
from optimizer.logistics.routing.limits import Watch
from optimizer.logistics.routing.model.team import Budget, Team
from optimizer.logistics.routing.problem import RoutingSolution
from optimizer.logistics.routing.search.necessary import conflicts_of, cost_bound
from optimizer.logistics.routing.search.resting import (
    RestingSearch,
    without_breaks,
)
from optimizer.result import Progress, relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optimizer.logistics.routing.problem import Route, RoutingProblem
    from optimizer.options import SolveOptions

__all__ = ["plan_routes"]

RESERVE_S = 0.03
"""Kept of the time limit to end the searches and to check the plan, and as much again
for each thousand clients."""

CLIENTS_IN_RESERVE = 1000.0

PAIRS_AT_ONCE = 40_000
"""Pairs of clients for which the routes that they need are counted before a search;
of more, after one without a plan."""

SHARE_OF_CONFLICTS = 0.5
"""Of the time, at most, for the proof before a search that there is no plan."""

BOUND_SLACK = 1e-9
"""Share of the cost by which a bound may be above it: both are divided by `scale`."""

SHARE_WITHOUT_BREAKS = 0.4
"""Of the time of a problem with breaks, for a plan without them."""


class _Record:
    """The history of a solve."""

    def __init__(
        self,
        options: SolveOptions,
        scale: float,
        bound: float,
        on_progress: Callable[[Progress], None] | None,
        *,
        begun_s: float,
    ) -> None:
        self._clock = options.monotonic_s
        self._scale = scale
        self._bound = bound
        self._on_progress = on_progress
        self.begun_s = begun_s
        self.history: list[Progress] = []

    def seconds(self) -> float:
        return self._clock() - self.begun_s

    def watch(
        self, options: SolveOptions, share: float, cancelled: Callable[[], bool]
    ) -> Watch:
        """Return what ends a search after a share of the time."""
        deadline_s = self.begun_s + share * options.time_limit_s
        return Watch(self._clock, deadline_s, cancelled=cancelled)

    def take(self, cost: int) -> None:
        """Note the cost of the best plan so far, and tell of it."""
        objective = cost / self._scale
        if not self.history or objective < self.history[-1].objective:
            self.history.append(
                Progress(seconds=self.seconds(), objective=objective, bound=self._bound)
            )
        if self._on_progress is not None:
            self._on_progress(replace(self.history[-1], seconds=self.seconds()))


def plan_routes(
    problem: RoutingProblem,
    options: SolveOptions,
    *,
    start: Sequence[Route] = (),
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> RoutingSolution:
    """Return routes of low cost.

    Parameters
    ----------
    problem
        What to plan.
    options
        Time limit, or a budget of iterations of both searches together, which makes the
        plan the same each time; seed and clock.
    start
        A plan to begin with, such as the one of yesterday.
    on_progress
        Called a few times a second with the best cost so far.
    cancelled
        Asked before each iteration; the best plan so far is returned.

    Returns
    -------
    RoutingSolution
        `infeasible` if it is proven that no plan keeps every rule, see
        `optimizer.logistics.routing.repair`; `unknown` if none was found in time, and
        neither was a proof.

    Raises
    ------
    ProblemError
        If `start` breaks a rule.
    CheckError
        If the checker refuses the plan found.
    """
    begun_s = options.monotonic_s()
    bound = cost_bound(problem) / problem.scale
    record = _Record(options, problem.scale, bound, on_progress, begun_s=begun_s)
    watch = record.watch(options, SHARE_OF_CONFLICTS, cancelled)
    if conflicts_of(problem, most=1, most_pairs=PAIRS_AT_ONCE, stopped=watch):
        return RoutingSolution(
            status="infeasible", bound=math.inf, seconds=record.seconds()
        )
    _judge_start(problem, start)
    if not problem.n_clients:
        return _solution(problem, (), record, work=0)
    budget = _budget(problem, options, record, cancelled)
    search = _rested if len(problem.breaks) else _searched
    routes, work = search(problem, start, budget, record=record, seed=options.seed)
    if routes is None:
        many = problem.n_clients**2 > PAIRS_AT_ONCE
        watch = record.watch(options, 1.0, cancelled)
        proven = many and not watch() and conflicts_of(problem, most=1, stopped=watch)
        return RoutingSolution(
            status="infeasible" if proven else "unknown",
            bound=math.inf if proven else bound,
            seconds=record.seconds(),
            work=work,
        )
    if options.check and (wrong := check_routes(problem, routes)):
        message = f"the routes were refused: {'; '.join(wrong[:5])}"
        raise CheckError(message)
    return _solution(problem, routes, record, work=work)


def _searched(
    problem: RoutingProblem,
    start: Sequence[Route],
    budget: Budget,
    *,
    record: _Record,
    seed: int,
) -> tuple[tuple[Route, ...] | None, int]:
    """Return the best routes of both cores, and the iterations they took."""
    team = Team(problem, seed=seed, start=start)
    team.run(budget, record.take)
    return team.best, team.iterations


def _rested(
    problem: RoutingProblem,
    start: Sequence[Route],
    budget: Budget,
    *,
    record: _Record,
    seed: int,
) -> tuple[tuple[Route, ...] | None, int]:
    """Return routes with breaks: first without, then fitted to them and improved."""
    team = Team(without_breaks(problem), seed=seed)
    team.run(budget.part(SHARE_WITHOUT_BREAKS), lambda _: None)
    first = start or team.best or ()
    search = RestingSearch(problem, first, seed=seed)
    if (cost := search.cost) is not None:
        record.take(cost)
    end = budget.slice(1.0)[0]

    def over() -> bool:
        if (cost := search.cost) is not None:
            record.take(cost)
        return end()

    search.improve(over)
    return search.best, team.iterations + search.iterations


def _judge_start(problem: RoutingProblem, start: Sequence[Route]) -> None:
    if start and (wrong := check_routes(problem, start)):
        message = f"the plan to begin with: {'; '.join(wrong[:5])}"
        raise ProblemError(message)


def _budget(
    problem: RoutingProblem,
    options: SolveOptions,
    record: _Record,
    cancelled: Callable[[], bool],
) -> Budget:
    reserve_s = RESERVE_S * (1 + problem.n_clients / CLIENTS_IN_RESERVE)
    work = options.work_limit
    return Budget(
        monotonic_s=options.monotonic_s,
        deadline_s=record.begun_s + options.time_limit_s - reserve_s,
        work=None if work is None else max(1, work // 2),
        cancelled=cancelled,
    )


def _solution(
    problem: RoutingProblem,
    routes: tuple[Route, ...],
    record: _Record,
    *,
    work: int,
) -> RoutingSolution:
    record.take(routing_cost(problem, routes))
    objective = record.history[-1].objective
    bound = record.history[-1].bound
    if bound > objective + BOUND_SLACK * max(1.0, abs(objective)):
        message = f"the bound {bound:.9g} is beaten by the routes' {objective:.9g}"
        raise CheckError(message)
    return RoutingSolution(
        status="optimal" if objective <= bound else "feasible",
        routes=routes,
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        seconds=record.seconds(),
        work=work,
        history=tuple(record.history),
    )

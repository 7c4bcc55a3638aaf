"""Locate plants and depots: own searches on both cores, own bound, HiGHS for proof.

One core raises the Lagrangean bound, which also advises the searches, and then searches
on; the other searches from the start, and hands what the bound leaves open to HiGHS as
soon as that is small enough to be proven. The best plan is kept here and has passed the
checker before it leaves. With a budget of work, one thread does the same in a fixed
order, without HiGHS, and the answer is the same byte for byte.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Protocol

import numpy as np

from optimizer.errors import CheckError
from optimizer.logistics.location._kernels.flows import flows_of, refit, reset
from optimizer.logistics.location.check import check_location, location_cost
from optimizer.logistics.location.problem import (
    LocationPlan,
    LocationProblem,
    missing_units,
)
from optimizer.logistics.location.search.assigning import AssignSearch
from optimizer.logistics.location.search.bounding import Bounding
from optimizer.logistics.location.search.incumbent import Found, Incumbent
from optimizer.logistics.location.search.network import network_of, plan_of_flows
from optimizer.logistics.location.search.opening import OpenSearch
from optimizer.options import SolveOptions
from optimizer.result import relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.location.problem import IntArray
    from optimizer.result import Progress, SolveStatus

__all__ = ["locate_facilities", "warm_up"]

SLICE_S = 0.03
"""Seconds of a slice of search: what a deadline may be missed by."""

RESERVE_S = 0.05
"""Seconds kept for the plan, the checker and the way out."""

LATE_S = 0.15
"""Seconds that HiGHS usually needs beyond its limit."""

STEPS = 5
"""Steps of the bound between looks at the clock and at what they open."""

EXCHANGE_S = 1.0
"""Seconds between looks at what the other core has found."""

PROVABLE = 8_000
"""Flows of a program that HiGHS has a chance to prove in seconds."""

EASY = 1_500
"""Flows of a program that is proven at once; a larger one waits for a good plan."""

PROVE_SHARE = 0.3
"""Share of the time after which the larger program is tried."""

SHARE_OF_WORK = 0.5
"""Most of a budget of work that the bound may take."""

WHOLE = 1e-9
"""What a cost a unit may be away from a whole number: it was divided once."""

ROUND_OF_WORK = 50
"""Work between two looks at the budget."""


class _Search(Protocol):
    def found(self) -> Found | None: ...
    def improve(self, work: int) -> int: ...
    def adopt(self, chosen: IntArray, /) -> None: ...


def locate_facilities(
    problem: LocationProblem,
    options: SolveOptions,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> LocationPlan:
    """Return which plants and depots to open, and who serves whom, at low cost.

    Parameters
    ----------
    problem
        What can be opened, and what flow costs.
    options
        Clock, time limit or budget of work (flows fitted and relaxations solved; with
        a single source, descents), seed, and whether the checker judges the plan.
    on_progress
        Called with objective and bound at each better plan or bound, from any thread.
    cancelled
        Asked some thirty times a second; once true, the solve ends with what it has.

    Returns
    -------
    LocationPlan
        `optimal` if the bound is reached, `feasible`, `infeasible` if capacity cannot
        do, or `unknown` if no plan was found in time.

    Raises
    ------
    CheckError
        If a search called a plan feasible and the checker refused it.

    References
    ----------
    Litvinchev, Ozuna (2012), "Lagrangian bounds and a heuristic for the two-stage
    capacitated facility location problem", International Journal of Energy
    Optimization and Engineering 1(1); Fernandes et al. (2014), "A simple and effective
    genetic algorithm for the two-stage capacitated facility location problem",
    Computers & Industrial Engineering 75.

    Examples
    --------
    >>> import numpy as np
    >>> from optimizer import SolveOptions
    >>> from optimizer.logistics.location import LocationProblem
    >>> problem = LocationProblem(
    ...     capacity=np.array([5.0, 5.0]),
    ...     fixed_cost=np.array([10.0, 12.0]),
    ...     demand=np.array([2.0, 2.0]),
    ...     service_cost=np.array([[1.0, 9.0], [9.0, 1.0]]),
    ... )
    >>> options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=1_000)
    >>> plan = locate_facilities(problem, options)
    >>> plan.objective, plan.open_depots.tolist()
    (20.0, [True, False])
    """
    solve = _Solve(problem, options, on_progress=on_progress, cancelled=cancelled)
    if solve.short_of_capacity():
        return solve.without_plan("infeasible")
    solve.run()
    return solve.plan()


def warm_up(problem: LocationProblem) -> None:
    """Compile or load what a solve of a problem needs, so that its time is its own.

    Parameters
    ----------
    problem
        Its kind is looked at: a tiny problem of the same kind is solved.
    """
    ones = np.ones(2)
    tiny = LocationProblem(
        capacity=3.0 * ones,
        fixed_cost=5.0 * ones,
        demand=np.array([1.0, 2.0, 1.0]),
        service_cost=np.arange(6.0).reshape(2, 3),
        plant_capacity=3.0 * ones if problem.n_plants else np.empty(0),
        plant_fixed_cost=ones if problem.n_plants else np.empty(0),
        supply_cost=np.ones((2, 2)) if problem.n_plants else np.empty((0, 2)),
        single_source=problem.single_source,
    )
    locate_facilities(tiny, SolveOptions(monotonic_s=lambda: 0.0, work_limit=200))


class _Solve:
    """One solve: who searches, when it ends, and what comes out."""

    def __init__(
        self,
        problem: LocationProblem,
        options: SolveOptions,
        *,
        on_progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool],
    ) -> None:
        self.problem, self.options, self.cancelled = problem, options, cancelled
        self.begun_s = options.monotonic_s()
        self.incumbent = Incumbent(
            lambda: options.monotonic_s() - self.begun_s, on_progress
        )
        self.network = network_of(problem)
        self.bounding: Bounding | None = None
        self.bounded = threading.Event()
        self.stop = threading.Event()
        self.infeasible = False
        self.work = 0
        self.failures: list[BaseException] = []
        self.whole = _is_whole(problem)

    def short_of_capacity(self) -> bool:
        """Return whether all facilities together carry too little."""
        problem = self.problem
        short = missing_units(problem.demand, problem.capacity) > 0.0
        if problem.n_plants:
            short |= missing_units(problem.demand, problem.plant_capacity) > 0.0
        if problem.single_source:
            largest = float(problem.demand.max(initial=0.0))
            short |= largest > float(problem.capacity.max(initial=0.0))
        return short or (problem.n_depots == 0 and problem.n_clients > 0)

    def run(self) -> None:
        """Search until the time, the budget or the gap is used up."""
        if not self.problem.n_clients or not (
            self.problem.single_source or self.problem.demand.any()
        ):
            self._serve_nobody()
            return
        if self.options.work_limit is not None:
            self._in_order(self.options.work_limit)
            return
        threads = [
            # Not daemons: a process that ends waits for HiGHS, which else would abort.
            threading.Thread(target=self._guarded, args=(job,))
            for job in (self._bound_and_search, self._search_and_prove)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            # HiGHS may look at its clock late: past the deadline nobody waits for it.
            while thread.is_alive() and self._left_s() > 0.0 and not self.stop.is_set():
                thread.join(min(max(self._left_s(), 1e-3), SLICE_S))
        self.stop.set()
        threads[0].join(SLICE_S)
        if self.failures:
            raise self.failures[0]

    def _serve_nobody(self) -> None:
        """Offer the plan in which nothing flows, and know that it is the best."""
        network, cost = self.network, 0.0
        n = 0 if self.problem.single_source else network.fixed.size
        chosen = np.zeros(n, dtype=np.int64)
        if self.problem.n_clients:
            # Who asks for nothing still counts as served by somebody.
            row = network.n_plants + int(np.argmin(self.problem.fixed_cost))
            chosen[row] = 1
            cost = float(network.fixed[row])
        self.incumbent.offer(Found(cost, chosen))
        self.incumbent.raise_bound(cost)

    def plan(self) -> LocationPlan:
        """Return the answer; the checker has the last word."""
        best = self.incumbent.close()
        if best is None:
            return self.without_plan("infeasible" if self.infeasible else "unknown")
        supply, service = self._flows(best)
        plan = self._plan(supply, service)
        if self.options.check:
            wrong = check_location(self.problem, plan)
            if wrong:
                message = f"the plan was refused: {'; '.join(wrong)}"
                raise CheckError(message)
        return plan

    def without_plan(self, status: SolveStatus) -> LocationPlan:
        """Return an answer that has no plan."""
        infinite = math.inf
        bound = infinite if status == "infeasible" else self.incumbent.bound
        return LocationPlan(
            status=status, objective=infinite, bound=bound, gap=infinite,
            seconds=self._seconds(), work=self.work,
            history=tuple(self.incumbent.history),
        )  # fmt: skip

    def _plan(self, supply: np.ndarray, service: np.ndarray) -> LocationPlan:
        incumbent = self.incumbent
        draft = LocationPlan(
            status="feasible", objective=0.0, bound=0.0, gap=0.0,
            # Who carries nothing need not be open.
            open_plants=supply.sum(axis=1) > 0.0,
            open_depots=service.max(axis=1, initial=0.0) > 0.0,
            supply=supply, service=service,
        )  # fmt: skip
        cost = location_cost(self.problem, draft)
        proven = incumbent.proven or not self.problem.n_clients
        bound = cost if proven else min(incumbent.bound, cost)
        return LocationPlan(
            status="optimal" if proven else "feasible",
            objective=cost, bound=bound, gap=relative_gap(cost, bound),
            open_plants=draft.open_plants, open_depots=draft.open_depots,
            supply=supply, service=service, seconds=self._seconds(), work=self.work,
            history=tuple(incumbent.history),
        )  # fmt: skip

    def _flows(self, best: Found) -> tuple[np.ndarray, np.ndarray]:
        problem = self.problem
        if problem.single_source:
            service = np.zeros((problem.n_depots, problem.n_clients))
            service[best.chosen, np.arange(problem.n_clients)] = 1.0
            return np.empty((0, problem.n_depots)), service
        flows = flows_of(self.network)
        reset(self.network, flows)
        flows.open[:] = best.chosen
        refit(self.network, flows)
        return plan_of_flows(self.network, flows, staged=problem.n_plants > 0)

    def _search(self, core: int) -> _Search:
        seed = 2 * self.options.seed + core
        if self.problem.single_source:
            return AssignSearch(self.problem, seed=seed)
        return OpenSearch(self.network, seed=seed)

    def _in_order(self, work_limit: int) -> None:
        search, bounding = self._search(0), self._bounding()
        self.incumbent.offer(search.found())
        while not bounding.done and self.work < SHARE_OF_WORK * work_limit:
            if self.incumbent.proven or self.cancelled():
                return
            self._raise_bound(bounding, search)
            self.work += STEPS
        self._advise(search)
        while self.work < work_limit and not self.incumbent.proven:
            if self.cancelled():
                return
            self.work += search.improve(min(ROUND_OF_WORK, work_limit - self.work))
            self.incumbent.offer(search.found())

    def _bounding(self) -> Bounding:
        self.bounding = Bounding(self.network, staged=self.problem.n_plants > 0)
        return self.bounding

    def _raise_bound(self, bounding: Bounding, search: _Search) -> None:
        chosen = bounding.advance(STEPS, self.incumbent.cost)
        bound = bounding.bound
        # Costs of whole numbers are whole: what is a little over one is the next.
        self.incumbent.raise_bound(math.ceil(bound - 1e-6) if self.whole else bound)
        if not self.problem.single_source:
            search.adopt(chosen)
        self.incumbent.offer(search.found())

    def _advise(self, search: _Search) -> None:
        if isinstance(search, OpenSearch) and self.bounding is not None:
            search.guide(self.bounding.reduced)

    def _bound_and_search(self) -> None:
        search, bounding = self._search(0), self._bounding()
        self.incumbent.offer(search.found())
        while not bounding.done and not self._ended():
            self._raise_bound(bounding, search)
        self.bounded.set()
        self._advise(search)
        self._improve(search, lambda: False)

    def _search_and_prove(self) -> None:
        search = self._search(1)
        self._improve(search, self.bounded.is_set)
        self._advise(search)
        while not self._ended():
            flows = self._flows_left()
            # Of single sources HiGHS also finds plans, and knows a better bound.
            at_once = PROVABLE if self.problem.single_source else EASY
            if flows <= at_once or (flows <= PROVABLE and self._passed(PROVE_SHARE)):
                self._prove(search)
            until_s = self.options.monotonic_s() + EXCHANGE_S
            self._improve(search, lambda: self.options.monotonic_s() > until_s)  # noqa: B023

    def _improve(self, search: _Search, ended: Callable[[], bool]) -> None:
        """Search in slices, and look at times at what the other core has."""
        monotonic_s, work = self.options.monotonic_s, 1
        looked_s = monotonic_s()
        while not self._ended() and not ended():
            now_s = monotonic_s()
            self.work += search.improve(work)
            took_s = max(monotonic_s() - now_s, 1e-6)
            work = max(int(work * min(SLICE_S / took_s, 4.0)), 1)
            self.incumbent.offer(search.found())
            if now_s - looked_s > EXCHANGE_S:
                looked_s = now_s
                best, own = self.incumbent.best, search.found()
                if best is not None and (own is None or best.cost < own.cost):
                    search.adopt(best.chosen)

    def _flows_left(self) -> int:
        """Return the flows of the program without facilities that are surely closed."""
        plants, depots = self._opening()
        return depots.size * (plants.size + self.problem.n_clients)

    def _opening(self) -> tuple[IntArray, IntArray]:
        assert self.bounding is not None, "the bound comes first"
        closed, _ = self.bounding.certain(self.incumbent.cost)
        n = self.network.n_plants
        plants = np.flatnonzero(~closed[:n]) if self.problem.n_plants else np.arange(0)
        return plants, np.flatnonzero(~closed[n:])

    def _prove(self, search: _Search) -> None:
        """Let HiGHS solve what is left; its bound holds for all cheaper plans."""
        # Loading OR-Tools takes half a second: only who proves waits for it.
        from optimizer.logistics.location.model import (  # noqa: PLC0415
            LocationModel,
            Opening,
        )

        cost = self.incumbent.cost
        model = LocationModel(self.problem, Opening(*self._opening()))
        left_s = self._left_s()
        if left_s <= 0.0 or self.stop.is_set():
            return
        left_s -= min(LATE_S, left_s / 2.0)
        answer = model.solve(engine="highs", time_limit_s=left_s)
        if answer.proven_infeasible:
            self.infeasible = math.isinf(cost)
            self.incumbent.raise_bound(cost)
            self.stop.set()
            return
        if answer.service is not None and answer.open_depots is not None:
            if self.problem.single_source:
                search.adopt(np.argmax(answer.service, axis=0).astype(np.int64))
            else:
                plants = answer.open_plants if self.problem.n_plants else [True]
                chosen = np.concatenate([plants, answer.open_depots])
                search.adopt(chosen.astype(np.int64))
            self.incumbent.offer(search.found())
        bound = min(cost, answer.bound)
        self.incumbent.raise_bound(math.ceil(bound - 1e-3) if self.whole else bound)

    def _guarded(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            self.failures.append(error)
            self.stop.set()

    def _seconds(self) -> float:
        return self.options.monotonic_s() - self.begun_s

    def _left_s(self) -> float:
        return self.options.time_limit_s - RESERVE_S - self._seconds()

    def _passed(self, share: float) -> bool:
        return self._seconds() > share * self.options.time_limit_s

    def _ended(self) -> bool:
        if self.incumbent.proven or self._left_s() <= 0.0 or self.cancelled():
            self.stop.set()
        return self.stop.is_set()


def _is_whole(problem: LocationProblem) -> bool:
    """Return whether the best cost is a whole number, as all data are."""
    tables = [problem.fixed_cost, problem.service_cost]
    if not problem.single_source:
        # With whole capacities and demands, some cheapest flow is whole.
        asked = problem.demand > 0.0
        unit = problem.service_cost[:, asked] / problem.demand[asked]
        tables = [
            problem.fixed_cost, problem.plant_fixed_cost, problem.supply_cost,
            np.where(np.abs(unit - np.rint(unit)) < WHOLE, np.rint(unit), unit),
            problem.capacity, problem.plant_capacity, problem.demand,
        ]  # fmt: skip
    return all(bool((table == np.rint(table)).all()) for table in tables)

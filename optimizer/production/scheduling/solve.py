"""Schedule a shop: searches of our own on every core, CP-SAT for proof.

The best schedule is kept here, whoever found it, and has passed the checker before it
leaves. With seconds to spend, each core searches from a seed of its own and takes over
better schedules of the other; where CP-SAT can build its model in time, it gets one
core: for shops in the second half, for all else from the start. Small problems with
rules of their own give it both, and their searches rest once they find nothing. With a
budget of work instead, both searches run in step and the answer is the same byte for
byte.
"""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import CheckError
from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import NONE, Objective, Schedule
from optimizer.production.scheduling.proving import Prover, feasible
from optimizer.production.scheduling.search.bounds import cost_bound
from optimizer.production.scheduling.search.cores import (
    CoreSearch,
    is_job_shop,
    searches_of,
)
from optimizer.production.scheduling.search.incumbent import Found, Incumbent
from optimizer.production.scheduling.search.laying import rules_of, shop_of
from optimizer.production.scheduling.search.lists import is_project
from optimizer.result import relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.options import SolveOptions
    from optimizer.production.scheduling.problem import SchedulingProblem
    from optimizer.result import Progress, SolveStatus

__all__ = ["schedule_production", "warm_up"]

SLICE_S = 0.03
"""Seconds of a slice of search: what a deadline may be missed by."""

FIRST_SLICE = 5_000
"""Operations looked at in the first slice, before the speed is known."""

EXCHANGE_S = 0.5
"""Seconds between looks at what the other core has found: cores that look all the time
would search from the same schedule."""

ROUNDS = 40
"""Rounds that a budget of work is divided into; they exchange schedules after each."""

RESERVE_S = 0.05
"""Seconds kept for the way out, besides those of the checker."""

CHECK_LEAST = 5_000
"""Operations from which on it is measured how long the checker takes."""

MARGIN = 1.3
"""Time kept for what took so long before, as a multiple: another core may be busy."""

PROVER_SHARE = 0.5
"""Share of the time after which CP-SAT gets a core for a shop."""

PROVER_MODES = 3_000
"""Modes of a problem up to which CP-SAT is worth a core in seconds."""

BESIDE_MODES = 600
"""Modes of a problem with rules up to which CP-SAT is worth both cores."""

BESIDE_WORKERS = 2
"""Threads of CP-SAT beside two searches that rest once they find nothing."""

LISTS_FIRST_S, LISTS_FIRST_SHARE = 0.25, 0.1
"""Seconds, and share of the time, for which searches have the cores for themselves."""

STUCK_SHARE = 0.2
"""Share of the time so far without a better schedule after which a search rests."""

STUCK_LEAST_S = 0.1
"""Seconds for which a search may find nothing before it rests."""

REST_MOST_S = 1.0
"""Seconds of rest at most between two slices of a search that finds nothing."""


def schedule_production(
    problem: SchedulingProblem,
    options: SolveOptions,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Schedule:
    """Return a schedule of low cost, with a bound on how low it can be.

    Parameters
    ----------
    problem
        What is to be done, and what binds it.
    options
        Clock, time limit or budget of work (operations looked at by each core), seed,
        and whether the checker judges the schedule.
    on_progress
        Called with objective and bound at each better schedule, from any thread.
    cancelled
        Asked after each slice of search, some thirty times a second (with a budget of
        work: forty times in all); once true, the solve ends with what it has.

    Returns
    -------
    Schedule
        `optimal` if the bound is reached, `feasible`, `infeasible` if that is proven,
        or `unknown` if no schedule was found in time.

    Raises
    ------
    CheckError
        If a search called a schedule feasible and the checker refused it.

    References
    ----------
    Nowicki, Smutnicki (1996), "A fast taboo search algorithm for the job shop problem",
    Management Science 42(6); Mastrolilli, Gambardella (2000), "Effective neighbourhood
    functions for the flexible job shop problem", Journal of Scheduling 3(1): the
    neighbourhoods. Kolisch (1996): lists for what is more than a shop.

    Examples
    --------
    >>> from itertools import count
    >>> import numpy as np
    >>> from optimizer import SolveOptions
    >>> from optimizer.production.scheduling.formats.shops import problem_of_routes
    >>> problem = problem_of_routes([[[(0, 3)], [(1, 2)]], [[(1, 4)], [(0, 1)]]], 2)
    >>> options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=1_000)
    >>> schedule = schedule_production(problem, options)
    >>> schedule.status, schedule.objective, schedule.start.tolist()
    ('optimal', 6.0, [0, 4, 0, 4])
    """
    begun_s = options.monotonic_s()
    rules, shop = rules_of(problem), shop_of(problem)
    incumbent = Incumbent(
        lambda: options.monotonic_s() - begun_s,
        bound=cost_bound(problem, rules),
        on_progress=on_progress,
    )
    solve = _Solve(problem, options, incumbent, cancelled=cancelled, begun_s=begun_s)
    if problem.n_operations:
        seeds = (2 * options.seed, 2 * options.seed + 1)
        searches = searches_of(problem, rules, shop, seeds=seeds, bound=incumbent.bound)
        solve.begin(searches)
        if options.work_limit is not None:
            solve.in_step(searches, options.work_limit)
        else:
            alone = shop is not None or is_project(rules)
            solve.against_time(searches, is_shop=shop is not None, alone=alone)
    return solve.schedule()


def warm_up(problem: SchedulingProblem) -> None:
    """Compile or load what a solve of a problem needs, so that its time is its own.

    The first time after an installation this takes some ten seconds, later a fraction
    of one.

    Parameters
    ----------
    problem
        Its kind is looked at: a tiny problem of the same kind is solved.
    """
    # Its best makespan, 22, is above its bound: searches do not end before they begin.
    routes = [
        [[(2, 8)], [(0, 3)], [(1, 4)]],
        [[(0, 1)], [(2, 2)], [(1, 8)]],
        [[(0, 8)], [(2, 4)], [(1, 2)]],
        [[(2, 1)], [(1, 7)], [(0, 8)]],
    ]
    shop = shop_of(problem)
    if shop is not None and not is_job_shop(shop):
        routes[0][0].append((1, 3))
    tiny = problem_of_routes(routes, 3)
    if shop is None:
        tiny = replace(tiny, objective=Objective(tardiness=1))
        if is_project(rules_of(problem)):
            tiny = replace(
                tiny,
                modes=replace(tiny.modes, machine=np.full(len(tiny.modes), NONE)),
                objective=Objective(),
            )
    rules, shop = rules_of(tiny), shop_of(tiny)
    for search in searches_of(tiny, rules, shop, seeds=(0,), bound=0):
        cost_bound(tiny, rules)
        search.improve(1)
        found = search.found()
        if found is not None:
            search.adopt(found)


class _Solve:
    """One solve: who searches, when it ends, and what comes out."""

    def __init__(
        self,
        problem: SchedulingProblem,
        options: SolveOptions,
        incumbent: Incumbent,
        *,
        cancelled: Callable[[], bool],
        begun_s: float,
    ) -> None:
        self.problem = problem
        self.options = options
        self.incumbent = incumbent
        self.cancelled = cancelled
        self.begun_s = begun_s
        self.stop = threading.Event()
        self.infeasible = False
        self.reserve_s = RESERVE_S
        self.work = 0
        self.failures: list[BaseException] = []

    def begin(self, searches: list[CoreSearch]) -> None:
        """Take the schedules that the searches begin with."""
        for search in searches:
            self._take(search)
        best = self.incumbent.best
        large = self.problem.n_operations >= CHECK_LEAST
        if best is not None and large and self.options.work_limit is None:
            begun_s = self.options.monotonic_s()
            check_schedule(self.problem, feasible(best))
            took_s = self.options.monotonic_s() - begun_s
            self.reserve_s += MARGIN * took_s

    def in_step(self, searches: list[CoreSearch], work_limit: int) -> None:
        """Search in rounds of equal work, and exchange after each."""
        share = -(-work_limit // ROUNDS)
        while self.work < work_limit and not self._ended(searches):
            slice_ = min(share, work_limit - self.work)
            counts = self._together(
                [partial(search.improve, slice_) for search in searches]
            )
            # The searches of a round do the same work, and the count is of one.
            self.work += max(slice_, *counts)
            for search in searches:
                self._take(search)
            best = self.incumbent.best
            for search in searches:
                if best is not None:
                    search.adopt(best)

    def against_time(
        self, searches: list[CoreSearch], *, is_shop: bool, alone: bool
    ) -> None:
        """Search until the time is over, one thread a core.

        Small problems with rules of their own get CP-SAT beside both searches; these
        rest while they find nothing, so that it has the cores.
        """
        modes = len(self.problem.modes)
        share = (PROVER_SHARE if is_shop else 0.0) if modes <= PROVER_MODES else 1.0
        beside = not alone and modes <= BESIDE_MODES
        limits = [1.0, share] if len(searches) > 1 and not beside else [1.0, 1.0]
        jobs: list[Callable[[], int]] = [
            partial(self._run, search, limit, rests=beside)
            for search, limit in zip(searches, limits[: len(searches)], strict=True)
        ]
        if beside:
            jobs.append(partial(self._prove, n_workers=BESIDE_WORKERS))
        self.work = sum(self._together(jobs, until_s=self._deadline_s()))

    def schedule(self) -> Schedule:
        """Return the answer; the checker has the last word."""
        incumbent = self.incumbent
        best = incumbent.close()
        seconds = self.options.monotonic_s() - self.begun_s
        if best is None:
            if not self.problem.n_operations:
                best = _nothing_to_do()
                incumbent.bound = 0
            else:
                status: SolveStatus = "infeasible" if self.infeasible else "unknown"
                infinite = float("inf")
                bound = infinite if self.infeasible else float(incumbent.bound)
                return Schedule(
                    status=status,
                    objective=infinite,
                    bound=bound,
                    gap=infinite,
                    seconds=seconds,
                    work=self.work,
                )
        bound = float(min(incumbent.bound, best.cost))
        schedule = Schedule(
            status="optimal" if best.cost <= bound else "feasible",
            objective=float(best.cost),
            bound=bound,
            gap=relative_gap(float(best.cost), bound),
            mode=best.mode,
            start=best.start,
            end=best.end,
            seconds=seconds,
            work=self.work,
            history=tuple(incumbent.history),
        )
        if self.options.check:
            wrong = check_schedule(self.problem, schedule)
            if wrong:
                message = f"the schedule was refused: {'; '.join(wrong)}"
                raise CheckError(message)
        return schedule

    def _take(self, search: CoreSearch) -> bool:
        """Offer what a search found; return whether nobody knew better."""
        found = search.found()
        return found is not None and self.incumbent.offer(found)

    def _deadline_s(self) -> float:
        return self.begun_s + self.options.time_limit_s

    def _left_s(self) -> float:
        passed = self.options.monotonic_s() - self.begun_s
        return self.options.time_limit_s - self.reserve_s - passed

    def _ended(self, searches: list[CoreSearch]) -> bool:
        proven = self.incumbent.proven or any(search.done for search in searches)
        return proven or self.infeasible or self.cancelled() or self._left_s() <= 0.0

    def _run(self, search: CoreSearch, share: float, *, rests: bool) -> int:
        """Search for a share of the time; then let CP-SAT prove on this core.

        One that rests does so between slices for as long as nobody finds better.
        """
        monotonic_s, work, limit_s = self.options.monotonic_s, FIRST_SLICE, 0.0
        until_s = self.begun_s + share * self.options.time_limit_s
        looked_s, done, took_s = monotonic_s(), 0, 0.0
        better_s = looked_s
        while not self.stop.is_set() and not self._ended([search]):
            now_s = monotonic_s()
            # What a slice takes at least, of many operations, may be more than is left.
            if took_s > SLICE_S and MARGIN * took_s > self._left_s():
                break
            if share < 1.0 and now_s >= until_s:
                self._prove(n_workers=1)
                # Without a proof, this core has time left to search.
                share = 1.0
                continue
            done += search.improve(work)
            took_s = max(monotonic_s() - now_s, 1e-6)
            limit_s = min(SLICE_S, max(self._left_s(), 1e-3))
            work = max(int(work * min(limit_s / took_s, 4.0)), 1)
            if self._take(search):
                better_s = monotonic_s()
            elif rests:
                idle_s = monotonic_s() - better_s
                allowed_s = max(STUCK_LEAST_S, STUCK_SHARE * (now_s - self.begun_s))
                if idle_s > allowed_s:
                    self.stop.wait(min(idle_s, REST_MOST_S, max(self._left_s(), 0.0)))
            if now_s - looked_s > EXCHANGE_S:
                looked_s = now_s
                best = self.incumbent.best
                if best is not None:
                    search.adopt(best)
        if search.done or self.incumbent.proven or self.infeasible:
            self.stop.set()
        return done

    def _prove(self, *, n_workers: int) -> int:
        """Give CP-SAT as many threads, from the best schedule on."""
        first_s = min(LISTS_FIRST_S, LISTS_FIRST_SHARE * self.options.time_limit_s)
        prover = Prover(
            self.problem,
            self.incumbent,
            monotonic_s=self.options.monotonic_s,
            left_s=self._left_s,
            ended=lambda: self.stop.is_set() or self._ended([]),
        )
        from_s = self.begun_s + (first_s if n_workers > 1 else 0.0)
        prover.prove(n_workers=n_workers, seed=self.options.seed, from_s=from_s)
        self.infeasible |= prover.infeasible
        if self.infeasible:
            self.stop.set()
        return 0

    def _together(
        self, jobs: list[Callable[[], int]], *, until_s: float = math.inf
    ) -> list[int]:
        """Run jobs on a thread each; raise what one of them raised.

        CP-SAT may look at its clock late, while it simplifies a large model: past the
        deadline nobody waits for it, and what it still finds is not taken. The process
        does wait when it ends: a solver that is torn down at work aborts it.
        """
        results = [0] * len(jobs)

        def run(at: int) -> None:
            try:
                results[at] = jobs[at]()
            except BaseException as error:
                self.failures.append(error)
                self.stop.set()

        threads = [
            threading.Thread(target=run, args=(at,)) for at in range(1, len(jobs))
        ]
        for thread in threads:
            thread.start()
        run(0)
        for thread in threads:
            left_s = until_s - self.options.monotonic_s()
            thread.join(None if math.isinf(left_s) else max(left_s, 0.0))
        if self.failures:
            raise self.failures[0]
        return results


def _nothing_to_do() -> Found:
    none = np.empty(0, dtype=np.int64)
    return Found(0, none, none, none)

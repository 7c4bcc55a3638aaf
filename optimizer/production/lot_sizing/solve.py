"""Plan lots: annealing and small programs on one core, the whole program on the other.

The best plan is kept here, whoever found it, and has passed the checker before it
leaves. Of the two solvers, SCIP gets the whole program with the first good plan as a
hint, and proves; HiGHS solves the small programs of the search, where it is several
times as fast. Neither can be told to stop, so their limits end before ours, and nobody
waits for one that is late. A budget of work instead of seconds runs one after the other
and gives the same answer twice.
"""

from __future__ import annotations

import itertools
import math
import threading
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import CheckError
from optimizer.production.lot_sizing.check import check_plan, plan_cost
from optimizer.production.lot_sizing.echelon import echelon_of
from optimizer.production.lot_sizing.following import quantities_of
from optimizer.production.lot_sizing.model import Limits, solve_program
from optimizer.production.lot_sizing.problem import (
    Bill,
    Items,
    LotPlan,
    LotSizingProblem,
    Resources,
)
from optimizer.production.lot_sizing.program import Elastic, Form, Program, lay_out
from optimizer.production.lot_sizing.search.annealing import Annealing
from optimizer.production.lot_sizing.search.descent import NODES, Descent
from optimizer.production.lot_sizing.search.incumbent import Found, Incumbent
from optimizer.watching import POLL_S, let_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimizer.options import SolveOptions
    from optimizer.production.lot_sizing.model import Answer
    from optimizer.production.lot_sizing.rows import Arrays
    from optimizer.result import Progress, SolveStatus

__all__ = ["plan_lots", "warm_up"]

RESERVE_S = 0.12
"""Seconds kept for the last check and the way out."""

PROVER_RESERVE_S = 0.3
"""Seconds before the deadline at which SCIP shall end: it looks at its clock late."""

PLAIN_SHARE = 0.15
"""Share of the time for the bound of the plain form, on several levels."""

WHOLE_SHARE = 0.5
"""Share of the time left for a first plan of several levels, where annealing found
none; on three generated sets, a fifth of it left plans up to 7 % dearer in the end."""

START_SHARE = 0.1
"""Share of the time after which the whole program begins, if there is a plan by then;
without one it begins at twice that."""

FIRST_CYCLE = 8
"""Slices of the first annealing cycle; each has half as many more as the one before."""

LONGEST_CYCLE = 40

WORTH_POLISHING = 1.01
"""Cost of annealed setups, in that of the best plan, up to which the best lots for them
are worth a linear program."""

PROGRAM_TURNS = 2
"""Small programs after each annealing cycle."""

SMALL_PROGRAM_S = 0.6
"""Seconds of the longest small program."""

SHARES_MOST = 400_000
"""Shares of demand above which the location form is too large to be of help."""

DONE = object()

ROUNDED = 1e-6
"""Share of the cost by which a bound is lowered: solvers prove to their tolerance."""


def plan_lots(
    problem: LotSizingProblem,
    options: SolveOptions,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> LotPlan:
    """Return a plan of low cost, with a bound on how low it can be.

    Parameters
    ----------
    problem
        What is asked for, and what binds it.
    options
        Clock, time limit or budget of work (slices of annealing and small programs),
        seed, and whether the checker judges the plan.
    on_progress
        Called with objective and bound at each better plan or bound, from any thread.
    cancelled
        Asked after each step of the search; once true, the solve ends with what it has.

    Returns
    -------
    LotPlan
        `optimal` if the bound is reached, `feasible`, `infeasible` if that is proven,
        or `unknown` if no plan was found in time.

    Raises
    ------
    CheckError
        If a plan was called feasible and the checker refused it.

    References
    ----------
    Trigeiro, Thomas, McClain (1989), "Capacitated lot sizing with setup times",
    Management Science 35(3): the problem. Helber, Sahling (2010), "A fix-and-optimize
    approach for the multi-level capacitated lot sizing problem", International Journal
    of Production Economics 123(2): small programs.

    Examples
    --------
    A setup costs 10, a unit kept for a period 1; both demands are made at once:

    >>> from optimizer import SolveOptions
    >>> problem = LotSizingProblem(
    ...     items=Items(holding_cost=np.array([1.0]), setup_cost=np.array([10.0])),
    ...     resources=Resources(capacity=np.full((1, 2), 50.0)),
    ...     demand=np.array([[20.0, 8.0]]),
    ... )
    >>> options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=20)
    >>> plan = plan_lots(problem, options)
    >>> plan.status, plan.objective, plan.quantities.quantities.tolist()
    ('optimal', 18.0, [[28.0, 0.0]])
    """
    return _Solve(problem, options, on_progress, cancelled).plan()


def warm_up() -> None:
    """Load the solvers and compile what a solve needs, so that its time is its own.

    The first time after an installation this takes some ten seconds, later a fraction
    of one.
    """
    from optimizer.options import SolveOptions  # noqa: PLC0415  # for this alone

    tiny = LotSizingProblem(
        items=Items(holding_cost=np.ones(2), setup_cost=np.full(2, 9.0)),
        resources=Resources(capacity=np.full((1, 3), 9.0)),
        demand=np.full((2, 3), 4.0),
        bill=Bill(),
    )
    plan_lots(tiny, SolveOptions(monotonic_s=lambda: 0.0, work_limit=3))


class _Solve:
    """One solve: its program, its searches, its incumbent."""

    def __init__(
        self,
        problem: LotSizingProblem,
        options: SolveOptions,
        on_progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool],
    ) -> None:
        self.problem, self.options, self.cancelled = problem, options, cancelled
        self.begun_s = options.monotonic_s()
        self.incumbent = Incumbent(self._elapsed_s, on_progress=on_progress)
        echelon = echelon_of(problem)
        self.single_level = bool(echelon.single.all())
        self.program = _program(problem, _form_of(problem))
        self.descent = Descent(
            problem,
            self.program,
            seed=options.seed,
            monotonic_s=options.monotonic_s,
        )
        self.annealing = Annealing(problem, echelon, seed=2 * options.seed)
        self.refused: tuple[str, ...] = ()
        self.failures: list[BaseException] = []
        self.infeasible = False
        self.stop = threading.Event()
        self.started = threading.Event()

    def plan(self) -> LotPlan:
        if self.problem.n_items:
            if self.options.work_limit is None:
                self._against_time()
            else:
                self._by_work(self.options.work_limit)
        best = self.incumbent.close()
        if self.failures:
            raise self.failures[0]
        return self._told(best)

    def _elapsed_s(self) -> float:
        return self.options.monotonic_s() - self.begun_s

    def _left_s(self) -> float:
        return self.options.time_limit_s - self._elapsed_s()

    @property
    def _ended(self) -> bool:
        over = self.options.work_limit is None and self._left_s() <= RESERVE_S
        done = self.incumbent.proven or self.infeasible or self.stop.is_set()
        return over or done or self.cancelled()

    def _against_time(self) -> None:
        threads = [
            threading.Thread(target=self._guarded, args=(job,), daemon=True)
            for job in (self._search, self._prove)
        ]
        for thread in threads:
            thread.start()
        # Solvers cannot be stopped: once there is nothing to wait for, nobody does.
        while self._left_s() > RESERVE_S / 2:
            working = [thread for thread in threads if thread.is_alive()]
            over = self.failures or self.incumbent.proven or self.infeasible
            if not working or over or self.cancelled():
                break
            working[0].join(min(POLL_S, max(self._left_s() - RESERVE_S / 2, 0.0)))
        self.stop.set()
        self.started.set()
        for thread in threads:
            if thread.is_alive():
                let_end(thread, self._left_s())

    def _guarded(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # whatever it is, the caller shall see it
            self.failures.append(error)
            self.stop.set()

    def _by_work(self, work: int) -> None:
        """Search and prove in turn, by counts alone."""
        steps = self._steps(Limits(math.inf, NODES))
        for _ in range(work):
            if self._ended or next(steps, DONE) is DONE:
                break
        if not self.cancelled():
            self._prove_with(Limits(math.inf, max(1, work)))

    def _search(self) -> None:
        for _ in self._steps(Limits(SMALL_PROGRAM_S, NODES)):
            if self.incumbent.best is not None:
                self.started.set()
            if self._ended:
                return

    def _first_plan(self, limits: Limits) -> None:
        """Make a plan period by period, where annealing found none."""
        timed = math.isfinite(limits.seconds)
        if timed and not self.single_level and self._first_whole():
            return
        seconds = limits.seconds
        if math.isfinite(seconds):
            seconds = max(0.3 * self._left_s(), 0.2)
        width = max(1, self.problem.n_periods // 5)
        self.descent.fix_and_relax(width, limits._replace(seconds=seconds))
        self._offer(self.descent.found())

    def _first_whole(self) -> bool:
        """Make a plan of several levels by HiGHS, in the small form, and go on from it.

        Relaxed setups ahead of a period take no time: what is fixed period by period
        leaves parts too little of it. Small programs in the location form take long.
        """
        plain = _program(self.problem, "plain")
        arrays = _within_capacity(plain)
        answer = solve_program(arrays, "highs", Limits(WHOLE_SHARE * self._left_s()))
        if answer.values is None:
            return False
        self.descent = Descent(
            self.problem,
            plain,
            seed=self.options.seed,
            monotonic_s=self.options.monotonic_s,
        )
        self.descent.adopt(answer.values)
        self._offer(self.descent.found())
        return True

    def _steps(self, limits: Limits) -> Iterator[None]:
        """Search, a step at a time."""
        annealing, length = self.annealing, FIRST_CYCLE
        for cycle in itertools.count():
            best = self.incumbent.best
            warm = best is not None and cycle % 2 == 1
            annealing.begin(length, best.plan.setups if best and warm else None)
            while not annealing.ended:
                if annealing.improve():
                    self._take_annealed(annealing)
                yield
            length = min(length * 3 // 2, LONGEST_CYCLE)
            # The rule by which lots follow misses some of what the best lots save.
            if annealing.cost < WORTH_POLISHING * self.incumbent.cost:
                if self.descent.polish(annealing.setups, self._short(limits)):
                    self._offer(self.descent.found())
                yield
            if self.descent.values is None:
                self._first_plan(limits)
                yield
            if self.descent.values is not None:
                yield from self._improved(limits, turns=PROGRAM_TURNS)

    def _improved(self, limits: Limits, *, turns: int) -> Iterator[None]:
        for _ in range(turns):
            if self.descent.improve(self._short(limits)):
                self._offer(self.descent.found())
            yield

    def _short(self, limits: Limits) -> Limits:
        """Return limits that end before the deadline."""
        if math.isinf(limits.seconds):
            return limits
        return limits._replace(
            seconds=max(min(limits.seconds, self._left_s() - RESERVE_S), 0.01)
        )

    def _take_annealed(self, annealing: Annealing) -> None:
        found = annealing.plan()
        if found is not None:
            self._offer(Found(*found))

    def _offer(self, found: Found | None) -> None:
        if found is None:
            return
        if self.options.check:
            wrong = check_plan(self.problem, found.plan)
            if wrong:
                self.refused = wrong
                return
        self.incumbent.offer(found)

    def _prove(self) -> None:
        """Bound by the root, then by the whole program from the first plan on."""
        limit_s = self.options.time_limit_s
        if not self.single_level:
            # On several levels the relaxation of the location form takes seconds.
            self._bound_plainly(Limits(PLAIN_SHARE * limit_s))
        self._prove_with(Limits(0.5 * limit_s, 1, effort="relaxed"))
        wait_s = START_SHARE * limit_s - self._elapsed_s()
        if wait_s > 0.0:
            self.stop.wait(wait_s)
        self.started.wait(max(START_SHARE * limit_s, 0.0))
        left_s = self._left_s() - PROVER_RESERVE_S
        if not self._ended and left_s > 0.0:
            self._prove_with(Limits(left_s))

    def _bound_plainly(self, limits: Limits) -> None:
        """Solve the small form, for a first bound and perhaps a plan."""
        plain = lay_out(self.problem, "plain")
        self._take(solve_program(plain.arrays, "scip", limits), plain)

    def _prove_with(self, limits: Limits) -> None:
        """Solve the whole program within limits; take its plan and its bound."""
        same = self.descent.program is self.program
        values = self.descent.values if same else None
        usable = (
            limits.effort == "whole"
            and self.incumbent.best is not None
            and values is not None
        )
        answer = solve_program(
            _within_capacity(self.program),
            "scip",
            limits,
            seed=self.options.seed,
            hint=values if usable else None,
        )
        self._take(answer, self.program)

    def _take(self, answer: Answer, program: Program) -> None:
        if answer.status == "infeasible":
            # A plan that keeps every rule is proof enough that there is one.
            self.infeasible = self.incumbent.best is None
            self.stop.set()
            return
        if answer.values is not None:
            plan = quantities_of(self.problem, program, answer.values)
            self._offer(Found(plan_cost(self.problem, plan), plan))
        if math.isfinite(answer.bound):
            bound = answer.bound + program.constant
            exact = answer.status == "optimal"
            self.incumbent.raise_bound(bound if exact else bound * (1.0 - ROUNDED))

    def _told(self, best: Found | None) -> LotPlan:
        """Return the answer: the best plan, or that there is none."""
        seconds, history = self._elapsed_s(), tuple(self.incumbent.history)
        if best is None:
            if self.problem.n_items == 0:
                best = self._empty()
            elif self.refused and not self.infeasible:
                message = f"the plan was refused: {'; '.join(self.refused)}"
                raise CheckError(message)
        if best is None:
            status: SolveStatus = "infeasible" if self.infeasible else "unknown"
            return LotPlan(
                status=status,
                objective=math.inf,
                bound=self.incumbent.bound,
                gap=math.inf,
                quantities=None,
                history=history,
                seconds=seconds,
            )
        bound = min(self.incumbent.bound, best.cost)
        proven = self.incumbent.proven or best.cost <= bound
        return LotPlan(
            status="optimal" if proven else "feasible",
            objective=best.cost,
            bound=bound,
            gap=(best.cost - bound) / best.cost if best.cost > 0.0 else 0.0,
            quantities=best.plan,
            history=history,
            seconds=seconds,
        )

    def _empty(self) -> Found:
        plan = quantities_of(self.problem, self.program, np.empty(0))
        return Found(0.0, plan)


def _form_of(problem: LotSizingProblem) -> Form:
    """Return the strongest form that is not too large."""
    n_shares = problem.n_items * problem.n_periods * (problem.n_periods + 1) // 2
    return "location" if n_shares <= SHARES_MOST else "plain"


def _program(problem: LotSizingProblem, form: Form) -> Program:
    """Return the program of the search.

    A unit of time beyond all limits costs a setup: enough to drive it out, and no more
    than a solver's arithmetic bears.
    """
    items = problem.items
    most = max(float(items.setup_cost.max(initial=0.0)), 1.0)
    dear = max(most, float(problem.resources.overtime_cost.max(initial=0.0)) * 10.0)
    never = np.full(problem.n_items, np.inf)
    return lay_out(problem, form, elastic=Elastic(dear, never))


def _within_capacity(program: Program) -> Arrays:
    """Return a program in which no time is beyond all limits."""
    upper = program.arrays.upper.copy()
    upper[program.beyond[program.beyond >= 0]] = 0.0
    return program.arrays._replace(upper=upper)

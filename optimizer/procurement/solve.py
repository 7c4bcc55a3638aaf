"""Plan purchases: exact where items stand alone, bound and search where they do not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import CheckError
from optimizer.procurement.check import check_purchases, purchase_cost
from optimizer.procurement.model import solve_mip
from optimizer.procurement.plan import PurchasePlan
from optimizer.procurement.program import program_of
from optimizer.procurement.search.descent import Descent
from optimizer.procurement.search.dual import Dual
from optimizer.result import Progress, relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.options import SolveOptions
    from optimizer.procurement.problem import PurchasingProblem
    from optimizer.procurement.program import IntArray, PurchasingProgram
    from optimizer.result import SolveStatus

__all__ = ["plan_purchases"]

# A gap that ends a solve: a ten-thousandth of the money is less than prices are known.
GAP_DONE = 1e-6
# Offers times periods up to which the whole problem goes to a solver at the end.
SMALL = 600
# The same where work is counted: so small that a solver ends before its time.
TINY, TINY_S = 24, 60.0
# Seconds that a solver may take beyond the limit where the search found no plan.
LAST_S = 10.0
# Steps of the search for each round of the bound, where work is counted.
STEPS_A_ROUND = 10


def plan_purchases(
    problem: PurchasingProblem,
    options: SolveOptions,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> PurchasePlan:
    """Return purchase orders of least cost, with a bound.

    Parameters
    ----------
    problem
        What is needed and offered.
    options
        Time or work limit (a unit of work is a step of the search) and seed. With a
        work limit no solver takes part but for tiny problems, and the answer repeats.
    on_progress
        Called whenever the plan or the bound got better.
    cancelled
        Asked often; True ends the search with the best plan so far.

    Returns
    -------
    PurchasePlan
        Where nothing is shared between items, `optimal` after one dynamic program each.

    Raises
    ------
    CheckError
        If the plan does not pass the checker.

    References
    ----------
    Lagrangean relaxation of what suppliers share, as Basnet and Leung (2005),
    "Inventory lot-sizing with supplier selection", Computers and Operations Research
    32(1), pose the problem; items are put back one by one.

    Examples
    --------
    >>> from optimizer import SolveOptions
    >>> from optimizer.procurement import Item, Offer, PriceBreak, PurchasingProblem
    >>> from optimizer.procurement import Supplier
    >>> problem = PurchasingProblem(
    ...     items=(Item(name="bolt", needs=(4.0, 6.0), holding_cost=0.1),),
    ...     suppliers=(Supplier(name="S", order_cost=5.0),),
    ...     offers=(
    ...         Offer(item="bolt", supplier="S",
    ...               prices=(PriceBreak(quantity=0.0, price=1.0),)),
    ...     ),
    ... )
    >>> options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=50)
    >>> plan = plan_purchases(problem, options)
    >>> plan.status, round(plan.objective, 6), plan.orders[0].quantity
    ('optimal', 15.6, 10.0)
    """
    return _Solve(problem, options, on_progress, cancelled).run()


class _Solve:
    """One solve: what is known so far, and when it ends."""

    def __init__(
        self,
        problem: PurchasingProblem,
        options: SolveOptions,
        on_progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool],
    ) -> None:
        self._problem, self._options = problem, options
        self._tell, self._cancelled = on_progress, cancelled
        self._begun_s = options.monotonic_s()
        self._program: PurchasingProgram = program_of(problem)
        self._history: list[Progress] = []
        self._cost, self._bound = math.inf, -math.inf
        self._lots: IntArray | None = None
        self._work = 0

    def run(self) -> PurchasePlan:
        """Solve, check and tell."""
        dual = Dual(self._program)
        try:
            dual.advance(math.inf)
            self._note_bound(dual.bound)
            if dual.is_infeasible:
                return self._infeasible()
            self._search(dual)
        finally:
            dual.close()
        if self._is_small and not self._proven and not self._cancelled():
            answer = self._whole()
            if answer == "infeasible":
                return self._infeasible()
        if self._lots is None:
            return self._infeasible_or_unknown()
        return self._plan()

    @property
    def _is_small(self) -> bool:
        most = SMALL if self._options.work_limit is None else TINY
        return self._program.limit.size <= most

    def _search(self, dual: Dual) -> None:
        program = self._program
        descent = Descent(program, np.random.default_rng(self._options.seed))  # noqa: TID251
        for share in (0.3, 1.0):
            descent.build(share=share)
            descent.fit_contracts()
            fits = descent.fit_shares()
            self._take(descent, fits=fits)
            if not program.is_coupled and fits and not self._limited:
                return
        while not self._done() and descent.sweep():
            self._take(descent, fits=fits)
        if self._is_small and self._time_share() < 1.0:
            # A solver proves small ones; a few rounds are enough before it.
            for _ in range(30):
                if self._done():
                    return
                self._advance(dual)
                descent.shake()
                self._take(descent, fits=descent.fits)
            return
        while not self._done():
            begun_s = self._options.monotonic_s()
            self._advance(dual)
            spent_s = self._options.monotonic_s() - begun_s
            self._shake(descent, spent_s)

    def _shake(self, descent: Descent, spent_s: float) -> None:
        """Search as long as the bound took, or ten steps where work is counted."""
        clock = self._options.monotonic_s
        until_s = clock() + 2.0 * spent_s
        for step in range(1 << 30):
            counted = self._options.work_limit is not None
            over = step >= STEPS_A_ROUND if counted else clock() >= until_s
            if over or self._done():
                return
            self._work += 1
            descent.shake()
            self._take(descent, fits=descent.fits)

    def _advance(self, dual: Dual) -> None:
        dual.advance(self._cost)
        self._work += 1
        self._note_bound(dual.bound)

    @property
    def _limited(self) -> bool:
        return bool((self._program.share_max < 1.0).any())

    def _time_share(self) -> float:
        spent = self._options.monotonic_s() - self._begun_s
        return spent / self._options.time_limit_s

    @property
    def _proven(self) -> bool:
        return self._cost - self._bound <= GAP_DONE * max(1.0, abs(self._cost))

    def _done(self) -> bool:
        if self._cancelled() or self._time_share() >= 1.0:
            return True
        limit = self._options.work_limit
        if limit is not None and self._work >= limit:
            return True
        return self._proven

    def _note_bound(self, bound: float) -> None:
        # A coarse lattice leaves plans out: its sums bound nothing.
        if self._program.exact and bound > self._bound:
            self._bound = bound
            self._note()

    def _take(self, descent: Descent, *, fits: bool) -> None:
        if not fits or not descent.served or descent.cost >= self._cost - 1e-9:
            return
        if not self._keeps_contracts(descent.lots):
            return
        self._cost, self._lots = descent.cost, descent.lots.copy()
        self._note()

    def _keeps_contracts(self, lots: IntArray) -> bool:
        program = self._program
        if not program.binding.any():
            return True
        spent = np.zeros(len(program.order_cost))
        row = {one.name: at for at, one in enumerate(self._problem.suppliers)}
        for order in program.orders(lots):
            spent[row[order.supplier]] += order.price * order.quantity
        short = program.minimum_spend - spent > 1e-6 * np.maximum(spent, 1.0)
        return not bool((short & program.binding).any())

    def _note(self) -> None:
        if not math.isfinite(self._cost):
            return
        line = Progress(
            seconds=self._options.monotonic_s() - self._begun_s,
            objective=self._cost,
            bound=min(self._bound, self._cost),
        )
        self._history.append(line)
        if self._tell is not None:
            self._tell(line)

    def _whole(self) -> str:
        left_s = self._options.time_limit_s * (1.0 - self._time_share())
        if self._options.work_limit is not None:
            left_s = TINY_S
        answer = solve_mip(self._program, seconds=left_s)
        if answer.lots is not None:
            cost = sum(
                purchase_cost(self._problem, self._program.orders(answer.lots)).values()
            )
            if cost < self._cost - 1e-9:
                self._cost, self._lots = cost, answer.lots
        self._note_bound(answer.bound)
        return answer.status

    def _infeasible_or_unknown(self) -> PurchasePlan:
        if not self._cancelled():
            answer = solve_mip(self._program, seconds=LAST_S)
            if answer.status == "infeasible":
                return self._infeasible()
            if answer.lots is not None:
                self._lots = answer.lots
                self._note_bound(answer.bound)
                return self._plan()
        seconds = self._options.monotonic_s() - self._begun_s
        return PurchasePlan(status="unknown", bound=self._bound, seconds=seconds)

    def _infeasible(self) -> PurchasePlan:
        seconds = self._options.monotonic_s() - self._begun_s
        return PurchasePlan(status="infeasible", seconds=seconds)

    def _plan(self) -> PurchasePlan:
        assert self._lots is not None, "there is a plan"
        orders = self._program.orders(self._lots)
        costs = purchase_cost(self._problem, orders)
        total = math.fsum(costs.values())
        bound = min(self._bound, total)
        gap = relative_gap(total, bound)
        status: SolveStatus = "optimal" if gap <= GAP_DONE else "feasible"
        plan = PurchasePlan(
            status=status,
            objective=total,
            bound=bound,
            gap=gap,
            orders=orders,
            costs=costs,
            history=tuple(self._history),
            seconds=self._options.monotonic_s() - self._begun_s,
        )
        wrong = check_purchases(self._problem, plan) if self._options.check else ()
        if wrong:
            message = f"the purchase plan was refused: {'; '.join(wrong)}"
            raise CheckError(message)
        return plan

"""Plans for suppliers that are late by chance: judged and mended over futures."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import OptionsError
from optimizer.procurement._kernels.risk import stock_costs
from optimizer.procurement.check import purchase_cost
from optimizer.procurement.program import program_of
from optimizer.procurement.solve import plan_purchases
from optimizer.result import relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optimizer.options import SolveOptions
    from optimizer.procurement.plan import PurchaseOrder, PurchasePlan
    from optimizer.procurement.problem import Offer, PurchasingProblem
    from optimizer.procurement.program import FloatArray, IntArray
    from optimizer.result import Progress

__all__ = ["Futures", "RiskMeasure", "RiskPlan", "plan_with_risk", "simulated_costs"]

# Probabilities to be on time that plans are made for; then the best one is taken.
ON_TIME = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
FUTURES = 400
# Times the cost of what is missing, one after the other, where service falls short.
SERVICE_FACTORS = (4.0, 16.0, 64.0, 256.0, 1024.0)
CAREFUL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskMeasure:
    """What counts of uncertain costs.

    Parameters
    ----------
    tail
        Share of the worst futures, in (0, 1].
    tail_weight
        Weight of their mean (conditional value at risk), in [0, 1]; the rest is the
        weight of the mean of all.
    service_min
        Least mean share of need that is there in its period, in [0, 1]; 0 for none.

    Raises
    ------
    OptionsError
        If an entry is not allowed.
    """

    tail: float = 0.05
    tail_weight: float = 0.0
    service_min: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.tail <= 1.0:
            message = f"tail must be in (0, 1], was {self.tail}"
            raise OptionsError(message)
        for name in ("tail_weight", "service_min"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                message = f"{name} must be in [0, 1], was {value}"
                raise OptionsError(message)

    def of(self, costs: FloatArray) -> float:
        """Return the measure of costs over futures.

        Parameters
        ----------
        costs
            ndarray of shape (n_futures,), float64.

        References
        ----------
        Rockafellar and Uryasev (2000), "Optimization of conditional value-at-risk",
        Journal of Risk 2(3).
        """
        n = max(1, math.ceil(self.tail * costs.size))
        worst = float(np.sort(costs)[-n:].mean())
        return (1.0 - self.tail_weight) * float(costs.mean()) + self.tail_weight * worst


@dataclass(frozen=True, slots=True, eq=False)
class Futures:
    """How late every possible order is, drawn once: plans meet the same luck.

    Parameters
    ----------
    late
        ndarray of shape (n_futures, n_offers, n_periods), int64: periods late of an
        order by offer, in the order of the problem, and period in which it is placed.
    """

    late: IntArray

    @classmethod
    def drawn(
        cls, problem: PurchasingProblem, rng: np.random.Generator, n: int = FUTURES
    ) -> Futures:
        """Draw futures of a problem.

        Parameters
        ----------
        problem
            Its offers' lateness.
        rng
            Draws.
        n
            Futures, >= 1.
        """
        uniform = rng.random((n, len(problem.offers), problem.n_periods))
        late = np.zeros(uniform.shape, np.int64)
        for k, offer in enumerate(problem.offers):
            law = offer.lateness
            at = np.searchsorted(
                np.cumsum(law.probability), uniform[:, k], side="right"
            )
            values = np.array(law.periods, np.int64)
            late[:, k] = values[np.minimum(at, len(values) - 1)]
        return cls(late)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPlan:
    """A plan that was chosen for uncertain lead times.

    Parameters
    ----------
    plan
        Its `objective` is the cost if everybody is on time.
    on_time
        Probability to be on time that it was made for.
    expected_cost, tail_cost
        Mean over futures, and over the worst of them.
    service
        Mean share of need that is there in its period.
    deterministic_cost
        Mean over the same futures of the plan that trusts all lead times.
    """

    plan: PurchasePlan
    on_time: float
    expected_cost: float
    tail_cost: float
    service: float
    deterministic_cost: float


def simulated_costs(
    problem: PurchasingProblem, orders: Sequence[PurchaseOrder], futures: Futures
) -> tuple[FloatArray, float]:
    """Return what orders cost in each future, and the mean service.

    Parameters
    ----------
    problem
        Its prices and needs; an item whose units must not be missing needs a
        `shortage_cost` here, else what is missing is free.
    orders
        Of a plan.
    futures
        How late they are.

    Returns
    -------
    tuple of ndarray of shape (n_futures,), float64, and float
        Money; share of need that is there in its period.
    """
    parts = purchase_cost(problem, orders)
    fixed = sum(parts[n] for n in ("purchase", "freight", "ordering", "contracts"))
    total = np.full(len(futures.late), fixed)
    row = {one.key: k for k, one in enumerate(problem.offers)}
    program = program_of(problem)
    missing = needed = 0.0
    for at, item in enumerate(problem.items):
        own = [order for order in orders if order.item == item.name]
        late = np.zeros((len(futures.late), len(own)), np.int64)
        for column, one in enumerate(own):
            late[:, column] = futures.late[:, row[one.offer], one.period]
        costs = program.table.costs[at].copy()
        costs[1] = max(costs[1], 0.0)
        money, short = stock_costs(
            program.table.stock[at],
            costs,
            item.end_value,
            np.array([one.arrival for one in own], np.int64),
            np.array([one.quantity for one in own], np.float64),
            late,
        )
        total += money
        # Units that wait for several periods are missing in each of them.
        missing += float(np.minimum(short, sum(item.needs)).mean())
        needed += sum(item.needs)
    service = 1.0 - missing / needed if needed else 1.0
    return total, service


def plan_with_risk(
    problem: PurchasingProblem,
    options: SolveOptions,
    *,
    rng: np.random.Generator,
    measure: RiskMeasure | None = None,
    n_futures: int = FUTURES,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> RiskPlan:
    """Return the plan that is best over futures in which suppliers are late.

    Plans are made for lead times that are kept with several probabilities: who is late
    often is ordered from earlier, or less. Items that share nothing then each take the
    orders of the plan that is best for them. Where service falls short of what it must
    be, plans are made for ever dearer shortages.

    Parameters
    ----------
    problem
        With the lateness of its offers.
    options
        Limits of all solves together.
    rng
        Draws the futures.
    measure
        What counts; None: the mean.
    n_futures
        Futures that judge, >= 1.
    on_progress
        Called as `plan_purchases` does, for each plan.
    cancelled
        Asked often; True ends the search with the best of the plans so far.

    Returns
    -------
    RiskPlan
        Never worse over its futures than the plan that trusts all lead times.
    """
    wanted = measure or RiskMeasure()
    futures = Futures.drawn(problem, rng, n_futures)
    n_solves = len(ON_TIME) + (len(SERVICE_FACTORS) if wanted.service_min else 0)
    per_solve = replace(options, time_limit_s=options.time_limit_s / n_solves)

    def planned(other: PurchasingProblem) -> PurchasePlan:
        return plan_purchases(
            other, per_solve, on_progress=on_progress, cancelled=cancelled
        )

    tried, trusting = _tried(problem, planned, cancelled)
    if not tried:
        return _told(problem, trusting, futures, wanted, on_time=0.0, trusted=math.nan)
    for factor in SERVICE_FACTORS:
        if cancelled() or _serves(problem, tried, futures, wanted):
            break
        plan = planned(_dearer(_cautious(problem, CAREFUL), factor))
        tried += [(CAREFUL, _as_placed(problem, plan))] if plan.orders else []
    if not program_of(problem).is_coupled:
        tried.append((math.nan, _best_by_item(problem, tried, futures, wanted)))
    trusted = float(simulated_costs(problem, tried[0][1].orders, futures)[0].mean())
    level, plan = min(
        tried, key=lambda one: _judged(problem, one[1].orders, futures, wanted)
    )
    # Cautious plans keep longer lead times: their bounds are none of this problem.
    bound = min(tried[0][1].bound if tried[0][0] == 0.0 else -math.inf, plan.objective)
    gap = relative_gap(plan.objective, bound)
    plan = replace(plan, bound=bound, gap=gap)
    return _told(problem, plan, futures, wanted, on_time=level, trusted=trusted)


def _tried(
    problem: PurchasingProblem,
    planned: Callable[[PurchasingProblem], PurchasePlan],
    cancelled: Callable[[], bool],
) -> tuple[list[tuple[float, PurchasePlan]], PurchasePlan]:
    """Return a plan for each probability to be on time, and the one that trusts."""
    trusting = planned(problem)
    tried: list[tuple[float, PurchasePlan]] = []
    if trusting.orders or trusting.status == "optimal":
        tried.append((ON_TIME[0], _as_placed(problem, trusting)))
    if trusting.status == "infeasible":
        return tried, trusting
    seen = [problem]
    for level in ON_TIME[1:]:
        cautious = _cautious(problem, level)
        if cancelled():
            break
        if cautious in seen:
            continue
        seen.append(cautious)
        plan = planned(cautious)
        if plan.orders or plan.status == "optimal":
            tried.append((level, _as_placed(problem, plan)))
    return tried, trusting


def _serves(
    problem: PurchasingProblem,
    tried: Sequence[tuple[float, PurchasePlan]],
    futures: Futures,
    wanted: RiskMeasure,
) -> bool:
    """Say whether some plan serves as well as it must."""
    return wanted.service_min == 0.0 or any(
        simulated_costs(problem, plan.orders, futures)[1] >= wanted.service_min
        for _, plan in tried
    )


def _dearer(problem: PurchasingProblem, factor: float) -> PurchasingProblem:
    """Return a problem in which it costs more that something is missing."""
    items = tuple(
        one
        if one.shortage_cost is None
        else replace(one, shortage_cost=factor * one.shortage_cost)
        for one in problem.items
    )
    return replace(problem, items=items)


def _cautious(problem: PurchasingProblem, on_time: float) -> PurchasingProblem:
    """Return a problem with lead times that are kept with a probability."""
    offers = tuple(
        replace(one, lead_periods=one.lead_periods + _extra(one, on_time))
        for one in problem.offers
    )
    return replace(problem, offers=offers)


def _extra(offer: Offer, on_time: float) -> int:
    total = 0.0
    pairs = sorted(zip(offer.lateness.periods, offer.lateness.probability, strict=True))
    for late, share in pairs:
        total += share
        if on_time > 0.0 and total >= on_time - 1e-9:
            return late
    return 0


def _as_placed(problem: PurchasingProblem, plan: PurchasePlan) -> PurchasePlan:
    """Return a cautious plan with the arrivals that suppliers promise."""
    lead = {one.key: one.lead_periods for one in problem.offers}
    orders = tuple(
        replace(one, arrival=one.period + lead[one.offer]) for one in plan.orders
    )
    return _with_orders(problem, plan, orders)


def _with_orders(
    problem: PurchasingProblem, plan: PurchasePlan, orders: tuple[PurchaseOrder, ...]
) -> PurchasePlan:
    costs = purchase_cost(problem, orders)
    total = math.fsum(costs.values())
    bound = min(plan.bound, total)
    return replace(
        plan,
        status="feasible",
        objective=total,
        bound=bound,
        gap=relative_gap(total, bound),
        orders=orders,
        costs=costs,
    )


def _best_by_item(
    problem: PurchasingProblem,
    tried: Sequence[tuple[float, PurchasePlan]],
    futures: Futures,
    measure: RiskMeasure,
) -> PurchasePlan:
    chosen: list[PurchaseOrder] = []
    for item in problem.items:
        alone = replace(
            problem,
            items=(item,),
            offers=tuple(one for one in problem.offers if one.item == item.name),
            open_orders=tuple(o for o in problem.open_orders if o.item == item.name),
        )
        rows = [k for k, one in enumerate(problem.offers) if one.item == item.name]
        own = Futures(futures.late[:, rows])
        options = [
            [order for order in plan.orders if order.item == item.name]
            for _, plan in tried
        ]
        worth = [_judged(alone, orders, own, measure) for orders in options]
        chosen += options[worth.index(min(worth))]
    chosen.sort(key=lambda order: (order.period, *order.offer))
    return _with_orders(problem, tried[0][1], tuple(chosen))


def _judged(
    problem: PurchasingProblem,
    orders: Sequence[PurchaseOrder],
    futures: Futures,
    measure: RiskMeasure,
) -> tuple[float, float]:
    """Order plans: those that serve well enough first, then by what counts."""
    costs, service = simulated_costs(problem, orders, futures)
    return max(measure.service_min - service, 0.0), measure.of(costs)


def _told(
    problem: PurchasingProblem,
    plan: PurchasePlan,
    futures: Futures,
    measure: RiskMeasure,
    *,
    on_time: float,
    trusted: float,
) -> RiskPlan:
    costs, service = simulated_costs(problem, plan.orders, futures)
    worst = replace(measure, tail_weight=1.0)
    return RiskPlan(
        plan=plan,
        on_time=on_time,
        expected_cost=float(costs.mean()),
        tail_cost=worst.of(costs),
        service=service,
        deterministic_cost=trusted,
    )

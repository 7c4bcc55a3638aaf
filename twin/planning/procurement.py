"""Purchases: a network or a file to a problem, orders and pegs to rows of tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from optimizer import SolveOptions
from optimizer.procurement import (
    Item,
    Lateness,
    Offer,
    OpenOrder,
    PriceBreak,
    PurchasePlan,
    PurchasingProblem,
    Supplier,
    peg_needs,
    read_purchases,
)
from optimizer.procurement.risk import RiskMeasure, plan_with_risk
from optimizer.procurement.solve import plan_purchases
from optimizer.result import Progress
from twin.errors import InputError
from twin.model.laws import CONSTANT
from twin.model.records import SUPPLIER
from twin.planning.base_stock import cheapest_sources
from twin.planning.inventory import point_moments
from twin.planning.structure import planning_structure
from twin.planning.timing import lead_periods

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.model.network import Network
    from twin.planning.structure import PlanningStructure

__all__ = [
    "Futures",
    "Progress",
    "PurchasePlan",
    "PurchasingProblem",
    "buy",
    "document_of",
    "problem_of_file",
    "purchasing_problem",
]

# Parts of equal chance that a lead time is cut into.
LEAD_PARTS = 20
# Money a unit missing and review, as a share of what it costs: goods that are bought
# stop whatever is made of them.
SHORTAGE_SHARE = 0.5
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Futures:
    """Futures in which suppliers are late.

    Attributes
    ----------
    rng : numpy.random.Generator
        Draws them.
    n : int
        How many, >= 1.
    tail_weight : float
        Weight of the worst twentieth of them, in [0, 1].
    """

    rng: np.random.Generator
    n: int
    tail_weight: float = 0.0


def problem_of_file(path: Path) -> PurchasingProblem:
    """Return the problem of a file of our own form.

    Parameters
    ----------
    path
        See docs/procurement.md.

    Raises
    ------
    ProblemError
        If it is not of that form.
    """
    return read_purchases(path)


def purchasing_problem(
    network: Network,
    *,
    n_periods: int,
    safety_reviews: float = 0.0,
    history: NDArray[np.float64] | None = None,
) -> PurchasingProblem:
    """Translate what a network buys; a period is a review.

    Parameters
    ----------
    network : Network
        Its lanes from suppliers are the offers; its stock and open orders are there.
    n_periods : int
        Reviews, >= 1.
    safety_reviews : float
        Safety stock in reviews of mean use, >= 0.
    history : ndarray of shape (n_demands, n_reviews), float64 or None
        What customers asked for, instead of the laws of the network.

    Returns
    -------
    PurchasingProblem
        Items are named ``item@site``. Needs are mean use, exploded over bills.

    Raises
    ------
    InputError
        If nothing is bought.
    """
    structure = planning_structure(network)
    mean, _ = point_moments(structure, cheapest_sources(structure), history)
    bought = _bought(structure)
    points = sorted(
        {int(structure.problem.output_point[a]) for a in bought}
        & set(np.flatnonzero(mean > 0.0).tolist())
    )
    if not points:
        msg = f"network {network.settings.name!r}: nothing that is used is bought"
        raise InputError(msg)
    names = {point: _name(network, point) for point in points}
    items = tuple(
        _item(
            structure,
            point,
            float(mean[point]),
            n_periods=n_periods,
            safety_reviews=safety_reviews,
        )
        for point in points
    )
    offers = tuple(
        _offer(structure, activity, names[point], n_periods)
        for activity in bought
        if (point := int(structure.problem.output_point[activity])) in names
    )
    used = {one.supplier for one in offers}
    return PurchasingProblem(
        items=items,
        suppliers=tuple(_suppliers(network, used, n_periods)),
        offers=_unique(offers),
        open_orders=_open_orders(network, names, n_periods),
        period_days=network.settings.review_us / DAY_US,
    )


def buy(
    problem: PurchasingProblem,
    *,
    monotonic_s: Callable[[], float],
    seconds: float,
    seed: int = 0,
    lateness: Futures | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[PurchasePlan, dict[str, float]]:
    """Return a purchase plan, and what is known of it under lateness.

    Parameters
    ----------
    problem
        What is needed and offered.
    monotonic_s
        A clock in seconds.
    seconds
        Time limit, > 0.
    seed
        Seed of the search, >= 0.
    lateness
        Futures in which suppliers are late that judge the plan; None: nobody is late.
    on_progress, cancelled
        As `optimizer.procurement.solve.plan_purchases`.
    """
    options = SolveOptions(monotonic_s=monotonic_s, time_limit_s=seconds, seed=seed)
    if lateness is None:
        plan = plan_purchases(
            problem, options, on_progress=on_progress, cancelled=cancelled
        )
        return plan, {}
    found = plan_with_risk(
        problem,
        options,
        rng=lateness.rng,
        measure=RiskMeasure(tail_weight=lateness.tail_weight),
        n_futures=lateness.n,
        on_progress=on_progress,
    )
    return found.plan, {
        "expected_cost": found.expected_cost,
        "tail_cost": found.tail_cost,
        "service": found.service,
        "expected_cost_trusting": found.deterministic_cost,
    }


def document_of(
    problem: PurchasingProblem, plan: PurchasePlan, risk: dict[str, float]
) -> dict[str, Any]:
    """Return a plan as a document of JSON.

    Parameters
    ----------
    problem, plan, risk
        As `buy` takes and returns them.

    Returns
    -------
    dict
        `status`, `objective`, `bound`, `gap`, `seconds`, `costs`, `risk`, `orders`,
        `pegs`, `conflict`, `repair`; what is not finite is None.
    """
    solved = plan.status not in {"infeasible", "unknown"}
    return {
        "status": plan.status,
        "objective": _finite(plan.objective),
        "bound": _finite(plan.bound),
        "gap": _finite(plan.gap),
        "seconds": round(plan.seconds, 3),
        "costs": dict(plan.costs),
        "risk": {key: _finite(value) for key, value in risk.items()},
        "orders": [asdict(order) for order in plan.orders],
        "pegs": [asdict(p) for p in peg_needs(problem, plan.orders)] if solved else [],
        "conflict": list(plan.conflict),
        "repair": list(plan.repair),
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _name(network: Network, point: int) -> str:
    stock = network.stock
    item = network.items.ids[stock.item_index[point]]
    return f"{item}@{network.places.ids[stock.site_index[point]]}"


def _bought(structure: PlanningStructure) -> list[int]:
    """Return the activities that bring goods from suppliers."""
    network = structure.network
    lane = structure.activity_lane[: structure.n_lane_activities]
    kind = network.places.kind[network.lanes.from_place_index[lane]]
    found: list[int] = np.flatnonzero(kind == SUPPLIER).tolist()
    return found


def _item(
    structure: PlanningStructure,
    point: int,
    mean: float,
    *,
    n_periods: int,
    safety_reviews: float,
) -> Item:
    network = structure.network
    stock = network.stock
    cost = float(network.items.unit_cost[stock.item_index[point]])
    shortage = max(SHORTAGE_SHARE * cost, 1e-6)
    return Item(
        name=_name(network, point),
        # Whole units, that add up: boxes and pallets hold no parts of one.
        needs=tuple(np.diff(np.round(mean * np.arange(n_periods + 1))).tolist()),
        stock=float(np.floor(max(stock.on_hand[point], 0.0))),
        holding_cost=float(structure.problem.holding_cost[point]),
        shortage_cost=shortage,
        safety_stock=float(round(safety_reviews * mean)),
        safety_cost=0.5 * shortage,
    )


def _offer(
    structure: PlanningStructure, activity: int, name: str, n_periods: int
) -> Offer:
    network = structure.network
    lanes, lane = network.lanes, int(structure.activity_lane[activity])
    planned, late = _lead(structure, activity)
    reviews = network.settings.review_us / network.settings.period_us
    most = float(lanes.capacity_per_period[lane]) * reviews
    multiple = float(lanes.multiple[lane])
    return Offer(
        item=name,
        supplier=network.places.ids[lanes.from_place_index[lane]],
        prices=(PriceBreak(quantity=0.0, price=float(lanes.price[lane])),),
        lead_periods=planned,
        minimum=max(float(lanes.minimum[lane]), 0.0),
        multiple=multiple if multiple > 0.0 else 1.0,
        capacity=(most,) * n_periods if np.isfinite(most) else None,
        order_cost=float(lanes.fixed_cost[lane]),
        freight=float(lanes.unit_cost[lane]),
        lateness=late,
    )


def _lead(structure: PlanningStructure, activity: int) -> tuple[int, Lateness]:
    """Return the planned lead time, reviews, and how much later goods may come."""
    network = structure.network
    lanes, lane = network.lanes, int(structure.activity_lane[activity])
    review_us = network.settings.review_us
    need_us = int(structure.first_need_us[structure.problem.output_point[activity]])
    mean_us, spread = lanes.lead_time_s[lane] * 1e6, lanes.lead_time_cv[lane]
    times = np.array([mean_us])
    if lanes.lead_time_law[lane] != CONSTANT and spread > 0.0:
        sigma = np.sqrt(np.log1p(spread**2))
        z = special.ndtri((np.arange(LEAD_PARTS) + 0.5) / LEAD_PARTS)
        times = mean_us * np.exp(sigma * z - 0.5 * sigma**2)
    planned = int(lead_periods(np.array([mean_us]), review_us, period_us=need_us)[0])
    late = lead_periods(times, review_us, period_us=need_us) - planned
    values, n = np.unique(np.maximum(late, 0), return_counts=True)
    law = Lateness(
        periods=tuple(values.tolist()), probability=tuple((n / n.sum()).tolist())
    )
    return planned, law


def _unique(offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """Keep the cheapest of several lanes between the same two for the same item."""
    best: dict[tuple[str, str], Offer] = {}
    for offer in offers:
        key = offer.item, offer.supplier
        price = offer.prices[0].price + offer.freight
        known = best.get(key)
        if known is None or price < known.prices[0].price + known.freight:
            best[key] = offer
    return tuple(best.values())


def _suppliers(network: Network, used: set[str], n_periods: int) -> list[Supplier]:
    places = network.places
    reviews = network.settings.review_us / network.settings.period_us
    found = []
    for row, name in enumerate(places.ids):
        if name in used:
            most = float(places.dispatch_capacity_per_period[row]) * reviews
            capacity = (most,) * n_periods if np.isfinite(most) else None
            found.append(Supplier(name=name, capacity=capacity))
    return found


def _open_orders(
    network: Network, names: dict[int, str], n_periods: int
) -> tuple[OpenOrder, ...]:
    """Return what is on its way to the points from anywhere."""
    orders, stock, settings = network.open_orders, network.stock, network.settings
    point_of = {
        (int(stock.item_index[point]), int(stock.site_index[point])): name
        for point, name in names.items()
    }
    found = []
    for row in range(len(orders.ids)):
        key = int(orders.item_index[row]), int(orders.to_place_index[row])
        wait = np.array([float(orders.due_us[row] - settings.as_of_us)])
        period = int(
            lead_periods(wait, settings.review_us, period_us=settings.review_us)[0]
        )
        quantity = float(orders.quantity[row])
        if key in point_of and period < n_periods and quantity > 0.0:
            found.append(
                OpenOrder(item=point_of[key], period=period, quantity=quantity)
            )
    return tuple(found)

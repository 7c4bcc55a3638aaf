"""Stock policies: a network to a problem, policies to the stock table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from optimizer import SolveOptions
from optimizer.inventory.problem import (
    DemandLaw,
    InventoryProblem,
    ItemPolicy,
    LeadTime,
    ServiceTarget,
    StockItem,
)
from optimizer.inventory.solve import Simulated, plan_inventory
from optimizer.result import Progress
from twin.errors import InputError
from twin.model.laws import CONSTANT
from twin.model.tables import POLICIES
from twin.planning.base_stock import cheapest_sources
from twin.planning.stock_demand import stock_demand
from twin.planning.structure import planning_structure
from twin.planning.timing import lead_periods

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from optimizer.inventory.problem import InventoryPlan
    from twin.model.network import Network
    from twin.planning.stock_demand import SumForecast
    from twin.planning.structure import PlanningStructure

    Simulate = Callable[[Sequence[ItemPolicy]], Mapping[str, Simulated]]

__all__ = [
    "ItemPolicy",
    "Progress",
    "Simulated",
    "StockProblem",
    "plan_stock",
    "stock_problem",
    "with_policies",
]

# Parts of equal chance that a lead time is cut into.
LEAD_PARTS = 20
# Shares of the yearly value of use at which classes A and B end.
CLASS_ENDS = (0.8, 0.95)
CLASSES = ("A", "B", "C")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockProblem:
    """The stock points of a network as items on their own.

    Attributes
    ----------
    structure : PlanningStructure
        Of the network.
    problem : InventoryProblem
        An item for each point that is replenished and used; a period is a review.
    points : ndarray of shape (n_items,), int64
        Stock point of each item.
    left_out : tuple of str
        Points that are not planned, and why.
    """

    structure: PlanningStructure
    problem: InventoryProblem
    points: NDArray[np.int64]
    left_out: tuple[str, ...]


def stock_problem(
    network: Network,
    *,
    services: Mapping[str, float],
    history: NDArray[np.float64] | None = None,
    forecast: SumForecast | None = None,
) -> StockProblem:
    """Translate the stock points of a network.

    Parameters
    ----------
    network : Network
        Its lanes, bills, costs and demands.
    services : mapping of str to float
        Fill rate by class, A, B and C by value of use; "" for all classes. In (0, 1).
    history : ndarray of shape (n_demands, n_reviews), float64 or None
        What customers asked for; from 8 reviews on its moments count instead of the
        laws of the network, from 26 on the values themselves where only customers take
        from a point.
    forecast : callable or None
        Makes quantiles of coming demand, summed over the time that stock must cover, of
        that history; they then count in place of its moments and values.

    Returns
    -------
    StockProblem

    Raises
    ------
    InputError
        If nothing can be planned, or a class is not known.
    """
    structure = planning_structure(network)
    source = cheapest_sources(structure)
    leads = {
        point: _lead(structure, int(source[point]), point)
        for point in np.flatnonzero(source >= 0).tolist()
    }
    longest = max((int(lead.longest) for lead in leads.values()), default=0)
    demand = stock_demand(
        structure, source, history=history, forecast=forecast,
        n_periods_max=longest + max(1, structure.campaign),
    )  # fmt: skip
    items, points, left_out = [], [], []
    groups = _groups(network, demand.mean, services)
    for point in range(structure.problem.n_points):
        name, activity = _name(network, point), int(source[point])
        if demand.mean[point] <= 0.0:
            left_out.append(f"{name}: nobody asks for it")
        elif activity < 0:
            left_out.append(f"{name}: nothing brings it")
        else:
            group = groups[point]
            made = activity >= structure.n_lane_activities
            review = structure.campaign if made else 1
            item = _item(
                structure,
                point,
                activity,
                law=demand.law(point, leads[point], review),
                lead=leads[point],
                review=review,
                group=group,
                service=ServiceTarget(kind="fill", level=services[group]),
            )
            items.append(item)
            points.append(point)
    if not items:
        msg = (
            f"network {network.settings.name!r}: no stock point is used and replenished"
        )
        raise InputError(msg)
    problem = InventoryProblem(items=tuple(items))
    return StockProblem(
        structure=structure,
        problem=problem,
        points=np.array(points, np.int64),
        left_out=tuple(left_out),
    )


def plan_stock(
    found: StockProblem,
    *,
    monotonic_s: Callable[[], float],
    seconds: float = 60.0,
    simulate: Simulate | None = None,
    rounds: int = 3,
    on_progress: Callable[[Progress], None] | None = None,
) -> InventoryPlan:
    """Return the policies of all stock points, checked.

    Parameters
    ----------
    found
        See `stock_problem`.
    monotonic_s
        A clock in seconds.
    seconds
        Time limit of the methods, > 0.
    simulate, rounds, on_progress
        As `optimizer.inventory.solve.plan_inventory`.
    """
    options = SolveOptions(monotonic_s=monotonic_s, time_limit_s=seconds)
    return plan_inventory(
        found.problem,
        options,
        simulate=simulate,
        rounds=rounds,
        on_progress=on_progress,
    )


def with_policies(found: StockProblem, policies: Sequence[ItemPolicy]) -> Network:
    """Return the network with policies in its stock table.

    Parameters
    ----------
    found
        The points of the policies.
    policies
        In the order of the items of the problem.
    """
    network = found.structure.network
    stock = network.stock
    kind, point_of = stock.policy.copy(), found.points
    kind[point_of] = [POLICIES.index(one.policy) for one in policies]

    def column(now: NDArray[np.float64], values: list[float]) -> NDArray[np.float64]:
        changed = now.copy()
        changed[point_of] = values
        return changed

    changed = replace(
        stock,
        policy=kind,
        reorder_point=column(stock.reorder_point, [p.reorder_point for p in policies]),
        order_up_to=column(
            stock.order_up_to, [max(p.order_up_to, 0.0) for p in policies]
        ),
        order_quantity=column(
            stock.order_quantity, [p.order_quantity for p in policies]
        ),
        safety_stock=column(
            stock.safety_stock, [max(p.safety_stock, 0.0) for p in policies]
        ),
    )
    return replace(network, stock=changed)


def _name(network: Network, point: int) -> str:
    stock = network.stock
    item = network.items.ids[stock.item_index[point]]
    return f"{item}@{network.places.ids[stock.site_index[point]]}"


def _item(
    structure: PlanningStructure,
    point: int,
    activity: int,
    *,
    law: DemandLaw,
    lead: LeadTime,
    review: int,
    group: str,
    service: ServiceTarget,
) -> StockItem:
    network, problem = structure.network, structure.problem
    fixed = multiple = 0.0
    if activity < structure.n_lane_activities:
        lane = structure.activity_lane[activity]
        fixed = float(network.lanes.fixed_cost[lane])
        multiple = float(network.lanes.multiple[lane])
    holding = float(problem.holding_cost[point])
    return StockItem(
        name=_name(network, point),
        demand=law,
        lead=lead,
        review_periods=review,
        # Stock that costs nothing still must not be kept without end.
        holding_cost=holding if holding > 0.0 else 1e-9,
        fixed_cost=fixed,
        unit_cost=float(network.items.unit_cost[network.stock.item_index[point]]),
        multiple=multiple if multiple > 1.0 else None,
        service=service,
        group=group,
    )


def _lead(structure: PlanningStructure, activity: int, point: int) -> LeadTime:
    """Return whole reviews from order to use, by chance."""
    network = structure.network
    review_us = network.settings.review_us
    lead_us = np.array([structure.lead_us[activity]])
    if activity < structure.n_lane_activities:
        lane, lanes = structure.activity_lane[activity], network.lanes
        mean, spread = lanes.lead_time_s[lane] * 1e6, lanes.lead_time_cv[lane]
        if lanes.lead_time_law[lane] != CONSTANT and spread > 0.0:
            sigma = np.sqrt(np.log1p(spread**2))
            chance = (np.arange(LEAD_PARTS) + 0.5) / LEAD_PARTS
            z = special.ndtri(chance)
            lead_us = mean * np.exp(sigma * z - 0.5 * sigma**2)
        else:
            lead_us = np.array([mean])
    counted = lead_periods(
        lead_us, review_us, period_us=int(structure.first_need_us[point])
    )
    values, n_each = np.unique(counted, return_counts=True)
    share = n_each / n_each.sum()
    return LeadTime(
        periods=tuple(float(v) for v in values.tolist()),
        probability=tuple(share.tolist()),
    )


def _groups(
    network: Network, mean: NDArray[np.float64], services: Mapping[str, float]
) -> list[str]:
    """Return the class of each point by its value of use."""
    strange = sorted(set(services) - {*CLASSES, ""})
    if strange or not services:
        msg = f"classes must be of {', '.join(CLASSES)}, was {', '.join(strange)!r}"
        raise InputError(msg)
    if set(services) == {""}:
        return [""] * len(mean)
    missing = sorted(set(CLASSES) - set(services))
    if missing:
        msg = f"classes: {missing[0]} has no service; say A, B and C"
        raise InputError(msg)
    value = mean * network.items.unit_cost[network.stock.item_index]
    order = np.argsort(-value, kind="stable")
    before = np.cumsum(value[order]) - value[order]
    share = before / max(float(value.sum()), 1e-300)
    rank = np.searchsorted(CLASS_ENDS, share, side="right")
    groups = [""] * len(mean)
    for point, at in zip(order.tolist(), rank.tolist(), strict=True):
        groups[point] = CLASSES[at]
    return groups

"""Stock policies: a network or a file to a problem, policies to the stock table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from optimizer import SolveOptions
from optimizer.inventory.formats import read_inventory
from optimizer.inventory.problem import (
    DemandLaw,
    InventoryProblem,
    ItemPolicy,
    LeadTime,
    ServiceTarget,
    StockItem,
)
from optimizer.inventory.solve import (
    Simulated,
    plan_inventory,
    plan_serial,
    plan_tree,
)
from optimizer.result import Progress
from twin.errors import InputError
from twin.model.laws import CONSTANT
from twin.model.tables import POLICIES
from twin.planning.base_stock import (
    cheapest_sources,
    downstream_first,
    review_moments,
)
from twin.planning.structure import planning_structure
from twin.planning.timing import lead_periods

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from optimizer.inventory.problem import InventoryPlan
    from twin.model.network import Network
    from twin.planning.structure import PlanningStructure

    Simulate = Callable[[Sequence[ItemPolicy]], Mapping[str, Simulated]]

__all__ = [
    "ItemPolicy",
    "Progress",
    "Simulated",
    "StockProblem",
    "plan_stock",
    "point_moments",
    "policy_rows",
    "solve_file",
    "stock_problem",
    "with_policies",
]

# Reviews of history from which it tells more than the laws of the network.
HISTORY_MIN = 8
# Reviews from which the values themselves are the law of what customers ask for.
EMPIRICAL_MIN = 26
# Variance over mean above which demand is clustered, and below which it is steady.
CLUSTERED, STEADY = 1.05, 0.95
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
    mean, variance = point_moments(structure, source, history)
    items, points, left_out = [], [], []
    groups = _groups(network, mean, services)
    for point in range(structure.problem.n_points):
        name = _name(network, point)
        if mean[point] <= 0.0:
            left_out.append(f"{name}: nobody asks for it")
        elif source[point] < 0:
            left_out.append(f"{name}: nothing brings it")
        else:
            group = groups[point]
            item = _item(
                structure,
                point,
                int(source[point]),
                group=group,
                law=_law(structure, point, mean, variance, history=history),
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


def solve_file(
    path: Path,
    *,
    monotonic_s: Callable[[], float],
    on_progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Solve all that a file of our own form asks for.

    Parameters
    ----------
    path
        See docs/inventory.md.
    monotonic_s
        A clock in seconds.
    on_progress
        Called after every item.

    Returns
    -------
    dict
        `status`, `objective`, `policies`, `serial` and `trees`: rows of tables.

    Raises
    ------
    ProblemError
        If the file is not of that form.
    """
    file = read_inventory(path)
    options = SolveOptions(monotonic_s=monotonic_s)
    plan = plan_inventory(file.problem, options, on_progress=on_progress)
    serial, rest = [], 0.0
    for name, system in file.serial.items():
        policy = plan_serial(system)
        rest += policy.cost
        rows = zip(
            system.names, policy.echelon_levels, policy.local_levels, policy.lower,
            policy.upper, strict=True,
        )  # fmt: skip
        serial += [
            {"system": name, "stage": stage, "echelon_level": echelon,
             "local_level": local, "lower": low, "upper": high, "cost": policy.cost}
            for stage, echelon, local, low, high in rows
        ]  # fmt: skip
    trees = []
    for name, tree in file.trees.items():
        times = plan_tree(tree)
        rest += times.cost
        trees += [
            {"tree": name, "stage": stage.name, "inbound": times.inbound[at],
             "outbound": times.outbound[at], "safety_stock": times.safety_stock[at],
             "unit_cost": float(tree.unit_cost[at]), "cost": times.cost}
            for at, stage in enumerate(tree.stages)
        ]  # fmt: skip
    return {
        "status": plan.status,
        "objective": plan.objective + rest,
        "policies": policy_rows(plan),
        "serial": serial,
        "trees": trees,
    }


def policy_rows(plan: InventoryPlan) -> list[dict[str, Any]]:
    """Return a row for each policy.

    Parameters
    ----------
    plan
        Its policies, and what a simulation measured of them.
    """
    return [
        {
            "item": one.item,
            "policy": one.policy,
            "reorder_point": one.reorder_point,
            "order_up_to": one.order_up_to,
            "order_quantity": one.order_quantity,
            "safety_stock": one.safety_stock,
            "cost": one.measures.cost,
            "on_hand": one.measures.on_hand,
            "backorder": one.measures.backorder,
            "cycle_service": one.measures.cycle_service,
            "fill_rate": one.measures.fill_rate,
            "simulated_fill_rate": plan.simulated.get(one.item),
        }
        for one in plan.policies
    ]


def _name(network: Network, point: int) -> str:
    stock = network.stock
    item = network.items.ids[stock.item_index[point]]
    return f"{item}@{network.places.ids[stock.site_index[point]]}"


def point_moments(
    structure: PlanningStructure,
    source: NDArray[np.intp],
    history: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance of what is taken from each point in a review.

    Parameters
    ----------
    structure : PlanningStructure
        Of a network; what goes into what follows from its bills and lanes.
    source : ndarray of shape (n_points,), intp
        The activity that replenishes each point, -1 for none.
    history : ndarray of shape (n_demands, n_reviews), float64 or None
        What customers asked for, instead of the laws of the network.

    Returns
    -------
    tuple of ndarray of shape (n_points,), float64
        Units, and units squared.
    """
    problem = structure.problem
    own_mean, own_variance = review_moments(structure.network)
    if history is not None and history.shape[1] >= HISTORY_MIN:
        own_mean, own_variance = history.mean(axis=1), history.var(axis=1, ddof=1)
    mean, variance = np.zeros(problem.n_points), np.zeros(problem.n_points)
    np.add.at(mean, problem.demand_point, own_mean)
    np.add.at(variance, problem.demand_point, own_variance)
    for target in downstream_first(structure, source):
        activity = source[target]
        first, last = problem.input_start[activity : activity + 2]
        inputs, usage = problem.input_point[first:last], problem.input_usage[first:last]
        np.add.at(mean, inputs, usage * mean[target])
        np.add.at(variance, inputs, usage**2 * variance[target])
    return mean, variance


def _law(
    structure: PlanningStructure,
    point: int,
    mean: NDArray[np.float64],
    variance: NDArray[np.float64],
    *,
    history: NDArray[np.float64] | None,
) -> DemandLaw:
    problem = structure.problem
    inner = bool((problem.input_point == point).any())
    if history is not None and history.shape[1] >= EMPIRICAL_MIN and not inner:
        asked = history[problem.demand_point == point].sum(axis=0)
        if asked.sum() > 0.0:
            return DemandLaw.empirical(asked)
    ratio = variance[point] / mean[point]
    if ratio > CLUSTERED:
        return DemandLaw.negative_binomial(float(mean[point]), float(variance[point]))
    if ratio >= STEADY:
        return DemandLaw.poisson(float(mean[point]))
    return DemandLaw.normal(float(mean[point]), float(np.sqrt(variance[point])))


def _item(
    structure: PlanningStructure,
    point: int,
    activity: int,
    *,
    group: str,
    law: DemandLaw,
    service: ServiceTarget,
) -> StockItem:
    network, problem = structure.network, structure.problem
    made = activity >= structure.n_lane_activities
    fixed = multiple = 0.0
    if not made:
        lane = structure.activity_lane[activity]
        fixed = float(network.lanes.fixed_cost[lane])
        multiple = float(network.lanes.multiple[lane])
    holding = float(problem.holding_cost[point])
    return StockItem(
        name=_name(network, point),
        demand=law,
        lead=_lead(structure, activity, point),
        review_periods=structure.campaign if made else 1,
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

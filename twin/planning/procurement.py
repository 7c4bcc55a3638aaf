"""Purchases: what a network buys, as a problem."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from optimizer.procurement import (
    Item,
    Lateness,
    Offer,
    OpenOrder,
    PriceBreak,
    PurchasingProblem,
    Supplier,
)
from twin.errors import InputError
from twin.model.laws import CONSTANT
from twin.model.records import SUPPLIER
from twin.planning.base_stock import cheapest_sources
from twin.planning.stock_demand import point_moments
from twin.planning.structure import planning_structure
from twin.planning.timing import lead_periods

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model.network import Network
    from twin.planning.structure import PlanningStructure

__all__ = ["NetworkPurchases", "purchasing_problem"]

# Parts of equal chance that a lead time is cut into.
LEAD_PARTS = 20
# Money a unit missing and review, as a share of what it costs: goods that are bought
# stop whatever is made of them.
SHORTAGE_SHARE = 0.5
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class NetworkPurchases:
    """What a network buys.

    Attributes
    ----------
    problem : PurchasingProblem
        Items are named ``item@site``.
    left_out : tuple of str
        What of the network it leaves out, and why.
    """

    problem: PurchasingProblem
    left_out: tuple[str, ...]


def purchasing_problem(
    network: Network,
    *,
    n_periods: int,
    safety_reviews: float = 0.0,
    history: NDArray[np.float64] | None = None,
) -> NetworkPurchases:
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
    NetworkPurchases
        Needs are mean use, exploded over bills. Several lanes from a supplier to a site
        are offers of their own, with the lane as their mode.

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
    open_orders, later = _open_orders(structure, names, n_periods)
    problem = PurchasingProblem(
        items=items,
        suppliers=tuple(_suppliers(network, used, n_periods)),
        offers=_told_apart(offers),
        open_orders=open_orders,
        period_days=network.settings.review_us / DAY_US,
    )
    left_out = (*_left_out(structure, bought, mean), *_hardly(problem), *later)
    return NetworkPurchases(problem, left_out)


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
        mode=lanes.ids[lane],
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


def _told_apart(offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """Keep the lane as the mode of an offer only where there are several."""
    n = Counter((one.item, one.supplier) for one in offers)
    return tuple(
        one if n[one.item, one.supplier] > 1 else replace(one, mode="")
        for one in offers
    )


def _left_out(
    structure: PlanningStructure, bought: list[int], mean: NDArray[np.float64]
) -> list[str]:
    """Return which points that lanes from suppliers lead to are not bought for."""
    network, output = structure.network, structure.problem.output_point
    points = sorted({int(output[a]) for a in bought if mean[output[a]] <= 0.0})
    told = [f"{_name(network, point)}: nobody asks for it" for point in points]
    reached = set(output.tolist())
    told += [
        f"{_name(network, point)}: it is used, and nothing brings it"
        for point in np.flatnonzero(mean > 0.0).tolist()
        if point not in reached
    ]
    lanes = network.lanes
    used = [a for a in bought if mean[output[a]] > 0.0]
    n_items = Counter(int(structure.activity_lane[a]) for a in used)
    told += [
        f"lane {lanes.ids[lane]}: its capacity is shared by {n} items, here each may "
        "use all of it"
        for lane, n in sorted(n_items.items())
        if n > 1 and np.isfinite(lanes.capacity_per_period[lane])
    ]
    return told


def _hardly(problem: PurchasingProblem) -> list[str]:
    """Return which offers come too late for the horizon."""
    return [
        f"offer of {one.name}: takes {one.lead_periods} reviews, "
        f"{problem.n_periods} are planned"
        for one in problem.offers
        if one.lead_periods >= problem.n_periods
    ]


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
    structure: PlanningStructure, names: dict[int, str], n_periods: int
) -> tuple[tuple[OpenOrder, ...], list[str]]:
    """Return what is on its way to the points from anywhere, and what comes too late.

    An order counts from the first review whose needs it is there for, as goods that are
    ordered now do.
    """
    network = structure.network
    orders, stock, settings = network.open_orders, network.stock, network.settings
    point_of = {
        (int(stock.item_index[point]), int(stock.site_index[point])): point
        for point in names
    }
    found, later = [], []
    for row, order in enumerate(orders.ids):
        key = int(orders.item_index[row]), int(orders.to_place_index[row])
        quantity = float(orders.quantity[row])
        if key not in point_of or quantity <= 0.0:
            continue
        point = point_of[key]
        wait = np.array([float(orders.due_us[row] - settings.as_of_us)])
        need_us = int(structure.first_need_us[point])
        period = int(lead_periods(wait, settings.review_us, period_us=need_us)[0])
        if period < n_periods:
            found.append(OpenOrder(item=names[point], period=period, quantity=quantity))
        else:
            later.append(f"open order {order}: comes after what is planned")
    return tuple(found), later

"""A network in the words of the replenishment problem: points, activities, demands.

Points are the stock points of the network, in its order. Activities are first every
(lane, item) pair whose lane ends at a site, then every (item, site) pair that can be
made. One planning period is one review; an order placed at a review that is received
within n reviews serves the demand at the end of period n - 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.logistics.distribution import ReplenishmentNetwork
from twin.model.network import Network
from twin.model.records import CUSTOMER, SUPPLIER
from twin.planning.shop import make_usage, n_groups
from twin.state.points import NetworkView

DAY_US = 86_400_000_000
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class PlanningStructure:
    """What stays from one plan to the next, and what its numbers mean.

    Attributes
    ----------
    network : Network
        The network planned for.
    problem : ReplenishmentNetwork
        The same for the optimiser.
    view : NetworkView
        Reads state in the order of the network.
    activity_lane, activity_item, activity_site : ndarray of (n_activities,), int32
        Lane (-1 for production), item, and the site that receives or makes.
    capacity : ndarray of shape (n_capacities,), float64
        Units (dispatch) or seconds (machines) a review.
    n_lane_activities : int
        The first so many activities are lanes.
    """

    network: Network
    problem: ReplenishmentNetwork
    view: NetworkView
    activity_lane: NDArray[np.int32]
    activity_item: NDArray[np.int32]
    activity_site: NDArray[np.int32]
    capacity: NDArray[np.float64]
    n_lane_activities: int


@dataclass(frozen=True, slots=True)
class _Activities:
    lane: NDArray[np.int32]
    item: NDArray[np.int32]
    site: NDArray[np.int32]
    lead_periods: NDArray[np.int64]
    unit_cost: NDArray[np.float64]
    pipeline_cost: NDArray[np.float64]
    capacity_index: NDArray[np.int64]
    capacity_usage: NDArray[np.float64]
    order_upper: NDArray[np.float64]
    inputs: tuple[tuple[tuple[int, float], ...], ...]


def planning_structure(
    network: Network, *, terminal_share: float = 0.0
) -> PlanningStructure:
    """Translate a network for the optimiser.

    Parameters
    ----------
    network : Network
        Lanes to customers are left out: demand is served at its site.
    terminal_share : float
        Value of stock at the end of the horizon as a share of its unit cost, in [0, 1].
        0 for an episode that ends there; near 1 for a plan that rolls on.

    Returns
    -------
    PlanningStructure
        Built once, used for every plan.
    """
    view, stock = NetworkView(network), network.stock
    point_of = view.point_of
    lanes = _lane_activities(network, point_of)
    makes = _make_activities(network, point_of)
    joined = {
        name: np.concatenate([getattr(lanes, name), getattr(makes, name)])
        for name in _Activities.__slots__
        if name != "inputs"
    }
    inputs = (*lanes.inputs, *makes.inputs)
    dispatch = network.places.dispatch_capacity_per_period * _reviews(network)
    capacity = np.concatenate([dispatch, _machine_seconds(network)])
    demands = network.demands
    review_days = network.settings.review_us / DAY_US
    shortage = demands.shortage_cost * np.where(demands.backlogged, review_days, 1.0)
    problem = ReplenishmentNetwork(
        holding_cost=stock.holding_cost_per_day * review_days,
        terminal_value=network.items.unit_cost[stock.item_index] * terminal_share,
        output_point=point_of[joined["item"], joined["site"]].astype(np.int64),
        lead_periods=joined["lead_periods"],
        unit_cost=joined["unit_cost"],
        pipeline_cost=joined["pipeline_cost"],
        input_start=np.cumsum([0, *map(len, inputs)]),
        input_point=np.array([p for row in inputs for p, _ in row], np.int64),
        input_usage=np.array([usage for row in inputs for _, usage in row]),
        n_capacities=len(capacity),
        capacity_index=joined["capacity_index"],
        capacity_usage=joined["capacity_usage"],
        order_upper=joined["order_upper"],
        demand_point=point_of[demands.item_index, demands.site_index].astype(np.int64),
        price=np.nan_to_num(demands.price),
        shortage_cost=shortage,
        backlogged=demands.backlogged,
    )
    return PlanningStructure(
        network=network,
        problem=problem,
        view=view,
        activity_lane=joined["lane"],
        activity_item=joined["item"],
        activity_site=joined["site"],
        capacity=capacity,
        n_lane_activities=len(lanes.lane),
    )


def _reviews(network: Network) -> float:
    """Periods of capacity in one review."""
    return network.settings.review_us / network.settings.period_us


def lead_periods(lead_us: NDArray[np.float64], review_us: int) -> NDArray[np.int64]:
    """Planning periods from order to use.

    Parameters
    ----------
    lead_us : ndarray of shape (n,), float64
        Time from order to receipt, microseconds.
    review_us : int
        Time from one review to the next, microseconds.

    Returns
    -------
    ndarray of shape (n,), int64
        0 if it is received in time for the demand at the end of the first period.

    Examples
    --------
    >>> lead_periods(np.array([0.5, 1.0, 1.5]) * 86.4e9, 86_400_000_000).tolist()
    [0, 0, 1]
    """
    periods = np.ceil(np.round(lead_us) / review_us).astype(np.int64) - 1
    return np.maximum(periods, 0)


def _lane_activities(network: Network, point_of: NDArray[np.int32]) -> _Activities:
    lanes, places = network.lanes, network.places
    pairs = network.lane_items
    kept = places.kind[lanes.to_place_index[pairs.first]] != CUSTOMER
    lane, item = pairs.first[kept], pairs.second[kept]
    origin = lanes.from_place_index[lane]
    target = lanes.to_place_index[lane]
    bought = places.kind[origin] == SUPPLIER
    limited = np.isfinite(places.dispatch_capacity_per_period[origin])
    lead_us = lanes.lead_time_s[lane] * 1e6
    review_days = network.settings.review_us / DAY_US
    usage = 1.0 / places.yield_rate[origin]
    return _Activities(
        lane=lane.astype(np.int32),
        item=item.astype(np.int32),
        site=target.astype(np.int32),
        lead_periods=lead_periods(lead_us, network.settings.review_us),
        unit_cost=lanes.price[lane]
        + lanes.unit_cost[lane]
        + places.handling_cost[origin],
        pipeline_cost=lanes.pipeline_cost_per_day[lane] * review_days,
        capacity_index=np.where(limited, origin, -1).astype(np.int64),
        capacity_usage=np.ones(len(lane)),
        order_upper=lanes.capacity_per_period[lane] * _reviews(network),
        inputs=tuple(
            () if from_supplier else ((int(point_of[i, o]), float(u)),)
            for from_supplier, i, o, u in zip(bought, item, origin, usage, strict=True)
        ),
    )


def _make_activities(network: Network, point_of: NDArray[np.int32]) -> _Activities:
    item, site = network.production.first, network.production.second
    usage = make_usage(network)
    n = len(item)
    first_group = len(network.places.ids)
    review_us = network.settings.review_us
    return _Activities(
        lane=np.full(n, -1, np.int32),
        item=item.astype(np.int32),
        site=site.astype(np.int32),
        lead_periods=lead_periods(usage.flow_s * 1e6, review_us),
        unit_cost=usage.unit_cost + network.places.handling_cost[site],
        pipeline_cost=np.zeros(n),
        capacity_index=np.where(
            usage.group >= 0,
            first_group + usage.group * network.n_sites + site,
            -1,
        ).astype(np.int64),
        capacity_usage=usage.seconds,
        order_upper=np.full(n, np.inf),
        inputs=tuple(
            tuple(
                (int(point_of[component, s]), float(quantity))
                for component, quantity in _components(network, int(i))
            )
            for i, s in zip(item, site, strict=True)
        ),
    )


def _components(network: Network, item: int) -> list[tuple[int, float]]:
    """Components of one good unit, what is lost on the way included."""
    bills = network.bills
    rows = np.flatnonzero(bills.item_index == item)
    needed = bills.quantity[rows] / (1.0 - bills.scrap_rate[rows])
    return list(zip(bills.component_index[rows].tolist(), needed.tolist(), strict=True))


def _machine_seconds(network: Network) -> NDArray[np.float64]:
    """Seconds of work a review by group and site, flattened group first."""
    machines = network.machines
    seconds = np.zeros((n_groups(network), network.n_sites))
    up = machines.mttf_s / (machines.mttf_s + machines.mttr_s)
    share = np.where(np.isfinite(machines.mttf_s), up, 1.0) * _open_share(network)
    work = machines.slots * machines.speed * share * network.settings.review_us / 1e6
    np.add.at(seconds, (machines.group_index, machines.site_index), work)
    return seconds.ravel()


def _open_share(network: Network) -> NDArray[np.float64]:
    """Share of the week in which each machine works."""
    calendars = network.calendars
    week_s = np.zeros(max(len(calendars.ids), 1))
    hours = (calendars.end_s - calendars.start_s).astype(np.float64)
    np.add.at(week_s, calendars.calendar_index, hours)
    own = network.machines.calendar_index
    of_site = network.places.calendar_index[network.machines.site_index]
    used = np.where(own >= 0, own, of_site)
    return np.where(used >= 0, week_s[used] / (7 * 24 * HOUR_S), 1.0)

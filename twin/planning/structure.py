"""A network in the words of the replenishment problem: points, activities, demands.

Points are the stock points of the network, in its order. Activities are first every
(lane, item) pair whose lane ends at a site, then every (item, site) pair that can be
made. One planning period is one review. Customers ask at the end of every `period_us`
of it, so goods for them count from the first planning period in which they are there
before the first demand: received n reviews and one `period_us` after the review, period
n. Goods at a point without customers have time until the next review.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.logistics.distribution import ReplenishmentNetwork
from twin.errors import OptionError
from twin.model.laws import CONSTANT
from twin.model.network import Network
from twin.model.records import CUSTOMER, SUPPLIER
from twin.planning.shop import MakeUsage, machine_seconds, make_usage
from twin.planning.timing import latest_us, lead_periods
from twin.state.points import NetworkView

DAY_US = 86_400_000_000

LATENESS = 1.0
"""Standard deviations of the lead time that a plan allows for beyond its mean. At 0
every second order comes a review too late; at 2 a plan carries a review more stock."""


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
    lead_us : ndarray of shape (n_activities,), float64
        Time from order to receipt that plans allow for, microseconds.
    first_need_us : ndarray of shape (n_points,), int64
        Time from a review to the first need of what comes, microseconds: demand where
        there are customers, the next review elsewhere.
    need_us : ndarray of shape (n_points + 1,), int64
        The same, and one review for what the network does not keep: -1 reads it.
    lane_us : ndarray of shape (n_lanes + 1,), int64
        Mean lead time of each lane, microseconds; 0 in the last place.
    make_yield : ndarray of shape (n_points + 1,), float64
        Good units for one that is started of what each point keeps; 1 where it is not
        made, and in the last place, so that point -1 may be asked for.
    make_us : ndarray of shape (n_points + 1,), int64
        Likewise, how long making it takes at most, microseconds; 0 where it is not.
    yield_rate : ndarray of shape (n_activities,), float64
        Good units for one that is started, in (0, 1]; 1 for lanes. The quantities of
        the problem are good units.
    capacity : ndarray of shape (n_capacities,), float64
        Units (dispatch of places, lanes that items share) or seconds (machines) a
        review.
    n_lane_activities : int
        The first so many activities are lanes.
    campaign : int
        Reviews that one production order covers, see `twin.planning.shop`.
    """

    network: Network
    problem: ReplenishmentNetwork
    view: NetworkView
    activity_lane: NDArray[np.int32]
    activity_item: NDArray[np.int32]
    activity_site: NDArray[np.int32]
    lead_us: NDArray[np.float64]
    first_need_us: NDArray[np.int64]
    need_us: NDArray[np.int64]
    lane_us: NDArray[np.int64]
    make_yield: NDArray[np.float64]
    make_us: NDArray[np.int64]
    yield_rate: NDArray[np.float64]
    capacity: NDArray[np.float64]
    n_lane_activities: int
    campaign: int

    def startable(self, now_us: int) -> NDArray[np.bool_]:
        """Say what may be ordered or started at a review.

        Lanes always; of what is made, each has its turn once in a campaign, and the
        turns are spread over its reviews.

        Parameters
        ----------
        now_us : int
            Time of the review.

        Returns
        -------
        ndarray of shape (n_activities,), bool
        """
        settings = self.network.settings
        period = (now_us - settings.as_of_us) // settings.review_us
        turn = period + np.arange(len(self.activity_lane)) - self.n_lane_activities
        may: NDArray[np.bool_] = turn % self.campaign == 0
        may[: self.n_lane_activities] = True
        return may


@dataclass(frozen=True, slots=True)
class _Activities:
    lane: NDArray[np.int32]
    item: NDArray[np.int32]
    site: NDArray[np.int32]
    lead_us: NDArray[np.float64]
    unit_cost: NDArray[np.float64]
    pipeline_cost: NDArray[np.float64]
    capacity_index: NDArray[np.int64]
    capacity_usage: NDArray[np.float64]
    order_upper: NDArray[np.float64]
    yield_rate: NDArray[np.float64]
    inputs: tuple[tuple[tuple[int, float], ...], ...]


def planning_structure(
    network: Network, *, terminal_share: float = 0.0
) -> PlanningStructure:
    """Translate a network for the optimiser.

    Parameters
    ----------
    network : Network
        Lanes to customers are no activities: demand is served at its site, and what
        handling and delivery cost is taken off its price.
    terminal_share : float
        Value of stock at the end of the horizon as a share of its unit cost, or of what
        another one costs there if that is less, in [0, 1]. 0 for an episode that ends
        there; near 1 for a plan that rolls on.

    Returns
    -------
    PlanningStructure
        Built once, used for every plan.

    Raises
    ------
    OptionError
        If `terminal_share` is out of range.
    """
    if not 0.0 <= terminal_share <= 1.0:
        msg = f"terminal_share must be in [0, 1], was {terminal_share}"
        raise OptionError(msg)
    view, stock, demands = NetworkView(network), network.stock, network.demands
    point_of = view.point_of
    lanes = _lane_activities(network, point_of)
    usage = make_usage(network)
    makes = _make_activities(network, point_of, usage)
    joined = {
        name: np.concatenate([getattr(lanes, name), getattr(makes, name)])
        for name in _Activities.__slots__
        if name != "inputs"
    }
    inputs = (*lanes.inputs, *makes.inputs)
    capacity = np.concatenate(_capacities(network))
    review_days = network.settings.review_us / DAY_US
    shortage = demands.shortage_cost * np.where(demands.backlogged, review_days, 1.0)
    output_point = point_of[joined["item"], joined["site"]].astype(np.int64)
    first_need_us = _first_need_us(network, point_of)
    problem = ReplenishmentNetwork(
        holding_cost=stock.holding_cost_per_day * review_days,
        output_point=output_point,
        lead_periods=lead_periods(
            joined["lead_us"],
            network.settings.review_us,
            period_us=first_need_us[output_point],
        ),
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
        price=_net_price(network, view),
        shortage_cost=shortage,
        backlogged=demands.backlogged,
    )
    # Were stock worth more than another one costs, to hoard would pay without end.
    value = np.minimum(
        network.items.unit_cost[stock.item_index], replacement_costs(problem)
    )
    return PlanningStructure(
        network=network,
        problem=replace(problem, terminal_value=value * terminal_share),
        view=view,
        activity_lane=joined["lane"],
        activity_item=joined["item"],
        activity_site=joined["site"],
        lead_us=joined["lead_us"],
        first_need_us=first_need_us,
        **_looked_up(network, problem, first_need_us, joined["yield_rate"]),
        yield_rate=joined["yield_rate"],
        capacity=capacity,
        n_lane_activities=len(lanes.lane),
        campaign=usage.campaign,
    )


def _looked_up(
    network: Network,
    problem: ReplenishmentNetwork,
    first_need_us: NDArray[np.int64],
    yield_rate: NDArray[np.float64],
) -> dict[str, NDArray[Any]]:
    """Return what is looked up at every review, with a last place that -1 reads."""
    settings, output = network.settings, problem.output_point
    first = len(output) - len(network.production.first)
    # The activity that makes what each point keeps, the last place where none does.
    made = np.full(problem.n_points + 1, -1, np.int64)
    made[output[first:]] = np.arange(first, len(output))
    make_us = latest_us(
        problem.lead_periods, settings.review_us, period_us=first_need_us[output]
    )
    lane_us = np.round(np.append(network.lanes.lead_time_s, 0.0) * 1e6)
    return {
        "need_us": np.append(first_need_us, settings.review_us),
        "lane_us": lane_us.astype(np.int64),
        "make_yield": np.append(yield_rate, 1.0)[made],
        "make_us": np.append(make_us, 0)[made],
    }


def _first_need_us(network: Network, point_of: NDArray[np.int32]) -> NDArray[np.int64]:
    demands, settings = network.demands, network.settings
    need_us = np.full(len(network.stock.item_index), settings.review_us, np.int64)
    asked = point_of[demands.item_index, demands.site_index]
    need_us[asked] = min(settings.period_us, settings.review_us)
    return need_us


def replacement_costs(problem: ReplenishmentNetwork) -> NDArray[np.float64]:
    """Return the least that one more unit costs at each point.

    Parameters
    ----------
    problem : ReplenishmentNetwork
        Its activities; capacities, and what waiting and holding cost, do not count.

    Returns
    -------
    ndarray of shape (n_points,), float64
        Cost of the cheapest activity, with its inputs at their cheapest; infinite where
        nothing more can come to.
    """
    cost = np.full(problem.n_points, np.inf)
    # The cheapest way to a point visits no point twice.
    for _ in range(problem.n_points):
        through = activity_costs(problem, cost)
        cheaper = cost.copy()
        np.minimum.at(cheaper, problem.output_point, through)
        if np.array_equal(cheaper, cost):
            break
        cost = cheaper
    return cost


def activity_costs(
    problem: ReplenishmentNetwork, point_cost: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what a unit from each activity costs.

    Parameters
    ----------
    problem : ReplenishmentNetwork
        Its activities.
    point_cost : ndarray of shape (n_points,), float64
        Cost of a unit of each input.

    Returns
    -------
    ndarray of shape (n_activities,), float64
        Cost of the activity and of what goes into it.
    """
    cost = problem.unit_cost.copy()
    used = problem.input_usage * point_cost[problem.input_point]
    np.add.at(cost, problem.input_activity, used)
    return cost


def _reviews(network: Network) -> float:
    """Periods of capacity in one review."""
    return network.settings.review_us / network.settings.period_us


def _capacities(network: Network) -> tuple[NDArray[np.float64], ...]:
    """Dispatch by place, seconds by group and site, lanes that items share."""
    dispatch = network.places.dispatch_capacity_per_period * _reviews(network)
    shared = network.lanes.capacity_per_period[_shared_lanes(network)]
    machines = machine_seconds(network).ravel()
    return dispatch, machines, shared * _reviews(network)


def _shared_lanes(network: Network) -> NDArray[np.intp]:
    """Limited lanes with more than one item, and no limit where they start."""
    lanes = network.lanes
    n_items = np.bincount(network.lane_items.first, minlength=len(lanes.ids))
    dispatch = network.places.dispatch_capacity_per_period[lanes.from_place_index]
    # An activity uses one capacity; where both bind, that of the place covers more.
    return np.flatnonzero(
        (n_items > 1) & np.isfinite(lanes.capacity_per_period) & ~np.isfinite(dispatch)
    )


def _net_price(network: Network, view: NetworkView) -> NDArray[np.float64]:
    """Price of each demand less handling at its site and delivery to its customer."""
    demands, lanes, settings = network.demands, network.lanes, network.settings
    price = np.nan_to_num(demands.price)
    price -= network.places.handling_cost[demands.site_index]
    lane = view.lanes(demands.site_index, demands.customer_index, demands.item_index)
    delivered, lane = lane >= 0, lane[lane >= 0]
    # Sent at the end of a period, goods are on the way at that end, too.
    ends = np.ceil(np.round(lanes.lead_time_s[lane] * 1e6) / settings.review_us)
    on_the_way = lanes.pipeline_cost_per_day[lane] * settings.review_us / DAY_US * ends
    price[delivered] -= lanes.price[lane] + lanes.unit_cost[lane] + on_the_way
    return price


def _lane_activities(network: Network, point_of: NDArray[np.int32]) -> _Activities:
    lanes, places = network.lanes, network.places
    pairs = network.lane_items
    kept = places.kind[lanes.to_place_index[pairs.first]] != CUSTOMER
    lane, item = pairs.first[kept], pairs.second[kept]
    origin = lanes.from_place_index[lane]
    # A law with a cv of 0 is late as seldom as a constant one.
    late = 1.0 + LATENESS * np.where(
        lanes.lead_time_law[lane] == CONSTANT, 0.0, lanes.lead_time_cv[lane]
    )
    lead_us = lanes.lead_time_s[lane] * late * 1e6
    review_days = network.settings.review_us / DAY_US
    return _Activities(
        lane=lane.astype(np.int32),
        item=item.astype(np.int32),
        site=lanes.to_place_index[lane].astype(np.int32),
        lead_us=lead_us,
        unit_cost=lanes.price[lane]
        + lanes.unit_cost[lane]
        + places.handling_cost[origin],
        pipeline_cost=lanes.pipeline_cost_per_day[lane] * review_days,
        capacity_index=_lane_capacity(network, lane),
        capacity_usage=np.ones(len(lane)),
        order_upper=lanes.capacity_per_period[lane] * _reviews(network),
        yield_rate=np.ones(len(lane)),
        inputs=tuple(
            () if used == 0.0 else ((int(point_of[i, o]), float(used)),)
            for used, i, o in zip(
                _sent_usage(network, origin, item), item, origin, strict=True
            )
        ),
    )


def _lane_capacity(network: Network, lane: NDArray[np.int32]) -> NDArray[np.int64]:
    """Capacity each lane uses: of the place where it starts, its own, or none."""
    dispatch, machines, _ = _capacities(network)
    shared = _shared_lanes(network)
    of_lane = np.full(len(network.lanes.ids), -1, np.int64)
    of_lane[shared] = len(dispatch) + len(machines) + np.arange(len(shared))
    origin = network.lanes.from_place_index[lane]
    return np.where(np.isfinite(dispatch[origin]), origin, of_lane[lane])


def _sent_usage(
    network: Network, origin: NDArray[np.int32], item: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Units of stock used for one sent; 0 if it comes from a supplier."""
    places, made = network.places, network.production
    is_made = np.zeros((len(network.items.ids), len(places.ids)), np.bool_)
    is_made[made.first, made.second] = True
    # What a site makes by bill or routing has had its losses there.
    usage = np.where(is_made[item, origin], 1.0, 1.0 / places.yield_rate[origin])
    bought: NDArray[np.bool_] = places.kind[origin] == SUPPLIER
    return np.where(bought, 0.0, usage)


def _make_activities(
    network: Network, point_of: NDArray[np.int32], usage: MakeUsage
) -> _Activities:
    item, site = network.production.first, network.production.second
    n = len(item)
    first_group = len(network.places.ids)
    return _Activities(
        lane=np.full(n, -1, np.int32),
        item=item.astype(np.int32),
        site=site.astype(np.int32),
        lead_us=usage.flow_s * 1e6,
        unit_cost=usage.unit_cost + network.places.handling_cost[site],
        pipeline_cost=np.zeros(n),
        capacity_index=np.where(
            usage.group >= 0,
            first_group + usage.group * network.n_sites + site,
            -1,
        ).astype(np.int64),
        capacity_usage=usage.seconds,
        order_upper=np.full(n, np.inf),
        yield_rate=usage.yield_rate,
        inputs=tuple(
            tuple(
                (int(point_of[component, s]), quantity / good)
                for component, quantity in _components(network, int(i))
            )
            for i, s, good in zip(item, site, usage.yield_rate.tolist(), strict=True)
        ),
    )


def _components(network: Network, item: int) -> list[tuple[int, float]]:
    """Components of one unit started, what is lost of them included."""
    bills = network.bills
    rows = np.flatnonzero(bills.item_index == item)
    needed = bills.quantity[rows] / (1.0 - bills.scrap_rate[rows])
    return list(zip(bills.component_index[rows].tolist(), needed.tolist(), strict=True))

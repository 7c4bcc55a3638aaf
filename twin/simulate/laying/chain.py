"""Layout of the chain: stock points, places, lanes, demands."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.model.network import Network
from twin.simulate.demand import LawDemand, delivery_lanes
from twin.simulate.disruptions import Disruption
from twin.simulate.laying.rows import law_columns, rows_of, stock_points
from twin.simulate.layout import (
    DEMAND_ROW,
    LANE_ROW,
    OUTAGE_ROW,
    PLACE_ROW,
    POINT_ROW,
    WINDOW_ROW,
)
from twin.simulate.random import SECOND_US
from twin.simulate.replenishment import Replenishment
from twin.simulate.tables import F8, Records


def points(
    network: Network,
    ways: Replenishment,
    *,
    recipes: tuple[NDArray[np.int32], Records, Records],
) -> tuple[Records, NDArray[np.int32]]:
    """Lay out stock points, and the recipes that each is a component of.

    Parameters
    ----------
    network : Network
        Its stock.
    ways : Replenishment
        How points are replenished.
    recipes : tuple of ndarray
        Recipe by item and site, recipes, and components, as laid out.

    Returns
    -------
    tuple of ndarray
        Rows of points, in the order of the stock table, and `Layout.users`.
    """
    stock, (recipe_of, rows_made, components) = network.stock, recipes
    rows = rows_of(
        POINT_ROW, len(stock.item_index),
        item=stock.item_index, site=stock.site_index, policy=stock.policy,
        reorder_point=stock.reorder_point, order_up_to=stock.order_up_to,
        order_quantity=stock.order_quantity,
        review_us=np.rint(stock.review_s * SECOND_US),
        lane=ways.lane, turn=ways.turn,
        recipe=-1, allocation=stock.allocation,
    )  # fmt: skip
    made = np.flatnonzero(ways.made)
    rows["recipe"][made] = recipe_of[stock.item_index[made], stock.site_index[made]]
    pairs = sorted(
        (int(components["point"][k]), r)
        for r in range(len(rows_made))
        for k in range(rows_made["first_component"][r], rows_made["last_component"][r])
    )
    used = np.array([point for point, _ in pairs], np.int64)
    rows["first_user"] = np.searchsorted(used, np.arange(len(rows)))
    rows["last_user"] = np.searchsorted(used, np.arange(len(rows)), side="right")
    return rows, np.array([recipe for _, recipe in pairs], np.int32)


def places(network: Network) -> Records:
    """Lay out places: how much of what they send is good, and how much they can.

    Parameters
    ----------
    network : Network
        Its places.

    Returns
    -------
    ndarray of shape (n_places,), records
    """
    places = network.places
    return rows_of(
        PLACE_ROW, len(places.ids),
        yield_rate=places.yield_rate, room=places.dispatch_capacity_per_period,
        priority=places.priority, outage=-1,
    )  # fmt: skip


def outages(network: Network, places: Records) -> tuple[Records, Records]:
    """Lay out times to outages of suppliers and their lengths, of those that fail.

    Parameters
    ----------
    network : Network
        Its places.
    places : ndarray of shape (n_places,), records
        As laid out; the row of `outages` is set where a place fails.

    Returns
    -------
    tuple of ndarray
        `Layout.outages` and `Layout.repairs`, in the order of places.
    """
    given = network.places
    failing = np.flatnonzero(np.isfinite(given.mttf_s))
    places["outage"][failing] = np.arange(len(failing))
    to_outage = law_columns(given.failure_law, given.mttf_s, given.failure_cv, failing)
    to_repair = law_columns(given.repair_law, given.mttr_s, given.repair_cv, failing)
    return (
        rows_of(OUTAGE_ROW, len(failing), place=failing, **to_outage),
        rows_of(OUTAGE_ROW, len(failing), place=failing, **to_repair),
    )


def lanes(
    network: Network, disruptions: Sequence[Disruption]
) -> tuple[Records, Records]:
    """Lay out lanes, and when they are disrupted.

    Parameters
    ----------
    network : Network
        Its lanes.
    disruptions : sequence of Disruption
        Those of a place strike the lanes that leave it.

    Returns
    -------
    tuple of ndarray
        Rows of lanes, and windows in the order of lanes, those of a lane by time.
    """
    lanes = network.lanes
    rows = rows_of(
        LANE_ROW, len(lanes.ids),
        **law_columns(lanes.lead_time_law, lanes.lead_time_s, lanes.lead_time_cv),
        price=lanes.price, unit_cost=lanes.unit_cost, fixed_cost=lanes.fixed_cost,
        room=lanes.capacity_per_period,
        minimum=lanes.minimum, multiple=lanes.multiple,
        origin=lanes.from_place_index, destination=lanes.to_place_index,
    )  # fmt: skip
    windows: list[tuple[int, int, float]] = []
    for lane, origin in enumerate(lanes.from_place_index.tolist()):
        struck = sorted(
            (one.start_us, one.end_us, one.factor)
            for one in disruptions
            for target in one.targets
            if (one.kind, target) in {("lane", lane), ("place", origin)}
        )
        rows["first_window"][lane] = len(windows)
        windows += struck
        rows["last_window"][lane] = len(windows)
    return rows, np.array(windows, WINDOW_ROW)


def demands(network: Network) -> Records:
    """Lay out who asks for what, and the lane on which it is sent.

    Parameters
    ----------
    network : Network
        Its demands and lanes.

    Returns
    -------
    ndarray of shape (n_demands,), records
        `lane` is -1, and `usual_us` 0, where goods are handed over at the site.
    """
    demands, point_of = network.demands, stock_points(network)
    lanes, lane_of = network.lanes, delivery_lanes(network)
    ends = zip(
        demands.site_index.tolist(), demands.customer_index.tolist(),
        demands.item_index.tolist(), strict=True,
    )  # fmt: skip
    lane = np.array([lane_of.get(key, -1) for key in ends], np.int32)
    usual = [
        0 if k < 0 else round(float(lanes.lead_time_s[k]) * 1_000_000) for k in lane
    ]
    return rows_of(
        DEMAND_ROW, len(lane),
        customer=demands.customer_index, item=demands.item_index,
        site=demands.site_index, price=demands.price, law=demands.law,
        dispersion=demands.dispersion, backlogged=demands.backlogged,
        split=demands.split,
        point=point_of[demands.item_index, demands.site_index],
        lane=lane, usual_us=usual,
    )  # fmt: skip


def demand_mean(network: Network, until_us: int) -> F8:
    """Return the mean demand of each whole period up to a time.

    Parameters
    ----------
    network : Network
        Its demands.
    until_us : int
        Microseconds UTC.

    Returns
    -------
    ndarray of shape (n_periods, n_demands), float64
        Units a period.
    """
    settings, source = network.settings, LawDemand(network, 0)
    n_periods = max((until_us - settings.as_of_us) // settings.period_us, 0)
    demands = network.demands
    mean = np.zeros((n_periods, len(demands.item_index)))
    profiles = (demands.weekly_profile_index, demands.yearly_profile_index)
    steady = not demands.trend_per_day.any() and np.max(profiles, initial=-1) < 0
    if mean.size and steady:
        mean[:] = source.mean(0)
    elif mean.size:
        for period in range(n_periods):
            mean[period] = source.mean(period)
    return mean


def demand_windows(
    network: Network, disruptions: Sequence[Disruption]
) -> tuple[Records, F8]:
    """Lay out when demand is disrupted, and how much of each demand remains then.

    Parameters
    ----------
    network : Network
        Its demands.
    disruptions : sequence of Disruption
        Those of kind "demand" count; no items or customers means all.

    Returns
    -------
    tuple of ndarray
        Windows, and factors of shape (n_windows, n_demands), 1 where not struck.
    """
    demands, found, factors = network.demands, [], []
    for one in disruptions:
        if one.kind == "demand":
            struck = np.ones(len(demands.item_index), np.bool_)
            if one.items:
                struck &= np.isin(demands.item_index, one.items)
            if one.targets:
                struck &= np.isin(demands.customer_index, one.targets)
            found.append((one.start_us, one.end_us, one.factor))
            factors.append(np.where(struck, one.factor, 1.0))
    shape = (len(found), len(demands.item_index))
    return np.array(found, WINDOW_ROW), np.reshape(np.array(factors, float), shape)

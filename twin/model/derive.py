"""What follows from the tables: who makes what, what lanes carry, what is kept."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.records import (
    PLANT,
    SUPPLIER,
    Bills,
    Demands,
    Index,
    Lanes,
    Machines,
    Outputs,
    Pairs,
    Places,
    Routings,
    Settings,
    Stock,
)

ANY_INDEX = -1
DAYS_PER_YEAR = 365.0
SECOND_US = 1_000_000

Matrix = NDArray[np.bool_]  # (n_items, n_sites)


@dataclass(frozen=True, slots=True)
class Parts:
    """The records from which the rest follows."""

    places: Places
    n_items: int
    n_sites: int
    bills: Bills
    routings: Routings
    machines: Machines
    lanes: Lanes
    demands: Demands
    stock: Stock
    outputs: Outputs


def production(parts: Parts) -> Matrix:
    """Tell which item can be made where.

    An item with a routing is made where the routing says, or at '*' wherever each of
    its operations has a machine; an item with a bill alone is made at every plant.

    Parameters
    ----------
    parts : Parts
        Records of a network.

    Returns
    -------
    ndarray of shape (n_items, n_sites), bool
        A routing of item '*' is not counted: it says how, not what.
    """
    routings, machines = parts.routings, parts.machines
    made = np.zeros((parts.n_items, parts.n_sites), np.bool_)
    n_groups = 1 + max(
        machines.group_index.max(initial=-1),
        routings.machine_group_index.max(initial=-1),
    )
    has_group = np.zeros((n_groups, parts.n_sites), np.bool_)
    has_group[machines.group_index, machines.site_index] = True
    named = (routings.site_index >= 0) & (routings.item_index >= 0)
    made[routings.item_index[named], routings.site_index[named]] = True
    # A routing of '*' is whole where all of its groups are.
    order = np.argsort(routings.item_index, kind="stable")
    rows = order[(routings.site_index < 0)[order] & (routings.item_index >= 0)[order]]
    items, starts = np.unique(routings.item_index[rows], return_index=True)
    if len(items):
        groups = has_group[routings.machine_group_index[rows]]
        made[items] |= np.logical_and.reduceat(groups, starts, axis=0)
    routed = np.zeros(parts.n_items, np.bool_)
    routed[routings.item_index[routings.item_index >= 0]] = True
    billed = np.zeros(parts.n_items, np.bool_)
    billed[parts.bills.item_index] = True
    plants = parts.places.kind[: parts.n_sites] == PLANT
    made |= (billed & ~routed)[:, None] & plants[None, :]
    return made


def points(parts: Parts, made: Matrix) -> Matrix:
    """Tell which item is kept where.

    Parameters
    ----------
    parts : Parts
        Records of a network.
    made : ndarray of shape (n_items, n_sites), bool
        See `production`.

    Returns
    -------
    ndarray of shape (n_items, n_sites), bool
        Stock rows, what is made, what goes into it and what comes out beside it, what
        customers are served, and the two ends of every lane.
    """
    kept = _given(parts, made)
    while True:
        before = int(kept.sum())
        lane, item = _lane_items(parts, made, kept)
        for ends in (parts.lanes.from_place_index, parts.lanes.to_place_index):
            at_site = ends[lane] < parts.n_sites
            kept[item[at_site], ends[lane][at_site]] = True
        if int(kept.sum()) == before:
            return kept


def _given(parts: Parts, made: Matrix) -> Matrix:
    # What the tables name, before lanes of '*' are followed.
    kept = made.copy()
    kept[parts.stock.item_index, parts.stock.site_index] = True
    kept[parts.demands.item_index, parts.demands.site_index] = True
    kept |= _components(parts, made) | _products(parts, made)
    lanes = parts.lanes
    for ends in (lanes.from_place_index, lanes.to_place_index):
        rows = (lanes.item_index >= 0) & (ends < parts.n_sites)
        kept[lanes.item_index[rows], ends[rows]] = True
    return kept


def _components(parts: Parts, made: Matrix) -> Matrix:
    used = np.zeros_like(made)
    bills = parts.bills
    for item, component in zip(bills.item_index, bills.component_index, strict=True):
        used[component] |= made[item]
    return used


def _products(parts: Parts, made: Matrix) -> Matrix:
    out = np.zeros_like(made)
    outputs = parts.outputs
    for item, product in zip(outputs.item_index, outputs.product_index, strict=True):
        out[product] |= made[item]
    return out


def lane_items(parts: Parts, made: Matrix, kept: Matrix) -> Pairs:
    """List what each lane carries.

    A lane of '*' carries what is kept where it ends: from a plant what the plant makes
    or is said to keep, from a supplier what the end does not make itself, be it as a
    by-product that nothing there is made of.

    Parameters
    ----------
    parts : Parts
        Records of a network.
    made, kept : ndarray of shape (n_items, n_sites), bool
        See `production` and `points`.

    Returns
    -------
    Pairs
        Of lane and item.
    """
    lane, item = _lane_items(parts, made, kept)
    order = np.lexsort((item, lane))
    return Pairs(lane[order], item[order])


def full_stock(
    parts: Parts, kept: Matrix, *, unit_cost: NDArray[np.float64], settings: Settings
) -> Stock:
    """Return a row for every stock point, empty where the table has none.

    Parameters
    ----------
    parts : Parts
        With the stock of the table.
    kept : ndarray of shape (n_items, n_sites), bool
        See `points`.
    unit_cost : ndarray of shape (n_items,), float64
        Value of a unit, for the holding cost of points that state none.
    settings : Settings
        For the rate.

    Returns
    -------
    Stock
        Sorted by item and site.
    """
    given = parts.stock
    item, site = (axis.astype(np.int32) for axis in np.nonzero(kept))
    row = np.full(kept.shape, -1, np.int64)
    row[given.item_index, given.site_index] = np.arange(len(given.item_index))
    source = row[item, site]

    def filled(values: NDArray[np.float64], empty: float) -> NDArray[np.float64]:
        return np.where(source >= 0, np.append(values, empty)[source], empty)

    holding = filled(given.holding_cost_per_day, np.nan)
    review = filled(given.review_s, np.nan)
    standard = unit_cost[item] * settings.holding_rate_per_year / DAYS_PER_YEAR
    return Stock(
        item_index=item,
        site_index=site,
        on_hand=filled(given.on_hand, 0.0),
        holding_cost_per_day=np.where(np.isnan(holding), standard, holding),
        policy=np.append(given.policy, np.int8(0))[source],
        reorder_point=filled(given.reorder_point, np.nan),
        order_up_to=filled(given.order_up_to, np.nan),
        order_quantity=filled(given.order_quantity, np.nan),
        safety_stock=filled(given.safety_stock, np.nan),
        allocation=np.append(given.allocation, np.int8(0))[source],
        review_s=np.where(np.isnan(review), settings.review_us / SECOND_US, review),
    )


def _lane_items(parts: Parts, made: Matrix, kept: Matrix) -> tuple[Index, Index]:
    lanes = parts.lanes
    named = np.flatnonzero(lanes.item_index != ANY_INDEX)
    pairs = [(named, lanes.item_index[named])]
    given = _given(parts, made)
    own = made | (_products(parts, made) & ~_components(parts, made))
    for lane in np.flatnonzero(lanes.item_index == ANY_INDEX):
        start, end = lanes.from_place_index[lane], lanes.to_place_index[lane]
        if end >= parts.n_sites:
            served = parts.demands.customer_index == end
            if start < parts.n_sites:
                served &= parts.demands.site_index == start
            items = np.unique(parts.demands.item_index[served])
        else:
            carried = kept[:, end]
            if parts.places.kind[start] == SUPPLIER:
                # What a plant makes it does not buy through a lane for everything.
                carried = carried & ~own[:, end]
            elif parts.places.kind[start] == PLANT:
                # A plant sends on what it has by its own: it is no warehouse.
                carried = carried & given[:, start]
            items = np.flatnonzero(carried)
        pairs.append((np.full(len(items), lane), items))
    lane_index = np.concatenate([lane for lane, _ in pairs]).astype(np.int32)
    item_index = np.concatenate([item for _, item in pairs]).astype(np.int32)
    return lane_index, item_index

"""Whether what is decided can be carried out, all orders of a review at once."""

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.model.network import Network
from twin.simulate.decisions import Decisions
from twin.simulate.laying.rows import check_point
from twin.simulate.layout import Layout

Index = NDArray[np.int32]


def recipes_of(network: Network, layout: Layout, decisions: Decisions) -> Index:
    """Return the recipes of production orders; refuse what cannot be done.

    Parameters
    ----------
    network : Network
        Of which the layout is.
    layout : Layout
        Says what goes where, and what is made of what.
    decisions : Decisions
        Orders without a quantity are not looked at.

    Returns
    -------
    ndarray of shape (n_made,), int32
        Row of the recipe of each production order, -1 of those without a quantity.

    Raises
    ------
    OptionError
        If an order names a lane that does not exist or that ends at a customer, an item
        that is not kept where the lane begins or ends, or one that is not made at the
        site. The first one counts.
    """
    asked = decisions.quantity > 0.0
    lane, item = decisions.lane[asked], decisions.item[asked]
    for k in np.flatnonzero(~_may_go(network, layout, lane, item)).tolist():
        _refuse_lane(network, layout, int(lane[k]), int(item[k]))
    made = decisions.make_quantity > 0.0
    item, site = decisions.make_item[made], decisions.make_site[made]
    kept = _is_kept(layout, item, site)
    found = np.full(len(made), -1, np.int32)
    recipes = np.where(kept, layout.recipe_of[item * kept, site * kept], -1)
    for k in np.flatnonzero(recipes < 0).tolist():
        _refuse_making(network, layout, int(item[k]), int(site[k]))
    found[made] = recipes
    return found


def _may_go(
    network: Network, layout: Layout, lane: Index, item: Index
) -> NDArray[np.bool_]:
    known = (lane >= 0) & (lane < len(network.lanes.ids))
    rows = layout.lanes[lane * known]
    origin, target = rows["origin"], rows["destination"]
    ends = target < network.n_sites + network.n_suppliers
    bought = origin >= network.n_sites
    may: NDArray[np.bool_] = (
        known
        & ends
        & _is_kept(layout, item, target)
        & (bought | _is_kept(layout, item, origin))
    )
    return may


def _is_kept(layout: Layout, item: Index, place: Index) -> NDArray[np.bool_]:
    n_items, n_places = layout.point_of.shape
    inside = (item >= 0) & (item < n_items) & (place >= 0) & (place < n_places)
    kept: NDArray[np.bool_] = inside & (
        layout.point_of[item * inside, place * inside] >= 0
    )
    return kept


def _refuse_lane(network: Network, layout: Layout, lane: int, item: int) -> None:
    n_lanes = len(network.lanes.ids)
    if not 0 <= lane < n_lanes:
        msg = f"lane must be in 0..{n_lanes - 1}, was {lane}"
        raise OptionError(msg)
    row = layout.lanes[lane]
    if row["destination"] >= network.n_sites + network.n_suppliers:
        msg = (
            f"lane {network.lanes.ids[lane]!r} ends at a customer: goods go "
            f"there for orders of the customer, not by decision"
        )
        raise OptionError(msg)
    if row["origin"] < network.n_sites:
        check_point(network, layout, item, int(row["origin"]))
    check_point(network, layout, item, int(row["destination"]))


def _refuse_making(network: Network, layout: Layout, item: int, site: int) -> None:
    check_point(network, layout, item, site)
    msg = (
        f"item {network.items.ids[item]!r} cannot be made at "
        f"{network.places.ids[site]!r}: it needs a bill or a routing there"
    )
    raise OptionError(msg)

"""How policies replenish stock points: from where, and who is reviewed first."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.model.network import Network
from twin.model.tables import POLICIES

_PLAN = POLICIES.index("plan")


class Replenishment(NamedTuple):
    """How each stock point is replenished; arrays of (n_points,).

    Attributes
    ----------
    made : ndarray of bool
        Whether the item is made there; then no lane is used.
    lane : ndarray of int32
        The cheapest lane that brings the item, by price and unit cost, the first of
        those that cost the same; -1 if there is none.
    turn : ndarray of int32
        Place in the order of reviews of an instant: a point comes after all points that
        it replenishes, else in the order of the network. Points that replenish each
        other in a circle come in the order of the network.
    """

    made: NDArray[np.bool_]
    lane: NDArray[np.int32]
    turn: NDArray[np.int32]


def replenishment(network: Network) -> Replenishment:
    """Tell how the stock points of a network are replenished.

    Parameters
    ----------
    network : Network
        Its lanes, bills and stock points.

    Returns
    -------
    Replenishment
    """
    stock = network.stock
    pairs = zip(stock.item_index.tolist(), stock.site_index.tolist(), strict=True)
    point_of = {pair: point for point, pair in enumerate(pairs)}
    made = np.zeros(len(point_of), np.bool_)
    pairs = zip(
        network.production.first.tolist(), network.production.second.tolist(),
        strict=True,
    )  # fmt: skip
    for pair in pairs:
        made[point_of[pair]] = True
    lane = _lanes(network, point_of)
    feeds = _feeds(network, point_of, made=made, lane=lane)
    return Replenishment(made, lane, _turns(feeds))


def check_replenished(network: Network, ways: Replenishment) -> None:
    """Refuse a policy that has no way to bring goods.

    Parameters
    ----------
    network : Network
        Its stock points.
    ways : Replenishment
        Of the network.

    Raises
    ------
    OptionError
        If a stock point has a policy, and its item is neither made nor brought there.
    """
    stock = network.stock
    lacking = (stock.policy != _PLAN) & ~ways.made & (ways.lane < 0)
    for point in np.flatnonzero(lacking).tolist():
        item = network.items.ids[stock.item_index[point]]
        site = network.places.ids[stock.site_index[point]]
        msg = (
            f"item {item!r} at {site!r}: policy {POLICIES[stock.policy[point]]!r} "
            f"needs a lane that brings the item, or a bill or routing there"
        )
        raise OptionError(msg)


def _lanes(network: Network, point_of: dict[tuple[int, int], int]) -> NDArray[np.int32]:
    lanes, pairs = network.lanes, network.lane_items
    found = np.full(len(point_of), -1, np.int32)
    least = np.full(len(point_of), np.inf)
    for lane, item in sorted(
        zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    ):
        point = point_of.get((item, int(lanes.to_place_index[lane])))
        cost = lanes.price[lane] + lanes.unit_cost[lane]
        if point is not None and cost < least[point]:
            found[point], least[point] = lane, cost
    return found


def _feeds(
    network: Network,
    point_of: dict[tuple[int, int], int],
    *,
    made: NDArray[np.bool_],
    lane: NDArray[np.int32],
) -> list[set[int]]:
    # The points that each point replenishes.
    feeds: list[set[int]] = [set() for _ in point_of]
    bills, origins = network.bills, network.lanes.from_place_index
    for (item, site), point in point_of.items():
        if made[point]:
            components = bills.component_index[bills.item_index == item]
            sources = [(int(component), site) for component in components]
        elif lane[point] >= 0:
            sources = [(item, int(origins[lane[point]]))]
        else:
            sources = []
        for source in sources:
            if source in point_of:
                feeds[point_of[source]].add(point)
    return feeds


def _turns(feeds: list[set[int]]) -> NDArray[np.int32]:
    turn = np.zeros(len(feeds), np.int32)
    left, reviewed = list(range(len(feeds))), set[int]()
    while left:
        free = [point for point in left if feeds[point] <= reviewed] or left[:1]
        for point in free:
            turn[point] = len(reviewed)
            reviewed.add(point)
        left = [point for point in left if point not in reviewed]
    return turn

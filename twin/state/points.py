"""State seen through a network: by stock point, by demand, by lane.

Dense indices of state begin with those of its network, so reading is array look-ups.
What the network does not know is left out.
"""

import numpy as np
from numpy.typing import NDArray

from twin.model.network import Network
from twin.state import tables as t
from twin.state.state import State

Index = NDArray[np.int32]
Float = NDArray[np.float64]


class KeyIndex:
    """Finds the row of a table by three dense indices.

    Examples
    --------
    >>> columns = [np.array([0, 1]), np.array([5, 5]), np.array([2, 2])]
    >>> KeyIndex(*columns).find(np.array([1, 1]), np.array([5, 6]), np.array([2, 2]))
    array([ 1, -1])
    """

    def __init__(self, first: Index, second: Index, third: Index) -> None:
        keys = _joined(first, second, third)
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def find(self, first: Index, second: Index, third: Index) -> NDArray[np.intp]:
        """Return the row of each key, -1 where there is none; the first of equals."""
        if not len(self._keys):
            return np.full(len(first), -1, np.intp)
        asked = _joined(first, second, third)
        places = np.minimum(np.searchsorted(self._keys, asked), len(self._keys) - 1)
        rows = self._order[places]
        return np.where(self._keys[places] == asked, rows, np.intp(-1))


def _joined(first: Index, second: Index, third: Index) -> NDArray[np.int64]:
    # 21 bits each: indices of networks are below two million; -1 matches nothing.
    wide = np.asarray(first, np.int64) << np.int64(42)
    wide = wide + (np.asarray(second, np.int64) << np.int64(21))
    joined: NDArray[np.int64] = wide + np.asarray(third, np.int64)
    return joined


class NetworkView:
    """Reads a state as arrays in the order of a network's tables.

    Parameters
    ----------
    network : Network
        The one the states read were made of.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        shape = (len(network.items.ids), len(network.places.ids))
        self.point_of = np.full(shape, -1, np.int32)
        stock, demands = network.stock, network.demands
        n_points = len(stock.item_index)
        self.point_of[stock.item_index, stock.site_index] = np.arange(n_points)
        self.demand_rows = KeyIndex(
            demands.customer_index, demands.item_index, demands.site_index
        )
        carried, lanes = network.lane_items, network.lanes
        self._carried_lane = carried.first
        self._lane_rows = KeyIndex(
            lanes.from_place_index[carried.first],
            lanes.to_place_index[carried.first],
            carried.second,
        )

    def points(self, items: Index, places: Index) -> Index:
        """Stock points of dense items and places, -1 where the network has none."""
        n_items, n_places = self.point_of.shape
        known = (items >= 0) & (items < n_items) & (places >= 0) & (places < n_places)
        found = self.point_of[np.where(known, items, 0), np.where(known, places, 0)]
        return np.where(known, found, np.int32(-1))

    def lanes(self, origins: Index, targets: Index, items: Index) -> Index:
        """Lanes between places for items, the first if there are more; -1 if none."""
        pairs = self._lane_rows.find(origins, targets, items)
        if not len(self._carried_lane):
            return pairs.astype(np.int32)
        return np.where(pairs >= 0, self._carried_lane[pairs], np.int32(-1))

    def stock_column(self, state: State, column: str) -> Float:
        """Return a quantity of `State.tables.stock` by point, shape (n_points,)."""
        return self.stock_columns(state, column)[0]

    def stock_columns(self, state: State, *columns: str) -> tuple[Float, ...]:
        """Return several quantities of `State.tables.stock`, each as `stock_column`.

        Parameters
        ----------
        state : State
            Of the network.
        *columns : str
            Names of quantities.
        """
        rows = state.tables.stock[: state.tables.counts[t.STOCK, t.N_USED]]
        points = self.points(rows["item"], rows["place"])
        kept = np.flatnonzero(points >= 0)
        places = points[kept]
        found = np.zeros((len(columns), len(self.network.stock.item_index)))
        for k, column in enumerate(columns):
            found[k, places] = rows[column][kept]
        return tuple(found)

    def backlog(self, state: State) -> Float:
        """Units customers wait for by demand, shape (n_demands,)."""
        demands = self.network.demands
        backlog = np.zeros(len(demands.item_index))
        orders = state.tables.orders[: state.tables.counts[t.ORDER, t.N_USED]]
        waiting = (orders["status"] == t.OPEN) & (orders["kind"] == t.ORDER_CUSTOMER)
        orders = orders[waiting]
        if len(orders):
            rows = self.demand_rows.find(
                orders["party"], orders["item"], orders["place"]
            )
            left = orders["quantity"] - orders["shipped"]
            kept = (rows >= 0) & (left > 0.0)
            np.add.at(backlog, rows[kept], left[kept])
        return backlog

    def on_the_way(self, state: State) -> tuple[NDArray[np.void], Float]:
        """Open shipments and what is left of each.

        Returns
        -------
        shipments : ndarray of shape (n,), records of `State.tables.shipments`
            All that are open, those to customers included.
        left : ndarray of shape (n,), float64
            Units sent and not yet received.
        """
        used = state.tables.shipments[: state.tables.counts[t.SHIPMENT, t.N_USED]]
        shipments = used[used["status"] == t.OPEN]
        return shipments, shipments["quantity"] - shipments["received"]

    def on_order(self, state: State) -> tuple[NDArray[np.void], Float]:
        """Open purchase and transfer orders and what was not sent of each yet.

        Returns
        -------
        orders : ndarray of shape (n,), records of `State.tables.orders`
            Those with something left.
        left : ndarray of shape (n,), float64
            Units, > 0.
        """
        used = state.tables.orders[: state.tables.counts[t.ORDER, t.N_USED]]
        supply = (used["kind"] == t.ORDER_PURCHASE) | (used["kind"] == t.ORDER_TRANSFER)
        orders = used[(used["status"] == t.OPEN) & supply]
        left = orders["quantity"] - orders["shipped"]
        return orders[left > 0.0], left[left > 0.0]

    def in_production(self, state: State) -> tuple[NDArray[np.void], Float]:
        """Open production orders and the pieces of each that are not scrapped.

        Good pieces are counted after every operation, so they say nothing of how much
        is still to come.

        Returns
        -------
        orders : ndarray of shape (n,), records of `State.tables.production`
            All that are open and of known quantity.
        left : ndarray of shape (n,), float64
            Units, >= 0.
        """
        used = state.tables.production[: state.tables.counts[t.PRODUCTION, t.N_USED]]
        making = used[(used["status"] == t.OPEN) & np.isfinite(used["quantity"])]
        return making, np.maximum(making["quantity"] - making["scrap"], 0.0)

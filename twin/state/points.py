"""State seen through a network: by stock point, by demand, by lane.

Dense indices of state begin with those of its network, so reading is array look-ups.
What the network does not know is left out.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from twin.model.network import Network
from twin.state import tables as t
from twin.state._kernels.reading import (
    QUANTITIES,
    SortedKeys,
    read_backlog,
    read_rows,
    read_stock,
)
from twin.state.state import State

Index = NDArray[np.int32]
Float = NDArray[np.float64]


class KeyIndex:
    """Finds the row of a table by three dense indices.

    Attributes
    ----------
    sorted : SortedKeys
        For a kernel.

    Examples
    --------
    >>> columns = [np.array([0, 1]), np.array([5, 5]), np.array([2, 2])]
    >>> KeyIndex(*columns).find(np.array([1, 1]), np.array([5, 6]), np.array([2, 2]))
    array([ 1, -1])
    """

    def __init__(self, first: Index, second: Index, third: Index) -> None:
        keys = _joined(first, second, third)
        order = np.argsort(keys, kind="stable")
        self.sorted = SortedKeys(keys[order], order)

    def find(self, first: Index, second: Index, third: Index) -> NDArray[np.intp]:
        """Return the row of each key, -1 where there is none; the first of equals."""
        keys, rows = self.sorted
        if not len(keys):
            return np.full(len(first), -1, np.intp)
        asked = _joined(first, second, third)
        places = np.minimum(keys.searchsorted(asked), len(keys) - 1)
        return np.where(keys[places] == asked, rows[places], np.intp(-1))


def _joined(first: Index, second: Index, third: Index) -> NDArray[np.int64]:
    # 21 bits each: indices of networks are below two million; -1 matches nothing.
    wide = np.asarray(first, np.int64) << np.int64(42)
    wide = wide + (np.asarray(second, np.int64) << np.int64(21))
    joined: NDArray[np.int64] = wide + np.asarray(third, np.int64)
    return joined


class Rows(NamedTuple):
    """What the events of a batch are about, by row; -1 for nothing or a stranger.

    Attributes
    ----------
    item, place, party : ndarray of shape (n,), int32
        Dense indices of state.
    demand : ndarray of shape (n,), int32
        Row of the network's demands that the party has of the item at the place.
    lane : ndarray of shape (n,), int32
        Lane of the item from the place to the party, the first if there are more.
    """

    item: Index
    place: Index
    party: Index
    demand: Index
    lane: Index


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
        self._last: tuple[EventBatch, State, Rows] | None = None

    def rows(self, batch: EventBatch, state: State) -> Rows:
        """Return what the events of a batch are about.

        Parameters
        ----------
        batch : EventBatch
            Folded by `state`.
        state : State
            Of the network.

        Returns
        -------
        Rows
            The same as before if it was the last that was asked for.
        """
        last = self._last
        if last is not None and last[0] is batch and last[1] is state:
            return last[2]
        item = state.indices(t.ITEM, batch.item)
        place = state.indices(t.PLACE, batch.place)
        party = state.indices(t.PLACE, batch.party)
        demand, lane = np.empty_like(item), np.empty_like(item)
        lane_rows = self._lane_rows.sorted
        read_rows(
            (item, place, party), self.demand_rows.sorted, lane_rows, demand, lane
        )
        rows = Rows(item, place, party, demand, self._carried(lane))
        self._last = batch, state, rows
        return rows

    def points(self, items: Index, places: Index) -> Index:
        """Stock points of dense items and places, -1 where the network has none."""
        n_items, n_places = self.point_of.shape
        known = (items >= 0) & (items < n_items) & (places >= 0) & (places < n_places)
        found = self.point_of[np.where(known, items, 0), np.where(known, places, 0)]
        return np.where(known, found, np.int32(-1))

    def lanes(self, origins: Index, targets: Index, items: Index) -> Index:
        """Lanes between places for items, the first if there are more; -1 if none."""
        return self._carried(self._lane_rows.find(origins, targets, items))

    def _carried(self, pairs: NDArray[np.integer]) -> Index:
        """Return lanes by rows of what lanes carry."""
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
        found = np.zeros((len(QUANTITIES), len(self.network.stock.item_index)))
        tables = state.tables
        n_used = int(tables.counts[t.STOCK, t.N_USED])
        read_stock(tables.stock, n_used, self.point_of, found)
        return tuple(found[QUANTITIES.index(column)] for column in columns)

    def backlog(self, state: State) -> Float:
        """Units customers wait for by demand, shape (n_demands,)."""
        backlog = np.zeros(len(self.network.demands.item_index))
        tables = state.tables
        n_used = int(tables.counts[t.ORDER, t.N_USED])
        read_backlog(tables.orders, n_used, self.demand_rows.sorted, backlog)
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

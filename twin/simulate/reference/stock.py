"""What the simulated network has: counters of every stock point."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.model.network import Network


class StockLevels(NamedTuple):
    """Counters of stock points; arrays of (n_points,).

    `item` and `site` are indices of the network; on_order: ordered, not dispatched;
    in_transit: dispatched to here, not received; backorder: asked by customers, not
    shipped.
    """

    item: NDArray[np.int32]
    site: NDArray[np.int32]
    on_hand: NDArray[np.float64]
    on_order: NDArray[np.float64]
    in_transit: NDArray[np.float64]
    backorder: NDArray[np.float64]


class StockSums(NamedTuple):
    """What policies did, and what there was; arrays of (n_points,).

    Levels are summed over the ends of `n_periods` periods, after the demand of the
    instant and before what policies order. `n_orders` orders of `ordered` units in all
    were placed by policies.
    """

    n_periods: int
    on_hand: NDArray[np.float64]
    in_transit: NDArray[np.float64]
    backorder: NDArray[np.float64]
    ordered: NDArray[np.float64]
    n_orders: NDArray[np.int64]


class StockPoints:
    """Counters as lists, because they are read and written one at a time.

    Parameters
    ----------
    network : Network
        Its stock points and what is on hand there.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        stock = network.stock
        pairs = zip(stock.item_index.tolist(), stock.site_index.tolist(), strict=True)
        self._points = {pair: point for point, pair in enumerate(pairs)}
        n_points = len(self._points)
        self.on_hand: list[float] = stock.on_hand.tolist()
        self.on_order = [0.0] * n_points
        self.in_transit = [0.0] * n_points
        self.backorder = [0.0] * n_points
        # Asked for by own sites, and by production that waits for components.
        self.owed = [0.0] * n_points
        # What waits to be made here, and what was released.
        self.wanted = [0.0] * n_points
        self.in_production = [0.0] * n_points

    def __len__(self) -> int:
        return len(self._points)

    def point(self, item: int, site: int) -> int:
        """Return the number of the stock point of an item at a site.

        Raises
        ------
        OptionError
            If the item is not kept there.
        """
        found = self._points.get((item, site))
        if found is None:
            items, places = self._network.items.ids, self._network.places.ids
            where = places[site] if 0 <= site < len(places) else site
            what = items[item] if 0 <= item < len(items) else item
            msg = f"item {what!r} is not kept at {where!r}: add it to the stock table"
            raise OptionError(msg)
        return found

    def levels(self) -> StockLevels:
        """Return all counters as arrays."""
        stock = self._network.stock
        return StockLevels(
            stock.item_index,
            stock.site_index,
            *(
                np.array(counter)
                for counter in (
                    self.on_hand, self.on_order, self.in_transit, self.backorder
                )
            ),
        )  # fmt: skip

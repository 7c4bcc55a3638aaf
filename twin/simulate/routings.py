"""Which rows of the table of routings say how an item is made at a site."""

import numpy as np
from numpy.typing import NDArray

from twin.model.network import Network


class RoutingRows:
    """Rows of routings by item and site: the item's own count before those of '*'.

    Parameters
    ----------
    network : Network
        Its routings.
    """

    def __init__(self, network: Network) -> None:
        self._routings = network.routings
        order = np.argsort(self._routings.item_index, kind="stable")
        self._order, self._sorted = order, self._routings.item_index[order]

    def of(self, item: int, site: int) -> NDArray[np.intp]:
        """Return the rows of the routing of an item at a site, in the order of steps.

        Parameters
        ----------
        item, site : int
            Indices of the network.

        Returns
        -------
        ndarray of shape (n_steps,), intp
            Empty if there is no routing.
        """
        rows = self._of_item(item)
        if not len(rows):
            rows = self._of_item(-1)
        sites = self._routings.site_index[rows]
        wanted = site if (sites == site).any() else -1
        found = rows[sites == wanted]
        order = np.argsort(self._routings.step[found], kind="stable")
        return np.asarray(found[order], np.intp)

    def _of_item(self, item: int) -> NDArray[np.intp]:
        first, last = np.searchsorted(self._sorted, [item, item + 1])
        return np.sort(self._order[first:last])

"""Demand by demand row and period, folded from the orders customers place."""

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.events import TYPE_CODES
from twin.model.network import Network
from twin.state.points import NetworkView
from twin.state.state import State

_RECEIVED = TYPE_CODES["OrderReceived"]


class DemandHistory:
    """What customers asked for, period by period.

    Demand is what was asked for, not what was sold: orders that were lost for want of
    stock count in full. Where only sales are known, that is a lower bound.

    Parameters
    ----------
    network : Network
        Its `demands` are the rows.
    view : NetworkView
        Of that network.
    """

    def __init__(self, network: Network, view: NetworkView) -> None:
        self._view = view
        self._n_demands = len(network.demands.item_index)
        self._periods: list[NDArray[np.float64]] = []

    def book(self, batch: EventBatch, state: State) -> NDArray[np.float64]:
        """Add the orders of one period, in a batch that `state` has folded.

        Returns
        -------
        ndarray of shape (n_demands,), float64
            Units asked for in the period.
        """
        asked = np.zeros(self._n_demands)
        rows = np.flatnonzero(batch.type_code == _RECEIVED)
        if len(rows):
            found = self._view.rows(batch, state).demand[rows]
            kept = found >= 0
            np.add.at(asked, found[kept], batch.value0[rows[kept]])
        self._periods.append(asked)
        return asked

    def values(self) -> NDArray[np.float64]:
        """Return all periods, shape (n_demands, n_periods), float64."""
        if not self._periods:
            return np.zeros((self._n_demands, 0))
        return np.stack(self._periods, axis=1)

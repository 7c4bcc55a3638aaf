"""What customers asked for, review period by review period, event by event."""

import hashlib
from typing import Self

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.events import TYPE_CODES
from twin.model.network import Network
from twin.projection import Arrays
from twin.state import tables as t
from twin.state.points import NetworkView
from twin.state.state import State

_RECEIVED = TYPE_CODES["OrderReceived"]


class AskedByReview:
    """Units asked for by row of demand; the last period is under way.

    Sums are run up event by event, so that they are the same to the last bit however
    the events came in batches.

    Parameters
    ----------
    network : Network
        Its `demands` are the rows.
    view : NetworkView
        Of that network.
    """

    def __init__(self, network: Network, view: NetworkView) -> None:
        self._view = view
        self._network = network
        self._periods: list[NDArray[np.float64]] = []
        self._under_way = np.zeros(len(network.demands.item_index))

    @property
    def n_closed(self) -> int:
        """Periods that are over."""
        return len(self._periods)

    def apply(self, batch: EventBatch, state: State) -> None:
        """Add the orders of a batch that `state` has folded."""
        rows = np.flatnonzero(batch.type_code == _RECEIVED)
        if not len(rows):
            return
        found = self._view.demand_rows.find(
            state.indices(t.PLACE, batch.party[rows]),
            state.indices(t.ITEM, batch.item[rows]),
            state.indices(t.PLACE, batch.place[rows]),
        )
        kept = found >= 0
        np.add.at(self._under_way, found[kept], batch.value0[rows[kept]])

    def close_period(self) -> None:
        """Begin the next period."""
        self._periods.append(self._under_way)
        self._under_way = np.zeros_like(self._under_way)

    def values(self) -> NDArray[np.float64]:
        """Return all periods, shape (n_demands, n_closed + 1), float64."""
        return np.stack([*self._periods, self._under_way], axis=1)

    def fork(self) -> Self:
        """Return an independent copy."""
        copied = type(self)(self._network, self._view)
        copied._periods = list(self._periods)  # noqa: SLF001 - of its own class
        copied._under_way = self._under_way.copy()  # noqa: SLF001
        return copied

    def snapshot(self) -> Arrays:
        """Return everything needed to go on, as named arrays."""
        return {"units": self.values()}

    def restore(self, arrays: Arrays) -> None:
        """Take over a snapshot of the same network."""
        units = np.array(arrays["units"], np.float64)
        self._periods = [column.copy() for column in units.T[:-1]]
        self._under_way = units[:, -1].copy()

    def digest(self) -> str:
        """Return the hash of the content, hexadecimal."""
        units = np.ascontiguousarray(self.values())
        return hashlib.blake2b(units.tobytes(), digest_size=16).hexdigest()

"""From rows of a trace to events: references become numbers of names."""

import numpy as np
from numpy.typing import NDArray

from streams.batch import DTYPES, EventBatch, empty_batch
from streams.events import OrderCancelled
from streams.names import Names
from twin.model.network import Network
from twin.simulate import tables as t
from twin.simulate.reference.emission import Emitter
from twin.simulate.tables import Records

_REFERENCES = ("subject", "item", "place", "party", "parent")
_PLAIN = ("time_us", "type_code", "code", "value0", "value1", "value2", "time0")


class Teller:
    """Turns traces of one simulation into batches of events.

    Parameters
    ----------
    network : Network
        What is simulated.
    names : Names
        Table of ids of the batches.
    """

    def __init__(self, network: Network, names: Names) -> None:
        self._names = names
        self._emitter = Emitter(names)
        self._numbers: list[NDArray[np.int32]] = [
            np.asarray(names.indices(ids), np.int32)
            for ids in (
                network.items.ids,
                network.places.ids,
                network.machines.ids,
                network.operations,
                network.open_orders.ids,
            )
        ]
        # A running number counts from 1.
        self._numbers += [np.full(1, -1, np.int32) for _ in t.LETTERS]

    def batch(self, trace: Records) -> EventBatch:
        """Return the events of a trace, in canonical order.

        Parameters
        ----------
        trace : array of records
            Rows in the order in which they were told; numbered on from the last call.

        Returns
        -------
        EventBatch
        """
        if not len(trace):
            return empty_batch(self._names)
        columns = {name: trace[name].astype(DTYPES[name]) for name in _PLAIN}
        columns |= {name: self._named(trace[name]) for name in _REFERENCES}
        for row in np.flatnonzero(trace["lost"]).tolist():
            order = self._names[int(columns["subject"][row])]
            self._emitter.add_detail(row, OrderCancelled(order=order, reason="lost"))
        return self._emitter.batch(columns)

    def _named(self, references: NDArray[np.int64]) -> NDArray[np.int32]:
        found = np.full(len(references), -1, np.int32)
        kinds = references >> t.KIND_BITS
        indices = references & ((1 << t.KIND_BITS) - 1)
        for kind in range(len(self._numbers)):
            rows = np.flatnonzero(kinds == kind)
            if len(rows):
                self._know(kind, int(indices[rows].max()))
                found[rows] = self._numbers[kind][indices[rows]]
        return found

    def _know(self, kind: int, highest: int) -> None:
        # Running numbers are given out one after the other.
        known = len(self._numbers[kind])
        if kind >= t.NUMBERED and highest >= known:
            letter = t.LETTERS[kind - t.NUMBERED]
            ids = [f"{letter}{n}" for n in range(known, highest + 1)]
            new = np.asarray(self._names.indices(ids), np.int32)
            self._numbers[kind] = np.concatenate([self._numbers[kind], new])

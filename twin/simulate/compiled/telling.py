"""From rows of a trace to events: references become numbers of names."""

from copy import copy

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch, empty_batch
from streams.events import TYPE_CODES, OrderCancelled
from streams.names import Names
from twin.model.network import Network
from twin.simulate import tables as t
from twin.simulate.reference.emission import Emitter
from twin.simulate.tables import NumPyArray, Trace

_NAMES = ("subject", "item", "place", "party", "parent")
_CANCELLED = TYPE_CODES["OrderCancelled"]


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
        ids = (
            *network.items.ids, *network.places.ids, *network.machines.ids,
            *network.operations, *network.families, *network.open_orders.ids,
            *t.SENSORS,
        )  # fmt: skip
        self._numbers = np.asarray(names.indices(ids), np.int32)
        self._n_named = len(ids)

    def fork(self) -> "Teller":
        """Return one that numbers its events on from here, by itself.

        Returns
        -------
        Teller
            Neither sees what the other numbers.
        """
        other = copy(self)
        vars(other).update(_emitter=copy(self._emitter))
        return other

    def batch(self, trace: Trace) -> EventBatch:
        """Return the events of a trace, in canonical order.

        Parameters
        ----------
        trace : Trace
            Rows in the order in which they were told; numbered on from the last call.

        Returns
        -------
        EventBatch
        """
        if not len(trace.time_us):
            return empty_batch(self._names)
        columns: dict[str, NumPyArray] = trace._asdict()
        columns |= {name: self._named(columns[name]) for name in _NAMES}
        lost = (trace.type_code == _CANCELLED) & (trace.code >= 0)
        for row in np.flatnonzero(lost).tolist():
            order = self._names[int(columns["subject"][row])]
            self._emitter.add_detail(row, OrderCancelled(order=order, reason="lost"))
        columns["code"] = np.where(lost, np.int16(-1), trace.code)
        return self._emitter.batch(columns)

    def _named(self, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
        self._know(np.unique(numbers[numbers >= self._n_named]))
        return np.where(numbers >= 0, self._numbers[numbers], np.int32(-1))

    def _know(self, used: NDArray[np.int32]) -> None:
        if not len(used):
            return
        if used[-1] >= len(self._numbers):
            wider = np.full(2 * int(used[-1]) + 2, -1, np.int32)
            wider[: len(self._numbers)] = self._numbers
            self._numbers = wider
        new = used[self._numbers[used] < 0]
        counts, letters = np.divmod(new - self._n_named, len(t.LETTERS))
        ids = [
            f"{t.LETTERS[letter]}{n}"
            for n, letter in zip(counts.tolist(), letters.tolist(), strict=True)
        ]
        self._numbers[new] = self._names.indices(ids)

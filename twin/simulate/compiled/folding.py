"""Live state of a simulated network, folded from its trace while it runs.

The transition is the one of live events; only names differ: a simulation numbers what
it names, so that no text is made. One thread simulates, the other folds what was told
before.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from streams.layout import RANK_RULES
from streams.names import Names, hash64_all
from twin.model.network import Network
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels.folding import (
    FIRST_SLOTTED,
    RingNames,
    carry_rows,
    hash_numbered,
    name_new,
    order_rows,
    renumber,
)
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, Trace
from twin.state import tables as live
from twin.state._kernels.rows import Rows
from twin.state.known import known_entities
from twin.state.state import State

_RING = 1 << 13
"""Places of each letter at first: more than the closed orders that state remembers."""


class FoldedState:
    """Live state that folds traces.

    Parameters
    ----------
    network : Network
        What is simulated.
    layout : Layout
        Says how its trace numbers names.

    Attributes
    ----------
    state : State
        As of the rows folded so far; its table of names is not that of the trace.
    """

    def __init__(self, network: Network, layout: Layout) -> None:
        self.state = State.of_model(known_entities(network), Names())
        first = layout.settings[laid.FIRST_NAME :].tolist()
        self._n_named = first[t.NUMBERED]
        named = (
            network.items.ids, network.places.ids, network.machines.ids,
            network.operations, network.families, network.open_orders.ids,
            t.SENSORS,
        )  # fmt: skip
        hashes = hash64_all([name for ids in named for name in ids])
        self._memo = np.full((len(live.KINDS), self._n_named), -1, np.int32)
        for kind, ours in ((live.ITEM, t.ITEM), (live.PLACE, t.PLACE),
                           (live.MACHINE, t.MACHINE)):  # fmt: skip
            n = first[ours + 1] - first[ours]
            self._memo[kind, first[ours] : first[ours + 1]] = np.arange(n)
        self._hashes = hashes
        self._names = self._ring(_RING)
        self._order = np.zeros(1, np.int64)
        self._work = np.zeros(1, np.uint8)
        self._subject, self._parent = np.zeros((2, 1), np.int32)

    def _ring(self, ring: int) -> RingNames:
        """Return rings in which nothing has a place, and make room for them."""
        wide = self._n_named + ring * len(t.LETTERS)
        memo = np.full((len(live.KINDS), wide), -1, np.int32)
        memo[:, : self._n_named] = self._memo[:, : self._n_named]
        hashes = np.zeros(wide, np.uint64)
        hashes[: self._n_named] = self._hashes[: self._n_named]
        self._memo, self._hashes = memo, hashes
        return RingNames(
            first=np.array([self._n_named]),
            ring=np.array([ring]),
            known=np.zeros(len(t.LETTERS), np.int64),
            letters=np.array([ord(letter) for letter in t.LETTERS]),
            text=np.zeros(24, np.uint8),
        )

    def _widen(self) -> None:
        """Double the rings; what live state refers to moves with its number."""
        old, memo, hashes = self._names, self._memo, self._hashes
        size, known = int(old.ring[0]), old.known
        self._names = self._ring(2 * size)
        self._names.known[:] = known
        moved = np.arange(len(hashes), dtype=np.int32)
        for letter, highest in enumerate(known.tolist()):
            n = np.arange(max(highest - size + 1, 0), highest + 1)
            source = self._n_named + letter * size + (n & (size - 1))
            target = self._n_named + letter * 2 * size + (n & (2 * size - 1))
            self._memo[:, target] = memo[:, source]
            self._hashes[target] = hashes[source]
            moved[source] = target
            # Older ones have a place again; nothing in live state refers to them.
            for number in range(max(highest - 2 * size + 1, 1), highest - size + 1):
                at = self._n_named + letter * 2 * size + (number & (2 * size - 1))
                letter_byte = int(old.letters[letter])
                self._hashes[at] = hash_numbered(self._names.text, letter_byte, number)
        for kind in range(FIRST_SLOTTED, len(live.KINDS)):
            names = getattr(self.state.tables, live.TABLE_OF[kind])["name"]
            names[:] = moved[names]

    def order(self, trace: Trace, n: int) -> int:
        """Bring rows into canonical order; return how many are before the last instant.

        Parameters
        ----------
        trace : Trace
            Its first `n` rows.
        n : int
            Rows told.

        Returns
        -------
        int
        """
        if len(self._order) < n:
            self._order, self._work = (
                np.zeros(2 * n, np.int64),
                np.zeros(2 * n, np.uint8),
            )
        rules = RANK_RULES
        return int(
            order_rows(trace, n, rules.of_type, rules.is_down, self._order, self._work)
        )

    def carry(self, trace: Trace, first: int, n: int, target: Trace) -> None:
        """Copy the rows of the last instant to the begin of another trace.

        Parameters
        ----------
        trace : Trace
            As ordered.
        first, n : int
            Rows of the order, from `first` to before `n`.
        target : Trace
            With room for them.
        """
        carry_rows(trace, self._order, first, n, target)

    def name(self, trace: Trace, n: int, highest: NDArray[np.int64]) -> None:
        """Give what was named a place, before its rows are folded.

        Parameters
        ----------
        trace : Trace
            Its first `n` rows.
        n : int
            Rows told.
        highest : ndarray of shape (n_letters,), int64
            The highest running number of each letter that was given so far.
        """
        if len(self._subject) < n:
            self._subject, self._parent = np.zeros((2, 2 * n), np.int32)
        while not name_new(self._names, self._memo, self._hashes, highest):
            self._widen()
        while not renumber(self._names, trace, n, self._subject, self._parent):
            self._widen()

    def fold(self, trace: Trace, n: int) -> None:
        """Fold the first `n` rows of the order.

        Parameters
        ----------
        trace : Trace
            As ordered and named.
        n : int
            Rows to fold.
        """
        columns = trace._replace(subject=self._subject, parent=self._parent)
        rows = Rows(*columns, name_hash=self._hashes, memo=self._memo)
        self.state.fold(rows, self._order, n)


def advance_folding(plant: CompiledPlant, folded: FoldedState, until_us: int) -> None:
    """Simulate up to and including `until_us`, and fold all that happens.

    Parameters
    ----------
    plant : CompiledPlant
        Nothing of it was told to others.
    folded : FoldedState
        Of the same simulation from its begin.
    until_us : int
        Microseconds UTC.
    """
    plant.reach(until_us)
    spare = Trace.of_rows(len(plant.trace.time_us))
    with ThreadPoolExecutor(1) as pool:
        done = plant.run_until_full(until_us)
        while True:
            told, n = plant.trace, int(plant.tables.clock[t.N_TRACED])
            last = folded.order(told, n)
            if done:
                last = n
            folded.name(told, n, _highest(plant.tables))
            while 2 * (n - last) >= len(spare.time_us):
                spare = spare.wider()  # an instant of many rows is carried whole
            folded.carry(told, last, n, spare)
            plant.give_trace(spare, n - last)
            if done:
                folded.fold(told, last)
                return
            ahead = pool.submit(plant.run_until_full, until_us)
            folded.fold(told, last)
            spare, done = told, ahead.result()


def _highest(sim: Simulated) -> NDArray[np.int64]:
    return sim.clock[t.NUMBER : t.NUMBER + len(t.LETTERS)].copy()

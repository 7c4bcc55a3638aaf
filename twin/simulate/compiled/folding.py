"""Live state of a simulated network, folded from its trace while it runs.

The transition is the one of live events; only names differ: a simulation numbers what
it names, so that no text is made. One thread simulates, the other folds what was told
before.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from streams.layout import RANK_RULES
from streams.names import Names, hash64_all
from twin.model.network import Network
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels.folding import carry_rows, hash_numbered, order_rows
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, Trace
from twin.state import tables as live
from twin.state._kernels.rows import Rows
from twin.state.known import known_entities
from twin.state.state import State


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
        )  # fmt: skip
        self._hashes = hash64_all([name for ids in named for name in ids])
        self._memo = np.full((len(live.KINDS), self._n_named), -1, np.int32)
        for kind, ours in ((live.ITEM, t.ITEM), (live.PLACE, t.PLACE),
                           (live.MACHINE, t.MACHINE)):  # fmt: skip
            n = first[ours + 1] - first[ours]
            self._memo[kind, first[ours] : first[ours + 1]] = np.arange(n)
        self._known = 0
        self._order = np.zeros(1, np.int64)
        self._work = np.zeros(1, np.uint8)

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
            self._order, self._work = np.zeros(2 * n, np.int64), np.zeros(2 * n, np.uint8)
        rules = RANK_RULES
        return int(
            order_rows(trace, n, rules.of_type, rules.is_down, self._order, self._work)
        )

    def carry(self, trace: Trace, first: int, n: int, target: Trace) -> None:
        """Copy the rows of the last instant to the begin of another trace."""
        carry_rows(trace, self._order, first, n, target)

    def fold(self, trace: Trace, n: int, highest: int) -> None:
        """Fold the first `n` rows of the order.

        Parameters
        ----------
        trace : Trace
            As ordered.
        n : int
            Rows to fold.
        highest : int
            The highest running number that was given to anything so far.
        """
        self._name(highest)
        rows = Rows(*trace, name_hash=self._hashes, memo=self._memo)
        self.state.fold(rows, self._order, n)

    def _name(self, highest: int) -> None:
        if highest < self._known:
            return
        known, wanted = self._known, max(2 * highest, 1024)
        letters = [hash_numbered(ord(c), known, wanted) for c in t.LETTERS]
        self._hashes = np.concatenate([self._hashes, np.stack(letters, 1).reshape(-1)])
        wider = np.full((len(live.KINDS), len(self._hashes)), -1, np.int32)
        wider[:, : self._memo.shape[1]] = self._memo
        self._memo, self._known = wider, wanted


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
            last = n if done else folded.order(told, n)
            if done:
                folded.order(told, n)
            highest = _highest(plant.tables)
            folded.carry(told, last, n, spare)
            plant.give_trace(spare, n - last)
            if done:
                folded.fold(told, last, highest)
                return
            ahead = pool.submit(plant.run_until_full, until_us)
            folded.fold(told, last, highest)
            spare, done = told, ahead.result()


def _highest(sim: Simulated) -> int:
    return int(sim.clock[t.NUMBER : t.NUMBER + len(t.LETTERS)].max())

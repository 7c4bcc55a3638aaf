"""Live state of a simulated network, folded from its trace while it runs.

The transition is the one of live events; only names differ: a simulation numbers what
it names, so that no text is made. One thread simulates, the other folds what was told
before.
"""

from concurrent.futures import ThreadPoolExecutor
from copy import copy
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.layout import RANK_RULES
from streams.names import Names, hash64_all
from twin.errors import OptionError
from twin.model.network import Network
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate._kernels.folding import (
    FIRST_SLOTTED,
    Ordered,
    RingNames,
    hash_numbered,
    keep_rows,
    name_new,
    order_rows,
)
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.layout import Layout
from twin.simulate.tables import NumPyArray, Simulated, Trace
from twin.state import tables as live
from twin.state._kernels.rows import Rows
from twin.state.known import known_entities
from twin.state.state import State

_RING = 1 << 13
"""Places of each letter at first: more than the closed orders that state remembers."""

_ROOM = 64
"""Rows left free at the begin of a trace, for those of an instant that was held."""

_NOTHING = Trace.of_rows(0)

_SPARE = 5
"""Traces the simulation may be ahead by: either thread goes on when the other rests."""


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
    has_failed : bool
        Whether `advance_folding` failed midway: then some of what happened is neither
        in `state` nor will it be told again.
    """

    def __init__(self, network: Network, layout: Layout) -> None:
        self.state = State.of_model(known_entities(network), Names())
        self.has_failed = False
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
        self._rows = _ordered(1)
        self._held, self._n_held = Trace.of_rows(_ROOM), 0
        self._as_held = np.arange(_ROOM)
        self._closed: tuple[NumPyArray, ...] = ()  # memory of what was closed last
        self._n_kept = 0  # rows of its history that are those of live state

    def fork(self) -> "FoldedState":
        """Return one that folds on from here by itself.

        Returns
        -------
        FoldedState
            Equal to this one; neither sees what the other folds.
        """
        other = copy(self)
        names = self._names._replace(known=self._names.known.copy())
        held = Trace.of_rows(len(self._held.time_us))
        keep_rows(self._held, self._as_held, 0, self._n_held, held, 0)
        vars(other).update(
            state=self.state.fork(),
            _memo=self._memo.copy(),
            _hashes=self._hashes.copy(),
            _names=names._replace(text=names.text.copy()),
            _rows=_ordered(1),
            _held=held,
            _closed=(),
            _n_kept=0,
        )
        return other

    def settled(self) -> State:
        """Return live state with its last instant closed, to be looked at only.

        Returns
        -------
        State
            Good until more is folded, or the next call.
        """
        state = self.state
        if state.is_settled:
            return state
        memo = self._copy_memo()
        tables = self._copy_used()
        closed = State(state.names, state.model_hash, tables, memo)
        # What is judged may free a slot, and with it the place of a name.
        closed.close_fold(Rows(*_NOTHING, name_hash=self._hashes, memo=memo))
        self._closed = (*closed.tables, memo)
        return closed

    def _copy_used(self) -> live.Tables:
        """Return a copy of what is used of live state, in memory that is there already.

        What lies behind the used rows nobody reads: rows are filled when they open.
        """
        tables = self.state.tables
        used = tables.counts[:, live.N_USED].tolist()
        n_rows = {name: used[kind] for kind, name in live.TABLE_OF.items()}
        n_rows["machines"] = n_rows["time_in_state_us"] = n_rows["machine_ids"]
        spares = self._closed or (np.zeros(0),) * len(tables)
        # The history only grows, until its ring is full.
        n_history = n_rows["history"]
        kept = self._n_kept if n_history <= len(tables.history) else 0
        self._n_kept = n_history
        copied = []
        for name, old, spare in zip(live.Tables._fields, tables, spares, strict=False):
            new = spare if spare.shape == old.shape else np.empty_like(old)
            n = min(n_rows.get(name, len(old)), len(old))  # of a ring, all
            first = kept if name == "history" and new is spare else 0
            new[first:n].view(np.uint8)[...] = old[first:n].view(np.uint8)
            copied.append(new)
        return live.Tables(*copied)

    def _copy_memo(self) -> NumPyArray:
        """Return a copy of what names mean, as far as names were given."""
        old, spare = self._memo, self._closed[-1:]
        if not spare or spare[0].shape != old.shape:
            return old.copy()
        memo, ring = spare[0], int(self._names.ring[0])
        memo[:, : self._n_named] = old[:, : self._n_named]
        for letter, known in enumerate(self._names.known.tolist()):
            first = self._n_named + letter * ring
            span = slice(first, first + min(known + 1, ring))
            memo[:, span] = old[:, span]
        return memo

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

    def take(
        self, trace: Trace, rows: range, highest: NDArray[np.int64], *, hold: bool
    ) -> NDArray[np.int64]:
        """Fold what was told since the last call.

        Parameters
        ----------
        trace : Trace
            What is before `rows` is free to be overwritten.
        rows : range
            Those that were told.
        highest : ndarray of shape (n_letters,), int64
            The highest running number of each letter that was given so far.
        hold : bool
            Whether rows of the last instant may come: it waits for the next call.

        Returns
        -------
        ndarray of shape (n_folded,), int64
            Rows in the order in which they were folded, counted among those held and
            told; good until the next call.
        """
        trace, first, n = self._with_held(trace, rows)
        if len(self._rows.order) < n:
            self._rows = _ordered(2 * n)
        while not name_new(self._names, self._memo, self._hashes, highest):
            self._widen()
        while (last := self._ordered(trace, first, n)) < 0:
            self._widen()
        if hold:
            self._hold(trace, last, n - first)
        else:
            last = n - first
        found = self._rows
        columns = trace._replace(subject=found.subject, parent=found.parent)
        named = Rows(*columns, name_hash=self._hashes, memo=self._memo)
        self.state.fold(named, found.order, last)
        return found.order[:last]

    def _ordered(self, trace: Trace, first: int, n: int) -> int:
        rules = RANK_RULES
        return int(
            order_rows(
                trace, first, n, rules.of_type, rules.is_down, self._names, self._rows
            )
        )

    def _with_held(self, trace: Trace, rows: range) -> tuple[Trace, int, int]:
        """Return a trace in which what was held comes before `rows`, and its span."""
        n_held, self._n_held = self._n_held, 0
        first, n = rows.start - n_held, rows.stop
        if first < 0:
            held = self._held.first(n_held)
            joined = [
                np.concatenate(
                    (getattr(held, name), getattr(trace, name)[rows.start : n])
                )
                for name in Trace._fields
            ]
            return Trace(*joined), 0, n - first
        if n_held:
            keep_rows(self._held, self._as_held, 0, n_held, trace, first)
        return trace, first, n

    def _hold(self, trace: Trace, first: int, n: int) -> None:
        """Keep rows `first` to `n` of the order for the next call."""
        if len(self._held.time_us) < n - first:
            self._held = Trace.of_rows(2 * (n - first))
            self._as_held = np.arange(2 * (n - first))
        keep_rows(trace, self._rows.order, first, n, self._held, 0)
        self._n_held = n - first


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

    Raises
    ------
    OptionError
        If an earlier call with `folded` failed, of whatever error: the simulation is
        then ahead of the state. Nothing is simulated; begin anew with both.
    """
    if folded.has_failed:
        msg = "folded state: a call with it failed before, so it misses what happened"
        raise OptionError(msg)
    plant.reach(until_us)
    folded.has_failed = True  # until it is done
    try:
        _advance(plant, folded, until_us)
    finally:
        # A trace that was taken midway begins with rows of another.
        plant.give_trace(plant.trace, 0)
    folded.has_failed = False


def _advance(plant: CompiledPlant, folded: FoldedState, until_us: int) -> None:
    spare: SimpleQueue[Trace | None] = SimpleQueue()
    told: SimpleQueue[_Told | None] = SimpleQueue()
    for _ in range(_SPARE):
        spare.put(Trace.of_rows(len(plant.trace.time_us)))
    with ThreadPoolExecutor(1) as pool:
        simulation = pool.submit(_simulate, plant, until_us, spare, told)
        try:
            while (part := told.get()) is not None:
                folded.take(part.trace, part.rows, part.highest, hold=not part.is_last)
                spare.put(part.trace)
        finally:
            spare.put(None)  # who simulates does not wait for one who failed
        simulation.result()


class _Told(NamedTuple):
    """Rows of a trace that is not written until it is spare again."""

    trace: Trace
    rows: range
    highest: NDArray[np.int64]
    is_last: bool


def _simulate(
    plant: CompiledPlant, until_us: int,
    spare: "SimpleQueue[Trace | None]", told: "SimpleQueue[_Told | None]",
) -> None:  # fmt: skip
    """Fill spare traces; in the end tell nothing more."""
    first, done = 0, False
    try:
        while not done:
            done = plant.run_until_full(until_us)
            rows = range(first, int(plant.tables.clock[t.N_TRACED]))
            told.put(_Told(plant.trace, rows, highest_of(plant.tables), done))
            following = None if done else spare.get()
            if following is None:
                break
            first = min(_ROOM, len(following.time_us) // 4)
            plant.give_trace(following, first)
    finally:
        told.put(None)


def _ordered(n_rows: int) -> Ordered:
    return Ordered(
        np.zeros(n_rows, np.int64), np.zeros(n_rows, np.uint8),
        np.zeros(n_rows, np.int32), np.zeros(n_rows, np.int32),
    )  # fmt: skip


def highest_of(sim: Simulated) -> NDArray[np.int64]:
    """Return the highest running number of each letter that was given so far.

    Parameters
    ----------
    sim : Simulated
        Tables of a simulation.

    Returns
    -------
    ndarray of shape (n_letters,), int64
    """
    return sim.clock[t.NUMBER : t.NUMBER + len(t.LETTERS)].copy()

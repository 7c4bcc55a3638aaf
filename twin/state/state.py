"""Live state: a pure function of the model and the events folded so far."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME, EventBatch, empty_batch
from streams.names import Names
from streams.picked import Part, Picked
from twin.errors import SnapshotCorruptError, SnapshotMismatchError
from twin.state import tables as t
from twin.state._kernels.rows import Rows, rebuild_stock_index
from twin.state._kernels.transition import apply_rows, close_instant
from twin.state.tables import Tables

CHUNK = 16_384
"""Events per call of the compiled fold: bounds how far tables grow ahead of use."""

_AS_THEY_STAND = np.zeros(0, np.int64)
_ROW_COLUMNS = tuple(name for name in Rows._fields if name not in {"name_hash", "memo"})
_DIRECTORIES = (t.ITEM, t.PLACE, t.MACHINE)
_SLOTTED = (t.ORDER, t.SHIPMENT, t.PRODUCTION)
_ROWS_PER_EVENT = {
    t.ITEM: 1,
    t.PLACE: 2,
    t.MACHINE: 1,
    t.ORDER: 1,
    t.SHIPMENT: 1,
    t.PRODUCTION: 1,
    t.STOCK: 2,
    t.SUSPECTED: 8,
    t.HISTORY_ROWS: 2,
}
"""The most rows that one event (or judging it) adds to a table."""


@dataclass(frozen=True, slots=True)
class KnownEntities:
    """What the model knows before the first event.

    Attributes
    ----------
    items, places, machines : sequence of str
        Ids in the order of the model.
    place_kinds : sequence of str
        One of `twin.state.tables.PLACE_KINDS` for each place.
    stock : sequence of (str, str, float)
        Item, place and quantity on hand at `as_of_us`.
    as_of_us : int
        Events before it are counted and skipped; `NO_TIME` for none.
    model_hash : str
        Hash of the network; enters the hash of state.
    """

    items: Sequence[str] = ()
    places: Sequence[str] = ()
    place_kinds: Sequence[str] = ()
    machines: Sequence[str] = ()
    stock: Sequence[tuple[str, str, float]] = ()
    as_of_us: int = int(NO_TIME)
    model_hash: str = ""


@dataclass(slots=True)
class State:
    """The fold of events over the tables of `twin.state.tables`.

    Make one with `State.of_model`; fold with `apply`; branch with `fork`.

    Attributes
    ----------
    names : Names
        Table of ids shared by every batch this state folds.
    tables : Tables
        The arrays; replaced when they grow, so never keep a reference to one.
    model_hash : str
        Hash of the network this state belongs to.
    """

    names: Names
    model_hash: str
    tables: Tables = field(repr=False)
    _memo: NDArray[np.int32] = field(repr=False)

    @classmethod
    def of_model(cls, known: KnownEntities, names: Names) -> Self:
        """Return the state of a model before the first event."""
        state = cls(names, known.model_hash, t.empty_tables(), _empty_memo(1024))
        state._learn(known)
        return state

    def _learn(self, known: KnownEntities) -> None:
        ids = (known.items, known.places, known.machines)
        self._reserve(max(len(group) for group in ids) + len(known.stock) + 1)
        for kind, group in zip(_DIRECTORIES, ids, strict=True):
            self._seed(kind, group)
        kinds = [t.PLACE_KINDS.index(kind) for kind in known.place_kinds]
        self.tables.places["kind"][: len(kinds)] = kinds
        self.tables.clock[t.AS_OF_US] = known.as_of_us
        self._seed_stock(known)

    def _seed(self, kind: int, ids: Sequence[str]) -> None:
        numbers = self.names.indices(ids)
        self._widen_memo()
        directory = getattr(self.tables, t.TABLE_OF[kind])
        n = len(ids)
        directory["hash"][:n] = self.names.hashes[numbers]
        directory["name"][:n] = numbers
        self.tables.counts[kind, t.N_USED] = n
        self.tables.counts[kind, t.N_KNOWN] = n
        self._memo[kind, numbers] = np.arange(n)

    def _seed_stock(self, known: KnownEntities) -> None:
        items = {name: i for i, name in enumerate(known.items)}
        places = {name: i for i, name in enumerate(known.places)}
        for row, (item, place, quantity) in enumerate(known.stock):
            cells = self.tables.stock[row]
            cells["item"], cells["place"] = items[item], places[place]
            cells["on_hand"], cells["updated_us"] = quantity, known.as_of_us
        self.tables.counts[t.STOCK, t.N_USED] = len(known.stock)
        rebuild_stock_index(self.tables)

    def apply(self, batch: Part) -> None:
        """Fold events that are in canonical order and follow all folded before.

        An event earlier than the last one is applied all the same and counted as a
        correction; one before the model's `as_of` is counted and skipped.

        Parameters
        ----------
        batch : EventBatch or Picked
            Its `names` must be those of this state.
        """
        order = _AS_THEY_STAND
        n_events = len(batch)
        if isinstance(batch, Picked):
            order, batch = batch.rows, batch.batch
        assert batch.names is self.names, "batch and state share one table of names"
        for start in range(0, n_events, CHUNK):
            stop = min(start + CHUNK, n_events)
            self._reserve(stop - start)
            apply_rows(self.tables, self._rows(batch), order, (start, stop))

    def fold(self, rows: Rows, order: NDArray[np.intp], n_rows: int) -> None:
        """Fold rows that bring their own table of names.

        Parameters
        ----------
        rows : Rows
            Columns, and what their numbers of names mean: one table for all calls.
        order : ndarray of int
            Numbers of rows in canonical order.
        n_rows : int
            How many of `order` are folded.
        """
        self._reserve(n_rows)
        apply_rows(self.tables, rows, order, (0, n_rows))

    def close_fold(self, rows: Rows) -> None:
        """Judge the events of the last instant where rows brought their own names.

        Parameters
        ----------
        rows : Rows
            No row, with the table of names of the calls of `fold`; it is changed.
        """
        if not self.is_settled:
            self._reserve(0)
            close_instant(self.tables, rows)

    def _rows(self, batch: EventBatch) -> Rows:
        self._widen_memo()
        columns = {name: getattr(batch, name) for name in _ROW_COLUMNS}
        return Rows(**columns, name_hash=self.names.hashes, memo=self._memo)

    def _widen_memo(self) -> None:
        capacity = self._memo.shape[1]
        if len(self.names) > capacity:
            wide = _empty_memo(max(2 * capacity, len(self.names)))
            wide[:, :capacity] = self._memo
            self._memo = wide

    def _reserve(self, n_events: int) -> None:
        """Make room in every growing table for `n_events` more events."""
        tables = self.tables
        used = tables.counts[:, t.N_USED].tolist()
        n_events += used[t.SUSPECTED]
        for kind, name in t.TABLE_OF.items():
            needed = used[kind] + _ROWS_PER_EVENT[kind] * n_events + 1
            if kind == t.HISTORY_ROWS:
                # One change of an order may close all its lines.
                needed += int(tables.counts[t.ORDER, t.N_OPEN])
                needed = min(needed, t.HISTORY)
            if needed > len(getattr(tables, name)):
                tables = t.with_room(tables, name, needed)
                if name == "stock":
                    rebuild_stock_index(tables)
        self.tables = tables

    def indices(self, kind: int, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return what numbers of names mean here.

        Parameters
        ----------
        kind : int
            A kind of `twin.state.tables.KINDS`.
        numbers : ndarray of shape (n,), int32
            A reference column of a batch already folded.

        Returns
        -------
        ndarray of shape (n,), int32
            Dense index or slot, of an order or a shipment that of its first line; -1
            for no name and for one this state does not hold.
        """
        self._widen_memo()
        found = self._memo[kind, numbers]
        return np.where(numbers >= 0, found, np.int32(-1))

    def used_names(self) -> NDArray[np.int32]:
        """Return the numbers of names that this state points to, ascending.

        A table of names may forget the others, see `streams.names.Names.keep` and
        `rename`. Of orders closed long ago only those are among them whose slot was
        not used again: their hashes are in every snapshot.
        """
        used = np.zeros(len(self.names), np.bool_)
        for kind in (*_DIRECTORIES, *_SLOTTED):
            used[self._named(kind)["name"]] = True
        return np.flatnonzero(used).astype(np.int32)

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Follow the table of names when its numbers change; no digest does.

        Forks taken before are of no use after, unless they are renamed, too.

        Parameters
        ----------
        mapping : ndarray of shape (n_names before,), int32
            What `Names.keep` returned: new number of each name, -1 for those dropped,
            of which `used_names` must have named none.
        """
        self._memo = _empty_memo(max(1024, len(self.names)))
        for kind in (*_DIRECTORIES, *_SLOTTED):
            table = self._named(kind)
            table["name"] = mapping[table["name"]]
            self._memorise(kind, table)

    def _named(self, kind: int) -> NDArray[Any]:
        """Return the used rows of a table whose rows have names, as a view."""
        used = self.tables.counts[kind, t.N_USED]
        table: NDArray[Any] = getattr(self.tables, t.TABLE_OF[kind])[:used]
        return table

    def _memorise(self, kind: int, table: NDArray[Any]) -> None:
        """Note where each name of a table stands; of an order, its first line."""
        first = np.arange(len(table))
        if kind in _SLOTTED:
            living = table["status"] != t.FREE
            first = np.setdiff1d(first[living], table["next"][living])
        self._memo[kind, table["name"][first]] = first

    def fork(self) -> "State":
        """Return an independent copy; the table of names is shared."""
        copied = Tables(*map(_copied, self.tables))
        return State(self.names, self.model_hash, copied, self._memo.copy())

    @property
    def is_settled(self) -> bool:
        """Whether no event of the last instant waits to be judged."""
        return not self.tables.counts[t.SUSPECTED, t.N_USED]

    def settled(self) -> "State":
        """Return a fork whose last instant is closed: what a reader should look at."""
        branch = self.fork()
        branch.close_instant()
        return branch

    def close_instant(self) -> None:
        """Judge the events of the last instant without waiting for a later one."""
        if not self.is_settled:
            self.close_fold(self._rows(_NO_EVENTS))

    def used(self) -> dict[str, NDArray[Any]]:
        """Return the used part of every table by name, in fixed order."""
        tables = self.tables
        used = dict(tables._asdict())
        for kind, name in t.TABLE_OF.items():
            # The history is a ring: its count runs on past its length.
            used[name] = used[name][: tables.counts[kind, t.N_USED]]
        n_machines = len(used["machine_ids"])
        used["machines"] = tables.machines[:n_machines]
        used["time_in_state_us"] = tables.time_in_state_us[:n_machines]
        n_free = int(tables.counts[:, t.N_FREE].max())
        used["free"] = tables.free[:, :n_free]
        del used["stock_index"]
        return used

    def digest(self) -> str:
        """Return the hash of model and events folded so far.

        BLAKE2b (Aumasson, Neves, Wilcox-O'Hearn, Winnerlein 2013) over the used part
        of all arrays in fixed order. It does not depend on batches, partitions or
        arrival: numbers of names are left out, hashes of ids are in.

        Returns
        -------
        str
            32 hexadecimal digits.
        """
        blake = hashlib.blake2b(self.model_hash.encode(), digest_size=16)
        for name, table in self.used().items():
            for column in table.dtype.names or (None,):
                if column == "name":
                    continue
                cells = table if column is None else table[column]
                blake.update(f"{name}.{column}".encode())
                blake.update(np.ascontiguousarray(cells).tobytes())
        return blake.hexdigest()

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Return state as arrays that need no table of names to be read."""
        arrays = {name: _copied(table) for name, table in self.used().items()}
        named = [
            table for table in arrays.values() if "name" in (table.dtype.names or ())
        ]
        numbers = np.unique(np.concatenate([table["name"] for table in named]))
        for table in named:
            table["name"] = np.searchsorted(numbers, table["name"])
        arrays["names_text"], arrays["names_end"] = _texts(self.names, numbers)
        arrays["model_hash"] = np.frombuffer(self.model_hash.encode(), np.uint8)
        return arrays

    @classmethod
    def of_snapshot(cls, arrays: dict[str, NDArray[Any]], names: Names) -> Self:
        """Rebuild a state from `snapshot`.

        Raises
        ------
        SnapshotCorruptError
            If an array is missing, has other columns than now, or its ids do not fit
            its hashes.
        """
        model_hash = _take(arrays, "model_hash").tobytes().decode()
        state = cls(names, model_hash, t.empty_tables(), _empty_memo(1024))
        state.tables.counts[:] = _take(arrays, "counts")
        state._reserve(1)
        width = max(state.tables.free.shape[1], _take(arrays, "free").shape[1])
        state.tables = state.tables._replace(free=np.zeros((3, width), np.int32))
        for name, table in state.tables._asdict().items():
            if name != "stock_index":
                saved = _take(arrays, name)
                if saved.dtype != table.dtype:
                    msg = f"snapshot: {name} has other columns, of another version"
                    raise SnapshotCorruptError(msg)
                table[tuple(slice(n) for n in saved.shape)] = saved
        rebuild_stock_index(state.tables)
        state._adopt_names(arrays)
        return state

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Take over a snapshot of the same model, in place of all that is held.

        Parameters
        ----------
        arrays : dict of str to ndarray
            What `snapshot` returned.

        Raises
        ------
        SnapshotMismatchError
            If it is of another model.
        SnapshotCorruptError
            If an array is missing or its ids do not fit its hashes.
        """
        found = State.of_snapshot(arrays, self.names)
        if found.model_hash != self.model_hash:
            msg = (
                f"snapshot of the network {found.model_hash}: the network given is "
                f"{self.model_hash}"
            )
            raise SnapshotMismatchError(msg)
        self.tables, self._memo = found.tables, found._memo  # noqa: SLF001

    def _adopt_names(self, arrays: dict[str, NDArray[Any]]) -> None:
        text, ends = _take(arrays, "names_text"), _take(arrays, "names_end")
        starts = np.append(np.int64(0), ends)[: len(ends)]
        if len(ends) and ((starts > ends).any() or int(ends[-1]) != len(text)):
            msg = f"snapshot: {len(ends)} ids do not lie in their {len(text)} bytes"
            raise SnapshotCorruptError(msg)
        numbers = self.names.intern_spans(np.ascontiguousarray(text), starts, ends)
        self._widen_memo()
        for kind in (*_DIRECTORIES, *_SLOTTED):
            name = t.TABLE_OF[kind]
            table = getattr(self.tables, name)[: self.tables.counts[kind, t.N_USED]]
            table["name"] = numbers[table["name"]]
            if (self.names.hashes[table["name"]] != table["hash"]).any():
                msg = f"snapshot: ids of {name} do not fit their hashes"
                raise SnapshotCorruptError(msg)
            self._memorise(kind, table)


def _take(arrays: dict[str, NDArray[Any]], name: str) -> NDArray[Any]:
    if name not in arrays:
        msg = f"snapshot: array {name!r} is missing; it was written by another version"
        raise SnapshotCorruptError(msg)
    return arrays[name]


def _texts(
    names: Names, numbers: NDArray[np.int32]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of names one after the other, and where each ends."""
    table = names.table
    ends = table.ends[numbers]
    starts = np.where(numbers > 0, table.ends[numbers - 1], 0)
    lengths = ends - starts
    packed = np.cumsum(lengths, dtype=np.int64)
    # Each byte stands as far from the first of its name here as there.
    shifts = np.repeat(starts - (packed - lengths), lengths)
    return table.arena[np.arange(len(shifts)) + shifts], packed


_SMALL = 16_384
"""Bytes of records up to which two copies are quicker than three views."""


def _copied(array: NDArray[Any]) -> NDArray[Any]:
    # Records are copied field by field; their bytes all at once, ten times faster.
    if array.dtype.names is None:
        return array.copy()
    if array.nbytes <= _SMALL:
        return np.ndarray(array.shape, array.dtype, bytearray(array.tobytes()))
    copied = np.empty_like(array)
    copied.view(np.uint8)[...] = array.view(np.uint8)
    return copied


_NO_EVENTS = empty_batch(Names())


def _empty_memo(capacity: int) -> NDArray[np.int32]:
    return np.full((len(t.KINDS), capacity), -1, np.int32)

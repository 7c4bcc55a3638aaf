"""The states of all shards as one, for those who look at the whole network.

Entities are united, and what belongs to one site stands in one shard, so most tables
are put one below the other and counters are added. What stands in several shards is
added up where that has a meaning, and counted as *shared*: stock of a site whose events
are in several partitions is the sum of what each of them changed. A machine is as old
as the shard says that saw its last repair, or maintenance, last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from streams.names import Names
from twin.errors import OptionError
from twin.simulate.opening.progress import busy_us as busy_until
from twin.state import tables as t
from twin.state.state import State

Index = NDArray[np.int32]
_ADDED_STOCK = ("on_hand", "on_order", "in_transit", "backorder", "shipped", "received")
_ADDED_MACHINE = (
    "good", "scrap", "work_us", "n_completed", "n_readings", "n_failures", "running",
)  # fmt: skip
_LATEST_MACHINE = (
    "since_us", "state", "operation", "family", "item",
)  # fmt: skip
_AGES = (("renewed_us", "renewed_busy_us"), ("maintained_us", "maintained_busy_us"))
_PLACES = ("place", "party", "origin", "destination")


@dataclass(frozen=True, slots=True)
class Merged:
    """The whole network, put together of shards.

    Attributes
    ----------
    state : State
        To be read, not to be folded into: its hash is of no replay.
    shared : dict of str to int
        By table, how many rows several shards had something to say of.
    """

    state: State
    shared: dict[str, int]


def merge_states(states: Sequence[State]) -> Merged:
    """Put the states of shards together.

    Parameters
    ----------
    states : sequence of State
        Of one network, at least one, their last instants closed. Each was begun with
        the stock of the network; a row that none but one has touched is taken from
        that one.

    Returns
    -------
    Merged

    Raises
    ------
    OptionError
        If there is no state, or they are of several networks.
    """
    if len({state.model_hash for state in states}) != 1:
        msg = f"states: must be of one network, were of {len(states)} shards"
        raise OptionError(msg)
    return _Merge(states).merged()


class _Merge:
    """One merging of several states."""

    def __init__(self, states: Sequence[State]) -> None:
        self.states = states
        self.used = [state.used() for state in states]
        self.texts: dict[str, int] = {}
        self.maps: dict[int, list[Index]] = {}
        self.shared: dict[str, int] = {}
        self.counts = np.zeros_like(states[0].tables.counts)

    def merged(self) -> Merged:
        arrays: dict[str, NDArray[Any]] = {}
        for kind in (t.ITEM, t.PLACE, t.MACHINE):
            arrays[t.TABLE_OF[kind]] = self._directory(kind)
        arrays["stock"] = self._stock()
        slots = {}
        for kind in (t.ORDER, t.SHIPMENT, t.PRODUCTION):
            arrays[t.TABLE_OF[kind]], slots[kind] = self._lines(kind)
        self._follow_orders(arrays["shipments"], slots)
        arrays["machines"] = machines = self._machines()
        arrays["time_in_state_us"] = times_us = self._times_in_state()
        self._know_ages(machines, times_us[:, t.STATE_BUSY])
        arrays["history"] = self._history()
        arrays |= self._rings()
        arrays |= self._plain()
        arrays["counts"] = self.counts
        arrays |= self._texts()
        state = State.of_snapshot(arrays, Names())
        return Merged(state, {name: n for name, n in self.shared.items() if n})

    def _text(self, state: State, numbers: NDArray[np.int32]) -> Index:
        texts = self.texts
        found = [texts.setdefault(state.names[n], len(texts)) for n in numbers.tolist()]
        return np.array(found, np.int32)

    def _directory(self, kind: int) -> NDArray[Any]:
        """Unite entities; those of the model come first and in its order in all."""
        name = t.TABLE_OF[kind]
        index: dict[int, int] = {}
        maps = [
            np.array(
                [
                    index.setdefault(key, len(index))
                    for key in used[name]["hash"].tolist()
                ],
                np.int32,
            )
            for used in self.used
        ]
        rows = np.zeros(len(index), t.DIRECTORY)
        for state, used, places in zip(self.states, self.used, maps, strict=True):
            table = used[name]
            rows["hash"][places] = table["hash"]
            rows["name"][places] = self._text(state, table["name"])
            rows["kind"][places] = np.maximum(rows["kind"][places], table["kind"])
            seen = table["n_events"] > 0
            here = places[seen]
            fresh = rows["n_events"][here] == 0
            first, last = table["first_us"][seen], table["last_us"][seen]
            earlier = np.minimum(rows["first_us"][here], first)
            later = np.maximum(rows["last_us"][here], last)
            rows["first_us"][here] = np.where(fresh, first, earlier)
            rows["last_us"][here] = np.where(fresh, last, later)
            rows["n_events"][here] += table["n_events"][seen]
        self.maps[kind] = maps
        self.counts[kind, t.N_USED] = len(rows)
        self.counts[kind, t.N_KNOWN] = self.states[0].tables.counts[kind, t.N_KNOWN]
        return rows

    def _stock(self) -> NDArray[Any]:
        rows: dict[tuple[int, int], list[Any]] = {}
        as_of_us = int(self.states[0].tables.clock[t.AS_OF_US])
        for shard, used in enumerate(self.used):
            table = used["stock"].copy()
            table["item"] = self.maps[t.ITEM][shard][table["item"]]
            table["place"] = self.maps[t.PLACE][shard][table["place"]]
            for row in table:
                rows.setdefault((int(row["item"]), int(row["place"])), []).append(row)
        merged = np.zeros(len(rows), t.STOCK_RECORD)
        for place, found in enumerate(rows.values()):
            touched = [row for row in found if row["updated_us"] != as_of_us]
            untouched = [row for row in found if row["updated_us"] == as_of_us]
            merged[place] = (touched or untouched)[0]
            if len(touched) > 1:
                self._add_up(merged[place : place + 1], touched, untouched[:1])
        self.counts[t.STOCK, t.N_USED] = len(merged)
        return merged

    def _add_up(
        self, row: NDArray[Any], touched: Sequence[Any], begin: Sequence[Any]
    ) -> None:
        """Add what each shard changed to what all began with."""
        self.shared["stock"] = self.shared.get("stock", 0) + 1
        for name in _ADDED_STOCK:
            start = float(begin[0][name]) if begin else 0.0
            row[name] = start + sum(float(one[name]) - start for one in touched)
        row["updated_us"] = max(int(one["updated_us"]) for one in touched)

    def _lines(self, kind: int) -> tuple[NDArray[Any], list[Index]]:
        """Put orders, shipments or production orders one below the other."""
        parts, slots, n_rows = [], [], 0
        for shard, used in enumerate(self.used):
            table = used[t.TABLE_OF[kind]]
            living = table["status"] != t.FREE
            slot = np.full(len(table) + 1, -1, np.int32)  # the last stands for -1
            slot[:-1][living] = n_rows + np.arange(living.sum())
            part = table[living].copy()
            part["name"] = self._text(self.states[shard], part["name"])
            part["next"] = slot[part["next"]]
            _translate(part, "item", self.maps[t.ITEM][shard])
            if kind == t.PRODUCTION:
                _translate(part, "machine", self.maps[t.MACHINE][shard])
            for column in set(_PLACES) & set(part.dtype.names):
                _translate(part, column, self.maps[t.PLACE][shard])
            parts.append(part)
            slots.append(slot)
            n_rows += len(part)
        merged = np.concatenate(parts)
        _, times = np.unique(merged[["hash", "item"]], return_counts=True)
        self.shared[t.TABLE_OF[kind]] = int((times > 1).sum())
        self.counts[kind, t.N_USED] = n_rows
        self.counts[kind, t.N_OPEN] = (merged["status"] == t.OPEN).sum()
        # Closed ones are counted for ever, but not all kept.
        for count in (t.N_CLOSED, t.N_CANCELLED):
            self.counts[kind, count] = self._sum_of_counts(kind, count)
        return merged, slots

    def _sum_of_counts(self, kind: int, column: int) -> int:
        return sum(int(state.tables.counts[kind, column]) for state in self.states)

    def _follow_orders(
        self, shipments: NDArray[Any], slots: dict[int, list[Index]]
    ) -> None:
        """Have shipments point at the slots their orders have now."""
        first = 0
        for shard, used in enumerate(self.used):
            last = first + int((used["shipments"]["status"] != t.FREE).sum())
            part = shipments[first:last]
            part["order"] = slots[t.ORDER][shard][part["order"]]
            first = last

    def _machines(self) -> NDArray[Any]:
        n_machines = int(self.counts[t.MACHINE, t.N_USED])
        rows = np.zeros(n_machines, t.MACHINE_RECORD)
        latest = np.full(n_machines, np.iinfo(np.int64).min)
        n_shards = np.zeros(n_machines, np.int64)
        for shard, used in enumerate(self.used):
            seen = used["machine_ids"]["n_events"] > 0
            here, table = self.maps[t.MACHINE][shard][seen], used["machines"][seen]
            n_shards[here] += 1
            for column in _ADDED_MACHINE:
                rows[column][here] += table[column]
            last_us = used["machine_ids"]["last_us"][seen]
            newer = last_us >= latest[here]
            _translate(table, "item", self.maps[t.ITEM][shard])
            for column in _LATEST_MACHINE:
                rows[column][here[newer]] = table[column][newer]
            latest[here] = np.maximum(latest[here], last_us)
        self.shared["machines"] = int((n_shards > 1).sum())
        return rows

    def _know_ages(self, rows: NDArray[Any], busy_us: NDArray[np.int64]) -> None:
        """Take ages from who saw the last renewal, and its busy time since then."""
        now_us = max(int(state.tables.clock[t.LAST_US]) for state in self.states)
        is_busy = rows["state"] == t.STATE_BUSY
        total_us = busy_us + np.where(is_busy, now_us - rows["since_us"], 0)
        rows["renewed_us"] = rows["maintained_us"] = NO_TIME
        for shard, state in enumerate(self.states):
            used = self.used[shard]
            seen = used["machine_ids"]["n_events"] > 0
            places, table = self.maps[t.MACHINE][shard][seen], used["machines"][seen]
            own_us = busy_until(state, now_us)[seen]
            for when, before in _AGES:
                later = table[when] > rows[when][places]
                here = places[later]
                since_us = own_us[later] - table[before][later]
                rows[when][here] = table[when][later]
                # Busy time is added up; less this it is what that shard counted since.
                rows[before][here] = total_us[here] - since_us

    def _times_in_state(self) -> NDArray[Any]:
        width = len(t.MACHINE_STATES)
        rows = np.zeros((int(self.counts[t.MACHINE, t.N_USED]), width), np.int64)
        for shard, used in enumerate(self.used):
            rows[self.maps[t.MACHINE][shard]] += used["time_in_state_us"]
        return rows

    def _history(self) -> NDArray[Any]:
        parts = []
        for shard, used in enumerate(self.used):
            part = used["history"].copy()
            _translate(part, "place", self.maps[t.PLACE][shard])
            parts.append(part)
        rows = np.concatenate(parts)
        rows = rows[np.argsort(rows["closed_us"], kind="stable")][-t.HISTORY :]
        self.counts[t.HISTORY_ROWS, t.N_USED] = len(rows)
        return rows

    def _rings(self) -> dict[str, NDArray[Any]]:
        """Contradictions: tallies added, the last ones in the order of time."""
        tallies = np.zeros(len(t.CONTRADICTIONS), t.TALLY)
        parts = []
        for state, used in zip(self.states, self.used, strict=True):
            theirs, n = used["tallies"], state.tables.counts[t.RECORDED_ROWS, t.N_USED]
            seen, fresh = theirs["seen"] > 0, tallies["seen"] == 0
            for column, pick in (("first_us", np.minimum), ("last_us", np.maximum)):
                both = pick(tallies[column], theirs[column])
                found = np.where(fresh, theirs[column], both)
                tallies[column] = np.where(seen, found, tallies[column])
            tallies["seen"] += theirs["seen"]
            parts.append(used["contradictions"][: min(int(n), t.RECORDED)])
        rows = np.concatenate(parts)
        rows = rows[np.argsort(rows["time_us"], kind="stable")][-t.RECORDED :]
        ring = np.zeros(t.RECORDED, t.CONTRADICTION)
        ring[: len(rows)] = rows
        self.counts[t.RECORDED_ROWS, t.N_USED] = len(rows)
        return {"tallies": tallies, "contradictions": ring}

    def _plain(self) -> dict[str, NDArray[Any]]:
        clocks = np.stack([state.tables.clock for state in self.states])
        clock = clocks.sum(axis=0)
        clock[t.LAST_US] = clocks[:, t.LAST_US].max()
        clock[t.AS_OF_US] = clocks[0, t.AS_OF_US]
        first = self.states[0].tables
        return {
            "clock": clock,
            "type_counts": np.sum([u["type_counts"] for u in self.used], axis=0),
            "suspects": np.zeros(0, t.SUSPECT),
            # Nothing is folded into it: no slot has to be found again.
            "queue": np.zeros_like(first.queue),
            "free": np.zeros((len(first.free), 0), np.int32),
        }

    def _texts(self) -> dict[str, NDArray[Any]]:
        encoded = [text.encode() for text in self.texts]
        model_hash = self.states[0].model_hash.encode()
        return {
            "names_end": np.cumsum([len(one) for one in encoded], dtype=np.int64),
            "names_text": np.frombuffer(b"".join(encoded), np.uint8),
            "model_hash": np.frombuffer(model_hash, np.uint8),
        }


def _translate(rows: NDArray[Any], column: str, places: Index) -> None:
    """Replace indices of a shard by those of the whole; -1 stays."""
    old = rows[column]
    known = old >= 0
    rows[column][known] = places[old[known]]

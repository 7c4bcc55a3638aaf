"""Outputs of a shard: what did not fit its state, each told once.

The id of a contradiction is made of what it is: shard, kind, entity, event time, and a
running number among equal ones. So it has that id whoever folds it, in whatever order
the partitions of the shard came together. Outputs are acknowledged by the broker before
the checkpoint is saved that says their records are done; who takes over after a crash
reads the ids at the end of the topic, and tells none of them again.
"""

from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.codec import Envelope, encode
from streams.codec.envelope import parse_time
from streams.events import ContradictionObserved
from streams.records import Position, Source
from twin.replay import read
from twin.state import tables as t
from twin.state.state import State

# Tables that a remembered contradiction may be about, by its number; see
# `twin.state._kernels.rows`. The hash of stock is that of its item.
_ABOUT = ("items", "orders", "shipments", "production", "machine_ids")
_UNTOLD = "untold"
_Key = tuple[int, int, int, int]  # kind, table, hash, event time


@dataclass(frozen=True, slots=True)
class Output:
    """One record for the topic of observations.

    Attributes
    ----------
    id : str
        The same for the same contradiction, whoever tells it.
    value : bytes
        The event.
    """

    id: str
    value: bytes


def n_contradictions(state: State) -> int:
    """Return how many contradictions were ever noted in a state."""
    return int(state.tables.counts[t.RECORDED_ROWS, t.N_USED])


class Ledger:
    """What was told of the contradictions of a shard.

    Equal ones are numbered among the last `twin.state.tables.RECORDED`, which is what a
    state remembers: a ledger made of a saved state numbers as the one that was there
    when it was saved.

    Parameters
    ----------
    shard : int
        Number of the shard.
    state : State or None
        Whose contradictions were all told before; None: none were.
    """

    def __init__(self, shard: int, state: State | None = None) -> None:
        self._shard = shard
        self._next = 0
        self._last: deque[_Key] = deque()
        self._equal: Counter[_Key] = Counter()
        if state is not None:
            self._next = n_contradictions(state)
            for row in _rows(state, max(0, self._next - t.RECORDED)):
                self._rank(_key_of(row))

    def _rank(self, key: _Key) -> int:
        """Note one more contradiction; return how many equal ones came before it."""
        if len(self._last) == t.RECORDED:
            oldest = self._last.popleft()
            self._equal[oldest] -= 1
            if not self._equal[oldest]:
                del self._equal[oldest]
        rank = self._equal[key]
        self._last.append(key)
        self._equal[key] += 1
        return rank

    def observations(self, state: State, *, source: str) -> list[Output]:
        """Make events of the contradictions of a state since the last call.

        Parameters
        ----------
        state : State
            Committed; it remembers the last `twin.state.tables.RECORDED`.
        source : str
            Source of the events.

        Returns
        -------
        list of Output
            Those that have fallen out of the memory of the state are one event, which
            says how many they are: their kinds and numbers stand in the state.
        """
        first, self._next = self._next, n_contradictions(state)
        kept = max(first, self._next - t.RECORDED)
        outputs = []
        if kept > first:
            outputs.append(self._untold(state, kept - first, source=source))
        for row in _rows(state, kept):
            key = _key_of(row)
            kind, table, digest, time_us = key
            rank = self._rank(key)
            event = ContradictionObserved(
                record=f"shard-{self._shard}/contradiction/{t.CONTRADICTIONS[kind]}/"
                f"{_ABOUT[table]}-{digest:016x}/{time_us}/{rank}",
                contradiction=t.CONTRADICTIONS[kind],
                event_id="",
                detail=_about(state, table, row["hash"]),
            )
            outputs.append(_output(event, rank, source=source, time_us=time_us))
        return outputs

    def _untold(self, state: State, n_untold: int, *, source: str) -> Output:
        """Tell of those whose rows are gone, at the time of the first that is not."""
        at_us = int(_rows(state, n_contradictions(state) - t.RECORDED)[0]["time_us"])
        event = ContradictionObserved(
            record=f"shard-{self._shard}/contradiction/{_UNTOLD}/{at_us}/{n_untold}",
            contradiction=_UNTOLD,
            event_id="",
            detail=f"{n_untold} contradictions came at once and are counted in the "
            f"state only",
        )
        return _output(event, 0, source=source, time_us=at_us)


def _rows(state: State, first: int) -> NDArray[Any]:
    """Return what a state remembers of contradictions, from number `first` on."""
    numbers = np.arange(first, n_contradictions(state))
    rows: NDArray[Any] = state.tables.contradictions[numbers % t.RECORDED]
    return rows


def _key_of(row: np.void) -> _Key:
    return int(row["kind"]), int(row["table"]), int(row["hash"]), int(row["time_us"])


def _output(
    event: ContradictionObserved, rank: int, *, source: str, time_us: int
) -> Output:
    value = encode(
        event, event_id=event.record, source=source, time_us=time_us, sequence=rank
    )
    return Output(event.record, value)


def _about(state: State, table: int, key: np.uint64) -> str | None:
    """Name what a contradiction is about: the kind and the id, if it is known still."""
    kind = _ABOUT[table]
    rows = state.used()[kind]
    found = np.flatnonzero(rows["hash"] == key)
    if not len(found):
        return None
    return f"{kind.removesuffix('_ids')}: {state.names[int(rows['name'][found[0]])]}"


def told_already(
    source: Source, name: str, *, first_offset: int
) -> tuple[dict[str, int], int]:
    """Look at the end of a partition of outputs for what is there already.

    Parameters
    ----------
    source : Source
        Of the topic of outputs.
    name : str
        The partition of one shard.
    first_offset : int
        Where to begin: where outputs stood at the checkpoint.

    Returns
    -------
    tuple of dict and int
        Event times, microseconds UTC, by the ids that are there, and the end of the
        partition.
    """
    end = source.end_position()
    begin = {one: end.of(one) for one in end}
    begin[name] = min(first_offset, end.of(name))
    source.seek(Position(begin))
    found: dict[str, int] = {}
    for batch in read(source, end):
        if batch.partition == name:
            found.update(filter(None, map(_told, batch.values())))
    return found, end.of(name)


def _told(value: bytes) -> tuple[str, int] | None:
    """Return id and event time of an output, None for a record that is none."""
    try:
        envelope = msgspec.json.decode(value, type=Envelope)
        time_us = parse_time(envelope.time)
    except ValueError:  # also of what is no JSON
        return None
    return envelope.id, time_us

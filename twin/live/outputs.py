"""Outputs of a shard: what did not fit its state, each told once.

The n-th contradiction of a shard follows from the records before it, so its event has
the id ``shard-3/contradiction/n`` whoever folds them, and however often. Outputs are
acknowledged by the broker before the checkpoint is saved that says their records are
done; who takes over after a crash looks at the end of the topic for what is there
already.
"""

from dataclasses import dataclass

import msgspec
import numpy as np

from streams.codec import Envelope, encode
from streams.events import ContradictionObserved
from streams.records import Position, Source
from twin.replay import read
from twin.state import tables as t
from twin.state.state import State

# Tables that a remembered contradiction may be about, by its number; see
# `twin.state._kernels.rows`. The hash of stock is that of its item.
_ABOUT = ("items", "orders", "shipments", "production", "machine_ids")
_UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Output:
    """One record for the topic of observations.

    Attributes
    ----------
    number : int
        Running number of the contradiction within its shard, from 0.
    value : bytes
        The event.
    """

    number: int
    value: bytes


def n_contradictions(state: State) -> int:
    """Return how many contradictions were ever noted in a state."""
    return int(state.tables.counts[t.RECORDED_ROWS, t.N_USED])


def observations(state: State, *, shard: int, source: str, first: int) -> list[Output]:
    """Make events of the contradictions of a state from the `first` on.

    Parameters
    ----------
    state : State
        Committed; it remembers the last `twin.state.tables.RECORDED`.
    shard : int
        Number of the shard.
    source : str
        Source of the events.
    first : int
        Number of the first to tell, >= 0.

    Returns
    -------
    list of Output
        Those that have fallen out of the memory of the state are one event, which
        says how many they are: their kinds and numbers stand in the state.
    """
    total = n_contradictions(state)
    kept = max(first, total - t.RECORDED)
    outputs = []
    if kept > first:
        at_us = int(state.tables.contradictions[kept % t.RECORDED]["time_us"])
        event = ContradictionObserved(
            record=_id_of(shard, kept - 1),
            contradiction=_UNTOLD,
            event_id="",
            detail=f"{kept - first} contradictions, {first} to {kept - 1}, came at "
            f"once and are counted in the state only",
        )
        outputs.append(_output(event, kept - 1, source=source, time_us=at_us))
    rows = state.tables.contradictions[np.arange(kept, total) % t.RECORDED]
    for number, row in enumerate(rows, start=kept):
        event = ContradictionObserved(
            record=_id_of(shard, number),
            contradiction=t.CONTRADICTIONS[row["kind"]],
            event_id="",
            detail=_about(state, int(row["table"]), row["hash"]),
        )
        outputs.append(
            _output(event, number, source=source, time_us=int(row["time_us"]))
        )
    return outputs


def _id_of(shard: int, number: int) -> str:
    return f"shard-{shard}/contradiction/{number}"


def _output(
    event: ContradictionObserved, number: int, *, source: str, time_us: int
) -> Output:
    value = encode(
        event, event_id=event.record, source=source, time_us=time_us, sequence=number
    )
    return Output(number, value)


def _about(state: State, table: int, key: np.uint64) -> str | None:
    """Name what a contradiction is about: the kind and the id, if it is known still."""
    kind = _ABOUT[table]
    rows = state.used()[kind]
    found = np.flatnonzero(rows["hash"] == key)
    if not len(found):
        return None
    return f"{kind.removesuffix('_ids')}: {state.names[int(rows['name'][found[0]])]}"


def next_number(source: Source, name: str, *, first_offset: int) -> tuple[int, int]:
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
    tuple of int
        Number of the first contradiction that is not there (0 if none is found), and
        the end of the partition.
    """
    end = source.end_position()
    begin = {one: end.of(one) for one in end}
    begin[name] = min(first_offset, end.of(name))
    source.seek(Position(begin))
    found = 0
    for batch in read(source, end):
        if batch.partition == name:
            found = max([found, *(_number(value) + 1 for value in batch.values())])
    return found, end.of(name)


def _number(value: bytes) -> int:
    """Return the running number of an output, -1 for a record that is none."""
    try:
        number = msgspec.json.decode(value, type=Envelope).id.rpartition("/")[2]
    except msgspec.DecodeError:
        return -1
    return int(number) if number.isdecimal() else -1

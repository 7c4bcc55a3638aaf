"""Read what workers saved: every shard, and the whole network put together of them."""

from dataclasses import dataclass

from streams.checkpoint import Checkpoint
from streams.errors import CheckpointMismatchError
from streams.ingest import Ingest
from streams.names import Names
from streams.records import Position
from twin.errors import OptionError
from twin.live.merge import merge_states
from twin.live.store import LiveStore
from twin.model.edits import ModelEdits, edits_of
from twin.state.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedState:
    """The whole network as its shards were last saved.

    Attributes
    ----------
    state : State
        Provisional: what waits for a watermark is folded, as in `state now` of a
        replay; to be read, not to be folded into.
    position : Position
        Next offset of every partition of all shards.
    positions : dict of int to Position
        The same by shard.
    missing : tuple of int
        Shards that were never saved.
    shared : dict of str to int
        By table, rows that several shards had something to say of.
    edits : ModelEdits
        What events of all shards changed of the network.
    """

    state: State
    position: Position
    positions: dict[int, Position]
    missing: tuple[int, ...]
    shared: dict[str, int]
    edits: ModelEdits


def merged_state(store: LiveStore, *, network_hash: str | None = None) -> MergedState:
    """Read the newest checkpoint of every shard and put the states together.

    Shards are saved one by one, so each has a position of its own: there is no one
    moment for all of them.

    Parameters
    ----------
    store : LiveStore
        Where workers save.
    network_hash : str or None
        The network it must be of; None: any.

    Returns
    -------
    MergedState

    Raises
    ------
    OptionError
        If the folder is no store, or nothing was saved in it.
    CheckpointMismatchError
        If it is of another network; both are named.
    CheckpointCorruptError
        If no checkpoint of a shard is whole.
    """
    layout = store.layout()
    if network_hash is not None and network_hash != layout.network_hash:
        msg = (
            f"store {str(store.folder)!r}: is of the network {layout.network_hash}, "
            f"the network given is {network_hash}"
        )
        raise CheckpointMismatchError(msg)
    loaded = {n: store.shard(n).load() for n in range(layout.n_partitions)}
    saved = {n: one for n, one in loaded.items() if one is not None}
    if not saved:
        msg = f"store {str(store.folder)!r}: nothing was saved in it yet"
        raise OptionError(msg)
    provisional = [provisional_of(one) for one in saved.values()]
    merged = merge_states([state for state, _ in provisional])
    positions = {n: Position(one.meta["position"]) for n, one in saved.items()}
    everywhere = {
        name: position.of(name) for position in positions.values() for name in position
    }
    return MergedState(
        state=merged.state,
        position=Position(everywhere),
        positions=positions,
        missing=tuple(n for n, one in loaded.items() if one is None),
        shared=merged.shared,
        edits=edits_of(merged.state.names, [edits for _, edits in provisional]),
    )


def provisional_state(saved: Checkpoint) -> State:
    """Return the state of a checkpoint of a shard, with what waits in its intake.

    Parameters
    ----------
    saved : Checkpoint
        What a worker saved.

    Returns
    -------
    State
        With its last instant closed.
    """
    return provisional_of(saved)[0]


def provisional_of(saved: Checkpoint) -> tuple[State, ModelEdits]:
    """Return what `provisional_state` does, and what events changed of the network.

    Parameters
    ----------
    saved : Checkpoint
        What a worker saved.

    Returns
    -------
    State
        With its last instant closed.
    ModelEdits
        Of the same events.
    """
    names = Names()
    state = State.of_snapshot(dict(saved.arrays("state")), names)
    edits = ModelEdits(names)
    edits.restore(dict(saved.arrays("model")))
    intake = Ingest(names, list(saved.meta["partitions"]))
    intake.restore(saved.arrays("ingest"))
    waiting = intake.buffered()
    state.apply(waiting)
    edits.apply(waiting)
    state.close_instant()
    return state, edits

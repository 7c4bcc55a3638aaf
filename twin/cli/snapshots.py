"""Snapshots: a state in a folder, with where it was taken."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.records import Position
    from twin.state.state import State

PATTERN = "checkpoint-*.ckpt"


def is_snapshot(folder: Path) -> bool:
    """Tell whether a folder holds a snapshot or a checkpoint."""
    return any(folder.glob(PATTERN))


def save_snapshot(folder: Path, state: "State", position: "Position") -> None:
    """Write a state, atomically.

    Parameters
    ----------
    folder : Path
        Made if it is not there; the snapshot before is kept.
    state : State
        With its last instant closed.
    position : Position
        Where it was taken.

    Raises
    ------
    CheckpointWriteError
        If the disk is full or fails.
    """
    from streams import checkpoint

    meta: dict[str, Any] = {
        "network_hash": state.model_hash,
        "position": position.to_json(),
        "state_hash": state.digest(),
    }
    checkpoint.save(folder, {"state": state.snapshot()}, meta=meta)


def load_snapshot(
    folder: Path, *, network_hash: str | None = None
) -> "tuple[State, Mapping[str, Any]]":
    """Read the state of a snapshot, or the committed state of a checkpoint.

    Parameters
    ----------
    folder : Path
        Where it was written.
    network_hash : str or None
        The network it must be of; None: any.

    Returns
    -------
    State
        With its last instant closed.
    Mapping
        What was said of it: `position` and `network_hash`.

    Raises
    ------
    SnapshotMismatchError
        If the folder holds none.
    CheckpointMismatchError
        If it is of another network; both are named.
    CheckpointCorruptError
        If none in the folder is whole.
    """
    from streams import checkpoint
    from streams.names import Names
    from twin.errors import SnapshotMismatchError
    from twin.state.state import State

    saved = checkpoint.load(folder)
    if saved is None:
        msg = f"{str(folder)!r}: holds no snapshot"
        raise SnapshotMismatchError(msg)
    if network_hash is not None:
        saved.require(network_hash=network_hash)
    state = State.of_snapshot(dict(saved.arrays("state")), Names())
    state.close_instant()
    return state, saved.meta

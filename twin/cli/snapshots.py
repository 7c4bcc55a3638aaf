"""Snapshots: a state in a folder, with where it was taken."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.records import Position
    from twin.model.edits import ModelEdits
    from twin.state.state import State

PATTERN = "checkpoint-*.ckpt"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that was read.

    Attributes
    ----------
    state : State
        With its last instant closed.
    edits : ModelEdits
        What events changed of the network.
    meta : Mapping
        What was said of it: `position` and `network_hash`.
    """

    state: "State"
    edits: "ModelEdits"
    meta: "Mapping[str, Any]"


def is_snapshot(folder: Path) -> bool:
    """Tell whether a folder holds a snapshot or a checkpoint."""
    return any(folder.glob(PATTERN))


def save_snapshot(
    folder: Path, state: "State", edits: "ModelEdits", position: "Position"
) -> None:
    """Write a state, atomically.

    Parameters
    ----------
    folder : Path
        Made if it is not there; the snapshot before is kept.
    state : State
        With its last instant closed.
    edits : ModelEdits
        What events changed of the network.
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
    sections = {"state": state.snapshot(), "model": edits.snapshot()}
    checkpoint.save(folder, sections, meta=meta)


def load_snapshot(folder: Path, *, network_hash: str | None = None) -> Snapshot:
    """Read the state of a snapshot, or the committed state of a checkpoint.

    Parameters
    ----------
    folder : Path
        Where it was written.
    network_hash : str or None
        The network it must be of; None: any.

    Returns
    -------
    Snapshot

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
    from twin.model.edits import ModelEdits
    from twin.state.state import State

    saved = checkpoint.load(folder)
    if saved is None:
        msg = f"{str(folder)!r}: holds no snapshot"
        raise SnapshotMismatchError(msg)
    if network_hash is not None:
        saved.require(network_hash=network_hash)
    names = Names()
    state = State.of_snapshot(dict(saved.arrays("state")), names)
    state.close_instant()
    edits = ModelEdits(names)
    edits.restore(dict(saved.arrays("model")))
    return Snapshot(state, edits, saved.meta)

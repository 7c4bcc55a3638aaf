"""The state at a place in the past, from the nearest checkpoint before it.

A checkpoint serves a time if nothing later is folded in it: what it has read beyond
waits in its intake, and is left out. Without one that serves, all is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streams.checkpoint import Checkpoint, CheckpointHead, checkpoints, load
from streams.log import LogReader
from streams.records import Position, Source
from twin.errors import OptionError
from twin.model import Network
from twin.model.edits import ModelEdits
from twin.replay.ahead import replay_ahead
from twin.replay.twin import ReplayOptions, Twin
from twin.state.state import State


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a stream: records before a position, or events up to a time.

    Attributes
    ----------
    position : Position or None
        All records before it count, and no other.
    time_us : int or None
        Events up to this time count, microseconds UTC.

    Raises
    ------
    OptionError
        Unless one of the two is given.
    """

    position: Position | None = None
    time_us: int | None = None

    def __post_init__(self) -> None:
        if (self.position is None) == (self.time_us is None):
            msg = (
                f"place: must have a position or a time, had position {self.position} "
                f"and time_us {self.time_us}"
            )
            raise OptionError(msg)


@dataclass(frozen=True, slots=True)
class PastState:
    """A state of the past, and what it was made from.

    Attributes
    ----------
    state : State
        With its last instant closed.
    edits : ModelEdits
        What events changed of the network.
    checkpoint : Path or None
        The one it began with; None: the start of the source.
    start, end : Position
        What was read of the source.
    """

    state: State
    edits: ModelEdits
    checkpoint: Path | None
    start: Position
    end: Position


def state_near(
    source: Source,
    network: Network,
    folder: Path | None,
    place: Place,
    *,
    options: ReplayOptions | None = None,
    origin: Mapping[str, str | None] | None = None,
) -> PastState:
    """Return the state of a source at a place, reading as little as it takes.

    It is the state that a replay from the start to that place ends with.

    Parameters
    ----------
    source : Source
        It is read from the checkpoint on, or from its start.
    network : Network
        What is given before the first event.
    folder : Path or None
        Where `Twin.checkpoint` saved, or a writer that keeps more of them.
    place : Place
        Which place.
    options : ReplayOptions or None
        Those of the replay that saved; `until_us` follows from the place.
    origin : Mapping of str to str or None
        What was given to `Twin.checkpoint`.

    Returns
    -------
    PastState

    Raises
    ------
    CheckpointMismatchError
        If the checkpoint is one of another network, source or choice of events.
    CheckpointCorruptError
        If there are checkpoints and none is whole.
    StreamError, ReplayError
        Whatever reading raises.
    """
    options = options or ReplayOptions()
    given = ReplayOptions(
        types=options.types, until_us=place.time_us, ingest=options.ingest
    )
    twin = Twin(network, source.partitions(), given)
    saved = None if folder is None else _load(folder, place)
    if saved is None:
        source.seek(Position())
    else:
        twin.take_over(saved, **(origin or {}))
        source.seek(twin.position)
    start, end = source.position(), _end(source, place)
    for _ in replay_ahead(twin, source, end):
        pass
    path = None if saved is None else saved.path
    state = twin.finish()
    return PastState(state, twin.edits, path, start, source.position())


def nearest(folder: Path, place: Place) -> CheckpointHead | None:
    """Return the newest checkpoint that serves a place, by what it says of itself.

    Parameters
    ----------
    folder : Path
        Where `Twin.checkpoint` saved.
    place : Place
        Which place.

    Returns
    -------
    CheckpointHead or None
        None if there is none.
    """
    heads = reversed(checkpoints(folder))
    return next((head for head in heads if _serves(head.meta, place)), None)


def _load(folder: Path, place: Place) -> Checkpoint | None:
    head = nearest(folder, place)
    if head is None:
        return None
    # If it turns out not to be whole, an older one is loaded, and that serves, too.
    saved = load(folder, number=head.number)
    return saved if saved is not None and _serves(saved.meta, place) else None


def _serves(meta: Any, place: Place) -> bool:  # noqa: ANN401 - a mapping of JSON
    if place.position is not None:
        return place.position.reaches(Position(meta["position"]))
    folded_us = meta.get("folded_us")  # one of an older version does not say
    return folded_us is not None and folded_us <= place.time_us


def _end(source: Source, place: Place) -> Position:
    """Return how far to read: later records may bring earlier events, if none tells."""
    if place.position is not None:
        return place.position
    if isinstance(source, LogReader) and place.time_us is not None:
        return source.end_of_events(place.time_us)
    return source.end_position()

"""The twin: projections of one network, the intake before them, and their position.

The twin at a position is a pure function of the network and the records before it: the
fold of their events in canonical order. *Committed* is what lies before the watermark;
*provisional* is a fork of it with what still waits, and is what a reader looks at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np

from streams import checkpoint
from streams.batch import NO_TIME
from streams.checkpoint import Checkpoint, MetaValue, Section
from streams.codec import DecodedBatch, Decoder, DecoderCounters, Rejected
from streams.errors import CheckpointMismatchError
from streams.events import TYPE_CODES
from streams.ingest import Counters, Ingest, IngestOptions
from streams.names import Names
from streams.picked import Part, whole
from streams.records import Position, RecordBatch, Source
from twin.errors import OptionError
from twin.health.folded import HealthFeatures
from twin.model import Network
from twin.model.edits import ModelEdits
from twin.projection import Projection
from twin.replay.projections import PROJECTIONS
from twin.replay.source import read
from twin.state.state import State
from twin.state.tables import LAST_US

NAMES_MIN = 262_144
"""So many names are kept without asking who uses them: some 20 MB. With half as many,
names are looked through twice as often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """What of a source is folded, and how long to wait for what is late.

    Attributes
    ----------
    types : tuple of str
        Types of event to fold, the others are read and left out; empty: all.
    until_us : int or None
        Events later than this (microseconds UTC) are left out; None: no limit.
    ingest : IngestOptions
        Lateness and bounds.

    Raises
    ------
    OptionError
        If a type is not known.
    """

    types: tuple[str, ...] = ()
    until_us: int | None = None
    ingest: IngestOptions = field(default_factory=IngestOptions)

    def __post_init__(self) -> None:
        unknown = [name for name in self.types if name not in TYPE_CODES]
        if unknown:
            allowed = ", ".join(TYPE_CODES)
            msg = f"types: {unknown[0]!r} is no type of event; allowed: {allowed}"
            raise OptionError(msg)


class Twin:
    """Projections of one network, the intake before them, and how far they have read.

    Parameters
    ----------
    network : Network
        What is given before the first event.
    partitions : sequence of str
        All partitions of the source, in the order of `Source.partitions`.
    options : ReplayOptions or None
        What to fold; None: everything.

    Attributes
    ----------
    names : Names
        The ids of all events read.
    ended : set of str
        Partitions that are not waited for any more.
    latest_us : int or None
        Latest time of an event read, microseconds UTC; None before the first.
    projections : dict of str to Projection
        The committed ones, by the names of `PROJECTIONS`.
    """

    def __init__(
        self,
        network: Network,
        partitions: Sequence[str],
        options: ReplayOptions | None = None,
    ) -> None:
        self.names = Names()
        self.ended: set[str] = set()
        self.latest_us: int | None = None
        self.projections = {
            name: make(network, self.names) for name, make in PROJECTIONS.items()
        }
        self._options = options or ReplayOptions()
        self._network_hash = network.hash
        self._index = {name: index for index, name in enumerate(partitions)}
        self._decoder = Decoder(self.names)
        self._ingest = Ingest(self.names, partitions, self._options.ingest)
        self._names_max = NAMES_MIN
        codes = [TYPE_CODES[name] for name in self._options.types]
        self._wanted = np.isin(np.arange(len(TYPE_CODES)), codes) if codes else None

    @property
    def state(self) -> State:
        """The committed state: events up to the watermark."""
        return cast("State", self.projections["state"])

    @property
    def edits(self) -> ModelEdits:
        """What committed events changed of the network."""
        return cast("ModelEdits", self.projections["model"])

    @property
    def position(self) -> Position:
        """Next offset of each partition."""
        return self._ingest.position

    @property
    def folded_us(self) -> int:
        """Latest time of a committed event; microseconds UTC, `NO_TIME` without one."""
        return int(self.state.tables.clock[LAST_US])

    @property
    def watermark_us(self) -> int:
        """Events before this time are complete; microseconds UTC."""
        return self._ingest.watermark_us

    @property
    def counters(self) -> Counters:
        """What became of the records so far."""
        return self._ingest.counters

    @property
    def decoded(self) -> DecoderCounters:
        """How the records were decoded."""
        return self._decoder.counters

    @property
    def waiting(self) -> int:
        """Number of events that are read and not yet committed."""
        return self._ingest.waiting

    def push(
        self, records: RecordBatch, *, now_s: float | None = None
    ) -> tuple[Rejected, ...]:
        """Read the next records of one partition.

        Parameters
        ----------
        records : RecordBatch
            What was read before, by offset, is dropped.
        now_s : float or None
            A clock that never goes back, to tell idle partitions; None, as in a
            replay: none is.

        Returns
        -------
        tuple of Rejected
            What could not be used: for the dead letters.

        Raises
        ------
        PositionError
            If the partition is none of this twin's.
        """
        rejected = self.fold(self.decode(records), now_s=now_s)
        if self.names_full:
            self.forget_names()
        return rejected

    def decode(self, records: RecordBatch) -> DecodedBatch:
        """Decode records, the first half of `push`.

        One thread may do so while another folds what was decoded before.

        Parameters
        ----------
        records : RecordBatch
            Of one partition, in the order of the offsets.

        Returns
        -------
        DecodedBatch
            To be given to `fold`, in the order of the calls.
        """
        index = self._index.get(records.partition, len(self._index))
        return self._decoder.decode(records, partition_index=index)

    def fold(
        self, decoded: DecodedBatch, *, now_s: float | None = None
    ) -> tuple[Rejected, ...]:
        """Take in decoded records, the second half of `push`; see there."""
        if len(decoded.events):
            times_us = decoded.events.time_us
            latest_us = int(times_us[-1] if decoded.ordered else times_us.max())
            self.latest_us = max(latest_us, self.latest_us or latest_us)
        released = self._ingest.push(decoded, now_s)
        self._apply(self.projections, released.parts)
        return released.rejected

    @property
    def names_full(self) -> bool:
        """Whether so many names came that those not used any more should go."""
        return len(self.names) > self._names_max

    def forget_names(self) -> None:
        """Drop the names of what was closed and forgotten long ago.

        Each time at least half of them goes or their bound doubles, so that over a long
        stream a name costs one move on average. Nothing may be decoded and not yet
        folded meanwhile. `push` does it by itself.
        """
        used = [self._ingest.used_names()]
        used += [one.used_names() for one in self.projections.values()]
        renumbered = self.names.keep(np.unique(np.concatenate(used)))
        self._ingest.rename(renumbered)
        for projection in self.projections.values():
            projection.rename(renumbered)
        self._names_max = max(NAMES_MIN, 2 * len(self.names))

    def end(self, partition: str) -> None:
        """Stop waiting for a partition: in this replay it brings nothing more.

        Without that, one that is empty holds the watermark at the beginning, and every
        event of the others waits in memory.

        Parameters
        ----------
        partition : str
            Read to its end.

        Raises
        ------
        PositionError
            If the partition is none of this twin's.
        """
        self._apply(self.projections, self._ingest.end_parts(partition))
        self.ended.add(partition)

    def tick(self, now_s: float) -> None:
        """Commit what only waited for partitions that are now idle.

        Parameters
        ----------
        now_s : float
            A clock that never goes back.
        """
        self._apply(self.projections, self._ingest.tick_parts(now_s))

    def _apply(
        self, projections: Mapping[str, Projection], parts: Sequence[Part]
    ) -> None:
        for part in parts:
            wanted = self._kept(part)
            for projection in projections.values():
                if isinstance(projection, State | HealthFeatures | ModelEdits):
                    projection.apply(wanted)
                else:
                    projection.apply(whole(wanted))

    def _kept(self, part: Part) -> Part:
        if self._wanted is None and self._options.until_us is None:
            return part
        events = whole(part)
        if self._wanted is not None:
            events = events.take(self._wanted[events.type_code])
        if self._options.until_us is not None:
            events = events.take(events.time_us <= self._options.until_us)
        return events

    def provisional(self) -> dict[str, Projection]:
        """Return forks that hold every event read, the last instant closed.

        The same records give the same forks, however they were batched.
        """
        forks = {name: one.fork() for name, one in self.projections.items()}
        self._apply(forks, self._ingest.buffered_parts())
        for fork in forks.values():
            fork.close_instant()
        return forks

    def provisional_state(self) -> State:
        """Return the state among the `provisional` projections."""
        return self.provisional_model()[0]

    def provisional_model(self) -> tuple[State, ModelEdits]:
        """Return state and edits of the network among the `provisional` projections."""
        forks = self.provisional()
        return cast("State", forks["state"]), cast("ModelEdits", forks["model"])

    def finish(self) -> State:
        """Commit everything read and close the last instant: nothing more will come.

        Returns
        -------
        State
            The committed state, equal to the provisional one before.
        """
        self._apply(self.projections, self._ingest.flush_parts())
        for projection in self.projections.values():
            projection.close_instant()
        return self.state

    def checkpoint(self, folder: Path, **origin: str | None) -> Path:
        """Save projections, intake and position together, atomically.

        Parameters
        ----------
        folder : Path
            Where; the one before is kept.
        **origin : str or None
            What else a restored twin must agree on, for example `source`, what
            `identity_of` says, and `start`.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        CheckpointWriteError
            If the disk is full or fails; the one before is intact.
        """
        return checkpoint.save(folder, self.sections(), meta=self.meta(**origin))

    def sections(self) -> dict[str, Section]:
        """Return what a checkpoint holds: every projection and the intake."""
        projections = {
            name: one.snapshot() for name, one in sorted(self.projections.items())
        }
        return {**projections, "ingest": self._ingest.snapshot()}

    def meta(self, **origin: str | None) -> dict[str, MetaValue]:
        """Return what a checkpoint says of itself: what it is of, and how far it is.

        `position` is where it goes on reading, `folded_us` the latest time of an event
        in it, microseconds UTC: before that time it is of no use.
        """
        return {
            **self._identity(),
            **origin,
            "position": self.position.to_json(),
            "folded_us": self.folded_us,
        }

    def restore(self, folder: Path, **origin: str | None) -> bool:
        """Go on from the newest whole checkpoint of a folder.

        Parameters
        ----------
        folder : Path
            Where `checkpoint` saved.
        **origin : str or None
            As given to `checkpoint`.

        Returns
        -------
        bool
            False if nothing was ever saved there.

        Raises
        ------
        CheckpointMismatchError
            If it is one of another network, source or choice of events; both are named.
        CheckpointCorruptError
            If none there is whole.
        """
        saved = checkpoint.load(folder)
        if saved is None:
            return False
        self.take_over(saved, **origin)
        return True

    def take_over(self, saved: Checkpoint, **origin: str | None) -> None:
        """Go on from a checkpoint, in place of all that is held.

        Parameters
        ----------
        saved : Checkpoint
            One that was made of `sections` and `meta`.
        **origin : str or None
            As given to `meta`.

        Raises
        ------
        CheckpointMismatchError
            If it is one of another network, source or choice of events; both are named.
        """
        for name, ours in {**self._identity(), **origin}.items():
            theirs = saved.meta.get(name)
            if theirs != ours:
                msg = (
                    f"{saved.path}: is the checkpoint of another replay, with {name} "
                    f"{_named(theirs)}, where this one has {_named(ours)}; each needs "
                    f"a folder of its own"
                )
                raise CheckpointMismatchError(msg)
        self._ingest.restore(saved.arrays("ingest"))
        for name, projection in self.projections.items():
            projection.restore(dict(saved.arrays(name)))
        waiting = self._ingest.buffered().time_us
        known_us = [self.folded_us, *([int(waiting.max())] if len(waiting) else [])]
        self.latest_us = max(known_us) if max(known_us) != NO_TIME else None

    def _identity(self) -> dict[str, str | list[str]]:
        types: list[str] = sorted(self._options.types)
        return {"network_hash": self._network_hash, "types": types}


def _named(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "all"
    return "none" if value is None else str(value)


def state_at(
    source: Source,
    network: Network,
    *,
    position: Position | None = None,
    time_us: int | None = None,
) -> State:
    """Return the state of a source at a position or at a time.

    Parameters
    ----------
    source : Source
        Read from where it stands; a fresh one stands at its start.
    network : Network
        What is given before the first event.
    position : Position or None
        All records before it count; None: all there are now.
    time_us : int or None
        Events up to this time count, microseconds UTC; None: no limit. Records are read
        to the end all the same, because later ones may bring earlier events.

    Returns
    -------
    State
        With its last instant closed.
    """
    twin = Twin(network, source.partitions(), ReplayOptions(until_us=time_us))
    end = source.end_position() if position is None else position
    for batch in read(source, end):
        twin.push(batch)
        end_read(twin, source, end)
    return twin.finish()


def end_read(twin: Twin, source: Source, end: Position) -> None:
    """Have a twin no longer wait for the partitions that were read to their end.

    Parameters
    ----------
    twin : Twin
        Fed from `source`; it will read no further than `end`, now or later.
    source : Source
        Says how far it was read.
    end : Position
        Where reading stops.
    """
    end_reached(twin, source.position(), end)


def end_reached(twin: Twin, position: Position, end: Position) -> None:
    """Do as `end_read` does, given how far the source was read.

    Parameters
    ----------
    twin : Twin
        It has folded everything before `position`.
    position : Position
        How far was read.
    end : Position
        Where reading stops, now and later.
    """
    for name in end:
        if name not in twin.ended and position.of(name) >= end.of(name):
            twin.end(name)

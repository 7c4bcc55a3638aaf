"""The live loop: folds a stream, stops where something is decided, and decides once.

It walks through events in canonical order and stops at *instants*: at a review, where a
trigger wants to look, where a plan is approved, where an order has gone unanswered for
too long. At a stop everything up to that instant is folded, and nothing after it. What
is decided there is kept first, then sent, then folded as an event of that instant
(`twin.loop.following.deciding`). An event that came later than its source may is *due*
at the mark of its partition when it came (`Taken.due_us`): that instant is not decided
yet, and so it is folded and looked at there. So a loop on *committed* events decides
the same however records came in batches, however partitions were read in turn, and
however often it was stopped and begun again.

On a *provisional* basis it does not wait for what may be late: it decides on all that
was read, at the latest time read. Then what it decides depends on what had come, and is
a fact like any other: the state is that of a replay of events and decisions together.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.checkpoint import Checkpoint, MetaValue, Section
from streams.codec import Rejected
from streams.records import Position, RecordBatch, Source
from twin.loop.following.decided import DecisionLog, Record
from twin.loop.following.deciding import EARLIEST, Decider
from twin.loop.following.folded import Folded
from twin.loop.following.intake import Intake, Taken
from twin.loop.following.options import LiveOptions, LiveProgress, Release
from twin.loop.following.released import may_set_overdue
from twin.loop.following.sending import OrderOutlet
from twin.loop.occasions import Remembering, Responder, Trigger
from twin.model.network import Network

LATEST = int(np.iinfo(np.int64).max)
_NO_TIMES = np.zeros(0, np.int64)
_SCHEDULED, _INGEST = "scheduled", "ingest"


class _Marks(msgspec.Struct):
    """How far was read and looked; in the meta of a checkpoint."""

    position: dict[str, int]
    decisions: dict[str, int]
    looked_at: dict[str, int]
    looked_us: int
    latest_us: int | None


class LiveLoop:
    """Follows a source and decides at its event times.

    Parameters
    ----------
    network : Network
        What is given before the first event.
    partitions : sequence of str
        All partitions of the source, in the order of `Source.partitions`.
    responder : Responder
        Who answers reviews and triggers.
    decisions : DecisionLog
        Where decisions are kept.
    options : LiveOptions
        How to go about it.
    triggers : sequence of Trigger
        Who calls for decisions between reviews.
    outlet : OrderOutlet or None
        Where orders leave; None: they are kept as decisions only.
    remembering : Remembering or None
        What of the responder is saved with the loop; None: it depends on the stream
        alone.

    Attributes
    ----------
    intake : Intake
        What was read, and how far.
    folded : Folded
        The committed projections.
    progress : LiveProgress
        What was done since the start.
    """

    def __init__(
        self,
        network: Network,
        partitions: Sequence[str],
        responder: Responder,
        decisions: DecisionLog,
        *,
        options: LiveOptions,
        triggers: Sequence[Trigger] = (),
        outlet: OrderOutlet | None = None,
        remembering: Remembering | None = None,
    ) -> None:
        self.intake = Intake(partitions, options.ingest)
        self.folded = Folded(
            network,
            self.intake.names,
            answered_within_us=round(options.answered_within_s * 1e6),
            must_be_approved=options.must_be_approved,
        )
        self.progress = LiveProgress()
        self._network = network
        self._options = options
        self._is_provisional = options.basis == "provisional"
        self._decisions = decisions
        decisions.run = options.run
        self._remembering = remembering
        self._decider = Decider(
            network,
            self.intake.names,
            responder,
            decisions,
            options=options,
            triggers=triggers,
            outlet=outlet or OrderOutlet(),
        )
        self._latest_us: int | None = None
        # On a provisional basis: up to here all was looked at.
        self._looked_us = int(EARLIEST)
        self._looked_at = Position()
        self._releases: list[Release] = []

    @property
    def n_waiting(self) -> int:
        """Decisions that are kept and whose instants are not folded yet."""
        return len(self._decider.schedule.records)

    @property
    def n_differing(self) -> int:
        """Plans that came out differently when they were made again after a crash."""
        return self._decider.n_differing

    @property
    def position(self) -> Position:
        """Next offset of each partition."""
        return self.intake.position

    def push(
        self, records: RecordBatch, *, now_s: float | None = None
    ) -> tuple[Rejected, ...]:
        """Read the next records of one partition, and decide what they call for.

        Parameters
        ----------
        records : RecordBatch
            What was read before, by offset, is dropped.
        now_s : float or None
            A clock that never goes back, to tell idle partitions; None, as where
            decisions are to be repeatable: none is.

        Returns
        -------
        tuple of Rejected
            What could not be used: for the dead letters.

        Raises
        ------
        StreamError
            If decisions or orders cannot be delivered.
        """
        over_us = self.intake.watermark_us
        taken = self.intake.push(records, now_s=now_s)
        self.progress.n_records += len(records)
        if taken.latest_us is not None:
            self._latest_us = max(taken.latest_us, self._latest_us or taken.latest_us)
            if self._is_provisional:
                self._look_ahead(taken, records, over_us)
        self._commit(taken, over_us)
        return taken.rejected

    def tick(self, now_s: float) -> None:
        """Commit what only waited for partitions that are idle by now."""
        over_us = self.intake.watermark_us
        self._commit(self.intake.tick(now_s), over_us)

    def _commit(self, taken: Taken, over_us: int) -> None:
        looks = _NO_TIMES
        if not self._is_provisional:
            looks = np.unique(taken.due_us[self._decider.looks(taken.events)])
        self._walk(
            self.folded,
            taken,
            (over_us, self.intake.watermark_us),
            looks=looks,
            decides=not self._is_provisional,
        )
        if self.intake.names_full:
            renumbered = self.intake.forget_names(self.folded.used_names())
            self.folded.rename(renumbered)

    def releases(self) -> tuple[Release, ...]:
        """Return what was decided since the last call."""
        found, self._releases = tuple(self._releases), []
        return found

    def provisional(self) -> Folded:
        """Return a fork that holds every event read, and all decisions."""
        fork = self.folded.fork()
        until_us = EARLIEST if self._latest_us is None else self._latest_us + 1
        bounds_us = self.intake.watermark_us, int(until_us)
        self._walk(fork, self.intake.buffered(), bounds_us, decides=False)
        for time_us in sorted(self._decider.schedule.times_us):
            if time_us >= until_us:
                fork.apply(self._decider.schedule.events_at(time_us))
        fork.close_instant()
        return fork

    def _walk(
        self,
        folded: Folded,
        taken: Taken,
        bounds_us: tuple[int, int],
        *,
        looks: NDArray[np.int64] = _NO_TIMES,
        decides: bool,
    ) -> None:
        """Fold events that are due in a time, and stop at every instant there is.

        Instants before the first bound are over, whatever became of what was decided
        at them since: a stop there would be one of some batches only.
        """
        over_us, until_us = bounds_us
        events, due_us = taken.events, taken.due_us
        pauses = due_us[may_set_overdue(events)]
        marks = np.unique(np.concatenate([looks, pauses]))
        at, now_us = 0, over_us - 1
        while (now_us := self._next_stop(folded, marks, now_us)) < until_us:
            first, end = np.searchsorted(due_us, [now_us, now_us + 1]).tolist()
            folded.apply(events.take(slice(at, end)))
            at = end
            if self._is_stop(folded, looks, now_us):
                instant = events.take(slice(first, end))
                self._stop(folded, now_us, instant, decides=decides)
        folded.apply(events.take(slice(at, len(events))))

    def _next_stop(self, folded: Folded, marks: NDArray[np.int64], now_us: int) -> int:
        """Return when there may be a stop after a time, `LATEST` if there is none.

        Events until then may still take the reason away.
        """
        times = [folded.next_review_us, *self._decider.schedule.times_us]
        times += folded.released.overdue_times_us
        nearest = int(np.searchsorted(marks, now_us, side="right"))
        times += marks[nearest : nearest + 1].tolist()
        return min((one for one in times if one > now_us), default=LATEST)

    def _is_stop(self, folded: Folded, looks: NDArray[np.int64], now_us: int) -> bool:
        """Tell whether there is a reason to stop, with all folded up to a time."""
        place = int(np.searchsorted(looks, now_us))
        return (
            now_us == folded.next_review_us
            or looks[place : place + 1].tolist() == [now_us]
            or now_us in self._decider.schedule.times_us
            or now_us in folded.released.overdue_times_us
        )

    def _stop(
        self, folded: Folded, now_us: int, instant: EventBatch, *, decides: bool
    ) -> None:
        """Decide at an instant that is folded, and fold what was decided."""
        is_review = now_us == folded.next_review_us
        if is_review:
            folded.close_review(self._network.settings.review_us)
        if decides:
            # On a provisional basis the events that came last are looked at after all
            # stops: a crash before that must not make them pass for looked at.
            read = self._looked_at if self._is_provisional else self.position
            self._decide(folded, now_us, instant, is_review=is_review, position=read)
        folded.apply(self._decider.schedule.events_at(now_us))
        if folded is self.folded:
            self._decider.schedule.drop(now_us)

    def _decide(
        self,
        folded: Folded,
        now_us: int,
        instant: EventBatch,
        *,
        is_review: bool,
        position: Position,
    ) -> None:
        start_us = self._options.start_us
        if start_us is not None and now_us < start_us:
            return
        is_over = self._is_provisional and now_us <= self._looked_us
        if is_over and now_us > self._decider.recovered_us:
            return  # its occasions were noted when it was decided
        release = self._decider.decide(
            folded,
            now_us,
            instant,
            is_review=is_review,
            position=position,
            is_over=is_over,
        )
        if release is not None:
            self._releases.append(release)
            self.progress.add(release)

    def _look_ahead(self, complete: Taken, records: RecordBatch, over_us: int) -> None:
        """Decide on all that was read, complete or not."""
        assert self._latest_us is not None, "there are records"
        latest_us = self._latest_us
        every = complete.before(self.intake.buffered())
        new = self.intake.is_new(every.events, records, after=self._looked_at)
        new &= self._decider.looks(every.events)
        if new.any() or self._is_due(latest_us):
            fork = self.folded.fork()
            self._walk(fork, every, (over_us, latest_us + 1), decides=True)
            if new.any():
                self._looked_us = min(self._looked_us, latest_us - 1)
                self._decide(
                    fork,
                    latest_us,
                    every.events.take(new),
                    is_review=False,
                    position=self.position,
                )
            self.folded.fired_us |= fork.fired_us
        self._looked_us = max(self._looked_us, latest_us)
        self._looked_at = self.position

    def _is_due(self, latest_us: int) -> bool:
        """Tell whether there is a review, or an order overdue, not looked at yet."""
        settings = self._network.settings
        passed = (latest_us - settings.as_of_us) // settings.review_us
        review_us = settings.as_of_us + passed * settings.review_us
        overdue_us = self.folded.released.next_overdue_us
        is_overdue = overdue_us is not None and overdue_us <= latest_us
        return is_overdue or (passed >= 0 and review_us > self._looked_us)

    def recover(self, kept: Source, position: Position | None = None) -> int:
        """Read what was decided since the checkpoint; return how many decisions.

        Orders among them that did not leave do so now. Call it once, after `take_over`.

        Parameters
        ----------
        kept : Source
            Of the log of decisions.
        position : Position or None
            Where to begin; None: where the checkpoint says, or at the start.
        """
        start = self._decisions.position if position is None else position
        found = self._decisions.recover(kept, start)
        complete_us = self.intake.watermark_us
        new = [one for one in found if one.time_us >= complete_us]
        self._decider.adopt(new)
        self._decider.send_again(found)
        if new and not self._options.is_repeatable:
            self._decider.complete(self.folded)
        if new:
            self._looked_us = max(self._looked_us, self._decider.recovered_us)
            self._looked_at = self._decisions.decided_at
        return len(new)

    def forget_decided(self) -> None:
        """Stop remembering decisions of instants that are folded."""
        self._decisions.forget_before(self.intake.watermark_us)

    def sections(self) -> dict[str, Section]:
        """Return what a checkpoint holds."""
        memory = {} if self._remembering is None else self._remembering.memory()
        return {
            **memory,
            **self.folded.sections(),
            _INGEST: self.intake.snapshot(),
            _SCHEDULED: msgspec.json.encode(self._decider.schedule.records),
        }

    def meta(self) -> dict[str, MetaValue]:
        """Return what a checkpoint says of itself: what it is of, and how far it is."""
        marks = _Marks(
            position=self.position.to_json(),
            decisions=self._decisions.position.to_json(),
            looked_at=self._looked_at.to_json(),
            looked_us=self._looked_us,
            latest_us=self._latest_us,
        )
        return {**self._identity(), **msgspec.to_builtins(marks)}

    def _identity(self) -> dict[str, MetaValue]:
        options = self._options
        return {
            "network_hash": self._network.hash,
            "run": options.run,
            "basis": options.basis,
            "start_us": options.start_us,
        }

    def take_over(self, saved: Checkpoint) -> None:
        """Go on from a checkpoint, in place of all that is held.

        Parameters
        ----------
        saved : Checkpoint
            One that was made of `sections` and `meta`.

        Raises
        ------
        CheckpointMismatchError
            If it is one of another network, run or basis.
        """
        saved.require(**self._identity())
        sections = cast("Mapping[str, Any]", saved.sections)
        self.folded.restore(sections)
        self.intake.restore(sections[_INGEST])
        if self._remembering is not None:
            self._remembering.recall(sections)
        waiting = msgspec.json.decode(sections[_SCHEDULED], type=list[Record])
        # Kept before the position of this checkpoint, and not folded in it.
        self._decisions.remember(waiting)
        self._decider.adopt(waiting)
        marks = msgspec.convert(dict(saved.meta), _Marks, strict=False)
        self._decisions.position = Position(marks.decisions)
        self._looked_at = Position(marks.looked_at)
        self._looked_us, self._latest_us = marks.looked_us, marks.latest_us

"""Everything a live loop folds from events: forked, saved and restored as one.

Beside the projections of every replay stand those of the loop: what customers asked for
by review, plans and who approved them, and orders that nobody has seen yet.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.checkpoint import Section
from streams.names import Names
from twin.health.folded import HealthFeatures
from twin.loop.following.asked import AskedByReview
from twin.loop.following.proposals import Proposals
from twin.loop.following.released import ReleasedOrders
from twin.loop.outbox import SOURCE
from twin.model.edits import ModelEdits
from twin.model.network import Network
from twin.replay import PROJECTIONS
from twin.state.points import NetworkView
from twin.state.state import State

if TYPE_CHECKING:
    from twin.projection import Arrays, Projection

_COURSE = "course"


class _Course(msgspec.Struct):
    next_review_us: int
    fired_us: dict[str, int]


class Folded:
    """The projections of a live loop at one place of the stream.

    Parameters
    ----------
    network : Network
        What is given before the first event.
    names : Names
        Table of ids shared by every batch folded.
    answered_within_us : int
        How long an order may go unanswered, microseconds, > 0.
    must_be_approved : bool
        Whether plans wait for approval.

    Attributes
    ----------
    next_review_us : int
        When the next review is, microseconds UTC; the first is at `as_of`.
    fired_us : dict of str to int
        When each ``kind/subject`` was last an occasion.
    """

    def __init__(
        self,
        network: Network,
        names: Names,
        *,
        answered_within_us: int,
        must_be_approved: bool,
    ) -> None:
        self.network = network
        self.projections: dict[str, Projection] = {
            name: make(network, names) for name, make in PROJECTIONS.items()
        }
        self.released = ReleasedOrders(names, answered_within_us=answered_within_us)
        self.proposals = Proposals(
            names, must_be_approved=must_be_approved, source=SOURCE
        )
        self.asked = AskedByReview(network, NetworkView(network))
        self.next_review_us = network.settings.as_of_us
        self.fired_us: dict[str, int] = {}
        self._own()

    def _own(self) -> None:
        self.projections |= {"released": self.released, "proposals": self.proposals}

    @property
    def state(self) -> State:
        """The state."""
        return cast("State", self.projections["state"])

    @property
    def edits(self) -> ModelEdits:
        """What events changed of the network."""
        return cast("ModelEdits", self.projections["model"])

    @property
    def health(self) -> HealthFeatures:
        """What sensors showed lately."""
        return cast("HealthFeatures", self.projections["health"])

    def apply(self, events: EventBatch) -> None:
        """Fold events that are in canonical order and follow all folded before."""
        if not len(events):
            return
        for projection in self.projections.values():
            projection.apply(events)
        self.asked.apply(events, self.state)

    def close_review(self, review_us: int) -> None:
        """Note that a review period is over; the first review closes none."""
        if self.next_review_us > self.network.settings.as_of_us:
            self.asked.close_period()
        self.next_review_us += review_us

    def situation_state(self, now_us: int) -> State:
        """Return a settled fork in which released orders are on order."""
        state = self.state.settled()
        state.apply(self.released.as_placed(now_us))
        state.close_instant()
        return state

    def close_instant(self) -> None:
        """Conclude what waits for the end of the last instant; then it may be read."""
        for projection in self.projections.values():
            projection.close_instant()

    def fork(self) -> Self:
        """Return an independent copy; the table of names is shared."""
        # Made without a first state, which would be thrown away.
        copied = object.__new__(type(self))
        copied.network = self.network
        copied.projections = {
            name: one.fork() for name, one in self.projections.items()
        }
        copied.released = cast("ReleasedOrders", copied.projections["released"])
        copied.proposals = cast("Proposals", copied.projections["proposals"])
        copied.asked = self.asked.fork()
        copied.next_review_us = self.next_review_us
        copied.fired_us = dict(self.fired_us)
        return copied

    def used_names(self) -> NDArray[np.int32]:
        """Return the numbers of names that are held, each once, sorted."""
        used = [one.used_names() for one in self.projections.values()]
        return np.unique(np.concatenate(used))

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Follow names that were renumbered."""
        for projection in self.projections.values():
            projection.rename(mapping)

    def sections(self) -> dict[str, Section]:
        """Return everything needed to go on, by name, for a checkpoint."""
        course = _Course(self.next_review_us, self.fired_us)
        found: dict[str, Section] = {
            name: one.snapshot() for name, one in sorted(self.projections.items())
        }
        found["asked"] = self.asked.snapshot()
        found[_COURSE] = msgspec.json.encode(course)
        return found

    def restore(self, sections: Mapping[str, Section]) -> None:
        """Take over what `sections` returned, of the same network."""
        for name, projection in self.projections.items():
            projection.restore(cast("Arrays", dict(cast("Arrays", sections[name]))))
        self.asked.restore(cast("Arrays", sections["asked"]))
        course = msgspec.json.decode(cast("bytes", sections[_COURSE]), type=_Course)
        self.next_review_us, self.fired_us = course.next_review_us, course.fired_us

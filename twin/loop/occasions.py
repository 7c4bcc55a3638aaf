"""Occasions: why a live loop decides now, who says so, and who answers.

A loop that follows a stream decides at every review and whenever a `Trigger` fires. A
`Responder` answers with a `Proposal`; the loop makes events and orders of it, keeps
them for approval where the network says so, and counts orders that were released and
not yet seen as on order. So a new reason to decide, or a way to replan a part only, is
a class beside these, and the loop stays as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.checkpoint import Section
from streams.events import ForecastIssued, PlanLine, PlanReleased
from twin.model.network import Network
from twin.state.state import State

REVIEW, APPROVAL = "review", "approval"
"""Kinds of occasions that are not those of a trigger."""

Basis = Literal["committed", "provisional"]


@dataclass(frozen=True, slots=True, order=True)
class Occasion:
    """Why something is decided.

    Attributes
    ----------
    time_us : int
        Event time, microseconds UTC: never that of a clock.
    kind : str
        `REVIEW`, `APPROVAL` or the name of a trigger.
    subject : str
        What it is about: a machine, an item at a site; ``""`` for all.
    detail : str
        What happened, for people; it enters no id.

    Examples
    --------
    >>> Occasion(86_400_000_000, "machine_down", "M7").id
    'machine_down/86400000000/M7'
    """

    time_us: int
    kind: str
    subject: str = ""
    detail: str = field(default="", compare=False)

    @property
    def id(self) -> str:
        """Name it: what the ids of everything decided on it derive from."""
        parts = (self.kind, str(self.time_us), self.subject)
        return "/".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known at an instant that is over.

    Attributes
    ----------
    network : Network
        With all that events changed of it so far.
    state : State
        Settled; of its own: it may be changed. Orders that were released and not yet
        seen are on order in it, or released to the shop.
    now_us : int
        The instant, microseconds UTC.
    events : EventBatch
        Those of the instant, and before them those that came too late for their own
        and are due at this one.
    asked : ndarray of shape (n_demands, n_periods + 1), float64
        Units customers asked for by review period since `as_of`; the last column is
        the period that is under way.
    plan : PlanReleased or None
        The plan for all that was released last; None while it waits for approval and
        if it was rejected, since its orders have not left.
    fired_us : Mapping of str to int
        When each ``kind/subject`` was last an occasion: for triggers that should not
        fire for the same thing at every event.
    basis : str
        ``committed``: events to the watermark; ``provisional``: also those that still
        wait for what may be late.
    """

    network: Network
    state: State
    now_us: int
    events: EventBatch
    asked: NDArray[np.float64]
    plan: PlanReleased | None = None
    fired_us: Mapping[str, int] = field(default_factory=dict)
    basis: Basis = "committed"


class Trigger(Protocol):
    """Says when to decide between reviews. It holds nothing of what it has seen.

    What it needs of the past stands in the situation; so a loop that goes on from a
    checkpoint fires as one that was never stopped.
    """

    name: str

    def looks(self, events: EventBatch) -> NDArray[np.bool_]:
        """Tell at which events it wants to look: `fired` is asked at their instants.

        Parameters
        ----------
        events : EventBatch
            Whole instants in canonical order, however many.

        Returns
        -------
        ndarray of shape (len(events),), bool
            Each event by itself: the same in every batch.
        """
        ...

    def fired(self, situation: Situation) -> Sequence[Occasion]:
        """Name the occasions of an instant, of its `name` and its time; often none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a responder wants done.

    Attributes
    ----------
    lines : tuple of PlanLine
        Orders of the plan. Those whose release is not after now leave as orders, in
        this order; the others say what is meant to follow.
    end_us : int
        Until when the plan reaches, microseconds UTC.
    cost : float or None
        In the currency of the network.
    policy : str
        Who proposes it, and on what grounds.
    reason : str or None
        Why this of several candidates.
    forecasts : tuple of ForecastIssued
        What it was made for; their ids are given by the loop.
    is_whole : bool
        Whether it is a plan for all, which takes the place of the one before; else it
        stands beside it.
    """

    lines: tuple[PlanLine, ...]
    end_us: int
    cost: float | None = None
    policy: str = ""
    reason: str | None = None
    forecasts: tuple[ForecastIssued, ...] = ()
    is_whole: bool = True


class Remembering(Protocol):
    """A part of a responder whose answers depend on those before, as warm starts do."""

    def memory(self) -> Mapping[str, Section]:
        """Return what it depends on beside the stream, for a checkpoint."""
        ...

    def recall(self, sections: Mapping[str, Section]) -> None:
        """Take over what `memory` returned, before it answers for the first time."""
        ...


class Responder(Protocol):
    """Answers the occasions of one instant."""

    def respond(
        self, situation: Situation, occasions: Sequence[Occasion]
    ) -> Proposal | None:
        """Propose what to do; None: nothing.

        The same situation gives the same proposal, unless time limits a search.
        """
        ...

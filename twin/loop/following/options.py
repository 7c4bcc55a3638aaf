"""How a live loop goes about it, and what it says of itself."""

from dataclasses import dataclass, field

from streams.events import OrderDispatched, PlanReleased
from streams.ingest import IngestOptions
from twin.errors import OptionError
from twin.loop.adherence import ACKNOWLEDGED_WITHIN_S
from twin.loop.following.decided import Record
from twin.loop.occasions import Basis, Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """How a live loop goes about it.

    Attributes
    ----------
    run : str
        What the ids of all decisions derive from: two runs of different names never
        give one id.
    basis : str
        ``committed``: decide on what is complete; ``provisional``: on all that came.
    start_us : int or None
        Nothing is decided before, microseconds UTC; None: from `as_of` on.
    answered_within_s : float
        How long an order may go unanswered, > 0.
    must_be_approved : bool
        Whether orders wait until somebody approves their plan.
    is_repeatable : bool
        Whether the same events give the same decisions, as where no clock bounds a
        plan: then what was decided before a crash is decided again, so that responders
        know what they knew, and compared with what was kept.
    ingest : IngestOptions
        How late events may come.

    Raises
    ------
    OptionError
        If the run has no name, or the time for an answer is not above 0.
    """

    run: str
    basis: Basis = "committed"
    start_us: int | None = None
    answered_within_s: float = ACKNOWLEDGED_WITHIN_S
    must_be_approved: bool = False
    is_repeatable: bool = True
    ingest: IngestOptions = field(default_factory=IngestOptions)

    def __post_init__(self) -> None:
        if not self.run:
            msg = "run must be a name of one character or more, was ''"
            raise OptionError(msg)
        if not self.answered_within_s > 0.0:
            msg = f"answered_within_s must be > 0, was {self.answered_within_s}"
            raise OptionError(msg)
        if self.basis not in {"committed", "provisional"}:
            msg = f"basis must be committed or provisional, was {self.basis!r}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True)
class Release:
    """What was decided at an instant.

    Attributes
    ----------
    time_us : int
        The instant, microseconds UTC.
    occasions : tuple of Occasion
        Why; empty where a plan was approved or an order went unanswered.
    plan : PlanReleased or None
        The plan that was released.
    orders : tuple of OrderDispatched
        Those that left.
    records : tuple of Record
        All its events that were not kept before.
    """

    time_us: int
    occasions: tuple[Occasion, ...]
    plan: PlanReleased | None
    orders: tuple[OrderDispatched, ...]
    records: tuple[Record, ...]


@dataclass(slots=True)
class LiveProgress:
    """What a live loop has done since it was started.

    Attributes
    ----------
    n_records, n_plans, n_orders, n_exceptions : int
        Records read, plans released, orders sent, orders that nobody answered.
    """

    n_records: int = 0
    n_plans: int = 0
    n_orders: int = 0
    n_exceptions: int = 0

    def add(self, release: Release) -> None:
        """Count what was decided at an instant."""
        self.n_plans += release.plan is not None
        self.n_orders += len(release.orders)
        self.n_exceptions += sum(
            one.type == "ContradictionObserved" for one in release.records
        )

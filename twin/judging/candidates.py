"""What may be done at a review: plans and levels that are played against each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.cycle import BaseStockPolicy, Decided
from twin.demand import DemandForecaster
from twin.errors import OptionError
from twin.judging.courses import Course, LevelCourse, PlanCourse
from twin.planning import Planner, PlanningStructure, base_stock_levels
from twin.state.state import State

Array = NDArray[np.float64]

STANDARD = ((0.6, 0.0), (0.75, 0.0), (0.9, 0.0), (0.9, 3.0), (0.9, 7.0))
"""Quantile and safety, in reviews, of the plans that are judged unless others are
given. Nearer together they cannot be told apart in a few futures. Where a shop is tight
and customers wait dearly, stock of some reviews pays; where it is not, none does."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What candidates decide on.

    Attributes
    ----------
    planner : Planner
        Of the network; one for all candidates, so that each plan begins where the last
        ended.
    forecaster : DemandForecaster
        Of what was asked so far.
    state : State
        Settled state at the review.
    now_us : int
        Time of the review, microseconds UTC.
    horizon : int
        Reviews to plan ahead, >= 1.
    """

    planner: Planner
    forecaster: DemandForecaster
    state: State
    now_us: int
    horizon: int

    @property
    def structure(self) -> PlanningStructure:
        """What activities and points mean."""
        return self.planner.structure


class Candidate(Protocol):
    """Something that may be done at a review and is followed from then on."""

    @property
    def name(self) -> str:
        """What it is called, different for every candidate."""
        ...

    def decide(self, situation: Situation) -> Decided:
        """Decide at a review."""
        ...

    def course(self, situation: Situation, plan: Decided | None) -> Course | None:
        """Return how it orders in futures, given some plan of the situation."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCandidate:
    """Plans against a cumulative quantile of demand.

    Attributes
    ----------
    quantile : float
        Probability that running demand stays below the path, in (0, 1).
    safety_reviews : float
        Mean demand of so many reviews is kept beyond that, >= 0: stock against late
        suppliers, broken machines and whatever else forecasts of demand do not know.

    Raises
    ------
    OptionError
        If one is outside what is allowed.
    """

    quantile: float
    safety_reviews: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.quantile < 1.0:
            msg = f"quantile must be above 0 and below 1, was {self.quantile}"
            raise OptionError(msg)
        if not 0.0 <= self.safety_reviews < np.inf:
            msg = f"safety_reviews must be >= 0, was {self.safety_reviews}"
            raise OptionError(msg)

    @property
    def name(self) -> str:
        """The quantile, and the safety if there is any.

        Examples
        --------
        >>> PlanCandidate(quantile=0.75).name
        'plan 0.75'
        >>> PlanCandidate(quantile=0.75, safety_reviews=2).name
        'plan 0.75 + 2'
        """
        safety = f" + {self.safety_reviews:g}" if self.safety_reviews else ""
        return f"plan {self.quantile:g}{safety}"

    def decide(self, situation: Situation) -> Decided:
        """Plan.

        Parameters
        ----------
        situation : Situation
            At the review.

        Returns
        -------
        Decided
            The first orders of the plan, which may not be finished.
        """
        path = self.path(situation.forecaster, situation.horizon)
        planned = situation.planner.plan(
            situation.state, now_us=situation.now_us, demand=path
        )
        return Decided(planned.decisions, planned, path)

    def course(self, situation: Situation, plan: Decided | None) -> PlanCourse | None:
        """Follow a plan, with the cover of the own path.

        Parameters
        ----------
        situation : Situation
            That was decided on.
        plan : Decided or None
            With a finished plan for some path: that of another candidate tells what an
            own one would order but for the cover, at no cost of a solve.

        Returns
        -------
        PlanCourse or None
            None without a plan.
        """
        if plan is None:
            return None
        horizon = situation.horizon
        return PlanCourse(
            situation.structure,
            plan,
            state=situation.state,
            mean=situation.forecaster.means(horizon),
            path=self.path(situation.forecaster, horizon),
        )

    def path(self, forecaster: DemandForecaster, horizon: int) -> Array:
        """Return the path of demand that is planned for.

        Parameters
        ----------
        forecaster : DemandForecaster
            Of what was asked so far.
        horizon : int
            Reviews, >= 1.

        Returns
        -------
        ndarray of shape (n_demands, horizon), float64
            The safety stands in the first review: what nobody asks for then is there
            at the next.
        """
        path = forecaster.paths(horizon, self.quantile)
        if self.safety_reviews:
            path = path.copy()
            mean = forecaster.means(horizon).mean(axis=1)
            path[:, 0] += self.safety_reviews * mean
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCandidate:
    """Orders every stock point up to a fixed level, as planners without a solver do.

    Attributes
    ----------
    service : float
        Probability that levels cover demand over review and lead time, in (0, 1).
    levels : callable or None
        ``levels(structure)`` returns order-up-to levels, shape (n_points,), such as
        tuned ones; None computes them from `service`.

    Raises
    ------
    OptionError
        If `service` is outside what is allowed.
    """

    service: float = 0.9
    levels: Callable[[PlanningStructure], Array] | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.service < 1.0:
            msg = f"service must be above 0 and below 1, was {self.service}"
            raise OptionError(msg)

    @property
    def name(self) -> str:
        """The service level.

        Examples
        --------
        >>> LevelCandidate(service=0.95).name
        'levels 0.95'
        """
        return f"levels {self.service:g}"

    def decide(self, situation: Situation) -> Decided:
        """Order up to the levels.

        Parameters
        ----------
        situation : Situation
            At the review.

        Returns
        -------
        Decided
        """
        policy = BaseStockPolicy(situation.structure, self._of(situation.structure))
        return policy.decide(situation.state, situation.now_us)

    def course(self, situation: Situation, plan: Decided | None) -> LevelCourse:
        """Order up to the levels, now and from then on.

        Parameters
        ----------
        situation : Situation
            That is decided on.
        plan : Decided or None
            Not used.

        Returns
        -------
        LevelCourse
        """
        del plan
        return LevelCourse(situation.structure, self._of(situation.structure))

    def _of(self, structure: PlanningStructure) -> Array:
        if self.levels is not None:
            return self.levels(structure)
        return base_stock_levels(structure, service=self.service)


def standard_candidates() -> tuple[PlanCandidate, ...]:
    """Return plans with the quantiles and safeties of `STANDARD`.

    Examples
    --------
    >>> [each.name for each in standard_candidates()]
    ['plan 0.6', 'plan 0.75', 'plan 0.9', 'plan 0.9 + 3', 'plan 0.9 + 7']
    """
    return tuple(
        PlanCandidate(quantile=quantile, safety_reviews=safety)
        for quantile, safety in STANDARD
    )

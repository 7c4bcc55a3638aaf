"""A policy that judges its candidates now and then and follows the best."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.cycle import Decided, Horizon
from twin.demand import DemandForecaster
from twin.errors import OptionError
from twin.judging.beginning import begin_futures
from twin.judging.candidates import Candidate, Situation, standard_candidates
from twin.judging.courses import Course
from twin.judging.futures import FuturePlayer
from twin.judging.judge import Judge, JudgeOptions, Play
from twin.judging.prices import Prices
from twin.planning import Planner
from twin.simulate.replicate.seeds import replication_seed
from twin.state.state import State

if TYPE_CHECKING:
    from twin.judging.verdict import Verdict

Array = NDArray[np.float64]

SEED = 0x6A75646765
"""From which the seeds of futures derive, with the number of the review: never the seed
of a plant, which nobody who decides may know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingOptions:
    """What is judged, how often and how.

    Attributes
    ----------
    candidates : sequence of Candidate
        At least one, each name once. Before anything is judged the first is followed.
    every : int
        Reviews from one judgement to the next, >= 1; between them the chosen one is
        followed. Judging costs as much as some ten plans.
    judge : JudgeOptions
        How.
    seed : int
        Of all futures, >= 0.

    Raises
    ------
    OptionError
        If one is outside what is allowed.
    """

    candidates: Sequence[Candidate] = field(default_factory=standard_candidates)
    every: int = 14
    judge: JudgeOptions = field(default_factory=JudgeOptions)
    seed: int = SEED

    def __post_init__(self) -> None:
        names = [one.name for one in self.candidates]
        if not names or len(set(names)) < len(names):
            msg = f"candidates must be one at least, each name once, were {names}"
            raise OptionError(msg)
        if self.every < 1:
            msg = f"every must be >= 1, was {self.every}"
            raise OptionError(msg)


class JudgedPolicy:
    """Follows the candidate that did best on futures of the live state.

    At the first review, at every so manieth and whenever it is told to, all candidates
    are played on the same futures, from where the plant is. Then one is followed until
    the next time. The reason stands beside every plan. Only the plan of the one that is
    followed is solved: those of others differ by what they cover.

    Parameters
    ----------
    planner : Planner
        Of the network; for futures as calibrated, of the network with its overlay.
    forecaster : DemandForecaster
        Where demand paths and the demand of futures come from.
    options : JudgingOptions
        What is judged.
    horizon : callable
        Periods to plan ahead; asked at every review.

    Attributes
    ----------
    verdicts : list of Verdict
        All so far, in order.

    References
    ----------
    Bertsekas, Castanon (1999), "Rollout algorithms for stochastic scheduling
    problems", Journal of Heuristics 5, section 2: policies improved by simulating
    them from the state at hand.
    """

    name = "judged"

    def __init__(
        self,
        planner: Planner,
        forecaster: DemandForecaster,
        *,
        options: JudgingOptions,
        horizon: Horizon,
    ) -> None:
        self.forecaster = forecaster
        self.information = forecaster.information
        self.period = 0
        self.verdicts: list[Verdict] = []
        self._planner = planner
        self._options = options
        self._horizon = horizon
        self._prices = Prices(planner.structure)
        self._judge = Judge(options.judge)
        self._candidates = {one.name: one for one in options.candidates}
        self._followed: str | None = None
        self._is_due = True

    def observe(self, asked: Array) -> None:
        """Tell the forecaster and move on to the next period."""
        self.forecaster.observe(asked)
        self.period += 1
        self._is_due = self._is_due or self.period % self._options.every == 0

    def reconsider(self) -> None:
        """Judge at the next review, whether it is time or not: something happened."""
        self._is_due = True

    def decide(self, state: State, now_us: int) -> Decided:
        """Judge if it is time, else do what was found best."""
        situation = Situation(
            self._planner, self.forecaster, state, now_us, self._horizon()
        )
        name = self._followed or next(iter(self._candidates))
        decided = self._candidates[name].decide(situation)
        if self._is_due and _is_finished(decided):
            verdict = self._judged(situation, decided)
            if verdict.chosen != name:
                decided = self._candidates[verdict.chosen].decide(situation)
            self.verdicts.append(verdict)
            self._followed, self._is_due = verdict.chosen, False
        return self._with_reason(decided)

    def _judged(self, situation: Situation, decided: Decided) -> "Verdict":
        """Judge on what the followed candidate, or the first one, decided."""
        plan = decided if decided.planned is not None else self._any_plan(situation)
        courses = {
            each.name: course
            for each in self._candidates.values()
            if (course := each.course(situation, plan)) is not None
        }
        return self._judge.judge(
            tuple(courses),
            self._playing(situation, courses),
            seed=self._seed(),
            now_us=situation.now_us,
            incumbent=self._followed,
        )

    def _any_plan(self, situation: Situation) -> Decided | None:
        """Return the plan of the first candidate that makes one."""
        for one in self._candidates.values():
            decided = one.decide(situation)
            if decided.planned is not None and decided.planned.finished:
                return decided
        return None

    def _with_reason(self, decided: Decided) -> Decided:
        if not self.verdicts:
            return decided
        return replace(decided, reason=self.verdicts[-1].reason)

    def _seed(self) -> int:
        return replication_seed(self._options.seed, self.period)

    def _playing(self, situation: Situation, courses: dict[str, Course]) -> Play:
        structure, horizon = situation.structure, self._options.judge.horizon
        start = begin_futures(
            structure,
            situation.state,
            situation.forecaster,
            now_us=situation.now_us,
            horizon=horizon,
            seed=self._seed(),
        )
        player = FuturePlayer(structure, start, horizon=horizon, prices=self._prices)
        return lambda name, seed: player.play(courses[name], seed)


def _is_finished(decided: Decided) -> bool:
    return decided.planned is None or decided.planned.finished

"""A plan that is made every few reviews and followed in between.

To plan anew each day costs a second a day where machines are tight. A plan says which
inventory position each point should have after each review; from one plan to the next
points are ordered up to that, so that what customers ask for beyond the plan is ordered
the day after.
"""

from dataclasses import dataclass, field

from twin.cycle import Decided
from twin.judging import PlanCandidate, Situation
from twin.judging.courses import PlanCourse, position_of
from twin.planning import decisions_of


@dataclass(slots=True)
class KeptPlan:
    """A candidate that keeps its plan for some reviews.

    Attributes
    ----------
    plan : PlanCandidate
        How plans are made.
    reviews : int
        From one plan to the next, >= 1.
    """

    plan: PlanCandidate
    reviews: int
    _course: PlanCourse | None = field(default=None, init=False, repr=False)
    _planned_us: int = field(default=0, init=False, repr=False)

    @property
    def name(self) -> str:
        """That of its plans."""
        return self.plan.name

    def decide(self, situation: Situation) -> Decided:
        """Plan if it is time, else order up to the positions of the plan.

        Parameters
        ----------
        situation : Situation
            At the review.

        Returns
        -------
        Decided
            With a plan, if one was made now.
        """
        structure, now_us = situation.structure, situation.now_us
        review_us = structure.network.settings.review_us
        turn = (now_us - self._planned_us) // review_us
        if self._course is not None and 0 < turn < self.reviews:
            position = position_of(structure, situation.state)
            orders = self._course.orders(turn, now_us, position)
            return Decided(decisions_of(structure, orders))
        decided = self.plan.decide(situation)
        if decided.planned is not None and decided.planned.finished:
            self._course = self.plan.course(situation, decided)
            self._planned_us = now_us
        return decided

    def course(self, situation: Situation, plan: Decided | None) -> PlanCourse | None:
        """Follow a plan as `PlanCandidate` does.

        Parameters
        ----------
        situation : Situation
            That was decided on.
        plan : Decided or None
            With a finished plan.

        Returns
        -------
        PlanCourse or None
            None without a plan.
        """
        return self.plan.course(situation, plan)

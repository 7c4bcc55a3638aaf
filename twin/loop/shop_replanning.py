"""Answers to breakdowns: the schedule of the shop is repaired, not made anew."""

from collections.abc import Callable, Sequence

from twin.loop.occasions import REVIEW, Occasion, Proposal, Responder, Situation
from twin.loop.triggers.machines import MACHINE_DOWN
from twin.planning.sequencing import WORK
from twin.planning.shop_repair import (
    REPAIR_WORK,
    ReleasedSchedule,
    repair_breakdown,
    schedule_lines,
    schedule_shop,
)

SCHEDULE = "schedule"
"""How the policy of a schedule begins; its reason follows."""


class ScheduleResponder:
    """Keeps the schedule of a shop from review to review, and repairs it in between.

    At a review the schedule is made of the open production orders. A breakdown is
    answered by its repair, released beside the plan for all as a line an operation.
    Everything else is answered by somebody else. A responder that is new, as after a
    restart, begins with a schedule of the situation that it is first asked in.

    Parameters
    ----------
    others : Responder
        Answers what is no breakdown, reviews too.
    work, repair_work : int
        Budgets of the searches, >= 1.
    monotonic_s : callable or None
        A clock in seconds; it bounds nothing, the budgets do.

    Attributes
    ----------
    released : ReleasedSchedule or None
        In force; None where nothing is open.
    """

    def __init__(
        self,
        others: Responder,
        *,
        work: int = WORK,
        repair_work: int = REPAIR_WORK,
        monotonic_s: Callable[[], float] | None = None,
    ) -> None:
        self.released: ReleasedSchedule | None = None
        self._others = others
        self._work, self._repair_work = work, repair_work
        self._monotonic_s = monotonic_s or _stopped

    def respond(
        self, situation: Situation, occasions: Sequence[Occasion]
    ) -> Proposal | None:
        """Repair the schedule if all that happened are breakdowns."""
        is_review = any(one.kind == REVIEW for one in occasions)
        if is_review or self.released is None:
            self.released = schedule_shop(
                situation.network,
                situation.state,
                now_us=situation.now_us,
                monotonic_s=self._monotonic_s,
                work=self._work,
            )
        if any(one.kind != MACHINE_DOWN for one in occasions) or not self.released:
            return self._others.respond(situation, occasions)
        return self._repaired(situation, self.released, occasions)

    def _repaired(
        self,
        situation: Situation,
        released: ReleasedSchedule,
        occasions: Sequence[Occasion],
    ) -> Proposal | None:
        machines, moved, displaced = situation.network.machines, 0, 0
        known = set(released.shop.problem.names.machines)
        for one in occasions:
            if one.subject not in known:
                continue
            row = machines.ids.index(one.subject)
            down_us = round(float(machines.mttr_s[row]) * 1e6)
            released, repair = repair_breakdown(
                released,
                one.subject,
                now_us=situation.now_us,
                until_us=situation.now_us + down_us,
                monotonic_s=self._monotonic_s,
                work=self._repair_work,
            )
            moved += len(repair.moved)
            displaced += int(repair.displaced.sum())
        if released is self.released:
            return self._others.respond(situation, occasions)
        self.released = released
        lines = schedule_lines(released, after_us=situation.now_us)
        why = "; ".join(one.detail or one.id for one in occasions)
        return Proposal(
            lines=lines,
            end_us=max((line.due_us for line in lines), default=situation.now_us),
            policy=f"{SCHEDULE}: {why}: {displaced} operations displaced, "
            f"{moved} others moved",
            is_whole=False,
        )


def _stopped() -> float:
    return 0.0

"""A policy of the planning cycle as the one who answers a live loop."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from streams.checkpoint import Section
from streams.events import ForecastIssued, PlanLine, PlanReleased
from twin.cycle import Decided, PlanPolicy, Policy
from twin.demand import forecasts_issued
from twin.errors import OptionError
from twin.loop.occasions import Occasion, Proposal, Situation
from twin.loop.play import TERMINAL_SHARE, PlayOptions, make_policy
from twin.loop.recorder import FORECAST_PERIODS
from twin.model.network import Network
from twin.planning import Planner, orders_of, plan_released
from twin.planning.release import LINES_MAX, known_until_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

ANEW_AFTER = 28
"""Plans after which a repeatable policy plans from nothing again. Half as many are slow
twice as often (network C: 3 s instead of .2), with twice as many it takes twice as long
to go on from a checkpoint."""

OUT_OF_TIME = "ran out of time: what was planned for later stays as it was"

MakePolicy = Callable[[Network], tuple[Policy, Planner]]


class PolicyResponder:
    """Answers with a plan for all, by a policy.

    The policy is told the demand of every period that is over, in order, and is made
    anew when that is not what it was told before, or when events changed the network:
    so what it knows follows from the stream, and a loop that goes on from a checkpoint
    decides as one that was never stopped.

    Parameters
    ----------
    make : callable
        Makes the policy of a network, fresh, and the planner it plans with.
    is_repeatable : bool
        Whether it remembers all that its plans depend on: a warm start may find another
        of several plans that are equally good, by what was planned before. So it plans
        from nothing every `ANEW_AFTER` plans, and what it has planned since then is
        saved, and planned again by who goes on.
    """

    def __init__(self, make: MakePolicy, *, is_repeatable: bool) -> None:
        self._make = make
        self._is_repeatable = is_repeatable
        self._made_for = ""
        self._told: NDArray[np.float64] = np.zeros((0, 0))
        self._policy: Policy | None = None
        self._planner: Planner | None = None
        self._recalled: tuple[str, Mapping[str, Any]] | None = None

    def respond(
        self, situation: Situation, occasions: Sequence[Occasion]
    ) -> Proposal | None:
        """Plan for all; see `Responder`."""
        del occasions
        policy, planner = self._prepared(situation)
        if self._is_repeatable and (planner.n_solved or ANEW_AFTER) >= ANEW_AFTER:
            planner.begin_anew()
        decided = policy.decide(situation.state, situation.now_us)
        if _is_unfinished(decided):
            log.warning("plan ran out of time", extra={"at": situation.now_us})
        suffix = "" if situation.basis == "committed" else ", provisional"
        return Proposal(
            lines=_lines(planner, decided, situation),
            end_us=_end_us(situation, decided),
            cost=_cost(decided),
            policy=f"{policy.name}{suffix}",
            reason=_reason(decided),
            forecasts=_forecasts(policy, situation),
        )

    def _prepared(self, situation: Situation) -> tuple[Policy, Planner]:
        network, asked = situation.network, situation.asked[:, :-1]
        n_told = self._told.shape[1]
        is_more = (
            self._made_for == network.hash
            and n_told <= asked.shape[1]
            and np.array_equal(self._told, asked[:, :n_told])
        )
        if self._policy is None or self._planner is None or not is_more:
            self._policy, self._planner = self._make(network)
            self._made_for, n_told = network.hash, 0
            self._recall(self._planner)
        for period in range(n_told, asked.shape[1]):
            self._policy.observe(asked[:, period])
        self._told = asked
        return self._policy, self._planner

    def memory(self) -> dict[str, Section]:
        """Return what its plans depend on beside the stream."""
        if not self._is_repeatable:
            return {}
        if self._recalled is not None:  # nothing was planned since
            made_for, planned = self._recalled
            return {"planned_for": made_for.encode(), "planned": dict(planned)}
        if self._planner is None:
            return {}
        return {
            "planned_for": self._made_for.encode(),
            "planned": self._planner.memory(),
        }

    def recall(self, sections: Mapping[str, Section]) -> None:
        """Take over what `memory` returned."""
        if "planned" in sections:
            made_for = cast("bytes", sections["planned_for"]).decode()
            self._recalled = made_for, cast("Mapping[str, Any]", sections["planned"])

    def _recall(self, planner: Planner) -> None:
        recalled, self._recalled = self._recalled, None
        if recalled is not None and recalled[0] == self._made_for:
            planner.recall(recalled[1])


def policy_responder(
    options: PlayOptions,
    *,
    monotonic_s: Callable[[], float] | None,
    time_limit_s: float = math.inf,
) -> PolicyResponder:
    """Return a responder that decides by a policy of `twin.loop.POLICIES`.

    Parameters
    ----------
    options : PlayOptions
        Which policy, and its parameters.
    monotonic_s : callable or None
        Clock that bounds each plan. None: a plan takes as long as it takes, and is the
        same in a loop that was stopped as in one that was not.
    time_limit_s : float
        Seconds of the clock that a plan may take, > 0.

    Raises
    ------
    OptionError
        If the policy knows the future, or should be repeatable and is not.
    """
    if options.policy == "clairvoyant":
        msg = "policy must not be 'clairvoyant' in a live loop: nobody knows demand"
        raise OptionError(msg)
    if options.policy == "judged" and monotonic_s is None:
        msg = (
            "policy 'judged' needs a time limit in a live loop (--seconds): what its "
            "planners start from is not saved, so its plans are not repeatable"
        )
        raise OptionError(msg)
    clock = monotonic_s or _stopped

    def make(network: Network) -> tuple[Policy, Planner]:
        planner = Planner(
            network,
            monotonic_s=clock,
            terminal_share=TERMINAL_SHARE,
            check=True,
            time_limit_s=math.inf if monotonic_s is None else time_limit_s,
        )
        return make_policy(network, options, planner), planner

    return PolicyResponder(make, is_repeatable=monotonic_s is None)


def _stopped() -> float:
    return 0.0


def _is_unfinished(decided: Decided) -> bool:
    return decided.planned is not None and not decided.planned.finished


def _lines(
    planner: Planner, decided: Decided, situation: Situation
) -> tuple[PlanLine, ...]:
    """Write what leaves now as it is decided, then what is planned for later."""
    structure, now_us = planner.structure, situation.now_us
    orders = orders_of(
        structure, decided.decisions, occasion="", plan=None, now_us=now_us
    )
    now = tuple(
        PlanLine(
            kind=one.kind,
            item=one.item or "",
            site=one.site or "",
            quantity=one.quantity or 0.0,
            release_us=now_us,
            due_us=one.due_us or now_us,
            source=one.source,
        )
        for one in orders
    )
    if decided.planned is None:
        return now
    whole: PlanReleased | None = situation.plan
    if decided.planned.finished:
        whole = plan_released(structure, decided.planned, now_us=now_us, plan_id="plan")
    lines = () if whole is None else whole.lines
    later = [one for one in lines if one.release_us > now_us]
    return (*now, *later[: max(0, LINES_MAX - len(now))])


def _end_us(situation: Situation, decided: Decided) -> int:
    settings = situation.network.settings
    n_periods = 1
    if _is_unfinished(decided) and situation.plan is not None:
        next_us = situation.now_us + settings.review_us
        return max(next_us, known_until_us(situation.plan))
    if decided.planned is not None and decided.planned.finished:
        n_periods = decided.planned.solution.orders.shape[1]
    return situation.now_us + n_periods * settings.review_us


def _cost(decided: Decided) -> float | None:
    planned = decided.planned
    if planned is None or not planned.finished:
        return None
    objective = float(planned.solution.objective)
    return -objective if np.isfinite(objective) else None


def _reason(decided: Decided) -> str | None:
    if not _is_unfinished(decided):
        return decided.reason
    return "; ".join(one for one in (decided.reason, OUT_OF_TIME) if one)


def _forecasts(policy: Policy, situation: Situation) -> tuple[ForecastIssued, ...]:
    if not isinstance(policy, PlanPolicy):
        return ()
    return forecasts_issued(
        situation.network,
        policy.forecaster,
        now_us=situation.now_us,
        horizon=FORECAST_PERIODS,
    )

"""Plans what is affected anew, with all other orders as they were released."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer import SolveOptions
from optimizer.logistics.distribution.repair import (
    ReleasedPlan,
    ReplenishmentRepair,
    repair_replenishment,
)
from twin.errors import OptionError
from twin.planning.local.in_force import InForce
from twin.planning.planner import SMALLEST_ORDER
from twin.planning.problem import replenishment_problem
from twin.planning.structure import PlanningStructure
from twin.state.state import State

Float = NDArray[np.float64]
Flag = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTerms:
    """What may change between two reviews.

    Attributes
    ----------
    fence_s : float
        Orders that are to be released within so many seconds stay; others may still be
        added, >= 0.
    change_cost : float
        Money that an order must be worth more after a change than before, >= 0.
    changes_max : int or None
        Most orders that change, >= 0; None: any number.
    n_periods : int
        Reviews that are looked at, as far as orders are known, >= 1.

    Raises
    ------
    OptionError
        If one is out of range.
    """

    fence_s: float = 0.0
    change_cost: float = 5.0
    changes_max: int | None = 20
    n_periods: int = 28

    def __post_init__(self) -> None:
        least = {"fence_s": 0.0, "change_cost": 0.0, "changes_max": 0, "n_periods": 1}
        for name, low in least.items():
            value = getattr(self, name)
            if value is not None and not value >= low:
                msg = f"{name} must be >= {low:g}, was {value}"
                raise OptionError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalQuestion:
    """What is to be planned anew.

    Attributes
    ----------
    plan : InForce
        What was released.
    affected : ndarray of shape (n_activities,), bool
        See `affected_activities`.
    demand : ndarray of shape (n_demands, n_periods), float64
        Demand path from the begin of the first period on, as many periods as `plan`.
    now_us : int
        Microseconds UTC.
    capacity : callable or None
        Changes the capacities of shape (n_capacities, n_periods).
    """

    plan: InForce
    affected: Flag
    demand: Float
    now_us: int
    capacity: Callable[[Float], Float] | None = None


def replanned(
    structure: PlanningStructure,
    state: State,
    question: LocalQuestion,
    *,
    terms: LocalTerms,
    monotonic_s: Callable[[], float],
) -> ReplenishmentRepair:
    """Plan the affected orders anew and keep the others.

    Parameters
    ----------
    structure : PlanningStructure
        What is planned with.
    state : State
        Settled, with released orders on order.
    question : LocalQuestion
        The plan, and what is affected.
    terms : LocalTerms
        What may change.
    monotonic_s : callable
        Clock that bounds the solves.
    """
    plan = question.plan
    problem = replenishment_problem(
        structure, state, now_us=plan.begin_us, demand=question.demand
    )
    if question.capacity is not None:
        problem = replace(problem, capacity=question.capacity(problem.capacity))
    released = ReleasedPlan(
        orders=plan.orders,
        free=_free(structure, question, terms),
        change_cost=terms.change_cost,
        changes_max=terms.changes_max,
    )
    return repair_replenishment(
        problem, released, SolveOptions(monotonic_s=monotonic_s)
    )


def _free(
    structure: PlanningStructure, question: LocalQuestion, terms: LocalTerms
) -> Flag:
    plan, review_us = question.plan, structure.network.settings.review_us
    free = np.repeat(question.affected[:, None], plan.orders.shape[1], axis=1)
    # What has its turn to be made is released in whole campaigns, at reviews.
    free[structure.n_lane_activities :, 0] &= structure.startable(plan.begin_us)[
        structure.n_lane_activities :
    ]
    release_us = plan.begin_us + np.arange(plan.orders.shape[1]) * review_us
    fenced = release_us < question.now_us + terms.fence_s * 1e6
    return free & ~((plan.orders > SMALLEST_ORDER) & fenced)

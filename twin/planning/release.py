"""A plan as the event that releases it."""

import numpy as np
from numpy.typing import NDArray

from streams.events import MessageKind, PlanLine, PlanReleased
from twin.planning.planner import SMALLEST_ORDER, Planned
from twin.planning.structure import PlanningStructure
from twin.planning.timing import latest_us

LINES_MAX = 500
"""Lines a released plan carries, the soonest first; the rest is planned anew anyway."""


def plan_released(
    structure: PlanningStructure,
    planned: Planned,
    *,
    now_us: int,
    plan_id: str,
    reason: str | None = None,
) -> PlanReleased:
    """Write a plan as an event.

    Parameters
    ----------
    structure : PlanningStructure
        What its activities mean.
    planned : Planned
        The plan.
    now_us : int
        Time of the review.
    plan_id : str
        Id of the plan.
    reason : str or None
        Why this plan and no other, in words.

    Returns
    -------
    PlanReleased
        With at most `LINES_MAX` lines, in order of release; its cost is the objective
        with the sign turned.
    """
    network = structure.network
    review_us = network.settings.review_us
    orders = planned.solution.orders
    periods, activities = np.nonzero(orders.T > SMALLEST_ORDER)
    wait_us = due_after_us(structure)
    lines = tuple(
        _line(
            structure,
            int(a),
            quantity=float(orders[a, p]),
            release_us=now_us + int(p) * review_us,
            wait_us=int(wait_us[a]),
        )
        for p, a in zip(periods[:LINES_MAX], activities[:LINES_MAX], strict=True)
    )
    return PlanReleased(
        plan=plan_id,
        start_us=now_us,
        end_us=now_us + orders.shape[1] * review_us,
        cost=-planned.solution.objective,
        lines=lines,
        reason=reason,
    )


def known_until_us(plan: PlanReleased) -> int:
    """Return until when all orders of a plan are among its lines, microseconds UTC.

    Parameters
    ----------
    plan : PlanReleased
        Of the last review in its lines it may have a part only.
    """
    if len(plan.lines) < LINES_MAX:
        return plan.end_us
    return max(line.release_us for line in plan.lines)


def due_after_us(structure: PlanningStructure) -> NDArray[np.int64]:
    """Return how long after its release each order is due, by activity.

    Parameters
    ----------
    structure : PlanningStructure
        What is planned with.

    Returns
    -------
    ndarray of shape (n_activities,), int64
        Microseconds: the last moment at which it still serves the first demand that
        plans count on it for.
    """
    problem = structure.problem
    return latest_us(
        problem.lead_periods,
        structure.network.settings.review_us,
        period_us=structure.first_need_us[problem.output_point],
    )


def order_kind(structure: PlanningStructure, activity: int) -> MessageKind:
    """Tell whether an activity buys, makes or moves.

    Parameters
    ----------
    structure : PlanningStructure
        What is planned with.
    activity : int
        In 0..n_activities-1.
    """
    lane = int(structure.activity_lane[activity])
    if lane < 0:
        return "production"
    network = structure.network
    bought = int(network.lanes.from_place_index[lane]) >= network.n_sites
    return "purchase" if bought else "transport"


def source_of(structure: PlanningStructure, activity: int) -> str | None:
    """Name the place an activity takes goods from; None where they are made.

    Parameters
    ----------
    structure : PlanningStructure
        What is planned with.
    activity : int
        In 0..n_activities-1.
    """
    lane = int(structure.activity_lane[activity])
    if lane < 0:
        return None
    network = structure.network
    name: str = network.places.ids[int(network.lanes.from_place_index[lane])]
    return name


def _line(
    structure: PlanningStructure,
    activity: int,
    *,
    quantity: float,
    release_us: int,
    wait_us: int,
) -> PlanLine:
    network = structure.network
    return PlanLine(
        kind=order_kind(structure, activity),
        item=network.items.ids[int(structure.activity_item[activity])],
        site=network.places.ids[int(structure.activity_site[activity])],
        quantity=quantity,
        release_us=release_us,
        due_us=release_us + wait_us,
        source=source_of(structure, activity),
    )

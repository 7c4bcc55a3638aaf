"""A plan as the event that releases it."""

import numpy as np

from streams.events import PlanLine, PlanReleased
from twin.planning.planner import SMALLEST_ORDER, Planned
from twin.planning.structure import PlanningStructure
from twin.planning.timing import latest_us

LINES_MAX = 500
"""Lines a released plan carries, the soonest first; the rest is planned anew anyway."""


def plan_released(
    structure: PlanningStructure, planned: Planned, *, now_us: int, plan_id: str
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
    lines = tuple(
        _line(structure, int(a), now_us + int(p) * review_us, float(orders[a, p]))
        for p, a in zip(periods[:LINES_MAX], activities[:LINES_MAX], strict=True)
    )
    return PlanReleased(
        plan=plan_id,
        start_us=now_us,
        end_us=now_us + orders.shape[1] * review_us,
        cost=-planned.solution.objective,
        lines=lines,
    )


def _line(
    structure: PlanningStructure, activity: int, release_us: int, quantity: float
) -> PlanLine:
    network = structure.network
    lane = int(structure.activity_lane[activity])
    source = None
    kind = "production"
    if lane >= 0:
        origin = int(network.lanes.from_place_index[lane])
        source = network.places.ids[origin]
        kind = "purchase" if origin >= network.n_sites else "transport"
    point = int(structure.problem.output_point[activity])
    wait_us = latest_us(
        structure.problem.lead_periods[activity : activity + 1],
        network.settings.review_us,
        period_us=structure.first_need_us[point : point + 1],
    )
    return PlanLine(
        kind=kind,  # type: ignore[arg-type]
        item=network.items.ids[int(structure.activity_item[activity])],
        site=network.places.ids[int(structure.activity_site[activity])],
        quantity=quantity,
        release_us=release_us,
        due_us=release_us + int(wait_us[0]),
        source=source,
    )

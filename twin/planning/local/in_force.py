"""A released plan on the grid of reviews, and its lines after a repair."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from optimizer.logistics.distribution.repair import ReplenishmentRepair
from streams.events import PlanLine
from twin.planning.messages import orders_of
from twin.planning.planner import DECIMALS, SMALLEST_ORDER, decisions_of
from twin.planning.release import due_after_us, order_kind, source_of
from twin.planning.structure import PlanningStructure

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class InForce:
    """Orders of a released plan that are still to leave, on the grid of reviews.

    Attributes
    ----------
    begin_us : int
        Review that was last, microseconds UTC: the first period begins then.
    orders : ndarray of shape (n_activities, n_periods), float64
        Good units by period, as many periods as all orders are known for.
    lines : tuple of PlanLine
        All that are still to leave, also of later periods.
    cell : tuple of (int, int)
        Activity and period of each line; activity -1 if the network knows none.
    """

    begin_us: int
    orders: Float
    lines: tuple[PlanLine, ...]
    cell: tuple[tuple[int, int], ...]


def in_force(
    structure: PlanningStructure,
    lines: Sequence[PlanLine],
    *,
    now_us: int,
    known_us: int,
    n_periods: int,
) -> InForce:
    """Read what is left of a released plan.

    Parameters
    ----------
    structure : PlanningStructure
        What is planned with.
    lines : sequence of PlanLine
        Of the plan. Those released by now have left. What stands in them for reviews
        that the lot of a campaign covers is made already.
    now_us : int
        Microseconds UTC.
    known_us : int
        Orders released before are all among the lines, microseconds UTC.
    n_periods : int
        Most reviews to look at, >= 1.
    """
    settings = structure.network.settings
    passed = (now_us - settings.as_of_us) // settings.review_us
    begin_us = settings.as_of_us + passed * settings.review_us
    periods = min(n_periods, max(1, (known_us - begin_us) // settings.review_us))
    number = _activities(structure)
    made_now = structure.startable(begin_us)
    made_now[: structure.n_lane_activities] = False
    kept, cells = [], []
    orders = np.zeros((structure.problem.n_activities, periods))
    for line in lines:
        if line.release_us <= now_us:
            continue
        activity = number.get((line.kind, line.item, line.site, line.source), -1)
        period = (line.release_us - begin_us) // settings.review_us
        if activity >= 0 and made_now[activity] and period < structure.campaign:
            continue
        kept.append(line)
        cells.append((activity, period))
        if activity >= 0 and period < periods:
            orders[activity, period] += line.quantity
    return InForce(begin_us, orders, tuple(kept), tuple(cells))


def revised_lines(
    structure: PlanningStructure,
    plan: InForce,
    repair: ReplenishmentRepair,
    *,
    now_us: int,
) -> tuple[PlanLine, ...]:
    """Write a plan after its repair.

    Parameters
    ----------
    structure : PlanningStructure
        What is planned with.
    plan : InForce
        As it was released.
    repair : ReplenishmentRepair
        What changed of it.
    now_us : int
        What is ordered in the period that is under way leaves now, microseconds UTC.

    Returns
    -------
    tuple of PlanLine
        By time of release; a line whose order did not change is the line that it was.
    """
    changed = {(a, p) for a, p in np.argwhere(repair.changed).tolist()}
    lines, told = [], set()
    for line, cell in zip(plan.lines, plan.cell, strict=True):
        if cell not in changed:
            lines.append(line)
        elif cell not in told:
            told.add(cell)
            quantity = round(float(repair.orders[cell]), DECIMALS)
            if quantity > SMALLEST_ORDER:
                lines.append(replace(line, quantity=quantity))
    wait_us = due_after_us(structure)
    review_us = structure.network.settings.review_us
    for activity, period in sorted(changed - told):
        quantity = round(float(repair.orders[activity, period]), DECIMALS)
        if period > 0 and quantity > SMALLEST_ORDER:
            release_us = plan.begin_us + period * review_us
            due_us = release_us + int(wait_us[activity])
            lines.append(_line(structure, activity, quantity, (release_us, due_us)))
    now = _leaving_now(structure, repair, now_us)
    return (*now, *sorted(lines, key=lambda line: line.release_us))


def _leaving_now(
    structure: PlanningStructure, repair: ReplenishmentRepair, now_us: int
) -> list[PlanLine]:
    """Write the orders of the period under way, as lanes and lots allow them."""
    wanted = np.where(repair.changed[:, 0], repair.orders[:, 0], 0.0)
    decided = decisions_of(structure, wanted)
    orders = orders_of(structure, decided, occasion="", plan=None, now_us=now_us)
    return [
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
    ]


def _activities(
    structure: PlanningStructure,
) -> dict[tuple[str, str, str, str | None], int]:
    network = structure.network
    return {
        (
            order_kind(structure, k),
            network.items.ids[int(structure.activity_item[k])],
            network.places.ids[int(structure.activity_site[k])],
            source_of(structure, k),
        ): k
        for k in range(structure.problem.n_activities)
    }


def _line(
    structure: PlanningStructure,
    activity: int,
    quantity: float,
    times_us: tuple[int, int],
) -> PlanLine:
    network = structure.network
    return PlanLine(
        kind=order_kind(structure, activity),
        item=network.items.ids[int(structure.activity_item[activity])],
        site=network.places.ids[int(structure.activity_site[activity])],
        quantity=quantity,
        release_us=times_us[0],
        due_us=times_us[1],
        source=source_of(structure, activity),
    )

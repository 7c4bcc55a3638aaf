"""The cheapest change with which all demand that is left can be served."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.transshipment.conflicts import PROGRAM_S, conflicts_of
from optimizer.logistics.transshipment.problem import MOST_VEHICLES
from optimizer.logistics.transshipment.program import negligible_of
from optimizer.logistics.transshipment.service import service_of
from optimizer.logistics.transshipment.solve import plan_shipments

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.transshipment.conflicts import ShipmentConflict
    from optimizer.logistics.transshipment.model import Service
    from optimizer.logistics.transshipment.problem import (
        FloatArray,
        ShipmentPlan,
        TransshipmentProblem,
    )
    from optimizer.options import SolveOptions

__all__ = ["Loss", "MoreVehicles", "ShipmentRepair", "repair_shipments"]

SHARE_S = 0.25
"""Share of the time for each of conflicts, repair, the plan with it, and where there is
none of these, the plan without full service."""

LATE_S = 0.5
"""Seconds beyond its limit after which a program is left behind."""

WIDER = 1e-6
"""Share of what is lost that is lost on top: programs are exact to less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Demand that would not be served.

    Parameters
    ----------
    site, item, period
        Where and when.
    units
        How much of it, > 0.
    cost
        At its shortage cost, >= 0.
    """

    site: int
    item: int
    period: int
    units: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreVehicles:
    """Vehicles beyond those allowed.

    Parameters
    ----------
    lane, period
        Where and when.
    vehicles
        On top, > 0.
    cost
        Of these vehicles, >= 0.
    """

    lane: int
    period: int
    vehicles: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShipmentRepair:
    """What is in the way of full service, and what a plan costs without it.

    Parameters
    ----------
    conflicts
        Minimal ones that share nothing, each verified.
    losses, vehicles
        The change that costs least, as lost demand and more vehicles are priced;
        vehicles are those of the plan beyond what is allowed.
    cheapest
        Whether that is proven. Else the time was over: it is the best change found, or
        what a plan without full service loses; or the plan has more vehicles than the
        cheapest change needs.
    price
        Cost of the plan and of what is lost; infinite if none was found in time.
    plan
        Of the problem with the change.
    """

    conflicts: tuple[ShipmentConflict, ...]
    losses: tuple[Loss, ...]
    vehicles: tuple[MoreVehicles, ...]
    cheapest: bool
    price: float
    plan: ShipmentPlan


def repair_shipments(
    problem: TransshipmentProblem,
    options: SolveOptions,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> ShipmentRepair:
    """Return why full service is impossible, and the cheapest way out.

    Parameters
    ----------
    problem
        With full service, for which there is no plan.
    options
        As in `plan_shipments`; each part gets a share of the time.
    cancelled
        Asked now and then; once true, what is known is returned.

    Returns
    -------
    ShipmentRepair
        Empty but for its plan if full service is possible.
    """
    timed = options.work_limit is None
    part_s = SHARE_S * options.time_limit_s if timed else PROGRAM_S
    until_s = options.monotonic_s() + part_s

    def late() -> bool:
        return cancelled() or (timed and options.monotonic_s() > until_s)

    conflicts = conflicts_of(problem, late=late, time_limit_s=part_s)
    latest_s = options.monotonic_s() + part_s + LATE_S
    found = service_of(
        problem, elastic=True, time_limit_s=part_s,
        cancelled=lambda: cancelled() or (timed and options.monotonic_s() > latest_s),
    )  # fmt: skip
    share = replace(options, time_limit_s=part_s) if timed else options
    # With full service, a solve that is cancelled has no plan; without, it has one.
    if found is not None and not isinstance(found, str) and not cancelled():
        repair = _mended(problem, found, share, conflicts, cancelled=cancelled)
        if math.isfinite(repair.price):
            return repair
    plan = plan_shipments(
        replace(problem, full_service=False), share, cancelled=cancelled
    )
    return ShipmentRepair(
        conflicts=conflicts, losses=_losses(problem, plan.short), vehicles=(),
        cheapest=False, price=plan.objective, plan=plan,
    )  # fmt: skip


def _mended(
    problem: TransshipmentProblem,
    service: Service,
    options: SolveOptions,
    conflicts: tuple[ShipmentConflict, ...],
    *,
    cancelled: Callable[[], bool],
) -> ShipmentRepair:
    """Plan with what a program found to be the least change."""
    losses = _losses(problem, service.lost)
    demand = np.maximum(problem.demand - (1.0 + WIDER) * service.lost, 0.0)
    # A lane's limit holds in all periods: the most on top in any of them counts, and
    # the plan may use it in others too. So what is told are the vehicles of the plan.
    most = problem.lanes.vehicles_max + service.more_vehicles.max(axis=1, initial=0)
    mended = replace(
        problem,
        demand=demand,
        lanes=replace(problem.lanes, vehicles_max=np.minimum(most, MOST_VEHICLES)),
    )
    plan = plan_shipments(mended, options, cancelled=cancelled)
    lost = sum(loss.cost for loss in losses)
    vehicles = _more(problem, plan)
    needed = float((service.more_vehicles * problem.lanes.vehicle_cost[:, None]).sum())
    told = sum(one.cost for one in vehicles)
    return ShipmentRepair(
        conflicts=conflicts, losses=losses, vehicles=vehicles,
        cheapest=service.proven and told <= needed + WIDER * max(1.0, needed),
        price=plan.objective + lost if math.isfinite(plan.objective) else math.inf,
        plan=plan,
    )  # fmt: skip


def _losses(problem: TransshipmentProblem, lost: FloatArray) -> tuple[Loss, ...]:
    least = negligible_of(problem)[:, None]
    return tuple(
        Loss(
            site=site,
            item=item,
            period=period,
            units=float(lost[site, item, period]),
            cost=float(lost[site, item, period] * problem.shortage_cost[site, item]),
        )
        for site, item, period in np.argwhere(lost > least).tolist()
    )


def _more(
    problem: TransshipmentProblem, plan: ShipmentPlan
) -> tuple[MoreVehicles, ...]:
    """Return the vehicles of a plan beyond those a problem allows."""
    more = np.maximum(plan.vehicles - problem.lanes.vehicles_max[:, None], 0)
    return tuple(
        MoreVehicles(
            lane=lane,
            period=period,
            vehicles=int(more[lane, period]),
            cost=float(more[lane, period] * problem.lanes.vehicle_cost[lane]),
        )
        for lane, period in np.argwhere(more > 0).tolist()
    )

"""Why not all demand can be served, and the cheapest change with which all else is.

A conflict is a set of demands, and of lanes whose vehicles are limited, that cannot all
be kept; without any one of them, the rest can. First each item is looked at alone, as
if vehicles had no limit: what is not there in time. Then all items together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from optimizer.logistics.transshipment._kernels.flows import cheapest_flow, tree_of
from optimizer.logistics.transshipment.problem import MOST_VEHICLES
from optimizer.logistics.transshipment.program import (
    balance_of,
    layout_of,
    negligible_of,
    unbalanced,
)
from optimizer.logistics.transshipment.solve import plan_shipments

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.transshipment.model import Service
    from optimizer.logistics.transshipment.problem import (
        FloatArray,
        IntArray,
        ShipmentPlan,
        TransshipmentProblem,
    )
    from optimizer.options import SolveOptions

__all__ = [
    "Loss",
    "MoreVehicles",
    "ShipmentConflict",
    "ShipmentRepair",
    "conflicts_of",
    "repair_shipments",
]

MISSED = 1e-7
"""Share of an item's largest quantity that flows may miss: they are exact to less."""

SHARE_S = 0.3
"""Share of the time for each of conflicts, repair, and the plan with it."""

PROGRAM_S = 600.0
"""Seconds for one program where a budget of work has no end in time."""

MOST_CONFLICTS = 20
"""Conflicts that are told."""

WIDER = 1e-6
"""Share of what is lost that is lost on top: programs are exact to less."""

Part = TypeVar("Part")


class Cell(NamedTuple):
    """Demand for an item at a site in a period."""

    site: int
    item: int
    period: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentConflict:
    """Rules that cannot all be kept, each of them needed for that.

    Parameters
    ----------
    demands
        Site, item and period of each.
    lanes
        Rows of those whose vehicles are limited.
    missing
        Units that are short at least if only these demands are to be served; 0 where
        several items compete for vehicles.
    """

    demands: tuple[Cell, ...]
    lanes: tuple[int, ...] = ()
    missing: float = 0.0


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
        The change that costs least, as lost demand and more vehicles are priced.
    cheapest
        Whether that is proven; else the time was over, and it is what a plan without
        full service loses.
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
        As in `plan_shipments`; each of three parts gets a share of the time.
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
    # OR-Tools is loaded where it is needed.
    from optimizer.logistics.transshipment.model import (  # noqa: PLC0415
        Service,
        ServiceModel,
    )

    found = ServiceModel(problem, elastic=True).solve(time_limit_s=part_s)
    share = replace(options, time_limit_s=part_s) if timed else options
    if isinstance(found, Service):
        return _mended(problem, found, share, conflicts=conflicts)
    plan = plan_shipments(replace(problem, full_service=False), share)
    return ShipmentRepair(
        conflicts=conflicts, losses=_losses(problem, plan.short), vehicles=(),
        cheapest=False, price=plan.objective, plan=plan,
    )  # fmt: skip


def conflicts_of(
    problem: TransshipmentProblem,
    *,
    late: Callable[[], bool] = lambda: False,
    time_limit_s: float = PROGRAM_S,
) -> tuple[ShipmentConflict, ...]:
    """Return minimal conflicts that have no demand and no lane in common.

    Parameters
    ----------
    problem
        With full service.
    late
        Asked before each of them; once true, no more are looked for.
    time_limit_s
        Seconds for each program, > 0.

    Returns
    -------
    tuple of ShipmentConflict
        Empty if all demand can be served, or time was over.
    """
    found = [*_lacking(problem, late)]
    if found or late():
        return tuple(found)
    while len(found) < MOST_CONFLICTS and not late():
        one = _crowded(problem, late, time_limit_s=time_limit_s)
        if one is None:
            break
        found.append(one)
        problem = _without(problem, one)
    return tuple(found)


def smallest(parts: list[Part], fails: Callable[[list[Part]], bool]) -> list[Part]:
    """Return a part of a list that still fails, and no more without any one of it.

    Parameters
    ----------
    parts
        That fail together.
    fails
        Says whether some of them do; more of them fail where fewer do.

    References
    ----------
    Chinneck (2008), "Feasibility and infeasibility in optimization", 6.1: the deletion
    filter, here by halves first.
    """
    kept, size = list(parts), max(1, len(parts) // 2)
    while True:
        at = 0
        while at < len(kept):
            fewer = kept[:at] + kept[at + size :]
            if fails(fewer):
                kept = fewer
            else:
                at += size
        if size == 1:
            return kept
        size //= 2


def _lacking(
    problem: TransshipmentProblem, late: Callable[[], bool]
) -> list[ShipmentConflict]:
    """Return conflicts of single items: what is asked for and cannot be there."""
    free = replace(
        problem,
        lanes=replace(
            problem.lanes,
            vehicles_max=np.where(problem.lanes.vehicles_max > 0, MOST_VEHICLES, 0),
        ),
    )
    items = _Alone(free)
    found: list[ShipmentConflict] = []
    for item in range(problem.n_items):
        cells = [
            Cell(site, item, period)
            for site, period in np.argwhere(problem.demand[:, item] > 0.0).tolist()
        ]
        cells.sort(key=lambda cell: (cell.period, cell.site))
        while cells and items.missing(item, cells) > MISSED * items.most(item):
            if late() or len(found) >= MOST_CONFLICTS:
                return found
            least = MISSED * items.most(item)
            few = smallest(cells, lambda some: items.missing(item, some) > least)  # noqa: B023  # called at once
            missing = items.missing(item, few)
            found.append(ShipmentConflict(demands=tuple(few), missing=missing))
            cells = [cell for cell in cells if cell not in few]
    return found


class _Alone:
    """Flows of one item, vehicles without limit: what of some demands is short."""

    def __init__(self, problem: TransshipmentProblem) -> None:
        self._problem = problem
        self._layout = layout_of(replace(problem, full_service=False, fairness=0.0))
        self._tree = tree_of(self._layout.graph)
        self._cost = np.zeros(self._layout.graph.tail.size)
        first = self._layout.first_lane
        self._short = slice(first - 2 * self._layout.n_short, first)
        self._cost[self._short] = 1.0
        self._nothing = balance_of(replace(problem, demand=0.0 * problem.demand))

    def most(self, item: int) -> float:
        """Return the largest quantity of an item."""
        most = self._problem.demand[:, item].max(initial=0.0)
        return max(1.0, float(most), float(self._nothing[item].max(initial=0.0)))

    def missing(self, item: int, cells: list[Cell]) -> float:
        """Return the least units short if only some demands are to be served."""
        problem, layout = self._problem, self._layout
        balance = self._nothing[item].copy()
        for site, _, period in cells:
            node = 1 + site * problem.n_periods + period
            balance[node] -= problem.demand[site, item, period]
        flow = np.zeros(self._cost.size)
        capacity = layout.capacity[item]
        cheapest_flow(layout.graph, self._tree, self._cost, capacity, balance, flow)
        assert unbalanced(layout, flow[None], balance[None])[0] <= MISSED
        return float(flow[self._short].sum())


def _crowded(
    problem: TransshipmentProblem, late: Callable[[], bool], *, time_limit_s: float
) -> ShipmentConflict | None:
    """Return a conflict of demands and limits of lanes, verified, if there is one."""
    from optimizer.logistics.transshipment.model import ServiceModel  # noqa: PLC0415

    sums = problem.demand.sum(axis=2)
    limited = np.flatnonzero(problem.lanes.vehicles_max < MOST_VEHICLES)
    # Whole demands of an item at a site, all periods, and lanes in all periods.
    parts = [(True, site, item) for site, item in np.argwhere(sums > 0.0).tolist()]
    parts += [(False, lane, 0) for lane in limited.tolist()]

    def fails(some: list[tuple[bool, int, int]]) -> bool:
        if late():
            return False
        model = ServiceModel(_only(problem, some), elastic=False)
        return model.solve(time_limit_s=time_limit_s) == "infeasible"

    if not fails(parts):
        return None
    few = smallest(parts, fails)
    # Where time was over, some part may be kept that is not needed: not told.
    if late():
        return None
    cells = [
        Cell(row, item, period)
        for is_demand, row, item in few
        if is_demand
        for period in np.flatnonzero(problem.demand[row, item] > 0.0).tolist()
    ]
    lanes = [row for is_demand, row, _ in few if not is_demand]
    return ShipmentConflict(demands=tuple(cells), lanes=tuple(lanes))


def _only(
    problem: TransshipmentProblem, some: list[tuple[bool, int, int]]
) -> TransshipmentProblem:
    """Return a problem with some of its demands and limits alone."""
    demand = np.zeros(problem.demand.shape)
    allowed = problem.lanes.vehicles_max
    most = np.where(allowed > 0, MOST_VEHICLES, 0)
    for is_demand, row, item in some:
        if is_demand:
            demand[row, item] = problem.demand[row, item]
        else:
            most[row] = allowed[row]
    return replace(
        problem, demand=demand, lanes=replace(problem.lanes, vehicles_max=most)
    )


def _without(
    problem: TransshipmentProblem, conflict: ShipmentConflict
) -> TransshipmentProblem:
    demand, most = problem.demand.copy(), problem.lanes.vehicles_max.copy()
    for cell in conflict.demands:
        demand[cell] = 0.0
    most[list(conflict.lanes)] = MOST_VEHICLES
    return replace(
        problem, demand=demand, lanes=replace(problem.lanes, vehicles_max=most)
    )


def _mended(
    problem: TransshipmentProblem,
    service: Service,
    options: SolveOptions,
    *,
    conflicts: tuple[ShipmentConflict, ...],
) -> ShipmentRepair:
    """Plan with what a program found to be the least change."""
    losses = _losses(problem, service.lost)
    demand = np.maximum(problem.demand - (1.0 + WIDER) * service.lost, 0.0)
    # A lane's limit holds in all periods: the most on top in any of them counts.
    most = problem.lanes.vehicles_max + service.more_vehicles.max(axis=1, initial=0)
    mended = replace(
        problem,
        demand=demand,
        lanes=replace(problem.lanes, vehicles_max=np.minimum(most, MOST_VEHICLES)),
    )
    plan = plan_shipments(mended, options)
    lost = sum(loss.cost for loss in losses)
    return ShipmentRepair(
        conflicts=conflicts, losses=losses,
        vehicles=_more(problem, service.more_vehicles), cheapest=True,
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


def _more(problem: TransshipmentProblem, more: IntArray) -> tuple[MoreVehicles, ...]:
    return tuple(
        MoreVehicles(
            lane=lane,
            period=period,
            vehicles=int(more[lane, period]),
            cost=float(more[lane, period] * problem.lanes.vehicle_cost[lane]),
        )
        for lane, period in np.argwhere(more > 0).tolist()
    )

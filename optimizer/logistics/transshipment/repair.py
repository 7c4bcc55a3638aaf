"""Why not all demand can be served, and the cheapest change with which all else is.

A conflict is a set of demands, and of lanes whose vehicles are limited, that cannot all
be kept; without any one of them, the rest can. First each item is looked at alone, as
if vehicles had no limit: what is not there in time. Then all items together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

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
from optimizer.logistics.transshipment.watching import watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.transshipment.model import Service
    from optimizer.logistics.transshipment.problem import (
        FloatArray,
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

SHARE_S = 0.25
"""Share of the time for each of conflicts, repair, the plan with it, and where there is
none of these, the plan without full service."""

PROGRAM_S = 600.0
"""Seconds for one program where a budget of work has no end in time."""

LATE_S = 0.5
"""Seconds beyond its limit after which a program is left behind."""

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


class Group(NamedTuple):
    """Demands, and lanes whose vehicles are limited, kept or dropped as one."""

    cells: tuple[Cell, ...] = ()
    lanes: tuple[int, ...] = ()


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
    found = _service(
        problem, elastic=True, time_limit_s=part_s,
        ended=lambda: cancelled() or (timed and options.monotonic_s() > latest_s),
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
        Asked now and then; once true, no more are looked for, and only those are
        returned that are known to be minimal.
    time_limit_s
        Seconds for each program, > 0.

    Returns
    -------
    tuple of ShipmentConflict
        Empty if all demand can be served, or time was over.
    """
    found = [*_lacking(problem, late)]
    for lacking in found:
        problem = _without(problem, lacking)
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
            few = smallest(
                cells,
                lambda some: not late() and items.missing(item, some) > least,  # noqa: B023  # called at once
            )
            if late():
                return found
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
    asked = problem.demand > 0.0
    limited = np.flatnonzero(problem.lanes.vehicles_max < MOST_VEHICLES)
    # First all demands for an item at a site as one: few programs for many periods.
    groups = [
        Group(
            cells=tuple(
                Cell(site, item, period)
                for period in np.flatnonzero(asked[site, item]).tolist()
            )
        )
        for site, item in np.argwhere(asked.any(axis=2)).tolist()
    ]
    groups += [Group(lanes=(lane,)) for lane in limited.tolist()]

    def fails(some: list[Group]) -> bool:
        found = _service(
            _only(problem, some), elastic=False, time_limit_s=time_limit_s, ended=late
        )
        return found == "infeasible"

    if not fails(groups):
        return None
    few = _joined(smallest(groups, fails))
    single = [Group(cells=(cell,)) for cell in few.cells]
    single += [Group(lanes=(lane,)) for lane in few.lanes]
    least = _joined(smallest(single, fails))
    # Where time was over, some part may be kept that is not needed: not told.
    if late():
        return None
    return ShipmentConflict(demands=least.cells, lanes=least.lanes)


def _service(
    problem: TransshipmentProblem,
    *,
    elastic: bool,
    time_limit_s: float,
    ended: Callable[[], bool],
) -> Service | Literal["infeasible"] | None:
    """Solve the program of service as long as its answer is wanted."""
    # OR-Tools is loaded where it is needed.
    from optimizer.logistics.transshipment.model import ServiceModel  # noqa: PLC0415

    return watched(
        lambda: ServiceModel(problem, elastic=elastic).solve(time_limit_s=time_limit_s),
        cancelled=ended,
    )


def _joined(groups: list[Group]) -> Group:
    return Group(
        cells=tuple(cell for group in groups for cell in group.cells),
        lanes=tuple(lane for group in groups for lane in group.lanes),
    )


def _only(problem: TransshipmentProblem, some: list[Group]) -> TransshipmentProblem:
    """Return a problem with some of its demands and limits alone."""
    kept, demand = _joined(some), np.zeros(problem.demand.shape)
    for cell in kept.cells:
        demand[cell] = problem.demand[cell]
    allowed, rows = problem.lanes.vehicles_max, list(kept.lanes)
    most = np.where(allowed > 0, MOST_VEHICLES, 0)
    most[rows] = allowed[rows]
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

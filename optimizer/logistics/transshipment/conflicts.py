"""Why not all demand can be served.

A conflict is a set of demands, and of lanes whose vehicles are limited, that cannot all
be kept; without any one of them, the rest can. First each item is looked at alone, as
if vehicles had no limit: what is not there in time. Then all items together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from optimizer.logistics.transshipment._kernels.flows import cheapest_flow, tree_of
from optimizer.logistics.transshipment.problem import MOST_VEHICLES
from optimizer.logistics.transshipment.program import (
    balance_of,
    layout_of,
    unbalanced,
)
from optimizer.logistics.transshipment.service import service_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.transshipment.problem import TransshipmentProblem

__all__ = ["PROGRAM_S", "Cell", "ShipmentConflict", "conflicts_of", "smallest"]

MISSED = 1e-7
"""Share of an item's largest quantity that flows may miss: they are exact to less."""

PROGRAM_S = 600.0
"""Seconds for one program where a budget of work has no end in time."""

MOST_CONFLICTS = 20
"""Conflicts that are told."""

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
        found = service_of(
            _only(problem, some),
            elastic=False,
            time_limit_s=time_limit_s,
            cancelled=late,
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

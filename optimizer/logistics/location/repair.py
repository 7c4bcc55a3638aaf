"""Why capacity does not do, and the cheapest that would have to be added."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from optimizer.logistics.location._kernels.flows import (
    flow_cost,
    flows_of,
    refit,
    reset,
)
from optimizer.logistics.location.problem import missing_units
from optimizer.logistics.location.search.assigning import AssignSearch
from optimizer.logistics.location.search.network import network_of
from optimizer.logistics.location.solve import locate_facilities

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.location.problem import (
        FloatArray,
        LocationPlan,
        LocationProblem,
    )
    from optimizer.options import SolveOptions

__all__ = ["Extension", "Repair", "conflicts_of", "repair_location"]

UNPACKABLE = (
    "no assignment of each client to one depot keeps all capacities, though they do in "
    "total"
)

DESCENTS = 300
"""Descents that look for the least overload of single sources."""

Kind = Literal["plant", "depot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Capacity that would have to be added.

    Parameters
    ----------
    kind, row
        Which plant or depot.
    units
        Beyond its capacity, > 0.
    """

    kind: Kind
    row: int
    units: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Repair:
    """What is in the way of a plan, and what one would cost without it.

    Parameters
    ----------
    conflicts
        A sentence each: demands that no choice of facilities carries.
    extensions
        Capacity added. It is the least in all where capacity is short as a whole, at
        the places where flow then costs least.
    plan
        Of the problem with these extensions; its objective is the price.
    """

    conflicts: tuple[str, ...]
    extensions: tuple[Extension, ...]
    plan: LocationPlan


def conflicts_of(problem: LocationProblem) -> tuple[str, ...]:
    """Return what facilities cannot carry even if all of them are open.

    Parameters
    ----------
    problem
        Any.

    Returns
    -------
    tuple of str
        Each is a conflict by itself: mending one leaves the others.

    Examples
    --------
    >>> import numpy as np
    >>> from optimizer.logistics.location import LocationProblem
    >>> problem = LocationProblem(
    ...     capacity=np.array([2.0]), fixed_cost=np.array([1.0]),
    ...     demand=np.array([5.0]), service_cost=np.array([[1.0]]),
    ... )
    >>> conflicts_of(problem)
    ('clients ask for 5 units, the 1 depots together carry 2: 3 are missing',)
    """
    total = math.fsum(problem.demand)
    found = []
    carried = {"depots": problem.capacity}
    if problem.n_plants:
        carried["plants"] = problem.plant_capacity
    for kind, capacity in carried.items():
        if missing := missing_units(problem.demand, capacity):
            found.append(
                f"clients ask for {total:,.10g} units, the {capacity.size} {kind} "
                f"together carry {math.fsum(capacity):,.10g}: {missing:,.10g} are "
                "missing"
            )
    if problem.single_source:
        largest = float(problem.capacity.max(initial=0.0))
        found += [
            f"client {client} asks for {problem.demand[client]:,.10g} units from one "
            f"depot, the largest carries {largest:,.10g}"
            for client in np.flatnonzero(problem.demand > largest)
        ]
    return tuple(found)


def repair_location(
    problem: LocationProblem,
    options: SolveOptions,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> Repair:
    """Return the conflicts of an infeasible problem, and a plan with more capacity.

    Parameters
    ----------
    problem
        Infeasible, as `conflicts_of` says or as a solve has proven.
    options, cancelled
        Of the solve of the mended problem.
    """
    conflicts = conflicts_of(problem)
    if problem.single_source:
        extensions = _overloads(problem)
        if not conflicts:
            conflicts = (UNPACKABLE,)
    else:
        extensions = _missing(problem)
    mended = _extended(problem, extensions)
    plan = locate_facilities(mended, options, cancelled=cancelled)
    return Repair(conflicts=conflicts, extensions=extensions, plan=plan)


def _extended(
    problem: LocationProblem, extensions: tuple[Extension, ...]
) -> LocationProblem:
    capacity, plants = problem.capacity.copy(), problem.plant_capacity.copy()
    for one in extensions:
        (capacity if one.kind == "depot" else plants)[one.row] += one.units
    return replace(problem, capacity=capacity, plant_capacity=plants)


def _missing(problem: LocationProblem) -> tuple[Extension, ...]:
    """Add what is missing in all where flow costs least then."""
    found: list[Extension] = []
    kinds: dict[Kind, FloatArray] = {"depot": problem.capacity}
    if problem.n_plants:
        kinds["plant"] = problem.plant_capacity
    for kind, capacity in kinds.items():
        short = missing_units(problem.demand, capacity)
        if short <= 0.0 or not capacity.size:
            continue
        options = [
            Extension(kind=kind, row=row, units=short) for row in range(capacity.size)
        ]
        costs = [_cost_with(problem, (*found, one)) for one in options]
        found.append(options[int(np.argmin(costs))])
    return tuple(found)


def _cost_with(problem: LocationProblem, extensions: tuple[Extension, ...]) -> float:
    """Return the cost with all open; a kind that is still short counts as enough."""
    mended = _extended(problem, extensions)
    total = math.fsum(problem.demand)
    if mended.n_plants and missing_units(problem.demand, mended.plant_capacity):
        mended = replace(mended, plant_capacity=mended.plant_capacity + total)
    network = network_of(mended)
    flows = flows_of(network)
    reset(network, flows)
    refit(network, flows)
    return float(flow_cost(network, flows))


def _overloads(problem: LocationProblem) -> tuple[Extension, ...]:
    """Return by how much the best assignment overloads each depot."""
    search = AssignSearch(problem, seed=0)
    search.improve(DESCENTS)
    load = np.bincount(search.best, weights=problem.demand, minlength=problem.n_depots)
    over = load - problem.capacity
    return tuple(
        Extension(kind="depot", row=int(row), units=float(over[row]))
        for row in np.flatnonzero(over > 0.0)
    )

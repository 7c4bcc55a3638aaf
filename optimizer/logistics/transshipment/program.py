"""Sites and periods as nodes, and what can happen between them as arcs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.logistics.transshipment._kernels.flows import Graph

if TYPE_CHECKING:
    from optimizer.logistics.transshipment.problem import (
        FloatArray,
        IntArray,
        TransshipmentProblem,
    )

__all__ = ["Layout", "balance_of", "layout_of", "negligible_of", "unbalanced"]

FAIR = 0.5
"""Share of a period's demand up to which shortage costs its plain price."""

START_COST = 10.0
"""What starts the simplex costs that many times all that a unit can cost on its way."""

TOLERANCE = 1e-10
"""Share of what a unit can cost below which a saving is rounding."""

NEGLIGIBLE = 1e-7
"""Share of an item's largest demand below which a flow of it is rounding."""

NEGLIGIBLE_UNITS = 1e-3
"""Units from which on a flow is none, however much of the item is asked for."""


class Layout(NamedTuple):
    """Arcs in this order: held, left at the end, short, shorter, lanes."""

    graph: Graph
    n_held: int
    n_left: int
    n_short: int
    first_lane: int
    lane: IntArray
    """Lane of each lane arc."""
    period: IntArray
    """Period in which it leaves."""
    cost: FloatArray
    """Money a unit, ndarray of shape (n_items, n_arcs), without vehicles."""
    capacity: FloatArray
    """Units, ndarray of shape (n_items, n_arcs)."""


def layout_of(problem: TransshipmentProblem) -> Layout:
    """Return the arcs of a problem.

    Parameters
    ----------
    problem
        Any.
    """
    sites, items, periods = problem.demand.shape
    lanes = problem.lanes
    node = 1 + np.arange(sites * periods).reshape(sites, periods)
    arrival = np.arange(periods) + lanes.lead_periods[:, None]
    usable = (arrival < periods) & (lanes.vehicles_max[:, None] > 0)
    lane, period = np.nonzero(usable)
    root = np.zeros(sites * periods, dtype=np.int64)
    tail = [
        node[:, :-1].ravel(), node[:, -1], root, root,
        node[lanes.from_site[lane], period],
    ]  # fmt: skip
    head = [
        node[:, 1:].ravel(), np.zeros(sites, dtype=np.int64), node.ravel(),
        node.ravel(), node[lanes.to_site[lane], arrival[lane, period]],
    ]  # fmt: skip
    held = np.repeat(problem.holding_cost, periods - 1, axis=0).T
    short = np.repeat(problem.shortage_cost, periods, axis=0).T
    asked = problem.demand.transpose(1, 0, 2).reshape(items, -1)
    first = sites * (periods - 1) + sites + 2 * sites * periods
    cost = np.concatenate(
        [
            held, problem.holding_cost.T, short, short * (1.0 + problem.fairness),
            np.broadcast_to(lanes.unit_cost[lane], (items, lane.size)),
        ],
        axis=1,
    )  # fmt: skip
    capacity = np.full((items, first + lane.size), np.inf)
    allowed = 0.0 if problem.full_service else 1.0
    capacity[:, first - 2 * sites * periods : first] = allowed * np.concatenate(
        [FAIR * asked, (1.0 - FAIR) * asked], axis=1
    )
    tails, heads = (np.concatenate(part).astype(np.int64) for part in (tail, head))
    dearest = float(cost.max(initial=0.0)) * periods + _dearest_trip(problem)
    graph = Graph(
        1 + sites * periods, tails, heads, START_COST * dearest, TOLERANCE * dearest
    )
    return Layout(
        graph, sites * (periods - 1), sites, sites * periods, first,
        lane, period, np.ascontiguousarray(cost), capacity,
    )  # fmt: skip


def balance_of(problem: TransshipmentProblem) -> FloatArray:
    """Return what each node has beyond what it asks for.

    Parameters
    ----------
    problem
        Any.

    Returns
    -------
    ndarray of shape (n_items, n_nodes), float64
        The root has 0: it balances the rest.
    """
    sites, items, periods = problem.demand.shape
    has = problem.supply - problem.demand
    has[:, :, 0] += problem.stock
    result = np.zeros((items, 1 + sites * periods))
    result[:, 1:] = has.transpose(1, 0, 2).reshape(items, -1)
    return result


def negligible_of(problem: TransshipmentProblem) -> FloatArray:
    """Return the units of each item up to which a flow is rounding.

    Parameters
    ----------
    problem
        Any.

    Returns
    -------
    ndarray of shape (n_items,), float64
        In 1e-7..1e-3: a ten-millionth of what is asked for of the item at most.
    """
    most = problem.demand.max(axis=(0, 2), initial=0.0)
    least: FloatArray = np.clip(NEGLIGIBLE * most, NEGLIGIBLE, NEGLIGIBLE_UNITS)
    return least


def unbalanced(layout: Layout, flow: FloatArray, balance: FloatArray) -> FloatArray:
    """Return by how much flows miss what sites ask for, by item.

    Parameters
    ----------
    layout
        Of the problem.
    flow
        Units, ndarray of shape (n_items, n_arcs), float64.
    balance
        ndarray of shape (n_items, n_nodes), float64, see `balance_of`.

    Returns
    -------
    ndarray of shape (n_items,), float64
        The most at any site and period, as a share of the item's largest balance; far
        more than rounding where no flow does.
    """
    n_nodes = layout.graph.n_nodes
    missed = np.zeros(len(flow))
    for item, units in enumerate(flow):
        out = np.bincount(layout.graph.tail, units, n_nodes)
        into = np.bincount(layout.graph.head, units, n_nodes)
        off = np.abs(out - into - balance[item])[1:].max(initial=0.0)
        missed[item] = off / max(1.0, float(np.abs(balance[item]).max(initial=0.0)))
    return missed


def _dearest_trip(problem: TransshipmentProblem) -> float:
    lanes = problem.lanes
    a_volume = (lanes.vehicle_cost + lanes.fixed_cost) / lanes.room
    most = float(problem.volume.max()) * float(a_volume.max(initial=0.0))
    return 1.0 + problem.n_sites * (most + float(lanes.unit_cost.max(initial=0.0)))

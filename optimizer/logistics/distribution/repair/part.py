"""The part of a replenishment problem that some activities touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.distribution.problem import (
    ReplenishmentNetwork,
    ReplenishmentProblem,
)

if TYPE_CHECKING:
    from optimizer.logistics.distribution.problem import (
        BoolArray,
        FloatArray,
        IntArray,
    )

__all__ = ["Part", "part_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A smaller problem, and what its rows are of the whole one.

    Attributes
    ----------
    problem : ReplenishmentProblem
        Its last point stands for all that are not in it: goods go there, none come.
    activities : ndarray of shape (n_activities of the part,), int64
        Their rows in the whole.
    points : ndarray of shape (n_points of the part - 1,), int64
        Their rows in the whole.
    """

    problem: ReplenishmentProblem
    activities: IntArray
    points: IntArray


def part_of(
    problem: ReplenishmentProblem, chosen: BoolArray, orders: FloatArray
) -> Part:
    """Return what is needed to plan some activities while the others stay.

    Parameters
    ----------
    problem
        The whole.
    chosen
        ndarray of shape (n_activities,), bool: the activities that are planned.
    orders
        ndarray of shape (n_activities, n_periods), float64: what the others do.

    Returns
    -------
    Part
        The points that the chosen activities take from or deliver to, with their
        demands; every activity that meets one of these points, so that it is known what
        it brings and takes; and of shared capacities what all others leave.
    """
    network = problem.network
    near = np.zeros(network.n_points, dtype=np.bool_)
    near[network.output_point[chosen]] = True
    near[network.input_point[chosen[network.input_activity]]] = True
    meets = near[network.output_point]
    taken = near[network.input_point]
    meets[network.input_activity[taken]] = True
    points, activities = np.flatnonzero(near), np.flatnonzero(meets)
    demands = np.flatnonzero(near[network.demand_point])
    place = np.full(network.n_points, points.size)
    place[points] = np.arange(points.size)
    capacities = np.unique(network.capacity_index[activities])
    capacities = capacities[capacities >= 0]
    smaller = _network(network, (points, activities, demands, capacities), place)
    return Part(
        problem=ReplenishmentProblem(
            network=smaller,
            stock=np.append(problem.stock[points], 0.0),
            demand=problem.demand[demands],
            arrivals=np.pad(problem.arrivals[:, points], ((0, 0), (0, 1))),
            backlog=problem.backlog[demands],
            capacity=_left(problem, orders, ~meets)[capacities],
        ),
        activities=activities,
        points=points,
    )


def _network(
    network: ReplenishmentNetwork,
    rows: tuple[IntArray, IntArray, IntArray, IntArray],
    place: IntArray,
) -> ReplenishmentNetwork:
    points, activities, demands, capacities = rows
    number = np.full(network.n_capacities + 1, -1)
    number[capacities] = np.arange(capacities.size)
    within = np.isin(network.input_activity, activities)
    within &= place[network.input_point] < points.size
    n_inputs = np.bincount(
        network.input_activity[within], minlength=network.n_activities
    )[activities]
    return ReplenishmentNetwork(
        holding_cost=np.append(network.holding_cost[points], 0.0),
        terminal_value=np.append(network.terminal_value[points], 0.0),
        output_point=place[network.output_point[activities]],
        lead_periods=network.lead_periods[activities],
        unit_cost=network.unit_cost[activities],
        pipeline_cost=network.pipeline_cost[activities],
        # Inputs are sorted by activity, and so are those that are left.
        input_start=np.concatenate([[0], np.cumsum(n_inputs)]),
        input_point=place[network.input_point[within]],
        input_usage=network.input_usage[within],
        n_capacities=int(capacities.size),
        capacity_index=number[network.capacity_index[activities]],
        capacity_usage=network.capacity_usage[activities],
        order_upper=network.order_upper[activities],
        demand_point=place[network.demand_point[demands]],
        price=network.price[demands],
        shortage_cost=network.shortage_cost[demands],
        backlogged=network.backlogged[demands],
    )


def _left(
    problem: ReplenishmentProblem, orders: FloatArray, others: BoolArray
) -> FloatArray:
    """Return the capacity that other activities leave, never below 0."""
    network = problem.network
    used = np.zeros_like(problem.capacity)
    rows = np.flatnonzero(others & (network.capacity_index >= 0))
    work = network.capacity_usage[rows, None] * orders[rows]
    np.add.at(used, network.capacity_index[rows], work)
    left: FloatArray = np.maximum(problem.capacity - used, 0.0)
    return left

"""What plans cover beyond expected demand, by stock point.

A plan that covers a quantile of running demand covers more and more beyond the mean.
Were it made anew at a review, it would begin with as little as the first one did. The
difference is what targets taken from the first plan are too high by. And what another
path of demand covers more is what targets of a plan for it are higher by, so that not
every plan that is judged has to be solved.
"""

import numpy as np
from numpy.typing import NDArray

from twin.planning import PlanningStructure, cheapest_sources

Array = NDArray[np.float64]


def outgrown(structure: PlanningStructure, orders: Array, beyond: Array) -> Array:
    """Return what a fresh plan would lower the targets of a plan by.

    Parameters
    ----------
    structure : PlanningStructure
        What activities and points mean.
    orders : ndarray of shape (n_activities, n_periods), float64
        Of the plan; they say which way goods come to each point.
    beyond : ndarray of shape (n_demands, n_periods), float64
        What the plan covers beyond expected demand, by review.

    Returns
    -------
    ndarray of shape (n_points, n_periods + 1), float64
        Units by review, 0 at the first. For a point that supplies others, what it has
        planned to send beyond what they will ask for is in it.

    Notes
    -----
    A point that is ordered for ``L`` reviews before goods reach customers covers
    ``B(t + L)`` beyond the mean at review ``t`` of the plan, where ``B`` is the running
    sum of `beyond`, and ``B(L)`` if planned anew.
    """
    problem = structure.problem
    way = _ways(structure, orders)
    covered = _covered(structure, way, beyond)
    grown = covered - covered[:, :1]
    # What is sent at a review was planned with the growth of the review before.
    before = np.hstack([np.zeros((problem.n_points, 1)), grown[:, :-1]])
    return grown - _sent(structure, way, before)


def cover(structure: PlanningStructure, orders: Array, beyond: Array) -> Array:
    """Return what a fresh plan keeps at each point beyond what is expected to go.

    Parameters
    ----------
    structure, orders, beyond
        See `outgrown`.

    Returns
    -------
    ndarray of shape (n_points,), float64
        Units; what points that it supplies keep is not in it.
    """
    way = _ways(structure, orders)
    covered = _covered(structure, way, beyond)[:, :1]
    kept: Array = (covered - _sent(structure, way, covered))[:, 0]
    return kept


def _covered(structure: PlanningStructure, way: Array, beyond: Array) -> Array:
    """Cover of each point and of all that it supplies, (n_points, n_periods + 1)."""
    share, lead = _shares(structure, way), _leads(structure)
    running = np.hstack([np.zeros((len(beyond), 1)), beyond.cumsum(axis=1)])
    last = beyond.shape[1]
    until = np.minimum(lead[:, None] + np.arange(last + 1), last)
    return np.take_along_axis(share @ running, until, axis=1)


def _sent(structure: PlanningStructure, way: Array, received: Array) -> Array:
    """Units that each point sends where points receive so many of their own."""
    problem = structure.problem
    sent = np.zeros_like(received)
    usage = (problem.input_usage * way[problem.input_activity])[:, None]
    output = problem.output_point[problem.input_activity]
    np.add.at(sent, problem.input_point, usage * received[output])
    return sent


def _ways(structure: PlanningStructure, orders: Array) -> Array:
    """Share of each activity in what comes to its point, in the whole plan."""
    problem = structure.problem
    total = orders.sum(axis=1)
    source = cheapest_sources(structure)
    comes = np.bincount(problem.output_point, weights=total, minlength=problem.n_points)
    unplanned = (comes <= 0.0) & (source >= 0)
    total[source[unplanned]] = comes[unplanned] = 1.0
    way: Array = total / np.where(comes > 0.0, comes, 1.0)[problem.output_point]
    return way


def _shares(structure: PlanningStructure, way: Array) -> Array:
    """Units of each point in a unit of each demand, (n_points, n_demands)."""
    problem = structure.problem
    share = np.zeros((problem.n_points, len(problem.demand_point)))
    share[problem.demand_point, np.arange(len(problem.demand_point))] = 1.0
    for point in _customers_first(structure):
        for activity in np.flatnonzero(problem.output_point == point).tolist():
            first, last = problem.input_start[activity : activity + 2]
            for k in range(first, last):
                used = problem.input_usage[k] * way[activity]
                share[problem.input_point[k]] += used * share[point]
    return share


def _leads(structure: PlanningStructure) -> NDArray[np.int64]:
    """Reviews from an order for each point until goods serve customers, the most."""
    problem, source = structure.problem, cheapest_sources(structure)
    own = np.where(source >= 0, problem.lead_periods[source], 0)
    own += np.where(source >= structure.n_lane_activities, structure.campaign - 1, 0)
    lead = own + 1
    for point in _customers_first(structure):
        for activity in np.flatnonzero(problem.output_point == point).tolist():
            first, last = problem.input_start[activity : activity + 2]
            for supplier in problem.input_point[first:last].tolist():
                lead[supplier] = max(lead[supplier], own[supplier] + lead[point])
    return lead


def _customers_first(structure: PlanningStructure) -> list[int]:
    """Points so that each comes before those that supply it by any activity."""
    problem = structure.problem
    suppliers: list[set[int]] = [set() for _ in range(problem.n_points)]
    for activity in range(problem.n_activities):
        first, last = problem.input_start[activity : activity + 2]
        target = int(problem.output_point[activity])
        suppliers[target] |= set(problem.input_point[first:last].tolist())
    order: list[int] = []
    done: set[int] = set()

    def visit(point: int) -> None:
        if point not in done:
            done.add(point)
            for supplier in sorted(suppliers[point]):
                visit(supplier)
            order.append(point)

    for point in range(problem.n_points):
        visit(point)
    return order[::-1]

"""Order-up-to levels: the replenishment that planners know, and where orders go."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from twin.planning.structure import PlanningStructure

Array = NDArray[np.float64]


def cheapest_sources(structure: PlanningStructure) -> NDArray[np.intp]:
    """Return the activity with the least unit cost for each point, -1 without any."""
    problem = structure.problem
    source = np.full(problem.n_points, -1, np.intp)
    # Later writes win, so the cheapest comes last.
    for activity in np.argsort(-problem.unit_cost, kind="stable"):
        source[problem.output_point[activity]] = activity
    return source


def base_stock_levels(structure: PlanningStructure, *, service: float) -> Array:
    """Levels that cover demand over the protection interval of each point.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network; the demand laws at `as_of` count.
    service : float
        Probability that demand over review and lead time stays below the level.

    Returns
    -------
    ndarray of shape (n_points,), float64
        Normal quantile of demand over review plus lead time of the cheapest source
        (Silver, Pyke, Thomas 2017, equation 6.7), dependent demand exploded level by
        level over the cheapest sources.
    """
    network, problem = structure.network, structure.problem
    days = network.settings.review_us / 86_400_000_000
    mean, variance = np.zeros(problem.n_points), np.zeros(problem.n_points)
    demands = network.demands
    daily = demands.mean_per_day + demands.dispersion * demands.mean_per_day**2
    np.add.at(mean, problem.demand_point, demands.mean_per_day * days)
    np.add.at(variance, problem.demand_point, daily * days)
    source = cheapest_sources(structure)
    for point in _downstream_first(structure, source):
        activity = source[point]
        first, last = problem.input_start[activity : activity + 2]
        inputs = problem.input_point[first:last]
        usage = problem.input_usage[first:last]
        np.add.at(mean, inputs, usage * mean[point])
        np.add.at(variance, inputs, usage**2 * variance[point])
    interval = 2.0 + np.where(source >= 0, problem.lead_periods[source], 0)
    levels: Array = mean * interval + NormalDist().inv_cdf(service) * np.sqrt(
        variance * interval
    )
    return levels


def _downstream_first(
    structure: PlanningStructure, source: NDArray[np.intp]
) -> list[int]:
    """List sourced points so that a point comes before what supplies it."""
    problem = structure.problem
    order: list[int] = []
    done: set[int] = set()

    def visit(point: int) -> None:
        if point in done:
            return
        done.add(point)
        activity = source[point]
        if activity >= 0:
            first, last = problem.input_start[activity : activity + 2]
            for supplier in problem.input_point[first:last].tolist():
                visit(supplier)
            order.append(point)

    for point in range(problem.n_points):
        visit(point)
    return order[::-1]

"""Order-up-to levels: the replenishment that planners know, and where orders go."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.model.network import Network
from twin.model.tables import DEMAND_LAWS
from twin.planning.structure import (
    DAY_US,
    PlanningStructure,
    activity_costs,
    replacement_costs,
)
from twin.planning.timing import lead_periods

Array = NDArray[np.float64]


def cheapest_sources(structure: PlanningStructure) -> NDArray[np.intp]:
    """Return where each stock point is replenished from.

    Parameters
    ----------
    structure : PlanningStructure
        Its activities are the choice.

    Returns
    -------
    ndarray of shape (n_points,), intp
        The activity that costs least for a unit, its inputs included; -1 without any.
    """
    problem = structure.problem
    cost = activity_costs(problem, replacement_costs(problem))
    source = np.full(problem.n_points, -1, np.intp)
    # Later writes win, so the cheapest comes last.
    for activity in np.argsort(-cost, kind="stable"):
        source[problem.output_point[activity]] = activity
    return source


def base_stock_levels(structure: PlanningStructure, *, service: float) -> Array:
    """Return levels that cover demand over the protection interval of each point.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network; its demand laws at `as_of` count, without trend and profiles.
    service : float
        Probability that demand over review and lead time stays below the level, in
        (0, 1).

    Returns
    -------
    ndarray of shape (n_points,), float64
        Normal quantile of demand over one review (or campaign, of what is made) plus
        the lead time of the cheapest source in whole reviews, never below 0; dependent
        demand is exploded level by level over the cheapest sources.

    Raises
    ------
    OptionError
        If `service` is not above 0 and below 1.

    References
    ----------
    Silver, Pyke, Thomas (2017), "Inventory and Production Management in Supply Chains",
    4th edition, equation 6.7.
    """
    if not 0.0 < service < 1.0:
        msg = f"service must be above 0 and below 1, was {service}"
        raise OptionError(msg)
    problem = structure.problem
    mean, variance = np.zeros(problem.n_points), np.zeros(problem.n_points)
    lot = np.zeros(problem.n_points)
    own_mean, own_variance = review_moments(structure.network)
    np.add.at(mean, problem.demand_point, own_mean)
    np.add.at(variance, problem.demand_point, own_variance)
    source = cheapest_sources(structure)
    for target in downstream_first(structure, source):
        activity = source[target]
        first, last = problem.input_start[activity : activity + 2]
        inputs = problem.input_point[first:last]
        usage = problem.input_usage[first:last]
        np.add.at(mean, inputs, usage * mean[target])
        if activity >= structure.n_lane_activities:
            # A lot takes what goes into it at once.
            np.add.at(lot, inputs, usage * mean[target] * (structure.campaign - 1))
        np.add.at(variance, inputs, usage**2 * variance[target])
    lead = np.zeros(problem.n_points)
    sourced = source >= 0
    # Orders wait for whole reviews, however soon in a review customers ask.
    review_us = structure.network.settings.review_us
    lead[sourced] = lead_periods(
        structure.lead_us[source[sourced]], review_us, period_us=review_us
    )
    # A lead of k periods is k + 1 reviews or a little less.
    interval = 2.0 + lead
    # What is made has its turn once in a campaign.
    interval[source >= structure.n_lane_activities] += structure.campaign - 1
    spread = NormalDist().inv_cdf(service) * np.sqrt(variance * interval)
    return np.maximum(mean * interval + lot + spread, 0.0)


def review_moments(network: Network) -> tuple[Array, Array]:
    """Return mean and variance of the demand of one review.

    Parameters
    ----------
    network : Network
        Its demand laws at `as_of` count, without trend and profiles.

    Returns
    -------
    tuple of ndarray of shape (n_demands,), float64
        Units, and units squared.
    """
    demands, settings = network.demands, network.settings
    mean = demands.mean_per_day * settings.period_us / DAY_US
    constant, poisson, _, normal = range(len(DEMAND_LAWS))
    clustered = demands.law > poisson  # negative binomial, or normal
    variance = np.where(clustered, demands.dispersion, 0.0) * mean**2
    variance += np.where(demands.law == normal, 0.0, mean)
    variance = np.where(demands.law == constant, 0.0, variance)
    n_periods = settings.review_us / settings.period_us
    return mean * n_periods, variance * n_periods


def downstream_first(
    structure: PlanningStructure, source: NDArray[np.intp]
) -> list[int]:
    """List sourced points so that a point comes before what supplies it.

    Parameters
    ----------
    structure : PlanningStructure
        Its activities.
    source : ndarray of shape (n_points,), intp
        The activity that replenishes each point, -1 for none.
    """
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

"""What a network's own demand laws say of demand to come."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin.model.network import Network
from twin.simulate.demand import DAY_US, LawDemand

Array = NDArray[np.float64]
MeanPath = Callable[[int, int], Array]


def law_means(network: Network) -> MeanPath:
    """Return the mean demand of any review under the network's laws.

    Parameters
    ----------
    network : Network
        Its trend and profiles count. Demand arises at the ends of its periods; the mean
        of a review is that of the periods that end in it.

    Returns
    -------
    callable
        ``means(review, horizon)`` gives shape (n_demands, horizon), units a review.
    """
    laws, settings = LawDemand(network, seed=0), network.settings
    known: list[Array] = []

    def review_mean(review: int) -> Array:
        total = np.zeros(len(network.demands.item_index))
        first = review * settings.review_us // settings.period_us
        last = (review + 1) * settings.review_us // settings.period_us
        for period in range(first, last):
            total += laws.mean(period)
        return total

    def means(review: int, horizon: int) -> Array:
        while len(known) < review + horizon:
            known.append(review_mean(len(known)))
        return np.stack(known[review : review + horizon], axis=1)

    return means


def calendar_factors(network: Network) -> MeanPath:
    """Return the mean demand of any review as a multiple of the mean at `as_of`.

    What a planner knows of weekdays and seasons before any demand is seen; level and
    trend are left to the forecaster.

    Parameters
    ----------
    network : Network
        Its profiles count, its trend does not.

    Returns
    -------
    callable
        ``factors(review, horizon)`` gives shape (n_demands, horizon); 1 where nothing
        is asked for at `as_of`.
    """
    demands = replace(
        network.demands, trend_per_day=np.zeros(len(network.demands.item_index))
    )
    means = law_means(replace(network, demands=demands))
    level = demands.mean_per_day * (network.settings.review_us / DAY_US)
    asked = (level > 0.0)[:, None]

    def factors(review: int, horizon: int) -> Array:
        coming = means(review, horizon)
        return np.divide(coming, level[:, None], out=np.ones_like(coming), where=asked)

    return factors

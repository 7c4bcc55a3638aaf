"""What a network's own demand laws say of the mean of demand to come."""

import numpy as np
from numpy.typing import NDArray

from twin.model.network import Network

Array = NDArray[np.float64]


def mean_path(network: Network, *, first_period: int, horizon: int) -> Array:
    """Return expected demand by review under the network's own laws.

    Parameters
    ----------
    network : Network
        Its trend and weekly profiles count.
    first_period, horizon : int
        Reviews since `as_of`, and how many of them.

    Returns
    -------
    ndarray of shape (n_demands, horizon), float64
        Units a review.
    """
    demands, settings = network.demands, network.settings
    days = settings.review_us / 86_400_000_000
    since = (first_period + np.arange(horizon)) * days
    trend = 1.0 + demands.trend_per_day[:, None] * since
    mean = demands.mean_per_day[:, None] * days * trend
    result: Array = mean * weekly_factors(network, first_period, horizon)
    return result


def weekly_factors(network: Network, first_period: int, horizon: int) -> Array:
    """Factors of the weekly profiles, shape (n_demands, horizon)."""
    demands, settings = network.demands, network.settings
    profiles = network.profiles
    # 1970-01-01 was a Thursday, weekday 3; demand of a review is that of its days.
    first_day = settings.as_of_us // 86_400_000_000 + 3
    days = max(1, round(settings.review_us / 86_400_000_000))
    steps = first_day + (first_period + np.arange(horizon))[:, None] * days
    weekday = (steps + np.arange(days)) % 7
    factors = np.ones((len(demands.item_index), horizon))
    for row, profile in enumerate(demands.weekly_profile_index.tolist()):
        if profile >= 0:
            first, last = profiles.start[profile : profile + 2]
            factors[row] = profiles.factor[first:last][weekday].mean(axis=1)
    return factors

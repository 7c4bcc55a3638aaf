"""What a network's own demand laws say of demand to come."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from twin.model.network import Network
from twin.simulate.demand import LawDemand

Array = NDArray[np.float64]
MeanPath = Callable[[int, int], Array]


def law_means(network: Network) -> MeanPath:
    """Return the mean demand of any period under the network's laws.

    Parameters
    ----------
    network : Network
        Its trend and profiles count; reviews are its periods.

    Returns
    -------
    callable
        ``means(period, horizon)`` gives shape (n_demands, horizon), units a period.
    """
    laws = LawDemand(network, seed=0)
    known: list[Array] = []

    def means(period: int, horizon: int) -> Array:
        while len(known) < period + horizon:
            known.append(laws.mean(len(known)))
        return np.stack(known[period : period + horizon], axis=1)

    return means


def calendar_factors(network: Network) -> MeanPath:
    """Return the mean demand of any period as a multiple of the mean at `as_of`.

    What a planner knows of weekdays and seasons before any demand is seen; the level
    itself is left to the forecaster.
    """
    means = law_means(network)
    demands, settings = network.demands, network.settings
    level = demands.mean_per_day * settings.period_us / 86_400_000_000

    def factors(period: int, horizon: int) -> Array:
        return means(period, horizon) / np.maximum(level, 1e-12)[:, None]

    return factors

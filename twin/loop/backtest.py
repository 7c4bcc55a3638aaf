"""Backtests: any policy against the demand that a log tells of.

A log says what customers asked for, not what other decisions would have brought. So a
backtest plays the demand of the log, disruptions and all, on the simulated network from
the stock at its `as_of`, review by review: at each one a policy knows what was asked
for up to then, and no more.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from twin.cycle import Policy
from twin.demand import demand_by_review
from twin.errors import OptionError
from twin.loop.closed_loop import LoopResult, Review
from twin.loop.play import PlayOptions, play
from twin.model.network import Network


@dataclass(frozen=True, slots=True)
class PastDemand:
    """What customers asked for in a log.

    Attributes
    ----------
    demand : ndarray of shape (n_demands, n_periods), float64
        Units by period of the network, from its `as_of` on.
    n_reviews : int
        Whole reviews that the log covers.
    """

    demand: NDArray[np.float64]
    n_reviews: int


def past_demand(network: Network, batches: Iterable[EventBatch]) -> PastDemand:
    """Read the demand of a log.

    Parameters
    ----------
    network : Network
        Its demands are the rows; periods count from its `as_of`.
    batches : iterable of EventBatch
        The log.

    Returns
    -------
    PastDemand

    Raises
    ------
    OptionError
        If the log ends before the first review is over.
    """
    kept = list(batches)
    settings = network.settings
    last_us = max((int(batch.time_us.max()) for batch in kept if len(batch)), default=0)
    n_reviews = (last_us - settings.as_of_us) // settings.review_us
    if n_reviews < 1:
        msg = (
            f"the log must reach at least one review past as_of "
            f"({settings.as_of_us} us), ended at {last_us} us"
        )
        raise OptionError(msg)
    # A review of one period is a period.
    by_period = replace(
        network, settings=replace(settings, review_us=settings.period_us)
    )
    until_us = settings.as_of_us + n_reviews * settings.review_us
    demand = demand_by_review(by_period, kept, until_us=until_us)
    return PastDemand(demand, int(n_reviews))


def backtest(
    network: Network,
    past: PastDemand,
    options: PlayOptions,
    *,
    monotonic_s: Callable[[], float],
    on_review: Callable[[Review, Policy], None] | None = None,
) -> LoopResult:
    """Play a policy against the demand of a log.

    Parameters
    ----------
    network : Network
        What is simulated and planned, with the stock that it had at `as_of`.
    past : PastDemand
        What customers ask for.
    options : PlayOptions
        Policy, seed of lead times and failures, and so on; at most as many reviews are
        played as the log covers.
    monotonic_s : callable
        Clock that bounds each solve.
    on_review : callable, optional
        Called after each period.

    Returns
    -------
    LoopResult

    Raises
    ------
    OptionError
        As `play`.
    """
    played = replace(
        options,
        n_periods=min(options.n_periods, past.n_reviews),
        demand=past.demand,
    )
    return play(network, played, monotonic_s=monotonic_s, on_review=on_review)

"""Flow times of production orders: seen so far, and those of a time to come."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.lifetimes import (
    Choice,
    Lifetimes,
    choose_law,
    law_quantiles,
)
from streams.batch import EventBatch
from twin.calibrate.picking import picked
from twin.calibrate.samples import SECOND_US, Floats, Times
from twin.errors import OptionError
from twin.model.draft.collect import TIME, collect

N_POINTS = 2_000  # of a law in a sum over orders; twice moves a quantile by 0.1 %
N_MIN = 8  # orders closed, below which nothing is predicted


@dataclass(frozen=True, slots=True, eq=False)
class FlowTimes:
    """Flow times of production orders, from release to closing.

    Attributes
    ----------
    lifetimes : Lifetimes
        Seconds, by release; orders still open at `until_us` are censored.
    begin_us : ndarray of shape (n,), int64
        When each was released, microseconds UTC.
    start_us, until_us : int
        First release, and when watching ended.
    """

    lifetimes: Lifetimes
    begin_us: Times
    start_us: int
    until_us: int


def flow_times(
    batches: Iterable[EventBatch], *, until_us: int | None = None
) -> FlowTimes:
    """Read flow times from events.

    Parameters
    ----------
    batches : iterable of EventBatch
        The log from its beginning.
    until_us : int or None
        Later events are as if they had not come; None: the last event of an order.

    Returns
    -------
    FlowTimes

    Raises
    ------
    OptionError
        If no order was released until then.
    """
    seen = collect(picked(batches))
    released = seen["ProductionOrderReleased"].unique("production_order", keep="first")
    closed = seen["ProductionOrderClosed"].unique("production_order", keep="last")
    both = released.select("production_order", begin=TIME).join(
        closed.select("production_order", end=TIME), on="production_order", how="left"
    )
    last = both.select(pl.max_horizontal("begin", "end").max()).item()
    end_us = until_us if until_us is not None else (last or 0)
    both = both.filter(pl.col("begin") <= end_us).sort("begin", "production_order")
    if not both.height:
        msg = "no production order was released; ProductionOrderReleased tells one"
        raise OptionError(msg)
    over = (pl.col("end") <= end_us).fill_null(value=False)
    span = pl.when(over).then("end").otherwise(end_us) - pl.col("begin")
    told = both.select("begin", over=over, span=span).filter(pl.col("span") >= 0)
    return FlowTimes(
        Lifetimes.of(told["span"].to_numpy() / SECOND_US, told["over"].to_numpy()),
        begin_us=told["begin"].to_numpy(),
        start_us=int(told["begin"].to_numpy()[0]),
        until_us=end_us,
    )


@dataclass(frozen=True, slots=True, eq=False)
class FlowForecast:
    """Flow times of the orders that will close in a time to come.

    Attributes
    ----------
    value, weight : ndarray of shape (n,), float64
        Seconds, ascending, and expected orders with about that flow time.
    choice : Choice
        The law it rests on.
    """

    value: Floats
    weight: Floats
    choice: Choice

    def quantile(self, level: float) -> float:
        """Return the flow time that a share `level` of the orders does not exceed."""
        reached = np.cumsum(self.weight) / self.weight.sum()
        k = int(np.searchsorted(reached, level))
        return float(self.value[min(k, len(self.value) - 1)])


def forecast_flow(
    seen: FlowTimes, horizon_s: float, rng: np.random.Generator
) -> FlowForecast:
    """Predict the flow times of the orders that close within a horizon.

    These are orders open now, whose time is that of orders that have come to their age,
    and orders still to be released, at the rate seen so far; of both only those count
    that close in time: an average of all closed so far has seen the short ones only.

    Parameters
    ----------
    seen : FlowTimes
        Until now.
    horizon_s : float
        How far ahead, > 0.
    rng : Generator
        Draws for the test of the law.

    Returns
    -------
    FlowForecast

    Raises
    ------
    OptionError
        If fewer than 8 orders closed, or the horizon is not above 0.

    References
    ----------
    Cox (1962), Renewal Theory, section 2.3 (life left, given age).
    """
    if seen.lifetimes.n_observed < N_MIN or not horizon_s > 0.0:
        msg = (
            f"needs {N_MIN} closed orders and a horizon above 0, had "
            f"{seen.lifetimes.n_observed} and {horizon_s}"
        )
        raise OptionError(msg)
    choice = choose_law(seen.lifetimes, rng)
    value, weight = _points(choice)
    ages = seen.lifetimes.duration[~seen.lifetimes.is_observed]
    left = np.append(np.cumsum(weight[::-1])[::-1], 0.0)  # P(L >= value[k])
    alive = left[np.searchsorted(value, ages, side="right")]
    expected = np.zeros(len(value))
    for age, survival in zip(ages, alive, strict=True):
        if survival > 0.0:
            within = (value > age) & (value <= age + horizon_s)
            expected[within] += weight[within] / survival
    watched_s = (seen.until_us - seen.start_us) / SECOND_US
    rate = seen.lifetimes.n / watched_s if watched_s > 0.0 else 0.0
    expected += rate * np.maximum(horizon_s - value, 0.0) * weight
    return FlowForecast(value, expected, choice)


def _points(choice: Choice) -> tuple[Floats, Floats]:
    if choice.observed is not None:
        return choice.observed.value, choice.observed.weight
    if choice.law == "constant":
        return np.array([choice.mean]), np.ones(1)
    best = next(fit for fit in choice.fits if fit.law == choice.law)
    levels = (np.arange(N_POINTS) + 0.5) / N_POINTS
    return law_quantiles(best, levels), np.full(N_POINTS, 1.0 / N_POINTS)

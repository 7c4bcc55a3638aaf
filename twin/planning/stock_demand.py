"""What is taken from stock points: moments over bills and lanes, and demand laws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimizer.inventory.problem import DemandLaw
from twin.planning.base_stock import downstream_first, review_moments

if TYPE_CHECKING:
    from optimizer.inventory.problem import LeadTime
    from twin.planning.structure import PlanningStructure

__all__ = [
    "HISTORY_MIN",
    "StockDemand",
    "SumForecast",
    "exploded",
    "point_moments",
    "stock_demand",
]

Array = NDArray[np.float64]

SumForecast = Callable[[Array, tuple[int, ...], tuple[float, ...]], Array]
"""Forecasts ``(asked, lengths, levels)``: what was asked for, of shape (n_points,
n_reviews), to quantiles of sums of coming reviews, (n_points, n_lengths, n_levels)."""

LEVELS = (
    0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995,
)  # fmt: skip
"""Probabilities that forecasts are asked for."""

HISTORY_MIN = 8
"""Reviews of history from which it tells more than the laws of the network."""

# Reviews from which the values themselves are the law of what customers ask for.
EMPIRICAL_MIN = 26
# Variance over mean above which demand is clustered, and below which it is steady.
CLUSTERED, STEADY = 1.05, 0.95
# Sums of reviews that are forecast; between two of them quantiles go straight. Each
# takes a fit: steps of a third and more.
LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


def point_moments(
    structure: PlanningStructure, source: NDArray[np.intp], history: Array | None
) -> tuple[Array, Array]:
    """Return mean and variance of what is taken from each point in a review.

    Parameters
    ----------
    structure : PlanningStructure
        Of a network; what goes into what follows from its bills and lanes.
    source : ndarray of shape (n_points,), intp
        The activity that replenishes each point, -1 for none.
    history : ndarray of shape (n_demands, n_reviews), float64 or None
        What customers asked for, instead of the laws of the network.

    Returns
    -------
    tuple of ndarray of shape (n_points,), float64
        Units, and units squared.
    """
    own_mean, own_variance = review_moments(structure.network)
    if history is not None and history.shape[1] >= HISTORY_MIN:
        own_mean, own_variance = history.mean(axis=1), history.var(axis=1, ddof=1)
    problem = structure.problem
    mean, variance = np.zeros(problem.n_points), np.zeros(problem.n_points)
    np.add.at(mean, problem.demand_point, own_mean)
    np.add.at(variance, problem.demand_point, own_variance)
    return exploded(structure, source, mean, variance)


def exploded(
    structure: PlanningStructure,
    source: NDArray[np.intp],
    mean: Array,
    variance: Array,
) -> tuple[Array, Array]:
    """Return moments of all that is taken from points, given those of customers.

    Parameters
    ----------
    structure, source
        As `point_moments`.
    mean, variance : ndarray of shape (n_points,), float64
        Of what customers ask for.
    """
    problem = structure.problem
    mean, variance = mean.copy(), variance.copy()
    for target in downstream_first(structure, source):
        activity = source[target]
        first, last = problem.input_start[activity : activity + 2]
        inputs, usage = problem.input_point[first:last], problem.input_usage[first:last]
        np.add.at(mean, inputs, usage * mean[target])
        np.add.at(variance, inputs, usage**2 * variance[target])
    return mean, variance


@dataclass(frozen=True, slots=True, eq=False)
class StockDemand:
    """Demand of stock points.

    Attributes
    ----------
    structure, source
        As `point_moments`.
    mean, variance : ndarray of shape (n_points,), float64
        Of what is taken in a review.
    asked : ndarray of shape (n_points, n_reviews), float64 or None
        What customers asked for, if there is history enough.
    lengths : ndarray of shape (n_lengths,), int64
        Reviews whose sums are forecast; empty without forecasts.
    sums : ndarray of shape (n_points, n_lengths, n_levels), float64
        Their quantiles.
    """

    structure: PlanningStructure
    source: NDArray[np.intp]
    mean: Array
    variance: Array
    asked: Array | None
    lengths: NDArray[np.int64]
    sums: Array

    def law(self, point: int, lead: LeadTime, review_periods: int) -> DemandLaw:
        """Return the law of what is taken from a point.

        Parameters
        ----------
        point : int
            Of the structure.
        lead : LeadTime
            In reviews.
        review_periods : int
            Reviews between two orders of the point, >= 1.

        Returns
        -------
        DemandLaw
            With forecasts: of what customers alone take, the quantiles of its sums; of
            other points, a family whose moments are those of the forecast sum over the
            protection interval.
        """
        inner = bool((self.structure.problem.input_point == point).any())
        n_periods = int(np.ceil(lead.longest)) + review_periods
        if self.lengths.size and not inner:
            return DemandLaw.forecast(np.array(LEVELS), self._sums(point, n_periods))
        if self.lengths.size:
            mean, variance = self._moments(n_periods)
            return _family(float(mean[point]), float(variance[point]))
        if self.asked is not None and not inner:
            asked = self.asked[point]
            if asked.size >= EMPIRICAL_MIN and asked.sum() > 0.0:
                return DemandLaw.empirical(asked)
        return _family(float(self.mean[point]), float(self.variance[point]))

    def _sums(self, point: int, n_periods: int) -> Array:
        """Return quantiles of the sums over 1, 2, ... reviews."""
        return _between(self.lengths, self.sums[point], np.arange(1, n_periods + 1))

    def _moments(self, n_periods: int) -> tuple[Array, Array]:
        """Return moments of a review that add up to those of so many."""
        n_points = len(self.mean)
        mean, variance = np.zeros(n_points), np.zeros(n_points)
        chance = np.array([0.0, *LEVELS, 1.0])
        for point in np.flatnonzero(self.sums.any(axis=(1, 2))).tolist():
            row = _between(self.lengths, self.sums[point], np.array([n_periods]))[0]
            mean[point], variance[point] = _of_quantiles(chance, row)
        return exploded(
            self.structure, self.source, mean / n_periods, variance / n_periods
        )


def stock_demand(
    structure: PlanningStructure,
    source: NDArray[np.intp],
    *,
    history: Array | None,
    forecast: SumForecast | None,
    n_periods_max: int,
) -> StockDemand:
    """Return the demand of all stock points.

    Parameters
    ----------
    structure, source, history
        As `point_moments`.
    forecast : callable or None
        See `SumForecast`; None takes the history as it is.
    n_periods_max : int
        Reviews of the longest protection interval, >= 1.
    """
    mean, variance = point_moments(structure, source, history)
    asked, n_points = None, len(mean)
    lengths = np.zeros(0, np.int64)
    sums = np.zeros((n_points, 0, len(LEVELS)))
    if history is not None and history.shape[1] >= HISTORY_MIN:
        asked = np.zeros((n_points, history.shape[1]))
        np.add.at(asked, structure.problem.demand_point, history)
        if forecast is not None:
            chosen = _lengths(n_periods_max)
            lengths = np.array(chosen, np.int64)
            sums = forecast(asked, chosen, LEVELS)
    found = StockDemand(structure, source, mean, variance, asked, lengths, sums)
    if lengths.size:
        mean, variance = found._moments(1)  # noqa: SLF001 - its own maker
        found = StockDemand(structure, source, mean, variance, asked, lengths, sums)
    return found


def _lengths(most: int) -> tuple[int, ...]:
    """Return lengths up to the first that is enough."""
    below = [length for length in LENGTHS if length < most]
    return (*below, most)


def _between(
    lengths: NDArray[np.int64], sums: Array, wanted: NDArray[np.int64]
) -> Array:
    """Return quantiles for some lengths, straight between those that are known."""
    known = np.concatenate([[0], lengths])
    rows = np.concatenate([np.zeros((1, sums.shape[1])), sums])
    found = np.stack([np.interp(wanted, known, column) for column in rows.T], axis=1)
    # Forecasts of sums are made one by one: a longer one may seem smaller.
    longer: Array = np.maximum.accumulate(found, axis=0)
    return longer


def _of_quantiles(chance: Array, values: Array) -> tuple[float, float]:
    """Return mean and variance of what lies straight between quantiles."""
    at = np.concatenate([values[:1], values, values[-1:]])
    width = np.diff(chance)
    low, high = at[:-1], at[1:]
    mean = float(width @ (low + high)) / 2.0
    square = float(width @ (low**2 + low * high + high**2)) / 3.0
    return mean, max(square - mean**2, 0.0)


def _family(mean: float, variance: float) -> DemandLaw:
    if variance > CLUSTERED * mean:
        return DemandLaw.negative_binomial(mean, variance)
    if variance >= STEADY * mean:
        return DemandLaw.poisson(mean)
    return DemandLaw.normal(mean, float(np.sqrt(variance)))

"""Demand of a network by stock point: what was asked for, and what was to be expected.

Both are of the situation alone, so that triggers need no memory of their own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.demand import law_means
from twin.loop.occasions import Situation
from twin.model.network import Network
from twin.state.points import NetworkView

Float = NDArray[np.float64]

PERIODS_MAX = 56
"""Periods that are looked back: eight weeks of days."""


@dataclass(frozen=True, slots=True, eq=False)
class PointDemand:
    """Demand of the points that customers ask.

    Attributes
    ----------
    points : ndarray of shape (n,), int32
        Stock points.
    names : tuple of str
        ``item@site`` of each.
    asked, given : ndarray of shape (n, n_periods + 1), float64
        Units asked for, and expected by the laws of the network; the last period is
        under way.
    dispersion : ndarray of shape (n,), float64
        Variance over mean by the laws of the network, >= 1.
    begin_us : int
        When the first of these periods began, microseconds UTC.
    """

    points: NDArray[np.int32]
    names: tuple[str, ...]
    asked: Float
    given: Float
    dispersion: Float
    begin_us: int

    def first_after(
        self, times_us: NDArray[np.int64], review_us: int
    ) -> NDArray[np.int64]:
        """Return for each point the first period that began at or after a time."""
        later = -(-(times_us - self.begin_us) // review_us)
        first: NDArray[np.int64] = np.clip(later, 0, self.asked.shape[1])
        return first


class PointDemands:
    """Reads demand by point off situations; what it keeps is of the network alone."""

    def __init__(self) -> None:
        self._network: Network | None = None

    def of(self, situation: Situation) -> PointDemand:
        """Return the demand of a situation.

        Parameters
        ----------
        situation : Situation
            Of any time.
        """
        network = situation.network
        if self._network is not network:
            self._prepare(network)
        n_all = situation.asked.shape[1]
        first = max(0, n_all - 1 - PERIODS_MAX)
        given = self._means(first, n_all - first)
        settings = network.settings
        return PointDemand(
            points=self._points,
            names=self._names,
            asked=self._summed(situation.asked[:, first:]),
            given=self._summed(given),
            dispersion=self._dispersion,
            begin_us=settings.as_of_us + first * settings.review_us,
        )

    def coming(self, first: int, n_periods: int) -> Float:
        """Return what is to be expected by the laws of the network asked for last.

        Parameters
        ----------
        first : int
            Period to begin with, >= 0.
        n_periods : int
            >= 1.

        Returns
        -------
        ndarray of shape (n_points with demand, n_periods), float64
        """
        return self._summed(self._means(first, n_periods))

    def _prepare(self, network: Network) -> None:
        demands = network.demands
        of_row = NetworkView(network).points(demands.item_index, demands.site_index)
        self._points, self._place = np.unique(of_row, return_inverse=True)
        stock = network.stock
        self._names = tuple(
            f"{network.items.ids[int(stock.item_index[p])]}@"
            f"{network.places.ids[int(stock.site_index[p])]}"
            for p in self._points
        )
        self._means = law_means(network)
        mean = demands.mean_per_day
        variance = mean + demands.dispersion * mean**2
        total = self._summed(np.stack([mean, variance], axis=1))
        self._dispersion = np.maximum(
            np.divide(
                total[:, 1], total[:, 0], out=np.ones(len(total)), where=total[:, 0] > 0
            ),
            1.0,
        )
        self._network = network

    def _summed(self, rows: Float) -> Float:
        total = np.zeros((len(self._points), rows.shape[1]))
        np.add.at(total, self._place.ravel(), rows)
        return total

"""The demand a plan is made for: what is expected, and a margin above it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.demand import DemandForecaster
from twin.errors import OptionError
from twin.simulate.demand import ServiceSoFar

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ExpectedDemand:
    """Demand by review, as it was forecast before the first of them.

    Attributes
    ----------
    means : ndarray of shape (n_demands, n_periods), float64
        Expected demand of each review, units, >= 0. What is planned, served and priced.
    margins : ndarray of shape (n_demands, horizon), float64
        What a plan covers beyond the mean in the h-th review after it is made: the
        quantile of running demand, less the mean. Orders are made for means and
        margins, so that stock is left for what is not foreseen.

    Raises
    ------
    OptionError
        If a mean is negative or not finite, or shapes do not fit each other.
    """

    means: Array
    margins: Array

    def __post_init__(self) -> None:
        if self.means.ndim != 2 or self.margins.ndim != 2:  # noqa: PLR2004
            msg = (
                "expected demand must have two axes, had shapes "
                f"{self.means.shape} and {self.margins.shape}"
            )
            raise OptionError(msg)
        if len(self.means) != len(self.margins):
            msg = (
                f"expected demand has {len(self.means)} rows of means and "
                f"{len(self.margins)} of margins: must be equally many"
            )
            raise OptionError(msg)
        wrong = ~(np.isfinite(self.means) & (self.means >= 0.0))
        if wrong.any():
            row, period = np.argwhere(wrong)[0].tolist()
            value = self.means[row, period]
            msg = f"mean demand [{row}, {period}] must be >= 0 and finite, was {value}"
            raise OptionError(msg)

    def path(self, review: int) -> Array:
        """Return what a plan made at a review covers.

        Parameters
        ----------
        review : int
            Counts from 0.

        Returns
        -------
        ndarray of shape (n_demands, n), float64
            As many reviews as there are margins, fewer at the end of the means.
        """
        coming = self.means[:, review : review + self.margins.shape[1]]
        covered: Array = np.maximum(coming + self.margins[:, : coming.shape[1]], 0.0)
        return covered


def expected_demand(
    forecaster: DemandForecaster, *, n_periods: int, horizon: int, quantile: float
) -> ExpectedDemand:
    """Ask a forecaster what a plan needs.

    Parameters
    ----------
    forecaster : DemandForecaster
        Has seen all demand up to the first review.
    n_periods : int
        Reviews planned, >= 1.
    horizon : int
        Reviews that every plan looks ahead, >= 1.
    quantile : float
        Of running demand, in (0, 1).

    Raises
    ------
    OptionError
        If `quantile` is not above 0 and below 1, or a count is below 1.
    """
    if not 0.0 < quantile < 1.0:
        msg = f"quantile must be above 0 and below 1, was {quantile}"
        raise OptionError(msg)
    for name, count in (("n_periods", n_periods), ("horizon", horizon)):
        if count < 1:
            msg = f"{name} must be >= 1, was {count}"
            raise OptionError(msg)
    means = np.maximum(forecaster.means(n_periods + horizon), 0.0)
    margins = forecaster.paths(horizon, quantile) - means[:, :horizon]
    return ExpectedDemand(means, margins)


class ExpectedSource:
    """Customers who ask for exactly what is expected.

    Parameters
    ----------
    demand : ExpectedDemand
        By review.
    periods_per_review : int
        Demand of a review comes in so many equal parts, >= 1.
    """

    def __init__(self, demand: ExpectedDemand, periods_per_review: int) -> None:
        self._means = demand.means / periods_per_review
        self._per_review = periods_per_review

    def draw(self, period: int, served: ServiceSoFar) -> Array:
        """Return the demand of a period; none after the last review."""
        del served
        review = period // self._per_review
        if review < self._means.shape[1]:
            return self._means[:, review]
        return np.zeros(len(self._means))

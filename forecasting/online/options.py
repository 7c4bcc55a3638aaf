"""How filters that follow events learn, and when drift calls for a refit."""

import math
from dataclasses import dataclass

import numpy as np

from forecasting.errors import OptionError
from forecasting.intervals import check_quantiles, standard_score
from forecasting.series import FloatArray

# Allowance of the drift detector: a shift of the mean by twice that many standard
# errors is found soonest. Half as large finds smaller shifts, and needs a higher bound.
DRIFT_ALLOWANCE = 0.5
# By how much a sum of standard normals passes a bound on average (Siegmund 1985).
OVERSHOOT = 1.166
RUN_LENGTH_MIN = 10.0


@dataclass(frozen=True, slots=True)
class OnlineOptions:
    """How an `OnlineForecaster` learns, the same for all of its series.

    Parameters
    ----------
    quantiles : tuple of float, default (0.5, 0.9, 0.99)
        Probabilities of the quantiles, rising, each above 0 and below 1.
    variance_gain : float, default 0.05
        Weight of the newest squared error in the variance, 0 to 1.
    score_step : float, default 0.05
        How far the median moves after two errors, in standard deviations, >= 0; 0 keeps
        the quantiles of the normal distribution. See `score_steps`.
    minimum : float, default none
        Lowest mean and quantile to answer; 0 for demand.
    updates_a_false_alarm : float, default 10_000
        Updates of one steady series between two false alarms of its drift detector, on
        average, >= 10.

    Raises
    ------
    OptionError
        If one is out of range.

    Examples
    --------
    >>> OnlineOptions(variance_gain=2.0)
    Traceback (most recent call last):
    ...
    forecasting.errors.OptionError: variance_gain must be between 0 and 1, was 2.0
    """

    quantiles: tuple[float, ...] = (0.5, 0.9, 0.99)
    variance_gain: float = 0.05
    score_step: float = 0.05
    minimum: float = float("-inf")
    updates_a_false_alarm: float = 10_000.0

    def __post_init__(self) -> None:
        levels = check_quantiles(self.quantiles)
        if not bool((np.diff(levels) > 0.0).all()):
            msg = f"quantiles must rise, were {self.quantiles}"
            raise OptionError(msg)
        if not 0.0 <= self.variance_gain <= 1.0:
            msg = f"variance_gain must be between 0 and 1, was {self.variance_gain}"
            raise OptionError(msg)
        if not 0.0 <= self.score_step < float("inf"):
            msg = f"score_step must be finite and >= 0, was {self.score_step}"
            raise OptionError(msg)
        if not self.minimum < float("inf"):
            msg = f"minimum must be a number below infinity, was {self.minimum}"
            raise OptionError(msg)
        drift_bound(self.updates_a_false_alarm)


def drift_bound(run_length: float) -> float:
    """Return the bound of two cumulative sums with this many updates to a false alarm.

    Parameters
    ----------
    run_length : float
        Updates of a steady series until either sum passes the bound, on average, >= 10.

    Returns
    -------
    float
        In standard errors.

    Raises
    ------
    OptionError
        If `run_length` is out of range.

    References
    ----------
    Siegmund (1985), Sequential Analysis, eq. 2.57, as in Montgomery (2013),
    Introduction to Statistical Quality Control, eq. 9.6: a sum with the allowance k and
    the bound h takes (exp(2 k b) - 2 k b - 1) / (2 k^2) steps with b = h + 1.166; two
    sums take half of that.

    Examples
    --------
    Montgomery's table 9.3 has 465 for a bound of 5:

    >>> round(drift_bound(465), 2)
    4.99
    """
    if not RUN_LENGTH_MIN <= run_length < float("inf"):
        msg = (
            f"updates_a_false_alarm must be finite and >= {RUN_LENGTH_MIN:g}, "
            f"was {run_length}"
        )
        raise OptionError(msg)
    # With k = 1/2 the equation is exp(b) - b - 1 = run_length; Newton from above.
    b = math.log(run_length) + 1.0
    for _ in range(50):
        b -= (math.exp(b) - b - 1.0 - run_length) / math.expm1(b)
    return b - OVERSHOOT


def score_steps(levels: FloatArray, score_step: float) -> FloatArray:
    """Return how far the score of each quantile rises or falls after an error.

    Parameters
    ----------
    levels : ndarray of shape (n_quantiles,), float64
        Probabilities, each above 0 and below 1.
    score_step : float
        Step of the median, in standard deviations, >= 0.

    Returns
    -------
    ndarray of shape (n_quantiles, 2), float64
        Rise after an error above, fall after one below. Their balance is at the
        quantile; far out, where errors are rare, steps are larger by the ratio of the
        normal densities, so that every quantile is found in as many values.

    References
    ----------
    Robbins, Monro (1951), Annals of Mathematical Statistics 22, sect. 4 (quantiles);
    Chung (1954), Annals of Mathematical Statistics 25, sect. 6: the best step is over
    the slope, which for a quantile is the density there.

    Examples
    --------
    >>> score_steps(np.array([0.5, 0.9]), 0.1).round(3).tolist()
    [[0.05, 0.05], [0.205, 0.023]]
    """
    scores = np.array([standard_score(level) for level in levels.tolist()])
    steps = score_step * np.exp(0.5 * scores**2)
    pair: FloatArray = np.column_stack([steps * levels, steps * (1.0 - levels)])
    return pair

"""Whether demand is still what it was: sums of surprises, and one surprise alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.intervals import quantiles_of
from forecasting.online import drift_bound
from twin.errors import OptionError

Float = NDArray[np.float64]
Count = NDArray[np.int64]

ALLOWANCE = 0.5
"""Of the sums, in standard deviations: shifts by twice that are found soonest."""

SCORE_MAX = 4.0
"""Standard deviations that one period counts at most: one order is no new level."""

PRIOR_PERIODS = 7.0
"""Periods that the level given counts as, before any demand was seen. Half as many
believe the first days too much, twice as many take long to correct a wrong mean."""

WARM_UP = 4
"""Periods after a shift in which the new level is only learnt."""


@dataclass(frozen=True, slots=True)
class Level:
    """Demand of some series as learnt until now.

    Attributes
    ----------
    ratio : ndarray of shape (n_series,), float64
        Level as a multiple of what was given.
    dispersion : ndarray of shape (n_series,), float64
        Variance over mean, >= 1.
    up, down : ndarray of shape (n_series,), float64
        Sums of surprises above and below, in standard deviations.
    """

    ratio: Float
    dispersion: Float
    up: Float
    down: Float


def learn_level(
    asked: Float, given: Float, dispersion: Float, *, first: Count | None = None
) -> Level:
    """Learn the level of demand, and how far it has moved from it.

    Parameters
    ----------
    asked : ndarray of shape (n_series, n_periods), float64
        Units asked for in periods that are over.
    given : ndarray of shape (n_series, n_periods), float64
        Units that were to be expected, >= 0; a period of which nothing was to be
        expected says nothing.
    dispersion : ndarray of shape (n_series,), float64
        Variance over mean that is believed before any demand is seen, >= 1.
    first : ndarray of shape (n_series,), int64, optional
        Period that the series begins with: what was before is forgotten, and the level
        learnt from what is asked alone. 0: from the beginning.

    Returns
    -------
    Level

    References
    ----------
    Hawkins (1987), "Self-starting CUSUM charts for location and scale", The
    Statistician 36, 299-315: each value is judged by the mean and the spread of those
    before it. Page (1954), Biometrika 41, 100-115 (cumulative sums).

    Examples
    --------
    >>> asked = np.array([[10.0] * 8 + [20.0] * 4])
    >>> found = learn_level(asked, np.full((1, 12), 10.0), np.ones(1))
    >>> found.up.round(1), found.down
    (array([9.2]), array([0.]))
    """
    n_series, n_periods = asked.shape
    begin = np.zeros(n_series, np.int64) if first is None else first
    trust = np.where(begin > 0, 0.0, PRIOR_PERIODS)
    usual = given.mean(axis=1) if n_periods else np.ones(n_series)
    got, wanted = trust * usual, trust * usual
    weight = np.full(n_series, PRIOR_PERIODS)
    spread = weight * dispersion
    up, down = np.zeros((2, n_series))
    for period in range(n_periods):
        counts = (period >= begin) & (given[:, period] > 0.0)
        ratio = _ratio(got, wanted)
        mean = np.maximum(ratio * given[:, period], 1e-9)
        error = asked[:, period] - mean
        score = error / np.sqrt(mean * spread / weight)
        score = np.clip(score, -SCORE_MAX, SCORE_MAX)
        judged = counts & (period >= np.where(begin > 0, begin + WARM_UP, 0))
        up = np.where(judged, np.maximum(up + score - ALLOWANCE, 0.0), up)
        down = np.where(judged, np.maximum(down - score - ALLOWANCE, 0.0), down)
        got = got + np.where(counts, asked[:, period], 0.0)
        wanted = wanted + np.where(counts, given[:, period], 0.0)
        spread = spread + np.where(judged, score**2 * spread / weight, 0.0)
        weight = weight + judged
    found = np.maximum(spread / weight, 1.0)
    return Level(_ratio(got, wanted), found, up, down)


def _ratio(got: Float, wanted: Float) -> Float:
    ratio: Float = np.divide(got, wanted, out=np.ones_like(got), where=wanted > 0.0)
    return ratio


def shift_bound(periods_a_false_alarm: float) -> float:
    """Return the sum of surprises from which on a level counts as shifted.

    Parameters
    ----------
    periods_a_false_alarm : float
        Of one steady series, on average, >= 10.

    Returns
    -------
    float
        In standard deviations, see `forecasting.online.drift_bound`.
    """
    return drift_bound(periods_a_false_alarm)


def surprising(asked: Float, mean: Float, variance: Float, chance: float) -> Float:
    """Return the units from which on demand of one period is a surprise, where it is.

    Parameters
    ----------
    asked : ndarray of shape (n_series,), float64
        Units asked for so far.
    mean, variance : ndarray of shape (n_series,), float64
        Of the whole period.
    chance : float
        That as much is asked for though nothing changed, in (0, 1).

    Returns
    -------
    ndarray of shape (n_series,), float64
        The quantile that was passed; NaN where none was.

    Raises
    ------
    OptionError
        If `chance` is out of range.

    References
    ----------
    The tail of a Poisson or, where the variance is above the mean, negative binomial
    law: see `forecasting.intervals.quantiles_of`.
    """
    if not 0.0 < chance < 1.0:
        msg = f"chance must be in (0, 1), was {chance}"
        raise OptionError(msg)
    found = np.full(len(asked), np.nan)
    # No law has less than its mean beyond a chance of a half: most are out at once.
    rows = np.flatnonzero(asked > mean)
    if len(rows):
        limit = quantiles_of(mean[rows], variance[rows], [1.0 - chance])[:, 0]
        found[rows] = np.where(asked[rows] > limit, limit, np.nan)
    return found


def tracking_signal(asked: Float, given: Float, *, gain: float = 0.1) -> Float:
    """Return how one-sided the errors of forecasts one period ahead are.

    Parameters
    ----------
    asked, given : ndarray of shape (n_series, n_periods), float64
        Demand, and what was forecast of it.
    gain : float
        Of smoothing, in (0, 1).

    Returns
    -------
    ndarray of shape (n_series,), float64
        Smoothed error over smoothed absolute error, in [-1, 1]; 0 without an error.

    References
    ----------
    Trigg (1964), "Monitoring a forecasting system", Operational Research Quarterly 15,
    271-274.

    Examples
    --------
    >>> tracking_signal(np.array([[3.0, 1.0, 3.0]]), np.array([[2.0, 2.0, 2.0]]))
    array([0.33579336])
    """
    if not 0.0 < gain < 1.0:
        msg = f"gain must be in (0, 1), was {gain}"
        raise OptionError(msg)
    weight = (1.0 - gain) ** np.arange(asked.shape[1])[::-1]
    error = asked - given
    size = np.abs(error) @ weight
    signal: Float = np.divide(
        error @ weight, size, out=np.zeros(len(asked)), where=size > 0.0
    )
    return signal

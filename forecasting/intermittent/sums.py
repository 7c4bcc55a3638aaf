"""Quantiles of sporadic demand summed over the protection interval."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from forecasting._kernels.intermittent import filter_levels, mixed_quantiles
from forecasting.errors import OptionError
from forecasting.intermittent.classify import check_demand
from forecasting.intermittent.decayed import decayed_quantiles
from forecasting.intermittent.rates import DemandRates, fit_croston, fit_tsb
from forecasting.intervals import check_quantiles, quantiles_of, standard_score
from forecasting.series import FloatArray, Panel, check_horizon

IntermittentMethod = Literal["levels", "empirical", "ses", "croston", "sba", "tsb"]

# Gains, weight of the newest squared error and share of the evidence kept a step, of
# the mixture. Of three pairs and triples of gains tried on weeks of retail sales before
# the last eight, these had service nearest to what was asked at the least cost.
LEVEL_GAINS = (0.05, 0.15, 0.4)
LEVEL_VARIANCE_GAIN = 0.05
EVIDENCE_KEPT = 0.95
# Share of the weights that is the same for all gains, whatever the evidence. At none,
# the 99 % quantile costs a sixth more: weights forget that demand came back before.
WEIGHT_EQUAL = 0.5
# A quantity that is not whole is counted in lots, this many to the mean size of a
# demand: quantiles are then right to a thousandth of it.
LOTS_PER_SIZE = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class IntermittentForecast:
    """Quantiles of the demand summed over the protection interval.

    Parameters
    ----------
    ids : tuple of str
        One name a series.
    method : str
        How it was forecast.
    protection : int
        Steps in the interval.
    mean : ndarray of shape (n_series,), float64
        Expected demand of a step.
    quantile_levels : ndarray of shape (n_quantiles,), float64
        Probabilities of the quantiles.
    summed_quantiles : ndarray of shape (n_series, n_quantiles), float64
        Of the sum.
    """

    ids: tuple[str, ...]
    method: IntermittentMethod
    protection: int
    mean: FloatArray
    quantile_levels: FloatArray
    summed_quantiles: FloatArray


def forecast_intermittent(
    panel: Panel,
    quantiles: ArrayLike,
    protection: int,
    *,
    method: IntermittentMethod = "levels",
) -> IntermittentForecast:
    """Forecast the demand of every series summed over the protection interval.

    Parameters
    ----------
    panel : Panel
        Past demand, >= 0.
    quantiles : array-like of shape (n_quantiles,)
        Probabilities, each above 0 and below 1.
    protection : int
        Steps in the interval, >= 1.
    method : str, default "levels"
        "levels", "empirical", "ses", "croston", "sba" or "tsb": see the module. All
        with their default gains; `fit_croston`, `fit_tsb` and `decayed_quantiles` take
        others.

    Returns
    -------
    IntermittentForecast
        A series without demand has quantiles of 0. Sums are whole where the values of
        the series are, "empirical" with a short series excepted.

    Raises
    ------
    PanelError
        If a value is below 0.
    OptionError
        If an option is out of range.

    References
    ----------
    Snyder, Ord, Beaumont (2012), International Journal of Forecasting 28(2), 485-496
    (negative binomial with a smoothed level); Hyndman, Koehler, Ord, Snyder (2008),
    Forecasting with Exponential Smoothing, sect. 6.6 (variance of the sum).

    Examples
    --------
    >>> panel = Panel.from_arrays({"A": [0, 3, 0, 0, 2, 0, 3, 0], "B": [0, 0, 0]})
    >>> answer = forecast_intermittent(panel, [0.5, 0.9], 4, method="sba")
    >>> answer.mean.round(2).tolist(), answer.summed_quantiles.tolist()
    ([1.32, 0.0], [[5.0, 9.0], [0.0, 0.0]])
    """
    levels = check_quantiles(quantiles)
    steps = check_horizon(protection, "protection")
    if method not in get_args(IntermittentMethod):
        names = ", ".join(get_args(IntermittentMethod))
        msg = f"method must be one of {names}, was {method!r}"
        raise OptionError(msg)
    if method == "levels":
        mean, found = _from_levels(panel, levels, steps, LEVEL_GAINS)
    elif method == "ses":
        mean, found = _from_levels(panel, levels, steps, (LEVEL_GAINS[1],))
    elif method == "empirical":
        found = decayed_quantiles(panel, levels, steps)
        mean = fit_tsb(panel).mean
    else:
        rates = (
            fit_tsb(panel)
            if method == "tsb"
            else fit_croston(panel, unbiased=method == "sba")
        )
        mean, found = rates.mean, _from_rates(panel, rates, levels, steps)
    return IntermittentForecast(
        ids=panel.ids,
        method=method,
        protection=steps,
        mean=mean,
        quantile_levels=levels,
        summed_quantiles=found,
    )


def _from_rates(
    panel: Panel, rates: DemandRates, levels: FloatArray, steps: int
) -> FloatArray:
    """Return quantiles of counts with the mean and variance of the sum."""
    lot = _lots(panel)
    variance = steps * rates.variance + steps**2 * rates.rate_variance
    found = quantiles_of(steps * rates.mean / lot, variance / lot**2, levels)
    return np.asarray(found * lot[:, None])


def _from_levels(
    panel: Panel, levels: FloatArray, steps: int, gains: tuple[float, ...]
) -> tuple[FloatArray, FloatArray]:
    """Return mean of a step and quantiles of the sum, mixed over gains.

    The error of a step moves the level by `gain` of it, so that the sum of h steps has
    the variance v (1 + (1 + gain)^2 + ... + (1 + (h-1) gain)^2).
    """
    check_demand(panel)
    lot = _lots(panel)
    scaled = panel.values / lot[panel.series_index]
    rates = np.array(gains)
    means, variances, evidence = filter_levels(
        scaled, panel.offsets, rates, LEVEL_VARIANCE_GAIN, EVIDENCE_KEPT
    )
    weights = WEIGHT_EQUAL / rates.size + (1.0 - WEIGHT_EQUAL) * evidence
    growth = (1.0 + np.outer(np.arange(steps), rates)) ** 2
    found = mixed_quantiles(
        weights,
        steps * means,
        variances * growth.sum(axis=0),
        levels,
        np.array([standard_score(level) for level in levels.tolist()]),
    )
    mean: FloatArray = (weights * means).sum(axis=1) * lot
    return mean, found * lot[:, None]


def _lots(panel: Panel) -> FloatArray:
    """Return the unit that each series is counted in: 1 where its values are whole."""
    index, n = panel.series_index, panel.n_series
    broken = np.bincount(index, panel.values != np.floor(panel.values), n) > 0
    count = np.bincount(index, panel.values > 0.0, n)
    size = np.bincount(index, panel.values, n) / np.maximum(count, 1.0)
    return np.where(broken, size / LOTS_PER_SIZE, 1.0)

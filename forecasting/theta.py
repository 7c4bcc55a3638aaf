"""The dynamic optimised theta model: fit and forecast."""

from dataclasses import dataclass

import numpy as np

from forecasting._kernels.theta_fit import ThetaFits, fit_panel
from forecasting.chunks import for_each_chunk
from forecasting.series import (
    FloatArray,
    IndexArray,
    Panel,
    PointForecast,
    check_horizon,
)

NO_SEASON, ADDITIVE, MULTIPLICATIVE = range(3)


@dataclass(frozen=True, slots=True, eq=False)
class ThetaFit:
    """Fitted numbers and final states of a panel.

    Parameters
    ----------
    ids : tuple of str
        One name a series.
    n_values : ndarray of shape (n_series,), int64
        Observations of each series.
    alpha : ndarray of shape (n_series,), float64
        Gain of the level.
    theta : ndarray of shape (n_series,), float64
        Curvature of the theta line, >= 1; at 1 there is no trend.
    first_level, level : ndarray of shape (n_series,), float64
        Level before the first value and after the last, without season.
    intercept, slope, mean : ndarray of shape (n_series,), float64
        Line through all values, and their mean, without season.
    power : ndarray of shape (n_series,), float64
        ``(1 - alpha) ** n_values``.
    variance : ndarray of shape (n_series,), float64
        Of one-step errors without season: the sum of squares over the errors less what
        was fitted.
    mean_square : ndarray of shape (n_series,), float64
        The sum of squares over the errors.
    season : ndarray of shape (n_series, season_length), float64
        What was taken out of the phases, the next first.
    season_kind : ndarray of shape (n_series,), int64
        0: nothing was; 1: the season was subtracted; 2: it was divided by.
    """

    ids: tuple[str, ...]
    n_values: IndexArray
    alpha: FloatArray
    theta: FloatArray
    first_level: FloatArray
    level: FloatArray
    intercept: FloatArray
    slope: FloatArray
    mean: FloatArray
    power: FloatArray
    variance: FloatArray
    mean_square: FloatArray
    season: FloatArray
    season_kind: IndexArray


def fit_theta(panel: Panel, *, season_length: int = 1, n_threads: int = 1) -> ThetaFit:
    """Fit the dynamic optimised theta model to each series.

    Parameters
    ----------
    panel : Panel
        Past values. A series of fewer than 5 is smoothed by a half, without trend.
    season_length : int, default 1
        Steps in a season, >= 1. Where the autocorrelation at this lag is significant
        at 90 %, the mean seasonal ratio is divided out first; the mean difference where
        a value is not above 0. Late seasons count more, and what is noise in the ratios
        is shrunk. Fewer than three seasons are not tested.
    n_threads : int, default 1
        Threads, >= 1; the result does not depend on it.

    Returns
    -------
    ThetaFit

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    Fiorucci, Pellegrini, Louzada, Petropoulos, Koehler (2016), International Journal of
    Forecasting 32(4), 1151-1161, sect. 3.2 (DOTM).
    Makridakis, Spiliotis, Assimakopoulos (2020), International Journal of Forecasting
    36(1), 54-74 (seasonal test, as of the benchmark Naive2).
    Miller, Williams (2003), International Journal of Forecasting 19(4), 669-684 (ratios
    by the James-Stein estimator).

    Examples
    --------
    >>> fit = fit_theta(Panel.from_arrays({"A": [2, 4, 6, 8, 10, 12, 14, 16]}))
    >>> forecast_theta(fit, 2).mean.round(0).tolist()
    [[18.0, 20.0]]
    """
    m = check_horizon(season_length, "season_length")
    n = panel.n_series
    fits = ThetaFits(np.zeros((n, 10)), np.zeros((n, m)), np.zeros(n, np.int64))

    def work(first: int, end: int) -> None:
        fit_panel(panel.values, panel.offsets, first, end, m, fits)

    for_each_chunk(work, n, n_threads=n_threads)
    alpha, weight, level, intercept, slope, mean, power = fits.numbers.T[:7].copy()
    variance, mean_square, first_level = fits.numbers.T[7:].copy()
    return ThetaFit(
        ids=panel.ids,
        n_values=panel.lengths,
        alpha=alpha,
        theta=1.0 / (1.0 - weight),
        first_level=first_level,
        level=level,
        intercept=intercept,
        slope=slope,
        mean=mean,
        power=power,
        variance=variance,
        mean_square=mean_square,
        season=fits.season,
        season_kind=fits.kind,
    )


def forecast_theta(
    fit: ThetaFit, horizon: int, *, minimum: float = float("-inf")
) -> PointForecast:
    """Forecast a fitted panel.

    Parameters
    ----------
    fit : ThetaFit
        Of `fit_theta`.
    horizon : int
        Steps ahead, >= 1.
    minimum : float, default none
        Lowest mean to answer; 0 for demand that a falling trend would make negative.

    Returns
    -------
    PointForecast

    Raises
    ------
    OptionError
        If `horizon` is out of range.

    Notes
    -----
    The line goes on through what is forecast. Without season, the variance of step h is
    s2 (1 + (h - 1) alpha^2): an error moves all that follows by alpha; what it moves
    the line by is left out.

    References
    ----------
    Fiorucci, Pellegrini, Louzada, Petropoulos, Koehler (2016), International Journal of
    Forecasting 32(4), 1151-1161, sect. 3.2.

    Examples
    --------
    >>> fit = fit_theta(Panel.from_arrays({"A": [5, 5, 5, 5, 5, 5]}))
    >>> forecast_theta(fit, 2).mean.round(6).tolist()
    [[5.0, 5.0]]
    """
    steps, m = check_horizon(horizon), fit.season.shape[1]
    season = fit.season[:, np.arange(steps) % m]
    is_ratio = (fit.season_kind == MULTIPLICATIVE)[:, None]
    factors = np.where(is_ratio, season, 1.0)
    added = np.where((fit.season_kind == ADDITIVE)[:, None], season, 0.0)
    mean = _means(fit, steps) * factors + added
    variance, sum_variance = _variances(fit, factors)
    return PointForecast(
        ids=fit.ids,
        mean=np.maximum(mean, minimum),
        variance=variance,
        sum_variance=sum_variance,
    )


def _means(fit: ThetaFit, horizon: int) -> FloatArray:
    kept, weight = 1.0 - fit.alpha, 1.0 - 1.0 / fit.theta
    n = fit.n_values.astype(np.float64)
    level, power, mean = fit.level, fit.power, fit.mean
    intercept, slope = fit.intercept, fit.slope
    means = np.empty((len(fit.ids), horizon))
    for h in range(horizon):
        line = power * intercept + (1.0 - power * kept) / fit.alpha * slope
        expected = level + weight * line
        means[:, h] = expected
        level = level + fit.alpha * (expected - level)
        power = power * kept
        slope = ((n - 1.0) * slope + 6.0 * (expected - mean) / (n + 1.0)) / (n + 2.0)
        mean = mean + (expected - mean) / (n + 1.0)
        intercept = mean - slope * (n + 2.0) / 2.0
        n = n + 1.0
    return means


def _variances(fit: ThetaFit, factors: FloatArray) -> tuple[FloatArray, FloatArray]:
    horizon = factors.shape[1]
    s2 = fit.variance[:, None]
    steps = np.arange(horizon)
    variance = s2 * factors**2 * (1.0 + steps * (fit.alpha**2)[:, None])
    # What an error of each step has moved the running sum by.
    reached, sums = np.zeros_like(factors), np.empty_like(factors)
    for h in range(horizon):
        reached[:, :h] += factors[:, h, None] * fit.alpha[:, None]
        reached[:, h] += factors[:, h]
        sums[:, h] = (reached[:, : h + 1] ** 2).sum(axis=1)
    return variance, s2 * sums

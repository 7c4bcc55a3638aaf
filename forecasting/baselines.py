"""Forecasts that any method must beat: last value, last season, mean."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from forecasting._kernels.decomposition import (
    MULTIPLICATIVE,
    NO_SEASON,
    deseasonalise,
)
from forecasting.series import (
    FloatArray,
    IndexArray,
    Panel,
    PointForecast,
    check_horizon,
)


def naive(panel: Panel, horizon: int) -> PointForecast:
    """Forecast the last value for ever.

    Parameters
    ----------
    panel : Panel
        Past values.
    horizon : int
        Steps ahead, >= 1.

    Returns
    -------
    PointForecast
        With s2 the mean squared one-step error, the variance of step h is s2 h. A
        series of one value shows no error: its s2 is |y|, as of Poisson demand.

    Raises
    ------
    OptionError
        If `horizon` is out of range.

    References
    ----------
    Hyndman, Athanasopoulos (2021), Forecasting: Principles and Practice, 3rd edition,
    sect. 5.2 and table 5.2.

    Examples
    --------
    >>> forecast = naive(Panel.from_arrays({"A": [1, 3, 2]}), 2)
    >>> forecast.mean.tolist(), forecast.variance.tolist()
    ([[2.0, 2.0]], [[2.5, 5.0]])
    """
    return seasonal_naive(panel, horizon, season_length=1)


def seasonal_naive(panel: Panel, horizon: int, *, season_length: int) -> PointForecast:
    r"""Forecast the value one season before.

    Parameters
    ----------
    panel : Panel
        Past values. A series shorter than a season is forecast as `naive` does.
    horizon : int
        Steps ahead, >= 1.
    season_length : int
        Steps in a season, >= 1.

    Returns
    -------
    PointForecast
        With s2 the mean squared error of the past, the variance of step h is s2 k in
        the k-th season ahead. A series that shows no error has s2 = \\|last value\\|.

    Raises
    ------
    OptionError
        If `horizon` or `season_length` is out of range.

    References
    ----------
    Hyndman, Athanasopoulos (2021), Forecasting: Principles and Practice, 3rd edition,
    sect. 5.2 and table 5.2.

    Examples
    --------
    >>> forecast = seasonal_naive(
    ...     Panel.from_arrays({"A": [1, 5, 2, 6]}), 3, season_length=2
    ... )
    >>> forecast.mean.tolist(), forecast.variance.tolist()
    ([[2.0, 6.0, 2.0]], [[1.0, 1.0, 2.0]])
    """
    steps = np.arange(check_horizon(horizon))
    length = check_horizon(season_length, "season_length")
    season = np.where(panel.lengths < length, 1, length)
    rounds, phase = np.divmod(steps[None, :], season[:, None])
    mean = panel.values[(panel.offsets[1:] - season)[:, None] + phase]
    s2 = seasonal_squares(panel, season)
    last = np.abs(panel.values[panel.offsets[1:] - 1])
    s2 = np.where(np.isnan(s2), last, s2)[:, None]
    # Errors of steps in one phase of the season are one random walk: after k rounds
    # the variance is s2 k, and that of the sum of its k values s2 (1 + 4 + ... + k^2).
    return PointForecast(
        ids=panel.ids,
        mean=mean,
        variance=s2 * (rounds + 1.0),
        sum_variance=s2 * np.cumsum((rounds + 1.0) ** 2, axis=1),
    )


def naive2(panel: Panel, horizon: int, *, season_length: int = 1) -> PointForecast:
    """Forecast the last value without season, with the season put back.

    Parameters
    ----------
    panel : Panel
        Past values. The mean seasonal ratio is divided out of a series whose
        autocorrelation at lag `season_length` is significant at 90 %; the mean
        difference is subtracted where a value is not above 0.
    horizon : int
        Steps ahead, >= 1.
    season_length : int, default 1
        Steps in a season, >= 1.

    Returns
    -------
    PointForecast
        With s2 the mean squared one-step error without season, the variance of step h
        is s2 h, times the square of its seasonal ratio.

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    Makridakis, Spiliotis, Assimakopoulos (2020), International Journal of Forecasting
    36(1), 54-74 (the benchmark Naive2 of the M4 competition).

    Examples
    --------
    >>> panel = Panel.from_arrays({"A": [2, 6] * 8})
    >>> naive2(panel, 3, season_length=2).mean.round(6).tolist()
    [[2.0, 6.0, 2.0]]
    """
    steps, m = check_horizon(horizon), check_horizon(season_length, "season_length")
    values = panel.values.copy()
    factors, added = np.ones((panel.n_series, m)), np.zeros((panel.n_series, m))
    for i, (first, end) in enumerate(pairwise(panel.offsets.tolist())):
        figure = np.empty(m)
        kind = deseasonalise(values[first:end], m, figure)
        if kind != NO_SEASON:
            coming = figure[(end - first + np.arange(m)) % m]
            (factors if kind == MULTIPLICATIVE else added)[i] = coming
    flat = naive(replace(panel, values=values), steps)
    phase = np.arange(steps) % m
    by = factors[:, phase]
    # An error moves all that follows, every step by its ratio.
    total = by.cumsum(axis=1)
    before, sums = total - by, np.empty_like(total)
    for h in range(steps):
        sums[:, h] = ((total[:, h, None] - before[:, : h + 1]) ** 2).sum(axis=1)
    return PointForecast(
        ids=panel.ids,
        mean=flat.mean * by + added[:, phase],
        variance=flat.variance * by**2,
        sum_variance=flat.variance[:, :1] * sums,
    )


def mean(panel: Panel, horizon: int) -> PointForecast:
    r"""Forecast the mean of all values.

    Parameters
    ----------
    panel : Panel
        Past values.
    horizon : int
        Steps ahead, >= 1.

    Returns
    -------
    PointForecast
        With s2 the sample variance of n values, the variance of each step is
        s2 (1 + 1/n), that of the sum of h steps s2 (h + h^2/n). A series of one value
        has s2 = \\|y\\|, as of Poisson demand.

    Raises
    ------
    OptionError
        If `horizon` is out of range.

    References
    ----------
    Hyndman, Athanasopoulos (2021), Forecasting: Principles and Practice, 3rd edition,
    sect. 5.2 and table 5.2.

    Examples
    --------
    >>> forecast = mean(Panel.from_arrays({"A": [1, 3]}), 2)
    >>> forecast.mean.tolist(), forecast.variance.tolist()
    ([[2.0, 2.0]], [[3.0, 3.0]])
    """
    h = np.arange(1.0, check_horizon(horizon) + 1.0)[None, :]
    n = panel.lengths.astype(np.float64)
    level = np.add.reduceat(panel.values, panel.offsets[:-1]) / n
    errors = panel.values - np.repeat(level, panel.lengths)
    squares = np.add.reduceat(errors**2, panel.offsets[:-1])
    s2 = np.where(n > 1, squares / np.maximum(n - 1.0, 1.0), np.abs(level))[:, None]
    return PointForecast(
        ids=panel.ids,
        mean=np.broadcast_to(level[:, None], (panel.n_series, h.size)).copy(),
        variance=np.broadcast_to(
            s2 * (1.0 + 1.0 / n[:, None]), (n.size, h.size)
        ).copy(),
        sum_variance=s2 * (h + h**2 / n[:, None]),
    )


def seasonal_squares(panel: Panel, season: IndexArray) -> FloatArray:
    """Return the mean squared seasonal difference of each series.

    Parameters
    ----------
    panel : Panel
        Past values.
    season : ndarray of shape (n_series,), int64
        Season length of each series, >= 1.

    Returns
    -------
    ndarray of shape (n_series,), float64
        NaN for a series not longer than its season.

    Examples
    --------
    >>> import numpy as np
    >>> seasonal_squares(Panel.from_arrays({"A": [1, 5, 2, 7]}), np.array([2])).tolist()
    [2.5]
    """
    lag = np.repeat(season, panel.lengths)
    position = np.arange(panel.values.size)
    own = position - np.repeat(panel.offsets[:-1], panel.lengths) >= lag
    index = panel.series_index[own]
    errors = panel.values[own] - panel.values[(position - lag)[own]]
    count = np.bincount(index, minlength=panel.n_series)
    total = np.bincount(index, weights=errors**2, minlength=panel.n_series)
    unknown = np.full(panel.n_series, np.nan)
    squares: FloatArray = np.divide(total, count, out=unknown, where=count > 0)
    return squares

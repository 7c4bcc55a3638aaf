"""Measures of the M competitions, by which published methods can be compared.

M4 ranked point forecasts by OWA and intervals by MSIS, M5 by RMSSE; each is over its
own set of series, and says nothing across sets.
"""

import numpy as np
from numpy.typing import ArrayLike

from forecasting.baselines import seasonal_squares
from forecasting.errors import OptionError
from forecasting.metrics import mase, seasonal_scale
from forecasting.series import FloatArray, Panel


def smape(actual: ArrayLike, forecast: ArrayLike) -> FloatArray:
    """Return the symmetric mean absolute percentage error of each series.

    Parameters
    ----------
    actual, forecast : array-like of shape (n_series, horizon)
        What came and what was expected.

    Returns
    -------
    ndarray of shape (n_series,), float64
        Percent, 0 to 200. A step of which both are 0 has no error.

    Raises
    ------
    OptionError
        If the shapes differ.

    References
    ----------
    Makridakis, Spiliotis, Assimakopoulos (2020), International Journal of Forecasting
    36(1), 54-74, equation 2 (M4).

    Examples
    --------
    >>> smape([[3.0, 0.0]], [[1.0, 0.0]]).tolist()
    [50.0]
    """
    y, f = _same_shape(actual, forecast)
    size = np.abs(y) + np.abs(f)
    error: FloatArray = np.divide(
        200.0 * np.abs(y - f), size, out=np.zeros_like(size), where=size > 0.0
    ).mean(axis=-1)
    return error


def owa(
    actual: ArrayLike,
    forecast: ArrayLike,
    history: Panel,
    *,
    benchmark: ArrayLike,
    season_length: int = 1,
) -> float:
    """Return the overall weighted average of errors over those of a benchmark.

    Parameters
    ----------
    actual, forecast, benchmark : array-like of shape (n_series, horizon)
        What came, what was expected, and what the benchmark expected: `naive2` for the
        numbers of the M4 competition.
    history : Panel
        What both were made from; it gives the scale.
    season_length : int, default 1
        Steps in a season, >= 1.

    Returns
    -------
    float
        Mean of two ratios, of the mean `smape` and of the mean `mase` over all series;
        those without a scale are left out of the second. Below 1 is better.

    Raises
    ------
    OptionError
        If the shapes do not fit or `season_length` is out of range.

    References
    ----------
    Makridakis, Spiliotis, Assimakopoulos (2020), International Journal of Forecasting
    36(1), 54-74, sect. 2.4 (M4).

    Examples
    --------
    >>> history = Panel.from_arrays({"A": [1, 3, 5]})
    >>> round(owa([[7.0]], [[6.0]], history, benchmark=[[5.0]]), 3)
    0.481
    """
    y, f = _same_shape(actual, forecast)
    percent = smape(y, f).mean() / smape(y, benchmark).mean()
    ours, theirs = (
        np.nanmean(mase(y, told, history, season_length=season_length))
        for told in (f, benchmark)
    )
    return float(0.5 * (percent + ours / theirs))


def rmsse(
    actual: ArrayLike, forecast: ArrayLike, history: Panel, *, season_length: int = 1
) -> FloatArray:
    """Return the root mean squared error of each series, scaled by its seasonal naive.

    Parameters
    ----------
    actual, forecast : array-like of shape (n_series, horizon)
        What came and what was expected.
    history : Panel
        What the forecast was made from; it gives the scale. M5 leaves zeros before the
        first sale out of it.
    season_length : int, default 1
        Steps in a season, >= 1.

    Returns
    -------
    ndarray of shape (n_series,), float64
        NaN where the history is not longer than a season or repeats itself exactly.

    Raises
    ------
    OptionError
        If the shapes do not fit or `season_length` is out of range.

    References
    ----------
    Makridakis, Spiliotis, Assimakopoulos (2022), International Journal of Forecasting
    38(4), 1346-1364, equation 1 (M5).

    Examples
    --------
    >>> rmsse([[7.0, 9.0]], [[5.0, 5.0]], Panel.from_arrays({"A": [1, 3, 5]})).round(3)
    array([1.581])
    """
    y, f = _rows_of(history, actual, forecast)
    season = np.full(history.n_series, season_length, dtype=np.int64)
    squares = seasonal_squares(history, season)
    known = np.where(squares > 0.0, squares, np.nan)
    scaled: FloatArray = np.sqrt(((y - f) ** 2).mean(axis=1) / known)
    return scaled


def msis(
    actual: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    history: Panel,
    *,
    level: float = 0.95,
    season_length: int = 1,
) -> FloatArray:
    """Return the mean scaled interval score of each series.

    Parameters
    ----------
    actual, lower, upper : array-like of shape (n_series, horizon)
        What came, and the ends of the intervals.
    history : Panel
        What the forecast was made from; it gives the scale.
    level : float, default 0.95
        Probability of the intervals, above 0 and below 1.
    season_length : int, default 1
        Steps in a season, >= 1.

    Returns
    -------
    ndarray of shape (n_series,), float64
        Width, and 2 / (1 - level) times what lies outside, over the mean absolute
        seasonal difference. NaN where the scale is 0 or unknown.

    Raises
    ------
    OptionError
        If the shapes do not fit or an option is out of range.

    References
    ----------
    Gneiting, Raftery (2007), JASA 102, 359-378, equation 43; scaled: Makridakis,
    Spiliotis, Assimakopoulos (2020), International Journal of Forecasting 36(1), sect.
    2.4 (M4).

    Examples
    --------
    >>> history = Panel.from_arrays({"A": [1, 3, 5]})
    >>> msis([[9.0]], [[4.0]], [[8.0]], history, level=0.8).round(6).tolist()
    [7.0]
    """
    y, low = _rows_of(history, actual, lower)
    _, high = _rows_of(history, actual, upper)
    if not 0.0 < level < 1.0:
        msg = f"level must be > 0 and < 1, was {level}"
        raise OptionError(msg)
    outside = np.maximum(low - y, 0.0) + np.maximum(y - high, 0.0)
    score = high - low + 2.0 / (1.0 - level) * outside
    scale = seasonal_scale(history, season_length)
    scaled: FloatArray = score.mean(axis=1) / scale
    return scaled


def _same_shape(actual: ArrayLike, other: ArrayLike) -> tuple[FloatArray, FloatArray]:
    y, f = np.asarray(actual, np.float64), np.asarray(other, np.float64)
    if y.ndim != 2 or y.shape != f.shape or y.size == 0:  # noqa: PLR2004
        msg = (
            "actual and forecast must have one shape (n_series, horizon), had "
            f"{y.shape} and {f.shape}"
        )
        raise OptionError(msg)
    return y, f


def _rows_of(
    history: Panel, actual: ArrayLike, other: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    y, f = _same_shape(actual, other)
    if len(y) != history.n_series:
        msg = f"actual must have {history.n_series} series, had {len(y)}"
        raise OptionError(msg)
    return y, f

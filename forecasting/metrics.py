"""How far forecasts were off, in units that compare across series.

Of arrays `(n_series, horizon)` each measure looks at the whole; MASE and the scaled
pinball loss answer one number a series, since a mean over series is the caller's
choice. For demand that is mostly zero, absolute errors reward forecasting zero: use the
pinball loss there.
"""

import numpy as np
from numpy.typing import ArrayLike

from forecasting.errors import OptionError
from forecasting.series import FloatArray, Panel, check_horizon


def wape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return the weighted absolute percentage error: all errors over all demand.

    Parameters
    ----------
    actual, forecast : array-like of one shape
        What came and what was expected.

    Returns
    -------
    float
        0 is perfect; NaN if `actual` is 0 everywhere.

    Raises
    ------
    OptionError
        If the shapes differ.

    References
    ----------
    Kolassa, Schuetz (2007), Foresight 6, 40-43 (as MAD/Mean ratio).

    Examples
    --------
    >>> wape([10.0, 30.0], [12.0, 26.0])
    0.15
    """
    y, f = _pair(actual, forecast)
    return _ratio(float(np.abs(y - f).sum()), float(np.abs(y).sum()))


def bias(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return the sum of errors over all demand; above 0 the forecast was too high.

    Parameters
    ----------
    actual, forecast : array-like of one shape
        What came and what was expected.

    Returns
    -------
    float
        0 is unbiased; NaN if `actual` is 0 everywhere.

    Raises
    ------
    OptionError
        If the shapes differ.

    Examples
    --------
    >>> bias([10.0, 30.0], [12.0, 26.0])
    -0.05
    """
    y, f = _pair(actual, forecast)
    return _ratio(float((f - y).sum()), float(np.abs(y).sum()))


def mase(
    actual: ArrayLike, forecast: ArrayLike, history: Panel, *, season_length: int = 1
) -> FloatArray:
    """Return the mean absolute error of each series, scaled by its seasonal naive.

    Parameters
    ----------
    actual, forecast : array-like of shape (n_series, horizon)
        What came and what was expected.
    history : Panel
        What the forecast was made from; it gives the scale.
    season_length : int, default 1
        Steps in a season, >= 1.

    Returns
    -------
    ndarray of shape (n_series,), float64
        Below 1 is better than the seasonal naive did within the history. NaN where
        the history is not longer than a season or repeats itself exactly.

    Raises
    ------
    OptionError
        If the shapes do not fit or `season_length` is out of range.

    References
    ----------
    Hyndman, Koehler (2006), International Journal of Forecasting 22(4), 679-688.

    Examples
    --------
    >>> history = Panel.from_arrays({"A": [1, 3, 5]})
    >>> mase([[7.0, 9.0]], [[5.0, 5.0]], history).tolist()
    [1.5]
    """
    y, f = _pair(actual, forecast)
    scale = _fitting_scale(history, season_length, y.shape)
    scaled: FloatArray = np.abs(y - f).mean(axis=1) / scale
    return scaled


def coverage(
    actual: ArrayLike, forecast_quantiles: ArrayLike, quantiles: ArrayLike
) -> FloatArray:
    """Return the share of what came that each quantile was not exceeded by.

    Parameters
    ----------
    actual : array-like of shape (...)
        What came.
    forecast_quantiles : array-like of shape (..., n_quantiles)
        Forecast quantiles.
    quantiles : array-like of shape (n_quantiles,)
        Their probabilities, above 0 and below 1.

    Returns
    -------
    ndarray of shape (n_quantiles,), float64
        For a calibrated forecast close to `quantiles`; counts give a little more.

    Raises
    ------
    OptionError
        If the shapes do not fit or a quantile is out of range.

    Examples
    --------
    >>> coverage([1.0, 2.0, 3.0, 4.0], [[2.0]] * 4, [0.5]).tolist()
    [0.5]
    """
    y, f, levels = _quantile_pair(actual, forecast_quantiles, quantiles)
    share: FloatArray = (y <= f).reshape(-1, levels.size).mean(axis=0)
    return share


def pinball(
    actual: ArrayLike, forecast_quantiles: ArrayLike, quantiles: ArrayLike
) -> FloatArray:
    """Return the mean pinball loss of each quantile.

    Times (under + over) it is the newsvendor cost of stocking the quantile under /
    (under + over), where `under` and `over` are the costs of a unit short and left.

    Parameters
    ----------
    actual : array-like of shape (...)
        What came.
    forecast_quantiles : array-like of shape (..., n_quantiles)
        Forecast quantiles.
    quantiles : array-like of shape (n_quantiles,)
        Their probabilities, above 0 and below 1.

    Returns
    -------
    ndarray of shape (n_quantiles,), float64
        In the unit of `actual`.

    Raises
    ------
    OptionError
        If the shapes do not fit or a quantile is out of range.

    References
    ----------
    Koenker, Bassett (1978), Econometrica 46(1), eq. 2.1.

    Examples
    --------
    One unit short at 0.9 costs nine times as much as one left:

    >>> pinball([5.0], [[4.0]], [0.9]), pinball([5.0], [[6.0]], [0.9])
    (array([0.9]), array([0.1]))
    """
    y, f, levels = _quantile_pair(actual, forecast_quantiles, quantiles)
    loss = _pinball(y, f, levels)
    mean_loss: FloatArray = loss.reshape(-1, levels.size).mean(axis=0)
    return mean_loss


def wql(
    actual: ArrayLike, forecast_quantiles: ArrayLike, quantiles: ArrayLike
) -> float:
    """Return the weighted quantile loss: twice all pinball losses over all demand.

    Parameters
    ----------
    actual : array-like of shape (...)
        What came.
    forecast_quantiles : array-like of shape (..., n_quantiles)
        Forecast quantiles.
    quantiles : array-like of shape (n_quantiles,)
        Their probabilities, above 0 and below 1.

    Returns
    -------
    float
        Mean over quantiles; at the median alone it is the `wape`. NaN if `actual` is 0
        everywhere.

    Raises
    ------
    OptionError
        If the shapes do not fit or a quantile is out of range.

    References
    ----------
    Park, Maddix, Aubet, Kan, Gasthaus, Wang (2022), AISTATS, PMLR 151, sect. 5.

    Examples
    --------
    >>> wql([10.0, 30.0], [[12.0], [26.0]], [0.5])
    0.15
    """
    y, f, levels = _quantile_pair(actual, forecast_quantiles, quantiles)
    loss = 2.0 * float(_pinball(y, f, levels).sum()) / levels.size
    return _ratio(loss, float(np.abs(y).sum()))


def newsvendor_cost(actual: ArrayLike, stock: ArrayLike, ratio: float) -> float:
    """Return what it costs to have stocked `stock` for the demand that came.

    Parameters
    ----------
    actual, stock : array-like of one shape
        Demand, and what was there to meet it.
    ratio : float
        Critical ratio u / (u + o) of the costs of a unit short, u, and of one left
        over, o; above 0 and below 1.

    Returns
    -------
    float
        Sum over all, with o = 1 and u = ratio / (1 - ratio). It is least, on average,
        if `stock` is the quantile of demand at `ratio`.

    Raises
    ------
    OptionError
        If the shapes differ or `ratio` is out of range.

    References
    ----------
    Silver, Pyke, Thomas (2017), Inventory and Production Management in Supply Chains,
    sect. 9.2.

    Examples
    --------
    Two left over, and one short at nine times that cost:

    >>> round(newsvendor_cost([5.0, 8.0], [7.0, 7.0], 0.9), 9)
    11.0
    """
    y, s = _pair(actual, stock)
    if not 0.0 < ratio < 1.0:
        msg = f"ratio must be > 0 and < 1, was {ratio}"
        raise OptionError(msg)
    left = float(np.maximum(s - y, 0.0).sum())
    return left + ratio / (1.0 - ratio) * float(np.maximum(y - s, 0.0).sum())


def scaled_pinball(
    actual: ArrayLike,
    forecast_quantiles: ArrayLike,
    quantiles: ArrayLike,
    history: Panel,
    *,
    season_length: int = 1,
) -> FloatArray:
    """Return the mean pinball loss of each series, scaled by its seasonal naive.

    Parameters
    ----------
    actual : array-like of shape (n_series, horizon)
        What came.
    forecast_quantiles : array-like of shape (n_series, horizon, n_quantiles)
        Forecast quantiles.
    quantiles : array-like of shape (n_quantiles,)
        Their probabilities, above 0 and below 1.
    history : Panel
        What the forecast was made from; it gives the scale.
    season_length : int, default 1
        Steps in a season, >= 1.

    Returns
    -------
    ndarray of shape (n_series,), float64
        Mean over steps and quantiles. NaN where the scale is 0 or unknown.

    Raises
    ------
    OptionError
        If the shapes do not fit or an option is out of range.

    References
    ----------
    Makridakis, Spiliotis, Assimakopoulos, Chen, Gaba, Tsetlin, Winkler (2022),
    International Journal of Forecasting 38(4), eq. 1 (SPL of the M5 competition).

    Examples
    --------
    >>> history = Panel.from_arrays({"A": [1, 3, 5]})
    >>> scaled_pinball([[5.0]], [[[4.0]]], [0.9], history).tolist()
    [0.45]
    """
    y, f, levels = _quantile_pair(actual, forecast_quantiles, quantiles)
    scale = _fitting_scale(history, season_length, y.shape[:-1])
    scaled: FloatArray = _pinball(y, f, levels).mean(axis=(1, 2)) / scale
    return scaled


def seasonal_scale(history: Panel, season_length: int = 1) -> FloatArray:
    """Return the mean absolute seasonal difference of each series.

    Parameters
    ----------
    history : Panel
        Past values.
    season_length : int, default 1
        Steps in a season, >= 1.

    Returns
    -------
    ndarray of shape (n_series,), float64
        NaN where a series is not longer than a season or the differences are all 0.

    Raises
    ------
    OptionError
        If `season_length` is out of range.

    Examples
    --------
    >>> seasonal_scale(Panel.from_arrays({"A": [1, 3, 2, 6]}), 2).tolist()
    [2.0]
    """
    lag = check_horizon(season_length, "season_length")
    index = history.series_index
    inside = index[lag:] == index[:-lag]
    differences = np.abs(history.values[lag:] - history.values[:-lag])[inside]
    own, n = index[lag:][inside], history.n_series
    total = np.bincount(own, weights=differences, minlength=n)
    unknown = np.full(n, np.nan)
    scale: FloatArray = np.divide(
        total, np.bincount(own, minlength=n), out=unknown, where=total > 0.0
    )
    return scale


def _pair(actual: ArrayLike, forecast: ArrayLike) -> tuple[FloatArray, FloatArray]:
    y, f = np.asarray(actual, np.float64), np.asarray(forecast, np.float64)
    if y.shape != f.shape or y.size == 0:
        msg = (
            "actual and forecast must have one shape and a value at least, had "
            f"{y.shape} and {f.shape}"
        )
        raise OptionError(msg)
    return y, f


def _quantile_pair(
    actual: ArrayLike, forecast_quantiles: ArrayLike, quantiles: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    y, f = np.asarray(actual, np.float64), np.asarray(forecast_quantiles, np.float64)
    levels = np.asarray(quantiles, np.float64)
    if not bool(((levels > 0.0) & (levels < 1.0)).all()):
        msg = f"quantiles must be > 0 and < 1, were {levels.tolist()}"
        raise OptionError(msg)
    if y.size == 0 or f.shape != (*y.shape, *levels.shape):
        msg = (
            f"forecast_quantiles must have the shape {(*y.shape, *levels.shape)} and a "
            f"value at least, had {f.shape}"
        )
        raise OptionError(msg)
    return y[..., None], f, levels


def _pinball(y: FloatArray, f: FloatArray, levels: FloatArray) -> FloatArray:
    error = y - f
    return np.maximum(levels * error, (levels - 1.0) * error)


def _fitting_scale(
    history: Panel, season_length: int, shape: tuple[int, ...]
) -> FloatArray:
    if len(shape) != 2 or shape[0] != history.n_series:  # noqa: PLR2004
        msg = f"actual must have the shape ({history.n_series}, horizon), had {shape}"
        raise OptionError(msg)
    return seasonal_scale(history, season_length)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else float("nan")

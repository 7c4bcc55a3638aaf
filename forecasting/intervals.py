"""Quantiles of demand summed over a protection interval, and of demand paths.

Stock must cover the demand of a whole protection interval (review period plus lead
time), so what planning needs is the quantile of a sum, never the sum of quantiles.
"""

from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from forecasting._kernels.counts import count_quantiles, mixture_quantile_path
from forecasting._kernels.windows import windowed_sum_quantiles
from forecasting.errors import OptionError
from forecasting.series import FloatArray, Panel, check_horizon

Family = Literal["count", "normal"]

_STANDARD_NORMAL = NormalDist()
_ONE_FAMILY = np.ones(1)


def quantiles_of(
    mean: ArrayLike,
    variance: ArrayLike,
    quantiles: ArrayLike,
    *,
    family: Family = "count",
    minimum: float = 0.0,
) -> FloatArray:
    """Return quantiles of demands with given means and variances.

    Parameters
    ----------
    mean, variance : array-like of shape (...)
        Mean (of a count, below 0 counts as 0) and variance (>= 0) of each demand.
    quantiles : array-like of shape (n_quantiles,)
        Probabilities, each above 0 and below 1.
    family : {"count", "normal"}
        "count": negative binomial by the method of moments, Poisson where the
        variance is not above the mean; whole numbers. "normal": cut off at `minimum`.
    minimum : float, default 0
        Lowest quantile of the normal family; minus infinity for what may be negative.

    Returns
    -------
    ndarray of shape (..., n_quantiles), float64
        Smallest demand that is not exceeded with at least that probability.

    Raises
    ------
    OptionError
        If a quantile, a mean, a variance or the family is out of range.

    References
    ----------
    Silver, Pyke, Thomas (2017), Inventory and Production Management in Supply Chains,
    sect. 6 (reorder points from the distribution of demand over the interval).
    Johnson, Kemp, Kotz (2005), Univariate Discrete Distributions, sect. 5.8.1 (method
    of moments: r = m^2 / (v - m), p = m / v).

    Examples
    --------
    P(X <= 5) = 0.916 and P(X <= 6) = 0.966 for a Poisson demand of mean 3:

    >>> quantiles_of([3.0], [3.0], [0.9, 0.95]).tolist()
    [[5.0, 6.0]]
    """
    m, v = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in (mean, variance)))
    levels = check_quantiles(quantiles)
    _check_moments(m, v)
    _check_family(family)
    scores = np.array([_STANDARD_NORMAL.inv_cdf(q) for q in levels.tolist()])
    if family == "normal":
        normal: FloatArray = m[..., None] + np.sqrt(v)[..., None] * scores
        return np.maximum(normal, minimum)
    flat: FloatArray = count_quantiles(m.ravel(), v.ravel(), levels, scores)
    return flat.reshape((*m.shape, levels.size))


def summed_quantiles(
    mean_path: ArrayLike,
    sum_variance: ArrayLike,
    quantiles: ArrayLike,
    protection: int,
    *,
    family: Family = "count",
    minimum: float = 0.0,
) -> FloatArray:
    """Return quantiles of demand summed over the protection interval.

    Parameters
    ----------
    mean_path : array-like of shape (n_series, horizon) or (horizon,)
        Expected demand of each step.
    sum_variance : array-like of the same shape
        Variance of the sum of steps 1 to h, as in `PointForecast.sum_variance`.
    quantiles : array-like of shape (n_quantiles,)
        Probabilities, each above 0 and below 1.
    protection : int
        Number of steps to cover, 1 to horizon.
    family : {"count", "normal"}
        See `quantiles_of`.
    minimum : float, default 0
        Lowest mean of a step and lowest quantile; minus infinity for what may be
        negative. A count is never below 0.

    Returns
    -------
    ndarray of shape (n_series, n_quantiles) or (n_quantiles,), float64

    Raises
    ------
    OptionError
        If an argument is out of range.

    Examples
    --------
    Two steps of Poisson demand with mean 1.5 are one of mean 3:

    >>> summed_quantiles([1.5, 1.5], [1.5, 3.0], [0.9, 0.95], 2).tolist()
    [5.0, 6.0]
    """
    path = np.asarray(mean_path, dtype=np.float64)
    variance = np.asarray(sum_variance, dtype=np.float64)
    steps = check_horizon(protection, "protection")
    if steps > path.shape[-1]:
        msg = f"protection must be <= the horizon {path.shape[-1]}, was {steps}"
        raise OptionError(msg)
    mean = np.maximum(path[..., :steps], minimum).sum(axis=-1)
    return quantiles_of(
        mean, variance[..., steps - 1], quantiles, family=family, minimum=minimum
    )


def empirical_summed_quantiles(
    panel: Panel,
    quantiles: ArrayLike,
    protection: int,
    *,
    mean_sum: ArrayLike | None = None,
) -> FloatArray:
    """Return quantiles of past sums over windows as long as the protection interval.

    Windows overlap. A series shorter than the interval gives one window, scaled up.

    Parameters
    ----------
    panel : Panel
        Past demand.
    quantiles : array-like of shape (n_quantiles,)
        Probabilities, each above 0 and below 1.
    protection : int
        Steps in a window, >= 1.
    mean_sum : array-like of shape (n_series,), optional
        Forecast of the sum, >= 0. The quantiles are rescaled by its ratio to the mean
        of the windows, so that they follow a level that has moved.

    Returns
    -------
    ndarray of shape (n_series, n_quantiles), float64

    Raises
    ------
    OptionError
        If an argument is out of range.

    References
    ----------
    Hyndman, Fan (1996), The American Statistician 50(4), definition 1.
    Hasni, Aguir, Babai, Jemai (2019), International Journal of Production Research
    57(1), on overlapping blocks for lead-time demand.

    Examples
    --------
    The windows of 2 have the sums 3, 5, 7 and the mean 5:

    >>> panel = Panel.from_arrays({"A": [1, 2, 3, 4]})
    >>> empirical_summed_quantiles(panel, [0.3, 0.9], 2).tolist()
    [[3.0, 7.0]]
    >>> empirical_summed_quantiles(panel, [0.3, 0.9], 2, mean_sum=[10]).tolist()
    [[6.0, 14.0]]
    """
    levels = check_quantiles(quantiles)
    steps = check_horizon(protection, "protection")
    found: FloatArray
    found, means = windowed_sum_quantiles(panel.values, panel.offsets, steps, levels)
    if mean_sum is None:
        return found
    target = np.asarray(mean_sum, dtype=np.float64)
    if target.shape != (panel.n_series,) or not bool(np.all(target >= 0.0)):
        msg = f"mean_sum must be {panel.n_series} numbers >= 0, was {mean_sum!r}"
        raise OptionError(msg)
    ratio = np.divide(target, means, out=np.ones_like(means), where=means > 0.0)
    rescaled: FloatArray = found * ratio[:, None]
    return rescaled


def cumulative_quantile_path(
    mean_path: ArrayLike,
    quantile: float,
    *,
    dispersion: float = 1.0,
    sum_variance: ArrayLike | None = None,
    family: Family = "count",
) -> FloatArray:
    """Return the demand path whose running sum is the quantile of running demand.

    A plan that meets this path in full has, at the end of each step, covered all
    demand up to then with probability `quantile`.

    Parameters
    ----------
    mean_path : array-like of shape (horizon,)
        Expected demand of each step; below 0 counts as 0.
    quantile : float
        Probability, above 0 and below 1.
    dispersion : float, default 1
        Variance of running demand over its mean, >= 0. Up to 1 a count is Poisson.
    sum_variance : array-like of shape (horizon,), optional
        Variance of running demand at each step, instead of `dispersion`.
    family : {"count", "normal"}
        See `quantiles_of`.

    Returns
    -------
    ndarray of shape (horizon,), float64
        Demand of each step, >= 0: the running quantile is kept from falling.

    Raises
    ------
    OptionError
        If an argument is out of range.

    Examples
    --------
    For Poisson demand of mean 3 a step, 5, 9 and 13 cover 1, 2 and 3 steps with
    probability 0.9:

    >>> cumulative_quantile_path([3.0, 3.0, 3.0], 0.9).tolist()
    [5.0, 4.0, 4.0]
    """
    _check_family(family)
    total = np.maximum(np.asarray(mean_path, dtype=np.float64), 0.0).cumsum()
    score = standard_score(quantile)
    if sum_variance is None:
        variance = total * check_dispersion(dispersion)
    else:
        variance = np.asarray(sum_variance, dtype=np.float64)
    if total.ndim != 1 or variance.shape != total.shape:
        msg = (
            "mean_path and sum_variance must have the one shape (horizon,), had "
            f"{total.shape} and {variance.shape}"
        )
        raise OptionError(msg)
    _check_moments(total, variance)
    if family == "normal":
        running = np.maximum(total + score * np.sqrt(variance), 0.0)
        return np.diff(np.maximum.accumulate(running), prepend=0.0)
    path: FloatArray = mixture_quantile_path(
        _ONE_FAMILY, total[None, :], variance[None, :], quantile, score
    )
    return path


def check_quantiles(quantiles: ArrayLike) -> FloatArray:
    """Return `quantiles` as an array, if each lies between 0 and 1.

    Parameters
    ----------
    quantiles : array-like of shape (n_quantiles,)
        Probabilities.

    Returns
    -------
    ndarray of shape (n_quantiles,), float64

    Raises
    ------
    OptionError
        If one is not above 0 and below 1, or there is none.

    Examples
    --------
    >>> check_quantiles([0.5, 1.0])
    Traceback (most recent call last):
    ...
    forecasting.errors.OptionError: quantile must be > 0 and < 1, was 1.0
    """
    levels = np.atleast_1d(np.asarray(quantiles, dtype=np.float64))
    if levels.ndim != 1 or levels.size == 0:
        msg = f"quantiles must be a list of numbers, was {quantiles!r}"
        raise OptionError(msg)
    for level in levels.tolist():
        standard_score(level)
    return levels


def standard_score(quantile: float) -> float:
    """Return the standard normal quantile.

    Parameters
    ----------
    quantile : float
        Probability, above 0 and below 1.

    Returns
    -------
    float

    Raises
    ------
    OptionError
        If `quantile` is out of range.

    Examples
    --------
    >>> round(standard_score(0.975), 4)
    1.96
    """
    if not 0.0 < quantile < 1.0:
        msg = f"quantile must be > 0 and < 1, was {quantile}"
        raise OptionError(msg)
    return _STANDARD_NORMAL.inv_cdf(quantile)


def check_dispersion(dispersion: float) -> float:
    """Return `dispersion` if it is finite and not negative.

    Parameters
    ----------
    dispersion : float
        Variance over mean.

    Returns
    -------
    float

    Raises
    ------
    OptionError
        If it is out of range.

    Examples
    --------
    >>> check_dispersion(1.5)
    1.5
    """
    if not 0.0 <= dispersion < float("inf"):
        msg = f"dispersion must be finite and >= 0, was {dispersion}"
        raise OptionError(msg)
    return float(dispersion)


def _check_family(family: str) -> None:
    if family not in {"count", "normal"}:
        msg = f"family must be 'count' or 'normal', was {family!r}"
        raise OptionError(msg)


def _check_moments(mean: FloatArray, variance: FloatArray) -> None:
    if not bool(np.isfinite(mean).all()):
        raise OptionError("mean must be finite everywhere")
    if not bool((variance >= 0.0).all() and np.isfinite(variance).all()):
        raise OptionError("variance must be finite and >= 0 everywhere")

"""Filters of many series as plain arrays: what a fit hands over."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting._kernels import online as kernel
from forecasting.errors import OptionError
from forecasting.series import FloatArray, IndexArray

# Beyond it the square of an error is not finite.
LARGEST = 1e150
# Fields of `FilterArrays` with the column that a kernel has them in, and their range.
COLUMNS = {
    "level": kernel.LEVEL,
    "trend": kernel.TREND,
    "variance": kernel.VARIANCE,
    "alpha": kernel.ALPHA,
    "beta": kernel.BETA,
    "gamma": kernel.GAMMA,
    "phi": kernel.PHI,
}
RANGES = {
    "level": (-LARGEST, LARGEST),
    "trend": (-LARGEST, LARGEST),
    "variance": (0.0, LARGEST),
    "alpha": (0.0, 1.0),
    "beta": (0.0, 1.0),
    "gamma": (0.0, 1.0),
    "phi": (0.0, 1.0),
    "position": (0.0, 2.0**31 - 1.0),
    "count": (0.0, 2.0**31 - 1.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class FilterArrays:
    """Filters of many series, as plain arrays: what a fit hands over.

    Every field but `season` is a number for all series or an array of shape
    (n_series,).

    Parameters
    ----------
    level : array-like
        Level after the last value, in the unit of the series.
    variance : array-like
        Variance of the one-step error, >= 0.
    alpha : array-like
        Share of an error that goes into the level, 0 to 1.
    trend : array-like, default 0
        Rise a step.
    beta, phi : array-like, default 0
        Share of an error that goes into the trend; share of the trend that is left
        after a step. 0 to 1.
    season : array-like of shape (n_series, season_length), optional
        What each step of a season adds to the level; by default there is none.
    gamma : array-like, default 0
        Share of an error that goes into the season, 0 to 1.
    position : array-like of int, default 0
        Column of `season` that the coming step has.
    count : array-like of int, default 64
        Values the filter has learned from. Below 64 it follows faster than its gains
        say; 0 is a filter that knows nothing, whatever its level.
    """

    level: ArrayLike
    variance: ArrayLike
    alpha: ArrayLike
    trend: ArrayLike = 0.0
    beta: ArrayLike = 0.0
    phi: ArrayLike = 0.0
    season: ArrayLike | None = None
    gamma: ArrayLike = 0.0
    position: ArrayLike = 0
    count: ArrayLike = kernel.COUNT_SETTLED


@dataclass(frozen=True, slots=True, eq=False)
class NextStep:
    """What is expected of the coming step.

    Parameters
    ----------
    mean : ndarray of shape (n,), float64
        One an event or a series.
    quantiles : ndarray of shape (n, n_quantiles), float64
        Of that step; none is below the one before it.
    """

    mean: FloatArray
    quantiles: FloatArray


def season_of(filters: FilterArrays) -> FloatArray | None:
    """Return the seasons as an array of two dimensions, or None.

    Parameters
    ----------
    filters : FilterArrays
        Their `season` is looked at.

    Returns
    -------
    ndarray of shape (n_series, season_length), float64, or None

    Raises
    ------
    OptionError
        If it has another shape or a value that is not finite.
    """
    if filters.season is None:
        return None
    season = np.asarray(filters.season, dtype=np.float64)
    if season.ndim != 2 or season.shape[1] < 1:  # noqa: PLR2004
        msg = (
            f"season must have the shape (n_series, season_length), had {season.shape}"
        )
        raise OptionError(msg)
    if not bool((np.abs(season) <= LARGEST).all()):
        raise OptionError("season must be finite everywhere")
    return season


def columns_of(
    filters: FilterArrays, *, n_series: int | None
) -> Mapping[str, FloatArray]:
    """Return every other field with one number a series.

    Parameters
    ----------
    filters : FilterArrays
        Their fields may be numbers.
    n_series : int, optional
        Number of series; by default as many as the longest field has.

    Returns
    -------
    mapping of str to ndarray of shape (n_series,), float64

    Raises
    ------
    OptionError
        If lengths differ or a number is out of range.
    """
    given = {name: np.asarray(getattr(filters, name), np.float64) for name in RANGES}
    if n_series is None:
        n_series = max(array.size for array in given.values())
    found = {}
    for name, array in given.items():
        if array.ndim > 1 or array.size not in {1, n_series}:
            msg = f"{name} must be 1 or {n_series} numbers, had the shape {array.shape}"
            raise OptionError(msg)
        low, high = RANGES[name]
        wrong = np.flatnonzero(~((array >= low) & (array <= high)))
        if wrong.size:
            value = array.reshape(-1)[wrong[0]]
            msg = (
                f"series {wrong[0]}: {name} must be between {low:g} and {high:g}, "
                f"was {value}"
            )
            raise OptionError(msg)
        found[name] = np.broadcast_to(array.reshape(-1), n_series)
    return found


def whole_numbers(series_index: ArrayLike) -> IndexArray:
    """Return positions of series as they are stored.

    Raises
    ------
    OptionError
        If they are not whole numbers.
    """
    given = np.asarray(series_index)
    if given.size and given.dtype.kind not in "iu":
        msg = f"series_index must be whole numbers, was {given.dtype}"
        raise OptionError(msg)
    return np.ascontiguousarray(given, dtype=np.int64)

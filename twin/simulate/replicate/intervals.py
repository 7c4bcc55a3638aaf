"""Intervals for means and quantiles of independent values."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, bdtrik, stdtrit

from twin.errors import OptionError

N_VALUES_MIN = 2  # one value has no spread


@dataclass(frozen=True, slots=True)
class MeanInterval:
    """A mean with its interval by Student's t.

    Attributes
    ----------
    mean : float
        Of the values that are defined; NaN if there is none.
    half_width : float
        The interval is mean - half_width to mean + half_width; NaN below two values.
    std : float
        Standard deviation of the values; NaN below two.
    n, n_missing : int
        Values that count, and values that were NaN.
    """

    mean: float
    half_width: float
    std: float
    n: int
    n_missing: int


@dataclass(frozen=True, slots=True)
class QuantileInterval:
    """A quantile with its interval by order statistics.

    Attributes
    ----------
    quantile : float
        Smallest value that at least this share of the values does not exceed.
    low, high : float
        Two of the values, or -inf and inf where there are too few for one.
    coverage : float
        Probability that such an interval covers the quantile, for any continuous law.
    n, n_missing : int
        Values that count, and values that were NaN.
    """

    quantile: float
    low: float
    high: float
    coverage: float
    n: int
    n_missing: int


def student_point(confidence: float, n_values: int, *, n_statements: int = 1) -> float:
    """Return the two-sided point of Student's t for the mean of `n_values` values.

    Parameters
    ----------
    confidence : float
        In (0, 1).
    n_values : int
        >= 2; degrees of freedom are one less.
    n_statements : int
        >= 1. So many intervals hold all at once with at least this confidence, however
        they depend on one another, because each is given 1 - (1 - confidence) / n
        (Bonferroni).

    Returns
    -------
    float

    References
    ----------
    Law (2015), Simulation Modeling and Analysis, 5th edition, equations 4.12 and 9.12.

    Examples
    --------
    >>> round(student_point(0.95, 10), 3)
    2.262
    """
    alpha = (1.0 - confidence) / n_statements
    return float(stdtrit(n_values - 1, 1.0 - alpha / 2))


def mean_interval(
    values: ArrayLike, *, confidence: float = 0.95, n_statements: int = 1
) -> MeanInterval:
    """Estimate the mean of independent values.

    The interval is exact for normal values and close to it for sums of many; for few
    and skew values it covers less often than it says.

    Parameters
    ----------
    values : array_like of shape (n,), float64
        One a replication. NaN says that the measure is not defined there: it is left
        out and counted.
    confidence : float
        In (0, 1).
    n_statements : int
        >= 1; how many such intervals shall hold at once, see `student_point`.

    Returns
    -------
    MeanInterval

    Raises
    ------
    OptionError
        If `confidence` is outside its range.

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6(1).

    Examples
    --------
    >>> found = mean_interval([1.0, 2.0, 3.0, float("nan")])
    >>> found.mean, round(found.half_width, 3), found.n, found.n_missing
    (2.0, 2.484, 3, 1)
    """
    check_confidence(confidence)
    known, n_missing = defined(values)
    n = len(known)
    mean = float(known.mean()) if n else math.nan
    if n < N_VALUES_MIN:
        return MeanInterval(mean, math.nan, math.nan, n, n_missing)
    std = float(known.std(ddof=1))
    point = student_point(confidence, n, n_statements=n_statements)
    return MeanInterval(mean, point * std / math.sqrt(n), std, n, n_missing)


def quantile_interval(
    values: ArrayLike, probability: float, *, confidence: float = 0.95
) -> QuantileInterval:
    """Estimate a quantile of independent values, whatever their law.

    Parameters
    ----------
    values : array_like of shape (n,), float64
        At least one that is not NaN; NaN is left out and counted.
    probability : float
        In (0, 1).
    confidence : float
        In (0, 1); what is missed is split evenly between both sides.

    Returns
    -------
    QuantileInterval

    Raises
    ------
    OptionError
        If an argument is outside its range.

    References
    ----------
    David, Nagaraja (2003), Order Statistics, 3rd edition, section 7.1.

    Examples
    --------
    >>> found = quantile_interval(range(1, 21), 0.5)
    >>> found.quantile, found.low, found.high, round(found.coverage, 3)
    (10.0, 6.0, 15.0, 0.959)
    """
    check_confidence(confidence)
    if not 0.0 < probability < 1.0:
        msg = f"probability must be between 0 and 1, was {probability}"
        raise OptionError(msg)
    known, n_missing = defined(values)
    n = len(known)
    if not n:
        msg = "values must hold at least one that is not NaN"
        raise OptionError(msg)
    known = np.sort(known)
    first, last = _ranks(n, probability, (1.0 - confidence) / 2)
    below = float(bdtr(first - 1, n, probability)) if first else 0.0
    above = 1.0 - float(bdtr(last - 1, n, probability)) if last <= n else 0.0
    rank = min(max(math.ceil(n * probability), 1), n)
    return QuantileInterval(
        quantile=float(known[rank - 1]),
        low=float(known[first - 1]) if first else -math.inf,
        high=float(known[last - 1]) if last <= n else math.inf,
        coverage=1.0 - below - above,
        n=n,
        n_missing=n_missing,
    )


def _ranks(n: int, probability: float, alpha: float) -> tuple[int, int]:
    # The largest first with P(B < first) <= alpha and the smallest last with
    # P(B >= last) <= alpha, where B ~ Binomial(n, probability) counts the values below
    # the quantile; rank 0 and n + 1 stand for "there is none".
    first = max(math.floor(bdtrik(alpha, n, probability)), 0)
    while first < n and bdtr(first, n, probability) <= alpha:
        first += 1
    while first and bdtr(first - 1, n, probability) > alpha:
        first -= 1
    last = min(math.ceil(bdtrik(1.0 - alpha, n, probability)) + 1, n + 1)
    while last > 1 and 1.0 - bdtr(last - 2, n, probability) <= alpha:
        last -= 1
    while last <= n and 1.0 - bdtr(last - 1, n, probability) > alpha:
        last += 1
    return first, last


def check_confidence(confidence: float) -> None:
    """Raise OptionError unless a confidence is in (0, 1)."""
    if not 0.0 < confidence < 1.0:
        msg = f"confidence must be between 0 and 1, was {confidence}"
        raise OptionError(msg)


def defined(values: ArrayLike) -> tuple[NDArray[np.float64], int]:
    """Return the values that are not NaN, and the number of those that are."""
    given = np.atleast_1d(np.asarray(values, np.float64))
    known = given[~np.isnan(given)]
    return known, len(given) - len(known)

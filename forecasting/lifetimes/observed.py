"""The law as it was observed: no formula, the product-limit estimate itself."""

import math
from dataclasses import dataclass

import numpy as np

from forecasting._kernels import lifetimes as kernel
from forecasting._kernels.special import student_quantile
from forecasting.errors import OptionError
from forecasting.lifetimes.fit import Interval
from forecasting.lifetimes.sample import Floats, Lifetimes

N_POINTS = 200  # of a written law; half would blur its tails, twice lengthen its file
_N_TAIL = 8  # points that stand for what nobody saw end
_RESIDUE = 1e-9  # survival that is rounding


@dataclass(frozen=True, slots=True, eq=False)
class ObservedLaw:
    """Durations with weights.

    Attributes
    ----------
    value : ndarray of shape (n,), float64
        Durations, ascending.
    weight : ndarray of shape (n,), float64
        Their probabilities; they sum to 1.
    mean, cv : float
        Of the law.
    mean_interval : Interval
        Of its mean, by Greenwood's variance on the logarithm.
    tail : float
        Probability of what was longer than anything seen to its end.
    """

    value: Floats
    weight: Floats
    mean: float
    cv: float
    mean_interval: Interval
    tail: float

    def quantile(self, level: float) -> float:
        """Return the smallest duration whose cumulated weight reaches `level`."""
        k = int(np.searchsorted(np.cumsum(self.weight), level - 1e-12))
        return float(self.value[min(k, len(self.value) - 1)])


def observed_law(
    sample: Lifetimes, *, level: float = 0.95, n_points: int = N_POINTS
) -> ObservedLaw:
    """Estimate the law of a sample without a formula.

    What is longer than anything seen to its end gets an exponential tail with the rate
    at which what was watched there ended so far.

    Parameters
    ----------
    sample : Lifetimes
        With at least 2 ends seen.
    level : float
        Confidence of the interval of the mean, in (0, 1).
    n_points : int
        Most values of the law; more are put together by equal probability.

    Returns
    -------
    ObservedLaw

    Raises
    ------
    OptionError
        If fewer than 2 ends were seen.

    References
    ----------
    Kaplan, Meier (1958), JASA 53, 457-481 (estimate, and variance of its mean); Brown,
    Hollander, Korwar (1974), in Reliability and Biometry, 327-354 (exponential tail).

    Examples
    --------
    >>> law = observed_law(Lifetimes.of([1.0, 2.0, 3.0, 2.0]))
    >>> law.value.tolist(), law.weight.tolist(), law.mean
    ([1.0, 2.0, 3.0], [0.25, 0.5, 0.25], 2.0)
    """
    if sample.n_observed < 2:  # noqa: PLR2004
        msg = f"an observed law needs 2 ends seen, has {sample.n_observed}"
        raise OptionError(msg)
    duration, is_observed, entry = sample.ascending()
    survival, hazard, greenwood = kernel.product_limit(duration, is_observed, entry)
    rows = np.flatnonzero(is_observed)
    rows = rows[np.append(np.diff(duration[rows]) > 0.0, True)]
    before = np.append(1.0, survival[rows][:-1])
    value, weight = duration[rows], before - survival[rows]
    tail = float(survival[rows[-1]])
    tail = tail if tail > _RESIDUE else 0.0
    excess = 0.0  # what the tail adds to the mean
    if tail > 0.0:
        end, rate = float(value[-1]), float(hazard[rows[-1]]) / float(value[-1])
        levels = (np.arange(_N_TAIL) + 0.5) / _N_TAIL
        ahead = -np.log1p(-levels)
        ahead /= ahead.mean()  # eight middle quantiles have less than the mean
        excess = tail / rate
        value = np.append(value, end + ahead / rate)
        weight = np.append(weight, np.full(_N_TAIL, tail / _N_TAIL))
    value, weight = _thinned(value, weight / weight.sum(), n_points)
    mean = float(weight @ value)
    spread = math.sqrt(max(float(weight @ (value - mean) ** 2), 0.0))
    error = math.hypot(
        _mean_error(duration[rows], survival[rows], greenwood[rows], excess=excess),
        excess / math.sqrt(sample.n_observed),  # of the rate of the tail
    )
    t = student_quantile(max(sample.n_observed - 1.0, 1.0), 0.5 + level / 2)
    factor = math.exp(t * error / mean) if mean > 0.0 else 1.0
    return ObservedLaw(
        value=value,
        weight=weight,
        mean=mean,
        cv=spread / mean if mean > 0.0 else 0.0,
        mean_interval=Interval(mean / factor, mean * factor),
        tail=tail,
    )


def _mean_error(
    time: Floats, survival: Floats, greenwood: Floats, *, excess: float
) -> float:
    # Sum over failures of (area under the curve after them)^2 x Greenwood's term.
    areas = np.append(survival[:-1] * np.diff(time), excess)
    after = np.cumsum(areas[::-1])[::-1]
    n = len(time)
    correction = n / max(n - 1.0, 1.0)
    terms = np.diff(greenwood, prepend=0.0)
    return math.sqrt(max(float(after**2 @ terms), 0.0) * correction)


def _thinned(value: Floats, weight: Floats, n_points: int) -> tuple[Floats, Floats]:
    # Neighbours are put together at their mean, so that the mean of all stays.
    if len(value) <= n_points:
        return value, weight
    middle = np.cumsum(weight) - 0.5 * weight
    group = np.minimum((middle * n_points).astype(np.int64), n_points - 1)
    _, group = np.unique(group, return_inverse=True)
    total = np.bincount(group, weight)
    return np.bincount(group, weight * value) / total, total.astype(np.float64)

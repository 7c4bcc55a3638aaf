"""Laws by maximum likelihood, and intervals of their mean and variation."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from forecasting._kernels import lifetimes as kernel
from forecasting._kernels.special import gamma_quantile, student_quantile
from forecasting.errors import OptionError
from forecasting.lifetimes.sample import Floats, Lifetimes

LAWS = ("exponential", "lognormal", "gamma", "weibull")
"""Families; the position is the code in kernels."""

N_OBSERVED_MIN = 3  # ends that two numbers take at least
_NEAR_ONE = 1e-15


@dataclass(frozen=True, slots=True)
class LawFit:
    """A law fitted to a sample.

    Attributes
    ----------
    law : str
        One of `LAWS`.
    mean : float
        Mean, in the unit of the sample.
    shape : float
        Standard deviation of the logarithm (lognormal), shape parameter (gamma,
        Weibull), 1 (exponential).
    cv : float
        Standard deviation over mean.
    log_likelihood : float
        Its natural logarithm.
    n_parameters : int
        1 or 2.
    bic : float
        Bayesian information criterion, of the number of ends seen; less is better.
    """

    law: str
    mean: float
    shape: float
    cv: float
    log_likelihood: float
    n_parameters: int
    bic: float


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a number lies at a level of confidence; `low` <= `high`."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Tell whether `value` lies in the interval, ends included."""
        return self.low <= value <= self.high


def cv_of(law: str, shape: float) -> float:
    """Return the coefficient of variation that belongs to a shape.

    References
    ----------
    Johnson, Kotz, Balakrishnan (1994), Continuous Univariate Distributions 1, equations
    14.8b, 17.8 and 21.11.

    Examples
    --------
    >>> cv_of("gamma", 4.0), round(cv_of("weibull", 1.0), 12)
    (0.5, 1.0)
    """
    if law == "exponential":
        return 1.0
    if law == "lognormal":
        return math.sqrt(math.expm1(shape * shape))
    if law == "gamma":
        return 1.0 / math.sqrt(shape)
    ratio = math.lgamma(1.0 + 2.0 / shape) - 2.0 * math.lgamma(1.0 + 1.0 / shape)
    return math.sqrt(max(math.expm1(ratio), 0.0))


def code_of(law: str) -> int:
    """Return the code of a law in kernels.

    Raises
    ------
    OptionError
        If there is no such law.
    """
    if law not in LAWS:
        msg = f"law must be one of {', '.join(LAWS)}; was {law!r}"
        raise OptionError(msg)
    return LAWS.index(law)


def sums_of(sample: Lifetimes) -> kernel.Sums:
    """Return what kernels need of a sample."""
    return kernel.sums_of(sample.duration, sample.is_observed, sample.entry)


def fit_law(sample: Lifetimes, law: str) -> LawFit:
    """Fit a law by maximum likelihood.

    Parameters
    ----------
    sample : Lifetimes
        With at least 3 ends seen (1 for the exponential law); all above 0 but for the
        exponential law.
    law : str
        One of `LAWS`.

    Returns
    -------
    LawFit

    Raises
    ------
    OptionError
        If the sample has too few ends, or one of 0.

    References
    ----------
    Klein, Moeschberger (2003), Survival Analysis, chapter 12.

    Examples
    --------
    >>> fit_law(Lifetimes.of([1.0, 2.0, 6.0], [True, True, False]), "exponential").mean
    4.5
    """
    code = code_of(law)
    is_exponential = law == "exponential"
    least = 1 if is_exponential else N_OBSERVED_MIN
    n = sample.n_observed
    if n < least:
        msg = f"law {law!r}: needs {least} durations seen to their end, has {n}"
        raise OptionError(msg)
    if not is_exponential and not (sample.duration[sample.is_observed] > 0.0).all():
        msg = f"law {law!r}: a duration of 0 has no likelihood; was in the sample"
        raise OptionError(msg)
    mean, shape, value = kernel.maximum(code, sums_of(sample))
    n_parameters = 1 if is_exponential else 2
    return LawFit(
        law=law,
        mean=mean,
        shape=shape,
        cv=cv_of(law, shape),
        log_likelihood=value,
        n_parameters=n_parameters,
        bic=n_parameters * math.log(n) - 2.0 * value,
    )


def law_quantiles(fit: LawFit, levels: ArrayLike) -> Floats:
    """Return quantiles of a fitted law.

    Parameters
    ----------
    fit : LawFit
        The law.
    levels : array-like of any shape
        Probabilities in [0, 1); those within 1e-15 of 1 count as that far from it.

    Returns
    -------
    ndarray of the shape of `levels`, float64

    Examples
    --------
    >>> fit = fit_law(Lifetimes.of([1.0, 3.0]), "exponential")
    >>> law_quantiles(fit, [0.0, 0.5]).round(3).tolist()
    [0.0, 1.386]
    """
    u = np.minimum(np.asarray(levels, np.float64), 1.0 - _NEAR_ONE)
    if fit.law == "exponential":
        found = -fit.mean * np.log1p(-u)
    elif fit.law == "weibull":
        scale = fit.mean / math.gamma(1.0 + 1.0 / fit.shape)
        found = scale * (-np.log1p(-u)) ** (1.0 / fit.shape)
    elif fit.law == "lognormal":
        mu, normal = math.log(fit.mean) - fit.shape**2 / 2, NormalDist()
        inverse = np.vectorize(lambda p: normal.inv_cdf(max(p, 1e-300)))
        found = np.exp(mu + fit.shape * inverse(u))
    else:
        inverse = np.vectorize(lambda p: gamma_quantile(fit.shape, p))
        found = fit.mean / fit.shape * inverse(u)
    return np.asarray(found, np.float64)


def law_interval(
    sample: Lifetimes, fit: LawFit, *, level: float = 0.95
) -> tuple[Interval, Interval]:
    """Return intervals of the mean and of the coefficient of variation.

    The exponential mean has its chi-square interval, exact without censoring; with it
    the chi-square of a degree in between the two exact bounds of a Poisson count. Other
    laws have profile-likelihood intervals, whose threshold is that of Student's t: it
    is exact for the mean of a normal logarithm and tends to the usual chi-square.

    Parameters
    ----------
    sample : Lifetimes
        What was fitted.
    fit : LawFit
        Of that sample.
    level : float
        Confidence, in (0, 1).

    Returns
    -------
    tuple of Interval
        Of the mean and of the cv; that of the exponential cv is (1, 1).

    Raises
    ------
    OptionError
        If `level` is not in (0, 1).

    References
    ----------
    Meeker, Escobar (1998), Statistical Methods for Reliability Data, sections 7.4
    (exponential) and 8.2 (profile likelihood); Cox (1953), Biometrika 40, 354-360 (a
    degree of freedom in between).

    Examples
    --------
    >>> sample = Lifetimes.of([1.0, 2.0, 3.0, 6.0])
    >>> mean, _ = law_interval(sample, fit_law(sample, "exponential"))
    >>> round(mean.low, 2), round(mean.high, 2)  # 24 / chi-square of 8 degrees
    (1.37, 11.01)
    """
    if not 0.0 < level < 1.0:
        msg = f"level must be above 0 and below 1, was {level}"
        raise OptionError(msg)
    tail = (1.0 - level) / 2
    n = sample.n_observed
    if fit.law == "exponential":
        exposure = fit.mean * n
        degrees = n if sample.n_censored == 0 else n + 0.5
        low = exposure / gamma_quantile(degrees, 1.0 - tail)
        return Interval(low, exposure / gamma_quantile(degrees, tail)), Interval(1, 1)
    t = student_quantile(n - 1.0, 1.0 - tail)
    drop = 0.5 * n * math.log1p(t * t / (n - 1.0))
    code, sums = code_of(fit.law), sums_of(sample)
    at = (fit.mean, fit.shape, fit.log_likelihood)
    ends = [
        [kernel.profile_bound(code, at, side, drop, of_shape, sums) for side in (-1, 1)]
        for of_shape in (False, True)
    ]
    cvs = sorted(cv_of(fit.law, _bounded(shape)) for shape in ends[1])
    return Interval(*ends[0]), Interval(*cvs)


def _bounded(shape: float) -> float:
    # A bound that was not found: a law as good as constant, or without a mean.
    return min(max(shape, 1e-3), 1e6)

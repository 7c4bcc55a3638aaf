"""Laws of durations, lead times and quantities: a family, a mean and a cv.

Every law is stated by its mean and its coefficient of variation (cv, standard deviation
over mean), because that is what a planner can read off a report; the parameters of the
family follow. Drawing from a law is the business of `twin.simulate`.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LAW_NAMES = (
    "constant", "exponential", "lognormal", "gamma", "triangular", "uniform", "weibull",
)  # fmt: skip
"""Families with a formula; the position is the code in arrays.

A higher code `c` is the empirical law number `c - len(LAW_NAMES)` of the network.
"""

CONSTANT, EXPONENTIAL, LOGNORMAL, GAMMA, TRIANGULAR, UNIFORM, WEIBULL = range(
    len(LAW_NAMES)
)

# Largest cv that keeps a symmetric law on (0, 2 mean) from going below zero.
CV_MAX = {TRIANGULAR: 1 / math.sqrt(6), UNIFORM: 1 / math.sqrt(3)}

# Range of cv of a Weibull law: below, the gamma function has too few digits for its
# shape, above, a draw is next to nothing or beyond all time.
WEIBULL_CV = (1e-3, 100.0)
_INVERSE_SHAPE_MAX = 16.0  # its cv is 24,000


@dataclass(frozen=True, slots=True)
class EmpiricalLaws:
    """Observed laws as weighted factors of a mean, all laws end to end.

    Attributes
    ----------
    ids : tuple of str
        Names of the laws, sorted.
    start : ndarray of shape (n_laws + 1,), int32
        Law `k` has the factors `start[k]` to `start[k + 1]`.
    factor : ndarray of shape (n_factors,), float64
        Multiples of the mean, ascending within a law; their weighted mean is 1.
    weight : ndarray of shape (n_factors,), float64
        Probabilities; they sum to 1 within a law.
    """

    ids: tuple[str, ...]
    start: NDArray[np.int32]
    factor: NDArray[np.float64]
    weight: NDArray[np.float64]

    def cv(self, law: int) -> float:
        """Return the coefficient of variation of law number `law`."""
        span = slice(self.start[law], self.start[law + 1])
        variance = float(self.weight[span] @ (self.factor[span] - 1.0) ** 2)
        return math.sqrt(variance)


def lognormal_parameters(mean: float, cv: float) -> tuple[float, float]:
    """Return (mu, sigma) of the logarithm.

    Parameters
    ----------
    mean : float
        Mean of the law, > 0, in any unit.
    cv : float
        Coefficient of variation, >= 0.

    Returns
    -------
    tuple of float
        Mean and standard deviation of the natural logarithm.

    References
    ----------
    Johnson, Kotz, Balakrishnan (1994), Continuous Univariate Distributions 1, eq. 14.8.

    Examples
    --------
    >>> mu, sigma = lognormal_parameters(2.0, 0.5)
    >>> round(math.exp(mu + sigma * sigma / 2), 12)
    2.0
    """
    variance = math.log1p(cv * cv)
    return math.log(mean) - variance / 2, math.sqrt(variance)


def gamma_parameters(mean: float, cv: float) -> tuple[float, float]:
    """Return (shape, scale) of a gamma law.

    Parameters
    ----------
    mean : float
        Mean of the law, > 0, in any unit.
    cv : float
        Coefficient of variation, > 0.

    Returns
    -------
    tuple of float
        Shape (no unit) and scale (unit of the mean).

    Examples
    --------
    >>> gamma_parameters(3.0, 0.5)
    (4.0, 0.75)
    """
    shape = 1 / (cv * cv)
    return shape, mean / shape


def weibull_parameters(mean: float, cv: float) -> tuple[float, float]:
    """Return (shape, scale) of a Weibull law.

    Parameters
    ----------
    mean : float
        Mean of the law, > 0, in any unit.
    cv : float
        Coefficient of variation, in `WEIBULL_CV`.

    Returns
    -------
    tuple of float
        Shape (no unit; above 1 the hazard grows with age) and scale (unit of the mean).

    References
    ----------
    Johnson, Kotz, Balakrishnan (1994), Continuous Univariate Distributions 1, chapter
    21: with x = 1 / shape, mean = scale G(1 + x) and 1 + cv^2 = G(1 + 2x) / G(1 + x)^2,
    which grows with x; solved by bisection.

    Examples
    --------
    >>> shape, scale = weibull_parameters(10.0, 1.0)
    >>> round(shape, 12), round(scale, 9)
    (1.0, 10.0)
    """
    wanted = math.log1p(cv * cv)
    low, high = 0.0, _INVERSE_SHAPE_MAX
    while (middle := (low + high) / 2) not in {low, high}:
        spread = math.lgamma(1 + 2 * middle) - 2 * math.lgamma(1 + middle)
        low, high = (middle, high) if spread < wanted else (low, middle)
    return 1 / high, mean / math.exp(math.lgamma(1 + high))


def half_width(law: int, mean: float, cv: float) -> float:
    """Return half the support of a uniform or a symmetric triangular law.

    Parameters
    ----------
    law : int
        `UNIFORM` or `TRIANGULAR`.
    mean : float
        Mean of the law, >= 0, in any unit.
    cv : float
        Coefficient of variation, in [0, `CV_MAX[law]`].

    Returns
    -------
    float
        The support is mean - half_width to mean + half_width.

    Examples
    --------
    >>> round(half_width(UNIFORM, 6.0, CV_MAX[UNIFORM]), 9)
    6.0
    """
    return mean * cv * math.sqrt(3.0 if law == UNIFORM else 6.0)


def empirical_laws(
    names: list[str], factors: NDArray[np.float64], weights: NDArray[np.float64]
) -> EmpiricalLaws:
    """Gather the rows of observed laws.

    Parameters
    ----------
    names : list of str
        Law of each row; rows of one law stand together, laws sorted.
    factors, weights : ndarray of shape (n_rows,), float64
        Factor >= 0 and weight > 0 of each row.

    Returns
    -------
    EmpiricalLaws
        With weights scaled to sum 1 and factors scaled to mean 1.

    Examples
    --------
    >>> laws = empirical_laws(["late", "late"], np.array([1.0, 3.0]), np.ones(2))
    >>> laws.factor.tolist(), laws.cv(0)
    ([0.5, 1.5], 0.5)
    """
    ids = tuple(dict.fromkeys(names))
    counts = [names.count(law) for law in ids]
    start = np.array([0, *itertools.accumulate(counts)], np.int32)
    factors, weights = factors.copy(), weights.copy()
    for first, last in itertools.pairwise(start):
        span = slice(first, last)
        weights[span] /= weights[span].sum()
        factors[span] /= weights[span] @ factors[span]
    return EmpiricalLaws(ids=ids, start=start, factor=factors, weight=weights)

"""Quantiles of counts: how many of something, at a uniform number."""

import math

from streams._kernels.compiling import entry, inlined
from twin.model.tables import DEMAND_LAWS

_CONSTANT = DEMAND_LAWS.index("constant")
_NEGATIVE_BINOMIAL = DEMAND_LAWS.index("negative_binomial")
_TAIL = 1e-17  # probabilities below this share of the largest are left out of a sum


@inlined
def bernoulli_quantile(probability: float, u: float) -> float:
    """1 with this probability, else 0; the more the larger the probability."""
    return 1.0 if u < probability else 0.0


@entry
def _ratio(k: float, mean: float, dispersion: float) -> float:
    # p(k + 1) / p(k) of the negative binomial law; dispersion 0 is Poisson.
    if dispersion <= 0.0:
        return mean / (k + 1.0)
    r = 1.0 / dispersion
    return (k + r) / (k + 1.0) * mean / (mean + r)


@entry
def count_quantile(mean: float, dispersion: float, u: float) -> float:
    """Quantile of the negative binomial law of variance mean + dispersion mean^2.

    Probabilities are summed outwards from the mode, relative to it, so that nothing
    underflows; dispersion 0 is Poisson. Work grows with the standard deviation.

    References
    ----------
    Johnson, Kemp, Kotz (2005), Univariate Discrete Distributions, equation 5.9 (ratio
    of neighbouring probabilities).
    """
    if mean <= 0.0:
        return 0.0
    mode = math.floor(mean - dispersion * mean) if dispersion < 1.0 else 0.0
    mode = max(mode, 0.0)
    total = p = 1.0
    k = mode
    while p > _TAIL * total:
        p *= _ratio(k, mean, dispersion)
        k += 1.0
        total += p
    first, lowest, p = mode, 1.0, 1.0
    while first > 0.0:
        p /= _ratio(first - 1.0, mean, dispersion)
        if p < _TAIL * total:
            break
        first -= 1.0
        lowest = p
        total += p
    k, p, reached = first, lowest, lowest
    while reached < u * total and p > 0.0:
        p *= _ratio(k, mean, dispersion)
        if p < _TAIL * total and k > mode:
            break
        k += 1.0
        reached += p
    return k


@entry
def poisson_quantile(mean: float, u: float) -> float:
    """Quantile of the Poisson law."""
    return count_quantile(mean, 0.0, u)


@entry
def demand_quantile(law: int, mean: float, dispersion: float, u: float) -> float:
    """Quantile of a law of `tables.DEMAND_LAWS`, by its code."""
    if law == _CONSTANT:
        return mean
    return count_quantile(mean, dispersion if law == _NEGATIVE_BINOMIAL else 0.0, u)

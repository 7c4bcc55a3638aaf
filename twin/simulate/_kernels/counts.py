"""Quantiles of counts: how many of something, at a uniform number."""

import math

from streams._kernels.compiling import entry, inlined
from twin.model.tables import DEMAND_LAWS
from twin.simulate._kernels.elementary import exp, log1p
from twin.simulate._kernels.normal import normal_quantile

_CONSTANT = DEMAND_LAWS.index("constant")
_NEGATIVE_BINOMIAL = DEMAND_LAWS.index("negative_binomial")
_NORMAL = DEMAND_LAWS.index("normal")
_TAIL = 1e-17  # probabilities below this share of the largest are left out of a sum
_LOG_LEAST = -600.0  # of the probability of 0; numbers end at -745


@inlined
def bernoulli_quantile(probability: float, u: float) -> float:
    """1 with this probability, else 0; the more the larger the probability."""
    return 1.0 if u < probability else 0.0


@inlined
def _from_zero(a: float, b: float, p: float, u: float) -> float:
    # Probabilities from that of 0, `p`, upwards.
    k, reached = 0.0, p
    while reached < u:
        p *= (a * k + b) / (k + 1.0)
        k += 1.0
        reached += p
        if p < _TAIL * reached and a * k + b < k:
            break
    return k


@entry
def _from_mode(a: float, b: float, mode: float, u: float) -> float:
    # Probabilities outwards from the mode, relative to it, so that nothing underflows.
    total = p = 1.0
    k = mode
    while p > _TAIL * total:
        p *= (a * k + b) / (k + 1.0)
        k += 1.0
        total += p
    first, lowest, p = mode, 1.0, 1.0
    while first > 0.0:
        p *= first / (a * (first - 1.0) + b)
        if p < _TAIL * total:
            break
        first -= 1.0
        lowest = p
        total += p
    k, p, reached = first, lowest, lowest
    while reached < u * total and p > 0.0:
        p *= (a * k + b) / (k + 1.0)
        if p < _TAIL * total and k > mode:
            break
        k += 1.0
        reached += p
    return k


@entry
def count_quantile(mean: float, dispersion: float, u: float) -> float:
    """Quantile of the negative binomial law of variance mean + dispersion mean^2.

    Dispersion 0 is Poisson. Work grows with the mean, and where the probability of 0 is
    too small for a number, with the standard deviation.

    References
    ----------
    Johnson, Kemp, Kotz (2005), Univariate Discrete Distributions, equation 5.9: the
    probability of k + 1 over that of k is (a k + b) / (k + 1), with a and b as here.
    """
    if mean <= 0.0:
        return 0.0
    spread = 1.0 + dispersion * mean
    a, b = dispersion * mean / spread, mean / spread
    zero = -log1p(dispersion * mean) / dispersion if dispersion > 0.0 else -mean
    if zero > _LOG_LEAST:
        return _from_zero(a, b, exp(zero), u)
    mode = math.floor(mean - dispersion * mean) if dispersion < 1.0 else 0.0
    return _from_mode(a, b, max(mode, 0.0), u)


@entry
def poisson_quantile(mean: float, u: float) -> float:
    """Quantile of the Poisson law."""
    return count_quantile(mean, 0.0, u)


@entry
def demand_quantile(law: int, mean: float, dispersion: float, u: float) -> float:
    """Quantile of a law of `tables.DEMAND_LAWS`, by its code."""
    if law == _CONSTANT:
        return mean
    if law == _NORMAL:
        # What would be below nothing is nothing.
        return max(mean + math.sqrt(dispersion) * mean * normal_quantile(u), 0.0)
    return count_quantile(mean, dispersion if law == _NEGATIVE_BINOMIAL else 0.0, u)

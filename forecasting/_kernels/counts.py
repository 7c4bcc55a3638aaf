"""Quantiles of count distributions and of mixtures of them, by discrete inversion.

A count with mean m and variance v is negative binomial by the method of moments, or
Poisson where v <= m. The distribution function is summed term by term outwards from
the point asked for, so that it costs a few standard deviations of additions and no
special function but one `lgamma`.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Beyond this standard deviation (units of demand), and if the skewness is below
# SKEWNESS_SMALL, the normal with its skewness corrected replaces the sum: it is then
# right to a fraction of a unit. Twice as large doubles the cost of the slowest exact
# sum (about 0.5 us at 100), half as large gives errors of one unit in far tails.
EXACT_DEVIATION_MAX = 100.0
SKEWNESS_SMALL = 0.1
# A skewed count with a larger deviation is counted in lots, so that no sum has more
# than some tens of thousands of terms; a quantile is then right to 1/2,000 deviation.
LATTICE_DEVIATION_MAX = 2000.0
# Terms below this share of a probability of order one do not change it.
NEGLIGIBLE = 1e-17
# A family that weighs less cannot move a quantile of the mixture.
WEIGHT_NEGLIGIBLE = 1e-12
# Negative binomials with more successes than this are Poisson to the last digit, while
# the difference of their lgammas would be all rounding.
SUCCESSES_MAX = 1e9
# Standard scores beyond which a distribution function is 0 or 1 to the last digit.
SCORE_MAX = 10.0
# P(X > 0) <= m (Markov): a count with a smaller mean is zero.
MEAN_NEGLIGIBLE = 1e-12
# How many times v/m terms a sum of the upper tail takes, about: -log(NEGLIGIBLE).
UPPER_TERMS = 39.0
TERMS_MAX = 1_000_000  # a bound only; the longest sum there is takes some 100,000
MEAN_MIN = 1e-9  # of a candidate, so that none is ruled out for ever
ITERATIONS_MAX = 200


@njit(cache=True)
def log_density(count: float, mean: float, variance: float) -> float:
    """Return the log-likelihood of `count`, which need not be whole.

    References
    ----------
    Johnson, Kemp, Kotz (2005), Univariate Discrete Distributions, eq. 4.1 (Poisson)
    and 5.1 (negative binomial with r successes of probability p).
    """
    if mean <= 0.0:
        return 0.0 if count <= 0.0 else -np.inf
    if variance <= mean:
        return count * math.log(mean) - mean - math.lgamma(count + 1.0)
    p = mean / variance
    r = mean * p / (1.0 - p)
    if r > SUCCESSES_MAX:
        return count * math.log(mean) - mean - math.lgamma(count + 1.0)
    choose = math.lgamma(count + r) - math.lgamma(r) - math.lgamma(count + 1.0)
    return choose + r * math.log(p) + count * math.log1p(-p)


@njit(cache=True)
def _lower_tail(k: float, term: float, mean: float, variance: float) -> float:
    """Return P(X <= k) by summing down from `term` = P(X = k)."""
    if variance <= mean:
        r, fail = 0.0, 0.0
        scale = 1.0 / mean
    else:
        p = mean / variance
        fail = 1.0 - p
        r = mean * p / fail
        scale = 1.0
    total = term
    while k > 0.0 and term > NEGLIGIBLE * total:
        term *= k * scale if r == 0.0 else k / ((k - 1.0 + r) * fail)
        total += term
        k -= 1.0
    return min(total, 1.0)


@njit(cache=True)
def _upper_tail(k: float, term: float, mean: float, variance: float) -> float:
    """Return P(X > k) by summing up from `term` = P(X = k)."""
    if variance <= mean:
        r, fail = mean, 0.0
    else:
        p = mean / variance
        fail = 1.0 - p
        r = mean * p / fail
    total = 0.0
    for _ in range(TERMS_MAX):
        k += 1.0
        # Poisson: ratio m/k; negative binomial: (k-1+r)(1-p)/k.
        ratio = (r if fail == 0.0 else (k - 1.0 + r) * fail) / k
        term *= ratio
        total += term
        if ratio < 1.0 and term <= NEGLIGIBLE * (1.0 - ratio):
            break
    return min(total, 1.0)


@njit(cache=True)
def _corrected_normal(
    k: float, mean: float, deviation: float, skewness: float, kurtosis: float
) -> tuple[float, float]:
    """Return P(X <= k) and P(X = k) by the inverse Cornish-Fisher transform.

    References
    ----------
    Johnson, Kotz, Balakrishnan (1994), Continuous Univariate Distributions 1,
    sect. 12.5: the normalising transform u(z) to second order.
    """
    z = (k + 0.5 - mean) / deviation
    if z > SCORE_MAX:
        return 1.0, 0.0
    if z < -SCORE_MAX:
        return 0.0, 0.0
    u = z - skewness * (z * z - 1.0) / 6.0
    u += (skewness * skewness * (4.0 * z * z - 7.0) / 36.0) * z
    u -= kurtosis * (z * z - 3.0) * z / 24.0
    density = math.exp(-0.5 * u * u) / (math.sqrt(2.0 * math.pi) * deviation)
    return 0.5 * math.erfc(-u / math.sqrt(2.0)), density


@njit(cache=True)
def cumulative_and_density(
    k: float, mean: float, variance: float
) -> tuple[float, float]:
    """Return P(X <= k) and P(X = k) of the count with this mean and variance."""
    if k < 0.0:
        return 0.0, 0.0
    if mean <= MEAN_NEGLIGIBLE:
        return 1.0, 1.0 if k == 0.0 else 0.0
    v = max(variance, mean)
    deviation = math.sqrt(v)
    lot = 1.0
    if deviation > EXACT_DEVIATION_MAX:
        # Cumulants of both families, with the dispersion d = v/m = 1/p.
        d = v / mean
        skewness = (2.0 * d - 1.0) / deviation
        if skewness < SKEWNESS_SMALL:
            kurtosis = (6.0 * d * d - 6.0 * d + 1.0) / v
            return _corrected_normal(k, mean, deviation, skewness, kurtosis)
        lot = max(1.0, deviation / LATTICE_DEVIATION_MAX)
    k, mean, v = math.floor(k / lot), mean / lot, v / (lot * lot)
    term = math.exp(log_density(k, mean, v))
    # Above, terms fall by a factor 1 - m/v only: far fewer lie below, if k is small.
    if k < mean or k < UPPER_TERMS * v / mean:
        return _lower_tail(k, term, mean, v), term / lot
    return 1.0 - _upper_tail(k, term, mean, v), term / lot


@njit(cache=True)
def _mixed(
    k: float, weights: Floats, means: Floats, variances: Floats
) -> tuple[float, float]:
    """Return P(X <= k) and P(X = k) of the mixture."""
    cumulative, density = 0.0, 0.0
    for family in range(weights.size):
        if weights[family] > WEIGHT_NEGLIGIBLE:
            c, d = cumulative_and_density(k, means[family], variances[family])
            cumulative += weights[family] * c
            density += weights[family] * d
    return cumulative, density


@njit(cache=True)
def mixture_quantile(
    weights: Floats, means: Floats, variances: Floats, quantile: float, guess: float
) -> float:
    """Return the smallest whole number whose cumulative probability is >= `quantile`.

    Newton steps on the distribution function, kept inside a bracket of whole numbers
    and replaced by bisection where they leave it; the end is exact because
    P(X <= k-1) = P(X <= k) - P(X = k) is known at each point tried.
    """
    spread = 1.0
    for family in range(weights.size):
        spread = max(spread, math.sqrt(max(variances[family], means[family], 0.0)))
    low, high = -1.0, np.inf  # P(X <= low) < quantile <= P(X <= high)
    k = max(0.0, math.floor(guess))
    for _ in range(ITERATIONS_MAX):
        cumulative, density = _mixed(k, weights, means, variances)
        if cumulative >= quantile:
            high = k
            if cumulative - density < quantile or k == 0.0:
                return k
        else:
            low = k
        if high - low <= 1.0:
            return high
        step = 4.0 * spread
        if density > 0.0:
            step = min(abs(quantile - cumulative) / density, step)
        step = max(1.0, math.floor(step))
        k = k + step if cumulative < quantile else k - step
        if not low < k < high:
            k = math.floor(0.5 * (low + high))
    return high if high < np.inf else k


@njit(cache=True)
def mixture_quantile_path(
    weights: Floats, means: Floats, variances: Floats, quantile: float, score: float
) -> Floats:
    """Return the demand path whose running sum is the quantile of running demand.

    `means` and `variances` have shape (n_families, horizon) and are cumulative;
    `score` is the standard normal quantile, which starts the search. The running
    quantile is kept from falling, so the path has no negative step.
    """
    n_families, horizon = means.shape
    path = np.empty(horizon)
    previous, centre = 0.0, 0.0
    for h in range(horizon):
        mean, spread = 0.0, 0.0
        for family in range(n_families):
            mean += weights[family] * means[family, h]
            v = max(variances[family, h], means[family, h], 0.0)
            spread += weights[family] * math.sqrt(v)
        # One more step of demand, and the fan a little wider.
        guess = mean + score * spread if h == 0 else previous + mean - centre
        k = mixture_quantile(weights, means[:, h], variances[:, h], quantile, guess)
        k = max(k, previous)
        path[h] = k - previous
        previous, centre = k, mean
    return path


@njit(cache=True)
def count_quantiles(
    means: Floats, variances: Floats, quantiles: Floats, scores: Floats
) -> Floats:
    """Return quantiles (n, n_quantiles) of n counts with these means and variances."""
    n = means.size
    found = np.empty((n, quantiles.size))
    weight = np.ones(1)
    for i in range(n):
        deviation = math.sqrt(max(variances[i], means[i], 0.0))
        for j in range(quantiles.size):
            found[i, j] = mixture_quantile(
                weight,
                means[i : i + 1],
                variances[i : i + 1],
                quantiles[j],
                means[i] + scores[j] * deviation,
            )
    return found


@njit(cache=True)
def log_likelihoods(history: Floats, means: Floats, dispersion: float) -> Floats:
    """Return the log-likelihood (n_families) of `history` (n) under `means` (k, n)."""
    n_families, n = means.shape
    total = np.zeros(n_families)
    for family in range(n_families):
        for t in range(n):
            mean = max(means[family, t], MEAN_MIN)
            total[family] += log_density(history[t], mean, mean * dispersion)
    return total

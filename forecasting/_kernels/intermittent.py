"""Filters of sporadic demand and weighted quantiles of its sums, one call a panel.

Symbols: y demand of a step, z smoothed size of a demand, p smoothed steps between two
demands, pi smoothed probability of a demand, alpha and beta gains.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting._kernels.counts import log_density, mixture_quantile

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# First values that start a level and its error variance.
N_START = 8
# A level of zero rules out any demand for ever; below this the count is as good as 0.
LEVEL_MIN = 1e-3
# Weights fall short of their sum by rounding only.
ROUNDING = 1e-12


@njit(cache=True)
def filter_croston(
    values: Floats, offsets: Integers, gain: float, interval_gain: float
) -> Floats:
    """Return size, interval and variance of sizes of each series (n_series, 3).

    Size and interval are smoothed at each demand, from the first one on; a series
    without demand has size 0, interval infinity and variance 0.

    References
    ----------
    Croston (1972), Operational Research Quarterly 23(3), 289-303.
    """
    n = offsets.size - 1
    found = np.zeros((n, 3))
    for i in range(n):
        size, interval, apart = 0.0, np.inf, 1.0
        count, mean, squares = 0, 0.0, 0.0
        for y in values[offsets[i] : offsets[i + 1]]:
            if y <= 0.0:
                apart += 1.0
                continue
            if count == 0:
                size, interval = y, apart
            else:
                size += gain * (y - size)
                interval += interval_gain * (apart - interval)
            apart = 1.0
            count += 1
            difference = y - mean
            mean += difference / count
            squares += difference * (y - mean)
        found[i, 0], found[i, 1] = size, interval
        found[i, 2] = squares / max(1, count - 1)
    return found


@njit(cache=True)
def filter_tsb(
    values: Floats, offsets: Integers, gain: float, probability_gain: float
) -> Floats:
    """Return size, probability and variance of sizes of each series (n_series, 3).

    Both begin at their means over the series; the probability is smoothed at each
    step, so that it falls while nothing is asked for.

    References
    ----------
    Teunter, Syntetos, Babai (2011), European Journal of Operational Research 214(3),
    eq. 1.
    """
    n = offsets.size - 1
    found = np.zeros((n, 3))
    for i in range(n):
        series = values[offsets[i] : offsets[i + 1]]
        count, mean, squares = 0, 0.0, 0.0
        for y in series:
            if y > 0.0:
                count += 1
                difference = y - mean
                mean += difference / count
                squares += difference * (y - mean)
        if count == 0:
            continue
        size, probability = mean, count / series.size
        for y in series:
            if y > 0.0:
                size += gain * (y - size)
                probability += probability_gain * (1.0 - probability)
            else:
                probability -= probability_gain * probability
        found[i, 0], found[i, 1] = size, probability
        found[i, 2] = squares / max(1, count - 1)
    return found


@njit(cache=True, nogil=True)
def filter_levels(
    values: Floats, offsets: Integers, gains: Floats, variance_gain: float, kept: float
) -> tuple[Floats, Floats, Floats]:
    """Return levels, error variances and weights of each gain (n_series, n_gains).

    A weight is the likelihood that the gain gave the series, step by step as a
    negative binomial count, where evidence loses the share 1 - `kept` each step.

    References
    ----------
    Raftery, Karny, Ettler (2010), Technometrics 52(1), eq. 5 and 8: model probabilities
    with forgetting.
    """
    n, k = offsets.size - 1, gains.size
    levels, variances = np.empty((n, k)), np.empty((n, k))
    weights = np.empty((n, k))
    evidence = np.empty(k)
    for i in range(n):
        series = values[offsets[i] : offsets[i + 1]]
        start = min(N_START, series.size)
        mean = series[:start].mean()
        variance = ((series[:start] - mean) ** 2).mean() if start > 1 else mean
        levels[i], variances[i] = mean, variance
        evidence[:] = 0.0
        for t in range(start, series.size):
            for j in range(k):
                level = max(levels[i, j], LEVEL_MIN)
                spread = max(variances[i, j], level)
                evidence[j] *= kept
                evidence[j] += log_density(series[t], level, spread)
                error = series[t] - levels[i, j]
                levels[i, j] += gains[j] * error
                variances[i, j] += variance_gain * (error * error - variances[i, j])
        top = evidence.max()
        for j in range(k):
            weights[i, j] = math.exp(evidence[j] - top)
        weights[i] /= weights[i].sum()
    return levels, variances, weights


@njit(cache=True, nogil=True)
def mixed_quantiles(
    weights: Floats, means: Floats, variances: Floats, quantiles: Floats, scores: Floats
) -> Floats:
    """Return quantiles (n, n_quantiles) of n mixtures of counts (n, n_components)."""
    n = weights.shape[0]
    found = np.empty((n, quantiles.size))
    for i in range(n):
        mean, spread = 0.0, 0.0
        for j in range(weights.shape[1]):
            mean += weights[i, j] * means[i, j]
            deviation = math.sqrt(max(variances[i, j], means[i, j], 0.0))
            spread += weights[i, j] * deviation
        for q in range(quantiles.size):
            guess = mean + scores[q] * spread
            found[i, q] = mixture_quantile(
                weights[i], means[i], variances[i], quantiles[q], guess
            )
    return found


@njit(cache=True)
def _sums(series: Floats, width: int) -> Floats:
    """Return overlapping sums, oldest first; a short series gives one, scaled up."""
    used = min(width, series.size)
    sums = np.empty(series.size - used + 1)
    for start in range(sums.size):
        # Summed afresh: a running sum would leave rounding in place of zero.
        sums[start] = series[start : start + used].sum() * (width / used)
    return sums


@njit(cache=True)
def _weighted_quantiles(
    sums: Floats, order: Integers, powers: Floats, n: int, quantiles: Floats
) -> Floats:
    """Return quantiles of the first `n` sums, weighted by `powers` of their age."""
    total = 0.0
    for age in range(n):
        total += powers[age]
    found = np.empty(quantiles.size)
    done, q, last = 0.0, 0, 0.0
    for index in order:
        if index >= n:
            continue
        last = sums[index]
        done += powers[n - 1 - index]
        while q < quantiles.size and done >= (quantiles[q] - ROUNDING) * total:
            found[q] = last
            q += 1
    found[q:] = last
    return found


@njit(cache=True)
def _powers(decay: float, n: int) -> Floats:
    powers = np.ones(n)
    for age in range(1, n):
        powers[age] = powers[age - 1] * decay
    return powers


@njit(cache=True, nogil=True)
def decayed_sum_quantiles(
    values: Floats, offsets: Integers, width: int, decays: Floats, quantiles: Floats
) -> Floats:
    """Return quantiles of overlapping sums with weights decay**age (n, n_quantiles).

    A quantile is the smallest sum that at least that share of the weight does not
    exceed. `decays` has one for each series; `quantiles` ascend.
    """
    n = offsets.size - 1
    found = np.empty((n, quantiles.size))
    for i in range(n):
        sums = _sums(values[offsets[i] : offsets[i + 1]], width)
        powers = _powers(decays[i], sums.size)
        found[i] = _weighted_quantiles(
            sums, np.argsort(sums), powers, sums.size, quantiles
        )
    return found


@njit(cache=True, nogil=True)
def decayed_losses(
    values: Floats,
    offsets: Integers,
    width: int,
    decays: Floats,
    quantiles: Floats,
    n_origins: int,
) -> Floats:
    """Return each series' pinball loss with each decay (n_series, n_decays).

    The last `n_origins` sums are predicted, each from the sums that had ended before
    it began. The loss is summed over quantiles and origins.
    """
    n = offsets.size - 1
    losses = np.zeros((n, decays.size))
    for i in range(n):
        sums = _sums(values[offsets[i] : offsets[i + 1]], width)
        order = np.argsort(sums)
        for d in range(decays.size):
            powers = _powers(decays[d], sums.size)
            for t in range(max(width, sums.size - n_origins), sums.size):
                known = t - width + 1
                found = _weighted_quantiles(sums, order, powers, known, quantiles)
                for q in range(quantiles.size):
                    error = sums[t] - found[q]
                    losses[i, d] += max(
                        quantiles[q] * error, (quantiles[q] - 1.0) * error
                    )
    return losses

"""Means and variances of forecasts by exponential smoothing, averaged over models.

An error of step j moves step i >= j by s_i c_{i-j}, with c_0 = 1,
c_k = alpha + beta (phi + ... + phi^k) + gamma [m divides k], and s_i the season where
it is multiplicative, else 1. With additive errors their variance is the same in every
step; with multiplicative ones that of step j is proportional to the second moment
theta_j of what is expected there::

    theta_h = mu_h^2 + s2 sum_k c_k^2 theta_{h-k}

This is exact but for multiplicative seasons, whose product with the error of a season
before is left out.

References
----------
Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing, sect. 6.2
to 6.4 and 6.6, table 6.1.
Burnham, Anderson (2002), Model Selection and Multimodel Inference, equation 4.7, for
the variance of an average.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting._kernels.decomposition import ADDITIVE, MULTIPLICATIVE, NO_SEASON
from forecasting._kernels.ets_fit import (
    BLOCK_RELATIVE,
    BLOCK_SEASON,
    N_MODELS,
    N_SEASONAL,
    N_TRENDS,
    Fits,
)

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True, error_model="numpy")
def model_moments(
    numbers: Floats, season: Floats, block: int, paths: Floats, work: Floats
) -> None:
    """Write mean, variance and variance of the sum, of one model of one series.

    `numbers` as in `Fits`; `season` its phases; `paths` (3, horizon); `work` (4,
    horizon) is scratch.
    """
    alpha, beta, gamma, phi = numbers[1], numbers[2], numbers[3], numbers[4]
    level, trend, variance = numbers[5], numbers[6], numbers[7]
    kind, is_relative = BLOCK_SEASON[block], BLOCK_RELATIVE[block]
    m, horizon = season.size, paths.shape[1]
    weights, factors, thetas, reached = work[0], work[1], work[2], work[3]
    damping, power = 0.0, 1.0
    for h in range(horizon):
        weights[h] = 1.0 if h == 0 else alpha + beta * damping
        if h > 0 and kind != NO_SEASON and h % m == 0:
            weights[h] += gamma
        power *= phi
        damping += power
        mean = level + trend * damping
        if kind == ADDITIVE:
            mean += season[h % m]
        factors[h] = season[h % m] if kind == MULTIPLICATIVE else 1.0
        paths[0, h] = mean * factors[h]
        theta = mean * mean if is_relative else 1.0
        if is_relative:
            for j in range(h):
                theta += variance * weights[h - j] ** 2 * thetas[j]
        thetas[h] = theta
        reached[h] = 0.0
        step, total = 0.0, 0.0
        for j in range(h + 1):
            moved = factors[h] * weights[h - j]
            reached[j] += moved
            step += thetas[j] * moved * moved
            total += thetas[j] * reached[j] * reached[j]
        paths[1, h] = variance * step
        paths[2, h] = variance * total


@njit(cache=True, nogil=True, error_model="numpy")
def average_moments(
    weights: Floats, fits: Fits, first: int, end: int, found: Floats
) -> None:
    """Fill rows `first` to `end` of `found` (3, n_series, horizon) with the moments.

    The variance of an average is that of the models, and of the models about it.
    """
    horizon = found.shape[2]
    paths, work = np.zeros((N_MODELS, 3, horizon)), np.zeros((4, horizon))
    for i in range(first, end):
        for h in range(horizon):
            found[0, i, h], found[1, i, h], found[2, i, h] = 0.0, 0.0, 0.0
        for model in range(N_MODELS):
            weight = weights[i, model]
            if weight == 0.0:
                continue
            slot = max(model - (N_MODELS - N_SEASONAL), 0)
            model_moments(
                fits.numbers[:, i, model], fits.season[i, slot],
                model // N_TRENDS, paths[model], work,
            )  # fmt: skip
            for h in range(horizon):
                for k in range(3):
                    found[k, i, h] += weight * paths[model, k, h]
        for model in range(N_MODELS):
            weight = weights[i, model]
            if weight == 0.0:
                continue
            total = 0.0
            for h in range(horizon):
                distance = paths[model, 0, h] - found[0, i, h]
                total += distance
                found[1, i, h] += weight * distance * distance
                found[2, i, h] += weight * total * total

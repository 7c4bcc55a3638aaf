"""Filters of exponential smoothing, sixteen parameter vectors of one series at once.

Additive and multiplicative errors share one recursion (equation 2.3 of the source): the
level moves by alpha, the growth by beta and the season by gamma times the error
e = x - q, where q = l + phi b expects x, the value without its season::

    l <- q + alpha e,    b <- phi b + beta e,    s <- s + gamma e

where a multiplicative season moves to s (1 + gamma e / q).

Only the likelihood tells them apart: it sees e, or e over the expected value. With
g = phi b the expectation is left out of the chain, q = x - e, which halves the time
until the next error is known::

    e' = (x' - x) + (1 - alpha - phi beta) e - phi g,    g' = phi g + phi beta e

Only the product of level and multiplicative season is ever seen. Both factors are moved
by the same relative errors, whose logarithms lean down by half their variance v, so
that where the gains differ the season drifts off by

    gamma v / 2 m alpha (alpha - gamma) / (gamma + m alpha)

a season, in logarithms, and the level the other way: without bound. So the mean of the
season is moved into the level from time to time, which changes no expectation.

A filter takes a workspace of rows of sixteen numbers: parameters and first states in,
the sums that make up the likelihood and the last states out. Values are expected to be
scaled to a mean size of 1.

References
----------
Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing, tables 2.1
and 2.2, equation 5.3 (likelihood), sect. 8.1 (normalised seasons).
"""

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting._kernels.decomposition import ADDITIVE, MULTIPLICATIVE, NO_SEASON
from forecasting._kernels.lanes import (
    N_LANES,
    exponent,
    fill,
    larger,
    load,
    mantissa,
    reciprocal,
    store,
)

Floats = NDArray[np.float64]

# Rows of the workspace, as positions of their first number.
ALPHA, BETA, GAMMA, PHI, LEVEL, TREND, SQUARES, LOGS, COST = (
    N_LANES * row for row in range(9)
)
PLACES = 9 * N_LANES  # of the candidates in the unit box: four rows
SEASON = 13 * N_LANES  # a row a phase; of multiplicative ones a second: the reciprocal
N_ROWS = 13  # without the season

# Expected values below this count as this: a candidate that gets there is not chosen,
# since its relative errors are huge.
EXPECTED_MIN = 1e-8
# Between two normalisations, which takes less than one step in each. A season drifts by
# a factor of e at most meanwhile, for errors half the size of the values.
_N_SEASONS = 16
# A product of so many expected values neither over- nor underflows.
_N_FACTORS = 8
_LOG_2 = math.log(2.0)
_ROOT_2 = math.sqrt(2.0)


@njit(cache=True, error_model="numpy")
def logarithm(x: Any) -> Any:  # noqa: ANN401
    """Natural logarithm of positive normal numbers, lane by lane.

    References
    ----------
    Abramowitz, Stegun (1964), equation 4.1.27: the series of the area hyperbolic
    tangent, here with |s| <= 0.172 and nine terms, 16 digits.
    """
    # Halved twice about 1: a mantissa of 1 to 2 becomes 0.707 to 1.414.
    m = mantissa(x) * (1.0 / _ROOT_2)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    total = fill(1.0 / 19.0)
    for odd in range(17, 0, -2):
        total = total * z + 1.0 / odd
    return (exponent(x) + 0.5) * _LOG_2 + 2.0 * s * total


@njit(cache=True, nogil=True, error_model="numpy")
def normalise(w: Floats, m: int) -> Any:  # noqa: ANN401
    """Divide the multiplicative season by its mean, and return the mean."""
    total = fill(0.0)
    for i in range(m):
        total = total + load(w, SEASON + i * N_LANES)
    mean = total * (1.0 / m)
    inverse = reciprocal(mean)
    for i in range(m):
        at = SEASON + i * N_LANES
        store(w, at, load(w, at) * inverse)
        at += m * N_LANES
        store(w, at, load(w, at) * mean)
    return mean


@njit(cache=True, nogil=True, error_model="numpy")
def run(y: Floats, m: int, season: int, is_relative: bool, w: Floats) -> None:
    """Filter `y` once with the sixteen parameter vectors of the workspace.

    `season` is NO_SEASON, ADDITIVE or MULTIPLICATIVE, of `m` phases; `is_relative` asks
    for the sums of a multiplicative error. One kernel for all, whose branches go the
    same way in every step, compiles in a third of the time of five.

    A multiplicative season s and its reciprocal both move by q' / q, q' = q + gamma e;
    one division gives both ways: r = 1 / (q q').
    """
    damping, gamma = load(w, PHI), load(w, GAMMA)
    pull = damping * load(w, BETA)
    kept = 1.0 - load(w, ALPHA) - pull
    growth = damping * load(w, TREND)
    error, x, old = fill(0.0), load(w, LEVEL), fill(1.0)
    squares, powers, product = fill(0.0), fill(0.0), fill(1.0)
    inverses = m * N_LANES
    at, last = SEASON, SEASON + inverses
    left = _N_SEASONS * m if season == MULTIPLICATIVE else y.size + 1
    for t in range(y.size):
        before = x
        if season == NO_SEASON:
            x = fill(y[t])
        elif season == ADDITIVE:
            old = load(w, at)
            x = y[t] - old
        else:
            old = load(w, at)
            inverse = load(w, at + inverses)
            x = y[t] * inverse
        if t == 0:
            # There is no error yet: the level expects itself.
            error = (x - before) - growth
        else:
            carried = damping * growth
            growth = carried + pull * error
            error = ((x - before) - carried) + kept * error
        if season == ADDITIVE:
            store(w, at, old + gamma * error)
        if is_relative:
            if season == MULTIPLICATIVE:
                expected = larger(x - error, EXPECTED_MIN)
                # A level that falls to 0 is no fit.
                squares = squares + (expected - (x - error)) / EXPECTED_MIN
                moved = larger(expected + gamma * error, EXPECTED_MIN)
                r = reciprocal(expected * moved)
                relative = error * moved * r
                store(w, at, old * (moved * moved * r))
                store(w, at + inverses, inverse * (expected * expected * r))
                product = product * (expected * old)
            else:
                expected = larger(y[t] - error, EXPECTED_MIN)
                relative = error * reciprocal(expected)
                product = product * expected
            squares = squares + relative * relative
            if t % _N_FACTORS == _N_FACTORS - 1:
                powers = powers + exponent(product)
                product = mantissa(product)
        else:
            squares = squares + error * error
        at = at + N_LANES if at + N_LANES < last else SEASON
        left -= 1
        if left == 0:
            left = _N_SEASONS * m
            mean = normalise(w, m)
            x, error, growth = x * mean, error * mean, growth * mean
    store(w, SQUARES, squares)
    store(w, LOGS, powers * _LOG_2 + logarithm(product))
    store(w, LEVEL, x - (1.0 - load(w, ALPHA)) * error)
    store(w, TREND, growth + load(w, BETA) * error)

"""Counter-based random numbers, and the laws of a network at such a number.

A draw is a pure function of (seed, stream, entity, n): there is no state to keep, and a
draw does not depend on what else was drawn before it. Every variate takes one uniform
number, by inversion, so that branches of a simulation stay paired.

A law is prepared once (`law_parameters`) and drawn from often (`prepared_quantile`).
"""

import math

import numpy as np
from numba import njit

from streams._kernels.compiling import entry, inlined
from twin.model.laws import (
    CONSTANT,
    EXPONENTIAL,
    GAMMA,
    LAW_NAMES,
    LOGNORMAL,
    TRIANGULAR,
    UNIFORM,
    WEIBULL,
)
from twin.simulate._kernels.counts import count_quantile, demand_quantile
from twin.simulate._kernels.elementary import exp, lgamma, log, log1p
from twin.simulate._kernels.gamma import gamma_quantile
from twin.simulate._kernels.normal import normal_quantile

__all__ = [
    "count_draws",
    "count_quantile",
    "cumulative_weights",
    "drawn",
    "empirical_quantile",
    "formula_draw",
    "formula_quantile",
    "law_parameters",
    "philox4x32",
    "prepared_quantile",
    "u01",
]

_MASK = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_N_ROUNDS = 10

_N_FORMULAS = len(LAW_NAMES)
_MEDIAN = 0.5
_N_HALVINGS = 200  # more than numbers between two of them take


@inlined
def philox4x32(
    counter: tuple[int, int, int, int], key: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Philox4x32-10: four words of 32 bits from a counter and a key.

    References
    ----------
    Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3,
    section 3.3.
    """
    c0, c1 = np.uint64(counter[0]), np.uint64(counter[1])
    c2, c3 = np.uint64(counter[2]), np.uint64(counter[3])
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    for _ in range(_N_ROUNDS):
        p0 = _MULTIPLIER_0 * c0
        p1 = _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            (p1 >> _WORD) ^ c1 ^ k0,
            p1 & _MASK,
            (p0 >> _WORD) ^ c3 ^ k1,
            p0 & _MASK,
        )
        k0 = (k0 + _WEYL_0) & _MASK
        k1 = (k1 + _WEYL_1) & _MASK
    return c0, c1, c2, c3


@inlined
def u01(seed: int, stream: int, entity: int, n: int) -> float:
    """Uniform number in (0, 1), of 52 bits: never 0, never 1.

    `seed` and `n` count with 64 bits, `stream` and `entity` with 32.
    """
    key, count = np.uint64(seed), np.uint64(n)
    c0, c1, _, _ = philox4x32(
        (
            count & _MASK,
            count >> _WORD,
            np.uint64(entity) & _MASK,
            np.uint64(stream) & _MASK,
        ),
        (key & _MASK, key >> _WORD),
    )
    # 52 bits fit in a signed integer, which processors convert faster.
    bits = np.int64(((c0 << _WORD) | c1) >> np.uint64(12))
    return (np.float64(bits) + 0.5) * 2.0**-52


@entry
def _weibull_inverse_shape(cv: float) -> float:
    # The q = 1 / shape with Gamma(1 + 2q) / Gamma(1 + q)^2 = 1 + cv^2, by halving.
    wanted = log1p(cv * cv)
    low, high = 0.0, 1.0
    while lgamma(1.0 + 2.0 * high) - 2.0 * lgamma(1.0 + high) < wanted:
        low, high = high, 2.0 * high
    for _ in range(_N_HALVINGS):
        q = 0.5 * (low + high)
        if not low < q < high:
            break
        if lgamma(1.0 + 2.0 * q) - 2.0 * lgamma(1.0 + q) < wanted:
            low = q
        else:
            high = q
    return high


@entry
def law_parameters(law: int, cv: float) -> tuple[float, float]:
    """Prepare a law: the two numbers that its quantile takes besides the mean.

    Exponential, constant and observed laws need none. Lognormal: sigma and -sigma^2/2
    of the logarithm of a law of mean 1. Gamma: shape and log Gamma(shape + 1), or zeros
    for none. Triangular and uniform: half width over mean. Weibull: 1 / shape, and the
    scale of a law of mean 1.

    References
    ----------
    Johnson, Kotz, Balakrishnan (1994), Continuous Univariate Distributions 1, equations
    14.8 (lognormal), 17.7 (gamma), 21.15 and 21.17 (Weibull); 2, sections 26.2 and 26.9
    (uniform, triangular).
    """
    if law == LOGNORMAL:
        variance = log1p(cv * cv)
        return math.sqrt(variance), -0.5 * variance
    if law == GAMMA:
        if cv <= 0.0:
            return 0.0, 0.0
        shape = 1.0 / (cv * cv)
        return shape, lgamma(shape + 1.0)
    if law == TRIANGULAR:
        return cv * math.sqrt(6.0), 0.0
    if law == UNIFORM:
        return cv * math.sqrt(3.0), 0.0
    if law == WEIBULL:
        if cv <= 0.0:
            return 0.0, 1.0
        inverse_shape = _weibull_inverse_shape(cv)
        return inverse_shape, exp(-lgamma(1.0 + inverse_shape))
    return 0.0, 0.0


@entry
def _rarer_quantile(law: int, mean: float, p0: float, p1: float, u: float) -> float:
    # Laws besides the exponential and the constant one, apart to keep callers small.
    if law == LOGNORMAL:
        return mean * exp(p0 * normal_quantile(u) + p1)
    if law == WEIBULL:
        return mean * p1 * exp(p0 * log(-log(u)))
    if law == GAMMA:
        return mean / p0 * gamma_quantile(p0, p1, u) if p0 > 0.0 else mean
    if law == UNIFORM:
        return mean + mean * p0 * (2.0 * u - 1.0)
    assert law == TRIANGULAR
    if u < _MEDIAN:
        return mean + mean * p0 * (math.sqrt(2.0 * u) - 1.0)
    return mean + mean * p0 * (1.0 - math.sqrt(2.0 * (1.0 - u)))


@inlined
def formula_quantile(law: int, mean: float, p0: float, p1: float, u: float) -> float:
    """Quantile of a prepared law of `twin.model.laws` that has a formula.

    Exponential and Weibull laws fall with `u`, the others rise.

    References
    ----------
    Inverse distribution functions: Johnson, Kotz, Balakrishnan (1994), Continuous
    Univariate Distributions 1 and 2.
    """
    if law == EXPONENTIAL:
        return -mean * log(u)
    if law == CONSTANT:
        return mean
    return _rarer_quantile(law, mean, p0, p1, u)


@njit(cache=True)
def cumulative_weights(start: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Running sums of the weights of each observed law; `start` as in `EmpiricalLaws`.

    The last one of a law is 1, whatever rounding left.
    """
    cumulative = np.empty(len(weight))
    for law in range(len(start) - 1):
        total = 0.0
        for k in range(start[law], start[law + 1]):
            total += weight[k]
            cumulative[k] = total
        if start[law] < start[law + 1]:
            cumulative[start[law + 1] - 1] = 1.0
    return cumulative


@inlined
def empirical_quantile(
    factor: np.ndarray, cumulative: np.ndarray, start: int, stop: int, u: float
) -> float:
    """Smallest of the ascending factors whose cumulative weight reaches `u`."""
    low, high = start, stop - 1
    while low < high:
        middle = (low + high) >> 1
        if cumulative[middle] < u:
            low = middle + 1
        else:
            high = middle
    return factor[low]


@inlined
def prepared_quantile(
    law: int,
    mean: float,
    p0: float,
    p1: float,
    start: np.ndarray,
    factor: np.ndarray,
    cumulative: np.ndarray,
    u: float,
) -> float:
    """Quantile of any prepared law; an observed one scales its factors.

    `cumulative` are `cumulative_weights`. This is what both engines draw with.
    """
    if law < _N_FORMULAS:
        return formula_quantile(law, mean, p0, p1, u)
    k = law - _N_FORMULAS
    return mean * empirical_quantile(factor, cumulative, start[k], start[k + 1], u)


@inlined
def drawn(
    seed: int,
    stream: int,
    entity: int,
    n: int,
    law: int,
    mean: float,
    p0: float,
    p1: float,
    start: np.ndarray,
    factor: np.ndarray,
    cumulative: np.ndarray,
) -> float:
    """`prepared_quantile` at `u01`; a constant law draws nothing."""
    if law == CONSTANT:
        return mean
    u = u01(seed, stream, entity, n)
    return prepared_quantile(law, mean, p0, p1, start, factor, cumulative, u)


@entry
def formula_draw(
    seed: int, stream: int, entity: int, n: int,
    law: int, mean: float, p0: float, p1: float,
) -> float:  # fmt: skip
    """`drawn` for a law with a formula: quicker to call from Python, without arrays."""
    return formula_quantile(law, mean, p0, p1, u01(seed, stream, entity, n))


@njit(cache=True)
def count_draws(
    seed: int,
    stream: int,
    n: int,
    law: np.ndarray,
    mean: np.ndarray,
    dispersion: np.ndarray,
) -> np.ndarray:
    """Draw number `n` of every entity; `law` is a code of `tables.DEMAND_LAWS`."""
    counts = np.empty(len(mean))
    for entity in range(len(mean)):
        u = u01(seed, stream, entity, n)
        counts[entity] = demand_quantile(
            law[entity], mean[entity], dispersion[entity], u
        )
    return counts

"""Counter-based random numbers and quantile functions, one number at a time.

A draw is a pure function of (seed, stream, entity, n): there is no state to keep, and a
draw does not depend on what else was drawn before it. Every variate takes one uniform
number, by inversion, so that branches of a simulation stay paired.
"""

import math

import numpy as np
from numba import njit

from twin.model.laws import (
    CONSTANT,
    EXPONENTIAL,
    GAMMA,
    LAW_NAMES,
    LOGNORMAL,
    TRIANGULAR,
    UNIFORM,
)
from twin.model.tables import DEMAND_LAWS

_MASK = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_N_ROUNDS = 10

_N_FORMULAS = len(LAW_NAMES)
_CENTRE = 0.425  # AS 241 has one approximation for |u - 1/2| up to here,
_FAR = 5.0  # and two for the tails, parted at this sqrt(-log(tail))
_MEDIAN = 0.5
_PRECISE = 1e-16  # relative change at which a continued fraction has settled
_DEMAND_CONSTANT = DEMAND_LAWS.index("constant")
_NEGATIVE_BINOMIAL = DEMAND_LAWS.index("negative_binomial")
_TAIL = 1e-17  # probabilities below this share of the largest are left out of a sum
_N_STEPS_MAX = 200  # of series and Newton's method; both end after some dozens


@njit(cache=True)
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
            ((p1 >> _WORD) ^ c1 ^ k0) & _MASK,
            p1 & _MASK,
            ((p0 >> _WORD) ^ c3 ^ k1) & _MASK,
            p0 & _MASK,
        )
        k0 = (k0 + _WEYL_0) & _MASK
        k1 = (k1 + _WEYL_1) & _MASK
    return c0, c1, c2, c3


@njit(cache=True)
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
    bits = ((c0 << _WORD) | c1) >> np.uint64(12)
    return (np.float64(bits) + 0.5) * 2.0**-52


@njit(cache=True)
def normal_quantile(u: float) -> float:
    """Quantile of the standard normal law, to about 16 digits.

    References
    ----------
    Wichura (1988), Algorithm AS 241, routine PPND16.
    """
    q = u - 0.5
    if abs(q) <= _CENTRE:
        r = 0.180625 - q * q
        numerator = (((((((2.5090809287301226727e3 * r
            + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
            + 4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r
            + 1.9715909503065514427e3) * r + 1.3314166789178437745e2) * r
            + 3.3871328727963666080e0)  # fmt: skip
        denominator = (((((((5.2264952788528545610e3 * r
            + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
            + 2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r
            + 6.8718700749205790830e2) * r + 4.2313330701600911252e1) * r
            + 1.0)  # fmt: skip
        return q * numerator / denominator
    r = math.sqrt(-math.log(min(u, 1.0 - u)))
    if r <= _FAR:
        r -= 1.6
        numerator = (((((((7.74545014278341407640e-4 * r
            + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r
            + 1.27045825245236838258e0) * r + 3.64784832476320460504e0) * r
            + 5.76949722146069140550e0) * r + 4.63033784615654529590e0) * r
            + 1.42343711074968357734e0)  # fmt: skip
        denominator = (((((((1.05075007164441684324e-9 * r
            + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r
            + 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r
            + 1.67638483018380384940e0) * r + 2.05319162663775882187e0) * r
            + 1.0)  # fmt: skip
    else:
        r -= 5.0
        numerator = (((((((2.01033439929228813265e-7 * r
            + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r
            + 2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r
            + 1.78482653991729133580e0) * r + 5.46378491116411436990e0) * r
            + 6.65790464350110377720e0)  # fmt: skip
        denominator = (((((((2.04426310338993978564e-15 * r
            + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r
            + 7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r
            + 1.36929880922735805310e-1) * r + 5.99832206555887937690e-1) * r
            + 1.0)  # fmt: skip
    return math.copysign(numerator / denominator, q)


@njit(cache=True)
def gamma_probability(shape: float, x: float) -> float:
    """Regularised lower incomplete gamma function P(shape, x).

    References
    ----------
    Press, Teukolsky, Vetterling, Flannery (2007), Numerical Recipes, section 6.2:
    series below shape + 1, Lentz's continued fraction above.
    """
    if x <= 0.0:
        return 0.0
    scale = math.exp(-x + shape * math.log(x) - math.lgamma(shape))
    if x < shape + 1.0:
        term = total = 1.0 / shape
        a = shape
        while term > total * 1e-17:
            a += 1.0
            term *= x / a
            total += term
        return total * scale
    b = x + 1.0 - shape
    c = 1e300
    d = 1.0 / b
    h = d
    for i in range(1, 100_000):
        an = -i * (i - shape)
        b += 2.0
        d = 1.0 / (an * d + b)
        c = b + an / c
        h *= d * c
        if abs(d * c - 1.0) < _PRECISE:
            break
    return 1.0 - scale * h


@njit(cache=True)
def gamma_quantile(shape: float, u: float) -> float:
    """Quantile of the gamma law of scale 1.

    References
    ----------
    Press et al. (2007), Numerical Recipes, section 6.2.1: start by Wilson and Hilferty
    (1931), then Halley's method, here kept inside a bracket.
    """
    if shape > 1.0:
        ninth = 1.0 / (9.0 * shape)
        x = shape * (1.0 - ninth + normal_quantile(u) * math.sqrt(ninth)) ** 3
    else:
        split = 1.0 - shape * (0.253 + shape * 0.12)
        if u < split:
            x = (u / split) ** (1.0 / shape)
        else:
            x = 1.0 - math.log(1.0 - (u - split) / (1.0 - split))
    x = max(x, 1e-3)
    low, high = 0.0, math.inf
    for _ in range(_N_STEPS_MAX):
        error = gamma_probability(shape, x) - u
        if error > 0.0:
            high = min(high, x)
        else:
            low = max(low, x)
        density = math.exp(-x + (shape - 1.0) * math.log(x) - math.lgamma(shape))
        step = error / density if density > 0.0 else 0.0
        step /= 1.0 - 0.5 * min(1.0, step * ((shape - 1.0) / x - 1.0))
        new = x - step
        if density <= 0.0 or not low <= new <= high:
            new = 0.5 * (low + high) if high < math.inf else 2.0 * x
        if abs(new - x) <= 1e-15 * x:
            return new
        x = new
    return x


@njit(cache=True)
def empirical_quantile(
    factor: np.ndarray, weight: np.ndarray, start: int, stop: int, u: float
) -> float:
    """Smallest of the ascending factors whose cumulative weight reaches `u`."""
    total = 0.0
    for k in range(start, stop - 1):
        total += weight[k]
        if u <= total:
            return factor[k]
    return factor[stop - 1]


@njit(cache=True)
def formula_quantile(law: int, mean: float, cv: float, u: float) -> float:
    """Quantile of a law of `twin.model.laws` that has a formula.

    References
    ----------
    Inverse distribution functions: Johnson, Kotz, Balakrishnan (1994), Continuous
    Univariate Distributions 1 and 2.
    """
    if law == EXPONENTIAL:
        return -mean * math.log(u)
    if law == CONSTANT or cv <= 0.0 or mean <= 0.0:
        return mean
    if law == LOGNORMAL:
        variance = math.log1p(cv * cv)
        z = normal_quantile(u)
        return mean * math.exp(z * math.sqrt(variance) - variance / 2)
    if law == GAMMA:
        shape = 1.0 / (cv * cv)
        return mean / shape * gamma_quantile(shape, u)
    return mean + mean * cv * _symmetric_quantile(law, u)


@njit(cache=True)
def _symmetric_quantile(law: int, u: float) -> float:
    # Uniform and symmetric triangular laws of mean 0 and standard deviation 1.
    if law == UNIFORM:
        return math.sqrt(3.0) * (2.0 * u - 1.0)
    assert law == TRIANGULAR
    if u < _MEDIAN:
        return math.sqrt(6.0) * (math.sqrt(2.0 * u) - 1.0)
    return math.sqrt(6.0) * (1.0 - math.sqrt(2.0 * (1.0 - u)))


@njit(cache=True)
def law_quantile(
    law: int,
    mean: float,
    cv: float,
    start: np.ndarray,
    factor: np.ndarray,
    weight: np.ndarray,
    u: float,
) -> float:
    """Quantile of any law code of a network; an empirical one scales its factors."""
    if law < _N_FORMULAS:
        return formula_quantile(law, mean, cv, u)
    k = law - _N_FORMULAS
    return mean * empirical_quantile(factor, weight, start[k], start[k + 1], u)


@njit(cache=True)
def _ratio(k: float, mean: float, dispersion: float) -> float:
    # p(k + 1) / p(k) of the negative binomial law; dispersion 0 is Poisson.
    if dispersion <= 0.0:
        return mean / (k + 1.0)
    r = 1.0 / dispersion
    return (k + r) / (k + 1.0) * mean / (mean + r)


@njit(cache=True)
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
    drawn = np.empty(len(mean))
    for entity in range(len(mean)):
        if law[entity] == _DEMAND_CONSTANT:
            drawn[entity] = mean[entity]
            continue
        spread = dispersion[entity] if law[entity] == _NEGATIVE_BINOMIAL else 0.0
        u = u01(seed, stream, entity, n)
        drawn[entity] = count_quantile(mean[entity], spread, u)
    return drawn

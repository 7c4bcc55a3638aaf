"""What is left of a duration of known age: prepared laws, given that they last longer.

Work in progress, repairs and lead times of live state have begun some time ago. What is
left of one with distribution function F that has lasted `age` is, for a uniform u,
F^-1(F(age) + u (1 - F(age))) less `age`. It is sought where digits are not lost: among
the shares that last longer, and as a time from `age` on.
"""

import numpy as np

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
from twin.simulate._kernels.elementary import exp, expm1, log, log1p
from twin.simulate._kernels.gamma import gamma_survival
from twin.simulate._kernels.random import empirical_quantile, formula_quantile

_N_FORMULAS = len(LAW_NAMES)
_N_HALVINGS = 200  # more than numbers between two of them take
_LARGE = 1e3  # a sum this many times a number may have it taken off again


@inlined
def normal_survival(z: float) -> float:
    """Upper tail of the standard normal law.

    References
    ----------
    Abramowitz, Stegun (1964), Handbook of Mathematical Functions, 26.2.29 and 6.5.17:
    by the incomplete gamma function of shape 1/2.
    """
    tail = 0.5 * gamma_survival(0.5, 0.5 * z * z)
    return tail if z > 0.0 else 1.0 - tail


@inlined
def survival(law: int, mean: float, p0: float, p1: float, age: float) -> float:
    """Probability that a law with a formula and a density lasts longer than `age`.

    References
    ----------
    Johnson, Kotz, Balakrishnan (1994), Continuous Univariate Distributions 1 and 2.
    """
    if age <= 0.0:
        return 1.0
    if law == LOGNORMAL:
        return normal_survival((log(age / mean) - p1) / p0)
    if law == GAMMA:
        return gamma_survival(p0, age / mean * p0)
    # Symmetric about the mean, on mean (1 - p0) to mean (1 + p0).
    x = (age / mean - 1.0) / p0
    if x <= -1.0:
        return 1.0
    if x >= 1.0:
        return 0.0
    if law == UNIFORM:
        return 0.5 * (1.0 - x)
    assert law == TRIANGULAR
    if x > 0.0:
        return 0.5 * (1.0 - x) * (1.0 - x)
    return 1.0 - 0.5 * (1.0 + x) * (1.0 + x)


@entry
def _by_halving(
    law: int, mean: float, p0: float, p1: float, age: float, wanted: float
) -> float:
    # The time beyond `age` after which `wanted` survive.
    low, high = 0.0, mean
    while survival(law, mean, p0, p1, age + high) > wanted:
        low, high = high, 2.0 * high
    for _ in range(_N_HALVINGS):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if survival(law, mean, p0, p1, age + middle) > wanted:
            low = middle
        else:
            high = middle
    return high


@inlined
def _weibull(mean: float, p0: float, p1: float, age: float, u: float) -> float:
    # With the cumulative hazard H(t) = (t / scale)^(1 / p0), H^-1(H(age)-log u) - age.
    scale = mean * p1
    hazard, more = exp(log(age / scale) / p0), -log(u)
    if more > _LARGE * hazard:
        return max(scale * exp(p0 * log(hazard + more)) - age, 0.0)
    return age * expm1(p0 * log1p(more / hazard))


@entry
def residual_formula(
    law: int, mean: float, p0: float, p1: float, age: float, u: float
) -> float:
    """What is left of a prepared law with a formula that has lasted `age`.

    At age 0 it is `formula_quantile`, and it rises or falls with `u` as that does. What
    has lasted as long as it can, or a constant duration that is over, ends now.

    References
    ----------
    Exponential laws forget their age. Weibull laws: Rinne (2008), The Weibull
    Distribution, section 2.4, by their hazard. Others: by halving their survival.
    """
    if law == EXPONENTIAL or age <= 0.0:
        return formula_quantile(law, mean, p0, p1, u)
    if mean <= 0.0:
        return 0.0
    if law == CONSTANT or p0 == 0.0:
        return max(mean - age, 0.0)
    if law == WEIBULL:
        return _weibull(mean, p0, p1, age, u)
    left = survival(law, mean, p0, p1, age)
    if left <= 0.0:
        return 0.0
    return _by_halving(law, mean, p0, p1, age, left * (1.0 - u))


@entry
def residual_quantile(
    law: int, mean: float, p0: float, p1: float,
    start: np.ndarray, factor: np.ndarray, cumulative: np.ndarray,
    age: float, u: float,
) -> float:  # fmt: skip
    """What is left of any prepared law that has lasted `age`, in its unit.

    Besides `age` it takes what `prepared_quantile` takes. Of an observed law, those of
    its durations that are longer count.
    """
    if law < _N_FORMULAS:
        return residual_formula(law, mean, p0, p1, age, u)
    first, stop = start[law - _N_FORMULAS], start[law - _N_FORMULAS + 1]
    k, before = first, 0.0
    while k < stop and mean * factor[k] <= age:
        before = cumulative[k]
        k += 1
    if k == stop:
        return 0.0
    at = before + u * (1.0 - before)
    return mean * empirical_quantile(factor, cumulative, k, stop, at) - age

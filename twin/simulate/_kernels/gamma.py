"""The gamma law of scale 1: probabilities and quantiles.

What depends on the shape alone, log Gamma(shape + 1), is an argument: a simulation
computes it once, and draws many times.
"""

import math

from streams._kernels.compiling import entry, inlined
from twin.simulate._kernels.elementary import exp, lgamma, log
from twin.simulate._kernels.normal import normal_quantile

_TINY = 1e-17  # a term of a series that changes its sum no more
_PRECISE = 1e-16  # relative change at which a continued fraction has settled
_UPPER = 0.99  # from here on differences are taken of upper tails, to keep digits
_N_TERMS_MAX = 100_000
_N_STEPS_MAX = 200  # twice as many as halving a bracket takes; usual are one or two
_LARGE = 1000.0  # shape from which the expansion has 11 digits or more (|z| < 4.5)
_NORMAL_LIKE = 0.8  # |z| up to this many sqrt(shape): the expansion is a good start
_CLOSE = 5e-4  # a step of this many local scales leaves its fifth power as an error
_LOCAL = 0.3  # of these scales: up to here Taylor's polynomial can be trusted


@inlined
def _term(shape: float, log_norm: float, x: float) -> float:
    # x^shape e^-x / Gamma(shape + 1): the density, times x / shape.
    return exp(shape * log(x) - x - log_norm)


@inlined
def _lower_sum(shape: float, x: float) -> float:
    # P(shape, x) over `_term`. The ratio of a term does not wait for the one before.
    term = total = 1.0
    a = shape
    for _ in range(_N_TERMS_MAX):
        a += 1.0
        term *= x / a
        total += term
        if term <= total * _TINY:
            break
    return total


@entry
def _upper_fraction(shape: float, x: float) -> float:
    # Q(shape, x) over `_term`, by Lentz's method.
    b = x + 1.0 - shape
    c = 1e300
    d = 1.0 / b
    h = d
    for i in range(1, _N_TERMS_MAX):
        an = -i * (i - shape)
        b += 2.0
        d = 1.0 / (an * d + b)
        c = b + an / c
        h *= d * c
        if abs(d * c - 1.0) < _PRECISE:
            break
    return h * shape


@entry
def gamma_probability(shape: float, x: float) -> float:
    """Regularised lower incomplete gamma function P(shape, x).

    References
    ----------
    Press, Teukolsky, Vetterling, Flannery (2007), Numerical Recipes, section 6.2:
    series below shape + 1, Lentz's continued fraction above.
    """
    if x <= 0.0:
        return 0.0
    term = _term(shape, lgamma(shape + 1.0), x)
    if x < shape + 1.0:
        return term * _lower_sum(shape, x)
    return 1.0 - term * _upper_fraction(shape, x)


@entry
def gamma_survival(shape: float, x: float) -> float:
    """Regularised upper incomplete gamma function Q(shape, x), precise in the tail.

    References
    ----------
    As for `gamma_probability`.
    """
    if x <= 0.0:
        return 1.0
    term = _term(shape, lgamma(shape + 1.0), x)
    if x < shape + 1.0:
        return 1.0 - term * _lower_sum(shape, x)
    return term * _upper_fraction(shape, x)


@inlined
def _expansion(shape: float, z: float) -> float:
    # Quantile in powers of 1 / sqrt(shape), for the normal quantile z.
    root = math.sqrt(shape)
    y = z * z
    return (
        shape + root * z + (y - 1.0) / 3.0 + z * (y - 7.0) / (36.0 * root)
        - ((3.0 * y + 7.0) * y - 16.0) / (810.0 * shape)
        + z * ((9.0 * y + 256.0) * y - 433.0) / (38880.0 * shape * root)
        + (((12.0 * y - 243.0) * y - 923.0) * y + 1472.0) / (204120.0 * shape * shape)
    )  # fmt: skip


@inlined
def _small_quantile(shape: float, log_norm: float, u: float) -> float:
    # Where e^-x is about 1: P is x^shape / Gamma(shape + 1) (1 - shape x / (shape+1)..)
    y = exp((log(u) + log_norm) / shape)
    a = shape + 1.0
    return y * (1.0 + y / a * (1.0 + y * (3.0 * shape + 5.0) / (2.0 * a * (a + 1.0))))


@inlined
def _start(shape: float, log_norm: float, u: float) -> float:
    if shape > 1.0:
        z = normal_quantile(u)
        if abs(z) < _NORMAL_LIKE * math.sqrt(shape):
            return _expansion(shape, z)
        if z > 0.0:
            ninth = 1.0 / (9.0 * shape)
            return shape * (1.0 - ninth + z * math.sqrt(ninth)) ** 3
        return _small_quantile(shape, log_norm, u)
    split = 1.0 - shape * (0.253 + shape * 0.12)
    if u < split:
        return _small_quantile(shape, log_norm, u)
    return 1.0 - log((1.0 - u) / (1.0 - split))


@inlined
def _step(a: float, x: float, t: float) -> float:
    # Taylor's polynomial of the quantile function at P(x), relative to x, where t is
    # Newton's step relative to x, and a = shape - 1. With f the density and g = f' / f:
    # g x = a - x, g' x^2 = -a, g'' x^3 = 2 a.
    g = a - x
    cubic = (2.0 * g * g + a) / 6.0
    return t * (
        1.0 + t * (-0.5 * g + t * (cubic - t * (g * (6.0 * g * g + 7.0 * a) / 24.0
        + a / 12.0)))
    )  # fmt: skip


@entry
def gamma_quantile(shape: float, log_norm: float, u: float) -> float:
    """Quantile of the gamma law of scale 1; `log_norm` is log Gamma(shape + 1).

    A start that is good to some digits, then steps of fourth order inside a bracket.

    References
    ----------
    Goldberg, Levine (1946), Approximate formulas for the percentage points and
    normalization of t and chi squared (expansion). Press et al. (2007), Numerical
    Recipes, section 6.2.1, and Wilson, Hilferty (1931) (other starts). Steinbrecher,
    Shaw (2008), Quantile mechanics (Taylor's polynomial of a quantile function).
    """
    if shape > _LARGE:
        return _expansion(shape, normal_quantile(u))
    x = _start(shape, log_norm, u)
    low, high = 0.0, math.inf
    for _ in range(_N_STEPS_MAX):
        if x <= 0.0:
            return 0.0
        term = _term(shape, log_norm, x)
        if u > _UPPER and x > shape + 1.0:
            missing = term * _upper_fraction(shape, x) - (1.0 - u)
        else:
            missing = u - term * _lower_sum(shape, x)
        if missing < 0.0:
            high = min(high, x)
        else:
            low = max(low, x)
        density = shape * term
        t = missing / density if density > 0.0 else math.copysign(1.0, missing)
        size = abs(t) * max(math.sqrt(abs(shape - 1.0)), abs(shape - 1.0 - x))
        if size < _LOCAL:
            x += x * _step(shape - 1.0, x, t)
            if size < _CLOSE:
                return x
            continue
        new = x + x * t / (1.0 + 0.5 * max(-1.0, t * (shape - 1.0 - x)))
        if not low < new < high:
            new = 0.5 * (low + high) if high < math.inf else 2.0 * x
        x = new
    return x

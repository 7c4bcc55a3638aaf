"""Incomplete gamma and beta functions, and what is read off them, a number at a time.

scikit-learn brings SciPy along, but kernels cannot call it.
"""

import math

from numba import njit

_SETTLED = 1e-15  # relative change at which a series or a fraction has settled
_TINY = 1e-300
_N_TERMS_MAX = 10_000  # of series and fractions; both end after some dozens
_N_HALVINGS = 200  # of a bracket; 60 reach the last bit
_FAR = 25.0  # standard deviations from which the tail is taken from its expansion
_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)


@njit(cache=True)
def normal_log_survival(z: float) -> float:
    """Logarithm of the probability that a standard normal number exceeds `z`.

    References
    ----------
    Abramowitz, Stegun (1964), equation 26.2.12 for the far tail.
    """
    if z < _FAR:
        return math.log(0.5 * math.erfc(z / math.sqrt(2.0)))
    return -0.5 * z * z - _HALF_LOG_TAU - math.log(z) + math.log1p(-1.0 / (z * z))


@njit(cache=True)
def gamma_log_survival(shape: float, x: float) -> float:
    """Logarithm of the upper regularised incomplete gamma function Q(shape, x).

    References
    ----------
    Press, Teukolsky, Vetterling, Flannery (2007), Numerical Recipes, section 6.2:
    series below shape + 1, Lentz's continued fraction above.
    """
    if x <= 0.0:
        return 0.0
    log_scale = -x + shape * math.log(x) - math.lgamma(shape)
    if x < shape + 1.0:
        term = total = 1.0 / shape
        a = shape
        for _ in range(_N_TERMS_MAX):
            a += 1.0
            term *= x / a
            total += term
            if term < total * _SETTLED:
                break
        return math.log1p(-min(math.exp(log_scale) * total, 1.0 - 1e-16))
    b = x + 1.0 - shape
    c = 1.0 / _TINY
    d = 1.0 / b
    h = d
    for i in range(1, _N_TERMS_MAX):
        an = -i * (i - shape)
        b += 2.0
        d = an * d + b
        d = 1.0 / (d if abs(d) > _TINY else _TINY)
        c = b + an / c
        c = c if abs(c) > _TINY else _TINY
        h *= d * c
        if abs(d * c - 1.0) < _SETTLED:
            break
    return log_scale + math.log(h)


@njit(cache=True)
def gamma_probability(shape: float, x: float) -> float:
    """Regularised lower incomplete gamma function P(shape, x)."""
    return -math.expm1(gamma_log_survival(shape, x))


@njit(cache=True)
def gamma_quantile(shape: float, u: float) -> float:
    """Quantile of the gamma law of scale 1, by halving a bracket."""
    high = shape + 1.0
    while gamma_probability(shape, high) < u:
        high *= 2.0
    low = 0.0
    for _ in range(_N_HALVINGS):
        middle = 0.5 * (low + high)
        if middle in {low, high}:
            break
        if gamma_probability(shape, middle) < u:
            low = middle
        else:
            high = middle
    return high


@njit(cache=True)
def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    h = d
    for m in range(1, _N_TERMS_MAX):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d = 1.0 + term * d
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = 1.0 + term / c
            c = c if abs(c) > _TINY else _TINY
            h *= d * c
        if abs(d * c - 1.0) < _SETTLED:
            break
    return h


@njit(cache=True)
def beta_probability(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function I_x(a, b).

    References
    ----------
    Press et al. (2007), Numerical Recipes, section 6.4: Lentz's continued fraction.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    log_scale = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        + a * math.log(x) + b * math.log1p(-x)
    )  # fmt: skip
    scale = math.exp(log_scale)
    if x < (a + 1.0) / (a + b + 2.0):
        return scale * _beta_fraction(a, b, x) / a
    return 1.0 - scale * _beta_fraction(b, a, 1.0 - x) / b


@njit(cache=True)
def beta_quantile(a: float, b: float, u: float) -> float:
    """Quantile of the beta law, by halving a bracket."""
    low, high = 0.0, 1.0
    for _ in range(_N_HALVINGS):
        middle = 0.5 * (low + high)
        if middle in {low, high}:
            break
        if beta_probability(a, b, middle) < u:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@njit(cache=True)
def student_quantile(freedom: float, u: float) -> float:
    """Quantile of Student's law for `u` >= 0.5, of `freedom` degrees of freedom."""
    x = beta_quantile(0.5 * freedom, 0.5, 2.0 * (1.0 - u))
    return math.sqrt(freedom * (1.0 - x) / x)

"""Elementary functions in plain arithmetic: the same bits on every processor.

A trajectory is compared to the last bit, and the last bit of `log` differs between the
C libraries of two machines, and between those of one library for two processors. What
is here uses addition, multiplication, division and the bits of a number alone, each
rounded as IEEE 754 says and none fused. Errors stay below one unit in the last place.

References
----------
Ng (1993) and others, FDLIBM, the Freely Distributable LIBM of Sun Microsystems: the
reductions, and the coefficients of the polynomials, of `exp`, `log`, `expm1`, `log1p`
and `pow`.
"""

import math

import numpy as np

from streams._kernels.compiling import entry, inlined

_LEADING = ~np.int64(0xFFFFFFFF)  # mask of sign, exponent and 20 bits
_MANTISSA = np.int64(0x000FFFFF_FFFFFFFF)
_HALF_ROOT = np.int64(0x3FE6A09E_00000000)  # bits of sqrt(1/2), cut to 20 of them
_BELOW_ONE = np.int64(0x3FF00000_00000000) - _HALF_ROOT
_N_MANTISSA = np.int64(52)
_BIAS = np.int64(1023)
_NORMAL = 2.2250738585072014e-308  # from here down exponents are not stored in full
_TO_NORMAL, _N_TO_NORMAL = 2.0**54, 54.0

_LN2_HIGH = 6.93147180369123816490e-01  # 33 bits: multiples by an exponent are exact
_LN2_LOW = 1.90821492927058770002e-10
_INVERSE_LN2 = 1.44269504088896338700e00
_EXP_MOST = 7.09782712893383973096e02  # above, `exp` is larger than any number
_EXP_LEAST = -7.45133219101941108420e02  # below, `exp` is smaller than any number
_N_LARGE, _N_SMALL = 1023, -1021  # powers of two that can be multiplied in one step

_EXPM1_LEAST = -38.816242113569373  # -56 log(2): below, `expm1` is -1
_EXPM1_TINY = 5.551115123125783e-17  # 2^-54: below, `expm1` and `log1p` change nothing
_HALF_LN2 = 0.34657359027997264
_N_CLOSE, _N_FAR = 20, 56

_LOG1P_FIRST = -0.29289341  # 1 + x from sqrt(1/2) to sqrt(2) has the exponent 0
_LOG1P_LAST = 0.41421356
_N_EXACT = 54


@inlined
def bits_of(x: float) -> int:
    """Return the 64 bits of a number as an integer."""
    return np.float64(x).view(np.int64)


@inlined
def number_of(bits: int) -> float:
    """Return the number that has these 64 bits."""
    return np.int64(bits).view(np.float64)


@inlined
def leading(x: float) -> float:
    """Return a number without the lower 32 bits of its mantissa."""
    return number_of(bits_of(x) & _LEADING)


@inlined
def _log_tail(f: float) -> float:
    # log(1 + f) - f + f^2/2, divided by s = f / (2 + f) and less f^2/2: a polynomial.
    s = np.true_divide(f, 2.0 + f)  # never by 0, which need not be looked for
    z = s * s
    w = z * z
    even = w * (
        3.999999999940941908e-01
        + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01)
    )
    odd = z * (
        6.666666666666735130e-01
        + w
        * (
            2.857142874366239149e-01
            + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)
        )
    )
    return s * (0.5 * f * f + (odd + even))


@inlined
def log_normal(x: float) -> float:
    """Natural logarithm of a positive number of normal size, without a branch."""
    bits = bits_of(x) + _BELOW_ONE
    k = np.float64((bits >> _N_MANTISSA) - _BIAS)
    return _log_of(k, bits)


@inlined
def _log_of(k: float, bits: int) -> float:
    # Exponent k and, moved by _BELOW_ONE, the bits of a mantissa.
    f = number_of((bits & _MANTISSA) + _HALF_ROOT) - 1.0
    return _log_tail(f) + k * _LN2_LOW - 0.5 * f * f + f + k * _LN2_HIGH


@inlined
def log(x: float) -> float:
    """Natural logarithm; of 0 it is -inf, of less nan."""
    shift = 0.0
    if not _NORMAL <= x < math.inf:
        if x == 0.0:
            return -math.inf
        if not 0.0 < x < math.inf:
            return x if x > 0.0 else math.nan
        x *= _TO_NORMAL
        shift = _N_TO_NORMAL
    bits = bits_of(x) + _BELOW_ONE
    return _log_of(np.float64((bits >> _N_MANTISSA) - _BIAS) - shift, bits)


@inlined
def log1p(x: float) -> float:
    """Natural logarithm of 1 + x, precise for small x."""
    if not -1.0 < x < math.inf:
        if x == -1.0:
            return -math.inf
        return x if x > 0.0 else math.nan
    if abs(x) < _EXPM1_TINY:
        return x
    k = lost = 0.0
    f = x
    if not _LOG1P_FIRST < x < _LOG1P_LAST:
        u = 1.0 + x
        bits = bits_of(u) + _BELOW_ONE
        k = np.float64((bits >> _N_MANTISSA) - _BIAS)
        if k < _N_EXACT:
            lost = (1.0 - (u - x) if k >= 2.0 else x - (u - 1.0)) / u
        f = number_of((bits & _MANTISSA) + _HALF_ROOT) - 1.0
    return _log_tail(f) + (k * _LN2_LOW + lost) - 0.5 * f * f + f + k * _LN2_HIGH


@inlined
def _power_of_two(n: int) -> float:
    return number_of((n + _BIAS) << _N_MANTISSA)


@inlined
def _scaled(y: float, n: int) -> float:
    # y 2^n for y about 1; results below the normal numbers are rounded once.
    if n > _N_LARGE:
        return y * 2.0 * _power_of_two(n - 1)
    if n < _N_SMALL:
        return y * _power_of_two(n + 1000) * 2.0**-1000
    return y * _power_of_two(n)


@inlined
def _exp_tail(r: float) -> float:
    # r - (r^2)(...): the c of exp(r) = 1 + r + r c / (2 - c), for |r| <= log(2) / 2.
    t = r * r
    return r - t * (
        1.66666666666666019037e-01
        + t
        * (
            -2.77777777770155933842e-03
            + t
            * (
                6.61375632143793436117e-05
                + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08)
            )
        )
    )


@inlined
def exp(x: float) -> float:
    """Exponential function; inf above 709.78, 0 below -745.13."""
    if not _EXP_LEAST <= x <= _EXP_MOST:
        if x > _EXP_MOST:
            return math.inf
        return 0.0 if x < _EXP_LEAST else x
    n = np.int64(_INVERSE_LN2 * x + (0.5 if x >= 0.0 else -0.5))
    high = x - np.float64(n) * _LN2_HIGH
    low = np.float64(n) * _LN2_LOW
    r = high - low
    c = _exp_tail(r)
    return _scaled(1.0 - ((low - (r * c) / (2.0 - c)) - high), n)


@entry
def expm1(x: float) -> float:
    """exp(x) - 1, precise for small x."""
    if not _EXPM1_LEAST <= x <= _EXP_MOST:
        if x > _EXP_MOST:
            return math.inf
        return -1.0 if x < _EXPM1_LEAST else x
    if abs(x) < _EXPM1_TINY:
        return x
    n, lost = np.int64(0), 0.0
    if abs(x) > _HALF_LN2:
        n = np.int64(_INVERSE_LN2 * x + (0.5 if x >= 0.0 else -0.5))
        high = x - np.float64(n) * _LN2_HIGH
        low = np.float64(n) * _LN2_LOW
        x = high - low
        lost = (high - x) - low
    half = 0.5 * x
    q = x * half
    r = 1.0 + q * (
        -3.33333333333331316428e-02
        + q
        * (
            1.58730158725481460165e-03
            + q
            * (
                -7.93650757867487942473e-05
                + q * (4.00821782732936239552e-06 + q * -2.01099218183624371326e-07)
            )
        )
    )
    t = 3.0 - r * half
    e = q * ((r - t) / (6.0 - x * t))
    if n == 0:
        return x - (x * e - q)
    e = x * (e - lost) - lost - q
    return _expm1_scaled(x, e, n)


@inlined
def _expm1_scaled(x: float, e: float, n: int) -> float:
    # 2^n (1 + x - e) - 1, the 1 taken off where it loses least.
    if n == -1:
        return 0.5 * (x - e) - 0.5
    if n == 1:
        return -2.0 * (e - (x + 0.5)) if x < -0.25 else 1.0 + 2.0 * (x - e)
    if n <= -2 or n > _N_FAR:
        return _scaled(1.0 - (e - x), n) - 1.0
    part = _power_of_two(-n)
    if n < _N_CLOSE:
        return ((1.0 - part) - (e - x)) * _power_of_two(n)
    return ((x - (e + part)) + 1.0) * _power_of_two(n)


_BITS_ONE = np.int64(0x3FF00000_00000000)
_BITS_ROOT_3_2 = np.int64(0x3FF3988E_FFFFFFFF)  # up to sqrt(3/2) compared with 1,
_BITS_ROOT_3 = np.int64(0x3FFBB67A_00000000)  # below sqrt(3) with 3/2, else with 2
_LOG2_3_2_HIGH = 5.84962487220764160156e-01
_LOG2_3_2_LOW = 1.35003920212974897128e-08
_CP = 9.61796693925975554329e-01  # 2 / (3 log(2)), and in two parts
_CP_HIGH = 9.61796700954437255859e-01
_CP_LOW = -7.02846165095275826516e-09
_LG2 = 6.93147180559945286227e-01
_LG2_HIGH = 6.93147182464599609375e-01
_LG2_LOW = -1.90465429995776804525e-09
_HALF_ULP_OF_1024 = 8.0085662595372944372e-17  # in the exponent, beyond rounding
_POWER_MOST, _POWER_LEAST = 1024.0, -1075.0  # of 2: from here inf, up to here 0
_EXPONENT_HUGE = 2.0**65  # x^y is 0, 1 or inf from here on, whatever x


@inlined
def _log2_in_parts(x: float) -> tuple[float, float]:
    # log2 of a positive number as a sum, the first part of 21 bits.
    shift = 0.0
    if x < _NORMAL:
        x *= _TO_NORMAL
        shift = _N_TO_NORMAL
    bits = bits_of(x)
    n = np.float64((bits >> _N_MANTISSA) - _BIAS) - shift
    bits = (bits & _MANTISSA) + _BITS_ONE
    base, log_high, log_low = 1.0, 0.0, 0.0
    if bits > _BITS_ROOT_3_2:
        if bits < _BITS_ROOT_3:
            base, log_high, log_low = 1.5, _LOG2_3_2_HIGH, _LOG2_3_2_LOW
        else:
            n += 1.0
            bits -= np.int64(1) << _N_MANTISSA
    a = number_of(bits)
    v = 1.0 / (a + base)
    u = a - base
    s = u * v
    s_high = leading(s)
    sum_high = leading(a + base)
    sum_low = a - (sum_high - base)
    s_low = v * ((u - s_high * sum_high) - s_high * sum_low)
    z = s * s
    r = z * z * (
        5.99999999999994648725e-01 + z * (4.28571428578550184252e-01
        + z * (3.33333329818377432918e-01 + z * (2.72728123808534006489e-01
        + z * (2.30660745775561754067e-01 + z * 2.06975017800338417784e-01))))
    )  # fmt: skip
    r += s_low * (s_high + s)
    z = s_high * s_high
    t_high = leading(3.0 + z + r)
    t_low = r - ((t_high - 3.0) - z)
    u = s_high * t_high
    v = s_low * t_high + t_low * s
    p_high = leading(u + v)
    p_low = v - (p_high - u)
    z_high = _CP_HIGH * p_high
    z_low = _CP_LOW * p_high + p_low * _CP + log_low
    first = leading(((z_high + z_low) + log_high) + n)
    return first, z_low - (((first - n) - log_high) - z_high)


@inlined
def _exp2_of_parts(high: float, low: float) -> float:
    # 2^(high + low), low much smaller than high.
    z = low + high
    if z >= _POWER_MOST and (z > _POWER_MOST or low + _HALF_ULP_OF_1024 > z - high):
        return math.inf
    if z <= _POWER_LEAST and (z < _POWER_LEAST or low <= z - high):
        return 0.0
    n = np.int64(z + (0.5 if z >= 0.0 else -0.5))
    high -= np.float64(n)
    t = leading(low + high)
    u = t * _LG2_HIGH
    v = (low - (t - high)) * _LG2 + t * _LG2_LOW
    z = u + v
    w = v - (z - u)
    c = _exp_tail(z)
    return _scaled(1.0 - ((z * c) / (c - 2.0) - (w + z * w) - z), n)


@entry
def _positive_power(x: float, y: float) -> float:
    # x^y for finite x > 0 and finite y.
    if abs(y) > _EXPONENT_HUGE:
        y = _EXPONENT_HUGE if y > 0.0 else -_EXPONENT_HUGE
    first, second = _log2_in_parts(x)
    y_high = leading(y)
    low = (y - y_high) * first + y * second
    return _exp2_of_parts(y_high * first, low)


@inlined
def _is_odd(y: float) -> bool:
    # Of a whole number; from 2^53 on all are even.
    return abs(y) < 2.0**53 and (np.int64(y) & np.int64(1)) == np.int64(1)


@inlined
def _is_whole(y: float) -> bool:
    return abs(y) >= 2.0**52 or np.float64(np.int64(y)) == y


@entry
def pow(x: float, y: float) -> float:  # noqa: A001 -- the name that the field uses
    """Power of x to y, with the special cases of C99 (7.12.7.4)."""
    if y == 0.0 or x == 1.0:
        return 1.0
    if not 0.0 < x < math.inf or not abs(y) < math.inf:
        return _special_power(x, y)
    return _positive_power(x, y)


@entry
def _special_power(x: float, y: float) -> float:
    if math.isnan(x) or math.isnan(y):
        return math.nan
    size = abs(x)
    if abs(y) == math.inf:
        if size == 1.0:
            return 1.0
        return math.inf if (size > 1.0) == (y > 0.0) else 0.0
    whole = _is_whole(y)
    if 0.0 < size < math.inf:
        if not whole:
            return math.nan
        power = _positive_power(size, y)
    else:
        power = math.inf if (size > 1.0) == (y > 0.0) else 0.0
    negative = bits_of(x) < 0 and whole and _is_odd(y)
    return -power if negative else power


_STIRLING_FROM = 12.0  # where six terms of the series are precise
_HALF_LOG_2_PI = 0.91893853320467274178


@entry
def lgamma(x: float) -> float:
    """Logarithm of the gamma function for x > 0, to some 1e-15 of its terms.

    References
    ----------
    Abramowitz, Stegun (1964), Handbook of Mathematical Functions, equations 6.1.15 (to
    larger x) and 6.1.41 (Stirling's series).
    """
    if not 0.0 < x < math.inf:
        return math.inf if x == 0.0 or x > 0.0 else math.nan
    product = 1.0
    while x < _STIRLING_FROM:
        product *= x
        x += 1.0
    z = 1.0 / (x * x)
    series = (
        0.08333333333333333 + z * (-0.002777777777777778
        + z * (0.0007936507936507937 + z * (-0.0005952380952380953
        + z * (0.0008417508417508417 + z * (-0.0019175269175269176
        + z * 0.00641025641025641)))))
    ) / x  # fmt: skip
    return (x - 0.5) * log(x) - x + _HALF_LOG_2_PI + series - log(product)

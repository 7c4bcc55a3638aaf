"""Likelihoods of lifetimes, censored and late entered, and their maxima.

A law is a code and two numbers, its mean and a shape: the standard deviation of the
logarithm (lognormal), the shape parameter (gamma, Weibull), nothing (exponential). Both
are positive and are searched on the scale of their logarithms, where likelihoods are
closest to parabolas.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting._kernels.special import gamma_log_survival, normal_log_survival

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EXPONENTIAL, LOGNORMAL, GAMMA, WEIBULL = range(4)

_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)
_STEP = 1e-3  # of a numerical derivative, on a logarithm; errors stay below 1e-6
_SETTLED = 1e-8  # step on a logarithm at which a search ends
_N_STEPS_MAX = 100  # of a search; some six are usual
_STEP_MAX = 1.0  # longest step on a logarithm: e-fold
_LOG_SHAPE_MAX = 14.0  # a cv of 1e-3 or 1e-6 is as good as constant
_ROOT_SETTLED = 1e-7  # of a bound of an interval, on a logarithm


class Sums(NamedTuple):
    """What likelihoods need of a sample.

    `observed` and its logarithms, `censored` and `entered` (> 0) are lifetimes; the
    numbers are the sum of those observed, of their logarithms and of the squares of
    these.
    """

    observed: Floats
    log_observed: Floats
    censored: Floats
    entered: Floats
    total: float
    total_log: float
    total_log_squared: float


@njit(cache=True)
def sums_of(duration: Floats, is_observed: Flags, entry: Floats) -> Sums:
    """Prepare a sample; no observed duration is 0 but for the exponential law."""
    observed = duration[is_observed]
    logs = np.log(np.maximum(observed, 1e-300))
    return Sums(
        observed, logs, duration[~is_observed], entry[entry > 0.0],
        observed.sum(), logs.sum(), (logs * logs).sum(),
    )  # fmt: skip


@njit(cache=True)
def log_survival(law: int, mean: float, shape: float, x: float) -> float:
    """Logarithm of the probability to live longer than `x`."""
    if x <= 0.0:
        return 0.0
    if law == EXPONENTIAL:
        return -x / mean
    if law == LOGNORMAL:
        mu = math.log(mean) - 0.5 * shape * shape
        return normal_log_survival((math.log(x) - mu) / shape)
    if law == GAMMA:
        return gamma_log_survival(shape, x * shape / mean)
    return -math.exp(shape * (math.log(x / mean) + math.lgamma(1.0 + 1.0 / shape)))


@njit(cache=True)
def log_likelihood(law: int, mean: float, shape: float, s: Sums) -> float:
    """Logarithm of the likelihood of a sample.

    References
    ----------
    Klein, Moeschberger (2003), Survival Analysis, section 3.5: density of what was
    observed, survival of what was censored, over survival until entry.
    """
    n = len(s.observed)
    if law == EXPONENTIAL:
        found = -n * math.log(mean) - s.total / mean
    elif law == LOGNORMAL:
        mu = math.log(mean) - 0.5 * shape * shape
        squares = s.total_log_squared - 2.0 * mu * s.total_log + n * mu * mu
        found = -s.total_log - n * (math.log(shape) + _HALF_LOG_TAU)
        found -= 0.5 * squares / (shape * shape)
    elif law == GAMMA:
        scale = mean / shape
        found = (shape - 1.0) * s.total_log - s.total / scale
        found -= n * (shape * math.log(scale) + math.lgamma(shape))
    else:
        log_scale = math.log(mean) - math.lgamma(1.0 + 1.0 / shape)
        powers = 0.0
        for k in range(n):
            powers += math.exp(shape * (s.log_observed[k] - log_scale))
        found = n * (math.log(shape) - shape * log_scale)
        found += (shape - 1.0) * s.total_log - powers
    for k in range(len(s.censored)):
        found += log_survival(law, mean, shape, s.censored[k])
    for k in range(len(s.entered)):
        found -= log_survival(law, mean, shape, s.entered[k])
    return found


@njit(cache=True)
def _value(law: int, log_mean: float, log_shape: float, s: Sums) -> float:
    if abs(log_shape) > _LOG_SHAPE_MAX:
        return -np.inf
    found = log_likelihood(law, math.exp(log_mean), math.exp(log_shape), s)
    return -np.inf if math.isnan(found) else found  # NaN is no likelihood


@njit(cache=True)
def _clipped(step: float) -> float:
    return max(-_STEP_MAX, min(_STEP_MAX, step))


@njit(cache=True)
def _along(
    law: int, at: tuple[float, float], by_shape: bool, s: Sums
) -> tuple[float, float]:
    # Maximum over one of (log mean, log shape), the other given: its place, its value.
    log_mean, log_shape = at
    best = _value(law, log_mean, log_shape, s)
    dm, ds = (0.0, _STEP) if by_shape else (_STEP, 0.0)
    for _ in range(_N_STEPS_MAX):
        above = _value(law, log_mean + dm, log_shape + ds, s)
        below = _value(law, log_mean - dm, log_shape - ds, s)
        slope = (above - below) / (2.0 * _STEP)
        bend = (above - 2.0 * best + below) / (_STEP * _STEP)
        step = -slope / bend if bend < 0.0 else math.copysign(0.5, slope)
        step = _clipped(step)
        new = -np.inf
        while abs(step) > _SETTLED:
            sm, ss = (0.0, step) if by_shape else (step, 0.0)
            new = _value(law, log_mean + sm, log_shape + ss, s)
            if new >= best:
                break
            step *= 0.25
        if abs(step) <= _SETTLED or new < best:
            break
        is_flat = new - best < 1e-12 * (1.0 + abs(best))
        log_mean, log_shape, best = log_mean + sm, log_shape + ss, new
        if is_flat:
            break
    return (log_shape if by_shape else log_mean), best


@njit(cache=True)
def _start(law: int, s: Sums) -> tuple[float, float]:
    # Moments of what was observed, stretched by what was not.
    n = max(len(s.observed), 1)
    exposure = s.total + s.censored.sum() - s.entered.sum()
    mean = max(exposure / n, 1e-300)
    variance = max(s.total_log_squared / n - (s.total_log / n) ** 2, 1e-10)
    spread = math.sqrt(variance)
    shape = 1.0
    if law == LOGNORMAL:
        shape = spread
    elif law == GAMMA:
        shape = 1.0 / math.expm1(min(variance, 4.0))
    elif law == WEIBULL:
        shape = 1.28 / spread  # pi / sqrt(6), the spread of an extreme value
    return math.log(mean), min(max(math.log(shape), -10.0), 10.0)


@njit(cache=True)
def maximum(law: int, s: Sums) -> tuple[float, float, float]:
    """Mean, shape and log-likelihood where the likelihood is highest.

    Newton's method with numerical derivatives; a step that does not climb is shortened,
    and where the surface is not concave the two numbers are searched in turns.
    """
    log_mean, log_shape = _start(law, s)
    if law == EXPONENTIAL:
        mean = math.exp(log_mean)
        return mean, 1.0, log_likelihood(law, mean, 1.0, s)
    best = _value(law, log_mean, log_shape, s)
    h = _STEP
    for _ in range(_N_STEPS_MAX):
        up = _value(law, log_mean + h, log_shape, s)
        down = _value(law, log_mean - h, log_shape, s)
        right = _value(law, log_mean, log_shape + h, s)
        left = _value(law, log_mean, log_shape - h, s)
        corner = _value(law, log_mean + h, log_shape + h, s)
        g0, g1 = (up - down) / (2 * h), (right - left) / (2 * h)
        h00 = (up - 2 * best + down) / (h * h)
        h11 = (right - 2 * best + left) / (h * h)
        h01 = (corner - up - right + best) / (h * h)
        determinant = h00 * h11 - h01 * h01
        climbed = best
        if h00 < 0.0 and determinant > 0.0:
            step0 = _clipped((h01 * g1 - h11 * g0) / determinant)
            step1 = _clipped((h01 * g0 - h00 * g1) / determinant)
            while abs(step0) + abs(step1) > _SETTLED:
                new = _value(law, log_mean + step0, log_shape + step1, s)
                if new > best:
                    log_mean, log_shape, climbed = (
                        log_mean + step0, log_shape + step1, new,
                    )  # fmt: skip
                    break
                step0, step1 = 0.25 * step0, 0.25 * step1
        else:
            log_shape, _ = _along(law, (log_mean, log_shape), True, s)
            log_mean, climbed = _along(law, (log_mean, log_shape), False, s)
        gain, best = climbed - best, climbed
        if gain <= 1e-11 * (1.0 + abs(best)):
            break
    return math.exp(log_mean), math.exp(log_shape), best


@njit(cache=True)
def profile_bound(
    law: int, at: tuple[float, float, float], side: int, drop: float,
    of_shape: bool, s: Sums,
) -> float:  # fmt: skip
    """Where the profile likelihood has fallen by `drop` below its maximum.

    `at` is what `maximum` returned; `side` is -1 or 1. The other number is searched
    anew at each place. Returns the mean, or the shape, at the bound.

    References
    ----------
    Meeker, Escobar (1998), Statistical Methods for Reliability Data, section 8.2.
    """
    log_mean, log_shape = math.log(at[0]), math.log(at[1])
    centre, other = (log_shape, log_mean) if of_shape else (log_mean, log_shape)
    target = at[2] - drop
    inner, width = centre, 0.1
    outer, value = centre, at[2]
    inner_value = at[2]
    for _ in range(60):
        outer = centre + side * width
        place = (other, outer) if of_shape else (outer, other)
        if law == EXPONENTIAL:
            value = _value(law, place[0], place[1], s)
        else:
            other, value = _along(law, place, not of_shape, s)
        if value < target:
            break
        inner, inner_value = outer, value
        width *= 1.6
    else:
        return 0.0 if side < 0 else np.inf
    for k in range(_N_STEPS_MAX):
        if abs(outer - inner) < _ROOT_SETTLED:
            break
        # The square root of the fall is nearly a line; halving is the safety net.
        high = math.sqrt(max(at[2] - inner_value, 0.0))
        low = math.sqrt(max(at[2] - value, 0.0))
        share = (math.sqrt(drop) - high) / (low - high) if low > high else 0.5
        if k % 3 == 2 or not 0.0 < share < 1.0:
            share = 0.5
        middle = inner + share * (outer - inner)
        place = (other, middle) if of_shape else (middle, other)
        if law == EXPONENTIAL:
            found = _value(law, place[0], place[1], s)
        else:
            other, found = _along(law, place, not of_shape, s)
        if abs(found - target) < 1e-7:
            return math.exp(middle)
        if found < target:
            outer, value = middle, found
        else:
            inner, inner_value = middle, found
    return math.exp(0.5 * (inner + outer))


@njit(cache=True)
def product_limit(
    duration: Floats, is_observed: Flags, entry: Floats
) -> tuple[Floats, Floats, Floats]:
    """Survival after each duration, ascending order of durations given.

    At one duration failures come before censorings. Returns survival, cumulative hazard
    (Nelson and Aalen) and Greenwood's sum, each of shape (n,).

    References
    ----------
    Kaplan, Meier (1958), JASA 53, 457-481; with late entry: Klein, Moeschberger (2003),
    section 4.6.
    """
    n = len(duration)
    survival, hazard, greenwood = np.empty(n), np.empty(n), np.empty(n)
    entries = np.sort(entry)
    alive, cumulated, variance = 1.0, 0.0, 0.0
    k = 0
    while k < n:
        last, failed = k, 0
        while last < n and duration[last] == duration[k]:
            failed += is_observed[last]
            last += 1
        at_risk = np.searchsorted(entries, duration[k], side="left") - k
        if duration[k] <= 0.0:
            at_risk = n - k
        if failed > 0:
            at_risk = max(at_risk, failed)
            alive *= 1.0 - failed / at_risk
            cumulated += failed / at_risk
            if at_risk > failed:
                variance += failed / (at_risk * (at_risk - failed))
        for j in range(k, last):
            survival[j], hazard[j], greenwood[j] = alive, cumulated, variance
        k = last
    return survival, hazard, greenwood


@njit(cache=True)
def distance(
    law: int, mean: float, shape: float, duration: Floats, is_observed: Flags,
    entry: Floats,
) -> float:  # fmt: skip
    """Anderson-Darling distance between a law and the product-limit estimate.

    The integral of (F_n - F)^2 / (F (1 - F)) dF over what was seen, times the number of
    failures; without censoring it is Anderson and Darling's. Durations ascend.

    References
    ----------
    Anderson, Darling (1954), JASA 49, 765-769; with the product limit in place of the
    empirical distribution function: Koziol, Green (1976), Biometrika 63, 465-474.
    """
    survival, _, _ = product_limit(duration, is_observed, entry)
    n = len(duration)
    total, u, reached, failures = 0.0, 0.0, 0.0, 0
    log_left = 0.0  # log(1 - u)
    for k in range(n):
        failures += is_observed[k]
        log_next = log_survival(law, mean, shape, duration[k])
        log_next = max(log_next, -700.0)
        following = -math.expm1(log_next)
        if following > u:
            c = reached
            part = -((1.0 - c) ** 2) * (log_next - log_left) - (following - u)
            if c > 0.0:
                part += c * c * (math.log(following) - math.log(u))
            total += part
            u, log_left = following, log_next
        reached = 1.0 - survival[k]
    if survival[n - 1] <= 0.0 and u < 1.0:
        # Above the last failure all have failed: c is 1.
        total += -math.log(u) - (1.0 - u)
    return failures * total


@njit(cache=True, nogil=True)
def refitted_distances(
    law: int, durations: Floats, limits: Floats, entry: Floats
) -> Floats:
    """Distance of each drawn sample, a row each, from the law fitted to it anew.

    What exceeds its limit is censored there. Rows that cannot be fitted give NaN.
    """
    n_rows = len(durations)
    found = np.full(n_rows, np.nan)
    for row in range(n_rows):
        drawn = np.minimum(durations[row], limits[row])
        is_observed = durations[row] <= limits[row]
        if is_observed.sum() < 3:
            continue
        order = np.argsort(drawn, kind="mergesort")
        drawn, is_observed, entered = drawn[order], is_observed[order], entry[order]
        s = sums_of(drawn, is_observed, entered)
        mean, shape, _ = maximum(law, s)
        found[row] = distance(law, mean, shape, drawn, is_observed, entered)
    return found

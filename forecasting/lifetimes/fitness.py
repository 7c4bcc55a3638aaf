"""Whether a law can have made a sample: a bootstrap that fits anew each time."""

import math

import numpy as np

from forecasting._kernels import lifetimes as kernel
from forecasting.lifetimes.fit import LawFit, code_of, law_quantiles
from forecasting.lifetimes.sample import Floats, Lifetimes

N_REPLICATES = 199  # p-values come in steps of 1/200


def fit_probability(
    sample: Lifetimes,
    fit: LawFit,
    rng: np.random.Generator,
    *,
    n_replicates: int = N_REPLICATES,
) -> float:
    """Return the p-value of the Anderson-Darling test of a fitted law.

    Samples are drawn from the law, censored at ends drawn from the product-limit
    estimate of the ends of watching, and fitted anew, so that the p-value allows for
    the parameters having been estimated.

    Parameters
    ----------
    sample : Lifetimes
        What was fitted.
    fit : LawFit
        Of that sample.
    rng : Generator
        Draws the samples.
    n_replicates : int
        How many, >= 1.

    Returns
    -------
    float
        In (0, 1]; a small one speaks against the law.

    References
    ----------
    Stute, Gonzalez Manteiga, Presedo Quindimil (1993), Metrika 40, 243-256 (bootstrap
    of tests with estimated parameters); Davison, Hinkley (1997), Bootstrap Methods and
    their Application, section 4.2 (p-value).
    """
    duration, is_observed, entry = sample.ascending()
    code = code_of(fit.law)
    found = kernel.distance(code, fit.mean, fit.shape, duration, is_observed, entry)
    drawn = _draw(fit, entry, rng, n_replicates)
    limits = _draw_limits(duration, is_observed, rng, n_replicates)
    replicates = kernel.refitted_distances(code, drawn, limits, entry)
    replicates = replicates[np.isfinite(replicates)]
    return float((1 + (replicates >= found).sum()) / (1 + len(replicates)))


def _draw(fit: LawFit, entry: Floats, rng: np.random.Generator, n_rows: int) -> Floats:
    size = (n_rows, len(entry))
    if not (entry > 0.0).any():
        return _draw_new(fit, size, rng)
    # Of those entered late the survivors of that age, by inversion.
    code = code_of(fit.law)
    left = [math.exp(kernel.log_survival(code, fit.mean, fit.shape, e)) for e in entry]
    return law_quantiles(fit, 1.0 - rng.random(size) * np.array(left))


def _draw_new(fit: LawFit, size: tuple[int, int], rng: np.random.Generator) -> Floats:
    if fit.law == "exponential":
        return rng.exponential(fit.mean, size)
    if fit.law == "lognormal":
        mu = math.log(fit.mean) - fit.shape**2 / 2
        return rng.lognormal(mu, fit.shape, size)
    if fit.law == "gamma":
        return rng.gamma(fit.shape, fit.mean / fit.shape, size)
    scale = fit.mean / math.gamma(1.0 + 1.0 / fit.shape)
    return np.asarray(scale * rng.weibull(fit.shape, size))


def _draw_limits(
    duration: Floats, is_observed: np.ndarray, rng: np.random.Generator, n_rows: int
) -> Floats:
    """End of watching of each: known where it censored, else later than the end seen.

    Later ones come from the product-limit estimate of ends of watching; what is left of
    it where no end was seen is 'never'.
    """
    n = len(duration)
    limits = np.full((n_rows, n), np.inf)
    limits[:, ~is_observed] = duration[~is_observed]
    if is_observed.all():
        return limits
    survival, _, _ = kernel.product_limit(duration, ~is_observed, np.zeros(n))
    ends = np.append(duration[~is_observed], np.inf)
    steps = -np.diff(np.append(1.0, survival[~is_observed]))
    reach = np.cumsum(steps)
    own = 1.0 - survival[is_observed]  # probability of an end of watching so far
    u = own + rng.random((n_rows, int(is_observed.sum()))) * (1.0 - own)
    limits[:, is_observed] = ends[np.searchsorted(reach, u)]
    return limits

"""Demand of an unknown family: candidate paths weighed by what has been seen.

A candidate is a whole path of means, for the past and for the time to come (stationary;
trend and season; either with a shock). Bayes' rule weighs the candidates by the
likelihood of the history, and planning takes quantiles of their mixture: while the
history cannot tell two families apart, the quantile covers both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting._kernels.counts import log_likelihoods
from forecasting._kernels.counts import mixture_quantile_path as _quantile_path
from forecasting.errors import OptionError
from forecasting.intervals import check_dispersion, standard_score
from forecasting.series import FloatArray, check_horizon

# How far weights may be from adding up to 1; rounding of some candidates stays below.
WEIGHT_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What the history says of the candidates.

    Parameters
    ----------
    weights : ndarray of shape (n_families,), float64
        Probability of each candidate, adding up to 1.
    log_likelihood : ndarray of shape (n_families,), float64
        Of the whole history under each candidate.
    discrepancy : float
        Recent demand less what the weighted candidates expected, in standard
        deviations. 0 while there is no history. Beyond about 4, no candidate fits.
    level_ratio : float
        Recent demand over what the weighted candidates expected, >= 0: by how much a
        caller who finds no candidate fitting can rescale them. 1 while there is no
        history.
    """

    weights: FloatArray
    log_likelihood: FloatArray
    discrepancy: float
    level_ratio: float


def posterior_weights(
    history: ArrayLike,
    candidate_means: ArrayLike,
    prior: ArrayLike | None = None,
    *,
    dispersion: float = 1.0,
    n_recent: int = 4,
) -> Posterior:
    """Weigh candidate families by the likelihood of the demand seen.

    Parameters
    ----------
    history : array-like of shape (n_past,)
        Demand of each past step, >= 0. May be empty.
    candidate_means : array-like of shape (n_families, n_past or more)
        Mean of each step under each candidate, >= 0; later steps are ignored.
    prior : array-like of shape (n_families,), optional
        Prior weights, >= 0, not all 0. Default: all alike.
    dispersion : float, default 1
        Variance of a step's demand over its mean: Poisson up to 1, above it negative
        binomial.
    n_recent : int, default 4
        Last steps that discrepancy and level ratio look at, >= 1. A shorter history
        gives neither.

    Returns
    -------
    Posterior

    Raises
    ------
    OptionError
        If an argument is out of range or the shapes do not fit.

    References
    ----------
    Hoeting, Madigan, Raftery, Volinsky (1999), Bayesian Model Averaging: A Tutorial,
    Statistical Science 14(4), eq. 2.

    Examples
    --------
    A demand of 2 has likelihood e^-1 / 2 under mean 1 and 2 e^-2 under mean 2, that is
    0.184 and 0.271:

    >>> posterior_weights([2], [[1.0], [2.0]]).weights.round(3).tolist()
    [0.405, 0.595]
    """
    seen = np.asarray(history, dtype=np.float64)
    means = _paths(candidate_means, "candidate_means")
    if seen.ndim != 1 or seen.size > means.shape[1]:
        msg = (
            "history must have the shape (n_past,), not longer than the candidates' "
            f"{means.shape[1]} steps, had {seen.shape}"
        )
        raise OptionError(msg)
    if not bool((seen >= 0.0).all() and np.isfinite(seen).all()):
        raise OptionError("history must be finite and >= 0 everywhere")
    past = np.ascontiguousarray(means[:, : seen.size])
    d = max(1.0, check_dispersion(dispersion))
    log_likelihood = log_likelihoods(seen, past, d)
    weights = _weights(prior, means.shape[0])
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights) + log_likelihood
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    discrepancy, level_ratio = _recent_misfit(
        seen, weights @ past, d, n_recent=check_horizon(n_recent, "n_recent")
    )
    return Posterior(
        weights=weights,
        log_likelihood=log_likelihood,
        discrepancy=discrepancy,
        level_ratio=level_ratio,
    )


def mixture_quantile_path(
    weights: ArrayLike,
    candidate_paths: ArrayLike,
    quantile: float,
    *,
    dispersion: float = 1.0,
) -> FloatArray:
    """Return the demand path whose running sum is the quantile of the mixture.

    Parameters
    ----------
    weights : array-like of shape (n_families,)
        Probability of each candidate, >= 0, adding up to 1.
    candidate_paths : array-like of shape (n_families, horizon)
        Mean demand of each coming step under each candidate, >= 0.
    quantile : float
        Probability, above 0 and below 1.
    dispersion : float, default 1
        Variance of running demand over its mean: Poisson up to 1, above it negative
        binomial.

    Returns
    -------
    ndarray of shape (horizon,), float64
        Demand of each step, whole numbers >= 0. All demand up to the end of a step is
        covered with probability `quantile`, over candidates and chance.

    Raises
    ------
    OptionError
        If an argument is out of range or the shapes do not fit.

    See Also
    --------
    forecasting.cumulative_quantile_path : The same for a single family.

    Examples
    --------
    Demand of mean 3 or 30, even odds: three quarters of the mixture is the median of
    the larger one.

    >>> mixture_quantile_path([0.5, 0.5], [[3.0], [30.0]], 0.75).tolist()
    [30.0]
    """
    paths = _paths(candidate_paths, "candidate_paths")
    shares = _weights(weights, paths.shape[0])
    total = float(np.asarray(weights, dtype=np.float64).sum())
    if abs(total - 1.0) > WEIGHT_TOLERANCE:
        msg = f"weights must add up to 1, came to {total}"
        raise OptionError(msg)
    running = paths.cumsum(axis=1)
    variance = running * check_dispersion(dispersion)
    score = standard_score(quantile)
    path: FloatArray = _quantile_path(shares, running, variance, quantile, score)
    return path


def _recent_misfit(
    seen: FloatArray, expected: FloatArray, dispersion: float, *, n_recent: int
) -> tuple[float, float]:
    if seen.size < n_recent:
        return 0.0, 1.0
    total, fitted = float(seen[-n_recent:].sum()), float(expected[-n_recent:].sum())
    if fitted <= 0.0:
        return (0.0, 1.0) if total <= 0.0 else (float("inf"), 1.0)
    return (total - fitted) / (dispersion * fitted) ** 0.5, total / fitted


def _paths(paths: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(paths, dtype=np.float64)
    if array.ndim != 2 or array.shape[0] == 0:  # noqa: PLR2004
        msg = f"{name} must have the shape (n_families, n_steps), had {array.shape}"
        raise OptionError(msg)
    if not bool((array >= 0.0).all() and np.isfinite(array).all()):
        msg = f"{name} must be finite and >= 0 everywhere"
        raise OptionError(msg)
    return array


def _weights(weights: ArrayLike | None, n_families: int) -> FloatArray:
    if weights is None:
        return np.full(n_families, 1.0 / n_families)
    array = np.asarray(weights, dtype=np.float64)
    total = array.sum()
    usable = bool((array >= 0.0).all()) and 0.0 < total < np.inf
    if array.shape != (n_families,) or not usable:
        msg = (
            f"weights must be {n_families} numbers >= 0, not all 0, was "
            f"{array.tolist()}"
        )
        raise OptionError(msg)
    normalised: FloatArray = array / total
    return normalised

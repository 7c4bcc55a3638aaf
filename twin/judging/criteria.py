"""What candidates are compared by, and how sure a difference of it is."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from twin.judging.verdict import cvar
from twin.simulate.replicate.ranking import rank
from twin.simulate.replicate.seeds import replication_seed

Array = NDArray[np.float64]

MEAN = "mean"
CRITERIA = (MEAN, "p50", "p90", "cvar")
"""What candidates are compared by: mean, median or ninth decile of cost over futures,
or the mean of the dearest futures."""

LEVELS = {"p50": 0.5, "p90": 0.9}

N_RESAMPLES = 1000
"""A certainty of 0.9 is then known to 0.01, one standard deviation."""

SEED = 0x626F6F74
"""Of resamples; the same for all, so that verdicts repeat."""


def criterion_of(cost: Array, criterion: str, *, cvar_level: float | None) -> float:
    """Return what a candidate is compared by.

    Parameters
    ----------
    cost : ndarray of shape (n_futures,), float64
        At least one, money.
    criterion : str
        One of `CRITERIA`.
    cvar_level : float or None
        Share of futures that are cheaper than those of CVaR, in [0, 1); ``cvar`` needs
        it.

    Returns
    -------
    float
        Money; less is better.

    Examples
    --------
    >>> criterion_of(np.array([1.0, 2.0, 9.0]), "p50", cvar_level=None)
    2.0
    """
    if criterion == "cvar":
        assert cvar_level is not None
        return cvar(cost, cvar_level)
    if criterion == MEAN:
        return float(cost.mean())
    return float(np.quantile(cost, LEVELS[criterion]))


def certainty_of(
    cost: Array, other: Array, criterion: str, *, cvar_level: float | None
) -> float:
    """Return how sure it is that one candidate is better than another.

    Parameters
    ----------
    cost, other : ndarray of shape (n_futures,), float64
        Costs of both on the same futures, at least two.
    criterion : str
        One of `CRITERIA`.
    cvar_level : float or None
        See `criterion_of`.

    Returns
    -------
    float
        In [0, 1]: of the mean, 1 less the p-value of a paired t test; of what else,
        the share of resamples of the futures in which it is less, those that tie by
        half. With few futures resamples show less of a tail than there is.

    References
    ----------
    Efron, Tibshirani (1993), An Introduction to the Bootstrap, sections 13.3 and 16.4:
    percentiles of resamples; of pairs, since both candidates meet the same futures.

    Examples
    --------
    >>> cost = np.array([4.0, 5.0, 6.0])
    >>> certainty_of(cost, cost + 1.0, "p90", cvar_level=None)
    1.0
    >>> certainty_of(cost, cost, "p90", cvar_level=None)
    0.5
    """
    if criterion == MEAN:
        ranked = rank({"one": cost, "other": other})
        return next(each.certainty for each in ranked if each.scenario == "one")
    less = np.array(
        [
            criterion_of(cost[rows], criterion, cvar_level=cvar_level)
            - criterion_of(other[rows], criterion, cvar_level=cvar_level)
            for rows in _resamples(len(cost))
        ]
    )
    return float((less < 0.0).mean() + (less == 0.0).mean() / 2.0)


@lru_cache(maxsize=8)
def _resamples(n: int) -> NDArray[np.int64]:
    """Return which futures each resample holds, shape (N_RESAMPLES, n)."""
    drawn = [replication_seed(SEED, k) % n for k in range(N_RESAMPLES * n)]
    return np.array(drawn, np.int64).reshape(N_RESAMPLES, n)

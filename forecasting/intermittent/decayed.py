"""Quantiles of past sums that weigh more, the more recent they are."""

import numpy as np
from numpy.typing import ArrayLike

from forecasting._kernels.intermittent import decayed_losses, decayed_sum_quantiles
from forecasting.intermittent.classify import check_demand, check_gain
from forecasting.intervals import check_quantiles
from forecasting.series import FloatArray, Panel, check_horizon

# What the decay is chosen from; 1 weighs all the past alike.
DECAYS = (0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.99, 1.0)
N_ORIGINS = 12  # of the choice of a decay


def choose_decay(
    panel: Panel,
    quantiles: ArrayLike,
    protection: int,
    *,
    decays: ArrayLike = DECAYS,
    n_origins: int = N_ORIGINS,
) -> float:
    """Return the decay with which past sums predicted the last ones best.

    Parameters
    ----------
    panel : Panel
        Past demand, >= 0.
    quantiles : array-like of shape (n_quantiles,)
        Probabilities, each above 0 and below 1.
    protection : int
        Steps in a sum, >= 1.
    decays : array-like of shape (n_decays,)
        Candidates, each above 0 and up to 1.
    n_origins : int, default 12
        Sums to predict in each series, the last ones.

    Returns
    -------
    float
        The one with the least pinball loss over all series and quantiles; the largest
        where no series is long enough to tell.

    Raises
    ------
    PanelError
        If a value is below 0.
    OptionError
        If an option is out of range.

    Examples
    --------
    The level has just moved, so that what is recent counts:

    >>> panel = Panel.from_arrays({"A": [1, 2] * 20 + [7, 8] * 4})
    >>> choose_decay(panel, [0.5, 0.9], 1)
    0.8
    """
    check_demand(panel)
    candidates = -np.sort(-np.atleast_1d(np.asarray(decays, dtype=np.float64)))
    for decay in candidates.tolist():
        check_gain("decay", decay)
    losses = decayed_losses(
        panel.values,
        panel.offsets,
        check_horizon(protection, "protection"),
        candidates,
        np.sort(check_quantiles(quantiles)),
        check_horizon(n_origins, "n_origins"),
    )
    return float(candidates[np.argmin(losses.sum(axis=0))])


def decayed_quantiles(
    panel: Panel, quantiles: ArrayLike, protection: int, *, decay: float | None = None
) -> FloatArray:
    """Return quantiles of past sums, weighted by how recent they are.

    Parameters
    ----------
    panel : Panel
        Past demand, >= 0.
    quantiles : array-like of shape (n_quantiles,)
        Probabilities, each above 0 and below 1.
    protection : int
        Steps in a sum, >= 1. Sums overlap; a series shorter than that gives one sum,
        scaled up.
    decay : float, optional
        Weight of a sum over that of the next one, above 0 and up to 1. Default:
        `choose_decay`, for the whole panel.

    Returns
    -------
    ndarray of shape (n_series, n_quantiles), float64

    Raises
    ------
    PanelError
        If a value is below 0.
    OptionError
        If an option is out of range.

    References
    ----------
    Taylor (2007), European Journal of Operational Research 178(1), 154-167
    (exponentially weighted quantiles of daily supermarket sales).

    Examples
    --------
    The weights are 1/7, 2/7 and 4/7, so that the last value is the median:

    >>> panel = Panel.from_arrays({"A": [9, 1, 5]})
    >>> decayed_quantiles(panel, [0.25, 0.5, 0.9], 1, decay=0.5).tolist()
    [[1.0, 5.0, 9.0]]
    """
    check_demand(panel)
    levels = check_quantiles(quantiles)
    steps = check_horizon(protection, "protection")
    if decay is None:
        decay = choose_decay(panel, levels, steps)
    order = np.argsort(levels)
    found = np.empty((panel.n_series, levels.size))
    found[:, order] = decayed_sum_quantiles(
        panel.values,
        panel.offsets,
        steps,
        np.full(panel.n_series, check_gain("decay", decay)),
        levels[order],
    )
    return found

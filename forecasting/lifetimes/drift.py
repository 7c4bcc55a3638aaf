"""Whether a law changed while it was watched: sums of residuals that wander off."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting._kernels import lifetimes as kernel
from forecasting.errors import OptionError
from forecasting.lifetimes.sample import Floats, Lifetimes

DRIFT_LEVEL = 0.01
"""Drift is told below this p-value: of a hundred steady laws, one."""

N_MIN = 20  # below, sums of residuals say nothing
_N_TERMS = 100


@dataclass(frozen=True, slots=True)
class Drift:
    """How far sums of residuals wandered.

    Attributes
    ----------
    statistic : float
        Largest distance from zero, in standard deviations of the whole.
    p_value : float
        Probability of as much if nothing changed.
    change : int
        Position before which the residuals differ most from those after it.
    before, after : float
        Mean of the durations, or the share, before and after the change.
    """

    statistic: float
    p_value: float
    change: int
    before: float
    after: float

    @property
    def is_flagged(self) -> bool:
        """Whether the p-value is below `DRIFT_LEVEL`."""
        return self.p_value < DRIFT_LEVEL


def bridge_probability(statistic: float) -> float:
    """Return P(a Brownian bridge reaches as far as `statistic` from zero).

    References
    ----------
    Kolmogorov (1933), Giornale dell'Istituto Italiano degli Attuari 4, 83-91.

    Examples
    --------
    >>> round(bridge_probability(1.358), 3), round(bridge_probability(1.628), 3)
    (0.05, 0.01)
    """
    if statistic < 0.2:  # noqa: PLR2004  # the series settles slowly, the answer is 1
        return 1.0
    terms = np.arange(1, _N_TERMS)
    signs = np.where(terms % 2 == 1, 1.0, -1.0)
    total = 2.0 * float(signs @ np.exp(-2.0 * (terms * statistic) ** 2))
    return min(max(total, 0.0), 1.0)


def duration_drift(sample: Lifetimes) -> Drift:
    """Test whether durations, in the order given, became longer or shorter.

    A residual is 1 for an end seen, less the hazard cumulated until then (product-limit
    estimate of all): a rank, so that no law is assumed. Their running sum is a Brownian
    bridge if nothing changed. A change of the spread alone is not noticed.

    Parameters
    ----------
    sample : Lifetimes
        In order of time.

    Returns
    -------
    Drift
        With p-value 1 if fewer than `N_MIN` ends were seen.

    References
    ----------
    Klein, Moeschberger (2003), Survival Analysis, section 11.3 (martingale residuals);
    Page (1954), Biometrika 41, 100-115 (cumulative sums).
    """
    order = np.lexsort((~sample.is_observed, sample.duration))
    duration, is_observed, entry = sample.ascending()
    _, hazard, _ = kernel.product_limit(duration, is_observed, entry)
    cumulated = hazard.copy()
    late = entry > 0.0
    if late.any():
        at = np.searchsorted(duration, entry[late], side="right") - 1
        cumulated[late] -= np.where(at >= 0, hazard[np.maximum(at, 0)], 0.0)
    residuals = np.empty(sample.n)
    residuals[order] = is_observed - cumulated
    seen = sample.is_observed
    return _drift(residuals, sample.duration, seen.astype(np.float64))


def share_drift(good: ArrayLike, total: ArrayLike) -> Drift:
    """Test whether a share, in the order given, rose or fell.

    Parameters
    ----------
    good, total : array-like of shape (n,)
        Good pieces, and all pieces > 0.

    Returns
    -------
    Drift
        With p-value 1 if there are fewer than `N_MIN` orders.

    Raises
    ------
    OptionError
        If shapes differ.

    References
    ----------
    Page (1954), Biometrika 41, 100-115.
    """
    made, all_made = np.asarray(good, np.float64), np.asarray(total, np.float64)
    if made.shape != all_made.shape or made.ndim != 1:
        msg = f"good and total must be of one shape (n,), were {made.shape}, "
        raise OptionError(msg + f"{all_made.shape}")
    rate = made.sum() / all_made.sum() if all_made.sum() > 0.0 else 1.0
    return _drift(made - rate * all_made, made, all_made)


def _drift(residuals: Floats, value: Floats, weight: Floats) -> Drift:
    # `value` over `weight` is what is compared before and after.
    n = len(residuals)
    mean = _ratio(value.sum(), weight.sum())
    spread = math.sqrt(float(residuals @ residuals))
    if np.count_nonzero(weight) < N_MIN or spread <= 0.0:
        return Drift(0.0, 1.0, 0, mean, mean)
    sums = np.cumsum(residuals - residuals.mean()) / spread
    change = int(np.argmax(np.abs(sums[:-1]))) + 1
    statistic = float(np.abs(sums[change - 1]))
    # As the discrete sum stays below the bridge: Siegmund's correction.
    corrected = statistic + 0.5826 / math.sqrt(n)
    return Drift(
        statistic=statistic,
        p_value=bridge_probability(corrected),
        change=change,
        before=_ratio(value[:change].sum(), weight[:change].sum()),
        after=_ratio(value[change:].sum(), weight[change:].sum()),
    )


def _ratio(total: float, weight: float) -> float:
    return float(total / weight) if weight > 0.0 else math.nan

"""An interval from one long run: means of batches as if they were replications."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from twin.errors import OptionError
from twin.simulate.replicate.intervals import mean_interval

N_BATCHES = 20  # more make them shorter and so dependent, fewer widen the interval
N_BATCHES_MIN = 4
ALPHA = 0.05  # a run of independent batches is called dependent with this probability


@dataclass(frozen=True, slots=True)
class BatchMeans:
    """The mean of a steady state, from one run.

    Attributes
    ----------
    mean, half_width : float
        Mean and half width of its interval, by Student's t over batches.
    n_batches, batch_size : int
        How the run was cut.
    lag_1 : float
        Correlation of neighbouring batch means, after von Neumann: about 0 where
        batches are independent, near 1 where they are far too short.
    lag_1_max : float
        What independent batches exceed in 5 % of runs.
    is_independent : bool
        Whether lag_1 is at most lag_1_max. If not, the interval is too narrow: take a
        longer run or fewer batches.
    """

    mean: float
    half_width: float
    n_batches: int
    batch_size: int
    lag_1: float
    lag_1_max: float
    is_independent: bool


def batch_means(
    series: ArrayLike, *, n_batches: int = N_BATCHES, confidence: float = 0.95
) -> BatchMeans:
    """Estimate the mean of a steady state from one run, its warm-up left out.

    Parameters
    ----------
    series : array_like of shape (n,), float64
        Observations in their order, finite, at least one a batch. The first
        n modulo n_batches are left out, being nearest to the warm-up.
    n_batches : int
        >= 4; 10 to 30 are usual (Schmeiser 1982).
    confidence : float
        In (0, 1).

    Returns
    -------
    BatchMeans

    Raises
    ------
    OptionError
        If there are too few batches or observations, or not all are finite.

    References
    ----------
    Fishman (1978), Grouping observations in digital simulation, Management Science
    24(5), for the check; Schmeiser (1982), Batch size effects in the analysis of
    simulation output, Operations Research 30(3), for the number of batches.

    Examples
    --------
    >>> found = batch_means([1.0, 2.0, 3.0, 2.0, 1.0, 3.0, 2.0, 2.0], n_batches=4)
    >>> found.mean, found.batch_size, found.is_independent
    (2.0, 2, True)
    """
    values = np.asarray(series, np.float64)
    if n_batches < N_BATCHES_MIN:
        msg = f"n_batches must be >= {N_BATCHES_MIN}, was {n_batches}"
        raise OptionError(msg)
    if values.ndim != 1 or len(values) < n_batches or not np.isfinite(values).all():
        msg = (
            f"series must be at least n_batches={n_batches} finite values in one row, "
            f"was {values.size} in shape {values.shape}"
        )
        raise OptionError(msg)
    size = len(values) // n_batches
    means = values[len(values) - size * n_batches :].reshape(n_batches, size)
    means = means.mean(axis=1)
    interval = mean_interval(means, confidence=confidence)
    squares = float(((means - means.mean()) ** 2).sum())
    steps = float((np.diff(means) ** 2).sum())
    lag_1 = 1.0 - steps / (2.0 * squares) if squares > 0.0 else 0.0
    spread = math.sqrt((n_batches - 2) / (n_batches**2 - 1))
    lag_1_max = float(ndtri(1.0 - ALPHA)) * spread
    return BatchMeans(
        mean=interval.mean,
        half_width=interval.half_width,
        n_batches=n_batches,
        batch_size=size,
        lag_1=lag_1,
        lag_1_max=lag_1_max,
        is_independent=lag_1 <= lag_1_max,
    )

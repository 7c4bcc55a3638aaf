"""When goods count: times of receipt in planning periods of one review each."""

import numpy as np
from numpy.typing import NDArray


def lead_periods(
    lead_us: NDArray[np.float64], review_us: int, *, period_us: int | NDArray[np.int64]
) -> NDArray[np.int64]:
    """Planning periods from order to use.

    Parameters
    ----------
    lead_us : ndarray of shape (n,), float64
        Time from order to receipt, microseconds; below 0 for what is overdue.
    review_us : int
        Time from one review to the next, microseconds: one planning period.
    period_us : int or ndarray of shape (n,), int64
        Time from a review to the first demand after it, microseconds; `review_us`
        where nobody asks but the next review. More than that counts as that.

    Returns
    -------
    ndarray of shape (n,), int64
        The first planning period whose demand it serves, all of it: ``ceil((lead_us +
        review_us - period_us) / review_us) - 1``, never below 0. What arrives in the
        middle of a review does not count before the next one: a plan does not know
        that the demand before it went unserved.

    Examples
    --------
    A review a day:

    >>> days = np.array([0.5, 1.0, 1.5, 8.0]) * 86.4e9
    >>> lead_periods(days, 86_400_000_000, period_us=86_400_000_000).tolist()
    [0, 0, 1, 7]

    A review a week, and demand every day:

    >>> lead_periods(days, 7 * 86_400_000_000, period_us=86_400_000_000).tolist()
    [0, 0, 1, 1]
    """
    first_us = np.minimum(period_us, review_us)
    periods = np.ceil((np.round(lead_us) - first_us) / review_us).astype(np.int64)
    return np.maximum(periods, 0)


def latest_us(
    periods: NDArray[np.int64], review_us: int, *, period_us: int | NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return when goods come at the latest to count from a planning period on.

    Parameters
    ----------
    periods : ndarray of shape (n,), int64
        Planning periods, >= 0.
    review_us, period_us
        As for `lead_periods`, of which this is the inverse.

    Returns
    -------
    ndarray of shape (n,), int64
        Time after the review, microseconds.

    Examples
    --------
    >>> day_us = 86_400_000_000
    >>> latest_us(np.array([0, 1]), 7 * day_us, period_us=day_us) // day_us
    array([1, 8])
    """
    latest: NDArray[np.int64] = periods * review_us + np.minimum(period_us, review_us)
    return latest

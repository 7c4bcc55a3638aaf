"""Shares of good pieces, with orders whose pieces are not independent."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from forecasting._kernels.special import beta_quantile, student_quantile
from forecasting.errors import OptionError
from forecasting.lifetimes.fit import Interval

_LEAST = 1e-9  # dispersion of shares that are all the same


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share.

    Attributes
    ----------
    rate : float
        Good over all pieces.
    interval : Interval
        At the level asked for.
    dispersion : float
        Variance between orders over that of independent pieces: 1 if they are.
    n : int
        Orders.
    """

    rate: float
    interval: Interval
    dispersion: float
    n: int


def estimate_share(good: ArrayLike, total: ArrayLike, *, level: float = 0.95) -> Share:
    """Estimate a share from orders of several pieces each.

    Pieces of one order share their fate: a bad set-up scraps them all. So the variance
    is taken between orders, and the pieces count as if they were fewer (or more); the
    interval is Jeffreys' of that number.

    Parameters
    ----------
    good, total : array-like of shape (n,)
        Good pieces >= 0 and all pieces > 0 of each order, good <= total.
    level : float
        Confidence, in (0, 1).

    Returns
    -------
    Share

    Raises
    ------
    OptionError
        If there is no order, or numbers are out of range.

    References
    ----------
    Brown, Cai, DasGupta (2001), Statistical Science 16, 101-133 (Jeffreys' interval and
    its coverage); McCullagh, Nelder (1989), Generalized Linear Models, section 4.5
    (dispersion).

    Examples
    --------
    >>> share = estimate_share([9.0, 10.0, 8.0, 10.0], [10.0] * 4)
    >>> share.rate, round(share.dispersion, 3)
    (0.925, 1.321)
    """
    made, all_made = np.asarray(good, np.float64), np.asarray(total, np.float64)
    is_right = made.shape == all_made.shape and made.ndim == 1 and len(made) > 0
    if not is_right or not ((all_made > 0) & (made >= 0) & (made <= all_made)).all():
        msg = "good and total must be numbers of one shape (n,), 0 <= good <= total > 0"
        raise OptionError(msg)
    n, pieces = len(made), float(all_made.sum())
    rate = float(made.sum()) / pieces
    variance = rate * (1.0 - rate)
    dispersion = 1.0
    tail = (1.0 - level) / 2
    if not (all_made == 1.0).all() and n > 1 and variance > 0.0:
        squares = (made - rate * all_made) ** 2 / (all_made * variance)
        dispersion = max(float(squares.sum()) / (n - 1), _LEAST)
        # The dispersion is estimated, too: as wide as Student's law is.
        tail = 1.0 - NormalDist().cdf(student_quantile(n - 1.0, 1.0 - tail))
    a, b = rate * pieces / dispersion + 0.5, (1 - rate) * pieces / dispersion + 0.5
    low = 0.0 if rate <= 0.0 else beta_quantile(a, b, tail)
    high = 1.0 if rate >= 1.0 else beta_quantile(a, b, 1.0 - tail)
    return Share(rate, Interval(low, high), dispersion, n)

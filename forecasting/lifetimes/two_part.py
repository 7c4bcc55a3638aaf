"""A fixed part and a part for each piece: set-up and process time of one duration."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting._kernels.special import student_quantile
from forecasting.errors import OptionError
from forecasting.lifetimes.fit import Interval

N_MIN = 8  # durations; below, the line goes through noise
_SPREAD_MIN = 0.1  # standard deviation over mean that 1 / quantity needs at least


@dataclass(frozen=True, slots=True)
class TwoPart:
    """A fixed part and the mean of a part for each piece, with their intervals."""

    fixed: float
    each: float
    fixed_interval: Interval
    each_interval: Interval


def split_fixed_part(
    duration: ArrayLike, quantity: ArrayLike, *, level: float = 0.95
) -> TwoPart | None:
    """Split durations into a fixed part and one for each piece.

    A duration is `fixed + quantity x each`, where `each` varies from order to order
    with one variance: the line through (1 / quantity, duration / quantity), by least
    squares.

    Parameters
    ----------
    duration : array-like of shape (n,)
        All seen to their end, any unit.
    quantity : array-like of shape (n,)
        Pieces, > 0.
    level : float
        Confidence of the intervals, in (0, 1).

    Returns
    -------
    TwoPart or None
        None if quantities vary too little, or there are fewer than 8 durations; a
        fixed part below 0 is 0.

    Raises
    ------
    OptionError
        If shapes differ or a quantity is not above 0.

    References
    ----------
    Draper, Smith (1998), Applied Regression Analysis, sections 1.4 and 9.2.

    Examples
    --------
    >>> quantity = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    >>> parts = split_fixed_part(30.0 + 2.0 * quantity, quantity)
    >>> round(parts.fixed, 9), round(parts.each, 9)
    (30.0, 2.0)
    """
    times, pieces = np.asarray(duration, np.float64), np.asarray(quantity, np.float64)
    if times.shape != pieces.shape or times.ndim != 1 or not (pieces > 0.0).all():
        msg = "duration and quantity must be of one shape (n,), quantities above 0"
        raise OptionError(msg)
    n = len(times)
    if n < N_MIN:
        return None
    x, y = 1.0 / pieces, times / pieces
    centred = x - x.mean()
    squares = float(centred @ centred)
    if math.sqrt(squares / n) < _SPREAD_MIN * x.mean():
        return None
    fixed = float(centred @ y) / squares
    each = float(y.mean() - fixed * x.mean())
    left = y - each - fixed * x
    variance = float(left @ left) / (n - 2)
    t = student_quantile(n - 2.0, 0.5 + level / 2)
    wide = t * math.sqrt(variance / squares)
    wide_each = t * math.sqrt(variance * (1.0 / n + x.mean() ** 2 / squares))
    return TwoPart(
        fixed=max(fixed, 0.0),
        each=each,
        fixed_interval=Interval(max(fixed - wide, 0.0), max(fixed + wide, 0.0)),
        each_interval=Interval(each - wide_each, each + wide_each),
    )

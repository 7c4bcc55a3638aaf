"""Repairs that come again: whether they come faster as a machine ages."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import chdtr, chdtri

from forecasting.errors import OptionError
from forecasting.series import FloatArray, IndexArray

_TAILS = (0.975, 0.025)  # above the ends of the interval
_SHAPE_MIN, _SHAPE_MAX = 1e-3, 1e3


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """Events of repairable units by age, (age / scale) ^ shape of them on average.

    Attributes
    ----------
    shape : float
        Above 1 they come faster with age, below 1 more slowly.
    scale : float
        Age by which a unit has had one event on average.
    low, high : float
        Interval of the shape, of 95 %.
    p_constant : float
        Probability of a shape at least as far from 1 if the rate does not change;
        two-sided.
    n_events : int
        How many it was learned from.
    """

    shape: float
    scale: float
    low: float
    high: float
    p_constant: float
    n_events: int


def fit_power_law(time: ArrayLike, unit: ArrayLike, end: ArrayLike) -> PowerLaw:
    """Fit a rate of events that rises or falls as a power of the age.

    A repair is taken to leave the unit as old as it was. Units have the same law.

    Parameters
    ----------
    time : array-like of shape (n_events,), float
        Age at each event, > 0 and at most the end of its unit.
    unit : array-like of shape (n_events,), int
        Unit of each event, from 0.
    end : array-like of shape (n_units,), float
        Age to which each unit was seen, > 0, fixed beforehand.

    Returns
    -------
    PowerLaw

    Raises
    ------
    OptionError
        If the arrays do not fit, there are fewer than two events, or all are at the
        ends.

    References
    ----------
    Crow (1974), in Reliability and Biometry, SIAM, 379-410, equations 3.5 and 4.1: the
    estimates, and that 2 n shape / estimate has a chi-square law with 2 n degrees of
    freedom (exact for units seen equally long). MIL-HDBK-189 (1981), appendix C.

    Examples
    --------
    >>> fit = fit_power_law([10.0, 40.0, 90.0], [0, 0, 0], [100.0])
    >>> round(fit.shape, 3), round(fit.scale, 1)
    (0.902, 29.6)
    """
    when, whose, ends = _checked(time, unit, end)
    n = len(when)
    top = float(ends.max())
    logs = np.log(when / top)
    relative = ends / top

    def slope(shape: float) -> float:
        weights = relative**shape
        mean_log = float((weights * np.log(relative)).sum() / weights.sum())
        return n / shape + float(logs.sum()) - n * mean_log

    if (when == ends[whose]).all() or slope(_SHAPE_MAX) > 0.0:
        msg = "time: some events must be before the end of their unit, all were at it"
        raise OptionError(msg)
    shape = float(brentq(slope, _SHAPE_MIN, _SHAPE_MAX, xtol=1e-12))
    scale = top * float((relative**shape).sum() / n) ** (1.0 / shape)
    low, high = (float(shape * chdtri(2 * n, tail) / (2 * n)) for tail in _TAILS)
    below = float(chdtr(2 * n, 2.0 * n / shape))
    return PowerLaw(shape, scale, low, high, 2.0 * min(below, 1.0 - below), n)


def expected_events(fit: PowerLaw, age: ArrayLike, ahead: ArrayLike) -> FloatArray:
    """Return how many events units of some ages will have in a time to come.

    Parameters
    ----------
    fit : PowerLaw
        From `fit_power_law`.
    age, ahead : array-like of float
        Age now and time to come, >= 0, of shapes that go together.

    Returns
    -------
    ndarray, float64
    """
    now, later = np.asarray(age, float), np.asarray(ahead, float)
    found = ((now + later) / fit.scale) ** fit.shape - (now / fit.scale) ** fit.shape
    return np.asarray(found, dtype=np.float64)


def _checked(
    time: ArrayLike, unit: ArrayLike, end: ArrayLike
) -> tuple[FloatArray, IndexArray, FloatArray]:
    when, ends = np.asarray(time, np.float64), np.asarray(end, np.float64)
    whose = np.asarray(unit, np.int64)
    least = 2
    if when.shape != whose.shape or when.ndim != 1 or when.size < least:
        msg = (
            f"time and unit must have one shape (n,), n >= 2, had {when.shape} and "
            f"{whose.shape}"
        )
        raise OptionError(msg)
    if not ends.size or not (ends > 0.0).all() or not np.isfinite(ends).all():
        msg = f"end must be > 0 and finite, was {ends}"
        raise OptionError(msg)
    if whose.min() < 0 or whose.max() >= ends.size:
        msg = f"unit must name one of {ends.size} units, was {whose.max()}"
        raise OptionError(msg)
    wrong = np.flatnonzero(~((when > 0.0) & (when <= ends[whose])))
    if wrong.size:
        k = int(wrong[0])
        msg = (
            f"event {k}: must be after 0 and by the age {ends[whose[k]]:g} to which "
            f"unit {whose[k]} was seen, was at {when[k]:g}"
        )
        raise OptionError(msg)
    return when, whose, ends

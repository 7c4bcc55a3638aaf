"""Lives of groups of machines of which some have hardly failed yet."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import gammaln

from forecasting.errors import OptionError
from forecasting.series import FloatArray

_SEARCH = {"maxiter": 4_000, "xatol": 1e-8, "fatol": 1e-10}
_SURE = 1e6  # weight of the prior, in failures, at which groups count as one
_SHAPE_MAX = 1e3  # beyond, all lives are equal
_POWER_MAX = 600.0  # of e, which a time to the power of the shape may come to


@dataclass(frozen=True, slots=True, eq=False)
class PooledLives:
    """Lives by a Weibull law with one shape, and a rate for each group.

    The rate r of a group, in S(t) = exp(-r t^shape), is one of a gamma law over groups.

    Attributes
    ----------
    shape : float
        Of the Weibull law: above 1 machines wear.
    weight, exposure : float
        Of the gamma law: the rate of a group of which nothing is known is
        weight / exposure on average.
    groups : tuple of str
        Groups learned from, sorted.
    n_failed : ndarray of shape (n_groups,), float64
        Failures seen of each.
    exposed : ndarray of shape (n_groups,), float64
        Sum over the units of each of what they were seen, to the power of the shape.
    """

    shape: float
    weight: float
    exposure: float
    groups: tuple[str, ...]
    n_failed: FloatArray
    exposed: FloatArray


def fit_pooled_lives(
    duration: ArrayLike,
    failed: ArrayLike,
    group: ArrayLike,
    *,
    shape: float | None = None,
) -> PooledLives:
    """Learn lives of groups from each other.

    How machines wear, and how much groups differ, is learned from all groups; how soon
    those of one group fail, from the group as far as it has failed, and from the others
    for the rest.

    Parameters
    ----------
    duration : array-like of shape (n_units,), float
        How long each unit was seen, > 0.
    failed : array-like of shape (n_units,), bool
        Whether it failed then; two at least did.
    group : array-like of shape (n_units,)
        Group of each, read as text; two at least.
    shape : float or None
        Of the Weibull law, > 0, where it is known; None finds it.

    Returns
    -------
    PooledLives

    Raises
    ------
    OptionError
        If the arrays do not fit, too few failed, lives are so equal that no shape is
        found, or so long that they to its power are no numbers.

    References
    ----------
    Gaver, O'Muircheartaigh (1987), Technometrics 29, 1-15: rates of groups from a gamma
    law that is fitted to all of them, there of events at a constant rate. For a given
    shape, t^shape makes Weibull lives into that.
    """
    seen, ends, names = _checked(duration, failed, group)
    if shape is not None and not 0.0 < shape < math.inf:
        msg = f"shape must be > 0 and finite, was {shape}"
        raise OptionError(msg)
    groups, index = np.unique(names, return_inverse=True)
    n_failed = np.bincount(index, ends, groups.size).astype(np.float64)
    logs = np.log(seen)
    middle = float(logs.mean())  # keeps powers of times near 1
    own = float((logs[ends] - middle).sum())

    highest = np.log([_SURE, _SURE, _SHAPE_MAX])

    def exposed(shape: float) -> FloatArray:
        with np.errstate(over="ignore"):  # what is infinite is not likely
            powers = np.exp(shape * (logs - middle))
        return np.bincount(index, powers, groups.size).astype(np.float64)

    def laws(point: FloatArray) -> tuple[float, float, float]:
        weight, mean, free = np.exp(np.clip(point, -20.0, highest)).tolist()
        return free if shape is None else shape, weight, weight / mean

    def badness(point: FloatArray) -> float:
        power, weight, rate = laws(point)
        likely = gammaln(weight + n_failed) - gammaln(weight) + weight * math.log(rate)
        likely -= (weight + n_failed) * np.log(rate + exposed(power))
        density = float(n_failed.sum()) * math.log(power) + power * own
        return -float(likely.sum()) - density

    start = [0.0, math.log(float(n_failed.sum()) / len(seen)), 0.0]
    best = minimize(badness, start, method="Nelder-Mead", options=_SEARCH)
    power, weight, rate = laws(best.x)
    if shape is None and power > 0.99 * _SHAPE_MAX:
        raise OptionError(_unshaped(seen[ends]))
    if abs(power * middle) > _POWER_MAX:
        msg = (
            f"durations of about {math.exp(middle):.3g} to the power of the shape "
            f"{power:.3g} are no numbers; give them in a unit in which they are near 1"
        )
        raise OptionError(msg)
    unit = math.exp(power * middle)
    return PooledLives(
        power, weight, rate * unit, tuple(groups.tolist()), n_failed,
        exposed(power) * unit,
    )  # fmt: skip


def pooled_survival(
    pooled: PooledLives, group: str, age: ArrayLike, ahead: ArrayLike
) -> FloatArray:
    """Return the probability that units of a group live on for a time.

    Parameters
    ----------
    pooled : PooledLives
        From `fit_pooled_lives`.
    group : str
        Of the units; one that was not learned from has what groups have in common.
    age, ahead : array-like of float
        Age now and time to come, >= 0, of shapes that go together.

    Returns
    -------
    ndarray, float64
        In [0, 1], over what the rate of the group may be.

    Raises
    ------
    OptionError
        If an age or a time to come is below 0 or not finite.
    """
    now, later = np.asarray(age, np.float64), np.asarray(ahead, np.float64)
    for name, given in (("age", now), ("ahead", later)):
        wrong = given[~((given >= 0.0) & np.isfinite(given))]
        if wrong.size:
            msg = f"{name} must be >= 0 and finite, was {wrong.flat[0]:g}"
            raise OptionError(msg)
    weight, exposure = pooled.weight, pooled.exposure
    if group in pooled.groups:
        k = pooled.groups.index(group)
        weight, exposure = weight + pooled.n_failed[k], exposure + pooled.exposed[k]
    more = (now + later) ** pooled.shape - now**pooled.shape
    # That a unit lived till now was counted when the rates were learned.
    return np.asarray((1.0 + more / exposure) ** -weight, dtype=np.float64)


def _unshaped(lives: FloatArray) -> str:
    return (
        f"duration: {lives.size} lives from {lives.min():g} to {lives.max():g} are too "
        "equal to find a shape; give `shape` where it is known"
    )


def _checked(
    duration: ArrayLike, failed: ArrayLike, group: ArrayLike
) -> tuple[FloatArray, np.ndarray, np.ndarray]:
    seen, ends = np.asarray(duration, np.float64), np.asarray(failed, np.bool_)
    names = np.asarray(group).astype(str)
    if seen.ndim != 1 or not seen.shape == ends.shape == names.shape:
        msg = (
            f"duration, failed and group must have one shape (n,), had {seen.shape}, "
            f"{ends.shape} and {names.shape}"
        )
        raise OptionError(msg)
    if not ((seen > 0.0) & np.isfinite(seen)).all():
        msg = f"durations must be > 0 and finite, the least was {seen.min()}"
        raise OptionError(msg)
    least = 2
    if ends.sum() < least or len(np.unique(names)) < least:
        msg = (
            f"two units must have failed, of two groups, at least; {int(ends.sum())} "
            f"had, of {len(np.unique(names))} groups"
        )
        raise OptionError(msg)
    return seen, ends, names

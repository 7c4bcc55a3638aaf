"""Lives and repairs counted: survival, competing causes, recurrent events."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting.errors import OptionError
from forecasting.series import FloatArray, IndexArray


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """Share of units alive, as it falls.

    Attributes
    ----------
    time : ndarray of shape (n,), float64
        Times at which units failed, rising.
    alive : ndarray of shape (n,), float64
        Share alive after each.
    error : ndarray of shape (n,), float64
        Standard error of it.
    n_at_risk : ndarray of shape (n,), int64
        Units seen until then.
    """

    time: FloatArray
    alive: FloatArray
    error: FloatArray
    n_at_risk: IndexArray


def kaplan_meier(duration: ArrayLike, failed: ArrayLike) -> Survival:
    """Estimate survival where not every life was seen to its end.

    Parameters
    ----------
    duration : array-like of shape (n_units,), float
        How long each unit was seen, >= 0.
    failed : array-like of shape (n_units,), bool
        Whether it failed then; a unit that did not was still alive at that time.

    Returns
    -------
    Survival

    Raises
    ------
    OptionError
        If the arrays do not fit, or a duration is below 0 or not finite.

    References
    ----------
    Kaplan, Meier (1958), JASA 53, 457-481, equation 2b; Greenwood (1926) for the error.

    Examples
    --------
    >>> found = kaplan_meier([2, 3, 3, 5], [True, True, False, True])
    >>> found.time.tolist(), found.alive.tolist()
    ([2.0, 3.0, 5.0], [0.75, 0.5, 0.0])
    """
    seen, ends = _checked(duration, failed)
    time, at_risk, deaths = _counts(seen, ends)
    alive = np.cumprod(1.0 - deaths / at_risk).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = deaths / (at_risk * (at_risk - deaths))
    spread = np.sqrt(np.cumsum(np.where(at_risk > deaths, terms, 0.0)))
    return Survival(time, alive, alive * spread, at_risk)


@dataclass(frozen=True, slots=True, eq=False)
class Incidence:
    """Share of units that failed of each cause, as it rises.

    Attributes
    ----------
    causes : tuple of int
        Causes met, rising.
    time : ndarray of shape (n,), float64
        Times at which units failed of any cause, rising.
    share : ndarray of shape (n_causes, n), float64
        Failed of the cause by then.
    """

    causes: tuple[int, ...]
    time: FloatArray
    share: FloatArray


def cumulative_incidence(duration: ArrayLike, cause: ArrayLike) -> Incidence:
    """Estimate which share fails of each of several causes that compete.

    A unit that failed of one cause can no longer fail of another: taking such a unit as
    censored would overstate every cause.

    Parameters
    ----------
    duration : array-like of shape (n_units,), float
        How long each unit was seen, >= 0.
    cause : array-like of shape (n_units,), int
        What it failed of, >= 1; 0 if it did not fail.

    Returns
    -------
    Incidence

    Raises
    ------
    OptionError
        If the arrays do not fit, a duration is below 0 or a cause is.

    References
    ----------
    Aalen, Johansen (1978), Scandinavian J. of Statistics 5, 141-150.
    """
    causes = np.asarray(cause)
    if causes.size and causes.min() < 0:
        msg = f"cause must be >= 0, 0 for none; was {causes.min()}"
        raise OptionError(msg)
    seen, ends = _checked(duration, causes > 0)
    time, at_risk, deaths = _counts(seen, ends)
    alive = np.cumprod(1.0 - deaths / at_risk)
    before = np.concatenate(([1.0], alive[:-1]))
    kinds = tuple(int(k) for k in np.unique(causes[causes > 0]))
    share = np.empty((len(kinds), time.size))
    for row, kind in enumerate(kinds):
        of_kind = np.sort(seen[causes == kind])
        fell = np.searchsorted(of_kind, time, "right") - np.searchsorted(of_kind, time)
        share[row] = np.cumsum(before * fell / at_risk)
    return Incidence(kinds, time, share)


@dataclass(frozen=True, slots=True, eq=False)
class MeanCount:
    """Events a unit has had by each age, on average.

    Attributes
    ----------
    time : ndarray of shape (n,), float64
        Ages at which there was an event, rising.
    count : ndarray of shape (n,), float64
        Events a unit by then.
    error : ndarray of shape (n,), float64
        Standard error of it.
    """

    time: FloatArray
    count: FloatArray
    error: FloatArray


def mean_count(unit: ArrayLike, time: ArrayLike, end: ArrayLike) -> MeanCount:
    """Estimate how many events, such as repairs, a unit has had by each age.

    Parameters
    ----------
    unit : array-like of shape (n_events,), int
        Unit of each event, from 0.
    time : array-like of shape (n_events,), float
        Age at each event, at most the end of its unit.
    end : array-like of shape (n_units,), float
        Age to which each unit was seen, >= 0.

    Returns
    -------
    MeanCount

    Raises
    ------
    OptionError
        If an event is of no unit, or after its unit was seen.

    References
    ----------
    Nelson (1995), Technometrics 37, 147-157; Lawless, Nadeau (1995), Technometrics 37,
    158-168, equation 2.3: the robust variance.
    """
    whose, when = np.asarray(unit, dtype=np.int64), np.asarray(time, dtype=np.float64)
    ends = np.asarray(end, dtype=np.float64)
    outside = (whose < 0) | (whose >= ends.size)
    if whose.shape != when.shape or outside.any():
        msg = f"unit: must name one of {ends.size} units for each of {when.size} events"
        raise OptionError(msg)
    late = np.flatnonzero(~(when <= ends[whose]))
    if late.size:
        k = int(late[0])
        msg = (
            f"event {k}: must be by the age {ends[whose[k]]:g} to which unit "
            f"{whose[k]} was seen, was at {when[k]:g}"
        )
        raise OptionError(msg)
    ages = np.unique(when)
    at_risk = ends.size - np.searchsorted(np.sort(ends), ages)
    counts = np.zeros((ends.size, ages.size))
    np.add.at(counts, (whose, np.searchsorted(ages, when)), 1.0)
    steps = counts.sum(axis=0) / at_risk
    seen = ends[:, None] >= ages
    deviation = np.cumsum(seen * (counts - steps) / at_risk, axis=1)
    return MeanCount(ages, np.cumsum(steps), np.sqrt((deviation**2).sum(axis=0)))


def _checked(duration: ArrayLike, failed: ArrayLike) -> tuple[FloatArray, np.ndarray]:
    seen, ends = np.asarray(duration, float), np.asarray(failed, dtype=np.bool_)
    if seen.ndim != 1 or seen.shape != ends.shape or not seen.size:
        msg = (
            f"durations and marks must have one shape (n,), n >= 1; had {seen.shape} "
            f"and {ends.shape}"
        )
        raise OptionError(msg)
    wrong = np.flatnonzero(~(np.isfinite(seen) & (seen >= 0.0)))
    if wrong.size:
        k = int(wrong[0])
        msg = f"duration {k}: must be finite and >= 0, was {seen[k]}"
        raise OptionError(msg)
    return seen, ends


def _counts(
    seen: FloatArray, ends: np.ndarray
) -> tuple[FloatArray, IndexArray, IndexArray]:
    """Return times of failures, how many were at risk just before, how many failed."""
    time, deaths = np.unique(seen[ends], return_counts=True)
    at_risk = seen.size - np.searchsorted(np.sort(seen), time)
    return time, at_risk.astype(np.int64), deaths.astype(np.int64)

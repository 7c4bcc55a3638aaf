"""When to replace: a window, what each time in it costs, and policies compared."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting.errors import OptionError
from forecasting.failure.readings import Readings
from forecasting.series import FloatArray

_ROUNDS_MAX = 50  # the end of a circle that does not close


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What renewals cost.

    Attributes
    ----------
    planned : float
        A renewal that was planned, > 0.
    failure : float
        A failure and the renewal after it, more than `planned`.
    lead : float
        Cycles from the decision to the renewal, >= 0.

    Raises
    ------
    OptionError
        If one is out of range.
    """

    planned: float = 1.0
    failure: float = 10.0
    lead: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.planned < self.failure:
            msg = (
                f"costs: planned must be > 0 and below failure, were {self.planned} "
                f"and {self.failure}"
            )
            raise OptionError(msg)
        if not 0.0 <= self.lead < np.inf:
            msg = f"lead must be >= 0 cycles and finite, was {self.lead}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """When a unit is best renewed.

    Attributes
    ----------
    earliest, best, latest : float
        Cycles from now: from the earliest to the latest a renewal costs at most the
        slack more than the best; the latest also keeps the risk.
    cycles : ndarray of shape (n,), float64
        Times from now.
    cost : ndarray of shape (n,), float64
        What a renewal at each costs more than the best time would: failures before it,
        or life thrown away. 0 at `best`.
    risk : ndarray of shape (n,), float64
        Probability of a failure before each.
    """

    earliest: float
    best: float
    latest: float
    cycles: FloatArray
    cost: FloatArray
    risk: FloatArray


def maintenance_window(
    survival: ArrayLike,
    cycles: ArrayLike,
    costs: Costs,
    *,
    rate: float,
    slack: float = 0.1,
    risk_max: float = 0.1,
) -> Window:
    """Turn a survival curve into a window for the renewal and the cost of its times.

    A renewal at time T costs the planned price if the unit lives till then and the
    price of a failure if not, and ends a cycle that would have gone on to earn its
    share of the long-run cost rate g. Up to a constant that is

        J(T) = c_p S(T) + c_f (1 - S(T)) - g E[min(X, T)],

    which is least where (c_f - c_p) times the hazard first reaches g.

    Parameters
    ----------
    survival : array-like of shape (n,), float
        Probability of living longer than each time; falling.
    cycles : array-like of shape (n,), float
        Times from now, rising, the first >= 0.
    costs : Costs
        Prices; times before the lead are not offered.
    rate : float
        Long-run cost a cycle, > 0, such as `renewal_rate` gives.
    slack : float
        How much more than the best the window may cost, in planned renewals, >= 0.
    risk_max : float
        Probability of a failure that the latest time may have, in (0, 1]; the best
        time is offered even if its risk is more.

    Returns
    -------
    Window

    Raises
    ------
    OptionError
        If the curve does not fit the times, falls outside [0, 1], no time is after the
        lead, or an option is out of range.

    References
    ----------
    Barlow, Hunter (1960), Operations Research 8, 90-100: replacement by age.
    Ross (1970), Applied Probability Models with Optimization Applications, ch. 7: the
    long-run rate as a price of time.
    """
    lives, times = np.asarray(survival, float), np.asarray(cycles, float)
    _check_curve(lives, times, costs, rate)
    if not slack >= 0.0 or not 0.0 < risk_max <= 1.0:
        msg = f"slack must be >= 0 and risk_max in (0, 1], were {slack} and {risk_max}"
        raise OptionError(msg)
    offered = times >= costs.lead
    # Time lived until T, by the trapezoidal rule from now on.
    ahead = np.concatenate(([0.0], times))
    alive = np.concatenate(([1.0], lives))
    lived = np.cumsum(0.5 * (alive[1:] + alive[:-1]) * np.diff(ahead))
    total = costs.planned * lives + costs.failure * (1.0 - lives) - rate * lived
    times, total, risk = times[offered], total[offered], 1.0 - lives[offered]
    best = int(np.argmin(total))
    cost = total - total[best]
    good = cost <= slack * costs.planned
    first = best - int(np.argmin(np.concatenate((good[: best + 1][::-1], [False]))) - 1)
    after = good[best:] & (risk[best:] <= max(risk_max, float(risk[best])))
    last = best + int(np.argmin(np.concatenate((after, [False]))) - 1)
    return Window(
        earliest=float(times[first]),
        best=float(times[best]),
        latest=float(times[last]),
        cycles=times,
        cost=cost,
        risk=risk,
    )


def renewal_rate(renewed: ArrayLike, life: ArrayLike, costs: Costs) -> float:
    """Return the cost a cycle of renewing each unit at a time, or at its failure.

    Parameters
    ----------
    renewed : array-like of shape (n_units,), float
        Age of the planned renewal; inf for none.
    life : array-like of shape (n_units,), float
        Age at which each would fail; a renewal at that age comes too late.
    costs : Costs
        Prices.

    Raises
    ------
    OptionError
        If the arrays do not fit, or a life is not above 0.

    References
    ----------
    Ross (1996), Stochastic Processes, theorem 3.6.1: cost a cycle over length of it.

    Examples
    --------
    >>> renewal_rate([80.0, 200.0], [100.0, 120.0], Costs(planned=1.0, failure=10.0))
    0.055
    """
    ages, lives = np.asarray(renewed, float), np.asarray(life, float)
    if ages.shape != lives.shape or not lives.size or not (lives > 0.0).all():
        msg = (
            f"renewed and life must have one shape (n,), n >= 1, lives must be > 0; "
            f"had {ages.shape} and {lives.shape}"
        )
        raise OptionError(msg)
    spent = np.where(ages >= lives, costs.failure, costs.planned).sum()
    return float(spent / np.minimum(ages, lives).sum())


def best_age(life: ArrayLike, costs: Costs) -> tuple[float, float]:
    """Return the fixed age at which units are best renewed, and its cost a cycle.

    Parameters
    ----------
    life : array-like of shape (n_units,), float
        Ages at failure, > 0.
    costs : Costs
        Prices.

    Returns
    -------
    float, float
        The age, just before one of the lives, and the rate.

    References
    ----------
    Barlow, Hunter (1960), Operations Research 8, 90-100.
    """
    lives = np.sort(np.asarray(life, dtype=np.float64))
    # Between two failures a later age is better: only the ages just before one count.
    ages = np.nextafter(np.unique(lives), 0.0).tolist()
    rates = [renewal_rate(np.full(len(lives), age), lives, costs) for age in ages]
    k = int(np.argmin(rates))
    return ages[k], rates[k]


def stopping_times(
    hazard: ArrayLike, readings: Readings, costs: Costs, *, rate: float
) -> FloatArray:
    """Return the age at which each unit is renewed by the hazard rule.

    A renewal is decided in the first cycle in which the hazard that awaits the unit at
    the end of the lead, times what a failure costs more, reaches the long-run rate.

    Parameters
    ----------
    hazard : array-like of shape (n_rows,), float
        Chance a cycle of failing just after the lead, for who lives till then.
    readings : Readings
        Whose rows these are.
    costs : Costs
        Prices and lead.
    rate : float
        Long-run cost a cycle.

    Returns
    -------
    ndarray of shape (n_units,), float64
        Ages; inf where nothing was decided.

    Raises
    ------
    OptionError
        If there is not one hazard a row.

    References
    ----------
    Bergman (1978), J. of Applied Probability 15, 134-145: for a rising hazard,
    replacing at a level of it is optimal, and the optimal rate sets that level.
    """
    chances = np.asarray(hazard, dtype=np.float64)
    if chances.shape != readings.cycle.shape:
        msg = (
            f"hazard must have one value a row, shape {readings.cycle.shape}, had "
            f"{chances.shape}"
        )
        raise OptionError(msg)
    high = chances * (costs.failure - costs.planned) >= rate
    stops = np.full(readings.n_units, np.inf)
    for unit in range(readings.n_units):
        first, end = readings.offsets[unit : unit + 2]
        rows = np.flatnonzero(high[first:end])
        if rows.size:
            stops[unit] = readings.cycle[first + rows[0]] + costs.lead
    return stops


def stopping_rate(hazard: ArrayLike, readings: Readings, costs: Costs) -> float:
    """Return the least cost a cycle that the hazard rule comes to: the price of time.

    In the long run the best rule is the one whose threshold is the rate that it comes
    to. It is met by repeating: renew by the rule at a rate, take the rate that results.
    With few units that may go in a circle; then the least rate of it counts.

    Parameters
    ----------
    hazard : array-like of shape (n_rows,), float
        See `stopping_times`; each row by a model that has not seen its unit.
    readings : Readings
        Units that failed after their last rows.
    costs : Costs
        Prices and lead.

    Returns
    -------
    float
        What `stopping_times` and `maintenance_window` are given.

    References
    ----------
    Howard (1960), Dynamic Programming and Markov Processes, ch. 4: policy iteration.
    """
    lives = readings.cycle[readings.last]
    rate = least = renewal_rate(np.full(len(lives), np.inf), lives, costs)
    for _ in range(_ROUNDS_MAX):
        stops = stopping_times(hazard, readings, costs, rate=rate)
        found = renewal_rate(stops, lives, costs)
        least = min(least, found)
        if found == rate:
            break
        rate = found
    return least


def _check_curve(
    survival: FloatArray, cycles: FloatArray, costs: Costs, rate: float
) -> None:
    if survival.shape != cycles.shape or cycles.ndim != 1 or not cycles.size:
        msg = (
            f"survival and cycles must have one shape (n,), had {survival.shape} and "
            f"{cycles.shape}"
        )
        raise OptionError(msg)
    if not (cycles[0] >= 0.0 and (np.diff(cycles) > 0.0).all()):
        msg = f"cycles must rise from 0 or more, were {cycles[:5]} ..."
        raise OptionError(msg)
    inside = ((survival >= 0.0) & (survival <= 1.0)).all()
    if not inside or not (np.diff(survival) <= 0.0).all():
        msg = f"survival must fall, within [0, 1], was {survival[:5]} ..."
        raise OptionError(msg)
    if cycles[-1] < costs.lead:
        msg = (
            f"cycles: one at least must be after the lead of {costs.lead:g}, the last "
            f"was {cycles[-1]:g}"
        )
        raise OptionError(msg)
    if not rate > 0.0:
        msg = f"rate must be > 0 a cycle, was {rate}"
        raise OptionError(msg)

"""Serial systems: exact echelon levels, and the bounds that need no recursion."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from optimizer.inventory.problem import SerialPolicy

if TYPE_CHECKING:
    from optimizer.inventory.problem import DemandLaw, FloatArray, SerialSystem

__all__ = ["optimize_serial", "serial_bounds", "serial_cost", "shang_song"]

# Steps of the grid in a standard deviation of the least uncertain stage. The error of
# the cost falls with the square: at 60 it is below 1e-4 of it.
STEPS_A_SD = 60.0
REACH = 8.0
POINTS_MAX = 60_000


class _Grid(NamedTuple):
    """Echelon levels `step * (first ... first + n - 1)`, units."""

    first: int
    n: int
    step: float

    @property
    def values(self) -> FloatArray:
        return self.step * np.arange(self.first, self.first + self.n, dtype=np.float64)


def optimize_serial(system: SerialSystem) -> SerialPolicy:
    """Return the echelon base-stock levels of least expected cost.

    Parameters
    ----------
    system
        Any; normal demand is sampled on a grid of a sixtieth of a standard deviation,
        other demand is exact on its lattice.

    Returns
    -------
    SerialPolicy
        With the bounds of `serial_bounds`.

    References
    ----------
    Clark and Scarf (1960), "Optimal policies for a multi-echelon inventory problem",
    Management Science 6(4); the recursion of Chen and Zheng (1994), "Lower bounds for
    multi-echelon stochastic inventory systems", Management Science 40(11).

    Examples
    --------
    >>> from optimizer.inventory import DemandLaw, SerialSystem
    >>> system = SerialSystem(
    ...     echelon_holding_cost=(3.0, 2.0, 2.0), lead_periods=(1.0, 1.0, 2.0),
    ...     shortage_cost=37.12, demand=DemandLaw.normal(5.0, 1.0),
    ... )
    >>> round(optimize_serial(system).cost, 2)
    47.66
    """
    levels, cost = _recursion(system, None)
    lower, upper = serial_bounds(system)
    return SerialPolicy(echelon_levels=levels, cost=cost, lower=lower, upper=upper)


def serial_cost(system: SerialSystem, levels: tuple[float, ...]) -> float:
    """Return the expected cost of echelon base-stock levels.

    Parameters
    ----------
    system
        Any.
    levels
        Units, the stage at customers first; taken to the nearest point of the grid.
    """
    return _recursion(system, levels)[1]


def serial_bounds(system: SerialSystem) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return lower and upper bounds on the best echelon levels.

    Parameters
    ----------
    system
        Any.

    Returns
    -------
    tuple of tuple of float
        Units, the stage at customers first: quantiles of demand over the lead times up
        to a stage, from two newsvendors that hold stock at the least and at the most it
        can cost.

    References
    ----------
    Shang and Song (2003), "Newsvendor bounds and heuristic for optimal policies in
    serial supply chains", Management Science 49(5), theorem 1.
    """
    costs, shortage = system.echelon_holding_cost, system.shortage_cost
    total = sum(costs)
    lower, upper, lead = [], [], 0.0
    for stage, cost in enumerate(costs):
        lead += system.lead_periods[stage]
        above = shortage + sum(costs[stage + 1 :])
        lower.append(_quantile(system.demand, lead, above / (shortage + total)))
        upper.append(_quantile(system.demand, lead, above / (above + cost)))
    return tuple(lower), tuple(upper)


def shang_song(system: SerialSystem) -> SerialPolicy:
    """Return levels halfway between the bounds, and what they cost.

    Parameters
    ----------
    system
        Any; levels of demand in whole units are rounded down.

    References
    ----------
    Shang and Song (2003), equation 12.
    """
    lower, upper = serial_bounds(system)
    levels = tuple(0.5 * (a + b) for a, b in zip(lower, upper, strict=True))
    if system.demand.is_whole:
        levels = tuple(float(math.floor(level)) for level in levels)
    cost = serial_cost(system, levels)
    return SerialPolicy(echelon_levels=levels, cost=cost, lower=lower, upper=upper)


def _quantile(demand: DemandLaw, lead: float, level: float) -> float:
    if demand.kind == "normal":
        spread = demand.sd * math.sqrt(lead) * float(special.ndtri(level))
        return demand.mean * lead + spread
    covered = demand.over(lead)
    return covered.step * covered.quantile(level)


def _grid_of(system: SerialSystem) -> _Grid:
    demand, total = system.demand, sum(system.lead_periods)
    sd = demand.sd * math.sqrt(total)
    if demand.kind == "normal":
        shortest = min(lead for lead in system.lead_periods if lead > 0.0)
        least = demand.sd * math.sqrt(shortest) / STEPS_A_SD
        span = 2.0 * demand.mean * total + 4.0 * REACH * sd
        step = max(least, span / POINTS_MAX, 1e-12)
    else:
        step = demand.step(total)
    longest = max(system.lead_periods)
    low = -demand.mean * longest - REACH * 1.5 * sd
    high = demand.mean * total + REACH * 1.5 * sd
    first, last = math.floor(low / step) - 2, math.ceil(high / step) + 2
    return _Grid(first, last - first + 1, step)


def _recursion(
    system: SerialSystem, given: tuple[float, ...] | None
) -> tuple[tuple[float, ...], float]:
    grid = _grid_of(system)
    x = grid.values
    costs = system.echelon_holding_cost
    induced = (system.shortage_cost + sum(costs)) * np.maximum(-x, 0.0)
    levels, best = [], 0.0
    for stage, (cost, lead) in enumerate(zip(costs, system.lead_periods, strict=True)):
        later = _expected_later(cost * x + induced, grid, system.demand, lead)
        if given is None:
            at = int(np.argmin(later))
            level, best = _refined(later, grid, at, system.demand)
        else:
            at = round(given[stage] / grid.step) - grid.first
            at = min(max(at, 0), grid.n - 1)
            level, best = given[stage], float(later[at])
        levels.append(level)
        induced = later[np.minimum(np.arange(grid.n), at)]
    return tuple(levels), best


def _refined(
    curve: FloatArray, grid: _Grid, at: int, demand: DemandLaw
) -> tuple[float, float]:
    """Return where a smooth curve is least between points of the grid, and how much."""
    level = grid.step * (grid.first + at)
    inside = 0 < at < grid.n - 1
    if demand.kind != "normal" or not inside:
        return level, float(curve[at])
    left, middle, right = (float(curve[at + i]) for i in (-1, 0, 1))
    bend = left - 2.0 * middle + right
    shift = 0.5 * (left - right) / bend if bend > 0.0 else 0.0
    return level + shift * grid.step, middle - 0.25 * (left - right) * shift


def _expected_later(
    curve: FloatArray, grid: _Grid, demand: DemandLaw, lead: float
) -> FloatArray:
    """Return E[curve(y - demand over the lead time)] for every y of the grid."""
    first, share = _lead_demand(demand, lead, grid.step)
    n = share.size
    # Below the grid a curve goes on straight; above, nothing is asked for.
    before = first + n - 1
    left = curve[0] + (curve[1] - curve[0]) * np.arange(-before, 0)
    long = np.concatenate([left, curve])
    # Entry i of the result is the sum over k of share[k] * curve[i - first - k].
    size = 1 << math.ceil(math.log2(long.size + n))
    spectrum = np.fft.rfft(long, size) * np.fft.rfft(share, size)
    summed = np.fft.irfft(spectrum, size)
    start = before - first
    return summed[start : start + grid.n]


def _lead_demand(demand: DemandLaw, lead: float, step: float) -> tuple[int, FloatArray]:
    if demand.kind != "normal" or lead == 0.0:
        law = demand.over(lead, step)
        return law.first, law.probability
    mean, sd = demand.mean * lead, demand.sd * math.sqrt(lead)
    if sd == 0.0:
        return round(mean / step), np.ones(1)
    # A density sampled at equal steps sums smooth functions to many digits, where
    # cells of probability would widen the law by a twelfth of the step squared.
    first = max(math.floor((mean - REACH * sd) / step), 0)
    last = math.ceil((mean + REACH * sd) / step)
    z = (step * np.arange(first, last + 1) - mean) / sd
    density = np.exp(-0.5 * z * z)
    return first, density / density.sum()

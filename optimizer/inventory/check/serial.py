"""Judge the levels of a serial system: shares are followed from the top down.

The methods fold costs upwards; here the distribution of each stage's echelon stock is
carried downwards, which shares neither code nor order of sums with them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optimizer.inventory.problem import (
        DemandLaw,
        FloatArray,
        SerialPolicy,
        SerialSystem,
    )

__all__ = ["check_serial", "echelon_cost"]

# Share of the cost by which it may differ: cells of probability have an error that
# falls with the square of their width, here a fortieth of a standard deviation.
TOLERANCE = 5e-4
CELLS_A_SD = 40.0
REACH = 8.0


def check_serial(system: SerialSystem, policy: SerialPolicy) -> tuple[str, ...]:
    """Return every rule that a policy breaks.

    Parameters
    ----------
    system
        What was asked.
    policy
        From any source.

    Returns
    -------
    tuple of str
        One sentence for each violation: levels that are not there, levels outside their
        bounds, a cost that does not follow from them. Empty if there is none.
    """
    levels = policy.echelon_levels
    if len(levels) != system.n_stages or not all(map(math.isfinite, levels)):
        return (f"echelon_levels must be {system.n_stages} finite ones, were {levels}",)
    broken = []
    cost = echelon_cost(system, levels)
    if not abs(policy.cost - cost) <= TOLERANCE * max(1.0, cost):
        broken.append(f"cost {policy.cost:.9g}, its levels give {cost:.9g}")
    for stage, (low, high) in enumerate(zip(policy.lower, policy.upper, strict=True)):
        slack = 1e-2 * max(1.0, system.demand.sd)
        if not low - slack <= levels[stage] <= high + slack:
            broken.append(
                f"{system.names[stage]}: level {levels[stage]:g} is outside its bounds "
                f"{low:g} and {high:g}"
            )
    return tuple(broken)


def echelon_cost(system: SerialSystem, levels: tuple[float, ...]) -> float:
    """Return the expected cost of echelon base-stock levels.

    Parameters
    ----------
    system
        Any.
    levels
        Units, the stage at customers first.
    """
    step = _step(system)
    costs, shortage = system.echelon_holding_cost, system.shortage_cost
    total = 0.0
    # Distribution of the echelon position: values first + i cells, shares.
    first, share = _point(levels[-1], step)
    for stage in range(system.n_stages - 1, -1, -1):
        low, demand = _demand(system.demand, system.lead_periods[stage], step)
        # Echelon stock when what was ordered has come: position less demand.
        share = np.convolve(share, demand[::-1])
        first = first - (low + demand.size - 1)
        values = step * (first + np.arange(share.size))
        total += costs[stage] * float(share @ values)
        if stage:
            first, share = _capped(first, share, levels[stage - 1], step)
    missing = float(share @ np.maximum(-values, 0.0))
    return total + (shortage + sum(costs)) * missing


def _step(system: SerialSystem) -> float:
    demand = system.demand
    if demand.kind != "normal":
        return demand.step(sum(system.lead_periods))
    shortest = min(lead for lead in system.lead_periods if lead > 0.0)
    return max(demand.sd * math.sqrt(shortest) / CELLS_A_SD, 1e-9)


def _point(level: float, step: float) -> tuple[int, FloatArray]:
    """Split a level over the two cells beside it, its mean kept."""
    low = math.floor(level / step)
    above = level / step - low
    return low, np.array([1.0 - above, above])


def _capped(
    first: int, share: FloatArray, level: float, step: float
) -> tuple[int, FloatArray]:
    """Return the distribution of the lesser of echelon stock and a level."""
    low, cell = _point(level, step)
    at = low - first
    if at >= share.size:
        return first, share
    if at < 0:
        return low, cell * share.sum()
    kept = np.zeros(at + 2)
    kept[: at + 1] = share[: at + 1]
    kept[at : at + 2] += cell * share[at + 1 :].sum()
    return first, kept


def _demand(law: DemandLaw, lead: float, step: float) -> tuple[int, FloatArray]:
    if law.kind != "normal" or lead == 0.0:
        covered = law.over(lead, step)
        return covered.first, covered.probability
    mean, sd = law.mean * lead, law.sd * math.sqrt(lead)
    if sd == 0.0:
        return _point(mean, step)
    low = math.floor((mean - REACH * sd) / step)
    edges = (step * (np.arange(low, low + 2 * int(REACH * sd / step) + 4) - 0.5)) - mean
    sums = np.array([0.5 * math.erfc(-edge / (sd * math.sqrt(2.0))) for edge in edges])
    cells = np.diff(sums)
    return low, cells / cells.sum()

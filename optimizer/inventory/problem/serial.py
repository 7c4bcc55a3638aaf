"""A serial system: stages one behind the other, demand at the last of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from optimizer.inventory.problem.laws import DemandLaw

__all__ = ["SerialPolicy", "SerialSystem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialSystem:
    """Stages in series under echelon base-stock policies, unserved demand waits.

    A stage's echelon stock is what is at it, below it and on the way between, less what
    customers wait for. Stage 1 serves customers; the last stage is replenished from
    where there is always enough.

    Parameters
    ----------
    echelon_holding_cost
        Money a unit of echelon stock and period by stage, the one at customers first,
        >= 0, and > 0 in sum.
    lead_periods
        Periods from stage to stage, the one at customers first, >= 0, in sum > 0.
    shortage_cost
        Money a unit that waits and period, > 0.
    demand
        Demand of a period.
    names
        Of stages, the one at customers first.

    Raises
    ------
    ProblemError
        If an entry is not allowed.

    Examples
    --------
    >>> from optimizer.inventory.problem.laws import DemandLaw
    >>> system = SerialSystem(
    ...     echelon_holding_cost=(3.0, 2.0, 2.0),
    ...     lead_periods=(1.0, 1.0, 2.0),
    ...     shortage_cost=37.12,
    ...     demand=DemandLaw.normal(5.0, 1.0),
    ... )
    >>> system.n_stages, system.local_holding_cost
    (3, (7.0, 4.0, 2.0))
    """

    echelon_holding_cost: tuple[float, ...]
    lead_periods: tuple[float, ...]
    shortage_cost: float
    demand: DemandLaw
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        costs, leads = self.echelon_holding_cost, self.lead_periods
        if not costs or len(costs) != len(leads):
            message = (
                "serial system: echelon_holding_cost and lead_periods must be of one "
                f"length >= 1, were {len(costs)} and {len(leads)}"
            )
            raise ProblemError(message)
        for name, values in (("echelon_holding_cost", costs), ("lead_periods", leads)):
            if not all(0.0 <= v < math.inf for v in values) or sum(values) <= 0.0:
                message = f"{name} must be >= 0 and > 0 in sum, was {values}"
                raise ProblemError(message)
        if not 0.0 < self.shortage_cost < math.inf:
            message = f"shortage_cost must be > 0, was {self.shortage_cost}"
            raise ProblemError(message)
        if self.demand.mean <= 0.0:
            message = f"serial demand must have a mean > 0, was {self.demand.mean}"
            raise ProblemError(message)
        if not self.names:
            names = tuple(f"stage {i + 1}" for i in range(len(costs)))
            object.__setattr__(self, "names", names)
        elif len(self.names) != len(costs):
            message = f"names must be {len(costs)}, were {len(self.names)}"
            raise ProblemError(message)

    @property
    def n_stages(self) -> int:
        """Number of stages."""
        return len(self.lead_periods)

    @property
    def local_holding_cost(self) -> tuple[float, ...]:
        """Money a unit at each stage and period, as a warehouse would say it."""
        costs = self.echelon_holding_cost
        return tuple(sum(costs[stage:]) for stage in range(len(costs)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialPolicy:
    """Levels of a serial system.

    Parameters
    ----------
    echelon_levels
        Units up to which echelon positions are raised, the stage at customers first.
    cost
        Expected money a period.
    lower, upper
        Bounds of Shang and Song on the levels that are optimal, by stage.
    """

    echelon_levels: tuple[float, ...]
    cost: float
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()

    @property
    def local_levels(self) -> tuple[float, ...]:
        """The same policy said by local base-stock levels."""
        least, levels, below = math.inf, [], 0.0
        # A stage never gets more than the echelon above it has.
        capped = []
        for level in reversed(self.echelon_levels):
            least = min(least, level)
            capped.append(least)
        for level in reversed(capped):
            levels.append(level - below)
            below = level
        return tuple(levels)

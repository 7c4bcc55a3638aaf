"""Repair a replenishment plan that was released: change a part, keep the rest.

`repair_replenishment` plans anew only the orders that are free to change, with a cost
for each that does and at most so many of them; all others stay to the last bit.
"""

from optimizer.logistics.distribution.repair.released import (
    ReleasedPlan,
    ReplenishmentRepair,
)
from optimizer.logistics.distribution.repair.solve import repair_replenishment

__all__ = ["ReleasedPlan", "ReplenishmentRepair", "repair_replenishment"]

"""Multi-period replenishment of a network of stock points.

When to order how much on every lane, purchase and production step, so that profit
over a horizon is highest for one path of demand. `plan_replenishment` solves it as a
linear program; `check_replenishment` judges any plan without a solver.
"""

from optimizer.logistics.distribution.check import (
    check_replenishment,
    replenishment_profit,
)
from optimizer.logistics.distribution.merged import MergedProblem, merged_demands
from optimizer.logistics.distribution.problem import (
    ReplenishmentNetwork,
    ReplenishmentProblem,
    ReplenishmentSolution,
)
from optimizer.logistics.distribution.solve import (
    ReplenishmentSolver,
    plan_replenishment,
)

__all__ = [
    "MergedProblem",
    "ReplenishmentNetwork",
    "ReplenishmentProblem",
    "ReplenishmentSolution",
    "ReplenishmentSolver",
    "check_replenishment",
    "merged_demands",
    "plan_replenishment",
    "replenishment_profit",
]

"""Lot sizing: how much to make of what, period by period, and when to set up.

`read_problem` reads one from a file, `plan_lots` solves it, anytime, `check_plan`
judges any plan without a solver, and `repair_lots` says what stands in the way where
there is none, and what it takes.
"""

from optimizer.production.lot_sizing.check import check_plan, plan_cost
from optimizer.production.lot_sizing.conflicts import Conflict
from optimizer.production.lot_sizing.formats.reading import read_problem
from optimizer.production.lot_sizing.problem import (
    NONE,
    Bill,
    Items,
    LotPlan,
    LotSizingProblem,
    Quantities,
    Resources,
)
from optimizer.production.lot_sizing.repair import (
    LotRepair,
    RepairPrices,
    repair_lots,
)
from optimizer.production.lot_sizing.solve import plan_lots, warm_up

__all__ = [
    "NONE",
    "Bill",
    "Conflict",
    "Items",
    "LotPlan",
    "LotRepair",
    "LotSizingProblem",
    "Quantities",
    "RepairPrices",
    "Resources",
    "check_plan",
    "plan_cost",
    "plan_lots",
    "read_problem",
    "repair_lots",
    "warm_up",
]

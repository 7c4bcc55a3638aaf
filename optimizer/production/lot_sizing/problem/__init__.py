"""What is asked of a lot-sizing plan, and the plan itself."""

from optimizer.production.lot_sizing.problem.plan import LotPlan, Quantities
from optimizer.production.lot_sizing.problem.tables import (
    NONE,
    Bill,
    BoolArray,
    FloatArray,
    IntArray,
    Items,
    Resources,
)
from optimizer.production.lot_sizing.problem.whole import LotSizingProblem

__all__ = [
    "NONE",
    "Bill",
    "BoolArray",
    "FloatArray",
    "IntArray",
    "Items",
    "LotPlan",
    "LotSizingProblem",
    "Quantities",
    "Resources",
]

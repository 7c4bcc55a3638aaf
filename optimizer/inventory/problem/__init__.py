"""Problems of stock: one item, stages in series, trees; and their policies."""

from optimizer.inventory.problem.items import (
    InventoryPlan,
    InventoryProblem,
    ItemMeasures,
    ItemPolicy,
    PolicyKind,
    ServiceTarget,
    StockItem,
)
from optimizer.inventory.problem.lattice import FloatArray, Lattice
from optimizer.inventory.problem.laws import DemandLaw, LeadTime
from optimizer.inventory.problem.serial import SerialPolicy, SerialSystem
from optimizer.inventory.problem.single import (
    LotItem,
    LotSize,
    SeasonItem,
    SeasonOrder,
)
from optimizer.inventory.problem.tree import ServiceStage, ServiceTimes, ServiceTree

__all__ = [
    "DemandLaw",
    "FloatArray",
    "InventoryPlan",
    "InventoryProblem",
    "ItemMeasures",
    "ItemPolicy",
    "Lattice",
    "LeadTime",
    "LotItem",
    "LotSize",
    "PolicyKind",
    "SeasonItem",
    "SeasonOrder",
    "SerialPolicy",
    "SerialSystem",
    "ServiceStage",
    "ServiceTarget",
    "ServiceTimes",
    "ServiceTree",
    "StockItem",
]

"""Stock: how much, when, and where to keep it safe.

One item: newsvendors, economic order quantities, base-stock levels, (s, S) and (r, Q)
policies. Stages in series: echelon base-stock levels. Trees: guaranteed service times.
`plan_inventory` chooses, checks and, with a simulation handed in, judges.
"""

from optimizer.inventory.check import (
    check_lot,
    check_policy,
    check_season,
    check_serial,
    check_times,
    echelon_cost,
    expected_measures,
    lot_cost,
)
from optimizer.inventory.formats import InventoryFile, read_inventory, read_stages
from optimizer.inventory.problem import (
    DemandLaw,
    InventoryPlan,
    InventoryProblem,
    ItemMeasures,
    ItemPolicy,
    Lattice,
    LeadTime,
    LotItem,
    LotSize,
    SeasonItem,
    SeasonOrder,
    SerialPolicy,
    SerialSystem,
    ServiceStage,
    ServiceTarget,
    ServiceTimes,
    ServiceTree,
    StockItem,
)

__all__ = [
    "DemandLaw",
    "InventoryFile",
    "InventoryPlan",
    "InventoryProblem",
    "ItemMeasures",
    "ItemPolicy",
    "Lattice",
    "LeadTime",
    "LotItem",
    "LotSize",
    "SeasonItem",
    "SeasonOrder",
    "SerialPolicy",
    "SerialSystem",
    "ServiceStage",
    "ServiceTarget",
    "ServiceTimes",
    "ServiceTree",
    "StockItem",
    "check_lot",
    "check_policy",
    "check_season",
    "check_serial",
    "check_times",
    "echelon_cost",
    "expected_measures",
    "lot_cost",
    "read_inventory",
    "read_stages",
]

"""What to ship between sites, period by period, in whole vehicles.

`read_shipments` reads a problem, `plan_shipments` solves it, anytime and with a bound,
`check_shipments` judges any plan without a solver, and `repair_shipments` says why full
service is impossible.
"""

from optimizer.logistics.transshipment.check import check_shipments, shipment_cost
from optimizer.logistics.transshipment.conflicts import ShipmentConflict
from optimizer.logistics.transshipment.formats import (
    ShipmentNames,
    parse_shipments,
    read_shipments,
)
from optimizer.logistics.transshipment.problem import (
    Lanes,
    ShipmentPlan,
    TransshipmentProblem,
    without_pooling,
)
from optimizer.logistics.transshipment.repair import ShipmentRepair, repair_shipments
from optimizer.logistics.transshipment.solve import plan_shipments, warm_up

__all__ = [
    "Lanes",
    "ShipmentConflict",
    "ShipmentNames",
    "ShipmentPlan",
    "ShipmentRepair",
    "TransshipmentProblem",
    "check_shipments",
    "parse_shipments",
    "plan_shipments",
    "read_shipments",
    "repair_shipments",
    "shipment_cost",
    "warm_up",
    "without_pooling",
]

"""What to ship between sites, period by period, in whole vehicles.

`plan_shipments` solves it, anytime and with a bound, and `check_shipments` judges any
plan without a solver.
"""

from optimizer.logistics.transshipment.check import check_shipments, shipment_cost
from optimizer.logistics.transshipment.problem import (
    Lanes,
    ShipmentPlan,
    TransshipmentProblem,
    without_pooling,
)
from optimizer.logistics.transshipment.solve import plan_shipments, warm_up

__all__ = [
    "Lanes",
    "ShipmentPlan",
    "TransshipmentProblem",
    "check_shipments",
    "plan_shipments",
    "shipment_cost",
    "warm_up",
    "without_pooling",
]

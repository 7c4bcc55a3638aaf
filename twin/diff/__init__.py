"""Plan against plan: what is ordered, made and served otherwise, and for how much."""

from twin.diff.customers import CustomerChange, compare_customers
from twin.diff.money import MoneyChange, compare_money
from twin.diff.operations import Operation, OperationChange, compare_operations
from twin.diff.orders import OrderChange, PlannedOrder, compare_orders
from twin.diff.plans import PlanDiff, PlanSide, compare
from twin.diff.stability import Stability, stability_of

__all__ = [
    "CustomerChange",
    "MoneyChange",
    "Operation",
    "OperationChange",
    "OrderChange",
    "PlanDiff",
    "PlanSide",
    "PlannedOrder",
    "Stability",
    "compare",
    "compare_customers",
    "compare_money",
    "compare_operations",
    "compare_orders",
    "stability_of",
]

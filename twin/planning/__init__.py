"""The seam to the optimiser: state and forecast to problem, solution to decisions."""

from twin.planning.base_stock import base_stock_levels, cheapest_sources
from twin.planning.messages import order_id, orders_of
from twin.planning.planner import Planned, Planner, decisions_of, first_orders
from twin.planning.problem import production_by_point, replenishment_problem
from twin.planning.release import plan_released
from twin.planning.structure import PlanningStructure, planning_structure

__all__ = [
    "Planned",
    "Planner",
    "PlanningStructure",
    "base_stock_levels",
    "cheapest_sources",
    "decisions_of",
    "first_orders",
    "order_id",
    "orders_of",
    "plan_released",
    "planning_structure",
    "production_by_point",
    "replenishment_problem",
]

"""The seam to the optimiser: state and forecast to problem, solution to decisions."""

from twin.planning.planner import Planned, Planner
from twin.planning.problem import replenishment_problem
from twin.planning.structure import PlanningStructure, planning_structure

__all__ = [
    "Planned",
    "Planner",
    "PlanningStructure",
    "planning_structure",
    "replenishment_problem",
]

"""Repair a schedule after a disruption, and stay near the plan that is known.

`reschedule` takes a problem, its schedule and disruptions as data, gives a plan that
keeps every rule at once, and improves it for the rest of the time within a frozen zone,
a budget of changes, held machines or a cost of moves. `plan_diff` tells what differs
between any two plans of a problem.
"""

from optimizer.production.scheduling.repair.diff import (
    JobShift,
    Move,
    PlanDiff,
    plan_diff,
)
from optimizer.production.scheduling.repair.disruptions import (
    Absence,
    Breakdown,
    Cancellation,
    Disruption,
    LateMaterial,
    RushJob,
    RushMode,
    RushOperation,
)
from optimizer.production.scheduling.repair.judging import stability_faults
from optimizer.production.scheduling.repair.pricing import (
    Price,
    price_of_stability,
)
from optimizer.production.scheduling.repair.reading import read_disruptions
from optimizer.production.scheduling.repair.solve import Repair, reschedule
from optimizer.production.scheduling.repair.stability import Stability
from optimizer.production.scheduling.repair.warming import warm_up

__all__ = [
    "Absence",
    "Breakdown",
    "Cancellation",
    "Disruption",
    "JobShift",
    "LateMaterial",
    "Move",
    "PlanDiff",
    "Price",
    "Repair",
    "RushJob",
    "RushMode",
    "RushOperation",
    "Stability",
    "plan_diff",
    "price_of_stability",
    "read_disruptions",
    "reschedule",
    "stability_faults",
    "warm_up",
]

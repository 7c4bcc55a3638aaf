"""Detailed schedules of a shop: which machine does what, in which order, when.

`read_problem` reads one from a file, `schedule_production` solves it, anytime, and
`check_schedule` judges any schedule without a solver.
"""

from optimizer.production.scheduling.check import (
    check_schedule,
    find_faults,
    schedule_cost,
)
from optimizer.production.scheduling.costs import cost_parts
from optimizer.production.scheduling.faults import FAULTS, Fault
from optimizer.production.scheduling.formats.reading import read_problem
from optimizer.production.scheduling.problem import (
    Arcs,
    Baseline,
    Buffers,
    Jobs,
    Locks,
    Machines,
    Modes,
    Names,
    Objective,
    Operations,
    Pools,
    Schedule,
    SchedulingProblem,
    Setups,
    StartCosts,
    Tariff,
    Transport,
)
from optimizer.production.scheduling.solve import schedule_production, warm_up

__all__ = [
    "FAULTS",
    "Arcs",
    "Baseline",
    "Buffers",
    "Fault",
    "Jobs",
    "Locks",
    "Machines",
    "Modes",
    "Names",
    "Objective",
    "Operations",
    "Pools",
    "Schedule",
    "SchedulingProblem",
    "Setups",
    "StartCosts",
    "Tariff",
    "Transport",
    "check_schedule",
    "cost_parts",
    "find_faults",
    "read_problem",
    "schedule_cost",
    "schedule_production",
    "warm_up",
]

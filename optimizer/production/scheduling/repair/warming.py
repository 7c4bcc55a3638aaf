"""Compile or load what a repair needs, so that its time is its own."""

from __future__ import annotations

import numpy as np

from optimizer.options import SolveOptions
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import Schedule
from optimizer.production.scheduling.repair.disruptions import Breakdown
from optimizer.production.scheduling.repair.solve import reschedule
from optimizer.production.scheduling.repair.stability import Stability

__all__ = ["warm_up"]


def warm_up() -> None:
    """Repair two tiny plans, once by each search.

    The first time after an installation this takes some ten seconds, later a fraction
    of one.
    """
    problem = problem_of_routes([[[(0, 2), (1, 3)]], [[(0, 2)]], [[(0, 2)]]], 2)
    plan = Schedule(
        status="feasible",
        objective=6.0,
        bound=0.0,
        gap=1.0,
        mode=np.array([0, 2, 3]),
        start=np.array([0, 2, 4]),
        end=np.array([2, 4, 6]),
    )
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=20)
    down = [Breakdown(machine=0, start=0, end=3)]
    for stability in (Stability(), Stability(changes=1)):
        reschedule(problem, plan, down, now=0, options=options, stability=stability)

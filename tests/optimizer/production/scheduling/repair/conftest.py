"""A small flexible shop with its plan, and ways to repair it."""

import numpy as np
import pytest

from benchmarks.workloads.schedules.repair import shop
from optimizer import SolveOptions
from optimizer.production.scheduling.repair.solve import reschedule
from optimizer.production.scheduling.repair.stability import Stability
from optimizer.production.scheduling.solve import schedule_production


@pytest.fixture
def options():
    """Return options of a budget of work."""

    def with_work(work=1, seed=0):
        return SolveOptions(monotonic_s=lambda: 0.0, work_limit=work, seed=seed)

    return with_work


@pytest.fixture(scope="session")
def planned():
    """Return a flexible shop of 80 operations and a plan of it."""
    problem = shop(3, 8)
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=20_000)
    return problem, schedule_production(problem, options)


@pytest.fixture
def repaired(planned, options):
    """Repair the plan of the shop after disruptions."""

    def repair(disruptions, *, now, work=1, **stability):
        problem, plan = planned
        return reschedule(
            problem, plan, disruptions, now=now, options=options(work),
            stability=Stability(**stability),
        )  # fmt: skip

    return repair


@pytest.fixture
def busiest(planned):
    """Return the machine that works most."""
    problem, plan = planned
    machine = problem.modes.machine[plan.mode]
    return int(np.bincount(machine, weights=plan.end - plan.start).argmax())

"""A small flexible shop with its plan, and ways to repair it."""

import numpy as np
import pytest

from benchmarks.workloads.schedules.repair import shop
from optimizer import SolveOptions
from optimizer.production.scheduling.repair.disruptions import Breakdown
from optimizer.production.scheduling.repair.first import (
    Room,
    first_repair,
    has_to_stay,
)
from optimizer.production.scheduling.repair.shops import left_over
from optimizer.production.scheduling.repair.solve import reschedule
from optimizer.production.scheduling.repair.stability import Stability
from optimizer.production.scheduling.repair.upset import upset
from optimizer.production.scheduling.search.laying import rules_of
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


@pytest.fixture
def opened(planned, busiest):
    """Return room, first repair and what is open after a breakdown at 40."""

    def make(*, problem=None, start=40, freeze=0):
        given, plan = planned
        down = [Breakdown(machine=busiest, start=start, end=90)]
        after = upset(problem or given, plan, down, now=40)
        room = Room(after, rules_of(after.problem), now=40)
        stability = Stability(freeze=freeze)
        first = first_repair(room, down, stability)
        stays = has_to_stay(after, stability, now=40) & ~first.displaced
        return room, first, left_over(room, first, stays)

    return make

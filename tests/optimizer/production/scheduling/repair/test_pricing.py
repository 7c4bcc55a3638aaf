"""The price of stability."""

from dataclasses import replace

import numpy as np

from optimizer.production.scheduling.problem import Jobs
from optimizer.production.scheduling.repair.disruptions import Breakdown
from optimizer.production.scheduling.repair.pricing import price_of_stability
from optimizer.production.scheduling.repair.stability import Stability


def test_more_changes_never_cost_more(planned, options, busiest):
    problem, plan = planned
    down = [Breakdown(machine=busiest, start=40, end=120)]
    curve = price_of_stability(
        problem, plan, down, now=40, options=options(20_000),
        stability=Stability(freeze=5), budgets=(0, 2, 8, None),
    )  # fmt: skip
    assert [point.changes for point in curve] == [0, 2, 8, None]
    costs = [point.objective for point in curve]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]
    assert all(point.moved <= (point.changes or 80) for point in curve[:-1])


def test_where_no_plan_keeps_a_deadline_the_price_is_infinite(planned, options):
    problem, plan = planned
    jobs = Jobs(release=np.zeros(8, dtype=np.int64), deadline=plan.end[9::10])
    down = [Breakdown(machine=m, start=10, end=900) for m in range(20)]
    curve = price_of_stability(
        replace(problem, jobs=jobs), plan, down, now=10, options=options(500),
        budgets=(0, None),
    )  # fmt: skip
    assert [point.objective for point in curve] == [float("inf")] * 2


def test_who_stops_gets_the_points_so_far(planned, options, busiest):
    problem, plan = planned
    down = [Breakdown(machine=busiest, start=40, end=120)]
    curve = price_of_stability(
        problem, plan, down, now=40, options=options(500), budgets=(0, None),
        cancelled=lambda: True,
    )  # fmt: skip
    assert curve == ()

"""The search counts costs as the checker does."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import generated
from optimizer.production.scheduling._kernels.pricing import paid_open
from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.costs import schedule_cost
from optimizer.production.scheduling.problem import (
    Baseline,
    Machines,
    Objective,
    Schedule,
    StartCosts,
    Tariff,
)
from optimizer.production.scheduling.search.laying import rules_of
from optimizer.production.scheduling.search.lists import ListSearch
from optimizer.result import relative_gap


@pytest.fixture
def priced():
    """Setups, closed windows, three powers, a tariff, lines and a baseline at once."""

    def make(seed):
        rng = np.random.default_rng(seed)
        problem = generated("setups", seed, n_jobs=6)
        n = problem.n_operations
        starts = np.arange(30, 400, 60)
        return replace(
            problem,
            operations=replace(problem.operations, resumable=rng.integers(0, 2, n)),
            machines=Machines(
                matrix=np.zeros(6, dtype=int),
                first_family=rng.integers(-1, 4, 6),
                closed_machine=np.repeat(np.arange(6), starts.size),
                closed_start=np.tile(starts, 6),
                closed_end=np.tile(starts + 9, 6),
                busy_power=rng.integers(0, 9, 6),
                setup_power=rng.integers(0, 9, 6),
                idle_power=rng.integers(0, 4, 6),
            ),
            tariff=Tariff(start=np.arange(0, 300, 25), price=rng.integers(0, 7, 12)),
            start_costs=StartCosts(
                operation=[2, 2, 2], time=[10, 40, 80], cost=[50, 3, 31]
            ),
            baseline=Baseline(
                operation=np.arange(n),
                machine=rng.integers(0, 6, n),
                start=rng.integers(0, 200, n),
                move_cost=np.full(n, 5),
            ),
            objective=Objective(
                makespan=3, setup=1, energy=1, maintenance=2, stability=1
            ),
        )

    return make


@pytest.mark.parametrize("seed", range(4))
def test_costs_are_the_checkers(priced, seed):
    problem = priced(seed)
    search = ListSearch(rules_of(problem), problem.order, seed=seed, bound=0)
    first = search.cost
    search.improve(20_000)
    start, end, mode = search.schedule()
    schedule = Schedule(
        status="feasible", objective=float(search.cost), bound=0.0,
        gap=relative_gap(float(search.cost), 0.0),
        mode=mode.astype(np.int64), start=start, end=end,
    )  # fmt: skip
    assert search.cost < first
    assert schedule_cost(problem, schedule) == search.cost
    assert check_schedule(problem, schedule) == ()


def test_closed_time_costs_no_energy(priced):
    problem = priced(0)
    rules = rules_of(problem)
    tariff = problem.tariff
    for s, e in ((0, 30), (20, 35), (32, 36), (0, 250)):
        asked = sum(
            int(tariff.price[np.searchsorted(tariff.start, t, side="right") - 1])
            for t in range(s, e)
            if not any(low <= t < low + 9 for low in range(30, 400, 60))
        )
        assert paid_open(rules, 0, s, e) == asked

"""Search with few free operations."""

import numpy as np
import pytest

from benchmarks.workloads.schedules.repair import shop
from optimizer.production.scheduling._kernels.dispatch import generator
from optimizer.production.scheduling._kernels.freeing import (
    AT_HOME,
    BEST,
    BUDGET,
    CURRENT,
    FREE,
    FREED,
    N_COUNTERS,
    N_FREED,
    WEIGHT,
    Home,
    free_search,
    judge,
)
from optimizer.production.scheduling._kernels.generation import generate
from optimizer.production.scheduling._kernels.timeline import Genes, empty_timeline
from optimizer.production.scheduling.search.laying import rules_of


@pytest.fixture
def homes():
    """Return a shop whose plan is that of a list, all of it at home."""
    problem = shop(5, 3)
    rules, n = rules_of(problem), problem.n_operations

    def lists():
        return Genes(
            order=np.arange(n, dtype=np.int32),
            choice=problem.mode_start[:-1].astype(np.int32),
            join=np.zeros(n, np.uint8),
            skip=np.zeros(3, np.uint8),
            wait=np.zeros(n, np.int64),
        )

    line, genes = empty_timeline(rules), lists()
    generate(rules, line, genes)
    counters = np.zeros(N_COUNTERS, np.int64)
    counters[BEST] = counters[CURRENT] = np.iinfo(np.int64).max
    home = Home(
        start=line.start.copy(),
        mode=line.mode.copy(),
        status=np.full(n, AT_HOME, np.uint8),
        best_status=np.full(n, AT_HOME, np.uint8),
        free=np.zeros(n, np.int32),
        position=np.arange(n, dtype=np.int32),
        recent=np.zeros(8, np.int64),
        counters=counters,
        state=generator(1),
    )
    rules.lock[:], rules.lock_mode[:] = home.start, home.mode
    return rules, line, genes, lists(), home


def test_all_at_home_is_the_plan_before(homes):
    rules, line, genes, best, home = homes
    makespan = int(line.end.max())
    assert judge(rules, line, genes, home) == makespan
    # Nothing is free, and nothing may be: there is nothing to do.
    assert free_search(rules, line, genes, best, home, 10, 0) == 10
    assert np.array_equal(line.start, home.start)


@pytest.mark.parametrize("budget", [1, 4, 30])
def test_the_budget_holds_at_every_step(homes, budget):
    rules, line, genes, best, home = homes
    home.counters[BUDGET] = budget
    before = judge(rules, line, genes, home)
    home.counters[BEST] = home.counters[CURRENT] = before
    home.recent[:] = before
    for _ in range(20):
        free_search(rules, line, genes, best, home, 30, 0)
        assert np.sum(home.status == FREED) == home.counters[N_FREED] <= budget
        locked = rules.lock >= 0
        assert np.array_equal(locked, home.status == AT_HOME)
        assert np.array_equal(home.position[genes.order], np.arange(30))
    assert home.counters[BEST] <= before
    assert np.sum(home.best_status == FREED) <= budget
    if budget == 30:
        assert home.counters[BEST] < before


def test_moves_cost_their_weight(homes):
    rules, line, genes, _, home = homes
    home.counters[WEIGHT] = 1000
    home.status[:2] = FREED
    home.status[2] = FREE
    rules.lock[:3] = -1
    genes.choice[1] = genes.choice[0]
    genes.choice[1] = home.mode[1]
    genes.wait[1] = home.start[1] + 1
    genes.wait[2] = home.start[2] + 1
    cost = judge(rules, line, genes, home)
    assert cost // 1000 % 10 == 1 or cost > rules.weights[3]

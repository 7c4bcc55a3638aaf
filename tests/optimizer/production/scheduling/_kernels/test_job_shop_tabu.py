import itertools

import numpy as np
import pytest

from optimizer.production.scheduling._kernels.dispatch import generator
from optimizer.production.scheduling._kernels.job_shop_graph import load, starts
from optimizer.production.scheduling._kernels.job_shop_tabu import (
    BEST,
    BOUND,
    CURRENT,
    SPREAD,
    STEP,
    STUCK,
    TENURE,
    critical_path,
    new_memory,
    tabu,
)
from optimizer.production.scheduling.search.job_shop import graph_of


def begin(shop, order, *, bound=0):
    graph, n_arcs = graph_of(shop)
    memory = new_memory(order.size, n_arcs, generator(1))
    makespan = load(graph, order)
    memory.counters[[CURRENT, BEST]] = makespan
    memory.counters[[BOUND, TENURE, SPREAD]] = bound, 4, 2
    memory.best[:] = order
    return graph, memory


def least_makespan(graph, jobs):
    """The least makespan over all orders of jobs' operations, each once."""
    letters = [x for x, job in enumerate(jobs) for _ in job]
    first = np.cumsum([0] + [len(job) for job in jobs])
    room = np.zeros(len(letters) + 1, np.int64)
    best = None
    for word in set(itertools.permutations(letters)):
        seen = [0] * len(jobs)
        order = np.zeros(len(letters), np.int32)
        for x, letter in enumerate(word):
            order[x] = first[letter] + seen[letter]
            seen[letter] += 1
        makespan = starts(graph, order, room)
        best = makespan if best is None else min(best, makespan)
    return best


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("setups", [False, True])
def test_tabu_finds_the_best_of_all_orders(job_shop_of, random_jobs, seed, setups):
    jobs = random_jobs(4, 2, seed)
    rng = np.random.default_rng(seed)
    setup = rng.integers(0, 60, (2, 4, 4)) if setups else None
    shop = job_shop_of(jobs, 2, setup=setup)
    graph, memory = begin(shop, np.arange(8, dtype=np.int32))
    tabu(graph, memory, 100_000, 5000)
    assert memory.counters[BEST] == least_makespan(graph, jobs)


def test_tabu_keeps_its_best_order_and_stops_at_the_bound(job_shop_of, random_jobs):
    shop = job_shop_of(random_jobs(10, 5, 3), 5)
    graph, memory = begin(shop, np.arange(50, dtype=np.int32))
    first = int(memory.counters[BEST])
    tabu(graph, memory, 200_000, 10_000)
    best = int(memory.counters[BEST])
    assert best < first
    assert starts(graph, memory.best, np.zeros(51, np.int64)) == best
    again, other = begin(shop, np.arange(50, dtype=np.int32), bound=best)
    tabu(again, other, 10_000_000, 10_000)
    assert other.counters[BEST] == best
    assert other.counters[STEP] <= memory.counters[STEP]


def test_tabu_goes_on_where_it_stopped(job_shop_of, random_jobs):
    shop = job_shop_of(random_jobs(10, 5, 3), 5)
    order = np.arange(50, dtype=np.int32)
    (whole, one), (parts, other) = begin(shop, order), begin(shop, order)
    spent = tabu(whole, one, 60_000, 10_000)
    while spent > 0:
        spent -= tabu(parts, other, min(spent, 1_000), 10_000)
    assert one.counters[STEP] == other.counters[STEP]
    assert np.array_equal(one.best, other.best)


def test_tabu_is_stuck_where_one_job_is_the_makespan(job_shop_of):
    shop = job_shop_of([[(0, 5), (1, 5)], [(1, 2)]], 2)
    graph, memory = begin(shop, np.array([0, 2, 1], np.int32))
    tabu(graph, memory, 1000, 100)
    assert memory.counters[STUCK] == 1
    assert memory.counters[BEST] == 10


def test_critical_path_is_as_long_as_the_makespan(job_shop_of, random_jobs):
    shop = job_shop_of(random_jobs(10, 5, 4), 5)
    graph, memory = begin(shop, np.arange(50, dtype=np.int32))
    makespan = memory.counters[CURRENT]
    begins = critical_path(graph, memory.path, memory.state, makespan)
    assert shop.mode_duration[memory.path[begins:]].sum() == makespan

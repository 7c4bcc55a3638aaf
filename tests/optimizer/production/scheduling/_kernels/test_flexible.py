import numpy as np

from optimizer.production.scheduling._kernels.dispatch import dispatch, generator
from optimizer.production.scheduling._kernels.flexible import (
    BEST,
    ITERATION,
    N_COUNTERS,
    PATIENCE,
    STALL,
    STALL_MAX,
    STOP,
    tabu_search,
)
from optimizer.production.scheduling._kernels.flexible_graph import (
    empty_graph,
    load,
    topological,
)
from optimizer.production.scheduling._kernels.flexible_moves import FAR, empty_trial


def searched(shop, *, work, patience=10**9, stop=0):
    start, mode = dispatch(shop, 0, 0.0, 0)
    graph = empty_graph(shop)
    order = np.lexsort((topological(shop), start)).astype(np.int32)
    load(shop, graph, order, mode)
    counters = np.zeros(N_COUNTERS, np.int64)
    counters[BEST], counters[STOP] = FAR, stop
    counters[PATIENCE] = counters[STALL_MAX] = patience
    until = np.zeros(shop.mode_machine.size, np.int64)
    best_start, best_mode = start.copy(), mode.copy()
    used = tabu_search(
        shop,
        graph,
        empty_trial(shop),
        until,
        generator(1),
        counters,
        best_start,
        best_mode,
        work,
    )
    return used, counters, best_start, best_mode


def six_by_six(shop_of):
    """Fisher and Thompson (1963), ft06; the optimum is 55."""
    rows = """2 1 0 3 1 6 3 7 5 3 4 6
    1 8 2 5 4 10 5 10 0 10 3 4
    2 5 3 4 5 8 0 9 1 1 4 7
    1 5 0 5 2 5 3 3 4 8 5 9
    2 9 1 3 4 5 5 4 0 3 3 1
    1 3 3 3 5 9 0 10 4 4 2 1"""
    numbers = [list(map(int, row.split())) for row in rows.splitlines()]
    modes = [
        [pair] for row in numbers for pair in zip(row[::2], row[1::2], strict=True)
    ]
    arcs = [(i, i + 1, 0) for i in range(36) if i % 6 < 5]
    return shop_of(modes, arcs, 6)


def test_tabu_search_solves_the_six_by_six(shop_of, makespan_of):
    shop = six_by_six(shop_of)
    _, counters, start, mode = searched(shop, work=3_000_000, stop=55)
    assert counters[BEST] == makespan_of(shop, start, mode) == 55


def test_tabu_search_stops_when_it_stalls(shop_of):
    shop = six_by_six(shop_of)
    used, counters, _, _ = searched(shop, work=10**8, patience=50)
    assert 50 <= counters[STALL] == counters[STALL_MAX] <= 50 + counters[ITERATION]
    assert used < 10**8

import numpy as np
import pytest

from optimizer.production.scheduling._kernels.dispatch import dispatch, generator
from optimizer.production.scheduling._kernels.flexible_graph import (
    empty_graph,
    insert,
    load,
    remove,
    reorder,
    topological,
)
from optimizer.production.scheduling._kernels.flexible_moves import (
    FAR,
    critical_path,
    empty_trial,
    insertions,
    length_without,
)


def flexible_shop(shop_of, seed, n_jobs=6, n_machines=3):
    rng = np.random.default_rng(seed)
    n = 4 * n_jobs
    modes = [
        [(k, int(rng.integers(1, 9))) for k in range(n_machines)] for _ in range(n)
    ]
    arcs = [(i, i + 1, 0) for i in range(n) if i % 4 < 3]
    return shop_of(modes, arcs, n_machines)


def loaded(shop, seed):
    start, mode = dispatch(shop, seed, 0.5, 0)
    graph, trial = empty_graph(shop), empty_trial(shop)
    order = np.lexsort((topological(shop), start)).astype(np.int32)
    load(shop, graph, order, mode)
    trial.head[:], trial.tail[:] = graph.head, graph.tail
    return graph, trial


def length_of(shop, graph):
    again = empty_graph(shop)
    load(shop, again, graph.order.copy(), graph.mode.copy())
    return int((again.head + again.duration + shop.tail).max())


def best_by_trying(shop, graph, v):
    """The least makespan of all places of one operation on all its machines."""
    mode, x, best = graph.mode[v], graph.previous[v], FAR
    order, rank = graph.order.copy(), graph.rank.copy()
    for to in range(shop.mode_start[v], shop.mode_start[v + 1]):
        k = shop.mode_machine[to]
        remove(graph, v)
        others = graph.sequence[graph.begin[k] :][: graph.n_on[k]].copy()
        insert(shop, graph, v, mode, x)
        for behind in [-1, *others]:
            if to == mode and behind == x:
                continue
            remove(graph, v)
            insert(shop, graph, v, to, behind)
            if reorder(shop, graph, v):
                best = min(best, length_of(shop, graph))
            remove(graph, v)
            insert(shop, graph, v, mode, x)
            graph.order[:], graph.rank[:] = order, rank
    return best


@pytest.mark.parametrize("seed", range(4))
def test_insertions_find_the_best_place_of_each_operation(shop_of, seed):
    shop = flexible_shop(shop_of, seed)
    graph, trial = loaded(shop, seed)
    until = np.zeros(shop.mode_machine.size, np.int64)
    length = length_of(shop, graph)
    n = critical_path(shop, graph, trial.path, length, generator(seed))
    assert n >= 2
    for i in range(n):
        v = trial.path[i]
        insertions(shop, graph, trial, i, (until, 1, 0, FAR), generator(seed))
        around = length_without(shop, graph, trial, v)
        found = max(around, trial.value[i, 0])
        # The place it stands in is left out, and may be the only one that is best.
        assert found == best_by_trying(shop, graph, v) or around == length
        np.testing.assert_array_equal(trial.head, graph.head)
        np.testing.assert_array_equal(trial.tail, graph.tail)


def test_critical_path_sums_to_the_makespan(shop_of):
    shop = flexible_shop(shop_of, 0)
    graph, trial = loaded(shop, 0)
    length = length_of(shop, graph)
    for seed in range(5):
        n = critical_path(shop, graph, trial.path, length, generator(seed))
        assert graph.duration[trial.path[:n]].sum() == length


def test_insertions_hold_back_what_is_tabu(shop_of):
    shop = flexible_shop(shop_of, 1)
    graph, trial = loaded(shop, 1)
    until = np.full(shop.mode_machine.size, 9, np.int64)
    critical_path(shop, graph, trial.path, length_of(shop, graph), generator(0))
    insertions(shop, graph, trial, 0, (until, 8, 0, FAR), generator(0))
    assert trial.value[0, 0] == FAR
    assert trial.value[0, 1] < FAR

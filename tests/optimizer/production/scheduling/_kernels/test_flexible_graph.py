import numpy as np
import pytest

from optimizer.production.scheduling._kernels.flexible_graph import (
    empty_graph,
    insert,
    load,
    remove,
    reorder,
    topological,
)


def chain_shop(shop_of, seed, n_jobs=6, n_machines=3):
    rng = np.random.default_rng(seed)
    n = 4 * n_jobs
    modes = [
        [(k, int(rng.integers(1, 9))) for k in range(n_machines)] for _ in range(n)
    ]
    arcs = [(i, i + 1, int(rng.integers(0, 3))) for i in range(n) if i % 4 < 3]
    setup = rng.integers(0, 4, (n_machines, 2, 2))
    return shop_of(modes, arcs, n_machines, family=rng.integers(0, 2, n), setup=setup)


def loaded(shop, seed):
    rng = np.random.default_rng(seed)
    n = shop.head.size
    order = np.argsort(topological(shop), kind="stable").astype(np.int32)
    mode = np.array([rng.integers(*shop.mode_start[i : i + 2]) for i in range(n)])
    graph = empty_graph(shop)
    load(shop, graph, order, mode.astype(np.int32))
    return graph


def paths(shop, graph):
    """Heads and tails by repeated relaxation of all arcs."""
    n = shop.head.size
    arcs = [
        (i, int(shop.after[a]), int(shop.after_lag[a]))
        for i in range(n)
        for a in range(shop.after_start[i], shop.after_start[i + 1])
    ]
    head, tail = shop.head.copy(), shop.tail.copy()
    for i in range(n):
        s, j = shop.matrix[graph.machine[i]], graph.following[i]
        if j >= 0:
            arcs.append((i, j, shop.setup[s, shop.family[i], shop.family[j]]))
        if graph.previous[i] < 0:
            head[i] = max(head[i], shop.first_setup[s, shop.family[i]])
    for _ in range(n):
        for i, j, lag in arcs:
            head[j] = max(head[j], head[i] + graph.duration[i] + lag)
            tail[i] = max(tail[i], tail[j] + graph.duration[j] + lag)
    return head, tail


@pytest.mark.parametrize("seed", range(4))
def test_load_finds_the_longest_paths(shop_of, seed):
    shop = chain_shop(shop_of, seed)
    graph = loaded(shop, seed)
    head, tail = paths(shop, graph)
    np.testing.assert_array_equal(graph.head, head)
    np.testing.assert_array_equal(graph.tail, tail)
    assert (np.diff(graph.head[graph.order]) >= 0).all()
    np.testing.assert_array_equal(graph.order[graph.rank], np.arange(head.size))


def test_reorder_keeps_the_order_topological_or_tells_of_a_cycle(shop_of):
    shop = chain_shop(shop_of, 0)
    rng = np.random.default_rng(0)
    graph = loaded(shop, 0)
    n_cycles = 0
    for _ in range(300):
        v = int(rng.integers(shop.head.size))
        mode, x = graph.mode[v], graph.previous[v]
        before = graph.order.copy()
        remove(graph, v)
        to = int(rng.integers(*shop.mode_start[v : v + 2]))
        k = shop.mode_machine[to]
        place = int(rng.integers(graph.n_on[k] + 1))
        behind = graph.sequence[graph.begin[k] + place - 1] if place else -1
        insert(shop, graph, v, to, behind)
        if not reorder(shop, graph, v):
            n_cycles += 1
            np.testing.assert_array_equal(graph.order, before)
            remove(graph, v)
            insert(shop, graph, v, mode, x)
        has = graph.following >= 0
        assert (graph.rank[has] < graph.rank[graph.following[has]]).all()
        owner = np.repeat(np.arange(shop.head.size), np.diff(shop.after_start))
        assert (graph.rank[owner] < graph.rank[shop.after]).all()
        assert not graph.mark.any()
    assert 0 < n_cycles < 300

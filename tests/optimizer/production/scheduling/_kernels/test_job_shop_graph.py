import numpy as np
import pytest

from optimizer.production.scheduling._kernels.dispatch import dispatch
from optimizer.production.scheduling._kernels.job_shop_graph import (
    AFTER,
    BEFORE,
    JOB_BEFORE,
    POSITION,
    REST,
    START,
    load,
    makespan_of,
    move_back,
    move_on,
    starts,
    turned,
    update,
)
from optimizer.production.scheduling.search.job_shop import graph_of, order_of


@pytest.fixture
def loaded(job_shop_of, random_jobs):
    """A graph of 6 jobs on 4 machines with a list schedule, with or without setups."""

    def make(setups: bool, seed: int = 0):
        rng = np.random.default_rng(seed)
        setup = rng.integers(0, 40, (4, 6, 6)) if setups else None
        more = {"head": rng.integers(0, 50, 24), "tail": rng.integers(0, 50, 24)}
        shop = job_shop_of(random_jobs(6, 4, seed), 4, setup=setup, **more)
        graph, _ = graph_of(shop)
        load(graph, order_of(shop, dispatch(shop, 0, 0.0, 0)[0]))
        return graph

    return make


def state_of(graph):
    columns = [BEFORE, AFTER, START, REST]
    return graph.nodes[:, columns].copy(), graph.order.copy()


def assert_consistent(graph):
    nodes, order = state_of(graph)
    position = graph.nodes[:-1, POSITION]
    assert np.array_equal(order[position], np.arange(order.size))
    for column in (JOB_BEFORE, BEFORE):
        before = graph.nodes[:-1, column]
        inside = before < order.size
        assert (position[before[inside]] < position[inside]).all()
    load(graph, order)
    assert np.array_equal(state_of(graph)[0], nodes)


@pytest.mark.parametrize("setups", [False, True])
def test_update_after_moves_equals_paths_from_scratch(loaded, setups):
    rng, n_made = np.random.default_rng(1), 0
    graph = loaded(setups)
    nodes, order, moved = graph.nodes, graph.order, graph.moved
    for _ in range(60):
        u = int(rng.integers(24))
        v = u
        for _ in range(int(rng.integers(1, 4))):
            v = int(nodes[v, AFTER]) if nodes[v, AFTER] < 24 else v
        if u == v:
            continue
        before = state_of(graph)
        if rng.random() < 0.5:
            first, last, mover = int(nodes[u, AFTER]), u, u
            made = move_on(nodes, order, moved, u, v)
        else:
            first, last, mover = v, int(nodes[v, BEFORE]), v
            made = move_back(nodes, order, moved, u, v)
        if made:
            update(graph, first, last, mover)
            n_made += 1
        else:
            assert np.array_equal(state_of(graph)[0], before[0])
        assert_consistent(graph)
    assert n_made > 20


def test_move_on_refuses_a_cycle_and_moves_otherwise(job_shop_of):
    shop = job_shop_of([[(0, 3), (1, 2)], [(1, 4), (0, 1)]], 2)
    graph, _ = graph_of(shop)
    assert load(graph, np.array([0, 1, 2, 3], np.int32)) == 10
    # Operation 0 behind 3 while 1 is before 2 on the other machine.
    assert move_on(graph.nodes, graph.order, graph.moved, 0, 3) == 0
    assert move_back(graph.nodes, graph.order, graph.moved, 0, 3) == 0
    assert move_on(graph.nodes, graph.order, graph.moved, 1, 2) > 0
    update(graph, 2, 1, 1)
    assert makespan_of(graph.nodes, graph.ends) == 6


def test_starts_count_first_setups_heads_and_tails(job_shop_of):
    shop = job_shop_of(
        [[(0, 3)], [(0, 4)]], 1, setup=[[[2, 5], [1, 3]]], head=[0, 9], tail=[8, 0]
    )
    graph, _ = graph_of(shop)
    start = np.zeros(3, np.int64)
    assert starts(graph, np.array([0, 1], np.int32), start) == 13
    assert list(start[:2]) == [1, 9]
    assert starts(graph, np.array([1, 0], np.int32), start) == 25
    assert list(start[:2]) == [14, 9]


def test_turned_counts_neighbours_in_other_order(job_shop_of):
    shop = job_shop_of([[(0, 1)], [(0, 1)], [(0, 1)], [(1, 1)]], 2)
    graph, _ = graph_of(shop)
    one = np.array([0, 3, 1, 2], np.int32)
    assert turned(graph, one, np.array([3, 0, 1, 2], np.int32)) == 0
    assert turned(graph, one, np.array([0, 2, 1, 3], np.int32)) == 1
    assert turned(graph, one, np.array([2, 1, 0, 3], np.int32)) == 2

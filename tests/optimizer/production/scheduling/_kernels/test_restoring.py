"""Back to the plan before."""

import numpy as np
import pytest

from optimizer.production.scheduling._kernels.flexible_graph import (
    empty_graph,
    load,
    topological,
)
from optimizer.production.scheduling._kernels.restoring import (
    restore_modes,
    restore_starts,
)


@pytest.fixture
def loaded(shop_of):
    """Load the schedule of a shop of three jobs of two steps on two machines."""
    modes = [[(0, 4), (1, 4)], [(1, 3), (0, 9)]] * 3
    shop = shop_of(modes, [(0, 1, 0), (2, 3, 0), (4, 5, 0)], 2)

    def load_(mode):
        graph = empty_graph(shop)
        order = np.argsort(topological(shop), kind="stable").astype(np.int32)
        load(shop, graph, order, np.array(mode, np.int32))
        return shop, graph

    return load_


def length(graph):
    return int((graph.head + graph.duration).max())


def test_modes_come_back_where_the_limit_allows(loaded):
    shop, graph = loaded([0, 3, 4, 7, 8, 11])
    wanted = np.array([0, 2, 4, 6, 8, 10], np.int32)
    limit = length(graph)
    assert restore_modes(shop, graph, wanted, limit, 3) > 0
    assert graph.mode.tolist() == wanted.tolist()
    assert length(graph) <= limit


def test_what_would_be_longer_stays(loaded):
    shop, graph = loaded([0, 2, 4, 6, 8, 10])
    before = length(graph)
    wanted = np.array([0, 3, 4, 7, 8, 11], np.int32)
    restore_modes(shop, graph, wanted, before, 3)
    assert length(graph) <= before
    assert graph.mode.tolist() != wanted.tolist()
    kept = graph.mode.copy()
    restore_modes(shop, graph, np.full(6, -1, np.int32), before, 3)
    assert np.array_equal(graph.mode, kept)


def test_starts_move_towards_those_before_and_keep_every_arc(loaded):
    shop, graph = loaded([0, 2, 4, 6, 8, 10])
    limit = length(graph) + 5
    start = np.zeros(6, np.int64)
    restore_starts(shop, graph, np.full(6, 1000, np.int64), start, limit)
    end = start + graph.duration
    assert end.max() == limit
    for i in range(6):
        assert start[i] >= graph.head[i]
        if graph.following[i] >= 0:
            assert end[i] <= start[graph.following[i]]
    assert np.all(end[[0, 2, 4]] <= start[[1, 3, 5]])
    restore_starts(shop, graph, np.full(6, -1, np.int64), start, limit)
    assert np.array_equal(start, graph.head)

import numpy as np
import pytest

from optimizer.production.scheduling._kernels.dispatch import dispatch
from optimizer.production.scheduling._kernels.job_shop_graph import (
    DURATION,
    REST,
    START,
    load,
    makespan_of,
)
from optimizer.production.scheduling.search.job_shop import graph_of, order_of
from optimizer.production.scheduling.search.windows import window_of


@pytest.fixture
def whole(job_shop_of, random_jobs):
    rng = np.random.default_rng(3)
    more = {"head": rng.integers(0, 99, 120), "tail": rng.integers(0, 99, 120)}
    shop = job_shop_of(random_jobs(20, 6, 3), 6, **more)
    graph, _ = graph_of(shop)
    load(graph, order_of(shop, dispatch(shop, 0, 0.0, 0)[0]))
    return graph


@pytest.mark.parametrize(("first", "size"), [(0, 120), (0, 30), (45, 30), (100, 40)])
def test_window_has_the_paths_of_the_whole(whole, first, size):
    part, _ = window_of(whole, first, size)
    chosen = whole.order[first : first + size]
    makespan = load(part, np.arange(chosen.size, dtype=np.int32))
    assert np.array_equal(part.nodes[:-1, START], whole.nodes[chosen, START])
    assert np.array_equal(part.nodes[:-1, REST], whole.nodes[chosen, REST])
    through = whole.nodes[chosen][:, [START, DURATION, REST]].sum(axis=1)
    assert makespan == through.max() == makespan_of(part.nodes, part.ends)


def test_window_put_back_in_another_order_is_as_long_in_the_whole(whole):
    rng = np.random.default_rng(0)
    part, _ = window_of(whole, 40, 40)
    load(part, np.arange(40, dtype=np.int32))
    keys = part.nodes[:-1, START] + rng.integers(0, 2, 40)
    ranked = np.argsort(keys, kind="stable").astype(np.int32)
    load(part, ranked)
    order = whole.order.copy()
    order[40:80] = order[40 + ranked]
    load(whole, order)
    assert np.array_equal(part.nodes[ranked, START], whole.nodes[order[40:80], START])

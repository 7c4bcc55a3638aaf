import numpy as np
import pytest
from scipy.optimize import linprog

from optimizer.logistics.transshipment._kernels.flows import (
    Graph,
    cheaper_flow,
    cheapest_flow,
    tree_of,
)


@pytest.mark.parametrize("seed", range(6))
def test_flow_equals_linear_program(seed):
    rng = np.random.default_rng(seed)
    n, m = 12, 60
    ends = rng.integers(0, n, (m, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    # Each node can get from, and give to, the root.
    other = np.arange(1, n)
    root = np.zeros(n - 1, dtype=int)
    tail = np.concatenate([ends[:, 0], root, other])
    head = np.concatenate([ends[:, 1], other, root])
    cost = rng.integers(1, 20, tail.size).astype(float)
    cost[-2 * (n - 1) :] += 30.0
    capacity = rng.integers(0, 9, tail.size).astype(float)
    capacity[-2 * (n - 1) :] = np.inf
    balance = np.concatenate([[0.0], rng.integers(-9, 9, n - 1)])
    graph = Graph(n, tail, head, 1e4, 1e-9)
    flow = np.zeros(tail.size)
    total = cheapest_flow(graph, tree_of(graph), cost, capacity, balance, flow)
    rows = np.zeros((n, tail.size))
    rows[tail, np.arange(tail.size)] += 1.0
    rows[head, np.arange(tail.size)] -= 1.0
    found = linprog(
        cost, A_eq=rows[1:], b_eq=balance[1:],
        bounds=[(0, None if np.isinf(c) else c) for c in capacity],
    )  # fmt: skip
    assert total == pytest.approx(found.fun)
    np.testing.assert_allclose(rows[1:] @ flow, balance[1:], atol=1e-9)
    assert ((flow >= 0.0) & (flow <= capacity + 1e-9)).all()


def test_tree_of_other_costs_leads_to_the_same_optimum():
    rng = np.random.default_rng(9)
    n, m = 10, 50
    other = np.arange(1, n)
    root = np.zeros(n - 1, dtype=int)
    tail = np.concatenate([rng.integers(0, n // 2, m), root, other])
    head = np.concatenate([rng.integers(n // 2, n, m), other, root])
    capacity = np.full(tail.size, np.inf)
    capacity[:m] = rng.integers(1, 9, m)
    balance = np.concatenate([[0.0], rng.integers(-9, 9, n - 1)])
    graph = Graph(n, tail, head, 1e4, 1e-9)
    tree, flow, afresh = tree_of(graph), np.zeros(tail.size), np.zeros(tail.size)
    cost = rng.uniform(1.0, 20.0, tail.size)
    cheapest_flow(graph, tree, cost, capacity, balance, flow)
    for _ in range(5):
        cost = rng.uniform(1.0, 20.0, tail.size)
        after = cheaper_flow(graph, tree, cost, capacity, flow)
        whole = cheapest_flow(graph, tree_of(graph), cost, capacity, balance, afresh)
        assert after == pytest.approx(whole)
        assert cost @ flow == pytest.approx(after)

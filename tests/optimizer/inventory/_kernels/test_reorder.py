import numpy as np
import pytest

from optimizer.inventory._kernels.reorder import best_batches, best_reorder, renewal


def _curve(rng):
    """A convex curve of costs with its bottom somewhere inside."""
    slopes = np.sort(rng.normal(0.0, 1.0, 30))
    slopes[0], slopes[-1] = -2.0, 2.0
    return 20.0 + np.concatenate([[0.0], np.cumsum(slopes)])


def _at(curve, first, position):
    i = position - first
    if i < 0:
        return curve[0] + i * (curve[1] - curve[0])
    if i >= len(curve):
        return curve[-1] + (i - len(curve) + 1) * (curve[-1] - curve[-2])
    return curve[i]


@pytest.mark.parametrize("seed", range(4))
def test_reorder_is_as_cheap_as_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    curve, demand, fixed = _curve(rng), rng.dirichlet(np.ones(5)), 10.0
    s, top, cost = best_reorder(curve, -5, demand, fixed)
    best = np.inf
    for low in range(-25, 30):
        for high in range(low + 1, 45):
            visits = renewal(demand, high - low)
            held = sum(v * _at(curve, -5, high - j) for j, v in enumerate(visits))
            best = min(best, (fixed + held) / visits.sum())
    assert cost == pytest.approx(best)
    visits = renewal(demand, top - s)
    held = sum(v * _at(curve, -5, top - j) for j, v in enumerate(visits))
    assert cost == pytest.approx((fixed + held) / visits.sum())


@pytest.mark.parametrize("seed", range(4))
def test_batches_are_as_cheap_as_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    curve = _curve(rng)
    costs = {
        (r, q): (30.0 + sum(_at(curve, 0, r + 1 + j) for j in range(q))) / q
        for r in range(-20, 35)
        for q in range(1, 40)
    }
    r, q, cost = best_batches(curve, 0, 30.0, 0)
    assert cost == pytest.approx(min(costs.values()))
    assert cost == pytest.approx(costs[r, q])
    r, q, cost = best_batches(curve, 0, 30.0, 7)
    assert q == 7
    assert cost == pytest.approx(min(c for (_, n), c in costs.items() if n == 7))

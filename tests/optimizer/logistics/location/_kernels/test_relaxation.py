import numpy as np
import pytest

from optimizer.logistics.location._kernels.relaxation import (
    fill,
    raise_multipliers,
    relax,
    relaxation_of,
)
from optimizer.logistics.location.search.network import network_of


def filled(saving, amount, most):
    order = np.argsort(-saving)
    total = 0.0
    for at in order:
        took = min(amount[at], most)
        total, most = total + took * saving[at], most - took
    return total


def test_fill_takes_what_saves_most():
    rng = np.random.default_rng(0)
    for _ in range(50):
        n = int(rng.integers(1, 12))
        saving, amount = rng.integers(1, 5, n) * 1.0, rng.integers(1, 9, n) * 1.0
        most = float(rng.integers(0, 30))
        expected = filled(saving, amount, most)
        total, _, _ = fill(saving.copy(), amount.copy(), n, most)
        assert total == pytest.approx(expected)


def test_relaxation_never_beats_the_best(staged, best_by_force):
    rng = np.random.default_rng(1)
    problem = staged(3)
    network, best = network_of(problem), best_by_force(problem)
    r = relaxation_of(network, 1_000)
    for _ in range(30):
        r.of_client[:] = rng.uniform(0, 150, r.of_client.size)
        r.of_depot[:] = rng.uniform(0, 80, r.of_depot.size)
        bound, weaker = relax(network, r, True)
        assert weaker <= bound + 1e-6
        assert bound <= best + 1e-6
    before = r.of_client.copy()
    raise_multipliers(network, r, 10.0, True)
    assert (r.of_client != before).any()


def test_rounded_units_give_a_weaker_bound(staged):
    network = network_of(staged(3))
    exact, coarse = relaxation_of(network, 1_000), relaxation_of(network, 7)
    assert coarse.need == 7
    for r in (exact, coarse):
        r.of_client[:], r.of_depot[:] = 90.0, 30.0
    assert relax(network, coarse, True)[0] <= relax(network, exact, True)[0] + 1e-9

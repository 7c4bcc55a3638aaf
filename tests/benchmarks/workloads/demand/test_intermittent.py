import numpy as np
import pytest

from benchmarks.workloads.demand.intermittent import (
    NINE,
    newsvendor_cost,
    smoothed_negative_binomial,
    weighted_loss,
)
from forecasting.metrics import pinball


def test_weighted_loss_is_twice_the_mean_pinball_over_the_mean_demand():
    rng = np.random.default_rng(0)
    actual, found = rng.poisson(2.0, (5, 3)), np.sort(rng.poisson(2.0, (5, 9)))
    repeated = np.repeat(found[:, None, :], 3, axis=1)
    expected = 2.0 * pinball(actual, repeated, NINE).mean() / actual.mean()
    assert weighted_loss(actual, found) == pytest.approx(expected)


def test_a_unit_short_costs_the_ratio_and_one_left_the_rest():
    stock = np.full((2, 5), 4.0)
    cost = newsvendor_cost(np.array([5.0, 3.0]), stock)
    assert cost == pytest.approx(np.ones(5))


def test_peer_covers_steady_demand_as_often_as_asked():
    rng = np.random.default_rng(1)
    past = rng.poisson(20.0, (400, 60)).astype(float)
    found = smoothed_negative_binomial(past)
    served = (rng.poisson(20.0, 400)[:, None] <= found).mean(axis=0)
    assert served == pytest.approx([0.8, 0.9, 0.95, 0.98, 0.99], abs=0.06)

import numpy as np
import pytest

from benchmarks.workloads.demand.booster import (
    HORIZON,
    N_DAYS,
    N_ITEMS,
    daily_error,
    generated,
    summed_error,
)


def test_generated_demand_has_the_elasticity_that_was_asked_for():
    panel, drivers = generated(10_000, -2.0)
    assert drivers.future.shape == (N_ITEMS, HORIZON, 2)
    demand = panel.values.reshape(N_ITEMS, N_DAYS)
    log_price = np.log(drivers.past[:, 0]).reshape(N_ITEMS, N_DAYS)
    dear = log_price > log_price.mean(axis=1, keepdims=True)
    share = demand / demand.mean(axis=1, keepdims=True)
    centred = log_price - log_price.mean(axis=1, keepdims=True)
    gap = centred[dear].mean() - centred[~dear].mean()
    found = (np.log(share[dear].mean()) - np.log(share[~dear].mean())) / gap
    assert found == pytest.approx(-2.0, abs=0.15)


def test_errors_of_days_and_of_sums():
    actual, found = np.array([[1.0, 3.0]]), np.array([[2.0, 2.0]])
    assert daily_error(actual, found) == 1.0
    assert summed_error(actual, found) == 0.0

import numpy as np
import pytest

from optimizer.inventory import DemandLaw, LeadTime, StockItem
from optimizer.inventory._kernels.panels import (
    expected_level_batches,
    poisson_batches,
    poisson_newsvendors,
)
from optimizer.inventory.search.levels import batches
from optimizer.inventory.search.newsvendor import newsvendor


def test_newsvendors_agree_with_sums_over_the_lattice():
    mean = np.array([0.3, 6.0, 40.0])
    level, cost = poisson_newsvendors(mean, np.full(3, 1.5), np.full(3, 4.0))
    for i, one in enumerate(mean.tolist()):
        found = newsvendor(
            DemandLaw.poisson(one).over(1.0), holding_cost=1.5, shortage_cost=4.0
        )
        assert (level[i], cost[i]) == pytest.approx(found)


def test_batches_agree_with_the_method_for_any_demand():
    covered, rate = np.array([3.0, 0.2, 25.0]), np.array([1.5, 0.4, 5.0])
    costs = np.array([[20.0, 150.0, 100.0], [1.0, 2.0, 30.0], [1.0, 9.0, 64.0]])
    r, q, cost = poisson_batches(covered, rate, costs)
    for i in range(3):
        item = StockItem(
            name="pump", demand=DemandLaw.poisson(rate[i]), review_periods=0,
            lead=LeadTime(periods=(covered[i] / rate[i],)), holding_cost=costs[i, 0],
            shortage_cost=costs[i, 1], fixed_cost=costs[i, 2],
        )  # fmt: skip
        policy = batches(item)
        assert (r[i], q[i]) == (policy.reorder_point, policy.order_quantity)
        assert cost[i] == pytest.approx(policy.measures.cost)


def test_expected_levels_are_those_published():
    """Snyder and Shen (2019), example 5.2: (214, 319), 95.45."""
    sd = 150.0 * (1.0 / 12.0) ** 0.5
    found = expected_level_batches(
        np.array([1300.0 / 12.0]), np.array([sd]), np.array([1300.0]),
        np.array([[0.225, 7.5, 8.0]]),
    )  # fmt: skip
    assert [one[0] for one in found] == pytest.approx(
        [213.970442, 318.590181, 95.451140], rel=1e-7
    )

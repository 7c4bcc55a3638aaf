import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.inventory.search.newsvendor import (
    newsvendor_costs,
    newsvendors_normal,
    newsvendors_poisson,
)


def test_published_levels_of_four_lead_times():
    """Snyder and Shen (2019), example 4.6, with demand over five periods."""
    found = newsvendors_normal(
        [250.0], [8.0 * 5**0.5], holding_cost=0.18, shortage_cost=0.7
    )
    assert found.level[0] == pytest.approx(264.766894)
    assert found.cost[0] == pytest.approx(4.466781)


def test_published_level_of_poisson_demand():
    found = newsvendors_poisson([6.0], holding_cost=1.0, shortage_cost=4.0)
    assert found.level.tolist() == [8.0]
    assert found.cost[0] == pytest.approx(3.570107, rel=1e-6)


def test_costs_must_be_positive():
    with pytest.raises(ProblemError, match="holding_cost must be > 0"):
        newsvendors_normal([1.0], [1.0], holding_cost=0.0, shortage_cost=1.0)
    with pytest.raises(ProblemError, match="overage and underage"):
        newsvendor_costs(price=1.0, unit_cost=2.0)
    with pytest.raises(ProblemError, match="mean must be > 0"):
        newsvendors_poisson(np.array([0.0]), holding_cost=1.0, shortage_cost=1.0)

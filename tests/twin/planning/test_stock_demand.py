"""Moments and laws of what is taken from stock points."""

import numpy as np
import pytest

from twin.model import example_folder, load
from twin.planning.base_stock import cheapest_sources
from twin.planning.stock_demand import (
    HISTORY_MIN,
    exploded,
    point_moments,
    stock_demand,
)
from twin.planning.structure import planning_structure


@pytest.fixture(scope="module")
def known():
    structure = planning_structure(load(example_folder()))
    return structure, cheapest_sources(structure)


def test_what_customers_take_is_taken_from_what_supplies_them(known):
    structure, source = known
    mean, variance = point_moments(structure, source, None)
    problem = structure.problem
    asked = np.unique(problem.demand_point)
    above = [source[point] for point in asked.tolist()]
    inputs = {
        p
        for a in above
        for p in problem.input_point[
            problem.input_start[a] : problem.input_start[a + 1]
        ]
    }
    assert all(mean[p] > 0.0 for p in inputs)
    twice, _ = exploded(structure, source, *_only(problem, mean, variance))
    assert twice == pytest.approx(mean)


def _only(problem, mean, variance):
    """Keep what customers ask for; nothing is taken from their points but that."""
    own = np.zeros_like(mean), np.zeros_like(variance)
    inner = np.isin(np.arange(len(mean)), problem.input_point)
    asked = np.isin(np.arange(len(mean)), problem.demand_point)
    assert not (inner & asked).any()
    for part, full in zip(own, (mean, variance), strict=True):
        part[asked] = full[asked]
    return own


def test_sums_between_forecast_ones_go_straight(known):
    structure, source = known
    n = len(structure.network.demands.item_index)

    def forecast(asked, lengths, levels):
        levels = np.array(levels)[None, :]
        return asked.mean(axis=1)[:, None, None] * (np.array(lengths)[:, None] + levels)

    found = stock_demand(
        structure, source, history=np.ones((n, HISTORY_MIN)), forecast=forecast,
        n_periods_max=7,
    )  # fmt: skip
    assert found.lengths.tolist() == [1, 2, 3, 4, 6, 7]
    point = int(structure.problem.demand_point[0])
    asked = int((structure.problem.demand_point == point).sum())
    sums = found._sums(point, 7)
    # The fifth is between the fourth and the sixth, which are forecast.
    steps = np.diff(sums, axis=0)
    assert steps == pytest.approx(np.full((6, sums.shape[1]), float(asked)))


def test_demand_that_shows_in_longer_sums_only_counts(known):
    """Rare demand: every quantile of a review's is 0, of three reviews' it is not."""
    structure, source = known
    n = len(structure.network.demands.item_index)

    def forecast(asked, lengths, levels):
        late = (np.array(lengths) >= 3)[None, :, None]
        return np.where(late, 6.0, 0.0) * np.ones((len(asked), 1, len(levels)))

    found = stock_demand(
        structure, source, history=np.ones((n, HISTORY_MIN)), forecast=forecast,
        n_periods_max=4,
    )  # fmt: skip
    point = int(structure.problem.demand_point[0])
    assert found._moments(1)[0][point] == 0.0
    assert found._moments(3)[0][point] >= 2.0

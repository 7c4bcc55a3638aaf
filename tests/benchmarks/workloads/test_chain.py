"""The retold scenarios: topology, demand, sentiment, and one episode played."""

import numpy as np
import pytest

from benchmarks.workloads.chain import (
    N_PERIODS,
    ScenarioDemand,
    certain_demand,
    family_mean,
    load_scenarios,
)
from benchmarks.workloads.play import Player
from twin.simulate.demand import ServiceSoFar

SERVED, UNSERVED = ServiceSoFar(np.zeros(1)), ServiceSoFar(np.ones(1))


@pytest.fixture(scope="module")
def grid(public_data):
    return load_scenarios(public_data)


def test_grid_has_22_scenarios_8_of_them_with_goodwill(grid):
    scenarios, seeds = grid
    assert len(scenarios) == 22
    assert len(seeds) == 10
    assert sum(s.goodwill for s in scenarios) == 8


def test_shock_doubles_the_mean_from_the_middle_on():
    plain, shocked = family_mean(("trend",)), family_mean(("trend", "shock"))
    assert (shocked[:15] == plain[:15]).all()
    assert (shocked[15:] == 2 * plain[15:]).all()


def test_demand_is_one_poisson_draw_a_period(grid):
    stationary = next(s for s in grid[0] if not s.effects and not s.series)
    rng = np.random.default_rng(7)
    expected = [rng.poisson(20.0) for _ in range(N_PERIODS)]
    assert certain_demand(stationary, 7)[0].tolist() == expected


def test_given_series_has_no_noise(grid):
    given = next(s for s in grid[0] if s.series)
    assert certain_demand(given, 3)[0].tolist() == list(given.series)


def test_sentiment_falls_by_a_tenth_and_grows_by_a_hundredth(grid):
    demand = ScenarioDemand(next(s for s in grid[0] if s.goodwill), 1)
    for period, served in enumerate((SERVED, UNSERVED, SERVED)):
        demand.draw(period, served)
    assert demand.sentiments == pytest.approx([1.0, 0.9, 0.9 * 1.01])


def test_one_episode_keeps_the_promise_of_its_first_plan(grid):
    scenario = grid[0][0]
    player = Player()
    result = player.clairvoyant(scenario, 42)
    assert result.profit == pytest.approx(player.promised, abs=1e-6)
    assert player.actions.shape == (N_PERIODS, 11)
    assert player.mean(scenario, 42).profit < result.profit

import numpy as np
import pytest

from benchmarks.workloads.chain import (
    N_PERIODS,
    ScenarioDemand,
    certain_demand,
    load_scenarios,
)
from benchmarks.workloads.parity import FixedActions
from benchmarks.workloads.static_levels import (
    Levels,
    best_levels,
    mean_profit,
    played,
)
from streams.names import Names
from twin.loop import Loop
from twin.simulate.reference.plant import Plant

SEED = 42


@pytest.fixture(scope="module", params=[True, False], ids=["backlog", "lost"])
def scenario(request, public_data):
    scenarios, _ = load_scenarios(public_data)
    return next(
        one for one in scenarios
        if one.topology == "serial" and one.backlogged == request.param
        and not one.goodwill and one.series is None
    )  # fmt: skip


@pytest.mark.parametrize("echelon", [True, False])
def test_profit_of_fixed_levels_is_that_of_the_plant(scenario, echelon):
    levels = Levels(np.array([[150.0, 330.0, 460.5], [90.0, 210.0, 300.0]]), echelon)
    found = played(scenario, levels, certain_demand(scenario, SEED))
    network, names = scenario.network(), Names()
    for profit, orders in zip(found.profit[:, 0], found.orders[:, 0], strict=True):
        plant = Plant(network, names, seed=SEED, demand=ScenarioDemand(scenario, SEED))
        run = Loop(network, plant, FixedActions(orders), names=names).run(N_PERIODS)
        assert profit == pytest.approx(run.profit, abs=1e-9)


@pytest.mark.slow
def test_no_random_levels_are_better_than_the_best(scenario):
    best, profit = best_levels(scenario, (SEED,))
    demand = certain_demand(scenario, SEED)
    assert mean_profit(scenario, best, demand)[0] == profit
    rng = np.random.default_rng(0)
    for echelon in (True, False):
        drawn = np.sort(rng.uniform(0.0, 900.0, (3_000, 3)), axis=1)
        others = mean_profit(scenario, Levels(drawn, echelon), demand)
        assert others.max() <= profit

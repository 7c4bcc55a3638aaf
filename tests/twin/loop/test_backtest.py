from dataclasses import replace

import numpy as np
import pytest

from streams.names import Names
from twin.cycle import BaseStockPolicy
from twin.errors import OptionError
from twin.loop.backtest import backtest, past_demand
from twin.loop.closed_loop import Loop
from twin.loop.play import PlayOptions, play, run_name
from twin.planning import Planner
from twin.simulate.reference.plant import Plant

N_PERIODS = 6


def still():
    return 0.0


def short(tables):
    tables["stock"][0]["on_hand"] = 60
    tables["stock"][1]["on_hand"] = 20


@pytest.fixture
def chain(two_echelon):
    return two_echelon(short, settings={"horizon_periods": 10})


@pytest.fixture
def told(chain):
    """Return what a plant of other seeds told, and what was asked for."""
    names = Names()
    structure = Planner(chain, monotonic_s=still).structure
    policy = BaseStockPolicy(structure, np.full(structure.problem.n_points, 50.0))
    loop = Loop(chain, Plant(chain, names, seed=9), policy, names=names)
    batches = []
    result = loop.run(N_PERIODS, on_review=lambda review: batches.append(review.events))
    return batches, result.demand


def test_past_demand_is_what_customers_asked_for(chain, told):
    batches, demand = told
    past = past_demand(chain, batches)
    assert past.n_reviews == N_PERIODS
    np.testing.assert_array_equal(past.demand, demand)


def test_past_demand_of_a_log_that_ends_too_soon_is_refused(chain):
    with pytest.raises(OptionError, match="at least one review past as_of"):
        past_demand(chain, [])


@pytest.mark.parametrize("policy", ["mpc", "base-stock", "clairvoyant"])
def test_backtest_meets_the_demand_of_the_log_whatever_the_seed(chain, told, policy):
    batches, demand = told
    options = PlayOptions(policy=policy, n_periods=100, seed=3, quantile=0.9)
    result = backtest(chain, past_demand(chain, batches), options, monotonic_s=still)
    # The log ends what is played, and its demand is met, not that of the seed.
    np.testing.assert_array_equal(result.demand, demand)
    assert not np.array_equal(
        result.demand, play(chain, options, monotonic_s=still).demand[:, :N_PERIODS]
    )


def test_backtest_plays_no_longer_than_asked(chain, told):
    past = past_demand(chain, told[0])
    options = PlayOptions(policy="base-stock", n_periods=2)
    result = backtest(chain, past, options, monotonic_s=still)
    assert result.demand.shape[1] == 2


def test_run_name_knows_the_demand_that_is_given(chain):
    options = PlayOptions(n_periods=3)
    one, other = (
        run_name(chain, replace(options, demand=np.full((1, 3), value)))
        for value in (1.0, 2.0)
    )
    assert len({one, other, run_name(chain, options)}) == 3

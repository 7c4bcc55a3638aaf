import numpy as np
import pytest

from streams.names import Names
from twin.errors import OptionError
from twin.simulate import tables as t
from twin.simulate.compiled import plant as compiled
from twin.simulate.compiled.futures import Futures, play
from twin.simulate.compiled.plant import CompiledPlant

HOUR_US = 3_600_000_000
SEEDS = np.array([3, 1, 3, 2], np.int64)


@pytest.fixture
def plant(busy):
    plant = CompiledPlant(busy(), Names(), seed=5)
    plant.advance(plant.now_us + HOUR_US)
    return plant


def test_same_seed_has_the_same_future(plant):
    before = plant.tables.block.tobytes()
    futures = play(plant, SEEDS, until_us=plant.now_us + HOUR_US)
    assert plant.tables.block.tobytes() == before
    assert futures.flow[0].tolist() == futures.flow[2].tolist()
    assert len(np.unique(futures.flow[:, t.FLOW_S])) == 3
    assert futures.n_events[0] == futures.n_events[2] > 50


def test_future_is_a_fork_that_goes_on(plant):
    until_us = plant.now_us + HOUR_US
    futures = play(plant, SEEDS, until_us=until_us)
    for k, seed in enumerate(SEEDS.tolist()):
        fork = plant.fork(seed=seed)
        fork.advance(until_us)
        flow = fork.tables.flow - plant.tables.flow
        assert futures.flow[k].tolist() == flow.tolist()
        done = [one.tables.clock[t.N_EVENTS] for one in (fork, plant)]
        assert futures.n_events[k] == done[0] - done[1]


def test_tables_grow_as_futures_need(plant, busy, monkeypatch):
    wanted = play(plant, SEEDS, until_us=plant.now_us + 9 * HOUR_US)
    own = compiled.capacity_of
    room = {"calendar": 32, "orders": 1}
    monkeypatch.setattr(
        compiled, "capacity_of", lambda layout: own(layout)._replace(**room)
    )
    small = CompiledPlant(busy(), Names(), seed=5)
    small.advance(plant.now_us)
    rows = len(small.tables.orders)
    futures = play(small, SEEDS, until_us=plant.now_us + 9 * HOUR_US)
    assert len(small.tables.orders) > rows
    assert futures.flow.tolist() == wanted.flow.tolist()
    assert futures.n_events.tolist() == wanted.n_events.tolist()


def test_mean_flow_time_is_unknown_where_nothing_closed(plant):
    futures = play(plant, SEEDS[:1], until_us=plant.now_us)
    assert not futures.flow.any()
    assert np.isnan(futures.mean_flow_s()).all()
    flow = np.zeros((1, len(t.FLOW)))
    flow[0, [t.FLOW_CLOSED, t.FLOW_S]] = 4.0, 10.0
    assert Futures(flow, np.ones(1, np.int64)).mean_flow_s().tolist() == [2.5]


def test_futures_lie_ahead_and_draw_their_demand(plant, chain, fixed_demand):
    with pytest.raises(OptionError, match="until_us must be >="):
        play(plant, SEEDS, until_us=plant.now_us - 1)
    given = CompiledPlant(chain(), Names(), seed=5, demand=fixed_demand([1.0]))
    until_us = given.now_us + 48 * HOUR_US
    with pytest.raises(OptionError, match="demand must follow its laws"):
        play(given, SEEDS, until_us=until_us)

import numpy as np
import pytest

from streams.names import Names
from twin.simulate import tables as t
from twin.simulate.compiled import plant as compiled
from twin.simulate.compiled.futures import play
from twin.simulate.compiled.plant import CompiledPlant

HOUR_US = 3_600_000_000


@pytest.fixture
def plant(busy):
    plant = CompiledPlant(busy(), Names(), seed=5)
    plant.advance(plant.now_us + HOUR_US)
    return plant


def test_futures_count_from_where_they_fork(plant):
    assert plant.tables.flow[t.FLOW_CLOSED] > 5
    seeds = np.arange(4, dtype=np.int64)
    futures = play(plant, seeds, until_us=plant.now_us)
    assert not futures.flow.any()
    assert not futures.n_events.any()
    near, far = (
        play(plant, seeds, until_us=plant.now_us + hours * HOUR_US) for hours in (1, 3)
    )
    for name in (t.FLOW_CLOSED, t.FLOW_S, t.FLOW_PIECES):
        assert (far.flow[:, name] > near.flow[:, name]).all()
    assert (far.flow >= near.flow).all()
    assert (far.n_events > near.n_events).all()


def test_order_of_seeds_and_lack_of_room_change_no_future(plant, monkeypatch):
    seeds = np.arange(6, dtype=np.int64)
    until_us = plant.now_us + 6 * HOUR_US
    wanted = play(plant, seeds, until_us=until_us)
    widened = []

    def widen(self, table):
        widened.append(table)
        return own(self, table)

    own = CompiledPlant._widen
    monkeypatch.setattr(CompiledPlant, "_widen", widen)
    laid = compiled.capacity_of
    room = {"orders": 1, "calendar": 32}
    monkeypatch.setattr(
        compiled, "capacity_of", lambda layout: laid(layout)._replace(**room)
    )
    small = CompiledPlant(plant._network, Names(), seed=5)
    small.advance(plant.now_us)
    widened.clear()
    found = play(small, seeds[::-1].copy(), until_us=until_us)
    assert widened
    assert found.flow[::-1].tolist() == wanted.flow.tolist()
    assert found.n_events[::-1].tolist() == wanted.n_events.tolist()

from dataclasses import replace

import numpy as np
import pytest

from streams.batch import concatenate
from streams.names import Names
from twin.errors import OptionError
from twin.simulate import tables as t
from twin.simulate.compiled import plant as compiled
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
COLUMNS = (
    "time_us", "type_code", "code", "value0", "value1", "value2", "time0", "id_hash",
    "sequence", "rank",
)  # fmt: skip
ROOM = {"calendar": 32, "orders": 1, "customers": 1, "goods": 1, "pending": 1}


def decisions(*, lane=(), item=(), quantity=(), make=()):
    items, sites, quantities = zip(*make, strict=True) if make else ((), (), ())
    return Decisions(
        lane=np.array(lane, np.int32), item=np.array(item, np.int32),
        quantity=np.array(quantity, float), make_item=np.array(items, np.int32),
        make_site=np.array(sites, np.int32), make_quantity=np.array(quantities, float),
    )  # fmt: skip


def assert_same(one, other):
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


@pytest.fixture
def cramped(monkeypatch):
    """Begin with hardly any room, and tell a few rows at a time."""
    own = compiled.capacity_of
    monkeypatch.setattr(compiled, "capacity_of", lambda layout: own(layout)._replace(
        **ROOM))  # fmt: skip
    monkeypatch.setattr(compiled, "TRACE_ROWS", 16)


def run_busy(network):
    plant = CompiledPlant(network, Names(), seed=5)
    return plant, plant.advance(plant.now_us + 3 * HOUR_US)


def test_workshop_runs_as_in_the_reference(busy):
    network = busy()
    reference = Plant(network, Names(), seed=5)
    plant, told = run_busy(network)
    assert len(told) > 300
    assert_same(told, reference.advance(plant.now_us))
    np.testing.assert_array_equal(plant.stock, reference.stock)


def test_room_changes_nothing(busy, request):
    wide, wanted = run_busy(busy())
    request.getfixturevalue("cramped")
    plant, told = run_busy(busy())
    assert plant.tables.orders.size < wide.tables.orders.size
    assert len(plant.trace.time_us) < len(wide.trace.time_us)
    assert_same(told, wanted)
    assert plant.tables.clock[t.N_EVENTS] == wide.tables.clock[t.N_EVENTS]
    assert plant.tables.flow.tobytes() == wide.tables.flow.tobytes()
    # Heads and tails are rows, which others had before.
    for name in ("n_failures", "running", "state", "family"):
        assert (plant.tables.machines[name] == wide.tables.machines[name]).all()


def test_room_of_a_chain_changes_nothing(chain, request):
    def run():
        network = chain()
        plant = CompiledPlant(network, Names(), seed=5)
        parts = []
        for _ in range(12):
            n = len(network.lanes.ids)
            plant.release(decisions(lane=range(n), item=[0] * n, quantity=[9.0] * n))
            parts.append(plant.advance(plant.now_us + 24 * HOUR_US))
        return concatenate(parts, parts[0].names)

    wanted = run()
    request.getfixturevalue("cramped")
    assert_same(run(), wanted)
    assert len(wanted) > 60


def test_fork_goes_on_as_the_original_and_leaves_it_alone(busy):
    plant, _ = run_busy(busy())
    before = plant.tables.block.tobytes()
    fork, until_us = plant.fork(), plant.now_us + HOUR_US
    ahead = fork.advance(until_us)
    assert plant.tables.block.tobytes() == before
    assert_same(plant.advance(until_us), ahead)
    assert plant.tables.block.tobytes() == fork.tables.block.tobytes()
    other = fork.fork(seed=6)
    until_us += HOUR_US
    other.advance(until_us)
    fork.advance(until_us)
    assert other.tables.block.tobytes() != fork.tables.block.tobytes()


def test_saved_simulation_goes_on_to_the_last_bit(busy):
    network = busy()
    plant, _ = run_busy(network)
    saved, until_us = plant.save(), plant.now_us + HOUR_US
    other = CompiledPlant(network, Names(), seed=5)
    other.restore(saved)
    assert other.now_us == plant.now_us
    one, two = plant.advance(until_us), other.advance(until_us)
    assert one.time_us.tolist() == two.time_us.tolist()
    assert one.value0.tobytes() == two.value0.tobytes()
    assert plant.tables.block.tobytes() == other.tables.block.tobytes()


def test_save_of_another_network_is_refused(busy, chain):
    plant, _ = run_busy(busy())
    with pytest.raises(OptionError, match="simulation is of network"):
        CompiledPlant(chain(), Names(), seed=5).restore(plant.save())


def test_time_goes_only_on(busy):
    plant, _ = run_busy(busy())
    with pytest.raises(OptionError, match="until_us must be >="):
        plant.advance(plant.now_us - 1)


def test_decision_that_cannot_be_carried_out_is_refused(chain):
    plant = CompiledPlant(chain(), Names(), seed=5)
    before = plant.tables.block.tobytes()
    with pytest.raises(OptionError, match=r"lane must be in 0\.\.1, was 2"):
        plant.release(decisions(lane=[2], item=[0], quantity=[1.0]))
    with pytest.raises(OptionError, match="item 'tea' cannot be made at 'shop'"):
        plant.release(decisions(make=[(0, 1, 1.0)]))
    with pytest.raises(OptionError, match="item 7 is not kept at 'hub'"):
        plant.release(decisions(lane=[0], item=[7], quantity=[1.0]))
    named = replace(decisions(lane=[0], item=[0], quantity=[1.0]), name=("P7",))
    with pytest.raises(OptionError, match="by the reference engine alone"):
        plant.release(named)
    assert plant.tables.block.tobytes() == before
    plant.release(decisions(lane=[9], item=[0], quantity=[0.0]))
    assert not plant.tables.clock[t.N_GOODS]


def test_demand_that_is_handed_in_is_checked(chain, fixed_demand):
    network = chain()
    start_us = network.settings.as_of_us
    given = fixed_demand([3.0], [2.0])
    plant = CompiledPlant(network, Names(), seed=5, demand=given)
    plant.advance(start_us + 3 * network.settings.period_us)
    assert given.served == [[0.0], [0.0], [1.0]]
    wrong = CompiledPlant(network, Names(), seed=5, demand=fixed_demand([-1.0]))
    with pytest.raises(OptionError, match="demand of period 0: must be 1 numbers >= 0"):
        wrong.advance(start_us + network.settings.period_us)


def test_layout_reaches_as_far_as_asked(chain):
    network = chain()
    plant = CompiledPlant(network, Names(), seed=5)
    until_us = network.settings.as_of_us + 100 * network.settings.period_us
    layout = plant.reach(until_us)
    assert len(layout.demand_mean) >= 100
    assert plant.reach(until_us) is layout

import numpy as np
import pytest

from benchmarks.workloads.closing.baselines import CLASSES, Levels, StaticLevels
from benchmarks.workloads.closing.network import network_c
from streams.names import Names
from twin.state.known import known_entities
from twin.state.state import State

LOTS = [0.3, 0.5, 0.2, 0.4]


@pytest.fixture(scope="module")
def network():
    return network_c()


@pytest.fixture(scope="module")
def static(network):
    return StaticLevels(network)


def empty_state(network):
    return State.of_model(known_entities(network), Names()).settled()


def ordered(network, policy):
    made = policy.decide(empty_state(network), network.settings.as_of_us).decisions
    return made, float(made.quantity.sum() + made.make_quantity.sum())


def test_levels_of_a_base_stock_have_no_lots():
    row = [0.5] * len(CLASSES) + LOTS
    assert Levels.of(row).lot.tolist() == LOTS
    assert Levels.of(row, base_stock=True).lot.tolist() == [0.0] * len(CLASSES)


def test_policy_orders_more_with_more_safety_and_larger_lots(network, static):
    amounts = [
        ordered(network, static.policy(Levels.of([safety] * 4 + [lot] * 4)))[1]
        for safety, lot in ((0.5, 0.0), (1.0, 0.0), (1.0, 0.5))
    ]
    assert amounts == sorted(set(amounts))


def test_production_orders_are_due_after_their_planned_time(network, static):
    made, _ = ordered(network, static.policy(Levels.of([1.0] * 8)))
    assert len(made.make_due_us) == len(made.make_item) > 0
    assert (made.make_due_us > network.settings.as_of_us).all()
    plain, _ = ordered(network, static.policy(Levels.of([1.0] * 8), dated=False))
    assert plain.is_plain
    np.testing.assert_array_equal(plain.make_quantity, made.make_quantity)

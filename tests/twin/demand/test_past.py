"""Demand of the past, by review."""

import numpy as np

from streams.names import Names
from twin.demand import demand_by_review
from twin.simulate.reference.plant import Plant

DAY_US = 86_400_000_000


def batches(network, days, seed=3):
    names = Names()
    plant = Plant(network, names, seed=seed)
    begin_us = network.settings.as_of_us
    return [plant.advance(begin_us + day * DAY_US) for day in range(1, days + 1)]


def test_orders_add_up_by_review_and_twice_counts_once(two_echelon):
    network = two_echelon()
    told = batches(network, 6)
    until_us = network.settings.as_of_us + 5 * DAY_US
    asked = demand_by_review(network, [*told, *told], until_us=until_us)
    assert asked.shape == (1, 5)
    received = [b.value0[np.isfinite(b.value1) & (b.party >= 0)] for b in told]
    assert asked.sum() > 0.0
    once = demand_by_review(network, told, until_us=until_us)
    assert asked.tolist() == once.tolist()
    assert len(received) == 6


def test_nothing_is_asked_before_the_first_review_ends(two_echelon):
    network = two_echelon()
    asked = demand_by_review(network, batches(network, 1), until_us=0)
    assert asked.shape == (1, 0)

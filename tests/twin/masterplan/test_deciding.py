"""What is decided at each review of a plan."""

import time

import numpy as np
import polars as pl

from twin.masterplan.certain import certain
from twin.masterplan.deciding import Deciding, Sequence
from twin.masterplan.firm import FirmOrders
from twin.masterplan.making import Beginning, play_certain
from twin.masterplan.tables import ORDERS
from twin.planning import Planner

N_PERIODS = 8
TEA = 2  # the third item


class Noted:
    """Hands on what a policy decides, and keeps it."""

    def __init__(self, policy):
        self._policy = policy
        self.name, self.information = policy.name, policy.information
        self.decided = []

    def observe(self, asked):
        self._policy.observe(asked)

    def decide(self, state, now_us):
        found = self._policy.decide(state, now_us)
        self.decided.append(found.decisions)
        return found


def followed(network, demand, *, reviews=0, **terms):
    planner = Planner(network, monotonic_s=time.monotonic)
    settled = certain(network, sequenced=reviews > 0)
    if reviews:
        terms["sequence"] = Sequence(settled, reviews, 500, time.monotonic)
    noted = Noted(Deciding(planner, demand, **terms))
    play_certain(Beginning(settled), noted, demand, n_periods=N_PERIODS)
    return noted.decided


def on_order(tables):
    """Make the last item on order, with nothing of it in stock."""
    tables["items"][TEA]["strategy"] = "make_to_order"
    tables["stock"][TEA]["on_hand"] = 0


def test_production_of_the_first_reviews_has_a_sequence(plant, expected):
    decided = followed(plant, expected(20.0), reviews=5)
    made = [one for one in decided[:5] if len(one.make_item)]
    assert made
    for one in made:
        assert np.isfinite(one.make_priority).all()
        assert (np.diff(one.make_priority) >= 0.0).all()
    assert sum(len(one.make_item) for one in decided[5:]) > 0
    assert not any(len(one.make_priority) for one in decided[5:])


def test_items_on_order_are_made_for_customers_alone(works, expected):
    network = works(on_order)
    rows = [
        (who, item)
        for one in followed(network, expected(4.0))
        for who, item in zip(
            one.make_for or ("",) * len(one.make_item),
            one.make_item.tolist(),
            strict=True,
        )
    ]
    assert {item for who, item in rows if who} == {TEA}
    assert all(who for who, item in rows if item == TEA)
    assert len({who for who, _ in rows if who}) > 1


def test_inside_the_fence_nothing_new_is_decided(plant, expected):
    settings = plant.settings
    until_us = settings.as_of_us + 2 * settings.review_us
    firm = FirmOrders(pl.DataFrame(schema=ORDERS), until_us)
    decided = followed(plant, expected(), firm=firm)
    counts = [len(one.lane) + len(one.make_item) for one in decided]
    assert counts[:2] == [0, 0]
    assert sum(counts[2:]) > 0


def test_more_is_made_for_more_demand(plant, expected):
    made = [
        sum(float(one.make_quantity.sum()) for one in followed(plant, expected(mean)))
        for mean in (4.0, 11.0, 30.0)
    ]
    assert made[0] < made[1] < made[2]

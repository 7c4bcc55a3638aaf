"""A simulated plant takes orders under ids of its own, or refuses them."""

from types import SimpleNamespace

import numpy as np
import pytest

from streams.names import Names
from twin.loop.answers import NO_COMPONENTS, answers_of
from twin.planning import orders_of, planning_structure
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant

DAY_US = 86_400_000_000


@pytest.fixture
def asked(works):
    """Let a works of some stock do what is decided; returns orders and answers."""

    def ask(decisions, change=None):
        network = works(change)
        plant = Plant(network, Names(), seed=0)
        now_us = plant.now_us
        plant.advance(now_us)
        plant.release(decisions)
        events = plant.advance(now_us + DAY_US)
        orders = orders_of(
            planning_structure(network), decisions, occasion="o", plan=None,
            now_us=now_us,
        )  # fmt: skip
        return SimpleNamespace(
            orders=orders, answers=answers_of(orders, events, now_us=now_us)
        )

    return ask


def decisions(*, lanes=2, made=(3.0,)):
    return Decisions(
        lane=np.arange(lanes, dtype=np.int32),
        item=np.arange(lanes, dtype=np.int32),
        quantity=np.full(lanes, 5.0),
        make_item=np.full(len(made), 2, np.int32),
        make_site=np.zeros(len(made), np.int32),
        make_quantity=np.array(made),
    )


def test_every_order_is_answered_with_the_id_of_the_plant(asked):
    found = asked(decisions())
    assert [one.order for one in found.answers] == [one.order for one in found.orders]
    assert [one.executed_as for one in found.answers] == ["P1", "P2", "M1"]
    assert {one.answer for one in found.answers} == {"accepted"}


def test_what_lacks_components_is_refused(asked):
    def empty(tables):
        tables["stock"][0]["on_hand"] = 0

    *lanes, make = asked(decisions(), empty).answers
    assert [one.executed_as for one in lanes] == ["P1", "P2"]
    assert (make.answer, make.reason, make.executed_as) == (
        "rejected", NO_COMPONENTS, None
    )  # fmt: skip

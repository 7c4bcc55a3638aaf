"""Numbers in the sequence of a plan."""

import math
import time

import numpy as np
import pytest

from streams.events import TYPE_CODES
from streams.names import Names
from twin.cycle import Decided
from twin.loop import Loop
from twin.masterplan import certain
from twin.planning.sequencing import Coming, inserted, sequence_numbers
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant

HOUR_US = 3_600_000_000


def test_new_ones_come_between_numbers_that_stay():
    assert inserted([3.0, None, 8.0], [False, True, False]) == [3.0, 5.5, 8.0]
    assert inserted([None, None, 2.0], [True, True, False]) == [0.5, 1.0, 2.0]
    assert inserted([None, 2.0, None], [True, False, True]) == [1.0, 2.0, 3.0]


def test_numbers_given_before_stay_even_out_of_turn():
    """The fourth must come before both, so before the lesser number."""
    assert inserted([None, 5.0, 4.0], [True, False, False]) == [2.0, 5.0, 4.0]


def test_who_comes_behind_one_without_a_number_has_none():
    first, old, last = inserted([None, None, None], [True, False, True])
    assert first == 1.0
    assert math.isnan(old)
    assert math.isnan(last)


@pytest.fixture
def colours(works):
    """Return a works whose machine changes from red to blue and back in an hour."""

    def painted(tables):
        tables["items"] = [{"item": f"{c}{k}"} for c in ("red", "blue") for k in (1, 2)]
        tables["bills"] = []
        tables["routings"] = [
            {"item": item["item"], "step": 1, "operation": "paint",
             "machine_group": "filling", "duration_s": 600,
             "setup_family": item["item"][:-1]}
            for item in tables["items"]
        ]  # fmt: skip
        tables["setups"] = [
            {"group": "filling", "from_family": "*", "to_family": "*", "setup_s": 3600}
        ]
        tables["lanes"], tables["suppliers"] = [], []
        tables["demands"] = [
            {"customer": "M", "item": item["item"], "site": "P", "mean_per_day": 1}
            for item in tables["items"]
        ]
        tables["stock"] = []

    return works(painted)


def test_families_are_made_together_and_carried_out_so(colours):
    """Four orders with two families: two setups at most instead of three or four."""
    network = certain(colours, sequenced=True)
    names = ("blue1", "red1", "blue2", "red2")
    items = np.array([network.item_index[name] for name in names], np.int32)
    numbers = []

    class Once:
        name = information = "once"

        def observe(self, asked):
            pass

        def decide(self, state, now_us):
            if numbers:
                return Decided(Decisions())
            due_us = now_us + 9 * HOUR_US
            coming = [Coming(int(item), 0, 3.0, due_us) for item in items]
            found = sequence_numbers(
                network, state, coming, now_us=now_us, flow_us={}, work=2000,
                monotonic_s=time.monotonic,
            )  # fmt: skip
            numbers.extend(found.tolist())
            turn = np.argsort(found)
            return Decided(
                Decisions(
                    make_item=items[turn],
                    make_site=np.zeros(4, np.int32),
                    make_quantity=np.full(4, 3.0),
                    make_priority=found[turn],
                )
            )

    table = Names()
    idle = type("Nobody", (), {"draw": lambda *_: np.zeros(4)})()
    plant = Plant(network, table, seed=0, demand=idle)
    reviews = []
    Loop(network, plant, Once(), names=table).run(1, on_review=reviews.append)
    assert sorted(numbers) == [1.0, 2.0, 3.0, 4.0]
    turn = [names[k][:-1] for k in np.argsort(numbers)]
    assert turn[0] == turn[1] != turn[2] == turn[3]
    code = TYPE_CODES["SetupCompleted"]
    assert np.count_nonzero(reviews[0].events.type_code == code) <= 2


def test_what_needs_no_machine_has_no_number(works):
    def plain(tables):
        tables["routings"] = []

    network = works(plain)
    loop = Loop(
        network, Plant(network, names := Names(), seed=0), policy=None, names=names
    )
    found = sequence_numbers(
        network, loop.state, [Coming(2, 0, 1.0, 0)],
        now_us=network.settings.as_of_us, flow_us={}, monotonic_s=time.monotonic,
    )  # fmt: skip
    assert np.isnan(found).tolist() == [True]

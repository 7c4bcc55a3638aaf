"""The activity whose profit has no limit, by name."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer import SolveOptions
from twin.planning.endless import endless_profit
from twin.planning.problem import replenishment_problem
from twin.planning.structure import planning_structure


@pytest.fixture
def reason(folding):
    """Say what is endless once stock at the end has some value."""

    def say(network, values):
        world, structure = folding(network), planning_structure(network)
        problem = replace(structure.problem, terminal_value=np.array(values))
        structure = replace(structure, problem=problem)
        posed = replenishment_problem(
            structure, world.state, now_us=world.as_of_us, demand=np.ones((1, 6))
        )
        options = SolveOptions(monotonic_s=lambda: 0.0)
        return endless_profit(structure, posed, options)

    return say


def test_lane_is_named_with_its_cost_and_worth(two_echelon, reason):
    sentence = reason(two_echelon(), [5.0, 0.0])
    assert sentence.startswith("lane 'buy', item 'tea': endless profit")
    assert "a unit costs 3.1 and is worth 5 as stock" in sentence
    # The hub is only on the way.
    sentence = reason(two_echelon(), [0.0, 5.0])
    assert sentence.startswith("lane 'ship', item 'tea': endless profit")
    assert "a unit costs 3.8 and is worth 5 as stock" in sentence


def test_production_is_named_by_item_and_site(works, reason):
    def by_hand(tables):
        tables.update(machines=[], routings=[])
        tables["bills"] = tables["bills"][:1]
        for table in ("items", "stock"):
            tables[table] = [row for row in tables[table] if row["item"] != "box"]
        tables["lanes"] = tables["lanes"][:1]

    network = works(by_hand)
    tea = [network.items.ids[i] for i in network.stock.item_index].index("tea")
    values = np.zeros(len(network.stock.item_index))
    values[tea] = 50.0
    sentence = reason(network, values)
    assert sentence.startswith("production 'tea@P': endless profit")
    assert "is worth 50 as stock" in sentence

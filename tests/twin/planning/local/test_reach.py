"""What something reaches in a network."""

import numpy as np
import pytest

from twin.planning import planning_structure
from twin.planning.local import affected_activities, made_on, without_machine

HOUR_US = 3_600_000_000


def point(structure, item, site):
    network = structure.network
    view = structure.view
    return int(view.point_of[network.item_index[item], network.place_index[site]])


def test_leaf_reaches_its_purchase_and_what_is_made_of_it(works):
    structure = planning_structure(works())
    reached = affected_activities(structure, [point(structure, "leaf", "P")])
    named = {
        structure.network.items.ids[int(item)]
        for item in structure.activity_item[reached]
    }
    assert named == {"leaf", "tea"}, "boxes are bought as before"


def test_product_reaches_all_that_goes_into_it(works):
    structure = planning_structure(works())
    assert affected_activities(structure, [point(structure, "tea", "P")]).all()


def test_goods_flow_from_hub_to_shop_and_no_further(two_echelon):
    structure = planning_structure(two_echelon())
    for site in ("hub", "shop"):
        found = affected_activities(structure, [point(structure, "tea", site)])
        assert found.all()
    assert not affected_activities(structure, []).any()


def test_machine_makes_what_needs_its_group_most(works):
    structure = planning_structure(works())
    found = [made_on(structure, machine) for machine in range(2)]
    # One capacity limits what is made: that of the slowest group.
    assert sorted(found) == [[], [point(structure, "tea", "P")]]


@pytest.mark.parametrize(
    ("down_h", "left"), [(0, [1, 1]), (12, [0.75, 1]), (36, [0.5, 0.75])]
)
def test_group_without_one_of_two_machines_has_half(works, down_h, left):
    def twins(tables):
        tables["machines"].append(tables["machines"][0] | {"machine": "F2"})

    structure = planning_structure(works(twins))
    machine = structure.network.machines.ids.index("F2")
    capacity = np.ones((len(structure.capacity), 2))
    found = without_machine(structure, capacity, machine, down_us=down_h * HOUR_US)
    changed = (found != capacity).any(axis=1)
    assert changed.sum() == (1 if down_h else 0)
    assert found[changed].tolist() == ([left] if down_h else [])

import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate.reference.recipes import routing_rows


def test_the_routing_of_the_site_counts_first(workshop):
    def own(tables):
        tables["sites"].append({"site": "Q", "kind": "plant"})
        tables["machines"] += [
            {"machine": "F2", "site": "Q", "group": "filling"},
            {"machine": "K2", "site": "Q", "group": "packing"},
        ]
        tables["routings"].append(
            {"item": "tea", "site": "Q", "step": 5, "operation": "fill",
             "machine_group": "filling", "duration_s": 1}
        )  # fmt: skip

    network = workshop(own)
    tea = network.item_index["tea"]
    steps = [
        network.routings.step[routing_rows(network, tea, site)].tolist()
        for site in (0, 1)
    ]
    assert steps == [[1, 2], [5]]
    nothing = routing_rows(network, network.item_index["leaf"], 0)
    assert nothing.dtype == np.intp
    assert len(nothing) == 0


def test_outputs_come_in_the_order_of_items(simulation, workshop, make):
    def apart(tables):
        tables["outputs"] = [
            {"item": "tea", "product": "leaf", "quantity": 0.5},
            {"item": "tea", "product": "tea", "quantity": 2},
            {"item": "tea", "product": "box", "quantity": 1},
        ]

    run = simulation(workshop(apart))
    tea = run.network.item_index["tea"]
    outputs = run.plant._factory.recipe(tea, 0).outputs
    assert [(item, per_unit) for _, item, per_unit in outputs] == [
        (0, 1.0), (1, 0.5), (2, 2.0),
    ]  # fmt: skip
    run.plant.release(make(run.network, 10))
    run.advance()
    levels = [run.level(item, "P") for item in ("box", "leaf", "tea")]
    assert levels == [80 - 10 + 10, 100 - 20 + 5, 20]
    run.assert_same()


def test_what_is_not_made_has_no_recipe(simulation, workshop):
    run = simulation(workshop())
    with pytest.raises(OptionError, match="'leaf' cannot be made at 'P'"):
        run.plant._factory.recipe(run.network.item_index["leaf"], 0)

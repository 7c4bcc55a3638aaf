import numpy as np
import pytest

from twin.simulate.laying.whole import lay_out


@pytest.fixture(scope="module")
def layout(workshop):
    def change(tables):
        fill, pack = tables["routings"]
        fill |= {"setup_family": "a", "operator_pool": "crew"}
        pack |= {"setup_family": "b", "batch_min": 2, "batch_max": 4}
        tables["setups"] = [
            {"group": "filling", "from_family": f, "to_family": t, "setup_s": s}
            for f, t, s in (
                ("*", "*", 5), ("a", "b", 4), ("*", "b", 2), ("", "*", 3.5)
            )
        ]  # fmt: skip
        tables["pools"] = [{"pool": "crew", "site": "P", "kind": "operator", "size": 2}]
        tables["outputs"] = [{"item": "tea", "product": "box", "quantity": 0.25}]
        tables["machines"].append(
            {"machine": "X1", "site": "P", "group": "other", "slots": 3}
        )

    network = workshop(change)
    return lay_out(network, (), until_us=network.settings.as_of_us)


def test_most_specific_setup_stands_first(layout):
    assert layout.setups["time_us"].tolist() == [4e6, 3.5e6, 2e6, 5e6]
    filling = layout.groups[0]
    assert (filling["first_setup"], filling["last_setup"]) == (0, 4)
    for group in layout.groups[1:]:
        assert group["first_setup"] == group["last_setup"]


def test_outputs_hold_the_item_itself(layout):
    (recipe,) = layout.recipes
    own = layout.outputs[recipe["first_output"] : recipe["last_output"]]
    assert own["item"].tolist() == [0, 2]
    assert own["per_unit"].tolist() == [0.25, 1.0]


def test_pools_know_the_groups_that_need_them(layout):
    (crew,) = layout.pools
    assert crew["size"] == 2
    assert layout.pool_groups.tolist() == [0]
    assert crew["first_span"] == crew["last_span"]


def test_plain_groups_are_those_without_batches_pools_rules_and_limits(layout):
    assert layout.groups["plain"].tolist() == [0, 0, 1]
    assert np.isin(layout.steps["timeout_us"], np.iinfo(np.int64).max).all()

import numpy as np
import pytest

from twin.model.elements import DISPATCH_RULES, NO_LIMIT
from twin.simulate.laying.whole import lay_out


@pytest.fixture(scope="module")
def lay(workshop):
    def laid(change):
        network = workshop(change)
        return lay_out(network, (), until_us=network.settings.as_of_us)

    return laid


def test_steps_know_what_is_left_and_where_rework_goes(lay):
    def change(tables):
        tables["routings"][1] |= {"rework_rate": 0.1, "rework_step": 1}

    layout = lay(change)
    (recipe,) = layout.recipes
    steps = layout.steps[recipe["first_step"] : recipe["last_step"]]
    assert steps["left_s"].tolist() == [90.0, 30.0]
    assert steps["left_setup_s"].tolist() == [600.0, 600.0]
    assert steps["back"][1] == 0


def test_the_row_of_a_site_says_how_a_group_chooses(lay):
    def change(tables):
        tables["groups"] = [
            {"group": "filling", "site": "P", "rule": "spt"},
            {"group": "filling", "site": "*", "rule": "edd", "capacity": 7},
        ]

    groups = lay(change).groups
    assert groups["rule"].tolist() == [DISPATCH_RULES.index("spt"), 0]
    assert groups["capacity"].tolist() == [NO_LIMIT, NO_LIMIT]


def test_machines_without_calendar_have_no_spans(lay):
    layout = lay(None)
    assert (layout.machines["first_span"] == layout.machines["last_span"]).all()
    assert layout.spans.shape == (0, 2)
    assert not np.isnan(layout.machines["speed"]).any()

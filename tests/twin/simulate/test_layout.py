import numpy as np
import pytest

from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate.laying.whole import lay_out

ROWS = {
    "lanes": laid.LANE_ROW, "places": laid.PLACE_ROW, "points": laid.POINT_ROW,
    "recipes": laid.RECIPE_ROW, "steps": laid.STEP_ROW,
    "components": laid.COMPONENT_ROW, "outputs": laid.OUTPUT_ROW,
    "groups": laid.GROUP_ROW, "setups": laid.SETUP_ROW, "pools": laid.POOL_ROW,
    "machines": laid.MACHINE_ROW, "releases": laid.RELEASE_ROW, "mix": laid.MIX_ROW,
    "demands": laid.DEMAND_ROW, "demand_windows": laid.WINDOW_ROW,
    "lane_windows": laid.WINDOW_ROW, "machine_windows": laid.MACHINE_WINDOW_ROW,
}  # fmt: skip
SETTINGS = (
    "AS_OF_US", "PERIOD_US", "N_PERIODS", "FIRST_MACHINE", "STARTS", "HAS_OUTAGES",
    "N_PLACES", "MOST_STARTS", "MOVES_FIRST", "POLICIES", "HAS_LIMITS",
)  # fmt: skip


def test_every_setting_has_a_place_of_its_own_before_the_names():
    places = [getattr(laid, name) for name in SETTINGS]
    assert len(set(places)) == len(places)
    assert max(places) < laid.FIRST_NAME


@pytest.mark.parametrize("name", ROWS)
def test_rows_have_no_gaps(name):
    """What lies between fields would be neither compared nor copied for certain."""
    row = ROWS[name]
    assert row.itemsize == sum(row.fields[field][0].itemsize for field in row.names)


@pytest.mark.parametrize("which", ["busy", "chain"])
def test_layout_holds_what_it_says(request, which):
    network = request.getfixturevalue(which)()
    until_us = network.settings.as_of_us + 3 * network.settings.period_us
    layout = lay_out(network, (), until_us=until_us)
    for name, row in ROWS.items():
        assert getattr(layout, name).dtype == row, name
    assert len(layout.settings) == laid.FIRST_NAME + t.NUMBERED + 1
    assert layout.settings[laid.N_PERIODS] == len(layout.demand_mean) == 3
    assert layout.demand_mean.shape[1] == len(layout.demands)
    assert layout.taken.shape[0] == len(t.LETTERS)
    assert (layout.taken[:, -1] == laid.NEVER_US).all()
    assert np.array_equal(np.flatnonzero(layout.recipe_of >= 0), made(network))


def made(network):
    pairs = network.production
    return np.sort(pairs.first.astype(int) * network.n_sites + pairs.second)

"""Networks without chance."""

import numpy as np
import pytest

from twin.masterplan import certain
from twin.model.changes.apply import rebuilt
from twin.model.laws import CONSTANT


def test_times_are_means_and_nothing_fails(plant):
    settled = certain(plant)
    assert set(settled.lanes.lead_time_law) == {CONSTANT}
    assert set(settled.routings.duration_law) == {CONSTANT}
    assert np.isinf(settled.machines.mttf_s).all()
    assert np.isinf(settled.places.mttf_s).all()
    assert settled.lanes.lead_time_s.tolist() == plant.lanes.lead_time_s.tolist()
    assert settled.routings.duration_s.tolist() == plant.routings.duration_s.tolist()
    assert settled.machines.ids == plant.machines.ids


def test_a_network_without_chance_stays_as_it_is(works):
    assert certain(works()).hash == works().hash


@pytest.mark.parametrize("sequenced", [False, True])
def test_it_is_what_a_network_that_is_checked_would_be(plant, sequenced):
    settled = certain(plant, sequenced=sequenced)
    checked = rebuilt(plant, settled.tables)
    assert settled.hash == checked.hash != plant.hash
    for name, table in checked.tables.items():
        assert settled.tables[name].equals(table)

"""Layouts that are made once."""

from twin.simulate.compiled.layouts import Layouts

DAY_US = 86_400_000_000


def test_layout_is_made_anew_only_to_reach_further(works):
    network = works()
    as_of_us = network.settings.as_of_us
    layouts = Layouts(network, until_us=as_of_us + 10 * DAY_US)
    first = layouts.reaching(as_of_us)
    assert layouts.reaching(as_of_us + 10 * DAY_US) is first
    further = layouts.reaching(as_of_us + 20 * DAY_US)
    assert further is not first
    assert layouts.until_us == as_of_us + 20 * DAY_US
    assert layouts.reaching(as_of_us + DAY_US) is further


def test_layout_reaches_the_start_without_being_asked(works):
    network = works()
    assert Layouts(network).until_us == network.settings.as_of_us

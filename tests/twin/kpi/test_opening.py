"""Measures that go on from a state are those of the whole log."""

import numpy as np
import pytest

from streams.names import Names
from twin.errors import OptionError
from twin.kpi import RunMeasures
from twin.simulate.decisions import Decisions
from twin.state.known import known_entities
from twin.state.state import State

DAY_US = 86_400_000_000
# A state knows neither how long operations under way were worked on, nor the arrival
# that began the cycle of now.
UNKNOWN = {"flow_efficiency", "production_wait_mean_s", "cycle_service_level"}


@pytest.fixture(scope="module")
def produced(works, run_loop, scripted):
    """A works that makes something every day for eight days."""
    network = works()

    def make(quantity):
        return Decisions(
            make_item=np.array([network.item_index["tea"]], np.int32),
            make_site=np.array([network.place_index["P"]], np.int32),
            make_quantity=np.array([quantity]),
            lane=np.arange(2, dtype=np.int32),
            item=network.lanes.item_index[:2],
            quantity=np.array([30.0, 50.0]),
        )

    script = scripted(*(make(12.0 + day) for day in range(8)))
    return run_loop(network, script, 8, seed=5)


def test_window_after_a_state_measures_as_from_the_beginning(produced):
    network, events = produced.loop.network, produced.events
    as_of_us = network.settings.as_of_us
    cut_us = as_of_us + 3 * DAY_US + 5 * 3_600_000_000
    window = (cut_us + 1, as_of_us + 8 * DAY_US)
    whole = RunMeasures(network, produced.names, window)
    whole.book(events)
    state = State.of_model(known_entities(network), produced.names)
    state.apply(events.take(events.time_us <= cut_us))
    rest = RunMeasures(network, produced.names, window, state=state.settled())
    rest.book(events)
    assert whole.measures()["wip_mean_orders"] > 0
    for name, value in whole.measures().items():
        if name not in UNKNOWN:
            got = rest.measures()[name]
            assert got == pytest.approx(value, rel=1e-9, nan_ok=True), name


def test_state_without_events_is_the_network(works):
    network, names = works(), Names()
    as_of_us = network.settings.as_of_us
    state = State.of_model(known_entities(network), names)
    window = (as_of_us, as_of_us + DAY_US)
    opened = RunMeasures(network, names, window, state=state)
    plain = RunMeasures(network, names, window)
    np.testing.assert_equal(opened.measures(), plain.measures())


def test_window_must_not_begin_before_its_state(produced):
    network = produced.loop.network
    as_of_us = network.settings.as_of_us
    state = State.of_model(known_entities(network), produced.names)
    state.apply(produced.events)
    with pytest.raises(OptionError, match="must not begin before its state"):
        RunMeasures(
            network, produced.names, (as_of_us, as_of_us + 1), state=state.settled()
        )

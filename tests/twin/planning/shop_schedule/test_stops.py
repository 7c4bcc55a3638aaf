"""Repair and maintenance apart from other closed time."""

import pytest

from streams.events import MachineStateChanged
from twin.planning.shop_schedule.stops import MAINTENANCE, REPAIR, Stop, stops_of
from twin.simulate.opening.conditions import conditions_of
from twin.whatif import network_of_state

TICK_US = 1_000_000
HOUR_S = 3_600


@pytest.fixture
def stops(works):
    """Stops of a machine that is maintained for ten minutes every 40,000 seconds."""

    def of(**more):
        def maintained(tables):
            tables["machines"][0].update(maintenance_every_s=40_000, maintenance_s=600)
            tables["machines"][0].update(more)

        network, told = works(maintained), []
        found = stops_of(network, 0, None, ticks=86_400, tick_us=TICK_US, told=told)
        return found, told

    return of


def test_maintenance_by_the_clock_comes_again_and_again(stops):
    found, told = stops()
    assert found == [
        Stop(MAINTENANCE, 40_000, 40_600),
        Stop(MAINTENANCE, 80_000, 80_600),
    ]
    assert told == []


def test_maintenance_that_takes_no_time_stops_nothing(stops):
    assert stops(maintenance_s=0)[0] == []


def test_maintenance_by_busy_time_is_told(stops):
    found, told = stops(maintenance_clock="busy")
    assert found == []
    assert "busy time" in told[0]


@pytest.mark.parametrize(
    ("state", "first"),
    [
        # An hour of a repair that takes two on average is no sign of when it ends.
        ("down", Stop(REPAIR, 0, 7_200)),
        ("maintenance", Stop(MAINTENANCE, 0, 5_400 - 3_600)),
    ],
)
def test_what_goes_on_stops_the_machine_first(works, folding, state, first):
    def kept_up(tables):
        tables["machines"][0].update(
            mttf_s=1e6, mttr_s=7_200, maintenance_every_s=40_000, maintenance_s=5_400
        )

    network = works(kept_up)
    fold = folding(network)
    fold.fold((0, MachineStateChanged(machine="F1", state=state)))
    at_us = network.settings.as_of_us + HOUR_S * TICK_US
    carried = network_of_state(network, fold.state.settled(), at_us=at_us)
    conditions = conditions_of(carried.state, carried.network, at_us=at_us)
    told: list[str] = []
    found = stops_of(
        carried.network, 0, conditions, ticks=86_400, tick_us=TICK_US, told=told
    )
    assert found[0] == first
    assert {stop.cause for stop in found[1:]} == {MAINTENANCE}
    assert all(stop.start > first.end for stop in found[1:])
    assert any("the mean of its repairs" in one for one in told) == (state == "down")

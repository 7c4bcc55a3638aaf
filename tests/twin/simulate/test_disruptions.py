import numpy as np
import pytest

from twin.errors import OptionError
from twin.model.scenario import build_scenario
from twin.simulate.disruptions import DemandFactors, Disruption, Outages, of_scenario


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "war", "start_us": 0, "end_us": 1}, "kind must be one of"),
        ({"kind": "lane", "start_us": 5, "end_us": 5}, "must end after 5"),
        (
            {"kind": "demand", "start_us": 0, "end_us": 1, "factor": -1.0},
            "factor must be finite and >= 0, was -1.0",
        ),
    ],
)
def test_a_disruption_that_cannot_be_is_refused(options, message):
    with pytest.raises(OptionError, match=message):
        Disruption(**options)


def test_demand_is_multiplied_in_the_window_alone(chain):
    network = chain()
    shock = Disruption("demand", 100, 200, factor=1.5)
    other = Disruption("demand", 100, 200, items=(7,), factor=9.0)
    factors = DemandFactors(network, [shock, other])

    def at(time_us, quantity, u=0.5):
        drawn = np.array([quantity])
        return factors.apply(drawn, time_us, uniform=lambda _: u)[0]

    assert [at(t, 4.0) for t in (99, 100, 199, 200)] == [4, 6, 6, 4]
    assert at(100, 0.5) == 0.75
    # Whole demand stays whole: 4.5 is 4 or 5.
    assert [at(100, 3.0, u) for u in (0.4, 0.6)] == [4, 5]


def test_outages_that_follow_each_other_are_one():
    outages = Outages(
        [
            Disruption("place", 10, 20, targets=(3,)),
            Disruption("lane", 20, 30, targets=(1,)),
        ]
    )
    assert outages.open_us(15, lane=1, origin=3) == 30
    assert outages.open_us(15, lane=2, origin=3) == 20
    assert outages.open_us(30, lane=1, origin=3) == 30
    assert not Outages([])


def test_a_weak_supplier_sends_a_share_and_waits_for_nothing():
    outages = Outages([Disruption("place", 10, 20, targets=(3,), factor=0.25)])
    assert outages.open_us(15, lane=0, origin=3) == 15
    assert outages.share(15, lane=0, origin=3) == 0.25
    assert outages.share(20, lane=0, origin=3) == 1.0


def test_of_scenario_takes_every_kind(workshop):
    content = {
        "demand_shocks": [{"start_s": 1, "duration_s": 2, "factor": 2.0}],
        "supplier_failures": [{"supplier": "V", "start_s": 1, "duration_s": 2}],
        "machine_failures": [{"machine": "F1", "start_s": 0, "duration_s": 2}],
    }
    network = workshop()
    found = of_scenario(build_scenario(content, network))
    as_of_us = network.settings.as_of_us
    assert [one.kind for one in found] == ["demand", "place", "machine"]
    assert [one.targets for one in found] == [(), (network.place_index["V"],), (0,)]
    assert [one.factor for one in found] == [2.0, 0.0, 0.0]
    assert found[0].start_us == as_of_us + 1_000_000
    assert found[0].end_us == as_of_us + 3_000_000

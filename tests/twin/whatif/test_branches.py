from twin.simulate.disruptions import Disruption
from twin.whatif import base_branch


def test_branch_has_its_own_disruptions_beside_those_of_the_base(two_echelon, branch):
    network = two_echelon()
    start_us = network.settings.as_of_us
    storm = Disruption("lane", start_us, start_us + 1, (0,))
    base = base_branch(network, (storm,))
    failure = {"supplier": "V", "start_s": 0, "duration_s": 60}
    found = branch(base, supplier_failures=[failure])
    assert found.disruptions[0] is storm
    assert found.disruptions[1].kind == "place"
    assert found.network is network
    assert (base.name, base.lines, found.name) == ("base", (), "other")


def test_branch_of_tables_has_a_network_of_its_own(base, branch):
    found = branch(base, demand=[{"factor": 2}])
    assert found.network.hash != base.network.hash
    assert len(found.lines) == 1

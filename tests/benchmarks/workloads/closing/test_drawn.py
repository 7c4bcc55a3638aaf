import numpy as np
import pytest

from benchmarks.workloads.closing.drawn import (
    FIRST_DAY,
    LAST_DAY,
    N_DAYS,
    RANGES,
    drawn_network,
)
from benchmarks.workloads.closing.network import DAY_S, network_c


@pytest.fixture(scope="module")
def drawn():
    return [drawn_network(number) for number in range(4)]


@pytest.mark.parametrize(
    ("table", "column", "name"),
    [
        ("demands", "mean_per_day", "demand of an item"),
        ("machines", "speed", "machine speed"), ("machines", "wear_per_h", "wear"),
        ("machines", "mttf_s", "time to failure"),
    ],
)  # fmt: skip
def test_factors_lie_in_their_ranges(drawn, table, column, name):
    low, high = RANGES[name]
    stated = getattr(getattr(network_c(), table), column)
    for network, _ in drawn:
        ratio = getattr(getattr(network, table), column) / stated
        np.testing.assert_array_less(low - 1e-6, ratio)
        np.testing.assert_array_less(ratio, high + 1e-6)
        assert np.ptp(ratio) > 0.0


def test_own_lanes_are_as_they_were(drawn):
    base = network_c().lanes
    network, _ = drawn[0]
    own = base.from_place_index < network.n_sites
    ratio = network.lanes.lead_time_s / base.lead_time_s
    assert (ratio[own] == 1.0).all()
    assert (ratio[~own] != 1.0).all()


def test_networks_differ_and_repeat(drawn):
    assert len({network.hash for network, _ in drawn}) == len(drawn)
    again, disruptions = drawn_network(2)
    assert again.hash == drawn[2][0].hash
    assert disruptions == drawn[2][1]


def test_disruptions_are_a_shock_a_supplier_and_two_machines(drawn):
    for network, disruptions in drawn:
        kinds = [one.kind for one in disruptions]
        assert kinds == ["demand", "place", "machine", "machine"]
        days = [
            (one.start_us - network.settings.as_of_us) / (DAY_S * 1e6)
            for one in disruptions
        ]
        assert FIRST_DAY <= min(days) <= max(days) <= LAST_DAY < N_DAYS
        supplier = disruptions[1].targets[0] - network.n_sites
        assert 0 <= supplier < network.n_suppliers

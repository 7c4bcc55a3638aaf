from operator import attrgetter

import numpy as np
import pytest

from benchmarks.workloads.closing.network import network_c
from benchmarks.workloads.closing.truth import truth_of

SEEDS = range(6)


@pytest.fixture(scope="module")
def network():
    return network_c()


@pytest.fixture(scope="module")
def plants(network):
    return [truth_of(network, seed, other_families=False) for seed in SEEDS]


def test_plant_has_the_ids_and_prices_of_the_network(network, plants):
    for plant in plants:
        assert plant.machines.ids == network.machines.ids
        assert plant.lanes.ids == network.lanes.ids
        np.testing.assert_array_equal(plant.lanes.price, network.lanes.price)
        np.testing.assert_array_equal(plant.stock.on_hand, network.stock.on_hand)


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("machines.speed", (0.9, 1.05)), ("machines.mttf_s", (0.7, 1.2)),
        ("machines.mttr_s", (0.9, 1.4)), ("lanes.lead_time_s", (0.95, 1.2)),
        ("demands.mean_per_day", (0.9, 1.1)), ("routings.duration_s", (0.95, 1.05)),
    ],
)  # fmt: skip
def test_parameters_differ_by_about_what_is_stated(network, plants, name, limits):
    column = attrgetter(name)
    true = np.array([column(plant) for plant in plants])
    assert not np.array_equal(true[0], column(network))
    assert limits[0] < (true / column(network)).mean() < limits[1]


def test_plant_is_that_of_its_seed(network, plants):
    again = truth_of(network, 3, other_families=False)
    assert again.hash == plants[3].hash
    assert len({plant.hash for plant in plants}) == len(plants)


def test_goods_of_a_supplier_are_late_together(network, plants):
    lanes = network.lanes
    ratio = plants[0].lanes.lead_time_s / lanes.lead_time_s
    pairs = lanes.from_place_index * 1000 + lanes.to_place_index
    for pair in np.unique(pairs):
        assert np.ptp(ratio[pairs == pair]) < 1e-6


def test_other_families_keep_means(network, plants):
    other = truth_of(network, 5, other_families=True)
    same = plants[5]
    for table, column in (("machines", "mttf_s"), ("routings", "duration_s")):
        np.testing.assert_array_equal(
            getattr(getattr(other, table), column),
            getattr(getattr(same, table), column),
        )
    assert not np.isin(other.machines.failure_law, network.machines.failure_law).any()
    assert not np.isin(other.routings.duration_law, network.routings.duration_law).any()
    assert (other.demands.law != network.demands.law).all()


def test_normal_demand_has_the_variance_of_the_stated_law(network):
    other = truth_of(network, 1, other_families=True).demands
    plain = truth_of(network, 1, other_families=False).demands
    variance = plain.mean_per_day + plain.dispersion * plain.mean_per_day**2
    np.testing.assert_allclose(other.dispersion * other.mean_per_day**2, variance)

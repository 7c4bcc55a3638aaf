import numpy as np

from optimizer.logistics.location.search.network import network_of
from optimizer.logistics.location.search.opening import OpenSearch


def test_search_improves_and_repeats_itself(staged):
    network = network_of(staged(2, n_plants=6, n_depots=12, n_clients=24, tight=4.0))
    searches = [OpenSearch(network, seed=1) for _ in range(2)]
    first = searches[0].cost
    for search in searches:
        search.improve(400)
    one, other = (search.found() for search in searches)
    assert one.cost < first
    assert one.cost == other.cost
    np.testing.assert_array_equal(one.chosen, other.chosen)


def test_choice_from_elsewhere_is_taken_if_better(staged):
    network = network_of(staged(2, n_plants=6, n_depots=12, n_clients=24, tight=4.0))
    good, fresh = OpenSearch(network, seed=1), OpenSearch(network, seed=2)
    good.improve(400)
    fresh.adopt(good.found().chosen)
    assert fresh.cost == good.cost
    fresh.guide(network.fixed)
    fresh.improve(50)
    assert fresh.cost <= good.cost

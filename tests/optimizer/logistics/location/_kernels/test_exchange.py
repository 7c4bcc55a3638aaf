import numpy as np

from optimizer.logistics.location._kernels.exchange import descend, kick
from optimizer.logistics.location._kernels.flows import (
    flow_cost,
    flows_of,
    refit,
    reset,
)
from optimizer.logistics.location.search.network import network_of, room_of


def test_descent_ends_where_no_single_change_pays(staged):
    network = network_of(staged(2, n_plants=4, n_depots=6, n_clients=9, tight=3.0))
    flows, saved, closed = (flows_of(network) for _ in range(3))
    reset(network, flows)
    refit(network, flows)
    room, order = room_of(network), np.arange(10)
    first = flow_cost(network, flows)
    cost, fitted, ended = descend(
        network, flows, saved, closed, room, order, network.fixed, first, 4, 10_000
    )
    assert ended
    assert 0 < fitted < 10_000
    assert cost < first
    for facility in range(10):
        flows.open[facility] = 1 - flows.open[facility]
        refit(network, flows)
        assert flow_cost(network, flows) >= cost - 1e-6
        flows.open[facility] = 1 - flows.open[facility]
    refit(network, flows)
    np.testing.assert_allclose(flow_cost(network, flows), cost)


def test_kick_opens_until_all_fits(staged):
    network = network_of(staged(2))
    flows = flows_of(network)
    reset(network, flows)
    refit(network, flows)
    cost = kick(network, flows, room_of(network), np.arange(7))
    assert np.isfinite(cost)
    assert network.capacity[:3][flows.open[:3] == 1].sum() >= network.demand.sum()

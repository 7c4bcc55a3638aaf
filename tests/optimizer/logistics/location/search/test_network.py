import numpy as np
import pytest

from optimizer.logistics.location._kernels.flows import (
    flow_cost,
    flows_of,
    refit,
    reset,
)
from optimizer.logistics.location.search.network import (
    network_of,
    plan_of_flows,
    room_of,
)


def test_network_has_the_costs_and_flows_add_up(staged):
    problem = staged(0)
    network = network_of(problem)
    assert network.cost.size == 3 + 4 + 3 * 4 + 4 * 6 + 6
    flows = flows_of(network)
    reset(network, flows)
    refit(network, flows)
    supply, service = plan_of_flows(network, flows, staged=True)
    np.testing.assert_allclose(service.sum(axis=0), 1.0)
    np.testing.assert_allclose(supply.sum(axis=0), service @ problem.demand)
    cost = (problem.supply_cost * supply).sum() + (problem.service_cost * service).sum()
    cost += problem.fixed_cost.sum() + problem.plant_fixed_cost.sum()
    assert flow_cost(network, flows) == pytest.approx(cost)
    assert room_of(network).total == problem.demand.sum()


def test_without_plants_one_that_costs_nothing(direct):
    network = network_of(direct(0))
    assert network.n_plants == 1
    assert network.fixed[0] == 0.0
    assert network.capacity[0] == network.demand.sum()

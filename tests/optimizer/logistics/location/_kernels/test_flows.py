import numpy as np
import pytest

from optimizer.logistics.location._kernels.flows import (
    copy_flows,
    flow_cost,
    flows_of,
    refit,
    reset,
)
from optimizer.logistics.location.search.network import network_of


def test_refitted_flow_equals_linear_program(staged, cheapest_flow):
    rng = np.random.default_rng(0)
    problem = staged(0, n_plants=4, n_depots=6, n_clients=9, tight=3.0)
    network, total = network_of(problem), problem.demand.sum()
    flows = flows_of(network)
    reset(network, flows)
    for _ in range(25):
        flows.open[:] = rng.random(10) < 0.7
        plants, depots = np.flatnonzero(flows.open[:4]), np.flatnonzero(flows.open[4:])
        refit(network, flows)
        enough = problem.plant_capacity[plants].sum() >= total
        enough &= problem.capacity[depots].sum() >= total
        if not enough:
            assert flow_cost(network, flows) == np.inf
            continue
        cost = cheapest_flow(problem, plants, depots)
        cost += problem.fixed_cost[depots].sum()
        cost += problem.plant_fixed_cost[plants].sum()
        assert flow_cost(network, flows) == pytest.approx(cost)


def test_copied_tree_goes_on_as_the_first(staged):
    network = network_of(staged(1))
    one, other = flows_of(network), flows_of(network)
    reset(network, one)
    refit(network, one)
    copy_flows(one, other)
    assert refit(network, other) == 0
    assert flow_cost(network, one) == flow_cost(network, other)

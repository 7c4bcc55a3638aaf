"""Networks and problems that several tests of distribution need."""

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.logistics.distribution import (
    ReplenishmentNetwork,
    ReplenishmentProblem,
)


@pytest.fixture(scope="session")
def options():
    return SolveOptions(monotonic_s=lambda: 0.0)


@pytest.fixture(scope="session")
def shop():
    """One shop and its purchase; keywords replace what it is made of."""

    def make(**changes):
        entries = {
            "holding_cost": np.array([0.1]),
            "output_point": np.array([0]),
            "lead_periods": np.array([1]),
            "unit_cost": np.array([3.0]),
            "demand_point": np.array([0]),
            "price": np.array([5.0]),
            "shortage_cost": np.array([0.5]),
        }
        return ReplenishmentNetwork(**(entries | changes))

    return make


@pytest.fixture(scope="session")
def divergent():
    """Retailer 0, distributors 1 and 2, factories 3 to 5, and two suppliers.

    The network of Perez et al. (2021), figure 1: lanes 2-1, 3-1, 4-2, 4-3, 5-2, 6-2,
    6-3 of the paper, then raw material to factories 4, 5 (from two suppliers) and 6.
    Transfer prices between own points cancel; a lane out of a factory costs what the
    factory costs to run.
    """

    def make(*, backlogged):
        return ReplenishmentNetwork(
            holding_cost=np.array([0.03, 0.02, 0.015, 0.012, 0.013, 0.011]),
            output_point=np.array([0, 0, 1, 2, 1, 1, 2, 3, 4, 4, 5]),
            lead_periods=np.array([5, 3, 8, 10, 9, 11, 12, 0, 1, 2, 0]),
            unit_cost=np.array(
                [0, 0, 0.01, 0.01, 0.015, 0.012, 0.012, 0.15, 0.05, 0.07, 0.2]
            ),
            pipeline_cost=np.array(
                [0.01, 0.015, 0.008, 0.006, 0.005, 0.007, 0.004, 0, 0.005, 0.002, 0]
            ),
            input_start=np.array([0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7]),
            input_point=np.array([1, 2, 3, 3, 4, 5, 5]),
            input_usage=np.ones(7),
            n_capacities=3,
            capacity_index=np.array([-1, -1, 0, 0, 1, 2, 2, -1, -1, -1, -1]),
            demand_point=np.array([0]),
            price=np.array([2.0]),
            shortage_cost=np.array([0.1]),
            backlogged=np.array([backlogged]),
        )

    return make


@pytest.fixture(scope="session")
def random_network():
    """Any small network: bills of materials, shared capacities, loops, lead 0."""

    def make(rng):
        n_points, n_activities, n_demands = rng.integers(1, 5, size=3)
        n_inputs = rng.integers(0, 3, size=n_activities)
        return ReplenishmentNetwork(
            holding_cost=rng.uniform(0.0, 0.3, n_points),
            terminal_value=rng.uniform(-0.5, 1.0, n_points),
            output_point=rng.integers(n_points, size=n_activities),
            lead_periods=rng.integers(0, 4, size=n_activities),
            unit_cost=rng.uniform(0.0, 2.0, n_activities),
            pipeline_cost=rng.uniform(0.0, 0.2, n_activities),
            input_start=np.concatenate(([0], np.cumsum(n_inputs))),
            input_point=rng.integers(n_points, size=n_inputs.sum()),
            input_usage=rng.uniform(0.5, 2.0, n_inputs.sum()),
            n_capacities=2,
            capacity_index=rng.integers(-1, 2, size=n_activities),
            capacity_usage=rng.uniform(0.5, 2.0, n_activities),
            order_upper=rng.uniform(0.0, 30.0, n_activities),
            demand_point=rng.integers(n_points, size=n_demands),
            price=rng.uniform(0.0, 6.0, n_demands),
            shortage_cost=rng.uniform(0.0, 1.0, n_demands),
            backlogged=rng.random(n_demands) < 0.5,
        )

    return make


@pytest.fixture(scope="session")
def random_problem():
    """Numbers of one moment for a network."""

    def make(network, rng, n_periods):
        return ReplenishmentProblem(
            network=network,
            stock=rng.uniform(0.0, 20.0, network.n_points),
            demand=rng.uniform(0.0, 10.0, (network.n_demands, n_periods)),
            arrivals=rng.uniform(0.0, 3.0, (n_periods, network.n_points)),
            backlog=rng.uniform(0.0, 5.0, network.n_demands) * network.backlogged,
            capacity=rng.uniform(0.0, 30.0, (2, n_periods)),
        )

    return make

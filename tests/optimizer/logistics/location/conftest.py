"""Small problems of locations, and what brute force says of them."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from optimizer.logistics.location import LocationProblem


@pytest.fixture(scope="session")
def staged():
    """Give plants, depots and clients drawn from a seed, after Fernandes (2014)."""

    def draw(seed, *, n_plants=3, n_depots=4, n_clients=6, tight=2.0):
        rng = np.random.default_rng(seed)
        demand = rng.integers(10, 21, n_clients).astype(float)
        total = demand.sum()
        unit = rng.integers(50, 100, (n_depots, n_clients))
        return LocationProblem(
            capacity=np.ceil(total * rng.uniform(1.2, tight, n_depots) / n_depots),
            fixed_cost=rng.integers(200, 400, n_depots).astype(float),
            demand=demand,
            service_cost=unit * demand,
            plant_capacity=np.ceil(
                total * rng.uniform(1.2, tight, n_plants) / n_plants
            ),
            plant_fixed_cost=rng.integers(500, 900, n_plants).astype(float),
            supply_cost=rng.integers(20, 60, (n_plants, n_depots)).astype(float),
        )

    return draw


@pytest.fixture(scope="session")
def direct():
    """Give depots and clients with a single source, drawn from a seed."""

    def draw(seed, *, n_depots=4, n_clients=7):
        rng = np.random.default_rng(seed)
        demand = rng.integers(5, 20, n_clients).astype(float)
        return LocationProblem(
            capacity=np.ceil(demand.sum() * rng.uniform(0.35, 0.6, n_depots)),
            fixed_cost=rng.integers(50, 120, n_depots).astype(float),
            demand=demand,
            service_cost=rng.integers(5, 90, (n_depots, n_clients)).astype(float),
            single_source=True,
        )

    return draw


@pytest.fixture(scope="session")
def cheapest_flow():
    """Give the cost of the cheapest flow through open facilities, from SciPy's LP."""

    def cost(problem, plants, depots):
        i, j, k = len(plants), len(depots), problem.n_clients
        upper = np.zeros((i + j, i * j + j * k))
        equal = np.zeros((j + k, i * j + j * k))
        for a in range(i):
            upper[a, a * j : (a + 1) * j] = 1.0
        for b in range(j):
            share = slice(i * j + b * k, i * j + (b + 1) * k)
            upper[i + b, share] = problem.demand
            equal[b, b : i * j : j] = 1.0
            equal[b, share] = -problem.demand
            equal[j:, share] = np.eye(k)
        if not problem.n_plants:
            equal = equal[j:]
        found = linprog(
            np.concatenate(
                [
                    problem.supply_cost[np.ix_(plants, depots)].ravel(),
                    problem.service_cost[depots].ravel(),
                ]
            ),
            upper,
            np.concatenate([problem.plant_capacity[plants], problem.capacity[depots]]),
            equal,
            np.concatenate([np.zeros(len(equal) - k), np.ones(k)]),
        )
        return found.fun if found.status == 0 else np.inf

    return cost


@pytest.fixture(scope="session")
def best_by_force(cheapest_flow):
    """Give the least cost over all choices of open facilities."""

    def subsets(n):
        return [
            list(chosen)
            for size in range(1, n + 1)
            for chosen in itertools.combinations(range(n), size)
        ]

    def best(problem):
        return min(
            cheapest_flow(problem, plants, depots)
            + problem.plant_fixed_cost[plants].sum()
            + problem.fixed_cost[depots].sum()
            for plants in (subsets(problem.n_plants) or [[]])
            for depots in subsets(problem.n_depots)
        )

    return best


@pytest.fixture(scope="session")
def best_assignment():
    """Give the least cost over all assignments of clients to one depot each."""

    def best(problem):
        least = np.inf
        clients = np.arange(problem.n_clients)
        depots = range(problem.n_depots)
        for owners in itertools.product(depots, repeat=problem.n_clients):
            owner = np.array(owners)
            load = np.bincount(
                owner, weights=problem.demand, minlength=problem.n_depots
            )
            if (load <= problem.capacity).all():
                cost = problem.service_cost[owner, clients].sum()
                least = min(least, cost + problem.fixed_cost[np.unique(owner)].sum())
        return least

    return best

"""Small routing problems, and the costs of all plans of the smallest."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.logistics.routing import (
    Clients,
    Depots,
    Route,
    RoutingProblem,
    Vehicles,
    check_routes,
    routing_cost,
)


@pytest.fixture
def town():
    """Return a builder of problems: clients in a square around a depot."""

    def build(n=6, *, seed=0, capacity=12, available=None):
        rng = np.random.Generator(np.random.Philox(seed))
        place = np.vstack([[50.0, 50.0], rng.integers(0, 100, (n, 2))])
        delta = place[:, None, :] - place[None, :, :]
        roads = np.rint(np.hypot(delta[..., 0], delta[..., 1])).astype(np.int64)[None]
        opens = rng.integers(0, 150, n)
        return RoutingProblem(
            depots=Depots(location=np.array([0]), close=np.array([1000])),
            clients=Clients(
                location=np.arange(1, n + 1),
                delivery=rng.integers(1, 6, (n, 1)),
                service=np.full(n, 5),
                open=opens,
                close=opens + 200,
            ),
            vehicles=Vehicles(
                available=np.array([available or n]),
                capacity=np.array([[capacity]]),
                fixed_cost=np.array([20]),
            ),
            distance=roads,
            duration=roads,
            place=place,
        )

    return build


@pytest.fixture
def options():
    """Return options of a small budget of work."""
    return SolveOptions(
        monotonic_s=lambda: 0.0, time_limit_s=float("inf"), work_limit=400
    )


@pytest.fixture
def line():
    """Return a depot at 0 and clients at 10, 20 and 30 on a line, one vehicle."""
    place = np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0], [30.0, 0.0]])
    roads = np.abs(place[:, None, 0] - place[None, :, 0]).astype(np.int64)[None]
    return RoutingProblem(
        depots=Depots(location=np.array([0])),
        clients=Clients(
            location=np.array([1, 2, 3]),
            delivery=np.array([[2], [3], [4]]),
            service=np.array([1, 1, 1]),
        ),
        vehicles=Vehicles(available=np.array([2]), capacity=np.array([[9]])),
        distance=roads,
        duration=roads,
        place=place,
    )


@pytest.fixture
def changed():
    """Return a function that changes columns of a table of a problem."""

    def change(problem, table, **columns):
        arrays = {name: np.array(values) for name, values in columns.items()}
        return replace(problem, **{table: replace(getattr(problem, table), **arrays)})

    return change


@pytest.fixture
def cheapest():
    """Return the least cost of all plans of a problem, by trying every one."""

    def splits(order):
        if not order:
            yield []
        for size in range(1, len(order) + 1):
            for rest in splits(order[size:]):
                yield [order[:size], *rest]

    def search(problem):
        best = None
        for order in permutations(range(problem.n_clients)):
            for parts in splits(order):
                if list(parts) != sorted(parts):
                    continue
                routes = [Route(vehicle=0, visits=part) for part in parts]
                cost = routing_cost(problem, routes)
                if (best is None or cost < best) and not check_routes(problem, routes):
                    best = cost
        return best

    return search

"""Two-stage problems like the published ones, for tuning: never reported."""

import numpy as np

from optimizer.logistics.location import LocationProblem

__all__ = ["CLASSES", "generated_sites"]

CLASSES = {
    "C1": ((2, 5), (35, 45), (55, 65)),
    "C2": ((5, 10), (35, 45), (55, 65)),
    "C3": ((15, 25), (35, 45), (800, 1000)),
    "C4": ((5, 10), (50, 100), (50, 100)),
    "C5": ((5, 10), (35, 45), (800, 1000)),
}
"""Capacity as a multiple of an equal share, cost a unit of supply and of service
(classes after Litvinchev and Ozuna 2012, sizes after Fernandes et al. 2014)."""


def generated_sites(kind: str, n_plants: int, seed: int) -> LocationProblem:
    """Return a problem of a class: two depots a plant, two clients a depot.

    Parameters
    ----------
    kind
        A key of `CLASSES`.
    n_plants
        Number of plants, >= 1.
    seed
        From 10000 up: those below are for what is reported.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    n_depots, n_clients = 2 * n_plants, 4 * n_plants
    (low, high), supply, service = CLASSES[kind]
    demand = rng.integers(10, 21, n_clients).astype(float)
    total = demand.sum()
    unit = rng.integers(service[0], service[1] + 1, (n_depots, n_clients))
    return LocationProblem(
        capacity=np.rint(total * rng.uniform(low, high, n_depots) / n_depots),
        fixed_cost=rng.integers(8_000, 12_001, n_depots).astype(float),
        demand=demand,
        service_cost=unit * demand,
        plant_capacity=np.rint(total * rng.uniform(low, high, n_plants) / n_plants),
        plant_fixed_cost=rng.integers(20_000, 30_001, n_plants).astype(float),
        supply_cost=rng.integers(supply[0], supply[1] + 1, (n_plants, n_depots)).astype(
            float
        ),
    )

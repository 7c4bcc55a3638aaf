"""Generated networks of plants, depots and shops of three firms."""

import numpy as np

from optimizer.logistics.transshipment import Lanes, TransshipmentProblem

__all__ = ["generated_network"]

FIRMS = 3
ROOM = 60.0
"""Volume of a vehicle, cubic metres."""

MOST_VEHICLES = 60, 10
"""Docks: vehicles a period on a lane to a depot, and on one to a shop."""


def generated_network(
    seed: int, *, n_sites: int = 50, n_items: int = 200, n_periods: int = 12
) -> TransshipmentProblem:
    """Return a network: a tenth plants, a sixth depots, shops; periods are weeks.

    Depots get from all plants, a shop from its three nearest depots and, as lateral
    transshipment, from its two nearest shops of whatever firm; a depot from the two
    nearest depots. Supply varies, so that some demand has to be lost.

    Parameters
    ----------
    seed
        Seed, >= 0.
    n_sites, n_items, n_periods
        Its size; at least 12 sites.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    n_plants, n_depots = max(1, n_sites // 12), max(2, n_sites // 6)
    n_shops = n_sites - n_plants - n_depots
    place = rng.random((n_sites, 2)) * 800.0
    lanes = _lanes(place, n_plants, n_depots)
    volume, value = rng.uniform(0.1, 0.6, n_items), rng.lognormal(3.0, 0.6, n_items)
    mean = rng.lognormal(1.8, 0.8, (n_shops, n_items))
    mean *= rng.random((n_shops, n_items)) < 0.7
    shape = (n_sites, n_items, n_periods)
    demand, supply, stock = np.zeros(shape), np.zeros(shape), np.zeros(shape[:2])
    shops = slice(n_plants + n_depots, n_sites)
    demand[shops] = rng.poisson(mean[:, :, None], (n_shops, n_items, n_periods))
    total = mean.sum(axis=0)
    made = total[:, None] * rng.uniform(0.7, 1.3, (n_items, n_periods))
    supply[rng.integers(0, n_plants, n_items), np.arange(n_items)] = np.rint(made)
    stock[shops] = np.rint(mean * rng.uniform(0.5, 2.0, (n_shops, n_items)))
    stock[n_plants : n_plants + n_depots] = np.rint(
        total / n_depots * rng.uniform(0.5, 2.0, (n_depots, n_items))
    )
    return TransshipmentProblem(
        lanes=lanes,
        volume=volume,
        stock=stock,
        supply=supply,
        demand=demand,
        holding_cost=np.broadcast_to(value * 0.004, shape[:2]),
        shortage_cost=np.broadcast_to(value * 0.5, shape[:2]),
        firm=rng.integers(0, FIRMS, n_sites),
    )


def _lanes(place: np.ndarray, n_plants: int, n_depots: int) -> Lanes:
    n_sites = len(place)
    km = np.linalg.norm(place[:, None] - place[None], axis=2)
    plants = np.arange(n_plants)
    depots = n_plants + np.arange(n_depots)
    shops = np.arange(n_plants + n_depots, n_sites)
    ends = [(plant, depot) for plant in plants for depot in depots]
    for shop in shops:
        ends += [(depot, shop) for depot in depots[np.argsort(km[depots, shop])[:3]]]
        others = shops[shops != shop]
        ends += [(one, shop) for one in others[np.argsort(km[others, shop])[:2]]]
    for depot in depots:
        others = depots[depots != depot]
        ends += [(one, depot) for one in others[np.argsort(km[others, depot])[:2]]]
    sites = np.array(ends)
    length = km[sites[:, 0], sites[:, 1]]
    from_plant = sites[:, 0] < n_plants
    return Lanes(
        from_site=sites[:, 0],
        to_site=sites[:, 1],
        lead_periods=np.where(from_plant, 1 + (length > 500.0), length > 300.0).astype(
            np.int64
        ),
        room=np.full(length.size, ROOM),
        vehicle_cost=120.0 + 1.1 * length,
        fixed_cost=np.full(length.size, 30.0),
        unit_cost=np.full(length.size, 0.2),
        vehicles_max=np.where(sites[:, 1] < n_plants + n_depots, *MOST_VEHICLES),
    )

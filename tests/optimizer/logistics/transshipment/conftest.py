"""Small networks of shipments, and what an exact solver says of them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_matrix

from optimizer.logistics.transshipment import Lanes, TransshipmentProblem


@pytest.fixture(scope="session")
def network():
    """Give a source, two depots and two shops, drawn from a seed."""

    def draw(seed, *, n_items=3, n_periods=4, **lanes):
        rng = np.random.default_rng(seed)
        ends = np.array(
            [(0, 1), (0, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4), (4, 3)]
        )
        n = len(ends)
        shape = (5, n_items, n_periods)
        demand, supply, stock = np.zeros(shape), np.zeros(shape), np.zeros(shape[:2])
        demand[3:] = rng.integers(0, 8, (2, n_items, n_periods))
        supply[0] = rng.integers(4, 12, (n_items, n_periods))
        stock[1:] = rng.integers(0, 10, (4, n_items))
        given = {
            "lead_periods": rng.integers(0, 2, n),
            "room": np.full(n, 12.0),
            "vehicle_cost": rng.integers(20, 50, n).astype(float),
            "fixed_cost": np.full(n, 5.0),
            "unit_cost": np.full(n, 0.5),
        }
        return TransshipmentProblem(
            lanes=Lanes(from_site=ends[:, 0], to_site=ends[:, 1], **(given | lanes)),
            volume=rng.uniform(0.5, 2.0, n_items),
            stock=stock,
            supply=supply,
            demand=demand,
            holding_cost=rng.uniform(0.1, 0.6, shape[:2]),
            shortage_cost=rng.uniform(10.0, 30.0, shape[:2]),
            firm=np.array([0, 0, 1, 0, 1]),
        )

    return draw


@pytest.fixture
def plenty(network):
    """Return a network with enough of everything, all of it to be served."""
    given = network(1)
    stock = given.stock + 30.0
    return replace(given, stock=stock, full_service=True)


@pytest.fixture
def crowded(plenty):
    """Return a network whose shops can only get by lanes with a vehicle each."""
    stock = plenty.stock + 100.0
    stock[3:] = 0.0
    given = plenty.lanes
    most = np.where(given.from_site >= 1, 1, 1_000_000)
    at_once = np.zeros(len(given), dtype=int)
    room = np.full(len(given), 6.0)
    lanes = replace(given, vehicles_max=most, lead_periods=at_once, room=room)
    return replace(plenty, stock=stock, lanes=lanes)


def first_columns(problem):
    """Say where kinds of columns begin: shipments, vehicles, used, held, short (2)."""
    sites, items, periods = problem.demand.shape
    n_vehicle = len(problem.lanes) * periods
    n_stock = sites * items * periods
    sizes = [items * n_vehicle, n_vehicle, n_vehicle, n_stock, n_stock, n_stock]
    return np.cumsum([0, *sizes])


def costs_of(problem):
    lanes, (_, items, periods) = problem.lanes, problem.demand.shape
    short = np.repeat(problem.shortage_cost.ravel(), periods)
    return np.concatenate(
        [
            np.tile(np.repeat(lanes.unit_cost, periods), items),
            np.repeat(lanes.vehicle_cost, periods),
            np.repeat(lanes.fixed_cost, periods),
            np.repeat(problem.holding_cost.ravel(), periods),
            short,
            short * (1.0 + problem.fairness),
        ]
    )


def rows_of(problem, first):
    """Balance of each site, item and period, then room and use of each lane."""
    sites, items, periods = problem.demand.shape
    lanes, n_lanes = problem.lanes, len(problem.lanes)
    n_stock, n_vehicle = sites * items * periods, n_lanes * periods
    rows = lil_matrix((n_stock + 2 * n_vehicle, first[-1]))
    at = np.arange(n_stock).reshape(sites, items, periods)
    for row in range(n_stock):
        rows[row, first[3] + row] = -1.0
        rows[row, first[4] + row] = rows[row, first[5] + row] = 1.0
        if row % periods:
            rows[row, first[3] + row - 1] = 1.0
    for item, lane, period in np.ndindex(items, n_lanes, periods):
        column = (item * n_lanes + lane) * periods + period
        arrival = period + lanes.lead_periods[lane]
        if arrival < periods:
            rows[at[lanes.from_site[lane], item, period], column] = -1.0
            rows[at[lanes.to_site[lane], item, arrival], column] = 1.0
            rows[n_stock + lane * periods + period, column] = problem.volume[item]
    for vehicle in range(n_vehicle):
        rows[n_stock + vehicle, first[1] + vehicle] = -lanes.room[vehicle // periods]
        rows[n_stock + n_vehicle + vehicle, first[1] + vehicle] = 1.0
        rows[n_stock + n_vehicle + vehicle, first[2] + vehicle] = -100.0
    return rows.tocsr()


def upper_of(problem, first):
    _, items, periods = problem.demand.shape
    lanes = problem.lanes
    upper = np.full(first[-1], np.inf)
    arrival = np.arange(periods) + lanes.lead_periods[:, None]
    late = np.where(arrival >= periods, 0.0, np.inf).ravel()
    upper[: first[1]] = np.tile(late, items)
    upper[first[1] : first[2]] = np.repeat(lanes.vehicles_max, periods)
    upper[first[2] : first[3]] = 1.0
    half = 0.5 * problem.demand.ravel()
    upper[first[4] : first[5]] = upper[first[5] : first[6]] = half
    return upper


@pytest.fixture(scope="session")
def exact():
    """Give the least cost of a network, from HiGHS on a program of SciPy's."""

    def solve(problem):
        first = first_columns(problem)
        rows = rows_of(problem, first)
        right = problem.demand - problem.supply
        right[:, :, 0] -= problem.stock
        n_loads = rows.shape[0] - right.size
        low = np.concatenate([right.ravel(), np.full(n_loads, -np.inf)])
        high = np.concatenate([right.ravel(), np.zeros(n_loads)])
        whole = np.zeros(first[-1])
        whole[first[1] : first[3]] = 1
        found = milp(
            costs_of(problem),
            constraints=LinearConstraint(rows, low, high),
            bounds=Bounds(0.0, upper_of(problem, first)),
            integrality=whole,
            options={"time_limit": 10.0, "mip_rel_gap": 1e-6},
        )
        return found.fun, found.mip_dual_bound

    return solve

"""Small networks of shipments, and what an exact solver says of them."""

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


@pytest.fixture(scope="session")
def exact():
    """Give the least cost of a network, from HiGHS on a program of SciPy's."""

    def solve(problem):
        sites, items, periods = problem.demand.shape
        lanes, n_lanes = problem.lanes, len(problem.lanes)
        n_ship = items * n_lanes * periods
        n_vehicle = n_lanes * periods
        n_stock = sites * items * periods
        # Columns: shipments, vehicles, lane used, stock, short, short beyond half.
        first = np.cumsum([0, n_ship, n_vehicle, n_vehicle, n_stock, n_stock, n_stock])
        cost = np.concatenate(
            [
                np.tile(np.repeat(lanes.unit_cost, periods), items),
                np.repeat(lanes.vehicle_cost, periods),
                np.repeat(lanes.fixed_cost, periods),
                np.repeat(problem.holding_cost.ravel(), periods),
                np.repeat(problem.shortage_cost.ravel(), periods),
                np.repeat(problem.shortage_cost.ravel(), periods)
                * (1.0 + problem.fairness),
            ]
        )
        rows = lil_matrix((n_stock + 2 * n_vehicle, first[-1]))
        at = np.arange(n_stock).reshape(sites, items, periods)
        right = problem.demand - problem.supply
        right[:, :, 0] -= problem.stock
        for row in range(n_stock):
            rows[row, first[3] + row] = -1.0
            rows[row, first[4] + row] = rows[row, first[5] + row] = 1.0
            if row % periods:
                rows[row, first[3] + row - 1] = 1.0
        upper = np.full(first[-1], np.inf)
        for item in range(items):
            for lane in range(n_lanes):
                for period in range(periods):
                    column = (item * n_lanes + lane) * periods + period
                    arrival = period + lanes.lead_periods[lane]
                    if arrival >= periods:
                        upper[column] = 0.0
                        continue
                    rows[at[lanes.from_site[lane], item, period], column] = -1.0
                    rows[at[lanes.to_site[lane], item, arrival], column] = 1.0
                    load = n_stock + lane * periods + period
                    rows[load, column] = problem.volume[item]
        for vehicle in range(n_vehicle):
            lane = vehicle // periods
            rows[n_stock + vehicle, first[1] + vehicle] = -lanes.room[lane]
            rows[n_stock + n_vehicle + vehicle, first[1] + vehicle] = 1.0
            rows[n_stock + n_vehicle + vehicle, first[2] + vehicle] = -100.0
        upper[first[1] : first[2]] = np.repeat(lanes.vehicles_max, periods)
        upper[first[2] : first[3]] = 1.0
        upper[first[4] : first[5]] = upper[first[5] : first[6]] = (
            0.5 * problem.demand.ravel()
        )
        low = np.concatenate([right.ravel(), np.full(2 * n_vehicle, -np.inf)])
        high = np.concatenate([right.ravel(), np.zeros(2 * n_vehicle)])
        whole = np.zeros(first[-1])
        whole[first[1] : first[3]] = 1
        found = milp(
            cost,
            constraints=LinearConstraint(rows.tocsr(), low, high),
            bounds=Bounds(0.0, upper),
            integrality=whole,
            options={"time_limit": 10.0, "mip_rel_gap": 1e-6},
        )
        return found.fun, found.mip_dual_bound

    return solve

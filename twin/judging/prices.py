"""What a future costs, read from the tables of a simulation review by review.

Events are not made: they would take longer than the simulation. So costs are those of
`twin.kpi.ledger` with the rates of a plan: orders are paid when they are placed, with
what holding them on the way costs; work is paid by the unit; what is under way or on
hand in the end is worth its unit cost, and what customers wait for costs as much.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.planning import PlanningStructure
from twin.simulate import tables as t
from twin.simulate.decisions import Decisions

if TYPE_CHECKING:
    from twin.simulate.tables import Simulated

Array = NDArray[np.float64]


class Prices:
    """Rates of one network.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network.
    """

    def __init__(self, structure: PlanningStructure) -> None:
        network, problem = structure.network, structure.problem
        demands, settings = network.demands, network.settings
        share = settings.period_us / settings.review_us
        self._holding = problem.holding_cost * share
        # On the way, a unit is held for as long as its lane takes.
        self._order = problem.unit_cost + problem.pipeline_cost * problem.lead_periods
        lanes = structure.activity_lane[: structure.n_lane_activities]
        self._fixed = np.zeros(problem.n_activities)
        self._fixed[: len(lanes)] = network.lanes.fixed_cost[lanes]
        self._activities = _Activities(structure)
        self._value = network.items.unit_cost[network.stock.item_index]
        self._shortage = _by_point(
            problem.demand_point,
            np.where(demands.backlogged, problem.shortage_cost * share, 0.0),
            demands.mean_per_day,
            n_points=problem.n_points,
        )
        # What is lost is not sold, and costs nothing to replace.
        margin = problem.price - self._value[problem.demand_point]
        self._lost = np.where(demands.backlogged, 0.0, problem.shortage_cost + margin)

    def decided(self, decisions: Decisions) -> float:
        """Return what it costs to carry out decisions."""
        orders = self._activities.orders(decisions)
        return float(self._order @ orders + self._fixed @ (orders > 0.0))

    def stood(self, sim: "Simulated") -> float:
        """Return what stock and shortage of the period that ends cost."""
        points = sim.points
        return float(
            self._holding @ points["on_hand"]
            + self._shortage @ points["backorder"]
            + self._lost @ sim.lost
        )

    def worth(self, position: Array) -> float:
        """Return the value of inventory positions, shape (n_points,)."""
        return float(self._value @ position)


class _Activities:
    """Turns decisions back into good units by activity."""

    def __init__(self, structure: PlanningStructure) -> None:
        network, split = structure.network, structure.n_lane_activities
        shape = (len(network.lanes.ids) + network.n_sites, len(network.items.ids))
        self._of = np.full(shape, -1, np.int64)
        self._first_site = len(network.lanes.ids)
        activities = np.arange(len(structure.activity_item))
        row = np.where(
            activities < split,
            structure.activity_lane,
            self._first_site + structure.activity_site,
        )
        self._of[row, structure.activity_item] = activities
        self._good = structure.yield_rate

    def orders(self, decisions: Decisions) -> Array:
        orders = np.zeros(len(self._good))
        orders[self._of[decisions.lane, decisions.item]] = decisions.quantity
        made = self._of[self._first_site + decisions.make_site, decisions.make_item]
        orders[made] = decisions.make_quantity * self._good[made]
        return orders


def _by_point(
    point: NDArray[np.int64], rate: Array, weight: Array, *, n_points: int
) -> Array:
    """Mean of a rate over the demands of each point."""
    weight = weight + 1e-12  # rows that ask for nothing share alike
    total = np.bincount(point, weights=weight, minlength=n_points)
    found = np.bincount(point, weights=weight * rate, minlength=n_points)
    mean: Array = found / np.where(total > 0.0, total, 1.0)
    return mean


def in_production(sim: "Simulated", n_points: int) -> Array:
    """Return the units of open production orders by the point they come to.

    Parameters
    ----------
    sim : Simulated
        Tables of a simulation.
    n_points : int
        Stock points of its network.

    Returns
    -------
    ndarray of shape (n_points,), float64
        Pieces that are worked on or wait.
    """
    orders, n_open = sim.orders, int(sim.clock[t.N_ORDERS])
    used = orders["released"] > 0.0
    following = orders["next"]
    # Rows that were never used follow each other; the chain goes on after the last.
    ends = np.flatnonzero(following != np.arange(1, len(orders) + 1))
    n_left, at = int(used.sum()), int(sim.clock[t.FREE_ORDER])
    while n_left > n_open and at >= 0:
        if used[at]:
            used[at], n_left = False, n_left - 1
            at = int(following[at])
        else:
            at = int(following[ends[np.searchsorted(ends, at)]])
    rows = orders[used]
    found = np.bincount(rows["target"], weights=rows["pieces"], minlength=n_points)
    return np.asarray(found, np.float64)

"""How a candidate goes on in a future, review by review, with what it meets there.

To plan anew at every review of every future takes hundreds of solves. A plan says
instead which inventory position each point should have after each review; in a future,
points are ordered up to that. Where all goes as expected that is the plan itself, and
where customers ask for more, more is ordered, as far as machines and lanes allow.

A plan covers more demand than is expected, and the farther ahead the more: by then more
may have been asked for. Who plans anew knows what was, and covers only what is unknown
of the time until goods reach customers, see `twin.judging.cover`. Targets are lowered
by the rest.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.cycle import Decided
from twin.judging.cover import cover, outgrown
from twin.planning import PlanningStructure, cheapest_sources, production_by_point
from twin.state.state import State

Array = NDArray[np.float64]


class Course(Protocol):
    """How a candidate orders in a future."""

    def orders(self, turn: int, now_us: int, position: Array) -> Array:
        """Return what is ordered in a future.

        Parameters
        ----------
        turn : int
            Reviews since the first, >= 0.
        now_us : int
            Time of the review, microseconds UTC.
        position : ndarray of shape (n_points,), float64
            Inventory positions: on hand, on order, on the way and in production, less
            backorders; units.

        Returns
        -------
        ndarray of shape (n_activities,), float64
            Good units by activity, before minima and multiples of lanes.
        """
        ...


class LevelCourse:
    """Orders up to fixed levels, each point from its cheapest source.

    Parameters
    ----------
    structure : PlanningStructure
        What activities and points mean.
    levels : ndarray of shape (n_points,), float64
        Order-up-to level of each point, units.
    """

    def __init__(self, structure: PlanningStructure, levels: Array) -> None:
        self._structure = structure
        self._levels = levels
        self._source = cheapest_sources(structure)

    def orders(self, turn: int, now_us: int, position: Array) -> Array:
        """Return what positions lack of the levels."""
        del turn
        lacking = np.maximum(self._levels - position, 0.0)
        orders = np.zeros(self._structure.problem.n_activities)
        sourced = self._source >= 0
        orders[self._source[sourced]] = lacking[sourced]
        orders[~self._structure.startable(now_us)] = 0.0
        return orders


class PlanCourse:
    """Orders up to the positions that a plan has after each of its reviews.

    After the end of the plan its last position is kept.

    Parameters
    ----------
    structure : PlanningStructure
        What activities and points mean.
    decided : Decided
        With the plan, and the path of demand it covers.
    state : State
        The settled state that was planned on.
    mean : ndarray of shape (n_demands, n_periods), float64
        Expected demand, units.
    path : ndarray of shape (n_demands, n_periods), float64
        The path of demand that is covered: that of the plan, or another, by which
        targets are higher or lower.
    """

    def __init__(
        self,
        structure: PlanningStructure,
        decided: Decided,
        *,
        state: State,
        mean: Array,
        path: Array,
    ) -> None:
        assert decided.planned is not None, "a plan is followed"
        assert decided.path is not None, "a plan covers a path"
        self._structure = structure
        self._planned = decided.planned.solution.orders
        self._source = cheapest_sources(structure)
        orders, problem = self._planned, structure.problem
        self._n_periods = orders.shape[1]
        comes = np.zeros((problem.n_points, self._n_periods))
        np.add.at(comes, problem.output_point, orders)
        goes = np.zeros_like(comes)
        used = problem.input_usage[:, None] * orders[problem.input_activity]
        np.add.at(goes, problem.input_point, used)
        np.add.at(goes, problem.demand_point, mean)
        before = position_of(structure, state)[:, None]
        # After the orders of a review and before what is asked for until the next.
        more = cover(structure, orders, path - decided.path)
        self._up_to = before + comes.cumsum(axis=1) + more[:, None]
        self._gone = np.hstack([np.zeros_like(before), goes.cumsum(axis=1)])
        self._gone += outgrown(structure, orders, decided.path - mean)
        self._is_made = np.zeros(problem.n_points, np.bool_)
        self._is_made[problem.output_point[structure.n_lane_activities :]] = True

    def orders(self, turn: int, now_us: int, position: Array) -> Array:
        """Return what positions lack of those of the plan, from its sources."""
        structure, last = self._structure, self._n_periods - 1
        # What is made is made for a campaign, see `twin.planning.first_orders`.
        until = min(turn + structure.campaign - 1, last)
        now = min(turn, last)
        target = np.where(self._is_made, self._up_to[:, until], self._up_to[:, now])
        lacking = np.maximum(target - self._gone[:, now] - position, 0.0)
        split = structure.n_lane_activities
        planned = self._planned[:, now].copy()
        planned[split:] = self._planned[split:, now : until + 1].sum(axis=1)
        share = self._shares(planned)
        may = structure.startable(now_us)
        orders = np.where(may, share * lacking[structure.problem.output_point], 0.0)
        return self._possible(orders, np.where(may, planned, 0.0))

    def _possible(self, orders: Array, planned: Array) -> Array:
        """Lower orders to what capacities allow, or to what was planned if more."""
        problem, capacity = self._structure.problem, self._structure.capacity
        index = np.maximum(problem.capacity_index, 0)
        usage = np.where(problem.capacity_index >= 0, problem.capacity_usage, 0.0)
        asked, before = (
            np.bincount(index, weights=usage * quantity, minlength=len(capacity))
            for quantity in (orders, planned)
        )
        limit = np.maximum(capacity, before)
        fits = np.where(asked > limit, limit / np.maximum(asked, 1e-12), 1.0)
        possible: Array = orders * np.where(usage > 0.0, fits[index], 1.0)
        return possible

    def _shares(self, planned: Array) -> Array:
        """Share of each activity in what comes to its point; the cheapest if none."""
        output, planned = self._structure.problem.output_point, planned.copy()
        total = np.bincount(output, weights=planned, minlength=len(self._is_made))
        unplanned = (total <= 0.0) & (self._source >= 0)
        planned[self._source[unplanned]] = 1.0
        total[unplanned] = 1.0
        share: Array = planned / np.where(total > 0.0, total, 1.0)[output]
        return share


def position_of(structure: PlanningStructure, state: State) -> Array:
    """Return the inventory position of every stock point.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network the state belongs to.
    state : State
        Whose last instant is closed.

    Returns
    -------
    ndarray of shape (n_points,), float64
        On hand, on order, on the way and in production, less backorders; units.
    """
    view = structure.view
    position: Array = (
        view.stock_column(state, "on_hand")
        + view.stock_column(state, "on_order")
        + view.stock_column(state, "in_transit")
        + production_by_point(structure, state)
        - view.stock_column(state, "backorder")
    )
    return position

"""Live state and a demand path as a replenishment problem of one moment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.logistics.distribution import ReplenishmentProblem
from streams.batch import NO_TIME
from twin.planning.structure import PlanningStructure
from twin.planning.timing import lead_periods
from twin.state.state import State


@dataclass(frozen=True, slots=True)
class Ahead:
    """What orders that are firm and not released yet will bring and take.

    Attributes
    ----------
    comes : ndarray of shape (n_periods, n_points), float64
        Units by the period they count from, >= 0.
    takes : ndarray of shape (n_points,), float64
        Units that nothing else may use, >= 0.
    """

    comes: NDArray[np.float64]
    takes: NDArray[np.float64]


def replenishment_problem(
    structure: PlanningStructure,
    state: State,
    *,
    now_us: int,
    demand: NDArray[np.float64],
    ahead: Ahead | None = None,
    overdue: float = 0.0,
) -> ReplenishmentProblem:
    """Translate state and demand for the optimiser.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network the state belongs to.
    state : State
        Whose last instant is closed. Entities the network does not know are left out.
    now_us : int
        Time of the review.
    demand : ndarray of shape (n_demands, n_periods), float64
        Units asked for at the end of each period of one review.
    ahead : Ahead or None
        Of firm orders; what they take is kept for them of stock, then of what comes.
    overdue : float
        See `arrivals_by_point`.

    Returns
    -------
    ReplenishmentProblem
        Negative stock counts as none; see `arrivals_by_point` for what is under way.
    """
    n_periods = demand.shape[1]
    view = structure.view
    backlogged = structure.network.demands.backlogged
    stock = np.maximum(view.stock_column(state, "on_hand"), 0.0)
    arrivals = arrivals_by_point(structure, state, now_us, n_periods, overdue=overdue)
    if ahead is not None:
        _set_aside(stock, arrivals, ahead)
    return ReplenishmentProblem(
        network=structure.problem,
        stock=stock,
        arrivals=arrivals,
        backlog=np.where(backlogged, view.backlog(state), 0.0),
        demand=demand,
        capacity=np.repeat(structure.capacity[:, None], n_periods, axis=1),
    )


def _set_aside(
    stock: NDArray[np.float64], arrivals: NDArray[np.float64], ahead: Ahead
) -> None:
    """Keep for firm orders what they take, and add what they bring, in place."""
    left = ahead.takes.copy()
    for there in (stock, *arrivals):
        taken = np.minimum(there, left)
        np.subtract(there, taken, out=there)
        left -= taken
    n_periods = min(len(arrivals), len(ahead.comes))
    arrivals[:n_periods] += ahead.comes[:n_periods]


def arrivals_by_point(
    structure: PlanningStructure,
    state: State,
    now_us: int,
    n_periods: int,
    *,
    overdue: float = 0.0,
) -> NDArray[np.float64]:
    """Units on the way by the period they count from.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network the state belongs to.
    state : State
        Whose last instant is closed.
    now_us : int
        Time of the review.
    n_periods : int
        Periods of one review each; what comes later is left out.
    overdue : float
        How long goods on the way are still expected to take that are overdue, as a
        share of how late they are by now, >= 0. At 0 they come next; at 1 a supplier
        who is two weeks late is waited for two weeks more, and others are asked.

    Returns
    -------
    ndarray of shape (n_periods, n_points), float64
        Shipments under way, orders not yet sent, and production orders not yet closed.
        What has no due date comes as long after its start as its lane, or making it,
        usually takes; what is overdue is expected in the first period. For what comes
        in the middle of a review see `twin.planning.timing`.
    """
    view = structure.view
    arrivals = np.zeros((n_periods, structure.problem.n_points))
    shipments, left = view.on_the_way(state)
    if len(shipments):
        ends = (shipments["origin"], shipments["destination"], shipments["item"])
        wait_us = _lane_time_us(structure, view.lanes(*ends))
        due_us = _due_us(shipments["due_us"], shipments["dispatched_us"], wait_us)
        points = view.points(shipments["item"], shipments["destination"])
        _add_arrivals(
            arrivals, points, _still(structure, points, due_us - now_us, overdue), left
        )
    orders, left = view.on_order(state)
    if len(orders):
        ends = (orders["party"], orders["place"], orders["item"])
        wait_us = _lane_time_us(structure, view.lanes(*ends))
        due_us = _due_us(orders["due_us"], orders["ordered_us"], wait_us)
        points = view.points(orders["item"], orders["place"])
        _add_arrivals(
            arrivals, points, _still(structure, points, due_us - now_us, overdue), left
        )
    orders, points, left = _in_production(structure, state)
    if len(orders):
        due_us = _made_us(structure, orders, points)
        _add_arrivals(
            arrivals, points, _periods(structure, points, due_us - now_us), left
        )
    return arrivals


def production_by_point(
    structure: PlanningStructure, state: State
) -> NDArray[np.float64]:
    """Good units to come from open production orders.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network the state belongs to.
    state : State
        Whose last instant is closed.

    Returns
    -------
    ndarray of shape (n_points,), float64
        What usually becomes good of the quantity, at most what is not scrapped yet.
    """
    coming = np.zeros(structure.problem.n_points)
    orders, points, good = _in_production(structure, state)
    if len(orders):
        np.add.at(coming, points[points >= 0], good[points >= 0])
    return coming


def _in_production(
    structure: PlanningStructure, state: State
) -> tuple[NDArray[np.void], NDArray[np.int32], NDArray[np.float64]]:
    """Return open production orders, their points, and the good units of each."""
    orders, left = structure.view.in_production(state)
    points = structure.view.points(orders["item"], orders["place"])
    # Of what the network cannot make all is good.
    usual = structure.make_yield[points] * orders["quantity"]
    return orders, points, np.minimum(usual, left)


def _made_us(
    structure: PlanningStructure, orders: NDArray[np.void], points: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return when production orders are done; without a due date, as long as usual."""
    wait_us = structure.make_us[points]
    return _due_us(orders["due_us"], orders["released_us"], wait_us)


def _lane_time_us(
    structure: PlanningStructure, lane: NDArray[np.int32]
) -> NDArray[np.int64]:
    return structure.lane_us[lane]


def _due_us(
    due_us: NDArray[np.int64], start_us: NDArray[np.int64], wait_us: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Due dates, guessed where there are none; 0, long ago, without a start as well."""
    start_us = np.where(start_us == NO_TIME, -wait_us, start_us)
    return np.where(due_us == NO_TIME, start_us + wait_us, due_us)


def _periods(
    structure: PlanningStructure,
    points: NDArray[np.int32],
    wait_us: NDArray[np.int64],
) -> NDArray[np.int64]:
    # What is overdue is expected next.
    review_us = structure.network.settings.review_us
    need_us = structure.need_us[points]
    return lead_periods(wait_us.astype(np.float64), review_us, period_us=need_us)


def _still(
    structure: PlanningStructure,
    points: NDArray[np.int32],
    wait_us: NDArray[np.int64],
    overdue: float,
) -> NDArray[np.int64]:
    """Periods until goods on the way come, of which some are overdue."""
    late_us = np.maximum(-wait_us, 0) * overdue
    return _periods(structure, points, np.maximum(wait_us, late_us.astype(np.int64)))


def _add_arrivals(
    arrivals: NDArray[np.float64],
    points: NDArray[np.int32],
    periods: NDArray[np.int64],
    quantity: NDArray[np.float64],
) -> None:
    kept = (points >= 0) & (periods < len(arrivals)) & (quantity > 0.0)
    np.add.at(arrivals, (periods[kept], points[kept]), quantity[kept])

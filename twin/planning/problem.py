"""Live state and a demand path as a replenishment problem of one moment."""

import numpy as np
from numpy.typing import NDArray

from optimizer.logistics.distribution import ReplenishmentProblem
from twin.planning.structure import PlanningStructure
from twin.state import tables as t
from twin.state.state import State


def replenishment_problem(
    structure: PlanningStructure,
    state: State,
    *,
    now_us: int,
    demand: NDArray[np.float64],
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

    Returns
    -------
    ReplenishmentProblem
        Late shipments are expected in the first period; negative stock counts as none.
    """
    n_periods = demand.shape[1]
    view = structure.view
    backlogged = structure.network.demands.backlogged
    return ReplenishmentProblem(
        network=structure.problem,
        stock=np.maximum(view.stock_column(state, "on_hand"), 0.0),
        arrivals=arrivals_by_point(structure, state, now_us, n_periods),
        backlog=np.where(backlogged, view.backlog(state), 0.0),
        demand=demand,
        capacity=np.repeat(structure.capacity[:, None], n_periods, axis=1),
    )


def arrivals_by_point(
    structure: PlanningStructure, state: State, now_us: int, n_periods: int
) -> NDArray[np.float64]:
    """Units on the way by the period they arrive in.

    Returns
    -------
    ndarray of shape (n_periods, n_points), float64
        Shipments under way and production orders not yet closed.
    """
    view = structure.view
    arrivals = np.zeros((n_periods, structure.problem.n_points))
    shipments, left = view.on_the_way(state)
    points = view.points(shipments["item"], shipments["destination"])
    periods = _arrival_periods(structure, shipments["due_us"] - now_us)
    _add_arrivals(arrivals, points, periods, left)
    making = state.tables.production[: state.tables.counts[t.PRODUCTION, t.N_USED]]
    making = making[making["status"] == t.OPEN]
    if len(making):
        points = view.points(making["item"], making["place"])
        left = np.nan_to_num(making["quantity"]) - making["good"] - making["scrap"]
        periods = _arrival_periods(structure, making["due_us"] - now_us)
        _add_arrivals(arrivals, points, periods, left)
    return arrivals


def _arrival_periods(
    structure: PlanningStructure, wait_us: NDArray[np.int64]
) -> NDArray[np.int64]:
    # What is overdue, or has no date at all, is expected next.
    return np.maximum(-(-wait_us // structure.network.settings.review_us) - 1, 0)


def _add_arrivals(
    arrivals: NDArray[np.float64],
    points: NDArray[np.int32],
    periods: NDArray[np.int64],
    quantity: NDArray[np.float64],
) -> None:
    kept = (points >= 0) & (periods < len(arrivals)) & (quantity > 0.0)
    np.add.at(arrivals, (periods[kept], points[kept]), quantity[kept])

"""One plan: the problem of the moment solved, its first orders as decisions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer import SolveOptions
from optimizer.logistics.distribution import (
    ReplenishmentProblem,
    ReplenishmentSolution,
    ReplenishmentSolver,
    merged_demands,
    plan_replenishment,
)
from twin.errors import OptionError
from twin.model.network import Network
from twin.planning.endless import endless_profit
from twin.planning.problem import Ahead, replenishment_problem
from twin.planning.structure import PlanningStructure, planning_structure
from twin.simulate.decisions import Decisions
from twin.state.state import State

SMALLEST_ORDER = 1e-6
"""Orders below this (units) are rounding of the solver, not decisions."""

DECIMALS = 9
"""Decimals of a decision. Fewer than six would round real quantities; with more than
eleven the rounding of a solver makes broken pieces of whole ones."""


_COLUMNS = ("stock", "demand", "arrivals", "backlog", "capacity")


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan over the horizon and what to do of it now.

    Attributes
    ----------
    solution : ReplenishmentSolution
        Orders, stock, sales and backlog by period, with objective and bound; orders
        nothing if it is not finished.
    decisions : Decisions
        The orders of the first period; of a plan that is not finished, what the last
        finished one had for now, if there is one.
    """

    solution: ReplenishmentSolution
    decisions: Decisions

    @property
    def finished(self) -> bool:
        """Whether the plan is the best one; False if it ran out of time."""
        return self.solution.status == "optimal"


class Planner:
    """Plans replenishment of a network again and again, each time from a warm start.

    Parameters
    ----------
    network : Network
        What is planned.
    monotonic_s : callable
        Clock that bounds a solve.
    terminal_share : float
        See `planning_structure`.
    check : bool
        Whether every plan passes the solver-free checker.
    lookahead : int
        Reviews whose orders count when one below the minimum of its lane is raised to
        it or dropped, see `decisions_of`, >= 1. With 1 a lane whose minimum is more
        than two reviews need is used only once enough is missing; with more, stock is
        bought sooner.
    time_limit_s : float
        Seconds of the clock that a solve may take, > 0.
    overdue : float
        How long goods that are overdue are still expected to take, see
        `arrivals_by_point`, >= 0.

    Raises
    ------
    OptionError
        If `overdue` is below 0.
    """

    def __init__(
        self,
        network: Network,
        *,
        monotonic_s: Callable[[], float],
        terminal_share: float = 0.0,
        check: bool = True,
        lookahead: int = 1,
        time_limit_s: float = 60.0,
        overdue: float = 0.0,
    ) -> None:
        if not overdue >= 0.0:
            msg = f"overdue must be >= 0, was {overdue}"
            raise OptionError(msg)
        self._overdue = overdue
        self.structure: PlanningStructure = planning_structure(
            network, terminal_share=terminal_share
        )
        self._lookahead = lookahead
        self._solver = ReplenishmentSolver()
        self._options = SolveOptions(
            monotonic_s=monotonic_s, check=check, time_limit_s=time_limit_s
        )
        # The orders of the last finished plan, and when it was made.
        self._last: tuple[NDArray[np.float64], int] | None = None
        self._solved: list[ReplenishmentProblem] | None = None

    def plan(
        self,
        state: State,
        *,
        now_us: int,
        demand: NDArray[np.float64],
        ahead: Ahead | None = None,
    ) -> Planned:
        """Plan against one path of demand.

        Parameters
        ----------
        state : State
            Settled state at the review.
        now_us : int
            Time of the review.
        demand : ndarray of shape (n_demands, n_periods), float64
            Demand path by review, units.
        ahead : Ahead or None
            What firm orders will bring and take.

        Returns
        -------
        Planned
            The decisions respect minimum and multiple of each lane, rounded to the
            nearest that is allowed. A plan that runs out of time is not finished: what
            the last finished one had for now is done instead, or nothing without one.

        Raises
        ------
        OptionError
            If something earns without limit, so that no plan is the best.
        """
        problem = replenishment_problem(
            self.structure, state, now_us=now_us, demand=demand, ahead=ahead,
            overdue=self._overdue,
        )  # fmt: skip
        solution = self._solve(problem)
        if solution.status == "unbounded":
            reason = endless_profit(self.structure, problem, self._options)
            msg = f"network {self.structure.network.settings.name!r}: {reason}"
            raise OptionError(msg)
        orders = solution.orders
        if solution.status == "optimal":
            self._last = orders, now_us
        else:
            orders = self._planned_before(now_us, orders)
        now = first_orders(self.structure, orders, now_us)
        coming = orders[:, : self._lookahead].sum(axis=1)
        return Planned(solution, decisions_of(self.structure, now, coming=coming))

    def _solve(self, problem: ReplenishmentProblem) -> ReplenishmentSolution:
        if self._solved is not None:
            self._solved.append(problem)
        merged = merged_demands(problem)
        solution = plan_replenishment(
            merged.problem, self._options, solver=self._solver
        )
        return merged.parted(solution)

    def begin_anew(self) -> None:
        """Forget all plans before: the next one is that of a fresh planner.

        From here on problems are kept for `memory`: a warm start ends with one of
        several plans that are equally good, and with which depends on all before it.
        """
        self._solver = ReplenishmentSolver()
        self._last = None
        self._solved = []

    @property
    def n_solved(self) -> int | None:
        """Plans since `begin_anew`; None if it never was called."""
        return None if self._solved is None else len(self._solved)

    def memory(self) -> dict[str, NDArray[np.float64]]:
        """Return the problems solved since `begin_anew`, for `recall`."""
        return {
            f"{number}.{name}": getattr(problem, name)
            for number, problem in enumerate(self._solved or ())
            for name in _COLUMNS
        }

    def recall(self, memory: Mapping[str, NDArray[np.float64]]) -> None:
        """Solve what was solved before, to go on as the planner that did.

        Parameters
        ----------
        memory : mapping of str to ndarray
            What `memory` of a planner of the same network returned.
        """
        self.begin_anew()
        for number in range(len(memory) // len(_COLUMNS)):
            columns = {name: memory[f"{number}.{name}"] for name in _COLUMNS}
            network = self.structure.problem
            self._solve(ReplenishmentProblem(network=network, **columns))

    def _planned_before(
        self, now_us: int, nothing: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Orders of the last finished plan from now on, or nothing."""
        if self._last is None:
            return nothing
        orders, then_us = self._last
        passed = (now_us - then_us) // self.structure.network.settings.review_us
        # A planner may start again at the beginning, or be out of time for long.
        return orders[:, passed:] if 0 < passed < orders.shape[1] else nothing


def first_orders(
    structure: PlanningStructure, orders: NDArray[np.float64], now_us: int
) -> NDArray[np.float64]:
    """Take from a plan what is to be done now.

    Parameters
    ----------
    structure : PlanningStructure
        What the activities mean.
    orders : ndarray of shape (n_activities, n_periods), float64
        Good units by period.
    now_us : int
        Time of the review.

    Returns
    -------
    ndarray of shape (n_activities,), float64
        On lanes the orders of the first period; of what has its turn to be made, the
        orders of a whole campaign in one lot, because each lot costs a setup.
    """
    first = orders[:, 0].copy()
    split = structure.n_lane_activities
    first[split:] = orders[split:, : structure.campaign].sum(axis=1)
    return np.where(structure.startable(now_us), first, 0.0)


def decisions_of(
    structure: PlanningStructure,
    orders: NDArray[np.float64],
    *,
    coming: NDArray[np.float64] | None = None,
) -> Decisions:
    """Turn quantities by activity into orders on lanes and production orders.

    Parameters
    ----------
    structure : PlanningStructure
        What the activities mean.
    orders : ndarray of shape (n_activities,), float64
        Good units; those below `SMALLEST_ORDER` are dropped.
    coming : ndarray of shape (n_activities,), float64, optional
        Good units ordered by and by, now included: an order below the minimum of its
        lane is raised to it if half of that is needed, and dropped otherwise. Without,
        what is needed is what is ordered now.

    Returns
    -------
    Decisions
        Orders on lanes in the order of the lanes, then production; of what is made, as
        many units as must be started.
    """
    split = structure.n_lane_activities
    quantity = orders.copy()
    needed = quantity if coming is None else coming
    quantity[:split] = _rounded(structure, quantity[:split], needed[:split])
    quantity[split:] /= structure.yield_rate[split:]
    # Nine pieces are nine, not a hair less as a solver has it.
    quantity = np.round(quantity, DECIMALS)
    chosen = np.flatnonzero(quantity > SMALLEST_ORDER)
    lanes, makes = chosen[chosen < split], chosen[chosen >= split]
    return Decisions(
        lane=structure.activity_lane[lanes],
        item=structure.activity_item[lanes],
        quantity=quantity[lanes],
        make_item=structure.activity_item[makes],
        make_site=structure.activity_site[makes],
        make_quantity=quantity[makes],
    )


def _rounded(
    structure: PlanningStructure,
    quantity: NDArray[np.float64],
    needed: NDArray[np.float64],
) -> NDArray[np.float64]:
    lanes = structure.network.lanes
    lane = structure.activity_lane[: structure.n_lane_activities]
    multiple, least = lanes.multiple[lane], lanes.minimum[lane]
    step = np.where(multiple > 0.0, multiple, 1.0)
    stepped = np.where(multiple > 0.0, np.round(quantity / step) * step, quantity)
    # A hair less than a whole number of multiples is rounding.
    whole = np.ceil(least / step - 1e-9) * step
    least = np.where(multiple > 0.0, whole, least)
    # A plan buys just in time: what it orders now is needed, however little it is.
    wanted = (quantity > SMALLEST_ORDER) & (needed >= 0.5 * least)
    return np.where(quantity < least, np.where(wanted, least, 0.0), stepped)

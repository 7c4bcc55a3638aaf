"""Plan replenishment: the linear program, its checker, and models that are kept."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import CheckError, OptionsError
from optimizer.logistics.distribution.check import (
    check_replenishment,
    replenishment_profit,
)
from optimizer.logistics.distribution.model import ReplenishmentModel
from optimizer.logistics.distribution.problem import ReplenishmentSolution
from optimizer.logistics.distribution.program import Plan
from optimizer.result import Progress, relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.distribution.model import ModelAnswer
    from optimizer.logistics.distribution.problem import ReplenishmentProblem
    from optimizer.options import SolveOptions
    from optimizer.result import SolveStatus

__all__ = ["ReplenishmentSolver", "plan_replenishment"]

# The shortest limit OR-Tools can be given; 0 would be none.
SHORTEST_LIMIT_S = 1e-3


class ReplenishmentSolver:
    """Models of networks and horizons solved before, each with its last basis.

    A loop that plans each period with one solver pays for a few simplex iterations
    instead of a whole solve. Among equally good plans, the one returned depends on what
    was solved before, so a run is repeated by repeating it from a new solver. Not to be
    shared between threads.

    Parameters
    ----------
    max_models
        Most models kept, >= 1; then the one not used for longest is dropped. A horizon
        that shrinks from H periods needs H of them, each a few hundred kilobytes for
        ten points and thirty periods.

    Raises
    ------
    OptionsError
        If `max_models` is not >= 1.
    """

    def __init__(self, *, max_models: int = 64) -> None:
        if max_models < 1:
            message = f"max_models must be >= 1, was {max_models}"
            raise OptionsError(message)
        self._max_models = max_models
        self._models: OrderedDict[tuple[bytes, int], ReplenishmentModel] = OrderedDict()

    def __len__(self) -> int:
        """Return the number of models kept."""
        return len(self._models)

    def model(self, problem: ReplenishmentProblem) -> ReplenishmentModel:
        """Return the model of a problem's network and horizon, built if need be.

        Parameters
        ----------
        problem
            Its numbers are not looked at.
        """
        key = (problem.network.key, problem.n_periods)
        model = self._models.get(key)
        if model is None:
            model = ReplenishmentModel(problem.network, problem.n_periods)
            self._models[key] = model
            if len(self._models) > self._max_models:
                self._models.popitem(last=False)
        self._models.move_to_end(key)
        return model


def plan_replenishment(
    problem: ReplenishmentProblem,
    options: SolveOptions,
    *,
    solver: ReplenishmentSolver | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> ReplenishmentSolution:
    """Return the orders of highest profit for one path of demand.

    Parameters
    ----------
    problem
        The network, its stock and pipeline, and the demand path.
    options
        Time limit, clock, and whether the checker judges the plan. The method is exact
        and draws no random numbers: `work_limit` and `seed` are not used.
    solver
        Models kept from earlier solves; None solves from nothing.
    on_progress
        Called with the plan's objective and bound once it is found.

    Returns
    -------
    ReplenishmentSolution
        `optimal`, or `feasible` (out of time) or `unbounded` with a plan that orders
        nothing and an infinite bound. There is always a feasible plan.

    Raises
    ------
    CheckError
        If the solver's plan breaks a rule, twice, the second time from nothing.

    References
    ----------
    Perez, Hubbs, Li, Grossmann (2021), "Algorithmic approaches to inventory management
    optimization", Processes 9(1), 102: the order of events in a period and the linear
    program over a network of stock points.

    Examples
    --------
    Four units are asked for, one is there, a purchase takes one period. The three
    missing units are ordered at once, and wait a period as backlog:

    >>> import numpy as np
    >>> from optimizer import SolveOptions
    >>> from optimizer.logistics.distribution import (
    ...     ReplenishmentNetwork,
    ...     ReplenishmentProblem,
    ...     plan_replenishment,
    ... )
    >>> network = ReplenishmentNetwork(
    ...     holding_cost=np.array([0.1]),
    ...     output_point=np.array([0]),
    ...     lead_periods=np.array([1]),
    ...     unit_cost=np.array([3.0]),
    ...     demand_point=np.array([0]),
    ...     price=np.array([5.0]),
    ...     shortage_cost=np.array([0.5]),
    ... )
    >>> problem = ReplenishmentProblem(
    ...     network=network, stock=np.array([1.0]), demand=np.array([[4.0, 0.0]])
    ... )
    >>> options = SolveOptions(monotonic_s=lambda: 0.0)
    >>> solution = plan_replenishment(problem, options)
    >>> solution.status, solution.orders.tolist(), solution.sales.tolist()
    ('optimal', [[3.0, 0.0]], [[1.0, 3.0]])
    >>> round(solution.objective, 6)  # 4 * 5.0 - 3 * 3.0 - 3 * 0.5
    9.5
    """
    started_s = options.monotonic_s()
    kept = ReplenishmentSolver() if solver is None else solver
    model = kept.model(problem)
    # Building a model counts; a limit that is over by then becomes the shortest one.
    left_s = options.time_limit_s - (options.monotonic_s() - started_s)
    left_s = max(left_s, SHORTEST_LIMIT_S)
    solution, wrong = _attempt(problem, model, time_limit_s=left_s, check=options.check)
    if wrong:
        # A basis far from the new numbers can be too ill-conditioned to go on from.
        model.forget()
        solution, wrong = _attempt(
            problem, model, time_limit_s=left_s, check=options.check
        )
        if wrong:
            message = f"the replenishment plan was refused: {'; '.join(wrong)}"
            raise CheckError(message)
    seconds = options.monotonic_s() - started_s
    if on_progress is not None:
        on_progress(
            Progress(
                seconds=seconds, objective=solution.objective, bound=solution.bound
            )
        )
    return replace(solution, seconds=seconds)


def _attempt(
    problem: ReplenishmentProblem,
    model: ReplenishmentModel,
    *,
    time_limit_s: float,
    check: bool,
) -> tuple[ReplenishmentSolution, tuple[str, ...]]:
    """Return a solution and what is wrong with it."""
    answer = model.solve(problem, time_limit_s=time_limit_s)
    solution = _solution(problem, answer)
    if answer.status == "failed":
        return solution, ("the solver gave no answer",)
    return solution, check_replenishment(problem, solution) if check else ()


def _solution(
    problem: ReplenishmentProblem, answer: ModelAnswer
) -> ReplenishmentSolution:
    if answer.plan is not None:
        return _of_plan(answer.plan, "optimal", answer.objective, answer.objective)
    status: SolveStatus = "unbounded" if answer.status == "unbounded" else "feasible"
    idle = _of_plan(_idle_plan(problem), status, 0.0, math.inf)
    return replace(idle, objective=replenishment_profit(problem, idle))


def _of_plan(
    plan: Plan, status: SolveStatus, objective: float, bound: float
) -> ReplenishmentSolution:
    return ReplenishmentSolution(
        status=status,
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        orders=plan.orders,
        stock=plan.stock,
        sales=plan.sales,
        backlog=plan.backlog,
        seconds=0.0,
    )


def _idle_plan(problem: ReplenishmentProblem) -> Plan:
    """Return the plan that orders nothing and serves what it can, first come first."""
    network, n = problem.network, problem.n_periods
    stock = np.zeros((network.n_points, n))
    sales = np.zeros((network.n_demands, n))
    backlog = np.zeros((network.n_demands, n))
    held, waiting = problem.stock.copy(), problem.backlog.copy()
    for period in range(n):
        held += problem.arrivals[period]
        for demand, point in enumerate(network.demand_point.tolist()):
            asked = waiting[demand] + problem.demand[demand, period]
            sold = min(asked, held[point])
            sales[demand, period] = sold
            held[point] -= sold
            waiting[demand] = asked - sold if network.backlogged[demand] else 0.0
        stock[:, period], backlog[:, period] = held, waiting
    orders = np.zeros((network.n_activities, n))
    return Plan(orders=orders, stock=stock, sales=sales, backlog=backlog)

"""One planning cycle: state and forecasts in, decisions out.

A policy is asked at every review. It sees settled state and what customers asked for so
far, and nothing else; what it may know of future demand is its information class.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from twin.demand import DemandForecaster
from twin.errors import OptionError
from twin.planning import (
    Planned,
    Planner,
    PlanningStructure,
    cheapest_sources,
    decisions_of,
    production_by_point,
)
from twin.simulate.decisions import Decisions
from twin.state.state import State

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a policy decided at a review, and on what grounds.

    Attributes
    ----------
    decisions : Decisions
        What to order and make now.
    planned : Planned or None
        The whole plan, for policies that make one.
    path : ndarray of shape (n_demands, n_periods) or None
        The demand path the plan covers.
    reason : str or None
        Why this and nothing else, in words; None where there was no choice.
    """

    decisions: Decisions
    planned: Planned | None = None
    path: Array | None = None
    reason: str | None = None


class Policy(Protocol):
    """Decides at every review."""

    name: str
    information: str

    def observe(self, asked: Array) -> None:
        """Take in the demand of the period that just ended, shape (n_demands,)."""
        ...

    def decide(self, state: State, now_us: int) -> Decided:
        """Decide on settled state at a review."""
        ...


@runtime_checkable
class ForecastingPolicy(Policy, Protocol):
    """Decides on forecasts of demand, which may be told to others."""

    forecaster: DemandForecaster


Horizon = Callable[[], int]


class PlanPolicy:
    """Plans against a cumulative quantile of demand and acts on the first period.

    Model predictive control: the rest of the plan is thrown away and made anew at the
    next review.

    Parameters
    ----------
    planner : Planner
        Of the network.
    forecaster : DemandForecaster
        Where demand paths come from.
    quantile : float
        Probability that running demand stays below the path, in (0, 1).
    horizon : callable
        Periods to plan ahead; asked at every review, since an episode that ends has
        ever fewer.

    References
    ----------
    Bertsimas, Thiele (2006), "A robust optimization approach to inventory theory",
    Operations Research 54(1), section 3: planning against a bound of cumulative demand.
    """

    name = "mpc"

    def __init__(
        self,
        planner: Planner,
        forecaster: DemandForecaster,
        *,
        quantile: float,
        horizon: Horizon,
    ) -> None:
        self.forecaster = forecaster
        self.information = forecaster.information
        self.period = 0
        self._planner = planner
        self._quantile = quantile
        self._horizon = horizon

    def observe(self, asked: Array) -> None:
        """Tell the forecaster and move on to the next period."""
        self.forecaster.observe(asked)
        self.period += 1

    def decide(self, state: State, now_us: int) -> Decided:
        """Plan and return the first orders."""
        path = self.forecaster.paths(self._horizon(), self._quantile)
        planned = self._planner.plan(state, now_us=now_us, demand=path)
        return Decided(planned.decisions, planned, path)


class ClairvoyantPolicy:
    """Knows all demand to come and plans for exactly that.

    With constant lead times and no failures its profit bounds every policy.

    Parameters
    ----------
    planner : Planner
        Of the network.
    demand : ndarray of shape (n_demands, n_periods), float64
        Demand from the first review on; after its end there is none.
    horizon : callable
        Periods to plan ahead.

    Raises
    ------
    OptionError
        If `demand` has not one row for each demand of the network.
    """

    name = "clairvoyant"
    information = "knows all demand"

    def __init__(self, planner: Planner, demand: Array, *, horizon: Horizon) -> None:
        expected = planner.structure.problem.n_demands
        if demand.ndim != 2 or len(demand) != expected:  # noqa: PLR2004
            msg = f"demand must have {expected} rows of periods, had {demand.shape}"
            raise OptionError(msg)
        self._planner = planner
        self._demand = demand
        self._horizon = horizon
        self.period = 0

    def observe(self, asked: Array) -> None:
        """Move on to the next period."""
        del asked
        self.period += 1

    def decide(self, state: State, now_us: int) -> Decided:
        """Plan for the demand to come."""
        n_periods = self._horizon()
        coming = self._demand[:, self.period : self.period + n_periods]
        missing = n_periods - coming.shape[1]
        path = np.pad(coming, ((0, 0), (0, missing)))
        planned = self._planner.plan(state, now_us=now_us, demand=path)
        return Decided(planned.decisions, planned, path)


class BaseStockPolicy:
    """Orders every stock point up to a fixed level: the baseline planners know.

    Each point orders what its inventory position (on hand, on order, in transit and in
    production less backorders) lacks of its level, from its cheapest source, which may
    be to make it.

    Parameters
    ----------
    structure : PlanningStructure
        Where sources come from.
    levels : ndarray of shape (n_points,), float64
        Order-up-to level of each stock point, units.

    Raises
    ------
    OptionError
        If there is not one level for each point.

    References
    ----------
    Silver, Pyke, Thomas (2017), "Inventory and Production Management in Supply Chains",
    4th edition, section 6.3: order-up-to-level systems (R, S).
    """

    name = "base-stock"
    information = "fixed levels"

    def __init__(self, structure: PlanningStructure, levels: Array) -> None:
        if levels.shape != (structure.problem.n_points,):
            msg = (
                f"levels must be one for each of {structure.problem.n_points} stock "
                f"points, had shape {levels.shape}"
            )
            raise OptionError(msg)
        self._structure = structure
        self._levels = levels
        self._source = cheapest_sources(structure)

    def observe(self, asked: Array) -> None:
        """Learn nothing."""
        del asked

    def decide(self, state: State, now_us: int) -> Decided:
        """Order what each position lacks of its level."""
        view = self._structure.view
        position = (
            view.stock_column(state, "on_hand")
            + view.stock_column(state, "on_order")
            + view.stock_column(state, "in_transit")
            + production_by_point(self._structure, state)
            - view.stock_column(state, "backorder")
        )
        lacking = np.maximum(self._levels - position, 0.0)
        orders = np.zeros(self._structure.problem.n_activities)
        sourced = self._source >= 0
        orders[self._source[sourced]] = lacking[sourced]
        orders[~self._structure.startable(now_us)] = 0.0
        return Decided(decisions_of(self._structure, orders))

"""Plays a course on one future: released, followed to the horizon, counted."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.judging.courses import Course
from twin.judging.prices import Prices, in_production
from twin.planning import PlanningStructure, decisions_of
from twin.simulate.tables import Simulated, Trace

if TYPE_CHECKING:
    from twin.simulate.compiled.plant import CompiledPlant

Array = NDArray[np.float64]
DAY_US = 86_400_000_000


class Played(NamedTuple):
    """What a future came to.

    Attributes
    ----------
    cost : float
        Money: orders, work, holding and shortage, less what the network holds in the
        end.
    service : float
        Share of demand that is served in its period, in [0, 1]: where units wait at the
        end of one, all that was asked for of their point in it is among them, at most
        so many. What is asked for is taken as the mean.
    """

    cost: float
    service: float


class FuturePlayer:
    """Plays courses from one start.

    Parameters
    ----------
    structure : PlanningStructure
        What activities and points mean.
    start : CompiledPlant
        Where futures begin; it stays there.
    horizon : int
        Reviews that are played, >= 1.
    prices : Prices
        Of the network.
    """

    def __init__(
        self,
        structure: PlanningStructure,
        start: "CompiledPlant",
        *,
        horizon: int,
        prices: Prices,
    ) -> None:
        self._structure = structure
        self._start = start
        self._horizon = horizon
        self._prices = prices
        settings, demands = start.network.settings, start.network.demands
        self._period_us = settings.period_us
        self._n_periods = max(settings.review_us // settings.period_us, 1)
        problem = structure.problem
        self._asked = np.bincount(
            problem.demand_point,
            weights=demands.mean_per_day * (settings.period_us / DAY_US),
            minlength=problem.n_points,
        )
        start.reach(start.now_us + (horizon + 1) * settings.review_us)

    def play(self, course: Course, seed: int) -> Played:
        """Play one future.

        Parameters
        ----------
        course : Course
            What is done.
        seed : int
            Of everything that is drawn from the start on: two courses meet the same
            luck with the same seed.

        Returns
        -------
        Played
        """
        structure, prices = self._structure, self._prices
        plant = self._start.fork(seed=seed)
        plant.give_trace(Trace.of_rows(0), 0)
        cost = missed = 0.0
        for turn in range(self._horizon):
            now_us = plant.now_us
            orders = course.orders(turn, now_us, self._position(plant.tables))
            decisions = decisions_of(structure, orders)
            cost += prices.decided(decisions)
            plant.release(decisions)
            for period in range(1, self._n_periods + 1):
                plant.run_until_full(now_us + period * self._period_us)
                sim = plant.tables
                cost += prices.stood(sim)
                late = np.minimum(sim.points["backorder"], self._asked)
                missed += float(late.sum() + sim.lost.sum())
        cost -= prices.worth(self._position(plant.tables))
        asked = float(self._asked.sum()) * self._horizon * self._n_periods
        service = 1.0 - min(missed / asked, 1.0) if asked > 0.0 else 1.0
        return Played(cost, service)

    def _position(self, sim: Simulated) -> Array:
        points = sim.points
        coming = points["on_hand"] + points["on_order"] + points["in_transit"]
        position: Array = coming + in_production(sim, len(points)) - points["backorder"]
        return position

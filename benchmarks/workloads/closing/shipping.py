"""A plan of the near weeks made anew every day, and levels for what is bought.

What takes five weeks to come is not decided by a plan in days: nobody knows what is
asked for on a day that far away, and a plan that reaches so far takes long to make. So
goods are bought up to levels that move with the forecast, and the plan sees them once
they are nearly there: where they are late or too few, it buys more from suppliers that
are near and dear. What it makes and moves, it makes and moves some days before it has
to: a plan in reviews knows no queues, and a day's stock costs far less than a day's
lateness.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.cycle import Decided
from twin.demand import DemandForecaster
from twin.judging import PlanCandidate, Situation
from twin.judging.courses import PlanCourse, position_of
from twin.model.records import SUPPLIER
from twin.planning import (
    PlanningStructure,
    cheapest_sources,
    decisions_of,
    production_by_point,
)
from twin.planning.base_stock import downstream_first
from twin.simulate.decisions import Decisions

Array = NDArray[np.float64]

MEAN_REVIEWS = 28
"""Reviews of forecast that say how much is used of what is bought."""

LONGEST_REVIEWS = 365.0
"""For which what nobody asks for is said to last."""


@dataclass(frozen=True, slots=True)
class Slack:
    """Reviews by which plans are early, each >= 0.

    Attributes
    ----------
    parts, goods : int
        What is made to make of it, and what is made to sell.
    bought : int
        What comes by a lane and is not sold.
    """

    parts: int = 0
    goods: int = 0
    bought: int = 0

    def given(self, structure: PlanningStructure) -> PlanningStructure:
        """Return a structure whose lead times are longer by so much.

        Parameters
        ----------
        structure : PlanningStructure
            Of a network.
        """
        sold = np.isin(structure.activity_item, structure.network.demands.item_index)
        made = np.arange(len(sold)) >= structure.n_lane_activities
        more = np.select(
            [made & sold, made, ~sold], [self.goods, self.parts, self.bought], 0
        )
        lead = structure.problem.lead_periods + more
        return replace(structure, problem=replace(structure.problem, lead_periods=lead))


@dataclass(frozen=True, slots=True)
class BoughtByLevel:
    """A candidate that plans, and buys up to levels of its own beside its plan.

    Attributes
    ----------
    plan : PlanCandidate
        How plans are made.
    far, near : float
        Reviews of mean use that levels cover beyond lead time and review, >= 0: of what
        takes as long as a plan reaches or longer, and of all other bought goods.
    """

    plan: PlanCandidate
    far: float
    near: float

    @property
    def name(self) -> str:
        """That of its plans, and what is kept beyond."""
        return f"{self.plan.name}, bought {self.far:g}/{self.near:g}"

    def decide(self, situation: Situation) -> Decided:
        """Plan, buy what is missing of levels if that is more, and date what is made.

        Parameters
        ----------
        situation : Situation
            At the review; its horizon is that of the plan.

        Returns
        -------
        Decided
        """
        decided = self.plan.decide(situation)
        structure = situation.structure
        lanes = self.missing(situation)
        if decided.planned is not None and decided.planned.finished:
            lanes = np.maximum(lanes, decided.planned.solution.orders[:, 0])
        lanes[structure.n_lane_activities :] = 0.0
        sent = decisions_of(structure, lanes)
        dated = replace(
            with_due_dates(situation, decided.decisions),
            lane=sent.lane, item=sent.item, quantity=sent.quantity,
        )  # fmt: skip
        return replace(decided, decisions=dated)

    def missing(self, situation: Situation) -> Array:
        """Return what is missing of levels.

        Parameters
        ----------
        situation : Situation
            At the review.

        Returns
        -------
        ndarray of shape (n_activities,), float64
            Units, of the cheapest source of each point that buys.
        """
        structure = situation.structure
        problem, network = structure.problem, structure.network
        source = cheapest_sources(structure)
        lane = np.where(source >= 0, structure.activity_lane[source], -1)
        origin = network.lanes.from_place_index[np.maximum(lane, 0)]
        buys = (lane >= 0) & (network.places.kind[origin] == SUPPLIER)
        lead = problem.lead_periods[source]
        safety = np.where(lead >= situation.horizon, self.far, self.near)
        # A lead of k periods is k + 1 reviews or a little less.
        level = mean_use(structure, situation.forecaster) * (lead + 2.0 + safety)
        lacking = np.maximum(level - position_of(structure, situation.state), 0.0)
        orders = np.zeros(problem.n_activities)
        orders[source[buys]] = lacking[buys]
        return orders

    def course(self, situation: Situation, plan: Decided | None) -> PlanCourse | None:
        """Follow a plan as `PlanCandidate` does.

        Parameters
        ----------
        situation : Situation
            That was decided on.
        plan : Decided or None
            With a finished plan.

        Returns
        -------
        PlanCourse or None
            None without a plan.
        """
        return self.plan.course(situation, plan)


def mean_use(structure: PlanningStructure, forecaster: DemandForecaster) -> Array:
    """Return what is expected to go from each point in a review.

    Parameters
    ----------
    structure : PlanningStructure
        Its cheapest sources say what is taken where.
    forecaster : DemandForecaster
        Of demand.

    Returns
    -------
    ndarray of shape (n_points,), float64
        Units, to customers and to other points, in the mean of `MEAN_REVIEWS`.
    """
    problem = structure.problem
    use = np.zeros(problem.n_points)
    asked = forecaster.means(MEAN_REVIEWS).mean(axis=1)
    np.add.at(use, problem.demand_point, asked)
    source = cheapest_sources(structure)
    for target in downstream_first(structure, source):
        first, last = problem.input_start[source[target] : source[target] + 2]
        inputs = problem.input_point[first:last]
        np.add.at(use, inputs, problem.input_usage[first:last] * use[target])
    return use


def with_due_dates(situation: Situation, made: Decisions) -> Decisions:
    """Date production orders by when what there is runs out.

    Parameters
    ----------
    situation : Situation
        At the review.
    made : Decisions
        With production orders.

    Returns
    -------
    Decisions
        Each production order is due when all that there is of the item is used up at
        the mean rate: at any site, on its way, in production or in what it went into,
        less what customers wait for. What is to be made of it is not there yet.
    """
    if not len(made.make_item):
        return made
    structure, state = situation.structure, situation.state
    network = structure.network
    n_items = len(network.items.ids)

    def of_items(items: NDArray[np.int32], values: Array) -> Array:
        return np.bincount(items, weights=values, minlength=n_items)

    bills, stock = network.bills, network.stock
    per_unit = bills.quantity / (1.0 - bills.scrap_rate)

    def with_parts(own: Array, less: Array) -> Array:
        # Bills have no cycles: after as many rounds as there are levels nothing moves.
        total = own
        for _ in range(n_items):
            into = per_unit * (total - less)[bills.item_index]
            more = own + of_items(bills.component_index, into)
            if np.array_equal(more, total):
                break
            total = more
        return total

    asked = situation.forecaster.means(MEAN_REVIEWS).mean(axis=1)
    used = with_parts(of_items(network.demands.item_index, asked), np.zeros(n_items))
    coming = of_items(stock.item_index, production_by_point(structure, state))
    there = of_items(stock.item_index, position_of(structure, state))
    lasts = with_parts(there, coming) / np.maximum(used, 1e-9)
    lasts = np.clip(lasts, -LONGEST_REVIEWS, LONGEST_REVIEWS)
    wait_us = np.round(lasts * network.settings.review_us).astype(np.int64)
    return replace(made, make_due_us=situation.now_us + wait_us[made.make_item])

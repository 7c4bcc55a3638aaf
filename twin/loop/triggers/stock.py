"""Stock that will run out before more can come."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.events import TYPE_CODES
from twin.errors import OptionError
from twin.loop.occasions import Occasion, Situation
from twin.loop.triggers.expected import PointDemands
from twin.model.changes.words import duration
from twin.model.network import Network
from twin.planning import PlanningStructure, planning_structure
from twin.planning.local import in_force
from twin.planning.problem import arrivals_by_point
from twin.planning.release import known_until_us

SHORTAGE = "shortage"

_LOOKED_AT = tuple(
    TYPE_CODES[name]
    for name in (
        "StockCounted", "PurchaseOrderConfirmed", "PurchaseOrderDelayed",
        "OrderCancelled", "ProductionOrderClosed", "InspectionRecorded",
    )
)  # fmt: skip
_COMPLETED = TYPE_CODES["OperationCompleted"]
Float = NDArray[np.float64]


class ShortageProjected:
    """Fires when stock will run out within the time that it takes to get more.

    Looked at is whatever takes goods away that were counted on: counts, orders that
    come later, less or not at all, and scrap. Projected are stock, what is on the way,
    what the plan in force still brings and takes, and mean demand; no further than all
    orders of that plan are known.

    Parameters
    ----------
    short_share : float
        Share of what is needed in that time that must be missing, in [0, 1). At 0 a
        plan that is just in time is short every other day.
    again_s : float
        Seconds before it fires again for the same point, >= 0.

    References
    ----------
    Vollmann, Berry, Whybark, Jacobs (2005), "Manufacturing Planning and Control for
    Supply Chain Management", chapter 7: the projected available balance.
    """

    name = SHORTAGE

    def __init__(
        self, *, short_share: float = 0.2, again_s: float = 7 * 86_400.0
    ) -> None:
        if not 0.0 <= short_share < 1.0:
            msg = f"shortage: short_share must be in [0, 1), was {short_share}"
            raise OptionError(msg)
        if not again_s >= 0.0:
            msg = f"shortage: again_s must be >= 0, was {again_s}"
            raise OptionError(msg)
        self._short_share = short_share
        self._again_us = round(again_s * 1e6)
        self._demands = PointDemands()
        self._structure: PlanningStructure | None = None

    def looks(self, events: EventBatch) -> NDArray[np.bool_]:
        """Look at what takes goods away that were counted on."""
        wanted: NDArray[np.bool_] = np.isin(events.type_code, _LOOKED_AT)
        wanted |= (events.type_code == _COMPLETED) & (events.value1 > 0.0)
        return wanted

    def fired(self, situation: Situation) -> Sequence[Occasion]:
        """Name the points that will run out, unless it was said lately."""
        structure = self._structure_of(situation.network)
        balance, needed = self._projected(structure, situation)
        lead = lead_of_points(structure)
        n_periods = balance.shape[1]
        within = np.arange(n_periods) <= lead[:, None]
        missing = np.where(within, -balance, 0.0)
        worth = self._short_share * np.where(within, needed, 0.0).sum(axis=1)
        network = structure.network
        stock, review_us = network.stock, network.settings.review_us
        found = []
        short = (missing > np.maximum(worth, 1e-6)[:, None]).any(axis=1)
        for point in np.flatnonzero(short).tolist():
            item = network.items.ids[int(stock.item_index[point])]
            name = f"{item}@{network.places.ids[int(stock.site_index[point])]}"
            told_us = situation.fired_us.get(f"{self.name}/{name}")
            if told_us is not None and situation.now_us - told_us < self._again_us:
                continue
            first = int(np.argmax(missing[point] > max(worth[point], 1e-6)))
            detail = (
                f"{name}: {missing[point].max():.3g} will be missing, the first within "
                f"{duration(round((first + 1) * review_us / 1e6))}"
            )
            found.append(Occasion(situation.now_us, self.name, name, detail))
        return found

    def _structure_of(self, network: Network) -> PlanningStructure:
        if self._structure is None or self._structure.network is not network:
            self._structure = planning_structure(network)
        return self._structure

    def _projected(
        self, structure: PlanningStructure, situation: Situation
    ) -> tuple[Float, Float]:
        """Return balance and need by point and period, from the last review on."""
        problem = structure.problem
        lead = lead_of_points(structure)
        n_periods = int(lead.max(initial=0)) + 1
        lines = () if situation.plan is None else situation.plan.lines
        known_us = situation.now_us
        if situation.plan is not None:
            known_us = known_until_us(situation.plan)
        plan = in_force(
            structure, lines, now_us=situation.now_us, known_us=known_us,
            n_periods=n_periods,
        )  # fmt: skip
        if known_us > situation.now_us:
            n_periods = plan.orders.shape[1]
        orders = np.pad(plan.orders, ((0, 0), (0, n_periods - plan.orders.shape[1])))
        comes = arrivals_by_point(
            structure, situation.state, plan.begin_us, n_periods
        ).T.copy()
        needed = self._demand(structure, situation, n_periods)
        used = orders[problem.input_activity] * problem.input_usage[:, None]
        np.add.at(needed, problem.input_point, used)
        for activity in np.flatnonzero(orders.any(axis=1)).tolist():
            wait = int(problem.lead_periods[activity])
            comes[problem.output_point[activity], wait:] += orders[
                activity, : max(n_periods - wait, 0)
            ]
        view = structure.view
        there = view.stock_column(situation.state, "on_hand")
        there -= view.stock_column(situation.state, "backorder")
        return there[:, None] + np.cumsum(comes - needed, axis=1), needed

    def _demand(
        self, structure: PlanningStructure, situation: Situation, n_periods: int
    ) -> Float:
        demand = self._demands.of(situation)
        needed = np.zeros((structure.problem.n_points, n_periods))
        n_seen = situation.asked.shape[1] - 1
        coming = self._demands.coming(n_seen, n_periods)
        coming[:, 0] = np.maximum(coming[:, 0] - demand.asked[:, -1], 0.0)
        needed[demand.points] = coming
        return needed


def lead_of_points(structure: PlanningStructure) -> NDArray[np.int64]:
    """Return the periods from the quickest order to its use, by point.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network.

    Returns
    -------
    ndarray of shape (n_points,), int64
        0 where nothing more can come to.
    """
    problem = structure.problem
    lead = np.full(problem.n_points, np.iinfo(np.int64).max)
    np.minimum.at(lead, problem.output_point, problem.lead_periods)
    return np.where(lead == np.iinfo(np.int64).max, 0, lead)

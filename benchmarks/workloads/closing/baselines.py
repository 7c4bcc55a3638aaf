"""The baselines: fixed levels by the stock table, a dispatch rule, run to failure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.workloads.closing.episodes import Shop
from twin.cycle import Decided
from twin.model.changes.apply import rebuilt
from twin.model.network import Network
from twin.model.records import SUPPLIER
from twin.planning import (
    PlanningStructure,
    base_stock_levels,
    cheapest_sources,
    planning_structure,
)
from twin.state.state import State
from twin.whatif.stock_policy import StockTablePolicy

Array = NDArray[np.float64]

CLASSES = ("bought far", "bought near", "parts made", "goods sold")
"""Stock points that share their parameters."""

FAR_DAYS = 15.0  # of lead time; by truck and air it takes less, by ship twice as much
FLOW_ALLOWANCE = 2.0
"""Due dates of production orders: their planned time under way, twice."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Parameters of fixed levels, each of shape (n_classes,), float64.

    Attributes
    ----------
    safety : ndarray
        What a reorder point covers beyond mean demand over review and lead time, as a
        share of that, > -1. A class that waits five weeks for a ship has seen all there
        is of chance in demand; it is the outage of a supplier that it is kept for.
    lot : ndarray
        How far orders go beyond the reorder point, as a share of the same demand, >= 0;
        0 is a base stock.
    """

    safety: Array
    lot: Array

    @staticmethod
    def of(values: Sequence[float], *, base_stock: bool = False) -> "Levels":
        """Make levels from one row of numbers: safety, then lots, by class."""
        row = np.asarray(values, np.float64)
        n = len(CLASSES)
        lot = np.zeros(n) if base_stock else np.maximum(row[n : 2 * n], 0.0)
        return Levels(row[:n], lot)


def classes_of(structure: PlanningStructure) -> NDArray[np.int64]:
    """Return the class of each stock point, see `CLASSES`."""
    network = structure.network
    source = cheapest_sources(structure)
    lane = np.where(source >= 0, structure.activity_lane[source], -1)
    origin = network.lanes.from_place_index[np.maximum(lane, 0)]
    bought = (lane >= 0) & (network.places.kind[origin] == SUPPLIER)
    far = bought & (structure.lead_us[source] > FAR_DAYS * 86_400e6)
    asked = np.isin(network.stock.item_index, network.demands.item_index)
    near_or_part = np.where(asked, 3, np.where(bought, 1, 2))
    return np.where(far, 0, near_or_part)


class StaticLevels:
    """Makes policies of fixed levels for one network.

    Parameters
    ----------
    network : Network
        What is known: its mean demand and lead times give the cover of each point.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._structure = planning_structure(network)
        self._class = classes_of(self._structure)
        self._cover = base_stock_levels(self._structure, service=0.5)

    def policy(self, levels: Levels, *, dated: bool = True) -> "DatedLevels":
        """Return a fresh policy.

        Parameters
        ----------
        levels : Levels
            Its parameters.
        dated : bool
            Whether production orders have due dates.
        """
        reorder = self._cover * np.maximum(1.0 + levels.safety[self._class], 0.0)
        up_to = reorder + levels.lot[self._class] * self._cover
        network = self.network
        points = pl.DataFrame(
            {
                "item": [network.items.ids[k] for k in network.stock.item_index],
                "site": [network.places.ids[k] for k in network.stock.site_index],
                "policy": "s_S",
                "reorder_point": reorder,
                "order_up_to": up_to,
            }
        )
        # Points that only follow from lanes and bills have no row yet.
        stock = network.tables["stock"].drop("policy", "reorder_point", "order_up_to")
        joined = points.join(stock, on=["item", "site"], how="left")
        ruled = rebuilt(network, {"stock": joined})
        structure = replace(self._structure, network=ruled)
        return DatedLevels(structure, dated=dated)


class DatedLevels:
    """Orders by the stock table, and dates what is to be made.

    Parameters
    ----------
    structure : PlanningStructure
        With reorder points and levels in its stock table.
    dated : bool
        Whether production orders have due dates.
    """

    name = "levels"
    information = "fixed levels, tuned in hindsight"

    def __init__(self, structure: PlanningStructure, *, dated: bool) -> None:
        self._policy = StockTablePolicy(structure, service=0.5)
        split = structure.n_lane_activities
        self._flow_us = {
            (item, site): round(FLOW_ALLOWANCE * lead)
            for item, site, lead in zip(
                structure.activity_item[split:].tolist(),
                structure.activity_site[split:].tolist(),
                structure.lead_us[split:].tolist(),
                strict=True,
            )
        }
        self._dated = dated

    def observe(self, asked: Array) -> None:
        """Learn nothing."""
        del asked

    def decide(self, state: State, now_us: int) -> Decided:
        """Order what the rules ask for."""
        decided = self._policy.decide(state, now_us)
        made = decided.decisions
        if not self._dated:
            return decided
        pairs = zip(made.make_item.tolist(), made.make_site.tolist(), strict=True)
        due_us = [now_us + self._flow_us[pair] for pair in pairs]
        return replace(
            decided, decisions=replace(made, make_due_us=np.array(due_us, np.int64))
        )


@dataclass(frozen=True, slots=True)
class Baseline:
    """A way to run the network without an engine."""

    name: str
    levels: Levels
    shop: Shop


EDD = Shop("edd")
CRITICAL_RATIO = Shop("critical_ratio")

"""Replenishment as the stock table says: base stock, (s, S), (R, Q), no solver."""

import numpy as np
from numpy.typing import NDArray

from twin.cycle import Decided
from twin.model.tables import POLICIES
from twin.planning import (
    PlanningStructure,
    base_stock_levels,
    cheapest_sources,
    decisions_of,
    production_by_point,
)
from twin.state.state import State

Array = NDArray[np.float64]
BASE_STOCK, S_S, R_Q = (POLICIES.index(name) for name in ("base_stock", "s_S", "r_Q"))


class StockTablePolicy:
    """Replenishes every stock point by its row of the table ``stock``.

    A point with policy ``base_stock`` orders its inventory position (on hand, on order,
    in transit and in production less backorders) up to `order_up_to` at every review;
    ``s_S`` does so only from `reorder_point` down; ``r_Q`` orders as many times
    `order_quantity` as lift the position above `reorder_point`. Points with policy
    ``plan``, and those without a row, order up to a level that covers demand over
    review and lead time. Each point orders from its cheapest source, which may be to
    make it.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network.
    service : float
        Probability that the levels of points with policy ``plan`` cover demand, in
        (0, 1).

    References
    ----------
    Silver, Pyke, Thomas (2017), "Inventory and Production Management in Supply Chains",
    4th edition, section 6.3: the systems (R, S), (s, S) and (s, nQ).
    """

    name = "table"
    information = "parameters of the stock table"

    def __init__(self, structure: PlanningStructure, *, service: float) -> None:
        stock = structure.network.stock
        own = np.isin(stock.policy, (BASE_STOCK, S_S))
        computed = base_stock_levels(structure, service=service)
        self._structure = structure
        self._level = np.where(own, stock.order_up_to, computed)
        ruled = np.isin(stock.policy, (S_S, R_Q))
        self._reorder = np.where(ruled, stock.reorder_point, np.inf)
        lots = stock.policy == R_Q
        self._has_lots = lots & np.isfinite(stock.order_quantity)
        self._lot = np.where(self._has_lots, stock.order_quantity, 1.0)
        self._source = cheapest_sources(structure)

    def observe(self, asked: Array) -> None:
        """Learn nothing."""
        del asked

    def decide(self, state: State, now_us: int) -> Decided:
        """Order what the rules of the points ask for."""
        on_hand, on_order, in_transit, backorder = self._structure.view.stock_columns(
            state, "on_hand", "on_order", "in_transit", "backorder"
        )
        in_production = production_by_point(self._structure, state)
        position = on_hand + on_order + in_transit + in_production - backorder
        wanted = self.wanted(position)
        orders = np.zeros(self._structure.problem.n_activities)
        sourced = self._source >= 0
        orders[self._source[sourced]] = wanted[sourced]
        orders[~self._structure.startable(now_us)] = 0.0
        return Decided(decisions_of(self._structure, orders))

    def wanted(self, position: Array) -> Array:
        """Return what each point orders at an inventory position.

        Parameters
        ----------
        position : ndarray of shape (n_points,), float64
            Units.

        Returns
        -------
        ndarray of shape (n_points,), float64
            Units, >= 0.
        """
        lots = self._has_lots
        due = position <= self._reorder
        lacking = np.maximum(self._level - position, 0.0)
        # One lot more than fits below the reorder point lifts the position above it.
        n_lots = np.floor((self._reorder - position) / self._lot, where=lots,
                          out=np.zeros_like(position)) + 1.0  # fmt: skip
        by_lot = np.where(lots, n_lots * self._lot, lacking)
        return np.where(due, np.maximum(by_lot, 0.0), 0.0)

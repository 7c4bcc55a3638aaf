"""A purchasing problem as arrays on lattices of lots, and lots as orders."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from optimizer.procurement._kernels.lots import Table
from optimizer.procurement.check import order_cost
from optimizer.procurement.plan import PurchaseOrder
from optimizer.procurement.problem import common_step

if TYPE_CHECKING:
    from optimizer.procurement.problem import Item, Offer, PurchasingProblem

__all__ = ["FloatArray", "IntArray", "PurchasingProgram", "program_of"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Lots of an item, and numbers that its program keeps; of more, several lots are taken
# as one, and the bound is then not exact any more. Twice as many take 400 MB.
LOTS_MAX, KEPT_MAX = 200_000, 50_000_000
FREE = 1 << 40
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class PurchasingProgram:
    """Arrays of a problem; offers are sorted by item.

    Attributes
    ----------
    problem
        What they are of.
    table
        What the dynamic program of an item needs.
    offers
        In the order of the arrays.
    supplier
        ndarray of shape (n_offers,), int64.
    limit
        ndarray of shape (n_offers, n_periods), int64: most lots of an order.
    share_max
        ndarray of shape (n_offers,), float64.
    lot
        ndarray of shape (n_offers,), float64: units of a lot of the offer's item.
    order_cost, minimum_spend
        ndarrays of shape (n_suppliers,), float64.
    binding
        ndarray of shape (n_suppliers,), bool: contracts that must be kept.
    capacity
        ndarray of shape (n_suppliers, n_periods), float64, infinite without one.
    exact
        Whether lots are the largest that all orders are multiples of.
    """

    problem: PurchasingProblem
    table: Table
    offers: tuple[Offer, ...]
    supplier: IntArray
    limit: IntArray
    share_max: FloatArray
    lot: FloatArray
    order_cost: FloatArray
    minimum_spend: FloatArray
    binding: npt.NDArray[np.bool_]
    capacity: FloatArray
    exact: bool

    @property
    def n_periods(self) -> int:
        """Periods planned."""
        return self.problem.n_periods

    @property
    def is_coupled(self) -> bool:
        """Whether items share anything: order costs, capacities or contracts."""
        return bool(
            self.order_cost.any()
            or np.isfinite(self.capacity).any()
            or self.minimum_spend.any()
        )

    def orders(self, lots: IntArray) -> tuple[PurchaseOrder, ...]:
        """Return the orders that lots say.

        Parameters
        ----------
        lots
            ndarray of shape (n_offers, n_periods), int64, by period of the order.
        """
        suppliers = {one.name: one for one in self.problem.suppliers}
        found = []
        for k, period in np.argwhere(lots > 0).tolist():
            offer = self.offers[k]
            quantity = float(lots[k, period] * self.lot[k])
            price, cost = order_cost(
                self.problem, offer, suppliers[offer.supplier], quantity
            )
            found.append(
                PurchaseOrder(
                    item=offer.item, supplier=offer.supplier, period=period,
                    arrival=period + offer.lead_periods, quantity=quantity,
                    price=price, cost=cost, mode=offer.mode,
                )
            )  # fmt: skip
        found.sort(key=lambda order: (order.period, *order.offer))
        return tuple(found)


def program_of(problem: PurchasingProblem) -> PurchasingProgram:
    """Return the arrays of a problem.

    Parameters
    ----------
    problem
        Any. Orders that would come after the horizon are left out.
    """
    by_item = {item.name: at for at, item in enumerate(problem.items)}
    offers = sorted(problem.offers, key=lambda one: by_item[one.item])
    item_of = np.array([by_item[one.item] for one in offers], np.int64)
    n_items, n_offers = len(problem.items), len(offers)
    start = np.searchsorted(item_of, np.arange(n_items + 1)).astype(np.int64)
    stock = _stock(problem)
    lot, n_lots, exact = np.ones(n_items), np.zeros(n_items, np.int64), True
    for at, item in enumerate(problem.items):
        own = offers[start[at] : start[at + 1]]
        if own:
            lot[at], n_lots[at], fits = _lots(problem, item, own, stock[at])
            exact &= fits
    lots_of = lot[item_of] if n_offers else np.zeros(0)
    supplier_row = {one.name: at for at, one in enumerate(problem.suppliers)}
    supplier = np.array([supplier_row[one.supplier] for one in offers], np.int64)
    bands = [
        _bands(problem, one, unit) for one, unit in zip(offers, lots_of, strict=True)
    ]
    pairs = list(zip(offers, lots_of.tolist(), strict=True))
    multiple = [max(1, math.ceil(one.multiple / g - ROUNDING)) for one, g in pairs]
    minimum = [math.ceil(one.minimum / g - ROUNDING) for one, g in pairs]
    table = Table(
        lot=lot,
        end_value=np.array([item.end_value for item in problem.items]),
        n_lots=n_lots,
        stock=stock,
        costs=np.array([_costs(item) for item in problem.items]),
        offer_start=start,
        lead=np.array([one.lead_periods for one in offers], np.int64),
        multiple=np.array(multiple, np.int64),
        minimum=np.array(minimum, np.int64),
        band_start=np.cumsum([0, *(len(rows) for rows in bands)]).astype(np.int64),
        band_from=np.array([row[0] for rows in bands for row in rows], np.int64),
        band_cost=_pairs([row[1:3] for rows in bands for row in rows]),
        band_spend=_pairs([row[3:5] for rows in bands for row in rows]),
    )
    return PurchasingProgram(
        problem=problem,
        table=table,
        offers=tuple(offers),
        supplier=supplier,
        limit=_limits(problem, offers, lots_of),
        share_max=np.array([one.share_max for one in offers]),
        lot=lots_of,
        order_cost=np.array([one.order_cost for one in problem.suppliers]),
        minimum_spend=np.array([one.minimum_spend for one in problem.suppliers]),
        binding=np.array(
            [not s.take_or_pay and s.minimum_spend > 0.0 for s in problem.suppliers],
            np.bool_,
        ),
        capacity=_capacities(problem),
        exact=exact,
    )


def _pairs(rows: list[tuple[float, ...]]) -> FloatArray:
    return np.array(rows, np.float64).reshape(-1, 2)


def _costs(item: Item) -> tuple[float, float, float, float]:
    shortage = -1.0 if item.shortage_cost is None else item.shortage_cost
    return item.holding_cost, shortage, item.safety_cost, item.safety_stock


def _stock(problem: PurchasingProblem) -> FloatArray:
    """Return units left at period ends if nothing is ordered."""
    row = {item.name: at for at, item in enumerate(problem.items)}
    change = -np.array([item.needs for item in problem.items], np.float64)
    for order in problem.open_orders:
        if order.period < problem.n_periods:
            change[row[order.item], order.period] += order.quantity
    opening = np.array([item.stock for item in problem.items])
    left: FloatArray = opening[:, None] + np.cumsum(change, axis=1)
    return left


def _lots(
    problem: PurchasingProblem, item: Item, offers: list[Offer], stock: FloatArray
) -> tuple[float, int, bool]:
    """Return the lot of an item, most lots ordered, and whether the lot is exact."""
    lot = common_step([one.multiple for one in offers])
    # Who has enough orders no more, but for the last order's minimum or price band.
    needed = max(0.0, item.safety_stock - float(stock.min()))
    largest = max(
        max(one.minimum, one.prices[-1].quantity) + one.multiple for one in offers
    )
    extra = 0.0
    suppliers = {one.name: one for one in problem.suppliers}
    for offer in offers:
        supplier = suppliers[offer.supplier]
        price = supplier.exchange_rate * offer.prices[-1].price
        if not supplier.take_or_pay and price > 0.0:
            extra += supplier.minimum_spend / price
    units = needed + largest + extra
    n_lots = math.ceil(units / lot) + 1
    most = min(LOTS_MAX, KEPT_MAX // (len(offers) * problem.n_periods))
    if n_lots <= most:
        return lot, n_lots, True
    coarse = math.ceil(n_lots / most)
    # Multiples must stay multiples: take the largest one's.
    lot = max(one.multiple for one in offers) * max(
        1, math.ceil(coarse * lot / max(one.multiple for one in offers))
    )
    return lot, math.ceil(units / lot) + 1, False


def _bands(
    problem: PurchasingProblem, offer: Offer, lot: float
) -> list[tuple[int, float, float, float, float]]:
    """Return start in lots, cost an order and a unit, spend an order and a unit."""
    supplier = next(one for one in problem.suppliers if one.name == offer.supplier)
    factor, rate = problem.money_factor(supplier), supplier.exchange_rate
    rows, constant = [], 0.0
    for at, one in enumerate(offer.prices):
        if at and offer.incremental:
            constant += (offer.prices[at - 1].price - one.price) * one.quantity
        rows.append(
            (
                math.ceil(one.quantity / lot - ROUNDING),
                offer.order_cost + factor * constant,
                factor * one.price + offer.freight,
                rate * constant,
                rate * one.price,
            )
        )
    return rows


def _limits(
    problem: PurchasingProblem, offers: list[Offer], lots: FloatArray
) -> IntArray:
    limit = np.full((len(offers), problem.n_periods), FREE, np.int64)
    for k, offer in enumerate(offers):
        if offer.capacity is not None:
            limit[k] = np.floor(np.array(offer.capacity) / lots[k] + ROUNDING)
        # What would come after the horizon serves nothing.
        late = problem.n_periods - offer.lead_periods
        limit[k, max(late, 0) :] = 0
    return limit


def _capacities(problem: PurchasingProblem) -> FloatArray:
    capacity = np.full((len(problem.suppliers), problem.n_periods), np.inf)
    for at, supplier in enumerate(problem.suppliers):
        if supplier.capacity is not None:
            capacity[at] = supplier.capacity
    return capacity

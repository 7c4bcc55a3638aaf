"""Judge purchase orders without a solver: every rule and every money counted anew."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.procurement.plan import PurchaseOrder, PurchasePlan
    from optimizer.procurement.problem import (
        Item,
        Offer,
        PurchasingProblem,
        Supplier,
    )

__all__ = ["check_purchases", "order_cost", "purchase_cost", "stock_path"]

TOLERANCE = 1e-6


def check_purchases(problem: PurchasingProblem, plan: PurchasePlan) -> tuple[str, ...]:
    """Return every rule that a plan breaks.

    Parameters
    ----------
    problem
        What was asked.
    plan
        From any source.

    Returns
    -------
    tuple of str
        One sentence for each violation: orders nobody offers, off their minimum,
        multiple, lead time or capacity, shares and contracts, items that run out and
        must not, costs that do not follow, a bound that the plan beats. Empty if there
        is none, or the plan has no orders because there is no feasible one.
    """
    if plan.status in {"infeasible", "unknown"}:
        return () if not plan.orders else (f"{plan.status}, and yet there are orders",)
    broken = [rule for order in plan.orders for rule in _wrong_order(problem, order)]
    if broken:
        return tuple(broken)
    broken += _wrong_capacity(problem, plan.orders)
    broken += _wrong_shares(problem, plan.orders)
    broken += _wrong_contracts(problem, plan.orders)
    for item in problem.items:
        left = stock_path(problem, item, plan.orders)
        least = min(left)
        if item.shortage_cost is None and least < -TOLERANCE * max(
            1.0, sum(item.needs)
        ):
            broken.append(
                f"item {item.name!r}: {-least:.9g} units are missing in period "
                f"{left.index(least)} and none may be"
            )
    costs = purchase_cost(problem, plan.orders)
    total = math.fsum(costs.values())
    if not abs(plan.objective - total) <= TOLERANCE * max(1.0, abs(total)):
        broken.append(f"objective {plan.objective:.9g}, the orders cost {total:.9g}")
    if plan.bound > total + TOLERANCE * max(1.0, abs(total)):
        broken.append(f"bound {plan.bound:.9g}, beaten by the cost {total:.9g}")
    return tuple(broken)


def purchase_cost(
    problem: PurchasingProblem, orders: Iterable[PurchaseOrder]
) -> dict[str, float]:
    """Return what orders cost, by part.

    Parameters
    ----------
    problem
        Its prices and needs.
    orders
        Quantities count, what they say they cost does not.

    Returns
    -------
    dict of str to float
        `purchase`, `freight`, `ordering`, `holding`, `shortage`, `safety`, `contracts`
        and `end_value` (negative), money.
    """
    placed = list(orders)
    offers = {one.key: one for one in problem.offers}
    suppliers = {one.name: one for one in problem.suppliers}
    cost = dict.fromkeys(
        ("purchase", "freight", "ordering", "holding", "shortage", "safety",
         "contracts", "end_value"), 0.0,
    )  # fmt: skip
    for order in placed:
        offer = offers[order.offer]
        factor = problem.money_factor(suppliers[order.supplier])
        cost["purchase"] += factor * _bill(offer, order.quantity)
        cost["freight"] += offer.freight * order.quantity
        cost["ordering"] += offer.order_cost
    for name, _ in {(order.supplier, order.period) for order in placed}:
        cost["ordering"] += suppliers[name].order_cost
    for item in problem.items:
        for left in stock_path(problem, item, placed):
            held = max(left, 0.0)
            cost["holding"] += item.holding_cost * held
            cost["shortage"] += (item.shortage_cost or 0.0) * max(-left, 0.0)
            cost["safety"] += item.safety_cost * max(item.safety_stock - held, 0.0)
        cost["end_value"] -= item.end_value * held
    for supplier in problem.suppliers:
        if supplier.take_or_pay:
            spent = _spent(problem, supplier, placed)
            cost["contracts"] += max(supplier.minimum_spend - spent, 0.0)
    return cost


def order_cost(
    problem: PurchasingProblem, offer: Offer, supplier: Supplier, quantity: float
) -> tuple[float, float]:
    """Return the price of a unit, and what an order costs without the supplier's part.

    Parameters
    ----------
    problem
        Its interest rate counts.
    offer, supplier
        Of the order.
    quantity
        Units, > 0.
    """
    bill = _bill(offer, quantity)
    cost = problem.money_factor(supplier) * bill
    cost += offer.freight * quantity + offer.order_cost
    return supplier.exchange_rate * bill / quantity, cost


def stock_path(
    problem: PurchasingProblem, item: Item, orders: Iterable[PurchaseOrder]
) -> list[float]:
    """Return units left at the end of each period, below 0 where they are missing.

    Parameters
    ----------
    problem
        Its open orders come too.
    item
        One of its items.
    orders
        Of any item; they come on time.
    """
    coming: dict[int, float] = defaultdict(float)
    for order in orders:
        if order.item == item.name:
            coming[order.arrival] += order.quantity
    for given in problem.open_orders:
        if given.item == item.name:
            coming[given.period] += given.quantity
    left, path = item.stock, []
    for period, need in enumerate(item.needs):
        left += coming[period] - need
        path.append(left)
    return path


def _bill(offer: Offer, quantity: float) -> float:
    """Return the supplier's money for an order."""
    if not offer.incremental:
        price = offer.prices[0].price
        for one in offer.prices:
            if quantity >= one.quantity - TOLERANCE * max(1.0, quantity):
                price = one.price
        return price * quantity
    total = 0.0
    ends = [one.quantity for one in offer.prices[1:]] + [math.inf]
    for one, end in zip(offer.prices, ends, strict=True):
        total += one.price * max(min(quantity, end) - one.quantity, 0.0)
    return total


def _spent(
    problem: PurchasingProblem, supplier: Supplier, orders: Iterable[PurchaseOrder]
) -> float:
    offers = {one.key: one for one in problem.offers}
    return supplier.exchange_rate * math.fsum(
        _bill(offers[order.offer], order.quantity)
        for order in orders
        if order.supplier == supplier.name
    )


def _wrong_order(problem: PurchasingProblem, order: PurchaseOrder) -> list[str]:
    name = f"order of {order.item!r} from {order.supplier!r} in period {order.period}"
    found = [one for one in problem.offers if one.key == order.offer]
    if not found:
        return [f"{name}: nobody offers that"]
    (offer,) = found
    wrong = []
    if not 0 <= order.period < problem.n_periods:
        wrong.append(f"{name}: the period is outside the horizon")
    elif order.arrival != order.period + offer.lead_periods:
        wrong.append(f"{name}: it comes in {order.period + offer.lead_periods}")
    slack = TOLERANCE * max(1.0, order.quantity)
    if not order.quantity > 0.0 or order.quantity < offer.minimum - slack:
        wrong.append(f"{name}: {order.quantity:g} units, at least {offer.minimum:g}")
    lots = order.quantity / offer.multiple
    if abs(lots - round(lots)) > TOLERANCE * max(1.0, lots):
        wrong.append(f"{name}: {order.quantity:g} is no multiple of {offer.multiple:g}")
    supplier = next(one for one in problem.suppliers if one.name == order.supplier)
    price, cost = order_cost(problem, offer, supplier, max(order.quantity, 1e-12))
    if abs(price - order.price) > TOLERANCE * max(1.0, price):
        wrong.append(f"{name}: price {order.price:.9g}, it is {price:.9g}")
    if abs(cost - order.cost) > TOLERANCE * max(1.0, cost):
        wrong.append(f"{name}: cost {order.cost:.9g}, it is {cost:.9g}")
    return wrong


def _wrong_capacity(
    problem: PurchasingProblem, orders: Iterable[PurchaseOrder]
) -> list[str]:
    by_offer: dict[tuple[tuple[str, str, str], int], float] = defaultdict(float)
    by_supplier: dict[tuple[str, int], float] = defaultdict(float)
    for order in orders:
        by_offer[order.offer, order.period] += order.quantity
        by_supplier[order.supplier, order.period] += order.quantity
    wrong = []
    offers = {one.key: one for one in problem.offers}
    for (key, period), units in by_offer.items():
        capacity = offers[key].capacity
        if capacity is not None and units > capacity[period] * (1 + TOLERANCE):
            wrong.append(
                f"{offers[key].name}, period {period}: {units:g} units of "
                f"{capacity[period]:g}"
            )
    for supplier in problem.suppliers:
        for period in range(problem.n_periods):
            units = by_supplier[supplier.name, period]
            capacity = supplier.capacity
            if capacity is not None and units > capacity[period] * (1 + TOLERANCE):
                wrong.append(
                    f"supplier {supplier.name!r}, period {period}: {units:g} units of "
                    f"{capacity[period]:g}"
                )
    return wrong


def _wrong_shares(
    problem: PurchasingProblem, orders: Iterable[PurchaseOrder]
) -> list[str]:
    by_offer: dict[tuple[str, str, str], float] = defaultdict(float)
    by_item: dict[str, float] = defaultdict(float)
    for order in orders:
        by_offer[order.offer] += order.quantity
        by_item[order.item] += order.quantity
    return [
        f"{offer.name}: {units:g} units, more than {offer.share_max:g} of "
        f"{by_item[offer.item]:g}"
        for offer in problem.offers
        if (units := by_offer[offer.key])
        > offer.share_max * by_item[offer.item] * (1 + TOLERANCE) + TOLERANCE
    ]


def _wrong_contracts(
    problem: PurchasingProblem, orders: Iterable[PurchaseOrder]
) -> list[str]:
    wrong = []
    placed = list(orders)
    for supplier in problem.suppliers:
        spent = _spent(problem, supplier, placed)
        short = supplier.minimum_spend - spent
        if not supplier.take_or_pay and short > TOLERANCE * max(1.0, spent):
            wrong.append(
                f"supplier {supplier.name!r}: {spent:.9g} is spent, the contract asks "
                f"for {supplier.minimum_spend:.9g}"
            )
    return wrong

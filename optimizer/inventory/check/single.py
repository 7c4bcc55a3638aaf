"""Judge orders of a season and lots: their cost, and what others would cost.

Nothing is taken from the methods: costs are sums over demand, or averages over a cycle,
at the order that is judged and at others that might be cheaper.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optimizer.inventory.problem import LotItem, LotSize, SeasonItem, SeasonOrder

__all__ = ["check_lot", "check_season", "lot_cost"]

TOLERANCE = 1e-6
# Quantities that are tried beside a lot, from a hundredth of it to a hundred times it.
TRIED = 401


def check_season(item: SeasonItem, order: SeasonOrder) -> tuple[str, ...]:
    """Return every rule that an order of a season breaks.

    Parameters
    ----------
    item
        What was asked.
    order
        From any source.
    """
    demand = item.demand.over(item.periods)
    values, share = demand.values, demand.probability

    def cost(level: float) -> float:
        left = np.maximum(level - values, 0.0)
        missing = np.maximum(values - level, 0.0)
        each = item.overage_cost * left + item.underage_cost * missing
        return float(share @ each)

    found = cost(order.level)
    slack = TOLERANCE * max(1.0, found)
    wrong = []
    if abs(found - order.cost) > slack:
        wrong.append(f"cost {order.cost:.9g}, its level gives {found:.9g}")
    wrong += [
        f"level {other:.9g} costs {cost(other):.9g}, less than {found:.9g}"
        for other in (order.level - demand.step, order.level + demand.step)
        if other >= 0.0 and cost(other) < found - slack
    ]
    return tuple(f"item {item.name!r}: {rule}" for rule in wrong)


def check_lot(item: LotItem, lot: LotSize) -> tuple[str, ...]:
    """Return every rule that a lot breaks.

    Parameters
    ----------
    item
        What was asked.
    lot
        From any source.
    """
    if not 0.0 < lot.quantity < math.inf:
        return (f"item {item.name!r}: quantity must be > 0, was {lot.quantity}",)
    found = lot_cost(item, lot.quantity, lot.backorder_share)
    slack = TOLERANCE * max(1.0, found)
    wrong = []
    if abs(found - lot.cost) > slack:
        wrong.append(f"cost {lot.cost:.9g}, its quantity gives {found:.9g}")
    tried = [*(lot.quantity * np.geomspace(0.01, 100.0, TRIED)).tolist()]
    tried += [start for start, _ in item.prices if start > 0.0]
    shares = {lot.backorder_share}
    if item.shortage_cost is not None:
        shares |= {max(lot.backorder_share - 0.01, 0.0), lot.backorder_share + 0.01}
    for quantity in tried:
        for waiting in sorted(shares):
            other = lot_cost(item, quantity, waiting)
            if other < found - slack:
                wrong.append(
                    f"a lot of {quantity:.9g} costs {other:.9g}, it {found:.9g}"
                )
                return tuple(f"item {item.name!r}: {rule}" for rule in wrong)
    return tuple(f"item {item.name!r}: {rule}" for rule in wrong)


def lot_cost(item: LotItem, quantity: float, waiting: float = 0.0) -> float:
    """Return what a lot costs a unit of time, averaged over its cycle.

    Parameters
    ----------
    item
        Its costs and rates.
    quantity
        Units, > 0.
    waiting
        Share of demand that waits for the next lot, in [0, 1].
    """
    orders = item.fixed_cost * item.demand_rate / quantity
    if item.holding_rate is not None:
        value = _price_of(item, quantity)
        bought = value * item.demand_rate / quantity
        return bought + orders + 0.5 * item.holding_rate * value
    assert item.holding_cost is not None, "an item has one of the two"
    # Stock rises to `top` above where it falls to; of that, `waiting` is below nothing.
    top = quantity * (1.0 - item.demand_rate / item.production_rate)
    held = 0.5 * top * (1.0 - waiting) ** 2
    late = 0.5 * top * waiting**2
    return orders + item.holding_cost * held + (item.shortage_cost or 0.0) * late


def _price_of(item: LotItem, quantity: float) -> float:
    """Return the money for a lot."""
    if not item.incremental:
        within = [
            price for start, price in item.prices if start <= quantity * (1 + 1e-12)
        ]
        return within[-1] * quantity
    ends = [start for start, _ in item.prices[1:]] + [math.inf]
    return sum(
        price * max(min(quantity, end) - start, 0.0)
        for (start, price), end in zip(item.prices, ends, strict=True)
    )

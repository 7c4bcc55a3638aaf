"""Expected cost and service of an item by its inventory position."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.inventory.problem import ItemMeasures, ItemPolicy

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.inventory.problem import FloatArray, Lattice, PolicyKind, StockItem

__all__ = ["Curves", "curves_of", "policy_of"]

# Steps of margin around the demand that is covered; beyond it curves are straight.
MARGIN = 2
# Positions whose stock hardly ever survives an interval still count for a cheap one.
SHORTAGE_SHARE_MAX = 0.999


class Curves(NamedTuple):
    """What is expected of an item by position, positions `first ...` in steps.

    All but `first` and `exposures` are ndarrays of shape (n,), float64: money a period
    without orders, units on hand and backlogged, P(no stockout when the interval ends),
    and units backlogged anew in a period.
    """

    first: int
    cost: FloatArray
    on_hand: FloatArray
    backorder: FloatArray
    no_stockout: FloatArray
    missed: FloatArray
    covered: Lattice
    """Demand of the whole protection interval."""


def curves_of(item: StockItem, shortage_cost: float | None = None) -> Curves:
    """Return what is expected of an item by position.

    Parameters
    ----------
    item
        Any.
    shortage_cost
        Money a unit backlogged and period; None: the item's own, 0 without one.
    """
    exposures, before = item.exposures(), item.demand_over(0)
    first = min(before.first, *(part.first for part in exposures)) - MARGIN
    last = max(part.last for part in exposures) + MARGIN
    numbers = np.arange(first, last + 1)
    losses = np.array([part.loss(numbers) for part in exposures])
    means = np.array([part.mean for part in exposures])
    backorder = losses.mean(axis=0)
    on_hand = item.step * numbers - means.mean() + backorder
    covered = exposures[-1]
    shortage = shortage_cost if shortage_cost is not None else item.shortage_cost or 0.0
    if item.review_periods:
        missed = (losses[-1] - before.loss(numbers)) / item.review_periods
        no_stockout = covered.cdf(numbers)
    else:
        # A unit of demand is served at once if the position before it suffices.
        no_stockout = covered.cdf(numbers - 1)
        missed = (1.0 - no_stockout) * item.demand.mean
    return Curves(
        first=first,
        cost=item.holding_cost * on_hand + shortage * backorder,
        on_hand=on_hand,
        backorder=backorder,
        no_stockout=no_stockout,
        missed=np.maximum(missed, 0.0),
        covered=covered,
    )


def policy_of(
    item: StockItem,
    curves: Curves,
    *,
    kind: PolicyKind,
    levels: tuple[int, int],
    share: FloatArray,
) -> ItemPolicy:
    """Return a policy with what is expected of it.

    Parameters
    ----------
    item
        Its item.
    curves
        See `curves_of`.
    kind
        The kind of policy.
    levels
        The position at which an order is placed and the highest one after it, steps.
    share
        ndarray of shape (highest - lowest,), float64: how often each position above
        the reorder point is met after a review, the highest first; sums to 1.
    """
    point, top = levels
    numbers = top - np.arange(share.size)
    measures = _measures(item, curves, numbers, share, kind=kind)
    step = item.step
    ordered = measures.orders_per_period
    mean_order = item.demand.mean / ordered if ordered else 0.0
    if kind == "base_stock":
        safety = step * top - curves.covered.mean
    else:
        safety = step * point - curves.covered.mean
    return ItemPolicy(
        item=item.name,
        policy=kind,
        reorder_point=step * point,
        order_up_to=step * top,
        order_quantity=step * (top - point) if kind == "r_Q" else mean_order,
        safety_stock=safety,
        measures=measures,
    )


def _measures(
    item: StockItem,
    curves: Curves,
    numbers: npt.NDArray[np.int64],
    share: FloatArray,
    *,
    kind: PolicyKind,
) -> ItemMeasures:
    def expected(values: FloatArray, below: float, above: float) -> float:
        at = numbers - curves.first
        inside = np.clip(at, 0, values.size - 1)
        beyond = below * np.minimum(at, 0) + above * np.maximum(at - values.size + 1, 0)
        return float(share @ (values[inside] + beyond))

    step = item.step
    on_hand = expected(curves.on_hand, 0.0, step)
    backorder = expected(curves.backorder, -step, 0.0)
    orders = _orders(item, numbers, share, kind=kind)
    shortage = (item.shortage_cost or 0.0) * backorder
    holding = item.holding_cost * on_hand
    order_cost = item.fixed_cost * orders
    return ItemMeasures(
        cost=holding + shortage + order_cost,
        holding_cost=holding,
        shortage_cost=shortage,
        order_cost=order_cost,
        on_hand=on_hand,
        backorder=backorder,
        cycle_service=expected(curves.no_stockout, 0.0, 0.0),
        fill_rate=1.0 - expected(curves.missed, 0.0, 0.0) / item.demand.mean,
        orders_per_period=orders,
    )


def _orders(
    item: StockItem,
    numbers: npt.NDArray[np.int64],
    share: FloatArray,
    *,
    kind: PolicyKind,
) -> float:
    """Return orders a period; of (r, Q) the batches."""
    if kind == "r_Q":
        return item.demand.mean / (item.step * share.size)
    if item.review_periods == 0:
        return item.demand.mean / item.step
    review = item.review_demand()
    # An order follows a demand that reaches the reorder point; for a base stock any.
    depth = numbers - int(numbers[-1]) + 1
    reached = 1.0 - review.cdf(depth - 1)
    return float(share @ reached) / item.review_periods

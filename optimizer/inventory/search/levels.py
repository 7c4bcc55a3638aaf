"""Policies of one item: base-stock levels, (s, S) and (r, Q), by cost and service."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import ProblemError
from optimizer.inventory._kernels.reorder import best_batches, best_reorder, renewal
from optimizer.inventory.search.curves import Curves, curves_of, policy_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.inventory.problem import (
        FloatArray,
        ItemPolicy,
        PolicyKind,
        ServiceTarget,
        StockItem,
    )

__all__ = ["base_stock", "batches", "policy_with", "reached", "reorder"]

# Services nearer than this are equal: sums of shares have rounding.
EQUAL = 1e-9


def base_stock(item: StockItem) -> ItemPolicy:
    """Return the cheapest base-stock level, or the least that serves well enough.

    Parameters
    ----------
    item
        Its fixed cost, if any, is paid and not avoided.

    Returns
    -------
    ItemPolicy
        With a shortage cost and a service to reach, the higher level of the two.

    References
    ----------
    Karlin (1958): the critical ratio of the protection interval; with a review interval
    over one period the mean of the costs of its periods.

    Examples
    --------
    >>> from optimizer.inventory import DemandLaw, LeadTime, StockItem
    >>> item = StockItem(
    ...     name="pump", demand=DemandLaw.poisson(1.5), lead=LeadTime(periods=(3.0,)),
    ...     holding_cost=1.0, shortage_cost=4.0,
    ... )
    >>> policy = base_stock(item)
    >>> policy.order_up_to, round(policy.measures.cost, 6)
    (8.0, 3.570107)
    """
    curves = curves_of(item)
    top: int | None = None
    if item.shortage_cost is not None:
        top = curves.first + int(np.argmin(curves.cost))
    if item.service is not None:
        served = _least_top(item, curves, np.ones(1), item.service)
        top = served if top is None else max(top, served)
    assert top is not None, "an item has a cost or a service"
    return policy_of(
        item, curves, kind="base_stock", levels=(top - 1, top), share=np.ones(1)
    )


def reorder(item: StockItem) -> ItemPolicy:
    """Return the best (s, S) policy.

    Parameters
    ----------
    item
        With a shortage cost, the cheapest policy (raised, with S - s kept, if its
        service is not reached); without one, S - s is the economic order quantity and s
        the least that serves well enough.

    Raises
    ------
    ProblemError
        If demand never comes on the lattice of the item.

    References
    ----------
    Zheng and Federgruen (1991), "Finding optimal (s, S) policies is about as simple as
    evaluating a single policy", Operations Research 39(4).

    Examples
    --------
    >>> from optimizer.inventory import DemandLaw, StockItem
    >>> item = StockItem(
    ...     name="pump", demand=DemandLaw.poisson(6.0), holding_cost=1.0,
    ...     shortage_cost=4.0, fixed_cost=5.0,
    ... )
    >>> policy = reorder(item)
    >>> policy.reorder_point, policy.order_up_to, round(policy.measures.cost, 6)
    (4.0, 10.0, 8.034112)
    """
    curves, review = curves_of(item), item.review_demand()
    demand = np.zeros(review.last + 1)
    demand[review.first :] = review.probability
    if demand[0] >= 1.0 - EQUAL:
        message = f"item {item.name!r}: demand is too rare for an (s, S) policy"
        raise ProblemError(message)
    if item.shortage_cost is not None:
        scaled = curves.cost * item.review_periods
        point, top, _ = best_reorder(scaled, curves.first, demand, item.fixed_cost)
    else:
        point, top = 0, _lot(item)
    visits = renewal(demand, top - point)
    share = visits / visits.sum()
    if item.service is not None:
        least = _least_top(item, curves, share, item.service)
        lift = least - top if item.shortage_cost is None else max(0, least - top)
        point, top = point + lift, top + lift
    return policy_of(item, curves, kind="s_S", levels=(point, top), share=share)


def batches(item: StockItem) -> ItemPolicy:
    """Return the best (r, Q) policy.

    Parameters
    ----------
    item
        Its `fixed_cost` is paid for each batch; Q is a `multiple` of that, if it has
        one. See `reorder` for what counts. Without review, demand comes one unit at a
        time.

    References
    ----------
    Federgruen and Zheng (1992), "An efficient algorithm for computing an optimal (r, Q)
    policy in continuous review stochastic inventory systems", Operations Research
    40(4); the cost as a function of Q has one valley, so the two multiples beside its
    bottom are enough.

    Examples
    --------
    >>> from optimizer.inventory import DemandLaw, LeadTime, StockItem
    >>> item = StockItem(
    ...     name="pump", demand=DemandLaw.poisson(1.5), lead=LeadTime(periods=(2.0,)),
    ...     review_periods=0, holding_cost=20.0, shortage_cost=150.0, fixed_cost=100.0,
    ... )
    >>> policy = batches(item)
    >>> policy.reorder_point, policy.order_quantity, round(policy.measures.cost, 6)
    (3.0, 5.0, 107.923581)
    """
    curves = curves_of(item)
    if item.shortage_cost is not None:
        point, size = _cheapest_batches(item, curves)
    else:
        point, size = 0, _lot(item)
    share = np.full(size, 1.0 / size)
    if item.service is not None:
        least = _least_top(item, curves, share, item.service) - size
        point = least if item.shortage_cost is None else max(point, least)
    return policy_of(
        item, curves, kind="r_Q", levels=(point, point + size), share=share
    )


def policy_with(item: StockItem, policy: ItemPolicy, *, lift: int) -> ItemPolicy:
    """Return a policy with all its levels raised, and what is then expected.

    Parameters
    ----------
    item, policy
        The policy is of the item.
    lift
        Steps, of either sign.
    """
    curves = curves_of(item)
    point = round(policy.reorder_point / item.step) + lift
    top = round(policy.order_up_to / item.step) + lift
    share = np.ones(1)
    if policy.policy == "r_Q":
        share = np.full(top - point, 1.0 / (top - point))
    elif policy.policy == "s_S":
        review = item.review_demand()
        demand = np.zeros(review.last + 1)
        demand[review.first :] = review.probability
        visits = renewal(demand, top - point)
        share = visits / visits.sum()
    return policy_of(item, curves, kind=policy.policy, levels=(point, top), share=share)


def reached(policy: ItemPolicy, service: ServiceTarget) -> bool:
    """Say whether a policy is expected to serve well enough."""
    measures = policy.measures
    got = measures.cycle_service if service.kind == "cycle" else measures.fill_rate
    return got >= service.level - EQUAL


METHODS: dict[PolicyKind, Callable[[StockItem], ItemPolicy]] = {
    "base_stock": base_stock,
    "s_S": reorder,
    "r_Q": batches,
}
"""What finds the best policy of each kind."""


def _lot(item: StockItem) -> int:
    """Return the economic order quantity in steps, kept to the multiple of the item."""
    step = item.step
    lot = math.sqrt(2.0 * item.fixed_cost * item.demand.mean / item.holding_cost)
    if item.multiple is None:
        return max(1, round(lot / step))
    return max(1, round(max(1, round(lot / item.multiple)) * item.multiple / step))


def _cheapest_batches(item: StockItem, curves: Curves) -> tuple[int, int]:
    rate = item.fixed_cost * item.demand.mean / item.step

    def best(size: int) -> tuple[int, int, float]:
        found: tuple[int, int, float] = best_batches(
            curves.cost, curves.first, rate, size
        )
        return found

    point, size, _ = best(0)
    if item.multiple is None:
        return point, size
    unit = max(1, round(item.multiple / item.step))
    below = max(1, size // unit)
    tried = [best(count * unit) for count in (below, below + 1)]
    point, size, _ = min(tried, key=lambda one: one[2])
    return point, size


def _least_top(
    item: StockItem, curves: Curves, share: FloatArray, service: ServiceTarget
) -> int:
    """Return the least highest position with which a policy serves well enough."""
    if service.kind == "cycle":
        by_position = curves.no_stockout
    else:
        by_position = 1.0 - curves.missed / item.demand.mean
    n = by_position.size
    low, high = curves.first - 1, curves.first + n + share.size
    numbers = np.arange(share.size)
    while high - low > 1:
        middle = (low + high) // 2
        at = middle - numbers - curves.first
        values = by_position[np.clip(at, 0, n - 1)]
        if float(share @ values) >= service.level - EQUAL:
            high = middle
        else:
            low = middle
    return high

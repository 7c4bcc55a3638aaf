"""Judge the policy of one item: what it costs is summed up from its Markov chain.

Nothing is taken from the methods: the chain of inventory positions is written down move
by move as the policy says, its stationary shares are solved for, and cost and service
are double sums over positions and demand.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from optimizer.inventory.problem import ItemMeasures

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.inventory.problem import (
        FloatArray,
        ItemPolicy,
        Lattice,
        ServiceTarget,
        StockItem,
    )

    IntArray = npt.NDArray[np.int64]

__all__ = ["check_policy", "expected_measures"]

# Share by which figures may differ: sums of thousands of shares, no iteration.
TOLERANCE = 1e-6
# Positions up to which shares are solved for at once; above, by repeated moves.
SOLVED_MAX = 1500
MOVES_MAX = 20_000
STILL = 1e-13


def check_policy(
    item: StockItem,
    policy: ItemPolicy,
    *,
    service: ServiceTarget | None = None,
) -> tuple[str, ...]:
    """Return every rule that a policy breaks.

    Parameters
    ----------
    item
        What was asked.
    policy
        From any source.
    service
        That must be reached; None: the item's own.

    Returns
    -------
    tuple of str
        One sentence for each violation: levels that make no sense or are off the
        lattice, order sizes off the multiple, figures that do not follow from the
        levels, service that is not reached. Empty if there is none.
    """
    wrong = _wrong_levels(item, policy)
    if wrong:
        return wrong
    found = expected_measures(item, policy)
    broken = []
    scale = max(1.0, abs(found.cost))
    for name in ItemMeasures.__slots__:
        said, is_so = getattr(policy.measures, name), getattr(found, name)
        if not abs(said - is_so) <= TOLERANCE * max(scale, abs(is_so)):
            broken.append(
                f"item {item.name!r}: {name} {said:.9g}, its levels give {is_so:.9g}"
            )
    wanted = item.service if service is None else service
    if wanted is not None:
        got = found.cycle_service if wanted.kind == "cycle" else found.fill_rate
        if got < wanted.level - TOLERANCE:
            broken.append(
                f"item {item.name!r}: {wanted.kind} service {got:.6f} is below "
                f"{wanted.level:.6f}"
            )
    return tuple(broken)


def expected_measures(item: StockItem, policy: ItemPolicy) -> ItemMeasures:
    """Return what is expected of a policy, from its levels alone.

    Parameters
    ----------
    item
        Its demand, lead time and costs.
    policy
        Its levels; what it says of itself does not count.
    """
    step = item.step
    point, top = round(policy.reorder_point / step), round(policy.order_up_to / step)
    positions = np.arange(point + 1, top + 1)
    share, orders = _stationary(item, policy, positions)
    exposures = item.exposures()
    sums = [_double_sums(positions, share, part) for part in exposures]
    on_hand = float(np.mean([left for left, _ in sums]))
    backorder = float(np.mean([missing for _, missing in sums]))
    if item.review_periods:
        covered = positions
        _, before = _double_sums(positions, share, item.demand_over(0))
        missed = max(sums[-1][1] - before, 0.0) / item.review_periods
    else:
        covered = positions - 1
        missed = math.nan
    served = float(share @ _share_within(exposures[-1], covered))
    if math.isnan(missed):
        missed = (1.0 - served) * item.demand.mean
    holding, order_cost = item.holding_cost * on_hand, item.fixed_cost * orders
    shortage = (item.shortage_cost or 0.0) * backorder
    return ItemMeasures(
        cost=holding + shortage + order_cost,
        holding_cost=holding,
        shortage_cost=shortage,
        order_cost=order_cost,
        on_hand=on_hand,
        backorder=backorder,
        cycle_service=served,
        fill_rate=1.0 - missed / item.demand.mean,
        orders_per_period=orders,
    )


def _wrong_levels(item: StockItem, policy: ItemPolicy) -> tuple[str, ...]:
    if policy.item != item.name:
        return (f"item {item.name!r}: the policy is of {policy.item!r}",)
    point, top, size = policy.reorder_point, policy.order_up_to, policy.order_quantity
    if not all(math.isfinite(level) for level in (point, top, size)):
        return (
            f"item {item.name!r}: levels must be finite, were {point}, {top}, {size}",
        )
    wrong = []
    if top < point + item.step * (1 - TOLERANCE):
        wrong.append(f"order_up_to {top:g} must be above reorder_point {point:g}")
    for level in (point, top):
        number = level / item.step
        if abs(number - round(number)) > TOLERANCE * max(1.0, abs(number)):
            wrong.append(f"level {level:g} is no multiple of {item.step:g}")
    if policy.policy == "r_Q":
        if abs(size - (top - point)) > TOLERANCE * max(1.0, size):
            wrong.append(f"order_quantity {size:g} must be {top - point:g}")
        lots = size / (item.multiple or item.step)
        if abs(lots - round(lots)) > TOLERANCE * max(1.0, lots):
            wrong.append(f"order_quantity {size:g} is no multiple of {item.multiple}")
    return tuple(f"item {item.name!r}: {rule}" for rule in wrong)


def _moves(
    item: StockItem, policy: ItemPolicy, n: int
) -> tuple[FloatArray, FloatArray, Lattice]:
    """Write down where each position goes, and how many orders that takes.

    Position i is the (i + 1)-th above the reorder point.
    """
    review = item.review_demand()
    moves, orders = np.zeros((n, n)), np.zeros(n)
    demand = review.first + np.arange(review.probability.size)
    for i in range(n):
        left = i - demand  # below 0: an order is placed
        ordered = left < 0
        if policy.policy == "r_Q":
            batches = np.where(ordered, -(left // n), 0)
            target = left + batches * n
            orders[i] = float(review.probability @ batches)
        else:
            target = np.where(ordered, n - 1, left)
            orders[i] = float(review.probability @ ordered)
        np.add.at(moves[i], target, review.probability)
    return moves, orders, review


def _stationary(
    item: StockItem, policy: ItemPolicy, positions: IntArray
) -> tuple[FloatArray, float]:
    """Return how often each position is met, and orders a period."""
    n = len(positions)
    moves, orders, _ = _moves(item, policy, n)
    if n <= SOLVED_MAX:
        system = moves.T - np.eye(n)
        system[-1] = 1.0
        target = np.zeros(n)
        target[-1] = 1.0
        share = np.linalg.solve(system, target)
    else:
        share = np.full(n, 1.0 / n)
        for _ in range(MOVES_MAX):
            moved = share @ moves
            still = float(np.abs(moved - share).sum()) < STILL
            share = moved
            if still:
                break
    share = np.maximum(share, 0.0)
    share /= share.sum()
    per_review = float(share @ orders)
    if item.review_periods:
        return share, per_review / item.review_periods
    # Without review the chain moves with every step of demand.
    return share, per_review * item.demand.mean / item.step


def _double_sums(
    positions: IntArray, share: FloatArray, covered: Lattice
) -> tuple[float, float]:
    """Return units on hand and units missing after a demand, on average."""
    left = missing = 0.0
    for position, weight in zip(positions.tolist(), share.tolist(), strict=True):
        rest = covered.step * position - covered.values
        left += weight * float(covered.probability @ np.maximum(rest, 0.0))
        missing += weight * float(covered.probability @ np.maximum(-rest, 0.0))
    return left, missing


def _share_within(covered: Lattice, numbers: IntArray) -> FloatArray:
    """Return P(demand <= number of steps) by counting, of the shape of `numbers`."""
    values = covered.first + np.arange(covered.probability.size)
    within = values[None, :] <= np.asarray(numbers)[:, None]
    result: FloatArray = within @ covered.probability
    return result

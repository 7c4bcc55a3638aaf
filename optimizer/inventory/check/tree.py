"""Judge service times of a tree: promises, and the stock that keeps them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.inventory.problem import ServiceTimes, ServiceTree

__all__ = ["check_times"]

TOLERANCE = 1e-9


def check_times(tree: ServiceTree, times: ServiceTimes) -> tuple[str, ...]:
    """Return every rule that service times break.

    Parameters
    ----------
    tree
        What was asked.
    times
        From any source.

    Returns
    -------
    tuple of str
        One sentence for each violation: a promise that is too long for customers, that
        is shorter than what a supplied stage waits for, that is longer than the stage
        needs, stock or cost that do not follow. Empty if there is none.
    """
    n = len(tree.stages)
    if not len(times.outbound) == len(times.inbound) == len(times.safety_stock) == n:
        return (f"times must be of {n} stages each",)
    broken, total = [], 0.0
    for at, stage in enumerate(tree.stages):
        outbound, inbound = times.outbound[at], times.inbound[at]
        name = f"stage {stage.name!r}"
        limit = stage.service_time_max
        if outbound < 0 or (limit is not None and outbound > limit):
            broken.append(
                f"{name}: promises {outbound} periods, allowed are 0..{limit}"
            )
        exposed = inbound + stage.lead_time - outbound
        if inbound < 0 or exposed < 0:
            broken.append(
                f"{name}: promises {outbound} periods, which is longer than the "
                f"{inbound} + {stage.lead_time} it needs"
            )
        stock = _spread(tree, at) * math.sqrt(max(exposed, 0))
        if abs(stock - times.safety_stock[at]) > TOLERANCE * max(1.0, stock):
            broken.append(
                f"{name}: safety stock {times.safety_stock[at]:.9g}, its times need "
                f"{stock:.9g}"
            )
        total += tree.holding_rate * _value(tree, at) * stock
    for up, down in zip(tree.up, tree.down, strict=True):
        if times.outbound[up] > times.inbound[down]:
            supplier = f"{tree.stages[up].name!r} promises {times.outbound[up]}"
            broken.append(
                f"stage {tree.stages[down].name!r}: waits {times.inbound[down]} "
                f"periods for inputs, {supplier}"
            )
    if not abs(times.cost - total) <= TOLERANCE * max(1.0, total):
        broken.append(f"cost {times.cost:.9g}, the safety stock costs {total:.9g}")
    return tuple(broken)


def _value(tree: ServiceTree, at: int) -> float:
    """Return money a unit, inputs included."""
    names = [stage.name for stage in tree.stages]
    stage = tree.stages[at]
    parts = (_value(tree, names.index(s)) * quantity for s, quantity in stage.suppliers)
    return stage.added_cost + sum(parts)


def _spread(tree: ServiceTree, at: int) -> float:
    """Return safety stock of one period exposed, from customers upwards."""
    stage = tree.stages[at]
    total = (stage.safety_factor * stage.demand_sd) ** stage.pooling
    for below, other in enumerate(tree.stages):
        for supplier, quantity in other.suppliers:
            if supplier == stage.name:
                total += (quantity * _spread(tree, below)) ** stage.pooling
    return float(total ** (1.0 / stage.pooling))

"""Guaranteed service times of least safety stock on a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.inventory._kernels.tree import service_times
from optimizer.inventory.problem import ServiceTimes

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.inventory.problem import ServiceTree

__all__ = ["optimize_tree", "times_of"]


def optimize_tree(tree: ServiceTree) -> ServiceTimes:
    """Return the service times that need the least money in safety stock.

    Parameters
    ----------
    tree
        Any.

    References
    ----------
    Graves and Willems (2000), "Optimizing strategic safety stock placement in supply
    chains", Manufacturing and Service Operations Management 2(1).

    Examples
    --------
    >>> from optimizer.inventory import ServiceStage, ServiceTree
    >>> parts = ServiceStage(name="parts", lead_time=4, added_cost=1.0)
    >>> pump = ServiceStage(
    ...     name="pump", lead_time=1, added_cost=1.0, service_time_max=0,
    ...     demand_sd=2.0, safety_factor=1.5, suppliers=(("parts", 1.0),),
    ... )
    >>> times = optimize_tree(ServiceTree(stages=(parts, pump), holding_rate=1.0))
    >>> times.outbound, times.safety_stock, times.cost
    ((0, 0), (6.0, 3.0), 12.0)
    """
    order, parent = _labels(tree)
    lead = np.array([stage.lead_time for stage in tree.stages], np.int64)
    most = _longest(tree, lead)
    limit = [
        most[at] if stage.service_time_max is None else stage.service_time_max
        for at, stage in enumerate(tree.stages)
    ]
    outbound, inbound = service_times(
        np.stack([lead, np.array(limit, np.int64), most], axis=1),
        tree.holding_rate * tree.unit_cost * tree.spread,
        order,
        parent,
        np.array(list(zip(tree.up, tree.down, strict=True)), np.int64).reshape(-1, 2),
    )
    return times_of(tree, tuple(outbound.tolist()), tuple(inbound.tolist()))


def times_of(
    tree: ServiceTree, outbound: tuple[int, ...], inbound: tuple[int, ...]
) -> ServiceTimes:
    """Return service times with the stock they need.

    Parameters
    ----------
    tree
        Any.
    outbound, inbound
        Periods by stage, whole.
    """
    lead = np.array([stage.lead_time for stage in tree.stages])
    exposed = np.array(inbound) + lead - np.array(outbound)
    stock = tree.spread * np.sqrt(np.maximum(exposed, 0))
    cost = tree.holding_rate * float(tree.unit_cost @ stock)
    return ServiceTimes(
        outbound=outbound,
        inbound=inbound,
        safety_stock=tuple(stock.tolist()),
        cost=cost,
    )


def _longest(tree: ServiceTree, lead: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the longest replenishment time of each stage."""
    most = lead.copy()
    # No path has more arcs than there are stages.
    for _ in tree.stages:
        for up, down in zip(tree.up, tree.down, strict=True):
            most[down] = max(most[down], most[up] + lead[down])
    return most


def _labels(
    tree: ServiceTree,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Order stages so that each but the last has one neighbour after it."""
    n = len(tree.stages)
    near: list[set[int]] = [set() for _ in range(n)]
    for up, down in zip(tree.up, tree.down, strict=True):
        near[up].add(down)
        near[down].add(up)
    order: list[int] = []
    parent = np.full(n, -1, np.int64)
    ready = [at for at in range(n) if len(near[at]) <= 1]
    while ready:
        at = ready.pop()
        order.append(at)
        for other in near[at]:
            parent[at] = other
            near[other].discard(at)
            if len(near[other]) == 1:
                ready.append(other)
        near[at].clear()
        if len(order) == n - 1 and not ready:
            (last,) = set(range(n)) - set(order)
            ready.append(last)
    return np.array(order, np.int64), parent

"""What making an item takes: time on its narrowest machines, money, and how long.

A plan in reviews knows no queues. It needs three numbers for each (item, site): which
group limits it, how many seconds of that group a unit takes, and how long an order is
under way. Sequencing within the day is the scheduler's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.network import Network

QUEUE_FACTOR = 2.0
"""Time under way over time worked on. Shops of 80-90 % load wait as long as they work;
half of it plans too tight, twice as much carries a review of stock more."""


@dataclass(frozen=True, slots=True)
class MakeUsage:
    """For each pair of `Network.production`; arrays of shape (n_pairs,).

    Attributes
    ----------
    group : ndarray, int64
        The machine group with the most work a unit, -1 without a routing.
    seconds : ndarray, float64
        Work of that group for one good unit.
    unit_cost : ndarray, float64
        Cost of machine time for one good unit.
    flow_s : ndarray, float64
        Time from release to receipt of a lot of one review's demand.
    """

    group: NDArray[np.int64]
    seconds: NDArray[np.float64]
    unit_cost: NDArray[np.float64]
    flow_s: NDArray[np.float64]


def n_groups(network: Network) -> int:
    """Return the number of machine groups, at least one."""
    return max(len(network.groups), 1)


def routing_rows(network: Network, item: int, site: int) -> NDArray[np.intp]:
    """Rows of the routing of an item at a site, in the order of their steps.

    The most special routing counts: its own item and site, its own item at any site,
    any item at its own site, any item at any site.
    """
    routings = network.routings
    for item_index, site_index in ((item, site), (item, -1), (-1, site), (-1, -1)):
        rows = np.flatnonzero(
            (routings.item_index == item_index) & (routings.site_index == site_index)
        )
        if len(rows):
            return rows[np.argsort(routings.step[rows], kind="stable")]
    return np.zeros(0, np.intp)


def make_usage(network: Network) -> MakeUsage:
    """Work, cost and time of making one unit, for every item and site that can.

    Parameters
    ----------
    network : Network
        Durations are for one piece started; yields of later steps make it more for one
        good piece.

    Returns
    -------
    MakeUsage
        The lot that `flow_s` is for is the mean demand of a review, shared among the
        sites that make the item.
    """
    pairs = network.production
    lots = _mean_lots(network)
    made = [
        _usage(network, int(item), int(site), float(lots[item]))
        for item, site in zip(pairs.first, pairs.second, strict=True)
    ]
    columns = list(zip(*made, strict=True)) or [(), (), (), ()]
    return MakeUsage(
        group=np.array(columns[0], np.int64),
        seconds=np.array(columns[1], np.float64),
        unit_cost=np.array(columns[2], np.float64),
        flow_s=np.array(columns[3], np.float64),
    )


def _usage(
    network: Network, item: int, site: int, lot: float
) -> tuple[int, float, float, float]:
    routings, machines = network.routings, network.machines
    rows = routing_rows(network, item, site)
    if not len(rows):
        return -1, 0.0, 0.0, 0.0
    remaining = np.cumprod(routings.yield_rate[rows][::-1])[::-1]
    work = routings.duration_s[rows] / remaining
    groups = routings.machine_group_index[rows]
    load = np.zeros(n_groups(network))
    np.add.at(load, groups, work)
    here = (machines.site_index == site)[:, None] & (
        machines.group_index[:, None] == np.arange(len(load))
    )
    slots = np.maximum((here * (machines.slots * machines.speed)[:, None]).sum(0), 1e-9)
    narrowest = int(np.argmax(np.where(load > 0.0, load / slots, -1.0)))
    rate = [float(machines.cost_per_h[here[:, g]].mean()) for g in groups]
    cost = float(np.sum(work / 3600.0 * rate))
    flow_s = QUEUE_FACTOR * float(np.sum(routings.setup_s[rows] + lot * work))
    return narrowest, float(load[narrowest]), cost, flow_s


def _mean_lots(network: Network) -> NDArray[np.float64]:
    """Mean demand of a review for each item, needs of what it goes into included."""
    n_items = len(network.items.ids)
    review_days = network.settings.review_us / 86_400_000_000
    need = np.zeros(n_items)
    demands, bills = network.demands, network.bills
    np.add.at(need, demands.item_index, demands.mean_per_day * review_days)
    own = need.copy()
    # Bills have no cycles, so needs settle after as many rounds as there are levels.
    for _ in range(n_items):
        total = own.copy()
        np.add.at(total, bills.component_index, need[bills.item_index] * bills.quantity)
        if np.array_equal(total, need):
            break
        need = total
    makers = np.bincount(network.production.first, minlength=n_items)
    return need / np.maximum(makers, 1)

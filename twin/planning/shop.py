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


LOAD_MAX = 0.9
"""Share of machine time that lots may fill, setups included. Nearer to 1 lots grow
without end, at half of it every item waits for weeks."""

LEAST_SETUP_SHARE = 0.05
"""Share of machine time left for setups where work alone takes more than `LOAD_MAX`."""

CAMPAIGN_MAX = 28
"""Reviews that one lot covers at the most."""


@dataclass(frozen=True, slots=True)
class MakeUsage:
    """For each pair of `Network.production`; arrays of shape (n_pairs,).

    Attributes
    ----------
    campaign : int
        Reviews that one lot covers, so that setups leave time enough to work.
    group : ndarray, int64
        The machine group that limits it most, -1 without a routing: of those it is
        made on, the one with the highest load at mean demand of all that is made there.
        Were it the one of its own longest work, items made on two groups that are
        loaded alike would be divided between them, and half the load never be seen.
    seconds : ndarray, float64
        Work of that group for one good unit, its share of the setup included, at speed
        1.
    unit_cost : ndarray, float64
        Cost of machine time for one good unit, all slots of a machine in use.
    flow_s : ndarray, float64
        Time from release to receipt of a lot of one campaign's demand.
    yield_rate : ndarray, float64
        Good units for one that is started, in (0, 1].
    """

    campaign: int
    group: NDArray[np.int64]
    seconds: NDArray[np.float64]
    unit_cost: NDArray[np.float64]
    flow_s: NDArray[np.float64]
    yield_rate: NDArray[np.float64]


def n_groups(network: Network) -> int:
    """Return the number of machine groups, at least one."""
    return max(len(network.groups), 1)


def routing_rows(network: Network, item: int, site: int) -> NDArray[np.intp]:
    """Rows of the routing of an item at a site, in the order of their steps.

    The most special routing counts: its own item and site, its own item at any site,
    any item at its own site, any item at any site.

    Parameters
    ----------
    network : Network
        Its routings.
    item, site : int
        Dense indices.

    Returns
    -------
    ndarray of shape (n_steps,), intp
        Empty if it is made without a routing.
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
        Durations are for one piece started; yields of this and later steps and of the
        site make it more for one good piece.

    Returns
    -------
    MakeUsage
        The lot that `flow_s` is for is the mean demand of a campaign, shared among the
        sites that make the item.
    """
    pairs = network.production
    lots, groups = _mean_lots(network), _groups(network)
    campaign = _campaign(network, groups, lots)
    lots = lots * campaign
    loads = _loads(network, groups, lots)
    made = [
        _usage(
            network, groups, (item, site), lot=float(lots[item]), loads=loads[:, site]
        )
        for item, site in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    ]
    columns = list(zip(*made, strict=True)) or [()] * 5
    return MakeUsage(
        campaign=campaign,
        group=np.array(columns[0], np.int64),
        seconds=np.array(columns[1], np.float64),
        unit_cost=np.array(columns[2], np.float64),
        flow_s=np.array(columns[3], np.float64),
        yield_rate=np.array(columns[4], np.float64),
    )


def machine_seconds(network: Network) -> NDArray[np.float64]:
    """Work that machines can do in a review.

    Parameters
    ----------
    network : Network
        Slots, speed, shifts and failures of its machines count.

    Returns
    -------
    ndarray of shape (n_groups, n_sites), float64
        Seconds of work at speed 1.
    """
    machines = network.machines
    seconds = np.zeros((n_groups(network), network.n_sites))
    work = machines.slots * machines.speed * _up_share(network)
    work = work * network.settings.review_us / 1e6
    np.add.at(seconds, (machines.group_index, machines.site_index), work)
    return seconds


@dataclass(frozen=True, slots=True)
class _Groups:
    # Means over the machines of a group at a site, shape (n_groups, n_sites).
    seconds: NDArray[np.float64]
    cost_per_s: NDArray[np.float64]
    # Seconds that pass for one second of set-up, and for one of work, on one slot.
    setup_pace: NDArray[np.float64]
    work_pace: NDArray[np.float64]


def _groups(network: Network) -> _Groups:
    machines = network.machines
    where = (machines.group_index, machines.site_index)
    shape = (n_groups(network), network.n_sites)
    count = np.zeros(shape)
    np.add.at(count, where, 1.0)

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        total = np.zeros(shape)
        np.add.at(total, where, values)
        return total / np.maximum(count, 1.0)

    # A shift of a second a week is as good as none, and finite.
    pace = 1.0 / np.maximum(_up_share(network), 1.0 / (7 * 86_400))
    return _Groups(
        seconds=machine_seconds(network),
        cost_per_s=mean(
            machines.cost_per_h / 3600.0 / (machines.speed * machines.slots)
        ),
        setup_pace=mean(pace),
        work_pace=mean(pace / machines.speed),
    )


def _campaign(network: Network, groups: _Groups, lots: NDArray[np.float64]) -> int:
    """Reviews that a lot must cover for work and setups to fit, at mean demand."""
    work, set_up = _work(network, lots)
    left = LOAD_MAX * groups.seconds - work
    left = np.maximum(left, LEAST_SETUP_SHARE * groups.seconds)
    busy = set_up > 0.0
    needed = set_up[busy] / np.maximum(left[busy], 1e-9)
    return int(np.clip(np.ceil(needed.max(initial=1.0)), 1, CAMPAIGN_MAX))


def _loads(
    network: Network, groups: _Groups, lots: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share of each group's time that one lot of everything takes."""
    loads: NDArray[np.float64] = sum(_work(network, lots)) / np.maximum(
        groups.seconds, 1e-9
    )
    return loads


def _work(
    network: Network, lots: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds of work and of setups for one lot of everything, by group and site."""
    routings, pairs = network.routings, network.production
    shape = (n_groups(network), network.n_sites)
    work, set_up = np.zeros(shape), np.zeros(shape)
    for item, site in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
        rows = routing_rows(network, item, site)
        used = routings.machine_group_index[rows]
        np.add.at(work[:, site], used, lots[item] * routings.duration_s[rows])
        np.add.at(set_up[:, site], used, routings.setup_s[rows])
    return work, set_up


def _usage(
    network: Network,
    groups: _Groups,
    pair: tuple[int, int],
    *,
    lot: float,
    loads: NDArray[np.float64],
) -> tuple[int, float, float, float, float]:
    routings, (item, site) = network.routings, pair
    rows = routing_rows(network, item, site)
    site_yield = float(network.places.yield_rate[site])
    if not len(rows):
        return -1, 0.0, 0.0, 0.0, site_yield
    remaining = np.cumprod(routings.yield_rate[rows][::-1])[::-1] * site_yield
    work = routings.duration_s[rows] / remaining
    used = routings.machine_group_index[rows]
    load = np.zeros(len(groups.seconds))
    np.add.at(load, used, work + routings.setup_s[rows] / max(lot, 1.0))
    narrowest = int(used[np.argmax(loads[used])])
    cost = float(work @ groups.cost_per_s[used, site])
    set_up_s = float(routings.setup_s[rows] @ groups.setup_pace[used, site])
    work_s = lot * float(work @ groups.work_pace[used, site])
    flow_s = QUEUE_FACTOR * (set_up_s + work_s)
    return narrowest, float(load[narrowest]), cost, flow_s, float(remaining[0])


def _up_share(network: Network) -> NDArray[np.float64]:
    """Share of the time in which each machine is on shift and not broken."""
    machines = network.machines
    up = np.ones(len(machines.ids))
    fails = np.isfinite(machines.mttf_s)
    cycle_s = machines.mttf_s[fails] + machines.mttr_s[fails]
    up[fails] = machines.mttf_s[fails] / cycle_s
    return up * _open_share(network)


def _open_share(network: Network) -> NDArray[np.float64]:
    """Share of the week in which each machine is on shift."""
    calendars = network.calendars
    week_s = np.zeros(max(len(calendars.ids), 1))
    open_s = (calendars.end_s - calendars.start_s).astype(np.float64)
    np.add.at(week_s, calendars.calendar_index, open_s)
    own = network.machines.calendar_index
    of_site = network.places.calendar_index[network.machines.site_index]
    used = np.where(own >= 0, own, of_site)
    return np.where(used >= 0, week_s[used] / (7 * 86_400), 1.0)


def _mean_lots(network: Network) -> NDArray[np.float64]:
    """Mean demand of a review for each item, needs of what it goes into included."""
    n_items = len(network.items.ids)
    review_days = network.settings.review_us / 86_400_000_000
    demands, bills = network.demands, network.bills
    own = np.zeros(n_items)
    np.add.at(own, demands.item_index, demands.mean_per_day * review_days)
    per_unit = bills.quantity / (1.0 - bills.scrap_rate)
    need = own
    # Bills have no cycles, so needs settle after as many rounds as there are levels.
    for _ in range(n_items):
        total = own.copy()
        np.add.at(total, bills.component_index, need[bills.item_index] * per_unit)
        if np.array_equal(total, need):
            break
        need = total
    makers = np.bincount(network.production.first, minlength=n_items)
    return need / np.maximum(makers, 1)

"""Descent over which facilities are open: close one, open one, or one for another."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer._kernels.compiling import kernel
from optimizer.logistics.location._kernels.flows import (
    Flows,
    Network,
    copy_flows,
    flow_cost,
    refit,
)
from optimizer.logistics.location._kernels.relaxation import fill

__all__ = ["Room", "descend", "kick"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Room(NamedTuple):
    """What an exchange works with beside the flows."""

    total: float
    """Units asked for."""
    least: float
    """Money that a change must save."""
    scores: FloatArray
    saving: FloatArray
    amount: FloatArray
    cheap: FloatArray
    """Money by which closed facilities are compared when capacity is short."""


@kernel
def worth_of_depot(
    net: Network, flows: Flows, depot: int, saving: FloatArray, amount: FloatArray
) -> float:
    """Return what a closed depot would save at most, at the prices of now."""
    n_plants, n_depots, n_clients = net.n_plants, net.n_depots, net.n_clients
    facilities = n_plants + n_depots
    entry = np.inf
    for plant in range(n_plants):
        if flows.open[plant]:
            brought = flows.potential[1 + plant]
            brought += net.cost[facilities + plant * n_depots + depot]
            entry = min(entry, brought)
    row = facilities + n_plants * n_depots + depot * n_clients
    clients = 1 + n_plants + 2 * n_depots
    n = 0
    for client in range(n_clients):
        saved = flows.potential[clients + client] - entry - net.cost[row + client]
        if saved > 0.0:
            saving[n], amount[n] = saved, net.demand[client]
            n += 1
    saved, _, _ = fill(saving, amount, n, net.capacity[n_plants + depot])
    return saved - net.fixed[n_plants + depot]


@kernel
def worth_of_plant(
    net: Network, flows: Flows, plant: int, saving: FloatArray, amount: FloatArray
) -> float:
    """Return what a closed plant would save at most, at the prices of now."""
    n_plants, n_depots = net.n_plants, net.n_depots
    row = n_plants + n_depots + plant * n_depots
    n = 0
    for depot in range(n_depots):
        if flows.open[n_plants + depot]:
            saved = flows.potential[1 + n_plants + depot] - net.cost[row + depot]
            if saved > 0.0:
                saving[n], amount[n] = saved, net.capacity[n_plants + depot]
                n += 1
    saved, _, _ = fill(saving, amount, n, net.capacity[plant])
    return saved - net.fixed[plant]


@kernel
def open_capacity(net: Network, flows: Flows, first: int, last: int) -> float:
    """Return the capacity that is open among some facilities."""
    total = 0.0
    for facility in range(first, last):
        if flows.open[facility]:
            total += net.capacity[facility]
    return total


@kernel
def rank(
    net: Network,
    flows: Flows,
    scores: FloatArray,
    guide: FloatArray,
    lacking: float,
    first: int,
    last: int,
    saving: FloatArray,
    amount: FloatArray,
) -> None:
    """Score the closed facilities of a kind; those that cannot help get -inf."""
    for facility in range(first, last):
        scores[facility] = -np.inf
        if flows.open[facility] or net.capacity[facility] < lacking:
            continue
        if lacking > 0.0:
            # Prices are penalties then, and say nothing.
            scores[facility] = -guide[facility]
        elif facility < net.n_plants:
            scores[facility] = worth_of_plant(net, flows, facility, saving, amount)
        else:
            depot = facility - net.n_plants
            scores[facility] = worth_of_depot(net, flows, depot, saving, amount)


@kernel
def best_score(scores: FloatArray, first: int, last: int) -> int:
    """Return the facility of the best score, or -1."""
    best, found = -np.inf, -1
    for facility in range(first, last):
        if scores[facility] > best:
            best, found = scores[facility], facility
    return found


@kernel
def try_without(
    net: Network,
    flows: Flows,
    saved: Flows,
    closed: Flows,
    facility: int,
    cost: float,
    room: Room,
    guide: FloatArray,
    most: int,
) -> tuple[float, int]:
    """Close a facility, perhaps open another; keep it if it pays.

    Returns the cost after it, and the number of flows fitted.
    """
    first = 0 if facility < net.n_plants else net.n_plants
    last = net.n_plants if facility < net.n_plants else net.n_plants + net.n_depots
    copy_flows(flows, saved)
    flows.open[facility] = 0
    needed = room.total
    lacking = needed - open_capacity(net, flows, first, last)
    refit(net, flows)
    fitted = 1
    alone = flow_cost(net, flows) if lacking <= 0.0 else np.inf
    if alone < cost - room.least:
        return alone, fitted
    copy_flows(flows, closed)
    rank(net, flows, room.scores, guide, lacking, first, last, room.saving, room.amount)
    room.scores[facility] = -np.inf
    for _ in range(most):
        other = best_score(room.scores, first, last)
        if other < 0:
            break
        # A score is the most that opening can save.
        if lacking <= 0.0 and alone - room.scores[other] >= cost - room.least:
            break
        room.scores[other] = -np.inf
        flows.open[other] = 1
        refit(net, flows)
        fitted += 1
        swapped = flow_cost(net, flows)
        if swapped < cost - room.least:
            return swapped, fitted
        copy_flows(closed, flows)
    copy_flows(saved, flows)
    return cost, fitted


@kernel
def try_with(
    net: Network, flows: Flows, saved: Flows, facility: int, cost: float, room: Room
) -> tuple[float, int]:
    """Open a facility if it pays; return the cost after it and the flows fitted."""
    if facility < net.n_plants:
        worth = worth_of_plant(net, flows, facility, room.saving, room.amount)
    else:
        depot = facility - net.n_plants
        worth = worth_of_depot(net, flows, depot, room.saving, room.amount)
    if worth <= room.least:
        return cost, 0
    copy_flows(flows, saved)
    flows.open[facility] = 1
    refit(net, flows)
    opened = flow_cost(net, flows)
    if opened < cost - room.least:
        return opened, 1
    copy_flows(saved, flows)
    return cost, 1


@kernel
def descend(
    net: Network,
    flows: Flows,
    saved: Flows,
    closed: Flows,
    room: Room,
    order: IntArray,
    guide: FloatArray,
    cost: float,
    most: int,
    limit: int,
) -> tuple[float, int, bool]:
    """Change one facility at a time while that pays.

    `most` is how many facilities are tried in place of one, `limit` how many flows are
    fitted. Returns the cost, the flows fitted, and whether nothing pays any more.
    """
    fitted, idle, at = 0, 0, 0
    while idle < order.size and fitted < limit:
        facility = order[at]
        at = at + 1 if at + 1 < order.size else 0
        if flows.open[facility]:
            after, did = try_without(
                net, flows, saved, closed, facility, cost, room, guide, most
            )
        else:
            after, did = try_with(net, flows, saved, facility, cost, room)
        fitted += did
        if after < cost:
            cost, idle = after, 0
        else:
            idle += 1
    return cost, fitted, idle >= order.size


@kernel
def kick(net: Network, flows: Flows, room: Room, chosen: IntArray) -> float:
    """Turn some facilities over, then open cheap ones until all demand fits.

    Returns the cost, infinite if the capacity does not do.
    """
    for at in range(chosen.size):
        flows.open[chosen[at]] = 1 - flows.open[chosen[at]]
    for kind in range(2):
        first = 0 if kind == 0 else net.n_plants
        last = net.n_plants if kind == 0 else net.n_plants + net.n_depots
        total = open_capacity(net, flows, first, last)
        while total < room.total:
            best, found = np.inf, -1
            for facility in range(first, last):
                if not flows.open[facility] and net.capacity[facility] > 0.0:
                    ratio = room.cheap[facility] / net.capacity[facility]
                    if ratio < best:
                        best, found = ratio, facility
            if found < 0:
                return np.inf
            flows.open[found] = 1
            total += net.capacity[found]
    refit(net, flows)
    return flow_cost(net, flows)

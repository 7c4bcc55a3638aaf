"""A bound by relaxing who serves whom: multipliers for clients and for depots.

What is left falls apart: a continuous knapsack for each facility says what it would
carry, a covering knapsack for all plants, and one for all depots, which to open.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer._kernels.compiling import kernel, part
from optimizer.logistics.location._kernels.flows import Network

__all__ = ["Relaxation", "fill", "raise_multipliers", "relax", "relaxation_of"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ByteArray = npt.NDArray[np.uint8]


class Relaxation(NamedTuple):
    """Multipliers, what they lead to, and room to work in."""

    of_client: FloatArray
    """Money a unit for serving each client."""
    of_depot: FloatArray
    """Money a unit for bringing goods to each depot."""
    missing: FloatArray
    """Units that each client is short of."""
    excess: FloatArray
    """Units that each depot sends beyond what it gets."""
    client_step: FloatArray
    depot_step: FloatArray
    value: FloatArray
    """Money of opening each facility, less what its flow saves."""
    reduced: FloatArray
    """The same, less the worth of its capacity for covering all demand."""
    chosen: IntArray
    """Of each facility: 1 if the relaxation opens it."""
    units: IntArray
    """Capacity of each facility in the units of the covering knapsack."""
    need: int
    """Demand in those units."""
    saving: FloatArray
    amount: FloatArray
    table: FloatArray
    taken: ByteArray


def relaxation_of(net: Network, need_units: int) -> Relaxation:
    """Allocate a relaxation; capacity and demand are rounded to be met more easily."""
    n_facilities = net.n_plants + net.n_depots
    demand = float(net.demand.sum())
    whole = bool((net.capacity == np.rint(net.capacity)).all()) and demand == int(
        demand
    )
    need = int(demand) if whole and demand <= need_units else need_units
    scale = need / demand if demand > 0.0 else 1.0
    slack = 0.0 if scale == 1.0 else 1e-9
    units = np.minimum(np.ceil(net.capacity * scale - slack), need).astype(np.int64)
    widest = max(net.n_clients, net.n_depots, 1)
    return Relaxation(
        np.zeros(net.n_clients), np.zeros(net.n_depots), np.zeros(net.n_clients),
        np.zeros(net.n_depots), np.zeros(net.n_clients), np.zeros(net.n_depots),
        np.zeros(n_facilities), np.zeros(n_facilities),
        np.zeros(n_facilities, dtype=np.int64), units, need, np.zeros(widest),
        np.zeros(widest), np.zeros(need + 1),
        np.zeros((max(net.n_plants, net.n_depots), need + 1), dtype=np.uint8),
    )  # fmt: skip


@kernel
def fill(
    saving: FloatArray, amount: FloatArray, n: int, most: float
) -> tuple[float, float, float]:
    """Take what saves most a unit, up to a capacity.

    Reorders the items. Returns the total saved, the saving of the last item taken, and
    how many units of items with exactly that saving are taken.
    """
    low, high, rest, total = 0, n, most, 0.0
    while low < high:
        middle = saving[(low + high) // 2]
        above, at, below = low, low, high
        more, same, worth = 0.0, 0.0, 0.0
        while at < below:
            own = saving[at]
            if own > middle:
                more += amount[at]
                worth += amount[at] * own
                saving[at], saving[above] = saving[above], own
                amount[at], amount[above] = amount[above], amount[at]
                above += 1
                at += 1
            elif own < middle:
                below -= 1
                saving[at], saving[below] = saving[below], own
                amount[at], amount[below] = amount[below], amount[at]
            else:
                same += amount[at]
                at += 1
        if more >= rest:
            high = above
            continue
        total += worth
        rest -= more
        if same >= rest:
            return total + rest * middle, middle, rest
        total += same * middle
        rest -= same
        low = at
    return total, -1.0, 0.0


@part
def carried(
    saved: float, units: float, last: float, partly: float
) -> tuple[float, float]:
    """Return what is taken of an item, and what is left of the partial units."""
    if saved > last:
        return units, partly
    if saved == last and partly > 0.0:
        took = min(units, partly)
        return took, partly - took
    return 0.0, partly


@kernel
def cover(
    values: FloatArray,
    units: IntArray,
    chosen: IntArray,
    first: int,
    n: int,
    need: int,
    table: FloatArray,
    taken: ByteArray,
) -> float:
    """Choose the cheapest facilities whose units reach the need; return their value."""
    total, rest = 0.0, need
    for at in range(first, first + n):
        chosen[at] = 1 if values[at] <= 0.0 else 0
        if chosen[at]:
            total += values[at]
            rest -= units[at]
    if rest <= 0:
        return total
    for level in range(rest + 1):
        table[level] = np.inf
    table[0] = 0.0
    for at in range(first, first + n):
        if chosen[at]:
            continue
        row = at - first
        for level in range(rest, 0, -1):
            before = max(level - units[at], 0)
            other = table[before] + values[at]
            if other < table[level]:
                table[level] = other
                taken[row, level] = 1
            else:
                taken[row, level] = 0
    level = rest
    for at in range(first + n - 1, first - 1, -1):
        if chosen[at] or level == 0:
            continue
        if taken[at - first, level]:
            chosen[at] = 2
            level = max(level - units[at], 0)
    for at in range(first, first + n):
        if chosen[at] == 2:
            chosen[at] = 1
    return total + table[rest]


@kernel
def reduce_values(
    values: FloatArray,
    units: IntArray,
    reduced: FloatArray,
    first: int,
    n: int,
    need: int,
) -> float:
    """Take the worth of capacity off the values: the multiplier of the cover."""
    price, rest = 0.0, need
    for at in range(first, first + n):
        if values[at] <= 0.0:
            rest -= units[at]
    last = 0.0
    while rest > 0:
        best = np.inf
        for at in range(first, first + n):
            if values[at] > 0.0 and units[at] > 0:
                ratio = values[at] / units[at]
                if ratio > last and ratio < best:
                    best = ratio
        if best == np.inf:
            break
        for at in range(first, first + n):
            if values[at] > 0.0 and units[at] > 0 and values[at] / units[at] == best:
                rest -= units[at]
        last = best
        price = best
    total = price * need
    for at in range(first, first + n):
        reduced[at] = values[at] - price * units[at]
        total += min(reduced[at], 0.0)
    return total


@kernel
def relax(net: Network, r: Relaxation, staged: bool) -> tuple[float, float]:
    """Solve what is left for the multipliers as they are; return the bound.

    Returns also the weaker bound whose reduced values tell what can be fixed.
    """
    n_plants, n_depots, n_clients = net.n_plants, net.n_depots, net.n_clients
    first = n_plants + n_depots + n_plants * n_depots
    total, weaker = 0.0, 0.0
    for client in range(n_clients):
        total += r.of_client[client] * net.demand[client]
        r.missing[client] = net.demand[client]
    weaker = total
    for depot in range(n_depots):
        n, row = 0, first + depot * n_clients
        for client in range(n_clients):
            saved = r.of_client[client] - net.cost[row + client] - r.of_depot[depot]
            if saved > 0.0:
                r.saving[n], r.amount[n] = saved, net.demand[client]
                n += 1
        own = n_plants + depot
        saved, _, _ = fill(r.saving, r.amount, n, net.capacity[own])
        r.value[own] = net.fixed[own] - saved
        r.excess[depot] = 0.0
    total += cover(
        r.value, r.units, r.chosen, n_plants, n_depots, r.need, r.table, r.taken
    )
    weaker += reduce_values(r.value, r.units, r.reduced, n_plants, n_depots, r.need)
    for depot in range(n_depots):
        own, row = n_plants + depot, first + depot * n_clients
        if not r.chosen[own]:
            continue
        n = 0
        for client in range(n_clients):
            saved = r.of_client[client] - net.cost[row + client] - r.of_depot[depot]
            if saved > 0.0:
                r.saving[n], r.amount[n] = saved, net.demand[client]
                n += 1
        _, last, partly = fill(r.saving, r.amount, n, net.capacity[own])
        for client in range(n_clients):
            saved = r.of_client[client] - net.cost[row + client] - r.of_depot[depot]
            if saved > 0.0:
                took, partly = carried(saved, net.demand[client], last, partly)
                r.missing[client] -= took
                r.excess[depot] += took
    if not staged:
        return total, weaker
    supplied, weakly = relax_plants(net, r)
    return total + supplied, weaker + weakly


@kernel
def relax_plants(net: Network, r: Relaxation) -> tuple[float, float]:
    """Do the same for the plants."""
    n_plants, n_depots = net.n_plants, net.n_depots
    first = n_plants + n_depots
    for plant in range(n_plants):
        n = 0
        for depot in range(n_depots):
            saved = r.of_depot[depot] - net.cost[first + plant * n_depots + depot]
            if saved > 0.0:
                r.saving[n], r.amount[n] = saved, net.capacity[n_plants + depot]
                n += 1
        saved, _, _ = fill(r.saving, r.amount, n, net.capacity[plant])
        r.value[plant] = net.fixed[plant] - saved
    total = cover(r.value, r.units, r.chosen, 0, n_plants, r.need, r.table, r.taken)
    weaker = reduce_values(r.value, r.units, r.reduced, 0, n_plants, r.need)
    for plant in range(n_plants):
        if not r.chosen[plant]:
            continue
        n = 0
        row = first + plant * n_depots
        for depot in range(n_depots):
            saved = r.of_depot[depot] - net.cost[row + depot]
            if saved > 0.0:
                r.saving[n], r.amount[n] = saved, net.capacity[n_plants + depot]
                n += 1
        _, last, partly = fill(r.saving, r.amount, n, net.capacity[plant])
        for depot in range(n_depots):
            saved = r.of_depot[depot] - net.cost[row + depot]
            if saved > 0.0:
                units = net.capacity[n_plants + depot]
                took, partly = carried(saved, units, last, partly)
                r.excess[depot] -= took
    return total, weaker


@kernel
def raise_multipliers(net: Network, r: Relaxation, wanted: float, staged: bool) -> None:
    """Move the multipliers along the subgradient, smoothed with the last step.

    `wanted` is the share of the distance to the target, times that distance (Polyak
    1969; the smoothing after Camerini, Fratta, Maffioli 1975).
    """
    smoothing = 0.7
    length = 1e-12
    for client in range(net.n_clients):
        r.client_step[client] = (
            smoothing * r.client_step[client] + (1.0 - smoothing) * r.missing[client]
        )
        length += r.client_step[client] ** 2
    if staged:
        for depot in range(net.n_depots):
            r.depot_step[depot] = (
                smoothing * r.depot_step[depot] + (1.0 - smoothing) * r.excess[depot]
            )
            length += r.depot_step[depot] ** 2
    step = wanted / length
    for client in range(net.n_clients):
        r.of_client[client] += step * r.client_step[client]
    if staged:
        for depot in range(net.n_depots):
            r.of_depot[depot] += step * r.depot_step[depot]

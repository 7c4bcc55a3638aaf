"""Descent over which depot serves each client, if each has one alone."""

import numpy as np
import numpy.typing as npt

from optimizer._kernels.compiling import kernel, part

__all__ = ["assigned_cost", "evacuate", "settle"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NOBODY = -1


@part
def over(load: float, capacity: float) -> float:
    """Return the units by which a depot is overloaded."""
    return load - capacity if load > capacity else 0.0


@kernel
def assigned_cost(
    cost: FloatArray,
    demand: FloatArray,
    capacity: FloatArray,
    fixed: FloatArray,
    owner: IntArray,
    load: FloatArray,
    clients: IntArray,
    penalty: float,
) -> float:
    """Count loads and clients of depots; return cost, with a penalty for overload."""
    for depot in range(capacity.size):
        load[depot] = 0.0
        clients[depot] = 0
    total = 0.0
    for client in range(demand.size):
        depot = owner[client]
        load[depot] += demand[client]
        clients[depot] += 1
        total += cost[depot, client]
    for depot in range(capacity.size):
        if clients[depot]:
            total += fixed[depot]
        total += penalty * over(load[depot], capacity[depot])
    return total


@part
def shifted(
    cost: FloatArray,
    demand: FloatArray,
    capacity: FloatArray,
    fixed: FloatArray,
    owner: IntArray,
    load: FloatArray,
    clients: IntArray,
    penalty: float,
    client: int,
    depot: int,
) -> float:
    """Return what moving a client to another depot adds to the cost."""
    old, units = owner[client], demand[client]
    added = cost[depot, client] - cost[old, client]
    if clients[depot] == 0:
        added += fixed[depot]
    if clients[old] == 1:
        added -= fixed[old]
    added += penalty * (
        over(load[depot] + units, capacity[depot])
        - over(load[depot], capacity[depot])
        + over(load[old] - units, capacity[old])
        - over(load[old], capacity[old])
    )
    return added


@part
def move(
    demand: FloatArray,
    owner: IntArray,
    load: FloatArray,
    clients: IntArray,
    client: int,
    depot: int,
) -> None:
    """Move a client to another depot."""
    old = owner[client]
    load[old] -= demand[client]
    clients[old] -= 1
    load[depot] += demand[client]
    clients[depot] += 1
    owner[client] = depot


@part
def swapped(
    cost: FloatArray,
    demand: FloatArray,
    capacity: FloatArray,
    owner: IntArray,
    load: FloatArray,
    penalty: float,
    one: int,
    other: int,
) -> float:
    """Return what exchanging the depots of two clients adds to the cost."""
    a, b = owner[one], owner[other]
    added = cost[b, one] + cost[a, other] - cost[a, one] - cost[b, other]
    units = demand[one] - demand[other]
    return added + penalty * (
        over(load[a] - units, capacity[a])
        - over(load[a], capacity[a])
        + over(load[b] + units, capacity[b])
        - over(load[b], capacity[b])
    )


@kernel
def settle(
    cost: FloatArray,
    demand: FloatArray,
    capacity: FloatArray,
    fixed: FloatArray,
    owner: IntArray,
    load: FloatArray,
    clients: IntArray,
    penalty: float,
    least: float,
    closed: int,
) -> float:
    """Move and exchange clients while that pays; return what it adds to the cost.

    `closed` is a depot that takes nobody, or -1.
    """
    total, again = 0.0, True
    while again:
        again = False
        for client in range(demand.size):
            best, to = -least, NOBODY
            for depot in range(capacity.size):
                if depot == owner[client] or depot == closed:
                    continue
                added = shifted(
                    cost, demand, capacity, fixed, owner, load, clients, penalty,
                    client, depot,
                )  # fmt: skip
                if added < best:
                    best, to = added, depot
            if to != NOBODY:
                move(demand, owner, load, clients, client, to)
                total += best
                again = True
        for one in range(demand.size):
            for other in range(one + 1, demand.size):
                if owner[one] == owner[other]:
                    continue
                added = swapped(
                    cost, demand, capacity, owner, load, penalty, one, other
                )
                if added < -least:
                    a, b = owner[one], owner[other]
                    move(demand, owner, load, clients, one, b)
                    move(demand, owner, load, clients, other, a)
                    total += added
                    again = True
    return total


@kernel
def evacuate(
    cost: FloatArray,
    demand: FloatArray,
    capacity: FloatArray,
    fixed: FloatArray,
    owner: IntArray,
    load: FloatArray,
    clients: IntArray,
    penalty: float,
    closed: int,
) -> float:
    """Move all clients of a depot to where they cost least; return what that adds."""
    total = 0.0
    for client in range(demand.size):
        if owner[client] != closed:
            continue
        best, to = 1e300, NOBODY
        for depot in range(capacity.size):
            if depot == closed:
                continue
            added = shifted(
                cost, demand, capacity, fixed, owner, load, clients, penalty,
                client, depot,
            )  # fmt: skip
            if added < best:
                best, to = added, depot
        if to != NOBODY:
            move(demand, owner, load, clients, client, to)
            total += best
    return total

"""The cheapest mix of vehicles, less load and fewer clients where a fleet is small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.routing.search.fleet import trips_of

if TYPE_CHECKING:
    from optimizer.logistics.routing.changes import RepairPrices
    from optimizer.logistics.routing.problem import FloatArray, RoutingProblem
    from optimizer.logistics.routing.problem.conflict import Conflict

__all__ = ["Room", "least_room"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What makes up for what a fleet is short of.

    Parameters
    ----------
    out
        Clients to leave out; of a shipment one end.
    kind
        Type of vehicle.
    more
        How many more of it, >= 0.
    cut
        Units of load that are not carried, >= 0.
    price
        Of all.
    """

    out: tuple[int, ...]
    kind: int
    more: int
    cut: int
    price: float


def least_room(
    problem: RoutingProblem,
    conflict: Conflict,
    prices: RepairPrices,
    *,
    may_cut: bool = True,
) -> Room:
    """Return the cheapest of all mixes that have one type of vehicle.

    Clients go with their largest loads first, so for each number of them it is known
    what is left: vehicles carry it, or less is carried, or full vehicles carry their
    part and the last one's is cut. Fixed costs are of the plan, not of the price, and
    decide between mixes of the same price.

    Parameters
    ----------
    problem
        What the conflict is of.
    conflict
        Of the kind `fleet` or `routes`.
    prices
        What changes cost.
    may_cut
        Whether less may be carried.
    """
    clients, gone = _units(problem, conflict)
    left = np.maximum(conflict.missing - np.concatenate([[0], np.cumsum(gone)]), 0)
    at_most = np.arange(left.size) * float(prices.left_out)
    cut_price = float(prices.cut) if may_cut and conflict.kind == "fleet" else np.inf
    found: list[tuple[float, float, Room]] = []
    for kind in conflict.vehicles:
        room = _room(problem, conflict, kind)
        fixed = float(problem.vehicles.fixed_cost[kind])
        for more in _numbers(left, room):
            cut = np.maximum(left - more * room, 0.0)
            price = at_most + more * float(prices.vehicle)
            price[cut > 0] += cut[cut > 0] * cut_price
            at = int(np.argmin(price))
            one = Room(
                out=clients[:at],
                kind=kind,
                more=int(more[at]),
                cut=int(cut[at]),
                price=float(price[at]),
            )
            found.append((one.price, fixed * one.more, one))
    return min(found, key=lambda entry: entry[:2])[2]


def _room(problem: RoutingProblem, conflict: Conflict, kind: int) -> float:
    """Return how much of what is missing one more vehicle of a type makes up for."""
    if conflict.kind == "routes":
        return 1.0
    carried = float(problem.vehicles.capacity[kind, conflict.dimension])
    return carried * float(trips_of(problem)[kind])


def _numbers(left: FloatArray, room: float) -> list[FloatArray]:
    """Return numbers of vehicles: none, full ones alone, and enough for all."""
    none = np.zeros(left.size)
    if not room:
        return [none]
    return [none, np.floor(left / room), np.ceil(left / room)]


def _units(
    problem: RoutingProblem, conflict: Conflict
) -> tuple[tuple[int, ...], FloatArray]:
    """Return whom to leave out, largest first, and what is then missing no more.

    Both ends of a shipment go together.
    """
    shipments = problem.shipments
    other = dict(
        zip(shipments.delivery.tolist(), shipments.pickup.tolist(), strict=True)
    )
    gone: dict[int, int] = {}
    for client in conflict.group:
        load = 1
        if conflict.kind == "fleet":
            load = int(
                getattr(problem.clients, conflict.way)[client, conflict.dimension]
            )
        first = other.get(client, client)
        gone[first] = gone.get(first, 0) + load
    order = sorted(gone, key=lambda client: -gone[client])
    return tuple(order), np.array([gone[client] for client in order], dtype=np.float64)

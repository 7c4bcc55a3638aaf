"""A location problem as the network that kernels work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.location._kernels.exchange import Room
from optimizer.logistics.location._kernels.flows import Network

if TYPE_CHECKING:
    from optimizer.logistics.location._kernels.flows import Flows
    from optimizer.logistics.location.problem import FloatArray, LocationProblem

__all__ = ["network_of", "plan_of_flows", "room_of"]

PENALTY = 10.0
"""A unit through a closed facility costs that many times the dearest path: less might
pay, more takes digits from the costs."""

TOLERANCE = 1e-9
"""Share of the dearest path below which a saving is rounding."""


def network_of(problem: LocationProblem) -> Network:
    """Return the network of a problem; without plants, of one that costs nothing.

    Parameters
    ----------
    problem
        Of any kind; a single source is not in the network.
    """
    n_depots, n_clients = problem.n_depots, problem.n_clients
    n_plants = max(problem.n_plants, 1)
    total = float(problem.demand.sum())
    supply, plant, plant_cost = (
        problem.supply_cost, problem.plant_capacity, problem.plant_fixed_cost,
    )  # fmt: skip
    if problem.n_plants == 0:
        supply, plant = np.zeros((1, n_depots)), np.array([total])
        plant_cost = np.zeros(1)
    asked = problem.demand > 0.0
    unit = problem.service_cost / np.where(asked, problem.demand, 1.0)
    entry, leave = 1 + n_plants, 1 + n_plants + n_depots
    client = leave + n_depots
    depots = np.arange(n_depots)
    tail = [
        np.zeros(n_plants), entry + depots,
        np.repeat(1 + np.arange(n_plants), n_depots),
        np.repeat(leave + depots, n_clients), np.zeros(n_clients),
    ]  # fmt: skip
    head = [
        1 + np.arange(n_plants), leave + depots, np.tile(entry + depots, n_plants),
        np.tile(client + np.arange(n_clients), n_depots),
        client + np.arange(n_clients),
    ]  # fmt: skip
    dearest = float(supply.max(initial=0.0) + unit.max(initial=0.0)) + 1.0
    cost = [
        np.zeros(n_plants + n_depots), supply.ravel(), unit.ravel(),
        np.full(n_clients, 2.0 * PENALTY * dearest),
    ]  # fmt: skip
    return Network(
        n_plants, n_depots, n_clients,
        np.concatenate([plant, problem.capacity]),
        np.concatenate([plant_cost, problem.fixed_cost]),
        problem.demand.copy(), np.concatenate(cost),
        np.concatenate(tail).astype(np.int64), np.concatenate(head).astype(np.int64),
        PENALTY * dearest, TOLERANCE * dearest,
    )  # fmt: skip


def room_of(network: Network) -> Room:
    """Return room for exchanges in a network.

    Parameters
    ----------
    network
        Any.
    """
    n_facilities = network.n_plants + network.n_depots
    widest = max(network.n_clients, network.n_depots, 1)
    largest = float(network.fixed.max(initial=1.0))
    return Room(
        float(network.demand.sum()), TOLERANCE * max(largest, 1.0),
        np.zeros(n_facilities), np.zeros(widest), np.zeros(widest),
        network.fixed.copy(),
    )  # fmt: skip


def plan_of_flows(
    network: Network, flows: Flows, *, staged: bool
) -> tuple[FloatArray, FloatArray]:
    """Return supply in units and service in shares.

    Parameters
    ----------
    network, flows
        Fitted flows.
    staged
        Whether the problem has plants.
    """
    n_plants, n_depots, n_clients = (
        network.n_plants, network.n_depots, network.n_clients,
    )  # fmt: skip
    on_arc = np.zeros(network.tail.size)
    on_arc[flows.arc[1:]] = np.maximum(flows.flow[1:], 0.0)
    first = n_plants + n_depots
    last = first + n_plants * n_depots
    supply = on_arc[first:last].reshape(n_plants, n_depots)
    units = on_arc[last : last + n_depots * n_clients].reshape(n_depots, n_clients)
    asked = network.demand > 0.0
    service = np.where(asked, units / np.where(asked, network.demand, 1.0), 0.0)
    # Who asks for nothing is served where that costs nothing, by a depot that
    # is in use, and by the cheapest where none is.
    idle = np.flatnonzero(~asked)
    if idle.size:
        carried = units.sum(axis=1)
        fixed = network.fixed[n_plants:]
        row = np.argmax(carried) if carried.any() else np.argmin(fixed)
        service[int(row), idle] = 1.0
    return supply if staged else np.empty((0, n_depots)), service

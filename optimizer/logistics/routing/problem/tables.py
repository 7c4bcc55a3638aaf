"""The tables of a routing problem, each validated by itself.

What they mean together is said in `optimizer.logistics.routing.problem`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.logistics.routing.problem.columns import (
    LATEST,
    BoolArray,
    IntArray,
    freeze,
    no_flags,
    no_numbers,
    no_table,
    require,
)

__all__ = ["Breaks", "Clients", "Depots", "Lock", "Shipments", "Vehicles"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Depots:
    """Where vehicles start, end and load again.

    Parameters
    ----------
    location
        ndarray of shape (n_depots,), int64: row of the matrices.
    open, close
        ndarrays of shape (n_depots,), int64: ticks between which a vehicle may leave,
        load and come back. Default: always.
    service
        ndarray of shape (n_depots,), int64: ticks that a start and each loading takes.
        Default 0.
    """

    location: IntArray
    open: IntArray = field(default_factory=no_numbers)
    close: IntArray = field(default_factory=no_numbers)
    service: IntArray = field(default_factory=no_numbers)

    def __post_init__(self) -> None:
        defaults = {"location": None, "open": 0, "close": LATEST, "service": 0}
        freeze(self, defaults, np.size(self.location))
        for name in defaults:
            require(self, name, low=0)

    def __len__(self) -> int:
        """Return the number of depots."""
        return self.location.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clients:
    """What is to be visited, once each.

    Parameters
    ----------
    location
        ndarray of shape (n_clients,), int64: row of the matrices.
    delivery
        ndarray of shape (n_clients, n_dimensions), int64: brought from the depot.
    pickup
        ndarray of shape (n_clients, n_dimensions), int64: taken back to it.
    service
        ndarray of shape (n_clients,), int64: ticks a visit takes. Default 0.
    open, close
        ndarrays of shape (n_clients,), int64: ticks between which a visit may begin;
        who comes early waits. Default: always.
    release
        ndarray of shape (n_clients,), int64: the trip that serves the client leaves its
        depot no earlier. Default 0.
    prize
        ndarray of shape (n_clients,), int64: cost of leaving out an optional client.
        Default 0.
    required
        ndarray of shape (n_clients,), bool: whether it must be visited. Default True.
    skills
        ndarray of shape (n_clients, n_skills), bool: what its vehicle must have.
        Default: nothing.
    """

    location: IntArray
    delivery: IntArray = field(default_factory=no_table)
    pickup: IntArray = field(default_factory=no_table)
    service: IntArray = field(default_factory=no_numbers)
    open: IntArray = field(default_factory=no_numbers)
    close: IntArray = field(default_factory=no_numbers)
    release: IntArray = field(default_factory=no_numbers)
    prize: IntArray = field(default_factory=no_numbers)
    required: BoolArray = field(default_factory=no_flags)
    skills: BoolArray = field(default_factory=no_flags)

    def __post_init__(self) -> None:
        delivery, pickup = np.shape(self.delivery), np.shape(self.pickup)
        dimensions = max(delivery[1:] + pickup[1:])
        numbers = {"location": None, "service": 0, "open": 0, "close": LATEST}
        numbers |= {"release": 0, "prize": 0}
        amounts = {
            name: np.zeros(dimensions, dtype=np.int64)
            for name in ("delivery", "pickup")
        }
        skills = np.zeros(np.shape(self.skills)[1:] or (0,), dtype=np.bool_)
        freeze(
            self,
            {**numbers, **amounts, "required": True, "skills": skills},
            np.size(self.location),
        )
        for name in (*numbers, *amounts):
            require(self, name, low=0)

    def __len__(self) -> int:
        """Return the number of clients."""
        return self.location.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vehicles:
    """Types of vehicles, and how many there are of each.

    Parameters
    ----------
    available
        ndarray of shape (n_types,), int64: vehicles of the type.
    capacity
        ndarray of shape (n_types, n_dimensions), int64: most load at any time.
    start, end
        ndarrays of shape (n_types,), int64: depots. Default 0.
    fixed_cost
        ndarray of shape (n_types,), int64: cost of a vehicle that is used. Default 0.
    distance_cost, duration_cost
        ndarrays of shape (n_types,), int64: cost of a unit of distance, and of a tick
        between leaving and coming back. Default 1 and 0.
    open, close
        ndarrays of shape (n_types,), int64: ticks of the shift. Default: always.
    max_duration, max_distance
        ndarrays of shape (n_types,), int64: limits of a route. Default: none.
    max_reloads
        ndarray of shape (n_types,), int64: how often a vehicle may load again, at a
        depot of `reload`. Default: without limit.
    reload
        ndarray of shape (n_types, n_depots), bool: where it may. Default: nowhere.
    profile
        ndarray of shape (n_types,), int64: which matrices hold. Default 0.
    skills
        ndarray of shape (n_types, n_skills), bool: what vehicle and driver have.
    """

    available: IntArray
    capacity: IntArray = field(default_factory=no_table)
    start: IntArray = field(default_factory=no_numbers)
    end: IntArray = field(default_factory=no_numbers)
    fixed_cost: IntArray = field(default_factory=no_numbers)
    distance_cost: IntArray = field(default_factory=no_numbers)
    duration_cost: IntArray = field(default_factory=no_numbers)
    open: IntArray = field(default_factory=no_numbers)
    close: IntArray = field(default_factory=no_numbers)
    max_duration: IntArray = field(default_factory=no_numbers)
    max_distance: IntArray = field(default_factory=no_numbers)
    max_reloads: IntArray = field(default_factory=no_numbers)
    reload: BoolArray = field(default_factory=no_flags)
    profile: IntArray = field(default_factory=no_numbers)
    skills: BoolArray = field(default_factory=no_flags)

    def __post_init__(self) -> None:
        numbers = {"available": None, "start": 0, "end": 0, "fixed_cost": 0}
        numbers |= {"distance_cost": 1, "duration_cost": 0, "open": 0, "close": LATEST}
        numbers |= {"max_duration": LATEST, "max_distance": LATEST}
        numbers |= {"max_reloads": LATEST, "profile": 0}
        tables = {
            "capacity": np.zeros(np.shape(self.capacity)[1:] or (0,), dtype=np.int64)
        } | {
            name: np.zeros(np.shape(getattr(self, name))[1:] or (0,), dtype=np.bool_)
            for name in ("reload", "skills")
        }
        freeze(self, {**numbers, **tables}, np.size(self.available))
        for name in (*numbers, "capacity"):
            require(self, name, low=0)

    def __len__(self) -> int:
        """Return the number of types."""
        return self.available.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shipments:
    """Goods that go from one client to another, on one vehicle.

    Both clients are rows of `Clients` that take and bring nothing else.

    Parameters
    ----------
    pickup, delivery
        ndarrays of shape (n_shipments,), int64: clients. Whether the pickup is required
        and what its prize is holds for the shipment.
    amount
        ndarray of shape (n_shipments, n_dimensions), int64: load in between.
    """

    pickup: IntArray = field(default_factory=no_numbers)
    delivery: IntArray = field(default_factory=no_numbers)
    amount: IntArray = field(default_factory=no_table)

    def __post_init__(self) -> None:
        row = np.zeros(np.shape(self.amount)[1:] or (0,), dtype=np.int64)
        columns = {"pickup": None, "delivery": None, "amount": row}
        freeze(self, columns, np.size(self.pickup))
        for name in columns:
            require(self, name, low=0)

    def __len__(self) -> int:
        """Return the number of shipments."""
        return self.pickup.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Breaks:
    """When drivers rest.

    Parameters
    ----------
    vehicle
        ndarray of shape (n_breaks,), int64: type of vehicle; each of its routes takes
        the break.
    earliest, latest
        ndarrays of shape (n_breaks,), int64: ticks between which it begins.
    duration
        ndarray of shape (n_breaks,), int64: ticks it takes, >= 1.
    """

    vehicle: IntArray = field(default_factory=no_numbers)
    earliest: IntArray = field(default_factory=no_numbers)
    latest: IntArray = field(default_factory=no_numbers)
    duration: IntArray = field(default_factory=no_numbers)

    def __post_init__(self) -> None:
        columns = dict.fromkeys(("vehicle", "earliest", "latest", "duration"))
        freeze(self, columns, np.size(self.vehicle))
        for name in columns:
            require(self, name, low=int(name == "duration"))

    def __len__(self) -> int:
        """Return the number of breaks."""
        return self.vehicle.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Visits that stay: one vehicle begins with them, in this order.

    Parameters
    ----------
    vehicle
        Type of the vehicle.
    visits
        Clients, at least one.
    """

    vehicle: int
    visits: tuple[int, ...]

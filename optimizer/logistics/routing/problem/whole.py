"""A routing problem as a whole: what its tables must have in common."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from itertools import pairwise

import numpy as np

from optimizer.errors import ProblemError
from optimizer.logistics.routing.problem.columns import (
    MOST,
    BoolArray,
    FloatArray,
    IntArray,
)
from optimizer.logistics.routing.problem.tables import (
    Breaks,
    Clients,
    Depots,
    Lock,
    Shipments,
    Vehicles,
)

__all__ = ["Names", "RoutingProblem"]

MATRICES_AXES = 3
"""Matrices have a profile, a location from and a location to."""

PLANE = 2
"""Coordinates of a place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a planner calls things; empty for numbers.

    Parameters
    ----------
    depots, clients, vehicles, skills, dimensions
        A name for each row.
    """

    depots: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    vehicles: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()

    def of(self, kind: str, row: int) -> str:
        """Return the name of a row, its number from 0 if it has none.

        Parameters
        ----------
        kind
            A field, such as `clients`.
        row
            Row of the table.
        """
        names = getattr(self, kind)
        return str(names[row]) if names else str(row)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoutingProblem:
    """A routing problem, valid by construction.

    Parameters
    ----------
    depots, clients, vehicles
        What is there.
    distance, duration
        ndarrays of shape (n_profiles, n_locations, n_locations), int64: from row to
        column, >= 0.
    shipments
        Goods from client to client.
    breaks
        When drivers rest.
    locks
        Visits that stay.
    linehaul_first
        Whether each trip brings before it takes: clients with a pickup come after those
        with a delivery, and no trip has pickups alone. Else both are mixed at will.
    scale
        Units of cost in one unit of the objective that is reported, > 0.
    place
        ndarray of shape (n_locations, 2), float64: for maps; empty for none.
    names
        For reports.

    Raises
    ------
    ProblemError
        If an entry is not allowed: names it.
    """

    depots: Depots
    clients: Clients
    vehicles: Vehicles
    distance: IntArray
    duration: IntArray
    shipments: Shipments = field(default_factory=Shipments)
    breaks: Breaks = field(default_factory=Breaks)
    locks: tuple[Lock, ...] = ()
    linehaul_first: bool = False
    scale: float = 1.0
    place: FloatArray = field(default_factory=lambda: np.empty((0, PLANE)))
    names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        self._freeze()
        self._judge_sizes()
        self._judge_references()
        self._judge_shipments()
        self._judge_locks()
        self._judge_names()

    @property
    def n_clients(self) -> int:
        """Number of clients."""
        return len(self.clients)

    @property
    def n_dimensions(self) -> int:
        """Number of kinds of load."""
        return int(self.vehicles.capacity.shape[1])

    @property
    def n_locations(self) -> int:
        """Number of places that the matrices know."""
        return int(self.distance.shape[1])

    @property
    def n_skills(self) -> int:
        """Number of skills that somebody has or needs."""
        return int(max(self.vehicles.skills.shape[1], self.clients.skills.shape[1]))

    def allowed(self) -> BoolArray:
        """Return which client each type of vehicle has the skills for.

        Returns
        -------
        ndarray of shape (n_types, n_clients), bool
        """
        missing = self.clients.skills[None, :, :] & ~self.vehicles.skills[:, None, :]
        return np.asarray(~missing.any(axis=2))

    def _freeze(self) -> None:
        for name in ("distance", "duration"):
            matrices = np.array(getattr(self, name))
            if matrices.dtype.kind not in "iu" or matrices.ndim != MATRICES_AXES:
                message = (
                    f"{name} must be whole numbers of shape (n_profiles, n_locations, "
                    f"n_locations), was {matrices.dtype} of {matrices.shape}"
                )
                raise ProblemError(message)
            matrices = matrices.astype(np.int64)
            matrices.setflags(write=False)
            object.__setattr__(self, name, matrices)
        place = np.array(self.place, dtype=np.float64).reshape(-1, PLANE)
        place.setflags(write=False)
        object.__setattr__(self, "place", place)
        object.__setattr__(self, "locks", tuple(self.locks))

    def _judge_sizes(self) -> None:
        n = self.distance.shape[1]
        for name in ("distance", "duration"):
            matrices = getattr(self, name)
            if matrices.shape != (self.distance.shape[0], n, n) or not matrices.size:
                message = f"{name} must be square and not empty, was {matrices.shape}"
                raise ProblemError(message)
            wrong = np.argwhere((matrices < 0) | (matrices > MOST))
            if wrong.size:
                profile, row, column = wrong[0].tolist()
                message = (
                    f"{name} of profile {profile} from {row} to {column} must be in "
                    f"0..{MOST}, was {matrices[profile, row, column]}"
                )
                raise ProblemError(message)
        if self.place.shape[0] not in {0, n}:
            message = f"place must have {n} rows or none, had {self.place.shape[0]}"
            raise ProblemError(message)
        if not self.scale > 0:
            message = f"scale must be > 0, was {self.scale}"
            raise ProblemError(message)
        if not len(self.depots) or not len(self.vehicles):
            message = "a routing problem needs a depot and a type of vehicle"
            raise ProblemError(message)
        if not self.vehicles.available.any():
            message = "vehicles.available must be >= 1 for a type at least, all were 0"
            raise ProblemError(message)

    def _judge_references(self) -> None:
        places, types = self.n_locations, len(self.vehicles)
        dimensions, skills = self.n_dimensions, self.n_skills
        _below("depots.location", self.depots.location, places)
        _below("clients.location", self.clients.location, places)
        _below("vehicles.start", self.vehicles.start, len(self.depots))
        _below("vehicles.end", self.vehicles.end, len(self.depots))
        _below("vehicles.profile", self.vehicles.profile, self.distance.shape[0])
        _below("breaks.vehicle", self.breaks.vehicle, types)
        widths = [
            ("clients.delivery", self.clients.delivery, dimensions),
            ("clients.pickup", self.clients.pickup, dimensions),
            ("clients.skills", self.clients.skills, skills),
            ("vehicles.skills", self.vehicles.skills, skills),
        ]
        if len(self.shipments):
            widths.append(("shipments.amount", self.shipments.amount, dimensions))
        if self.vehicles.reload.shape[1]:
            widths.append(("vehicles.reload", self.vehicles.reload, len(self.depots)))
        for name, table, width in widths:
            if len(table) and table.shape[1] not in {0, width}:
                message = f"{name} must have {width} columns, had {table.shape[1]}"
                raise ProblemError(message)
        self._widen()

    def _widen(self) -> None:
        """Give tables without columns those of the vehicles, empty."""
        for table, name, width in (
            (self.clients, "delivery", self.n_dimensions),
            (self.clients, "pickup", self.n_dimensions),
            (self.clients, "skills", self.n_skills),
            (self.vehicles, "skills", self.n_skills),
            (self.shipments, "amount", self.n_dimensions),
            (self.vehicles, "reload", len(self.depots)),
        ):
            column = getattr(table, name)
            if column.shape[1] == 0 and width:
                wide = np.zeros((len(table), width), dtype=column.dtype)
                wide.setflags(write=False)
                object.__setattr__(table, name, wide)

    def _judge_shipments(self) -> None:
        ends = np.concatenate([self.shipments.pickup, self.shipments.delivery])
        _below("shipments", ends, self.n_clients)
        rows, counts = np.unique(ends, return_counts=True)
        twice = rows[counts > 1].tolist()
        if twice:
            message = f"client {twice[0]} belongs to more than one end of a shipment"
            raise ProblemError(message)
        loaded = self.clients.delivery[ends].any(1) | self.clients.pickup[ends].any(1)
        if loaded.any():
            client = int(ends[loaded][0])
            message = (
                f"client {client} is an end of a shipment, so its delivery and pickup "
                "must be 0"
            )
            raise ProblemError(message)

    def _judge_locks(self) -> None:
        paired = {*self.shipments.pickup.tolist(), *self.shipments.delivery.tolist()}
        seen: set[int] = set()
        used = np.zeros(len(self.vehicles), dtype=np.int64)
        for row, lock in enumerate(self.locks):
            if not 0 <= lock.vehicle < len(self.vehicles):
                message = f"lock {row}: vehicle {lock.vehicle} is none of the types"
                raise ProblemError(message)
            used[lock.vehicle] += 1
            for client in lock.visits:
                if not 0 <= client < self.n_clients or client in seen | paired:
                    message = (
                        f"lock {row}: visit {client} must be a client, in no other "
                        "lock and no end of a shipment"
                    )
                    raise ProblemError(message)
                seen.add(client)
            if not lock.visits:
                message = f"lock {row} must have a visit"
                raise ProblemError(message)
        over = np.flatnonzero(used > self.vehicles.available)
        if over.size:
            kind = int(over[0])
            message = (
                f"vehicle {kind}: {used[kind]} locks, but only "
                f"{self.vehicles.available[kind]} available"
            )
            raise ProblemError(message)

    def _judge_names(self) -> None:
        sizes = {
            "depots": len(self.depots),
            "clients": self.n_clients,
            "vehicles": len(self.vehicles),
            "skills": self.n_skills,
            "dimensions": self.n_dimensions,
        }
        for entry in fields(Names):
            names = getattr(self.names, entry.name)
            if names and len(names) != sizes[entry.name]:
                message = (
                    f"names.{entry.name} must have {sizes[entry.name]} names or none, "
                    f"had {len(names)}"
                )
                raise ProblemError(message)
        order = self.breaks
        for row in range(len(order)):
            if order.earliest[row] > order.latest[row]:
                message = (
                    f"break {row}: earliest {order.earliest[row]} must not be after "
                    f"latest {order.latest[row]}"
                )
                raise ProblemError(message)
        for kind in range(len(self.vehicles)):
            rows = np.flatnonzero(order.vehicle == kind)
            ends = order.latest[rows] + order.duration[rows]
            for (_, end), (after, _) in pairwise(
                sorted(zip(order.earliest[rows].tolist(), ends.tolist(), strict=True))
            ):
                if after < end:
                    message = (
                        f"vehicle {kind}: a break may begin at {after}, before the one "
                        f"before it must have ended at {end}"
                    )
                    raise ProblemError(message)


def _below(name: str, column: IntArray, limit: int) -> None:
    wrong = np.flatnonzero(column >= limit)
    if wrong.size:
        row = int(wrong[0])
        message = f"{name}[{row}] must be in 0..{limit - 1}, was {column[row]}"
        raise ProblemError(message)

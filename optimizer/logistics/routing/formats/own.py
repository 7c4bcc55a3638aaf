"""Own format: a JSON document in a planner's words, things called by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np

from optimizer.documents import named
from optimizer.errors import ProblemError
from optimizer.logistics.routing.formats.text import euclidean, rounded
from optimizer.logistics.routing.problem import (
    LATEST,
    Breaks,
    Clients,
    Depots,
    IntArray,
    Lock,
    Names,
    RoutingProblem,
    Shipments,
    Vehicles,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["read_own"]

INTEGER = 2**63 - 1
"""Largest number that an array of whole numbers holds."""

Whole = Annotated[int, msgspec.Meta(ge=-INTEGER, le=INTEGER)]
"""A whole number of 64 bits."""

Amounts = Whole | list[Whole]
"""One number where there is one kind of load, else one for each."""

Matrices = list[list[Any]]
"""One matrix, or one for each profile."""


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class _Depot(_Struct, frozen=True):
    name: str
    x: float = 0.0
    y: float = 0.0
    open: Whole = 0
    close: Whole = LATEST
    service: Whole = 0


class _Client(_Struct, frozen=True):
    name: str
    x: float = 0.0
    y: float = 0.0
    delivery: Amounts = 0
    pickup: Amounts = 0
    service: Whole = 0
    open: Whole = 0
    close: Whole = LATEST
    release: Whole = 0
    prize: Whole | None = None
    skills: list[str] = []


class _Break(_Struct, frozen=True):
    earliest: Whole
    latest: Whole
    duration: Whole


class _Vehicle(_Struct, frozen=True):
    name: str
    capacity: Amounts
    available: Whole = 1
    start: str | None = None
    end: str | None = None
    fixed_cost: Whole = 0
    distance_cost: Whole = 1
    duration_cost: Whole = 0
    open: Whole = 0
    close: Whole = LATEST
    max_duration: Whole = LATEST
    max_distance: Whole = LATEST
    max_reloads: Whole = LATEST
    reload: list[str] = []
    profile: Whole = 0
    skills: list[str] = []
    breaks: list[_Break] = []


class _Shipment(_Struct, frozen=True):
    pickup: str
    delivery: str
    amount: Amounts


class _Lock(_Struct, frozen=True):
    vehicle: str
    visits: list[str]


class _Document(_Struct, frozen=True):
    depots: list[_Depot]
    clients: list[_Client]
    vehicles: list[_Vehicle]
    shipments: list[_Shipment] = []
    locks: list[_Lock] = []
    distance: Matrices = []
    duration: Matrices = []
    linehaul_first: bool = False
    scale: float = 1.0
    loads: list[str] = []


def read_own(text: str, name: str) -> RoutingProblem:
    """Return the problem of a document.

    Parameters
    ----------
    text
        JSON with `depots`, `clients` and `vehicles`, and what docs/routing.md lists.
        Without `distance`, places are joined in a straight line, rounded; without
        `duration`, a unit of distance takes a tick. Rows of matrices are the depots,
        then the clients.
    name
        What errors call it.

    Raises
    ------
    ProblemError
        If it is not of this form, or names something unknown.
    """
    with named(name):
        return _problem(msgspec.json.decode(text, type=_Document))


def _problem(document: _Document) -> RoutingProblem:
    for kind in ("depots", "vehicles"):
        if not getattr(document, kind):
            message = f"{kind} must not be empty: a plan needs at least one"
            raise ProblemError(message)
    n_depots = len(document.depots)
    depots, clients = _rows(document.depots, "depot"), _rows(document.clients, "client")
    vehicles = _rows(document.vehicles, "vehicle")
    skills = sorted({s for v in document.vehicles for s in v.skills}
                    | {s for c in document.clients for s in c.skills})  # fmt: skip
    width = max((len(_amounts(v.capacity)) for v in document.vehicles), default=1)
    points = [(d.x, d.y) for d in document.depots]
    points += [(c.x, c.y) for c in document.clients]
    place = np.array(points, dtype=np.float64).reshape(-1, 2)
    distance = _matrices(
        "distance", document.distance, rounded(euclidean(place), "round")
    )
    duration = _matrices("duration", document.duration, distance)
    return RoutingProblem(
        depots=Depots(
            location=np.arange(n_depots), **_columns(document.depots, Depots)
        ),
        clients=_clients(document, width, skills),
        vehicles=_vehicles(document, depots, skills),
        distance=distance,
        duration=duration,
        shipments=_shipments(document, clients, width),
        breaks=_breaks(document),
        locks=tuple(
            Lock(
                vehicle=_row(vehicles, lock.vehicle, "vehicle"),
                visits=tuple(_row(clients, visit, "client") for visit in lock.visits),
            )
            for lock in document.locks
        ),
        linehaul_first=document.linehaul_first,
        scale=document.scale,
        place=place if place.any() else np.empty((0, 2)),
        names=Names(
            depots=tuple(depots),
            clients=tuple(clients),
            vehicles=tuple(vehicles),
            skills=tuple(skills),
            dimensions=tuple(document.loads),
        ),
    )


def _rows(records: list[Any], kind: str) -> dict[str, int]:
    rows: dict[str, int] = {}
    for record in records:
        if record.name in rows:
            message = f"{kind} {record.name!r} is named twice"
            raise ProblemError(message)
        rows[record.name] = len(rows)
    return rows


def _row(rows: dict[str, int], name: str, kind: str) -> int:
    if name not in rows:
        message = f"{kind} {name!r} is not one of {', '.join(list(rows)[:8])}"
        raise ProblemError(message)
    return rows[name]


def _columns(records: list[Any], table: type) -> dict[str, Any]:
    """Return the fields that records and a table share, as columns."""
    plain = {"open", "close", "service", "release", "available", "profile"}
    plain |= {"fixed_cost", "distance_cost", "duration_cost"}
    plain |= {"max_duration", "max_distance", "max_reloads"}
    if not records:
        return {}
    shared = plain & set(table.__dataclass_fields__) & set(records[0].__struct_fields__)  # type: ignore[attr-defined]
    return {
        key: np.array([getattr(r, key) for r in records], dtype=np.int64)
        for key in sorted(shared)
    }


def _amounts(value: Amounts) -> list[int]:
    return value if isinstance(value, list) else [value]


def _table(values: list[Amounts], width: int, what: str) -> IntArray:
    rows = []
    for value in values:
        row = [0] * width if value == 0 else _amounts(value)
        if len(row) != width:
            message = f"{what} must have {width} amounts, had {len(row)}"
            raise ProblemError(message)
        rows.append(row)
    return np.array(rows, dtype=np.int64).reshape(len(rows), width)


def _clients(document: _Document, width: int, skills: list[str]) -> Clients:
    records = document.clients
    needed = [[skill in c.skills for skill in skills] for c in records]
    return Clients(
        location=np.arange(len(records)) + len(document.depots),
        delivery=_table([c.delivery for c in records], width, "delivery of a client"),
        pickup=_table([c.pickup for c in records], width, "pickup of a client"),
        prize=np.array([c.prize or 0 for c in records], dtype=np.int64),
        required=np.array([c.prize is None for c in records], dtype=np.bool_),
        skills=np.array(needed, dtype=np.bool_).reshape(len(records), len(skills)),
        **_columns(records, Clients),
    )


def _vehicles(
    document: _Document, depots: dict[str, int], skills: list[str]
) -> Vehicles:
    records = document.vehicles
    width = max((len(_amounts(v.capacity)) for v in records), default=1)
    first = next(iter(depots), "")
    have = [[skill in v.skills for skill in skills] for v in records]
    reload_ = np.zeros((len(records), len(depots)), dtype=np.bool_)
    for row, vehicle in enumerate(records):
        for depot in vehicle.reload:
            reload_[row, _row(depots, depot, "depot")] = True
    start = [_row(depots, v.start or first, "depot") for v in records]
    end = [_row(depots, v.end or v.start or first, "depot") for v in records]
    return Vehicles(
        capacity=_table([v.capacity for v in records], width, "capacity of a vehicle"),
        start=np.array(start, dtype=np.int64),
        end=np.array(end, dtype=np.int64),
        reload=reload_,
        skills=np.array(have, dtype=np.bool_).reshape(len(records), len(skills)),
        **_columns(records, Vehicles),
    )


def _shipments(document: _Document, clients: dict[str, int], width: int) -> Shipments:
    records = document.shipments
    return Shipments(
        pickup=_ints(_row(clients, s.pickup, "client") for s in records),
        delivery=_ints(_row(clients, s.delivery, "client") for s in records),
        amount=_table([s.amount for s in records], width, "amount of a shipment"),
    )


def _breaks(document: _Document) -> Breaks:
    rows = [(at, b) for at, v in enumerate(document.vehicles) for b in v.breaks]
    return Breaks(
        vehicle=_ints(at for at, _ in rows),
        earliest=_ints(b.earliest for _, b in rows),
        latest=_ints(b.latest for _, b in rows),
        duration=_ints(b.duration for _, b in rows),
    )


def _ints(values: Iterable[int]) -> IntArray:
    return np.array(list(values), dtype=np.int64)


def _matrices(what: str, given: Matrices, default: IntArray) -> IntArray:
    if not given:
        return default.reshape(-1, *default.shape[-2:])
    several = any(isinstance(entry, list) for row in given for entry in row)
    form: Any = list[list[list[Whole]]] if several else list[list[Whole]]
    try:
        matrices = np.array(msgspec.convert(given, form), dtype=np.int64)
    except msgspec.ValidationError as error:
        message = f"{what}: {error}"
        raise ProblemError(message) from error
    except ValueError as error:
        message = f"{what}: the rows of a matrix must be equally long: {error}"
        raise ProblemError(message) from error
    return matrices.reshape(-1, *matrices.shape[-2:])

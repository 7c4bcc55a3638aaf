"""VRPLIB, also in the dialect of PyVRP: fleets, depots, trips, backhauls, shipments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.routing.formats.sections import Sections, read_sections
from optimizer.logistics.routing.formats.text import Rounding, rounded
from optimizer.logistics.routing.problem import (
    LATEST,
    Clients,
    Depots,
    Names,
    RoutingProblem,
    Shipments,
    Vehicles,
)

if TYPE_CHECKING:
    from optimizer.logistics.routing.problem import FloatArray, IntArray

__all__ = ["read_vrplib"]

_KINDS: dict[str, tuple[Rounding, float]] = {
    "VRPTW": ("dimacs", 10.0),
    "PCVRPTW": ("dimacs", 1.0),
    "MTVRPTWR": ("dimacs", 1.0),
    "HFVRP": ("exact", 100_000.0),
    "MDVRPTW": ("exact", 1.0),
    "SDVRPTW": ("exact", 1.0),
    "PDPTW": ("exact", 1.0),
}
"""How published values of a kind are rounded, and what one unit of them is. Other kinds
have whole distances. Distance costs of the heterogeneous fleets are in hundredths."""

_UNITS: dict[Rounding, float] = {"dimacs": 10.0, "exact": 1000.0}
"""Whole numbers in 1; with the other roundings it is one."""

SAME = 1e-6
"""What a whole number of units may be off: decimals have no exact binary form."""

_KNOWN = (
    "BACKHAUL",
    "CAPACITY",
    "DEMAND",
    "DEPOT",
    "EDGE_WEIGHT",
    "LINEHAUL",
    "NODE_COORD",
    "PICKUP_AND_DELIVERY",
    "PRIZE",
    "RELEASE_TIME",
    "SERVICE_TIME",
    "TIME_WINDOW",
    "VEHICLES_ALLOWED_CLIENTS",
    "VEHICLES_DEPOT",
    "VEHICLES_FIXED_COST",
    "VEHICLES_MAX_DISTANCE",
    "VEHICLES_MAX_DURATION",
    "VEHICLES_MAX_RELOADS",
    "VEHICLES_RELOAD_DEPOT",
    "VEHICLES_UNIT_DISTANCE_COST",
)
"""Sections that are understood."""

MOST_VEHICLES = 1_000_000
"""Each has a row of its own before they are grouped by type."""

WINDOW_COLUMNS = 2
"""Earliest and latest begin."""

SHIPMENT_COLUMNS = 6
"""Demand, window (two), service, location picked up from, location brought to."""


@dataclass(frozen=True, slots=True)
class _Reader:
    text: Sections
    rounding: Rounding
    n: int
    n_depots: int
    n_vehicles: int

    def times(self, values: FloatArray) -> IntArray:
        """Round, and take what is too large as no limit."""
        if not np.isfinite(values).all():
            values = np.nan_to_num(values, posinf=LATEST)
        return np.minimum(rounded(np.minimum(values, LATEST), self.rounding), LATEST)

    def loads(self, values: FloatArray, what: str) -> IntArray:
        """Count in the unit that amounts are rounded to, and lose nothing."""
        units = values * _UNITS.get(self.rounding, 1.0)
        wrong = values[np.abs(units - np.round(units)) > SAME]
        if wrong.size:
            least = 1.0 / _UNITS.get(self.rounding, 1.0)
            why = f"{what} must be a multiple of {least:g}, was {wrong[0]:.9g}"
            raise self.text.refuse(why)
        return self.times(values)

    def each_vehicle(self, key: str, default: float) -> FloatArray:
        return self.text.column(key, self.n_vehicles, default)


def read_vrplib(
    text: str, name: str, *, rounding: Rounding | None = None
) -> RoutingProblem:
    """Return the problem of a text.

    Parameters
    ----------
    text
        VRPLIB: specifications, then sections.
    name
        What errors call it.
    rounding
        Of all amounts; None takes what published values of its `TYPE` were made with.

    Raises
    ------
    ProblemError
        If the text is not of this form, or has a section that is not understood.

    References
    ----------
    Uchoa et al. (2017), "New benchmark instances for the capacitated vehicle routing
    problem", EJOR 257(3); Wouda, Lan, Kool (2024), "PyVRP: a high-performance VRP
    solver package", INFORMS Journal on Computing 36(4), for its dialect.
    """
    sections = read_sections(text, name)
    kind = sections.text("TYPE").upper()
    published, scale = _KINDS.get(kind, ("round", 1.0))
    if rounding is not None and rounding != published:
        scale = _UNITS.get(rounding, 1.0)
    reader = _reader(sections, rounding or published)
    distance = reader.times(sections.matrix(reader.n))[None]
    shipments, clients = _clients(reader)
    place = sections.table("NODE_COORD", reader.n)
    labels = [str(location) for location in range(reader.n)]
    return RoutingProblem(
        depots=_depots(reader),
        clients=clients,
        vehicles=_vehicles(reader, clients),
        distance=distance,
        duration=distance,
        shipments=shipments,
        linehaul_first=kind == "VRPB",
        scale=scale,
        place=np.empty((0, 2)) if place is None else place,
        names=Names(
            depots=tuple(labels[: reader.n_depots]),
            clients=tuple(labels[reader.n_depots :]),
        ),
    )


def _reader(sections: Sections, rounding: Rounding) -> _Reader:
    n = sections.whole("DIMENSION")
    if n is None or n < 1:
        why = f"DIMENSION must be a whole number >= 1, was {n}"
        raise sections.refuse(why)
    if "MUTUALLY_EXCLUSIVE_GROUP" in sections.rows:
        why = "MUTUALLY_EXCLUSIVE_GROUP_SECTION is not supported"
        raise sections.refuse(why)
    if unknown := [f"{key}_SECTION" for key in sections.rows if key not in _KNOWN]:
        why = f"{unknown[0]} is not supported, known are {', '.join(_KNOWN)}"
        raise sections.refuse(why)
    given = sum(len(row) for rows in sections.rows.values() for row in rows)
    if n > 1 + given:
        why = f"DIMENSION is {n}, but the sections have only {given} numbers"
        raise sections.refuse(why)
    return _Reader(sections, rounding, n, *_sizes(sections, n))


def _sizes(sections: Sections, n: int) -> tuple[int, int]:
    """Return how many depots and vehicles there are."""
    depots = [
        int(value) for row in sections.rows.get("DEPOT", [[1.0]]) for value in row
    ]
    depots = [depot for depot in depots if depot != -1]
    if depots != list(range(1, len(depots) + 1)) or not depots:
        why = f"DEPOT_SECTION must be 1, 2, ..., was {depots}"
        raise sections.refuse(why)
    vehicles = sections.whole("VEHICLES")
    if vehicles is None:
        return len(depots), max(n - len(depots), 1)
    if not 1 <= vehicles <= MOST_VEHICLES:
        why = f"VEHICLES must be in 1..{MOST_VEHICLES}, was {vehicles}"
        raise sections.refuse(why)
    return len(depots), vehicles


def _pairs(reader: _Reader) -> FloatArray | None:
    """Return the table of shipments, None where there is none."""
    table = reader.text.table("PICKUP_AND_DELIVERY", reader.n)
    if table is not None and table.shape[1] != SHIPMENT_COLUMNS:
        why = f"PICKUP_AND_DELIVERY_SECTION must have {SHIPMENT_COLUMNS} columns"
        raise reader.text.refuse(why)
    return table


def _windows(reader: _Reader) -> IntArray:
    table = _pairs(reader)
    if table is not None:
        return reader.times(table[:, 1:3])
    table = reader.text.table("TIME_WINDOW", reader.n)
    if table is None:
        return np.tile(np.array([0, LATEST]), (reader.n, 1))
    if table.shape[1] != WINDOW_COLUMNS:
        why = (
            f"TIME_WINDOW_SECTION must have {WINDOW_COLUMNS} columns behind the "
            f"number, had {table.shape[1]}"
        )
        raise reader.text.refuse(why)
    return reader.times(table)


def _depots(reader: _Reader) -> Depots:
    windows = _windows(reader)[: reader.n_depots]
    return Depots(
        location=np.arange(reader.n_depots), open=windows[:, 0], close=windows[:, 1]
    )


def _services(reader: _Reader) -> IntArray:
    table = _pairs(reader)
    if table is not None:
        return reader.times(table[:, 3])
    return reader.times(reader.text.column("SERVICE_TIME", reader.n, 0.0))


def _clients(reader: _Reader) -> tuple[Shipments, Clients]:
    text, n, first = reader.text, reader.n, reader.n_depots
    none = np.zeros((n, 1))
    delivery = text.table("DEMAND", n)
    if delivery is None:
        delivery = text.table("LINEHAUL", n)
    pickup = text.table("BACKHAUL", n)
    delivery = none if delivery is None else delivery
    pickup = np.zeros_like(delivery) if pickup is None else pickup
    prize = reader.times(text.column("PRIZE", n, 0.0))
    windows = _windows(reader)
    shipments = _shipments(reader)
    clients = Clients(
        location=np.arange(first, n),
        delivery=reader.loads(delivery, "a demand")[first:],
        pickup=reader.loads(pickup, "a backhaul")[first:],
        service=_services(reader)[first:],
        open=windows[first:, 0],
        close=windows[first:, 1],
        release=reader.times(text.column("RELEASE_TIME", n, 0.0))[first:],
        prize=prize[first:],
        required=prize[first:] == 0,
        skills=_needed(reader),
    )
    return shipments, clients


def _shipments(reader: _Reader) -> Shipments:
    table = _pairs(reader)
    if table is None:
        return Shipments()
    rows = [row for row in range(reader.n_depots, reader.n) if table[row, 5] > 0]
    # Locations are numbered from 1, or from 0 where the depot is called 0.
    start = int(min(table[row, 5] for row in rows)) if rows else 0
    pairs = table[rows, 5].astype(np.int64)
    base = 0 if start and (table[pairs % reader.n, 4] == rows).all() else 1
    return Shipments(
        pickup=np.array(rows, dtype=np.int64) - reader.n_depots,
        delivery=pairs - base - reader.n_depots,
        amount=reader.loads(table[rows, :1], "the amount of a shipment"),
    )


def _permits(reader: _Reader) -> list[frozenset[int]]:
    """Return which locations each vehicle may visit, with the depots."""
    rows = reader.text.ragged("VEHICLES_ALLOWED_CLIENTS", reader.n_vehicles)
    everywhere = frozenset(range(reader.n))
    if rows is None:
        return [everywhere] * reader.n_vehicles
    _judge(reader, "VEHICLES_ALLOWED_CLIENTS", rows, reader.n)
    depots = frozenset(range(reader.n_depots))
    return [depots | {int(value) - 1 for value in row} for row in rows]


def _kinds_of_permits(reader: _Reader) -> list[frozenset[int]]:
    return list(dict.fromkeys(_permits(reader)))


def _needed(reader: _Reader) -> np.ndarray:
    """Return a skill for each kind of permit: needed where that kind is shut out.

    A vehicle has all of these skills but the one of its own kind.
    """
    kinds = _kinds_of_permits(reader)
    if len(kinds) == 1:
        return np.empty((0,), dtype=np.bool_)
    return np.array(
        [
            [location not in kind for kind in kinds]
            for location in range(reader.n_depots, reader.n)
        ]
    )


def _judge(reader: _Reader, key: str, rows: list[list[float]], most: int) -> None:
    """Refuse a row that names something that is not there."""
    for value in (value for row in rows for value in row):
        if value != int(value) or not 1 <= value <= most:
            why = f"{key}_SECTION must name whole numbers in 1..{most}, was {value:g}"
            raise reader.text.refuse(why)


def _vehicles(reader: _Reader, clients: Clients) -> Vehicles:
    text, n = reader.text, reader.n_vehicles
    capacity = text.table("CAPACITY", n)
    if capacity is None:
        one = text.number("CAPACITY")
        width = clients.delivery.shape[1]
        capacity = np.full((n, width), LATEST if one is None else one)
    reloads = text.ragged("VEHICLES_RELOAD_DEPOT", n) or [[]] * n
    _judge(reader, "VEHICLES_RELOAD_DEPOT", reloads, reader.n_depots)
    max_duration = reader.each_vehicle("VEHICLES_MAX_DURATION", LATEST)
    max_distance = reader.each_vehicle("VEHICLES_MAX_DISTANCE", LATEST)
    if (limit := text.number("DISTANCE")) is not None:
        max_distance = np.minimum(max_distance, limit)
    permits, kinds = _permits(reader), _kinds_of_permits(reader)
    rows = zip(
        reader.loads(capacity, "a capacity").tolist(),
        (reader.each_vehicle("VEHICLES_DEPOT", 1) - 1).tolist(),
        reader.times(reader.each_vehicle("VEHICLES_FIXED_COST", 0)).tolist(),
        reader.each_vehicle("VEHICLES_UNIT_DISTANCE_COST", 1).tolist(),
        reader.times(max_duration).tolist(),
        reader.times(max_distance).tolist(),
        reader.each_vehicle("VEHICLES_MAX_RELOADS", LATEST).tolist(),
        reloads,
        [kinds.index(permit) for permit in permits],
        strict=True,
    )
    types: dict[tuple[object, ...], int] = {}
    for capacity_, *others, reload_, permit in rows:
        key = (tuple(capacity_), *others, tuple(reload_), permit)
        types[key] = types.get(key, 0) + 1
    return _types(reader, types, len(kinds))


def _types(
    reader: _Reader, types: dict[tuple[object, ...], int], n_kinds: int
) -> Vehicles:
    columns = list(zip(*types, strict=True))
    numbers = [np.array(column, dtype=np.float64) for column in columns[1:7]]
    for values, key in zip(numbers, ("DEPOT", "", "UNIT_DISTANCE_COST"), strict=False):
        if (values != np.round(values)).any():
            why = f"VEHICLES_{key} must be whole numbers"
            raise reader.text.refuse(why)
    start, fixed, distance, max_duration, max_distance, max_reloads = (
        np.round(values).astype(np.int64) for values in numbers
    )
    reload_ = np.zeros((len(types), reader.n_depots), dtype=np.bool_)
    for row, depots in enumerate(columns[7]):
        reload_[row, [int(depot) - 1 for depot in depots]] = True
    permits = np.array(columns[8], dtype=np.int64)
    skills = permits[:, None] != np.arange(n_kinds)[None, :]
    return Vehicles(
        available=np.array(list(types.values())),
        capacity=np.array(columns[0]),
        start=start,
        end=start,
        fixed_cost=fixed,
        distance_cost=distance,
        max_duration=max_duration,
        max_distance=max_distance,
        max_reloads=np.minimum(max_reloads, LATEST),
        reload=reload_,
        skills=skills if n_kinds > 1 else np.empty((0,), dtype=np.bool_),
    )

"""Loads and trips of one depot: what goes to whom on which vehicle, and how far."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimizer import SolveOptions
from optimizer.logistics.routing import (
    Clients,
    Depots,
    RoutingProblem,
    Vehicles,
    plan_routes,
)
from twin.errors import OptionError

EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""

PARTS = 1000
"""Whole numbers in a unit of load, and metres in a kilometre."""

WORK = 400
"""Iterations of the search for a depot and a day: more than a score of drops needs."""

TINY = 1e-9

FULL_MAX = 10_000
"""Full vehicles to one place at one time; more are a mistake of units."""


def check_capacity(capacity: float) -> None:
    """Refuse what no vehicle carries.

    Parameters
    ----------
    capacity : float
        Units, finite and at least one part in `PARTS` of a unit.

    Raises
    ------
    OptionError
        If it is out of range.
    """
    if not (1.0 / PARTS <= capacity < math.inf):
        msg = f"a vehicle must carry from {1.0 / PARTS:g} units on, was {capacity}"
        raise OptionError(msg)


@dataclass(frozen=True, slots=True)
class Drop:
    """What somebody gets: degrees of latitude and longitude, and units, > 0."""

    latitude_deg: float
    longitude_deg: float
    quantity: float


@dataclass(frozen=True, slots=True)
class Trip:
    """One vehicle there and back.

    Attributes
    ----------
    stops : tuple of (int, float)
        Drop and units left there, in the order of the visits.
    distance_km : float
        From the depot and back to it, along great circles.
    """

    stops: tuple[tuple[int, float], ...]
    distance_km: float

    @property
    def load(self) -> float:
        """Units at the start."""
        return sum(quantity for _, quantity in self.stops)


def great_circle_km(
    latitude_deg: NDArray[np.float64], longitude_deg: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return distances between places on the earth.

    Parameters
    ----------
    latitude_deg, longitude_deg : ndarray of shape (n,), float64
        Degrees.

    Returns
    -------
    ndarray of shape (n, n), float64
        Kilometres, on a sphere.

    References
    ----------
    Sinnott (1984), "Virtues of the haversine", Sky and Telescope 68(2).

    Examples
    --------
    >>> km = great_circle_km(np.array([52.5, 48.1]), np.array([13.4, 11.6]))
    >>> round(float(km[0, 1]))
    506
    """
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    north = np.sin((latitude[:, None] - latitude) / 2.0) ** 2
    east = np.sin((longitude[:, None] - longitude) / 2.0) ** 2
    east = east * np.cos(latitude[:, None]) * np.cos(latitude)
    angle = 2.0 * np.arcsin(np.sqrt(np.clip(north + east, 0.0, 1.0)))
    distance: NDArray[np.float64] = EARTH_KM * angle
    return distance


def delivery_trips(
    depot: tuple[float, float],
    drops: Sequence[Drop],
    *,
    capacity: float,
    monotonic_s: Callable[[], float],
    seed: int = 0,
) -> tuple[Trip, ...]:
    """Bring everything to everybody on few kilometres.

    Parameters
    ----------
    depot : tuple of float
        Degrees of latitude and longitude.
    drops : sequence of Drop
        What is to be brought.
    capacity : float
        Units a vehicle carries, see `check_capacity`.
    monotonic_s : callable
        A clock in seconds; the search has a budget of work, not of time.
    seed : int
        Of the search.

    Returns
    -------
    tuple of Trip
        Who gets more than a vehicle carries gets full vehicles of his own, and the rest
        on a tour with others.

    Raises
    ------
    OptionError
        If `capacity` is out of range, a place has no position, or somebody gets more
        than `FULL_MAX` full vehicles.
    """
    check_capacity(capacity)
    places = np.array([depot, *((d.latitude_deg, d.longitude_deg) for d in drops)])
    if not np.isfinite(places).all():
        row = int(np.argmin(np.isfinite(places).all(axis=1)))
        where = "the depot" if row == 0 else f"drop {row - 1}"
        msg = f"{where} must have a position, had {places[row].tolist()}"
        raise OptionError(msg)
    km = great_circle_km(places[:, 0], places[:, 1])
    found: list[Trip] = []
    left = np.array([drop.quantity for drop in drops], np.float64)
    for row, quantity in enumerate(left.tolist()):
        if quantity > FULL_MAX * capacity:
            msg = (
                f"drop {row} gets {quantity:g} units: more than {FULL_MAX} vehicles of "
                f"{capacity:g}"
            )
            raise OptionError(msg)
        for _ in range(int(quantity / capacity + TINY)):
            found.append(Trip(((row, capacity),), 2.0 * float(km[0, row + 1])))
            left[row] -= capacity
    rest = np.flatnonzero(left > TINY)
    if rest.size:
        options = SolveOptions(monotonic_s=monotonic_s, work_limit=WORK, seed=seed)
        found += _tours(km, rest, left, capacity=capacity, options=options)
    return tuple(found)


def _tours(
    km: NDArray[np.float64],
    rest: NDArray[np.intp],
    left: NDArray[np.float64],
    *,
    capacity: float,
    options: SolveOptions,
) -> list[Trip]:
    kept = np.append(0, rest + 1)
    metres = np.round(km[np.ix_(kept, kept)] * PARTS).astype(np.int64)
    full = int(capacity * PARTS)
    load = np.minimum(np.ceil(left[rest] * PARTS - TINY).astype(np.int64), full)
    problem = RoutingProblem(
        depots=Depots(location=np.array([0])),
        clients=Clients(location=np.arange(1, len(kept)), delivery=load[:, None]),
        vehicles=Vehicles(available=np.array([len(rest)]), capacity=np.array([[full]])),
        distance=metres[None],
        duration=np.zeros_like(metres)[None],
        scale=float(PARTS),
    )
    solution = plan_routes(problem, options)
    trips = []
    for route in solution.routes:
        rows = [int(rest[client]) for client in route.clients]
        path = [0, *(row + 1 for row in rows), 0]
        length = sum(float(km[a, b]) for a, b in pairwise(path))
        stops = tuple((row, float(left[row])) for row in rows)
        trips.append(Trip(stops, length))
    return trips

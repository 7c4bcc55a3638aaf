"""Which plants and depots to open, and who supplies and serves whom.

Goods go from plants to depots and from depots to clients; with no plants in the
problem, depots are the sources themselves. A plant or depot that is opened costs its
fixed cost once, and carries up to its capacity. With a single source, each client is
served by one depot alone.

The objective is cost: opening, supply by the unit, and service by the share of each
client's demand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from optimizer.result import Progress, SolveStatus

__all__ = [
    "BoolArray",
    "FloatArray",
    "IntArray",
    "LocationPlan",
    "LocationProblem",
    "missing_units",
]

ROUNDING = 1e-12
"""Share of the demand by which capacity may be short: decimals are rounded."""

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def _none() -> FloatArray:
    return np.empty(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocationProblem:
    """Plants, depots and clients, with what can be opened and what flow costs.

    Arrays are copied and made read-only; all entries are finite.

    Parameters
    ----------
    capacity
        ndarray of shape (n_depots,), float64: units each depot carries, >= 0.
    fixed_cost
        ndarray of shape (n_depots,), float64: money for opening each depot, >= 0.
    demand
        ndarray of shape (n_clients,), float64: units each client asks for, >= 0.
    service_cost
        ndarray of shape (n_depots, n_clients), float64: money for serving all of a
        client's demand from a depot, >= 0; for a share of it, that share.
    plant_capacity
        ndarray of shape (n_plants,), float64: units each plant sends, >= 0. Default:
        no plants, and depots have what they need.
    plant_fixed_cost
        ndarray of shape (n_plants,), float64: money for opening each plant, >= 0.
    supply_cost
        ndarray of shape (n_plants, n_depots), float64: money a unit, >= 0.
    single_source
        Whether each client is served by one depot alone.

    Raises
    ------
    ProblemError
        If an array has a wrong shape or an entry that is not allowed, if serving
        nothing costs money without a single source, or if there are plants with one.

    Examples
    --------
    >>> problem = LocationProblem(
    ...     capacity=np.array([5.0, 5.0]),
    ...     fixed_cost=np.array([10.0, 12.0]),
    ...     demand=np.array([2.0, 2.0, 1.0]),
    ...     service_cost=np.array([[1.0, 9.0, 9.0], [9.0, 1.0, 1.0]]),
    ... )
    >>> problem.n_plants, problem.n_depots, problem.n_clients
    (0, 2, 3)
    """

    capacity: FloatArray
    fixed_cost: FloatArray
    demand: FloatArray
    service_cost: FloatArray
    plant_capacity: FloatArray = field(default_factory=_none)
    plant_fixed_cost: FloatArray = field(default_factory=_none)
    supply_cost: FloatArray = field(default_factory=_none)
    single_source: bool = False

    def __post_init__(self) -> None:
        n_depots, n_clients = np.size(self.capacity), np.size(self.demand)
        n_plants = np.size(self.plant_capacity)
        _take(self, "capacity", (n_depots,))
        _take(self, "fixed_cost", (n_depots,))
        _take(self, "demand", (n_clients,))
        _take(self, "service_cost", (n_depots, n_clients))
        _take(self, "plant_capacity", (n_plants,))
        _take(self, "plant_fixed_cost", (n_plants,))
        if n_plants == 0 and np.size(self.supply_cost) == 0:
            object.__setattr__(self, "supply_cost", np.empty((0, n_depots)))
        _take(self, "supply_cost", (n_plants, n_depots))
        if not self.single_source:
            _require_demand(self.service_cost, self.demand)
        if self.single_source and n_plants:
            message = (
                f"single_source must be False for a problem with plants, of which "
                f"there are {n_plants}"
            )
            raise ProblemError(message)

    @property
    def n_plants(self) -> int:
        """Number of plants, >= 0."""
        return self.plant_capacity.size

    @property
    def n_depots(self) -> int:
        """Number of depots, >= 0."""
        return self.capacity.size

    @property
    def n_clients(self) -> int:
        """Number of clients, >= 0."""
        return self.demand.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocationPlan:
    """What is opened, and what flows where.

    Parameters
    ----------
    status
        See `SolveStatus`. Without a plan, arrays are empty.
    objective, bound, gap
        Cost of the plan, cost that no plan beats, and the share between the two.
    open_plants
        ndarray of shape (n_plants,), bool.
    open_depots
        ndarray of shape (n_depots,), bool.
    supply
        ndarray of shape (n_plants, n_depots), float64: units from plant to depot.
    service
        ndarray of shape (n_depots, n_clients), float64: shares of each client's
        demand, in 0..1, 0 or 1 with a single source.
    seconds
        Time of the solve, >= 0.
    work
        Flows fitted and relaxations solved, >= 0.
    history
        A line for each better plan or bound.
    """

    status: SolveStatus
    objective: float
    bound: float
    gap: float
    open_plants: BoolArray = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    open_depots: BoolArray = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    supply: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    service: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    seconds: float = 0.0
    work: int = 0
    history: tuple[Progress, ...] = ()


def missing_units(demand: FloatArray, capacity: FloatArray) -> float:
    """Return by how many units facilities that are all open carry too little.

    Parameters
    ----------
    demand, capacity
        ndarrays of shape (n_clients,) and (n_facilities,), float64, >= 0.

    Returns
    -------
    float
        0 where what is missing is no more than the rounding of decimals.

    Examples
    --------
    >>> missing_units(np.array([0.1, 0.2]), np.array([0.3]))
    0.0
    """
    total = math.fsum(demand)
    missing = total - math.fsum(capacity)
    return missing if missing > ROUNDING * total else 0.0


def _require_demand(service_cost: FloatArray, demand: FloatArray) -> None:
    """Refuse a cost for serving nothing, which no flow of units would pay."""
    paid = service_cost.max(axis=0, initial=0.0) * (demand == 0.0)
    if paid.any():
        client = int(np.argmax(paid))
        message = (
            f"service_cost of client {client} must be 0, as it asks for 0 units; was "
            f"{paid[client]:g}"
        )
        raise ProblemError(message)


def _take(record: LocationProblem, name: str, shape: tuple[int, ...]) -> None:
    try:
        array: npt.NDArray[Any] = np.array(getattr(record, name), dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = f"{name} must be an array of numbers: {error}"
        raise ProblemError(message) from error
    if array.shape != shape:
        message = f"{name} must have shape {shape}, had {array.shape}"
        raise ProblemError(message)
    allowed = np.isfinite(array) & (array >= 0.0)
    if not allowed.all():
        position = np.unravel_index(int(np.argmin(allowed)), shape)
        entry = ", ".join(str(int(i)) for i in position)
        message = f"{name}[{entry}] must be finite and >= 0, was {array[position]}"
        raise ProblemError(message)
    array.setflags(write=False)
    object.__setattr__(record, name, array)

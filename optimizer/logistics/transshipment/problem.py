"""What to ship between sites, period by period, in whole vehicles.

Items are in stock at sites and come in over the periods (`supply`: production, buying,
what is on its way). Lanes carry them from site to site, plant to depot, depot to shop,
and between sites of one kind (lateral transshipment); a lane between sites of different
firms is how firms pool their stock. In every period, in this order:

1. supply and what was shipped `lead_periods` ago arrive (with lead 0: what is shipped
   now);
2. demand is served and vehicles leave, both from what is there; demand that is not
   served is lost;
3. what is left is held.

Each vehicle on a lane costs, full or not, and so does each period in which a lane is
used at all. The objective is cost: vehicles, use of lanes, units shipped, holding, and
what is short. Shortage costs by site and item, which is how some have priority; a unit
short beyond half of a period's demand costs `1 + fairness` times as much, so that what
there is, is shared. With full service, nothing may be short.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from optimizer.result import Progress, SolveStatus

__all__ = [
    "FloatArray",
    "IntArray",
    "Lanes",
    "ShipmentPlan",
    "TransshipmentProblem",
    "without_pooling",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MOST_VEHICLES = 1_000_000
"""Vehicles of a lane in a period where no limit is given."""


def _floats() -> FloatArray:
    return np.empty(0)


def _integers() -> IntArray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lanes:
    """Ways between sites, each with vehicles of one kind.

    Parameters
    ----------
    from_site, to_site
        ndarray of shape (n_lanes,), int64: different sites.
    lead_periods
        ndarray of shape (n_lanes,), int64: periods on the way, >= 0.
    room
        ndarray of shape (n_lanes,), float64: volume that a vehicle carries, > 0.
    vehicle_cost
        ndarray of shape (n_lanes,), float64: money a vehicle, >= 0.
    fixed_cost
        ndarray of shape (n_lanes,), float64: money a period in which any vehicle
        leaves, >= 0. Default 0.
    unit_cost
        ndarray of shape (n_lanes,), float64: money a unit shipped, >= 0: handling, and
        the fee between firms. Default 0.
    vehicles_max
        ndarray of shape (n_lanes,), int64: most vehicles a period, >= 0. Default a
        million.

    Raises
    ------
    ProblemError
        If an array has a wrong shape or an entry that is not allowed.
    """

    from_site: IntArray
    to_site: IntArray
    lead_periods: IntArray
    room: FloatArray
    vehicle_cost: FloatArray
    fixed_cost: FloatArray = field(default_factory=_floats)
    unit_cost: FloatArray = field(default_factory=_floats)
    vehicles_max: IntArray = field(default_factory=_integers)

    def __post_init__(self) -> None:
        n = np.size(self.from_site)
        for name in ("from_site", "to_site", "lead_periods"):
            _take_whole(self, name, (n,))
        _default(self, "fixed_cost", np.zeros(n))
        _default(self, "unit_cost", np.zeros(n))
        _default(self, "vehicles_max", np.full(n, MOST_VEHICLES))
        _take_whole(self, "vehicles_max", (n,))
        for name in ("room", "vehicle_cost", "fixed_cost", "unit_cost"):
            _take(self, name, (n,))
        _require("room", self.room, self.room > 0.0, "be > 0")
        same = self.from_site != self.to_site
        _require("to_site", self.to_site, same, "differ from from_site")

    def __len__(self) -> int:
        """Return the number of lanes."""
        return int(self.from_site.size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransshipmentProblem:
    """Sites, items and periods, and what is where when.

    Parameters
    ----------
    lanes
        Between the sites.
    volume
        ndarray of shape (n_items,), float64: volume of a unit, > 0.
    stock
        ndarray of shape (n_sites, n_items), float64: units at the start, >= 0.
    supply
        ndarray of shape (n_sites, n_items, n_periods), float64: units that come in,
        >= 0.
    demand
        ndarray of shape (n_sites, n_items, n_periods), float64: units asked for, >= 0.
    holding_cost
        ndarray of shape (n_sites, n_items), float64: money a unit left at a period's
        end, >= 0.
    shortage_cost
        ndarray of shape (n_sites, n_items), float64: money a unit short, >= 0.
    fairness
        See above, >= 0.
    full_service
        Whether all demand must be served: then there may be no plan.
    firm
        ndarray of shape (n_sites,), int64: whose site it is. Default: one firm.

    Raises
    ------
    ProblemError
        If an array has a wrong shape or an entry that is not allowed.
    """

    lanes: Lanes
    volume: FloatArray
    stock: FloatArray
    supply: FloatArray
    demand: FloatArray
    holding_cost: FloatArray
    shortage_cost: FloatArray
    fairness: float = 0.0
    full_service: bool = False
    firm: IntArray = field(default_factory=_integers)

    def __post_init__(self) -> None:
        shape = np.shape(self.demand)
        if len(shape) != 3 or 0 in shape:  # noqa: PLR2004  # sites, items, periods
            message = f"demand must have sites, items and periods, had shape {shape}"
            raise ProblemError(message)
        sites, items, _ = shape
        _take(self, "volume", (items,))
        _require("volume", self.volume, self.volume > 0.0, "be > 0")
        for name in ("stock", "holding_cost", "shortage_cost"):
            _take(self, name, (sites, items))
        for name in ("supply", "demand"):
            _take(self, name, shape)
        _default(self, "firm", np.zeros(sites, dtype=np.int64))
        _take_whole(self, "firm", (sites,))
        if not (np.isfinite(self.fairness) and self.fairness >= 0.0):
            message = f"fairness must be finite and >= 0, was {self.fairness}"
            raise ProblemError(message)
        for name in ("from_site", "to_site"):
            site = getattr(self.lanes, name)
            _require(f"lanes.{name}", site, site < sites, f"be in 0..{sites - 1}")

    @property
    def n_sites(self) -> int:
        """Number of sites, >= 1."""
        return int(self.demand.shape[0])

    @property
    def n_items(self) -> int:
        """Number of items, >= 1."""
        return int(self.demand.shape[1])

    @property
    def n_periods(self) -> int:
        """Number of periods, >= 1."""
        return int(self.demand.shape[2])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShipmentPlan:
    """What is shipped, held and short.

    Parameters
    ----------
    status
        `optimal` or `feasible`: there is always a plan, that of shipping nothing. Where
        full service is asked for, also `infeasible` (proven), or `unknown`.
    objective, bound, gap
        Cost of the plan, cost that no plan beats, and the share between the two; the
        cost is infinite where there is no plan, and all arrays are zero.
    shipments
        ndarray of shape (n_items, n_lanes, n_periods), float64: units, by the period in
        which they leave.
    vehicles
        ndarray of shape (n_lanes, n_periods), int64.
    stock
        ndarray of shape (n_sites, n_items, n_periods), float64: units left.
    short
        ndarray of shape (n_sites, n_items, n_periods), float64: demand not served.
    seconds
        Time of the solve, >= 0.
    work
        Vehicles that the search tried to save, >= 0.
    history
        A line for each better plan told.
    """

    status: SolveStatus
    objective: float
    bound: float
    gap: float
    shipments: FloatArray
    vehicles: IntArray
    stock: FloatArray
    short: FloatArray
    seconds: float = 0.0
    work: int = 0
    history: tuple[Progress, ...] = ()


def without_pooling(problem: TransshipmentProblem) -> TransshipmentProblem:
    """Return a problem without lanes between sites of different firms.

    What its plan costs more is what pooling their stock is worth to the firms.

    Parameters
    ----------
    problem
        Any.
    """
    lanes = problem.lanes
    own = problem.firm[lanes.from_site] == problem.firm[lanes.to_site]
    kept = {name: getattr(lanes, name)[own] for name in Lanes.__slots__}
    return replace(problem, lanes=Lanes(**kept))


def _default(record: object, name: str, value: npt.NDArray[Any]) -> None:
    if np.size(getattr(record, name)) == 0:
        object.__setattr__(record, name, value)


def _take(record: object, name: str, shape: tuple[int, ...]) -> None:
    try:
        array: npt.NDArray[Any] = np.array(getattr(record, name), dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = f"{name} must be an array of numbers: {error}"
        raise ProblemError(message) from error
    _keep(record, name, array, shape)


def _take_whole(record: object, name: str, shape: tuple[int, ...]) -> None:
    array = np.array(getattr(record, name))
    if array.size and array.dtype.kind not in "iu":
        message = f"{name} must be an array of integers, was {array.dtype}"
        raise ProblemError(message)
    _keep(record, name, array.astype(np.int64), shape)


def _keep(
    record: object, name: str, array: npt.NDArray[Any], shape: tuple[int, ...]
) -> None:
    if array.shape != shape:
        message = f"{name} must have shape {shape}, had {array.shape}"
        raise ProblemError(message)
    _require(name, array, np.isfinite(array) & (array >= 0), "be finite and >= 0")
    array.setflags(write=False)
    object.__setattr__(record, name, array)


def _require(
    name: str, array: npt.NDArray[Any], allowed: npt.NDArray[np.bool_], rule: str
) -> None:
    """Raise for the first entry that is not allowed."""
    if allowed.all():
        return
    position = np.unravel_index(int(np.argmin(allowed)), allowed.shape)
    entry = ", ".join(str(int(i)) for i in position)
    message = f"{name}[{entry}] must {rule}, was {array[position]}"
    raise ProblemError(message)

"""The replenishment problem: a network that stays, and the numbers of one day.

A *point* holds stock of one item at one place. An *activity* takes inputs from points
and delivers one unit of output to a point some periods later: a lane has one input, a
purchase none, production one for each line of its bill of materials. A *demand* is
served from one point.

In every period, in this order:

1. orders are placed on activities, limited by the stock left at the end of the period
   before; their inputs leave at once;
2. what was ordered `lead_periods` ago arrives (with lead 0: what was ordered now), and
   so do the `arrivals` that were on the way at the start;
3. demand is served, new and backlogged; what is not served is backlogged, or lost;
4. holding cost is paid on the stock that is left, pipeline cost on what is on the way.

The objective is profit: sales, less orders, pipeline, holding and shortage, plus the
terminal value of the stock at the end. Orders still on the way then are worth nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from optimizer.result import SolveStatus

__all__ = [
    "BoolArray",
    "FloatArray",
    "IntArray",
    "ReplenishmentNetwork",
    "ReplenishmentProblem",
    "ReplenishmentSolution",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def _no_floats() -> FloatArray:
    return np.empty(0)


def _no_integers() -> IntArray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplenishmentNetwork:
    """Points, activities and demands: all that stays from one plan to the next.

    An array left empty takes its default. Arrays are copied and made read-only.

    Parameters
    ----------
    holding_cost
        ndarray of shape (n_points,), float64: money per unit left at a period's end,
        finite.
    terminal_value
        ndarray of shape (n_points,), float64: money per unit left at the end of the
        horizon, finite. Default 0.
    output_point
        ndarray of shape (n_activities,), int64: the point that an activity supplies.
    lead_periods
        ndarray of shape (n_activities,), int64: periods from order to arrival, >= 0.
    unit_cost
        ndarray of shape (n_activities,), float64: money per unit ordered, finite.
    pipeline_cost
        ndarray of shape (n_activities,), float64: money per unit for each period end
        inside the horizon at which it is on the way, finite. Default 0.
    input_start
        ndarray of shape (n_activities + 1,), int64: inputs of activity `a` are the
        entries ``input_start[a]:input_start[a + 1]``. Default: no inputs.
    input_point
        ndarray of shape (n_inputs,), int64: the point an input is taken from.
    input_usage
        ndarray of shape (n_inputs,), float64: units taken per unit ordered, > 0.
    n_capacities
        Number of shared capacities, >= 0; what they are is said by the problem.
    capacity_index
        ndarray of shape (n_activities,), int64: the capacity an activity uses, -1 for
        none. Default -1.
    capacity_usage
        ndarray of shape (n_activities,), float64: capacity used in the period of the
        order, per unit, >= 0. Default 1.
    order_upper
        ndarray of shape (n_activities,), float64: most units a period, >= 0. Default
        infinity.
    demand_point
        ndarray of shape (n_demands,), int64: the point that serves a demand.
    price
        ndarray of shape (n_demands,), float64: money per unit sold, finite.
    shortage_cost
        ndarray of shape (n_demands,), float64: money per unit not served, for every
        period it stays backlogged or once if it is lost, finite. Default 0.
    backlogged
        ndarray of shape (n_demands,), bool: whether unserved demand waits (True) or is
        lost (False). Default True.

    Raises
    ------
    ProblemError
        If an array has a wrong shape or an entry that is not allowed.

    Examples
    --------
    A shop and the purchase that supplies it one period later:

    >>> network = ReplenishmentNetwork(
    ...     holding_cost=np.array([0.1]),
    ...     output_point=np.array([0]),
    ...     lead_periods=np.array([1]),
    ...     unit_cost=np.array([3.0]),
    ...     demand_point=np.array([0]),
    ...     price=np.array([5.0]),
    ... )
    >>> network.n_points, network.n_activities, network.n_demands
    (1, 1, 1)
    """

    holding_cost: FloatArray
    output_point: IntArray
    lead_periods: IntArray
    unit_cost: FloatArray
    demand_point: IntArray
    price: FloatArray
    terminal_value: FloatArray = field(default_factory=_no_floats)
    pipeline_cost: FloatArray = field(default_factory=_no_floats)
    input_start: IntArray = field(default_factory=_no_integers)
    input_point: IntArray = field(default_factory=_no_integers)
    input_usage: FloatArray = field(default_factory=_no_floats)
    n_capacities: int = 0
    capacity_index: IntArray = field(default_factory=_no_integers)
    capacity_usage: FloatArray = field(default_factory=_no_floats)
    order_upper: FloatArray = field(default_factory=_no_floats)
    shortage_cost: FloatArray = field(default_factory=_no_floats)
    backlogged: BoolArray = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    input_activity: IntArray = field(init=False, repr=False)
    """The activity of each input, ndarray of shape (n_inputs,), int64."""
    key: bytes = field(init=False, repr=False)
    """Digest of all entries: two networks with one key are the same network."""

    def __post_init__(self) -> None:
        self._take_points()
        self._take_activities()
        self._take_inputs()
        self._take_demands()
        digest = hashlib.blake2b(digest_size=16)
        digest.update(repr(self.n_capacities).encode())
        for name in self.__slots__:
            value = getattr(self, name, None)
            if isinstance(value, np.ndarray):
                digest.update(f"{name}{value.shape}".encode())
                digest.update(value.tobytes())
        object.__setattr__(self, "key", digest.digest())

    def _take_points(self) -> None:
        n = np.size(self.holding_cost)
        _set(self, "holding_cost", _floats("holding_cost", self.holding_cost, (n,)))
        _take_floats(self, "terminal_value", n, default=0.0)

    def _take_activities(self) -> None:
        n = np.size(self.output_point)
        _take_indices(self, "output_point", n, below=self.n_points)
        lead = _integers("lead_periods", self.lead_periods, (n,))
        _require("lead_periods", lead, lead >= 0, "be >= 0")
        _set(self, "lead_periods", lead)
        _set(self, "unit_cost", _floats("unit_cost", self.unit_cost, (n,)))
        _take_floats(self, "pipeline_cost", n, default=0.0)
        if self.n_capacities < 0:
            message = f"n_capacities must be >= 0, was {self.n_capacities}"
            raise ProblemError(message)
        if np.size(self.capacity_index) == 0:
            _set(self, "capacity_index", np.full(n, -1))
        _take_indices(self, "capacity_index", n, below=self.n_capacities, at_least=-1)
        _take_floats(self, "capacity_usage", n, default=1.0, at_least=0.0)
        _take_floats(
            self, "order_upper", n, default=np.inf, at_least=0.0, allow_infinity=True
        )

    def _take_inputs(self) -> None:
        n = np.size(self.input_point)
        _take_indices(self, "input_point", n, below=self.n_points)
        usage = _floats("input_usage", self.input_usage, (n,))
        _require("input_usage", usage, usage > 0.0, "be > 0")
        _set(self, "input_usage", usage)
        if np.size(self.input_start) == 0:
            _set(self, "input_start", np.zeros(self.n_activities + 1, dtype=np.int64))
        start = _integers("input_start", self.input_start, (self.n_activities + 1,))
        _require("input_start", start[:1], start[:1] == 0, "begin with 0")
        _require("input_start", start[1:], np.diff(start) >= 0, "not decrease")
        _require("input_start", start[-1:], start[-1:] == n, f"end with {n}")
        _set(self, "input_start", start)
        activity = np.repeat(np.arange(self.n_activities), np.diff(start))
        _set(self, "input_activity", activity)

    def _take_demands(self) -> None:
        n = np.size(self.demand_point)
        _take_indices(self, "demand_point", n, below=self.n_points)
        _set(self, "price", _floats("price", self.price, (n,)))
        _take_floats(self, "shortage_cost", n, default=0.0)
        if np.size(self.backlogged) == 0:
            _set(self, "backlogged", np.ones(n, dtype=np.bool_))
        backlogged = _shaped("backlogged", np.array(self.backlogged), (n,))
        if backlogged.dtype != np.bool_:
            message = f"backlogged must be an array of bool, was {backlogged.dtype}"
            raise ProblemError(message)
        _set(self, "backlogged", backlogged)

    @property
    def n_points(self) -> int:
        """Number of stock points."""
        return self.holding_cost.size

    @property
    def n_activities(self) -> int:
        """Number of activities."""
        return self.output_point.size

    @property
    def n_demands(self) -> int:
        """Number of demands."""
        return self.demand_point.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplenishmentProblem:
    """A network with the stock, the pipeline and the demand path of one moment.

    An array left empty takes its default. Arrays are copied and made read-only.

    Parameters
    ----------
    network
        What stays from one plan to the next.
    stock
        ndarray of shape (n_points,), float64: units at the start, >= 0.
    demand
        ndarray of shape (n_demands, n_periods), float64: units asked for, >= 0, with
        n_periods >= 1.
    arrivals
        ndarray of shape (n_periods, n_points), float64: units ordered earlier that
        arrive in a period, >= 0. Default 0.
    backlog
        ndarray of shape (n_demands,), float64: units waiting at the start, >= 0, and 0
        where demand is not backlogged. Default 0.
    capacity
        ndarray of shape (n_capacities, n_periods), float64, >= 0. Default infinity.

    Raises
    ------
    ProblemError
        If an array has a wrong shape or an entry that is not allowed.
    """

    network: ReplenishmentNetwork
    stock: FloatArray
    demand: FloatArray
    arrivals: FloatArray = field(default_factory=_no_floats)
    backlog: FloatArray = field(default_factory=_no_floats)
    capacity: FloatArray = field(default_factory=_no_floats)

    def __post_init__(self) -> None:
        network = self.network
        match np.shape(self.demand):
            case (_, n_periods) if n_periods >= 1:
                pass
            case shape:
                message = (
                    "demand must have shape (n_demands, n_periods) with "
                    f"n_periods >= 1, had {shape}"
                )
                raise ProblemError(message)
        _take_floats(self, "demand", network.n_demands, n_periods, at_least=0.0)
        _take_floats(self, "stock", network.n_points, at_least=0.0)
        _take_floats(
            self, "arrivals", n_periods, network.n_points, default=0.0, at_least=0.0
        )
        _take_floats(self, "backlog", network.n_demands, default=0.0, at_least=0.0)
        lost = network.backlogged | (self.backlog == 0.0)
        _require("backlog", self.backlog, lost, "be 0 where demand is not backlogged")
        _take_floats(
            self,
            "capacity",
            network.n_capacities,
            n_periods,
            default=np.inf,
            at_least=0.0,
            allow_infinity=True,
        )

    @property
    def n_periods(self) -> int:
        """Number of periods planned."""
        return int(self.demand.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplenishmentSolution:
    """A plan and what is known of it.

    Parameters
    ----------
    status
        `optimal`; `feasible` if time ran out (then a plan that orders nothing);
        `unbounded` if costs allow endless profit (likewise).
    objective
        Profit of the plan.
    bound
        No plan has a higher profit.
    gap
        `relative_gap` of the two.
    orders
        ndarray of shape (n_activities, n_periods), float64: units ordered.
    stock
        ndarray of shape (n_points, n_periods), float64: units left at period ends.
    sales
        ndarray of shape (n_demands, n_periods), float64: units served.
    backlog
        ndarray of shape (n_demands, n_periods), float64: units waiting at period ends;
        0 where unserved demand is lost.
    seconds
        Time the solve took, >= 0.
    """

    status: SolveStatus
    objective: float
    bound: float
    gap: float
    orders: FloatArray
    stock: FloatArray
    sales: FloatArray
    backlog: FloatArray
    seconds: float


def _set(record: object, name: str, value: npt.NDArray[Any]) -> None:
    value.setflags(write=False)
    object.__setattr__(record, name, value)


def _shaped(
    name: str, value: npt.NDArray[Any], shape: tuple[int, ...]
) -> npt.NDArray[Any]:
    if value.shape != shape:
        message = f"{name} must have shape {shape}, had {value.shape}"
        raise ProblemError(message)
    return value


def _floats(
    name: str, value: npt.ArrayLike, shape: tuple[int, ...], *, infinity: bool = False
) -> FloatArray:
    try:
        array = np.array(value, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        message = f"{name} must be an array of numbers: {error}"
        raise ProblemError(message) from error
    _shaped(name, array, shape)
    if not infinity:
        _require(name, array, np.isfinite(array), "be finite")
    return array


def _integers(name: str, value: npt.ArrayLike, shape: tuple[int, ...]) -> IntArray:
    array = np.array(value)
    if array.size and array.dtype.kind not in "iu":
        message = f"{name} must be an array of integers, was {array.dtype}"
        raise ProblemError(message)
    return _shaped(name, array, shape).astype(np.int64)


def _require(name: str, array: npt.NDArray[Any], allowed: BoolArray, rule: str) -> None:
    """Raise for the first entry that is not allowed."""
    if allowed.all():
        return
    position = np.unravel_index(int(np.argmin(allowed)), allowed.shape)
    entry = ", ".join(str(int(i)) for i in position)
    message = f"{name}[{entry}] must {rule}, was {array[position]}"
    raise ProblemError(message)


def _take_floats(
    record: object,
    name: str,
    *shape: int,
    default: float | None = None,
    at_least: float | None = None,
    allow_infinity: bool = False,
) -> None:
    value = getattr(record, name)
    if default is not None and np.size(value) == 0:
        _set(record, name, np.full(shape, default))
        return
    array = _floats(name, value, shape, infinity=allow_infinity)
    if at_least is not None:
        _require(name, array, array >= at_least, f"be >= {at_least:g}")
    _set(record, name, array)


def _take_indices(
    record: object, name: str, n: int, *, below: int, at_least: int = 0
) -> None:
    index = _integers(name, getattr(record, name), (n,))
    allowed = (index >= at_least) & (index < below)
    _require(name, index, allowed, f"be in {at_least}..{below - 1}")
    _set(record, name, index)

"""Items, resources and the bill of materials: columns with a row a thing.

A column left empty takes its default. Columns are copied and made read-only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.errors import ProblemError

__all__ = ["NONE", "Bill", "BoolArray", "FloatArray", "IntArray", "Items", "Resources"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NONE = -1
"""No resource, no limit of shelf life, nothing set up."""


def _no_floats() -> FloatArray:
    return np.empty(0)


def _no_integers() -> IntArray:
    return np.empty(0, dtype=np.int64)


def _no_bools() -> BoolArray:
    return np.empty(0, dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Items:
    """What is made, and what making and keeping it takes.

    Parameters
    ----------
    holding_cost
        ndarray of shape (n_items,), float64: money per unit in stock at a period's end,
        >= 0.
    setup_cost
        ndarray of shape (n_items,), float64: money per setup, >= 0. Default 0.
    setup_time
        ndarray of shape (n_items,), float64: capacity a setup takes, >= 0. Default 0.
    unit_time
        ndarray of shape (n_items,), float64: capacity a unit takes, >= 0. Default 1.
    unit_cost
        ndarray of shape (n_items,), float64: money per unit made, >= 0. Default 0.
    resource
        ndarray of shape (n_items,), int64: where the item is made, -1 for where nothing
        limits it. Default: the first resource.
    initial_stock
        ndarray of shape (n_items,), float64: units at the start, >= 0. Default 0.
    minimum_lot
        ndarray of shape (n_items,), float64: least units made in a period with a setup,
        >= 0. Default 0.
    lead_periods
        ndarray of shape (n_items,), int64: periods from making to use, >= 0. Default 0.
    shelf_life
        ndarray of shape (n_items,), int64: periods after its arrival in which a unit
        can still be used, -1 for ever. What is too old must be thrown away. Default -1.
    backlog_cost
        ndarray of shape (n_items,), float64: money per unit and period of waiting
        demand, >= 0; infinite where demand does not wait. Default infinite.
    lost_cost
        ndarray of shape (n_items,), float64: money per unit of demand that is turned
        down, >= 0; infinite where all must be served. Default infinite.

    Raises
    ------
    ProblemError
        If a column has a wrong length or an entry that is not allowed.

    Examples
    --------
    >>> items = Items(holding_cost=np.array([1.0, 2.0]))
    >>> len(items), items.unit_time.tolist(), items.shelf_life.tolist()
    (2, [1.0, 1.0], [-1, -1])
    """

    holding_cost: FloatArray
    setup_cost: FloatArray = field(default_factory=_no_floats)
    setup_time: FloatArray = field(default_factory=_no_floats)
    unit_time: FloatArray = field(default_factory=_no_floats)
    unit_cost: FloatArray = field(default_factory=_no_floats)
    resource: IntArray = field(default_factory=_no_integers)
    initial_stock: FloatArray = field(default_factory=_no_floats)
    minimum_lot: FloatArray = field(default_factory=_no_floats)
    lead_periods: IntArray = field(default_factory=_no_integers)
    shelf_life: IntArray = field(default_factory=_no_integers)
    backlog_cost: FloatArray = field(default_factory=_no_floats)
    lost_cost: FloatArray = field(default_factory=_no_floats)

    def __post_init__(self) -> None:
        n = np.size(self.holding_cost)
        take_floats(self, "holding_cost", (n,))
        for name in ("setup_cost", "setup_time", "unit_cost"):
            take_floats(self, name, (n,), default=0.0)
        take_floats(self, "unit_time", (n,), default=1.0)
        for name in ("initial_stock", "minimum_lot"):
            take_floats(self, name, (n,), default=0.0)
        for name in ("backlog_cost", "lost_cost"):
            take_floats(self, name, (n,), default=np.inf, infinity=True)
        _take_integers(self, "resource", n, default=0, at_least=NONE)
        _take_integers(self, "lead_periods", n, default=0, at_least=0)
        _take_integers(self, "shelf_life", n, default=NONE, at_least=NONE)

    def __len__(self) -> int:
        """Return the number of items."""
        return self.holding_cost.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resources:
    """What limits production: machines, lines, teams.

    Parameters
    ----------
    capacity
        ndarray of shape (n_resources, n_periods), float64: time in each period, >= 0,
        or infinite.
    overtime_limit
        ndarray of shape (n_resources, n_periods), float64: most time beyond it, >= 0.
        Default 0.
    overtime_cost
        ndarray of shape (n_resources,), float64: money per unit of that time, >= 0.
        Default 0.
    carry_over
        ndarray of shape (n_resources,), bool: whether what is set up at the end of a
        period is still set up at the start of the next. Default False.
    initial_setup
        ndarray of shape (n_resources,), int64: item set up at the start, -1 for none;
        of use only with `carry_over`. Default -1.

    Raises
    ------
    ProblemError
        If an array has a wrong shape or an entry that is not allowed.
    """

    capacity: FloatArray
    overtime_limit: FloatArray = field(default_factory=_no_floats)
    overtime_cost: FloatArray = field(default_factory=_no_floats)
    carry_over: BoolArray = field(default_factory=_no_bools)
    initial_setup: IntArray = field(default_factory=_no_integers)

    def __post_init__(self) -> None:
        shape = np.shape(self.capacity)
        if len(shape) != 2:  # noqa: PLR2004  # rows and periods
            message = f"capacity must have shape (n_resources, n_periods), had {shape}"
            raise ProblemError(message)
        rows = shape[0]
        take_floats(self, "capacity", shape, infinity=True)
        take_floats(self, "overtime_limit", shape, default=0.0)
        take_floats(self, "overtime_cost", (rows,), default=0.0)
        _take_integers(self, "initial_setup", rows, default=NONE, at_least=NONE)
        carry = np.array(self.carry_over)
        if carry.size == 0:
            carry = np.zeros(rows, dtype=np.bool_)
        if carry.dtype != np.bool_ or carry.shape != (rows,):
            message = (
                f"carry_over must be {rows} bools, was {carry.dtype} {carry.shape}"
            )
            raise ProblemError(message)
        put(self, "carry_over", carry)

    def __len__(self) -> int:
        """Return the number of resources."""
        return int(self.capacity.shape[0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bill:
    """The bill of materials: what a unit of an item takes of others, when it is made.

    Parameters
    ----------
    parent
        ndarray of shape (n_lines,), int64: the item that is made. Default: no lines.
    component
        ndarray of shape (n_lines,), int64: the item that goes into it.
    quantity
        ndarray of shape (n_lines,), float64: units of it, > 0. Default 1.

    Raises
    ------
    ProblemError
        If columns differ in length or an entry is not allowed.
    """

    parent: IntArray = field(default_factory=_no_integers)
    component: IntArray = field(default_factory=_no_integers)
    quantity: FloatArray = field(default_factory=_no_floats)

    def __post_init__(self) -> None:
        n = np.size(self.parent)
        _take_integers(self, "parent", n, default=0, at_least=0)
        _take_integers(self, "component", n, default=0, at_least=0)
        take_floats(self, "quantity", (n,), default=1.0)
        require("quantity", self.quantity, self.quantity > 0.0, "be > 0")
        pairs = list(zip(self.parent.tolist(), self.component.tolist(), strict=True))
        if len(set(pairs)) < len(pairs):
            twice = next(pair for pair in pairs if pairs.count(pair) > 1)
            message = f"bill: component {twice[1]} of item {twice[0]} is listed twice"
            raise ProblemError(message)

    def __len__(self) -> int:
        """Return the number of lines."""
        return self.parent.size


def put(owner: object, name: str, values: npt.NDArray[Any]) -> None:
    """Set a read-only array of a frozen record.

    Parameters
    ----------
    owner, name
        Record and column.
    values
        Any.
    """
    values.setflags(write=False)
    object.__setattr__(owner, name, values)


def require(name: str, array: FloatArray, allowed: BoolArray, rule: str) -> None:
    """Refuse the first entry that is not allowed.

    Parameters
    ----------
    name, array
        What is judged.
    allowed
        For each entry whether it is.
    rule
        What an entry must do.

    Raises
    ------
    ProblemError
        If one is not: says which and its value.
    """
    if np.all(allowed):
        return
    where = tuple(np.argwhere(~allowed)[0].tolist())
    entry = ", ".join(str(at) for at in where)
    message = f"{name}[{entry}] must {rule}, was {array[where]}"
    raise ProblemError(message)


def take_floats(
    owner: object,
    name: str,
    shape: tuple[int, ...],
    *,
    default: float | None = None,
    infinity: bool = False,
) -> None:
    """Replace a column by its read-only copy of numbers >= 0.

    Parameters
    ----------
    owner, name
        Record and column.
    shape
        What it must have.
    default
        For a column left empty; None if it may not be.
    infinity
        Whether an entry may be infinite.

    Raises
    ------
    ProblemError
        If the shape or an entry is not allowed.
    """
    value = getattr(owner, name)
    if default is not None and np.size(value) == 0:
        put(owner, name, np.full(shape, default))
        return
    try:
        array = np.array(value, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        message = f"{name} must be an array of numbers: {error}"
        raise ProblemError(message) from error
    if array.shape != shape:
        message = f"{name} must have shape {shape}, had {array.shape}"
        raise ProblemError(message)
    finite = ~np.isnan(array) if infinity else np.isfinite(array)
    rule = "be >= 0" if infinity else "be finite and >= 0"
    require(name, array, finite & (array >= 0.0), rule)
    put(owner, name, array)


def _take_integers(
    owner: object, name: str, n: int, *, default: int, at_least: int
) -> None:
    value = np.array(getattr(owner, name))
    if value.size == 0:
        value = np.full(n, default, dtype=np.int64)
    if value.dtype.kind not in "iu" or value.shape != (n,):
        message = f"{name} must be {n} integers, was {value.dtype} {value.shape}"
        raise ProblemError(message)
    require(name, value, value >= at_least, f"be >= {at_least}")
    put(owner, name, value.astype(np.int64))

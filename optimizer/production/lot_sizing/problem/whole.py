"""The whole lot-sizing problem, with its names.

In every period: components are taken by what is made; what was made `lead_periods` ago
arrives (with lead 0: what is made now); demand is served, or waits, or is turned down.
Stock and waiting demand are counted, and paid for, at the period's end. Demand that
waits is served by the end of the horizon.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.errors import ProblemError
from optimizer.production.lot_sizing.problem.tables import (
    NONE,
    Bill,
    FloatArray,
    IntArray,
    Items,
    Resources,
    put,
    take_floats,
)

__all__ = ["LotSizingProblem"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LotSizingProblem:
    """Items over periods: demand, and what limits how it is made.

    Parameters
    ----------
    items
        A row for each item.
    resources
        A row for each resource, with a capacity for each period.
    demand
        ndarray of shape (n_items, n_periods), float64: units asked for, >= 0, with
        n_periods >= 1; what other items take is not in it.
    bill
        What items are made of. Default: single level.
    item_names, resource_names, period_names
        What they are called. Default: their numbers from 1.

    Raises
    ------
    ProblemError
        If shapes do not fit, an item or resource is not known, the bill has a cycle, or
        names are not as many as the things, or not unique.

    Examples
    --------
    >>> problem = LotSizingProblem(
    ...     items=Items(holding_cost=np.array([1.0]), setup_cost=np.array([10.0])),
    ...     resources=Resources(capacity=np.full((1, 2), 50.0)),
    ...     demand=np.array([[20.0, 30.0]]),
    ... )
    >>> problem.n_items, problem.n_periods, problem.item_names
    (1, 2, ('1',))
    """

    items: Items
    resources: Resources
    demand: FloatArray
    bill: Bill = field(default_factory=Bill)
    item_names: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    period_names: tuple[str, ...] = ()
    order: IntArray = field(init=False, repr=False)
    """Items in an order with each before its components, shape (n_items,)."""

    def __post_init__(self) -> None:
        n, rows = len(self.items), len(self.resources)
        shape = (n, int(self.resources.capacity.shape[1]))
        if shape[1] < 1:
            message = "a problem needs at least one period, had none"
            raise ProblemError(message)
        take_floats(self, "demand", shape)
        for name, count in (("item", n), ("resource", rows), ("period", shape[1])):
            self._take_names(name, count)
        self._refer("resource", self.items.resource, rows)
        self._refer("initial_setup", self.resources.initial_setup, n)
        self._refer("parent", self.bill.parent, n)
        self._refer("component", self.bill.component, n)
        self._judge_initial_setups()
        put(self, "order", self._sorted())

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.items)

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return int(self.demand.shape[1])

    @property
    def n_resources(self) -> int:
        """Number of resources."""
        return len(self.resources)

    def _take_names(self, kind: str, count: int) -> None:
        names = tuple(getattr(self, f"{kind}_names"))
        if not names:
            names = tuple(str(at) for at in range(1, count + 1))
        if len(names) != count or len(set(names)) != count:
            message = f"{kind}_names must be {count} different names, were {names[:9]}"
            raise ProblemError(message)
        object.__setattr__(self, f"{kind}_names", names)

    def _refer(self, name: str, index: IntArray, below: int) -> None:
        wrong = np.flatnonzero(index >= below)
        if wrong.size:
            at = int(wrong[0])
            message = f"{name}[{at}] must be < {below}, was {index[at]}"
            raise ProblemError(message)

    def _judge_initial_setups(self) -> None:
        for row, item in enumerate(self.resources.initial_setup.tolist()):
            if item != NONE and self.items.resource[item] != row:
                message = (
                    f"resource {self.resource_names[row]!r}: initial setup must be an "
                    f"item made there, was {self.item_names[item]!r}"
                )
                raise ProblemError(message)

    def _sorted(self) -> IntArray:
        """Sort items so that what is made comes before what it is made of."""
        waits = np.bincount(self.bill.component, minlength=self.n_items)
        ready = np.flatnonzero(waits == 0).tolist()
        found: list[int] = []
        while ready:
            item = ready.pop(0)
            found.append(item)
            for line in np.flatnonzero(self.bill.parent == item).tolist():
                component = int(self.bill.component[line])
                waits[component] -= 1
                if waits[component] == 0:
                    ready.append(component)
        if len(found) < self.n_items:
            item = int(np.flatnonzero(waits > 0)[0])
            message = (
                f"bill: item {self.item_names[item]!r} is part of a cycle, must not be "
                "made of itself"
            )
            raise ProblemError(message)
        return np.array(found, dtype=np.int64)

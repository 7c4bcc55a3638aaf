"""A tree of stages that promise each other service times."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from optimizer.inventory.problem.lattice import FloatArray

__all__ = ["ServiceStage", "ServiceTimes", "ServiceTree"]

NO_LIMIT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStage:
    """A stage: it takes time, adds value, and may face customers.

    Parameters
    ----------
    name
        Unique in its tree.
    lead_time
        Whole periods that the stage takes once all its inputs are there, >= 0.
    added_cost
        Money a unit that the stage adds, >= 0.
    service_time_max
        Longest time it may promise, whole periods, >= 0; None for no limit. A stage
        that faces customers needs one.
    demand_mean
        Units a period that customers ask for, >= 0.
    demand_sd
        Standard deviation of it, units, >= 0; 0 for a stage without customers.
    safety_factor
        Standard deviations of demand that stock covers, >= 0.
    suppliers
        Stage and units of it for each unit, > 0.
    pooling
        Exponent by which spreads of the stages it serves add up, >= 1: 2 where they are
        independent, 1 where they move together.
    """

    name: str
    lead_time: int
    added_cost: float = 0.0
    service_time_max: int | None = None
    demand_mean: float = 0.0
    demand_sd: float = 0.0
    safety_factor: float = 0.0
    suppliers: tuple[tuple[str, float], ...] = ()
    pooling: float = 2.0

    def __post_init__(self) -> None:
        rules = (
            ("lead_time", self.lead_time, 0.0),
            ("added_cost", self.added_cost, 0.0),
            ("service_time_max", self.service_time_max or 0, 0.0),
            ("demand_mean", self.demand_mean, 0.0),
            ("demand_sd", self.demand_sd, 0.0),
            ("safety_factor", self.safety_factor, 0.0),
            ("pooling", self.pooling, 1.0),
        )
        for name, value, least in rules:
            if not least <= value < math.inf:
                message = (
                    f"stage {self.name!r}: {name} must be >= {least:g}, was {value}"
                )
                raise ProblemError(message)
        for supplier, quantity in self.suppliers:
            if not 0.0 < quantity < math.inf:
                message = (
                    f"stage {self.name!r}: quantity of {supplier!r} must be > 0, "
                    f"was {quantity}"
                )
                raise ProblemError(message)
        if self.demand_sd > 0.0 and self.service_time_max is None:
            message = (
                f"stage {self.name!r} faces customers: say the service_time_max that "
                "they accept"
            )
            raise ProblemError(message)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ServiceTree:
    """Stages whose arcs, taken without direction, form a tree.

    Parameters
    ----------
    stages
        In any order.
    holding_rate
        Money a year (or period) for each money of stock value, > 0.

    Raises
    ------
    ProblemError
        If stages are named twice or not known, or arcs form no tree.
    """

    stages: tuple[ServiceStage, ...]
    holding_rate: float
    up: tuple[int, ...] = field(init=False)
    """Supplying stage of each arc."""
    down: tuple[int, ...] = field(init=False)
    """Supplied stage of each arc."""
    unit_cost: FloatArray = field(init=False, repr=False)
    """Money a unit that leaves each stage, ndarray of shape (n_stages,), float64."""
    spread: FloatArray = field(init=False, repr=False)
    """Safety stock of one period exposed, units, ndarray of shape (n_stages,)."""

    def __post_init__(self) -> None:
        if not 0.0 < self.holding_rate < math.inf:
            message = f"holding_rate must be > 0, was {self.holding_rate}"
            raise ProblemError(message)
        row = {stage.name: at for at, stage in enumerate(self.stages)}
        if len(row) != len(self.stages) or not row:
            message = "stages must have names that differ, at least one"
            raise ProblemError(message)
        arcs = []
        for at, stage in enumerate(self.stages):
            for supplier, quantity in stage.suppliers:
                if supplier not in row:
                    message = (
                        f"stage {stage.name!r}: supplier {supplier!r} is not there"
                    )
                    raise ProblemError(message)
                arcs.append((row[supplier], at, quantity))
        self._judge_tree(arcs)
        object.__setattr__(self, "up", tuple(arc[0] for arc in arcs))
        object.__setattr__(self, "down", tuple(arc[1] for arc in arcs))
        order = _upstream_first(len(self.stages), arcs)
        object.__setattr__(self, "unit_cost", self._values(order, arcs))
        object.__setattr__(self, "spread", self._spreads(order, arcs))

    def _judge_tree(self, arcs: list[tuple[int, int, float]]) -> None:
        group = list(range(len(self.stages)))

        def find(at: int) -> int:
            while group[at] != at:
                at = group[at]
            return at

        for up, down, _ in arcs:
            a, b = find(up), find(down)
            if a == b:
                message = (
                    f"stages {self.stages[up].name!r} and {self.stages[down].name!r} "
                    "are joined in two ways: arcs must form a tree"
                )
                raise ProblemError(message)
            group[a] = b
        n_parts = len({find(at) for at in range(len(self.stages))})
        if n_parts != 1:
            message = f"stages must be joined to one tree, were {n_parts} of them"
            raise ProblemError(message)

    def _values(
        self, order: list[int], arcs: list[tuple[int, int, float]]
    ) -> FloatArray:
        cost = np.array([stage.added_cost for stage in self.stages])
        for at in order:
            for up, down, quantity in arcs:
                if down == at:
                    cost[at] += quantity * cost[up]
        return cost

    def _spreads(
        self, order: list[int], arcs: list[tuple[int, int, float]]
    ) -> FloatArray:
        own = np.array([s.safety_factor * s.demand_sd for s in self.stages])
        spread = own.copy()
        for at in reversed(order):
            power = self.stages[at].pooling
            total = own[at] ** power
            for up, down, quantity in arcs:
                if up == at:
                    total += (quantity * spread[down]) ** power
            spread[at] = total ** (1.0 / power)
        return spread


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTimes:
    """What each stage promises, and the stock that keeps the promises.

    Parameters
    ----------
    outbound
        Periods each stage promises, whole, in the order of the stages.
    inbound
        Periods after which all inputs of a stage are there, whole.
    safety_stock
        Units at each stage.
    cost
        Money a year (or period, as `holding_rate` is) for all safety stock.
    """

    outbound: tuple[int, ...]
    inbound: tuple[int, ...]
    safety_stock: tuple[float, ...]
    cost: float


def _upstream_first(n: int, arcs: list[tuple[int, int, float]]) -> list[int]:
    waiting = [0] * n
    for _, down, _ in arcs:
        waiting[down] += 1
    ready = [at for at in range(n) if not waiting[at]]
    order: list[int] = []
    while ready:
        at = ready.pop()
        order.append(at)
        for up, down, _ in arcs:
            if up == at:
                waiting[down] -= 1
                if not waiting[down]:
                    ready.append(down)
    return order

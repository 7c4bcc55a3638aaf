"""Lot-sizing problems by name as JSON: the format of `problem.json`.

docs/lot_sizing.md has an example of each field. A field left out has the default that
`optimizer.production.lot_sizing.problem` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np

from optimizer.documents import named
from optimizer.errors import ProblemError
from optimizer.production.lot_sizing.problem import (
    NONE,
    Bill,
    Items,
    LotSizingProblem,
    Resources,
)

if TYPE_CHECKING:
    from optimizer.production.lot_sizing.problem import FloatArray

__all__ = ["ItemText", "ProblemText", "ResourceText", "read_own"]

_Amount = Annotated[float, msgspec.Meta(ge=0)]
_Periods = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class ResourceText(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A resource: time in each period, and what goes beyond it."""

    id: str
    capacity: _Amount | list[_Amount]
    overtime_limit: _Amount | list[_Amount] = 0.0
    overtime_cost: _Amount = 0.0
    carry_over: bool = False
    initial_setup: str | None = None


class ItemText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item: demand by period, costs, times, and what it is made of."""

    id: str
    demand: list[_Amount] = []
    resource: str | None = None
    holding_cost: _Amount = 0.0
    setup_cost: _Amount = 0.0
    setup_time: _Amount = 0.0
    unit_time: _Amount = 1.0
    unit_cost: _Amount = 0.0
    initial_stock: _Amount = 0.0
    minimum_lot: _Amount = 0.0
    lead_periods: _Periods = 0
    shelf_life: _Periods | None = None
    backlog_cost: _Amount | None = None
    lost_cost: _Amount | None = None
    bill: dict[str, _Amount] = {}


class ProblemText(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """The whole file."""

    periods: int | list[str]
    items: list[ItemText]
    resources: list[ResourceText] = []


def read_own(text: str, name: str) -> LotSizingProblem:
    """Return the problem of a JSON text.

    Parameters
    ----------
    text
        See docs/lot_sizing.md.
    name
        What errors call it.

    Raises
    ------
    ProblemError
        If the text is not of that form, or names what is not there: says where.

    Examples
    --------
    >>> text = '''{"periods": 2, "items": [{"id": "pump", "demand": [3, 4]}]}'''
    >>> problem = read_own(text, "tiny")
    >>> problem.item_names, problem.demand.tolist(), problem.n_resources
    (('pump',), [[3.0, 4.0]], 0)
    """
    with named(name):
        return _problem(msgspec.json.decode(text, type=ProblemText))


def _problem(given: ProblemText) -> LotSizingProblem:
    periods = given.periods
    names = (
        tuple(str(at) for at in range(1, periods + 1))
        if isinstance(periods, int)
        else tuple(periods)
    )
    n_periods = len(names)
    item_rows = {item.id: at for at, item in enumerate(given.items)}
    resource_rows = {row.id: at for at, row in enumerate(given.resources)}
    return LotSizingProblem(
        items=_items(given.items, resource_rows),
        resources=_resources(given.resources, item_rows, n_periods),
        demand=np.array(
            [_demand(item, n_periods) for item in given.items], dtype=np.float64
        ).reshape(len(given.items), n_periods),
        bill=_bill(given.items, item_rows),
        item_names=tuple(item.id for item in given.items),
        resource_names=tuple(row.id for row in given.resources),
        period_names=names,
    )


def _items(given: list[ItemText], resource_rows: dict[str, int]) -> Items:
    amounts = {
        name: np.array([getattr(item, name) for item in given], dtype=np.float64)
        for name in (
            "holding_cost",
            "setup_cost",
            "setup_time",
            "unit_time",
            "unit_cost",
            "initial_stock",
            "minimum_lot",
        )
    }
    for name in ("backlog_cost", "lost_cost"):
        costs = [getattr(item, name) for item in given]
        amounts[name] = np.array([np.inf if cost is None else cost for cost in costs])
    where = [
        NONE
        if item.resource is None
        else _row(resource_rows, item.resource, f"item {item.id!r}: resource")
        for item in given
    ]
    life = [NONE if item.shelf_life is None else item.shelf_life for item in given]
    return Items(
        **amounts,
        resource=np.array(where, dtype=np.int64),
        lead_periods=np.array([item.lead_periods for item in given], dtype=np.int64),
        shelf_life=np.array(life, dtype=np.int64),
    )


def _resources(
    given: list[ResourceText], item_rows: dict[str, int], n_periods: int
) -> Resources:
    initial = [
        NONE
        if row.initial_setup is None
        else _row(item_rows, row.initial_setup, f"resource {row.id!r}: initial_setup")
        for row in given
    ]
    return Resources(
        capacity=_by_period(given, "capacity", n_periods),
        overtime_limit=_by_period(given, "overtime_limit", n_periods),
        overtime_cost=np.array([row.overtime_cost for row in given], dtype=np.float64),
        carry_over=np.array([row.carry_over for row in given], dtype=np.bool_),
        initial_setup=np.array(initial, dtype=np.int64),
    )


def _by_period(given: list[ResourceText], name: str, n_periods: int) -> FloatArray:
    table = np.zeros((len(given), n_periods))
    for at, row in enumerate(given):
        values = getattr(row, name)
        if isinstance(values, list) and len(values) != n_periods:
            message = (
                f"resource {row.id!r}: {name} must be a number or {n_periods} numbers, "
                f"were {len(values)}"
            )
            raise ProblemError(message)
        table[at] = values
    return table


def _demand(item: ItemText, n_periods: int) -> list[float]:
    if item.demand and len(item.demand) != n_periods:
        message = (
            f"item {item.id!r}: demand must be {n_periods} numbers, were "
            f"{len(item.demand)}"
        )
        raise ProblemError(message)
    return item.demand or [0.0] * n_periods


def _bill(given: list[ItemText], item_rows: dict[str, int]) -> Bill:
    lines = [
        (at, _row(item_rows, component, f"item {item.id!r}: component"), quantity)
        for at, item in enumerate(given)
        for component, quantity in item.bill.items()
    ]
    return Bill(
        parent=np.array([line[0] for line in lines], dtype=np.int64),
        component=np.array([line[1] for line in lines], dtype=np.int64),
        quantity=np.array([line[2] for line in lines], dtype=np.float64),
    )


def _row(rows: dict[str, int], name: str, what: str) -> int:
    if name not in rows:
        message = f"{what} {name!r} is not known, must be one of {list(rows)[:20]}"
        raise ProblemError(message)
    return rows[name]

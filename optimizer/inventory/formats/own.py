"""Our own form of inventory problems: one JSON object.

`items` (each on its own), `groups` (service by class), `serial` (stages one behind the
other), `trees` (guaranteed service), `seasons` (ordered once) and `lots` (steady
demand), all of them optional; see docs/inventory.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from optimizer.errors import ProblemError
from optimizer.inventory.formats.laws import known_keys, law_of
from optimizer.inventory.formats.single import lot_of, season_of
from optimizer.inventory.problem import (
    InventoryProblem,
    Lattice,
    LeadTime,
    LotItem,
    SeasonItem,
    SerialSystem,
    ServiceStage,
    ServiceTarget,
    ServiceTree,
    StockItem,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["InventoryFile", "item_of", "read_inventory"]

Made = TypeVar("Made")

PARTS = ("items", "groups", "serial", "trees", "seasons", "lots")
WANTED = "an object with some of items, serial, trees, seasons and lots"
ITEM_KEYS = (
    "name", "demand", "lead_periods", "review_periods", "holding_cost",
    "shortage_cost", "fixed_cost", "unit_cost", "service", "policy", "multiple",
    "group", "protection",
)  # fmt: skip
SERIAL_KEYS = (
    "name", "echelon_holding_cost", "lead_periods", "shortage_cost", "demand", "names",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryFile:
    """All that a file asks for.

    Parameters
    ----------
    problem
        Items that are replenished on their own.
    serial, trees
        Systems by name.
    seasons, lots
        Items that are ordered once, and of steady demand, by name.
    """

    problem: InventoryProblem
    serial: dict[str, SerialSystem]
    trees: dict[str, ServiceTree]
    seasons: dict[str, SeasonItem]
    lots: dict[str, LotItem]


def read_inventory(path: Path) -> InventoryFile:
    """Read a file of our own form.

    Parameters
    ----------
    path
        JSON.

    Raises
    ------
    ProblemError
        If it is not of that form, with the place.
    """
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        message = f"{path.name} is empty; it must be {WANTED}"
        raise ProblemError(message)
    try:
        given = json.loads(text)
    except ValueError as error:
        message = f"{path.name} is not JSON: {error}"
        raise ProblemError(message) from error
    known_keys(path.name, given, PARTS)
    if not any(given.get(part) for part in PARTS if part != "groups"):
        message = f"{path.name}: had nothing to plan; it must be {WANTED}"
        raise ProblemError(message)
    groups = _each(path.name, "groups", given, service_of)
    items = _each(path.name, "items", given, item_of)
    return InventoryFile(
        problem=InventoryProblem(items=tuple(items.values()), groups=groups),
        serial=_each(path.name, "serial", given, _serial),
        trees=_each(path.name, "trees", given, _tree),
        seasons=_each(path.name, "seasons", given, season_of),
        lots=_each(path.name, "lots", given, lot_of),
    )


def item_of(row: Mapping[str, Any]) -> StockItem:
    """Return an item of the form of a file.

    Parameters
    ----------
    row
        See docs/inventory.md.

    Raises
    ------
    ProblemError
        If it is not of that form.
    """
    known_keys("item", row, ITEM_KEYS)
    given = {
        key: value
        for key, value in row.items()
        if value is not None and key in ITEM_KEYS
    }
    given["name"] = str(row["name"])
    given["demand"] = law_of(row["demand"])
    if "lead_periods" in given:
        given["lead"] = _lead(given.pop("lead_periods"))
    if "service" in given:
        given["service"] = service_of(given["service"])
    if "protection" in given:
        quantiles = given["protection"]
        known_keys("protection", quantiles, ("levels", "values"))
        given["protection"] = Lattice.of_quantiles(
            quantiles["levels"], quantiles["values"]
        )
    return StockItem(**given)


def service_of(row: Mapping[str, Any]) -> ServiceTarget:
    """Return a service of the form of a file: ``{"cycle": 0.95}``, ``{"fill": 0.98}``.

    Parameters
    ----------
    row
        One of the two.

    Raises
    ------
    ProblemError
        If it is not of that form.
    """
    given = {key: value for key, value in row.items() if key not in {"name"}}
    if len(given) != 1:
        message = f"service must be one of cycle and fill, was {dict(row)}"
        raise ProblemError(message)
    ((kind, level),) = given.items()
    if kind == "cycle":
        return ServiceTarget(kind="cycle", level=float(level))
    if kind == "fill":
        return ServiceTarget(kind="fill", level=float(level))
    message = f"service must be one of cycle and fill, was {kind!r}"
    raise ProblemError(message)


def _lead(value: Any) -> LeadTime:  # noqa: ANN401 - what JSON holds
    if isinstance(value, int | float):
        return LeadTime(periods=(float(value),))
    periods = tuple(float(one) for one in value["periods"])
    return LeadTime(periods=periods, probability=tuple(value.get("probability", ())))


def _serial(row: Mapping[str, Any]) -> SerialSystem:
    known_keys("serial", row, SERIAL_KEYS)
    return SerialSystem(
        echelon_holding_cost=tuple(map(float, row["echelon_holding_cost"])),
        lead_periods=tuple(map(float, row["lead_periods"])),
        shortage_cost=float(row["shortage_cost"]),
        demand=law_of(row["demand"]),
        names=tuple(map(str, row.get("names", ()))),
    )


def _tree(row: Mapping[str, Any]) -> ServiceTree:
    known_keys("tree", row, ("name", "holding_rate", "stages"))
    stages = []
    for stage in row["stages"]:
        given = dict(stage)
        given["suppliers"] = tuple(
            (str(name), float(quantity))
            for name, quantity in dict(given.get("suppliers", {})).items()
        )
        stages.append(ServiceStage(**given))
    return ServiceTree(stages=tuple(stages), holding_rate=float(row["holding_rate"]))


def _each(
    file: str, part: str, given: Mapping[str, Any], make: Callable[[Any], Made]
) -> dict[str, Made]:
    rows, found = given.get(part, []), {}
    if not isinstance(rows, list):
        message = f"{file}: {part} must be a list, was {rows!r}"
        raise ProblemError(message)
    for at, row in enumerate(rows):
        try:
            name = str(row["name"])
            found_one = make(row)
        except (KeyError, TypeError, ValueError) as error:
            why = (
                f"{error.args[0]!r} is missing"
                if isinstance(error, KeyError)
                else error
            )
            message = f"{file}: {part}[{at}]: {why}"
            raise ProblemError(message) from error
        if name in found:
            message = f"{file}: {part}[{at}]: {name!r} comes twice"
            raise ProblemError(message)
        found[name] = found_one
    return found

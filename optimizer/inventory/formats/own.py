"""Our own form of inventory problems: one JSON object.

`items` (each on its own), `groups` (service by class), `serial` (stages one behind the
other) and `trees` (guaranteed service), all of them optional; see docs/inventory.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from optimizer.errors import ProblemError
from optimizer.inventory.problem import (
    DemandLaw,
    InventoryProblem,
    Lattice,
    LeadTime,
    SerialSystem,
    ServiceStage,
    ServiceTarget,
    ServiceTree,
    StockItem,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = [
    "InventoryFile",
    "item_of",
    "lattice_of_quantiles",
    "law_of",
    "read_inventory",
]

Made = TypeVar("Made")

PARTS = ("items", "groups", "serial", "trees")
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
    """

    problem: InventoryProblem
    serial: dict[str, SerialSystem]
    trees: dict[str, ServiceTree]


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
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"{path.name} is not JSON: {error}"
        raise ProblemError(message) from error
    _known(path.name, given, PARTS)
    if not any(given.get(part) for part in ("items", "serial", "trees")):
        message = f"{path.name}: must have items, serial or trees, had none"
        raise ProblemError(message)
    groups = _each(path.name, "groups", given, service_of)
    items = _each(path.name, "items", given, item_of)
    return InventoryFile(
        problem=InventoryProblem(items=tuple(items.values()), groups=groups),
        serial=_each(path.name, "serial", given, _serial),
        trees=_each(path.name, "trees", given, _tree),
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
    _known("item", row, ITEM_KEYS)
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
        given["protection"] = lattice_of_quantiles(
            quantiles["levels"], quantiles["values"]
        )
    return StockItem(**given)


def law_of(row: Mapping[str, Any]) -> DemandLaw:
    """Return a demand law of the form of a file.

    Parameters
    ----------
    row
        ``{"law": "poisson", "mean": 4}``; `negative_binomial` with `mean` and
        `variance`; `normal` with `mean` and `sd`; `empirical` with `history`.

    Raises
    ------
    ProblemError
        If it is not of that form.
    """
    _known("demand", row, ("law", "mean", "variance", "sd", "history"))
    law = row.get("law", "empirical" if "history" in row else "poisson")
    match law:
        case "poisson":
            return DemandLaw.poisson(float(row["mean"]))
        case "negative_binomial":
            return DemandLaw.negative_binomial(
                float(row["mean"]), float(row["variance"])
            )
        case "normal":
            return DemandLaw.normal(float(row["mean"]), float(row["sd"]))
        case "empirical":
            return DemandLaw.empirical(np.array(row["history"], np.float64))
    message = (
        "law must be poisson, negative_binomial, normal or empirical, was "
        f"{row.get('law')!r}"
    )
    raise ProblemError(message)


def lattice_of_quantiles(levels: list[float], values: list[float]) -> Lattice:
    """Return the distribution that quantiles describe, straight between them.

    Parameters
    ----------
    levels
        In (0, 1), rising, at least two.
    values
        Units, >= 0, not falling. Beyond the ends the last slope goes on, down to 0.

    Raises
    ------
    ProblemError
        If they are not allowed.

    Examples
    --------
    >>> lattice_of_quantiles([0.25, 0.75], [10.0, 20.0]).mean
    15.0
    """
    share, at = np.asarray(levels, np.float64), np.asarray(values, np.float64)
    if share.shape != at.shape or share.size <= 1:
        message = (
            f"levels and values must be of one length >= 2, were {levels}, {values}"
        )
        raise ProblemError(message)
    if not ((np.diff(share) > 0).all() and share[0] > 0 and share[-1] < 1):
        message = f"levels must rise inside (0, 1), were {levels}"
        raise ProblemError(message)
    if not ((np.diff(at) >= 0).all() and at[0] >= 0 and np.isfinite(at).all()):
        message = f"values must be >= 0 and not fall, were {values}"
        raise ProblemError(message)
    slope_low = (at[1] - at[0]) / (share[1] - share[0])
    slope_high = (at[-1] - at[-2]) / (share[-1] - share[-2])
    low = max(0.0, at[0] - slope_low * share[0])
    high = at[-1] + slope_high * (1.0 - share[-1])
    share = np.concatenate([[0.0], share, [1.0]])
    at = np.concatenate([[low], at, [high]])
    step = max(1.0, float(np.ceil((high - low) / 2048.0)))
    first, last = int(np.floor(low / step)), int(np.ceil(high / step)) + 1
    edges = step * (np.arange(first, last + 2) - 0.5)
    # Where values repeat, the later level counts: a jump of the distribution.
    unique, index = np.unique(at[::-1], return_index=True)
    sums = np.interp(edges, unique, share[::-1][index], left=0.0, right=1.0)
    sums[0], sums[-1] = 0.0, 1.0
    return Lattice(first, np.diff(sums), step).trimmed()


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
    _known("serial", row, SERIAL_KEYS)
    return SerialSystem(
        echelon_holding_cost=tuple(map(float, row["echelon_holding_cost"])),
        lead_periods=tuple(map(float, row["lead_periods"])),
        shortage_cost=float(row["shortage_cost"]),
        demand=law_of(row["demand"]),
        names=tuple(map(str, row.get("names", ()))),
    )


def _tree(row: Mapping[str, Any]) -> ServiceTree:
    _known("tree", row, ("name", "holding_rate", "stages"))
    stages = []
    for stage in row["stages"]:
        given = dict(stage)
        given["suppliers"] = tuple(
            (str(name), float(quantity))
            for name, quantity in dict(given.get("suppliers", {})).items()
        )
        stages.append(ServiceStage(**given))
    return ServiceTree(stages=tuple(stages), holding_rate=float(row["holding_rate"]))


def _known(what: str, row: Any, keys: tuple[str, ...]) -> None:  # noqa: ANN401
    if not isinstance(row, dict):
        message = f"{what}: must be an object, was {row!r}"
        raise ProblemError(message)
    strange = sorted(set(row) - set(keys))
    if strange:
        message = f"{what}: {strange[0]!r} is not known, allowed are {', '.join(keys)}"
        raise ProblemError(message)


def _each(
    file: str, part: str, given: Mapping[str, Any], make: Callable[[Any], Made]
) -> dict[str, Made]:
    rows, found = given.get(part, []), {}
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

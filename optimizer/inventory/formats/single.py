"""Items that are ordered once, and items of steady demand, as files write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.errors import ProblemError
from optimizer.inventory.formats.laws import known_keys, law_of
from optimizer.inventory.problem import LotItem, SeasonItem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["lot_of", "season_of"]

MONEY_KEYS = ("price", "unit_cost", "salvage")
COST_KEYS = ("overage_cost", "underage_cost")
LOT_NUMBERS = (
    "fixed_cost", "demand_rate", "holding_cost", "holding_rate", "shortage_cost",
    "production_rate",
)  # fmt: skip


def season_of(row: Mapping[str, Any]) -> SeasonItem:
    """Return an item that is ordered once.

    Parameters
    ----------
    row
        ``{"name": "cake", "demand": {...}, "price": 5, "unit_cost": 2}``, with
        `salvage` if what is left is worth something; or `overage_cost` and
        `underage_cost` in their place.

    Raises
    ------
    ProblemError
        If it is not of that form.
    """
    known_keys("season", row, ("name", "demand", "periods", *MONEY_KEYS, *COST_KEYS))
    if ("price" in row) == ("underage_cost" in row):
        message = "must have price and unit_cost, or overage_cost and underage_cost"
        raise ProblemError(message)
    if "price" in row:
        unit = float(row["unit_cost"])
        over, under = unit - float(row.get("salvage", 0.0)), float(row["price"]) - unit
    else:
        over, under = float(row["overage_cost"]), float(row["underage_cost"])
    return SeasonItem(
        name=str(row["name"]),
        demand=law_of(row["demand"]),
        overage_cost=over,
        underage_cost=under,
        periods=float(row.get("periods", 1.0)),
    )


def lot_of(row: Mapping[str, Any]) -> LotItem:
    """Return an item of steady demand.

    Parameters
    ----------
    row
        ``{"name": "pen", "fixed_cost": 8, "demand_rate": 1300, "holding_cost": 0.2}``,
        or `holding_rate` and `prices` (`quantity`, `price`) in place of the last.

    Raises
    ------
    ProblemError
        If it is not of that form.
    """
    known_keys("lot", row, ("name", "prices", "incremental", *LOT_NUMBERS))
    numbers = {key: float(row[key]) for key in LOT_NUMBERS if row.get(key) is not None}
    for key in ("fixed_cost", "demand_rate"):
        numbers[key] = float(row[key])
    return LotItem(
        name=str(row["name"]),
        prices=tuple(
            (float(one["quantity"]), float(one["price"]))
            for one in row.get("prices", ())
        ),
        incremental=bool(row.get("incremental", False)),
        **numbers,
    )

"""What a planner sees first: measures now, and what is wrong, by the money at stake."""

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from twin.model.edits import ModelEdits
from twin.model.network import Network
from twin.model.records import PLACE_KINDS
from twin.service.access import Caller
from twin.service.past import Found
from twin.service.seen import visible
from twin.state.views import TABLES

EXCEPTIONS_MAX = 200
_DOWN = ("down",)
_BUSY = ("busy",)
_ABLE = ("idle", "setup", "busy", "blocked")
_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Bound:
    """What a measure cannot, or should not, go beyond.

    Attributes
    ----------
    value : float
        Of the unit of the measure, > 0.
    share : float
        How much of it is reached, >= 0; more than 1 is beyond it.
    """

    value: float
    share: float


@dataclass(frozen=True, slots=True)
class Overview:
    """The network at a moment.

    Attributes
    ----------
    measures : dict of str to float
        Stock, goods on the way and unserved orders in currency; counts of orders and
        machines; share of order lines that are not late.
    bounds : dict of str to Bound
        Of those measures that have one now: all lines on time; late lines of the open
        ones, and what is owed of what was ordered in them; stock of the levels to
        order up to, where there are such; machines down of all, and busy of those
        that are neither off, down nor in maintenance.
    exceptions : list of dict
        What is wrong, the most money first: kind, place, about, money at stake in
        currency, cause in words, since when (microseconds UTC).
    places : list of dict
        Places with stock, unserved and exceptions, for a map.
    """

    measures: dict[str, float]
    bounds: dict[str, Bound]
    exceptions: list[dict[str, Any]]
    places: list[dict[str, Any]]


def overview(network: Network, found: Found, caller: Caller) -> Overview:
    """Look at a state as a planner does.

    Parameters
    ----------
    network : Network
        Prices and places.
    found : Found
        The state.
    caller : Caller
        Sees his sites only.

    Returns
    -------
    Overview
    """
    worth = _worth(network)
    tables = {
        name: visible(make(found.state), caller)
        for name, make in TABLES.items()
        if name != "machines" or not caller.sites
    }
    machines = tables.get("machines")
    stock = tables["stock"].join(worth, on="item", how="left")
    owed = _owed(tables["orders"], worth, now_us=found.latest_us or 0)
    wrong = [
        *_late(owed, stock),
        *_short(stock, tables["in_transit"]),
        *_standing(machines, network, now_us=found.latest_us or 0),
    ]
    wrong.sort(key=lambda one: (-one["money"], one["kind"], one["about"]))
    measures = _measures(stock, owed, tables, worth)
    return Overview(
        measures,
        _bounds(
            measures,
            owed=owed,
            kept=_kept(network, found, caller, stock),
            machines=machines,
        ),
        wrong[:EXCEPTIONS_MAX],
        _places(network, caller, stock, wrong),
    )


def _worth(network: Network) -> pl.DataFrame:
    """Cost and price of items, currency a unit; no price is the cost."""
    items = network.items
    price = np.where(np.isnan(items.price), items.unit_cost, items.price)
    return pl.DataFrame(
        {
            "item": list(items.ids),
            "unit_cost": np.nan_to_num(items.unit_cost),
            "price": np.nan_to_num(price),
        },
        schema_overrides={"item": pl.String},
    )


def _owed(orders: pl.DataFrame, worth: pl.DataFrame, *, now_us: int) -> pl.DataFrame:
    """Return customers' lines with what is owed of them, and what that is worth."""
    owed = pl.col("quantity") - pl.col("shipped")
    return (
        orders.filter(pl.col("kind") == "customer")
        .join(worth, on="item", how="left", suffix="_of_item")
        .with_columns(owed=owed.clip(0))
        .with_columns(
            money=pl.col("owed") * pl.coalesce("price", "price_of_item").fill_null(0.0),
            late=(pl.col("due_us") < now_us).fill_null(value=False)
            & (pl.col("owed") > 0),
        )
    )


def _late(owed: pl.DataFrame, stock: pl.DataFrame) -> list[dict[str, Any]]:
    there = stock.select("item", "place", "on_hand", "in_transit", "on_order")
    rows = owed.filter("late").join(there, on=["item", "place"], how="left")
    return [
        {
            "kind": "order_late",
            "about": row["order"],
            "item": row["item"],
            "place": row["place"],
            "money": row["money"],
            "since_us": row["due_us"],
            "cause": _why_late(row),
        }
        for row in rows.to_dicts()
    ]


def _why_late(row: dict[str, Any]) -> str:
    if (row["on_hand"] or 0.0) >= row["owed"]:
        return "in_stock_not_shipped"
    if (row["in_transit"] or 0.0) > 0.0:
        return "goods_on_the_way"
    return "goods_on_order" if (row["on_order"] or 0.0) > 0.0 else "nothing_on_order"


def _short(stock: pl.DataFrame, transit: pl.DataFrame) -> list[dict[str, Any]]:
    next_due = transit.group_by("item", pl.col("to").alias("place")).agg(
        pl.col("due_us").min()
    )
    rows = stock.filter(pl.col("backorder") > 0).join(
        next_due, on=["item", "place"], how="left"
    )
    return [
        {
            "kind": "stock_short",
            "about": row["item"],
            "item": row["item"],
            "place": row["place"],
            "money": row["backorder"] * (row["price"] or 0.0),
            "since_us": row["updated_us"],
            "until_us": row["due_us"],
            "cause": "goods_on_the_way" if row["due_us"] else "nothing_on_the_way",
        }
        for row in rows.to_dicts()
    ]


def _standing(
    machines: pl.DataFrame | None, network: Network, *, now_us: int
) -> list[dict[str, Any]]:
    if machines is None:
        return []
    known = {name: row for row, name in enumerate(network.machines.ids)}
    cost = np.nan_to_num(network.machines.cost_per_h)
    found = []
    for row in machines.filter(pl.col("state").is_in(_DOWN)).to_dicts():
        index = known.get(row["machine"])
        since_us = row["since_us"] or now_us
        hours = max(0, now_us - since_us) / _HOUR_US
        place = None
        if index is not None:
            place = network.places.ids[network.machines.site_index[index]]
        found.append(
            {
                "kind": "machine_down",
                "about": row["machine"],
                "item": None,
                "place": place,
                "money": hours * float(cost[index]) if index is not None else 0.0,
                "since_us": since_us,
                "cause": "machine_stands",
            }
        )
    return found


def _measures(
    stock: pl.DataFrame,
    owed: pl.DataFrame,
    tables: dict[str, pl.DataFrame],
    worth: pl.DataFrame,
) -> dict[str, float]:
    on_the_way = tables["in_transit"].join(worth, on="item", how="left")
    machines = tables.get("machines")
    n_lines, n_late = owed.height, owed.filter("late").height
    found = {
        "stock_value": (stock["on_hand"] * stock["unit_cost"]).sum(),
        "transit_value": (on_the_way["quantity"] * on_the_way["unit_cost"]).sum(),
        "owed_value": owed["money"].sum(),
        "orders_open": n_lines,
        "orders_late": n_late,
        "on_time_share": 1.0 - n_late / n_lines if n_lines else 1.0,
        "production_open": tables["production_orders"].height,
    }
    if machines is not None:
        found["machines_down"] = machines["state"].is_in(_DOWN).sum()
        found["machines_busy"] = machines["state"].is_in(_BUSY).sum()
        found["machines"] = machines.height
    return {name: float(value or 0.0) for name, value in found.items()}


def _kept(
    network: Network, found: Found, caller: Caller, stock: pl.DataFrame
) -> pl.DataFrame:
    """Return levels that the caller may see with their stock, 0 where there is none."""
    levels = visible(_levels(network, found.edits).drop_nulls(), caller)
    there = stock.select("item", "place", "on_hand")
    return (
        levels.join(there, on=["item", "place"], how="left")
        .join(_worth(network), on="item", how="left")
        .with_columns(pl.col("on_hand").fill_null(0.0))
    )


def _levels(network: Network, edits: ModelEdits) -> pl.DataFrame:
    """Return levels to order up to as events told them last.

    To build and check the whole network anew, as a plan does, takes too long here: what
    is no level is left out.
    """
    told = [
        {**row.key, "told": None if cell is None else float(cell)}
        for row in edits.rows
        if row.table == "stock"
        and _is_level(cell := row.values.get("order_up_to", math.nan))
    ]
    schema = {"item": pl.String, "site": pl.String, "told": pl.Float64}
    edited = pl.DataFrame(told, schema=schema).with_columns(is_told=True)
    levels = network.tables["stock"].select("item", "site", "order_up_to")
    return levels.join(edited, on=["item", "site"], how="left").select(
        "item",
        pl.col("site").alias("place"),
        order_up_to=pl.when("is_told").then("told").otherwise("order_up_to"),
    )


def _is_level(cell: object) -> bool:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return cell is None  # there is none any more
    return 0 <= cell <= sys.float_info.max


def _bounds(
    measures: dict[str, float], *, owed: pl.DataFrame, kept: pl.DataFrame,
    machines: pl.DataFrame | None,
) -> dict[str, Bound]:  # fmt: skip
    ordered = owed["quantity"] * owed["price"].fill_null(owed["price_of_item"])
    pairs = {
        "on_time_share": (measures["on_time_share"], 1.0),
        "orders_late": (measures["orders_late"], owed.height),
        "owed_value": (measures["owed_value"], ordered.sum()),
        "stock_value": (
            (kept["on_hand"] * kept["unit_cost"]).sum(),
            (kept["order_up_to"] * kept["unit_cost"]).sum(),
        ),
    }
    if machines is not None:
        able = machines["state"].is_in(_ABLE).sum()
        pairs["machines_down"] = measures["machines_down"], machines.height
        pairs["machines_busy"] = measures["machines_busy"], able
    return {
        # Stock that is counted below zero reaches nothing of its level.
        name: Bound(float(bound), max(0.0, float(reached) / float(bound)))
        for name, (reached, bound) in pairs.items()
        if 0 < bound < math.inf
    }


def _places(
    network: Network, caller: Caller, stock: pl.DataFrame, wrong: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    value = dict(
        stock.group_by("place")
        .agg((pl.col("on_hand") * pl.col("unit_cost")).sum())
        .iter_rows()
    )
    at_stake: dict[str | None, float] = {}
    for one in wrong:
        at_stake[one["place"]] = at_stake.get(one["place"], 0.0) + one["money"]
    places = network.places
    return [
        {
            "place": name,
            "kind": PLACE_KINDS[places.kind[row]],
            "latitude_deg": _number(places.latitude_deg[row]),
            "longitude_deg": _number(places.longitude_deg[row]),
            "stock_value": float(value.get(name) or 0.0),
            "at_stake": at_stake.get(name, 0.0),
        }
        for row, name in enumerate(places.ids)
        if not caller.sites or name in caller.sites
    ]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

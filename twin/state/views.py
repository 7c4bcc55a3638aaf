"""State as tables a person reads: stock, orders, in transit, machines, production.

Every function takes a `State` whose last instant is closed (`State.settled`) and gives
a polars frame with ids, times in microseconds UTC and quantities in base units.
"""

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from streams.batch import NO_TIME
from twin.state import tables as t
from twin.state.state import State


def _ids(state: State, kind: int, indices: NDArray[np.int32]) -> list[str | None]:
    """Names of entities by dense index; None for -1."""
    numbers = getattr(state.tables, t.TABLE_OF[kind])["name"]
    # There are few items and places however many rows: each is decoded once.
    found, places = np.unique(indices, return_inverse=True)
    known = found[found >= 0]
    missing: list[str | None] = [None] * (len(found) - len(known))
    texts = missing + state.names.texts(numbers[known])
    return [texts[i] for i in places.tolist()]


def _times(column: NDArray[np.int64]) -> pl.Series:
    series = pl.Series(np.ascontiguousarray(column))
    return series.set(series == int(NO_TIME), None)


def _numbers(column: NDArray[np.float64]) -> pl.Series:
    return pl.Series(np.ascontiguousarray(column)).fill_nan(None)


def stock(state: State) -> pl.DataFrame:
    """Stock by item and place.

    Returns
    -------
    polars.DataFrame
        Columns item, place, on_hand, on_order, in_transit, backorder,
        inventory_position (on hand + on order + in transit - backorder), shipped,
        received, updated_us; sorted by item and place.
    """
    rows = state.used()["stock"]
    quantities = ("on_hand", "on_order", "in_transit", "backorder")
    frame = pl.DataFrame(
        {
            "item": _ids(state, t.ITEM, rows["item"]),
            "place": _ids(state, t.PLACE, rows["place"]),
            **{name: _numbers(rows[name]) for name in quantities},
            "inventory_position": _numbers(
                rows["on_hand"]
                + rows["on_order"]
                + rows["in_transit"]
                - rows["backorder"]
            ),
            "shipped": _numbers(rows["shipped"]),
            "received": _numbers(rows["received"]),
            "updated_us": _times(rows["updated_us"]),
        },
        schema_overrides={"item": pl.String, "place": pl.String},
    )
    return frame.sort("item", "place")


def _living(state: State, kind: int) -> NDArray[np.void]:
    rows = state.used()[t.TABLE_OF[kind]]
    living: NDArray[np.void] = rows[rows["status"] == t.OPEN]
    return living


def orders(state: State) -> pl.DataFrame:
    """Open lines of orders of all kinds, sorted by due date, id and item.

    A line is open until as much as ordered was received, by customers too. Of customers
    that report no receipt, lines shipped in full stay here, with nothing owed of them
    (`shipped` is `quantity`), and so do their shipments in `in_transit`; stock,
    backorder and inventory position are right all the same. There is no time-out: a
    feed that knows when goods must have arrived says so with a ShipmentReceived.
    """
    rows = _living(state, t.ORDER)
    frame = pl.DataFrame(
        {
            "order": state.names.texts(rows["name"]),
            "kind": [t.ORDER_KINDS[i] for i in rows["kind"]],
            "item": _ids(state, t.ITEM, rows["item"]),
            "place": _ids(state, t.PLACE, rows["place"]),
            "party": _ids(state, t.PLACE, rows["party"]),
            "quantity": _numbers(rows["quantity"]),
            "shipped": _numbers(rows["shipped"]),
            "delivered": _numbers(rows["delivered"]),
            "price": _numbers(rows["price"]),
            "ordered_us": _times(rows["ordered_us"]),
            "due_us": _times(rows["due_us"]),
        },
        schema_overrides=dict.fromkeys(
            ("order", "kind", "item", "place", "party"), pl.String
        ),
    )
    return frame.sort("due_us", "order", "item", nulls_last=True)


def in_transit(state: State) -> pl.DataFrame:
    """Lines of shipments on the way, sorted by due date, id and item.

    A line is on the way until it is received, at a customer too: see `orders`.
    """
    rows = _living(state, t.SHIPMENT)
    frame = pl.DataFrame(
        {
            "shipment": state.names.texts(rows["name"]),
            "item": _ids(state, t.ITEM, rows["item"]),
            "from": _ids(state, t.PLACE, rows["origin"]),
            "to": _ids(state, t.PLACE, rows["destination"]),
            "quantity": _numbers(rows["quantity"] - rows["received"]),
            "dispatched_us": _times(rows["dispatched_us"]),
            "due_us": _times(rows["due_us"]),
        },
        schema_overrides=dict.fromkeys(("shipment", "item", "from", "to"), pl.String),
    )
    return frame.sort("due_us", "shipment", "item", nulls_last=True)


def production_orders(state: State) -> pl.DataFrame:
    """Open production orders and their work in progress, sorted by release and id."""
    rows = _living(state, t.PRODUCTION)
    frame = pl.DataFrame(
        {
            "production_order": state.names.texts(rows["name"]),
            "item": _ids(state, t.ITEM, rows["item"]),
            "site": _ids(state, t.PLACE, rows["place"]),
            **{
                name: _numbers(rows[name])
                for name in ("quantity", "good", "scrap", "rework")
            },
            "operations_started": pl.Series(np.array(rows["n_started"])),
            "operations_completed": pl.Series(np.array(rows["n_completed"])),
            "operations_running": pl.Series(np.array(rows["running"])),
            "released_us": _times(rows["released_us"]),
            "started_us": _times(rows["started_us"]),
            "last_us": _times(rows["last_us"]),
            "due_us": _times(rows["due_us"]),
        },
        schema_overrides=dict.fromkeys(("production_order", "item", "site"), pl.String),
    )
    return frame.sort("released_us", "production_order", nulls_last=True)


def machines(state: State) -> pl.DataFrame:
    """Machines: what each does and has done, sorted by id."""
    used = state.used()
    rows = used["machines"]
    busy_us = used["time_in_state_us"][:, t.STATE_BUSY]
    frame = pl.DataFrame(
        {
            "machine": _ids(state, t.MACHINE, np.arange(len(rows), dtype=np.int32)),
            "state": [t.MACHINE_STATES[i] for i in rows["state"]],
            "since_us": _times(
                np.where(used["machine_ids"]["n_events"], rows["since_us"], NO_TIME)
            ),
            "operations_running": pl.Series(np.array(rows["running"])),
            "operations_completed": pl.Series(np.array(rows["n_completed"])),
            "good": _numbers(rows["good"]),
            "scrap": _numbers(rows["scrap"]),
            "busy_h": pl.Series(busy_us / 3.6e9),
            "failures": pl.Series(np.array(rows["n_failures"])),
            "readings": pl.Series(np.array(rows["n_readings"])),
        },
        schema_overrides={"machine": pl.String, "state": pl.String},
    )
    return frame.sort("machine")


TABLES: dict[str, Callable[[State], pl.DataFrame]] = {
    "stock": stock,
    "orders": orders,
    "in_transit": in_transit,
    "machines": machines,
    "production_orders": production_orders,
}
"""The tables `millstream state` shows, by name."""


def history(state: State) -> pl.DataFrame:
    """List the closures still remembered, oldest first.

    Returns
    -------
    polars.DataFrame
        Columns kind (see `HISTORY_KINDS`), closed_us, lead_us and late_us (null where
        the start or the due date is not known), place.
    """
    total = int(state.tables.counts[t.HISTORY_ROWS, t.N_USED])
    first = max(0, total - t.HISTORY)
    rows = state.tables.history[np.arange(first, total) % t.HISTORY]
    return pl.DataFrame(
        {
            "kind": [t.HISTORY_KINDS[i] for i in rows["kind"]],
            "closed_us": _times(rows["closed_us"]),
            "lead_us": _times(rows["lead_us"]),
            "late_us": _times(rows["late_us"]),
            "place": _ids(state, t.PLACE, rows["place"]),
        },
        schema_overrides={"kind": pl.String, "place": pl.String},
    )


def coverage(state: State) -> pl.DataFrame:
    """Ids the model does not know, by kind: how many, how often seen, first and last.

    Returns
    -------
    polars.DataFrame
        Columns kind, ids, events, first_us, last_us, examples (at most three ids); a
        kind without unknown ids is not listed.
    """
    found = []
    for kind in (t.ITEM, t.PLACE, t.MACHINE):
        known = int(state.tables.counts[kind, t.N_KNOWN])
        rows = state.used()[t.TABLE_OF[kind]][known:]
        if len(rows):
            examples = [state.names[i] for i in rows["name"][:3]]
            found.append(
                {
                    "kind": t.KINDS[kind],
                    "ids": len(rows),
                    "events": int(rows["n_events"].sum()),
                    "first_us": int(rows["first_us"].min()),
                    "last_us": int(rows["last_us"].max()),
                    "examples": ", ".join(examples),
                }
            )
    schema = {
        "kind": pl.String,
        "ids": pl.Int64,
        "events": pl.Int64,
        "first_us": pl.Int64,
        "last_us": pl.Int64,
        "examples": pl.String,
    }
    return pl.DataFrame(found, schema=schema)


def contradictions(state: State) -> pl.DataFrame:
    """How often events did not fit, by kind, with first and last time."""
    tallies = state.tables.tallies
    frame = pl.DataFrame(
        {
            "contradiction": t.CONTRADICTIONS,
            "count": pl.Series(np.array(tallies["seen"])),
            "first_us": _times(tallies["first_us"]),
            "last_us": _times(tallies["last_us"]),
        }
    )
    return frame.filter(pl.col("count") > 0)

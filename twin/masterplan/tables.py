"""A plan as tables: orders, operations, shipments and sales, with ids and dates."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from streams.batch import NO_TIME, EventBatch
from streams.events import TYPE_CODES
from streams.layout import LAYOUTS
from twin.errors import OptionError
from twin.model.network import Network
from twin.model.records import CUSTOMER, SUPPLIER
from twin.simulate.decisions import Decisions

ORDERS = {
    "release_us": pl.Int64,
    "kind": pl.String,
    "lane": pl.String,
    "item": pl.String,
    "from_place": pl.String,
    "to_place": pl.String,
    "quantity": pl.Float64,
    "order": pl.String,
    "priority": pl.Float64,
    "due_us": pl.Int64,
    "made_for": pl.String,
    "firm": pl.String,
}
"""Columns of the orders of a plan: ``purchase``, ``transport`` or ``production``, in
the order in which they are released; the lane and where goods come from are empty for
production. What is produced has a `priority`, its number in the sequence in front of
machines, and the customer's order it is `made_for`, if any, with the date it is due;
what no later plan may change is `firm`: ``yes``."""

_SENT = TYPE_CODES["ShipmentDispatched"]
_ASKED = TYPE_CODES["OrderReceived"]
_PLACED = TYPE_CODES["PurchaseOrderPlaced"]
_DONE = TYPE_CODES["OperationCompleted"]
_CLOSED = TYPE_CODES["ProductionOrderClosed"]
_BEGUN = TYPE_CODES["OperationStarted"]
_RELEASED = TYPE_CODES["ProductionOrderReleased"]
_SET_UP = TYPE_CODES["SetupCompleted"]
_CHANGED = TYPE_CODES["MachineStateChanged"]
_STATES = next(f.choices for f in LAYOUTS[_CHANGED] if f.name == "state")


@dataclass(frozen=True, slots=True)
class PlanTables:
    """The tables of a plan; times are microseconds UTC.

    All but `orders` have a column ``review``: in which it happens, from 0.

    Attributes
    ----------
    orders : polars.DataFrame
        What is released when, columns of `ORDERS`.
    operations : polars.DataFrame
        ``order, item, operation, machine, start_us, end_us, good, scrap``.
    closed : polars.DataFrame
        ``order, end_us`` of production orders that end within the plan.
    shipments : polars.DataFrame
        ``shipment, order, kind, item, from_place, to_place, quantity, sent_us,
        arrives_us``; kinds are purchase, transport and delivery.
    sales : polars.DataFrame
        ``order, customer, item, site, asked_us, due_us, quantity, shipped``.
    states : polars.DataFrame
        ``machine, state, since_us`` at the ends of shifts and of maintenance.
    begun : polars.DataFrame
        ``order, machine, start_us`` of all operations, those that go on after the plan
        included.
    setups : polars.DataFrame
        ``machine, family, start_us, end_us``.
    released : polars.DataFrame
        ``order, item, site, pieces, released_us, made_for`` of production orders: less
        than was ordered where a component lacked.
    """

    orders: pl.DataFrame
    operations: pl.DataFrame
    closed: pl.DataFrame
    shipments: pl.DataFrame
    sales: pl.DataFrame
    states: pl.DataFrame
    begun: pl.DataFrame
    setups: pl.DataFrame
    released: pl.DataFrame

    def by_name(self) -> dict[str, pl.DataFrame]:
        """Return the tables by their names, in the order of the class."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def orders_of(network: Network, now_us: int, decisions: Decisions) -> pl.DataFrame:
    """Write decisions as orders.

    Parameters
    ----------
    network : Network
        Its lanes and items are meant.
    now_us : int
        When they are released, microseconds UTC.
    decisions : Decisions
        Orders of nothing are left out.

    Returns
    -------
    polars.DataFrame
        Columns of `ORDERS`; of new orders ``order`` is empty.
    """
    lanes, places, items = network.lanes, network.places.ids, network.items.ids
    rows: list[tuple[object, ...]] = []
    for lane, item, quantity, name in zip(
        decisions.lane.tolist(),
        decisions.item.tolist(),
        decisions.quantity.tolist(),
        decisions.name or [""] * len(decisions.lane),
        strict=True,
    ):
        origin = int(lanes.from_place_index[lane])
        kind = "purchase" if origin >= network.n_sites else "transport"
        target = places[int(lanes.to_place_index[lane])]
        row = (kind, lanes.ids[lane], items[item], places[origin], target, quantity)
        rows.append((now_us, *row, name, None, None, "", ""))
    n_made = len(decisions.make_item)
    for item, site, quantity, name, priority, due_us, made_for in zip(
        decisions.make_item.tolist(),
        decisions.make_site.tolist(),
        decisions.make_quantity.tolist(),
        decisions.make_name or [""] * n_made,
        decisions.make_priority.tolist() or [math.nan] * n_made,
        decisions.make_due_us.tolist() or [NO_TIME] * n_made,
        decisions.make_for or [""] * n_made,
        strict=True,
    ):
        row = ("production", "", items[item], "", places[site], quantity)
        rows.append((now_us, *row, name, priority, due_us, made_for, ""))
    frame = pl.DataFrame(rows, schema=ORDERS, orient="row")
    return frame.filter(pl.col("quantity") > 0.0).with_columns(
        pl.col("priority").fill_nan(None),
        due_us=pl.when(pl.col("due_us") != int(NO_TIME)).then("due_us"),
    )


def with_names(
    decided: pl.DataFrame, batch: EventBatch, *, under_way: Collection[str] = ()
) -> pl.DataFrame:
    """Give orders the names with which they were released.

    Parameters
    ----------
    decided : polars.DataFrame
        As of `orders_of`, in the order in which they were released: the one in which
        events tell of them, whichever lanes they go by.
    batch : EventBatch
        In canonical order.
    under_way : collection of str
        Names of the orders there were before, of which the first events tell too.

    Returns
    -------
    polars.DataFrame
        With a column ``order``; empty for what could not begin at all, for want of
        anything to make it from. What is firm keeps its name.
    """
    names = batch.names
    is_new = [firm == "" for firm in decided["firm"].to_list()]
    given = decided["order"].to_list()
    under_way = {*under_way, *decided.filter(pl.col("firm") != "")["order"]}
    told: dict[tuple[int | str, ...], list[str]] = defaultdict(list)
    for row in np.flatnonzero(np.isin(batch.type_code, (_PLACED, _RELEASED))).tolist():
        order = names[batch.subject[row]]
        columns = (batch.item, batch.party, batch.place, batch.parent)
        ends = ("" if (k := int(one[row])) < 0 else names[k] for one in columns)
        if order not in under_way:
            told[int(batch.time_us[row]), *ends].append(order)
    keys = decided.select(
        "release_us", "item", "from_place", "to_place", "made_for"
    ).rows()
    # What came by itself at the same instant is told before.
    left = Counter(key for key, new in zip(keys, is_new, strict=True) if new)
    found: list[str] = []
    for key, new, name in zip(keys, is_new, given, strict=True):
        if not new:
            found.append(name)
            continue
        own = told[key]
        found.append(own[-left[key]] if left[key] <= len(own) else "")
        left[key] -= 1
    return decided.with_columns(order=pl.Series(found, dtype=pl.String))


def decisions_from(
    network: Network, orders: pl.DataFrame, *, named: bool = False
) -> Decisions:
    """Read the orders of one release back as decisions; inverse of `orders_of`.

    Parameters
    ----------
    network : Network
        The one they were planned for.
    orders : polars.DataFrame
        Columns of `ORDERS`.
    named : bool
        Whether they keep the names they have.

    Raises
    ------
    OptionError
        If an order names an item, place or lane that the network has not.
    """
    sent = orders.filter(pl.col("kind") != "production")
    made = orders.filter(pl.col("kind") == "production")

    def index(column: pl.Series, of: dict[str, int]) -> np.ndarray:
        unknown = [name for name in column.to_list() if name not in of]
        if unknown:
            msg = f"orders: {column.name} {unknown[0]!r} is not of this network"
            raise OptionError(msg)
        return np.array([of[name] for name in column.to_list()], np.int32)

    item_index = dict(network.item_index)
    return Decisions(
        lane=index(sent["lane"], dict(network.lane_index)),
        item=index(sent["item"], item_index),
        quantity=sent["quantity"].to_numpy(),
        make_item=index(made["item"], item_index),
        make_site=index(made["to_place"], dict(network.place_index)),
        make_quantity=made["quantity"].to_numpy(),
        make_priority=made["priority"].cast(pl.Float64).fill_null(math.nan).to_numpy(),
        make_due_us=made["due_us"].cast(pl.Int64).fill_null(int(NO_TIME)).to_numpy(),
        make_for=tuple(made["made_for"].fill_null("").to_list()),
        name=tuple(sent["order"].to_list()) if named else (),
        make_name=tuple(made["order"].to_list()) if named else (),
    )


def plan_tables(
    network: Network, batches: Sequence[EventBatch], orders: pl.DataFrame
) -> PlanTables:
    """Collect the tables of a plan from what happened when it was played.

    Parameters
    ----------
    network : Network
        Says what its places are.
    batches : sequence of EventBatch
        In canonical order, one table of names.
    orders : polars.DataFrame
        Columns of `ORDERS`.
    """
    sales, shipments = sales_and_shipments(network, batches)
    return PlanTables(
        orders=orders,
        operations=_frame(batches, _DONE, _OPERATIONS),
        closed=_frame(batches, _CLOSED, _ENDS),
        shipments=shipments,
        sales=sales,
        states=_states(batches),
        begun=_frame(batches, _BEGUN, _STARTS),
        setups=_frame(batches, _SET_UP, _SETUPS),
        released=_frame(batches, _RELEASED, _RELEASES),
    )


def sales_and_shipments(
    network: Network, batches: Sequence[EventBatch]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Collect what customers asked for, and all that was sent.

    Parameters
    ----------
    network : Network
        Says what its places are.
    batches : sequence of EventBatch
        In canonical order, one table of names.

    Returns
    -------
    tuple of polars.DataFrame
        As `sales` and `shipments` of `PlanTables`.
    """
    shipments = _shipments(network, batches)
    shipped = (
        shipments.filter(pl.col("kind") == "delivery")
        .group_by("order")
        .agg(shipped=pl.col("quantity").sum())
    )
    sales = _frame(batches, _ASKED, _SALES).join(
        shipped, on="order", how="left", maintain_order="left"
    )
    return sales.with_columns(pl.col("shipped").fill_null(0.0)), shipments


# Column of a table -> column of a batch.
_SALES = {
    "order": "subject", "customer": "party", "item": "item", "site": "place",
    "asked_us": "time_us", "due_us": "time0", "quantity": "value0",
}  # fmt: skip
_OPERATIONS = {
    "order": "subject", "item": "item", "operation": "party", "machine": "place",
    "start_us": "time0", "end_us": "time_us", "good": "value0", "scrap": "value1",
}  # fmt: skip
_STARTS = {"order": "subject", "machine": "place", "start_us": "time_us"}
_SETUPS = {
    "machine": "place", "family": "party", "start_us": "time0", "end_us": "time_us",
}  # fmt: skip
_RELEASES = {
    "order": "subject", "item": "item", "site": "place", "pieces": "value0",
    "released_us": "time_us", "made_for": "parent",
}  # fmt: skip
_ENDS = {"order": "subject", "end_us": "time_us"}
_SHIPMENTS = {
    "shipment": "subject", "order": "parent", "item": "item", "from_place": "place",
    "to_place": "party", "quantity": "value0", "sent_us": "time_us",
    "arrives_us": "time0",
}  # fmt: skip
_NAMED = frozenset(("subject", "party", "item", "place", "parent"))


def _frame(
    batches: Sequence[EventBatch], code: int, columns: dict[str, str]
) -> pl.DataFrame:
    schema = {
        name: pl.String
        if of in _NAMED
        else (pl.Float64 if of.startswith("value") else pl.Int64)
        for name, of in columns.items()
    }
    frames = [pl.DataFrame(schema=schema | {"review": pl.Int64})]
    for review, batch in enumerate(batches):
        rows = np.flatnonzero(batch.type_code == code)
        values = {name: _column(batch, of, rows) for name, of in columns.items()}
        frames.append(pl.DataFrame(values, schema=schema).with_columns(review=review))
    return pl.concat(frames, how="diagonal_relaxed")


def _column(batch: EventBatch, name: str, rows: np.ndarray) -> pl.Series:
    values = getattr(batch, name)[rows]
    if name in _NAMED:
        names = batch.names
        texts = ["" if k < 0 else names[k] for k in values.tolist()]
        return pl.Series(texts, dtype=pl.String)
    column = pl.Series(values)
    if values.dtype == np.int64:
        return column.set(column == int(NO_TIME), None)
    return column


def _states(batches: Sequence[EventBatch]) -> pl.DataFrame:
    columns = {"machine": "place", "state": "code", "since_us": "time_us"}
    frame = _frame(batches, _CHANGED, columns)
    names = dict(enumerate(_STATES))
    return frame.with_columns(
        pl.col("state").replace_strict(names, return_dtype=pl.String)
    )


def _shipments(network: Network, batches: Sequence[EventBatch]) -> pl.DataFrame:
    kind_of = dict(zip(network.places.ids, network.places.kind.tolist(), strict=True))
    suppliers = [name for name, kind in kind_of.items() if kind == SUPPLIER]
    customers = [name for name, kind in kind_of.items() if kind == CUSTOMER]
    kind = (
        pl.when(pl.col("from_place").is_in(suppliers))
        .then(pl.lit("purchase"))
        .when(pl.col("to_place").is_in(customers))
        .then(pl.lit("delivery"))
        .otherwise(pl.lit("transport"))
    )
    frame = _frame(batches, _SENT, _SHIPMENTS).with_columns(kind=kind)
    first = ["shipment", "order", "kind"]
    return frame.select(*first, *(name for name in frame.columns if name not in first))

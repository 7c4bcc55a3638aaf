"""What happened to orders, as tables by kind of fact.

Kept of a stream of events is what tells of orders: their release and the answers to it,
and purchase, transport and production orders as they are carried out.
"""

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl

from streams.batch import NO_TIME, EventBatch
from streams.events import TYPE_CODES, OrderAcknowledged, OrderDispatched

KINDS = ("purchase", "production", "transport")
"""Kinds of orders, by the code of `streams.events.MessageKind`."""

REJECTED = 1  # position in `streams.events.Answer`
_RECEIPT = 2  # position in `streams.events.MoveReason`

_TYPES = (
    "OrderDispatched", "OrderAcknowledged", "PurchaseOrderPlaced", "OrderCancelled",
    "ShipmentDispatched", "ShipmentReceived", "ProductionOrderReleased",
    "ProductionOrderClosed", "OperationStarted", "OperationCompleted", "StockMoved",
)  # fmt: skip
_CODES = np.array([TYPE_CODES[name] for name in _TYPES], np.int16)
_REFERENCES = ("subject", "item", "place", "party", "parent")
_COLUMNS = ("time_us", "type_code", "code", "value0", "value1", "time0")
_FACTS = {
    "time_us": pl.Int64, "type_code": pl.Int16, "code": pl.Int16, "value0": pl.Float64,
    "value1": pl.Float64, "time0": pl.Int64, **dict.fromkeys(_REFERENCES, pl.String),
}  # fmt: skip

RELEASED = {
    "order": pl.String, "kind": pl.String, "plan": pl.String, "item": pl.String,
    "site": pl.String, "source": pl.String, "quantity": pl.Float64,
    "expected": pl.Float64, "released_us": pl.Int64, "due_us": pl.Int64,
}  # fmt: skip
ANSWERS = {
    "order": pl.String, "rejected": pl.Boolean, "executed_as": pl.String,
    "answered_us": pl.Int64,
}  # fmt: skip


class Facts:
    """Gathers what tells of orders.

    Orders and answers may be given as records, as a loop has them, or come with the
    events of a log.
    """

    def __init__(self) -> None:
        self._released: list[dict[str, object]] = []
        self._answers: list[dict[str, object]] = []
        self._frames: list[pl.DataFrame] = []

    def release(self, orders: Sequence[OrderDispatched], *, now_us: int) -> None:
        """Take orders that leave.

        Parameters
        ----------
        orders : sequence of OrderDispatched
            Released together.
        now_us : int
            When, microseconds UTC.
        """
        self._released += [
            {name: getattr(one, name, None) for name in RELEASED}
            | {"released_us": now_us}
            for one in orders
        ]

    def answer(self, answers: Sequence[OrderAcknowledged], *, now_us: int) -> None:
        """Take answers of who executes.

        Parameters
        ----------
        answers : sequence of OrderAcknowledged
            As they came.
        now_us : int
            When, microseconds UTC.
        """
        self._answers += [
            {
                "order": one.order,
                "rejected": one.answer == "rejected",
                "executed_as": one.executed_as,
                "answered_us": now_us,
            }
            for one in answers
        ]

    def book(self, events: EventBatch) -> None:
        """Take what happened.

        Parameters
        ----------
        events : EventBatch
            In canonical order, after what was taken before.
        """
        events = events.take(np.isin(events.type_code, _CODES))
        if not len(events):
            return
        columns: dict[str, object] = {
            name: np.asarray(getattr(events, name)) for name in _COLUMNS
        }
        for name in _REFERENCES:
            columns[name] = _texts(events, name)
        frame = pl.DataFrame(columns, schema=_FACTS)
        never = int(NO_TIME)
        self._frames.append(
            frame.with_columns(
                pl.when(pl.col("time0") != never).then(pl.col("time0")).alias("time0"),
                pl.col("value0", "value1").fill_nan(None),
            )
        )

    def released(self) -> pl.DataFrame:
        """Return the orders that left, each once: columns of `RELEASED`."""
        told = self._of("OrderDispatched").select(
            order="subject",
            kind=pl.col("code").replace_strict(
                dict(enumerate(KINDS)), return_dtype=pl.String
            ),
            plan="parent",
            item="item",
            site="place",
            source="party",
            quantity="value0",
            expected="value1",
            released_us="time_us",
            due_us="time0",
        )
        given = pl.DataFrame(self._released, schema=RELEASED)
        # Of an order that arrived twice the first counts.
        return pl.concat([given, told]).unique(
            "order", keep="first", maintain_order=True
        )

    def answers(self) -> pl.DataFrame:
        """Return the last answer to each order: columns of `ANSWERS`."""
        told = self._of("OrderAcknowledged").select(
            order="subject",
            rejected=pl.col("code") == REJECTED,
            executed_as="parent",
            answered_us="time_us",
        )
        given = pl.DataFrame(self._answers, schema=ANSWERS)
        return pl.concat([given, told]).unique(
            "order", keep="last", maintain_order=True
        )

    def lane_orders(self, sites: Collection[str]) -> pl.DataFrame:
        """Return purchase and transport orders as they were placed, a row a line.

        Parameters
        ----------
        sites : collection of str
            Places that are no suppliers: what comes from them is moved, not bought.
        """
        moved = pl.col("party").is_in(list(sites))
        return (
            self._of("PurchaseOrderPlaced")
            .select(
                name="subject",
                kind=pl.when(moved)
                .then(pl.lit("transport"))
                .otherwise(pl.lit("purchase")),
                item="item",
                site="place",
                source="party",
                quantity="value0",
                begun_us="time_us",
            )
            .unique(["name", "item"], keep="first", maintain_order=True)
        )

    def production_orders(self) -> pl.DataFrame:
        """Return production orders as they were released to the floor."""
        return (
            self._of("ProductionOrderReleased")
            .select(
                name="subject",
                kind=pl.lit("production"),
                item="item",
                site="place",
                source=pl.lit(None, pl.String),
                quantity="value0",
                begun_us="time_us",
            )
            .unique("name", keep="first", maintain_order=True)
        )

    def sent(self) -> pl.DataFrame:
        """Return shipments that left for an order: ``name, item, quantity, at_us``."""
        return (
            self._of("ShipmentDispatched")
            .filter(pl.col("parent").is_not_null())
            .select(name="parent", item="item", quantity="value0", at_us="time_us")
        )

    def received(self) -> pl.DataFrame:
        """Return receipts by order: ``name, item, quantity, at_us``.

        A receipt that names no order is for that of its shipment.
        """
        of_shipment = (
            self._of("ShipmentDispatched")
            .select("subject", "item", of="parent")
            .unique(["subject", "item"], keep="first", maintain_order=True)
        )
        return (
            self._of("ShipmentReceived")
            .join(
                of_shipment, on=["subject", "item"], how="left", maintain_order="left"
            )
            .with_columns(name=pl.coalesce("parent", "of"))
            .filter(pl.col("name").is_not_null())
            .select("name", "item", quantity="value0", at_us="time_us")
        )

    def made(self) -> pl.DataFrame:
        """Return what came out of production: ``name, item, quantity, at_us``."""
        return (
            self._of("StockMoved")
            .filter((pl.col("code") == _RECEIPT) & pl.col("parent").is_not_null())
            .select(name="parent", item="item", quantity="value0", at_us="time_us")
        )

    def operations(self) -> pl.DataFrame:
        """Return when work on production orders began: ``name, at_us``."""
        started = self._of("OperationStarted").select(name="subject", at_us="time_us")
        done = self._of("OperationCompleted").select(
            name="subject", at_us=pl.coalesce("time0", "time_us")
        )
        return pl.concat([started, done])

    def closed(self) -> pl.DataFrame:
        """Return orders that came to an end: ``name, closed_us``."""
        ends = [self._of("OrderCancelled"), self._of("ProductionOrderClosed")]
        return (
            pl.concat(ends)
            .select(name="subject", closed_us="time_us")
            .unique("name", keep="first", maintain_order=True)
        )

    def _of(self, name: str) -> pl.DataFrame:
        if len(self._frames) != 1:
            self._frames = [pl.concat([pl.DataFrame(schema=_FACTS), *self._frames])]
        return self._frames[0].filter(pl.col("type_code") == TYPE_CODES[name])


def _texts(events: EventBatch, column: str) -> list[str | None]:
    names = events.names
    numbers = getattr(events, column).tolist()
    return [None if number < 0 else names[number] for number in numbers]

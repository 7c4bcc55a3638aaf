"""What of a run needs a planner: sales lost or late, work and suppliers behind."""

import polars as pl

from streams.batch import NO_TIME, EventBatch
from streams.events import TYPE_CODES
from streams.names import Names
from twin.cli.console import time_text
from twin.model.network import Network
from twin.model.records import SUPPLIER
from twin.report import ExceptionMessage

ROWS_MAX = 4
"""Messages of each kind: twice as many push the dearest of the others off a screen."""

UNITS_MIN = 1e-6  # less than this is what rounding leaves of an order
SLOW_QUANTILE = 0.9
CLOSED_MIN = 10  # closed production orders, before others are called slow
DAY_US = 86_400_000_000

_TYPES = (
    "OrderReceived",
    "OrderCancelled",
    "PurchaseOrderPlaced",
    "ShipmentDispatched",
    "ShipmentReceived",
    "ProductionOrderReleased",
    "ProductionOrderClosed",
)
_COLUMNS = (
    "time_us", "type_code", "subject", "item", "place", "party", "parent", "value0",
    "value1", "time0",
)  # fmt: skip


def facts_of(events: EventBatch) -> pl.DataFrame:
    """Keep of a batch what `exception_messages` reads.

    Parameters
    ----------
    events : EventBatch
        Of one review; numbers of names stay those of its table.

    Returns
    -------
    polars.DataFrame
        One row an event of orders, shipments and production orders.
    """
    codes = [TYPE_CODES[name] for name in _TYPES]
    columns = {name: getattr(events, name) for name in _COLUMNS}
    return pl.DataFrame(columns).filter(pl.col("type_code").is_in(codes))


def exception_messages(
    network: Network, facts: pl.DataFrame, names: Names, *, end_us: int
) -> tuple[ExceptionMessage, ...]:
    """Say what went wrong in a run, and what still is.

    Parameters
    ----------
    network : Network
        Its prices and costs value what is missing.
    facts : polars.DataFrame
        `facts_of` all batches of the run, one below the other.
    names : Names
        What the numbers in `facts` mean.
    end_us : int
        End of the run.

    Returns
    -------
    tuple of ExceptionMessage
        At most `ROWS_MAX` of each kind, the dearest: sales lost; sales that customers
        still wait for; production orders open for longer than nine of ten took;
        suppliers whose goods came a review or more after they were due.
    """
    if facts.is_empty():
        return ()
    words = _Words(network, names)
    orders = _customer_orders(facts, words)
    return (
        *_lost(orders, words),
        *_waiting(orders, words, end_us),
        *_slow_production(facts, words, end_us),
        *_late_suppliers(facts, words, end_us),
    )


class _Words:
    """Ids of numbers, and what a unit is worth."""

    def __init__(self, network: Network, names: Names) -> None:
        self.network = network
        self.names = names
        items, demands, places = network.items, network.demands, network.places
        self._unit_cost = {
            name: float(cost)
            for name, cost in zip(items.ids, items.unit_cost, strict=True)
        }
        self.suppliers = [
            names.index(places.ids[k])
            for k in range(len(places.ids))
            if places.kind[k] == SUPPLIER
        ]
        of_items = names.indices(items.ids)
        of_places = names.indices(places.ids)
        prices = {
            "party": of_places[demands.customer_index],
            "item": of_items[demands.item_index],
            "place": of_places[demands.site_index],
            "listed": demands.price,
        }
        keys = ["party", "item", "place"]
        self.prices = pl.DataFrame(prices).unique(keys, keep="first")

    def __getitem__(self, number: int) -> str:
        return "?" if number < 0 else self.names[number]

    def cost(self, item: int) -> float:
        return self._unit_cost.get(self[item], float("nan"))


def _of(facts: pl.DataFrame, name: str) -> pl.DataFrame:
    return facts.filter(pl.col("type_code") == TYPE_CODES[name])


def _customer_orders(facts: pl.DataFrame, words: _Words) -> pl.DataFrame:
    """Return a row a customer order: what is left, its price, whether it was lost."""
    sent = _of(facts, "ShipmentDispatched").group_by("parent")
    cancelled = _of(facts, "OrderCancelled")["subject"].unique()
    price = pl.col("value1").fill_nan(None).fill_null(pl.col("listed"))
    return (
        _of(facts, "OrderReceived")
        .unique("subject", keep="first", maintain_order=True)
        .join(sent.agg(sent=pl.col("value0").sum()), left_on="subject",
              right_on="parent", how="left")
        .join(words.prices, on=["party", "item", "place"], how="left")
        .with_columns(
            left=pl.col("value0") - pl.col("sent").fill_null(0.0),
            lost=pl.col("subject").is_in(cancelled.to_list()),
            price=price.fill_null(float("nan")),
        )
        .filter(pl.col("left") > UNITS_MIN)
    )  # fmt: skip


def _by_demand(orders: pl.DataFrame) -> list[dict[str, int | float]]:
    """List the demands with the most money at stake."""
    return (
        orders.group_by("party", "item", "place", maintain_order=True)
        .agg(
            units=pl.col("left").sum(),
            money=(pl.col("left") * pl.col("price")).sum(),
            orders=pl.len(),
            first_us=pl.col("time_us").min(),
            last_us=pl.col("time_us").max(),
        )
        .sort(pl.col("money").fill_nan(0.0), descending=True, maintain_order=True)
        .head(ROWS_MAX)
        .to_dicts()
    )


def _lost(orders: pl.DataFrame, words: _Words) -> list[ExceptionMessage]:
    messages = []
    for row in _by_demand(orders.filter(pl.col("lost"))):
        span = _span(int(row["first_us"]), int(row["last_us"]))
        text = (
            f"{words[int(row['party'])]} went without {_units(row['units'])} of "
            f"{words[int(row['item'])]} that {words[int(row['place'])]} did not have: "
            f"{_count(int(row['orders']), 'order')} lost {span}"
        )
        messages.append(ExceptionMessage(text, float(row["money"])))
    return messages


def _waiting(
    orders: pl.DataFrame, words: _Words, end_us: int
) -> list[ExceptionMessage]:
    # What was ordered in the last instant has not been waited for.
    waiting = orders.filter(~pl.col("lost") & (pl.col("time_us") < end_us))
    messages = []
    for row in _by_demand(waiting):
        text = (
            f"{words[int(row['party'])]} still waits for {_units(row['units'])} of "
            f"{words[int(row['item'])]} from {words[int(row['place'])]}: "
            f"{_count(int(row['orders']), 'order')}, the oldest of "
            f"{_day(int(row['first_us']))}"
        )
        messages.append(ExceptionMessage(text, float(row["money"])))
    return messages


def _slow_production(
    facts: pl.DataFrame, words: _Words, end_us: int
) -> list[ExceptionMessage]:
    closed = _of(facts, "ProductionOrderClosed").select("subject", closed_us="time_us")
    orders = _of(facts, "ProductionOrderReleased").join(
        closed.unique("subject"), on="subject", how="left", maintain_order="left"
    )
    took_us = (orders["closed_us"] - orders["time_us"]).drop_nulls()
    if len(took_us) < CLOSED_MIN:
        return []
    usual_us = float(took_us.quantile(SLOW_QUANTILE, "higher") or 0.0)
    slow = orders.filter(
        pl.col("closed_us").is_null() & (end_us - pl.col("time_us") > usual_us)
    ).sort("time_us", maintain_order=True)
    return [
        ExceptionMessage(
            f"{words[row['place']]}: {row['value0']:,.0f} {words[row['item']]} "
            f"({words[row['subject']]}) in production since {_day(row['time_us'])}, "
            f"{_days(end_us - row['time_us'])}; nine of ten orders took less than "
            f"{_days(usual_us)}",
            row["value0"] * words.cost(row["item"]),
        )
        for row in slow.head(ROWS_MAX).to_dicts()
    ]


def _late_suppliers(
    facts: pl.DataFrame, words: _Words, end_us: int
) -> list[ExceptionMessage]:
    late = _late_purchases(facts, words, end_us)
    messages = []
    for (supplier,), orders in late.group_by("party", maintain_order=True):
        worst = orders.row(orders["late_us"].arg_max() or 0, named=True)
        n_open = int(orders["open"].sum())
        text = (
            f"{words[int(supplier)]} was late with {_count(len(orders), 'order')}, "
            f"at worst by {_days(worst['late_us'])}: {words[worst['item']]} for "
            f"{words[worst['place']]}, due {_day(worst['time0'])}"
        )
        text += f"; {n_open} not here yet" if n_open else ""
        costs = [words.cost(item) for item in orders["item"]]
        money = float((orders["value0"] * pl.Series(costs)).sum())
        messages.append(ExceptionMessage(text, money))
    messages.sort(key=lambda message: -message.money)
    return messages[:ROWS_MAX]


def _late_purchases(facts: pl.DataFrame, words: _Words, end_us: int) -> pl.DataFrame:
    """Return orders at suppliers that came, or are, a review or more late."""
    sent = _of(facts, "ShipmentDispatched").select("subject", sent_for="parent")
    came = (
        _of(facts, "ShipmentReceived")
        .join(sent.unique("subject"), on="subject", how="left")
        # Goods under way at the start were sent before there was a log.
        .with_columns(order=pl.when(pl.col("parent") < 0).then("sent_for")
                      .otherwise("parent"))
        .group_by("order")
        .agg(came=pl.col("value0").sum(), came_us=pl.col("time_us").max())
    )  # fmt: skip
    cancelled = _of(facts, "OrderCancelled")["subject"].unique()
    missing = pl.col("value0") - pl.col("came").fill_null(0.0)
    return (
        _of(facts, "PurchaseOrderPlaced")
        .filter(pl.col("party").is_in(words.suppliers) & (pl.col("time0") != NO_TIME))
        .filter(~pl.col("subject").is_in(cancelled.to_list()))
        .join(came, left_on="subject", right_on="order", how="left")
        .with_columns(open=missing > UNITS_MIN)
        .with_columns(
            late_us=pl.when("open").then(end_us).otherwise("came_us") - pl.col("time0")
        )
        .filter(pl.col("late_us") >= words.network.settings.review_us)
        .sort("time0", "subject")
    )


def _units(value: float) -> str:
    return f"{value:,.0f}" if value >= 1.0 else f"{value:.2g}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _day(time_us: int) -> str:
    return time_text(time_us)[:10]


def _span(first_us: int, last_us: int) -> str:
    first, last = _day(first_us), _day(last_us)
    return f"on {first}" if first == last else f"between {first} and {last}"


def _days(duration_us: float) -> str:
    return f"{duration_us / DAY_US:,.1f} days"

"""The SCMS deliveries, imported and replayed, against a recount with polars.

The recount reads the table itself, with dates taken apart by its own rules, and of the
log only the text of its records, to know which events came before an offset.
"""

import json
import re
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from streams.events import TYPE_CODES
from streams.log import LogReader
from streams.records import Position
from twin.model import load
from twin.replay import open_source, state_at
from twin.state import views

TABLE = "scms_delivery_history.csv"
LEVELS = (0.1, 0.5, 0.9)
PLACED, CONFIRMED, RECEIVED = (
    "PurchaseOrderPlaced",
    "PurchaseOrderConfirmed",
    "ShipmentReceived",
)


def day_us(text):
    """Microseconds of a day; None for "N/A - From RDC" and the like.

    A day such as 2002-09-15 is the 9th of February 2015, turned round by a spreadsheet.
    """
    if turned := re.fullmatch(r"20(\d\d)-(\d\d)-(\d\d)", text):
        month, day, year = map(int, turned.groups())
    elif slashed := re.fullmatch(r"(\d\d?)/(\d\d?)/(\d\d)", text):
        month, day, year = map(int, slashed.groups())
    elif re.fullmatch(r"\d\d?-[A-Z][a-z]{2}-\d\d", text):
        named = datetime.strptime(text, "%d-%b-%y").replace(tzinfo=UTC)
        month, day, year = named.month, named.day, named.year - 2000
    else:
        return None
    moment = datetime(2000 + year, month, day, tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000


@pytest.fixture(scope="module")
def lines(public_data):
    """Rows of the table: what was ordered, when, and when it came."""
    table = pl.read_csv(public_data / "real" / TABLE, infer_schema_length=0)
    dates = {
        "ordered_us": "PO Sent to Vendor Date",
        "due_us": "Scheduled Delivery Date",
        "received_us": "Delivered to Client Date",
    }
    return table.select(
        pl.col("ID").alias("order"),
        pl.col("Item Description").alias("item"),
        pl.col("Country").alias("site"),
        pl.col("Line Item Quantity").cast(pl.Float64).alias("quantity"),
        *(
            pl.Series(name, [day_us(text) for text in table[column]], pl.Int64)
            for name, column in dates.items()
        ),
    )


@pytest.fixture(scope="module")
def scms(imported):
    log, network = imported(TABLE, "scms")
    with LogReader(log) as reader:
        values = []
        while batch := reader.poll(0, 10**6):
            values += [json.loads(value) for value in batch.values()]
    records = pl.DataFrame(
        {
            "type": [one["type"] for one in values],
            "time": [one["time"] for one in values],
            "order": [one["data"]["order"] for one in values],
        }
    )
    time = pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us")
    records = records.with_columns(time.cast(pl.Int64).alias("time_us")).drop("time")
    return log, load(network), records.select("type", "order", "time_us")


def test_log_holds_the_lines_of_the_table_in_order(scms, lines):
    _, _, records = scms
    first_known = pl.min_horizontal("due_us", "received_us")
    known = pl.col("ordered_us").is_not_null()
    begun = lines.select(
        pl.when(known).then(pl.lit(PLACED)).otherwise(pl.lit(CONFIRMED)).alias("type"),
        "order",
        pl.when(known).then("ordered_us").otherwise(first_known).alias("time_us"),
    )
    came = lines.select(
        pl.lit(RECEIVED).alias("type"), "order", pl.col("received_us").alias("time_us")
    )
    expected = pl.concat([begun, came])
    assert records.sort("type", "order").equals(expected.sort("type", "order"))
    assert records["time_us"].is_sorted()


@pytest.mark.slow
def test_state_equals_the_recount_at_random_offsets(scms, lines):
    log, network, records = scms
    rng = np.random.default_rng(9)
    offsets = rng.choice(records.height, 20, replace=False).tolist()
    for offset in [*offsets, records.height]:
        with open_source(str(log)) as source:
            (partition,) = source.partitions()
            place = Position({partition: offset})
            state = state_at(source, network, position=place)
        check(state, records.head(offset), lines)


def check(state, before, lines):
    counts = dict(before.group_by("type").len().iter_rows())
    told = dict(zip(TYPE_CODES, state.tables.type_counts.tolist(), strict=True))
    assert {name: n for name, n in told.items() if n} == counts
    came = before.filter(pl.col("type") == RECEIVED)["order"]
    begun = before.filter(pl.col("type") != RECEIVED)["order"]
    begun_lines = lines.filter(pl.col("order").is_in(begun.implode()))
    has_come = pl.col("order").is_in(came.implode())
    check_open(state, begun_lines.filter(~has_come), set(came) - set(begun))
    check_closed(state, begun_lines.filter(has_come))
    check_stock(state, lines.filter(has_come))


def check_open(state, still_open, unknown):
    """Work in progress: orders and quantities on order; deliveries nobody ordered."""
    orders = views.orders(state)
    known = orders.filter(pl.col("kind") == "purchase")
    assert dict(known.select("order", "quantity").iter_rows()) == dict(
        still_open.select("order", "quantity").iter_rows()
    )
    assert set(orders.filter(pl.col("kind") == "unknown")["order"]) == unknown
    assert point_sums(views.stock(state), "on_order", "place") == point_sums(
        still_open, "quantity", "site"
    )


def point_sums(frame, column, site):
    sums = frame.group_by("item", site).agg(pl.col(column).sum())
    return {(item, at): total for item, at, total in sums.iter_rows() if total}


def check_closed(state, closed):
    """Lead times and the on-time share of what was delivered."""
    history = views.history(state).filter(pl.col("kind") == "purchase")
    leads = closed.select(pl.col("received_us") - pl.col("ordered_us")).to_series()
    told = history["lead_us"].drop_nulls()
    assert sorted(told) == sorted(leads.drop_nulls())
    for level in LEVELS:
        expected = leads.quantile(level, "linear")
        assert told.quantile(level, "linear") == pytest.approx(expected, rel=1e-12)
    assert history.height == closed.height
    in_time = closed.filter(pl.col("received_us") <= pl.col("due_us")).height
    assert (history["late_us"] <= 0).sum() == in_time


def check_stock(state, delivered):
    told = point_sums(views.stock(state), "received", "place")
    assert told == point_sums(delivered, "quantity", "site")

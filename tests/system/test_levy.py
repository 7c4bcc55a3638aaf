"""The Levy production log, imported and replayed, against a recount with polars.

The recount shares nothing with the product: it reads the table itself, and of the log
only the text of its records, to know which events came before an offset.
"""

import json

import numpy as np
import polars as pl
import pytest

from streams.events import TYPE_CODES
from streams.log import LogReader
from streams.records import Position
from twin.model import load
from twin.replay import open_source, state_at
from twin.state import views

LEVELS = (0.1, 0.5, 0.9)
KEYS = ["type", "time_us", "case", "machine"]
RELEASED, STARTED, COMPLETED, CLOSED = (
    "ProductionOrderReleased",
    "OperationStarted",
    "OperationCompleted",
    "ProductionOrderClosed",
)


@pytest.fixture(scope="module")
def levy(imported):
    log, network = imported("production_levy_events.csv", "levy")
    return log, load(network), records_of(log)


def records_of(log):
    """Type, time, case and machine of every record, out of its JSON."""
    with LogReader(log) as reader:
        values = []
        while batch := reader.poll(0, 10**6):
            values += [json.loads(value) for value in batch.values()]
    frame = pl.DataFrame(
        {
            "type": [one["type"] for one in values],
            "time": [one["time"] for one in values],
            "case": [one["data"]["production_order"] for one in values],
            "machine": [one["data"].get("machine") for one in values],
        }
    )
    time = pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us")
    return frame.select("type", time.cast(pl.Int64).alias("time_us"), "case", "machine")


def counted_in_table(path):
    """The events that the rows of the table stand for."""
    table = pl.read_csv(path).with_columns(
        pl.col("start", "end").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us")
    )
    cases = table.group_by("case_id").agg(pl.col("start").min(), pl.col("end").max())
    nothing = pl.lit(None, pl.String)
    parts = [
        (RELEASED, cases, "start", nothing),
        (CLOSED, cases, "end", nothing),
        (STARTED, table, "start", pl.col("activity")),
        (COMPLETED, table, "end", pl.col("activity")),
    ]
    return pl.concat(
        frame.select(
            pl.lit(name).alias("type"),
            pl.col(time).cast(pl.Int64).alias("time_us"),
            pl.col("case_id").alias("case"),
            machine.alias("machine"),
        )
        for name, frame, time, machine in parts
    )


def test_log_holds_the_events_of_the_table_in_order(levy, public_data):
    _, _, records = levy
    table = counted_in_table(public_data / "real" / "production_levy_events.csv")
    assert records.sort(KEYS).equals(table.sort(KEYS))
    assert records["time_us"].is_sorted()
    assert table.height == 2 * 4453 + 2 * 225


@pytest.mark.slow
def test_state_equals_the_recount_at_random_offsets(levy):
    log, network, records = levy
    rng = np.random.default_rng(8)
    offsets = rng.choice(records.height, 20, replace=False).tolist()
    for offset in [*offsets, records.height]:
        with open_source(str(log)) as source:
            (partition,) = source.partitions()
            place = Position({partition: offset})
            state = state_at(source, network, position=place)
        check(state, records.head(offset))


def check(state, before):
    check_counts(state, before)
    check_work_in_progress(state, before)
    check_lead_times(state, before)


def check_counts(state, before):
    counts = dict(before.group_by("type").len().iter_rows())
    told = dict(zip(TYPE_CODES, state.tables.type_counts.tolist(), strict=True))
    assert {name: n for name, n in told.items() if n} == counts


def running(before, key):
    """Operations started and not completed, by case or by machine."""
    step = pl.when(pl.col("type") == STARTED).then(1)
    step = step.when(pl.col("type") == COMPLETED).then(-1).otherwise(0)
    return dict(before.group_by(key).agg(step.sum()).drop_nulls().iter_rows())


def check_work_in_progress(state, before):
    cases = {
        name: set(before.filter(pl.col("type") == name)["case"])
        for name in (RELEASED, CLOSED)
    }
    running_in = running(before, "case")
    orders = views.production_orders(state)
    told = dict(orders.select("production_order", "operations_running").iter_rows())
    assert told == {c: running_in[c] for c in cases[RELEASED] - cases[CLOSED]}
    machines = views.machines(state).select("machine", "operations_running")
    on_machines = {m: n for m, n in running(before, "machine").items() if n}
    assert {m: n for m, n in machines.iter_rows() if n} == on_machines


def check_lead_times(state, before):
    ends = before.filter(pl.col("type") == CLOSED).select("case", end="time_us")
    begins = before.filter(pl.col("type") == RELEASED).select("case", begin="time_us")
    leads = ends.join(begins, on="case").select(pl.col("end") - pl.col("begin"))
    told = views.history(state).filter(pl.col("kind") == "production")["lead_us"]
    assert sorted(told) == sorted(leads["end"])
    for level in LEVELS:
        expected = leads["end"].quantile(level, "linear")
        assert told.quantile(level, "linear") == pytest.approx(expected, rel=1e-12)

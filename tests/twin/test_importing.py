"""Tables into a log: in canonical order, repeatable, and equal to a recount."""

from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from streams.batch import canonical_order
from streams.codec import decode
from streams.deadletters import DeadLetterLog
from streams.events import EVENT_TYPES
from streams.ingest import Ingest, IngestOptions
from streams.log import LogReader, LogWriter
from streams.mapping import load_mapping
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.names import Names
from twin.importing import append_events, import_table, read_tables

MAP = """
source = "erp"
[[event]]
type = "StockCounted"
time = "t"
fields = { item = "i", site = { constant = "S" }, quantity = "q" }
"""


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "stock.toml"
    path.write_text(MAP)
    return load_mapping(path)


def table(folder: Path, name: str, rows: str) -> Path:
    path = folder / name
    path.write_text("t,i,q\n" + rows)
    return path


def events_of(log: MemoryLog):
    records = MemorySource(log).poll(0, 10**9)
    decoded = decode(records, Names())
    assert decoded.rejected == ()
    return decoded


def test_events_of_several_tables_are_appended_in_canonical_order(tmp_path, mapping):
    first = table(tmp_path, "a.csv", "2024-05-03,A,1\n2024-05-01,A,2\n")
    second = table(tmp_path, "b.csv", "2024-05-02,A,3\n")
    log = MemoryLog()
    with DeadLetterLog(tmp_path / "letters") as letters:
        report = append_events(
            read_tables([first, second], mapping), MemorySink(log), letters
        )
    decoded = events_of(log)
    assert decoded.events.value0.tolist() == [2.0, 3.0, 1.0]
    assert decoded.records.timestamps_us.tolist() == decoded.events.time_us.tolist()
    assert (report.rows, report.events) == (3, {"StockCounted": 3})
    assert report.last_us - report.first_us == 2 * 86_400_000_000


def test_rows_that_do_not_fit_are_dead_letters(tmp_path, mapping):
    path = table(tmp_path, "a.csv", "2024-05-03,A,1\nsoon,A,2\n2024-05-01,A,-2\n")
    with DeadLetterLog(tmp_path / "letters") as letters:
        report = import_table(path, mapping, MemorySink(MemoryLog()), letters, now_us=7)
        kept = list(letters)
    assert report.rejected == {"not a time": 1, "out of range": 1}
    assert [(k.table, k.row, k.time_us) for k in kept] == [
        ("a.csv", 3, 7),
        ("a.csv", 4, 7),
    ]
    assert kept[0].detail == (
        "time: column 't' = 'soon' must be a time in one of the formats"
    )


def test_rows_of_the_wrong_width_are_dead_letters(tmp_path, mapping):
    path = table(tmp_path, "a.csv", "2024-05-03,A,1\n2024-05-03,A\n2024-05-04,A,2,3\n")
    with DeadLetterLog(tmp_path / "letters") as letters:
        report = import_table(path, mapping, MemorySink(MemoryLog()), letters)
        kept = list(letters)
    assert (report.rows, report.appended) == (3, 1)
    assert report.rejected == {"wrong number of cells": 2}
    assert [(one.partition, one.row) for one in kept] == [("a.csv", 3), ("a.csv", 4)]
    assert kept[1].detail == "4 cells: must be as many as in the header, 3"
    assert kept[1].raw == b'["2024-05-04","A","2","3"]'


def test_table_imported_twice_changes_nothing(tmp_path, mapping):
    path = table(tmp_path, "a.csv", "2024-05-03,A,1\n2024-05-01,A,2\nx,A,1\n")
    log = MemoryLog()
    with DeadLetterLog(tmp_path / "letters") as letters:
        for _ in range(2):
            import_table(path, mapping, MemorySink(log), letters)
        assert letters.counts() == {"not a time": 1}
    names = Names()
    ingest = Ingest(names, ["log/0"], IngestOptions(lateness_us=0))
    ingest.push(decode(MemorySource(log).poll(0, 100), names))
    ingest.flush()
    assert (ingest.counters.applied, ingest.counters.duplicates) == (2, 2)


def test_progress_ends_with_all_events(tmp_path, mapping):
    path = table(tmp_path, "a.csv", "2024-05-03,A,1\n" * 9000)
    seen: list[tuple[int, int]] = []
    with DeadLetterLog(tmp_path / "letters") as letters:
        import_table(
            path,
            mapping,
            MemorySink(MemoryLog()),
            letters,
            progress=lambda *counts: seen.append(counts),
        )
    assert seen == [(8192, 9000), (9000, 9000)]


def imported(public_data: Path, tmp_path: Path, name: str, file: str):
    """Import a shipped map's table through a file log; return report and events."""
    with (
        LogWriter(tmp_path / "log") as sink,
        DeadLetterLog(tmp_path / "letters") as letters,
    ):
        report = import_table(
            public_data / "real" / file, load_mapping(name), sink, letters
        )
    names, parts = Names(), []
    with LogReader(tmp_path / "log") as reader:
        while (records := reader.poll(0, 10**6)) is not None:
            decoded = decode(records, names)
            assert decoded.rejected == ()
            parts.append(decoded.events)
    counts = Counter(
        EVENT_TYPES[code].__name__ for part in parts for code in part.type_code.tolist()
    )
    assert counts == report.events
    for part in parts:
        assert (canonical_order(part) == np.arange(len(part))).all()
    return report, parts


def micros(column: str, *formats: str) -> pl.Expr:
    """Times of a column, read once more and by other means than the product's."""
    parsed = [
        pl.col(column).str.to_date(one, strict=False).cast(pl.Datetime("us"))
        if "%H" not in one
        else pl.col(column).str.to_datetime(one, strict=False, time_unit="us")
        for one in formats
    ]
    return pl.coalesce(parsed).cast(pl.Int64)


def placed_us() -> pl.Expr:
    """Days of orders of SCMS: where year-month-day stands, month-day-year is meant."""
    cell = pl.col("PO Sent to Vendor Date")
    mangled = cell.str.extract_groups(r"^20(\d\d)-(\d\d)-(\d\d)$").struct
    number = [mangled.field(str(k)).cast(pl.Int32) for k in (1, 2, 3)]
    meant = pl.date(2000 + number[2], number[0], number[1])
    day = pl.coalesce(cell.str.to_date("%m/%d/%y", strict=False), meant)
    return day.cast(pl.Datetime("us")).cast(pl.Int64)


def values_of(parts, type_name: str, column: str) -> list[float]:
    codes = [code for code, t in enumerate(EVENT_TYPES) if t.__name__ == type_name]
    return sorted(
        value
        for part in parts
        for value in getattr(part, column)[part.type_code == codes[0]].tolist()
    )


def test_levy_equals_a_recount(public_data, tmp_path):
    file = "production_levy_events.csv"
    report, parts = imported(public_data, tmp_path, "levy", file)
    rows = pl.read_csv(public_data / "real" / file, infer_schema=False).with_columns(
        micros("start", "%Y-%m-%d %H:%M:%S"), micros("end", "%Y-%m-%d %H:%M:%S")
    )
    cases = rows.group_by("case_id").agg(pl.col("start").min(), pl.col("end").max())
    assert report.rejected == {}
    assert report.events == {
        "OperationStarted": rows.height,
        "OperationCompleted": rows.height,
        "ProductionOrderReleased": cases.height,
        "ProductionOrderClosed": cases.height,
    }
    for type_name, column, expected in [
        ("OperationStarted", "time_us", rows["start"]),
        ("OperationCompleted", "time_us", rows["end"]),
        ("OperationCompleted", "time0", rows["start"]),
        ("ProductionOrderReleased", "time_us", cases["start"]),
        ("ProductionOrderClosed", "time_us", cases["end"]),
    ]:
        assert values_of(parts, type_name, column) == sorted(expected.to_list())


def test_levy_attributes_equal_a_recount(public_data, tmp_path):
    file = "production_levy_attributes.csv"
    report, parts = imported(public_data, tmp_path, "levy_attributes", file)
    rows = pl.read_csv(public_data / "real" / file, infer_schema=False).with_columns(
        micros("Complete Timestamp", "%d.%m.%Y %H:%M"),
        pl.col("activity_duration", "Qty_Completed", "Qty_for_MRB").cast(pl.Float64),
    )
    assert report.rejected == {}
    assert report.events["OperationCompleted"] == rows.height
    assert report.events["ProductionOrderReleased"] == rows["Case ID"].n_unique()
    starts = rows["Complete Timestamp"] - (rows["activity_duration"] * 6e7).cast(int)
    assert values_of(parts, "OperationStarted", "time_us") == sorted(starts.to_list())
    for column, cells in [("value0", "Qty_Completed"), ("value1", "Qty_for_MRB")]:
        assert values_of(parts, "OperationCompleted", column) == sorted(rows[cells])


def test_scms_equals_a_recount(public_data, tmp_path):
    file = "scms_delivery_history.csv"
    report, parts = imported(public_data, tmp_path, "scms", file)
    rows = pl.read_csv(public_data / "real" / file, infer_schema=False).with_columns(
        placed=placed_us(),
        due=micros("Scheduled Delivery Date", "%d-%b-%y"),
        received=micros("Delivered to Client Date", "%d-%b-%y"),
        quantity=pl.col("Line Item Quantity").cast(pl.Float64),
    )
    known = rows["placed"].is_not_null()
    assert report.rejected == {}
    assert report.events == {
        "ShipmentReceived": rows.height,
        "PurchaseOrderPlaced": known.sum(),
        "PurchaseOrderConfirmed": (~known).sum(),
    }
    # Placed before it was received, but for five lines: the dates are read rightly.
    assert (rows["placed"] > rows["received"]).sum() == 5
    placed, unknown = rows.filter(known), rows.filter(~known)
    first = unknown.select(pl.min_horizontal("due", "received")).to_series()
    for type_name, column, expected in [
        ("PurchaseOrderPlaced", "time_us", placed["placed"]),
        ("PurchaseOrderPlaced", "time0", placed["due"]),
        ("PurchaseOrderConfirmed", "time_us", first),
        ("ShipmentReceived", "time_us", rows["received"]),
        ("ShipmentReceived", "value0", rows["quantity"]),
    ]:
        assert values_of(parts, type_name, column) == sorted(expected.to_list())


def test_retail58_equals_a_recount(public_data, tmp_path):
    file = "retail58_daily_demand.csv"
    report, parts = imported(public_data, tmp_path, "retail58", file)
    rows = pl.read_csv(public_data / "real" / file)
    demand = rows.drop("Date")
    assert report.rejected == {}
    n_days = sum((demand[column] != 0).sum() for column in demand.columns)
    assert report.events == {"OrderReceived": n_days}
    total = sum(demand[column].sum() for column in demand.columns)
    assert sum(values_of(parts, "OrderReceived", "value0")) == total
    assert report.last_us - report.first_us == (rows.height - 1) * 86_400_000_000


def test_retail58_prices_equal_the_table(public_data, tmp_path):
    file = "retail58_info.csv"
    report, parts = imported(public_data, tmp_path, "retail58_prices", file)
    rows = pl.read_csv(public_data / "real" / file)
    assert report.events == {"PriceChanged": rows.height, "StockCounted": rows.height}
    prices = values_of(parts, "PriceChanged", "value0")
    assert prices == sorted(rows["selling_price"])


def test_planted_errors_of_real_rows_are_dead_letters(public_data, tmp_path):
    """Every tenth row of a real table is spoiled in one of three ways."""
    rows = pl.read_csv(
        public_data / "real" / "scms_delivery_history.csv", infer_schema=False
    ).head(300)
    place = pl.int_range(pl.len())
    spoiled = rows.with_columns(
        pl.when(place % 30 == 0)
        .then(pl.lit("See ASN"))
        .otherwise("Line Item Quantity")
        .alias("Line Item Quantity"),
        pl.when(place % 30 == 10)
        .then(pl.lit("31-Feb-10"))
        .otherwise("Delivered to Client Date")
        .alias("Delivered to Client Date"),
        pl.when(place % 30 == 20).then(None).otherwise("Vendor").alias("Vendor"),
    )
    path = tmp_path / "spoiled.csv"
    spoiled.write_csv(path)
    with DeadLetterLog(tmp_path / "letters") as letters:
        report = import_table(
            path, load_mapping("scms"), MemorySink(MemoryLog()), letters
        )
        assert letters.counts() == report.rejected
    n_placed = spoiled.filter(place % 30 == 20).filter(placed_us().is_not_null())
    assert report.rejected == {
        "not a number": 2 * 10,  # ordered and received
        "not a time": 10,
        # Only an order that was placed must name its supplier.
        **({"missing value": n_placed.height} if n_placed.height else {}),
    }

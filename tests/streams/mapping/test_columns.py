"""Rows spread over columns: what each name stands for."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.mapping.columns import Columns
from streams.mapping.document import TopicBlock
from streams.mapping.records import RecordReader
from streams.records import RecordBatch

CHANGE = {
    "op": "u",
    "ts_ms": 9,
    "before": {"n": 1},
    "after": {"n": 2, "price": "MDk=", "deep": {"a.b": "x"}, "no": "N/A"},
    "source": {"table": "t"},
}


def spread(values, names, *, each=None, keys=None, headers=None, **options):
    topic = TopicBlock(**({"format": "json"} | options))
    batch = RecordBatch.of(
        "t-3",
        [json.dumps(value).encode() for value in values],
        first_offset=7,
        timestamps_us=[0, *range(1, len(values))],
        keys=keys,
        headers=headers,
    )
    rows = RecordReader(topic, Path(), None).read(batch)
    columns = Columns(topic, names, each)
    return columns.spread(rows, batch, "t"), rows, columns


def test_every_name_of_a_change_event():
    names = ["$op", "$ts_ms", "$before.n", "$after.n", "$source.table", "n", "price"]
    names += ["deep.a.b", "no", "$key.id", "$offset", "$partition", "$topic", "none"]
    found, _, columns = spread(
        [CHANGE],
        names,
        envelope="debezium",
        key="json",
        keys=[b'{"id": 4}'],
        decimals={"price": 2},
        null_values=["N/A"],
    )
    (row,) = found.frame.select(names).iter_rows()
    assert row == (
        *("u", "9", "1", "2", "t", "2", "123.45", "x", None, "4", 7, "t-3", "t", None),
    )
    assert set(names) - columns.seen == {"no", "none"}


def test_key_header_and_time_stamp():
    found, _, _ = spread(
        [{}, {}],
        ["$key", "$header.plant", "$timestamp"],
        keys=[b"k", None],
        headers=[{"plant": b"HAM"}, {}],
    )
    rows = found.frame.select("$key", "$header.plant", "$timestamp").rows()
    second = datetime(1970, 1, 1, 0, 0, 0, 1, UTC)
    assert rows == [("k", "HAM", None), (None, None, second)]


def test_items_of_a_list_are_rows():
    values = [
        {"id": 1, "lines": [{"item": "A"}, {"item": "B"}]},
        {"id": 2, "lines": []},
        {"id": 3},
        {"id": 4, "lines": 5},
    ]
    names = ["id", "lines.item", "$index"]
    found, rows, _ = spread(values, names, each="lines")
    assert found.frame.select(names).rows() == [("1", "A", 0), ("1", "B", 1)]
    assert (found.records.tolist(), found.places.tolist()) == ([0, 0], [0, 1])
    assert rows.rejected[3].reason == "not a list"


def test_items_that_are_no_records():
    found, _, _ = spread([{"tags": ["a", 2]}], ["tags"], each="tags")
    assert found.frame["tags"].to_list() == ["a", "2"]


@pytest.mark.parametrize("value", ["12.5", 3, {"a": 1}])
def test_decimal_that_is_none_is_told(value):
    _, rows, _ = spread([{"p": value}], ["p"], decimals={"p": 2})
    assert rows.rejected[0].reason == "not a decimal"
    assert "p = " in rows.rejected[0].detail

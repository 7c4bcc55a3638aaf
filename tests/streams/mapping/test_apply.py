"""A whole table to events that the codec writes and reads again."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import polars as pl
import pytest

from streams.batch import canonical_order
from streams.codec import decode, encode_batch
from streams.errors import MappingError
from streams.events import EVENT_TYPES
from streams.mapping.apply import map_table
from streams.mapping.loading import read_document
from streams.names import Names
from streams.records import RecordBatch

ORDERS = """
[[event]]
name = "received"
type = "OrderReceived"
time = "day"
[event.fields]
order = "id"
customer = "who"
item = "item"
site = { constant = "S" }
quantity = "qty"
due_us = "due"

[[event]]
name = "cancelled"
type = "OrderCancelled"
where = [{ column = "why", op = "not_null" }]
time = "due"
id = "{id}-cancelled"
[event.fields]
order = "id"
reason = "why"
"""
TABLE = """day,id,who,item,qty,due,why
2024-05-02,O1,C1,A,1,2024-05-09,
2024-05-01,O2,C2,B,x,2024-05-08,too late
2024-05-01,O3,C1,A,3,,
"""


@pytest.fixture
def mapped(tmp_path):
    def apply(toml: str, text: str | pl.DataFrame, name: str = "t.csv"):
        path = tmp_path / name
        if isinstance(text, str):
            path.write_text(text)
        elif path.suffix == ".xlsx":
            text.write_excel(path)
        else:
            text.write_parquet(path)
        mapping = read_document(tomllib.loads(toml), Path("orders.toml"))
        return map_table(path, mapping, Names())

    return apply


def types(batch) -> list[str]:
    return [EVENT_TYPES[code].__name__ for code in batch.type_code.tolist()]


def test_rows_become_events_block_by_block(mapped):
    result = mapped(ORDERS, TABLE)
    assert types(result.events) == ["OrderReceived", "OrderReceived", "OrderCancelled"]
    assert result.events.sequence.tolist() == [0, 4, 3]
    assert result.events.value0[:2].tolist() == [1.0, 3.0]
    assert (result.n_rows, result.n_unused) == (3, 0)
    names = result.events.names
    assert {names[source] for source in result.events.source.tolist()} == {"orders"}


def test_row_that_does_not_fit_keeps_its_cells_and_number(mapped):
    (letter,) = mapped(ORDERS, TABLE).rejected
    assert (letter.row, letter.block, letter.reason) == (3, "received", "not a number")
    assert letter.detail == "quantity: column 'qty' = 'x' must be a number"
    assert msgspec.json.decode(letter.value)["who"] == "C2"


def test_what_is_mapped_is_read_by_the_codec(mapped):
    result = mapped(ORDERS, TABLE)
    values = encode_batch(result.events, ids=result.ids)
    decoded = decode(RecordBatch.of("log/0", values), result.events.names)
    assert decoded.rejected == ()
    for column in ("time_us", "rank", "id_hash", "subject", "value0", "time0"):
        ours, read = getattr(result.events, column), getattr(decoded.events, column)
        assert ours.tobytes() == read.tobytes(), column
    assert b"too late" in decoded.events.detail_of(2)


def test_ids_depend_on_content_alone(mapped):
    first, again = mapped(ORDERS, TABLE), mapped(ORDERS, TABLE, "other.csv")
    assert first.ids == again.ids
    assert len(set(first.ids)) == 3
    assert first.ids[2] == "O2-cancelled"
    changed = mapped(ORDERS, TABLE.replace("O1,C1", "O1,C9"))
    assert changed.ids[0] != first.ids[0]
    assert changed.ids[1:] == first.ids[1:]


def test_ids_stay_where_a_later_export_has_rows_above(mapped):
    first = mapped(ORDERS, TABLE)
    header, rows = TABLE.split("\n", 1)
    more = mapped(ORDERS, f"{header}\n2024-05-03,O9,C1,A,1,,\n{rows}")
    assert set(first.ids) < set(more.ids)
    assert len(more.ids) == len(first.ids) + 1


def test_ids_of_another_source_are_others(mapped):
    first, other = mapped(ORDERS, TABLE), mapped('source = "b"\n' + ORDERS, TABLE)
    assert not set(first.ids[:2]) & set(other.ids[:2])


def test_rows_alike_are_two_events(mapped):
    row = "2024-05-02,O1,C1,A,1,2024-05-09,\n"
    result = mapped(ORDERS, "day,id,who,item,qty,due,why\n" + row + row)
    assert len(set(result.ids)) == 2
    again = mapped(ORDERS, "day,id,who,item,qty,due,why\n" + 3 * row)
    assert set(again.ids) - set(result.ids) == {f"{result.ids[0]}-3"}


def test_order_within_an_instant_is_that_of_rows_and_blocks(mapped):
    toml = """
[[event]]
type = "ProductionOrderReleased"
time = "t"
fields = { production_order = "o" }
[[event]]
type = "OperationStarted"
time = "t"
fields = { production_order = "o", operation = "p", machine = "p" }
"""
    result = mapped(toml, "t,o,p\n2024-05-01,O2,x\n2024-05-01,O1,x\n")
    order = canonical_order(result.events)
    names = result.events.names
    assert [names[k] for k in result.events.subject[order]] == ["O2", "O2", "O1", "O1"]
    assert types(result.events.take(order))[:2] == [
        "ProductionOrderReleased",
        "OperationStarted",
    ]


TYPED = """
[[event]]
type = "OrderReceived"
time = "day"
[event.fields]
order = "id"
customer = "who"
item = "item"
site = "who"
quantity = "qty"
"""


@pytest.mark.parametrize("name", ["t.parquet", "t.xlsx"])
def test_typed_cells_need_no_formats(mapped, name):
    moment = pl.datetime(2024, 5, 1, 6)
    frame = pl.select(day=moment, id=1001.0, who=pl.lit("C"), item=7, qty=2.5)
    result = mapped(TYPED, frame, name)
    names = result.events.names
    assert result.rejected == ()
    assert names[result.events.subject[0]] == "1001"
    assert names[result.events.item[0]] == "7"
    expected = datetime(2024, 5, 1, 6, tzinfo=UTC).timestamp() * 1e6
    assert result.events.time_us.tolist() == [expected]


def test_typed_row_that_does_not_fit_keeps_its_cells(mapped):
    moment = pl.datetime(2024, 5, 1, 6)
    frame = pl.select(day=moment, id=1, who=pl.lit("C"), item=7, qty=-2.5)
    (letter,) = mapped(TYPED, frame, "t.parquet").rejected
    assert letter.row == 1
    assert msgspec.json.decode(letter.value)["day"] == "2024-05-01T06:00:00"


def test_wide_table_gives_one_event_a_cell(mapped):
    toml = """
[unpivot]
index = ["day"]
variable = "item"
value = "n"
[[event]]
type = "StockCounted"
time = "day"
where = [{ column = "n", op = "!=", value = 0 }]
fields = { item = "item", site = { constant = "S" }, quantity = "n" }
"""
    result = mapped(toml, "day,A,B\n2024-05-01,1,0\n2024-05-02,x,4\n")
    assert result.events.value0.tolist() == [1.0, 4.0]
    assert [(r.row, r.reason) for r in result.rejected] == [(3, "not a number")]
    assert (result.n_rows, result.n_unused) == (2, 1)


def test_table_without_rows_gives_no_events(mapped):
    result = mapped(ORDERS, "day,id,who,item,qty,due,why\n")
    assert (len(result.events), result.ids, result.n_rows) == (0, [], 0)


def test_template_id_that_comes_twice_is_told(mapped):
    toml = ORDERS.replace('time = "day"', 'time = "day"\nid = "{who}"')
    result = mapped(toml, TABLE.replace(",x,", ",2,"))
    assert result.ids == ["C1", "C2", "O2-cancelled"]
    (letter,) = result.rejected
    assert (letter.row, letter.reason) == (4, "duplicate id")
    assert "id: 'C1' must be given once in the table" in letter.detail


def test_template_id_with_an_empty_cell_is_told(mapped):
    toml = ORDERS.replace('time = "day"', 'time = "day"\nid = "{why}"')
    reasons = [(r.row, r.reason) for r in mapped(toml, TABLE).rejected]
    assert reasons == [(2, "missing value"), (3, "not a number"), (4, "missing value")]


def test_table_without_a_column_of_the_map_is_refused(mapped):
    with pytest.raises(MappingError, match="'why': must be a column of t"):
        mapped(ORDERS, "day,id,who,item,qty,due\n")

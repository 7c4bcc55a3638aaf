"""One block over a small table: every way to fill a field, every reason not to."""

from pathlib import Path

import pytest

from streams.errors import MappingError
from streams.mapping.loading import read_document
from streams.mapping.rows import DETAIL, REASON, TIME, BlockReader
from streams.mapping.tables import ROW, read_table

FIELDS = {"item": "i", "site": {"constant": "S"}, "quantity": "q"}


@pytest.fixture
def read(tmp_path):
    """Apply a block, given as keywords, to a CSV table."""

    def apply(text: str, **block):
        path = tmp_path / "t.csv"
        path.write_text(text)
        given = {"type": "StockCounted", "time": "t", "fields": FIELDS} | block
        mapping = read_document({"event": [given]}, Path("m.toml"))
        table = read_table(path, mapping.table).frame
        reader = BlockReader(mapping, mapping.events[0], table.schema)
        return reader.read(table.filter(reader.chosen()))

    return apply


DAY_US = 86_400_000_000
ROWS = "t,i,q\n1970-01-02,A,1\n1970-01-03,B,2\n1970-01-04,A,4\n"


def test_columns_and_constants_fill_fields(read):
    good, wrong = read(ROWS)
    assert good[TIME].to_list() == [DAY_US, 2 * DAY_US, 3 * DAY_US]
    assert good["quantity"].to_list() == [1.0, 2.0, 4.0]
    assert good["site"].to_list() == ["S"] * 3
    assert good[ROW].to_list() == [2, 3, 4]
    assert wrong.height == 0


def test_filters_choose_rows(read):
    where = [{"column": "i", "op": "==", "value": "A"}]
    where.append({"column": "q", "op": ">", "value": 1})
    assert read(ROWS, where=where)[0][ROW].to_list() == [4]


@pytest.mark.parametrize(
    ("value", "quantities"),
    [
        ({"column": "q", "factor": 0.5, "offset": 1}, [1.5, 2.0, 3.0]),
        ({"constant": 7}, [7.0, 7.0, 7.0]),
        ({"constant": "7"}, [7.0, 7.0, 7.0]),
        ({"columns": ["i", "q"]}, [1.0, 2.0, 4.0]),
    ],
)
def test_number_is_scaled_or_constant(read, value, quantities):
    good, _ = read(ROWS, fields=FIELDS | {"quantity": value})
    assert good["quantity"].to_list() == quantities


def test_default_fills_empty_cells_alone(read):
    fields = FIELDS | {"quantity": {"column": "q", "default": 9}}
    good, wrong = read("t,i,q\n1970-01-02,A,\n1970-01-02,A,x\n", fields=fields)
    assert good["quantity"].to_list() == [9.0]
    assert wrong[REASON].to_list() == ["not a number"]


def test_words_are_translated_and_others_kept(read):
    fields = FIELDS | {"item": {"column": "i", "words": {"A": "axle"}}}
    assert read(ROWS, fields=fields)[0]["item"].to_list() == ["axle", "B", "axle"]


@pytest.mark.parametrize(
    ("time", "days"),
    [
        ({"columns": ["a", "b"]}, [1, 5]),
        ({"columns": ["b", "a"], "pick": "earliest"}, [1, 5]),
        ({"columns": ["a", "b"], "pick": "latest"}, [3, 5]),
        ({"column": "b", "shift_s": -86400}, [2, 4]),
        ({"column": "b", "minus": "h", "minus_unit": "h"}, [2, 4.5]),
        ({"constant": "1970-01-08"}, [7, 7]),
    ],
)
def test_time_from_several_columns_shifted_or_less_a_duration(read, time, days):
    text = "a,b,h,i,q\n1970-01-02,1970-01-04,24,A,1\nnever,1970-01-06,12,A,1\n"
    good, wrong = read(text, time=time)
    assert good[TIME].to_list() == [day * DAY_US for day in days]
    assert wrong.height == 0


WRONG = [
    ("never,A,1", "not a time", "time: column 't' = 'never' must be a time"),
    (",A,1", "missing value", "time: column 't' must be given, is empty"),
    ("1970-01-02,A,x", "not a number", "quantity: column 'q' = 'x' must be a number"),
    ("1970-01-02,A,", "missing value", "quantity: column 'q' must be given, is empty"),
    ("1970-01-02,A,-1", "out of range", "quantity: column 'q' = '-1.0' must be >= 0"),
    ("1970-01-02,,1", "missing value", "item: column 'i' must be given, is empty"),
    (
        f"1970-01-02,{'A' * 257},1",
        "out of range",
        "must have 1 to 256 characters",
    ),
]


@pytest.mark.parametrize(("row", "reason", "detail"), WRONG, ids=range(len(WRONG)))
def test_row_that_does_not_fit_is_told_with_column_and_value(read, row, reason, detail):
    good, wrong = read(f"t,i,q\n{row}\n1970-01-02,B,1\n")
    assert good[ROW].to_list() == [3]
    assert wrong[ROW].to_list() == [2]
    assert wrong[REASON].to_list() == [reason]
    assert detail in wrong[DETAIL][0]


def test_missing_duration_is_told_with_both_columns(read):
    time = {"column": "t", "minus": "h"}
    _, wrong = read("t,i,q,h\n1970-01-02,A,1,\n", time=time)
    assert "column 't' = '1970-01-02', column 'h' = empty" in wrong[DETAIL][0]


def test_word_outside_an_enumeration_is_told(read):
    fields = {"machine": "i", "state": {"column": "q", "words": {"1": "busy"}}}
    good, wrong = read(ROWS, type="MachineStateChanged", fields=fields)
    assert good["state"].to_list() == ["busy"]
    assert "state: column 'q' = '2' must be one of off, idle" in wrong[DETAIL][0]


@pytest.mark.parametrize("field", ["time", "quantity"])
def test_constant_that_does_not_fit_is_a_mistake_of_the_map(read, field):
    constant = {"constant": "soon"}
    given = (
        {"time": constant}
        if field == "time"
        else {"fields": FIELDS | {"quantity": constant}}
    )
    with pytest.raises(MappingError, match=f"{field} = 'soon': must be a"):
        read(ROWS, **given)


GROUPED = "t,i,q\n1970-01-04,A,1\n1970-01-03,B,2\n1970-01-02,A,4\n1970-01-05,A,\n"


@pytest.mark.parametrize(
    ("aggregate", "quantity"),
    [("first", 1), ("last", None), ("min", 1), ("max", 4), ("sum", 5), ("count", 2)],
)
def test_group_gives_one_event(read, aggregate, quantity):
    good, wrong = read(
        GROUPED,
        type="ProductionOrderReleased",
        group_by=["i"],
        time={"column": "t", "aggregate": "min"},
        fields={
            "production_order": "i",
            "quantity": {"column": "q", "aggregate": aggregate},
        },
    )
    assert good["production_order"].to_list() == ["A", "B"]
    assert good[TIME].to_list() == [DAY_US, 2 * DAY_US]
    assert good["quantity"][0] == quantity
    assert good[ROW].to_list() == [2, 3]
    assert wrong.height == 0


def test_group_that_ends_something_stands_at_its_last_row(read):
    good, _ = read(
        GROUPED,
        type="ProductionOrderClosed",
        group_by=["i"],
        time={"column": "t", "aggregate": "max"},
        fields={"production_order": "i"},
    )
    assert good[ROW].to_list() == [5, 3]
    assert good[TIME].to_list() == [4 * DAY_US, 2 * DAY_US]


def test_count_without_column_counts_rows(read):
    good, _ = read(
        GROUPED, group_by=["i"], fields=FIELDS | {"quantity": {"aggregate": "count"}}
    )
    assert good["quantity"].to_list() == [3.0, 1.0]

import polars as pl
import pytest

from twin.model.cells import empty, typed
from twin.model.read import ROW
from twin.model.tables import BY_NAME, TABLES

GOOD = {
    "sites": {"site": "A", "kind": "plant"},
    "machines": {"machine": "M", "site": "A", "group": "g"},
    "calendars": {
        "calendar": "c", "weekday": "friday", "start": "06:00", "end": "14:00",
    },
    "open_orders": {
        "order": "o", "kind": "customer", "item": "i", "to_place": "A",
        "quantity": "1", "due": "2024-01-01T00:00:00Z",
    },
    "demands": {"customer": "c", "item": "i", "site": "s", "mean_per_day": "1"},
    "stock": {"item": "i", "site": "A"},
}  # fmt: skip


def frame(row, line=7):
    return pl.DataFrame({**{k: [v] for k, v in row.items()}, ROW: [line]})


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_empty_has_the_types_of_typed(table):
    columns = {c.name: pl.Series([], dtype=pl.String) for c in table.columns}
    raw = pl.DataFrame({**columns, ROW: pl.Series([], dtype=pl.Int64)})
    checked, problems = typed(table, raw, "f")
    assert checked.schema == empty(table).schema
    assert not problems


@pytest.mark.parametrize(
    ("table", "column", "value", "words"),
    [
        ("sites", "kind", "plnt", "did you mean 'plant'"),
        ("sites", "kind", None, "one of plant, warehouse, store"),
        ("sites", "time_zone", "Berlin", "IANA"),
        ("sites", "latitude_deg", "91", "-90 to 90"),
        ("sites", "site", "*", "an id"),
        ("sites", "site", "x" * 257, "an id"),
        ("machines", "slots", "1.5", "a whole number >= 1"),
        ("machines", "slots", "0", "a whole number >= 1"),
        ("machines", "speed", "0", "a number > 0"),
        ("machines", "mttf_s", "inf", "a number > 0"),
        ("machines", "cost_per_h", "1,5", "a number >= 0"),
        ("machines", "cost_per_h", "nan", "a number >= 0"),
        ("calendars", "end", "24:30", "HH:MM"),
        ("calendars", "start", "6 am", "HH:MM"),
        ("open_orders", "due", "2024-01-01T00:00:00", "with zone"),
        ("demands", "backlogged", "maybe", "yes or no"),
    ],
)  # fmt: skip
def test_typed_wrong_cell_is_named(table, column, value, words):
    row = GOOD[table] | {column: value}
    checked, problems = typed(BY_NAME[table], frame(row), f"{table}.csv")
    (problem,) = problems
    assert (problem.file, problem.row, problem.column) == (f"{table}.csv", 7, column)
    assert problem.value == value
    assert words in problem.allowed
    if BY_NAME[table].column(column).default is None:
        assert checked[column].item() is None


def test_typed_reads_every_kind_of_cell():
    row = GOOD["calendars"] | {"end": "24:00"}
    checked, _ = typed(BY_NAME["calendars"], frame(row), "f")
    assert checked.select("start", "end").row(0) == (21_600, 86_400)
    checked, _ = typed(BY_NAME["open_orders"], frame(GOOD["open_orders"]), "f")
    assert checked["due"].item() == 1_704_067_200_000_000
    row = GOOD["demands"] | {"backlogged": "NO", "mean_per_day": "1e3"}
    checked, _ = typed(BY_NAME["demands"], frame(row), "f")
    assert checked.select("backlogged", "mean_per_day").row(0) == (False, 1000.0)


def test_typed_missing_columns_take_defaults_or_are_asked_for():
    checked, problems = typed(BY_NAME["machines"], frame({"machine": "M"}), "f")
    assert [p.column for p in problems] == ["site", "group"]
    assert all(p.row is None for p in problems)
    assert checked.select("slots", "speed", "mttf_s").row(0) == (1, 1.0, None)


def test_typed_unknown_column_is_named_with_a_neighbour():
    row = GOOD["stock"] | {"onhand": "3"}
    _, (problem,) = typed(BY_NAME["stock"], frame(row), "f")
    assert problem.column == "onhand"
    assert "did you mean 'on_hand'" in problem.allowed

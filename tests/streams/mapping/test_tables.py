"""Tables in three formats read alike, with the row numbers a spreadsheet shows."""

import polars as pl
import pytest

from streams.errors import TableError
from streams.mapping.document import TableOptions, Unpivot
from streams.mapping.tables import ORDINAL, ROW, read_table, unpivoted

FRAME = pl.DataFrame({"id": ["a", "b"], "n": [1, 2]})


def test_csv_is_text_with_nulls_and_rows_from_two(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffid;n\nä;1\nb;?\n".encode())
    options = TableOptions(delimiter=";", null_values=["?"])
    table = read_table(path, options).frame
    assert table.rows() == [(2, 0, "ä", "1"), (3, 1, "b", None)]
    assert table.columns == [ROW, ORDINAL, "id", "n"]


def test_empty_lines_are_left_out_but_counted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id,n\na,1\n\n,\n"b\nc",2\n')
    assert read_table(path, TableOptions()).frame.rows() == [
        (2, 0, "a", "1"),
        (5, 1, "b\nc", "2"),
    ]


def test_csv_of_another_encoding(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("id\nä\n".encode("cp1252"))
    table = read_table(path, TableOptions(encoding="cp1252")).frame
    assert table["id"].to_list() == ["ä"]
    with pytest.raises(TableError, match="must be a readable csv file"):
        read_table(path, TableOptions())
    with pytest.raises(TableError, match="unknown encoding"):
        read_table(path, TableOptions(encoding="klingon"))


def test_parquet_keeps_types_and_counts_rows_from_one(tmp_path):
    path = tmp_path / "t.parquet"
    FRAME.write_parquet(path)
    table = read_table(path, TableOptions()).frame
    assert table[ROW].to_list() == [1, 2]
    assert table.schema["n"] == pl.Int64


def test_excel_reads_dates_and_a_named_sheet(tmp_path):
    path = tmp_path / "t.xlsx"
    FRAME.with_columns(t=pl.datetime(2024, 5, 1, 6)).write_excel(path, worksheet="May")
    table = read_table(path, TableOptions(sheet="May")).frame
    assert table[ROW].to_list() == [2, 3]
    assert table.schema["t"].is_temporal()
    with pytest.raises(TableError, match="June"):
        read_table(path, TableOptions(sheet="June"))


@pytest.mark.parametrize("name", ["none.csv", "none.parquet", "none.xlsx"])
def test_table_that_is_not_there_is_refused(tmp_path, name):
    with pytest.raises(TableError, match=f"{name}: no such file"):
        read_table(tmp_path / name, TableOptions())


@pytest.mark.parametrize("name", ["bad.parquet", "bad.xlsx", "empty.csv"])
def test_table_that_cannot_be_read_is_refused(tmp_path, name):
    (tmp_path / name).write_text({"empty.csv": ""}.get(name, "nonsense"))
    with pytest.raises(TableError, match="must be a readable"):
        read_table(tmp_path / name, TableOptions())


def test_rows_of_another_width_are_set_aside(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id,n\na,1\nb\n"c\nd",2,3\n,,,\ne,4\n')
    table = read_table(path, TableOptions())
    assert table.frame.rows() == [(2, 0, "a", "1"), (6, 1, "e", "4")]
    assert [(r.row, r.cells) for r in table.ragged] == [
        (3, ("b",)),
        (4, ("c\nd", "2", "3")),
    ]


@pytest.mark.parametrize(
    "text", ['id,n\n"a\nb",1\nc,"2\nd,3\n', 'id,n\n"a\nb",1\nc,"2\nd,"3"\ne,4\n']
)
def test_row_of_an_unclosed_quote_is_named(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(TableError, match="row 3, which begins in line 4"):
        read_table(path, TableOptions())


def test_long_cell_is_read(tmp_path):
    path, cell = tmp_path / "t.csv", "x" * 200_000
    path.write_text(f'id,n\n"{cell}",1\n')
    assert read_table(path, TableOptions()).frame["id"].to_list() == [cell]


def test_delimiter_is_one_character(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,n\na,1\n")
    with pytest.raises(TableError, match="one character, was ';;'"):
        read_table(path, TableOptions(delimiter=";;"))


def test_suffix_decides_unless_the_format_is_given(tmp_path):
    path = tmp_path / "t.dat"
    path.write_text("a\n1\n")
    with pytest.raises(TableError, match=r"suffix must be one of \.csv"):
        read_table(path, TableOptions())
    assert read_table(path, TableOptions(format="csv")).frame.height == 1


def test_wide_table_becomes_long_row_by_row(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("day,A,B\nmon,1,2\ntue,3,4\n")
    wide = read_table(path, TableOptions()).frame
    long = unpivoted(wide, Unpivot(index=["day"], variable="sku", value="n"))
    assert long.select(ROW, ORDINAL, "day", "sku", "n").rows() == [
        (2, 0, "mon", "A", "1"),
        (2, 1, "mon", "B", "2"),
        (3, 2, "tue", "A", "3"),
        (3, 3, "tue", "B", "4"),
    ]

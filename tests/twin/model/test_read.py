import datetime as dt

import polars as pl
import pytest

from twin.model.read import ROW, read_folder, read_memory


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "network.toml").write_text('name = "n"\nas_of = 2024-01-01T00:00:00Z\n')
    (tmp_path / "sites.csv").write_text("site,kind\nA,plant\n")
    (tmp_path / "items.csv").write_text("item\nx\n")
    return tmp_path


def only(problems):
    (problem,) = problems
    return problem


def test_read_folder_counts_lines_past_comments_and_blanks(folder):
    text = '# it"ems\n\nitem,unit\n"a\nb",box\n# more\n  c , \n'
    (folder / "items.csv").write_text(text)
    frame = read_folder(folder).frames["items"]
    assert frame["item"].to_list() == ["a\nb", "c"]
    assert frame["unit"].to_list() == ["box", None]
    assert frame[ROW].to_list() == [4, 7]


def test_read_folder_line_in_a_quoted_cell_is_no_comment(folder):
    (folder / "items.csv").write_text('item,unit\n"a\n#b",box\nc,\n')
    frame = read_folder(folder).frames["items"]
    assert frame["item"].to_list() == ["a\n#b", "c"]
    assert frame[ROW].to_list() == [2, 4]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_read_folder_takes_what_spreadsheets_export(folder, delimiter):
    text = delimiter.join(["item", "unit"]) + "\r\n" + delimiter.join(["Käse", "kg"])
    (folder / "items.csv").write_bytes(text.encode("utf-8-sig"))
    raw = read_folder(folder)
    assert not raw.problems
    assert raw.frames["items"].select("item", "unit").rows() == [("Käse", "kg")]


def test_read_folder_bad_encoding_names_row_and_byte(folder):
    (folder / "items.csv").write_bytes(b"item\nok\nK\xe4se\n")
    problem = only(read_folder(folder).problems)
    assert (problem.file, problem.row, problem.value) == ("items.csv", 3, "byte 0xe4")


def test_read_folder_missing_files_are_named(tmp_path):
    problems = read_folder(tmp_path).problems
    assert [p.file for p in problems] == ["network.toml", "sites.csv", "items.csv"]


def test_read_folder_unknown_table_is_named_with_a_neighbour(folder):
    (folder / "lane.csv").write_text("lane\n")
    problem = only(read_folder(folder).problems)
    assert problem.file == "lane.csv"
    assert "did you mean 'lanes'" in problem.allowed


def test_read_folder_two_files_of_one_table_are_refused(folder):
    pl.DataFrame({"item": ["x"]}).write_parquet(folder / "items.parquet")
    problem = only(read_folder(folder).problems)
    assert "items.parquet is there too" in problem.allowed


def test_read_folder_broken_parquet_is_named(folder):
    (folder / "items.csv").unlink()
    (folder / "items.parquet").write_bytes(b"PAR1 not really")
    assert only(read_folder(folder).problems).file == "items.parquet"


def test_read_folder_broken_settings_are_named(folder):
    (folder / "network.toml").write_text("name = \n")
    assert "line 1" in only(read_folder(folder).problems).value


def test_read_folder_header_twice_and_long_rows_are_named(folder):
    (folder / "items.csv").write_text("item,unit,unit\n")
    (folder / "sites.csv").write_text("site,kind\nA,plant,x\n")
    long, twice = read_folder(folder).problems
    assert (long.file, long.row) == ("sites.csv", 2)
    assert (twice.file, twice.row, twice.column) == ("items.csv", 1, "unit")


def test_read_folder_empty_file_asks_for_a_header(folder):
    (folder / "items.csv").write_text("# nothing yet\n")
    assert "header" in only(read_folder(folder).problems).allowed


def test_read_memory_writes_values_as_cells():
    moment = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    frame = pl.DataFrame({"order": ["o"], "quantity": [0.1], "due": [moment]})
    raw = read_memory({"open_orders": frame, "items": [{"item": "a"}]}, {"name": "n"})
    row = raw.frames["open_orders"].row(0, named=True)
    assert row == {
        "order": "o",
        "quantity": "0.1",
        "due": "2024-01-01T00:00:00+00:00",
        ROW: 1,
    }


def test_read_memory_unknown_table_is_named():
    problem = only(read_memory({"item": []}, {}).problems)
    assert "did you mean 'items'" in problem.allowed

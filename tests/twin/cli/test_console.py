import json

import polars as pl
import pytest

from twin.cli.console import Console, cell, readable, time_text

FRAME = pl.DataFrame(
    {"item": ["a", "b", "c"], "due_us": [0, None, 1], "n": [1.5, 2, 3]}
)


def test_table_shows_times_and_says_what_is_left_out(capsys):
    Console(None, quiet=False).table(FRAME, title="Things", rows_max=2)
    said = capsys.readouterr().out
    assert said.startswith("Things\n")
    assert "1970-01-01T00:00:00Z" in said
    assert "due " in said
    assert "due_us" not in said
    assert "... and 1 more rows" in said


def test_all_rows_are_shown_on_demand(capsys):
    Console(None, quiet=False).table(FRAME, title="Things", rows_max=0)
    assert "more rows" not in capsys.readouterr().out


def test_empty_table_is_its_title(capsys):
    Console(None, quiet=False).table(FRAME.clear(), title="None")
    assert capsys.readouterr().out == "None\n"


def test_quiet_prints_warnings_only(capsys):
    console = Console(None, quiet=True)
    console.say("a")
    console.table(FRAME, title="b")
    console.warn("c")
    with console.progress() as bar:
        bar.add_task("d", total=1)
    assert capsys.readouterr() == ("", "warning: c\n")


def test_result_is_written_as_json(tmp_path):
    path = tmp_path / "new" / "r.json"
    Console(path, quiet=True).finish({"name": "Côte", "n": 1})
    assert json.loads(path.read_text(encoding="utf-8")) == {"name": "Côte", "n": 1}


def test_number_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        Console(tmp_path / "r.json", quiet=True).finish({"n": float("nan")})


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("n", 0.1 + 0.2, "0.3"), ("n", 3, "3"), ("n", None, ""), ("x", "y", "y")],
)
def test_cells_are_short(name, value, text):
    assert cell(name, value) == text


def test_fractions_of_a_second_are_kept():
    assert time_text(1_000_001) == "1970-01-01T00:00:01.000001Z"


def test_note_goes_to_the_error_stream_unless_quiet(capsys):
    Console(None, quiet=False).note("at work")
    Console(None, quiet=True).note("unseen")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "at work\n")


def test_computed_numbers_are_rounded_and_counts_are_not():
    frame = pl.DataFrame({"n": [12345678], "cost": [0.000123456789], "no": [None]})
    shown = readable(frame.with_columns(pl.col("no").cast(pl.Float64)))
    assert shown.row(0) == (12345678, 0.000123457, None)
    assert readable(frame.head(0)).is_empty()

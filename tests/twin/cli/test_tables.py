"""`millstream import` as it is typed: exit status, JSON, and what it leaves behind."""

import json

import pytest

from streams.deadletters import DeadLetterLog
from streams.log import LogReader
from twin.cli.app import run
from twin.importing import dead_letters_of

MAP = """
[[event]]
type = "StockCounted"
time = "t"
fields = { item = "i", site = { constant = "S" }, quantity = "q" }
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "stock.toml").write_text(MAP)
    (tmp_path / "stock.csv").write_text("t,i,q\n2024-05-01,A,1\n2024-05-02,A,x\n")
    return tmp_path


def imports(files, *more: str, table: str = "stock.csv", name: str = "stock.toml"):
    return run(
        [
            "import",
            str(files / table),
            "--map",
            str(files / name),
            "--log",
            str(files / "log"),
            *more,
        ]
    )


def test_table_is_imported_and_reported(files, capsys):
    assert imports(files, "--json", str(files / "report.json")) == 0
    printed = capsys.readouterr()
    assert "2 rows, 1 events" in printed.out
    assert "dead letters" in printed.err
    report = json.loads((files / "report.json").read_text())
    assert report["events"] == {"StockCounted": 1}
    assert report["rejected"] == {"not a number": 1}
    with LogReader(files / "log") as reader:
        assert len(reader.poll(0, 10)) == 1
    with DeadLetterLog(dead_letters_of(files / "log")) as letters:
        assert [letter.row for letter in letters] == [3]


def test_quiet_prints_nothing_but_warnings(files, capsys):
    assert imports(files, "--quiet") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            {"stock.toml": MAP.replace('"q"', '"n"')},
            "'n': must be a column of stock.csv",
        ),
        ({"stock.toml": "[[event"}, "must be TOML"),
        ({"stock.csv": ""}, "must be a readable csv file"),
    ],
)
def test_mistake_ends_with_status_two_and_touches_nothing(files, capsys, spoil, said):
    for name, text in spoil.items():
        (files / name).write_text(text)
    assert imports(files) == 2
    assert said in capsys.readouterr().err
    assert not (files / "log").exists()


def test_missing_files_end_with_status_two(files, capsys):
    assert imports(files, table="none.csv") == 2
    assert imports(files, name="none.toml") == 2
    assert "or one of levy" in capsys.readouterr().err


def test_shipped_map_is_named_without_a_path(files):
    (files / "w.csv").write_text(
        "case_id,activity,resource,start,end\n"
        "C1,Milling,W1,2012-01-02 07:00:00,2012-01-02 11:50:00\n"
    )
    log = files / "log"
    told = ["--map", "levy", "--log", str(log), "--quiet"]
    assert run(["import", str(files / "w.csv"), *told]) == 0
    with LogReader(log) as reader:
        assert len(reader.poll(0, 10)) == 4

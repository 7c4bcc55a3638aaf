"""What commands that search for a plan share."""

import json

import pytest
import typer

from twin.cli import searching
from twin.cli.console import Console
from twin.cli.searching import (
    leave,
    made_ready,
    nothing_found,
    write_answer,
    write_rows,
)

CONSOLE = Console(None, quiet=False)


def test_an_answer_is_written_as_its_path_says(tmp_path):
    def rows(path):
        write_rows(path, ("a", "b"), [{"a": 1, "b": 2}])

    def page(path):
        path.write_text("<p>")

    for out in (tmp_path, tmp_path / "one.csv"):
        write_answer(out, "plan", {"status": "optimal"}, rows=rows, page=page)
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert json.loads(written.pop("plan.json")) == {"status": "optimal"}
    assert written == {
        "plan.csv": "a,b\n1,2\n", "one.csv": "a,b\n1,2\n", "plan.html": "<p>",
    }  # fmt: skip


def test_long_preparations_are_told(monkeypatch, capsys):
    made_ready(CONSOLE, lambda: None)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(searching, "LONG_WARM_UP_S", -1.0)
    made_ready(CONSOLE, lambda: None)
    assert "got the search ready in 0 s" in capsys.readouterr().err


@pytest.mark.parametrize(("status", "code"), [("infeasible", 3), ("unknown", 1)])
def test_statuses_without_a_plan_end_the_command(status, code):
    with pytest.raises(typer.Exit) as ended:
        leave(status)
    assert ended.value.exit_code == code
    leave("optimal")


def test_who_found_nothing_is_told_what_gives_more():
    assert nothing_found("plan", 2.0, work=None).endswith("--seconds gives more time")
    assert (
        nothing_found("plan", 2.0, work=5)
        == "no plan found in 2.0 s; --work gives more"
    )

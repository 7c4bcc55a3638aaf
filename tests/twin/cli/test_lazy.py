import sys

import pytest
import typer

from twin.cli.lazy import Entry, LazyGroup

SINGLE = """
import typer
app = typer.Typer()
@app.command("greet")
def greet(name: str) -> None:
    typer.echo(f"hello {name}")
"""
GROUP = """
import typer
app = typer.Typer()
@app.command("one")
def one() -> None:
    typer.echo("1")
@app.command("two")
def two() -> None:
    typer.echo("2")
"""
ENTRIES = (
    Entry("greet", "planted_single", "Greet somebody.", "A"),
    Entry("count", "planted_group", "Count.", "B"),
)


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Run a command of a lazy group; returns what it printed."""
    (tmp_path / "planted_single.py").write_text(SINGLE)
    (tmp_path / "planted_group.py").write_text(GROUP)
    monkeypatch.syspath_prepend(tmp_path)
    for entry in ENTRIES:
        monkeypatch.delitem(sys.modules, entry.module, raising=False)

    class Planted(LazyGroup):
        entries = ENTRIES

    app = typer.Typer(cls=Planted, add_completion=False)
    app.callback()(lambda: None)

    def run(*words):
        with pytest.raises(SystemExit):
            typer.main.get_command(app).main(list(words), prog_name="p")
        return capsys.readouterr().out

    return run


def test_help_shows_the_table_and_imports_nothing(call):
    said = call("--help")
    assert "Greet somebody." in said
    assert "Count." in said
    assert not {"planted_single", "planted_group"} & set(sys.modules)


def test_command_is_imported_when_it_is_called(call):
    assert call("greet", "you") == "hello you\n"
    assert "planted_single" in sys.modules
    assert "planted_group" not in sys.modules


def test_other_commands_make_a_group(call):
    assert call("count", "two") == "2\n"
    assert "one" in call("count", "--help")

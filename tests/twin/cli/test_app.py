import importlib.util
import subprocess
import sys
import time

import pytest

from streams.errors import LogCorruptError, PositionError
from twin.cli import app as cli
from twin.errors import NetworkError, OptionError, Problem

HEAVY = ("ortools", "numba", "sklearn", "polars", "kafka", "simpy", "plotly")


def run_python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True
    )


def test_help_loads_nothing_heavy():
    program = (
        "import sys\nfrom twin.cli.app import run\nstatus = run(['--help'])\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), status)"
    )
    assert run_python("-c", program).stdout.splitlines()[-1] == "[] 0"


@pytest.mark.slow
def test_help_answers_at_once():
    """As soon as what draws it is imported; least of five, interleaved."""
    drawn_s, help_s = [], []
    for _ in range(5):
        for arguments, times in (
            (("-c", "import typer.main, rich.table"), drawn_s),
            (("-m", "twin", "--help"), help_s),
        ):
            since = time.perf_counter()
            run_python(*arguments)
            times.append(time.perf_counter() - since)
    assert min(help_s) < 3.0 * min(drawn_s)


def test_help_lists_every_command(capsys):
    assert cli.run(["--help"]) == 0
    said = capsys.readouterr().out
    there = [entry for entry in cli.COMMANDS if importlib.util.find_spec(entry.module)]
    assert all(entry.name in said and entry.purpose[:20] in said for entry in there)


@pytest.mark.parametrize("name", ["replay", "state", "record", "schema"])
def test_help_of_a_command_shows_options_and_examples(name, capsys):
    assert cli.run([name, "--help"]) == 0
    said = capsys.readouterr().out
    for word in ("--json", "--seed", "--quiet", "Examples:", f"millstream {name}"):
        assert word in said


@pytest.mark.parametrize(
    "arguments",
    [["replya"], ["replay"], ["schema", "--nonsense"], ["log", "cut"], ["schema", "?"]],
)
def test_mistake_in_the_arguments_ends_with_2(arguments, capsys):
    assert cli.run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err


def test_similar_command_is_proposed(capsys):
    cli.run(["replya"])
    assert "'replay'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OptionError("x"), 2),
        (NetworkError("n", (Problem("f", 1, "c", "v", "a"),)), 2),
        (PositionError("x"), 2),
        (FileNotFoundError(2, "No such file", "x"), 2),
        (LogCorruptError("x"), 1),
        (ValueError("of somebody else"), 1),
        (OSError(28, "No space left on device"), 1),
    ],
)
def test_status_tells_the_users_mistakes_from_failures(error, status):
    assert cli.status_of(error) == status


def test_error_is_one_line_and_a_traceback_only_on_demand(capsys, monkeypatch):
    monkeypatch.delenv("MILLSTREAM_DEBUG", raising=False)
    assert cli.report(OptionError("speed must be >= 0")) == 2
    assert capsys.readouterr().err == "error: speed must be >= 0\n"
    monkeypatch.setenv("MILLSTREAM_DEBUG", "1")
    cli.report(OptionError("speed must be >= 0"))
    assert "OptionError: speed" in capsys.readouterr().err


def test_bug_says_what_it_is(capsys):
    assert cli.report(KeyError("x")) == 1
    assert "KeyError: 'x' (this should not happen" in capsys.readouterr().err

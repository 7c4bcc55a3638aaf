import pytest
import typer
from typer.testing import CliRunner

from twin.cli import options


@pytest.fixture
def app():
    app = typer.Typer()

    @app.command()
    def command(
        *,
        json_file: options.JsonFile = None,
        seed: options.Seed = 0,
        quiet: options.Quiet = False,
    ) -> None:
        typer.echo(f"{json_file} {seed} {quiet}")

    return app


def test_every_command_takes_the_same_options(app):
    told = CliRunner().invoke(app, ["--json", "a.json", "--seed", "3", "--quiet"])
    assert told.stdout == "a.json 3 True\n"


def test_seed_below_zero_is_refused(app):
    assert CliRunner().invoke(app, ["--seed", "-1"]).exit_code == 2


def test_examples_stand_one_below_the_other():
    assert options.examples("a", "b") == "Examples:\n\na\n\nb"

from typing import Annotated

import pytest
import typer

from twin.cli.refused import refuse_given
from twin.errors import OptionError

app = typer.Typer()


@app.command()
def play(
    context: typer.Context,
    *,
    n: Annotated[int, typer.Option("--horizon")] = 5,
    m: Annotated[int, typer.Option("--rounds")] = 5,
) -> None:
    del n, m
    refuse_given(context, ("n",), "is of a network")


def run(*words):
    typer.main.get_command(app).main(args=list(words), standalone_mode=False)


def test_what_was_typed_is_refused_by_its_name():
    with pytest.raises(OptionError, match=r"^--horizon 5: is of a network$"):
        run("--horizon", "5")


def test_defaults_and_others_are_not():
    run("--rounds", "3")

"""`millstream why`: what decided when an order of a plan is served."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.console import Console
from twin.cli.interrupt import stoppable
from twin.cli.options import At, FromLog, JsonFile, KafkaConfig, Quiet, examples
from twin.cli.sources import SourceSpec

NEVER_SERVED = 3
"""Exit status for an order of which the plan ships nothing."""

app = typer.Typer()


@app.command(
    "why",
    epilog=examples(
        "millstream plan examples/network --out out/plan",
        "millstream why C120 out/plan",
        "millstream why C120 examples/network --horizon 7",
        "millstream why C120 examples/network --log out/log --at 2024-02-01T00:00:00Z",
    ),
)
def why(  # noqa: PLR0913  # the options of a command
    order: Annotated[
        str, typer.Argument(metavar="ORDER", help="Id of a customer's order.")
    ],
    plan: Annotated[
        Path,
        typer.Argument(
            metavar="PLAN|NETWORK",
            help="Folder that millstream plan wrote, or of a network to plan.",
        ),
    ],
    *,
    log: FromLog = None,
    at: At = None,
    horizon: Annotated[
        int, typer.Option("--horizon", min=1, help="Of a network: reviews planned.")
    ] = 28,
    fixes: Annotated[
        bool,
        typer.Option(
            "--fixes/--no-fixes",
            help="Find what binds by removing it, and what could be done.",
        ),
    ] = True,
    tries: Annotated[
        int,
        typer.Option(
            "--tries",
            min=1,
            metavar="N",
            help="Constraints removed one by one, the nearest to the customer first.",
        ),
    ] = 24,
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Say what the time between an order and its delivery goes into.

    The goods that serve the order last are followed back, through transport, production
    and components, to purchases or to stock that was there before the order: that chain
    decides when the order is served. Its longest part is told. What binds is found by
    brute force: each release, lead time, capacity, group of machines and order ahead is
    removed by itself and the plan carried out again; and so is what could be done, with
    its price. Of an order that is never served, the next goods of its item are followed
    back: exit status 3.
    """
    with stoppable():
        from twin.cli.asking import Question, answer

        source = None
        if log is not None:
            source = SourceSpec(name=log, kafka_config=kafka_config)
        asked = Question(
            order=order, plan=plan, source=source, at=at, n_periods=horizon,
            explains=fixes, tries=tries,
        )  # fmt: skip
        is_served = answer(asked, Console(json_file, quiet=quiet))
    if not is_served:
        raise typer.Exit(NEVER_SERVED)

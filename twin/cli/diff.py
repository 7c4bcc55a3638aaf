"""`millstream diff`: what a plan does otherwise than another, and why."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.console import Console
from twin.cli.interrupt import stoppable
from twin.cli.options import JsonFile, Quiet, examples

app = typer.Typer()


@app.command(
    "diff",
    epilog=examples(
        "millstream diff out/monday out/tuesday",
        "millstream diff out/monday out/tuesday --report out/diff.html",
        "millstream diff before.json after.json",
    ),
)
def diff(
    before: Annotated[
        Path,
        typer.Argument(
            metavar="PLAN",
            help="Folder that millstream plan wrote, or JSON of millstream schedule.",
        ),
    ],
    after: Annotated[Path, typer.Argument(metavar="PLAN", help="The newer one.")],
    *,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="Rows of each table; 0: all.")
    ] = 20,
    explains: Annotated[
        bool,
        typer.Option("--why/--no-why", help="Find out why orders of customers moved."),
    ] = True,
    tries: Annotated[
        int,
        typer.Option(
            "--tries",
            min=1,
            metavar="N",
            help="Differences taken back one by one, to find out why.",
        ),
    ] = 60,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write a page, too."),
    ] = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Compare two plans: what moved, what it costs, and how much was kept.

    Orders of customers that are served earlier or later, purchases, production and
    transport that were moved, added or dropped, operations on other machines or at
    other times, money term by term, and the share of the plan that was kept. Why an
    order of a customer moved is found by carrying the newer plan out with one
    difference taken back at a time.
    """
    with stoppable():
        from twin.cli.diffing import DiffSpec, show_diff

        spec = DiffSpec(
            before=before,
            after=after,
            limit=limit,
            explains=explains,
            tries=tries,
            report=report,
        )
        show_diff(spec, Console(json_file, quiet=quiet))

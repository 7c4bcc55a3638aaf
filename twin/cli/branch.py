"""`millstream branch`: branches of a log, kept by name, compared, made real."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.console import Console
from twin.cli.interrupt import stoppable
from twin.cli.options import (
    At,
    Horizon,
    JsonFile,
    KafkaConfig,
    Overlay,
    PlanQuantile,
    Quiet,
    Scenario,
    Seed,
    StockService,
    examples,
)

app = typer.Typer(
    help="Keep what-ifs by name: save, list, show, compare, promote.",
    no_args_is_help=True,
)

FOLDER = Path("branches")

Folder = Annotated[
    Path, typer.Option("--branches", metavar="DIR", help="Folder of the branches.")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the branch.")]


@app.command(
    "save",
    epilog=examples(
        "millstream branch save faster examples/network --change "
        "examples/whatif/faster_filling.toml",
        "millstream branch save rush plant --log out/log --at 1200 --change order.toml",
    ),
)
def save_branch(  # noqa: PLR0913  # the options of a command
    name: Name,
    network: Annotated[
        Path, typer.Argument(metavar="NETWORK", help="Folder of the network.")
    ],
    *,
    change: Annotated[
        list[Path],
        typer.Option(
            "--change",
            metavar="FILE",
            help="TOML of what is different; several are applied one after the other.",
        ),
    ],
    log: Annotated[
        str | None,
        typer.Option(
            "--log", metavar="LOG", help="Begin with the state of this log or topic."
        ),
    ] = None,
    at: At = None,
    description: Annotated[
        str, typer.Option("--description", help="A sentence about the branch.")
    ] = "",
    policy: Annotated[
        str, typer.Option("--policy", help="Who decides, as of millstream whatif.")
    ] = "table",
    horizon: Horizon = 28.0,
    service: StockService = 0.9,
    quantile: PlanQuantile = 0.6,
    scenario: Scenario = None,
    overlay: Overlay = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of one of this name.")
    ] = False,
    branches: Folder = FOLDER,
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
) -> None:
    """Keep a branch: where it begins, what it changes, how it is played.

    The changes are applied once, so that every mistake in them is told now. What is
    kept is the place in the log, the hash of the state there, and the text of the
    change files: a few hundred bytes, however large the log is.
    """
    with stoppable():
        from twin.cli.branching import WhatIfSpec
        from twin.cli.kept import save
        from twin.cli.sources import SourceSpec

        source = None
        if log is not None:
            source = SourceSpec(name=log, kafka_config=kafka_config)
        spec = WhatIfSpec(
            network=network, changes=tuple(change), n_replications=0,
            horizon_days=horizon, policy=policy, service=service, quantile=quantile,
            scenario=scenario, overlay=overlay, source=source, at=at,
        )  # fmt: skip
        console = Console(json_file, quiet=quiet)
        save(spec, console, folder=branches, name=name, description=description,
             replaces=replace)  # fmt: skip


@app.command("list", epilog=examples("millstream branch list"))
def list_branches(
    *,
    branches: Folder = FOLDER,
    json_file: JsonFile = None,
    quiet: Quiet = False,
    seed: Seed = 0,  # noqa: ARG001
) -> None:
    """List the branches of a folder, and where each begins."""
    from twin.cli.kept import show_list

    show_list(Console(json_file, quiet=quiet), folder=branches)


@app.command("show", epilog=examples("millstream branch show faster"))
def show_branch(
    name: Name,
    *,
    branches: Folder = FOLDER,
    json_file: JsonFile = None,
    quiet: Quiet = False,
    seed: Seed = 0,  # noqa: ARG001
) -> None:
    """Show where a branch begins, what it changes and how it is played."""
    from twin.cli.kept import show_one

    show_one(Console(json_file, quiet=quiet), folder=branches, name=name)


@app.command(
    "compare",
    epilog=examples(
        "millstream branch compare faster rush --replications 200 --engine compiled",
        "millstream branch compare faster --report out/faster.html",
    ),
)
def compare_stored(  # noqa: PLR0913  # the options of a command
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Of the branches.")
    ],
    *,
    replications: Annotated[
        int,
        typer.Option("--replications", metavar="N", help="Futures of each branch."),
    ] = 20,
    engine: Annotated[
        str, typer.Option("--engine", help="What simulates: compiled or reference.")
    ] = "reference",
    backend: Annotated[
        str,
        typer.Option(
            "--backend", help="Where futures are played: serial, threads or ray."
        ),
    ] = "serial",
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write the comparison as HTML."),
    ] = None,
    branches: Folder = FOLDER,
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
    seed: Seed = 0,
) -> None:
    """Play branches beside the base they share, all with the same luck.

    They must begin at the same state and be played in the same way; the log is read
    again, and must still have the state that they were saved with.
    """
    with stoppable():
        from twin.cli.branching import compare_branches
        from twin.cli.differing import show_comparison
        from twin.cli.kept import spec_of

        console = Console(json_file, quiet=quiet)
        spec = spec_of(
            names, branches, n_replications=replications, seed=seed, engine=engine,
            backend=backend, kafka_config=kafka_config,
        )  # fmt: skip
        show_comparison(compare_branches(spec, console), console, report=report)


@app.command(
    "promote",
    epilog=examples(
        "millstream branch promote faster --who ada --why 'line 2 is staffed'",
        "millstream branch promote faster --who ada --why 'line 2' --confirm",
    ),
)
def promote_branch(  # noqa: PLR0913  # the options of a command
    name: Name,
    *,
    who: Annotated[str, typer.Option("--who", help="Who decides it.")],
    why: Annotated[str, typer.Option("--why", help="The reason, in a sentence.")],
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="LOG",
            help="Log or topic to write to; without: the one the branch begins in.",
        ),
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Write; without it is only shown.")
    ] = False,
    branches: Folder = FOLDER,
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
) -> None:
    """Make a branch real: its changes as events at the end of the log.

    Cells of tables become MasterDataChanged, production orders OrderDispatched,
    customers' orders OrderReceived; AuditRecorded says who, why and from which branch.
    What goes wrong in a branch is assumed, not decided, and left out.

    The log may have gone on since the branch was saved. It is refused (exit status 2)
    if a cell that it changes was changed to something else meanwhile, or its row is
    gone. Cells that have the new value already are passed over, and the ids of events
    are made of the branch: promoted twice, it counts once.
    """
    with stoppable():
        from twin.cli.promoting import promote

        console = Console(json_file, quiet=quiet)
        promote(
            console, folder=branches, name=name, who=who, why=why, target=to,
            confirmed=confirm, kafka_config=kafka_config,
        )  # fmt: skip

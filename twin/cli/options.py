"""Options that every command takes, and times and offsets as they are typed."""

from pathlib import Path
from typing import Annotated

import typer

JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write the result as JSON too."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Seed of whatever is drawn at random.")
]
Goal = Annotated[
    str | None,
    typer.Option(
        "--objective",
        metavar="NAME[=W],...",
        help=(
            "makespan, tardiness, setup, energy, stability; several with weights, "
            "or in levels: tardiness/makespan/setup."
        ),
    ),
]
KafkaConfig = Annotated[
    Path | None,
    typer.Option(
        "--kafka-config",
        metavar="FILE",
        help="Client properties, such as SASL and TLS, for kafka:// sources.",
    ),
]
At = Annotated[
    str | None,
    typer.Option("--at", help="Offset or time in the log; without: its end."),
]
FromLog = Annotated[
    str | None,
    typer.Option(
        "--log",
        metavar="LOG|SNAPSHOT|STORE",
        help="Begin with the state of this log, topic, snapshot or store.",
    ),
]
Overlay = Annotated[
    Path | None,
    typer.Option(
        "--overlay", metavar="FILE", help="What millstream calibrate --out wrote."
    ),
]
Scenario = Annotated[
    Path | None,
    typer.Option("--scenario", metavar="FILE", help="TOML of what goes wrong."),
]
Horizon = Annotated[
    float, typer.Option("--horizon", metavar="D", help="Days of each future.")
]
StockService = Annotated[
    float,
    typer.Option("--service", help="That levels of table and base-stock aim at."),
]
PlanQuantile = Annotated[
    float,
    typer.Option("--quantile", help="Of running demand that mpc plans cover."),
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        help="What simulates: compiled (for many futures: it compiles once a "
        "machine, for a minute or two) or reference. Both give the same.",
    ),
]
Backend = Annotated[
    str,
    typer.Option("--backend", help="Where futures are played: serial, threads or ray."),
]
NetworkFolder = Annotated[
    Path, typer.Option("--network", metavar="NETWORK", help="Folder of the network.")
]
MetricsPort = Annotated[
    int | None,
    typer.Option(
        "--metrics",
        min=0,
        max=65535,
        metavar="PORT",
        help="Metrics for Prometheus on 127.0.0.1:PORT; 0: any free port.",
    ),
]
LogFormat = Annotated[
    str, typer.Option("--log-format", help="Of log lines on stderr: text or json.")
]
LogLevel = Annotated[
    str,
    typer.Option("--log-level", help="Of log lines: debug, info, warning or error."),
]


TimeLimit = Annotated[
    float, typer.Option("--seconds", min=0.1, metavar="S", help="Time limit.")
]
Work = Annotated[
    int | None,
    typer.Option(
        "--work",
        min=1,
        metavar="W",
        help="Steps of the search instead of time: the same answer twice.",
    ),
]
OutForms = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="PATH",
        help="A .json, .csv or .html file, or a folder for all three.",
    ),
]


def examples(*commands: str) -> str:
    r"""Return the end of a help text that shows commands, one a line.

    Examples
    --------
    >>> examples("millstream schema")
    'Examples:\n\nmillstream schema'
    """
    return "\n\n".join(("Examples:", *commands))

"""Options of `millstream loop --live`, and how they are read."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.refused import refuse_given
from twin.errors import OptionError

OF_LIVE = (
    "store", "decisions", "provisional", "seconds", "start", "lateness_s", "answer_s",
    "idle_s", "checkpoint_s", "until_idle",
)  # fmt: skip
"""Parameters of the command that only a live loop heeds."""

OF_PLAY = ("periods", "seeds", "scenario", "out", "follow")
"""Parameters of the command that only policies heed that are played."""

Live = Annotated[
    bool,
    typer.Option("--live", help="Follow --log and decide as its events come."),
]
Store = Annotated[
    Path | None,
    typer.Option(
        "--store", metavar="DIR", help="Of a live loop: where it saves and goes on."
    ),
]
Decisions = Annotated[
    str | None,
    typer.Option(
        "--decisions",
        metavar="TARGET",
        help="Of a live loop: topic, kafka://host:port/topic, or log for plans, "
        "forecasts, orders and exceptions; DIR/decisions without.",
    ),
]
Provisional = Annotated[
    bool,
    typer.Option(
        "--provisional",
        help="Of a live loop: decide on all events read, not only on complete ones.",
    ),
]
PlanSeconds = Annotated[
    float | None,
    typer.Option(
        "--seconds",
        min=0.001,
        metavar="S",
        help="Of a live loop: time limit of a plan; without, every plan is repeatable.",
    ),
]
Start = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="TIME", help="Of a live loop: nothing is decided before."
    ),
]
Lateness = Annotated[
    str,
    typer.Option(
        "--lateness-s",
        metavar="S[,SOURCE=S]",
        help="Of a live loop: how late an event may come, of all or of one source.",
    ),
]
Answer = Annotated[
    float,
    typer.Option(
        "--answer-s",
        min=1.0,
        metavar="S",
        help="Of a live loop: an order not acknowledged for longer is an exception.",
    ),
]
IdlePartition = Annotated[
    float | None,
    typer.Option(
        "--idle-s",
        min=0.0,
        metavar="S",
        help="Of a live loop: a partition silent for longer is not waited for.",
    ),
]
CheckpointEvery = Annotated[
    float,
    typer.Option(
        "--checkpoint-s",
        min=0.01,
        metavar="S",
        help="Of a live loop: seconds between checkpoints.",
    ),
]
UntilIdle = Annotated[
    float | None,
    typer.Option(
        "--until-idle",
        min=0.0,
        metavar="S",
        help="Of a live loop: end after so long without a record.",
    ),
]


def refuse_unheeded(context: typer.Context, *, live: bool) -> None:
    """Refuse options of a live loop without ``--live``, and those of a play with it.

    Parameters
    ----------
    context : typer.Context
        Of the command.
    live : bool
        Whether a stream is followed.

    Raises
    ------
    OptionError
        If one was typed that would change nothing.
    """
    if live:
        refuse_given(context, OF_PLAY, "plays a simulated plant, not with --live")
    else:
        refuse_given(context, OF_LIVE, "is of a live loop, only with --live")


def lateness(text: str) -> tuple[float, dict[str, float]]:
    """Read how late events may come.

    Parameters
    ----------
    text : str
        Seconds of all sources, and by commas ``source=seconds`` for single ones.

    Returns
    -------
    tuple of float and dict of str to float
        Seconds >= 0 of all, and by source.

    Raises
    ------
    OptionError
        If a part is neither.

    Examples
    --------
    >>> lateness("60,erp=3600")
    (60.0, {'erp': 3600.0})
    """
    every, by_source = 86_400.0, {}
    for part in text.split(","):
        name, equals, seconds = part.strip().rpartition("=")
        try:
            value = float(seconds)
        except ValueError:
            value = -1.0
        if not 0.0 <= value < float("inf") or (equals and not name):
            msg = (
                f"--lateness-s {text}: each part must be seconds >= 0 or "
                f"source=seconds, was {part!r}"
            )
            raise OptionError(msg)
        if equals:
            by_source[name] = value
        else:
            every = value
    return every, by_source

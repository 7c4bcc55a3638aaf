"""What `millstream schedule` says beside the schedule: conflicts, chains, hours."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console

if TYPE_CHECKING:
    from twin.planning.explaining import Told
    from twin.planning.scheduling import Schedule, SchedulingProblem

Explain = Annotated[
    str | None,
    typer.Option(
        "--explain",
        metavar="JOB",
        help="Say what holds this job until its end, and what would shorten that.",
    ),
]
ShowHours = Annotated[
    bool,
    typer.Option("--prices", help="Say what an hour more on each machine is worth."),
]
RepairPrices = Annotated[
    Path | None,
    typer.Option(
        "--repair-prices",
        metavar="FILE",
        help="What it costs to relax rules, as JSON; without: defaults.",
    ),
]

EXPLAIN_S = 10.0
"""Seconds for conflicts and their repair, at least: a short search leaves little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be explained."""

    job: str | None
    hours: bool
    prices: Path | None


def explained(
    problem: "SchedulingProblem",
    found: "Schedule",
    asked: Asked,
    *,
    seconds: float | None,
) -> "tuple[Schedule, list[Told]]":
    """Return the schedule, its status settled, and what is to be said beside it.

    Parameters
    ----------
    problem, found
        What was scheduled.
    asked
        What is to be explained; conflicts always are.
    seconds
        Time limit of the search, None for a budget of work: then only what is proven
        infeasible is explained.
    """
    from twin.planning.explaining import (
        conflicts_told,
        hours_told,
        late_told,
        prices_of_file,
    )

    prices = prices_of_file(asked.prices)
    told: list[Told] = []
    if not found.start.size:
        if found.status == "infeasible" or seconds is not None:
            limit_s = max(seconds or 0.0, EXPLAIN_S)
            why = conflicts_told(
                problem, monotonic_s=time.monotonic, seconds=limit_s, prices=prices
            )
            told.append(why)
            if why.infeasible:
                found = replace(found, status="infeasible", bound=float("inf"))
        return found, told
    if asked.job is not None:
        told.append(late_told(problem, found, asked.job, prices=prices))
    if asked.hours:
        told.append(hours_told(problem, found))
    return found, told


def say_all(
    told: "list[Told]", document: Mapping[str, Any], console: Console
) -> Mapping[str, Any]:
    """Say what is to be said, and return the answer with it.

    Parameters
    ----------
    told
        Explanations.
    document
        The answer.
    console
        Where it is said.
    """
    for one in told:
        for line in one.lines:
            console.say(line)
        document = {**document, **one.document}
    return document

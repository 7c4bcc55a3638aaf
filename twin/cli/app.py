"""The command line as a whole: the list of commands, and what an error looks like."""

import importlib.util
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from twin.cli.lazy import Entry, LazyGroup

DONE, FAILED, USER_ERROR, INFEASIBLE = range(4)
"""Exit statuses of every command."""

START, EVENTS, STATE, PLANS = "Start", "Events", "State", "Plans"
COMMANDS = (
    Entry("demo", "twin.cli.demo", "Play the example network and report.", START),
    Entry("network", "twin.cli.network", "Begin, check and draft networks.", START),
    Entry("import", "twin.cli.tables", "Turn tables into events of a log.", EVENTS),
    Entry("record", "twin.cli.record", "Keep Kafka topics in a log.", EVENTS),
    Entry("log", "twin.cli.log", "Count, check and repair logs.", EVENTS),
    Entry(
        "deadletters",
        "twin.cli.deadletters",
        "Look at what could not be used, and try again.",
        EVENTS,
    ),
    Entry("schema", "twin.cli.schema", "Print the JSON Schema of events.", EVENTS),
    Entry("replay", "twin.cli.replay", "Fold events into a state.", STATE),
    Entry("live", "twin.cli.live", "Keep a state up to date, in a group.", STATE),
    Entry("state", "twin.cli.state", "Show a state as tables.", STATE),
    Entry("serve", "twin.cli.serve", "Answer over HTTP, live.", STATE),
    Entry(
        "forecast",
        "twin.cli.forecast",
        "Forecast many series, with quantiles.",
        PLANS,
    ),
    Entry("health", "twin.cli.health", "Tell how long machines will last.", PLANS),
    Entry("risk", "twin.cli.risk", "Tell how likely a failure is, row by row.", PLANS),
    Entry(
        "calibrate",
        "twin.cli.calibrate",
        "Estimate a network's laws from events.",
        PLANS,
    ),
    Entry("schedule", "twin.cli.schedule", "Schedule a shop, live.", PLANS),
    Entry(
        "reschedule",
        "twin.cli.reschedule",
        "Repair a schedule after a disruption.",
        PLANS,
    ),
    Entry("plan", "twin.cli.plan", "Plan from purchase to delivery.", PLANS),
    Entry("route", "twin.cli.route", "Plan routes of vehicles.", PLANS),
    Entry("locate", "twin.cli.locate", "Choose plants and depots to open.", PLANS),
    Entry("ship", "twin.cli.ship", "Ship between sites in whole vehicles.", PLANS),
    Entry("lotsize", "twin.cli.lotsize", "Choose lots, period by period.", PLANS),
    Entry("buy", "twin.cli.buy", "Plan purchases.", PLANS),
    Entry("inventory", "twin.cli.inventory", "Choose stock policies.", PLANS),
    Entry("loop", "twin.cli.loop", "Play a policy over periods and seeds.", PLANS),
    Entry("why", "twin.cli.why", "Say what decides when an order is served.", PLANS),
    Entry("diff", "twin.cli.diff", "Compare two plans, and say why.", PLANS),
    Entry("promise", "twin.cli.promise", "Promise a date for an order.", PLANS),
    Entry(
        "whatif", "twin.cli.whatif", "Compare futures with and without changes.", PLANS
    ),
    Entry("branch", "twin.cli.branch", "Keep what-ifs by name, make one real.", PLANS),
)
"""Every command; modules are imported when their command is asked for."""

EPILOG = (
    "Exit status: 0 done, 1 failed, 2 a mistake in what was given, 3 answered that "
    "nothing is feasible.\n\n"
    "Try: millstream demo, or millstream network init my-network. "
    "MILLSTREAM_DEBUG=1 shows where an error came from."
)


def _is_there(entry: Entry) -> bool:
    return importlib.util.find_spec(entry.module) is not None


class _Millstream(LazyGroup):
    entries = tuple(entry for entry in COMMANDS if _is_there(entry))


app = typer.Typer(
    cls=_Millstream,
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:  # noqa: FBT001  # typer calls it so
    if asked:
        typer.echo(f"millstream {version('millstream')}")
        raise typer.Exit


@app.callback()
def millstream(
    *,
    _: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Keep a live twin of a factory network, and plan with it."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str
        What stands after `millstream`.

    Returns
    -------
    int
        The exit status: 0 done, 1 failed or a gate missed, 2 a mistake of the user, 3
        answered that nothing is feasible.
    """
    try:
        typer.main.get_command(app).main(args=list(arguments), prog_name="millstream")
    except SystemExit as ended:
        return ended.code if ended.code in range(4) else FAILED  # type: ignore[return-value]
    except Exception as error:  # whatever it is, it is told in one line
        return report(error)
    return DONE


def report(error: Exception) -> int:
    """Print an error, without a traceback but on demand; return its exit status."""
    if os.environ.get("MILLSTREAM_DEBUG") == "1":
        traceback.print_exception(error, file=sys.stderr)
    status = status_of(error)
    text = str(error) or type(error).__name__
    if not _is_ours(error) and status == FAILED:
        text = (
            f"{type(error).__name__}: {text} (this should not happen; "
            f"MILLSTREAM_DEBUG=1 shows where)"
        )
    typer.echo(f"error: {text}", err=True)
    return status


def status_of(error: Exception) -> int:
    """Tell a mistake of the user (2) from a failure (1).

    Examples
    --------
    >>> status_of(FileNotFoundError(2, "No such file or directory", "orders.csv"))
    2
    >>> status_of(ZeroDivisionError())
    1
    """
    if _is_ours(error) and isinstance(error, ValueError):
        return USER_ERROR
    wrong_path = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
    if isinstance(error, (*wrong_path, PermissionError, FileExistsError)):
        return USER_ERROR
    return FAILED


def _is_ours(error: Exception) -> bool:
    # Told by name: importing all four packages to ask would take seconds.
    package = type(error).__module__.partition(".")[0]
    return package in {"twin", "streams", "forecasting", "optimizer"}

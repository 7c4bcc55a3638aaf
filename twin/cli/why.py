"""`millstream why`: what decided when an order of a plan is served."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.console import Console, time_text
from twin.cli.options import JsonFile, Quiet, examples

if TYPE_CHECKING:
    from twin.cli.tracing import Trace
    from twin.masterplan import Shortage

NEVER_SERVED = 3
"""Exit status for an order of which the plan ships nothing."""

# Share of an order that is rounding.
ROUNDING = 1e-6

app = typer.Typer()


@app.command(
    "why",
    epilog=examples(
        "millstream plan examples/demo --out out/plan",
        "millstream why C120 out/plan",
    ),
)
def why(
    order: Annotated[
        str, typer.Argument(metavar="ORDER", help="Id of a customer's order.")
    ],
    plan: Annotated[
        Path, typer.Argument(metavar="PLAN", help="Folder that millstream plan wrote.")
    ],
    *,
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Say what the time between an order and its delivery goes into.

    The goods that serve the order last are followed back, through transport, production
    and components, to purchases or to stock that was there before the order: that chain
    decides when the order is served. Its longest part is what binds. Of an order that
    is never served, the next goods of its item are followed back: exit status 3.
    """
    from twin.cli.tracing import read_shortage, read_tables, trace

    console = Console(json_file, quiet=quiet)
    found = trace(read_tables(plan), order)
    short = None
    if found.delivered_us is None:
        short, currency = read_shortage(plan, found)
        _print_short(found, short, currency, console)
    else:
        _print(found, console)
    _finish(found, short, console)
    if found.delivered_us is None:
        raise typer.Exit(NEVER_SERVED)


def _finish(found: "Trace", short: "Shortage | None", console: Console) -> None:
    binds = found.binds
    console.finish(
        {
            "order": found.order,
            "item": found.item,
            "site": found.site,
            "customer": found.customer,
            "asked_us": found.asked_us,
            "due_us": found.due_us,
            "delivered_us": found.delivered_us,
            "quantity": found.quantity,
            "shipped": found.shipped,
            "binds": None if binds is None else asdict(binds) | {"days": binds.days},
            "segments": [asdict(one) | {"days": one.days} for one in found.segments],
            "shortage": None if short is None else asdict(short),
        }
    )


def _print_short(
    found: "Trace", short: "Shortage | None", currency: str, console: Console
) -> None:
    from twin.cli.planned import shortage_text

    console.say(
        f"{found.order}: {found.quantity:g} {found.item} from {found.site} to "
        f"{found.customer}, asked for {time_text(found.asked_us)}: the plan ships "
        f"nothing of it"
    )
    if short is not None:
        console.say(shortage_text(short, currency))


def _print(found: "Trace", console: Console) -> None:
    import polars as pl

    console.say(
        f"{found.order}: {found.item} from {found.site} to {found.customer}, asked for "
        f"{time_text(found.asked_us)}, shipped {time_text(found.delivered_us or 0)}"
    )
    if found.quantity - found.shipped > ROUNDING * found.quantity:
        console.say(f"of {found.quantity:g} the plan ships {found.shipped:g} only")
    binds = found.binds
    if binds is None:
        console.say("served from stock as soon as it was asked for")
        return
    rows = [
        {
            "days": f"{one.days:.2f}",
            "what": one.reason,
            "in words": one.text,
            "order": one.order,
            "until_us": one.end_us,
        }
        for one in found.segments
    ]
    console.table(pl.DataFrame(rows), title="what the time goes into", rows_max=0)
    console.say(f"bound by {binds.reason}: {binds.text}, {binds.days:.1f} days")

"""Answers `millstream why`: from a plan folder, or from a plan that is made for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from twin.cli.console import Console, time_text
from twin.cli.sources import SourceSpec
from twin.errors import OptionError, TwinError
from twin.explain.tracing import TABLES, Trace, read_shortage, read_tables, trace
from twin.model.read import SETTINGS_FILE

if TYPE_CHECKING:
    import polars as pl

    from twin.explain.played import Played
    from twin.explain.why import Why
    from twin.masterplan import MasterPlan, Shortage

QUANTILE = 0.6
"""Of running demand that a plan covers; that of `millstream plan`."""

# Share of an order that is rounding.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked; see the options of `millstream why`."""

    order: str
    plan: Path
    source: SourceSpec | None = None
    at: str | None = None
    n_periods: int = 28
    explains: bool = True
    tries: int = 24


def answer(asked: Question, console: Console) -> bool:
    """Say why an order is served when it is.

    Parameters
    ----------
    asked : Question
        Of which order, and of which plan.
    console : Console
        Where to print.

    Returns
    -------
    bool
        Whether anything of it is shipped.

    Raises
    ------
    TwinError
        If there is no such order or plan.
    """
    if (asked.plan / SETTINGS_FILE).is_file():
        made = _made(asked, console)
        found = trace(_tables(made), asked.order)
        short, currency = _shortage(made, found)
    else:
        if asked.source is not None or asked.at is not None:
            msg = f"--log and --at go with a network; {asked.plan} is none"
            raise OptionError(msg)
        made = None
        found = trace(read_tables(asked.plan), asked.order)
        short, currency = None, ""
        if found.delivered_us is None:
            short, currency = read_shortage(asked.plan, found)
    if found.delivered_us is None:
        _print_short(found, short, currency, console)
    else:
        _print(found, console)
    why = _why(asked, made, console) if asked.explains else None
    _finish(found, short, why, console)
    return found.delivered_us is not None


def _made(asked: Question, console: Console) -> "MasterPlan":
    from twin.cli.planned import PlanSpec, plan_of

    spec = PlanSpec(
        network=asked.plan, n_periods=asked.n_periods, quantile=QUANTILE,
        source=asked.source, at=asked.at,
    )  # fmt: skip
    return plan_of(spec, console)[0]


def _tables(made: "MasterPlan") -> "dict[str, pl.DataFrame]":
    tables = made.tables.by_name() | {"pegs": made.pegs}
    return {name: tables[name] for name in TABLES}


def _shortage(made: "MasterPlan", found: Trace) -> "tuple[Shortage | None, str]":
    from twin.masterplan import shortages

    point = found.item, found.site
    own = (one for one in shortages(made) if (one.item, one.site) == point)
    currency = made.network.settings.currency
    return (next(own, None) if found.delivered_us is None else None), currency


def _why(asked: Question, made: "MasterPlan | None", console: Console) -> "Why | None":
    """Carry the plan out with one constraint removed at a time, and show it."""
    from twin.cli.explaining import show_why
    from twin.explain.fixes import Prices
    from twin.explain.why import why_late

    try:
        played = _played(asked, made)
    except TwinError as error:
        console.warn(f"what binds is not known: {error}")
        return None
    key, _ = played.order_named(asked.order)
    with console.progress() as progress:
        task = progress.add_task("constraints removed", total=None)
        found = why_late(
            played,
            key,
            prices=Prices(),
            tries=asked.tries,
            on_tried=lambda n, of: progress.update(task, completed=n, total=of),
        )
    show_why(found, console, currency=played.grounds.network.settings.currency)
    return found


def _played(asked: Question, made: "MasterPlan | None") -> "Played":
    from twin.explain.played import played_folder, played_plan

    return played_folder(asked.plan) if made is None else played_plan(made)


def _finish(
    found: Trace, short: "Shortage | None", why: "Why | None", console: Console
) -> None:
    from twin.explain.document import trace_document, why_document

    told = trace_document(found, short)
    console.finish(told | ({} if why is None else why_document(why)))


def _print_short(
    found: Trace, short: "Shortage | None", currency: str, console: Console
) -> None:
    from twin.cli.planned import shortage_text

    console.say(
        f"{found.order}: {found.quantity:g} {found.item} from {found.site} to "
        f"{found.customer}, asked for {time_text(found.asked_us)}: the plan ships "
        f"nothing of it"
    )
    if short is not None:
        console.say(shortage_text(short, currency))


def _print(found: Trace, console: Console) -> None:
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

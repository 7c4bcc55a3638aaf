"""`millstream inventory`: how much to keep where, and when to order."""

from pathlib import Path
from typing import Annotated, Any

import typer

from twin.cli.console import Console, readable
from twin.cli.interrupt import stoppable
from twin.cli.options import JsonFile, KafkaConfig, Quiet, Seed, examples
from twin.cli.refused import refuse_given
from twin.cli.searching import FORMS
from twin.cli.writable import make_folder

app = typer.Typer()

OF_NETWORK = (
    "service", "log", "demand", "futures", "horizon", "rounds", "engine",
    "kafka_config",
)  # fmt: skip
STAGES = (".txt", ".csv")
"""Suffixes of tables of stages."""

SHOWN = ("item", "policy", "reorder_point", "order_up_to", "safety_stock", "cost",
         "fill_rate", "simulated_fill_rate")  # fmt: skip


@app.command(
    "inventory",
    epilog=examples(
        "millstream inventory examples/network --service 0.97 --out out/stock",
        "millstream inventory examples/network --service A=0.98,B=0.95,C=0.9",
        "millstream inventory plant --log out/log --futures 10 --out out/stock",
        "millstream inventory items.json --out out/stock",
        "millstream inventory stages.txt --holding-rate 0.25",
    ),
)
def inventory(  # noqa: PLR0913  # the options of a command
    context: typer.Context,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="NETWORK|FILE",
            help="Folder of a network, a JSON file of items, seasons, lots, serial "
            "systems and trees, or a table of stages (docs/inventory.md).",
        ),
    ],
    *,
    service: Annotated[
        str,
        typer.Option(
            "--service",
            metavar="F|A=F,B=F,C=F",
            help="Fill rate to reach, of all or by class of yearly value (A: the first "
            "80 %, B: to 95 %).",
        ),
    ] = "0.95",
    log: Annotated[
        str | None,
        typer.Option("--log", metavar="LOG", help="Take demand from its orders."),
    ] = None,
    demand: Annotated[
        str,
        typer.Option(
            "--demand",
            metavar="forecast|history",
            help="With --log: plan for quantiles of the forecast, or for the past.",
        ),
    ] = "forecast",
    futures: Annotated[
        int,
        typer.Option(
            "--futures", min=0, metavar="N", help="Futures that judge, >= 2; 0: none."
        ),
    ] = 5,
    horizon: Annotated[
        float,
        typer.Option(
            "--horizon",
            metavar="D",
            help="Days of each, three reviews at least; a third warms up.",
        ),
    ] = 42.0,
    rounds: Annotated[
        int,
        typer.Option("--rounds", min=1, help="Most times that stock is raised, + 1."),
    ] = 2,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            help="What simulates: compiled (compiles once a machine, for a minute or "
            "two) or reference. Both give the same.",
        ),
    ] = "reference",
    holding_rate: Annotated[
        float | None,
        typer.Option(
            "--holding-rate",
            metavar="R",
            help="Of a table of stages: money a year for each money of stock.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Plan folder: a CSV file a table, plan.json and report.html.",
        ),
    ] = None,
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Choose stock policies: how much to keep where, and when to order.

    Of a NETWORK every stock point gets a policy: a base-stock level, (s, S) where
    orders cost, (r, Q) where they come in multiples, with the safety stock that its
    fill rate needs over review and lead time. All are checked against their Markov
    chain, then played in futures of the twin; points that fall short there get more.

    With --log they are planned for quantiles of the forecast demand of its orders,
    summed over review and lead time.

    A FILE may hold single items, seasons (ordered once), lots, serial systems and trees
    with guaranteed service times.
    """
    with stoppable():
        console = Console(json_file, quiet=quiet)
        if source.is_dir():
            refuse_given(context, ("holding_rate",), "is of a table of stages")
            if log is None:
                refuse_given(context, ("demand", "kafka_config"), "goes with --log")
            from twin.cli.sources import SourceSpec
            from twin.cli.stocking import StockSpec, plan_network_stock
            from twin.errors import OptionError
            from twin.whatif.future import ENGINES

            if engine not in ENGINES:
                msg = f"engine must be one of {', '.join(ENGINES)}, was {engine!r}"
                raise OptionError(msg)
            read = None
            if log is not None:
                read = SourceSpec(name=log, kafka_config=kafka_config)
            spec = StockSpec(
                network=source,
                services=services_of(service),
                n_futures=futures,
                horizon_days=horizon,
                rounds=rounds,
                seed=seed,
                engine=ENGINES[engine],
                source=read,
                demand=demand,
            )
            make_folder("--out", out, FORMS)
            document = plan_network_stock(spec, console)
        else:
            why = f"is of a network; {source} is no folder of one"
            refuse_given(context, OF_NETWORK, why)
            make_folder("--out", out, FORMS)
            if source.suffix.lower() in STAGES:
                document = _of_stages(source, holding_rate)
            else:
                refuse_given(context, ("holding_rate",), "is of a table of stages")
                document = _of_file(source, console)
        _show(document, console, name=source.name, out=out)


def services_of(text: str) -> dict[str, float]:
    """Read fill rates, one for all or by class.

    Raises
    ------
    OptionError
        If a number is missing or not above 0 and below 1.

    Examples
    --------
    >>> services_of("0.95"), services_of("A=0.98,B=0.95,C=0.9")["B"]
    ({'': 0.95}, 0.95)
    """
    from twin.errors import OptionError

    found = {}
    for part in text.split(","):
        name, _, level = part.strip().rpartition("=")
        try:
            found[name] = float(level)
        except ValueError:
            found[name] = -1.0
        if not 0.0 < found[name] < 1.0:
            msg = f"service must be above 0 and below 1, such as 0.95; was {part!r}"
            raise OptionError(msg)
    return found


def _of_file(path: Path, console: Console) -> dict[str, Any]:
    import time

    from twin.planning.stock_files import solve_file

    with console.progress() as progress:
        task = progress.add_task("items", total=None)
        return solve_file(
            path,
            monotonic_s=time.monotonic,
            on_progress=lambda _: progress.advance(task),
        )


def _of_stages(path: Path, holding_rate: float | None) -> dict[str, Any]:
    from twin.errors import OptionError
    from twin.planning.stock_files import solve_stages

    if holding_rate is None or not 0.0 < holding_rate < float("inf"):
        shown = "missing" if holding_rate is None else f"{holding_rate:g}"
        msg = f"{path}: a table of stages needs --holding-rate > 0, which was {shown}"
        raise OptionError(msg)
    return solve_stages(path, holding_rate=holding_rate)


def _show(
    document: dict[str, Any], console: Console, *, name: str, out: Path | None
) -> None:
    import polars as pl

    from twin.report.rows import RowTable

    policies = document["policies"]
    told = _told(document)
    console.say(told)
    if policies:
        frame = pl.DataFrame(policies, infer_schema_length=None).select(SHOWN)
        console.table(readable(frame), title=f"{len(policies)} policies")
    for key in ("serial", "trees", "seasons", "lots"):
        if document.get(key):
            console.table(readable(pl.DataFrame(document[key])), title=key)
    for sentence in document.get("left_out", ()):
        console.note(f"left out: {sentence}")
    if out is not None:
        from twin.cli.plan_folder import write_folder

        tables = [
            RowTable(name=key, title=title, caption=caption, rows=document.get(key, []))
            for key, title, caption in TABLES
        ]
        files = write_folder(
            out, document=document, tables=tables, title=f"Stock of {name}",
            subtitle=told,
        )  # fmt: skip
        console.say(f"plan: {out} ({len(files)} files)")
    console.finish(document)


UNITS = {
    "items": "a period", "serial": "a period", "trees": "a unit of time of its rate",
    "seasons": "a season", "lots": "a unit of time of its rate",
}  # fmt: skip


def _told(document: dict[str, Any]) -> str:
    """Say what it costs; parts whose units of time differ are not added up."""
    unit = document.get("unit")
    if unit is not None:
        return f"{document['status']}: cost {document['objective']:,.2f} {unit}"
    costs = [
        f"{part} {cost:,.2f} {UNITS[part]}" for part, cost in document["costs"].items()
    ]
    return f"{document['status']}: cost of {'; '.join(costs)}"


TABLES = (
    ("policies", "Policies", "When and how much to order, and what is expected."),
    ("serial", "Serial systems", "Echelon and local base-stock levels."),
    ("trees", "Service times", "What each stage promises, and its safety stock."),
    ("seasons", "Seasons", "What to order once, and how likely it is enough."),
    ("lots", "Lots", "How much to order at a time, and what that costs."),
)

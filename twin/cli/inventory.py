"""`millstream inventory`: how much to keep where, and when to order."""

from pathlib import Path
from typing import Annotated, Any

import typer

from twin.cli.console import Console
from twin.cli.interrupt import stoppable
from twin.cli.options import JsonFile, KafkaConfig, Quiet, Seed, examples

app = typer.Typer()

SHOWN = ("item", "policy", "reorder_point", "order_up_to", "safety_stock", "cost",
         "fill_rate", "simulated_fill_rate")  # fmt: skip


@app.command(
    "inventory",
    epilog=examples(
        "millstream inventory examples/demo --service 0.97 --out out/stock",
        "millstream inventory examples/demo --service A=0.98,B=0.95,C=0.9",
        "millstream inventory plant --log out/log --futures 10 --out out/stock",
        "millstream inventory items.json --out out/stock",
    ),
)
def inventory(  # noqa: PLR0913  # the options of a command
    source: Annotated[
        Path,
        typer.Argument(
            metavar="NETWORK|FILE",
            help="Folder of a network, or a JSON file of items, serial systems and "
            "trees (docs/inventory.md).",
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
    futures: Annotated[
        int,
        typer.Option(
            "--futures", min=0, metavar="N", help="Futures that judge; 0: none."
        ),
    ] = 5,
    horizon: Annotated[
        float,
        typer.Option(
            "--horizon", min=3.0, metavar="D", help="Days of each; a third warms up."
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

    A FILE may also hold serial systems and trees with guaranteed service times.
    """
    with stoppable():
        console = Console(json_file, quiet=quiet)
        if source.is_dir():
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
            )
            document = plan_network_stock(spec, console)
        else:
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

    from twin.planning.inventory import solve_file

    with console.progress() as progress:
        task = progress.add_task("items", total=None)
        return solve_file(
            path,
            monotonic_s=time.monotonic,
            on_progress=lambda _: progress.advance(task),
        )


def _show(
    document: dict[str, Any], console: Console, *, name: str, out: Path | None
) -> None:
    import polars as pl

    from twin.report.rows import RowTable

    policies = document["policies"]
    told = f"{document['status']}: cost {document['objective']:,.2f} a period"
    console.say(told)
    if policies:
        frame = pl.DataFrame(policies, infer_schema_length=None).select(SHOWN)
        console.table(frame, title=f"{len(policies)} policies")
    for key in ("serial", "trees"):
        if document.get(key):
            console.table(pl.DataFrame(document[key]), title=key)
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


TABLES = (
    ("policies", "Policies", "When and how much to order, and what is expected."),
    ("serial", "Serial systems", "Echelon and local base-stock levels."),
    ("trees", "Service times", "What each stage promises, and its safety stock."),
)

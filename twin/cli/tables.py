"""`millstream import`: tables into the events of a log."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.console import Console, time_text
from twin.cli.options import JsonFile, Quiet, Seed, examples

if TYPE_CHECKING:
    from twin.importing import ImportReport

app = typer.Typer()

EPILOG = examples(
    "millstream import orders.csv --map orders.toml --log my-log",
    "millstream import production_levy_events.csv --map levy --log out/levy",
)


@app.command("import", epilog=EPILOG)
def import_command(
    tables: Annotated[
        list[Path],
        typer.Argument(metavar="TABLE", help="CSV, Parquet or Excel files."),
    ],
    *,
    map_name: Annotated[
        str,
        typer.Option(
            "--map",
            metavar="MAP",
            help="A mapping file, or one that comes along: levy, levy_attributes, "
            "scms, retail58, retail58_prices.",
        ),
    ],
    log: Annotated[
        Path,
        typer.Option("--log", metavar="LOG", help="Folder of the log; made if new."),
    ],
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # taken by every command; nothing is drawn here
    quiet: Quiet = False,
) -> None:
    """Turn tables into events of a log; rows that do not fit are its dead letters."""
    from streams.deadletters import DeadLetterLog
    from streams.log import LogWriter
    from streams.mapping import load_mapping
    from twin.clock import SystemClock
    from twin.importing import (
        DEAD_LETTERS,
        append_events,
        dead_letters_of,
        read_tables,
    )
    from twin.replay.recorded import IMPORT, PartitionSink, held_already

    console = Console(json_file, quiet=quiet)
    # All tables are read before the log is opened: a mistake leaves no trace there.
    read = read_tables(tables, load_mapping(map_name))
    partition = IMPORT + read.name
    n_held = held_already(log, partition, beside=DEAD_LETTERS)
    with (
        LogWriter(log) as writer,
        DeadLetterLog(dead_letters_of(log)) as letters,
        console.progress() as bar,
    ):
        task = bar.add_task("import", total=None)
        report = append_events(
            read,
            PartitionSink(writer, partition, next_offset=n_held),
            letters,
            begin=n_held,
            now_us=SystemClock().now_us(),
            progress=lambda done, all_: bar.update(task, completed=done, total=all_),
        )
    _show(console, report, log)
    told = {"log": str(log), "map": map_name, "partition": partition}
    console.finish({**told, **asdict(report)})


def _show(console: Console, report: "ImportReport", log: Path) -> None:
    import polars as pl

    n_events = sum(report.events.values())
    console.say(f"{report.rows} rows, {n_events} events into {log}")
    if report.appended < n_events:
        console.say(f"{n_events - report.appended} of them were there already")
    if report.first_us is not None and report.last_us is not None:
        span = f"from {time_text(report.first_us)} to {time_text(report.last_us)}"
        counts = {"type": list(report.events), "events": list(report.events.values())}
        console.table(pl.DataFrame(counts), title=span, rows_max=0)
    if report.unused:
        console.say(f"{report.unused} rows were not wanted by any block of the map")
    if report.rejected:
        letters = sum(report.rejected.values())
        counts = {
            "reason": list(report.rejected),
            "letters": list(report.rejected.values()),
        }
        console.table(pl.DataFrame(counts), title="dead letters", rows_max=0)
        console.warn(f"{letters} dead letters: millstream deadletters list {log}")

"""`millstream health`: how long machines will last, from how others failed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.console import Console
from twin.cli.forecast import bucket_of, check_suffix, levels_of, write_table
from twin.cli.options import JsonFile, KafkaConfig, Quiet, Seed, examples
from twin.cli.risk import names_of
from twin.errors import OptionError

if TYPE_CHECKING:
    import polars as pl

    from twin.cli.failing import HealthSpec, Told

app = typer.Typer()

PAGE = ".html"


@app.command(
    "health",
    epilog=examples(
        "millstream health out/log --lead 8 --bucket 1h --page health.html",
        "millstream health out/log --machines 'press-*' --train last-year.parquet "
        "--out out/health",
        "millstream health --train failed.parquet --readings running.parquet",
        "millstream health --train failed.csv --readings running.csv --lead 10 "
        "--failure-cost 25 --out health.parquet",
    ),
)
def health(  # noqa: PLR0913  # the options of a command
    log: Annotated[
        str | None,
        typer.Argument(
            metavar="LOG", help="A log of machines, or what replay can read."
        ),
    ] = None,
    *,
    train: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|LOG",
            help="Units up to their failure, Parquet or CSV, or a log; without: the "
            "failures in LOG.",
        ),
    ] = None,
    readings: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|LOG",
            help="In place of LOG: units that run, the same columns.",
        ),
    ] = None,
    bucket: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="Of a log: length of a cycle, 1h, 15m or 1d."
        ),
    ] = "1h",
    machines: Annotated[
        str,
        typer.Option(
            metavar="NAME,...",
            help="Of a log: machines of one kind, such as press-*; without: all.",
        ),
    ] = "",
    horizon: Annotated[
        int, typer.Option(min=1, help="Cycles of the probability of failing.")
    ] = 30,
    lead: Annotated[
        float, typer.Option(min=0.0, help="Cycles from a decision to the renewal.")
    ] = 0.0,
    cap: Annotated[
        float | None,
        typer.Option(
            help="Cycles above which no wear shows how far the end is; without: 125, "
            "and 0.6 of the median life if what is learned from is a log."
        ),
    ] = None,
    planned_cost: Annotated[
        float, typer.Option(help="Of a renewal that was planned.")
    ] = 1.0,
    failure_cost: Annotated[
        float, typer.Option(help="Of a failure and the renewal after it.")
    ] = 10.0,
    raise_at: Annotated[
        float | None,
        typer.Option(
            help="Probability that raises an alarm; without: where acting on the first "
            "alarm costs least."
        ),
    ] = None,
    clear_at: Annotated[
        float | None,
        typer.Option(help="Probability that clears it; without: half of --raise-at."),
    ] = None,
    hold: Annotated[
        float, typer.Option(min=0.0, help="Cycles that an alarm stands at least.")
    ] = 5.0,
    quantiles: Annotated[
        str, typer.Option("--quantiles", help="Probabilities, by commas.")
    ] = "0.05,0.1,0.25,0.5,0.75,0.9,0.95",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE|DIR",
            help="Parquet or CSV to write, or a folder for tables and report.html.",
        ),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="FILE.html", help="Draw a page."),
    ] = None,
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Rank machines by their risk: remaining life, alarms, windows of renewal.

    Tables have a row a unit and cycle: unit, cycle, and any numeric columns, which are
    the sensors. Units to learn from failed after their last row; what they showed
    before teaches how long those that run will last.

    In a LOG the sensors are those of MachineReading, averaged in cycles of --bucket,
    with hours busy and operations since the last renewal. A life ends where a machine
    enters the state down (a failure) or maintenance, and the next begins after it; at
    least five failures are needed, in LOG or in --train.

    An alarm is raised by p_fail in two cycles in a row, stands for --hold cycles at
    least, and is cleared at a lower value. What it is worth is told of units held out:
    failures told in time (an alarm stood, raised more than --lead before), false alarms
    (no failure within --horizon), and how often it rings.

    Printed are the most urgent first; the file written has the units in their order.
    """
    from twin.cli import failing
    from twin.health import Costs, WarningOptions

    console = Console(json_file, quiet=quiet)
    source = _source(log, train, readings)
    files = _files(out, page)
    spec = failing.HealthSpec(
        costs=Costs(planned=planned_cost, failure=failure_cost, lead=lead),
        levels=levels_of(quantiles),
        horizon=horizon,
        warning=WarningOptions(raise_at=raise_at, clear_at=clear_at, hold=hold),
        cap=cap,
        cycle_us=bucket_of(bucket),
        seed=seed,
        machines=tuple(names_of(machines)),
        kafka_config=kafka_config,
    )
    told = failing.tell(train, source, spec)
    title, ranked = failing.headline(told), failing.ranked(told.table)
    if "health" in files:
        console.say(title)
    else:
        console.table(_shown(ranked), title=title)
    _write(told, files, spec)
    for name, path in files.items():
        console.say(f"{name}: {path}")
    console.finish(
        {
            "train": train,
            "readings": source,
            "out": None if out is None else str(out),
            "page": str(files["page"]) if "page" in files else None,
        }
        | failing.summary(told)
    )


def _source(log: str | None, train: str | None, readings: str | None) -> str:
    """Return what is told of; one of two ways to name it."""
    if (log is None) == (readings is None):
        given = "both were" if log is not None else "neither was"
        msg = (
            f"LOG or --readings FILE says which machines are told of: {given} given; "
            "try `millstream health LOG`, or --train FILE --readings FILE"
        )
        raise OptionError(msg)
    if log is None and train is None:
        msg = "--readings: must come with --train, units up to their failure"
        raise OptionError(msg)
    return log or readings or ""


def _files(out: Path | None, page: Path | None) -> dict[str, Path]:
    """Return what is written where; a name without a suffix is a folder."""
    files: dict[str, Path] = {}
    if out is not None and out.suffix.lower() == PAGE:
        files["page"] = out
    elif out is not None and (not out.suffix or out.is_dir()):
        files["health"] = out / "health.parquet"
        files["trail"] = out / "trail.parquet"
        files["sensors"] = out / "sensors.parquet"
        files["page"] = out / "report.html"
    elif out is not None:
        check_suffix(out)
        files["health"] = out
    if page is not None:
        if page.suffix.lower() != PAGE:
            msg = f"{page}: the name of the page must end in {PAGE}"
            raise OptionError(msg)
        files["page"] = page
    return files


def _write(told: "Told", files: dict[str, Path], spec: "HealthSpec") -> None:
    table = told.table
    frames = {"health": table.frame, "trail": table.trail, "sensors": table.effects}
    for name, path in files.items():
        if name == "page":
            from twin.cli.failing_page import write_page

            write_page(told, spec, path)
        else:
            write_table(frames[name], path)


def _shown(urgent: "pl.DataFrame") -> "pl.DataFrame":
    """Keep what fits a line: the outer quantiles, and a digit after the point."""
    import polars as pl

    quantiles = [name for name in urgent.columns if name.startswith("rul_q")]
    kept = urgent.drop(*quantiles[1:-1], "alarm")
    risks = [name for name in kept.columns if name.startswith("p_fail")]
    window = ("renew_from", "renew_at", "renew_by")
    floats = [
        name
        for name, kind in kept.schema.items()
        if kind == pl.Float64 and name not in {*risks, *window}
    ]
    return kept.with_columns(
        pl.col(floats).round(1),
        pl.col(risks).round(4),
        # Nothing is due within the cycles that were looked at.
        *(
            pl.col(name).round(1).cast(pl.String).fill_null("none due")
            for name in window
        ),
    )

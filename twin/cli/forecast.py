"""`millstream forecast`: the past of many series to quantiles of what comes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.console import Console
from twin.cli.options import JsonFile, KafkaConfig, Quiet, Seed, examples
from twin.errors import InputError, OptionError

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer()

SUFFIXES = (".parquet", ".csv")
TEXT_COLUMNS = ("id", "unit")
"""Columns of names: in CSV they are read as texts, whatever they look like."""

METHODS = (
    "default", "ets", "theta", "seasonal_naive", "intermittent", "booster", "select",
)  # fmt: skip
"""What `--method` takes."""

EPILOG = examples(
    "millstream forecast sales.csv --horizon 28 --season 7 --out forecast.parquet",
    "millstream forecast sales.parquet --horizon 14 --protection 9 --quantiles .5,.95",
    "millstream forecast sales.parquet --horizon 28 --season 7 --method select "
    "--explain why.json",
    "millstream forecast out/log --bucket 1d --horizon 28 --season 7 "
    "--page forecast.html",
)


@app.command("forecast", epilog=EPILOG)
def forecast(  # noqa: PLR0913  # the options of a command
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE|LOG",
            help="Parquet or CSV with the past, or a log of orders.",
        ),
    ],
    *,
    horizon: Annotated[int, typer.Option("--horizon", min=1, help="Steps ahead.")],
    season: Annotated[
        str,
        typer.Option("--season", metavar="M[,M2]", help="Steps in a season."),
    ] = "1",
    quantiles: Annotated[
        str, typer.Option("--quantiles", help="Probabilities, by commas.")
    ] = "0.1,0.5,0.9",
    protection: Annotated[
        int | None,
        typer.Option(
            "--protection", min=1, help="Also quantiles of the sum over so many steps."
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="default (by the kind of demand), select (by a backtest), or one for "
            "all: ets, theta, seasonal_naive, intermittent, booster.",
        ),
    ] = "default",
    calibrate: Annotated[
        bool | None,
        typer.Option(
            "--calibrate/--no-calibrate",
            help="Correct quantiles by earlier errors; without it, where there are 40.",
        ),
    ] = None,
    bucket: Annotated[
        str,
        typer.Option(metavar="TIME", help="Of a log: length of a step, 1d, 6h or 1w."),
    ] = "1d",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Parquet or CSV to write."),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="FILE.html", help="Draw fans on a page."),
    ] = None,
    explain: Annotated[
        Path | None,
        typer.Option(
            "--explain", metavar="FILE", help="JSON of why each series is forecast so."
        ),
    ] = None,
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # taken by every command; nothing is drawn here
    quiet: Quiet = False,
) -> None:
    """Forecast every series of a table or of a log, with quantiles.

    FILE has one row a value (id, ds or step, y) or one row a series (id, and a list y
    or train). Of a LOG the orders of customers are forecast by item and site, and
    adjustments of planners (ForecastAdjusted) are applied and judged. The answer has
    a row for each step: id, step, mean, q0.1 and so on.

    Each series gets the method that fits its demand: counts where it comes now and
    then (less than one step in 1.32 has any), the mean of exponential smoothing and
    theta where it is dense and three seasons long, a simple method where it is short.
    --method select lets a backtest choose. Series that changed of late are listed
    with the evidence, beside a table, in --json, on a --page and in --explain.
    """
    from twin.cli import outlook

    console = Console(json_file, quiet=quiet)
    if out is not None:
        check_suffix(out)
    spec = outlook.ForecastSpec(
        horizon=horizon,
        season_length=season_of(season),
        levels=tuple(levels_of(quantiles)),
        protection=protection,
        method=method_of(method),
        calibrated=calibrate,
    )
    if source.lower().endswith(SUFFIXES):
        made = outlook.of_table(read_table(Path(source)), spec)
    else:
        bucket_us = bucket_of(bucket)
        made = outlook.of_log(source, spec, bucket_us=bucket_us, config=kafka_config)
    title = outlook.headline(made, spec)
    if out is None:
        console.table(made.frame, title=title)
    else:
        write_table(made.frame, out)
        console.say(f"{title}\nforecast: {out}")
    if made.judged.height:
        console.table(made.judged, title="adjustments of what is over:")
    shown = page, explain, json_file
    # Looking for changes takes three seconds where its kernels are not compiled yet.
    if any(file is not None for file in shown) or (out is None and not quiet):
        made = outlook.with_changes(made)
        if made.changes.height:
            told = outlook.shown_changes(made)
            console.table(told, title=outlook.changes_title(made))
    if page is not None or explain is not None:
        made = outlook.with_reasons(made)
    if explain is not None:
        outlook.write_reasons(made, spec, explain, source=source)
        console.say(f"explanations: {explain}")
    if page is not None:
        outlook.write_page(made, spec, page, source=source)
        console.say(f"page: {page}")
    files = {"out": out, "page": page, "explain": explain}
    written = {name: None if f is None else str(f) for name, f in files.items()}
    console.finish({"file": source} | written | outlook.summary(made, spec))


_UNITS_US = {"m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_UNITS_US["w"] = 7 * _UNITS_US["d"]


def bucket_of(text: str) -> int:
    """Read the length of a bucket, microseconds.

    Raises
    ------
    OptionError
        If it is no whole number of minutes, hours, days or weeks.

    Examples
    --------
    >>> bucket_of("6h") // 3_600_000_000
    6
    """
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS_US or not number.isdecimal() or int(number) < 1:
        msg = (
            "bucket must be a whole number >= 1 and a unit, m, h, d or w, such as 1d; "
            f"was {text!r}"
        )
        raise OptionError(msg)
    return int(number) * _UNITS_US[unit]


def method_of(text: str) -> str:
    """Return the name of a method.

    Raises
    ------
    OptionError
        If there is none of that name.

    Examples
    --------
    >>> method_of("select")
    'select'
    """
    if text not in METHODS:
        msg = f"method must be one of {', '.join(METHODS)}, was {text!r}"
        raise OptionError(msg)
    return text


def season_of(text: str) -> int | tuple[int, int]:
    """Read the length of a season, or of a short and a long one.

    Raises
    ------
    OptionError
        If it is neither one whole number >= 1 nor two above 1 in ascending order.

    Examples
    --------
    >>> season_of("7"), season_of("24,168")
    (7, (24, 168))
    """
    try:
        lengths = [int(part) for part in text.split(",")]
    except ValueError:
        lengths = []
    if len(lengths) == 1 and lengths[0] >= 1:
        return lengths[0]
    if len(lengths) == 2 and 1 < lengths[0] < lengths[1]:  # noqa: PLR2004
        return lengths[0], lengths[1]
    msg = (
        "season must be steps >= 1, or a short and a long one by a comma, such as "
        f"24,168; was {text!r}"
    )
    raise OptionError(msg)


def levels_of(text: str) -> list[float]:
    """Read probabilities by commas.

    Raises
    ------
    OptionError
        If one is not in (0, 1) or comes twice.

    Examples
    --------
    >>> levels_of(".1,0.5")
    [0.1, 0.5]
    """
    try:
        levels = [float(part) for part in text.split(",")]
    except ValueError:
        levels = []
    inside = bool(levels) and all(0.0 < level < 1.0 for level in levels)
    if not inside or len({f"{level:g}" for level in levels}) < len(levels):
        msg = (
            "quantiles must be different numbers above 0 and below 1, of up to six "
            "digits, by commas; "
            f"was {text!r}"
        )
        raise OptionError(msg)
    return levels


def read_table(file: Path) -> "pl.DataFrame":
    """Read a Parquet or CSV file.

    Raises
    ------
    InputError
        If its name ends otherwise, or it is not what its name says.
    """
    import polars as pl

    check_suffix(file)
    try:
        if file.suffix.lower() == ".csv":
            # Codes such as 00123 are texts; a column is what all of its rows are.
            return pl.read_csv(
                file,
                try_parse_dates=True,
                schema_overrides=dict.fromkeys(TEXT_COLUMNS, pl.String),
                infer_schema_length=None,
            )
        return pl.read_parquet(file)
    except pl.exceptions.PolarsError as error:
        msg = f"{file}: cannot be read as a table: {error}"
        raise InputError(msg) from error


def write_table(frame: "pl.DataFrame", file: Path) -> None:
    """Write Parquet or CSV, as the name of the file ends; its folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix.lower() == ".csv":
        frame.write_csv(file)
    else:
        frame.write_parquet(file)


def check_suffix(file: Path) -> None:
    """Refuse a name that no table can have.

    Raises
    ------
    OptionError
        If it ends neither in .parquet nor in .csv.
    """
    if file.suffix.lower() not in SUFFIXES:
        msg = f"{file}: the name must end in {' or '.join(SUFFIXES)}"
        raise OptionError(msg)

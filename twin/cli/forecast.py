"""`millstream forecast`: the past of many series to quantiles of what comes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.console import Console
from twin.cli.options import JsonFile, Quiet, Seed, examples
from twin.errors import InputError, OptionError

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer()

SUFFIXES = (".parquet", ".csv")

EPILOG = examples(
    "millstream forecast sales.csv --horizon 28 --season 7 --out forecast.parquet",
    "millstream forecast sales.parquet --horizon 14 --protection 9 --quantiles .5,.95",
)


@app.command("forecast", epilog=EPILOG)
def forecast(  # noqa: PLR0913  # the options of a command
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Parquet or CSV with the past.")
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
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Parquet or CSV to write."),
    ] = None,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # taken by every command; nothing is drawn here
    quiet: Quiet = False,
) -> None:
    """Forecast every series of a table, with quantiles.

    FILE has one row a value (id, ds or step, y) or one row a series (id, and a list y
    or train). Each series gets the method that fits it best. The answer has a row for
    each step: id, step, mean, q0.1 and so on.
    """
    from twin.demand import forecast_table

    console = Console(json_file, quiet=quiet)
    if out is not None:
        _check_suffix(out)
    season_length, levels = season_of(season), levels_of(quantiles)
    made = forecast_table(
        read_table(file),
        horizon,
        season_length=season_length,
        quantiles=levels,
        protection=protection,
    )
    n_series = sum(made.methods.values())
    text = ", ".join(f"{count} by {name}" for name, count in made.methods.items())
    title = f"{n_series} series of {made.n_values} values, {horizon} steps: {text}"
    if out is None:
        console.table(made.frame, title=title)
    else:
        write_table(made.frame, out)
        console.say(f"{title}\nforecast: {out}")
    console.finish(
        {
            "file": str(file),
            "out": None if out is None else str(out),
            "series": n_series,
            "values": made.n_values,
            "horizon": horizon,
            "season_length": season_length,
            "quantiles": levels,
            "protection": protection,
            "methods": made.methods,
        }
    )


def season_of(text: str) -> int:
    """Read the length of a season, or of several that the longest contains.

    Raises
    ------
    OptionError
        If one is no whole number >= 1, or the longest is not a multiple of each.

    Examples
    --------
    >>> season_of("7"), season_of("24,168")
    (7, 168)
    """
    try:
        lengths = [int(part) for part in text.split(",")]
    except ValueError:
        lengths = []
    longest = max(lengths, default=0)
    if min(lengths, default=0) < 1 or any(longest % length for length in lengths):
        msg = (
            "season must be steps >= 1, or several by commas of which the longest is "
            f"a multiple, such as 24,168; was {text!r}"
        )
        raise OptionError(msg)
    return longest


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
    if not inside or len(set(levels)) < len(levels):
        msg = (
            "quantiles must be different numbers above 0 and below 1, by commas; "
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

    _check_suffix(file)
    try:
        if file.suffix.lower() == ".csv":
            return pl.read_csv(file, try_parse_dates=True)
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


def _check_suffix(file: Path) -> None:
    if file.suffix.lower() not in SUFFIXES:
        msg = f"{file}: the name must end in {' or '.join(SUFFIXES)}"
        raise OptionError(msg)

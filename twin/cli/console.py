"""What a command says: text and tables for people, JSON for programs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import polars as pl
    from rich.progress import Progress, ProgressColumn

ROWS_MAX = 20
"""Rows of a table that are printed unless more are asked for."""

DIGITS_FROM = 1e5
"""Numbers below are rounded to six digits, others to one decimal."""


class Console:
    """Where a command writes.

    Parameters
    ----------
    json_file : Path or None
        Where `finish` writes the result; None: nowhere.
    quiet : bool
        Print nothing but errors and warnings.
    """

    def __init__(self, json_file: Path | None, *, quiet: bool) -> None:
        self._json_file = json_file
        self._quiet = quiet

    @property
    def is_quiet(self) -> bool:
        """Whether nothing but errors and warnings is printed."""
        return self._quiet

    def say(self, text: str) -> None:
        """Print a line."""
        if not self._quiet:
            typer.echo(text)

    def warn(self, text: str) -> None:
        """Print a line on the error stream."""
        typer.echo(f"warning: {text}", err=True)

    def note(self, text: str) -> None:
        """Print a line on the error stream, where it is in no result's way."""
        if not self._quiet:
            typer.echo(text, err=True)

    def table(
        self, frame: "pl.DataFrame", *, title: str, rows_max: int = ROWS_MAX
    ) -> None:
        """Print a data frame; columns `*_us` are shown as times.

        Parameters
        ----------
        frame : polars.DataFrame
            What to show.
        title : str
            Stands above it.
        rows_max : int
            Rows shown; how many are left out is said below. 0 shows all.
        """
        if self._quiet:
            return
        typer.echo(title)
        if not len(frame):
            return
        from rich.console import Console as RichConsole
        from rich.table import Table

        shown = frame if rows_max == 0 else frame.head(rows_max)
        table = Table()
        for name, dtype in frame.schema.items():
            numeric = dtype.is_numeric() and not name.endswith("_us")
            heading = name.removesuffix("_us")
            table.add_column(heading, justify="right" if numeric else "left")
        for row in shown.iter_rows(named=True):
            table.add_row(*(cell(name, value) for name, value in row.items()))
        # In a pipe nothing is cut to the width of a window that is not there.
        width = None if RichConsole().is_terminal else 200
        console = RichConsole(width=width, highlight=False, markup=False)
        console.print(table)
        if len(shown) < len(frame):
            console.print(f"... and {len(frame) - len(shown)} more rows")

    def progress(self, *columns: "ProgressColumn") -> "Progress":
        """Return a progress bar on the error stream; it is silent in a pipe.

        Parameters
        ----------
        *columns : rich.progress.ProgressColumn
            Shown behind the bar and the count.
        """
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        console = RichConsole(stderr=True)
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            *columns,
            console=console,
            transient=True,
            disable=self._quiet or not console.is_terminal,
        )

    def finish(self, result: Mapping[str, Any]) -> None:
        """Write the result as JSON, where that was asked for."""
        if self._json_file is not None:
            self._json_file.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False)
            self._json_file.write_text(text + "\n", encoding="utf-8")


def readable(frame: "pl.DataFrame") -> "pl.DataFrame":
    """Round numbers that were computed to what is read: six digits, or one decimal.

    Examples
    --------
    >>> import polars as pl
    >>> readable(pl.DataFrame({"cost": [14.77175516, 1234567.28]}))["cost"].to_list()
    [14.7718, 1234567.3]
    """
    import polars as pl

    def rounded(name: str) -> pl.Expr:
        value = pl.col(name)
        few = value.abs() < DIGITS_FROM
        return pl.when(few).then(value.round_sig_figs(6)).otherwise(value.round(1))

    return frame.with_columns(
        rounded(name) for name, kind in frame.schema.items() if kind.is_float()
    )


def cell(name: str, value: Any) -> str:  # noqa: ANN401
    """Write one value of a table.

    Examples
    --------
    >>> cell("due_us", 1_500_000), cell("quantity", 2.0), cell("price", None)
    ('1970-01-01T00:00:01.500000Z', '2', '')
    """
    if value is None:
        return ""
    if name.endswith("_us"):
        return time_text(value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def time_text(time_us: int) -> str:
    """Write a time, microseconds UTC, as RFC 3339; whole seconds without a fraction.

    Examples
    --------
    >>> time_text(0)
    '1970-01-01T00:00:00Z'
    """
    import numpy as np

    from streams.codec import format_times

    (text,) = format_times(np.array([time_us], np.int64))
    return text.replace(".000000Z", "Z")

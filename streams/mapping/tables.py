"""Reading a foreign table: CSV, Parquet or Excel, with the number of each row."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from streams.errors import TableError
from streams.mapping.document import TableOptions, Unpivot
from streams.mapping.ragged import (
    MalformedRowError,
    RaggedRow,
    UnclosedQuoteError,
    without_ragged,
)

ROW = "__row__"  # number of the row as a spreadsheet shows it: the header is row 1
ORDINAL = "__ordinal__"  # place among all rows after unpivoting, from 0

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xls": "excel",
    ".xlsb": "excel",
    ".ods": "excel",
}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What stands in a file.

    Attributes
    ----------
    frame : polars.DataFrame
        Cells of a CSV file are text; empty cells and null values are null, and rows of
        nothing else are left out. `ROW` and `ORDINAL` stand in front.
    ragged : tuple of RaggedRow
        Rows of a CSV file that are not as wide as its header, which `frame` is without.
    """

    frame: pl.DataFrame
    ragged: tuple[RaggedRow, ...]


def read_table(path: Path, options: TableOptions) -> Table:
    """Read a table.

    Parameters
    ----------
    path : Path
        The file.
    options : TableOptions
        How to read it; without a format the suffix decides.

    Returns
    -------
    Table

    Raises
    ------
    TableError
        If the file cannot be read, or has no column.
    """
    kind = options.format or SUFFIXES.get(path.suffix.lower())
    if kind is None:
        msg = (
            f"{path}: suffix must be one of {', '.join(SUFFIXES)}, was "
            f"{path.suffix!r}; or give [table] format"
        )
        raise TableError(msg)
    if not path.is_file():
        msg = f"{path}: {'is no file' if path.exists() else 'no such file'}"
        raise TableError(msg)
    try:
        table, ragged = _READERS[kind](path, options)
    except _READ_ERRORS as error:
        # Readers go on with advice about their own arguments.
        first_line = str(error).partition("\n")[0]
        msg = f"{path}: must be a readable {kind} file ({first_line})"
        raise TableError(msg) from error
    if not table.width:
        msg = f"{path}: must have a header with at least one column, has none"
        raise TableError(msg)
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    first_row = 1 if kind == "parquet" else 2
    numbered = _without_nulls_as_text(table, options).select(
        (place + first_row).alias(ROW), pl.all()
    )
    # A line that is empty as a whole, as exports leave at their end, says nothing.
    kept = numbered.filter(~pl.all_horizontal(pl.exclude(ROW).is_null()))
    frame = kept.select(ROW, place.alias(ORDINAL), pl.exclude(ROW))
    return Table(frame, tuple(ragged))


def unpivoted(table: pl.DataFrame, unpivot: Unpivot) -> pl.DataFrame:
    """Make a wide table long: one row for each column that is not in the index.

    Parameters
    ----------
    table : polars.DataFrame
        As `read_table` reads it.
    unpivot : Unpivot
        Index columns, and names for the two new ones.

    Returns
    -------
    polars.DataFrame
        Row by row of the wide table, its columns in their order.
    """
    values = [c for c in table.columns if c not in {ROW, ORDINAL, *unpivot.index}]
    long = table.unpivot(
        values,
        index=[ROW, ORDINAL, *unpivot.index],
        variable_name=unpivot.variable,
        value_name=unpivot.value,
    ).sort(ORDINAL, maintain_order=True)
    return long.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(ORDINAL))


_Read = tuple[pl.DataFrame, list[RaggedRow]]


def _csv(path: Path, options: TableOptions) -> _Read:
    if len(options.delimiter) != 1:
        msg = f"delimiter must be one character, was {options.delimiter!r}"
        raise ValueError(msg)
    text = path.read_bytes().decode(options.encoding).removeprefix("\ufeff")
    try:
        whole, ragged = without_ragged(text, options.delimiter)
    except UnclosedQuoteError:
        raise
    except MalformedRowError as error:
        # Only what cannot be read in another way either is refused.
        try:
            return _csv_text(text, options), []
        except pl.exceptions.PolarsError:
            raise error from None
    return _csv_text(whole, options), ragged


def _csv_text(text: str, options: TableOptions) -> pl.DataFrame:
    return pl.read_csv(
        text.encode(),
        separator=options.delimiter,
        infer_schema=False,
        null_values=options.null_values or None,
    )


def _parquet(path: Path, _options: TableOptions) -> _Read:
    return pl.read_parquet(path), []


def _excel(path: Path, options: TableOptions) -> _Read:
    frame = pl.read_excel(
        path,
        sheet_name=options.sheet,
        # All cells decide on the type of a column, and no empty row shifts the numbers.
        infer_schema_length=None,
        drop_empty_rows=False,
        drop_empty_cols=False,
    )
    return frame, []


_READ_ERRORS = (
    pl.exceptions.PolarsError,
    fastexcel.FastExcelError,
    OSError,
    ValueError,  # not of the encoding; no such sheet
    LookupError,  # no such encoding
)
_READERS: dict[str, Callable[[Path, TableOptions], _Read]] = {
    "csv": _csv,
    "parquet": _parquet,
    "excel": _excel,
}


def _without_nulls_as_text(table: pl.DataFrame, options: TableOptions) -> pl.DataFrame:
    return table.with_columns(
        pl.when(pl.col(pl.String).is_in(["", *options.null_values]))
        .then(None)
        .otherwise(pl.col(pl.String))
        .name.keep()
    )

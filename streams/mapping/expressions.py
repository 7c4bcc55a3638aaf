"""Cells to numbers, times, words and text, as expressions over whole columns.

Every conversion gives null where a cell does not fit; what is null here and was not in
the table becomes a dead letter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Formatter

import polars as pl

from streams.mapping.document import Condition, TableOptions, TimeOptions
from streams.mapping.tables import ROW
from streams.mapping.templates import ROW_KEY

EXCEL_EPOCH_DAYS = 25_569  # from 1899-12-30 to 1970-01-01
DAY_MS = 86_400_000
UNIX = {  # to microseconds
    "unix_d": 86_400_000_000.0,
    "unix_s": 1_000_000.0,
    "unix_ms": 1_000.0,
    "unix_us": 1.0,
}
HOUR_CODES = ("%H", "%I", "%k", "%l", "%T", "%R", "%X", "%c", "%s")
ISO_FORMATS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f%:z",
    "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A column, or one constant for all rows, with its type."""

    values: pl.Expr
    kind: pl.DataType

    @property
    def text(self) -> pl.Expr:
        """The cell as text; a whole number has no point: 1001, not 1001.0."""
        if self.kind.is_float():
            whole = self.values.cast(pl.Int64, strict=False)
            return (
                pl.when(whole.cast(pl.Float64) == self.values)
                .then(whole.cast(pl.String))
                .otherwise(self.values.cast(pl.String))
            )
        return self.values.cast(pl.String)


def constant_cell(value: object) -> Cell:
    """Return a cell that holds the same value for all rows."""
    literal = pl.lit(value)
    return Cell(literal, pl.select(literal).dtypes[0])


def number_of(cell: Cell, options: TableOptions) -> pl.Expr:
    """Cell as a finite number; null where it is none."""
    values = cell.values
    if cell.kind == pl.String:
        values = values.str.strip_chars()
        if options.thousands:
            values = values.str.replace_all(options.thousands, "", literal=True)
        if options.decimal != ".":
            values = values.str.replace_all(options.decimal, ".", literal=True)
    number = values.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def time_of(cell: Cell, formats: Sequence[str], options: TimeOptions) -> pl.Expr:
    """Cell as microseconds UTC; null where no format fits.

    Parameters
    ----------
    cell : Cell
        Text, a number or a date.
    formats : sequence of str
        Tried in turn; empty: those of `options`, then ISO 8601, and for a number the
        days of a spreadsheet.
    options : TimeOptions
        The zone of times that name none.
    """
    formats = formats or options.formats
    if cell.kind.is_temporal():
        return _epoch_us(cell.values, options, zoned=_is_zoned(cell.kind))
    if cell.kind.is_numeric():
        formats = [one for one in formats if "%" not in one] or ["excel"]
    candidates = [_parsed(cell, one, options) for one in formats or ISO_FORMATS]
    return pl.coalesce(candidates)


def _is_zoned(kind: pl.DataType) -> bool:
    return getattr(kind, "time_zone", None) is not None


def _parsed(cell: Cell, one: str, options: TimeOptions) -> pl.Expr:
    if one in UNIX:
        number = number_of(cell, TableOptions())
        return (number * UNIX[one]).round().cast(pl.Int64, strict=False)
    if one == "unix_ns":
        # As whole numbers: a float of today's nanoseconds is exact to 256 of them.
        return cell.values.cast(pl.Int64, strict=False) // 1000
    if one == "excel":
        # Days as a float are exact to about a microsecond; sheets show milliseconds.
        days = number_of(cell, TableOptions()) - EXCEL_EPOCH_DAYS
        since_ms = (days * DAY_MS).round().cast(pl.Int64, strict=False)
        return _epoch_us(since_ms.cast(pl.Datetime("ms")), options, zoned=False)
    # Python writes microseconds as %f after a point, polars point and all as %.f.
    pattern = one.replace(".%f", "%.f")
    text = cell.text.str.strip_chars()
    if not any(code in pattern for code in HOUR_CODES):
        return _epoch_us(text.str.to_date(pattern, strict=False), options, zoned=False)
    zoned = "%z" in pattern or "%:z" in pattern or pattern.endswith("Z")
    kind = pl.Datetime("us", "UTC" if "z" in pattern else None)
    moment = text.str.strptime(kind, pattern, strict=False)
    if zoned and "z" not in pattern:
        moment = moment.dt.replace_time_zone("UTC")
    return _epoch_us(moment, options, zoned=zoned)


def _epoch_us(moment: pl.Expr, options: TimeOptions, *, zoned: bool) -> pl.Expr:
    if not zoned:
        # An hour that a clock put back passes twice counts as the first pass, one that
        # a clock put forward leaves out does not exist.
        moment = moment.cast(pl.Datetime("us")).dt.replace_time_zone(
            options.zone, ambiguous="earliest", non_existent="null"
        )
    return moment.dt.epoch("us")


def template_of(template: str, cells: dict[str, Cell]) -> pl.Expr:
    """Text with the cells of a row in its braces; null if one of them is empty."""
    woven: list[pl.Expr] = []
    for literal, name, _, _ in Formatter().parse(template):
        woven.append(pl.lit(literal))
        if name is not None:
            woven.append(cells[ROW if name == ROW_KEY else name].text)
    return pl.concat_str(woven)


def condition_of(
    condition: Condition, cell: Cell, table: TableOptions, time: TimeOptions
) -> pl.Expr:
    """Row filter. An empty cell passes `is_null`, `!=`, `not_in` and `not_parses`."""
    op, value = condition.op, condition.value
    if op in {"is_null", "not_null"}:
        empty = cell.values.is_null()
        return empty if op == "is_null" else ~empty
    if op in {"parses", "not_parses"}:
        read = number_of(cell, table) if value == "number" else time_of(cell, (), time)
        return read.is_not_null() if op == "parses" else read.is_null()
    if op == "matches":
        return cell.text.str.contains(str(value)).fill_null(value=False)
    if op in {"in", "not_in"}:
        assert isinstance(value, list)
        same = [_compared(cell, "==", one, table) for one in value]
        found = pl.any_horizontal(same) if same else pl.lit(value=False)
        return found if op == "in" else ~found
    return _compared(cell, op, value, table)


def _compared(cell: Cell, op: str, value: object, table: TableOptions) -> pl.Expr:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    left = number_of(cell, table) if is_number else cell.text
    right = pl.lit(value if is_number else str(value))
    if isinstance(value, bool):
        left, right = cell.text.str.to_lowercase(), pl.lit(str(value).lower())
    result = {
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[op]
    return result.fill_null(value=op == "!=")

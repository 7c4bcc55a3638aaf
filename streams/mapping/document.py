"""A mapping file as records: how the rows of a foreign table become events.

The shipped files in ``maps`` are examples that run.
"""

from pathlib import Path
from typing import Literal

import msgspec

Operator = Literal[
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "not_in",
    "matches",
    "not_null",
    "is_null",
    "parses",
    "not_parses",
]
Aggregate = Literal["first", "last", "min", "max", "sum", "count"]
Scalar = str | int | float | bool
Operand = Scalar | list[Scalar] | None


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all parts of a mapping file share: a key nobody knows is a typing error."""


class TableOptions(Part, frozen=True, kw_only=True):
    """How the table is read.

    Attributes
    ----------
    format : str or None
        csv, parquet or excel; None: by the suffix of the file.
    delimiter, encoding : str
        Of a CSV file.
    null_values : list of str
        Cells that say "nothing", beside the empty one.
    sheet : str or None
        Of an Excel file; None: the first.
    decimal, thousands : str
        Marks in numbers written as text; thousands may be empty.
    """

    format: Literal["csv", "parquet", "excel"] | None = None
    delimiter: str = ","
    encoding: str = "utf-8"
    null_values: list[str] = []
    sheet: str | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""


class TimeOptions(Part, frozen=True, kw_only=True):
    """How times are read: formats tried in turn, and the zone of those without one.

    A format is of strptime (``%d.%m.%Y %H:%M``), or one of ``excel`` (days since
    1899-12-30), ``unix_s``, ``unix_ms`` and ``unix_us``. Empty: ISO 8601, and for the
    numbers of an Excel sheet ``excel``.
    """

    zone: str = "UTC"
    formats: list[str] = []


class Unpivot(Part, frozen=True, kw_only=True):
    """A wide table made long: one row for each of the columns not in `index`."""

    index: list[str]
    variable: str = "variable"
    value: str = "value"


class Condition(Part, frozen=True, kw_only=True):
    """A row filter: ``column op value``; `parses` takes "number" or "time"."""

    column: str
    op: Operator
    value: Operand = None


class Value(Part, frozen=True, kw_only=True):
    """Where the value of a field comes from; exactly one of the first four.

    Attributes
    ----------
    column : str or None
        A column of the table.
    columns : list of str or None
        Several; `pick` says which counts: the first that can be read, the earliest or
        least, the latest or greatest.
    constant : str, number or None
        The same for all rows.
    template : str or None
        Text with columns in braces, for example ``"{plant}-{line}"``.
    default : str, number or None
        Where the cell is empty.
    words : dict or None
        Translation of cells; one that is not named stays as it is.
    factor, offset : float
        A number is multiplied by `factor`, then `offset` is added.
    formats : list of str
        Of a time, in place of those of the file.
    minus : str or None
        A column with a duration to be taken off a time; `minus_unit` is its unit.
    shift_s : float
        Seconds added to a time.
    aggregate : str or None
        Over the rows of a group: first, last, min, max, sum or count.
    """

    column: str | None = None
    columns: list[str] | None = None
    constant: Scalar | None = None
    template: str | None = None
    pick: Literal["first", "earliest", "latest"] = "first"
    default: Scalar | None = None
    words: dict[str, str] = {}
    factor: float = 1.0
    offset: float = 0.0
    formats: list[str] = []
    minus: str | None = None
    minus_unit: Literal["s", "min", "h", "d"] = "s"
    shift_s: float = 0.0
    aggregate: Aggregate | None = None


class EventBlock(Part, frozen=True, kw_only=True):
    """One kind of event the table tells of: one for each row, or for each group."""

    type: str
    name: str
    time: Value
    fields: dict[str, Value]
    where: list[Condition] = []
    group_by: list[str] = []
    id: str | None = None


class Mapping(Part, frozen=True, kw_only=True):
    """A whole mapping file.

    Attributes
    ----------
    path : Path
        The file.
    source : str
        Source of the events, part of their identity.
    """

    path: Path
    source: str
    table: TableOptions
    time: TimeOptions
    unpivot: Unpivot | None
    events: list[EventBlock]

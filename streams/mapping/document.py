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
KINDS = {
    "none": ("value", "tombstone"),
    "debezium": ("c", "u", "r", "d", "t", "m", "tombstone"),
}
"""Kinds of record a topic may have, by its envelope."""

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
    1899-12-30), ``unix_d``, ``unix_s``, ``unix_ms``, ``unix_us`` and ``unix_ns`` (since
    1970). Empty: ISO 8601, and for the numbers of an Excel sheet ``excel``.
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


class TopicEvent(EventBlock, frozen=True, kw_only=True):
    """One kind of event a topic tells of: one for each record, or each part of it.

    Attributes
    ----------
    on : list of str
        Kinds of record it is for: `KINDS` of the envelope; empty: those that have a
        row, and of changes not the deletions.
    each : str or None
        Path of a list in the record: one event for each of its items.
    """

    on: list[str] = []
    each: str | None = None


class TopicBlock(Part, frozen=True, kw_only=True):
    """How the records of some topics are read, and the events they tell of.

    Attributes
    ----------
    name : str or list of str
        Names of topics; ``*`` stands for any characters, ``?`` for one.
    format : str
        Of the values: json, avro or protobuf.
    envelope : str
        none, or debezium: values are change events.
    framing : str or None
        confluent: values begin with a schema id; none: they do not; None: confluent
        for Avro and Protobuf without `schema`, else none.
    schema : str or None
        A schema file, beside the mapping file; None: by the id in each value.
    message : str or None
        Full name of the Protobuf message; None: by the value, or the first of the file.
    key : str
        Format of the keys: text, json, avro or protobuf.
    key_schema, key_message : str or None
        As `schema` and `message`, for keys.
    null_values : list of str
        Texts that say "nothing", beside the empty one.
    decimals : dict of str to int
        Paths whose value is a decimal number in bytes (of JSON, in base64), with its
        digits behind the point.
    time : TimeOptions or None
        How times are read; None: as the file says.
    events : list of TopicEvent
        What becomes of a record.
    """

    name: str | list[str] = "*"
    format: Literal["json", "avro", "protobuf"]
    envelope: Literal["none", "debezium"] = "none"
    framing: Literal["confluent", "none"] | None = None
    schema: str | None = None
    message: str | None = None
    key: Literal["text", "json", "avro", "protobuf"] = "text"
    key_schema: str | None = None
    key_message: str | None = None
    null_values: list[str] = []
    decimals: dict[str, int] = {}
    time: TimeOptions | None = None
    events: list[TopicEvent] = []

    @property
    def names(self) -> list[str]:
        """Names and patterns of the topics."""
        return [self.name] if isinstance(self.name, str) else self.name

    @property
    def framed(self) -> bool:
        """Whether values and keys that are not text begin with a schema id."""
        if self.framing is None:
            return self.format != "json" and self.schema is None
        return self.framing == "confluent"


class Mapping(Part, frozen=True, kw_only=True):
    """A whole mapping file.

    Attributes
    ----------
    path : Path
        The file.
    source : str
        Source of the events, part of their identity.
    table, time, unpivot, events
        How a table is read, and the events its rows tell of.
    topics : list of TopicBlock
        The same for the records of topics.
    """

    path: Path
    source: str
    table: TableOptions
    time: TimeOptions
    unpivot: Unpivot | None
    events: list[EventBlock]
    topics: list[TopicBlock] = []

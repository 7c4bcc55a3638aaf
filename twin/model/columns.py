"""Columns and tables as records: what a cell may hold, in code and in words."""

import math
from dataclasses import dataclass, replace
from typing import Literal

from twin.model.laws import LAW_NAMES

Kind = Literal[
    "id", "text", "number", "integer", "choice", "flag", "clock", "time", "zone", "law"
]
Value = str | float | int | bool | None

ANY = "*"  # in a reference that allows it: every item, every site


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what may stand in it.

    Attributes
    ----------
    name : str
        Its header.
    kind : str
        ``id`` and ``text`` are strings, ``flag`` is yes or no, ``clock`` is HH:MM,
        ``time`` an ISO 8601 time with zone, ``zone`` an IANA time zone, ``law`` a
        family of laws or the name of an observed one.
    explanation : str
        One sentence for the planner who fills it in.
    unit : str
        Unit of a number.
    required : bool
        Whether a cell may not be empty.
    key : bool
        Whether it is part of what names a row.
    default : str, float, int, bool or None
        Value of an empty cell; None is 'not given'.
    low, high : float
        Range of a number, ends included.
    above : bool
        Whether `low` itself is excluded.
    choices : tuple of str
        What a choice may be; the position is its code in arrays.
    refers_to : tuple of str
        The tables one of whose ids must stand here.
    wildcard : bool
        Whether '*' may stand here.
    absent : float
        What an empty number is in arrays: NaN, or a neutral value.
    pool : str
        For text that groups rows: the list of names it is an index into.
    extension : bool
        Whether it enters the hash of a network only where a cell is not the default,
        so that networks from before it keep their hash.
    """

    name: str
    kind: Kind
    explanation: str
    unit: str = ""
    required: bool = False
    key: bool = False
    default: Value = None
    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    choices: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    wildcard: bool = False
    absent: float = math.nan
    pool: str = ""
    extension: bool = False

    @property
    def allowed(self) -> str:
        """What may stand in the column, in words."""
        words = self._words()
        return words if self.required else f"{words}, or empty"

    def _words(self) -> str:
        if self.refers_to:
            named = " or ".join(_singular(table) for table in self.refers_to)
            tables = " or ".join(f"{table}.csv" for table in self.refers_to)
            return f"{'an' if named[0] in 'aeiou' else 'a'} {named} of {tables}" + (
                " or '*'" if self.wildcard else ""
            )
        fixed = {
            "id": "an id" + (" or '*'" if self.wildcard else ""),
            "text": "text",
            "flag": "yes or no",
            "clock": "a time of day HH:MM from 00:00 to 24:00",
            "time": "a time with zone such as 2024-01-31T08:00:00Z",
            "zone": "an IANA time zone such as Europe/Berlin",
            "law": f"one of {', '.join(LAW_NAMES)} or a law of laws.csv",
            "choice": f"one of {', '.join(self.choices)}",
        }
        return fixed.get(self.kind) or self._range()

    def _range(self) -> str:
        noun = "a whole number" if self.kind == "integer" else "a number"
        if math.isfinite(self.high):
            start = f"{'above' if self.above else 'from'} {self.low:g}"
            return f"{noun} {start} to {self.high:g}"
        if math.isfinite(self.low):
            return f"{noun} {'>' if self.above else '>='} {self.low:g}"
        return noun


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a network: its file name without suffix, its columns, its meaning.

    An `extension` enters the hash of a network only where it has rows.
    """

    name: str
    explanation: str
    columns: tuple[Column, ...]
    required: bool = False
    extension: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the columns that together name a row."""
        return tuple(column.name for column in self.columns if column.key)

    def column(self, name: str) -> Column:
        """Return the column called `name`."""
        return next(column for column in self.columns if column.name == name)


def _singular(table: str) -> str:
    return {"machines": "machine"}.get(table, table.removesuffix("s"))


def id_column(name: str, explanation: str, *, wildcard: bool = False) -> Column:
    """Return a column of the ids of a table."""
    return Column(name, "id", explanation, required=True, key=True, wildcard=wildcard)


def link(
    name: str,
    tables: str | tuple[str, ...],
    explanation: str,
    *,
    key: bool = False,
    required: bool = True,
    wildcard: bool = False,
    default: str | None = None,
) -> Column:
    """Return a column that holds ids of `tables`."""
    refers_to = (tables,) if isinstance(tables, str) else tables
    return Column(
        name, "id", explanation, key=key, required=required and default is None,
        refers_to=refers_to, wildcard=wildcard, default=default,
    )  # fmt: skip


def amount(
    name: str,
    unit: str,
    explanation: str,
    *,
    default: float | None = None,
    required: bool = False,
    absent: float = math.nan,
) -> Column:
    """Return a column of numbers >= 0."""
    return Column(
        name, "number", explanation, unit,
        default=default, required=required, low=0.0, absent=absent,
    )  # fmt: skip


def positive(
    name: str,
    unit: str,
    explanation: str,
    *,
    default: float | None = None,
    required: bool = False,
    absent: float = math.nan,
) -> Column:
    """Return a column of numbers > 0."""
    return Column(
        name, "number", explanation, unit,
        default=default, required=required, low=0.0, above=True, absent=absent,
    )  # fmt: skip


def count(
    name: str,
    unit: str,
    explanation: str,
    *,
    default: int | None = None,
    required: bool = False,
    absent: float = math.nan,
) -> Column:
    """Return a column of whole numbers >= 1."""
    return Column(
        name, "integer", explanation, unit,
        default=default, required=required, low=1.0, absent=absent,
    )  # fmt: skip


def choice(name: str, explanation: str, choices: tuple[str, ...]) -> Column:
    """Return a column of choices; the first one is the default."""
    return Column(name, "choice", explanation, default=choices[0], choices=choices)


def share(name: str, explanation: str, default: float, *, above: bool) -> Column:
    """Return a column of shares; with `above` in (0, 1], else in [0, 0.99]."""
    high = 1.0 if above else 0.99  # a scrap rate of 1 would need endless input
    return Column(
        name, "number", explanation, "share",
        default=default, low=0.0, high=high, above=above,
    )  # fmt: skip


def law(name: str, explanation: str, default: str = "constant") -> Column:
    """Return a column that names a law."""
    return Column(name, "law", explanation, default=default)


def extensions(*columns: Column) -> tuple[Column, ...]:
    """Return columns as later additions, which leave the hash of older networks.

    Examples
    --------
    >>> [column.extension for column in extensions(law("failure_law", "How."))]
    [True]
    """
    return tuple(replace(column, extension=True) for column in columns)


def position() -> tuple[Column, Column]:
    """Return the two columns of a position on earth."""
    return (
        Column(
            "latitude_deg", "number", "Latitude, north positive.", "degree",
            low=-90.0, high=90.0,
        ),
        Column(
            "longitude_deg", "number", "Longitude, east positive.", "degree",
            low=-180.0, high=180.0,
        ),
    )  # fmt: skip

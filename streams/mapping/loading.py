"""Reading a mapping file: everything that is wrong in it is said at once."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import polars as pl

from streams.errors import MappingError
from streams.mapping.document import (
    Condition,
    EventBlock,
    Mapping,
    TableOptions,
    TimeOptions,
    Unpivot,
    Value,
)
from streams.mapping.targets import TARGETS
from streams.mapping.templates import named_columns, template_columns
from streams.mapping.topic_loading import read_topics

MAPS = Path(__file__).parent / "maps"
WITHOUT_VALUE = ("not_null", "is_null")
PARSED_KINDS = ("number", "time")
SHOWN_MAX = 80  # characters of a wrong value shown

_Kind = TypeVar("_Kind")
_Block = TypeVar("_Block", bound=EventBlock)


def shipped_maps() -> list[str]:
    """Return the names of the mapping files that come along.

    Examples
    --------
    >>> "levy" in shipped_maps()
    True
    """
    return sorted(path.stem for path in MAPS.glob("*.toml"))


def load_mapping(name: str | Path) -> Mapping:
    """Read a mapping file.

    Parameters
    ----------
    name : str or Path
        A file, or the name of a shipped one (`shipped_maps`).

    Returns
    -------
    Mapping

    Raises
    ------
    MappingError
        With everything that is wrong in the file.
    """
    path = MAPS / f"{name}.toml" if str(name) in shipped_maps() else Path(name)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = (
            f"must be a readable file or one of {', '.join(shipped_maps())} "
            f"({error.strerror})"
        )
        raise MappingError(path, [msg]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(path, [f"must be TOML in UTF-8: {error}"]) from error
    return read_document(document, path)


def read_document(document: dict[str, Any], path: Path) -> Mapping:
    """Turn a parsed file into a `Mapping`.

    Parameters
    ----------
    document : dict
        What the TOML says.
    path : Path
        The file, for messages; its stem is the source unless the file names one.

    Returns
    -------
    Mapping

    Raises
    ------
    MappingError
        With everything that is wrong in the file.
    """
    reader = _Reader()
    mapping = reader.mapping(document, path)
    if reader.problems:
        raise MappingError(path, reader.problems)
    return mapping


class _Reader:
    """Convert a document piece by piece, and collect what does not fit."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def mapping(self, document: dict[str, Any], path: Path) -> Mapping:
        known = {"source", "table", "time", "unpivot", "event", "topic"}
        for key in sorted(document.keys() - known):
            self.problem(key, document[key], f"one of {', '.join(sorted(known))}")
        time = self.time(document.get("time", {}), "[time]")
        unpivot = document.get("unpivot")
        topics = document.get("topic")
        has_tables = topics is None or "event" in document
        return Mapping(
            path=path,
            source=self.convert(document.get("source", path.stem), str, "source") or "",
            table=self.convert(document.get("table", {}), TableOptions, "[table]")
            or TableOptions(),
            time=time or TimeOptions(),
            unpivot=None
            if unpivot is None
            else self.convert(unpivot, Unpivot, "[unpivot]"),
            events=self.blocks(document.get("event"), "[[event]]", EventBlock)
            if has_tables
            else [],
            topics=[] if topics is None else read_topics(topics, self),
        )

    def time(self, given: object, where: str) -> TimeOptions | None:
        """Read how times are read; None if that cannot be used."""
        time = self.convert(given, TimeOptions, where)
        self._check_time(time or TimeOptions(), where)
        return time

    def blocks(self, given: object, where: str, kind: type[_Block]) -> list[_Block]:
        """Read a list of blocks."""
        if not isinstance(given, list) or not given:
            key = where.strip("[]").rpartition("[[")[2]
            self.problem(key, given, f"at least one {where} block")
            return []
        blocks = [
            self._block(f"{where} {number}", block, kind)
            for number, block in enumerate(given, 1)
        ]
        read = [block for block in blocks if block is not None]
        names = [block.name for block in read]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.problem(f"{where} {name!r}", name, "named once; give a 'name'")
        return read

    def _block(self, where: str, given: object, kind: type[_Block]) -> _Block | None:
        if not isinstance(given, dict):
            self.problem(where, given, "a table")
            return None
        type_name = given.get("type")
        if type_name not in TARGETS:
            self.problem(f"{where} type", type_name, f"one of {', '.join(TARGETS)}")
            return None
        where = f"{where} ({type_name})"
        fields = given.get("fields", {})
        if not isinstance(fields, dict):
            self.problem(f"{where} fields", fields, "a table of fields")
            return None
        self._check_fields(where, type_name, fields)
        values = {
            name: value
            for name, cell in fields.items()
            if (value := self._value(f"{where} {name}", cell)) is not None
        }
        time = self._value(f"{where} time", given.get("time"))
        filters = given.get("where", [])
        if not isinstance(filters, list):
            self.problem(f"{where} where", filters, "a list of conditions")
            filters = []
        conditions = [
            self._condition(f"{where} where {n}", condition)
            for n, condition in enumerate(filters, 1)
        ]
        plain = {"name": type_name} | {
            key: value
            for key, value in given.items()
            if key not in {"fields", "time", "where"}
        }
        empty = {"time": {"constant": 0}, "fields": {}}
        block = self.convert(plain | empty, kind, where)
        if block is None or time is None:
            return None
        self._check_template(f"{where} id", block.id)
        self._check_groups(where, block, values | {"time": time})
        return msgspec.structs.replace(
            block,
            time=time,
            fields=values,
            where=[condition for condition in conditions if condition is not None],
        )

    def _check_fields(self, where: str, type_name: str, fields: dict[str, Any]) -> None:
        targets = TARGETS[type_name]
        for name in fields.keys() - targets.keys():
            self.problem(f"{where} fields", name, f"one of {', '.join(targets)}")
        for name, target in targets.items():
            if target.layout.required and name not in fields:
                self.problems.append(f"{where} fields: must give {name!r}, does not")

    def _check_groups(
        self, where: str, block: EventBlock, values: dict[str, Value]
    ) -> None:
        if block.group_by:
            return
        for name, value in values.items():
            if value.aggregate:
                self.problem(
                    f"{where} {name} aggregate",
                    value.aggregate,
                    "absent without 'group_by'",
                )

    def _value(self, where: str, given: object) -> Value | None:
        spec = {"column": given} if isinstance(given, str) else given
        value = self.convert(spec, Value, where)
        if value is None:
            return None
        names = ("column", "columns", "constant", "template")
        n_sources = sum(getattr(value, name) is not None for name in names)
        # Counting rows needs no column.
        if n_sources != 1 and not (value.aggregate == "count" and n_sources == 0):
            self.problem(where, given, f"one of {', '.join(names)}")
            return None
        self._check_template(f"{where} template", value.template)
        if value.columns is not None and not value.columns:
            self.problem(f"{where} columns", [], "at least one column")
        return value

    def _condition(self, where: str, given: object) -> Condition | None:
        condition = self.convert(given, Condition, where)
        if condition is None:
            return None
        op, value = condition.op, condition.value
        allowed = None
        if op in WITHOUT_VALUE and value is not None:
            allowed = "absent"
        elif op in {"in", "not_in"} and not isinstance(value, list):
            allowed = "a list"
        elif op in {"parses", "not_parses"} and value not in PARSED_KINDS:
            allowed = "one of " + ", ".join(PARSED_KINDS)
        elif op == "matches" and not _is_pattern(value):
            allowed = "a regular expression"
        elif op in COMPARISONS and (value is None or isinstance(value, list)):
            allowed = "a word or a number"
        if allowed:
            self.problem(f"{where} value", value, allowed)
        return condition

    def _check_template(self, where: str, template: str | None) -> None:
        try:
            names = template_columns(template or "")
        except ValueError:
            names = [""]
        if "" in names:
            self.problem(where, template, "text with columns in braces")

    def _check_time(self, options: TimeOptions, where: str) -> None:
        # Asked of polars, which brings its own zones and will read the times.
        epoch = pl.Series([0]).cast(pl.Datetime("us"))
        try:
            epoch.dt.replace_time_zone(options.zone)
        except pl.exceptions.PolarsError:
            self.problem(
                f"{where} zone", options.zone, "a name such as 'Europe/Berlin'"
            )

    def convert(self, value: object, kind: type[_Kind], where: str) -> _Kind | None:
        """Convert one piece; None, and a problem more, if it does not fit."""
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            expected, _, path = str(error).partition(" - at `$")
            key = path.rstrip("`")
            self.problems.append(f"{where}{key}: {expected}, in {_shown(value)}")
            return None

    def problem(self, where: str, value: object, allowed: str) -> None:
        """Note that a value is not what is allowed there."""
        self.problems.append(f"{where} = {_shown(value)}: must be {allowed}")


COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


def _is_pattern(value: object) -> bool:
    try:
        return isinstance(value, str) and re.compile(value) is not None
    except re.error:
        return False


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "..."


def check_header(mapping: Mapping, columns: list[str], table: str) -> None:
    """Refuse a table that lacks a column the mapping names.

    Parameters
    ----------
    mapping : Mapping
        The mapping.
    columns : list of str
        Header of the table.
    table : str
        Its name, for messages.

    Raises
    ------
    MappingError
        With every place that names a missing column.
    """
    unpivot = mapping.unpivot
    problems = []
    if not mapping.events:
        problems.append("event = None: must be at least one [[event]], for a table")
    if unpivot is not None:
        missing = [column for column in unpivot.index if column not in columns]
        problems = [_missing("[unpivot] index", c, columns, table) for c in missing]
        columns = [*unpivot.index, unpivot.variable, unpivot.value]
    problems += [
        _missing(f"[[event]] {block.name!r} {key}", column, columns, table)
        for block in mapping.events
        for key, column in named_columns(block)
        if column not in columns
    ]
    if problems:
        raise MappingError(mapping.path, problems)


def _missing(where: str, column: str, columns: list[str], table: str) -> str:
    return f"{where} = {column!r}: must be a column of {table}: {', '.join(columns)}"

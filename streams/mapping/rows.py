"""One block of a mapping over a whole table: fields, and what does not fit."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from streams.errors import MappingError
from streams.events import ID_LENGTH_MAX, TIME_US_MAX, TIME_US_MIN
from streams.mapping.document import EventBlock, Mapping, Value
from streams.mapping.expressions import (
    Cell,
    condition_of,
    constant_cell,
    number_of,
    template_of,
    time_of,
)
from streams.mapping.tables import ORDINAL, ROW
from streams.mapping.targets import TARGETS, Target

TIME = "__time__"
ID = "__id__"
REASON = "__reason__"
DETAIL = "__detail__"
KEY = "__key__"
SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
SECOND_US = 1_000_000

MISSING = "missing value"
OUT_OF_RANGE = "out of range"
NOT_A_WORD = "not a word of the list"
DUPLICATE_ID = "duplicate id"
NOT_READ = {
    "number": ("not a number", "a number"),
    "time": ("not a time", "a time in one of the formats"),
    "text": (MISSING, "given"),
    "word": (MISSING, "given"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an event, or its time, as the block gives it."""

    name: str  # of the column in the result
    key: str  # in the mapping file
    value: Value
    kind: str  # number, time, text or word
    required: bool
    low: float | None = None
    choices: tuple[str, ...] = ()


def fields_of(block: EventBlock) -> list[Field]:
    """List the time and the fields of a block."""
    targets: dict[str, Target] = TARGETS[block.type]
    fields = [Field(TIME, "time", block.time, "time", required=True)]
    return fields + [
        Field(
            name=name,
            key=name,
            value=value,
            kind=targets[name].kind,
            required=targets[name].layout.required,
            low=targets[name].layout.low,
            choices=targets[name].choices,
        )
        for name, value in block.fields.items()
    ]


class BlockReader:
    """Apply one block to a table.

    Parameters
    ----------
    mapping : Mapping
        The mapping the block is from.
    block : EventBlock
        The block.
    schema : polars.Schema
        Of the table.
    ids_once : bool
        Whether an id may not come twice: in a table it must be wrong, in a topic it is
        a record delivered again.
    """

    def __init__(
        self,
        mapping: Mapping,
        block: EventBlock,
        schema: pl.Schema,
        *,
        ids_once: bool = True,
    ) -> None:
        self._mapping = mapping
        self._ids_once = ids_once
        self._block = block
        self._cells = {name: Cell(pl.col(name), kind) for name, kind in schema.items()}
        self._fields = fields_of(block)

    def chosen(self) -> pl.Expr:
        """Rows that pass all filters of the block."""
        filters = [
            condition_of(
                condition,
                self._cells[condition.column],
                self._mapping.table,
                self._mapping.time,
            )
            for condition in self._block.where
        ]
        return pl.all_horizontal(filters) if filters else pl.lit(value=True)

    def read(self, chosen: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Convert rows to fields.

        Parameters
        ----------
        chosen : polars.DataFrame
            Rows that pass the filters, with `ROW` and `ORDINAL`.

        Returns
        -------
        tuple of polars.DataFrame
            The good ones: `ROW`, `ORDINAL`, `ID` (null without template) and a column
            for each field; and the others: `ROW`, `REASON`, `DETAIL`.
        """
        converted = chosen.select(
            ROW,
            ORDINAL,
            self._id().alias(ID),
            *[pl.col(key).alias(KEY + key) for key in self._block.group_by],
            *[self._value(field).alias(field.name) for field in self._fields],
            *_first_problem([self._unread(field) for field in self._fields]),
        )
        read, unread = _parted(converted)
        if self._block.group_by:
            read = self._grouped(read)
        checks = [check for field in self._fields for check in _checks(field)]
        checks += self._id_checks()
        good, wrong = _parted(read.with_columns(*_first_problem(checks)))
        return good, pl.concat([unread, wrong]).sort(ROW, maintain_order=True)

    def _id(self) -> pl.Expr:
        if self._block.id is None:
            return pl.lit(None, pl.String)
        return template_of(self._block.id, self._cells)

    def _id_checks(self) -> list["Check"]:
        """Ids of a template must be there, and once: a copy would be dropped later."""
        if self._block.id is None:
            return []
        template = f"template {self._block.id!r}"
        again = pl.col(ID).is_duplicated() & ~pl.col(ID).is_first_distinct()
        missing = pl.lit(f"id: {template} must be given, is empty")
        detail = pl.format("id: '{}' must be given once in the table", pl.col(ID))
        too_long = pl.col(ID).str.len_chars() > ID_LENGTH_MAX
        allowed = pl.format(f"id: '{{}}' must have 1 to {ID_LENGTH_MAX} characters", ID)
        checks: list[Check] = [
            (pl.col(ID).is_null(), MISSING, missing),
            (too_long.fill_null(value=False), OUT_OF_RANGE, allowed),
        ]
        if self._ids_once:
            checks.append((again.fill_null(value=False), DUPLICATE_ID, detail))
        return checks

    def _grouped(self, rows: pl.DataFrame) -> pl.DataFrame:
        keys = [KEY + key for key in self._block.group_by]
        # What ends a group stands where its last row stood, all else where its first.
        is_end = self._block.time.aggregate in {"last", "max"}
        place = pl.col(ROW, ORDINAL).max() if is_end else pl.col(ROW, ORDINAL).min()
        aggregates = [_aggregate(field) for field in self._fields]
        return rows.group_by(keys, maintain_order=True).agg(
            place, pl.col(ID).first(), *aggregates
        )

    def _sources(self, value: Value) -> list[str]:
        columns = [value.column] if value.column else list(value.columns or [])
        return columns + ([value.minus] if value.minus else [])

    def _value(self, field: Field) -> pl.Expr:
        """Value of a field before grouping; null where the cell is empty or unfit."""
        value = field.value
        if value.template is not None:
            return template_of(value.template, self._cells)
        if value.constant is not None:
            return self._constant(field, value.constant)
        cells = [
            self._cells[c]
            for c in ([value.column] if value.column else value.columns or [])
        ]
        if not cells:  # a count of rows
            return pl.lit(1.0)
        read = [self._read_cell(field, cell) for cell in cells]
        if value.pick == "first":
            result = pl.coalesce(read)
        else:
            result = (
                pl.min_horizontal(read)
                if value.pick == "earliest"
                else pl.max_horizontal(read)
            )
        if value.minus is not None:
            duration = number_of(self._cells[value.minus], self._mapping.table)
            scale = SECONDS[value.minus_unit] * SECOND_US
            result = result - (duration * scale).round().cast(pl.Int64, strict=False)
        if value.default is None:
            return result
        is_empty = pl.all_horizontal([cell.values.is_null() for cell in cells])
        default = self._constant(field, value.default)
        return pl.when(is_empty).then(default).otherwise(result)

    def _constant(self, field: Field, constant: object) -> pl.Expr:
        literal = self._read_cell(field, constant_cell(constant))
        if pl.select(literal).item() is None:
            what = NOT_READ[field.kind][1]
            msg = f"{field.key} = {constant!r}: must be {what}"
            where = f"[[event]] {self._block.name!r}"
            raise MappingError(self._mapping.path, [f"{where} {msg}"])
        return literal

    def _read_cell(self, field: Field, cell: Cell) -> pl.Expr:
        value = field.value
        if value.aggregate == "count":
            return cell.values.is_not_null().cast(pl.Float64)
        if field.kind == "number":
            number = number_of(cell, self._mapping.table)
            return number * value.factor + value.offset
        if field.kind == "time":
            time = time_of(cell, value.formats, self._mapping.time)
            return time + round(value.shift_s * SECOND_US)
        return cell.text.replace(value.words) if value.words else cell.text

    def _unread(self, field: Field) -> "Check":
        """Cells that hold something, of which nothing could be read."""
        columns = self._sources(field.value)
        if not columns or field.value.aggregate == "count":
            return pl.lit(value=False), MISSING, pl.lit("")
        cells = [self._cells[column] for column in columns]
        given = pl.any_horizontal([cell.values.is_not_null() for cell in cells])
        reason, allowed = NOT_READ[field.kind]
        shown = [
            pl.format(
                "column '{}' = {}",
                pl.lit(column),
                pl.when(cell.values.is_null())
                .then(pl.lit("empty"))
                .otherwise(pl.format("'{}'", cell.text)),
            )
            for column, cell in zip(columns, cells, strict=True)
        ]
        detail = pl.concat_str(
            [pl.lit(f"{field.key}: "), pl.concat_str(shown, separator=", ")]
        )
        detail = pl.concat_str([detail, pl.lit(f" must be {allowed}")])
        return given & self._value(field).is_null(), reason, detail


Check = tuple[pl.Expr, str, pl.Expr]  # whether it is wrong, the reason, the detail


def _checks(field: Field) -> Iterator[Check]:
    """Yield what a value must be, after grouping."""
    column = pl.col(field.name)
    where = _where(field)
    if field.required:
        detail = pl.lit(f"{field.key}: {where} must be given, is empty")
        yield column.is_null(), MISSING, detail
    shown = column.cast(pl.String)
    if field.kind == "number" and field.low is not None:
        detail = _detail(field, shown, f"must be >= {field.low:g}")
        yield (column < field.low).fill_null(value=False), OUT_OF_RANGE, detail
    elif field.kind == "time":
        outside = ~column.is_between(TIME_US_MIN, TIME_US_MAX).fill_null(value=True)
        yield outside, OUT_OF_RANGE, _detail(field, shown, "must be in years 1 to 9999")
    elif field.kind == "word":
        unknown = ~column.is_in(list(field.choices)).fill_null(value=True)
        allowed = "must be one of " + ", ".join(field.choices)
        yield unknown, NOT_A_WORD, _detail(field, shown, allowed)
    elif field.kind == "text":
        length = column.str.len_chars()
        too_long = (length > ID_LENGTH_MAX) | (length == 0)
        allowed = f"must have 1 to {ID_LENGTH_MAX} characters"
        yield (
            too_long.fill_null(value=False),
            OUT_OF_RANGE,
            _detail(field, shown, allowed),
        )


def _where(field: Field) -> str:
    value = field.value
    columns = [value.column] if value.column else value.columns or []
    if value.template is not None:
        return f"template {value.template!r}"
    return " and ".join(f"column {column!r}" for column in columns)


def _detail(field: Field, shown: pl.Expr, allowed: str) -> pl.Expr:
    where = _where(field)
    label = f"{field.key}: {where} = '" if where else f"{field.key} = '"
    return pl.concat_str([pl.lit(label), shown.fill_null(""), pl.lit(f"' {allowed}")])


def _first_problem(checks: list[Check]) -> tuple[pl.Expr, pl.Expr]:
    reason, detail = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for wrong, why, what in reversed(checks):
        reason = pl.when(wrong).then(pl.lit(why)).otherwise(reason)
        detail = pl.when(wrong).then(what).otherwise(detail)
    return reason.alias(REASON), detail.alias(DETAIL)


def _parted(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    is_good = pl.col(REASON).is_null()
    wrong = rows.filter(~is_good).select(ROW, REASON, DETAIL)
    return rows.filter(is_good).drop(REASON, DETAIL), wrong


def _aggregate(field: Field) -> pl.Expr:
    column = pl.col(field.name)
    return {
        None: column.first(),
        "first": column.first(),
        "last": column.last(),
        "min": column.min(),
        "max": column.max(),
        "sum": column.sum(),
        "count": column.sum(),
    }[field.value.aggregate]

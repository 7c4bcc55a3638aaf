"""The tables of a network while they are being changed, and what was found wrong."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from twin.errors import Problem
from twin.model.cells import typed
from twin.model.changes.words import in_words
from twin.model.columns import ANY, Column, Table
from twin.model.network import Network
from twin.model.read import read_rows, suggestion
from twin.model.tables import BY_NAME, SETTINGS
from twin.model.write import cell
from twin.said import Part, Said

NAMED_MAX = 3  # rows named in a line of text; more are counted
TABLES: Mapping[str, Table] = {SETTINGS.name: SETTINGS, **BY_NAME}


class Draft:
    """Typed tables that entries of a change file edit one after the other.

    Parameters
    ----------
    network : Network
        What they begin as.
    file : str
        Name of the change file in messages.

    Attributes
    ----------
    frames : dict of str to DataFrame
        As `Network.tables`, edited.
    problems : list of Problem
        Of every entry so far.
    said : list of Said
        What was changed, in words.
    """

    def __init__(self, network: Network, file: str) -> None:
        self.frames = dict(network.tables)
        self.problems: list[Problem] = []
        self.said: list[Said] = []
        self._file = file

    def entry(self, kind: str, number: int) -> "Place":
        """Return the place of the entry, for messages; they count from 1."""
        return Place(self, f"{self._file} [[{kind}]]", number)

    def table(self, name: object, place: "Place") -> Table | None:
        """Return a table by name; without one, that is a problem."""
        found = TABLES.get(name) if isinstance(name, str) else None
        if found is None:
            allowed = f"a table of the network{suggestion(str(name), TABLES)}"
            place.refuse("table", name, allowed)
        return found

    def rows(
        self, table: Table, chosen: Mapping[str, Any], place: "Place"
    ) -> pl.Series | None:
        """Choose the rows in which some columns have some values.

        Parameters
        ----------
        table : Table
            Where.
        chosen : mapping of str to value
            By column; '*' is any.
        place : Place
            Of the entry.

        Returns
        -------
        Series of bool or None
            None if there are none, which is a problem.
        """
        frame = self.frames[table.name]
        mask = pl.Series([True] * frame.height, dtype=pl.Boolean)
        for name, wanted in chosen.items():
            if wanted == ANY:
                continue
            column = table.column(name)
            known = [cell(column, value) for value in frame[name]]
            hits = pl.Series([text == str(wanted) for text in known], dtype=pl.Boolean)
            if not hits.any():
                near = suggestion(str(wanted), set(known))
                allowed = f"'*' or a value of this column of {table.name}{near}"
                place.refuse(name, wanted, allowed)
                return None
            mask &= hits
        if not mask.any():
            values = ", ".join(f"{k} {v!r}" for k, v in chosen.items())
            place.refuse(None, values or None, f"what a row of {table.name} has")
            return None
        return mask

    def put(
        self,
        target: tuple[Table, str, pl.Series],
        value: object,
        place: "Place",
        *,
        field: str,
    ) -> None:
        """Put a value into a column of some rows.

        Parameters
        ----------
        target : tuple of Table, str and Series of bool
            Which cells; not those of a key.
        value : object
            As it would stand in a table; "" empties the cell.
        place : Place
            Of the entry.
        field : str
            Where the value stands there.
        """
        table, name, mask = target
        column = replace(table.column(name), name=field)
        new, right = place.parsed(column, value)
        if right and self._refers(column, new, place):
            values = self.frames[table.name][name]
            same = pl.Series([new] * int(mask.sum()), dtype=values.dtype, strict=False)
            self._write(target, same)

    def _refers(self, column: Column, value: object, place: "Place") -> bool:
        """Check a value that names a row of another table."""
        if not column.refers_to or value in {None, ANY}:
            return True
        ids = {
            known
            for table in column.refers_to
            for known in self.frames[table][TABLES[table].columns[0].name]
        }
        if value not in ids:
            near = suggestion(str(value), ids)
            place.refuse(column.name, value, column.allowed + near)
        return value in ids

    def scale(
        self, target: tuple[Table, str, pl.Series], factor: float, place: "Place"
    ) -> None:
        """Multiply a column of some rows; empty cells stay empty.

        Parameters
        ----------
        target : tuple of Table, str and Series of bool
            Which cells, of numbers.
        factor : float
            >= 0.
        place : Place
            Of the entry.
        """
        table, name, mask = target
        column, old = table.column(name), self.frames[table.name][name].filter(mask)
        if column.kind not in {"number", "integer"}:
            place.refuse(name, factor, f"a column of numbers; {name} takes a value")
            return
        if old.is_null().all():
            place.refuse(name, None, f"a number to multiply; {table.name} has none")
            return
        new = old.cast(pl.Float64) * factor
        wrong = next(
            (x for x in new.drop_nulls() if not place.fits(column, x, name)), None
        )
        if wrong is None:
            self._write(target, new.cast(old.dtype))

    def _write(self, target: tuple[Table, str, pl.Series], new: pl.Series) -> None:
        table, name, mask = target
        frame = self.frames[table.name]
        old = frame[name]
        values = old.to_list()
        for row, value in zip(mask.arg_true().to_list(), new.to_list(), strict=True):
            values[row] = value
        changed = pl.Series(name, values, old.dtype)
        self.frames[table.name] = frame.with_columns(changed)
        self.said.append(_told(table, name, (frame, mask), changed))

    def add(self, table: Table, row: pl.DataFrame) -> None:
        """Append a typed row."""
        frame = self.frames[table.name]
        self.frames[table.name] = pl.concat([frame, row.select(frame.columns)])
        text = f"{table.name}: {row_name(table, row, 0)} is added"
        self.said.append(
            Said(text, "row_added", _chosen(table, row, pl.Series([True])))
        )

    def remove(self, table: Table, mask: pl.Series) -> None:
        """Remove rows."""
        frame = self.frames[table.name]
        self.frames[table.name] = frame.filter(~mask)
        text = f"{table.name}: {_names(table, frame, mask)} is taken away"
        self.said.append(Said(text, "row_removed", _chosen(table, frame, mask)))


class Place:
    """An entry of a change file: where it stands, and what is wrong with it."""

    def __init__(self, draft: Draft, file: str, number: int) -> None:
        self._draft = draft
        self.file = file
        self.number = number

    def refuse(self, field: str | None, value: object, allowed: str) -> None:
        """Note a problem."""
        shown = None if value is None else str(value)
        problem = Problem(self.file, self.number, field, shown, allowed)
        self._draft.problems.append(problem)

    def parsed(self, column: Column, value: object) -> tuple[Any, bool]:
        """Read a value as a cell of a column; the second says whether it was right."""
        single = Table("change", "", (column,))
        frame, found = typed(single, read_rows([{column.name: value}]), self.file)
        for problem in found:
            self.refuse(problem.column, problem.value, problem.allowed)
        return frame[column.name][0], not found

    def fits(self, column: Column, value: float, field: str) -> bool:
        """Check a computed number against its column."""
        single = Table("change", "", (column,))
        _, found = typed(single, read_rows([{column.name: value}]), self.file)
        if found:
            self.refuse(field, f"{value:g}", f"{column.allowed} (after the change)")
        return not found


def row_name(table: Table, frame: pl.DataFrame, row: int) -> str:
    """Name a row by its key.

    Examples
    --------
    >>> frame = pl.DataFrame({"item": ["tea"], "site": ["hub"]})
    >>> row_name(BY_NAME["stock"], frame, 0)
    'tea at hub'
    """
    keys = [cell(table.column(key), frame[key][row]) for key in table.keys]
    return (" at " if table.keys == ("item", "site") else " ").join(keys)


def row_key(table: Table, frame: pl.DataFrame, row: int) -> str:
    """Name a row by its key in no language.

    Examples
    --------
    >>> frame = pl.DataFrame({"item": ["tea"], "site": ["hub"]})
    >>> row_key(BY_NAME["stock"], frame, 0)
    'tea hub'
    """
    return " ".join(cell(table.column(key), frame[key][row]) for key in table.keys)


def _chosen(table: Table, frame: pl.DataFrame, mask: pl.Series) -> dict[str, Part]:
    """Return the parts of a sentence that say which rows of a table."""
    rows = mask.arg_true().to_list() if table.keys else []
    named = [row_key(table, frame, row) for row in rows[:NAMED_MAX]]
    n_more = max(len(rows) - NAMED_MAX, 0)
    return {"table": table.name, "rows": named, "n_more": n_more}


def _names(table: Table, frame: pl.DataFrame, mask: pl.Series) -> str:
    rows = mask.arg_true().to_list()
    if not table.keys:
        return table.name
    named = ", ".join(row_name(table, frame, row) for row in rows[:NAMED_MAX])
    n_more = len(rows) - NAMED_MAX
    return f"{named} and {n_more} more" if n_more > 0 else named


def _told(
    table: Table, name: str, chosen: tuple[pl.DataFrame, pl.Series], new: pl.Series
) -> Said:
    """Say in words which cells were changed from what to what."""
    frame, mask = chosen
    column = table.column(name)
    cells = set(zip(frame[name].filter(mask), new.filter(mask), strict=True))
    pairs = {(in_words(column, a), in_words(column, b)) for a, b in cells}
    what = f"{table.name}: {name} of {_names(table, frame, mask)}"
    parts = _chosen(table, frame, mask) | {"column": name, "unit": column.unit}
    before, after = min(cells, key=str)
    if len(pairs) == 1:
        ((old, value),) = pairs
        values = {"before": cell_part(before), "after": cell_part(after)}
        return Said(f"{what}: {old} to {value}", "cells_from_to", parts | values)
    afters = {value for _, value in pairs}
    if len(afters) == 1:
        text = f"{what}: to {afters.pop()}"
        return Said(text, "cells_to", parts | {"after": cell_part(after)})
    ratio = _ratio(frame[name].filter(mask), new.filter(mask))
    return Said(f"{what}: x {ratio:g}", "cells_times", parts | {"factor": ratio})


def cell_part(value: object) -> Part:
    """Return a cell as a part of a sentence: a number stays one, no value is None."""
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        return str(value)
    return value


def _ratio(old: pl.Series, new: pl.Series) -> float:
    """Return what numbers were multiplied by, told by the largest of them."""
    before, after = old.fill_null(0).to_list(), new.fill_null(0).to_list()
    largest = max(range(len(before)), key=lambda k: abs(before[k]))
    return round(after[largest] / before[largest], 6) if before[largest] else 1.0

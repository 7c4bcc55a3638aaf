"""Rules that tie tables together: keys, references and the tree of bills."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from twin.errors import Problem
from twin.model.columns import ANY, Column, Table
from twin.model.laws import LAW_NAMES
from twin.model.read import ROW, suggestion
from twin.model.tables import PLACE_TABLES, TABLES


@dataclass(frozen=True, slots=True)
class Tables:
    """Typed tables, whole or not, on their way to a network.

    Attributes
    ----------
    frames : dict of str to DataFrame
        Every table by name, with the column `ROW`; a table that is not there is empty.
    files : dict of str to str
        File of each table, for messages.
    unread : frozenset of str
        Tables that could not be read: nothing can be said about what refers to them.
    """

    frames: dict[str, pl.DataFrame]
    files: dict[str, str]
    unread: frozenset[str] = frozenset()

    def problem(  # what is wrong in one cell of a table
        self, table: str, row: int | None, column: str | None,
        text: tuple[str | None, str],
    ) -> Problem:  # fmt: skip
        """Return a problem of a table; `text` is (value, allowed)."""
        return Problem(self.files[table], row, column, *text)

    def rows(self, table: str, *columns: str) -> list[tuple[object, ...]]:
        """Return (row, *columns) of the rows in which all these cells are right."""
        chosen = self.frames[table].select(ROW, *columns)
        return chosen.drop_nulls().rows()


def check_keys(tables: Tables) -> Iterator[Problem]:
    """Find rows that repeat the key of an earlier one."""
    for table in TABLES:
        keys = list(table.keys)
        frame = tables.frames[table.name].drop_nulls(keys)
        again = frame.with_columns(first=pl.col(ROW).first().over(keys)).filter(
            pl.col("first") != pl.col(ROW)
        )
        for row, first, *key in again.select(ROW, "first", *keys).iter_rows():
            value = ", ".join(str(part) for part in key)
            allowed = f"each {' and '.join(keys)} once; it stands in row {first} too"
            yield tables.problem(table.name, row, ", ".join(keys), (value, allowed))


def check_places(tables: Tables) -> Iterator[Problem]:
    """Find ids that stand for more than one of site, supplier and customer."""
    seen: dict[str, str] = {}
    for name in PLACE_TABLES:
        column = name.removesuffix("s")
        for row, place in tables.rows(name, column):
            other = seen.setdefault(str(place), name)
            if other != name:
                allowed = f"an id of its own; {other}.csv has it too"
                yield tables.problem(name, _int(row), column, (str(place), allowed))


def check_references(tables: Tables) -> Iterator[Problem]:
    """Find cells that name something no table has."""
    ids = {t.name: _ids(tables, t) for t in TABLES}
    for table in TABLES:
        for column in table.columns:
            if column.kind == "law":
                known = [*LAW_NAMES, *ids["laws"]]
                yield from _unknown(tables, table.name, column, known)
            elif column.refers_to and not tables.unread & set(column.refers_to):
                known = [id_ for name in column.refers_to for id_ in ids[name]]
                extra = [ANY] if column.wildcard else []
                yield from _unknown(tables, table.name, column, known + extra)


def check_bills(tables: Tables) -> Iterator[Problem]:
    """Find items that are, by their bills, made of themselves."""
    parts: dict[str, dict[str, int]] = {}
    for row, item, component in tables.rows("bills", "item", "component"):
        parts.setdefault(str(item), {})[str(component)] = _int(row)
    done: set[str] = set()
    for item in parts:
        path = _cycle(item, parts, done)
        if path:
            row = parts[path[0]][path[1]]
            allowed = "an item that is not made of itself"
            shown = " > ".join(path)
            yield tables.problem("bills", row, "component", (shown, allowed))


def _cycle(
    root: str, parts: dict[str, dict[str, int]], done: set[str]
) -> list[str] | None:
    # Depth first with a stack of our own: a bill of a thousand levels is legal.
    path: list[str] = []
    stack = [(root, False)]
    while stack:
        item, leaving = stack.pop()
        if leaving:
            done.add(path.pop())
            continue
        if item in path:
            done.update(path)
            return [*path[path.index(item) :], item]
        if item in done:
            continue
        path.append(item)
        stack.append((item, True))
        stack += [(component, False) for component in parts.get(item, {})]
    return None


def _ids(tables: Tables, table: Table) -> list[str]:
    column = table.columns[0]
    if column.kind != "id" or column.refers_to:
        return []
    return tables.frames[table.name][column.name].drop_nulls().unique().to_list()


def _unknown(
    tables: Tables, table: str, column: Column, known: list[str]
) -> Iterator[Problem]:
    frame = tables.frames[table].select(ROW, column.name).drop_nulls()
    wrong = frame.filter(~pl.col(column.name).is_in(known))
    for row, value in wrong.iter_rows():
        text = (value, column.allowed + suggestion(value, known))
        yield tables.problem(table, row, column.name, text)


def _int(value: object) -> int:
    assert isinstance(value, int), "row numbers are whole"
    return value

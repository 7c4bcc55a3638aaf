"""A branch made real: its changes as events, unless the log went another way.

Three networks are compared cell by cell: the one the branch began with, the branch, and
the one the log has now. A cell that the branch changed and the log left alone is told;
one that the log changed to the same value needs no telling; one that it changed to
another is a conflict.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from streams.events import Event, MasterDataChanged
from twin.model.changes.draft import cell_part
from twin.model.columns import Table
from twin.model.edits import Cell
from twin.model.network import Network
from twin.model.tables import BY_NAME, SETTINGS
from twin.said import Part, Said

# What the state knows better than any table, and what orders say.
_NOT_MASTER_DATA = {("stock", "on_hand")}
_ORDERS = "open_orders"


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell that a branch changes.

    Attributes
    ----------
    table : str
        Name of the table.
    key : dict of str to cell
        The cells that name the row.
    column : str
        Which cell.
    before, after : cell
        In the base, and in the branch.
    """

    table: str
    key: Mapping[str, Cell]
    column: str
    before: Cell
    after: Cell

    def __str__(self) -> str:
        """Say it in words."""
        row = ", ".join(f"{name} {cell!r}" for name, cell in self.key.items())
        return f"{self.table} {row}: {self.column} {self.before!r} to {self.after!r}"

    def said(self, kind: str = "cells_from_to", rest: str = "", **more: Cell) -> Said:
        """Say it with what it is made of.

        Parameters
        ----------
        kind, rest : str
            Which sentence it is, and what stands behind it in English.
        more : str or float or None
            What stands in the sentence besides.
        """
        column = BY_NAME[self.table].column(self.column)
        parts: dict[str, Part] = {
            "table": self.table, "rows": [" ".join(map(str, self.key.values()))],
            "n_more": 0, "column": self.column, "unit": column.unit,
            "before": cell_part(self.before), "after": cell_part(self.after),
        }  # fmt: skip
        told = {name: cell_part(value) for name, value in more.items()}
        return Said(f"{self}{rest}", kind, parts | told)


@dataclass(frozen=True, slots=True)
class Promotion:
    """What becomes of the changes of a branch.

    Attributes
    ----------
    told : tuple of CellChange
        To be told: the log still has what the base had.
    done : tuple of CellChange
        What the log has already.
    conflicts : tuple of Said
        What the log has changed otherwise, one sentence each.
    left_out : tuple of Said
        What no event can tell, one sentence each.
    """

    told: tuple[CellChange, ...]
    done: tuple[CellChange, ...]
    conflicts: tuple[Said, ...]
    left_out: tuple[Said, ...]

    def events(self, record: str) -> tuple[Event, ...]:
        """Return an event for each row with cells to be told.

        Parameters
        ----------
        record : str
            What the ids of the records begin with.
        """
        rows: dict[str, tuple[CellChange, dict[str, Cell]]] = {}
        for one in self.told:
            row = f"{one.table}/{'/'.join(map(str, one.key.values()))}"
            rows.setdefault(row, (one, {}))[1][one.column] = one.after
        return tuple(
            MasterDataChanged(
                record=f"{record}/{row}",
                table=first.table,
                values={**first.key, **cells},
            )
            for row, (first, cells) in rows.items()
        )


def promotion_of(base: Network, branch: Network, now: Network) -> Promotion:
    """Compare a branch with the network it began with, and with the one of now.

    Parameters
    ----------
    base : Network
        At the place in the log where the branch begins.
    branch : Network
        The same with the changes of the branch.
    now : Network
        At the end of the log.

    Returns
    -------
    Promotion
    """
    told, done, conflicts, left_out = [], [], [], []
    for name in (SETTINGS.name, *BY_NAME):
        if name == _ORDERS or base.tables[name].equals(branch.tables[name]):
            continue
        table = BY_NAME.get(name)
        if table is None or not table.keys:
            text = f"{name}: rows have no key; change the network instead"
            left_out.append(Said(text, "rows_without_key", {"table": name}))
            continue
        changes, strange = _changes(table, base.tables[name], branch.tables[name])
        left_out += strange
        rows = _rows(table, now.tables[name])
        for one in changes:
            found = rows.get(tuple(one.key.values()))
            if found is None:
                conflicts.append(one.said("cell_gone", ": the row is gone"))
            elif found[one.column] == one.after:
                done.append(one)
            elif found[one.column] != one.before:
                value = found[one.column]
                rest = f": is {value!r} by now"
                conflicts.append(one.said("cell_otherwise", rest, value=value))
            else:
                told.append(one)
    return Promotion(tuple(told), tuple(done), tuple(conflicts), tuple(left_out))


def _changes(
    table: Table, before: pl.DataFrame, after: pl.DataFrame
) -> tuple[list[CellChange], list[Said]]:
    old, new = _rows(table, before), _rows(table, after)
    found, strange = [], []
    if added := len(new.keys() - old.keys()):
        text = f"{table.name}: {added} rows are added: add them to the table"
        strange.append(Said(text, "rows_added", {"table": table.name, "count": added}))
    if gone := len(old.keys() - new.keys()):
        text = f"{table.name}: {gone} rows are taken away: no event says so"
        strange.append(Said(text, "rows_gone", {"table": table.name, "count": gone}))
    for key, row in old.items():
        for one in _of_row(table, key, row, new.get(key, row)):
            if (table.name, one.column) in _NOT_MASTER_DATA:
                strange.append(one.said("cell_counted", ": it is counted, not decided"))
            else:
                found.append(one)
    return found, strange


def _of_row(
    table: Table, key: tuple[Cell, ...], before: dict[str, Any], after: dict[str, Any]
) -> Iterator[CellChange]:
    named = dict(zip(table.keys, key, strict=True))
    for column, value in before.items():
        if after[column] != value:
            yield CellChange(table.name, named, column, value, after[column])


def _rows(table: Table, frame: pl.DataFrame) -> dict[tuple[Cell, ...], dict[str, Any]]:
    return {
        tuple(row[key] for key in table.keys): row
        for row in frame.iter_rows(named=True)
    }

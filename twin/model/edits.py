"""What events changed of a network: the rows they told, and the network with them.

The model at an offset is the network as given with the `MasterDataChanged` and
`ModelCalibrated` before it. Cells are kept as they were told last, by table and key; an
observed law that was fitted anew takes the place of all its rows.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from streams.events import TYPE_CODES, ModelCalibrated
from streams.names import Names
from streams.picked import Part, Picked
from twin.errors import NetworkError, SnapshotCorruptError
from twin.model.cells import DTYPES
from twin.model.changes.apply import rebuilt
from twin.model.network import Network
from twin.model.tables import BY_NAME
from twin.projection import Arrays

Cell = str | float | int | bool | None

_CHANGED, _CALIBRATED = TYPE_CODES["MasterDataChanged"], TYPE_CODES["ModelCalibrated"]
_LAWS = "laws"
_INTEGER_END = 1 << 63


class EditedRow(msgspec.Struct, frozen=True):
    """New cells of one row.

    Attributes
    ----------
    table : str
        As told, also one that no network has.
    key : dict of str to cell
        The cells that name the row; of an unknown table its `record`.
    values : dict of str to cell
        The other cells that were told.
    time_us : int
        When last, microseconds UTC.
    fitted_until_us : int or None
        Up to when the events reach that it was estimated from last; None: it never was.
    times_us : dict of str to int
        When each of `values` was told; at `time_us` where nothing stands.
    fitted_us : int or None
        When `fitted_until_us` was told.
    """

    table: str
    key: dict[str, Cell]
    values: dict[str, Cell]
    time_us: int
    fitted_until_us: int | None = None
    times_us: dict[str, int] = {}
    fitted_us: int | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """A network with what events changed.

    Attributes
    ----------
    network : Network
        Checked as a whole.
    n_rows : int
        Rows that have other cells, or are new.
    left_out : tuple of str
        What could not be applied, one sentence each.
    """

    network: Network
    n_rows: int
    left_out: tuple[str, ...]


class ModelEdits:
    """Rows of the network as events told them last, a `Projection`.

    It holds a row for each that was ever told, so at most the rows of the network and
    those that events made up.

    Parameters
    ----------
    names : Names
        Table of ids shared by every batch folded; none of it is held.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self._rows: dict[tuple[str, str], EditedRow] = {}

    @property
    def rows(self) -> tuple[EditedRow, ...]:
        """All rows, those told last at the end."""
        return tuple(self._rows.values())

    def apply(self, batch: Part) -> None:
        """Fold events that are in canonical order and follow all folded before.

        Parameters
        ----------
        batch : EventBatch or Picked
            Its `names` must be those of this projection.
        """
        order: NDArray[np.int64] | None = None
        if isinstance(batch, Picked):
            order, batch = batch.rows, batch.batch
        codes = batch.type_code if order is None else batch.type_code[order]
        found = np.flatnonzero((codes == _CHANGED) | (codes == _CALIBRATED))
        for row in (found if order is None else order[found]).tolist():
            self._take(batch.detail_of(row), int(batch.time_us[row]))

    def _take(self, detail: bytes, time_us: int) -> None:
        # The one has what the other has, and until when it was fitted.
        told = msgspec.json.decode(detail, type=ModelCalibrated)
        table = BY_NAME.get(told.table)
        names = () if table is None else table.keys
        key = {name: told.values[name] for name in names if name in told.values}
        values = {name: cell for name, cell in told.values.items() if name not in key}
        self._put(
            EditedRow(
                told.table, key or {"record": told.record}, values, time_us,
                told.fitted_until_us,
            )
        )  # fmt: skip

    def _put(self, row: EditedRow) -> None:
        if row.table == _LAWS and row.fitted_until_us is not None:
            self._forget_law(row)
        place = (row.table, msgspec.json.encode(row.key, order="sorted").decode())
        self._rows[place] = _joined(self._rows.pop(place, None), row)

    def _forget_law(self, row: EditedRow) -> None:
        law = row.key.get("law")
        older = [
            place
            for place, one in self._rows.items()
            if one.table == _LAWS
            and one.key.get("law") == law
            and one.fitted_until_us != row.fitted_until_us
        ]
        for place in older:
            del self._rows[place]

    def close_instant(self) -> None:
        """Do nothing: no event of an instant waits for another."""

    def fork(self) -> Self:
        """Return an independent copy."""
        copied = type(self)(self.names)
        copied._rows = dict(self._rows)  # noqa: SLF001
        return copied

    def used_names(self) -> NDArray[np.int32]:
        """Return that no number of a name is held."""
        return np.zeros(0, np.int32)

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Do nothing: no number of a name is held."""

    def snapshot(self) -> Arrays:
        """Return everything needed to go on."""
        return {"rows": np.frombuffer(msgspec.json.encode(self.rows), np.uint8)}

    def restore(self, arrays: Arrays) -> None:
        """Take over a snapshot, in place of all that is held.

        Parameters
        ----------
        arrays : dict of str to ndarray
            What `snapshot` returned.

        Raises
        ------
        SnapshotCorruptError
            If it is none.
        """
        try:
            content = np.ascontiguousarray(arrays["rows"]).tobytes()
            rows = msgspec.json.decode(content, type=list[EditedRow])
        except (KeyError, msgspec.MsgspecError) as error:
            msg = f"snapshot: rows of the model cannot be read: {error}"
            raise SnapshotCorruptError(msg) from error
        self._rows = {}
        for row in rows:
            self._put(row)

    def digest(self) -> str:
        """Return the hash of all rows, hexadecimal."""
        content = msgspec.json.encode(self.rows)
        return hashlib.blake2b(content, digest_size=16).hexdigest()


def edits_of(names: Names, several: Sequence[ModelEdits]) -> ModelEdits:
    """Put edits together that were told in several places, in the order of time.

    Parameters
    ----------
    names : Names
        Of the result.
    several : sequence of ModelEdits
        What each place told.

    Returns
    -------
    ModelEdits
        As if one had folded it all: of each cell what was told last counts, and of an
        observed law what was told with its last fit.
    """
    found = ModelEdits(names)
    told = [part for edits in several for row in edits.rows for part in _by_time(row)]
    for part in sorted(told, key=lambda part: part.time_us):
        found._put(part)  # noqa: SLF001 - a second constructor
    return found


def _joined(before: EditedRow | None, row: EditedRow) -> EditedRow:
    """Return a row with what was told of it later; cells in the order of names."""
    times_us = {name: row.times_us.get(name, row.time_us) for name in row.values}
    fitted = row if before is None or row.fitted_until_us is not None else before
    fitted_us = fitted.fitted_us
    if fitted_us is None and fitted.fitted_until_us is not None:
        fitted_us = fitted.time_us
    values = row.values
    if before is not None:
        values = {**before.values, **values}
        times_us = {**before.times_us, **times_us}
    return msgspec.structs.replace(
        row,
        values=dict(sorted(values.items())),
        fitted_until_us=fitted.fitted_until_us,
        times_us=dict(sorted(times_us.items())),
        fitted_us=fitted_us,
    )


def _by_time(row: EditedRow) -> list[EditedRow]:
    """Return what a row was told, a part an instant."""
    times_us = {row.time_us, *row.times_us.values()}
    if row.fitted_us is not None:
        times_us.add(row.fitted_us)
    return [
        EditedRow(
            row.table,
            row.key,
            {n: cell for n, cell in row.values.items() if row.times_us[n] == time_us},
            time_us,
            row.fitted_until_us if row.fitted_us == time_us else None,
        )
        for time_us in sorted(times_us)
    ]


def edited(network: Network, edits: ModelEdits) -> Edited:
    """Build a network with the rows that events told.

    An observed law that was fitted has the rows that were told of it alone: those of
    the network and of earlier fits do not stay.

    Parameters
    ----------
    network : Network
        As given; left as it is.
    edits : ModelEdits
        What was told up to some offset.

    Returns
    -------
    Edited
        A row is left out, and told, if the network has it not (those of observed laws
        it need not have), if its key or the kind of a cell is not that of its table,
        or if no sound network has it. One event cannot make the network unusable.
    """
    left_out: list[str] = []
    rows: list[EditedRow] = []
    for row in edits.rows:
        why = _why_unfit(network, row)
        if why is None:
            rows.append(row)
        else:
            left_out.append(f"{_named(row)}: {why}")
    sound = _Sound(network)
    refused = sound.take(_units(rows)) if rows else []
    n_before = len(refused) + 1
    while 0 < len(refused) < n_before:  # some refer to rows that came after them
        n_before = len(refused)
        refused = sound.take([unit for unit, _ in refused])
    for unit, problem in refused:
        left_out += [f"{_named(row)}: {_text(row.values)}: {problem}" for row in unit]
    return Edited(sound.network, sound.n_rows, tuple(left_out))


_Unit = tuple[EditedRow, ...]


class _Sound:
    """A network with the rows taken so far; `given` is the one without any."""

    def __init__(self, given: Network) -> None:
        self.given = self.network = given
        self._rows: list[EditedRow] = []

    @property
    def n_rows(self) -> int:
        return len(self._rows)

    def take(self, units: list[_Unit]) -> list[tuple[_Unit, str]]:
        """Take what makes up a network; return the rest, and what is wrong with it."""
        rows = [*self._rows, *(row for unit in units for row in unit)]
        try:
            network = rebuilt(self.given, _with_rows(self.given, rows))
        except NetworkError as error:
            if len(units) == 1:
                return [(units[0], str(error.problems[0]))]
            half = len(units) // 2
            return self.take(units[:half]) + self.take(units[half:])
        self.network, self._rows = network, rows
        return []


def _units(rows: list[EditedRow]) -> list[_Unit]:
    """Return rows that go together: those of an observed law, first; others alone."""
    of_law: dict[Cell, list[EditedRow]] = {}
    for row in rows:
        if row.table == _LAWS:
            of_law.setdefault(row.key["law"], []).append(row)
    alone = [(row,) for row in rows if row.table != _LAWS]
    return [*(tuple(law) for law in of_law.values()), *alone]


def _why_unfit(network: Network, row: EditedRow) -> str | None:
    table, frame = BY_NAME.get(row.table), network.tables.get(row.table)
    cells = {**row.key, **row.values}
    if table is None or frame is None:
        return f"no table of the network with columns {', '.join(cells)}"
    columns = {column.name: column for column in table.columns}
    if missing := [name for name in table.keys if name not in row.key]:
        return f"its key has no {', '.join(missing)}"
    if unknown := [name for name in cells if name not in columns]:
        return f"the table has no columns {', '.join(unknown)}"
    wrong = {
        name: cell for name, cell in cells.items()
        if not _is_of_kind(cell, columns[name].kind)
        or (cell is None and name in row.key)
    }  # fmt: skip
    if wrong:
        return f"cells of other types: {_text(wrong)}"
    known = row.table == _LAWS or _is_row(frame, row.key).any()
    return None if known else "the network has no such row"


def _is_of_kind(cell: Cell, kind: str) -> bool:
    dtype = DTYPES[kind]
    if cell is None or isinstance(cell, bool):
        return cell is None or dtype == pl.Boolean
    if isinstance(cell, str):
        return dtype == pl.String
    if dtype == pl.Int64:
        return float(cell).is_integer() and abs(cell) < _INTEGER_END
    return dtype == pl.Float64


def _with_rows(network: Network, rows: list[EditedRow]) -> dict[str, pl.DataFrame]:
    frames = {row.table: network.tables[row.table] for row in rows}
    fitted = {
        row.key["law"] for row in rows
        if row.table == _LAWS and row.fitted_until_us is not None
    }  # fmt: skip
    if fitted:
        laws = frames[_LAWS]
        frames[_LAWS] = laws.filter(~laws["law"].is_in(list(fitted)))
    for row in rows:
        frames[row.table] = _with_cells(frames[row.table], row)
    return frames


def _with_cells(frame: pl.DataFrame, row: EditedRow) -> pl.DataFrame:
    is_row = _is_row(frame, row.key)
    if is_row.any():
        return frame.with_columns(
            pl.when(is_row).then(_literal(cell, frame.schema[name]))
            .otherwise(pl.col(name)).alias(name)
            for name, cell in row.values.items()
        )  # fmt: skip
    cells = {**row.key, **row.values}
    new = pl.select(_literal(cells[name], frame.schema[name]).alias(name)
                    for name in cells)  # fmt: skip
    return pl.concat([frame, new], how="diagonal")


def _is_row(frame: pl.DataFrame, key: Mapping[str, Cell]) -> pl.Series:
    mask = pl.Series([True] * frame.height, dtype=pl.Boolean)
    for name, cell in key.items():
        mask &= frame[name] == cell
    return mask


def _literal(cell: Cell, dtype: pl.DataType) -> pl.Expr:
    """Return a cell of its kind as a value of its column."""
    if cell is not None and dtype == pl.Float64:
        cell = float(cell)
    elif cell is not None and dtype == pl.Int64:
        cell = int(cell)
    return pl.lit(cell, dtype=dtype)


def _named(row: EditedRow) -> str:
    return f"{row.table} {_text(row.key)}"


def _text(cells: Mapping[str, Cell]) -> str:
    return ", ".join(f"{name} {cell!r}" for name, cell in cells.items())

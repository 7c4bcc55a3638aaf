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
from twin.errors import SnapshotCorruptError
from twin.model.changes.apply import rebuilt
from twin.model.network import Network
from twin.model.tables import BY_NAME
from twin.projection import Arrays

Cell = str | float | int | bool | None

_CHANGED, _CALIBRATED = TYPE_CODES["MasterDataChanged"], TYPE_CODES["ModelCalibrated"]
_LAWS = "laws"


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
        Up to when the events reach that it was estimated from; None: it was not.
    """

    table: str
    key: dict[str, Cell]
    values: dict[str, Cell]
    time_us: int
    fitted_until_us: int | None = None


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
        before = self._rows.pop(place, None)
        values = row.values if before is None else {**before.values, **row.values}
        self._rows[place] = msgspec.structs.replace(row, values=values)

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
        What was told last counts.
    """
    found = ModelEdits(names)
    rows = [row for edits in several for row in edits.rows]
    for row in sorted(rows, key=lambda row: row.time_us):
        found._put(row)  # noqa: SLF001 - a second constructor
    return found


def edited(network: Network, edits: ModelEdits) -> Edited:
    """Build a network with the rows that events told.

    Parameters
    ----------
    network : Network
        As given; left as it is.
    edits : ModelEdits
        What was told up to some offset.

    Returns
    -------
    Edited
        A row that the network has not is left out, but for those of observed laws.

    Raises
    ------
    NetworkError
        If the edited tables do not make up a network.
    """
    frames: dict[str, pl.DataFrame] = {}
    left_out: list[str] = []
    for row in edits.rows:
        frame = frames.get(row.table, network.tables.get(row.table))
        try:
            frames[row.table] = _with_row(frame, row)
        except _NotApplicable as reason:
            left_out.append(str(reason))
    if not frames:
        return Edited(network, 0, tuple(left_out))
    n_rows = len(edits.rows) - len(left_out)
    return Edited(rebuilt(network, frames), n_rows, tuple(left_out))


class _NotApplicable(Exception):  # noqa: N818 - caught here, and told
    """Why a row is left out."""


def _with_row(frame: pl.DataFrame | None, row: EditedRow) -> pl.DataFrame:
    cells = {**row.key, **row.values}
    if frame is None or row.table not in BY_NAME or not {*cells} <= {*frame.columns}:
        msg = f"{row.table}: no table of the network with columns {', '.join(cells)}"
        raise _NotApplicable(msg)
    try:
        return _with_cells(frame, row)
    except pl.exceptions.PolarsError as error:
        msg = f"{_named(row)}: cells of other types: {_text(row.values)}"
        raise _NotApplicable(msg) from error


def _with_cells(frame: pl.DataFrame, row: EditedRow) -> pl.DataFrame:
    mask = pl.Series([True] * frame.height, dtype=pl.Boolean)
    for name, cell in row.key.items():
        mask &= frame[name] == cell
    if mask.any():
        return frame.with_columns(
            pl.when(mask).then(pl.lit(cell)).otherwise(pl.col(name))
            .cast(frame.schema[name]).alias(name)
            for name, cell in row.values.items()
        )  # fmt: skip
    if row.table != _LAWS:
        msg = f"{_named(row)}: the network has no such row"
        raise _NotApplicable(msg)
    cells = {**row.key, **row.values}
    schema = {name: frame.schema[name] for name in cells}
    return pl.concat([frame, pl.DataFrame([cells], schema=schema)], how="diagonal")


def _named(row: EditedRow) -> str:
    return f"{row.table} {_text(row.key)}"


def _text(cells: Mapping[str, Cell]) -> str:
    return ", ".join(f"{name} {cell!r}" for name, cell in cells.items())

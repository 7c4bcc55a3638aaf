"""Readings of machines over their lives, as one table of numbers."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from forecasting.errors import PanelError
from forecasting.series import FloatArray, IndexArray

UNIT, CYCLE = "unit", "cycle"


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """What the sensors of many units showed, cycle by cycle.

    Parameters
    ----------
    units : tuple of str
        One name a unit, none twice.
    sensors : tuple of str
        Names of the columns of `values`: settings and sensors.
    offsets : ndarray of shape (n_units + 1,), int64
        Rows of unit i are ``offsets[i]`` to ``offsets[i + 1]``, oldest first; each has
        one at least.
    cycle : ndarray of shape (n_rows,), float64
        Age at each row, in cycles, hours or whatever the life is counted in; rising
        within a unit.
    values : ndarray of shape (n_rows, n_sensors), float64
        Readings, finite.

    Raises
    ------
    PanelError
        If the arrays do not fit each other, a cycle is no more than the one before, or
        a reading is not finite.

    Examples
    --------
    >>> frame = pl.DataFrame(
    ...     {"unit": [1, 1, 2], "cycle": [1, 2, 1], "s1": [0.5, 0.7, 0.4]}
    ... )
    >>> readings = Readings.from_frame(frame)
    >>> readings.units, readings.sensors, readings.offsets.tolist()
    (('1', '2'), ('s1',), [0, 2, 3])
    """

    units: tuple[str, ...]
    sensors: tuple[str, ...]
    offsets: IndexArray
    cycle: FloatArray
    values: FloatArray

    def __post_init__(self) -> None:
        n_rows = self.cycle.size
        shapes = {
            "offsets": (self.offsets.shape, (len(self.units) + 1,)),
            "values": (self.values.shape, (n_rows, len(self.sensors))),
        }
        for name, (found, wanted) in shapes.items():
            if found != wanted:
                msg = f"readings: {name} must have shape {wanted}, had {found}"
                raise PanelError(msg)
        if (
            not self.units
            or n_rows != self.offsets[-1]
            or np.diff(self.offsets).min() < 1
        ):
            msg = (
                f"readings: each of {len(self.units)} units must have a row at least, "
                f"and there must be one, had {n_rows} rows"
            )
            raise PanelError(msg)
        _check_finite(self)
        _check_rising(self)

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> "Readings":
        """Read a table with a row a unit and cycle.

        Parameters
        ----------
        frame : polars.DataFrame
            Columns ``unit`` and ``cycle``; all other columns of numbers, and of true
            and false, are sensors. Texts and times are left alone.

        Returns
        -------
        Readings
            Units in the order of their first rows.

        Raises
        ------
        PanelError
            If ``unit`` or ``cycle`` is missing, there is no sensor, or a cell is empty
            or not finite.
        """
        missing = [name for name in (UNIT, CYCLE) if name not in frame.columns]
        if missing:
            msg = f"column {missing[0]!r} is missing; the frame has {frame.columns}"
            raise PanelError(msg)
        sensors = [
            name
            for name, kind in frame.schema.items()
            if name not in {UNIT, CYCLE} and (kind.is_numeric() or kind == pl.Boolean)
        ]
        for name in (UNIT, CYCLE):
            if frame[name].null_count():
                msg = f"column {name!r}: must have no nulls"
                raise PanelError(msg)
        if not sensors:
            msg = f"no numeric column besides unit and cycle, had {frame.columns}"
            raise PanelError(msg)
        columns = frame.select(
            pl.col(UNIT).cast(pl.String),
            pl.col(CYCLE).cast(pl.Float64),
            *(pl.col(name).cast(pl.Float64) for name in sensors),
        )
        first = columns[UNIT].unique(maintain_order=True)
        place = {name: at for at, name in enumerate(first.to_list())}
        unit = np.array([place[name] for name in columns[UNIT].to_list()], np.int64)
        order = np.lexsort((columns[CYCLE].to_numpy(), unit))
        counts = np.bincount(unit, minlength=len(first))
        values = columns.select(sensors).to_numpy()[order]
        return cls(
            units=tuple(first.to_list()),
            sensors=tuple(sensors),
            offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            cycle=columns[CYCLE].to_numpy()[order],
            values=np.ascontiguousarray(values),
        )

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.units)

    @property
    def lengths(self) -> IndexArray:
        """Rows of each unit, shape (n_units,)."""
        return np.diff(self.offsets)

    @property
    def unit_index(self) -> IndexArray:
        """Unit of each row, shape (n_rows,)."""
        return np.repeat(np.arange(self.n_units), self.lengths)

    @property
    def last(self) -> IndexArray:
        """Last row of each unit, shape (n_units,)."""
        return self.offsets[1:] - 1

    def of_units(self, chosen: ArrayLike) -> "Readings":
        """Return the readings of some units.

        Parameters
        ----------
        chosen : array-like of int
            Positions of the units, in the order wanted.
        """
        at = np.asarray(chosen, dtype=np.int64)
        rows = np.concatenate(
            [np.arange(self.offsets[k], self.offsets[k + 1]) for k in at]
        )
        return self._of_rows(rows, at, self.lengths[at])

    def until(self, n_rows: ArrayLike) -> "Readings":
        """Return each unit as it was after its first rows.

        Parameters
        ----------
        n_rows : array-like of shape (n_units,), int
            How many rows of each unit are known, from 1 to all of them.
        """
        kept = np.clip(np.asarray(n_rows, dtype=np.int64), 1, self.lengths)
        rows = np.concatenate(
            [first + np.arange(n) for first, n in zip(self.offsets, kept, strict=False)]
        )
        return self._of_rows(rows, np.arange(self.n_units), kept)

    def _of_rows(
        self, rows: IndexArray, units: IndexArray, lengths: NDArray[np.int64]
    ) -> "Readings":
        return Readings(
            units=tuple(self.units[k] for k in units.tolist()),
            sensors=self.sensors,
            offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
            cycle=self.cycle[rows],
            values=self.values[rows],
        )


def _check_finite(readings: Readings) -> None:
    wrong = np.argwhere(~np.isfinite(readings.values))
    if len(wrong):
        row, column = wrong[0].tolist()
        unit = readings.units[int(np.searchsorted(readings.offsets, row, "right")) - 1]
        msg = (
            f"unit {unit!r}, cycle {readings.cycle[row]:g}, "
            f"{readings.sensors[column]!r}: must be finite, was "
            f"{readings.values[row, column]}"
        )
        raise PanelError(msg)


def _check_rising(readings: Readings) -> None:
    inside = np.ones(readings.cycle.size, dtype=np.bool_)
    inside[readings.offsets[:-1]] = False
    rises = np.diff(readings.cycle, prepend=-np.inf) > 0.0
    wrong = np.flatnonzero(inside & ~rises | ~np.isfinite(readings.cycle))
    if wrong.size:
        row = int(wrong[0])
        unit = readings.units[int(np.searchsorted(readings.offsets, row, "right")) - 1]
        told = f"was {readings.cycle[row]:g}"
        if inside[row]:
            before = readings.cycle[row - 1]
            told = f"{before:g} was followed by {readings.cycle[row]:g}"
        msg = f"unit {unit!r}: cycles must be finite and rise, {told}"
        raise PanelError(msg)

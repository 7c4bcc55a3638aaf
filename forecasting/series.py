"""Ragged panels of series, and forecasts of them.

Values of all series lie in one flat array, cut by offsets, so that one kernel call
takes a whole panel. Dtypes are named here, once:

- values are float64: quantities are in base units that need not be whole, and the
  squared errors of a long series overflow the digits of float32;
- offsets are int64: a panel of 30,000 daily series passes 2**31 values in 200 years,
  but NumPy indexes with int64 anyway and a narrower type would be converted each call;
- times are int64 microseconds UTC, the unit of every time in this project.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from forecasting.errors import OptionError, PanelError

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
TimeArray = NDArray[np.int64]

DAY_US = 86_400_000_000
# A calendar's steps are uneven (months have 28 to 31 days): a difference of more than
# this many steps is a missing value, one below its inverse a value too many.
STEP_TOLERANCE = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Equally spaced series of different lengths.

    Parameters
    ----------
    ids : tuple of str
        One name a series, none twice.
    values : ndarray of shape (n_values,), float64
        All series one after another, finite.
    offsets : ndarray of shape (n_series + 1,), int64
        Series i is ``values[offsets[i]:offsets[i + 1]]``; each has a value at least.
    start_us : ndarray of shape (n_series,), int64
        Time of each series' first value, microseconds UTC.
    step_us : int
        Time between two values, microseconds, > 0.

    Raises
    ------
    PanelError
        If the arrays do not fit each other, a name comes twice, a series is empty or a
        value is not finite.

    Examples
    --------
    >>> panel = Panel.from_arrays({"A": [3, 5, 4], "B": [1, 0]})
    >>> panel.n_series, panel.lengths.tolist(), panel.series(1).tolist()
    (2, [3, 2], [1.0, 0.0])
    """

    ids: tuple[str, ...]
    values: FloatArray
    offsets: IndexArray
    start_us: TimeArray
    step_us: int

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_values(self)
        for array in (self.values, self.offsets, self.start_us):
            array.setflags(write=False)

    @classmethod
    def from_arrays(
        cls,
        series: dict[str, ArrayLike],
        *,
        start_us: int | Sequence[int] = 0,
        step_us: int = DAY_US,
        non_negative: bool = False,
    ) -> "Panel":
        """Make a panel from one array a series.

        Parameters
        ----------
        series : dict of str to array-like
            Values of each series by its name, oldest first.
        start_us : int or sequence of int, default 0
            Time of the first value, microseconds UTC, for all series or for each.
        step_us : int, default a day
            Time between two values, microseconds, > 0.
        non_negative : bool, default False
            Refuse values below 0.

        Returns
        -------
        Panel
            The series in the order of `series`.

        Raises
        ------
        PanelError
            See the class; also if a series has more than one dimension.

        Examples
        --------
        >>> Panel.from_arrays({"A": [3.0, -1.0]}, non_negative=True)
        Traceback (most recent call last):
        ...
        forecasting.errors.PanelError: series 'A', value 1: must be >= 0, was -1.0
        """
        arrays = [np.asarray(values, dtype=np.float64) for values in series.values()]
        for name, array in zip(series, arrays, strict=True):
            if array.ndim != 1:
                msg = f"series {name!r}: must have 1 dimension, had {array.ndim}"
                raise PanelError(msg)
        starts = np.broadcast_to(np.asarray(start_us, dtype=np.int64), len(arrays))
        panel = cls(
            ids=tuple(series),
            values=np.concatenate([np.empty(0), *arrays]),
            offsets=_offsets([array.size for array in arrays]),
            start_us=starts.copy(),
            step_us=step_us,
        )
        return _checked(panel, non_negative=non_negative)

    @classmethod
    def from_long(
        cls,
        frame: pl.DataFrame,
        *,
        step_us: int | None = None,
        non_negative: bool = False,
    ) -> "Panel":
        """Make a panel from a frame with one row a value.

        Parameters
        ----------
        frame : polars.DataFrame
            Columns `id`, `y`, and `ds` (date or datetime; without a zone it is UTC) or
            `step` (whole numbers). Rows may come in any order.
        step_us : int, optional
            Time between two values, microseconds. Default: with `ds` the median
            difference of more than 0, with `step` one day.
        non_negative : bool, default False
            Refuse values below 0.

        Returns
        -------
        Panel
            Series in the order of their first rows. Step s starts at ``s * step_us``.

        Raises
        ------
        PanelError
            If a column is missing or of the wrong type, a value is missing, or the
            times of a series have a gap or come twice. Months, quarters and years
            count as even steps.

        Examples
        --------
        >>> import polars as pl
        >>> frame = pl.DataFrame(
        ...     {"id": ["A", "B", "A"], "step": [1, 1, 0], "y": [5, 2, 3]}
        ... )
        >>> Panel.from_long(frame).series(0).tolist()
        [3.0, 5.0]
        """
        time = next((name for name in ("ds", "step") if name in frame.columns), "ds")
        _require_columns(frame, ("id", time, "y"))
        if time == "step" and step_us is None:
            step_us = DAY_US
        if frame.height == 0:
            raise PanelError("frame: must have at least 1 row, had 0")
        rows = (
            frame.select(
                pl.col("id").cast(pl.String),
                _time_us(frame, time, step_us),
                pl.col("y").cast(pl.Float64),
            )
            .with_row_index("row")
            .with_columns(pl.col("row").min().over("id").alias("first"))
            .sort("first", "time")
        )
        first = rows["first"].to_numpy()
        cuts = np.flatnonzero(np.diff(first)) + 1
        offsets = np.concatenate([[0], cuts, [rows.height]]).astype(np.int64)
        time_us = rows["time"].to_numpy()
        ids = _ids(rows["id"].gather(offsets[:-1]))
        panel = cls(
            ids=ids,
            values=_float_array(rows["y"]),
            offsets=offsets,
            start_us=time_us[offsets[:-1]].copy(),
            step_us=_even_step(ids, time_us, offsets, step_us),
        )
        return _checked(panel, non_negative=non_negative)

    @classmethod
    def from_wide(
        cls,
        frame: pl.DataFrame,
        *,
        step_us: int = DAY_US,
        non_negative: bool = False,
    ) -> "Panel":
        """Make a panel from a frame with one row a series.

        Parameters
        ----------
        frame : polars.DataFrame
            Columns `id` and `y` or `train` (a list of numbers, oldest first).
        step_us : int, default a day
            Time between two values, microseconds. All series start at time 0.
        non_negative : bool, default False
            Refuse values below 0.

        Returns
        -------
        Panel
            Series in the order of the rows.

        Raises
        ------
        PanelError
            If a column is missing or no list, or see the class.

        Examples
        --------
        >>> import polars as pl
        >>> frame = pl.DataFrame({"id": ["A", "B"], "y": [[1, 2], [3]]})
        >>> Panel.from_wide(frame).lengths.tolist()
        [2, 1]
        """
        column = "train" if "train" in frame.columns else "y"
        _require_columns(frame, ("id", column))
        kind = frame.schema[column]
        if not isinstance(kind, pl.List | pl.Array):
            msg = f"column {column!r}: must be a list of numbers a row, was {kind}"
            raise PanelError(msg)
        lists = frame[column].cast(pl.List(pl.Float64))
        lengths = lists.list.len().fill_null(0).to_list()
        panel = cls(
            ids=_ids(frame["id"].cast(pl.String)),
            values=_float_array(lists.filter(lists.list.len() > 0).explode()),
            offsets=_offsets(lengths),
            start_us=np.zeros(len(lengths), dtype=np.int64),
            step_us=step_us,
        )
        return _checked(panel, non_negative=non_negative)

    @property
    def n_series(self) -> int:
        """Number of series."""
        return len(self.ids)

    @property
    def lengths(self) -> IndexArray:
        """Number of values of each series: ndarray of shape (n_series,), int64."""
        return np.diff(self.offsets)

    @property
    def series_index(self) -> IndexArray:
        """Index of the series of each value: ndarray of shape (n_values,), int64."""
        return np.repeat(np.arange(self.n_series), self.lengths)

    def series(self, index: int) -> FloatArray:
        """Return the values of one series, a read-only view.

        Parameters
        ----------
        index : int
            Position of the series, 0 to n_series - 1.

        Returns
        -------
        ndarray of shape (length,), float64
        """
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    def to_frame(self, *, time: Literal["ds", "step"] = "ds") -> pl.DataFrame:
        """Return the panel with one row a value.

        Parameters
        ----------
        time : {"ds", "step"}
            The time column: a datetime in UTC, or whole steps since time 0.

        Returns
        -------
        polars.DataFrame
            Columns `id`, `ds` or `step`, `y`.

        Examples
        --------
        >>> Panel.from_arrays({"A": [3, 5]}).to_frame(time="step").rows()
        [('A', 0, 3.0), ('A', 1, 5.0)]
        """
        position = np.arange(self.values.size) - np.repeat(
            self.offsets[:-1], self.lengths
        )
        time_us = np.repeat(self.start_us, self.lengths) + position * self.step_us
        if time == "step":
            times = pl.Series(time, time_us // self.step_us)
        else:
            times = pl.Series(time, time_us).cast(pl.Datetime("us", "UTC"))
        names = pl.Series("id", np.array(self.ids, dtype=object), dtype=pl.String)
        ids = names.gather(self.series_index)
        return pl.DataFrame([ids, times, pl.Series("y", self.values)])


@dataclass(frozen=True, slots=True, eq=False)
class PointForecast:
    """Means of the coming values, and the variances of their errors.

    Parameters
    ----------
    ids : tuple of str
        One name a series.
    mean : ndarray of shape (n_series, horizon), float64
        Expected value at each step ahead.
    variance : ndarray of shape (n_series, horizon), float64
        Variance of the error of each step.
    sum_variance : ndarray of shape (n_series, horizon), float64
        Variance of the error of the sum of steps 1 to h. It is more than the sum of
        `variance`: errors of neighbouring steps go the same way.
    """

    ids: tuple[str, ...]
    mean: FloatArray
    variance: FloatArray
    sum_variance: FloatArray


def check_horizon(horizon: int, name: str = "horizon") -> int:
    """Return `horizon` if it is a whole number of at least 1.

    Parameters
    ----------
    horizon : int
        Number of steps.
    name : str, default "horizon"
        What the message calls it.

    Returns
    -------
    int

    Raises
    ------
    OptionError
        If it is below 1 or not whole.

    Examples
    --------
    >>> check_horizon(0, "season_length")
    Traceback (most recent call last):
    ...
    forecasting.errors.OptionError: season_length must be a whole number >= 1, was 0
    """
    if int(horizon) != horizon or horizon < 1:
        msg = f"{name} must be a whole number >= 1, was {horizon!r}"
        raise OptionError(msg)
    return int(horizon)


def _check_shapes(panel: Panel) -> None:
    n = len(panel.ids)
    if n == 0:
        raise PanelError("panel: must have at least 1 series, had 0")
    if len(set(panel.ids)) < n:
        twice = next(name for name in panel.ids if panel.ids.count(name) > 1)
        msg = f"series {twice!r}: an id must come once, came twice or more"
        raise PanelError(msg)
    if panel.step_us <= 0:
        msg = f"panel: step_us must be > 0, was {panel.step_us}"
        raise PanelError(msg)
    if panel.offsets.shape != (n + 1,) or panel.start_us.shape != (n,):
        msg = (
            f"panel of {n} series: offsets must have {n + 1} entries and start_us {n}, "
            f"had {panel.offsets.size} and {panel.start_us.size}"
        )
        raise PanelError(msg)
    if panel.offsets[0] != 0 or panel.offsets[-1] != panel.values.size:
        msg = (
            f"panel: offsets must run from 0 to {panel.values.size}, "
            f"ran from {panel.offsets[0]} to {panel.offsets[-1]}"
        )
        raise PanelError(msg)
    empty = np.flatnonzero(np.diff(panel.offsets) < 1)
    if empty.size:
        msg = f"series {panel.ids[empty[0]]!r}: must have at least 1 value"
        raise PanelError(msg)


def _check_values(panel: Panel) -> None:
    wrong = np.flatnonzero(~np.isfinite(panel.values))
    if wrong.size:
        where, value = _place(panel, int(wrong[0]))
        msg = f"{where}: must be finite, was {value}"
        raise PanelError(msg)


def _checked(panel: Panel, *, non_negative: bool) -> Panel:
    wrong = np.flatnonzero(panel.values < 0.0) if non_negative else np.empty(0)
    if wrong.size:
        where, value = _place(panel, int(wrong[0]))
        msg = f"{where}: must be >= 0, was {value}"
        raise PanelError(msg)
    return panel


def _place(panel: Panel, position: int) -> tuple[str, float]:
    index = int(np.searchsorted(panel.offsets, position, side="right")) - 1
    name, row = panel.ids[index], position - int(panel.offsets[index])
    return f"series {name!r}, value {row}", float(panel.values[position])


def _offsets(lengths: Iterable[int]) -> IndexArray:
    return np.concatenate([[0], np.cumsum(list(lengths), dtype=np.int64)]).astype(
        np.int64
    )


def _float_array(column: pl.Series) -> FloatArray:
    # A missing value becomes NaN, which the panel refuses by name and place.
    return column.fill_null(float("nan")).to_numpy().astype(np.float64)


def _ids(column: pl.Series) -> tuple[str, ...]:
    if column.null_count():
        msg = f"column 'id': must have no nulls, had {column.null_count()}"
        raise PanelError(msg)
    return tuple(column.to_list())


def _require_columns(frame: pl.DataFrame, names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        msg = f"column {missing[0]!r} is missing; the frame has {frame.columns}"
        raise PanelError(msg)


def _time_us(frame: pl.DataFrame, time: str, step_us: int | None) -> pl.Expr:
    kind = frame.schema[time]
    if frame[time].null_count():
        msg = f"column {time!r}: must have no nulls"
        raise PanelError(msg)
    if time == "step":
        if not kind.is_integer():
            msg = f"column 'step': must be whole numbers, was {kind}"
            raise PanelError(msg)
        return (pl.col(time).cast(pl.Int64) * step_us).alias("time")
    if not isinstance(kind, pl.Date | pl.Datetime):
        msg = f"column 'ds': must be a date or a datetime, was {kind}"
        raise PanelError(msg)
    return pl.col(time).cast(pl.Datetime("us")).cast(pl.Int64).alias("time")


def _even_step(
    ids: tuple[str, ...], time_us: TimeArray, offsets: IndexArray, step_us: int | None
) -> int:
    differences = np.diff(time_us)
    inside = np.ones(differences.size, dtype=bool)
    inside[offsets[1:-1] - 1] = False
    if step_us is None:
        apart = differences[inside & (differences > 0)]
        step_us = int(np.median(apart)) if apart.size else DAY_US
    ratio = differences / max(step_us, 1)
    even = (ratio < STEP_TOLERANCE) & (ratio > 1.0 / STEP_TOLERANCE)
    wrong = np.flatnonzero(inside & ~even)
    if wrong.size:
        index = int(np.searchsorted(offsets, wrong[0], side="right")) - 1
        row = int(wrong[0] - offsets[index])
        msg = (
            f"series {ids[index]!r}, between values {row} and {row + 1} in time: must "
            f"be one step of {step_us} us apart, was {ratio[wrong[0]]:.3g} steps; fill "
            "gaps and add up doubles first"
        )
        raise PanelError(msg)
    return step_us

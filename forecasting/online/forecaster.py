"""Thousands of filters that follow events, each updated in constant time."""

import hashlib
import struct
from collections.abc import Mapping
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting._kernels import online as kernel
from forecasting._kernels.prefetch import LINE_BYTES
from forecasting.errors import OptionError
from forecasting.intervals import standard_score
from forecasting.online.arrays import (
    COLUMNS,
    LARGEST,
    FilterArrays,
    NextStep,
    columns_of,
    season_of,
    whole_numbers,
)
from forecasting.online.options import (
    DRIFT_ALLOWANCE,
    OnlineOptions,
    drift_bound,
    score_steps,
)
from forecasting.series import FloatArray, IndexArray, check_horizon

_MAGIC = b"MSONLIN1"
_HEAD = struct.Struct("<qqqdddd")
_DIGEST_BYTES = 32


class OnlineForecaster:
    """Filters of many series that learn from batches of events.

    An event is one step of one series. Events are applied in their order, also several
    of one series in a batch, and how they are cut into batches changes no bit of the
    state or of an answer.

    Parameters
    ----------
    filters : FilterArrays
        Where to begin; at least one field is an array.
    options : OnlineOptions, default all defaults
        How to learn.

    Raises
    ------
    OptionError
        If the arrays do not fit each other or a value is out of range.

    Notes
    -----
    *Quantiles* are the mean plus a score times the standard deviation. A score starts
    at that of the normal distribution, rises by a step times q after an error above it
    and falls by the step times 1 - q after one below, so that in the long run the share
    of values below it is q, whatever the distribution. See `score_steps`.

    *Sales of a step without stock* (`censored`) are a lower bound of demand. Above the
    mean they teach like any value, but nothing falls; else the step passes as a missing
    one: level and season stay, a damped trend goes on.

    *Cold start*: the first value is the level, and its size the variance, as of
    Poisson demand. After n values the gains are at least 1 / (n + 1), of a season at
    least 1 / (k + 2) after k full seasons, as long as n < 64.

    *A missing value* (NaN) lets a step pass. Infinite values are refused.

    *Drift*: two sums of the standardised errors, one up and one down, each less an
    allowance of 0.5 and never below 0; past a bound the series is listed by `drifted`
    until it is refitted. An error counts as 4 standard deviations at most.

    References
    ----------
    Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing,
    table 2.2, model (A,Ad,A).
    Gibbs, Candes (2021), NeurIPS 34, eq. 2; Angelopoulos, Candes, Tibshirani (2023),
    NeurIPS 36, eq. 3 (tracking of quantiles, and its coverage in the long run).
    Nahmias (1994), Naval Research Logistics 41, 739-757 (sales as censored demand);
    Durbin, Koopman (2012), Time Series Analysis by State Space Methods, sect. 4.10
    (a missing value leaves the state to its transition).
    Page (1954), Biometrika 41, 100-115 (cumulative sums).

    Examples
    --------
    >>> filters = FilterArrays(level=[20.0, 5.0], variance=[16.0, 4.0], alpha=0.5)
    >>> stock = OnlineForecaster(filters, OnlineOptions(quantiles=(0.5, 0.9)))
    >>> stock.update([0, 1, 0], [30.0, 5.0, 25.0]).mean.tolist()
    [25.0, 5.0, 25.0]
    """

    __slots__ = (
        "_clocks",
        "_levels",
        "_n_seasons",
        "_options",
        "_rates",
        "_rows",
        "_steps",
    )

    def __init__(
        self, filters: FilterArrays, options: OnlineOptions | None = None
    ) -> None:
        season = season_of(filters)
        columns = columns_of(filters, n_series=None if season is None else len(season))
        self._prepare(
            columns["level"].size,
            1 if season is None else season.shape[1],
            OnlineOptions() if options is None else options,
        )
        self._put(np.arange(self.n_series), columns, season)

    @classmethod
    def cold(
        cls,
        n_series: int,
        *,
        alpha: float,
        beta: float = 0.0,
        phi: float = 0.0,
        season_length: int = 1,
        gamma: float = 0.0,
        options: OnlineOptions | None = None,
    ) -> Self:
        """Make filters that know nothing yet.

        Parameters
        ----------
        n_series : int
            Number of series, >= 1.
        alpha, beta, phi, gamma : float
            Gains, 0 to 1; see `FilterArrays`.
        season_length : int, default 1
            Steps in a season, >= 1; 1 is no season.
        options : OnlineOptions, optional
            How to learn.

        Returns
        -------
        OnlineForecaster
            Its forecast of a series is 0 until the first value.

        Raises
        ------
        OptionError
            If an argument is out of range.

        Examples
        --------
        >>> demand = OnlineForecaster.cold(2, alpha=0.1)
        >>> demand.update([0, 0, 0], [4.0, 6.0, 5.0]).mean.tolist()
        [4.0, 5.0, 5.0]
        """
        n = check_horizon(n_series, "n_series")
        m = check_horizon(season_length, "season_length")
        filters = FilterArrays(
            level=np.zeros(n), variance=0.0, alpha=alpha, beta=beta, phi=phi,
            gamma=gamma, season=np.zeros((n, m)), count=0,
        )  # fmt: skip
        return cls(filters, options)

    @property
    def n_series(self) -> int:
        """Number of series."""
        return int(self._rows.shape[0])

    @property
    def season_length(self) -> int:
        """Steps in a season; 1 is no season."""
        return self._n_seasons

    @property
    def options(self) -> OnlineOptions:
        """How the filters learn."""
        return self._options

    @property
    def drifted(self) -> IndexArray:
        """Series that drift says to refit: ndarray of shape (n_drifted,), int64."""
        bound = self._rates[3]
        over = self._rows[:, kernel.UP : kernel.DOWN + 1] > bound
        return np.flatnonzero(over.any(axis=1))

    @property
    def drift(self) -> FloatArray:
        """Sums up and down of each series: ndarray of shape (n_series, 2), float64."""
        return self._rows[:, kernel.UP : kernel.DOWN + 1].copy()

    def update(
        self,
        series_index: ArrayLike,
        values: ArrayLike,
        *,
        censored: ArrayLike | None = None,
    ) -> NextStep:
        """Apply a batch of events in their order.

        Parameters
        ----------
        series_index : array-like of shape (n_events,), int
            Position of each event's series, 0 to n_series - 1.
        values : array-like of shape (n_events,), float
            What was observed; NaN is a missing value.
        censored : array-like of shape (n_events,), bool, optional
            True where the stock ran out, so that demand may have been more.

        Returns
        -------
        NextStep
            After each event, the forecast of the coming step of its series.

        Raises
        ------
        OptionError
            If an index or a value is out of range; no event has then been applied.
        """
        index = whole_numbers(series_index)
        y = np.ascontiguousarray(values, dtype=np.float64)
        flags = np.empty(0, dtype=np.bool_)
        if censored is not None:
            flags = np.ascontiguousarray(censored, dtype=np.bool_)
        _check_lengths(index, y, flags if censored is not None else y)
        self._check_events(index, y)
        told = self._told(index.size)
        kernel.update_many(
            self._rows, self._clocks, self._steps, self._rates, index, y, flags,
            told.mean, told.quantiles,
        )  # fmt: skip
        return told

    def next_step(self) -> NextStep:
        """Return the forecast of the coming step of every series.

        Returns
        -------
        NextStep
        """
        told = self._told(self.n_series)
        kernel.tell_all(
            self._rows, self._clocks, self._rates, told.mean, told.quantiles
        )
        return told

    def forecast(self, horizon: int) -> tuple[FloatArray, FloatArray]:
        """Forecast every series some steps ahead.

        Parameters
        ----------
        horizon : int
            Steps ahead, >= 1.

        Returns
        -------
        mean : ndarray of shape (n_series, horizon), float64
            Expected value of each step.
        sum_variance : ndarray of shape (n_series, horizon), float64
            Variance of the sum of steps 1 to h, for `summed_quantiles`.

        Raises
        ------
        OptionError
            If `horizon` is out of range.

        References
        ----------
        Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing,
        table 6.2: c_j = alpha + beta (phi + ... + phi^j) + gamma, gamma only where j
        is a multiple of the season; and sect. 6.6 (sums).

        Examples
        --------
        >>> filters = FilterArrays(level=[20.0], variance=4.0, alpha=0.5)
        >>> mean, sum_variance = OnlineForecaster(filters).forecast(2)
        >>> mean.tolist(), sum_variance.tolist()
        ([[20.0, 20.0]], [[4.0, 13.0]])
        """
        steps = np.arange(1, check_horizon(horizon) + 1)
        f = self.filters()
        damping = (np.asarray(f.phi)[:, None] ** steps).cumsum(axis=1)
        mean = np.asarray(f.level)[:, None] + np.asarray(f.trend)[:, None] * damping
        weights = np.ones_like(mean)
        weights[:, 1:] = np.asarray(f.alpha)[:, None]
        weights[:, 1:] += np.asarray(f.beta)[:, None] * damping[:, :-1]
        if f.season is not None:
            place = np.asarray(f.position)[:, None] + steps - 1
            mean += np.take_along_axis(
                np.asarray(f.season), place % self._n_seasons, axis=1
            )
            again = np.flatnonzero(steps[:-1] % self._n_seasons == 0) + 1
            weights[:, again] += np.asarray(f.gamma)[:, None]
        total = (weights.cumsum(axis=1) ** 2).cumsum(axis=1)
        total *= np.asarray(f.variance)[:, None]
        return np.maximum(mean, self._options.minimum), total

    def filters(self) -> FilterArrays:
        """Return the filters as plain arrays, copies.

        Returns
        -------
        FilterArrays
            A forecaster made of them goes on alike, but with scores of the normal
            distribution and sums of drift of 0: `snapshot` keeps these, too.
        """
        rows, first = self._rows, kernel.FIRST_SCORE + self._levels.size
        season = rows[:, first : first + self._n_seasons].copy()
        return FilterArrays(
            **{name: rows[:, column].copy() for name, column in COLUMNS.items()},
            season=season if self._n_seasons > 1 else None,
            position=self._clocks[:, kernel.POSITION].astype(np.int64),
            count=self._clocks[:, kernel.COUNT].astype(np.int64),
        )

    def refit(self, series_index: ArrayLike, filters: FilterArrays) -> None:
        """Put new filters in place of some, as after a fit in the background.

        Their sums of drift begin at 0 again; their scores stay.

        Parameters
        ----------
        series_index : array-like of shape (n,), int
            Which series, none twice.
        filters : FilterArrays
            One a series, of the same season length.

        Raises
        ------
        OptionError
            If the arrays do not fit or a value is out of range.
        """
        index = whole_numbers(series_index).reshape(-1)
        if np.unique(index).size < index.size:
            raise OptionError("series_index: a series must come once, came twice")
        season = season_of(filters)
        if (1 if season is None else season.shape[1]) != self._n_seasons:
            msg = f"season must have {self._n_seasons} steps, as the forecaster has"
            raise OptionError(msg)
        if season is not None and len(season) != index.size:
            msg = f"season must have a row a series, {index.size}, had {len(season)}"
            raise OptionError(msg)
        self._check_events(index, np.zeros(index.size))
        columns = columns_of(filters, n_series=index.size)
        first = kernel.FIRST_SCORE
        scores = self._rows[index, first : first + self._levels.size]
        self._put(index, columns, season)
        self._rows[index, first : first + self._levels.size] = scores

    def snapshot(self) -> bytes:
        """Return all that is known, as bytes.

        Returns
        -------
        bytes
            For `restore`.
        """
        o = self._options
        head = _HEAD.pack(
            self.n_series, self._n_seasons, self._levels.size,
            o.variance_gain, o.score_step, o.minimum, o.updates_a_false_alarm,
        )  # fmt: skip
        levels = self._levels.astype("<f8").tobytes()
        body = _MAGIC + head + levels + self._rows.astype("<f8", copy=False).tobytes()
        return body + hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest()

    @classmethod
    def restore(cls, snapshot: bytes) -> Self:
        """Return the forecaster that a snapshot was taken of.

        Parameters
        ----------
        snapshot : bytes
            Of `OnlineForecaster.snapshot`.

        Returns
        -------
        OnlineForecaster
            It goes on bit by bit as the other would have.

        Raises
        ------
        OptionError
            If the bytes are no snapshot or were damaged.

        Examples
        --------
        >>> demand = OnlineForecaster.cold(3, alpha=0.2)
        >>> _ = demand.update([1], [7.0])
        >>> OnlineForecaster.restore(demand.snapshot()).state_hash() == (
        ...     demand.state_hash()
        ... )
        True
        """
        body, digest = snapshot[:-_DIGEST_BYTES], snapshot[-_DIGEST_BYTES:]
        whole = hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest() == digest
        if not (whole and body.startswith(_MAGIC)):
            msg = f"snapshot of {len(snapshot)} bytes: is none of these or was damaged"
            raise OptionError(msg)
        start = len(_MAGIC)
        n, m, n_levels, gain, step, minimum, alarm = _HEAD.unpack_from(body, start)
        start += _HEAD.size
        levels = np.frombuffer(body, dtype="<f8", count=n_levels, offset=start)
        made = cls.__new__(cls)
        made._prepare(  # noqa: SLF001 - of this class
            n, m, OnlineOptions(tuple(levels.tolist()), gain, step, minimum, alarm)
        )
        rows = np.frombuffer(body, dtype="<f8", offset=start + 8 * n_levels)
        made._rows[:] = rows.reshape(made._rows.shape)  # noqa: SLF001
        return made

    def state_hash(self) -> str:
        """Return the BLAKE2b hash of all that is known.

        Returns
        -------
        str
            64 hexadecimal digits.
        """
        return self.snapshot()[-_DIGEST_BYTES:].hex()

    def _prepare(self, n_series: int, n_seasons: int, options: OnlineOptions) -> None:
        """Make empty rows, and what the kernels take beside them."""
        self._options = options
        self._n_seasons = n_seasons
        self._levels = np.array(options.quantiles, dtype=np.float64)
        self._steps = score_steps(self._levels, options.score_step)
        used = kernel.FIRST_SCORE + self._levels.size + n_seasons
        self._rows = _aligned_rows(n_series, used)
        self._clocks: NDArray[np.int32] = self._rows.view(np.int32)
        self._rates = (
            n_seasons,
            float(options.variance_gain),
            DRIFT_ALLOWANCE,
            drift_bound(options.updates_a_false_alarm),
            float(options.minimum),
        )

    def _put(
        self,
        index: IndexArray,
        columns: Mapping[str, FloatArray],
        season: FloatArray | None,
    ) -> None:
        first = kernel.FIRST_SCORE
        self._rows[index] = 0.0
        for name, column in COLUMNS.items():
            self._rows[index, column] = columns[name]
        self._clocks[index, kernel.POSITION] = columns["position"] % self._n_seasons
        self._clocks[index, kernel.COUNT] = columns["count"]
        scores = [standard_score(level) for level in self._levels.tolist()]
        self._rows[index, first : first + len(scores)] = scores
        if season is not None:
            start = first + len(scores)
            self._rows[index, start : start + self._n_seasons] = season

    def _told(self, n: int) -> NextStep:
        return NextStep(np.empty(n), np.empty((n, self._levels.size)))

    def _check_events(self, index: IndexArray, values: FloatArray) -> None:
        event, why = kernel.find_wrong(index, values, self.n_series, LARGEST)
        if why == kernel.WRONG_INDEX:
            msg = (
                f"event {event}: series_index must be 0 to {self.n_series - 1}, "
                f"was {index[event]}"
            )
            raise OptionError(msg)
        if why == kernel.WRONG_VALUE:
            msg = (
                f"event {event} of series {index[event]}: the value must be between "
                f"-{LARGEST:g} and {LARGEST:g} or missing, was {values[event]}"
            )
            raise OptionError(msg)


def _aligned_rows(n_series: int, n_used: int) -> FloatArray:
    """Return rows of 0, each of whole cache lines and beginning at one."""
    words = -(-n_used // kernel.LINE_WORDS) * kernel.LINE_WORDS
    n_bytes = n_series * words * 8
    raw = np.zeros(n_bytes + LINE_BYTES, dtype=np.uint8)
    start = -raw.ctypes.data % LINE_BYTES
    rows: FloatArray = raw[start : start + n_bytes].view(np.float64)
    return rows.reshape(n_series, words)


def _check_lengths(*arrays: NDArray[np.generic]) -> None:
    if any(array.shape != (arrays[0].size,) for array in arrays):
        shapes = ", ".join(str(array.shape) for array in arrays)
        msg = f"series_index, values and censored must have one length, had {shapes}"
        raise OptionError(msg)

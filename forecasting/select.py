"""A forecast of a whole panel in one call: a method for each series, and quantiles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.baselines import mean, naive, seasonal_naive, seasonal_squares
from forecasting.combination import forecast_ets_theta
from forecasting.errors import OptionError
from forecasting.ets import fit_ets, forecast_ets
from forecasting.intervals import (
    Family,
    check_quantiles,
    quantiles_of,
    summed_quantiles,
)
from forecasting.seasonal import (
    SeasonLengths,
    check_season_lengths,
    fit_seasons,
    forecast_seasons,
)
from forecasting.series import (
    FloatArray,
    IndexArray,
    Panel,
    PointForecast,
    check_horizon,
)
from forecasting.smoothing import fit_damped_holt, fit_ses, forecast
from forecasting.theta import fit_theta, forecast_theta

Method = Literal[
    "auto", "regular", "naive", "seasonal_naive", "mean", "ses", "damped_holt", "ets",
    "theta", "ets_theta", "seasons",
]  # fmt: skip

# What "regular" takes for regular. Below three seasons, or ten values, a season or a
# trend is guessed more than seen; where fewer than one value in 1.32 is above zero,
# demand is intermittent (Syntetos, Boylan, Croston 2005, JORS 56, 495-503).
N_SEASONS_MIN, N_VALUES_MIN = 3, 10
SHARE_ABOVE_ZERO_MIN = 1.0 / 1.32
# Of two seasons at once, that many of the long one: phases seen once are no pattern.
N_LONG_SEASONS_MIN = 2

# Fitted numbers of each candidate of "auto", the error variance included.
N_FITTED = {"seasonal_naive": 1, "ses": 3, "damped_holt": 6}


# A panel to its forecast, and the method of each series.
_Named = Callable[[Panel], tuple[PointForecast, tuple[str, ...]]]


@dataclass(frozen=True, slots=True, eq=False)
class PanelForecast:
    """Means and quantiles of the coming values of a panel.

    Parameters
    ----------
    ids : tuple of str
        One name a series.
    methods : tuple of str
        The method each series was forecast with.
    mean : ndarray of shape (n_series, horizon), float64
        Expected value of each step.
    quantile_levels : ndarray of shape (n_quantiles,), float64
        Probabilities of the quantiles.
    quantiles : ndarray of shape (n_series, horizon, n_quantiles), float64
        Of each step by itself.
    summed_quantiles : ndarray of shape (n_series, n_quantiles), float64, or None
        Of the sum over the protection interval, if one was asked for.
    """

    ids: tuple[str, ...]
    methods: tuple[str, ...]
    mean: FloatArray
    quantile_levels: FloatArray
    quantiles: FloatArray
    summed_quantiles: FloatArray | None


def forecast_panel(
    panel: Panel,
    horizon: int,
    *,
    season_length: int | SeasonLengths = 1,
    quantiles: ArrayLike = (0.1, 0.5, 0.9),
    protection: int | None = None,
    method: Method = "auto",
) -> PanelForecast:
    """Forecast every series of a panel.

    Parameters
    ----------
    panel : Panel
        Past values.
    horizon : int
        Steps ahead, >= 1.
    season_length : int or tuple of two int, default 1
        Steps in a season, >= 1; of two, such as (24, 168), only "seasons" and
        "regular" take both, and the others the longer one.
    quantiles : array-like of shape (n_quantiles,), default (0.1, 0.5, 0.9)
        Probabilities, each above 0 and below 1.
    protection : int, optional
        Steps of the protection interval, >= 1; it may go beyond the horizon.
    method : str, default "auto"
        "naive", "seasonal_naive", "mean", "ses", "damped_holt", "ets" (all models of
        exponential smoothing, averaged), "theta" (dynamic optimised), "ets_theta" (the
        mean of those two), "seasons" (smoothing with two seasons); or "auto": for each
        series the one of seasonal naive (if `season_length` is above 1), "ses" and
        "damped_holt" with the least corrected Akaike criterion; or "regular":
        "ets_theta" for series of three seasons and ten values at least of which three
        in four are not 0, "auto" for the others; of two seasons, "seasons" where the
        long one came twice.

    Returns
    -------
    PanelForecast
        Quantiles are of counts (negative binomial or Poisson) if all values of the
        panel are whole and not negative, else of the normal distribution. Where no
        value is negative, no forecast is.

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing,
    sect. 7.2 (selection by the AIC), with the correction of Hurvich, Tsai (1989).
    Others: see `fit_ets`, `fit_theta`, `forecast_ets_theta`.

    Examples
    --------
    >>> panel = Panel.from_arrays({"A": [2, 9, 2, 9, 2, 9, 2, 9, 3, 9]})
    >>> answer = forecast_panel(panel, 3, season_length=2, protection=2)
    >>> answer.methods, answer.mean.tolist(), answer.summed_quantiles.tolist()
    (('seasonal_naive',), [[3.0, 9.0, 3.0]], [[8.0, 12.0, 17.0]])
    """
    steps = check_horizon(horizon)
    ahead = max(steps, 1 if protection is None else check_horizon(protection))
    levels = check_quantiles(quantiles)
    point, methods = forecast_points(
        panel, ahead, season_length=season_length, method=method
    )
    non_negative = bool((panel.values >= 0.0).all())
    whole = non_negative and bool((panel.values == np.floor(panel.values)).all())
    family: Family = "count" if whole else "normal"
    minimum = 0.0 if non_negative else -np.inf
    means = np.maximum(point.mean, minimum)
    sums = None
    if protection is not None:
        sums = summed_quantiles(
            means,
            point.sum_variance,
            levels,
            protection,
            family=family,
            minimum=minimum,
        )
    return PanelForecast(
        ids=panel.ids,
        methods=methods,
        mean=means[:, :steps],
        quantile_levels=levels,
        quantiles=quantiles_of(
            means[:, :steps],
            point.variance[:, :steps],
            levels,
            family=family,
            minimum=minimum,
        ),
        summed_quantiles=sums,
    )


def forecast_points(
    panel: Panel,
    horizon: int,
    *,
    season_length: int | SeasonLengths = 1,
    method: Method = "auto",
) -> tuple[PointForecast, tuple[str, ...]]:
    """Return means and variances of every series, and how each was forecast.

    Parameters
    ----------
    panel, horizon, season_length, method
        See `forecast_panel`.

    Returns
    -------
    PointForecast
        Without a lowest mean.
    tuple of str
        The method of each series.

    Raises
    ------
    OptionError
        If an option is out of range.

    Examples
    --------
    >>> point, methods = forecast_points(Panel.from_arrays({"A": [4, 4, 4]}), 2)
    >>> point.mean.tolist(), methods
    ([[4.0, 4.0]], ('ses',))
    """
    if method == "seasons":
        return _seasons_forecast(panel, horizon, season_length)
    if isinstance(season_length, tuple):
        lengths = check_season_lengths(season_length)
        if method == "regular":
            return _long_forecast(panel, horizon, lengths)
        season_length = lengths[1]
    if method == "auto":
        return _best_forecast(panel, horizon, season_length)
    if method == "regular":
        return _regular_forecast(panel, horizon, season_length)
    return _one_forecast(panel, horizon, season_length, method)


def _one_forecast(
    panel: Panel, horizon: int, m: int, method: Method
) -> tuple[PointForecast, tuple[str, ...]]:
    known: dict[str, Callable[[], PointForecast]] = {
        "naive": lambda: naive(panel, horizon),
        "mean": lambda: mean(panel, horizon),
        "seasonal_naive": lambda: seasonal_naive(panel, horizon, season_length=m),
        "ses": lambda: forecast(fit_ses(panel), horizon),
        "damped_holt": lambda: forecast(fit_damped_holt(panel), horizon),
        "ets": lambda: forecast_ets(fit_ets(panel, season_length=m), horizon),
        "theta": lambda: forecast_theta(fit_theta(panel, season_length=m), horizon),
        "ets_theta": lambda: forecast_ets_theta(panel, horizon, season_length=m),
    }
    if method not in known:
        msg = f"method must be one of {', '.join(get_args(Method))}, was {method!r}"
        raise OptionError(msg)
    return known[method](), (method,) * panel.n_series


def _seasons_forecast(
    panel: Panel, horizon: int, season_length: int | SeasonLengths
) -> tuple[PointForecast, tuple[str, ...]]:
    if not isinstance(season_length, tuple):
        msg = (
            "season_length must be a tuple of two numbers for 'seasons', was "
            f"{season_length!r}"
        )
        raise OptionError(msg)
    point = forecast_seasons(fit_seasons(panel, season_length), horizon)
    return point, ("seasons",) * panel.n_series


def _long_forecast(
    panel: Panel, horizon: int, lengths: SeasonLengths
) -> tuple[PointForecast, tuple[str, ...]]:
    is_long = panel.lengths >= N_LONG_SEASONS_MIN * lengths[1]
    long = is_long & is_regular(panel, lengths[0])
    return _in_parts(
        panel,
        long,
        lambda part: _seasons_forecast(part, horizon, lengths),
        lambda part: _regular_forecast(part, horizon, lengths[0]),
    )


def is_regular(panel: Panel, season_length: int = 1) -> NDArray[np.bool_]:
    """Whether each series is long and dense enough for "ets_theta".

    Parameters
    ----------
    panel : Panel
        Past values.
    season_length : int, default 1
        Steps in a season, >= 1.

    Returns
    -------
    ndarray of shape (n_series,), bool

    Raises
    ------
    OptionError
        If `season_length` is out of range.

    Examples
    --------
    >>> panel = Panel.from_arrays({"A": [1, 2] * 6, "B": [0, 2] * 6, "C": [1, 2]})
    >>> is_regular(panel).tolist()
    [True, False, False]
    """
    season = check_horizon(season_length, "season_length")
    above = np.add.reduceat((panel.values != 0.0).astype(np.int64), panel.offsets[:-1])
    long = panel.lengths >= max(N_SEASONS_MIN * season, N_VALUES_MIN)
    regular: NDArray[np.bool_] = long & (above >= SHARE_ABOVE_ZERO_MIN * panel.lengths)
    return regular


def _regular_forecast(
    panel: Panel, horizon: int, season_length: int
) -> tuple[PointForecast, tuple[str, ...]]:
    return _in_parts(
        panel,
        is_regular(panel, season_length),
        lambda part: _one_forecast(part, horizon, season_length, "ets_theta"),
        lambda part: _best_forecast(part, horizon, season_length),
    )


def _in_parts(
    panel: Panel, is_first: NDArray[np.bool_], first: _Named, second: _Named
) -> tuple[PointForecast, tuple[str, ...]]:
    found: dict[str, FloatArray] = {}
    methods = np.empty(panel.n_series, dtype=object)
    for forecaster, chosen in ((first, is_first), (second, ~is_first)):
        rows = np.flatnonzero(chosen)
        if rows.size == panel.n_series:
            return forecaster(panel)
        if rows.size:
            point, names = forecaster(rows_of(panel, rows))
            methods[rows] = names
            for field in ("mean", "variance", "sum_variance"):
                values = getattr(point, field)
                whole = found.setdefault(
                    field, np.empty((panel.n_series, *values.shape[1:]))
                )
                whole[rows] = values
    return PointForecast(panel.ids, **found), tuple(methods.tolist())


def rows_of(panel: Panel, rows: IndexArray) -> Panel:
    """Return some series of a panel.

    Parameters
    ----------
    panel : Panel
        All series.
    rows : ndarray of shape (n_rows,), int64
        Their positions, none twice; at least one.

    Returns
    -------
    Panel

    Examples
    --------
    >>> panel = Panel.from_arrays({"A": [1, 2], "B": [3], "C": [4, 5]})
    >>> rows_of(panel, np.array([2, 0])).ids
    ('C', 'A')
    """
    lengths = panel.lengths[rows]
    return Panel(
        ids=tuple(panel.ids[row] for row in rows.tolist()),
        values=np.concatenate([panel.series(row) for row in rows.tolist()]),
        offsets=np.concatenate([[0], lengths.cumsum()]).astype(np.int64),
        start_us=panel.start_us[rows],
        step_us=panel.step_us,
    )


def _best_forecast(
    panel: Panel, horizon: int, season_length: int
) -> tuple[PointForecast, tuple[str, ...]]:
    level, trend = fit_ses(panel), fit_damped_holt(panel)
    points = {
        "ses": forecast(level, horizon),
        "damped_holt": forecast(trend, horizon),
    }
    squares = {"ses": level.mean_square, "damped_holt": trend.mean_square}
    if check_horizon(season_length, "season_length") > 1:
        season = np.full(panel.n_series, season_length, dtype=np.int64)
        squares["seasonal_naive"] = seasonal_squares(panel, season)
        points["seasonal_naive"] = seasonal_naive(
            panel, horizon, season_length=season_length
        )
    names = list(points)
    criteria = [_criterion(squares[name], panel.lengths, name) for name in names]
    chosen = np.argmin(np.stack(criteria), axis=0)
    rows = np.arange(panel.n_series)

    def pick(field: str) -> FloatArray:
        stacked = np.stack([getattr(points[name], field) for name in names])
        picked: FloatArray = stacked[chosen, rows]
        return picked

    point = PointForecast(
        ids=panel.ids,
        mean=pick("mean"),
        variance=pick("variance"),
        sum_variance=pick("sum_variance"),
    )
    return point, tuple(names[i] for i in chosen.tolist())


def _criterion(mean_square: FloatArray, n: IndexArray, name: str) -> FloatArray:
    """Return the corrected Akaike criterion; NaN (no errors seen) never wins."""
    k = N_FITTED[name]
    # An exact fit has the logarithm of the smallest float, not of zero.
    fit = n * np.log(np.maximum(mean_square, np.finfo(np.float64).tiny))
    room = n - k - 1
    penalty = np.divide(2.0 * k * n, room, out=np.full(n.size, 1e300), where=room > 0)
    criterion: FloatArray = np.where(np.isnan(fit), np.inf, fit + penalty)
    return criterion

"""Exponential smoothing: every admissible model fitted, then averaged or selected."""

from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np

from forecasting._kernels.ets_fit import (
    MOST_ROUNDS,
    N_MODELS,
    N_SEASONAL,
    Fits,
    Tables,
    fit_panel,
)
from forecasting._kernels.ets_moments import average_moments
from forecasting._kernels.lanes import N_LANES
from forecasting.chunks import for_each_chunk
from forecasting.errors import OptionError
from forecasting.series import (
    FloatArray,
    IndexArray,
    Panel,
    PointForecast,
    check_horizon,
)

Combine = Literal["average", "select"]

MODELS = (
    "ANN", "AAN", "AAdN", "MNN", "MAN", "MAdN", "ANA", "AAA", "AAdA",
    "MNA", "MAA", "MAdA", "MNM", "MAM", "MAdM",
)  # fmt: skip
"""Error (A, M), trend (N, A, Ad) and season (N, A, M) of each model."""

# A model of less weight, as a multiple of the best, moves no digit that anyone reads.
WEIGHT_MIN = 1e-5
# Axes of the search by kind of model: alpha, share of beta, of gamma, and phi.
AXES = ((0,), (0, 1), (0, 1, 3), (0, 2), (0, 1, 2), (0, 1, 2, 3))


@dataclass(frozen=True, slots=True, eq=False)
class EtsFit:
    """Fitted models of a panel; arrays have a row a series and a column a model.

    Parameters
    ----------
    ids : tuple of str
        One name a series.
    season_length : int
        Steps in a season.
    n_values : ndarray of shape (n_series,), int64
        Observations of each series.
    weights : ndarray of shape (n_series, 15), float64
        Share of each of `MODELS` in the forecast; they sum to 1.
    criterion : ndarray of shape (n_series, 15), float64
        Corrected Akaike criterion up to a constant a series; infinite where a model
        cannot be fitted.
    alpha, beta, gamma, phi : ndarray of shape (n_series, 15), float64
        Gains of level, trend and season, and damping (1 where there is none).
    level, trend : ndarray of shape (n_series, 15), float64
        State after the last value.
    season : ndarray of shape (n_series, 9, season_length), float64
        Seasonal state of the last nine models, the next phase first.
    variance : ndarray of shape (n_series, 15), float64
        Of one-step errors, which are relative to the mean where the error is
        multiplicative; the sum of squares over the observations less what was fitted.
    mean_square : ndarray of shape (n_series, 15), float64
        The sum of squares over the observations.
    """

    ids: tuple[str, ...]
    season_length: int
    n_values: IndexArray
    weights: FloatArray
    criterion: FloatArray
    alpha: FloatArray
    beta: FloatArray
    gamma: FloatArray
    phi: FloatArray
    level: FloatArray
    trend: FloatArray
    season: FloatArray
    variance: FloatArray
    mean_square: FloatArray

    @property
    def best(self) -> tuple[str, ...]:
        """The model with the largest weight, of each series."""
        return tuple(MODELS[k] for k in self.weights.argmax(axis=1).tolist())


def fit_ets(
    panel: Panel,
    *,
    season_length: int = 1,
    combine: Combine = "average",
    n_threads: int = 1,
) -> EtsFit:
    """Fit all fifteen models of exponential smoothing to each series.

    Parameters
    ----------
    panel : Panel
        Past values. Models with a multiplicative error or season need values above 0;
        those with a season need two seasons and five values, and every model needs two
        values more than it has parameters and first states. A series of fewer than 5 is
        smoothed by a half.
    season_length : int, default 1
        Steps in a season, >= 1.
    combine : {"average", "select"}
        "average": models weigh ``exp(-AICc / 2)``, their Akaike weights; "select": the
        one with the least AICc has all the weight.
    n_threads : int, default 1
        Threads, >= 1; the result does not depend on it.

    Returns
    -------
    EtsFit

    Raises
    ------
    OptionError
        If an option is out of range.

    References
    ----------
    Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing, tables
    2.2 and 2.3, equation 5.3, sect. 7.2.
    Hurvich, Tsai (1989), Biometrika 76(2), 297-307 (AICc).
    Burnham, Anderson (2002), Model Selection and Multimodel Inference, sect. 4.2
    (averages by Akaike weights); for forecasts: Kolassa (2011), International Journal
    of Forecasting 27(2), 238-251.

    Examples
    --------
    >>> panel = Panel.from_arrays({"A": [0, 2, 1, 0, 2, 1, 0, 2, 1, 0, 2, 1.0]})
    >>> fit = fit_ets(panel, season_length=3, combine="select")
    >>> fit.best, forecast_ets(fit, 3).mean.round(1).tolist()
    (('ANA',), [[0.0, 2.0, 1.0]])
    """
    m = check_horizon(season_length, "season_length")
    if combine not in get_args(Combine):
        msg = f"combine must be one of {', '.join(get_args(Combine))}, was {combine!r}"
        raise OptionError(msg)
    n = panel.n_series
    numbers = np.zeros((9, n, N_MODELS))
    numbers[0] = np.inf
    tables = search_tables()

    fits = Fits(numbers, np.zeros((n, N_SEASONAL, m)))

    def fit(first: int, end: int) -> None:
        fit_panel(
            panel.values, panel.offsets, first, end, m, MOST_ROUNDS, tables, fits
        )  # fmt: skip

    for_each_chunk(fit, n, n_threads=n_threads)
    criterion = np.where(np.isnan(numbers[0]), np.inf, numbers[0])
    alpha, beta, gamma, phi, level, trend, variance, mean_square = numbers[1:]
    return EtsFit(
        ids=panel.ids,
        season_length=m,
        n_values=panel.lengths,
        weights=_weights(criterion, combine),
        criterion=criterion,
        alpha=alpha,
        beta=beta,
        gamma=gamma,
        phi=phi,
        level=level,
        trend=trend,
        season=fits.season,
        variance=variance,
        mean_square=mean_square,
    )


def forecast_ets(
    fit: EtsFit, horizon: int, *, minimum: float = float("-inf"), n_threads: int = 1
) -> PointForecast:
    """Forecast a fitted panel.

    Parameters
    ----------
    fit : EtsFit
        Of `fit_ets`.
    horizon : int
        Steps ahead, >= 1.
    minimum : float, default none
        Lowest mean to answer; 0 for demand that a falling trend would make negative.
    n_threads : int, default 1
        Threads, >= 1.

    Returns
    -------
    PointForecast
        Means by weight; the variance of an average is the mean of the variances and
        the variance of the means.

    Raises
    ------
    OptionError
        If `horizon` is out of range.

    References
    ----------
    Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing, tables
    6.1 and 6.2, sect. 6.6.
    Burnham, Anderson (2002), Model Selection and Multimodel Inference, equation 4.7.

    Examples
    --------
    >>> fit = fit_ets(Panel.from_arrays({"A": [5, 5, 5, 5, 5, 5, 5, 5]}))
    >>> forecast_ets(fit, 2).mean.round(6).tolist()
    [[5.0, 5.0]]
    """
    n = len(fit.ids)
    numbers = np.stack(
        [fit.criterion, fit.alpha, fit.beta, fit.gamma, fit.phi, fit.level, fit.trend,
         fit.variance, fit.mean_square]
    )  # fmt: skip
    fits = Fits(numbers, fit.season)
    found = np.zeros((3, n, check_horizon(horizon)))

    def work(first: int, end: int) -> None:
        average_moments(fit.weights, fits, first, end, found)

    for_each_chunk(work, n, n_threads=n_threads)
    return PointForecast(
        ids=fit.ids,
        mean=np.maximum(found[0], minimum),
        variance=found[1],
        sum_variance=found[2],
    )


def _weights(criterion: FloatArray, combine: Combine) -> FloatArray:
    least = criterion.min(axis=1, keepdims=True)
    if combine == "select":
        weights = np.zeros_like(criterion)
        weights[np.arange(len(criterion)), criterion.argmin(axis=1)] = 1.0
        return weights
    weights = np.exp(-0.5 * (criterion - least))
    weights[weights < WEIGHT_MIN] = 0.0
    shares: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return shares


@cache
def search_tables() -> Tables:
    """Return where the search of parameters looks.

    Returns
    -------
    Tables
        First points: five that are often best, then points spread evenly over the
        box, more of them where gains are small. Moves: a step either way along each
        axis, then, after two lanes that repeat the last move, oblique ones.

    References
    ----------
    Roberts (2018), The unreasonable effectiveness of quasirandom sequences (the
    additive recurrence by powers of the generalised golden ratio).
    """
    spread = _spread_points(2 * N_LANES)
    design = spread * [0.95, 1.0, 1.0, 1.0] + [0.02, 0.0, 0.0, 0.0]
    design[:, 1:3] = 0.6 * design[:, 1:3] ** 2
    design[:5] = [
        [0.1, 0.05, 0.05, 0.9], [0.5, 0.05, 0.05, 0.9], [0.9, 0.02, 0.05, 0.9],
        [0.3, 0.1, 0.1, 0.5], [0.02, 0.02, 0.02, 0.9],
    ]  # fmt: skip
    first = np.broadcast_to(
        design.reshape(2, N_LANES, 4).swapaxes(1, 2), (len(AXES), 2, 4, N_LANES)
    ).copy()
    comb = np.arange(N_LANES) + 0.5
    first[0, 0, 0] = comb / N_LANES
    moves = np.zeros((len(AXES), MOST_ROUNDS, 4, N_LANES))
    moves[0, :, 0] = 2.0 * comb / N_LANES - 1.0
    repeats = np.zeros(N_LANES)
    repeats[-2:] = 0.5, 1.0
    oblique = 3.0 * _spread_points(MOST_ROUNDS * N_LANES).reshape(
        MOST_ROUNDS, N_LANES, 4
    )
    for kind, axes in enumerate(AXES[1:], start=1):
        n = 2 * len(axes)
        for k, axis in enumerate(axes):
            moves[kind, :, axis, 2 * k] = 1.0
            moves[kind, :, axis, 2 * k + 1] = -1.0
            moves[kind, :, axis, n:-2] = oblique[:, n:-2, axis] - 1.5
        moves[kind, :, :, n:-2:2] *= 0.4
    return Tables(first, moves, repeats)


def _spread_points(n: int) -> FloatArray:
    ratio = 1.0
    for _ in range(60):
        ratio = (1.0 + ratio) ** 0.2
    powers = ratio ** -np.arange(1.0, 5.0)
    points: FloatArray = (0.5 + np.arange(1, n + 1)[:, None] * powers) % 1.0
    return points

"""The forecast of a panel with a method for each series, chosen and explained."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting.automatic.answers import MOMENTS, Answer, Question, answer
from forecasting.automatic.calibrated import correct
from forecasting.automatic.choice import Choice, MethodName, choose
from forecasting.errors import OptionError
from forecasting.intervals import check_quantiles
from forecasting.seasonal import SeasonLengths, check_season_lengths
from forecasting.select import PanelForecast, rows_of
from forecasting.series import IndexArray, Panel, check_horizon

SUMS_ONLY = ("booster",)


@dataclass(frozen=True, slots=True, eq=False)
class AutomaticForecast:
    """A forecast, and how it came about.

    Parameters
    ----------
    forecast : PanelForecast
        Means and quantiles; `methods` names the method of each series.
    choice : Choice
        Kinds of demand, methods and reasons.
    question : Question
        What was asked.
    n_errors : ndarray of shape (n_series,), int64
        Earlier errors that quantiles of steps were corrected by; 0 where they were not.
    """

    forecast: PanelForecast
    choice: Choice
    question: Question
    n_errors: IndexArray


def forecast_automatically(
    panel: Panel,
    horizon: int,
    *,
    season_length: int | SeasonLengths = 1,
    quantiles: ArrayLike = (0.1, 0.5, 0.9),
    protection: int | None = None,
    method: MethodName = "default",
    calibrated: bool | None = None,
) -> AutomaticForecast:
    """Forecast every series with a method that fits its demand.

    Parameters
    ----------
    panel : Panel
        Past values.
    horizon : int
        Steps ahead, >= 1.
    season_length : int or tuple of two int, default 1
        Steps in a season, >= 1, or in a short and a long one, such as (24, 168).
        Methods of one season take the short one.
    quantiles : array-like of shape (n_quantiles,), default (0.1, 0.5, 0.9)
        Probabilities, each above 0 and below 1.
    protection : int, optional
        Steps of the protection interval, >= 1; it may go beyond the horizon.
    method : str, default "default"
        "default": intermittent and lumpy demand as counts ("intermittent"); series of
        three seasons and ten values at least by the mean of exponential smoothing and
        theta ("ets_theta"), or by both seasons where the long one came twice
        ("seasons"); shorter ones by the simple method with the least AICc. "select":
        what was best in a backtest of two or three cutoffs, where it was worse than the
        default at none and 5 % better together. "ets", "theta", "seasonal_naive",
        "intermittent", "booster": that method for all.
    calibrated : bool, optional
        Correct quantiles by errors at earlier cutoffs (see `forecasting.conformal`);
        False: nowhere; True: wherever a method has means and variances. By default
        series of two horizons at least, if there are 40 errors. Those of intermittent
        demand and of the booster stay as they are; sums of the booster are always made
        so.

    Returns
    -------
    AutomaticForecast
        Phases of a season that never had demand are forecast as 0 and left out of the
        rates of counts and of their sums. What is said of a series depends on no other
        one but for calibration and booster.

    Raises
    ------
    OptionError
        If an option is out of range, or no series is long enough for what was asked.
    PanelError
        If "intermittent" or "booster" is asked for with demand below 0.

    References
    ----------
    Syntetos, Boylan, Croston (2005), Journal of the Operational Research Society 56(5),
    495-503 (classes of demand). Others: see `forecast_panel`, `forecast_intermittent`,
    `fit_booster` and `calibrate`.

    Examples
    --------
    >>> rows = {"tea": [7.0, 9, 8, 7, 9, 8] * 4, "seal": [0, 0, 3, 0, 0, 0, 2, 0]}
    >>> made = forecast_automatically(Panel.from_arrays(rows), 2, quantiles=[0.5])
    >>> made.forecast.methods, made.forecast.quantiles[1].tolist()
    (('ets_theta', 'intermittent'), [[0.0], [0.0]])
    """
    question = Question(
        horizon=check_horizon(horizon),
        seasons=_seasons(season_length),
        levels=check_quantiles(quantiles),
        protection=None if protection is None else check_horizon(protection),
    )
    choice = choose(panel, method, question)
    made, n_errors = _answered(panel, question, choice, calibrated=calibrated)
    if calibrated and not n_errors.any():
        raise OptionError(_uncalibrated(choice, question))
    _close(panel, choice, made)
    forecast = PanelForecast(
        ids=panel.ids,
        methods=made.methods,
        mean=made.mean,
        quantile_levels=question.levels,
        quantiles=made.quantiles,
        summed_quantiles=made.summed,
    )
    return AutomaticForecast(forecast, choice, question, n_errors)


def _answered(
    panel: Panel, question: Question, choice: Choice, *, calibrated: bool | None
) -> tuple[Answer, IndexArray]:
    n, h, q = panel.n_series, question.horizon, question.levels.size
    mean, quantiles = np.empty((n, h)), np.empty((n, h, q))
    summed = None if question.protection is None else np.empty((n, q))
    n_errors = np.zeros(n, dtype=np.int64)
    names = np.empty(n, dtype=object)
    for method in sorted(set(choice.methods.tolist())):
        rows = np.flatnonzero(choice.methods == method)
        part = rows_of(panel, rows)
        made = answer(part, method, question)
        wanted = method in MOMENTS and calibrated is not False
        if wanted or (method in SUMS_ONLY and question.protection is not None):
            corrected = correct(
                part, method, question, answer=made, asked=bool(calibrated)
            )
            made, n_errors[rows] = corrected.answer, corrected.n_errors
        names[rows] = made.methods
        mean[rows], quantiles[rows] = made.mean, made.quantiles
        if summed is not None:
            summed[rows] = made.summed
    return Answer(tuple(names.tolist()), mean, quantiles, summed), n_errors


def _uncalibrated(choice: Choice, question: Question) -> str:
    """Say why nothing could be calibrated."""
    used = sorted(set(choice.methods.tolist()))
    if not set(used) & set(MOMENTS):
        return (
            f"calibrated: no series has a method of means and variances, which are "
            f"{', '.join(MOMENTS)}; had {', '.join(used)}"
        )
    return (
        "calibrated: no series with a method of means and variances has the "
        f"{2 * question.horizon} values that a horizon of {question.horizon} needs"
    )


def _close(panel: Panel, choice: Choice, made: Answer) -> None:
    """Forecast nothing where there never was anything, whatever errors are like."""
    closed = choice.shape.closed_ahead(panel.lengths, made.mean.shape[1])
    made.mean[closed] = 0.0
    made.quantiles[closed] = 0.0


def _seasons(season_length: int | SeasonLengths) -> tuple[int, ...]:
    if isinstance(season_length, tuple):
        return check_season_lengths(season_length)
    return (check_horizon(season_length, "season_length"),)

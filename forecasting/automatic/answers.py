"""Every method asked in one way: of some series, means, quantiles and sums."""

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forecasting.automatic.demand import DemandShape, describe_demand
from forecasting.forecaster import Forecaster
from forecasting.global_model import fit_booster, forecast_booster
from forecasting.intermittent import forecast_intermittent
from forecasting.intermittent.classify import check_demand
from forecasting.intervals import Family, quantiles_of, summed_quantiles
from forecasting.select import Method, forecast_points, rows_of
from forecasting.series import FloatArray, IndexArray, Panel, PointForecast

# Whole numbers of a higher mean are taken as normal: a step between two of them is less
# than a hundredth, and their quantiles are found in a hundredth of the time.
COUNT_MEAN_MAX = 100.0

MOMENTS = ("ets_theta", "seasons", "ets", "theta", "auto", "seasonal_naive")
"""Methods that answer means and variances."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked of a method.

    Parameters
    ----------
    horizon : int
        Steps ahead, >= 1.
    seasons : tuple of int
        Steps in a season, or in a short and a long one.
    levels : ndarray of shape (n_quantiles,), float64
        Probabilities.
    protection : int or None
        Steps of the protection interval.
    """

    horizon: int
    seasons: tuple[int, ...]
    levels: FloatArray
    protection: int | None = None

    @property
    def ahead(self) -> int:
        """Steps that are looked at at all."""
        return max(self.horizon, self.protection or 1)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a method expects.

    Parameters
    ----------
    methods : tuple of str
        Of each series: "auto" tells which of its methods it took.
    mean : ndarray of shape (n_series, horizon), float64
        Of each step.
    quantiles : ndarray of shape (n_series, horizon, n_quantiles), float64
        Of each step.
    summed : ndarray of shape (n_series, n_quantiles), float64, or None
        Of the sum over the protection interval; None also where a method has none.
    """

    methods: tuple[str, ...]
    mean: FloatArray
    quantiles: FloatArray
    summed: FloatArray | None


def answer(panel: Panel, method: str, question: Question) -> Answer:
    """Ask a method.

    Parameters
    ----------
    panel : Panel
        Past values; not below 0 for "intermittent" and "booster".
    method : str
        One of `MOMENTS`, "intermittent" or "booster".
    question : Question
        What is asked. Methods of one season take the short one of two.

    Returns
    -------
    Answer
        No series changes what is said of another, that of the booster excepted.
        Phases of the season that never had demand are answered as 0, in steps and in
        sums.
    """
    shape = describe_demand(panel, season_length=question.seasons[0])
    closed = shape.closed_ahead(panel.lengths, question.ahead)
    if method == "intermittent":
        return _intermittent(panel, question, shape)
    if method == "booster":
        return _closing(_boosted(panel, question), closed)
    point, methods = forecast_points(
        panel,
        question.ahead,
        season_length=season_of(method, question),
        method=cast("Method", method),
    )
    point = replace(point, mean=np.where(closed, 0.0, point.mean))
    return _closing(_of_moments(panel, point, methods, question), closed)


def forecaster_of(method: str, question: Question) -> Forecaster:
    """Return a method as a forecaster: its means, and variances if it has them.

    Parameters
    ----------
    method : str
        As for `answer`.
    question : Question
        Its seasons are looked at.
    """

    def moments(panel: Panel, horizon: int) -> PointForecast:
        season = season_of(method, question)
        known = cast("Method", method)
        return forecast_points(panel, horizon, season_length=season, method=known)[0]

    def boosted(panel: Panel, horizon: int) -> FloatArray:
        model = fit_booster(panel, horizon, season_length=question.seasons[0])
        return forecast_booster(model, panel).mean

    return boosted if method == "booster" else moments


def season_of(method: str, question: Question) -> int | tuple[int, int]:
    """Return the season that a method takes: both of two, or the short one.

    Examples
    --------
    >>> question = Question(1, (24, 168), np.array([0.5]))
    >>> season_of("seasons", question), season_of("ets", question)
    ((24, 168), 24)
    """
    if method == "seasons":
        return question.seasons[0], question.seasons[-1]
    return question.seasons[0]


def families(panel: Panel) -> tuple[FloatArray, list[tuple[Family, IndexArray]]]:
    """Return the lowest value each series may take, and series by their law.

    Counts are series of whole values that are not below 0 and have a mean of at most
    100; other series are normal.

    Parameters
    ----------
    panel : Panel
        Past values.

    Returns
    -------
    minimum : ndarray of shape (n_series,), float64
        0 where no value is below 0, else minus infinity.
    families : list of (str, ndarray of int64)
        Law and positions.
    """
    starts = panel.offsets[:-1]
    above = np.logical_and.reduceat(panel.values >= 0.0, starts)
    whole = np.logical_and.reduceat(panel.values == np.floor(panel.values), starts)
    mean = np.add.reduceat(panel.values, starts) / panel.lengths
    counts = above & whole & (mean <= COUNT_MEAN_MAX)
    found: list[tuple[Family, IndexArray]] = [
        ("count", np.flatnonzero(counts)),
        ("normal", np.flatnonzero(~counts)),
    ]
    minimum = np.where(above, 0.0, -np.inf)
    return minimum, [(name, rows) for name, rows in found if rows.size]


def _of_moments(
    panel: Panel, point: PointForecast, methods: tuple[str, ...], question: Question
) -> Answer:
    minimum, laws = families(panel)
    mean = np.maximum(point.mean, minimum[:, None])
    now = slice(question.horizon)
    n_levels = question.levels.size
    quantiles = np.empty((panel.n_series, question.horizon, n_levels))
    summed = None
    if question.protection is not None:
        summed = np.empty((panel.n_series, n_levels))
    for family, rows in laws:
        # Where a value may be negative there is no lowest quantile; see below.
        law: Any = {"family": family, "minimum": -np.inf}
        found = quantiles_of(
            mean[rows, now], point.variance[rows, now], question.levels, **law
        )
        quantiles[rows] = np.maximum(found, minimum[rows, None, None])
        if summed is not None and question.protection is not None:
            sums = summed_quantiles(
                mean[rows],
                point.sum_variance[rows],
                question.levels,
                question.protection,
                **law,
            )
            summed[rows] = np.maximum(sums, minimum[rows, None])
    return Answer(methods, mean[:, now], quantiles, summed)


def _closing(made: Answer, closed: NDArray[np.bool_]) -> Answer:
    """Answer 0 for each step that is closed."""
    now = closed[:, : made.mean.shape[1]]
    return replace(
        made,
        mean=np.where(now, 0.0, made.mean),
        quantiles=np.where(now[..., None], 0.0, made.quantiles),
    )


def _intermittent(panel: Panel, question: Question, shape: DemandShape) -> Answer:
    """Forecast a rate of open steps: every one to come is like the next one."""
    check_demand(panel)
    opened = shape.without_closed(panel)
    closed = shape.closed_ahead(panel.lengths, question.ahead)
    made = forecast_intermittent(opened, question.levels, 1)
    steps = (1, question.horizon)
    summed = None
    if question.protection is not None:
        n_open = (~closed[:, : question.protection]).sum(axis=1)
        summed = np.zeros((panel.n_series, question.levels.size))
        for n_steps in np.unique(n_open[n_open > 0]).tolist():
            rows = np.flatnonzero(n_open == n_steps)
            summed[rows] = forecast_intermittent(
                rows_of(opened, rows), question.levels, n_steps
            ).summed_quantiles
    answered = Answer(
        methods=("intermittent",) * panel.n_series,
        mean=np.tile(made.mean[:, None], steps),
        quantiles=np.tile(made.summed_quantiles[:, None], (*steps, 1)),
        summed=summed,
    )
    return _closing(answered, closed)


def _boosted(panel: Panel, question: Question) -> Answer:
    model = fit_booster(
        panel,
        question.horizon,
        season_length=question.seasons[0],
        quantiles=question.levels,
    )
    made = forecast_booster(model, panel)
    place = np.searchsorted(made.quantile_levels, question.levels)
    return Answer(
        methods=("booster",) * panel.n_series,
        mean=made.mean,
        quantiles=made.quantiles[..., place],
        summed=None,
    )

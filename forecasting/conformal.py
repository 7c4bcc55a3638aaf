"""Quantiles that hold: any forecast, corrected by the errors it made before.

The forecaster is run again from earlier cutoffs of the panel (rolling origin), and its
errors, each divided by the scale of its series, are ranked together, a step ahead at a
time. Quantiles of the coming values are the forecast plus a ranked error. Whatever the
forecaster, they cover as often as asked as long as errors to come are exchangeable with
those seen. All errors of one date go wrong together, so that many dates count for more
than many series: cutoffs lie a horizon apart by default, and reach as far back as half
of the history is left.

Errors of sparse counts are not alike: most are values of 0, which lie as far below the
forecast as it is high, and the rest grows with its root. They are counted in units of
that root, and ranked among those of forecasts as high. Ranked all together they cover
on average, too, but by covering 0 where it is sure and missing it where it is not, and
no longer once sales have moved.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.errors import OptionError
from forecasting.forecaster import Forecaster, mean_of
from forecasting.intervals import check_quantiles
from forecasting.metrics import seasonal_scale
from forecasting.series import (
    FloatArray,
    IndexArray,
    Panel,
    PointForecast,
    check_horizon,
)

N_ORIGINS = 12
# Errors made with less of its history are not those that a series has now.
HISTORY_SHARE = 0.5
# A series with that many cutoffs is ranked by itself: its 95 % intervals then exist.
OWN_ERRORS = 40
# Exponents of the forecaster's own deviations in the scale; the rest is the history's.
MODEL_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
# Exponents of what the errors of a series were like at earlier cutoffs.
OWN_SHARES = (0.0, 0.5, 1.0)
# Cutoffs that the errors of all series count as beside those of one.
PRIOR_ORIGINS = 2.0
# Panels of whole numbers of which more are 0 are ranked by the height of the forecast.
ZERO_SHARE = 0.1
N_GROUPS = 20
N_GROUP_ERRORS = 1_000  # of a group, at least: its 99 % intervals then are ranks
# Between them, what a level was and is differ in the scale of sparse counts; dead items
# would else have no errors at all.
LEVEL_RATIO_MIN, LEVEL_RATIO_MAX = 0.1, 10.0
SCORED_COVERAGES = (0.8, 0.95)  # of the intervals that the exponent is chosen by
MEDIAN = 0.5
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A forecast, and the scaled errors that the forecaster made before.

    Parameters
    ----------
    ids : tuple of str
        One name a series.
    mean : ndarray of shape (n_series, horizon), float64
        What the forecaster says now: of each step, or of the sum up to it.
    scale : ndarray of shape (n_series, horizon), float64
        Unit that errors of a series are counted in, > 0.
    errors : ndarray of shape (n_origins, n_series, horizon), float64
        Actual less forecast over the scale at that cutoff; NaN where a series was too
        short.
    model_share : float
        Exponent of the forecaster's own deviations in the scale, 0 to 1.
    own_share : float
        Exponent of what errors of the series itself were like, 0 to 1.
    group : ndarray of shape (n_series,), int64, optional
        Which errors a series is ranked among; default: all.
    error_groups : ndarray of shape (n_origins, n_series), int64, optional
        Groups of the errors.
    """

    ids: tuple[str, ...]
    mean: FloatArray
    scale: FloatArray
    errors: FloatArray
    model_share: float
    own_share: float = 0.0
    group: IndexArray | None = None
    error_groups: IndexArray | None = None

    @property
    def n_errors(self) -> int:
        """Number of errors that each step ahead is ranked by."""
        return int(np.isfinite(self.errors[:, :, 0]).sum())


def calibrate(
    panel: Panel,
    forecaster: Forecaster,
    horizon: int,
    *,
    season_length: int = 1,
    n_origins: int = N_ORIGINS,
    stride: int | None = None,
    summed: bool = False,
) -> Calibration:
    """Run a forecaster from earlier cutoffs, and keep its errors beside its forecast.

    Parameters
    ----------
    panel : Panel
        Past values.
    forecaster : callable
        Takes a panel and a horizon, see `Forecaster`; the deviations of a
        `PointForecast` may scale the errors.
    horizon : int
        Steps ahead, >= 1.
    season_length : int, default 1
        Steps in a season, >= 1; seasonal differences give the scale of a series.
    n_origins : int, default 12
        Most cutoffs, >= 1. Fewer are used where less than half of a series would be
        left before them.
    stride : int, optional
        Steps between two cutoffs, >= 1. Default: `horizon`, so that no value is
        forecast twice.
    summed : bool, default False
        Calibrate sums of steps 1 to h instead of each step.

    Returns
    -------
    Calibration
        The exponent between the forecaster's deviations and the seasonal differences
        is the one whose intervals would have scored best at the earlier cutoffs. Whole
        numbers of which a tenth or more are 0 are ranked in up to 20 groups of
        forecasts of like height.

    Raises
    ------
    OptionError
        If an option is out of range, an answer of the forecaster has another shape or
        is not finite, or every series is shorter than two horizons.

    References
    ----------
    Lei, G'Sell, Rinaldo, Tibshirani, Wasserman (2018), Journal of the American
    Statistical Association 113, 1094-1111: theorem 2.2 (split conformal), sect. 5.2
    (scaled errors).
    Vovk, Gammerman, Shafer (2005), Algorithmic Learning in a Random World, sect. 4.5
    (groups).
    Stankeviciute, Alaa, van der Schaar (2021), NeurIPS 34 (series as exchangeable).
    Gneiting, Raftery (2007), Journal of the American Statistical Association 102,
    359-378, eq. 43 (interval score).

    Examples
    --------
    >>> from forecasting import naive
    >>> panel = Panel.from_arrays({"A": [5, 6, 5, 7, 5, 6, 4, 5, 6, 5, 7, 5]})
    >>> calibration = calibrate(panel, lambda p, h: naive(p, h).mean, 1)
    >>> calibration.n_errors, calibration.mean.tolist()
    (6, [[5.0]])
    """
    steps = check_horizon(horizon)
    apart = steps if stride is None else check_horizon(stride, "stride")
    check_horizon(n_origins, "n_origins")
    runs = [
        _run(panel, kept, cut, (forecaster, steps, season_length, summed))
        for cut, kept in _cuts(panel, steps, apart, n_origins)
    ]
    if not runs:
        msg = (
            f"panel: no series has the {2 * steps} values that a horizon of {steps} "
            f"needs to be calibrated; the longest has {panel.lengths.max()}"
        )
        raise OptionError(msg)
    errors, model, history, levels = (
        np.stack(column) for column in zip(*runs, strict=True)
    )
    mean, model_now = _forecast(panel, (forecaster, steps, season_length, summed))
    history_now = _history_scale(panel, season_length)[:, None]
    group = error_groups = None
    if _is_sparse(panel):
        now, growth = _level(panel, mean, summed=summed)
        model_now, history_now = model_now * growth, history_now * growth
        growth = levels[:, 1, :, None]
        model, history = model * growth, history * growth
        group, error_groups = _groups(now, levels[:, 0], np.isfinite(errors[..., 0]))
    share = _best_share(errors, model, history)
    unit = _blend(model, history, share)
    own, own_now = _own_ratios(errors / unit)
    own_share = 0.0
    if apart >= steps:
        # Else a value would be judged by the error it made itself.
        own_share = _best_own_share(errors, unit, own, history)
    return Calibration(
        ids=panel.ids,
        mean=mean,
        scale=_blend(model_now, history_now, share) * own_now**own_share,
        errors=errors / (unit * own**own_share),
        model_share=share,
        own_share=own_share,
        group=group,
        error_groups=error_groups,
    )


def conformal_quantiles(
    calibration: Calibration, quantiles: ArrayLike, *, minimum: float = float("-inf")
) -> FloatArray:
    """Return calibrated quantiles of each step, or of each sum.

    Parameters
    ----------
    calibration : Calibration
        Of `calibrate`.
    quantiles : array-like of shape (n_quantiles,)
        Probabilities, each above 0 and below 1.
    minimum : float, default none
        Lowest quantile to answer; 0 for demand.

    Returns
    -------
    ndarray of shape (n_series, horizon, n_quantiles), float64
        From 0.5 on, the ranked error of n that ceil((n + 1) q) names, below 0.5 the
        one of floor((n + 1) q): neither tail is cut short. Quantiles further out than
        n errors reach go on from the last one as a normal tail does. A series with 40
        cutoffs or more is ranked by its own errors alone.

    Raises
    ------
    OptionError
        If a quantile is out of range.

    References
    ----------
    Vovk, Gammerman, Shafer (2005), Algorithmic Learning in a Random World, sect. 2.2.

    Examples
    --------
    Of nine errors -4 to 4, the ninth is the 90 % quantile:

    >>> errors = np.arange(-4.0, 5.0).reshape(9, 1, 1)
    >>> found = Calibration(("A",), np.array([[20.0]]), np.ones((1, 1)), errors, 0.0)
    >>> conformal_quantiles(found, [0.1, 0.5, 0.9]).tolist()
    [[[16.0, 20.0, 24.0]]]
    """
    levels = check_quantiles(quantiles)
    errors = calibration.errors
    n_origins, n, horizon = errors.shape
    offsets = np.empty((n, horizon, levels.size))
    if calibration.group is None or calibration.error_groups is None:
        offsets[:] = _ranked(errors.reshape(n_origins * n, horizon), levels)
    else:
        for each in np.unique(calibration.group).tolist():
            alike = errors[calibration.error_groups == each]
            offsets[calibration.group == each] = _ranked(alike, levels)
    counts = np.isfinite(errors[:, :, 0]).sum(axis=0)
    for i in np.flatnonzero(counts >= OWN_ERRORS):
        offsets[i] = _ranked(errors[:, i], levels)
    shifted = calibration.mean[..., None] + calibration.scale[..., None] * offsets
    return np.maximum(shifted, minimum)


def conformal_intervals(
    calibration: Calibration, coverages: ArrayLike, *, minimum: float = float("-inf")
) -> tuple[FloatArray, FloatArray]:
    """Return calibrated intervals with equal tails.

    Parameters
    ----------
    calibration : Calibration
        Of `calibrate`.
    coverages : array-like of shape (n_coverages,)
        Shares to cover, each above 0 and below 1.
    minimum : float, default none
        Lowest bound to answer; 0 for demand.

    Returns
    -------
    lower, upper : ndarray of shape (n_series, horizon, n_coverages), float64

    Raises
    ------
    OptionError
        If a coverage is out of range.

    Examples
    --------
    >>> errors = np.arange(-4.0, 5.0).reshape(9, 1, 1)
    >>> found = Calibration(("A",), np.array([[3.0]]), np.ones((1, 1)), errors, 0.0)
    >>> lower, upper = conformal_intervals(found, [0.8], minimum=0.0)
    >>> lower.tolist(), upper.tolist()
    ([[[0.0]]], [[[7.0]]])
    """
    levels = check_quantiles(coverages)
    lower = conformal_quantiles(calibration, (1.0 - levels) / 2.0, minimum=minimum)
    upper = conformal_quantiles(calibration, (1.0 + levels) / 2.0, minimum=minimum)
    return lower, upper


Question = tuple[Forecaster, int, int, bool]  # horizon, season length, summed


def _cuts(
    panel: Panel, horizon: int, stride: int, n_origins: int
) -> Iterator[tuple[int, IndexArray]]:
    """Yield values cut off the end, and the series of which enough is left."""
    for origin in range(n_origins):
        cut = horizon + origin * stride
        left = panel.lengths - cut
        kept = np.flatnonzero((left >= HISTORY_SHARE * panel.lengths) & (left >= 1))
        if kept.size:
            yield cut, kept


def _run(
    panel: Panel, kept: IndexArray, cut: int, question: Question
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return errors, deviations, scales and levels of all series, NaN if not kept."""
    _, horizon, season_length, summed = question
    rows = {panel.ids[i]: panel.series(i) for i in kept.tolist()}
    before = Panel.from_arrays(
        {name: row[: row.size - cut] for name, row in rows.items()},
        start_us=panel.start_us[kept].tolist(),
        step_us=panel.step_us,
    )
    after = np.stack([row[row.size - cut :][:horizon] for row in rows.values()])
    mean, deviation = _forecast(before, question)
    shape = (panel.n_series, horizon)
    errors, model, history = (np.full(shape, np.nan) for _ in range(3))
    errors[kept] = (after.cumsum(axis=1) if summed else after) - mean
    model[kept] = deviation
    history[kept] = _history_scale(before, season_length)[:, None]
    levels = np.full((2, panel.n_series), np.nan)
    level, growth = _level(before, mean, summed=summed)
    levels[:, kept] = level, growth[:, 0]
    return errors, model, history, levels


def _forecast(panel: Panel, question: Question) -> tuple[FloatArray, FloatArray]:
    """Return means and deviations; without deviations, NaN."""
    forecaster, horizon, _, summed = question
    answer = forecaster(panel, horizon)
    if isinstance(answer, PointForecast):
        mean = answer.mean
        variance = answer.sum_variance if summed else answer.variance
        deviation = np.sqrt(variance)
    else:
        mean = mean_of(answer)
        deviation = np.full(mean.shape, np.nan)
    if mean.shape != (panel.n_series, horizon) or not np.isfinite(mean).all():
        msg = (
            f"forecaster: must answer {panel.n_series} x {horizon} finite numbers, "
            f"answered the shape {mean.shape}"
        )
        raise OptionError(msg)
    return (mean.cumsum(axis=1) if summed else mean), deviation


def _history_scale(panel: Panel, season_length: int) -> FloatArray:
    """Return the mean seasonal difference, or what comes nearest to it, > 0."""
    scale = seasonal_scale(panel, season_length)
    for other in (
        seasonal_scale(panel, 1),
        np.bincount(panel.series_index, np.abs(panel.values)) / panel.lengths,
    ):
        scale = np.where(np.isnan(scale), other, scale)
    return np.where(scale > 0.0, scale, 1.0)


def _is_sparse(panel: Panel) -> bool:
    values = panel.values
    is_count = bool(((values >= 0.0) & (values == np.floor(values))).all())
    return is_count and float((values == 0.0).mean()) >= ZERO_SHARE


def _level(
    panel: Panel, mean: FloatArray, *, summed: bool
) -> tuple[FloatArray, FloatArray]:
    """Return the height of forecasts, and what it does to errors (n_series, 1).

    The variance of counts is that of their history, times the change of the level.
    """
    level = mean[:, -1] / mean.shape[1] if summed else mean.mean(axis=1)
    before = np.bincount(panel.series_index, panel.values) / panel.lengths
    ratio = np.maximum(level, 0.0) / np.where(before > 0.0, before, 1.0)
    ratio = np.where(before > 0.0, ratio, 1.0)
    growth = np.sqrt(np.clip(ratio, LEVEL_RATIO_MIN, LEVEL_RATIO_MAX))
    return level, growth[:, None]


def _groups(
    now: FloatArray, earlier: FloatArray, known: NDArray[np.bool_]
) -> tuple[IndexArray, IndexArray]:
    """Return groups of as many errors each, by the height of their forecasts."""
    seen = earlier[known]
    n_groups = min(N_GROUPS, max(seen.size // N_GROUP_ERRORS, 1))
    edges = np.unique(np.quantile(seen, np.arange(1, n_groups) / n_groups))
    # Ties may reach up to the highest: above it there are no errors to rank.
    edges = edges[edges < seen.max()]
    return np.searchsorted(edges, now), np.searchsorted(edges, earlier)


def _blend(model: FloatArray, history: FloatArray, share: float) -> FloatArray:
    if share == 0.0:
        return np.broadcast_to(history, model.shape)
    # A forecaster that is sure of itself has errors like any other.
    model = np.where(model > 0.0, model, history)
    return np.asarray(model**share * history ** (1.0 - share))


def _best_share(errors: FloatArray, model: FloatArray, history: FloatArray) -> float:
    """Return the exponent whose pooled intervals have the least mean score."""
    if not np.isfinite(model).any():
        return 0.0
    scores = [
        _score(errors, _blend(model, history, share), history) for share in MODEL_SHARES
    ]
    return MODEL_SHARES[int(np.argmin(scores))]


def _best_own_share(
    errors: FloatArray, unit: FloatArray, own: FloatArray, history: FloatArray
) -> float:
    scores = [_score(errors, unit * own**share, history) for share in OWN_SHARES]
    return OWN_SHARES[int(np.argmin(scores))]


def _own_ratios(scaled: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return errors of a series over those of all: at earlier cutoffs, and at all.

    Shapes (n_origins, n_series, 1) and (n_series, 1); 1 where nothing is known.
    """
    known = np.isfinite(scaled[:, :, 0])
    size = np.abs(scaled)
    profile = size[known].mean(axis=0)
    relative = np.zeros(known.shape)
    usual = np.where(profile > 0.0, profile, 1.0)
    relative[known] = (size[known] / usual).mean(axis=1)
    total, count = relative.sum(axis=0), known.sum(axis=0)
    # The latest cutoff comes first; later ones are not known at a cutoff.
    earlier = total - relative.cumsum(axis=0)
    n_earlier = count - known.cumsum(axis=0)
    before = (earlier + PRIOR_ORIGINS) / (n_earlier + PRIOR_ORIGINS)
    every = (total + PRIOR_ORIGINS) / (count + PRIOR_ORIGINS)
    return before[..., None], every[:, None]


def _score(errors: FloatArray, unit: FloatArray, history: FloatArray) -> float:
    """Return the mean score of pooled intervals, over the scale of each history."""
    known = np.isfinite(errors[:, :, 0])
    levels = np.array(SCORED_COVERAGES)
    used = unit[known]
    scaled = errors[known] / used
    lower = _ranked(scaled, (1.0 - levels) / 2.0)
    upper = _ranked(scaled, (1.0 + levels) / 2.0)
    value = scaled[..., None]
    outside = np.maximum(lower - value, 0.0) + np.maximum(value - upper, 0.0)
    score = upper - lower + 2.0 / (1.0 - levels) * outside
    weight = used / history[known]
    return float((score * weight[..., None]).mean())


def _ranked(errors: FloatArray, levels: FloatArray) -> FloatArray:
    """Return the ranked errors (horizon, n_levels) of columns that may have NaN."""
    ranked = np.sort(errors[np.isfinite(errors[:, 0])], axis=0)
    n = ranked.shape[0]
    found = np.empty((ranked.shape[1], levels.size))
    for j, level in enumerate(levels.tolist()):
        # Rounding of (n + 1) q must not name the next rank.
        rank = round((n + 1) * level, 9)
        rank = math.ceil(rank) if level >= MEDIAN else math.floor(rank)
        found[:, j] = ranked[min(max(rank, 1), n) - 1]
        if not 1 <= rank <= n:
            last = n / (n + 1) if level >= MEDIAN else 1 / (n + 1)
            further = _NORMAL.inv_cdf(level) - _NORMAL.inv_cdf(last)
            found[:, j] += further * np.sqrt((ranked**2).mean(axis=0))
    return found

"""Remaining useful life: how many cycles are left, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.ensemble import HistGradientBoostingRegressor

from forecasting.errors import OptionError
from forecasting.failure.features import FeatureScale, feature_scale
from forecasting.failure.fusion import Fusion, fit_fusion, fused_features, threads
from forecasting.failure.readings import Readings
from forecasting.intervals import check_quantiles
from forecasting.series import FloatArray, IndexArray

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_GRID = np.linspace(0.005, 0.995, 100)  # levels of the table of distributions
_N_PLACES = 64  # predictions it is taken at
_N_NEAR_MIN = 8  # units that speak for each of them, at least


@dataclass(frozen=True, slots=True, kw_only=True)
class RulOptions:
    """How remaining life is learned.

    Attributes
    ----------
    cap : float
        Cycles above which a machine shows no wear that could tell how far off its end
        is: targets are cut there, > 0.
    n_folds : int
        Parts of the units, each predicted by a model that has not seen it, >= 2; what
        those predictions miss by gives the distribution.
    every : int
        One row of a unit in so many is learned from: neighbours say nearly the same,
        >= 1.
    n_trees, n_leaves, leaf_rows : int
        Of the booster, all >= 1, leaves >= 2.
    learning_rate, feature_share : float
        In (0, 1].
    seed : int
        Of the booster, and of the folds.

    Raises
    ------
    OptionError
        If one is out of range.
    """

    cap: float = 125.0
    n_folds: int = 5
    every: int = 3
    n_trees: int = 100
    n_leaves: int = 15
    leaf_rows: int = 100
    learning_rate: float = 0.1
    feature_share: float = 0.6
    seed: int = 0

    def __post_init__(self) -> None:
        least = {"n_folds": 2, "every": 1, "n_trees": 1,
                 "n_leaves": 2, "leaf_rows": 1}  # fmt: skip
        for name, low in least.items():
            if getattr(self, name) < low:
                msg = f"{name} must be >= {low}, was {getattr(self, name)}"
                raise OptionError(msg)
        for name in ("learning_rate", "feature_share"):
            if not 0.0 < getattr(self, name) <= 1.0:
                msg = f"{name} must be in (0, 1], was {getattr(self, name)}"
                raise OptionError(msg)
        if not self.cap > 0.0:
            msg = f"cap must be > 0 cycles, was {self.cap}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class RulModel:
    """What was learned of remaining life.

    Attributes
    ----------
    scale : FeatureScale
        Sensors and their units.
    fusion : Fusion
        Sensors to the signals whose features the booster sees.
    booster : sklearn.ensemble.HistGradientBoostingRegressor
        Features to cycles left, up to the cap.
    cap : float
        See `RulOptions`.
    place : ndarray of shape (n_places,), float64
        Predictions, rising, at which the distribution was taken.
    left : ndarray of shape (n_places, n_levels), float64
        Cycles that were left at such predictions, by level of `_GRID`; beyond the cap,
        too.
    held_out : ndarray of shape (n_rows,), float64
        Prediction of each row by the model that had not seen its unit.
    """

    scale: FeatureScale
    fusion: Fusion
    booster: Any
    cap: float
    place: FloatArray
    left: FloatArray
    held_out: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class RulForecast:
    """Remaining life of units, or of rows of readings.

    Attributes
    ----------
    mean : ndarray of shape (n,), float64
        Cycles left up to the cap of the model: a machine that shows no wear has the
        cap, whatever it may live beyond.
    levels : ndarray of shape (n_levels,), float64
        Probabilities of the quantiles.
    quantiles : ndarray of shape (n, n_levels), float64
        Cycles left, beyond the cap, too.
    """

    mean: FloatArray
    levels: FloatArray
    quantiles: FloatArray


def cycles_left(readings: Readings) -> FloatArray:
    """Return how many cycles came after each row of units that ran to their failure.

    Returns
    -------
    ndarray of shape (n_rows,), float64
        0 at the last row of each unit.
    """
    end = readings.cycle[readings.last]
    left: FloatArray = end[readings.unit_index] - readings.cycle
    return left


def fit_rul(readings: Readings, options: RulOptions | None = None) -> RulModel:
    """Learn remaining life from units that ran to their failure.

    A gradient booster predicts the cycles left, up to a cap. How sure that is comes
    from units the booster has not seen: where it predicted about so much, these were
    the cycles that were left. No shape of law is taken for granted.

    Parameters
    ----------
    readings : Readings
        Each unit up to its failure; at least `n_folds` units.
    options : RulOptions or None
        None takes the defaults.

    Returns
    -------
    RulModel

    Raises
    ------
    OptionError
        If there are fewer units than folds, or no sensor varies.

    References
    ----------
    Heimes (2008), Int. Conf. on Prognostics and Health Management: targets with a cap.
    Friedman (2001), Annals of Statistics 29, 1189-1232: gradient boosting.
    Vovk, Shen, Manokhin, Xie (2017), COPA: predictive distributions from the errors on
    held-out data; here of the held-out pairs with predictions nearby.
    """
    chosen = RulOptions() if options is None else options
    if readings.n_units < chosen.n_folds:
        msg = (
            f"units: must be at least {chosen.n_folds}, one a fold, had "
            f"{readings.n_units}"
        )
        raise OptionError(msg)
    left, unit = cycles_left(readings), readings.unit_index
    fold = _folds(readings.n_units, chosen)
    held_out = np.empty(len(left))
    for k in range(chosen.n_folds):
        past, others = (
            readings.of_units(np.flatnonzero(chosen_units))
            for chosen_units in (fold != k, fold == k)
        )
        fusion, booster = _fit_mean(past, chosen)
        with threads(others.cycle.size):
            found = booster.predict(fused_features(others, fusion))
        held_out[fold[unit] == k] = np.clip(found, 0.0, chosen.cap)
    place, table = _distributions(held_out, left, unit)
    fusion, booster = _fit_mean(readings, chosen)
    return RulModel(
        scale=fusion.scale,
        fusion=fusion,
        booster=booster,
        cap=chosen.cap,
        place=place,
        left=table,
        held_out=held_out,
    )


def predict_rul(
    model: RulModel,
    readings: Readings,
    *,
    levels: Sequence[float] = LEVELS,
    every_row: bool = False,
) -> RulForecast:
    """Predict the cycles left of units from their readings so far.

    Parameters
    ----------
    model : RulModel
        From `fit_rul`.
    readings : Readings
        With the sensors the model knows.
    levels : sequence of float
        Probabilities, each in (0, 1).
    every_row : bool
        Whether all rows are asked for, and not only the last of each unit.

    Returns
    -------
    RulForecast
        By unit, or by row.

    Raises
    ------
    OptionError
        If a sensor is missing or a level is out of range.
    """
    wanted = check_quantiles(levels)
    inputs = fused_features(readings, model.fusion)
    if not every_row:
        inputs = inputs[readings.last]
    with threads(inputs.size):
        mean = np.clip(model.booster.predict(inputs), 0.0, model.cap)
    return RulForecast(mean, wanted, _quantiles(model, mean, wanted))


def held_out_forecast(
    model: RulModel, *, levels: Sequence[float] = LEVELS
) -> RulForecast:
    """Return what was predicted for each row that the model was fitted to.

    Parameters
    ----------
    model : RulModel
        From `fit_rul`.
    levels : sequence of float
        Probabilities, each in (0, 1).

    Returns
    -------
    RulForecast
        By row; means are of boosters that had not seen the unit, the distributions
        about them are of all units.
    """
    wanted = check_quantiles(levels)
    mean = model.held_out
    return RulForecast(mean, wanted, _quantiles(model, mean, wanted))


def failure_probability(
    model: RulModel, forecast: RulForecast, cycles: ArrayLike
) -> FloatArray:
    """Return the probability that a unit fails within some cycles.

    Parameters
    ----------
    model : RulModel
        Which made the forecast.
    forecast : RulForecast
        Remaining life of n units.
    cycles : array-like of shape (n_horizons,), float
        Cycles from now, >= 0.

    Returns
    -------
    ndarray of shape (n, n_horizons), float64
        In [0, 1], rising along the horizons.
    """
    horizons = np.atleast_1d(np.asarray(cycles, dtype=np.float64))
    table = _quantiles(model, forecast.mean, _GRID)
    # At the mid-points of the levels, so that the ends stay inside (0, 1).
    edges = np.concatenate(([0.0], _GRID, [1.0]))
    ends = np.column_stack(
        (np.full(len(table), -1.0), table, np.full(len(table), np.inf))
    )
    found = np.empty((len(table), horizons.size))
    for row in range(len(table)):
        finite = np.minimum(ends[row], 2.0 * table[row, -1] + 1.0)
        found[row] = np.interp(horizons, finite, edges)
    return found


def hazard_after(
    model: RulModel, forecast: RulForecast, lead: float, *, width: float = 5.0
) -> FloatArray:
    """Return the chance a cycle of failing just after a lead, for who lives till then.

    Parameters
    ----------
    model : RulModel
        Which made the forecast.
    forecast : RulForecast
        Remaining life of n units.
    lead : float
        Cycles from now, >= 0.
    width : float
        Cycles after the lead that it is the mean of, >= 1: one alone is a step of the
        observed distribution.

    Returns
    -------
    ndarray of shape (n,), float64
        In [0, 1]; see `forecasting.failure.maintenance.stopping_times`.

    Raises
    ------
    OptionError
        If the lead or the width is out of range.
    """
    if not (lead >= 0.0 and width >= 1.0):
        msg = f"lead must be >= 0 and width >= 1 cycles, were {lead} and {width}"
        raise OptionError(msg)
    both = failure_probability(model, forecast, [lead, lead + width])
    alive = np.maximum(1.0 - both[:, 0], 1e-3)
    found: FloatArray = (both[:, 1] - both[:, 0]) / (width * alive)
    return found


def _folds(n_units: int, options: RulOptions) -> IndexArray:
    rng = np.random.Generator(np.random.Philox(options.seed))
    return rng.permutation(np.arange(n_units) % options.n_folds).astype(np.int64)


def _fit_mean(readings: Readings, options: RulOptions) -> tuple[Fusion, Any]:
    """Return signals and the booster of what is left, up to the cap."""
    target = np.minimum(cycles_left(readings), options.cap)
    scale = feature_scale(readings)
    fusion = fit_fusion(readings, scale, target, np.ones(len(target), np.bool_))
    place = np.arange(len(target)) - readings.offsets[readings.unit_index]
    rows = np.flatnonzero(place % options.every == 0)
    inputs = fused_features(readings, fusion)[rows]
    # With so few numbers threads wait for each other: two take as long as one, and a
    # hundred times as long where something else runs on their cores.
    with threads(inputs.size):
        return fusion, _booster(options).fit(inputs, target[rows])


def _booster(options: RulOptions) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        max_iter=options.n_trees,
        learning_rate=options.learning_rate,
        max_leaf_nodes=options.n_leaves,
        min_samples_leaf=options.leaf_rows,
        max_features=options.feature_share,
        l2_regularization=2.0,
        early_stopping=False,
        random_state=options.seed,
    )


def _distributions(
    predicted: FloatArray, left: FloatArray, unit: IndexArray
) -> tuple[FloatArray, FloatArray]:
    """Return places and the quantiles of what was left at predictions about them."""
    place = np.linspace(predicted.min(), predicted.max(), _N_PLACES)
    width = (place[-1] - place[0]) / (_N_PLACES - 1) if place[-1] > place[0] else 1.0
    order = np.argsort(left, kind="stable")
    predicted, left, unit = predicted[order], left[order], unit[order]
    table = np.empty((_N_PLACES, _GRID.size))
    n_units_min = min(_N_NEAR_MIN, len(np.unique(unit)))
    for k, at in enumerate(place):
        spread = width
        near = np.abs(predicted - at) <= spread
        while len(np.unique(unit[near])) < n_units_min:
            spread *= 2.0
            near = np.abs(predicted - at) <= spread
        weight = 1.0 - np.abs(predicted[near] - at) / (spread * 1.0001)
        share = (np.cumsum(weight) - 0.5 * weight) / weight.sum()
        table[k] = np.interp(_GRID, share, left[near])
    return place, table


def _quantiles(model: RulModel, mean: FloatArray, levels: FloatArray) -> FloatArray:
    at_levels = np.stack([np.interp(levels, _GRID, row) for row in model.left])
    found = [np.interp(mean, model.place, column) for column in at_levels.T]
    return np.stack(found, axis=1)

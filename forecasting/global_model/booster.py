"""Fit and use of the booster: means and quantiles of every series and step ahead."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forecasting.errors import OptionError, PanelError
from forecasting.global_model.drivers import Drivers, check_drivers
from forecasting.global_model.prices import fit_price_effects, trees_gain
from forecasting.global_model.rows import Rows, rows_at
from forecasting.intervals import check_quantiles
from forecasting.series import FloatArray, IndexArray, Panel, check_horizon

# Demand over level that is answered at most: the share of rows below it.
RATIO_SHARE = 0.999
RATIO_MIN = 1e-9


@dataclass(frozen=True, slots=True)
class BoosterOptions:
    """How a booster is grown.

    Parameters
    ----------
    n_trees : int, default 200
        Trees, >= 1.
    learning_rate : float, default 0.06
        Share of each tree, above 0 and up to 1.
    n_leaves : int, default 31
        Most leaves of a tree, >= 2.
    n_in_leaf : int, default 40
        Least rows in a leaf, >= 1.
    n_cutoffs : int, default 12
        Most earlier cutoffs of each series to learn from, >= 1.
    n_rows : int, default 400_000
        Most rows to learn from, >= 100; of more, every k-th is taken.
    n_threads : int, default 1
        Threads, >= 1. The trees do not depend on it but for the last digits.

    Raises
    ------
    OptionError
        If one is out of range.

    Examples
    --------
    >>> BoosterOptions(n_trees=0)
    Traceback (most recent call last):
    ...
    forecasting.errors.OptionError: n_trees must be >= 1, was 0
    """

    n_trees: int = 200
    learning_rate: float = 0.06
    n_leaves: int = 31
    n_in_leaf: int = 40
    n_cutoffs: int = 12
    n_rows: int = 400_000
    n_threads: int = 1

    def __post_init__(self) -> None:
        least = {"n_trees": 1, "n_leaves": 2, "n_in_leaf": 1, "n_cutoffs": 1}
        for name, low in {**least, "n_rows": 100, "n_threads": 1}.items():
            if getattr(self, name) < low:
                msg = f"{name} must be >= {low}, was {getattr(self, name)}"
                raise OptionError(msg)
        if not 0.0 < self.learning_rate <= 1.0:
            msg = f"learning_rate must be > 0 and <= 1, was {self.learning_rate}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class GlobalModel:
    """A fitted booster; what it learned from last is kept to explain it.

    Parameters
    ----------
    horizon, season_length : int
        As fitted.
    feature_names : tuple of str
        One name a feature.
    price_slopes : dict of str to float
        Logarithmic effect of each price.
    trees_see_prices : bool
        Whether the trees correct the effects of prices.
    ratio_max : float
        Most that the trees may answer, in units of a row: what 99.9 % of the rows had.
    mean_model : object
        Regressor of scikit-learn for the mean.
    quantile_levels : ndarray of shape (n_quantiles,), float64
        Probabilities of the quantiles, ascending.
    quantile_models : tuple of object
        A regressor for each.
    rows : Rows
        Of the latest cutoff that was learned from.
    options : BoosterOptions
        As fitted.
    """

    horizon: int
    season_length: int
    feature_names: tuple[str, ...]
    price_slopes: dict[str, float]
    trees_see_prices: bool
    ratio_max: float
    mean_model: Any
    quantile_levels: FloatArray
    quantile_models: tuple[Any, ...]
    rows: Rows
    options: BoosterOptions


@dataclass(frozen=True, slots=True, eq=False)
class GlobalForecast:
    """What a booster expects.

    Parameters
    ----------
    mean : ndarray of shape (n_series, horizon), float64
        Expected value of each step.
    quantile_levels : ndarray of shape (n_quantiles,), float64
        Probabilities of the quantiles.
    quantiles : ndarray of shape (n_series, horizon, n_quantiles), float64
        Of each step by itself, never falling from one level to the next.
    """

    mean: FloatArray
    quantile_levels: FloatArray
    quantiles: FloatArray


def fit_booster(
    panel: Panel,
    horizon: int,
    drivers: Drivers | None = None,
    *,
    season_length: int = 1,
    quantiles: ArrayLike = (),
    options: BoosterOptions | None = None,
) -> GlobalModel:
    """Fit one booster for the mean, and one for each quantile, to all series.

    Parameters
    ----------
    panel : Panel
        Past demand, >= 0.
    horizon : int
        Steps ahead, >= 1.
    drivers : Drivers, optional
        Prices, promotions, events and kinds beside it.
    season_length : int, default 1
        Steps in a season, >= 1; lags and means are of whole seasons.
    quantiles : array-like of shape (n_quantiles,), default none
        Probabilities, each above 0 and below 1.
    options : BoosterOptions, optional
        How it is grown.

    Returns
    -------
    GlobalModel
        Means by Poisson deviance, quantiles by pinball loss, both in units of demand.
        A price acts with a constant elasticity, the same for all series, so that one
        never asked before is answered by the elasticity. Trees correct it where those
        that see prices tell the latest cutoff better, learned from the cutoffs before.

    Raises
    ------
    PanelError
        If a value is below 0.
    OptionError
        If an option is out of range, drivers do not fit, or no series is longer than
        the horizon.

    References
    ----------
    Januschowski, Wang, Torkkola, Erkkila, Hasson, Gasthaus (2022), International
    Journal of Forecasting 38(4), 1473-1481 (trees over lags and drivers in the M5).

    Examples
    --------
    >>> rows = {f"S{i}": [i + 1.0, 3.0 * (i + 1)] * 20 for i in range(20)}
    >>> panel = Panel.from_arrays(rows)
    >>> model = fit_booster(panel, 2, season_length=2)
    >>> forecast_booster(model, panel).mean[9].round().tolist()
    [10.0, 30.0]
    """
    grown = BoosterOptions() if options is None else options
    steps = check_horizon(horizon)
    season = check_horizon(season_length, "season_length")
    beside = Drivers() if drivers is None else drivers
    check_drivers(beside, panel, None)
    if bool((panel.values < 0.0).any()):
        msg = f"panel: demand must be >= 0, was {panel.values.min()}"
        raise PanelError(msg)
    found = np.atleast_1d(np.asarray(quantiles, dtype=np.float64))
    levels = np.sort(check_quantiles(found)) if found.size else found
    past = _Past(panel, beside, (steps, season), grown)
    slopes = fit_price_effects(past.rows, beside)
    seen = _trees_see_prices(past, slopes)
    hidden = () if seen else beside.prices
    rows = past.rows(slopes).without(hidden)
    # Of a ratio to the unit, weighed by the unit, the deviance is that of demand.
    models = fitted_models(grown, levels, rows.features, _target(rows))
    return GlobalModel(
        horizon=steps,
        season_length=season,
        feature_names=rows.names,
        price_slopes=slopes,
        trees_see_prices=seen,
        ratio_max=float(np.quantile(rows.value / rows.unit, RATIO_SHARE)),
        mean_model=models[0],
        quantile_levels=levels,
        quantile_models=tuple(models[1:]),
        rows=past.latest(slopes).without(hidden),
        options=grown,
    )


def forecast_booster(
    model: GlobalModel, panel: Panel, drivers: Drivers | None = None
) -> GlobalForecast:
    """Forecast every series of a panel, whether the booster has seen it or not.

    Parameters
    ----------
    model : GlobalModel
        Of `fit_booster`.
    panel : Panel
        Past demand.
    drivers : Drivers, optional
        As fitted, with `future` for the horizon.

    Returns
    -------
    GlobalForecast

    Raises
    ------
    OptionError
        If the drivers do not fit the panel or the booster.
    """
    beside = Drivers() if drivers is None else drivers
    check_drivers(beside, panel, model.horizon)
    if beside.prices != tuple(model.price_slopes):
        msg = (
            f"drivers: the booster was fitted with the prices "
            f"{tuple(model.price_slopes)}, was asked with {beside.prices}"
        )
        raise OptionError(msg)
    none = np.zeros(panel.n_series, dtype=np.int64)
    rows = rows_at(
        panel,
        beside,
        none,
        (model.horizon, model.season_length),
        slopes=model.price_slopes,
    )
    if rows.names != model.feature_names:
        msg = (
            f"drivers: the booster was fitted with the features {model.feature_names}, "
            f"was asked with {rows.names}"
        )
        raise OptionError(msg)
    if not model.trees_see_prices:
        rows = rows.without(beside.prices)
    shape = (panel.n_series, model.horizon)
    with threads(model.options.n_threads):
        mean, *found = (
            np.clip(each.predict(rows.features), 0.0, model.ratio_max) * rows.unit
            for each in (model.mean_model, *model.quantile_models)
        )
    quantiles = np.stack([q.reshape(shape) for q in found], -1) if found else None
    return GlobalForecast(
        mean=mean.reshape(shape),
        quantile_levels=model.quantile_levels,
        # Boosters of neighbouring levels may cross: sorting never costs pinball loss.
        quantiles=np.empty((*shape, 0)) if quantiles is None else np.sort(quantiles),
    )


def fitted_models(
    options: BoosterOptions,
    levels: FloatArray,
    features: FloatArray,
    target: tuple[FloatArray, FloatArray],
) -> list[Any]:
    """Return a regressor for the mean and one for each level.

    Parameters
    ----------
    options : BoosterOptions
        How they are grown.
    levels : ndarray of shape (n_quantiles,), float64
        Probabilities.
    features : ndarray of shape (n_rows, n_features), float64
        What they see.
    target : tuple of two ndarrays of shape (n_rows,), float64
        What they should say, and how much each row weighs.

    Returns
    -------
    list of object
    """
    from sklearn.ensemble import (  # noqa: PLC0415 - takes a second
        HistGradientBoostingRegressor,
    )

    shape = {
        "max_iter": options.n_trees,
        "learning_rate": options.learning_rate,
        "max_leaf_nodes": options.n_leaves,
        "min_samples_leaf": options.n_in_leaf,
        "early_stopping": False,
        # Leaves of light rows only would else answer without bound.
        "l2_regularization": 1.0,
        "random_state": 0,
    }
    value, weight = target
    # The deviance has no finite optimum where all is 0: squares then say 0 as well.
    loss = "poisson" if bool((value > 0.0).any()) else "squared_error"
    models = [HistGradientBoostingRegressor(loss=loss, **shape)]
    models += [
        HistGradientBoostingRegressor(loss="quantile", quantile=level, **shape)
        for level in levels.tolist()
    ]
    with threads(options.n_threads):
        for model in models:
            model.fit(features, value, sample_weight=weight)
    return models


def thinned(n: int, n_rows: int) -> IndexArray:
    """Return which of `n` rows to take, so that no more than `n_rows` are.

    Parameters
    ----------
    n : int
        Rows there are.
    n_rows : int
        Most rows, >= 1.

    Returns
    -------
    ndarray of shape (min(n, n_rows),), int64
        Ascending; spread by the golden section, so that no phase is preferred.

    Examples
    --------
    >>> thinned(10, 4).size, thinned(3, 4).tolist()
    (4, [0, 1, 2])
    """
    if n <= n_rows:
        return np.arange(n)
    spread = np.modf(np.arange(n) * (0.5 * (5.0**0.5 - 1.0)))[0]
    return np.sort(np.argsort(spread, kind="stable")[:n_rows])


@contextmanager
def threads(n_threads: int) -> Iterator[None]:
    """Bound the threads of scikit-learn while the block runs.

    Parameters
    ----------
    n_threads : int
        Most threads, >= 1.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - with scikit-learn

    with threadpool_limits(limits=n_threads, user_api="openmp"):
        yield


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """What is learned from."""

    panel: Panel
    drivers: Drivers
    shape: tuple[int, int]  # horizon, season length
    options: BoosterOptions

    def cut(self, origin: int) -> IndexArray:
        """Return the values after a cutoff; the latest is 0."""
        horizon, season = self.shape
        # Phases of the season take turns as first step, unless the horizon holds all.
        stride = horizon if horizon % season else max(1, horizon - 1)
        return np.full(self.panel.n_series, horizon + origin * stride, dtype=np.int64)

    def latest(self, slopes: dict[str, float]) -> Rows:
        """Return the rows of the latest cutoff."""
        cut = self.cut(0)
        return rows_at(self.panel, self.drivers, cut, self.shape, slopes=slopes)

    def rows(self, slopes: dict[str, float], first: int = 0) -> Rows:
        """Return rows of cutoffs from `first` on, whose steps are all known."""
        panel = self.panel
        cuts = [self.cut(origin) for origin in range(first, self.options.n_cutoffs)]
        parts = [
            rows_at(panel, self.drivers, cut, self.shape, slopes=slopes)
            for cut in cuts
            if bool((panel.lengths > cut).any())
        ]
        if not parts:
            msg = (
                f"panel: no series is longer than the horizon of {self.shape[0]}; the "
                f"longest has {panel.lengths.max()} values"
            )
            raise OptionError(msg)
        kept = thinned(sum(part.level.size for part in parts), self.options.n_rows)
        return Rows(
            parts[0].names,
            *(
                np.concatenate([getattr(part, name) for part in parts])[kept]
                for name in ("features", "level", "changes", "effects", "value")
            ),
        )


def _target(rows: Rows) -> tuple[FloatArray, FloatArray]:
    return rows.value / rows.unit, rows.unit


def _trees_see_prices(past: _Past, slopes: dict[str, float]) -> bool:
    """Compare trees with and without prices, learned from all but the latest cutoff."""
    is_one = past.options.n_cutoffs == 1 or bool(
        (past.panel.lengths <= past.cut(1)).all()
    )
    if not slopes or is_one:
        return False
    earlier, latest = past.rows(slopes, 1), past.latest(slopes)
    told = []
    for hidden in ((), past.drivers.prices):
        learned = earlier.without(hidden)
        (model,) = fitted_models(
            past.options, np.empty(0), learned.features, _target(learned)
        )
        with threads(past.options.n_threads):
            told.append(model.predict(latest.without(hidden).features))
    # Where all demand was 0, trees may answer 0, too.
    seeing, blind = (np.maximum(ratio, RATIO_MIN) for ratio in told)
    return trees_gain(latest, seeing, blind, horizon=past.shape[0])

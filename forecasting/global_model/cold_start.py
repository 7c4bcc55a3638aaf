"""Items without any history: what items of their kind sold at such a price and date."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forecasting.errors import OptionError, PanelError
from forecasting.global_model.booster import (
    BoosterOptions,
    GlobalForecast,
    fitted_models,
    thinned,
    threads,
)
from forecasting.global_model.drivers import (
    Drivers,
    calendar,
    check_drivers,
    logged,
)
from forecasting.intervals import check_quantiles
from forecasting.series import FloatArray, Panel, TimeArray


@dataclass(frozen=True, slots=True, eq=False)
class ColdStartModel:
    """A booster that sees no past.

    Parameters
    ----------
    names, static_names : tuple of str
        Drivers and static drivers that it was fitted with, in their order.
    step_us : int
        Time between two values, microseconds.
    mean_model : object
        Regressor of scikit-learn for the mean.
    quantile_levels : ndarray of shape (n_quantiles,), float64
        Probabilities of the quantiles, ascending.
    quantile_models : tuple of object
        A regressor for each.
    options : BoosterOptions
        As fitted.
    """

    names: tuple[str, ...]
    static_names: tuple[str, ...]
    step_us: int
    mean_model: Any
    quantile_levels: FloatArray
    quantile_models: tuple[Any, ...]
    options: BoosterOptions


def fit_cold_start(
    panel: Panel,
    drivers: Drivers,
    *,
    quantiles: ArrayLike = (),
    options: BoosterOptions | None = None,
) -> ColdStartModel:
    """Fit boosters to calendar, drivers and static drivers alone.

    Parameters
    ----------
    panel : Panel
        Past demand of items that have one, >= 0.
    drivers : Drivers
        Beside it; at least one driver or static driver.
    quantiles : array-like of shape (n_quantiles,), default none
        Probabilities, each above 0 and below 1.
    options : BoosterOptions, optional
        How they are grown.

    Returns
    -------
    ColdStartModel

    Raises
    ------
    PanelError
        If a value is below 0.
    OptionError
        If there is no driver, or the drivers do not fit.

    Examples
    --------
    Items of kind 1 sell 9, of kind 0 they sell 2:

    >>> rows = {f"S{i}": [9.0 if i % 2 else 2.0] * 30 for i in range(10)}
    >>> kinds = np.arange(10.0)[:, None] % 2
    >>> drivers = Drivers(static=kinds, static_names=("kind",))
    >>> model = fit_cold_start(Panel.from_arrays(rows), drivers)
    >>> new = Drivers(static=np.array([[1.0]]), static_names=("kind",))
    >>> forecast_cold_start(model, new, np.array([0]), 2).mean.round(1).tolist()
    [[9.0, 9.0]]
    """
    grown = BoosterOptions() if options is None else options
    if not drivers.names and not drivers.static_names:
        raise OptionError("drivers: an item without history needs at least one driver")
    check_drivers(drivers, panel, None)
    if bool((panel.values < 0.0).any()):
        msg = f"panel: demand must be >= 0, was {panel.values.min()}"
        raise PanelError(msg)
    found = np.atleast_1d(np.asarray(quantiles, dtype=np.float64))
    levels = np.sort(check_quantiles(found)) if found.size else found
    index = panel.series_index
    position = np.arange(panel.values.size) - panel.offsets[index]
    features = _features(
        calendar(panel.start_us[index] + position * panel.step_us),
        logged(drivers, drivers.past) if drivers.names else None,
        drivers.static[index] if drivers.static_names else None,
    )
    kept = thinned(panel.values.size, grown.n_rows)
    target = panel.values[kept]
    models = fitted_models(
        grown, levels, features[kept], (target, np.ones(target.size))
    )
    return ColdStartModel(
        names=drivers.names,
        static_names=drivers.static_names,
        step_us=panel.step_us,
        mean_model=models[0],
        quantile_levels=levels,
        quantile_models=tuple(models[1:]),
        options=grown,
    )


def forecast_cold_start(
    model: ColdStartModel, drivers: Drivers, start_us: TimeArray, horizon: int
) -> GlobalForecast:
    """Forecast items that have no history.

    Parameters
    ----------
    model : ColdStartModel
        Of `fit_cold_start`.
    drivers : Drivers
        `future` and `static` of the new items; `past` is not looked at.
    start_us : ndarray of shape (n_series,), int64
        Time of the first step of each item, microseconds UTC.
    horizon : int
        Steps ahead, >= 1.

    Returns
    -------
    GlobalForecast

    Raises
    ------
    OptionError
        If drivers are others than those fitted, or their shape is another.
    """
    if (drivers.names, drivers.static_names) != (model.names, model.static_names):
        msg = (
            f"drivers: must be {model.names} and {model.static_names}, as fitted, were "
            f"{drivers.names} and {drivers.static_names}"
        )
        raise OptionError(msg)
    n, k = start_us.size, len(model.names)
    if model.names and drivers.future.shape != (n, horizon, k):
        msg = (
            f"drivers: future must have the shape {(n, horizon, k)}, had "
            f"{drivers.future.shape}"
        )
        raise OptionError(msg)
    if model.static_names and drivers.static.shape[0] != n:
        msg = f"drivers: static must have {n} rows, had {drivers.static.shape[0]}"
        raise OptionError(msg)
    time_us = start_us[:, None] + model.step_us * np.arange(horizon)
    features = _features(
        calendar(time_us.ravel()),
        logged(drivers, drivers.future).reshape(n * horizon, k) if k else None,
        np.repeat(drivers.static, horizon, axis=0) if model.static_names else None,
    )
    with threads(model.options.n_threads):
        mean = model.mean_model.predict(features).reshape(n, horizon)
        found = [
            np.maximum(each.predict(features), 0.0).reshape(n, horizon)
            for each in model.quantile_models
        ]
    quantiles = np.stack(found, axis=-1) if found else np.empty((n, horizon, 0))
    return GlobalForecast(
        mean=np.maximum(mean, 0.0),
        quantile_levels=model.quantile_levels,
        quantiles=np.sort(quantiles),
    )


def _features(*parts: FloatArray | None) -> FloatArray:
    return np.concatenate([part for part in parts if part is not None], axis=1)

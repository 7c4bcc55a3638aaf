"""Rows that a booster learns from: one for each series, cutoff and step ahead.

All quantities are ratios to the level of the series at the cutoff, and drivers are
differences to their mean over the values that the level was taken from. So one tree
serves a nut and an engine, and a level that promotions have lifted is not lifted twice.
Past demand is taken at the mean price of its series: else a low lag, which a high price
explains, would pass for low demand.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.global_model.drivers import CALENDAR, Drivers, calendar, logged
from forecasting.series import FloatArray, IndexArray, Panel

# Of a series' whole past in its level, in values: it keeps a level above 0 that has
# seen nothing of late. Half as much follows faster and is noisier where demand is low.
PRIOR_VALUES = 1.0
LEVEL_MIN = 0.02  # over the mean of the panel; ratios to less are mostly noise
# Effects beyond e**5 are prices far outside of what was seen.
LOG_EFFECT_MAX = 5.0
N_SEASONAL_LAGS = 2
WINDOWS = (1, 4, 13)  # seasons whose means are features


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Features of some series at some cutoffs.

    Parameters
    ----------
    names : tuple of str
        One name a feature.
    features : ndarray of shape (n_rows, n_features), float64
        NaN where a series is too short to tell.
    level : ndarray of shape (n_rows,), float64
        Of demand at the mean price, > 0.
    changes : ndarray of shape (n_rows, n_prices), float64
        Logarithm of each price less its mean in the series; 0 where unknown.
    effects : ndarray of shape (n_rows, n_slopes), float64
        Factor on demand of each price that has a slope, > 0.
    value : ndarray of shape (n_rows,), float64
        Demand; NaN for steps that are still to come.
    """

    names: tuple[str, ...]
    features: FloatArray
    level: FloatArray
    changes: FloatArray
    effects: FloatArray
    value: FloatArray

    @property
    def unit(self) -> FloatArray:
        """What a row's target is a ratio to: ndarray of shape (n_rows,), float64."""
        found: FloatArray = self.level * self.effects.prod(axis=1)
        return found

    def without(self, names: tuple[str, ...]) -> "Rows":
        """Return the rows with 0 in the features of some names.

        Parameters
        ----------
        names : tuple of str
            Which; the columns stay.

        Returns
        -------
        Rows
        """
        features = self.features.copy()
        features[:, [self.names.index(name) for name in names]] = 0.0
        return replace(self, features=features)


def level_window(season_length: int) -> int:
    """Return how many values a level is the mean of: some weeks, or one long season.

    Parameters
    ----------
    season_length : int
        Steps in a season, >= 1.

    Returns
    -------
    int

    Examples
    --------
    >>> level_window(1), level_window(7), level_window(52)
    (8, 28, 52)
    """
    return max(season_length, min(4 * season_length, 28), 8)


def rows_at(
    panel: Panel,
    drivers: Drivers,
    cut: IndexArray,
    shape: tuple[int, int],
    *,
    slopes: dict[str, float],
) -> Rows:
    """Return the rows of all steps ahead of one cutoff a series.

    Parameters
    ----------
    panel : Panel
        Values.
    drivers : Drivers
        Beside them.
    cut : ndarray of shape (n_series,), int64
        Values left out at the end of each series; where fewer than one would be left,
        the series gives no rows.
    shape : tuple of int
        Horizon and season length.
    slopes : dict of str to float
        Elasticity of each price; those that are not named have none.

    Returns
    -------
    Rows
        Series after series, each with its steps in order.
    """
    horizon, season = shape
    kept = np.flatnonzero(panel.lengths > cut)
    start = panel.offsets[kept]
    end = panel.offsets[kept + 1]
    last = end - 1 - cut[kept]  # place of the last known value
    values = panel.values / _past_effect(panel, drivers, slopes)
    running = _running(values)
    level = _level(panel, running, (start, last), level_window(season))
    steps = np.arange(1, horizon + 1)
    place = last[:, None] + steps
    grid = np.broadcast_to
    columns: dict[str, FloatArray] = {
        "step": grid(steps.astype(np.float64), place.shape),
        "log_level": grid(np.log(level)[:, None], place.shape),
        "last": grid((values[last] / level)[:, None], place.shape),
    }
    for n in range(N_SEASONAL_LAGS):
        back = place - season * (-(-steps // season) + n)
        seen = np.where(back >= start[:, None], back, last[:, None])
        lagged = np.where(back >= start[:, None], values[seen], np.nan)
        columns[f"season_lag_{n + 1}"] = lagged / level[:, None]
    for n in WINDOWS:
        mean = _window_mean(running, start, last, n * season)
        columns[f"mean_{n}_seasons"] = grid((mean / level)[:, None], place.shape)
    known = place < end[:, None]
    time_us = panel.start_us[kept][:, None] + panel.step_us * (place - start[:, None])
    dates = np.moveaxis(calendar(time_us), -1, 0)
    columns |= dict(zip(CALENDAR, dates, strict=True))
    planned = _planned(drivers, (kept, last), (place, known))
    _add_drivers(columns, drivers, planned, series=(kept, start, last), season=season)
    value = np.where(known, panel.values[np.where(known, place, 0)], np.nan)
    reference = _mean_price(panel, drivers)[kept]
    changes = np.nan_to_num(planned - reference[:, None])[..., drivers.price_columns]
    effects = [
        np.exp(_bounded(slope * changes[..., drivers.prices.index(name)]))
        for name, slope in slopes.items()
    ]
    return Rows(
        names=tuple(columns),
        features=np.stack([c.ravel() for c in columns.values()], axis=1),
        level=np.repeat(level, horizon),
        changes=changes.reshape(place.size, -1),
        effects=np.stack([np.ones(place.shape), *effects], axis=-1).reshape(
            place.size, -1
        )[:, 1:],
        value=value.ravel(),
    )


def _planned(
    drivers: Drivers,
    series: tuple[IndexArray, IndexArray],
    target: tuple[IndexArray, NDArray[np.bool_]],
) -> FloatArray:
    """Return the drivers of each step, prices as logarithms; NaN where unknown."""
    (kept, last), (place, known) = series, target
    k = len(drivers.names)
    if k == 0:
        return np.empty((*place.shape, 0))
    past, future = logged(drivers, drivers.past), logged(drivers, drivers.future)
    found = np.where(known[..., None], past[np.where(known, place, 0)], np.nan)
    if future.shape[0] > 0 and future.shape[1] >= place.shape[1]:
        # A step beyond the past is the step ahead that the plan has.
        ahead = place - (last + 1)[:, None]
        found = np.where(known[..., None], found, future[kept[:, None], ahead])
    return found


def _mean_price(panel: Panel, drivers: Drivers) -> FloatArray:
    """Return the mean of each driver in each series, prices as logarithms."""
    if not drivers.names:
        return np.empty((panel.n_series, 0))
    past = logged(drivers, drivers.past)
    known = np.isfinite(past)
    total = np.add.reduceat(np.where(known, past, 0.0), panel.offsets[:-1], axis=0)
    count = np.add.reduceat(known.astype(np.float64), panel.offsets[:-1], axis=0)
    mean: FloatArray = total / np.maximum(count, 1.0)
    return mean


def _past_effect(
    panel: Panel, drivers: Drivers, slopes: dict[str, float]
) -> FloatArray:
    """Return the factor that past prices had on each value."""
    total = np.zeros(panel.values.size)
    if slopes:
        past = logged(drivers, drivers.past)
        change = past - _mean_price(panel, drivers)[panel.series_index]
        for name, slope in slopes.items():
            total += _bounded(slope * change[:, drivers.names.index(name)])
    effect: FloatArray = np.exp(total)
    return effect


def _bounded(logarithm: FloatArray) -> FloatArray:
    """Return 0 for what is unknown, and no more than what was ever seen of prices."""
    found: FloatArray = np.clip(
        np.nan_to_num(logarithm, nan=0.0), -LOG_EFFECT_MAX, LOG_EFFECT_MAX
    )
    return found


def _add_drivers(
    columns: dict[str, FloatArray],
    drivers: Drivers,
    planned: FloatArray,
    *,
    series: tuple[IndexArray, IndexArray, IndexArray],
    season: int,
) -> None:
    """Add what drivers will be, less what they were on average, and what stays."""
    kept, start, last = series
    past = logged(drivers, drivers.past)
    for k, name in enumerate(drivers.names):
        running = _running(np.nan_to_num(past[:, k]))
        mean = _window_mean(running, start, last, level_window(season))
        columns[name] = planned[..., k] - mean[:, None]
        if name not in drivers.prices:
            columns[f"{name}_now"] = planned[..., k]
    for k, name in enumerate(drivers.static_names):
        columns[name] = np.broadcast_to(
            drivers.static[kept, k][:, None], columns["step"].shape
        )


def _running(values: FloatArray) -> FloatArray:
    return np.concatenate([[0.0], np.cumsum(values)])


def _window_mean(
    running: FloatArray, start: IndexArray, last: IndexArray, width: int
) -> FloatArray:
    """Return means of the last values up to `last`, fewer where a series is short."""
    first = np.maximum(start, last + 1 - width)
    mean: FloatArray = (running[last + 1] - running[first]) / (last + 1 - first)
    return mean


def _level(
    panel: Panel,
    running: FloatArray,
    span: tuple[IndexArray, IndexArray],
    width: int,
) -> FloatArray:
    start, last = span
    recent = _window_mean(running, start, last, width)
    whole = _window_mean(running, start, last, panel.values.size)
    count = np.minimum(last + 1 - start, width)
    level = (recent * count + PRIOR_VALUES * whole) / (count + PRIOR_VALUES)
    least = LEVEL_MIN * float(np.abs(panel.values).mean())
    bounded: FloatArray = np.maximum(level, least if least > 0.0 else 1.0)
    return bounded

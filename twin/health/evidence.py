"""What speaks for a table of health: trails, effects of sensors, calibration."""

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from forecasting.failure.alarms import AlarmRule, find_alarms
from forecasting.failure.drivers import sensor_effects
from forecasting.failure.features import SENSOR_FEATURES, features
from forecasting.failure.readings import Readings
from forecasting.failure.rul import RulForecast, RulModel
from forecasting.series import FloatArray

N_DRIVERS = 3
_EDGES = np.array([0.0, 0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98, 1.0])
_LEAST_EFFECT = 0.5  # cycles: less is not worth a word


def trail_of(
    running: Readings, forecast: RulForecast, risk: FloatArray, rule: AlarmRule
) -> pl.DataFrame:
    """Tell of each cycle of each unit what was predicted then.

    Parameters
    ----------
    running : Readings
        The units.
    forecast : RulForecast
        Of every row.
    risk : ndarray of shape (n_rows,), float64
        Probability of failing within the horizon.
    rule : AlarmRule
        When alarms are raised.

    Returns
    -------
    polars.DataFrame
        ``unit, cycle, rul_mean``, quantiles, ``p_fail``, ``alarm`` (whether one stood),
        ``alarm_since`` (cycle in which it was raised; null without).
    """
    alarms = find_alarms(risk, running, rule)
    since = np.full(running.cycle.size, np.nan)
    for unit, raised, cleared in zip(
        alarms.unit.tolist(),
        alarms.raised.tolist(),
        alarms.cleared.tolist(),
        strict=True,
    ):
        end = int(running.offsets[unit + 1]) if cleared < 0 else cleared
        since[raised:end] = running.cycle[raised]
    names = np.array(running.units, object)[running.unit_index]
    columns: dict[str, object] = {
        "unit": pl.Series(names.tolist(), dtype=pl.String),
        "cycle": running.cycle,
        **rul_columns(forecast),
        "p_fail": risk,
        "alarm": np.isfinite(since),
        "alarm_since": pl.Series(since).fill_nan(None),
    }
    return pl.DataFrame(columns)


def rul_columns(forecast: RulForecast) -> dict[str, FloatArray]:
    """Return mean and quantiles by the names they have in every table."""
    columns = {"rul_mean": forecast.mean}
    for k, level in enumerate(forecast.levels.tolist()):
        columns[f"rul_q{level:g}"] = forecast.quantiles[:, k]
    return columns


def effects_of(model: RulModel, running: Readings) -> pl.DataFrame:
    """Tell what each sensor takes off the remaining life of each unit.

    Returns
    -------
    polars.DataFrame
        ``unit, sensor, cycles`` (taken off, see `sensor_effects`), ``moved`` (mean of
        the last readings less that of the first, in standard deviations).
    """
    sensors = model.scale.sensors
    effects = sensor_effects(model, running)
    moved_at = 1 + SENSOR_FEATURES.index("since_start")
    n_features = len(SENSOR_FEATURES)
    moved = features(running, model.scale)[running.last, moved_at::n_features]
    n_units = running.n_units
    return pl.DataFrame(
        {
            "unit": np.repeat(np.array(running.units, object), len(sensors)).tolist(),
            "sensor": list(sensors) * n_units,
            "cycles": effects.ravel(),
            "moved": moved.ravel(),
        },
        schema_overrides={"unit": pl.String, "sensor": pl.String},
    )


def drivers_of(effects: pl.DataFrame, units: tuple[str, ...]) -> pl.Series:
    """Name the sensors that take most life off each unit, with the cycles taken.

    Parameters
    ----------
    effects : polars.DataFrame
        From `effects_of`.
    units : tuple of str
        In the order wanted.

    Returns
    -------
    polars.Series
        Texts such as ``s11 -12.3, s4 -6.0``; empty where no sensor takes any.
    """
    texts: dict[str, list[str]] = {unit: [] for unit in units}
    most = effects.filter(pl.col("cycles") >= _LEAST_EFFECT).sort(
        "cycles", descending=True, maintain_order=True
    )
    for unit, sensor, cycles in most.select("unit", "sensor", "cycles").iter_rows():
        if len(texts[unit]) < N_DRIVERS:
            texts[unit].append(f"{sensor} -{cycles:.1f}")
    told = [", ".join(texts[unit]) for unit in units]
    return pl.Series("drivers", told, dtype=pl.String)


def calibration_of(risk: FloatArray, fails: ArrayLike) -> pl.DataFrame:
    """Compare what was predicted with what came, by size of the prediction.

    Parameters
    ----------
    risk : ndarray of shape (n,), float64
        Predicted probabilities.
    fails : array-like of shape (n,), bool
        Whether it came.

    Returns
    -------
    polars.DataFrame
        A row a class of predictions that has any: ``predicted`` and ``observed``
        (means), ``n``.

    Examples
    --------
    >>> calibration_of(np.array([0.0, 0.01, 0.95]), np.array([0, 0, 1])).rows()
    [(0.005, 0.0, 2), (0.95, 1.0, 1)]
    """
    known = pl.DataFrame(
        {"p": risk, "y": np.asarray(fails, float), "k": _EDGES[1:-1].searchsorted(risk)}
    )
    return (
        known.group_by("k")
        .agg(predicted=pl.col("p").mean(), observed=pl.col("y").mean(), n=pl.len())
        .sort("k")
        .drop("k")
    )

"""Tables of readings to tables of remaining life and risk, for who has no log."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.failure import risk
from forecasting.failure.features import SENSOR_FEATURES, features
from forecasting.failure.maintenance import (
    Costs,
    maintenance_window,
    renewal_rate,
    stopping_rate,
    stopping_times,
)
from forecasting.failure.readings import Readings
from forecasting.failure.risk import RiskModel, fit_risk, predict_risk
from forecasting.failure.rul import (
    LEVELS,
    RulForecast,
    RulModel,
    RulOptions,
    failure_probability,
    fit_rul,
    hazard_after,
    held_out_forecast,
    predict_rul,
)

HORIZON = 30
"""Cycles of the probability of failing that every table has."""

RESTATES = risk.RESTATES
"""Why a column is not read that was made from the label."""

_AHEAD = 150.0  # cycles after the lead that a renewal may be put at
_N_DRIVERS = 3


@dataclass(frozen=True, slots=True, eq=False)
class HealthTable:
    """Remaining life of units.

    Attributes
    ----------
    frame : polars.DataFrame
        A row a unit: ``unit, rul_mean`` and quantiles ``rul_q0.05`` ..., ``p_fail_30``
        (probability of failing within thirty cycles), ``renew_from, renew_at,
        renew_by`` (window of the renewal, cycles from now; up to 150 cycles after the
        lead are looked at), ``drivers`` (the sensors that moved most since the unit was
        new, in standard deviations of the sensor).
    n_learned : int
        Units that were learned from.
    rate : float
        What renewing by the hazard rule cost a cycle, of the units learned from, in
        the unit of the costs.
    held_out_rmse : float
        Root mean square error of the mean, up to the cap of the model, over all rows of
        the units learned from, each by a model that had not seen its unit; cycles.
    coverage : float
        Share of those rows whose true remaining life lay between the first and the last
        quantile.
    """

    frame: pl.DataFrame
    n_learned: int
    rate: float
    held_out_rmse: float
    coverage: float


def health_table(
    train: pl.DataFrame,
    readings: pl.DataFrame,
    *,
    costs: Costs | None = None,
    levels: Sequence[float] = LEVELS,
    options: RulOptions | None = None,
) -> HealthTable:
    """Learn from units that failed how long others will last.

    Parameters
    ----------
    train : polars.DataFrame
        ``unit``, ``cycle`` and sensors, each unit up to its failure.
    readings : polars.DataFrame
        The same columns, of units that run.
    costs : Costs or None
        Of renewals, and the lead they take; None: 1 planned, 10 after a failure.
    levels : sequence of float
        Probabilities of the quantiles, each in (0, 1).
    options : RulOptions or None
        How the model learns.

    Returns
    -------
    HealthTable
        Units in the order of their first rows.

    Raises
    ------
    PanelError
        If a column is missing or a reading is not finite.
    OptionError
        If an option is out of range, or there are too few units.
    """
    prices = Costs() if costs is None else costs
    past, running = Readings.from_frame(train), Readings.from_frame(readings)
    model = fit_rul(past, options)
    forecast = predict_rul(model, running, levels=levels)
    held_out = held_out_forecast(model, levels=levels)
    hazard = hazard_after(model, held_out, prices.lead)
    rate = stopping_rate(hazard, past, prices)
    stops = stopping_times(hazard, past, prices, rate=rate)
    left = past.cycle[past.last][past.unit_index] - past.cycle
    inside = (left >= held_out.quantiles[:, 0]) & (left <= held_out.quantiles[:, -1])
    error = held_out.mean - np.minimum(left, model.cap)
    return HealthTable(
        frame=_frame(model, running, forecast, _windows(model, forecast, prices, rate)),
        n_learned=past.n_units,
        rate=renewal_rate(stops, past.cycle[past.last], prices),
        held_out_rmse=float(np.sqrt(np.mean(error**2))),
        coverage=float(inside.mean()),
    )


def risk_table(
    train: pl.DataFrame,
    readings: pl.DataFrame,
    label: str,
    *,
    group: str | None = None,
    exclude: Sequence[str] = (),
    keep: Sequence[str] = (),
    seed: int = 0,
) -> tuple[pl.DataFrame, RiskModel]:
    """Learn a label from one table and say how likely it is for the rows of another.

    Parameters
    ----------
    train, readings : polars.DataFrame
        What is learned from, with the label; and what is asked about.
    label, group, exclude, keep, seed
        See `forecasting.failure.risk.fit_risk`.

    Returns
    -------
    polars.DataFrame
        ``row`` (from 0) and ``p_fail``, in the order of `readings`; with a group also
        the column of that name.
    RiskModel
        What was learned: columns left out and why, and held-out probabilities.

    Raises
    ------
    PanelError
        If a column is missing, or the label is none.
    OptionError
        If nothing is left to learn from.
    """
    model = fit_risk(train, label, group=group, exclude=exclude, keep=keep, seed=seed)
    found = pl.DataFrame({"p_fail": predict_risk(model, readings)}).with_row_index(
        "row"
    )
    if group is not None and group in readings.columns:
        found = found.with_columns(readings[group])
    return found, model


def _frame(
    model: RulModel, running: Readings, forecast: RulForecast, window: pl.DataFrame
) -> pl.DataFrame:
    columns: dict[str, object] = {"unit": running.units, "rul_mean": forecast.mean}
    for k, level in enumerate(forecast.levels.tolist()):
        columns[f"rul_q{level:g}"] = forecast.quantiles[:, k]
    columns[f"p_fail_{HORIZON}"] = failure_probability(model, forecast, [HORIZON])[:, 0]
    drivers = pl.Series("drivers", _drivers(model, running), dtype=pl.String)
    return pl.DataFrame(columns).hstack(window).with_columns(drivers)


def _windows(
    model: RulModel, forecast: RulForecast, costs: Costs, rate: float
) -> pl.DataFrame:
    times = np.arange(0.0, costs.lead + _AHEAD + 1.0)
    alive = np.clip(1.0 - failure_probability(model, forecast, times), 0.0, 1.0)
    found = [maintenance_window(curve, times, costs, rate=rate) for curve in alive]
    return pl.DataFrame(
        {
            "renew_from": [one.earliest for one in found],
            "renew_at": [one.best for one in found],
            "renew_by": [one.latest for one in found],
        }
    )


def _drivers(model: RulModel, running: Readings) -> list[str]:
    """Name the sensors of each unit that moved most since it was new."""
    n_features, sensors = len(SENSOR_FEATURES), model.scale.sensors
    moved_at = 1 + SENSOR_FEATURES.index("since_start")
    moved = features(running, model.scale)[running.last, moved_at::n_features]
    texts = []
    for row in moved:
        most = np.argsort(-np.abs(row), kind="stable")[:_N_DRIVERS]
        told = (f"{sensors[k]} {row[k]:+.1f}" for k in most.tolist() if row[k] != 0.0)
        texts.append(", ".join(told))
    return texts

"""Tables of readings to tables of remaining life and risk, for who has no log."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.failure import risk
from forecasting.failure.maintenance import (
    Costs,
    Window,
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
    cycles_left,
    failure_probability,
    fit_rul,
    hazard_after,
    held_out_forecast,
    predict_rul,
)
from twin.health.evidence import (
    calibration_of,
    drivers_of,
    effects_of,
    rul_columns,
    trail_of,
)
from twin.health.warning import EarlyWarning, WarningOptions, early_warning

HORIZON = 30
"""Cycles of the probability of failing, if no other is asked for."""

RESTATES = risk.RESTATES
"""Why a column is not read that was made from the label."""

AHEAD = 150.0
"""Cycles after the lead that a renewal is looked for."""

_AS_GOOD_AS_FAILED = 0.95  # a renewal planned for when so many failed is none


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HealthTable:
    """Remaining life of units, and what speaks for it.

    Attributes
    ----------
    frame : polars.DataFrame
        A row a unit: ``unit, rul_mean`` and quantiles ``rul_q0.05`` ..., ``p_fail_30``
        (probability of failing within the horizon), ``renew_from, renew_at, renew_by``
        (window of the renewal, cycles from now; null if none is due within `AHEAD`
        cycles after the lead), ``alarm`` and ``alarm_since`` (whether an alarm stands,
        and from which cycle of the unit on), ``drivers`` (the sensors that take most of
        the remaining life off, with the cycles).
    trail : polars.DataFrame
        See `twin.health.evidence.trail_of`.
    effects : polars.DataFrame
        See `twin.health.evidence.effects_of`.
    calibration : polars.DataFrame
        Of the probability of failing within the horizon, over all rows of the units
        learned from; see `twin.health.evidence.calibration_of`.
    warning : EarlyWarning
        The rule of the alarms, and what it was worth.
    horizon : int
        Cycles.
    cap : float
        Cycles above which the mean says no more.
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
    trail: pl.DataFrame
    effects: pl.DataFrame
    calibration: pl.DataFrame
    warning: EarlyWarning
    horizon: int
    cap: float
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
    horizon: int = HORIZON,
    warning: WarningOptions | None = None,
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
    horizon : int
        Cycles of the probability of failing, >= 1.
    warning : WarningOptions or None
        When alarms are raised; None: by the costs.

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
    held_out = held_out_forecast(model, levels=levels)
    known_risk = failure_probability(model, held_out, [horizon])[:, 0]
    alarms = early_warning(
        known_risk, past, prices, within=float(horizon), options=warning
    )
    every = predict_rul(model, running, levels=levels, every_row=True)
    now = RulForecast(
        every.mean[running.last], every.levels, every.quantiles[running.last]
    )
    trail = trail_of(
        running,
        every,
        failure_probability(model, every, [horizon])[:, 0],
        alarms.rule,
    )
    hazard = hazard_after(model, held_out, prices.lead)
    rate = stopping_rate(hazard, past, prices)
    stops = stopping_times(hazard, past, prices, rate=rate)
    left, effects = cycles_left(past), effects_of(model, running)
    last = trail[running.last]
    frame = pl.DataFrame({"unit": running.units, **rul_columns(now)}).hstack(
        [
            last["p_fail"].alias(f"p_fail_{horizon}"),
            *_windows(model, now, prices, rate),
            last["alarm"],
            last["alarm_since"],
            drivers_of(effects, running.units),
        ]
    )
    inside = (left >= held_out.quantiles[:, 0]) & (left <= held_out.quantiles[:, -1])
    error = held_out.mean - np.minimum(left, model.cap)
    return HealthTable(
        frame=frame,
        trail=trail,
        effects=effects,
        calibration=calibration_of(known_risk, left <= horizon),
        warning=alarms,
        horizon=horizon,
        cap=model.cap,
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


def _windows(
    model: RulModel, forecast: RulForecast, costs: Costs, rate: float
) -> list[pl.Series]:
    """Return the windows of renewals; nulls where the best time lies past the last."""
    times = np.arange(0.0, costs.lead + AHEAD + 1.0)
    alive = np.clip(1.0 - failure_probability(model, forecast, times), 0.0, 1.0)
    found = [maintenance_window(curve, times, costs, rate=rate) for curve in alive]
    due = [one if _is_due(one) else None for one in found]
    columns = {"renew_from": "earliest", "renew_at": "best", "renew_by": "latest"}
    return [
        pl.Series(
            name,
            [None if one is None else getattr(one, field) for one in due],
            dtype=pl.Float64,
        )
        for name, field in columns.items()
    ]


def _is_due(window: Window) -> bool:
    """Tell whether it is better to renew than to wait, for failure or past the last."""
    if window.best >= window.cycles[-1]:
        return False
    at = int(np.searchsorted(window.cycles, window.best))
    return at == 0 or float(window.risk[at]) < _AS_GOOD_AS_FAILED

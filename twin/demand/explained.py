"""Why a table was forecast so, and what changed of late in its past."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forecasting import Panel, detect_changes
from forecasting.automatic import AutomaticForecast, explain
from forecasting.select import rows_of

FALSE_ALARM = 0.001
"""Share of series in which nothing happens that is listed all the same. Ten times as
much would list a calm series in each hundred; a tenth of it would miss what is new."""

CHANGED: pl.Schema = pl.Schema(
    [
        ("id", pl.String()),
        ("kind", pl.String()),
        ("step", pl.Int64()),
        ("ds", pl.Datetime("us", "UTC")),
        ("size", pl.Float64()),
        ("level", pl.Float64()),
        ("statistic", pl.Float64()),
        ("probability", pl.Float64()),
    ]
)
"""Columns of what `changes_of` returns."""


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """How the forecasts of a table came about.

    Attributes
    ----------
    series : tuple of dict
        For each series, see `forecasting.automatic.Explanation`; what is not known or
        not finite is None.
    drivers : dict of str to float
        What moves the booster, most first; empty without one.
    """

    series: tuple[dict[str, Any], ...]
    drivers: dict[str, float]


def explained(panel: Panel, made: AutomaticForecast) -> Explained:
    """Explain every series of a forecast.

    Parameters
    ----------
    panel : Panel
        What was forecast.
    made : AutomaticForecast
        Its forecast.

    Returns
    -------
    Explained
    """
    told = explain(panel, made)
    return Explained(tuple(one.to_dict() for one in told.series), told.drivers)


def changes_of(panel: Panel, made: AutomaticForecast) -> pl.DataFrame:
    """Look for shocks, shifts and trends that began in the last values of each series.

    Parameters
    ----------
    panel : Panel
        What was forecast.
    made : AutomaticForecast
        Its forecast: seasons are taken off, but where demand comes now and then.

    Returns
    -------
    polars.DataFrame
        A row for each series that changed, the surest first: ``id``, ``kind`` (shock,
        shift or trend), ``step`` (the first value that changed; 1 is the first of the
        series), ``ds`` (its time), ``size`` (in the unit of the series, of a trend a
        step), ``level`` (before), ``statistic`` (standard errors) and ``probability``
        (that a series in which nothing happens shows as much).
    """
    sporadic = made.choice.shape.is_sporadic
    seasonal = made.question.seasons[0]
    found = []
    for rows, season in (
        (np.flatnonzero(sporadic), 1),
        (np.flatnonzero(~sporadic), seasonal),
    ):
        if rows.size:
            part = rows_of(panel, rows)
            told = detect_changes(part, season_length=season, false_alarm=FALSE_ALARM)
            steps = pl.DataFrame({"id": told.ids, "step": told.index + 1})
            found.append(told.to_frame().join(steps, on="id", how="left"))
    every = pl.concat(found).select(*CHANGED).cast(dict(CHANGED.items()))
    return every.sort("probability", "id")

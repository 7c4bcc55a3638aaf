"""Tables of past values to tables of forecasts: `forecasting` for who has no log."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting import Panel, PanelForecast, unconstrained
from forecasting.automatic import (
    AutomaticForecast,
    MethodName,
    forecast_automatically,
)
from twin.errors import InputError

LIST_COLUMNS = ("train", "y")  # of a table with one row a series
TIME_COLUMNS = ("ds", "step")
STOCK_OUT = "stock_out"


@dataclass(frozen=True, slots=True, eq=False)
class ForecastTable:
    """Forecasts of many series.

    Attributes
    ----------
    frame : polars.DataFrame
        Columns ``id``, ``step`` (1 is the first after the past), ``mean`` and a
        quantile each, such as ``q0.1``; with a protection interval also ``sum_q0.1``
        and so on, the quantiles of the sum over it, the same at every step.
    panel : Panel
        The past they were made from, in the order of the frame.
    methods : dict of str to int
        How many series were forecast by each method.
    made : AutomaticForecast
        The forecast of the panel, and how it came about: see `explained`.
    """

    frame: pl.DataFrame
    panel: Panel
    methods: dict[str, int]
    made: AutomaticForecast

    @property
    def n_calibrated(self) -> int:
        """Series whose quantiles were corrected by earlier errors."""
        return int((self.made.n_errors > 0).sum())


def forecast_table(
    past: pl.DataFrame,
    horizon: int,
    *,
    season_length: int | tuple[int, int] = 1,
    quantiles: Sequence[float] = (0.1, 0.5, 0.9),
    protection: int | None = None,
    method: MethodName = "default",
    calibrated: bool | None = None,
) -> ForecastTable:
    """Forecast every series of a table.

    Parameters
    ----------
    past : polars.DataFrame
        One row a value (``id``, ``ds`` or ``step``, ``y``), or one row a series
        (``id`` and a list ``y`` or ``train``; a list may be written as text,
        ``[1, 2]``). Of rows a value, ``stock_out`` marks those whose sales a stock-out
        cut off: they are read as the demand behind them, see
        `forecasting.unconstrained`. Other columns are left alone.
    horizon : int
        Steps ahead, >= 1.
    season_length : int or tuple of two int
        Steps in a season, >= 1, or in a short and a long one, such as (24, 168).
    quantiles : sequence of float
        Probabilities, each in (0, 1), none twice.
    protection : int or None
        Steps of the protection interval, >= 1.
    method : str
        "default", "select" or the name of a method for all series, see
        `forecasting.automatic.forecast_automatically`.
    calibrated : bool or None
        Whether quantiles are corrected by earlier errors; None: where there are enough.

    Returns
    -------
    ForecastTable
        Series in the order of their first rows.

    Raises
    ------
    PanelError
        If the table is no panel, or has demand below 0 that a method cannot take.
    OptionError
        If an option is out of range.
    InputError
        If marks of stock-outs are neither true nor false.

    Examples
    --------
    >>> past = pl.DataFrame({"id": ["A"], "y": [[2, 9, 2, 9, 2, 9, 2, 9]]})
    >>> table = forecast_table(past, 2, season_length=2, quantiles=[0.5], protection=2)
    >>> table.frame.rows()
    [('A', 1, 2.0, 2.0, 11.0), ('A', 2, 9.0, 9.0, 11.0)]
    """
    panel = _panel(past)
    if STOCK_OUT in past.columns:
        longest = (
            season_length[-1] if isinstance(season_length, tuple) else season_length
        )
        panel = _restored(panel, past, longest)
    made = forecast_automatically(
        panel,
        horizon,
        season_length=season_length,
        quantiles=quantiles,
        protection=protection,
        method=method,
        calibrated=calibrated,
    )
    methods = dict(sorted(Counter(made.forecast.methods).items()))
    return ForecastTable(_frame(made.forecast), panel, methods, made)


def _panel(past: pl.DataFrame) -> Panel:
    if any(name in past.columns for name in TIME_COLUMNS):
        return Panel.from_long(past)
    texts = [
        pl.col(name).str.json_decode(pl.List(pl.Float64))
        for name in LIST_COLUMNS
        if past.schema.get(name) == pl.String
    ]
    return Panel.from_wide(past.with_columns(texts))


def _restored(panel: Panel, past: pl.DataFrame, season_length: int) -> Panel:
    kind = past.schema[STOCK_OUT]
    named = [name for name in TIME_COLUMNS if name in past.columns]
    if kind != pl.Boolean or not named:
        msg = (
            f"column {STOCK_OUT!r}: must be true or false in a table with one row a "
            f"value, was {kind}"
        )
        raise InputError(msg)
    marks = past.sort(named[0], maintain_order=True).select(
        pl.col("id").cast(pl.String), STOCK_OUT
    )
    by_series = marks.group_by("id", maintain_order=True).agg(STOCK_OUT)
    order = pl.DataFrame({"id": panel.ids})
    in_order = order.join(by_series, on="id", how="left", maintain_order="left")
    cut = in_order[STOCK_OUT].explode().fill_null(value=False)
    return unconstrained(panel, cut.to_numpy(), season_length=season_length)


def _frame(made: PanelForecast) -> pl.DataFrame:
    n_series, horizon = made.mean.shape
    columns = {
        "id": np.repeat(np.array(made.ids, object), horizon),
        "step": np.tile(np.arange(1, horizon + 1), n_series),
        "mean": made.mean.ravel(),
    }
    for k, level in enumerate(made.quantile_levels.tolist()):
        columns[f"q{level:g}"] = made.quantiles[:, :, k].ravel()
    if made.summed_quantiles is not None:
        for k, level in enumerate(made.quantile_levels.tolist()):
            sums = made.summed_quantiles[:, k]
            columns[f"sum_q{level:g}"] = np.repeat(sums, horizon)
    return pl.DataFrame(columns, schema_overrides={"id": pl.String})

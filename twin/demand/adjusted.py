"""Adjustments of forecasts by planners: applied again at every forecast, and judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A planner scaled the forecast of a series between two times.

    Attributes
    ----------
    series : str
        Item and site as the forecast names them, item@site.
    factor : float
        What the forecast is multiplied by, >= 0.
    who, why : str
        The planner, and the reason, which may be "".
    start_us, end_us : int
        Buckets that begin in [start, end) are adjusted, microseconds UTC.
    made_us : int
        When the planner said so, microseconds UTC.
    """

    series: str
    factor: float
    who: str
    why: str = ""
    start_us: int
    end_us: int
    made_us: int


def in_force(adjustments: Sequence[Adjustment]) -> tuple[Adjustment, ...]:
    """Leave out what its planner said anew of the same buckets.

    Parameters
    ----------
    adjustments : sequence of Adjustment
        In the order in which they were made.

    Returns
    -------
    tuple of Adjustment
        The last word of each planner on each series and window; words of different
        planners stand beside each other, and their factors multiply.

    Examples
    --------
    >>> first = Adjustment(series="A@S", factor=2.0, who="Ann",
    ...                    start_us=0, end_us=9, made_us=1)
    >>> second = Adjustment(series="A@S", factor=1.5, who="Ann",
    ...                     start_us=0, end_us=9, made_us=2)
    >>> [one.factor for one in in_force([first, second])]
    [1.5]
    """
    last = {(one.series, one.who, one.start_us, one.end_us): one for one in adjustments}
    return tuple(last.values())


def adjusted(
    forecast: pl.DataFrame, adjustments: Sequence[Adjustment]
) -> tuple[pl.DataFrame, int]:
    """Scale the forecasts of buckets that a planner adjusted.

    Parameters
    ----------
    forecast : polars.DataFrame
        Columns ``id``, ``ds`` (begin of the bucket, UTC), ``mean`` and quantiles
        ``q0.1`` and so on; sums over the protection interval are left as they are, as
        their buckets are not told apart.
    adjustments : sequence of Adjustment
        In the order in which they were made; see `in_force`.

    Returns
    -------
    polars.DataFrame
        The same with ``baseline``, the mean before any adjustment.
    int
        Rows that were adjusted.
    """
    scale = pl.lit(1.0)
    begins = pl.col("ds").dt.epoch("us")
    for one in in_force(adjustments):
        inside = (
            (pl.col("id") == one.series)
            & (begins >= one.start_us)
            & (begins < one.end_us)
        )
        scale = scale * pl.when(inside).then(one.factor).otherwise(1.0)
    columns = [n for n in forecast.columns if n == "mean" or n.startswith("q")]
    scaled = forecast.with_columns(scale.alias("_scale"), baseline=pl.col("mean"))
    scaled = scaled.with_columns(pl.col(columns) * pl.col("_scale"))
    n_rows = scaled.filter(pl.col("_scale") != 1.0).height
    return scaled.drop("_scale"), n_rows


def value_added(
    past: pl.DataFrame,
    adjustments: Sequence[Adjustment],
    forecaster: Callable[[pl.DataFrame, int], pl.DataFrame],
) -> pl.DataFrame:
    """Judge adjustments of buckets that are over by what was then asked for.

    Parameters
    ----------
    past : polars.DataFrame
        Demand: ``id``, ``ds`` (begin of the bucket, UTC), ``y``, evenly spaced.
    adjustments : sequence of Adjustment
        In the order in which they were made; see `in_force`.
    forecaster : callable
        From a past and a horizon to a frame with ``id``, ``step`` and ``mean``: what
        the adjustment is compared with is forecast anew from what was known when it was
        made.

    Returns
    -------
    polars.DataFrame
        A row an adjustment of which a bucket is over and before which at least one
        was: ``id, who, why, made_us, start_us, end_us, factor, n_buckets, asked,
        forecast, adjusted`` (sums over its buckets), ``error`` and ``error_adjusted``
        (sums of absolute errors) and ``value_added``, the share of the error that the
        adjustment took away (below 0: it added to it; null where there was no error).

    References
    ----------
    Gilliland (2010), The Business Forecasting Deal, ch. 4: forecast value added is the
    change in an error measure from a step of the forecasting process.
    """
    rows = []
    # What was said of a window after its end cannot have changed what was done in it.
    in_time = [one for one in adjustments if one.made_us < one.end_us]
    for one in in_force(in_time):
        row = _judged(past.filter(pl.col("id") == one.series), one, forecaster)
        if row is not None:
            rows.append(row)
    return pl.DataFrame(rows, schema=JUDGED, orient="row")


JUDGED = {
    "id": pl.String, "who": pl.String, "why": pl.String, "made_us": pl.Int64,
    "start_us": pl.Int64, "end_us": pl.Int64, "factor": pl.Float64,
    "n_buckets": pl.Int64, "asked": pl.Float64, "forecast": pl.Float64,
    "adjusted": pl.Float64, "error": pl.Float64, "error_adjusted": pl.Float64,
    "value_added": pl.Float64,
}  # fmt: skip
"""Columns of what `value_added` returns."""


def _judged(
    past: pl.DataFrame,
    one: Adjustment,
    forecaster: Callable[[pl.DataFrame, int], pl.DataFrame],
) -> tuple[object, ...] | None:
    begins = past["ds"].dt.epoch("us")
    if past.is_empty():
        return None
    # A bucket is over when the next one begins; buckets are evenly spaced.
    step_us = (begins[-1] - begins[0]) // max(len(begins) - 1, 1)
    next_us = begins.shift(-1).fill_null(begins[-1] + step_us)
    known = past.filter((begins < one.made_us) & (next_us <= one.made_us))
    later = past.tail(past.height - known.height).with_row_index("step", offset=1)
    inside = later.filter(
        pl.col("ds").dt.epoch("us").is_between(one.start_us, one.end_us, closed="left")
    )
    if known.is_empty() or inside.is_empty():
        return None
    steps = inside["step"].cast(pl.Int64)
    made = forecaster(known, int(steps.max()))  # type: ignore[arg-type]  # no nulls
    expected = steps.to_frame().join(
        made.with_columns(pl.col("step").cast(pl.Int64)), on="step", how="left"
    )["mean"]
    asked = inside["y"]
    error = float((asked - expected).abs().sum())
    after = float((asked - one.factor * expected).abs().sum())
    return (
        one.series, one.who, one.why, one.made_us, one.start_us, one.end_us,
        one.factor, len(asked), float(asked.sum()), float(expected.sum()),
        one.factor * float(expected.sum()), error, after,
        1.0 - after / error if error > 0.0 else None,
    )  # fmt: skip

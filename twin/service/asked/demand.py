"""Forecasts of demand by item and site, from the orders of the log."""

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, Field

from streams.batch import EventBatch
from streams.codec import decode
from streams.names import Names
from twin.demand import AskedDemand, ForecastTable, adjusted, changes_of, forecast_table
from twin.errors import OptionError
from twin.replay import read
from twin.said import Said
from twin.service.jobs import Handle
from twin.service.tables import rows_of
from twin.service.tenant import Tenant

HORIZON_MAX, SEASON_MAX, LEVELS_MAX = 366, 10_000, 50
HOURS_MAX = 24.0 * 366
ROWS_MAX = 500_000
_HOUR_US = 3_600e6
_ANY = "*"

Level = Annotated[float, Field(gt=0, lt=1)]
Method = Literal[
    "default", "ets", "theta", "seasonal_naive", "intermittent", "booster", "select"
]


class ForecastAsked(BaseModel):
    """Forecasts that are asked for.

    Attributes
    ----------
    horizon : int
        Steps ahead.
    bucket_h : float
        Length of a step, hours.
    season : int
        Steps in a season.
    quantiles : list of float
        Probabilities.
    protection : int or None
        Steps of which the sum is forecast, too: what stock must cover.
    method : str
        ``default`` chooses by the kind of demand, ``select`` by a backtest.
    item, site : str or None
        Of which series; None: of all.
    """

    horizon: int = Field(default=14, ge=1, le=HORIZON_MAX)
    bucket_h: float = Field(default=24.0, ge=1 / 60, le=HOURS_MAX)
    season: int = Field(default=7, ge=1, le=SEASON_MAX)
    quantiles: list[Level] = Field(
        default=[0.1, 0.5, 0.9], min_length=1, max_length=LEVELS_MAX
    )
    protection: int | None = Field(default=None, ge=1, le=HORIZON_MAX)
    method: Method = "default"
    item: str | None = Field(default=None, max_length=256, examples=["shampoo_mild"])
    site: str | None = Field(default=None, max_length=256, examples=["dc_west"])


def forecast(tenant: Tenant, asked: ForecastAsked, handle: Handle) -> dict[str, Any]:
    """Forecast the demand of a tenant, and adjust it as planners said.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    asked : ForecastAsked
        What.
    handle : Handle
        Told when orders were read, and when series were forecast.

    Returns
    -------
    dict
        ``rows``: item, site, step, begin of the bucket (microseconds UTC), mean,
        ``baseline`` (the mean before adjustments) and quantiles; ``methods`` counts
        series by method, ``changes`` are series that changed of late.

    Raises
    ------
    OptionError
        If there is no such demand, or too much of it.
    """
    bucket_us = round(asked.bucket_h * _HOUR_US)
    demand = AskedDemand.of(_batches(tenant, handle))
    past = _chosen(demand.table(bucket_us), asked)
    n_series = past["id"].n_unique()
    if n_series * asked.horizon > ROWS_MAX:
        msg = (
            f"forecast: {n_series} series of {asked.horizon} steps; allowed: at most "
            f"{ROWS_MAX} rows; ask for one item or one site"
        )
        parts = {"count": n_series * asked.horizon, "most": ROWS_MAX}
        raise OptionError(Said(msg, "forecast_too_large", parts))
    handle.step(stage="forecast", series=n_series)
    made = forecast_table(
        past,
        asked.horizon,
        season_length=asked.season,
        quantiles=asked.quantiles,
        protection=asked.protection,
        method=asked.method,
    )
    frame, n_adjusted = adjusted(_dated(made, past, bucket_us), demand.adjustments)
    return {
        "series": n_series,
        "bucket_s": bucket_us / 1e6,
        "methods": made.methods,
        "adjusted_rows": n_adjusted,
        "changes": _plain(changes_of(made.panel, made.made)),
        "rows": _plain(frame),
    }


def _batches(tenant: Tenant, handle: Handle) -> Iterator[EventBatch]:
    names = Names()
    n_read = 0
    with closing(tenant.stream.source()) as source:
        for records in read(source, source.end_position()):
            n_read += len(records)
            handle.step(stage="read", records=n_read)
            yield decode(records, names).events


def _chosen(past: pl.DataFrame, asked: ForecastAsked) -> pl.DataFrame:
    item, site = _item_and_site()
    for column, name in ((item, asked.item), (site, asked.site)):
        if name is not None:
            past = past.filter(column == name)
    if past.is_empty():
        msg = (
            f"item {asked.item!r}, site {asked.site!r}: no order in a bucket that is "
            "over; allowed: an item and a site with orders"
        )
        wanted = {"any_item": asked.item or _ANY, "any_site": asked.site or _ANY}
        raise OptionError(Said(msg, "no_orders_yet", wanted))
    return past


def _item_and_site() -> tuple[pl.Expr, pl.Expr]:
    """Take a series apart: an item may have the sign between them in its name."""
    name = pl.col("id")
    site = name.str.extract(r"@([^@]*)$")
    return name.str.replace(r"@[^@]*$", ""), site


def _dated(made: ForecastTable, past: pl.DataFrame, bucket_us: int) -> pl.DataFrame:
    last = past.group_by("id").agg(pl.col("ds").max())
    step = pl.duration(microseconds=pl.col("step") * bucket_us)
    return made.frame.join(
        last, on="id", how="left", maintain_order="left"
    ).with_columns(pl.col("ds") + step)


def _plain(frame: pl.DataFrame) -> list[dict[str, Any]]:
    item, site = _item_and_site()
    moments = [name for name, kind in frame.schema.items() if kind.is_temporal()]
    plain = frame.with_columns(
        item.alias("item"),
        site.alias("site"),
        *(pl.col(name).dt.epoch("us").alias(f"{name}_us") for name in moments),
    )
    return rows_of(plain.drop("id", *moments))

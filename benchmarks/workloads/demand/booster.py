"""The global booster: a known elasticity, promotions, and sales beside the default."""

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from benchmarks.result import Result
from benchmarks.workloads.demand.data import folder, m5_sample
from forecasting import Panel
from forecasting.combination import forecast_ets_theta
from forecasting.global_model import (
    BoosterOptions,
    Drivers,
    driver_importance,
    fit_booster,
    forecast_booster,
    price_elasticity,
)
from forecasting.series import DAY_US, FloatArray

ELASTICITIES = (-1.0, -2.5)
N_ITEMS, N_DAYS, HORIZON = 300, 300, 14
OPTIONS = BoosterOptions(n_cutoffs=18)
# Of a quick run.
N_ITEMS_QUICK, EVERY_QUICK = 50, 50
OPTIONS_QUICK = BoosterOptions(n_cutoffs=6, n_trees=40)
# One series has few rows to learn from.
OPTIONS_ALONE = BoosterOptions(n_in_leaf=5)
N_WEEKS = 143
FIRST_DAY = np.datetime64("2015-03-03")
STORES = ("CA", "TX")


def results(*, quick: bool) -> Iterator[Result]:
    """Find elasticities of generated demand, then forecast sales; judged if whole."""
    for seed, elasticity in enumerate(ELASTICITIES[: 1 if quick else None]):
        for result in on_elasticity(seed, elasticity, quick=quick):
            yield replace(result, goal=None) if quick else result
    yield on_promotions()
    yield from on_sales(quick=quick)


def on_elasticity(seed: int, elasticity: float, *, quick: bool) -> Iterator[Result]:
    """Estimate the elasticity of generated demand over all items."""
    n_items, options = (N_ITEMS_QUICK, OPTIONS_QUICK) if quick else (N_ITEMS, OPTIONS)
    panel, drivers = generated(seed, elasticity, n_items)
    model = fit_booster(panel, HORIZON, drivers, season_length=7, options=options)
    found = float(price_elasticity(model, panel, drivers)[-1])
    gains = driver_importance(model, n_repeats=1)
    yield Result(
        name=f"elasticity {elasticity:g} from forecasts at nine prices, relative error",
        value=abs(found / elasticity - 1.0), unit="1", goal="<= 0.1",
        checked=gains["price"] > 0.0,
    )  # fmt: skip
    yield Result(
        name=f"elasticity {elasticity:g} from the slope of the model, relative error",
        value=abs(model.price_slopes["price"] / elasticity - 1.0), unit="1",
        checked=gains["price"] > 0.0,
    )  # fmt: skip


def generated(
    seed: int, elasticity: float, n_items: int = N_ITEMS
) -> tuple[Panel, Drivers]:
    """Draw negative binomial demand of items with prices, promotions and weekdays."""
    rng = np.random.default_rng(seed)
    shape = (n_items, N_DAYS + HORIZON)
    change = np.empty(shape)
    for row in change:
        day = 0
        while day < row.size:
            length = int(rng.integers(5, 22))
            row[day : day + length] = rng.normal(0.0, 0.15)
            day += length
    promotion = (rng.random(shape) < 0.1).astype(float)
    weekday = 1.0 + 0.4 * np.sin(2.0 * np.pi * np.arange(shape[1]) / 7.0)
    mean = rng.lognormal(2.0, 1.0, (n_items, 1)) * weekday
    mean = mean * np.exp(elasticity * change + 0.5 * promotion)
    demand = rng.poisson(rng.gamma(4.0, mean / 4.0)).astype(float)
    price = rng.lognormal(1.0, 0.5, (n_items, 1)) * np.exp(change)
    beside = np.stack([price, promotion], axis=-1)
    drivers = Drivers(
        ("price", "promotion"), beside[:, :N_DAYS].reshape(-1, 2), beside[:, N_DAYS:],
        prices=("price",),
    )  # fmt: skip
    rows = {f"S{i}": row for i, row in enumerate(demand[:, :N_DAYS])}
    return Panel.from_arrays(rows), drivers


def on_promotions() -> Result:
    """Error on the last 13 weeks of one series with two kinds of promotions."""
    sales = json.loads((folder() / "promo_weekly_156.json").read_text())
    panel = Panel.from_arrays({"sales": sales["x"]}, step_us=7 * DAY_US)
    planned = np.array(sales["xreg"]["values"], dtype=np.float64)
    drivers = Drivers(
        tuple(sales["xreg"]["names"]), planned[:N_WEEKS], planned[None, N_WEEKS:]
    )
    actual = np.array([sales["xx"]])
    model = fit_booster(panel, actual.size, drivers, options=OPTIONS_ALONE)
    found = forecast_booster(model, panel, drivers).mean
    ours = daily_error(actual, found)
    theirs = daily_error(
        actual, forecast_ets_theta(panel, actual.size, minimum=0.0).mean
    )
    return Result(
        name="weekly sales with promotions, 13 weeks, RMSE, booster", value=ours,
        unit="pieces", peer="ETS and theta, which know of none", peer_value=theirs,
        ratio=theirs / ours, checked=bool(np.isfinite(found).all()),
    )  # fmt: skip


def on_sales(*, quick: bool) -> Iterator[Result]:
    """Errors of booster and default on the last 28 days of M5; neither saw them."""
    every, options = (EVERY_QUICK, OPTIONS_QUICK) if quick else (1, BoosterOptions())
    split = m5_sample().every(every)
    n, horizon = split.test.shape
    start_us = int(FIRST_DAY.astype("datetime64[D]").astype(int)) * DAY_US
    rows = {name: split.train.series(i) for i, name in enumerate(split.train.ids)}
    panel = Panel.from_arrays(rows, start_us=start_us)
    drivers = store_days(n, horizon, every)
    model = fit_booster(panel, horizon, drivers, season_length=7, options=options)
    found = forecast_booster(model, panel, drivers).mean
    default = forecast_ets_theta(panel, horizon, season_length=7, minimum=0.0).mean
    for name, score in (("RMSE a day", daily_error), ("RMSE of the sum", summed_error)):
        ours, theirs = score(split.test, found), score(split.test, default)
        yield Result(
            name=f"M5 sample, 28 days, {name}, booster", value=ours, unit="pieces",
            peer="ETS and theta", peer_value=theirs, ratio=theirs / ours,
            checked=bool(np.isfinite(found).all()),
        )  # fmt: skip


def daily_error(actual: FloatArray, found: FloatArray) -> float:
    """Root of the mean squared error of all days."""
    return float(np.sqrt(((actual - found) ** 2).mean()))


def summed_error(actual: FloatArray, found: FloatArray) -> float:
    """Root of the mean squared error of sums over the horizon."""
    return float(np.sqrt(((actual - found).sum(axis=1) ** 2).mean()))


def store_days(n: int, horizon: int, every: int) -> Drivers:
    """Give days of food stamps and events, and kinds of items, as drivers."""
    frame = pl.read_parquet(folder() / "m5_calendar.parquet")
    items = pl.read_parquet(
        folder() / "m5_CA1_TX1_447d.parquet", columns=["dept", "state"]
    )[::every]
    event = (frame["event_name_1"] != "0").to_numpy().astype(float)
    stamps = np.stack([frame[f"snap_{s}"].to_numpy().astype(float) for s in STORES])
    store = np.array([STORES.index(s) for s in items["state"]])
    beside = np.stack([stamps[store], np.broadcast_to(event, (n, event.size))], axis=-1)
    kinds = items["dept"].cast(pl.Categorical).to_physical().to_numpy()
    return Drivers(
        ("food_stamps", "event"), beside[:, :-horizon].reshape(-1, 2),
        beside[:, -horizon:],
        static=np.stack([kinds, store], axis=1).astype(float),
        static_names=("department", "store"),
    )  # fmt: skip

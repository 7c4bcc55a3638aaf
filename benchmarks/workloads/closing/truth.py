"""The plant behind network C: its own parameters, and other families of laws.

The engine knows the tables; the plant runs on these. What differs, and by how much, is
drawn from the seed of the episode.
"""

import numpy as np
import polars as pl

from twin.model.changes.apply import rebuilt
from twin.model.network import Network

OTHER_DURATIONS = ("lognormal", "weibull")
OTHER_FAILURES = ("lognormal", "gamma")
OTHER_LEADS = ("gamma", "lognormal")

SPREAD = {
    "speed": 0.06,
    "duration": 0.05,
    "failure": 0.25,
    "repair": 0.2,
    "wear": 0.15,
    "lead": 0.12,
    "demand": 0.12,
    "yield": 0.006,
}
"""Standard deviation of the logarithm of true over stated; of yields, of the loss."""

SLOWER = {"speed": -0.03, "repair": 0.1, "lead": 0.06, "failure": -0.1}
"""Mean of that logarithm: tables are kind to machines and suppliers."""

TREND_PER_DAY = 0.0004
"""Standard deviation of the trend of an item's demand, which no table has."""

_STREAM = 0xC  # so that the draws are none of those of the simulation


def truth_of(network: Network, seed: int, *, other_families: bool) -> Network:
    """Return the plant of an episode.

    Parameters
    ----------
    network : Network
        What the engine knows.
    seed : int
        Of the episode, >= 0.
    other_families : bool
        Whether durations, failures, repairs, lead times and demand follow laws of other
        families than the tables say, with the same mean and spread.

    Returns
    -------
    Network
        With the ids, bills, prices and stock of the network.
    """
    rng = np.random.default_rng([_STREAM, seed])
    tables = network.tables
    frames = {
        "machines": _machines(tables["machines"], rng),
        "routings": _routings(tables["routings"], rng),
        "lanes": _lanes(tables["lanes"], rng),
        "demands": _demands(tables["demands"], rng),
    }
    if other_families:
        frames = _of_other_families(frames, rng)
    return rebuilt(network, frames)


def _factors(name: str, n: int, rng: np.random.Generator) -> pl.Series:
    logarithms = rng.normal(SLOWER.get(name, 0.0), SPREAD[name], n)
    return pl.Series(np.exp(logarithms))


def _machines(table: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    def drawn(name: str) -> pl.Series:
        return _factors(name, table.height, rng)

    return table.with_columns(
        (table["speed"] * drawn("speed")).alias("speed"),
        (table["mttf_s"] * drawn("failure")).alias("mttf_s"),
        (table["mttr_s"] * drawn("repair")).alias("mttr_s"),
        (table["wear_per_h"] * drawn("wear")).alias("wear_per_h"),
    )


def _routings(table: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    # One factor an operation at a site, as a standard time is wrong for all it makes.
    keys = table.select("site", "operation")
    kinds = keys.unique(maintain_order=True)
    drawn = kinds.with_columns(_factors("duration", kinds.height, rng).alias("drawn"))
    factor = keys.join(drawn, on=["site", "operation"], maintain_order="left")["drawn"]
    lost = np.abs(rng.normal(0.0, SPREAD["yield"], table.height))
    kept = table["yield_rate"] * (1.0 - pl.Series(lost))
    return table.with_columns(
        (table["duration_s"] * factor).alias("duration_s"), kept.alias("yield_rate")
    )


def _lanes(table: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    # One factor a pair of places: goods of a supplier are late together.
    keys = table.select("from_place", "to_place")
    pairs = keys.unique(maintain_order=True)
    drawn = pairs.with_columns(_factors("lead", pairs.height, rng).alias("drawn"))
    factor = keys.join(drawn, on=keys.columns, maintain_order="left")["drawn"]
    varies = table["lead_time_law"] != "constant"
    lead = pl.when(varies).then(pl.col("lead_time_s") * factor)
    return table.with_columns(
        lead.otherwise(pl.col("lead_time_s")).alias("lead_time_s")
    )


def _demands(table: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    keys = table.select("item")
    items = keys.unique(maintain_order=True)
    drawn = items.with_columns(
        _factors("demand", items.height, rng).alias("level"),
        pl.Series(rng.normal(0.0, TREND_PER_DAY, items.height)).alias("trend"),
    )
    joined = keys.join(drawn, on="item", maintain_order="left")
    return table.with_columns(
        (table["mean_per_day"] * joined["level"]).alias("mean_per_day"),
        joined["trend"].alias("trend_per_day"),
    )


def _of_other_families(
    frames: dict[str, pl.DataFrame], rng: np.random.Generator
) -> dict[str, pl.DataFrame]:
    machines, routings = frames["machines"], frames["routings"]
    lanes, demands = frames["lanes"], frames["demands"]

    def chosen(families: tuple[str, ...], n: int) -> pl.Series:
        return pl.Series([families[k] for k in rng.integers(len(families), size=n)])

    varies = lanes["lead_time_law"] != "constant"
    leads = chosen(OTHER_LEADS, lanes.height)
    return {
        "machines": machines.with_columns(
            chosen(OTHER_FAILURES, machines.height).alias("failure_law"),
            pl.lit("lognormal").alias("repair_law"),
        ),
        "routings": routings.with_columns(
            chosen(OTHER_DURATIONS, routings.height).alias("duration_law")
        ),
        "lanes": lanes.with_columns(
            pl.when(varies).then(leads).otherwise(pl.col("lead_time_law"))
            .alias("lead_time_law")
        ),
        "demands": demands.with_columns(pl.lit("normal").alias("law"), _as_normal()),
    }  # fmt: skip


def _as_normal() -> pl.Expr:
    # The same variance: mean + dispersion mean^2 is (1 / mean + dispersion) mean^2.
    extra = 1.0 / pl.col("mean_per_day").clip(lower_bound=1e-9)
    return (pl.col("dispersion") + extra).alias("dispersion")

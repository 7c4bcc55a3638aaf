"""Networks drawn from stated ranges: do the gains on network C hold elsewhere."""

import numpy as np
import polars as pl

from benchmarks.workloads.closing.network import DAY_S, network_c
from twin.model.changes.apply import rebuilt
from twin.model.network import Network
from twin.simulate.disruptions import Disruption

N_NETWORKS = 20
N_DAYS = 91
FIRST_DAY, LAST_DAY = 14, 56
"""Disruptions begin between these days: after the first plans, and early enough that
what they break is mended within the 13 weeks."""

RANGES = {
    "demand of an item": (0.6, 1.5),
    "dispersion": (0.5, 3.0),
    "price": (0.95, 1.25),
    "lead time of a supplier": (0.6, 1.5),
    "machine speed": (0.95, 1.35),
    "time to failure": (0.5, 1.5),
    "time to repair": (0.6, 1.6),
    "wear": (0.5, 1.8),
    "holding rate": (0.15, 0.4),
    "lateness": (0.5, 2.0),
}
"""Factors of what network C has, uniform; the holding rate is a share of value a year,
and what lateness costs is a factor of it."""

_STREAM = 0xD


def drawn_network(number: int) -> tuple[Network, tuple[Disruption, ...]]:
    """Draw a network of the ids of network C, and what goes wrong in it.

    Parameters
    ----------
    number : int
        Which one, >= 0.

    Returns
    -------
    tuple
        The network, and a demand shock, a failed supplier and two broken machines at
        times of their own.
    """
    rng = np.random.default_rng([_STREAM, number])
    base = network_c()
    tables = base.tables
    network = rebuilt(
        base,
        {
            "demands": _demands(base, rng),
            "lanes": _scaled_by(
                tables["lanes"], "from_place", "lead_time_s", rng,
                name="lead time of a supplier", among=tables["suppliers"]["supplier"],
            ),
            "machines": _machines(tables["machines"], rng),
            "network": tables["network"].with_columns(
                pl.lit(rng.uniform(*RANGES["holding rate"]))
                .alias("holding_rate_per_year")
            ),
        },
    )  # fmt: skip
    return network, _disruptions(network, rng)


def _demands(base: Network, rng: np.random.Generator) -> pl.DataFrame:
    table = _scaled_by(
        base.tables["demands"], "item", "mean_per_day", rng, name="demand of an item"
    )
    late = rng.uniform(*RANGES["lateness"])
    spread = rng.uniform(*RANGES["dispersion"])
    listed = _scaled_by(
        table.with_columns(pl.Series("price", base.demands.price)),
        "item", "price", rng, name="price",
    )  # fmt: skip
    return listed.with_columns(
        pl.col("dispersion") * spread, pl.col("shortage_cost") * late
    )


def _machines(table: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    columns = {
        "speed": "machine speed", "mttf_s": "time to failure",
        "mttr_s": "time to repair", "wear_per_h": "wear",
    }  # fmt: skip
    for column, name in columns.items():
        table = _scaled_by(table, "group", column, rng, name=name)
    return table


def _scaled_by(
    table: pl.DataFrame,
    key: str,
    column: str,
    rng: np.random.Generator,
    *,
    name: str,
    among: pl.Series | None = None,
) -> pl.DataFrame:
    """Multiply a column by one factor for each value of the key (of those `among`)."""
    values = table[key].unique(maintain_order=True).to_list()
    factors = dict(zip(values, rng.uniform(*RANGES[name], len(values)), strict=True))
    if among is not None:
        kept = set(among.to_list())
        factors = {value: f if value in kept else 1.0 for value, f in factors.items()}
    factor = table[key].replace_strict(factors, return_dtype=pl.Float64)
    return table.with_columns((table[column] * factor).alias(column))


def _disruptions(network: Network, rng: np.random.Generator) -> tuple[Disruption, ...]:
    day_us = DAY_S * 1_000_000

    def window(days: tuple[float, float]) -> tuple[int, int]:
        start_us = (
            network.settings.as_of_us
            + int(rng.integers(FIRST_DAY, LAST_DAY + 1)) * day_us
        )
        return start_us, start_us + round(rng.uniform(*days) * day_us)

    def one(kind: str, days: tuple[float, float], **struck: object) -> Disruption:
        start_us, end_us = window(days)
        return Disruption(kind, start_us, end_us, **struck)  # type: ignore[arg-type]

    sold = np.unique(network.demands.item_index)
    items = tuple(int(k) for k in rng.choice(sold, 3, replace=False))
    supplier = network.n_sites + int(rng.integers(network.n_suppliers))
    machines = rng.choice(len(network.machines.ids), 2, replace=False)
    return (
        one("demand", (14, 28), items=items, factor=float(rng.uniform(1.3, 2.0))),
        one("place", (14, 28), targets=(supplier,), factor=0.0),
        *(one("machine", (1, 3), targets=(int(k),)) for k in machines),
    )

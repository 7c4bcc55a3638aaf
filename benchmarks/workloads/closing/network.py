"""Network C: the example with what its measures need, and a year that goes wrong.

The example has no power, no wear and no changes of setup, and its customers do not
wait. Here machines take power at a tariff, wear with work (and fail, slow down and
spoil more as they do), can be maintained, and are set up for a family of products;
customers wait for what they ordered, at a price a day. All of that is invented.

The network and its scenario are frozen: `FROZEN` is what they hash to, and a benchmark
refuses to run on anything else.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from twin.model import load
from twin.model.changes.apply import rebuilt
from twin.model.network import Network
from twin.model.scenario import Scenario, build_scenario
from twin.simulate.disruptions import Disruption, of_scenario

FROZEN = "e174a6f26cd072087ac963cc100288f5"
"""BLAKE2b of the network and the scenario, 16 bytes in hexadecimal digits."""

FOLDER = Path(__file__).parents[3] / "examples" / "network"
DAY_S = 86_400
HOUR_S = 3_600.0
N_DAYS = 364

LATE_SHARE = 0.03
"""What a unit late for a day costs, as a share of its price. At half of it, stock for a
shock hardly pays; at twice of it everybody holds so much that nobody is ever late."""

# By group: busy hours to wear out and between failures of a new machine, hours of a
# repair and of a maintenance, and power when off, idle, set up and busy, in kW.
MACHINES: Mapping[str, Mapping[str, float]] = {
    "filling": {
        "worn_h": 130.0, "mttf_h": 160.0, "mttr_h": 8.0, "maintenance_h": 2.0,
        "off": 0.3, "idle": 3.0, "setup": 5.0, "busy": 14.0,
    },
    "mixing": {
        "worn_h": 260.0, "mttf_h": 320.0, "mttr_h": 12.0, "maintenance_h": 3.0,
        "off": 0.5, "idle": 5.0, "setup": 8.0, "busy": 30.0,
    },
    "packing": {
        "worn_h": 200.0, "mttf_h": 240.0, "mttr_h": 5.0, "maintenance_h": 1.5,
        "off": 0.2, "idle": 1.5, "setup": 2.0, "busy": 6.0,
    },
}  # fmt: skip

WEAR = {"wear_hazard": 3.0, "wear_speed": 0.12, "wear_yield": 0.06}
"""Of every machine at wear 1: four times as near to its failure, an eighth slower, and
six in a hundred more pieces lost."""

SPEED = 1.12
"""Machines are this much quicker than in the example, so that wear and setups of
families leave the load about where it was there (some 80 %)."""

FAMILY_SETUP_S = 1_500.0
"""Change of a filler from one family of products to another, beside 900 s an order."""

TARIFF = ((0, 0.15), (6, 0.24), (17, 0.32), (21, 0.18))
"""Money a kWh from that hour of the day on."""

# Weeks: from, for how long; then what is struck and by how much.
DEMAND_SHOCKS = (
    (5, 3, "item", "soap_rose", 1.8),
    (5, 3, "item", "cleaner_floor", 1.6),
    (6, 3, "customer", "berlin", 1.3),
    (27, 4, "item", "lotion_body", 1.4),
    (38, 3, "customer", "milan", 1.5),
)
SUPPLIER_FAILURES = ((4, 3, "plastic_far"), (30, 4, "chem_far"))
# Days.
MACHINE_FAILURES = (
    (45.0, 1.5, "fill_north_1"),
    (63.0, 1.0, "pack_south_2"),
    (170.0, 2.0, "mix_south_1"),
    (250.0, 3.0, "fill_south_1"),
)


def network_c() -> Network:
    """Return network C: what the engine knows of the plant before its log.

    Returns
    -------
    Network
        With stock for some weeks and orders under way.
    """
    base = load(FOLDER)
    tables = base.tables
    return rebuilt(
        base,
        {
            "machines": _machines(tables["machines"]),
            "demands": tables["demands"].with_columns(
                pl.lit(value=True).alias("backlogged"),
                (LATE_SHARE * _prices(tables)).alias("shortage_cost"),
            ),
            "routings": _routings(tables["routings"]),
            "setups": _setups(tables["setups"]),
            "tariffs": _tariffs(tables["tariffs"]),
            "sites": tables["sites"].with_columns(pl.lit("power").alias("tariff")),
        },
    )


def _machines(table: pl.DataFrame) -> pl.DataFrame:
    group = pl.col("group")

    def of(name: str, factor: float = 1.0) -> pl.Expr:
        values = {key: row[name] * factor for key, row in MACHINES.items()}
        return group.replace_strict(values, return_dtype=pl.Float64)

    return table.with_columns(
        (pl.col("speed") * SPEED).alias("speed"),
        of("mttf_h", HOUR_S).alias("mttf_s"),
        of("mttr_h", HOUR_S).alias("mttr_s"),
        pl.lit("weibull").alias("failure_law"),
        pl.lit(0.5).alias("failure_cv"),
        pl.lit("gamma").alias("repair_law"),
        pl.lit(0.6).alias("repair_cv"),
        pl.lit("busy").alias("failure_clock"),
        pl.lit("busy").alias("maintenance_clock"),
        of("maintenance_h", HOUR_S).alias("maintenance_s"),
        *(of(state).alias(f"power_{state}_kw") for state in _STATES),
        (1.0 / of("worn_h")).alias("wear_per_h"),
        *(pl.lit(value).alias(name) for name, value in WEAR.items()),
        pl.lit(8 * HOUR_S).alias("reading_every_s"),
    )


_STATES = ("off", "idle", "setup", "busy")


def _prices(tables: Mapping[str, pl.DataFrame]) -> pl.Series:
    joined = tables["demands"].join(
        tables["items"].select("item", pl.col("price").alias("listed")), on="item",
        how="left", maintain_order="left",
    )  # fmt: skip
    return joined.select(pl.coalesce("price", "listed")).to_series()


def _routings(table: pl.DataFrame) -> pl.DataFrame:
    # The family is what stands before the underline: soap_rose is a soap.
    family = pl.col("item").str.split("_").list.first()
    fills = pl.col("machine_group") == "filling"
    return table.with_columns(
        pl.when(fills).then(family).otherwise(pl.col("setup_family"))
        .alias("setup_family")
    )  # fmt: skip


def _setups(table: pl.DataFrame) -> pl.DataFrame:
    families = ("soap", "shampoo", "lotion", "cleaner")
    rows = [
        {"group": "filling", "from_family": one, "to_family": other,
         "setup_s": FAMILY_SETUP_S}
        for one in families for other in families if one != other
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=table.schema)


def _tariffs(table: pl.DataFrame) -> pl.DataFrame:
    rows = [
        {"tariff": "power", "start": hour * 3_600, "price_per_kwh": price}
        for hour, price in TARIFF
    ]
    return pl.DataFrame(rows, schema=table.schema)


def scenario_c(network: Network) -> tuple[Disruption, ...]:
    """Return what goes wrong in the year of network C.

    Parameters
    ----------
    network : Network
        Network C, or the plant behind it.

    Returns
    -------
    tuple of Disruption
    """
    return of_scenario(_scenario(network))


def _scenario(network: Network) -> Scenario:
    week_s = 7 * DAY_S
    shocks = [
        {kind: name, "start_s": start * week_s, "duration_s": weeks * week_s,
         "factor": factor}
        for start, weeks, kind, name, factor in DEMAND_SHOCKS
    ]  # fmt: skip
    suppliers = [
        {"supplier": name, "start_s": start * week_s, "duration_s": weeks * week_s,
         "capacity_factor": 0.0}
        for start, weeks, name in SUPPLIER_FAILURES
    ]  # fmt: skip
    machines = [
        {"machine": name, "start_s": day * DAY_S, "duration_s": days * DAY_S}
        for day, days, name in MACHINE_FAILURES
    ]
    content = {
        "demand_shocks": shocks,
        "supplier_failures": suppliers,
        "machine_failures": machines,
    }
    return build_scenario(content, network, file="network C")


def frozen_hash(network: Network) -> str:
    """Hash a network with its scenario.

    Parameters
    ----------
    network : Network
        Network C.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    text = f"{network.hash}:{scenario_c(network)!r}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def frozen_network() -> Network:
    """Return network C, if it is the one that was frozen.

    Raises
    ------
    ValueError
        If the network or its scenario changed since.
    """
    network = network_c()
    found = frozen_hash(network)
    if found != FROZEN:
        msg = f"network C is frozen as {FROZEN}, was {found}"
        raise ValueError(msg)
    return network

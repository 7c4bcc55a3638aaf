"""Stock over time, and how long goods are on the way."""

import numpy as np
import polars as pl

from twin.kpi.folded import Folded, ratio, spread
from twin.kpi.tables import DAY_US, F8, I8, Records, happened, used

DAYS_PER_YEAR = 365.25


def stock_value(folded: Folded) -> F8:
    """Return the time average of what lies at each stock point, at unit cost.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    ndarray of shape (n_points,), float64
        Money.
    """
    network = folded.network
    value: F8 = folded.mean_level(folded.tables.on_hand)
    return value * network.items.unit_cost[network.stock.item_index]


def cost_of_goods(folded: Folded) -> F8:
    """Return what was sold from each stock point, at unit cost; (n_points,), money."""
    network = folded.network
    unit_cost = network.items.unit_cost[network.stock.item_index]
    sold: F8 = folded.tables.point_flows["sold"] * unit_cost
    return sold


def yearly(folded: Folded, amount: F8) -> F8:
    """Scale amounts of the window to a year of 365.25 days."""
    return amount * (DAYS_PER_YEAR / folded.days)


def received(folded: Folded) -> Records:
    """Return the shipments on lanes that were received in full in the window.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    ndarray of records of `twin.kpi.tables.SHIPMENT`
        Those whose dispatch was told.
    """
    shipments = used(folded.tables, "shipments")
    whole = shipments["received"] >= shipments["quantity"] - 1e-9
    arrived = folded.inside(shipments["received_us"]) & whole
    arrived &= happened(shipments["dispatched_us"]) & (shipments["lane"] >= 0)
    return shipments[arrived]


def transit_us(shipments: Records) -> I8:
    """Return the time from dispatch to receipt, microseconds."""
    times: I8 = shipments["received_us"] - shipments["dispatched_us"]
    return times


def goods(folded: Folded) -> dict[str, float]:
    """Return the measures of stock and transport, see `twin.kpi.definitions`.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    dict of str to float
    """
    value = float(stock_value(folded).sum())
    sold = float(yearly(folded, cost_of_goods(folded)).sum())
    return {
        "stock_mean_value": value,
        "turns": ratio(sold, value),
        **spread("lane_lead_time", transit_us(received(folded))),
    }


def holding_cost(folded: Folded) -> F8:
    """Return what stock cost at each stock point, shape (n_points,), money."""
    unit_days: F8 = folded.tables.on_hand["integral"] / DAY_US
    return unit_days * folded.network.stock.holding_cost_per_day


def pipeline_cost(folded: Folded) -> F8:
    """Return what goods on the way cost on each lane, shape (n_lanes,), money."""
    unit_days: F8 = folded.tables.in_transit["integral"] / DAY_US
    return unit_days * folded.network.lanes.pipeline_cost_per_day


def lane_table(folded: Folded) -> pl.DataFrame:
    """Return measures by lane.

    Parameters
    ----------
    folded : Folded
        A finished fold.

    Returns
    -------
    polars.DataFrame
        One row a lane, in the order of the network: lane, sent_units, shipments
        received, lead_time_mean_s, lead_time_p50_s, lead_time_p95_s,
        in_transit_mean_units, transport_cost, pipeline_cost, purchase_cost.
    """
    lanes, tables = folded.network.lanes, folded.tables
    frame = pl.DataFrame(
        {
            "lane": list(lanes.ids),
            "sent_units": tables.lane_flows["sent"].copy(),
            "in_transit_mean_units": folded.mean_level(tables.in_transit),
            "transport_cost": tables.lane_flows["cost"].copy(),
            "pipeline_cost": pipeline_cost(folded),
            "purchase_cost": tables.lane_flows["purchase"].copy(),
        },
        schema_overrides={"lane": pl.String},
    ).with_row_index("index")
    shipments = received(folded)
    seconds = pl.col("seconds")
    times = (
        pl.DataFrame(
            {
                "index": shipments["lane"].astype(np.uint32),
                "seconds": transit_us(shipments) / 1e6,
            }
        )
        .group_by("index")
        .agg(
            seconds.count().alias("shipments"),
            seconds.mean().alias("lead_time_mean_s"),
            seconds.quantile(0.5, "linear").alias("lead_time_p50_s"),
            seconds.quantile(0.95, "linear").alias("lead_time_p95_s"),
        )
    )
    joined = frame.join(times, on="index", how="left", maintain_order="left")
    counted = joined.with_columns(pl.col("shipments").fill_null(0))
    return counted.drop("index")

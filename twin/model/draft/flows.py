"""Lanes, demands and prices as they were observed."""

import polars as pl

from twin.model.draft.collect import TIME, Seen
from twin.model.draft.places import Cast

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
# A lane of fewer receipts takes the law of all items between its two places.
N_RECEIPTS_MIN = 8
# Lead time of a lane nobody saw: half or double is as good a guess.
UNKNOWN_LEAD_TIME_S = 7 * 86_400
UNKNOWN_SUPPLIER = "unknown_supplier"

ENDS = ["from_place", "to_place"]
ROUTE = [*ENDS, "item"]


def lanes(seen: Seen, cast: Cast) -> pl.DataFrame:
    """Derive lanes with their lead-time laws.

    The lead time runs from the order to its receipt where orders are known, else from
    dispatch to receipt. What goes from a customer or to a supplier is no lane.

    Parameters
    ----------
    seen : dict of str to DataFrame
        Events by type.
    cast : Cast
        What each id is.

    Returns
    -------
    DataFrame
        Columns of the table ``lanes`` and, for comments, ``n_receipts``, ``median_s``
        and ``is_pooled`` (over all items of the two places); sorted by lane.
    """
    ordered = _ordered(seen)
    moved = _moved(seen).join(ordered.select(ROUTE).unique(), on=ROUTE, how="anti")
    flows = pl.concat([ordered, moved, _named(seen)]).filter(
        pl.col("from_place").is_in([*cast.sites, *cast.suppliers])
        & pl.col("to_place").is_in([*cast.sites, *cast.customers])
        & (pl.col("from_place") != pl.col("to_place"))
    )
    own = _law(flows, ROUTE)
    pooled = _law(flows, ENDS)
    n_own, n_all = pl.col("n_receipts"), pl.col("n_receipts_pooled")
    is_pooled = (n_own < N_RECEIPTS_MIN) & (n_all > n_own)
    columns = ("lead_time_s", "lead_time_cv", "median_s", "n_receipts")
    chosen = own.join(pooled, on=ENDS, suffix="_pooled").with_columns(
        *(
            pl.when(is_pooled).then(f"{name}_pooled").otherwise(name).alias(name)
            for name in columns
        ),
        is_pooled=is_pooled,
    )
    return chosen.select(
        lane=pl.concat_str(ROUTE, separator=">"),
        **{name: pl.col(name) for name in ROUTE},
        lead_time_s=pl.col("lead_time_s").fill_null(UNKNOWN_LEAD_TIME_S),
        lead_time_law=_law_name("lead_time_cv"),
        lead_time_cv=pl.col("lead_time_cv"),
        price=pl.col("price").fill_null(0.0),
        n_receipts=pl.col("n_receipts"),
        median_s=pl.col("median_s"),
        is_pooled=pl.col("is_pooled"),
    ).sort("lane")


def unknown_lanes(missing: pl.DataFrame) -> pl.DataFrame:
    """Make a lane from an unknown supplier for what comes from nowhere.

    Parameters
    ----------
    missing : DataFrame
        Columns ``item`` and ``site``.

    Returns
    -------
    DataFrame
        As `lanes`, with no receipts.
    """
    return missing.unique().sort("item", "site").select(
        lane=pl.concat_str(
            pl.lit(UNKNOWN_SUPPLIER), "site", "item", separator=">"
        ),
        from_place=pl.lit(UNKNOWN_SUPPLIER),
        to_place=pl.col("site"),
        item=pl.col("item"),
        lead_time_s=pl.lit(float(UNKNOWN_LEAD_TIME_S)),
        lead_time_law=pl.lit("constant"),
        lead_time_cv=pl.lit(0.0),
        price=pl.lit(0.0),
        n_receipts=pl.lit(0, pl.UInt32),
        median_s=pl.lit(None, pl.Float64),
        is_pooled=pl.lit(value=False),
    )  # fmt: skip


def demands(seen: Seen) -> pl.DataFrame:
    """Derive the law of daily demand by customer, item and site.

    Days without orders count, from the first to the last day on which anybody ordered.

    Parameters
    ----------
    seen : dict of str to DataFrame
        Events by type.

    Returns
    -------
    DataFrame
        Columns of the table ``demands`` and ``n_orders``; `dispersion` is
        (variance - mean) / mean^2, not below 0.
    """
    key = ["customer", "item", "site"]
    orders = (
        seen["OrderReceived"]
        .drop_nulls([*key, "quantity"])
        .with_columns(day=pl.col(TIME) // DAY_US)
    )
    if not orders.height:
        orders = orders.clear()
    days = orders.select(n=pl.col("day").max() - pl.col("day").min() + 1)["n"]
    n_days = days[0] or 1
    daily = orders.group_by([*key, "day"]).agg(
        pl.col("quantity").sum(), pl.col("price").mean(), n=pl.len()
    )
    mean = pl.col("total") / n_days
    variance = pl.col("squares") / n_days - mean**2
    return (
        daily.group_by(key)
        .agg(
            total=pl.col("quantity").sum(),
            squares=(pl.col("quantity") ** 2).sum(),
            price=pl.col("price").mean(),
            n_orders=pl.col("n").sum(),
        )
        .filter(pl.col("total") > 0)
        .select(
            *key,
            mean_per_day=mean,
            dispersion=((variance - mean) / mean**2).clip(lower_bound=0.0),
            price=pl.col("price"),
            n_orders=pl.col("n_orders"),
        )
        .sort(key)
    )


def stock_points(seen: Seen) -> pl.DataFrame:
    """List (item, site) pairs with stock, counted or moved."""
    moved = seen["StockMoved"]
    pairs = [
        seen["StockCounted"].select("item", "site"),
        moved.select("item", site="from_site"),
        moved.select("item", site="to_site"),
    ]
    return pl.concat(pairs).drop_nulls().unique().sort("item", "site")


def item_prices(seen: Seen) -> pl.DataFrame:
    """Return the mean purchase price (``unit_cost``) and selling price by item."""
    bought = (
        seen["PurchaseOrderPlaced"]
        .group_by("item")
        .agg(unit_cost=pl.col("price").mean())
    )
    sold = pl.concat(
        [seen["OrderReceived"].select("item", "price"),
         seen["PriceChanged"].select("item", "price")]
    ).group_by("item").agg(pl.col("price").mean())  # fmt: skip
    return bought.join(sold, on="item", how="full", coalesce=True).drop_nulls("item")


def law_of(values: pl.Expr) -> dict[str, pl.Expr]:
    """Return expressions for mean, median, cv and count of observed values."""
    mean = values.mean()
    spread = values.std().fill_null(0.0)
    return {
        "mean": mean,
        "median": values.median(),
        "cv": pl.when(mean > 0).then(spread / mean).otherwise(0.0),
        "n": values.count(),
    }


def _law_name(cv: str) -> pl.Expr:
    name = pl.when(pl.col(cv) > 0).then(pl.lit("lognormal"))
    return name.otherwise(pl.lit("constant"))


def _law(flows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    law = law_of(pl.col("lead_s"))
    return flows.group_by(keys).agg(
        lead_time_s=law["mean"],
        median_s=law["median"],
        lead_time_cv=law["cv"],
        n_receipts=law["n"],
        price=pl.col("price").mean(),
    )


def _ordered(seen: Seen) -> pl.DataFrame:
    # An order is received when its last shipment is; a first part would flatter.
    received = (
        seen["ShipmentReceived"]
        .drop_nulls("order")
        .group_by("order")
        .agg(received=pl.col(TIME).max())
    )
    placed = seen["PurchaseOrderPlaced"].unique("order", keep="first")
    return placed.join(received, on="order", how="left").select(
        from_place="supplier",
        to_place="site",
        item="item",
        price="price",
        lead_s=_seconds(pl.col("received") - pl.col(TIME)),
    )


def _moved(seen: Seen) -> pl.DataFrame:
    received = (
        seen["ShipmentReceived"]
        .group_by("shipment", "item")
        .agg(received=pl.col(TIME).max())
    )
    return seen["ShipmentDispatched"].join(
        received, on=["shipment", "item"], how="left"
    ).select(
        from_place="from_site",
        to_place="to_site",
        item="item",
        price=pl.lit(None, pl.Float64),
        lead_s=_seconds(pl.col("received") - pl.col(TIME)),
    )  # fmt: skip


def _named(seen: Seen) -> pl.DataFrame:
    # Flows whose order or dispatch nobody saw: they tell the way, not the time.
    received, confirmed = seen["ShipmentReceived"], seen["PurchaseOrderConfirmed"]
    ways = [
        received.select(from_place="from_site", to_place="site", item="item"),
        confirmed.select(from_place="supplier", to_place="site", item="item"),
    ]
    nothing = pl.lit(None, pl.Float64)
    named = pl.concat(ways).drop_nulls().unique(maintain_order=True)
    return named.with_columns(price=nothing, lead_s=nothing)


def _seconds(span_us: pl.Expr) -> pl.Expr:
    # A receipt booked before its order says nothing about the lead time.
    return pl.when(span_us >= 0).then(span_us / SECOND_US)

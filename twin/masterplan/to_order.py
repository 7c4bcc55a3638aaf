"""What is made on order, one by one: a customer's order and what is made for it."""

import polars as pl

from twin.masterplan.tables import PlanTables
from twin.model.network import Network
from twin.simulate.routings import RoutingRows

MADE_TO_ORDER = {
    "customer_order": pl.String, "customer": pl.String, "options": pl.String,
    "production_order": pl.String, "item": pl.String, "site": pl.String,
    "family": pl.String, "group": pl.String, "pieces": pl.Float64,
    "asked_us": pl.Int64, "due_us": pl.Int64, "released_us": pl.Int64,
    "start_us": pl.Int64, "end_us": pl.Int64, "late_s": pl.Float64,
}  # fmt: skip
"""Columns of what is made on order: orders of one `group` are of one setup family and
were released together; `due_us` is when the customer wants it, `late_s` by how much it
is made later, null while it is not made."""


def made_to_order(network: Network, tables: PlanTables) -> pl.DataFrame:
    """Put each customer's order beside what is made for it.

    Parameters
    ----------
    network : Network
        Its open orders name options.
    tables : PlanTables
        Of a plan.

    Returns
    -------
    polars.DataFrame
        Columns of `MADE_TO_ORDER`, in the order of release; parts that are made for an
        order have rows of their own.
    """
    options = dict(
        zip(network.open_orders.ids, network.open_orders.options, strict=True)
    )
    asked = tables.sales.select(
        "customer", "asked_us", "due_us", made_for="order"
    ).unique("made_for", keep="first", maintain_order=True)
    starts = tables.begun.group_by("order").agg(pl.col("start_us").min())
    ends = tables.closed.select("order", "end_us").unique("order", keep="last")
    rows = (
        tables.released.filter(pl.col("made_for") != "")
        .join(asked, on="made_for", how="left", maintain_order="left")
        .join(starts, on="order", how="left", maintain_order="left")
        .join(ends, on="order", how="left", maintain_order="left")
    )
    family = _families(network)
    keys = list(zip(rows["item"], rows["site"], strict=True))
    families = [family.get(key, key[0]) for key in keys]
    rows = rows.with_columns(
        family=pl.Series(families, dtype=pl.String),
        options=pl.Series(
            [options.get(name) or "" for name in rows["made_for"]], dtype=pl.String
        ),
    )
    group = pl.struct("released_us", "site", "family").rank("dense")
    return rows.with_columns(
        group=pl.format("G{}", group),
        late_s=(pl.col("end_us") - pl.col("due_us")).clip(0) / 1e6,
        customer_order=pl.col("made_for"),
        production_order=pl.col("order"),
    ).select(*MADE_TO_ORDER)


def _families(network: Network) -> dict[tuple[str, str], str]:
    rows_of, routings, made = RoutingRows(network), network.routings, network.production
    found = {}
    for item, site in zip(made.first.tolist(), made.second.tolist(), strict=True):
        own = routings.setup_family_index[rows_of.of(item, site)]
        own = own[own >= 0]
        if len(own):
            key = network.items.ids[item], network.places.ids[site]
            found[key] = network.families[int(own[0])]
    return found

"""What a plan costs and earns, added up from its tables alone.

Nothing here reads a state or an event: it is the arithmetic of a planner with the
orders, shipments and sales of the plan on one side and the tables of the network on the
other. Both sides of `twin.masterplan.check` so come from different sources.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twin.masterplan.tables import PlanTables
from twin.model.network import Network

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
_CLOSED = ("off", "down", "maintenance")


@dataclass(frozen=True, slots=True)
class Span:
    """The reviews of a plan: from when, how long each, and how many."""

    start_us: int
    review_us: int
    n_periods: int

    @property
    def ends_us(self) -> range:
        """Ends of the reviews, microseconds UTC."""
        first = self.start_us + self.review_us
        return range(first, first + self.n_periods * self.review_us, self.review_us)

    @property
    def days(self) -> float:
        """Length of a review."""
        return self.review_us / DAY_US


def planned_money(
    network: Network, tables: PlanTables, moves: pl.DataFrame, span: Span
) -> dict[str, float]:
    """Add up a plan, in the currency of its network.

    Parameters
    ----------
    network : Network
        Prices and costs.
    tables : PlanTables
        Of the plan.
    moves : polars.DataFrame
        Its moves of stock.
    span : Span
        Stock, goods on the way and backlog are charged at the ends of reviews.

    Returns
    -------
    dict of str to float
        Keys ``sales, purchase, transport, handling, holding, shortage, profit``, as in
        `twin.kpi.ledger`.
    """
    shipments = with_lanes(network, tables)
    delivered = shipments.filter(pl.col("kind") == "delivery")
    sold = delivered.join(
        demand_terms(network).rename({"price": "sold_for"}),
        left_on=["to_place", "item", "from_place"],
        right_on=["customer", "item", "site"],
        how="left",
        maintain_order="left",
    )
    fixed = shipments["fixed_cost"].fill_null(0.0).sum()
    money = {
        "sales": _dot(sold, sold["sold_for"]),
        "purchase": _dot(shipments, shipments["price"]),
        "transport": _dot(shipments, shipments["unit_cost"]) + float(fixed),
        "handling": _handling(network, shipments, moves) + _work(network, tables, span),
        "holding": _holding(network, shipments, moves, span),
        "shortage": _shortage(network, tables, span),
    }
    costs = sum(value for name, value in money.items() if name != "sales")
    return money | {"profit": money["sales"] - costs}


def _dot(frame: pl.DataFrame, rate: pl.Series) -> float:
    return float(frame["quantity"].to_numpy() @ rate.fill_null(0.0).to_numpy())


def with_lanes(network: Network, tables: PlanTables) -> pl.DataFrame:
    """Shipments with what their lanes cost: that of the order, else the first."""
    lanes = network.lanes
    ids, pairs = network.places.ids, network.lane_items
    carried = pl.DataFrame(
        {
            "lane": [lanes.ids[k] for k in pairs.first.tolist()],
            "from_place": [ids[lanes.from_place_index[k]] for k in pairs.first],
            "to_place": [ids[lanes.to_place_index[k]] for k in pairs.first],
            "item": [network.items.ids[k] for k in pairs.second.tolist()],
            "price": lanes.price[pairs.first],
            "unit_cost": lanes.unit_cost[pairs.first],
            "fixed_cost": lanes.fixed_cost[pairs.first],
            "pipeline": lanes.pipeline_cost_per_day[pairs.first],
        }
    )
    ends = ["from_place", "to_place", "item"]
    first = carried.unique(ends, keep="first", maintain_order=True)
    chosen = tables.orders.select("order", own="lane").unique("order")
    known = tables.shipments.join(
        chosen, on="order", how="left", maintain_order="left"
    ).join(first, on=ends, how="left", maintain_order="left")
    lane = pl.coalesce("own", "lane").alias("lane")
    costs = ("price", "unit_cost", "fixed_cost", "pipeline")
    return known.select(*tables.shipments.columns, lane).join(
        carried.select("lane", "item", *costs),
        on=["lane", "item"],
        how="left",
        maintain_order="left",
    )


def demand_terms(network: Network) -> pl.DataFrame:
    """Return what customers pay for an item of a site, and what lateness costs there.

    Parameters
    ----------
    network : Network
        Its demands.

    Returns
    -------
    polars.DataFrame
        ``customer, item, site, price, shortage_cost, backlogged``; a price that is not
        known is 0.
    """
    demands, places = network.demands, network.places.ids
    return pl.DataFrame(
        {
            "customer": [places[k] for k in demands.customer_index.tolist()],
            "item": [network.items.ids[k] for k in demands.item_index.tolist()],
            "site": [places[k] for k in demands.site_index.tolist()],
            "price": np.nan_to_num(demands.price),
            "shortage_cost": demands.shortage_cost,
            "backlogged": demands.backlogged,
        }
    )


def _handling(network: Network, shipments: pl.DataFrame, moves: pl.DataFrame) -> float:
    rate = pl.DataFrame(
        {"place": network.places.ids, "rate": network.places.handling_cost}
    )
    made = moves.filter(pl.col("kind") == "made").select("place", "quantity")
    sent = shipments.select(place="from_place", quantity="quantity")
    handled = pl.concat([made, sent]).join(
        rate, on="place", how="left", maintain_order="left"
    )
    return _dot(handled, handled["rate"])


def _work(network: Network, tables: PlanTables, span: Span) -> float:
    """Money for the hours in which machines are busy or set up."""
    end_us = span.start_us + span.n_periods * span.review_us
    changes: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    # What was begun before the plan tells an earlier start when it ends: the end of an
    # operation is the next one of its order on its machine.
    ends = tables.operations.select("order", "machine", "end_us").sort("end_us")
    begun = (
        tables.begun.sort("start_us")
        .join_asof(
            ends,
            left_on="start_us",
            right_on="end_us",
            by=["order", "machine"],
            strategy="forward",
            coalesce=False,
            check_sortedness=False,
        )
        .select("machine", "start_us", pl.col("end_us").fill_null(end_us))
    )
    for machine, start_us, until_us in (
        *begun.iter_rows(),
        *tables.setups.select("machine", "start_us", "end_us").iter_rows(),
    ):
        changes[machine] += [(start_us, 1, 0), (until_us, -1, 0)]
    until = pl.col("since_us").shift(-1, fill_value=end_us).over("machine")
    closed = tables.states.with_columns(until=until).filter(
        pl.col("state").is_in(_CLOSED)
    )
    for machine, since_us, until_us in closed.select(
        "machine", "since_us", "until"
    ).iter_rows():
        changes[machine] += [(since_us, 0, 1), (until_us, 0, -1)]
    cost = dict(zip(network.machines.ids, network.machines.cost_per_h, strict=True))
    return float(sum(_worked_h(rows) * cost[name] for name, rows in changes.items()))


def _worked_h(changes: list[tuple[int, int, int]]) -> float:
    """Hours in which something is on a machine that is open."""
    worked_us = since_us = running = closed = 0
    for time_us, more, closes in sorted(changes):
        if running > 0 and closed == 0:
            worked_us += time_us - since_us
        since_us = time_us
        running, closed = running + more, closed + closes
    return worked_us / HOUR_US


def _holding(
    network: Network, shipments: pl.DataFrame, moves: pl.DataFrame, span: Span
) -> float:
    stock = network.stock
    rate = {
        (network.items.ids[item], network.places.ids[site]): float(cost)
        for item, site, cost in zip(
            stock.item_index.tolist(),
            stock.site_index.tolist(),
            stock.holding_cost_per_day.tolist(),
            strict=True,
        )
    }
    charged = np.array(
        [rate.get(point, 0.0) for point in moves.select("item", "place").iter_rows()]
    )
    value = charged * moves["quantity"].to_numpy()
    came_in = moves["review"].to_numpy()
    on_way = (
        shipments["quantity"].to_numpy()
        * shipments["pipeline"].fill_null(0.0).to_numpy()
    )
    sent_in = shipments["review"].to_numpy()
    arrives_us = shipments["arrives_us"].fill_null(np.iinfo(np.int64).max).to_numpy()
    total = 0.0
    for review, end_us in enumerate(span.ends_us):
        total += float(value[came_in <= review].sum())
        total += float(on_way[(sent_in <= review) & (arrives_us > end_us)].sum())
    return total * span.days


def _shortage(network: Network, tables: PlanTables, span: Span) -> float:
    asked = tables.sales.join(
        demand_terms(network), on=["customer", "item", "site"], how="inner",
        maintain_order="left",
    )  # fmt: skip
    lost = asked.filter(~pl.col("backlogged"))
    left = (lost["quantity"] - lost["shipped"]).clip(lower_bound=0.0)
    total = float(left.to_numpy() @ lost["shortage_cost"].to_numpy())
    waits = asked.filter(pl.col("backlogged"))
    sent = tables.shipments.filter(pl.col("kind") == "delivery").join(
        waits.select("order", "shortage_cost"), on="order", how="inner"
    )
    (asked_in, owed), (sent_in, served) = _charged(waits), _charged(sent)
    for review in range(span.n_periods):
        late = owed[asked_in <= review].sum() - served[sent_in <= review].sum()
        total += float(late) * span.days
    return total


def _charged(frame: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    reviews: NDArray[np.int64] = frame["review"].to_numpy()
    return reviews, frame["quantity"].to_numpy() * frame["shortage_cost"].to_numpy()

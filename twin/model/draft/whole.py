"""A draft of a whole network from a log, and where each of its numbers comes from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import polars.selectors as cs

from streams.batch import EventBatch
from twin.errors import OptionError
from twin.model.draft.collect import TIME, Seen, collect
from twin.model.draft.flows import (
    SECOND_US,
    UNKNOWN_SUPPLIER,
    demands,
    item_prices,
    lanes,
    stock_points,
    unknown_lanes,
)
from twin.model.draft.places import Cast, find_places
from twin.model.draft.shop import machines, routings
from twin.model.network import Network, build

SIGNIFICANT_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Draft:
    """A network as far as a log shows it.

    Attributes
    ----------
    network : Network
        Valid as it is; costs, capacities and calendars wait for a planner.
    comments : mapping of str to sequence of str
        By table: from how many observations each law comes; for `write`.
    """

    network: Network
    comments: Mapping[str, Sequence[str]]


def draft(batches: Iterable[EventBatch], *, name: str) -> Draft:
    """Derive a network from events.

    Parameters
    ----------
    batches : iterable of EventBatch
        The events, in any order.
    name : str
        Name of the network.

    Returns
    -------
    Draft
        The same for the same events, however they are cut into batches.

    Raises
    ------
    OptionError
        If there are no events.
    NetworkError
        If what the events say cannot be true together.
    """
    seen = collect(batches)
    first = [f[TIME].min() for f in seen.values() if f.height and TIME in f.columns]
    if not first:
        raise OptionError("a draft needs events; the log has none of a known type")
    cast = find_places(seen)
    shop = {"machines": machines(seen, cast), "routings": routings(seen)}
    ways = _all_lanes(seen, cast, shop["routings"])
    asked = demands(seen)
    tables = {
        "sites": _sites(cast),
        "items": _items(seen, cast),
        "suppliers": _suppliers(cast, ways),
        "customers": pl.DataFrame(
            {"customer": cast.customers}, {"customer": pl.String}
        ),
        "machines": shop["machines"],
        "routings": shop["routings"].drop("n_observed", "n_orders", "median_s"),
        "lanes": ways.drop("n_receipts", "median_s", "is_pooled"),
        "demands": asked.drop("n_orders"),
        "stock": stock_points(seen),
    }
    # Floored to the second: nothing that was seen lies before `as_of`.
    as_of_us = min(int(t) for t in first if isinstance(t, int)) // SECOND_US * SECOND_US
    settings = {"name": name, "as_of": _time(as_of_us)}
    comments = _comments(shop["routings"], ways, asked)
    rounded = {table: _rounded(frame) for table, frame in tables.items()}
    return Draft(build(rounded, settings), comments)


def _all_lanes(seen: Seen, cast: Cast, steps: pl.DataFrame) -> pl.DataFrame:
    found = lanes(seen, cast)
    bought = found.filter(pl.col("from_place").is_in(cast.suppliers))["item"]
    sourced = set(bought) | set(steps["item"])
    missing = [item for item in cast.items if item not in sourced]
    seen_at = pl.concat(
        [stock_points(seen), seen["OrderReceived"].select("item", "site")]
    ).unique()
    where = pl.DataFrame({"item": missing}, {"item": pl.String}).join(
        seen_at, on="item", how="left"
    )
    first = pl.lit(cast.sites[0])
    guessed = unknown_lanes(where.with_columns(pl.col("site").fill_null(first)))
    return pl.concat([found, guessed], how="vertical_relaxed")


def _rounded(frame: pl.DataFrame) -> pl.DataFrame:
    # More digits than an observed law has; the last ones depend on the order of sums.
    return frame.with_columns(cs.float().round_sig_figs(SIGNIFICANT_DIGITS))


def _sites(cast: Cast) -> pl.DataFrame:
    kinds = ["plant" if site in cast.plants else "warehouse" for site in cast.sites]
    return pl.DataFrame({"site": list(cast.sites), "kind": kinds})


def _suppliers(cast: Cast, ways: pl.DataFrame) -> pl.DataFrame:
    guessed = set(ways["from_place"]) & {UNKNOWN_SUPPLIER}
    names = sorted({*cast.suppliers, *guessed})
    return pl.DataFrame({"supplier": names}, {"supplier": pl.String})


def _items(seen: Seen, cast: Cast) -> pl.DataFrame:
    items = pl.DataFrame({"item": list(cast.items)}, {"item": pl.String})
    return items.join(item_prices(seen), on="item", how="left").sort("item")


def _time(time_us: int) -> str:
    moment = pl.Series([time_us]).cast(pl.Datetime("us"))
    return str(moment.dt.strftime("%Y-%m-%dT%H:%M:%SZ")[0])


def _comments(
    steps: pl.DataFrame, ways: pl.DataFrame, asked: pl.DataFrame
) -> dict[str, list[str]]:
    routing_lines = [
        f"{row['item']} {row['operation']}: {row['n_observed']} observed, median "
        f"{_short(row['median_s'])} s a unit; {row['n_orders']} orders went this way"
        for row in steps.iter_rows(named=True)
    ]
    lane_lines = [_lane_comment(row) for row in ways.iter_rows(named=True)]
    demand_lines = [
        f"{row['customer']} {row['item']} {row['site']}: {row['n_orders']} orders"
        for row in asked.iter_rows(named=True)
    ]
    return {
        "network": ["Drafted from a log; costs and capacities are still to be filled."],
        "routings": ["Laws fitted to:", *routing_lines],
        "lanes": ["Laws fitted to:", *lane_lines],
        "demands": ["Laws fitted to:", *demand_lines],
    }


def _lane_comment(row: Mapping[str, Any]) -> str:
    if not row["n_receipts"]:
        return f"{row['lane']}: no receipt seen; the lead time is a guess"
    pooled = " of all items between the two" if row["is_pooled"] else ""
    median = _short(row["median_s"])
    return f"{row['lane']}: {row['n_receipts']} receipts{pooled}, median {median} s"


def _short(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.6g}"

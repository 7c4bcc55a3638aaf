"""Lanes: lead times from the order, or from dispatch to a customer, to the receipt."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.lifetimes import Lifetimes
from twin.calibrate.machines import N_OWN_MIN, pooled
from twin.calibrate.samples import SECOND_US, Sample, Window
from twin.model.columns import ANY
from twin.model.draft.collect import TIME, Seen
from twin.model.network import Network

_LINE = ["order", "item"]
_ROUTE = ["from_place", "to_place", "item", "begin", "end"]
_WHOLE = 1.0 - 1e-9  # share of a quantity at which it is all


@dataclass(frozen=True, slots=True)
class _Ways:
    """Lanes by their ends: of an item, and of any."""

    own: dict[tuple[str, str, str], list[str]]

    def lane(self, origin: str, target: str, item: str) -> str | None:
        named = self.own.get((origin, target, item))
        found = named or self.own.get((origin, target, ANY), [])
        return found[0] if len(found) == 1 else None


def lane_samples(
    network: Network, seen: Seen, *, window: Window, left_out: Counter[str]
) -> list[Sample]:
    """Gather lead times by lane.

    Of what is ordered from a supplier or another site the lead time runs from the order
    to the receipt of all of it; what is cancelled ends with its last receipt, or is
    left out if nothing was sent. To a customer it runs from dispatch to receipt. What
    is still under way is censored.

    Parameters
    ----------
    network : Network
        Its lanes.
    seen : dict of str to DataFrame
        Events by type, up to the end of the window.
    window : Window
        Orders placed, or dispatched, in it count.
    left_out : Counter
        Gets what cannot be used, by reason.

    Returns
    -------
    list of Sample
    """
    lanes = network.tables["lanes"]
    ways: dict[tuple[str, str, str], list[str]] = {}
    columns = ("lane", "from_place", "to_place", "item")
    for lane, origin, target, item in lanes.select(columns).iter_rows():
        ways.setdefault((origin, target, item), []).append(lane)
    known = _Ways(ways)
    # Of orders under way at `as_of` the log tells when it began, not when they did.
    begun = network.tables["open_orders"]["order"].to_list()
    legs = pl.concat([_ordered(seen, begun), _delivered(seen)])
    legs = legs.filter(pl.col("begin") >= window.start_us).sort("begin", *_ROUTE[:3])
    gathered: dict[str, list[tuple[int, int, bool]]] = {}
    for origin, target, item, begin, end in legs.select(_ROUTE).iter_rows():
        lane = known.lane(origin, target, item)
        if lane is None:
            left_out["shipments of no lane, or of several that look alike"] += 1
            continue
        is_over = end is not None
        last = end if is_over else window.end_us
        if last >= begin:
            gathered.setdefault(lane, []).append((begin, last - begin, is_over))
    own = [_sample(lane, values) for lane, values in sorted(gathered.items())]
    return _pooled(own, network)


def _sample(lane: str, values: list[tuple[int, int, bool]]) -> Sample:
    spans = np.array([span for _, span, _ in values], np.float64)
    return Sample(
        table="lanes",
        key={"lane": lane},
        column="lead_time_s",
        began_us=np.array([begin for begin, _, _ in values], np.int64),
        lifetimes=Lifetimes.of(spans / SECOND_US, [over for _, _, over in values]),
    )


def _ordered(seen: Seen, begun: list[str]) -> pl.DataFrame:
    placed = seen["PurchaseOrderPlaced"].unique(_LINE, keep="first").select(
        *_LINE, from_place="supplier", to_place="site", wanted="quantity", begin=TIME
    )  # fmt: skip
    # A receipt may name the order, or only the shipment that was dispatched for it.
    sent = (
        seen["ShipmentDispatched"]
        .drop_nulls("order")
        .select("shipment", "item", "quantity", sent_for="order")
    )
    got = seen["ShipmentReceived"].join(
        sent.select("shipment", "item", "sent_for").unique(["shipment", "item"]),
        on=["shipment", "item"], how="left",
    )  # fmt: skip
    got = got.with_columns(order=pl.coalesce("order", "sent_for")).drop_nulls("order")
    received = got.group_by(_LINE).agg(
        received=pl.col("quantity").sum(), last=pl.col(TIME).max()
    )
    dispatched = sent.group_by(order="sent_for", item="item").agg(
        sent=pl.col("quantity").sum()
    )
    cancelled = seen["OrderCancelled"].select("order", is_cancelled=pl.lit(value=True))
    orders = (
        placed.join(received, on=_LINE, how="left")
        .join(dispatched, on=_LINE, how="left")
        .join(cancelled.unique("order"), on="order", how="left")
        .with_columns(
            pl.col("is_cancelled").fill_null(value=False),
            pl.col("received", "sent").fill_null(0.0),
        )
    )
    still = pl.when(pl.col("is_cancelled")).then("sent").otherwise("wanted")
    is_whole = pl.col("received") >= _WHOLE * still
    nothing = pl.col("is_cancelled") & (pl.col("sent") <= 0) & (pl.col("received") <= 0)
    is_old = pl.col("order").is_in(begun)
    return orders.filter(~nothing & ~is_old).select(
        *_ROUTE[:3], "begin", end=pl.when(is_whole).then("last")
    )


def _delivered(seen: Seen) -> pl.DataFrame:
    # What goes to a customer, and transfers that nobody ordered.
    orders = seen["PurchaseOrderPlaced"].select("order").unique()
    sent = seen["ShipmentDispatched"].join(orders, on="order", how="anti")
    got = seen["ShipmentReceived"].group_by("shipment", "item").agg(
        received=pl.col("quantity").sum(), last=pl.col(TIME).max()
    )  # fmt: skip
    legs = sent.join(got, on=["shipment", "item"], how="left")
    is_whole = pl.col("received").fill_null(0.0) >= _WHOLE * pl.col("quantity")
    return legs.select(
        from_place="from_site",
        to_place="to_site",
        item="item",
        begin=TIME,
        end=pl.when(is_whole).then("last"),
    )


def _pooled(samples: list[Sample], network: Network) -> list[Sample]:
    lanes = network.tables["lanes"].select("lane", "from_place", "to_place")
    ends = {lane: (origin, target) for lane, origin, target in lanes.iter_rows()}
    routes: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        routes.setdefault(ends[str(sample.key["lane"])], []).append(sample)
    found = []
    for sample in samples:
        origin, target = ends[str(sample.key["lane"])]
        mates = routes[origin, target]
        if sample.n_observed >= N_OWN_MIN or len(mates) == 1:
            found.append(sample)
        else:
            found.append(pooled(sample, mates, f"all items from {origin} to {target}"))
    return found

"""Why customers are not served: what was short, and what its goods waited for."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from twin.masterplan.making import MasterPlan
from twin.masterplan.money import demand_terms
from twin.masterplan.pegging import JOINED, MISSING, TINY

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Link:
    """One step back from a shortage: an order, and when what it brings is there.

    Attributes
    ----------
    kind : str
        ``transfer_in``, ``made``, ``purchase`` or ``opening``.
    order : str
        Its id; empty for stock of the beginning.
    item, place : str
        What comes where.
    comes_us : int
        When, microseconds UTC.
    began_us : int or None
        When the order was released; None where the plan did not release it.
    ready_us : int or None
        When the last of what it takes was there, None if it takes nothing.
    """

    kind: str
    order: str
    item: str
    place: str
    comes_us: int
    began_us: int | None = None
    ready_us: int | None = None

    def held_back(self, patience_us: int) -> bool:
        """Tell whether it could have begun more than `patience_us` earlier.

        Then nothing was missing: machine time, or the goods themselves, went to what
        the plan earns more with.
        """
        if self.began_us is None or self.ready_us is None:
            return False
        return self.began_us - self.ready_us > patience_us


@dataclass(frozen=True, slots=True)
class Shortage:
    """Demand that a plan does not serve at once.

    Attributes
    ----------
    item, site : str
        What is short where.
    first_us, last_us : int
        When the first and the last customer was not served, microseconds UTC.
    quantity : float
        Units not shipped when they were asked for.
    cost : float
        Money: of what is lost its price and shortage cost, of what waits its shortage
        cost for every day that it waits at the end of a review.
    chain : tuple of Link
        The next goods that come there, what they waited for, and so on back to the
        first that was held back or waited for nothing; empty if nothing comes any more.
    """

    item: str
    site: str
    first_us: int
    last_us: int
    quantity: float
    cost: float
    chain: tuple[Link, ...]


def shortages(plan: MasterPlan) -> tuple[Shortage, ...]:
    """List what a plan leaves short, the dearest first.

    Parameters
    ----------
    plan : MasterPlan
        As made.
    """
    sent = plan.tables.shipments.filter(pl.col("kind") == "delivery")
    at_once = (
        sent.rename({"sent_us": "asked_us"})
        .group_by("order", "asked_us")
        .agg(at_once=pl.col("quantity").sum())
    )
    asked = plan.tables.sales.join(
        at_once, on=["order", "asked_us"], how="left", maintain_order="left"
    ).with_columns(
        short=pl.col("quantity") - pl.col("at_once").fill_null(0.0),
        lost=pl.col("quantity") - pl.col("shipped"),
    )
    asked = asked.filter(pl.col("short") > TINY).join(
        demand_terms(plan.network),
        on=["customer", "item", "site"],
        how="left",
        maintain_order="left",
    )
    waited = pl.Series("waited", _waited(plan, asked, sent))
    lost_money = pl.col("lost") * (pl.col("price") + pl.col("shortage_cost"))
    late_money = pl.col("waited") * pl.col("shortage_cost")
    found = (
        asked.with_columns(waited)
        .with_columns(cost=pl.when("backlogged").then(late_money).otherwise(lost_money))
        .group_by("item", "site", maintain_order=True)
        .agg(
            pl.col("asked_us").min().alias("first_us"),
            pl.col("asked_us").max().alias("last_us"),
            pl.col("short").sum(),
            pl.col("cost").sum(),
        )
        .sort("cost", descending=True, maintain_order=True)
    )
    return tuple(
        Shortage(
            item, site, first_us, last_us, quantity, cost,
            binding_chain(plan, (item, site), after_us=first_us),
        )
        for item, site, first_us, last_us, quantity, cost in found.iter_rows()
    )  # fmt: skip


def binding_chain(
    plan: MasterPlan, point: tuple[str, str], *, after_us: int
) -> tuple[Link, ...]:
    """Follow the next goods of a point back, each time to what came last for them.

    Parameters
    ----------
    plan : MasterPlan
        As made.
    point : tuple of str
        Item and place.
    after_us : int
        Microseconds UTC; the first goods that come later are followed.

    Returns
    -------
    tuple of Link
        From the point back. What an order took that came last is what it could not
        begin without, so it is the one that would have to be hastened; where an order
        began more than a review after that, it was held back, and the chain ends.
    """
    item, place = point
    coming = plan.moves.filter(
        (pl.col("item") == item)
        & (pl.col("place") == place)
        & (pl.col("time_us") > after_us)
        & (pl.col("quantity") > 0.0)
    )
    if coming.is_empty():
        return ()
    begun = dict(plan.tables.orders.select("order", "release_us").iter_rows())
    patience_us = plan.network.settings.review_us
    row = coming.row(0, named=True)
    came = (row["kind"], row["order"], item, place, row["time_us"])
    links: list[Link] = []
    seen: set[str] = set()
    while True:
        order = str(came[1])
        taken = plan.pegs.filter(
            (pl.col("to_order") == order) & (pl.col("from_kind") != MISSING)
        )
        last: dict[str, Any] | None = None
        if came[0] in JOINED and not taken.is_empty():
            last = taken.sort("since_us", maintain_order=True).row(-1, named=True)
        ready_us = None if last is None else last["since_us"]
        links.append(Link(*came, began_us=begun.get(order), ready_us=ready_us))
        seen.add(order)
        held = links[-1].held_back(patience_us)
        if last is None or held or last["from_order"] in seen:
            return tuple(links)
        came = (
            last["from_kind"], last["from_order"], last["item"], last["place"],
            last["since_us"],
        )  # fmt: skip


def _waited(plan: MasterPlan, asked: pl.DataFrame, sent: pl.DataFrame) -> list[float]:
    """Return for each order unit-days of lateness, as counted at ends of reviews."""
    shipped: dict[str, list[tuple[int, float]]] = {}
    rows = sent.select("order", "review", "quantity").iter_rows()
    for order, review, quantity in rows:
        shipped.setdefault(order, []).append((review, quantity))
    days = plan.network.settings.review_us / DAY_US
    found = []
    for order, first, quantity in asked.select("order", "review", "quantity").rows():
        late = quantity * (plan.n_periods - first)
        for review, part in shipped.get(order, ()):
            late -= part * (plan.n_periods - review)
        found.append(max(late, 0.0) * days)
    return found

"""What can be done about each kind of constraint, and what it costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from twin.explain.constraints import Constraint, Kind, Tree
from twin.explain.fixes import Draft, Fix, Prices, ranked, tried_fix
from twin.explain.following import Outcome
from twin.explain.played import Played
from twin.explain.relaxing import (
    made_on,
    more_stock,
    open_always,
    pinned,
    released_at_once,
    removed,
    rows_named,
    with_tables,
)
from twin.explain.script import Need, Script
from twin.said import Part, Said

HOUR_US = 3_600e6
DOUBLINGS = 6
"""Times the units of stock that are enough are doubled from those that the order takes
itself: others are served from them before it."""

ANY_UNITS = 1e-9
"""Who must wait for another order waits for the first of its pieces."""

Closed = list[tuple[str, int, int]]  # machine, from when to when


def fixes_of(
    played: Played,
    tree: Tree,
    gaining: Sequence[tuple[Constraint, int | None]],
    *,
    prices: Prices,
) -> tuple[Fix, ...]:
    """Try what could be done about constraints.

    Parameters
    ----------
    played : Played
        The plan.
    tree : Tree
        Of the order.
    gaining : sequence of (Constraint, int or None)
        Constraints without which it would be served sooner, and when, us UTC.
    prices : Prices
        What the network does not say.

    Returns
    -------
    tuple of Fix
        In the order in which to take them.
    """
    found = []
    for constraint, served_us in gaining:
        case = _Case(played, tree, constraint, prices, served_us)
        draft = _DRAFT[constraint.kind](case)
        fix = None if draft is None else tried_fix(played, tree, constraint, draft)
        if fix is not None:
            found.append(fix)
    return ranked(found)


@dataclass(frozen=True, slots=True)
class _Case:
    """A constraint of an order of a plan, and when the order is served without it."""

    played: Played
    tree: Tree
    constraint: Constraint
    prices: Prices
    served_us: int | None

    @property
    def script(self) -> Script:
        """The plan, in which the orders of the tree follow their goods."""
        return pinned(self.played, self.tree.rows)


def _release(case: _Case) -> Draft:
    played, order = case.played, case.constraint.order
    row = _row(played.script, order)
    old_us = _released_us(played.outcome, order)

    def said(outcome: Outcome) -> Said:
        day_us = _released_us(outcome, order)
        text = (
            f"release {row['kind']} order {order} of {row['quantity']:,.6g} "
            f"{row['item']} on {_day(day_us)} instead of {_day(old_us)}"
        )
        own = {name: row[name] for name in ("quantity", "item")}
        days = {"day_us": day_us, "old_us": old_us}
        return Said(
            text, "release", {"order_kind": row["kind"], "order": order, **own, **days}
        )

    def price(outcome: Outcome) -> float:
        return max(_money(outcome, "holding") - _money(played.outcome, "holding"), 0.0)

    return Draft(removed(played, case.tree, case.constraint), said, price)


def _lane(case: _Case) -> Draft | None:
    """Carry the orders of the tree on a lane by express; others go as they did."""
    lane, prices, script = case.constraint.lane, case.prices, case.script
    table = case.played.grounds.network.tables["lanes"]
    own = table.filter(pl.col("lane") == lane)
    lanes = script.orders["lane"].to_list()
    rows = [row for row in case.tree.rows if lanes[row] == lane]
    if not rows:
        return None
    express = f"{lane}_express"
    quicker = own.with_columns(
        lane=pl.lit(express),
        lead_time_s=pl.col("lead_time_s") * prices.express_time,
        unit_cost=pl.col("unit_cost") * prices.express,
        fixed_cost=pl.col("fixed_cost") * prices.express,
    )
    chosen = pl.int_range(pl.len()).is_in(rows)
    orders = script.orders.with_columns(
        lane=pl.when(chosen).then(pl.lit(express)).otherwise("lane")
    )
    grounds = with_tables(case.played.grounds, {"lanes": pl.concat([table, quicker])})
    row, units = own.row(0, named=True), float(script.orders[rows]["quantity"].sum())
    freight = (row["unit_cost"] or 0.0) * units + (row["fixed_cost"] or 0.0) * len(rows)
    extra = freight * (prices.express - 1.0)
    days = float(row["lead_time_s"]) / 86_400.0
    items = list(dict.fromkeys(script.orders[rows]["item"].to_list()))
    text = (
        f"send {units:,.6g} {' and '.join(items)} from {row['from_place']} to "
        f"{row['to_place']} by express, in {days * prices.express_time:.3g} instead "
        f"of {days:.3g} days"
    )
    way = {name: row[name] for name in ("from_place", "to_place")}
    told = {"quantity": units, "items": items, **way, "old_days": days}
    said = Said(text, "express", told | {"days": days * prices.express_time})
    return Draft(
        (grounds, replace(script, orders=orders)),
        lambda _: said,
        lambda _: extra if extra > 0.0 else None,
    )


def _capacity(case: _Case) -> Draft:
    place = case.constraint.place
    text = f"let {place} dispatch more than its capacity in a period"
    said = Said(text, "dispatch_more", {"place": place})
    relaxed = removed(case.played, case.tree, case.constraint)
    return Draft(relaxed, lambda _: said, lambda _: None)


def _machines(case: _Case) -> Draft:
    """Work outside shifts; machines that never stand get another one beside them."""
    played, group, site = case.played, case.constraint.item, case.constraint.place
    network = played.grounds.network
    here = (pl.col("group") == group) & (pl.col("site") == site)
    own = network.tables["machines"].filter(here)
    rate = max((cost or 0.0 for cost in own["cost_per_h"]), default=0.0)
    rows = made_on(played, case.tree, group, site)
    script = released_at_once(case.script, rows)
    orders = [script.steps[row].order for row in rows]
    names = own["machine"].to_list()
    closed = _closed(played.outcome, names)
    if closed:
        frames, rate = open_always(network, group, site), rate * case.prices.overtime
    else:
        slots = pl.col("slots").fill_null(1) + pl.when(here).then(1).otherwise(0)
        frames = {"machines": network.tables["machines"].with_columns(slots=slots)}

    def worked(outcome: Outcome) -> tuple[float, int]:
        return _more_hours(outcome, names, orders, closed=closed)

    return Draft(
        (with_tables(played.grounds, frames), script),
        lambda outcome: _more_machines((group, site), *worked(outcome), closed=closed),
        lambda outcome: worked(outcome)[0] * rate if rate > 0.0 else None,
    )


def _more_machines(
    where: tuple[str, str], hours: float, from_us: int, *, closed: Closed
) -> Said:
    group, site = where
    parts: dict[str, Part] = {
        "group": group,
        "site": site,
        "hours": round(hours, 1),
        "day_us": from_us,
    }
    if closed:
        text = f"{hours:.1f} hours of overtime of {group} at {site}, {_day(from_us)}"
        return Said(text, "overtime", parts)
    text = f"one more machine of {group} at {site}, {hours:.1f} hours, {_day(from_us)}"
    return Said(text, "one_machine_more", parts)


def _more_hours(
    outcome: Outcome, names: list[str], orders: list[str], *, closed: Closed
) -> tuple[float, int]:
    """Return hours that machines work more for some orders, and from when.

    Hours outside their shifts, of all that is done until the orders are; of machines
    that have no shifts, the hours of the orders.
    """
    runs = outcome.tables.operations.filter(pl.col("machine").is_in(names))
    own = runs.filter(pl.col("order").is_in(orders))
    columns = ("machine", "start_us", "end_us")
    spans: Closed = own.select(columns).rows()
    if not spans:
        return 0.0, 0
    if not closed:
        hours = sum(end_us - start_us for _, start_us, end_us in spans) / HOUR_US
        return hours, min(start_us for _, start_us, _ in spans)
    last_us = max(end_us for *_, end_us in spans)
    parts = [
        (max(start_us, since_us), min(end_us, until_us))
        for machine, start_us, end_us in runs.select(columns).rows()
        for name, since_us, until_us in closed
        if name == machine and end_us <= last_us
    ]
    parts = [(start_us, end_us) for start_us, end_us in parts if end_us > start_us]
    hours = sum(end_us - start_us for start_us, end_us in parts) / HOUR_US
    return hours, min((start_us for start_us, _ in parts), default=spans[0][1])


def _before(case: _Case) -> Draft | None:
    """Make what the order needs first, and the one that was ahead of it after it."""
    script, order = case.script, case.constraint.order
    made = script.orders.select("kind", "item", "to_place").rows()
    needs = tuple(
        Need(script.steps[row].order, made[row][1], made[row][2], ANY_UNITS)
        for row in case.tree.rows
        if made[row][0] == "production" and made[row][2] == case.constraint.place
    )
    rows = rows_named(script, order)
    if not needs or set(rows) & set(case.tree.rows):
        return None
    changed = {
        row: replace(script.steps[row], needs=script.steps[row].needs + needs, hold=0)
        for row in rows
    }
    one = _row(script, order)
    text = (
        f"make production order {order} of {one['quantity']:,.6g} {one['item']} after "
        f"what this order needs"
    )
    parts = {"order": order, "quantity": one["quantity"], "item": one["item"]}
    said = Said(text, "make_after", parts)
    profit = _money(case.played.outcome, "profit")
    return Draft(
        (case.played.grounds, script.with_steps(changed)),
        lambda _: said,
        lambda outcome: max(profit - _money(outcome, "profit"), 0.0),
    )


def _stock(case: _Case) -> Draft | None:
    """Find how many units bring as much as plenty."""
    played, tree = case.played, case.tree
    point = case.constraint.item, case.constraint.place
    grounds = played.grounds, case.script
    taken = [one.quantity for one in tree.sources if (one.item, one.place) == point]
    units = max(sum(taken), 1.0)
    for _ in range(DOUBLINGS):
        relaxed = more_stock(grounds, tree.rows, point, units=units)
        served = played.again(*relaxed).served
        if served[tree.asked].served_us == case.served_us:
            break
        units *= 2.0
    else:
        return None
    items = played.grounds.network.tables["items"]
    value = items.filter(pl.col("item") == point[0])["unit_cost"][0] or 0.0
    text = f"{units:,.6g} more {point[0]} on hand at {point[1]} from the start"
    parts = {"quantity": units, "item": point[0], "place": point[1]}
    said = Said(text, "more_stock", parts)
    return Draft(
        relaxed, lambda _: said, lambda _: value * units if value > 0.0 else None
    )


def _queue(case: _Case) -> None:
    # Nobody can undo orders of others; that they are ahead is told, not mended.
    del case


def _released_us(outcome: Outcome, order: str) -> int:
    found = outcome.tables.orders.filter(pl.col("order") == order)["release_us"]
    return int(found[0]) if len(found) else 0


def _row(script: Script, order: str) -> dict[str, Any]:
    return script.orders.row(rows_named(script, order)[0], named=True)


def _day(time_us: int) -> str:
    moment = datetime.fromtimestamp(time_us // 1_000_000, UTC)
    return f"{moment.day} {moment:%B}"


def _money(outcome: Outcome, term: str) -> float:
    return float(outcome.result.table.series(term).sum())


def _closed(outcome: Outcome, names: list[str]) -> Closed:
    """Return when machines are closed by their shifts."""
    states = outcome.tables.states.filter(pl.col("machine").is_in(names))
    until = pl.col("since_us").shift(-1, fill_value=1 << 62).over("machine")
    off = states.with_columns(until=until).filter(pl.col("state") == "off")
    rows: Closed = off.select("machine", "since_us", "until").rows()
    return rows


_DRAFT: dict[Kind, Callable[[_Case], Draft | None]] = {
    "release": _release,
    "lane": _lane,
    "capacity": _capacity,
    "machines": _machines,
    "before": _before,
    "stock": _stock,
    "queue": _queue,
}

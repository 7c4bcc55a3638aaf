"""Whether a plan holds together: quantities, dates, machines, money, counted anew."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from twin.masterplan.making import MasterPlan
from twin.masterplan.money import Span, planned_money, with_lanes
from twin.masterplan.moves import levels
from twin.masterplan.pegging import MISSING, TINY
from twin.model.network import Network

TOLERANCE = 1e-6
"""Units, and relative to money, within which quantities balance."""


def check_plan(plan: MasterPlan) -> tuple[str, ...]:
    """Count a plan anew.

    Parameters
    ----------
    plan : MasterPlan
        As made.

    Returns
    -------
    tuple of str
        What does not hold, one sentence each; empty if all holds: stock at the end of
        each review is what came less what left and never below nothing; orders keep
        minimum and multiple of their lanes, and take their lead times; production took
        what bills say for what was started; operations follow each other and machines
        do no more at once than they can; what is pegged is what moved; money is that of
        the measures.
    """
    rules = (_stock, _lots, _lanes, _components, _operations, _pegs, _money)
    return tuple(sentence for rule in rules for sentence in rule(plan))


def span_of(plan: MasterPlan) -> Span:
    """Return the reviews of a plan."""
    settings = plan.network.settings
    return Span(settings.as_of_us, settings.review_us, plan.n_periods)


def _stock(plan: MasterPlan) -> Iterator[str]:
    network = plan.network
    after = levels(plan.moves)
    short = after.filter(pl.col("on_hand") < -TOLERANCE)
    for item, place, on_hand in _columns(short.head(3), "item", "place", "on_hand"):
        yield f"stock of {item} at {place} falls to {on_hand:g}"
    stock = network.stock
    found = np.zeros_like(plan.result.table.stock_by_point)
    point = {
        (network.items.ids[i], network.places.ids[s]): k
        for k, (i, s) in enumerate(
            zip(stock.item_index.tolist(), stock.site_index.tolist(), strict=True)
        )
    }
    moved = _columns(plan.moves, "review", "item", "place", "quantity")
    for review, item, place, quantity in moved:
        found[max(review, 0) :, point[item, place]] += quantity
    wrong = np.abs(found - plan.result.table.stock_by_point) > TOLERANCE * np.maximum(
        1.0, np.abs(found)
    )
    for period, k in np.argwhere(wrong)[:3].tolist():
        item = network.items.ids[stock.item_index[k]]
        yield (
            f"stock of {item} after review {period} is {found[period, k]:g} by its "
            f"moves and {plan.result.table.stock_by_point[period, k]:g} by its state"
        )


def _columns(frame: pl.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    return frame.select(*names).iter_rows()


def _lots(plan: MasterPlan) -> Iterator[str]:
    lanes = plan.network.lanes
    index = plan.network.lane_index
    ordered = _columns(plan.tables.orders, "kind", "lane", "item", "quantity", "order")
    for kind, lane, item, quantity, order in ordered:
        if kind == "production":
            continue
        k = index[lane]
        least, step = float(lanes.minimum[k]), float(lanes.multiple[k])
        if quantity < least * (1.0 - TINY):
            yield f"{order}: {quantity:g} {item} on {lane} are below {least:g}"
        if step > 0.0 and abs(quantity / step - round(quantity / step)) > TOLERANCE:
            yield f"{order}: {quantity:g} {item} on {lane} are no multiple of {step:g}"


def _components(plan: MasterPlan) -> Iterator[str]:
    network, bills = plan.network, plan.network.bills
    needs: dict[str, list[tuple[str, float]]] = {}
    per_unit = bills.quantity / (1.0 - bills.scrap_rate)
    rows = zip(bills.item_index, bills.component_index, per_unit, strict=True)
    for item, component, quantity in rows:
        name = network.items.ids[component]
        needs.setdefault(network.items.ids[item], []).append((name, float(quantity)))
    used = {
        (order, item): -quantity
        for order, item, quantity in plan.moves.filter(pl.col("kind") == "used")
        .group_by("order", "item")
        .agg(pl.col("quantity").sum())
        .iter_rows()
    }
    made = plan.tables.orders.filter(pl.col("kind") == "production")
    started = dict(plan.tables.released.select("order", "pieces").iter_rows())
    for item, quantity, order in made.select("item", "quantity", "order").iter_rows():
        for component, each in needs.get(item, ()):
            taken = used.get((order, component), 0.0)
            # What cannot be started for want of a component is started with less.
            begun = min(started.get(order, 0.0), quantity)
            if abs(taken - begun * each) > TOLERANCE * max(1.0, begun * each):
                yield (
                    f"{order}: {begun:g} {item} took {taken:g} {component} instead "
                    f"of {begun * each:g}"
                )


def _operations(plan: MasterPlan) -> Iterator[str]:
    released = dict(plan.tables.orders.select("order", "release_us").iter_rows())
    done = plan.tables.operations
    ended: dict[str, int] = {}
    steps = _columns(done.sort("end_us"), "order", "machine", "start_us", "end_us")
    for order, machine, start_us, end_us in steps:
        after_us = ended.get(order, released.get(order))
        if after_us is not None and start_us < after_us:
            yield f"{order} starts on {machine} before it can"
        ended[order] = end_us
    yield from _machines(plan.network, done)


def _machines(network: Network, done: pl.DataFrame) -> Iterator[str]:
    machines, routings = network.machines, network.routings
    most = np.ones(len(network.groups), np.int64)
    np.maximum.at(most, routings.machine_group_index, routings.batch_max)
    for machine, part in done.partition_by("machine", as_dict=True).items():
        k = network.machine_index[str(machine[0])]
        ends = part.select("start_us", "end_us").sort("start_us")
        steps = sorted(
            [(start, 1) for start, _ in ends.iter_rows()]
            + [(end, -1) for _, end in ends.iter_rows()]
        )
        at_once = max(np.cumsum([change for _, change in steps]), default=0)
        if at_once > int(machines.slots[k] * most[machines.group_index[k]]):
            yield f"{machine[0]} does {at_once} operations at once"


def _pegs(plan: MasterPlan) -> Iterator[str]:
    key = ["order", "item", "place", "kind"]
    left = plan.moves.filter(pl.col("quantity") < 0.0).group_by(key)
    counts = (pl.col("to_kind") != "stock") & (pl.col("from_kind") != MISSING)
    pegged = plan.pegs.filter(counts).rename({"to_order": "order", "to_kind": "kind"})
    both = left.agg(moved=-pl.col("quantity").sum()).join(
        pegged.group_by(key).agg(pegged=pl.col("quantity").sum()),
        on=key,
        how="full",
        coalesce=True,
    )
    both = both.with_columns(pl.col("moved", "pegged").fill_null(0.0)).sort(key)
    for order, item, place, _, moved, found in both.iter_rows():
        if abs(moved - found) > TOLERANCE * max(1.0, moved):
            yield f"{moved:g} {item} leave {place} for {order} and {found:g} are pegged"


def _lanes(plan: MasterPlan) -> Iterator[str]:
    lanes, index = plan.network.lanes, plan.network.lane_index
    sent = with_lanes(plan.network, plan.tables).drop_nulls(["lane", "arrives_us"])
    taken = _columns(sent, "order", "lane", "sent_us", "arrives_us")
    for order, lane, sent_us, arrives_us in taken:
        lead_us = round(float(lanes.lead_time_s[index[lane]]) * 1e6)
        # What takes no time arrives a microsecond later.
        if abs(arrives_us - sent_us - lead_us) > 1:
            took_s = (arrives_us - sent_us) / 1e6
            yield f"{order} is {took_s:g} s on {lane} instead of {lead_us / 1e6:g}"


def _money(plan: MasterPlan) -> Iterator[str]:
    table = plan.result.table
    money = planned_money(plan.network, plan.tables, plan.moves, span_of(plan))
    for name, value in money.items():
        measured = float(table.series(name).sum())
        if abs(value - measured) > TOLERANCE * max(1.0, abs(measured)):
            yield f"{name} is {value:.6f} by the tables and {measured:.6f} as measured"

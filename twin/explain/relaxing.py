"""A plan with one constraint removed: its grounds and its script."""

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np
import polars as pl

from twin.explain.constraints import (
    Constraint,
    Kind,
    Point,
    Tree,
    groups_of,
    has_capacity,
)
from twin.explain.played import Played
from twin.explain.script import NEVER, Script, Step
from twin.masterplan import ExpectedDemand, Grounds
from twin.model.network import Network
from twin.model.network import with_tables as changed_tables
from twin.model.tables import BY_NAME, WEEKDAYS

ALWAYS = "always_open"
"""Calendar of machines that work day and night."""

DAY_S = 86_400
PLENTY = 1e6
"""Units that are enough of any item."""

QUICK = 1000.0
"""How much faster machines are that hold nothing back."""

Relaxed = tuple[Grounds, Script]
Frames = dict[str, pl.DataFrame]


def pinned(played: Played, rows: Collection[int]) -> Script:
    """Let some orders follow their goods, and release the rest no sooner than planned.

    Parameters
    ----------
    played : Played
        The plan.
    rows : collection of int
        Orders that may come sooner.
    """
    kept = {
        step.row: replace(step, earliest=step.release)
        for step in played.script.steps
        if step.row not in rows
    }
    return played.script.with_steps(kept)


def removed(played: Played, tree: Tree, constraint: Constraint) -> Relaxed:
    """Return a plan in which a constraint holds nothing back.

    Parameters
    ----------
    played : Played
        The plan.
    tree : Tree
        Orders that follow if their goods come sooner: those that an order of a customer
        is made of.
    constraint : Constraint
        What is removed: a lane takes no time and carries any quantity, a place
        dispatches any quantity, machines are quick and always open; what was held back
        for such a capacity is not held back any more. A release is as soon as its goods
        are there, an order that was ahead is not made, there is stock in plenty, and
        nobody asked before.
    """
    script = pinned(played, tree.rows)
    return _REMOVE[constraint.kind](played, tree, script, constraint)


def released_at_once(script: Script, rows: Collection[int]) -> Script:
    """Release some orders as soon as their goods are there.

    Parameters
    ----------
    script : Script
        Of a plan.
    rows : collection of int
        Which.
    """
    changed = {
        row: replace(script.steps[row], hold=0, earliest=0)
        for row in rows
        if script.steps[row].latest == NEVER
    }
    return script.with_steps(changed)


def rows_named(script: Script, order: str) -> list[int]:
    """Return the rows of an order in a script."""
    return [step.row for step in script.steps if step.order == order]


def _release(
    played: Played, tree: Tree, script: Script, constraint: Constraint
) -> Relaxed:
    del tree
    rows = rows_named(script, constraint.order)
    return played.grounds, released_at_once(script, rows)


def _lane(
    played: Played, tree: Tree, script: Script, constraint: Constraint
) -> Relaxed:
    network = played.grounds.network
    here = pl.col("lane") == constraint.lane
    table = network.tables["lanes"]
    limited = table.filter(here)["capacity_per_period"].null_count() == 0
    table = table.with_columns(
        lead_time_s=pl.when(here).then(0.0).otherwise("lead_time_s"),
        capacity_per_period=pl.when(here).then(None).otherwise("capacity_per_period"),
    )
    if limited:
        rows = _rows(script, tree, pl.col("lane") == constraint.lane)
        script = released_at_once(script, rows)
    return with_tables(played.grounds, {"lanes": table}), script


def _capacity(
    played: Played, tree: Tree, script: Script, constraint: Constraint
) -> Relaxed:
    network, place = played.grounds.network, constraint.place
    column = "dispatch_capacity_per_period"
    frames = {
        name: network.tables[name].with_columns(
            pl.when(pl.col(key) == place).then(None).otherwise(column).alias(column)
        )
        for name, key in (("suppliers", "supplier"), ("sites", "site"))
    }
    limited = has_capacity(network, place)
    rows = _rows(script, tree, pl.col("from_place") == place) if limited else []
    return with_tables(played.grounds, frames), released_at_once(script, rows)


def _machines(
    played: Played, tree: Tree, script: Script, constraint: Constraint
) -> Relaxed:
    group, site = constraint.item, constraint.place
    network = played.grounds.network
    here = (pl.col("group") == group) & (pl.col("site") == site)
    frames = open_always(network, group, site)
    frames["machines"] = frames["machines"].with_columns(
        speed=pl.col("speed").fill_null(1.0) * pl.when(here).then(QUICK).otherwise(1.0)
    )
    rows = made_on(played, tree, group, site)
    return with_tables(played.grounds, frames), released_at_once(script, rows)


def made_on(played: Played, tree: Tree, group: str, site: str) -> list[int]:
    """Return the rows of a tree that are made on a group of machines."""
    network, orders = played.grounds.network, played.script.orders
    items = orders.select("kind", "item", "to_place").rows()
    return [
        row
        for row in tree.rows
        if items[row][0] == "production"
        and items[row][2] == site
        and group in groups_of(network, items[row][1], site)
    ]


def open_always(network: Network, group: str, site: str) -> Frames:
    """Return tables in which a group of machines works day and night.

    Parameters
    ----------
    network : Network
        Left as it is.
    group, site : str
        Which machines.
    """
    here = (pl.col("group") == group) & (pl.col("site") == site)
    calendar = pl.when(here).then(pl.lit(ALWAYS)).otherwise("calendar")
    calendars = network.tables["calendars"]
    if not calendars.filter(pl.col("calendar") == ALWAYS).height:
        rows = [
            {"calendar": ALWAYS, "weekday": day, "start": 0, "end": DAY_S}
            for day in WEEKDAYS
        ]
        schema = dict(calendars.schema)
        added = pl.DataFrame(rows, schema_overrides=schema).select(calendars.columns)
        calendars = pl.concat([calendars, added])
    machines = network.tables["machines"].with_columns(calendar=calendar)
    return {"machines": machines, "calendars": calendars}


def _before(
    played: Played, tree: Tree, script: Script, constraint: Constraint
) -> Relaxed:
    del tree
    gone = rows_named(script, constraint.order)
    return played.grounds, script.without(gone)


def _stock(
    played: Played, tree: Tree, script: Script, constraint: Constraint
) -> Relaxed:
    point = constraint.item, constraint.place
    return more_stock((played.grounds, script), tree.rows, point, units=PLENTY)


def more_stock(
    relaxed: Relaxed, rows: Collection[int], point: Point, *, units: float
) -> Relaxed:
    """Begin with more units of an item at a site; who needs them waits for nobody.

    Parameters
    ----------
    relaxed : Relaxed
        Grounds and script of a plan.
    rows : collection of int
        Orders that do not wait any more.
    point : tuple of str
        Item and site.
    units : float
        How many more.
    """
    (grounds, script), (item, site) = relaxed, point
    table = grounds.network.tables["stock"]
    here = (pl.col("item") == item) & (pl.col("site") == site)
    if not table.filter(here).height:
        empty = {column.name: column.default for column in BY_NAME["stock"].columns}
        row = empty | {"item": item, "site": site, "on_hand": 0.0}
        table = pl.concat([table, pl.DataFrame([row], schema=dict(table.schema))])
    on_hand = pl.col("on_hand").fill_null(0.0)
    table = table.with_columns(
        on_hand=pl.when(here).then(on_hand + units).otherwise("on_hand")
    )
    changed = {row: _freed(script.steps[row], point) for row in rows}
    return with_tables(grounds, {"stock": table}), script.with_steps(changed)


def _freed(step: Step, point: Point) -> Step:
    needs = tuple(need for need in step.needs if (need.item, need.place) != point)
    return replace(step, needs=needs)


def _queue(
    played: Played, tree: Tree, script: Script, constraint: Constraint
) -> Relaxed:
    customer, item, site, asked_us, _ = tree.asked
    network, demand = played.grounds.network, played.grounds.demand
    places, rows = network.places.ids, network.demands
    review = max((asked_us - 1 - played.start_us) // played.review_us, 0)
    means = demand.means.copy()
    for row, (who, what, where) in enumerate(
        zip(rows.customer_index, rows.item_index, rows.site_index, strict=True)
    ):
        if (network.items.ids[what], places[where]) == (item, site):
            own = places[who] == customer
            means[row, : review if own else review + 1] = 0.0
    asked = ExpectedDemand(np.maximum(means, 0.0), demand.margins)
    del constraint
    return replace(played.grounds, demand=asked), script


def with_tables(grounds: Grounds, frames: Frames) -> Grounds:
    """Return grounds with other tables of their network, which must fit."""
    return replace(grounds, network=changed_tables(grounds.network, frames))


def _rows(script: Script, tree: Tree, which: pl.Expr) -> list[int]:
    marked = script.orders.select(which.alias("marked"))["marked"].to_list()
    return [row for row in tree.rows if marked[row]]


_REMOVE: dict[Kind, Callable[[Played, Tree, Script, Constraint], Relaxed]] = {
    "release": _release,
    "lane": _lane,
    "capacity": _capacity,
    "machines": _machines,
    "before": _before,
    "stock": _stock,
    "queue": _queue,
}

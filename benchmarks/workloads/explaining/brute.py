"""Removes every constraint of a plan, one by one, with nothing left out.

Nothing here knows what an order is made of beyond which orders its pegs lead to: each
lane, place, group of machines and release of the whole plan is removed in turn, by its
own edit of the tables, and so is each production order.
"""

from dataclasses import replace

import polars as pl

from twin.diff.customers import Asked
from twin.explain.constraints import Tree
from twin.explain.played import Played
from twin.explain.script import NEVER, Script
from twin.model.network import with_tables

Freed = tuple[str, str]
"""Kind, and what names it there: lane, place, ``group@site`` or order."""

DAY_S = 86_400
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def served_without(played: Played, tree: Tree, asked: Asked) -> dict[Freed, float]:
    """Return when an order is served without each constraint.

    Parameters
    ----------
    played : Played
        The plan.
    tree : Tree
        Its `rows` may come sooner; the rest of the plan keeps its dates.
    asked : Asked
        The order.

    Returns
    -------
    dict
        Microseconds UTC; infinite if it is not served within the plan.
    """
    base = kept(played, tree)
    found = {}
    for name, (frames, script) in removals(played, tree, base).items():
        grounds = played.grounds
        if frames:
            grounds = replace(grounds, network=with_tables(grounds.network, frames))
        served = played.again(grounds=grounds, script=script).served.get(asked)
        never = served is None or served.served_us is None
        found[name] = float("inf") if never else float(served.served_us or 0)
    return found


def kept(played: Played, tree: Tree) -> Script:
    """Return the script of a plan in which only a tree may come sooner."""
    own = set(tree.rows)
    steps = tuple(
        step if step.row in own else replace(step, earliest=step.release)
        for step in played.script.steps
    )
    return Script(played.script.orders, steps)


Case = tuple[dict[str, pl.DataFrame], Script]


def removals(played: Played, tree: Tree, base: Script) -> dict[Freed, Case]:
    """Return tables and script without each constraint; the tables are known to fit.

    Parameters
    ----------
    played : Played
        The plan.
    tree : Tree
        What may come sooner.
    base : Script
        See `kept`.
    """
    network = played.grounds.network
    lanes, machines = network.tables["lanes"], network.tables["machines"]
    orders = base.orders.rows(named=True)
    own = set(tree.rows)
    cases: dict[Freed, Case] = {}
    for row in lanes.rows(named=True):
        table = _set(lanes, pl.col("lane") == row["lane"],
                     lead_time_s=0.0, capacity_per_period=None)  # fmt: skip
        at_once = row["capacity_per_period"] is not None
        held = {k for k in own if at_once and orders[k]["lane"] == row["lane"]}
        cases["lane", row["lane"]] = {"lanes": table}, _hasten(base, held)
    for name, key in (("suppliers", "supplier"), ("sites", "site")):
        for row in network.tables[name].rows(named=True):
            if row["dispatch_capacity_per_period"] is None:
                continue
            table = _set(network.tables[name], pl.col(key) == row[key],
                         dispatch_capacity_per_period=None)  # fmt: skip
            held = {k for k in own if orders[k]["from_place"] == row[key]}
            cases["capacity", row[key]] = {name: table}, _hasten(base, held)
    for group, site in machines.select("group", "site").unique().sort("group").rows():
        held = {k for k in own if orders[k]["to_place"] == site and _uses(
            network.tables["routings"], orders[k], group)}  # fmt: skip
        frames = _quick(network.tables, group, site)
        cases["machines", f"{group}@{site}"] = frames, _hasten(base, held)
    for step in base.steps:
        if step.release > step.ready and step.order:
            cases["release", step.order] = {}, _hasten(base, {step.row})
        if orders[step.row]["kind"] == "production" and step.row not in own:
            cases["before", step.order] = {}, base.without([step.row])
    return cases


def _set(table: pl.DataFrame, here: pl.Expr, **values: float | None) -> pl.DataFrame:
    return table.with_columns(
        pl.when(here).then(pl.lit(value)).otherwise(name).alias(name)
        for name, value in values.items()
    )


def _hasten(script: Script, rows: set[int]) -> Script:
    steps = tuple(
        replace(step, hold=0, earliest=0)
        if step.row in rows and step.latest == NEVER
        else step
        for step in script.steps
    )
    return Script(script.orders, steps)


def _uses(routings: pl.DataFrame, order: dict[str, object], group: str) -> bool:
    if order["kind"] != "production":
        return False
    own = routings.filter(pl.col("item") == order["item"])
    return group in own["machine_group"].to_list()


def _quick(
    tables: dict[str, pl.DataFrame], group: str, site: str
) -> dict[str, pl.DataFrame]:
    """Make machines a thousand times as fast, day and night."""
    here = (pl.col("group") == group) & (pl.col("site") == site)
    speed = pl.col("speed").fill_null(1.0)
    machines = tables["machines"].with_columns(
        speed=pl.when(here).then(speed * 1000.0).otherwise(speed),
        calendar=pl.when(here).then(pl.lit("night_and_day")).otherwise("calendar"),
    )
    calendars = tables["calendars"]
    rows = [{"calendar": "night_and_day", "weekday": day, "start": 0, "end": DAY_S}
            for day in DAYS]  # fmt: skip
    added = pl.DataFrame(rows, schema_overrides=dict(calendars.schema))
    added = added.select(calendars.columns)
    return {"machines": machines, "calendars": pl.concat([calendars, added])}

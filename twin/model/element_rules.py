"""Rules of what `twin.model.elements` adds: batches, rework, pools, releases."""

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from twin.errors import Problem
from twin.model.columns import ANY
from twin.model.elements import STRATEGIES
from twin.model.read import ROW
from twin.model.references import Tables

DAY_S = 86_400
# What the rows of one release have in common.
AGREED = ("interval_s", "interval_law", "interval_cv", "first_s")
POOL_COLUMNS = {"operator_pool": "operator", "tool_pool": "tool"}


def check_batches(tables: Tables) -> Iterator[Problem]:
    """Find batches whose most is less than their least."""
    for row, most, least in _rows(tables, "routings", "batch_max", "batch_min"):
        if most < least:
            text = (str(most), f"at least batch_min, {least}")
            yield tables.problem("routings", row, "batch_max", text)


def check_rework(tables: Tables) -> Iterator[Problem]:
    """Find rework that goes nowhere, onwards, or to a step that is not there."""
    steps: dict[tuple[str, str], set[int]] = {}
    for _, item, site, step in _rows(tables, "routings", "item", "site", "step"):
        steps.setdefault((item, site), set()).add(step)
    for row, step, rate in (
        tables.frames["routings"]
        .filter(pl.col("rework_step").is_null() & (pl.col("rework_rate") > 0))
        .select(ROW, "step", "rework_rate")
        .iter_rows()
    ):
        text = (None, f"a step up to {step}: rework_rate is {rate:g}")
        yield tables.problem("routings", row, "rework_step", text)
    for row, item, site, step, back in _rows(
        tables, "routings", "item", "site", "step", "rework_step"
    ):
        known = sorted(known for known in steps[item, site] if known <= step)
        if back not in known:
            allowed = f"a step of the routing up to {step}: {_listed(known)}"
            yield tables.problem("routings", row, "rework_step", (str(back), allowed))


def check_pools(tables: Tables) -> Iterator[Problem]:
    """Find pools of the other kind, at another site, or too small."""
    pools = {
        pool: facts
        for _, pool, *facts in _rows(tables, "pools", "pool", "site", "kind")
    }
    for column, kind in POOL_COLUMNS.items():
        for row, pool, site in _rows(tables, "routings", column, "site"):
            if pool not in pools:
                continue
            at, own = pools[pool]
            if own != kind:
                text = (pool, f"a pool of kind {kind}; this one is of kind {own}")
                yield tables.problem("routings", row, column, text)
            elif site not in {ANY, at}:
                text = (pool, f"a pool at site {site!r}; this one is at {at!r}")
                yield tables.problem("routings", row, column, text)
    sizes = {
        pool: size
        for _, pool, kind, size in _rows(tables, "pools", "pool", "kind", "size")
        if kind == "operator"
    }
    for row, pool, needed in _rows(tables, "routings", "operator_pool", "operators"):
        if pool in sizes and needed > sizes[pool]:
            text = (str(needed), f"at most {sizes[pool]}, the size of pool {pool!r}")
            yield tables.problem("routings", row, "operators", text)


def check_groups(tables: Tables) -> Iterator[Problem]:
    """Find groups, in ``groups`` and ``setups``, that have no machine there."""
    if "machines" in tables.unread:
        return
    at = {
        (site, group) for _, site, group in _rows(tables, "machines", "site", "group")
    }
    known = sorted({group for _, group in at})
    for table in ("groups", "setups"):
        for row, group in _rows(tables, table, "group"):
            if group not in known:
                allowed = f"a group of machines.csv: {_listed(known)}"
                yield tables.problem(table, row, "group", (group, allowed))
    for row, group, site in _rows(tables, "groups", "group", "site"):
        if site != ANY and group in known and (site, group) not in at:
            text = (group, f"a group with a machine at site {site!r}")
            yield tables.problem("groups", row, "group", text)


def check_releases(tables: Tables) -> Iterator[Problem]:
    """Find releases of what is not made there, and rows of one that disagree."""
    yield from _check_made(tables)
    frame = tables.frames["releases"].drop_nulls(["release", "interval_s"])
    for column in AGREED:
        wrong = frame.with_columns(
            first=pl.col(column).first().over("release"),
            first_row=pl.col(ROW).first().over("release"),
        ).filter(pl.col(column).ne_missing(pl.col("first")))
        for row, value, first, first_row in wrong.select(
            ROW, column, "first", "first_row"
        ).iter_rows():
            allowed = f"{_shown(first) or 'nothing'}, as row {first_row} of the release"
            text = (_shown(value), allowed)
            yield tables.problem("releases", row, column, text)


def check_open_steps(tables: Tables) -> Iterator[Problem]:
    """Find orders under way at a step that their routing does not have."""
    steps: dict[tuple[str, str], set[int]] = {}
    for _, item, site, step in _rows(tables, "routings", "item", "site", "step"):
        steps.setdefault((item, site), set()).add(step)
    routed = {item for item, _ in steps}
    for row, kind, item, site, step in _rows(
        tables, "open_orders", "kind", "item", "to_place", "step"
    ):
        own = item if item in routed else ANY
        known = steps.get((own, site)) or steps.get((own, ANY)) or set()
        if kind != "production":
            text = (str(step), f"nothing for a {kind} order")
            yield tables.problem("open_orders", row, "step", text)
        elif step not in known and "routings" not in tables.unread:
            allowed = f"a step of the routing: {_listed(sorted(known))}"
            yield tables.problem("open_orders", row, "step", (str(step), allowed))


def check_tariffs(tables: Tables) -> Iterator[Problem]:
    """Find prices that begin when the day is over."""
    for row, start in _rows(tables, "tariffs", "start"):
        if start == DAY_S:
            text = ("24:00", "a time of day before 24:00")
            yield tables.problem("tariffs", row, "start", text)


def check_outputs(tables: Tables) -> Iterator[Problem]:
    """Find outputs of what is not made, and products of which nothing comes out."""
    if not tables.unread & {"routings", "bills", "items"}:
        bought = {item for _, item in _rows(tables, "items", "item")}
        for name in ("routings", "bills"):
            bought -= {item for _, item in _rows(tables, name, "item")}
        for row, item in _rows(tables, "outputs", "item"):
            if item in bought:
                text = (item, "an item with a routing or a bill of its own")
                yield tables.problem("outputs", row, "item", text)
    for row, item, product, quantity in _rows(
        tables, "outputs", "item", "product", "quantity"
    ):
        if quantity == 0 and item != product:
            text = ("0", "a number > 0; 0 is for the item itself")
            yield tables.problem("outputs", row, "quantity", text)


def check_strategies(tables: Tables) -> Iterator[Problem]:
    """Find items on order that are not made, and demand that does not wait for them."""
    made = {
        item
        for name in ("routings", "bills")
        for _, item in _rows(tables, name, "item")
    }
    on_order = set()
    for row, item, strategy in _rows(tables, "items", "item", "strategy"):
        if strategy == STRATEGIES[0]:
            continue
        on_order.add(item)
        if not tables.unread & {"routings", "bills"} and not made & {item, ANY}:
            text = (strategy, f"{STRATEGIES[0]}: {item} has no routing and no bill")
            yield tables.problem("items", row, "strategy", text)
    for row, item, waits in _rows(tables, "demands", "item", "backlogged"):
        if item in on_order and not waits:
            text = ("no", f"yes: {item} is made when it is ordered")
            yield tables.problem("demands", row, "backlogged", text)


ELEMENT_RULES: tuple[Callable[[Tables], Iterator[Problem]], ...] = (
    check_batches,
    check_rework,
    check_pools,
    check_groups,
    check_releases,
    check_open_steps,
    check_tariffs,
    check_outputs,
    check_strategies,
)


def _check_made(tables: Tables) -> Iterator[Problem]:
    if tables.unread & {"routings", "bills", "machines", "sites", "items"}:
        return
    makes = _makes(tables)
    items = {item for _, item in _rows(tables, "items", "item")}
    sites = {site for _, site in _rows(tables, "sites", "site")}
    for row, item, site in _rows(tables, "releases", "item", "site"):
        # An unknown name has its own problem already.
        if item in items and site in sites and not makes(item, site):
            text = (item, f"an item with a routing or a bill that holds at {site!r}")
            yield tables.problem("releases", row, "item", text)


def _makes(tables: Tables) -> Callable[[str, str], bool]:
    # The rule of `twin.model.derive.production`, on names.
    groups_at: dict[str, set[str]] = {}
    for _, site, group in _rows(tables, "machines", "site", "group"):
        groups_at.setdefault(site, set()).add(group)
    named: set[tuple[str, str]] = set()
    anywhere: dict[str, set[str]] = {}
    for _, item, site, group in _rows(
        tables, "routings", "item", "site", "machine_group"
    ):
        named.add((item, site))
        if site == ANY:
            anywhere.setdefault(item, set()).add(group)
    billed = {item for _, item in _rows(tables, "bills", "item")}
    billed -= {item for item, _ in named}
    kinds = _rows(tables, "sites", "site", "kind")
    plants = {site for _, site, kind in kinds if kind == "plant"}

    def makes(item: str, site: str) -> bool:
        if (item, site) in named or (item in billed and site in plants):
            return True
        return item in anywhere and anywhere[item] <= groups_at.get(site, set())

    return makes


def _rows(tables: Tables, table: str, *columns: str) -> Iterator[tuple[Any, ...]]:
    # (row, *columns) of the rows in which all these cells are right.
    return tables.frames[table].select(ROW, *columns).drop_nulls().iter_rows()


def _listed(known: list[Any]) -> str:
    return ", ".join(map(str, known)) or "there is none"


def _shown(value: object) -> str | None:
    if isinstance(value, float):
        return f"{value:g}"
    return None if value is None else str(value)

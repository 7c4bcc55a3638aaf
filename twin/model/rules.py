"""Rules of the trade: what tables that fit together must still obey."""

from collections.abc import Callable, Iterator

import polars as pl

from twin.errors import Problem
from twin.model.columns import ANY
from twin.model.element_rules import ELEMENT_RULES
from twin.model.laws import CV_MAX, LAW_NAMES, WEIBULL_CV
from twin.model.read import ROW
from twin.model.references import (
    Tables,
    check_bills,
    check_keys,
    check_places,
    check_references,
)
from twin.model.tables import WEEK, YEAR

# What a policy cannot do without.
POLICY_NEEDS = {
    "base_stock": ("order_up_to",),
    "s_S": ("reorder_point", "order_up_to"),
    "r_Q": ("reorder_point", "order_quantity"),
}
# Laws whose variation is part of their name: what cv may say, and that in words.
CV_FIXED = {
    "constant": ({0.0}, "0 or empty for a constant law; name another law"),
    "exponential": ({0.0, 1.0}, "1 or empty for an exponential law"),
}
LAW_COLUMNS = (
    ("routings", "duration_law", "duration_cv"),
    ("lanes", "lead_time_law", "lead_time_cv"),
    ("machines", "failure_law", "failure_cv"),
    ("machines", "repair_law", "repair_cv"),
    ("suppliers", "failure_law", "failure_cv"),
    ("suppliers", "repair_law", "repair_cv"),
    ("releases", "interval_law", "interval_cv"),
)


def check_tables(tables: Tables) -> list[Problem]:
    """Apply every rule that spans cells.

    Parameters
    ----------
    tables : Tables
        Typed; cells that are wrong by themselves are null and are not judged again.

    Returns
    -------
    list of Problem
        In the order of the rules; empty if all hold.
    """
    return [problem for rule in RULES for problem in rule(tables)]


def check_lanes(tables: Tables) -> Iterator[Problem]:
    """Find lanes that go nowhere."""
    for row, start, end in (
        tables.frames["lanes"]
        .select(ROW, "from_place", "to_place")
        .drop_nulls()
        .filter(pl.col("from_place") == pl.col("to_place"))
        .iter_rows()
    ):
        allowed = f"a place other than from_place {start!r}"
        yield tables.problem("lanes", row, "to_place", (end, allowed))


def check_calendars(tables: Tables) -> Iterator[Problem]:
    """Find shifts that end before they start, or overlap."""
    frame = tables.frames["calendars"].drop_nulls()
    for row, start, end in frame.select(ROW, "start", "end").iter_rows():
        if end <= start:
            allowed = f"a time after start {_clock(start)}; a shift over midnight"
            text = (_clock(end), f"{allowed} is two rows")
            yield tables.problem("calendars", row, "end", text)
    keys = ["calendar", "weekday"]
    ordered = frame.filter(pl.col("end") > pl.col("start")).sort(*keys, "start", ROW)
    # The latest end so far, not the end of the row before: a long shift may hold two.
    earlier = ordered.with_columns(
        busy=pl.col("end").cum_max().shift(1).over(keys),
    ).filter(pl.col("start") < pl.col("busy"))
    for row, start, busy in earlier.select(ROW, "start", "busy").iter_rows():
        allowed = f"a time from {_clock(busy)}, when the shift before it ends"
        yield tables.problem("calendars", row, "start", (_clock(start), allowed))


def check_laws(tables: Tables) -> Iterator[Problem]:
    """Find variation that its law cannot have, and observed laws that are all zero."""
    for table, law_column, cv_column in LAW_COLUMNS:
        for row, law, cv in (
            tables.frames[table]
            .select(ROW, law_column, cv_column)
            .drop_nulls()
            .iter_rows()
        ):
            allowed = _cv_allowed(law, cv)
            if allowed:
                yield tables.problem(table, row, cv_column, (f"{cv:g}", allowed))
    totals = (
        tables.frames["laws"]
        .drop_nulls("law")
        .group_by("law")
        .agg(pl.col(ROW).min(), pl.col("factor").max())
    )
    for law, row, _ in totals.filter(pl.col("factor") == 0).sort("law").iter_rows():
        text = (law, "a law with a factor above 0")
        yield tables.problem("laws", row, "factor", text)


def check_profiles(tables: Tables) -> Iterator[Problem]:
    """Find profiles with gaps, and those used for the other period."""
    profiles = tables.frames["profiles"].drop_nulls(["profile", "step"])
    sizes: dict[str, int] = {}
    for name, row, steps, factor in (
        profiles.group_by("profile")
        .agg(pl.col(ROW).min(), pl.col("step").unique().sort(), pl.col("factor").max())
        .sort("profile")
        .iter_rows()
    ):
        sizes[name] = len(steps)
        if len(steps) not in {WEEK, YEAR} or steps != list(range(1, len(steps) + 1)):
            text = (f"{name}: {', '.join(map(str, steps))}", "steps 1 to 7 or 1 to 12")
            yield tables.problem("profiles", row, "step", text)
        elif factor == 0:
            text = (name, "a profile with a factor above 0")
            yield tables.problem("profiles", row, "factor", text)
    for column, size in (("weekly_profile", WEEK), ("yearly_profile", YEAR)):
        for row, name in (
            tables.frames["demands"].select(ROW, column).drop_nulls().iter_rows()
        ):
            if sizes.get(name, size) not in {size, *_broken(sizes)}:
                text = (name, f"a profile of {size} steps; it has {sizes[name]}")
                yield tables.problem("demands", row, column, text)


def check_policies(tables: Tables) -> Iterator[Problem]:
    """Find policies without their parameters."""
    stock = tables.frames["stock"]
    for policy, needs in POLICY_NEEDS.items():
        chosen = stock.filter(pl.col("policy") == policy)
        for need in needs:
            for row in chosen.filter(pl.col(need).is_null())[ROW]:
                allowed = f"an amount: policy {policy} needs it"
                yield Problem(tables.files["stock"], row, need, None, allowed)
        short = chosen.filter(pl.col("order_up_to") < pl.col("reorder_point"))
        for row, level in short.select(ROW, "order_up_to").iter_rows():
            text = (f"{level:g}", "at least the reorder_point")
            yield tables.problem("stock", row, "order_up_to", text)


def check_routings(tables: Tables) -> Iterator[Problem]:
    """Find operations that no machine can do where they are to be done."""
    if tables.unread & {"machines"}:
        return
    machines = tables.frames["machines"].drop_nulls(["group", "site"])
    at = {(site, group) for site, group in machines["site", "group"].iter_rows()}
    groups = sorted({group for _, group in at})
    for row, site, group in (
        tables.frames["routings"]
        .select(ROW, "site", "machine_group")
        .drop_nulls()
        .iter_rows()
    ):
        if group not in groups:
            allowed = f"a group of machines.csv: {', '.join(groups) or 'it has none'}"
            yield tables.problem("routings", row, "machine_group", (group, allowed))
        elif site != ANY and (site, group) not in at:
            allowed = f"a group with a machine at site {site!r}"
            yield tables.problem("routings", row, "machine_group", (group, allowed))


def check_sources(tables: Tables) -> Iterator[Problem]:
    """Find items that can be neither bought nor made, nor come out beside others."""
    if tables.unread & {"lanes", "routings", "bills", "outputs"}:
        return
    suppliers = tables.frames["suppliers"]["supplier"].drop_nulls()
    bought = tables.frames["lanes"].filter(
        pl.col("from_place").is_in(suppliers.implode())
    )["item"]
    made = [tables.frames[name]["item"] for name in ("routings", "bills")]
    beside = tables.frames["outputs"]["product"]
    sources = set(pl.concat([bought, *made, beside]).drop_nulls())
    if ANY in sources:
        return
    for row, item in (
        tables.frames["items"].select(ROW, "item").drop_nulls().iter_rows()
    ):
        if item not in sources:
            allowed = (
                "an item with a lane from a supplier, a routing or a bill, or a "
                "product of outputs.csv"
            )
            yield tables.problem("items", row, "item", (item, allowed))


def check_open_orders(tables: Tables) -> Iterator[Problem]:
    """Find orders on the way from nowhere."""
    orders = tables.frames["open_orders"].filter(
        pl.col("from_place").is_null() & pl.col("kind").is_in(["purchase", "transfer"])
    )
    for row, kind in orders.select(ROW, "kind").iter_rows():
        allowed = f"the place a {kind} order comes from"
        yield Problem(tables.files["open_orders"], row, "from_place", None, allowed)


RULES: tuple[Callable[[Tables], Iterator[Problem]], ...] = (
    check_keys,
    check_places,
    check_references,
    check_bills,
    check_lanes,
    check_calendars,
    check_laws,
    check_profiles,
    check_policies,
    check_routings,
    check_sources,
    check_open_orders,
    *ELEMENT_RULES,
)


def _cv_allowed(law: str, cv: float) -> str | None:
    if law in CV_FIXED:
        values, allowed = CV_FIXED[law]
        return None if cv in values else allowed
    most = CV_MAX.get(LAW_NAMES.index(law)) if law in LAW_NAMES else None
    if most is not None and cv > most:
        return f"a number from 0 to {most:.3f}: more of a {law} law reaches below 0"
    low, high = WEIBULL_CV
    if law == "weibull" and cv != 0 and not low <= cv <= high:
        return f"0, or a number from {low:g} to {high:g}, for a weibull law"
    return None


def _broken(sizes: dict[str, int]) -> set[int]:
    # A profile of a wrong length has its own problem already.
    return set(sizes.values()) - {WEEK, YEAR}


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"

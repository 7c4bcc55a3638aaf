"""Machines in groups, and routings with the durations that were observed."""

from collections import Counter

import polars as pl

from twin.model.columns import ANY
from twin.model.draft.collect import TIME, Seen
from twin.model.draft.flows import SECOND_US, law_of
from twin.model.draft.places import Cast

YIELD_MIN = 0.01  # a routing cannot have a yield of 0; such an operation needs a look
STEP = 10  # between steps, so that one can be put in between
ORDER = "production_order"


def machines(seen: Seen, cast: Cast) -> pl.DataFrame:
    """Derive machines, their sites and groups.

    Machines that were seen at one operation are of one group, and so on along the
    chain: in a draft a group may be too large, never too small. A group is called
    after its most frequent operation, a machine without operations after itself.

    Parameters
    ----------
    seen : dict of str to DataFrame
        Events by type.
    cast : Cast
        What each id is.

    Returns
    -------
    DataFrame
        Columns ``machine site group``, sorted by machine.
    """
    work = _work(seen)
    group = _groups(work)
    sites = work.join(_orders(seen), on=ORDER, how="left").drop_nulls("site")
    at = dict(
        sites.group_by("machine").agg(pl.col("site").mode().sort().first()).iter_rows()
    )
    default = min(cast.plants) if cast.plants else cast.sites[0]
    return pl.DataFrame(
        {
            "machine": list(cast.machines),
            "site": [at.get(machine, default) for machine in cast.machines],
            "group": [group.get(machine, machine) for machine in cast.machines],
        },
        schema=dict.fromkeys(("machine", "site", "group"), pl.String),
    )


def routings(seen: Seen) -> pl.DataFrame:
    """Derive routings: of each item the most frequent order of operations.

    Operations on no such routing are gathered under item '*', in the order in which
    they usually come.

    Parameters
    ----------
    seen : dict of str to DataFrame
        Events by type.

    Returns
    -------
    DataFrame
        Columns of the table ``routings`` and, for comments, ``n_observed``,
        ``n_orders`` (that went exactly this way) and ``median_s``.
    """
    work = _work(seen)
    group = _groups(work)
    laws = _durations(work)
    steps = _routes(seen, work)
    on_route = steps["operation"].unique()
    rest = laws.filter(~pl.col("operation").is_in(on_route.implode()))
    loose = rest.sort("position", "operation").select(
        item=pl.lit(ANY), operation="operation", n_orders=pl.lit(0, pl.UInt32),
        place=pl.int_range(pl.len(), dtype=pl.Int64) + _longest_any(steps),
    )  # fmt: skip
    groups = work.select("operation", "machine").unique().sort("machine")
    first = groups.unique("operation", keep="first").with_columns(
        machine_group=pl.col("machine").replace_strict(group, return_dtype=pl.String)
        if group
        else pl.col("machine")
    )
    return (
        pl.concat([steps, loose])
        .join(laws.drop("position"), on="operation")
        .join(first.drop("machine"), on="operation")
        .with_columns(step=(pl.col("place") + 1) * STEP)
        .drop("place")
        .sort("item", "step")
    )


def _longest_any(steps: pl.DataFrame) -> int:
    return steps.filter(pl.col("item") == ANY).height


def _work(seen: Seen) -> pl.DataFrame:
    # One row an operation done or begun: who, where, from when to when, how much.
    key = [ORDER, "operation", "machine"]
    nth = pl.int_range(pl.len()).over(key).alias("nth")
    started = seen["OperationStarted"].sort(TIME).with_columns(nth)
    done = seen["OperationCompleted"].sort(TIME).with_columns(nth)
    both = started.select(
        *key, "nth", begin=TIME, item_started="item", asked="quantity"
    ).join(
        done.select(*key, "nth", "item", "good", "scrap", "started_us", end=TIME),
        on=[*key, "nth"], how="full", coalesce=True,
    )  # fmt: skip
    begin = pl.coalesce("started_us", "begin")
    made = pl.col("good").fill_null(0.0) + pl.col("scrap").fill_null(0.0)
    return both.select(
        *key,
        item=pl.coalesce("item", "item_started"),
        begin=pl.coalesce(begin, "end"),
        span_s=pl.when(pl.col("end") >= begin).then(
            (pl.col("end") - begin) / SECOND_US
        ),
        quantity=pl.when(made > 0).then(made).otherwise(pl.col("asked")).fill_null(1.0),
        good="good",
        made=pl.when(pl.col("good").is_not_null()).then(made),
    )


def _orders(seen: Seen) -> pl.DataFrame:
    released = seen["ProductionOrderReleased"].unique(ORDER, keep="first")
    return released.select(ORDER, "site", released_item="item")


def _durations(work: pl.DataFrame) -> pl.DataFrame:
    law = law_of(pl.col("each_s"))
    done = work.filter(pl.col("quantity") > 0).with_columns(
        each_s=pl.col("span_s") / pl.col("quantity"),
        rank=pl.col("begin").rank("dense").over(ORDER),
    )
    timed = pl.col("span_s").is_not_null()
    total = pl.col("quantity").filter(timed).sum()
    return (
        done.group_by("operation")
        .agg(
            # The mean over pieces, not over orders: a plan multiplies it by a quantity.
            duration_s=pl.when(total > 0)
            .then(pl.col("span_s").sum() / total)
            .otherwise(0.0),
            duration_cv=law["cv"].fill_null(0.0),
            median_s=law["median"],
            n_observed=law["n"],
            yield_rate=(pl.col("good").sum() / pl.col("made").sum())
            .fill_nan(1.0)
            .clip(YIELD_MIN, 1.0),
            position=pl.col("rank").median(),
        )
        .with_columns(
            duration_law=pl.when(pl.col("duration_cv") > 0)
            .then(pl.lit("lognormal"))
            .otherwise(pl.lit("constant"))
        )
    )


def _routes(seen: Seen, work: pl.DataFrame) -> pl.DataFrame:
    named = work.join(_orders(seen), on=ORDER, how="left").with_columns(
        item=pl.coalesce("item", "released_item").fill_null(ANY)
    )
    visits = (
        named.group_by(ORDER, "operation")
        .agg(pl.col("begin").min(), pl.col("item").sort().first())
        .sort(ORDER, "begin", "operation")
    )
    routes = visits.group_by(ORDER).agg(pl.col("item").sort().first(), "operation")
    ways = routes.group_by("item", "operation").agg(n_orders=pl.len())
    # Of equally frequent ways the longest, then the first by name: the same each time.
    best = ways.sort(
        "n_orders", pl.col("operation").list.len(),
        pl.col("operation").list.join("\x1f"),
        descending=[True, True, False],
    ).unique("item", keep="first", maintain_order=True)  # fmt: skip
    steps = best.with_columns(
        place=pl.int_ranges(pl.col("operation").list.len())
    ).explode("operation", "place")
    return steps.select("item", "operation", "n_orders", "place")


def _groups(work: pl.DataFrame) -> dict[str, str]:
    # Union-find over the pairs of operation and machine that were seen.
    pairs = (
        work.group_by("operation", "machine")
        .agg(n=pl.len())
        .sort("operation", "machine")
    )
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for operation, machine, _ in pairs.iter_rows():
        parent[root(("machine", machine))] = root(("operation", operation))
    counts: dict[tuple[str, str], Counter[str]] = {}
    for operation, _, n in pairs.iter_rows():
        counts.setdefault(root(("operation", operation)), Counter())[operation] += n
    names = {
        node: min(count, key=lambda name: (-count[name], name))
        for node, count in counts.items()
    }
    machine_ids = pairs["machine"].unique().to_list()
    return {machine: names[root(("machine", machine))] for machine in machine_ids}

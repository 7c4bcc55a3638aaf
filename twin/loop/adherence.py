"""Adherence: every released order beside what happened to it.

An order is found again by the id under which it was acknowledged, else by its own id,
else by what it asks for: of orders and executions that nothing joins, those of the same
kind, item, site and source are joined first in, first out.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from twin.errors import OptionError
from twin.loop.facts import Facts
from twin.model.network import Network

STATUSES = ("on time", "late", "short", "never started", "open", "unplanned")
"""What may be said of an order: done in full by its due time; in full, or still under
way, after it; ended with less than expected; not begun when it was due, or refused, or
cancelled before; not due and not done yet; carried out and never released."""

SHORT_SHARE = 0.02
"""Of what is expected that may be missing of an order in full: whole pieces and yields
come out a little off. With none, half of what is made with losses is short."""

ACKNOWLEDGED_WITHIN_S = 4 * 3600.0
"""Seconds in which an order is to be answered."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class AdherenceOptions:
    """How strictly orders are judged.

    Attributes
    ----------
    short_share : float
        Of what is expected that may be missing, in [0, 1).
    acknowledged_within_s : float
        Seconds in which an order is to be answered, > 0.

    Raises
    ------
    OptionError
        If one is outside what is allowed.
    """

    short_share: float = SHORT_SHARE
    acknowledged_within_s: float = ACKNOWLEDGED_WITHIN_S

    def __post_init__(self) -> None:
        if not 0.0 <= self.short_share < 1.0:
            msg = f"short_share must be in [0, 1), was {self.short_share}"
            raise OptionError(msg)
        if not 0.0 < self.acknowledged_within_s < float("inf"):
            msg = f"acknowledged_within_s must be > 0, was {self.acknowledged_within_s}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class Adherence:
    """Plan against actual.

    Attributes
    ----------
    orders : polars.DataFrame
        A row for each released order, by release, then one for each that was carried
        out and never released. Columns: those of `twin.loop.facts.RELEASED`;
        `executed_as`, `found_by` (``acknowledgement``, ``id`` or ``content``);
        `answered_us`, `rejected`; `started_us`, `taken` (units sent, or started to be
        made), `done` (units received), `done_us` (when no more was missing than may be
        of one in full, or last); `closed_us`; `status`, one of `STATUSES`; `late_s`,
        seconds after it was due, of what is not done until now.
    exceptions : polars.DataFrame
        ``order, kind, item, site, source, quantity, released_us, reason, since_us``:
        orders that were refused, or not answered in time and not until now.
    end_us : int
        Until when events were looked at, microseconds UTC.
    """

    orders: pl.DataFrame
    exceptions: pl.DataFrame
    end_us: int

    def counts(self) -> dict[str, dict[str, int]]:
        """Return orders by kind and status, zeros included."""
        found = {
            kind: dict.fromkeys(STATUSES, 0)
            for kind in ("purchase", "production", "transport")
        }
        for kind, status, n in (
            self.orders.group_by("kind", "status").len().sort("kind", "status").rows()
        ):
            found[kind][status] = n
        return found

    def totals(self) -> dict[str, float | int | None]:
        """Return what a run comes to.

        Returns
        -------
        dict
            `released`, `unplanned` and `exceptions` are numbers of orders. Of the
            orders that are settled, neither open nor unplanned: `settled`;
            `adherence`, the share on time and in full; `done_share`, the mean share
            that was received of what was expected of an order, at most all of it;
            `late_mean_s`, mean lateness of those that are late. None where there are
            none.
        """
        orders = self.orders
        settled = orders.filter(~pl.col("status").is_in(["open", "unplanned"]))
        late = orders.filter(pl.col("status") == "late")["late_s"]
        shares = settled["done"] / settled["expected"]
        on_time = int((settled["status"] == "on time").sum())
        unplanned = int((orders["status"] == "unplanned").sum())
        return {
            "released": orders.height - unplanned,
            "settled": settled.height,
            "adherence": on_time / settled.height if settled.height else None,
            "done_share": _mean(shares.clip(upper_bound=1.0)),
            "late_mean_s": _mean(late),
            "unplanned": unplanned,
            "exceptions": self.exceptions.height,
        }

    def to_json(self) -> dict[str, Any]:
        """Return totals and counts for a result in JSON."""
        return dict(self.totals()) | {"counts": self.counts()}


def _mean(values: pl.Series) -> float | None:
    return float(values.sum()) / len(values) if len(values) else None


def adherence_of(
    facts: Facts,
    network: Network,
    *,
    end_us: int,
    options: AdherenceOptions | None = None,
) -> Adherence:
    """Match every released order to what happened.

    Parameters
    ----------
    facts : Facts
        What was released and what happened, until `end_us`.
    network : Network
        Its own open orders were not released by anybody and are left out; its sites
        tell what is moved from what is bought.
    end_us : int
        Now: what is due later is open, microseconds UTC.
    options : AdherenceOptions, optional
        How strictly.

    Returns
    -------
    Adherence
        Each released order stands in it once, and so does each that was carried out.
    """
    options = options or AdherenceOptions()
    released, answers = facts.released(), facts.answers()
    orders = released.join(answers, on="order", how="left", maintain_order="left")
    sites = set(network.places.ids[: network.n_sites])
    lanes, makes = facts.lane_orders(sites), facts.production_orders()
    known = network.tables["open_orders"]["order"].to_list()
    begun = pl.concat([lanes, makes]).filter(~pl.col("name").is_in(known))
    matched = _matched(orders, begun)
    rows = _progress(facts, matched, short_share=options.short_share)
    judged = _judged(rows, end_us=end_us, short_share=options.short_share)
    return Adherence(judged, _exceptions(judged, end_us, options), end_us)


def _matched(orders: pl.DataFrame, begun: pl.DataFrame) -> pl.DataFrame:
    """Join orders with executions; what nothing was released for comes last."""
    executions = list(begun.iter_rows(named=True))
    by_name: Mapping[tuple[str, str | None], int] = {
        (row["name"], row["item"]): k for k, row in enumerate(executions)
    }
    taken: dict[int, tuple[int, str]] = {}  # execution: order and how it was found
    rows = list(orders.iter_rows(named=True))
    for k, row in enumerate(rows):
        for name, how in (
            (row["executed_as"], "acknowledgement"),
            (row["order"], "id"),
        ):
            found = by_name.get((name, row["item"]))
            if found is not None and found not in taken:
                taken[found] = k, how
                break
    joined = {k for k, _ in taken.values()}
    waiting: dict[tuple[object, ...], deque[int]] = defaultdict(deque)
    for k, row in enumerate(rows):
        if k not in joined and not row["rejected"]:
            waiting[_content(row)].append(k)
    for n, row in enumerate(executions):
        queue = waiting.get(_content(row))
        # What began before an order was released is not its execution.
        if n in taken or not queue or rows[queue[0]]["released_us"] > row["begun_us"]:
            continue
        taken[n] = queue.popleft(), "content"
    return _table(rows, executions, taken)


def _content(row: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in ("kind", "item", "site", "source"))


def _table(
    rows: list[dict[str, Any]],
    executions: list[dict[str, Any]],
    taken: dict[int, tuple[int, str]],
) -> pl.DataFrame:
    for row in rows:
        row |= {"name": None, "found_by": None, "ordered": None, "planned": True}
    for n, (k, how) in taken.items():
        found = executions[n]
        rows[k] |= {
            "name": found["name"], "found_by": how, "ordered": found["quantity"]
        }  # fmt: skip
    unplanned = [
        {
            "order": row["name"],
            "kind": row["kind"],
            "item": row["item"],
            "site": row["site"],
            "source": row["source"],
            "released_us": row["begun_us"],
            "name": row["name"],
            "ordered": row["quantity"],
            "planned": False,
        }
        for n, row in enumerate(executions)
        if n not in taken
    ]
    text, whole = dict.fromkeys(("name", "found_by"), pl.String), pl.Float64
    schema = {
        "order": pl.String, "kind": pl.String, "plan": pl.String, "item": pl.String,
        "site": pl.String, "source": pl.String, "quantity": whole, "expected": whole,
        "released_us": pl.Int64, "due_us": pl.Int64, "rejected": pl.Boolean,
        "answered_us": pl.Int64, **text, "ordered": whole, "planned": pl.Boolean,
    }  # fmt: skip
    kept = [{name: row.get(name) for name in schema} for row in rows + unplanned]
    return pl.DataFrame(kept, schema=schema)


def _enough(short_share: float) -> pl.Expr:
    """Units that make an order one in full."""
    return pl.col("expected") * (1.0 - short_share) * (1.0 - _ROUNDING)


def _progress(
    facts: Facts, orders: pl.DataFrame, *, short_share: float
) -> pl.DataFrame:
    """Add what came of each order."""
    orders = orders.with_row_index("row").with_columns(
        quantity=pl.coalesce("quantity", "ordered"),
        expected=pl.coalesce("expected", "quantity", "ordered"),
    )
    makes = orders["kind"] == "production"
    enough = _enough(short_share)
    lanes = _added(orders.filter(~makes), facts.received(), facts.sent(), enough=enough)
    made = _added(orders.filter(makes), facts.made(), facts.operations(), enough=enough)
    # What is started of a production order stands in its release to the floor.
    made = made.with_columns(taken=pl.col("ordered").fill_null(0.0))
    both = pl.concat([lanes, made], how="diagonal")
    closed = both.join(facts.closed(), on="name", how="left")
    return closed.sort("row").drop("row", "ordered")


def _added(
    orders: pl.DataFrame, done: pl.DataFrame, begun: pl.DataFrame, *, enough: pl.Expr
) -> pl.DataFrame:
    """Add when work began, what was taken on, and when so much of it was done."""
    keys = [name for name in ("name", "item") if name in begun.columns]
    starts = begun.group_by(keys).agg(
        first_us=pl.col("at_us").min(),
        taken=(
            pl.col("quantity").sum() if "quantity" in begun.columns else pl.lit(0.0)
        ),
    )
    sums = done.group_by("name", "item").agg(
        came_us=pl.col("at_us").min(), done=pl.col("quantity").sum()
    )
    joined = orders.join(starts, on=keys, how="left").join(
        sums, on=["name", "item"], how="left"
    )
    joined = joined.with_columns(
        started_us=pl.min_horizontal("first_us", "came_us"),
        done=pl.col("done").fill_null(0.0),
        # Goods may be announced by nobody before they are there.
        taken=pl.max_horizontal("taken", "done").fill_null(0.0),
    ).drop("first_us", "came_us")
    times = _times(joined, done, enough=enough)
    return joined.join(times, on=["name", "item"], how="left")


def _times(
    orders: pl.DataFrame, done: pl.DataFrame, *, enough: pl.Expr
) -> pl.DataFrame:
    """Return when each order was in full, or had its last receipt."""
    wanted = orders.filter(pl.col("name").is_not_null()).select(
        "name", "item", "expected"
    )
    running = (
        done.join(wanted, on=["name", "item"])
        .sort("at_us", maintain_order=True)
        .with_columns(sum=pl.col("quantity").cum_sum().over("name", "item"))
    )
    return running.group_by("name", "item").agg(
        done_us=pl.coalesce(
            pl.col("at_us").filter(pl.col("sum") >= enough).min(),
            pl.col("at_us").max(),
        )
    )


def _judged(orders: pl.DataFrame, *, end_us: int, short_share: float) -> pl.DataFrame:
    enough = _enough(short_share)
    full = (pl.col("done") >= enough) & pl.col("done_us").is_not_null()
    due_us = pl.col("due_us")
    overdue = (due_us < end_us).fill_null(value=False)
    in_time = (pl.col("done_us") <= due_us).fill_null(value=True)
    closed = pl.col("closed_us").is_not_null()
    makes = pl.col("kind") == "production"
    begun = pl.col("started_us").is_not_null()
    refused = pl.col("rejected").fill_null(value=False)
    said = pl.lit
    status = (
        pl.when(~pl.col("planned"))
        .then(said("unplanned"))
        .when(full & in_time)
        .then(said("on time"))
        .when(full)
        .then(said("late"))
        .when(~begun & (refused | closed | overdue))
        .then(said("never started"))
        .when(begun & closed & (makes | (pl.col("taken") < enough)))
        .then(said("short"))
        .when(begun & overdue)
        .then(said("late"))
        .otherwise(said("open"))
    )
    until_us = pl.when(full).then(pl.col("done_us")).otherwise(pl.lit(end_us))
    late_s = (until_us - due_us).clip(lower_bound=0) / 1e6
    return orders.with_columns(status=status, late_s=late_s).select(
        "order", "kind", "plan", "item", "site", "source", "quantity", "expected",
        "released_us", "due_us", "status", "late_s", "taken", "done", "started_us",
        "done_us", "closed_us", "answered_us", "rejected",
        pl.col("name").alias("executed_as"), "found_by",
    )  # fmt: skip


def _exceptions(
    orders: pl.DataFrame, end_us: int, options: AdherenceOptions
) -> pl.DataFrame:
    within_us = round(options.acknowledged_within_s * 1e6)
    until_us = pl.col("released_us") + within_us
    refused = pl.col("rejected").fill_null(value=False)
    silent = pl.col("answered_us").is_null() & (until_us <= end_us)
    return (
        orders.filter((pl.col("status") != "unplanned") & (refused | silent))
        .with_columns(
            reason=pl.when(refused)
            .then(pl.lit("refused"))
            .otherwise(pl.lit("not acknowledged")),
            since_us=pl.when(refused).then(pl.col("answered_us")).otherwise(until_us),
        )
        .select(
            "order", "kind", "item", "site", "source", "quantity", "released_us",
            "reason", "since_us",
        )
    )  # fmt: skip

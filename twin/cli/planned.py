"""Makes the plan that `millstream plan` asks for, and shows it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.cli.console import Console, time_text
from twin.cli.playing import doubts
from twin.cli.reporting import kpi_rows
from twin.cli.sources import SourceSpec, batches_of
from twin.cli.state import read_state
from twin.clock import SystemClock
from twin.demand import HistoryForecaster, calendar_factors, demand_by_review
from twin.errors import OptionError, TwinError
from twin.loop import Review
from twin.masterplan import (
    ExpectedDemand,
    Link,
    MasterPlan,
    PlanTerms,
    Shortage,
    check_plan,
    expected_demand,
    made_to_order,
    make_plan,
    plan_trips,
    read_firm,
    shortages,
    summary,
    write_plan,
    write_tables,
)
from twin.model import load
from twin.model.edits import edited
from twin.model.network import Network
from twin.planning.trips import check_capacity
from twin.whatif.live import network_of_state

if TYPE_CHECKING:
    import polars as pl

    from twin.state.state import State

DAY_US = 86_400_000_000
SHORTAGES_SHOWN = 5
HELD_US = DAY_US
"""Beginning later than this after all was there is called holding back."""
_BROUGHT = {
    "transfer_in": "transport", "made": "production", "purchase": "purchase",
    "opening": "stock of the beginning",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSpec:
    """What is planned.

    Attributes
    ----------
    network : Path
        Folder of the network.
    n_periods : int
        Reviews.
    quantile : float
        Of running demand that orders cover.
    source : SourceSpec or None
        Where the state comes from; None: the tables of the network.
    vehicle : float or None
        Units a vehicle carries; None puts nothing on trips.
    sequenced : int
        Reviews whose production is put in sequence.
    fence : int
        Reviews whose orders are firm.
    keep : Path or None
        Folder of a former plan, whose firm orders are kept.
    out : Path or None
        Plan folder.
    at : str or None
        Place in the source whose state the plan begins with; None: its end.
    """

    network: Path
    n_periods: int
    quantile: float
    source: SourceSpec | None
    vehicle: float | None = None
    sequenced: int = 0
    fence: int = 0
    keep: Path | None = None
    out: Path | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class _Start:
    network: Network
    forecaster: HistoryForecaster
    state: "State | None"
    told: dict[str, Any]


def plan_network(spec: PlanSpec, console: Console) -> None:
    """Plan, check, show and write.

    Parameters
    ----------
    spec : PlanSpec
        What to plan.
    console : Console
        Shows progress and result.

    Raises
    ------
    TwinError
        If an option or a file cannot be used, or the plan does not hold together.
    """
    made, told = plan_of(spec, console)
    currency = made.network.settings.currency
    broken = check_plan(made)
    if broken:
        msg = "the plan does not hold together: " + "; ".join(broken)
        raise TwinError(msg)
    console.note("checked: quantities, dates, machines and money agree with the tables")
    _show(made, console)
    found = shortages(made)
    for one in found[:SHORTAGES_SHOWN]:
        console.say(shortage_text(one, currency))
    if len(found) > SHORTAGES_SHOWN:
        console.say(f"... and {len(found) - SHORTAGES_SHOWN} more items fall short")
    if spec.out is not None:
        from twin.cli.plan_page import write_page

        files = write_plan(made, spec.out)
        page = spec.out / "report.html"
        write_page(made, page)
        console.say(f"plan: {spec.out} ({len(files)} files), page: {page}")
    if spec.vehicle is not None:
        tables = _trips(made, spec.vehicle, console)
        kilometres = float(tables["trips"]["distance_km"].sum())
        told |= {"trips": tables["trips"].height, "trips_km": kilometres}
        if spec.out is not None:
            write_tables(tables, spec.out)
    console.finish(told | summary(made))


def plan_of(spec: PlanSpec, console: Console) -> tuple[MasterPlan, dict[str, Any]]:
    """Make a plan.

    Parameters
    ----------
    spec : PlanSpec
        What to plan.
    console : Console
        Shows progress.

    Returns
    -------
    MasterPlan, dict
        And what is told of where it begins.

    Raises
    ------
    TwinError
        If an option or a file cannot be used.
    """
    start = _started(spec, console)
    network = start.network
    demand = expected_demand(
        start.forecaster,
        n_periods=spec.n_periods,
        horizon=network.settings.horizon_periods,
        quantile=spec.quantile,
    )
    terms = PlanTerms(sequenced=spec.sequenced, fence=spec.fence)
    if spec.keep is not None:
        firm = read_firm(spec.keep, network, n_periods=spec.n_periods)
        console.note(f"{spec.keep}: {firm.orders.height} firm orders are kept")
        terms = replace(terms, firm=firm)
    made = _made(start, demand, terms, spec.n_periods, console=console)
    return made, start.told


def _started(spec: PlanSpec, console: Console) -> _Start:
    if spec.vehicle is not None:
        check_capacity(spec.vehicle)
    network = load(spec.network)
    for doubt in doubts(network):
        console.warn(doubt)
    for table, column in (
        ("demands", network.demands.item_index),
        ("stock", network.stock.item_index),
    ):
        if not len(column):
            msg = f"network {spec.network}: nothing to plan: {table} has no rows"
            raise OptionError(msg)
    forecaster = HistoryForecaster(
        network.demands.mean_per_day * (network.settings.review_us / DAY_US),
        profile=calendar_factors(network),
    )
    if spec.source is None:
        return _Start(network, forecaster, None, {})
    read = read_state(spec.source, spec.network, console, at=spec.at)
    changed = edited(network, read.edits)
    carried = network_of_state(changed.network, read.state)
    for sentence in (*changed.left_out, *carried.left_out):
        console.warn(f"left out: {sentence}")
    now_us = carried.network.settings.as_of_us
    n_seen = _learn(network, forecaster, spec.source, now_us=now_us, console=console)
    console.note(f"{spec.source.name}: {time_text(now_us)}, {n_seen} reviews of demand")
    told = {
        "source": spec.source.name,
        "position": read.position,
        "carried": carried.counts,
        "left_out": [*changed.left_out, *carried.left_out],
        "reviews_seen": n_seen,
    }
    return _Start(carried.network, forecaster, carried.state, told)


def _learn(
    network: Network,
    forecaster: HistoryForecaster,
    source: SourceSpec,
    *,
    now_us: int,
    console: Console,
) -> int:
    """Let a forecaster see the demand of a log; return how many reviews it saw."""
    rejected: list[int] = []
    try:
        batches = batches_of(source.name, source.kafka_config, rejected)
        asked = demand_by_review(network, batches, until_us=now_us)
    except (TwinError, ValueError) as error:
        console.warn(f"demand is forecast from the network's laws alone: {error}")
        return 0
    for column in asked.T:
        forecaster.observe(column)
    return int(asked.shape[1])


def _made(
    start: _Start,
    demand: ExpectedDemand,
    terms: PlanTerms,
    n_periods: int,
    *,
    console: Console,
) -> MasterPlan:
    clock = SystemClock()
    begun_s = clock.monotonic_s()
    with console.progress() as progress:
        task = progress.add_task("reviews planned", total=n_periods)

        def on_review(review: Review) -> None:
            served, asked = review.measures.served, review.measures.demanded
            fill = 100.0 * served / asked if asked else 100.0
            text = f"review {review.index + 1} planned, {fill:.0f} % served"
            progress.update(task, advance=1, description=text)

        made = make_plan(
            start.network,
            demand,
            n_periods=n_periods,
            monotonic_s=clock.monotonic_s,
            terms=terms,
            state=start.state,
            on_review=on_review,
        )
    console.note(
        f"{n_periods} reviews planned in {clock.monotonic_s() - begun_s:.1f} s"
    )
    return made


def _trips(
    made: MasterPlan, capacity: float, console: Console
) -> "dict[str, pl.DataFrame]":
    trips, stops = plan_trips(
        made, capacity=capacity, monotonic_s=SystemClock().monotonic_s
    )
    length = float(trips["distance_km"].sum())
    full = float(trips["load"].sum()) / (capacity * max(trips.height, 1))
    console.say(
        f"{trips.height} trips with {stops.height} orders, {length:,.0f} km, vehicles "
        f"{100.0 * full:.0f} % full"
    )
    return {"trips": trips, "stops": stops}


def _show(made: MasterPlan, console: Console) -> None:
    import polars as pl

    network = made.network
    orders = made.tables.orders
    counted = orders.group_by("kind", maintain_order=True).agg(
        pl.len().alias("orders"),
        pl.col("quantity").sum().round(1).alias("units"),
        pl.col("release_us").min().alias("first_us"),
        pl.col("release_us").max().alias("last_us"),
    )
    console.table(counted, title=f"{network.settings.name}: orders of the plan")
    console.table(_kpis(made), title="What it comes to", rows_max=0)
    own = made_to_order(network, made.tables)
    if own.height:
        done = own.drop_nulls("end_us")
        late = done.filter(pl.col("late_s") > 0.0)
        console.say(
            f"made on order: {own.height} production orders for "
            f"{own['customer_order'].n_unique()} orders of customers, in "
            f"{own['group'].n_unique()} groups; {done.height} end within the plan, "
            f"{late.height} of them late"
        )


def _kpis(made: MasterPlan) -> "pl.DataFrame":
    import polars as pl

    rows = kpi_rows(made.network, [made.result])
    return pl.DataFrame(
        {
            "measure": [row.name for row in rows],
            "unit": [row.unit for row in rows],
            "plan": [round(row.value, 2) for row in rows],
        }
    )


def shortage_text(short: Shortage, currency: str) -> str:
    """Say what is short, and what its next goods wait for.

    Parameters
    ----------
    short : Shortage
        Of a plan.
    currency : str
        Unit of its cost.
    """
    text = (
        f"short: {short.quantity:,.0f} {short.item} at {short.site}, "
        f"{time_text(short.first_us)[:10]} to {time_text(short.last_us)[:10]}, "
        f"{short.cost:,.0f} {currency}"
    )
    if not short.chain:
        return f"{text}; nothing more comes within the plan"
    return f"{text}; next comes " + ", which waited for ".join(
        _link_text(link) for link in short.chain
    )


def _link_text(link: Link) -> str:
    order = f" {link.order}" if link.order else ""
    text = (
        f"{_BROUGHT.get(link.kind, link.kind)}{order} of {link.item} "
        f"({_minute(link.comes_us)})"
    )
    if link.began_us is None or link.ready_us is None:
        return text
    if link.held_back(HELD_US):
        return (
            f"{text}, which could begin on {_minute(link.ready_us)} and was held back "
            f"until {_minute(link.began_us)} for what pays more"
        )
    return text


def _minute(time_us: int) -> str:
    return time_text(time_us)[:16].replace("T", " ")

"""Turns runs of the loop into what a report shows."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twin.cli.exceptions import exception_messages
from twin.cli.gathering import FAN_LEVELS, FAN_PERIODS, Gathered
from twin.cli.loop_orders import adherence_rows, order_messages
from twin.loop import LoopResult
from twin.model.network import Network
from twin.model.records import PLANT, STORE, WAREHOUSE
from twin.planning import Planned, PlanningStructure, plan_released
from twin.report import (
    Costs,
    Echelon,
    ForecastFan,
    GanttBar,
    KpiRow,
    Marker,
    ReportData,
    Series,
    Service,
)
from twin.simulate.disruptions import Disruption

Array = NDArray[np.float64]
BOUND = "clairvoyant"
PLAN_DAYS = 14
DAY_US = 86_400_000_000

# Key of `KpiTable.totals`, name, unit (None is money), factor, better, note
KPIS: tuple[tuple[str, str, str | None, float, str, str], ...] = (
    (
        "result", "Result", None, 1.0, "high",
        "Profit plus what stock, with that on the way, gained in value.",
    ),
    ("fill_rate", "Fill rate", "%", 100.0, "high", "Demand served at once."),
    ("lost_share", "Lost sales", "%", 100.0, "low", "Demand lost for want of stock."),
    ("mean_stock_value", "Mean stock", None, 1.0, "low", "On hand, at unit cost."),
    ("turns", "Stock turns", "a year", 1.0, "high", "Cost of goods over stock."),
    (
        "variance_ratio", "Order variation", "x demand", 1.0, "low",
        "Mean over sites; above 1 orders swing more than demand.",
    ),
    ("profit", "Profit", None, 1.0, "high", "Sales less all costs below."),
    ("sales", "Sales", None, 1.0, "high", ""),
    ("purchase", "Purchases", None, 1.0, "low", ""),
    ("handling", "Making and handling", None, 1.0, "low", ""),
    ("transport", "Transport", None, 1.0, "low", ""),
    ("holding", "Holding", None, 1.0, "low", "Stock on hand and on the way."),
    ("shortage", "Shortage", None, 1.0, "low", "Late and lost units."),
)  # fmt: skip
"""The KPIs of a run that a reader is shown."""

_HISTORY = {"profit", "sales", "holding", "shortage"}


def report_data(
    network: Network,
    results: Sequence[LoopResult],
    gathered: Gathered,
    *,
    structure: PlanningStructure,
    seed: int,
    disruptions: Sequence[Disruption] = (),
) -> ReportData:
    """Describe a run and what it is compared with.

    Parameters
    ----------
    network : Network
        What was run.
    results : sequence of LoopResult
        The run reported first, then those it is compared with; one seed for all.
    gathered : Gathered
        Of the first run.
    structure : PlanningStructure
        What its last plan means.
    seed : int
        As shown.
    disruptions : sequence of Disruption
        Marked in the charts.

    Returns
    -------
    ReportData
        For `twin.report.write`.
    """
    first = results[0]
    times = np.array([period.time_us for period in first.table.periods], np.int64)
    return ReportData(
        title=f"{network.settings.name}: {first.policy} over {len(times)} reviews",
        subtitle=f"What it may know of demand: {first.information}.",
        currency=network.settings.currency,
        created_from={
            "network": network.settings.name,
            "network hash": network.hash,
            "policy": first.policy,
            "seed": str(seed),
            "events": f"{first.n_events:,}",
            "state hash": first.state_hash,
        },
        policy=first.policy,
        bound_name=BOUND,
        kpis=(*kpi_rows(network, results), *adherence_rows(first.adherence)),
        times_us=times,
        stock=stock_of(network, first),
        service=service_of(first),
        costs=costs_of(results),
        forecasts=_fans(network, first, gathered),
        variance=_echelons(network, first),
        gantt=(*gathered.bars, *_planned_bars(structure, gathered)),
        exceptions=(
            *exception_messages(
                network, gathered.facts, gathered.names, end_us=int(times[-1])
            ),
            *order_messages(network, first.adherence),
        ),
        disruptions=_markers(network, disruptions),
    )


def kpi_rows(network: Network, results: Sequence[LoopResult]) -> tuple[KpiRow, ...]:
    """List the KPIs of the first result beside those of the others.

    Parameters
    ----------
    network : Network
        Its currency is the unit of money.
    results : sequence of LoopResult
        One or more.

    Returns
    -------
    tuple of KpiRow
        With percent of the clairvoyant result, where that was played.
    """
    totals = [result.table.totals() for result in results]
    named: dict[str, Mapping[str, float]] = {
        result.policy: total
        for result, total in zip(results[1:], totals[1:], strict=True)
    }
    rows = []
    for key, name, unit, factor, better, note in KPIS:
        best = named.get(BOUND, {}).get(key, 0.0)
        share = 100.0 * totals[0][key] / best if key == "result" and best > 0 else None
        history = results[0].table.series(key) if key in _HISTORY else np.empty(0)
        rows.append(
            KpiRow(
                name=name,
                value=totals[0][key] * factor,
                unit=network.settings.currency if unit is None else unit,
                bound_percent=share,
                note=note,
                better=better,  # type: ignore[arg-type]
                comparisons={
                    policy: total[key] * factor for policy, total in named.items()
                },
                history=history,
            )
        )
    return tuple(rows)


def stock_of(network: Network, result: LoopResult) -> tuple[Series, ...]:
    """Return the value of stock by site, review by review."""
    points = network.stock
    value = network.items.unit_cost[points.item_index] * result.table.stock_by_point
    sites = np.unique(points.site_index)
    return tuple(
        Series(
            network.places.ids[site],
            value[:, points.site_index == site].sum(axis=1),
            network.settings.currency,
        )
        for site in sites
    )


def service_of(result: LoopResult) -> Service:
    """Return how much of demand was served, review by review."""
    demanded, served = result.table.series("demanded"), result.table.series("served")
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.minimum(served / demanded, 1.0)
        cumulative = np.minimum(served.cumsum() / demanded.cumsum(), 1.0)
    return Service(rate, cumulative, result.table.series("backorder"))


def costs_of(results: Sequence[LoopResult]) -> Costs:
    """Return the money of the first result, and the profit of all, by review."""
    table = results[0].table
    return Costs(
        revenue=table.series("sales"),
        purchase=table.series("purchase"),
        production=table.series("handling"),
        transport=table.series("transport"),
        holding=table.series("holding"),
        shortage=table.series("shortage"),
        cumulative_profit=tuple(
            Series(result.policy, result.table.series("profit").cumsum())
            for result in results
        ),
    )


def _fans(
    network: Network, result: LoopResult, gathered: Gathered
) -> tuple[ForecastFan, ...]:
    if gathered.fan_index < 0:
        return ()
    times = np.array([period.time_us for period in result.table.periods], np.int64)
    cut = gathered.fan_index
    steps = np.arange(1, FAN_PERIODS + 1)
    coming = times[cut - 1] + steps * network.settings.review_us
    demands, items, places = network.demands, network.items.ids, network.places.ids
    fans = []
    for row, quantiles in zip(gathered.fan_rows, gathered.fan_quantiles, strict=True):
        actual = np.full(FAN_PERIODS, np.nan)
        known = result.demand[row, cut : cut + FAN_PERIODS]
        actual[: len(known)] = known
        fans.append(
            ForecastFan(
                name=f"{items[demands.item_index[row]]} for "
                f"{places[demands.customer_index[row]]}",
                history_times_us=times[:cut],
                history=result.demand[row, :cut],
                times_us=coming,
                levels=np.array(FAN_LEVELS),
                quantiles=quantiles,
                actual=actual,
                unit=network.items.unit[demands.item_index[row]],
            )
        )
    return tuple(fans)


def _echelons(network: Network, result: LoopResult) -> tuple[Echelon, ...]:
    """Orders by echelon against demand, in units of demand.

    What plants order is counted in kilograms and cartons; scaled to the mean of demand,
    the variance of one echelon compares with that of another.
    """
    table = result.table
    demand = table.demanded_by_site.sum(axis=1)
    kinds = (("Plants", PLANT), ("Distribution centres", WAREHOUSE), ("Stores", STORE))
    rows = []
    for name, kind in kinds:
        sites = np.flatnonzero(network.places.kind == kind)
        ordered = table.ordered_by_place[:, sites].sum(axis=1)
        if ordered.any() and demand.any():
            variance = float((ordered * demand.mean() / ordered.mean()).var())
            own = float(demand.var())
            ratio = variance / own if own > 0.0 else float("nan")
            rows.append(Echelon(name, variance, own, ratio))
    return tuple(rows)


def _planned_bars(
    structure: PlanningStructure, gathered: Gathered
) -> tuple[GanttBar, ...]:
    planned: Planned | None = gathered.planned
    if planned is None:
        return ()
    released = plan_released(
        structure, planned, now_us=gathered.planned_us, plan_id="last"
    )
    until_us = gathered.planned_us + PLAN_DAYS * DAY_US
    return tuple(
        GanttBar(
            resource=f"plan: {line.source or 'make'} > {line.site}",
            label=f"{line.quantity:,.0f} {line.item}",
            start_us=line.release_us,
            end_us=line.due_us,
            kind=line.kind,
        )
        for line in released.lines
        if line.release_us < until_us
    )


def _markers(network: Network, disruptions: Sequence[Disruption]) -> tuple[Marker, ...]:
    names = {
        "demand": network.places.ids,
        "place": network.places.ids,
        "lane": network.lanes.ids,
        "machine": network.machines.ids,
    }
    markers = []
    for one in disruptions:
        what = [names[one.kind][k] for k in one.targets]
        what += [network.items.ids[k] for k in one.items]
        subject = ", ".join(what) or "all"
        text = (
            f"demand x {one.factor:g}: {subject}"
            if one.kind == "demand"
            else f"{subject} down"
        )
        markers.append(Marker(one.start_us, text))
    return tuple(sorted(markers, key=lambda marker: marker.time_us))

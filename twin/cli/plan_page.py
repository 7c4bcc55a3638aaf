"""Turns a plan into what its page shows."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from twin.cli.console import time_text
from twin.cli.planned import shortage_text
from twin.cli.reporting import costs_of, kpi_rows, service_of, stock_of
from twin.masterplan import MasterPlan, shortages
from twin.model.records import PLACE_KINDS
from twin.report import ExceptionMessage, GanttBar, ReportData
from twin.report.lanes import Flow, Place
from twin.report.plan import PlanPage, write_plan_page

if TYPE_CHECKING:
    from twin.report.data import GanttKind


def write_page(plan: MasterPlan, path: Path) -> None:
    """Write the page of a plan.

    Parameters
    ----------
    plan : MasterPlan
        As made.
    path : Path
        File to write or replace; its folder must exist.
    """
    write_plan_page(PlanPage(_data(plan), _places(plan), _flows(plan)), path)


def _data(plan: MasterPlan) -> ReportData:
    network, settings = plan.network, plan.network.settings
    result = replace(plan.result, policy="plan")
    times = np.array([period.time_us for period in result.table.periods], np.int64)
    return ReportData(
        title=f"{settings.name}: plan of {plan.n_periods} reviews",
        subtitle=f"From {time_text(settings.as_of_us)}; for expected demand.",
        currency=settings.currency,
        created_from={
            "network": settings.name,
            "network hash": network.hash,
            "orders": f"{plan.tables.orders.height:,}",
            "state hash at the end": result.state_hash,
        },
        policy="plan",
        kpis=kpi_rows(network, [result]),
        times_us=times,
        stock=stock_of(network, result),
        service=service_of(result),
        costs=costs_of([result]),
        gantt=(*_operations(plan), *_shipments(plan)),
        exceptions=tuple(
            ExceptionMessage(shortage_text(one, settings.currency), one.cost)
            for one in shortages(plan)
        ),
    )


def _operations(plan: MasterPlan) -> list[GanttBar]:
    rows = plan.tables.operations.sort("machine", "start_us").select(
        "machine", "item", "order", "good", "start_us", "end_us"
    )
    return [
        GanttBar(machine, f"{good:,.0f} {item} ({order})", start, end, "production")
        for machine, item, order, good, start, end in rows.iter_rows()
        if start is not None
    ]


def _shipments(plan: MasterPlan) -> list[GanttBar]:
    kinds: dict[str, GanttKind] = {"purchase": "purchase", "transport": "transport"}
    rows = (
        plan.tables.shipments.filter(pl.col("kind").is_in(list(kinds)))
        .group_by("kind", "from_place", "to_place", "sent_us", maintain_order=True)
        .agg(
            pl.col("arrives_us").max(),
            pl.col("item").n_unique().alias("items"),
            pl.col("item").first(),
            pl.col("quantity").sum(),
        )
        .filter(pl.col("arrives_us").is_not_null())
        .sort(
            "kind",
            "from_place",
            "to_place",
            "sent_us",
            descending=[True, False, False, False],
        )
    )
    bars = rows.iter_rows()
    return [
        GanttBar(
            resource=f"{origin} > {target}",
            label=f"{quantity:,.0f} {item}"
            if items == 1
            else f"{quantity:,.0f} units of {items} items",
            start_us=sent,
            end_us=arrives,
            kind=kinds[kind],
        )
        for kind, origin, target, sent, arrives, items, item, quantity in bars
    ]


def _places(plan: MasterPlan) -> tuple[Place, ...]:
    places = plan.network.places
    return tuple(
        Place(name, PLACE_KINDS[kind], latitude, longitude)
        for name, kind, latitude, longitude in zip(
            places.ids,
            places.kind.tolist(),
            places.latitude_deg.tolist(),
            places.longitude_deg.tolist(),
            strict=True,
        )
    )


def _flows(plan: MasterPlan) -> tuple[Flow, ...]:
    """Shipments by origin, target and kind, with what buying and carrying costs."""
    from twin.masterplan.money import with_lanes

    priced = with_lanes(plan.network, plan.tables)
    cost = (pl.col("price") + pl.col("unit_cost")).fill_null(0.0) * pl.col("quantity")
    rows = (
        priced.group_by("from_place", "to_place", "kind", maintain_order=True)
        .agg(
            pl.col("quantity").sum(),
            (cost + pl.col("fixed_cost").fill_null(0.0)).sum().alias("money"),
        )
        .iter_rows()
    )
    return tuple(Flow(*row) for row in rows)

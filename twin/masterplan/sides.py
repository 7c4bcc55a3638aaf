"""Plans as `twin.diff` compares them: just made, or from their folders."""

from pathlib import Path

from twin.diff import PlanSide
from twin.errors import InputError
from twin.masterplan.folder import PLAN_FILE, read_orders, read_summary, read_tables
from twin.masterplan.making import MasterPlan


def side_of_plan(plan: MasterPlan) -> PlanSide:
    """Return what is compared of a plan.

    Parameters
    ----------
    plan : MasterPlan
        As made.
    """
    settings, tables = plan.network.settings, plan.tables
    return PlanSide(
        orders=tables.orders,
        operations=tables.operations,
        sales=tables.sales,
        shipments=tables.shipments,
        kpis=plan.result.table.totals(),
        start_us=settings.as_of_us,
        review_us=settings.review_us,
        n_periods=plan.n_periods,
        fence_us=plan.fence_us,
    )


def side_of_folder(folder: Path) -> PlanSide:
    """Return what is compared of the plan of a folder.

    Parameters
    ----------
    folder : Path
        As written by `twin.masterplan.write_plan`.

    Raises
    ------
    InputError
        If it is no plan folder.
    """
    told = read_summary(folder)
    tables = read_tables(folder, ("operations", "sales", "shipments"))
    try:
        return PlanSide(
            orders=read_orders(folder),
            **tables,
            kpis=told["kpis"],
            start_us=int(told["start_us"]),
            review_us=int(told["review_us"]),
            n_periods=int(told["n_periods"]),
            fence_us=int(told["fence_us"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{folder / PLAN_FILE}: not a plan from purchase to delivery: {error!r}"
        raise InputError(msg) from error

"""The page of two plans that were compared."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from twin.cli.console import time_text
from twin.cli.diffing import counted, stability_text
from twin.cli.explaining import cause_text
from twin.diff import PlanDiff
from twin.diff.document import changed, customer_row, operation_row, order_row
from twin.explain.causes import Causes
from twin.report.rows import RowsPage, RowTable, write


def write_diff_page(
    found: PlanDiff, causes: Causes | None, path: Path, *, names: tuple[str, str]
) -> None:
    """Write what changed from a plan to the next as a page, and why.

    Parameters
    ----------
    found : PlanDiff
        Of two plans.
    causes : Causes or None
        Why orders of customers moved, if that was asked for.
    path : Path
        File to write or replace.
    names : tuple of str
        Of the former and of the newer plan.
    """
    because = {} if causes is None else {
        cause.change: cause_text(cause) for cause in causes.causes
    }  # fmt: skip
    span = f"{time_text(found.start_us)} to {time_text(found.end_us)}"
    page = RowsPage(
        title=f"{names[0]} and {names[1]}",
        subtitle=f"What both plan, {span}.",
        facts={"kept": stability_text(found).removeprefix("kept: ")},
        tables=(
            _customers(found, because),
            RowTable(
                name="money",
                title="Money",
                caption="Term by term, each plan over its own time.",
                rows=[
                    {"term": one.term, "before": one.before, "after": one.after,
                     "change": one.change}
                    for one in found.money
                ],
            ),
            RowTable(
                name="orders",
                title="Orders of the plan",
                caption=f"Buying, making and moving: {counted(found.orders)}.",
                rows=_shown(order_row(one) for one in changed(found.orders)),
            ),
            RowTable(
                name="operations",
                title="Operations",
                caption=f"On machines: {counted(found.operations)}.",
                rows=_shown(operation_row(one) for one in changed(found.operations)),
            ),
        ),
    )  # fmt: skip
    write(page, path)


def _customers(found: PlanDiff, because: Mapping[Any, str]) -> RowTable:
    rows = []
    for one in changed(found.customers):
        row = customer_row(one)
        row["because"] = because.get(one, "")
        rows.append(row)
    caption = f"{counted(found.customers)}."
    if because:
        caption += " Each reason was verified: the newer plan was carried out without."
    return RowTable(
        name="customers", title="Orders of customers", caption=caption,
        rows=_shown(rows),
    )  # fmt: skip


_TIMES = ("start_before", "start_after")


def _shown(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write times as people read them."""
    return [
        {
            name.removesuffix("_us"): time_text(value)
            if value is not None and (name.endswith("_us") or name in _TIMES)
            else value
            for name, value in row.items()
        }
        for row in rows
    ]

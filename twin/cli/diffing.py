"""Compares what `millstream diff` is given, and shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from twin.cli.console import Console, time_text
from twin.cli.explaining import show_causes
from twin.diff import (
    CustomerChange,
    Operation,
    OperationChange,
    OrderChange,
    PlanDiff,
    compare,
    compare_operations,
    stability_of,
)
from twin.diff.document import (
    DAY_US,
    Change,
    changed,
    counts,
    customer_row,
    document,
    operation_row,
    order_row,
)
from twin.errors import InputError, TwinError
from twin.explain.causes import TRIES, Causes, causes_of
from twin.explain.document import causes_document
from twin.explain.pairing import pair_of
from twin.explain.played import played_folder
from twin.masterplan import side_of_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffSpec:
    """What is compared; see the options of `millstream diff`."""

    before: Path
    after: Path
    limit: int = 20
    explains: bool = True
    tries: int = TRIES
    report: Path | None = None


def show_diff(spec: DiffSpec, console: Console) -> None:
    """Compare two plans or two schedules, print and write.

    Parameters
    ----------
    spec : DiffSpec
        What to compare.
    console : Console
        Where to print.

    Raises
    ------
    TwinError
        If what is given is neither two plan folders nor two schedules.
    """
    if spec.before.is_file() and spec.after.is_file():
        _show_schedules(spec, console)
        return
    found = compare(side_of_folder(spec.before), side_of_folder(spec.after))
    _print(found, spec, console)
    causes = _causes(found, spec, console) if spec.explains else None
    told = document(found)
    if causes is not None:
        show_causes(causes, console, limit=spec.limit)
        told["why"] = causes_document(causes, time_text)
    if spec.report is not None:
        from twin.cli.diff_page import write_diff_page

        names = (str(spec.before), str(spec.after))
        write_diff_page(found, causes, spec.report, names=names)
        console.say(f"report: {spec.report}")
    console.finish(told)


def _causes(found: PlanDiff, spec: DiffSpec, console: Console) -> Causes | None:
    """Carry both plans out again; None if nothing moved or a folder is not enough."""
    if not changed(found.customers):
        return None
    try:
        before, after = (played_folder(one) for one in (spec.before, spec.after))
        pair = pair_of(before, after)
    except TwinError as error:
        console.warn(f"why orders moved is not known: {error}")
        return None
    with console.progress() as progress:
        task = progress.add_task("differences taken back, and orders", total=None)
        return causes_of(
            pair,
            tries=spec.tries,
            on_step=lambda n, of: progress.update(task, completed=n, total=of),
        )


def _print(found: PlanDiff, spec: DiffSpec, console: Console) -> None:
    import polars as pl

    from twin.cli.console import readable

    console.say(
        f"{spec.before} and {spec.after}, {time_text(found.start_us)} to "
        f"{time_text(found.end_us)}"
    )
    for title, changes, rows in (
        ("Orders of customers", found.customers, [_customer_shown(one) for one in
                                                  changed(found.customers)]),
        ("Orders of the plan", found.orders, [_order_shown(one) for one in
                                              changed(found.orders)]),
        ("Operations", found.operations, [_operation_shown(one) for one in
                                          changed(found.operations)]),
    ):  # fmt: skip
        told = counted(changes)
        if rows:
            frame = pl.DataFrame(rows, infer_schema_length=None)
            console.table(
                readable(frame), title=f"{title}: {told}", rows_max=spec.limit
            )
        else:
            console.say(f"{title}: {told}")
    money = pl.DataFrame(
        [
            {"term": one.term, "before": one.before, "after": one.after,
             "change": one.change}
            for one in found.money
        ]
    ).with_columns(pl.col(pl.Float64).round(2))  # fmt: skip
    console.table(money, title="Money", rows_max=0)
    console.say(stability_text(found))


def counted(changes: Sequence[Change]) -> str:
    """Say how many of what changed.

    Parameters
    ----------
    changes : sequence of Change
        Of orders, operations or customers.
    """
    numbers = counts(changes)
    kept = numbers.pop("same", 0)
    told = [f"{n} {what}" for what, n in numbers.items()]
    return ", ".join([*told, f"{kept} the same"])


def stability_text(found: PlanDiff) -> str:
    """Say how much of a plan was kept.

    Parameters
    ----------
    found : PlanDiff
        Of two plans.
    """
    kept = found.stability
    return (
        f"kept: {100.0 * kept.orders_kept:.1f} % of orders and "
        f"{100.0 * kept.operations_kept:.1f} % of operations; "
        f"{100.0 * kept.units_moved:.1f} % of units are released at another review; "
        f"releases move {kept.order_shift_days:.2f} days on the mean, starts "
        f"{kept.operation_shift_days:.2f}; {kept.fenced} changes inside the time fence"
    )


def _customer_shown(one: CustomerChange) -> dict[str, Any]:
    row = customer_row(one)
    names = ("order", "customer", "item", "site", "asked_us", "what", "days_later",
             "served_before_us", "served_after_us")  # fmt: skip
    return {name: row[name] for name in names}


def _order_shown(one: OrderChange) -> dict[str, Any]:
    row = order_row(one)
    names = ("kind", "item", "from_place", "to_place", "what", "days_later",
             "release_before_us", "release_after_us", "quantity_before",
             "quantity_after")  # fmt: skip
    return {name: row[name] for name in names}


def _operation_shown(one: OperationChange) -> dict[str, Any]:
    row = operation_row(one)
    shown = {name: row[name] for name in ("order", "operation", "what")}
    shown["hours_later"] = one.shift / (DAY_US / 24.0)
    for name in ("before", "after"):
        shown[f"machine_{name}"] = row[f"machine_{name}"]
        shown[f"start_{name}_us"] = row[f"start_{name}"]
    return shown


class _Run(msgspec.Struct):
    job: str | int
    operation: str | int
    machine: str | int
    start: int
    end: int


class _Schedule(msgspec.Struct):
    operations: list[_Run]
    objective: float | None = None


def _read_schedule(path: Path) -> _Schedule:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Schedule)
    except (OSError, msgspec.MsgspecError) as error:
        msg = f"{path}: neither a plan folder nor a schedule as JSON: {error}"
        raise InputError(msg) from error


def _show_schedules(spec: DiffSpec, console: Console) -> None:
    import polars as pl

    before, after = (_read_schedule(path) for path in (spec.before, spec.after))
    runs = (
        [Operation(str(one.job), "", str(one.operation), str(one.machine), one.start,
                   one.end) for one in schedule.operations]
        for schedule in (before, after)
    )  # fmt: skip
    changes = compare_operations(*runs)
    rows = [operation_row(one) for one in changed(changes)]
    title = f"Operations: {counted(changes)}"
    if rows:
        frame = pl.DataFrame(rows, infer_schema_length=None)
        console.table(frame, title=title, rows_max=spec.limit)
    else:
        console.say(title)
    stability = stability_of((), changes, unit=1.0)
    console.say(
        f"objective {before.objective} and {after.objective}; "
        f"{100.0 * stability.operations_kept:.1f} % of operations are kept, starts "
        f"move {stability.operation_shift_days:.2f} ticks on the mean"
    )
    console.finish(
        {
            "objective_before": before.objective,
            "objective_after": after.objective,
            "counts": counts(changes),
            "operations_kept": stability.operations_kept,
            "mean_shift_ticks": stability.operation_shift_days,
            "operations": rows,
        }
    )

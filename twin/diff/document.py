"""What is told of two plans: rows of what changed, and counts of what did not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from twin.diff.customers import CustomerChange
from twin.diff.operations import OperationChange
from twin.diff.orders import OrderChange
from twin.diff.plans import PlanDiff

DAY_US = 86_400e6

Change = CustomerChange | OrderChange | OperationChange


def document(found: PlanDiff) -> dict[str, Any]:
    """Return what stands in the JSON.

    Parameters
    ----------
    found : PlanDiff
        Of two plans.

    Returns
    -------
    dict
        Changes only: what is the same is counted.
    """
    return {
        "start_us": found.start_us,
        "end_us": found.end_us,
        "counts": {
            "orders": counts(found.orders),
            "operations": counts(found.operations),
            "customers": counts(found.customers),
        },
        "stability": asdict(found.stability),
        "money": [asdict(one) | {"change": one.change} for one in found.money],
        "customers": [customer_row(one) for one in changed(found.customers)],
        "orders": [order_row(one) for one in changed(found.orders)],
        "operations": [operation_row(one) for one in changed(found.operations)],
    }


def counts(changes: Iterable[Change]) -> dict[str, int]:
    """Count changes by what they are."""
    return dict(sorted(Counter(one.what for one in changes).items()))


def changed(changes: Iterable[Any]) -> list[Any]:
    """Leave out what is the same."""
    return [one for one in changes if one.what != "same"]


def customer_row(one: CustomerChange) -> dict[str, Any]:
    """Return an order of a customer as a row; times are microseconds UTC."""
    shift_us = one.shift_us
    ends = {"before": one.before, "after": one.after}
    row: dict[str, Any] = {
        "order": one.one.order,
        "customer": one.customer,
        "item": one.item,
        "site": one.site,
        "asked_us": one.asked_us,
        "what": one.what,
        "days_later": None if shift_us is None else shift_us / DAY_US,
    }
    for name, end in ends.items():
        row[f"served_{name}_us"] = None if end is None else end.served_us
        row[f"quantity_{name}"] = None if end is None else end.quantity
        row[f"shipped_{name}"] = None if end is None else end.shipped
    return row


def order_row(one: OrderChange) -> dict[str, Any]:
    """Return an order of a plan as a row; times are microseconds UTC."""
    row: dict[str, Any] = {
        "kind": one.one.kind,
        "item": one.one.item,
        "from_place": one.one.from_place,
        "to_place": one.one.to_place,
        "lane": one.one.lane,
        "made_for": one.one.made_for,
        "what": one.what,
        "days_later": one.shift_us / DAY_US,
        "added_units": one.added_units,
    }
    for name, end in (("before", one.before), ("after", one.after)):
        row[f"order_{name}"] = None if end is None else end.order
        row[f"release_{name}_us"] = None if end is None else end.release_us
        row[f"quantity_{name}"] = None if end is None else end.quantity
    return row


def operation_row(one: OperationChange) -> dict[str, Any]:
    """Return an operation as a row; starts are microseconds UTC, or ticks."""
    row: dict[str, Any] = {
        "order": one.one.order,
        "operation": one.one.operation,
        "what": one.what,
        "shift": one.shift,
    }
    for name, end in (("before", one.before), ("after", one.after)):
        row[f"machine_{name}"] = None if end is None else end.machine
        row[f"start_{name}"] = None if end is None else end.start
    return row

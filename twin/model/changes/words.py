"""Changes in words: what a reader of a comparison is told."""

from collections.abc import Mapping, Sequence
from typing import Any

from twin.model.columns import ANY, Column
from twin.model.scenario import SCENARIO_TABLES
from twin.model.write import cell

HOUR_S, DAY_S = 3600, 86_400


def in_words(column: Column, value: Any) -> str:  # noqa: ANN401 - by the column's kind
    """Write a cell for people, long times in hours.

    Examples
    --------
    >>> from twin.model.tables import MACHINES
    >>> in_words(MACHINES.column("mttf_s"), 216_000.0)
    '60 h'
    >>> speed = MACHINES.column("speed")
    >>> in_words(speed, 1.2), in_words(speed, None)
    ('1.2', 'none')
    """
    if value is None:
        return "none"
    if column.unit == "s" and value >= HOUR_S:
        return f"{value / HOUR_S:.4g} h"
    if column.unit == "s":
        return f"{value:g} s"
    return cell(column, value)


def duration(seconds: float) -> str:
    """Write a time as people say it.

    Examples
    --------
    >>> duration(86_400), duration(216_000), duration(5_400), duration(90), duration(0)
    ('1 day', '60 h', '1.5 h', '90 s', '0 s')
    """
    days = seconds / DAY_S
    if days >= 1.0 and days == round(days):
        return f"{days:g} day{'' if days == 1.0 else 's'}"
    if seconds >= HOUR_S:
        return f"{seconds / HOUR_S:.3g} h"
    return f"{seconds:g} s"


def order_lines(orders: Sequence[Mapping[str, object]]) -> list[str]:
    """Say which production orders are added.

    Parameters
    ----------
    orders : sequence of mapping
        Typed rows of `kinds.PRODUCTION_ORDERS`.
    """
    return [
        f"production order: {order['quantity']:g} {order['item']} at {order['site']}, "
        f"{_after(order['release_s'])}"
        for order in orders
    ]


def disruption_lines(
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[str]:
    """Say what goes wrong.

    Parameters
    ----------
    entries : mapping of str to sequence of mapping
        By kind, checked; those that are no disruption are left out.
    """
    return [
        f"{_what_happens(table.name, entry)} {_after(entry['start_s'])}, "
        f"for {duration(entry['duration_s'])}"
        for table in SCENARIO_TABLES
        for entry in entries.get(table.name, ())
    ]


def _what_happens(kind: str, entry: Mapping[str, Any]) -> str:
    if kind == "demand_shocks":
        item, customer = entry.get("item", ANY), entry.get("customer", ANY)
        what = "all items" if item == ANY else item
        who = "all customers" if customer == ANY else customer
        return f"demand for {what} by {who} x {entry['factor']:g}"
    if kind == "machine_failures":
        return f"machine {entry['machine']} is down"
    share = float(entry.get("capacity_factor", 0.0))
    sends = "sends nothing" if share == 0.0 else f"sends {share:g} of what is ordered"
    return f"supplier {entry['supplier']} {sends}"


def _after(seconds: object) -> str:
    start = float(str(seconds))
    return f"{duration(start)} after the start" if start else "from the start"

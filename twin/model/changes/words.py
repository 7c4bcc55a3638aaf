"""Changes in words: what a reader of a comparison is told."""

from collections.abc import Mapping, Sequence
from typing import Any

from twin.model.columns import ANY, Column
from twin.model.scenario import SCENARIO_TABLES
from twin.model.write import cell
from twin.said import Part, Said

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


def order_lines(orders: Sequence[Mapping[str, Any]]) -> list[Said]:
    """Say which production orders are added.

    Parameters
    ----------
    orders : sequence of mapping
        Typed rows of `kinds.PRODUCTION_ORDERS`.
    """
    return [
        Said(
            f"production order: {order['quantity']:g} {order['item']} at "
            f"{order['site']}, {_after(order['release_s'])}",
            "production_order",
            {"start_s": order["release_s"]}
            | {name: order[name] for name in ("quantity", "item", "site")},
        )
        for order in orders
    ]


def disruption_lines(
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[Said]:
    """Say what goes wrong.

    Parameters
    ----------
    entries : mapping of str to sequence of mapping
        By kind, checked; those that are no disruption are left out.
    """
    return [
        _disruption(table.name, entry)
        for table in SCENARIO_TABLES
        for entry in entries.get(table.name, ())
    ]


def _disruption(kind: str, entry: Mapping[str, Any]) -> Said:
    what, name, parts = _what_happens(kind, entry)
    start_s, duration_s = entry["start_s"], entry["duration_s"]
    text = f"{what} {_after(start_s)}, for {duration(duration_s)}"
    return Said(text, name, {**parts, "start_s": start_s, "duration_s": duration_s})


def _what_happens(
    kind: str, entry: Mapping[str, Any]
) -> tuple[str, str, dict[str, Part]]:
    if kind == "demand_shocks":
        item, customer = entry.get("item", ANY), entry.get("customer", ANY)
        what = "all items" if item == ANY else item
        who = "all customers" if customer == ANY else customer
        text = f"demand for {what} by {who} x {entry['factor']:g}"
        chosen = {"any_item": item, "any_customer": customer}
        return text, "demand_shock", chosen | {"factor": entry["factor"]}
    if kind == "machine_failures":
        machine = entry["machine"]
        return f"machine {machine} is down", "machine_down", {"machine": machine}
    share = float(entry.get("capacity_factor", 0.0))
    supplier = entry["supplier"]
    if share == 0.0:
        text = f"supplier {supplier} sends nothing"
        return text, "supplier_stops", {"supplier": supplier}
    text = f"supplier {supplier} sends {share:g} of what is ordered"
    return text, "supplier_sends", {"supplier": supplier, "share": share}


def _after(seconds: object) -> str:
    start = float(str(seconds))
    return f"{duration(start)} after the start" if start else "from the start"

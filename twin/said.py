"""What is told in words, and what it is made of, so that others tell it in theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Part = str | float | list[str] | None

_ROWS = ("table", "rows", "n_more")
_CELLS = (*_ROWS, "column", "unit")
_CELL = (*_CELLS, "before", "after")
_ORDER = ("order", "quantity", "item")
_WHEN = ("start_s", "duration_s")

KINDS: Mapping[str, tuple[str, ...]] = {
    # What the time of an order goes into.
    "not_told": (),
    "not_sent": ("order",),
    "not_ordered": (),
    "lies": ("item", "place"),
    "comes": ("item", "from_place", "to_place"),
    "waits_after": ("item", "machine"),
    "worked": ("item", "operation", "machine"),
    "waits_for": ("item", "machine"),
    # What could be done about it.
    "release": ("order_kind", *_ORDER, "day_us", "old_us"),
    "express": ("quantity", "items", "from_place", "to_place", "days", "old_days"),
    "dispatch_more": ("place",),
    "overtime": ("group", "site", "hours", "day_us"),
    "one_machine_more": ("group", "site", "hours", "day_us"),
    "make_after": _ORDER,
    "more_stock": ("quantity", "item", "place"),
    # What is different in itself between two plans.
    "row_differs": _ROWS,
    "asked_otherwise": ("customer", "item", "site"),
    "order_added": ("order_kind", *_ORDER),
    "order_dropped": ("order_kind", *_ORDER),
    "order_quantity": ("order_kind", *_ORDER, "old"),
    "order_later": ("order_kind", *_ORDER, "days"),
    "order_earlier": ("order_kind", *_ORDER, "days"),
    # What a branch changes.
    "cells_from_to": _CELL,
    "cells_to": (*_CELLS, "after"),
    "cells_times": (*_CELLS, "factor"),
    "row_added": _ROWS,
    "row_removed": _ROWS,
    "customer_order": (*_ORDER, "customer", "site"),
    "production_order": ("quantity", "item", "site", "start_s"),
    "demand_shock": ("any_item", "any_customer", "factor", *_WHEN),
    "machine_down": ("machine", *_WHEN),
    "supplier_stops": ("supplier", *_WHEN),
    "supplier_sends": ("supplier", "share", *_WHEN),
    # What a promotion cannot tell.
    "rows_without_key": ("table",),
    "rows_added": ("table", "count"),
    "rows_gone": ("table", "count"),
    "cell_gone": _CELL,
    "cell_otherwise": (*_CELL, "value"),
    "cell_counted": _CELL,
    "disruptions_assumed": ("count",),
}
"""Sentences there are, and what stands in each."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and of what it is made.

    Attributes
    ----------
    text : str
        In English.
    kind : str
        Which of `KINDS` it is, for those who have it in another language; empty: none
        of them.
    parts : mapping of str to str, float, list of str or None
        What stands in it, by name: times end in ``_us`` (microseconds UTC) or ``_s``
        (seconds), lists are of names.

    Raises
    ------
    ValueError
        If there is no such kind, or it has other parts.

    Examples
    --------
    >>> one = Said("tea lies at hub", "lies", {"item": "tea", "place": "hub"})
    >>> str(one), one.document()["kind"]
    ('tea lies at hub', 'lies')
    """

    text: str
    kind: str = ""
    parts: Mapping[str, Part] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check what it is made of, which others count on."""
        if not self.kind:
            return
        if self.kind not in KINDS or set(self.parts) != set(KINDS[self.kind]):
            msg = f"sentence {self.kind!r}: has {sorted(self.parts)}; allowed: `KINDS`"
            raise ValueError(msg)

    def __str__(self) -> str:
        """Say it."""
        return self.text

    def document(self) -> dict[str, Any]:
        """Return kind and parts, as JSON can hold them."""
        return {"kind": self.kind, "parts": dict(self.parts)}


__all__ = ["KINDS", "Part", "Said"]

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
_AT_WORK = ("operation", "job")
_BEGUN = (*_AT_WORK, "start_time_us")
_ON = (*_AT_WORK, "machine")
_OTHER = ("before", "before_job")
_SPAN = ("start_time_us", "end_time_us")

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
    # What is wrong with a schedule that was changed by hand: `fault_` before the kinds
    # of the checker, whose ticks are moments and seconds here.
    "fault_has_times": ("status",),
    "fault_bound_odd": ("status",),
    "fault_entries": ("column", "count", "shape"),
    "fault_skipped": _AT_WORK,
    "fault_skipped_in_part": ("job",),
    "fault_mode": (*_AT_WORK, "mode"),
    "fault_before_release": (*_BEGUN, "release_time_us"),
    "fault_after_deadline": (*_AT_WORK, "end_time_us", "deadline_time_us"),
    "fault_before_other": (*_BEGUN, *_OTHER, "until_time_us"),
    "fault_before_handover": (*_BEGUN, *_OTHER, "worked_s"),
    "fault_ends_before_other": (*_AT_WORK, "end_time_us", *_OTHER, "until_time_us"),
    "fault_end": (*_BEGUN, "end_time_us", "asked_time_us"),
    "fault_duration": (*_ON, "asked_s", "worked_s"),
    "fault_closed": _ON,
    "fault_spans_closed": (*_ON, *_SPAN),
    "fault_batch_full": ("machine", "start_time_us", "size", "capacity"),
    "fault_batch_mixed": ("machine", "start_time_us"),
    "fault_machine_busy": (*_ON, "start_time_us", *_OTHER, "until_time_us"),
    "fault_setup_short": (*_ON, "asked_s", "left_s"),
    "fault_pool_short": ("pool", "capacity", "used", "when_time_us"),
    "fault_buffer_full": ("buffer", "capacity", "inside", "when_time_us"),
    "fault_lock_moved": (*_BEGUN, "lock", "lock_time_us", "now"),
    "fault_objective": ("told", "counted"),
    "fault_bound_nan": (),
    "fault_gap": ("told", "counted"),
    "fault_bound_above": ("bound", "objective"),
    "fault_not_optimal": ("bound", "objective"),
    "fault_more": ("count",),
    # Why a schedule that was changed by hand cannot be judged.
    "not_scheduled": _AT_WORK,
    "not_given": _AT_WORK,
    "not_its_machine": _ON,
    # Why something that was asked for is refused.
    "no_job": ("name",),
    "no_branch": ("name",),
    "no_order": ("name",),
    "no_order_in_plan": ("name",),
    "no_action": ("name",),
    "no_letter": ("name",),
    "not_a_plan": ("name",),
    "not_done": ("name", "job_status"),
    "name_taken": ("name",),
    "too_many_branches": ("count",),
    "not_comparable": ("name", "other"),
    "changed_meanwhile": ("name",),
    "begins_elsewhere": ("name",),
    "decided": ("decision",),
    "four_eyes": ("name",),
    "not_folded": (),
    "fits_no_more": ("order",),
    "several_lines": ("order", "count"),
    "needs_day": ("action_kind",),
    "needs_quantity": ("action_kind",),
    "needs_neither": ("action_kind",),
    "site_of_others": (),
    "not_sooner": ("old_time_us",),
    "not_later": ("old_time_us",),
    "all_sent": ("order", "quantity"),
    "not_more": ("quantity", "old"),
    "not_less": ("quantity", "sent", "old"),
    "too_many_actions": ("count",),
    "too_many_jobs": ("count",),
    "too_many_requests": ("rate",),
    "scope_missing": ("scope",),
    "offset_too_far": ("most",),
    "time_needed": (),
    "no_moment": ("value",),
    "value_not_allowed": ("field", "value"),
    "values_not_allowed": ("field", "value", "count"),
    "value_missing": ("field",),
    "no_orders_yet": ("any_item", "any_site"),
    "forecast_too_large": ("count", "most"),
    "too_few_failures": ("count", "least"),
    "no_machine_runs": ("count",),
    "no_common_time": (),
    "plan_not_reproduced": (),
    "letter_has_headers": (),
    "letter_again": ("letter_reason",),
    "letter_without_event": (),
    "letter_id_taken": (),
    # What exactly is wrong with a record that could not be used.
    "letter_not_json": ("event", "value"),
    "letter_malformed": ("event", "byte", "value"),
    "letter_type": ("event", "value"),
    "letter_time": ("event", "value"),
    "letter_number": ("event", "field", "value", "most"),
    "letter_must_be": ("event", "field", "value", "allowed"),
    "letter_absent": ("event", "field"),
    "letter_not_text": ("field",),
    "letter_missing": ("event", "field"),
    "letter_wrong_type": ("event", "field", "value", "json_type"),
    "letter_length": ("event", "field", "value", "bound"),
    "letter_bound": ("event", "field", "value", "bound"),
    "letter_choice": ("event", "field", "value"),
    "letter_value": ("event", "field", "value"),
    "letter_column_missing": ("field",),
    "letter_column_type": ("field", "value"),
    "letter_column_null": ("field", "count"),
    "letter_not_arrow": (),
    "letter_future": ("event_time_us", "most_s", "appended_time_us"),
    "letter_late": ("event_type", "event_time_us", "mark_time_us"),
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
        What stands in it, by name: days end in ``_us`` and moments in ``_time_us``
        (microseconds UTC), spans in ``_s`` (seconds), lists are of names.

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

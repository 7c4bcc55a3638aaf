"""Which field of an event travels in which column, and where its type ranks.

Derived from the annotations in `streams.events`, once, at import.
"""

from typing import get_type_hints

import msgspec
import numpy as np
from msgspec.structs import FieldInfo
from numpy.typing import NDArray

from streams._kernels.ranks import RankRules, rank_rows
from streams.events import EVENT_TYPES, Event, MachineStateChanged, OperationCompleted

RANK_FAILURE = 2  # a machine goes down or off: after the repairs of the instant
RANK_AFTER_START = 8  # completion of an operation that took no time
DOWN_STATES = ("off", "down", "maintenance")


class FieldLayout(msgspec.Struct, frozen=True):
    """Where a field of an event travels, and what it may hold.

    `column` is None for detail; `kind` is that of the entity a reference names;
    `choices` are the words of an enumeration; `low` is the least number allowed.
    """

    name: str
    column: str | None
    kind: str | None = None
    choices: tuple[str, ...] = ()
    low: float | None = None
    required: bool = False


def layout(event_type: type[Event]) -> tuple[FieldLayout, ...]:
    """List the fields of an event type with their columns.

    Parameters
    ----------
    event_type : type
        One of `EVENT_TYPES`.

    Returns
    -------
    tuple of FieldLayout
        In the order of the fields; `column` is None for detail.

    Examples
    --------
    >>> from streams.events import StockCounted
    >>> [(f.name, f.column) for f in layout(StockCounted)]
    [('item', 'item'), ('site', 'place'), ('quantity', 'value0')]
    """
    hints = get_type_hints(event_type, include_extras=True)
    return tuple(
        _field_layout(field, hints[field.name])
        for field in msgspec.structs.fields(event_type)
    )


def _field_layout(field: FieldInfo, hint: object) -> FieldLayout:
    # An optional field is a union; the annotation sits on its first member.
    for candidate in (hint, *getattr(hint, "__args__", ())):
        for meta in getattr(candidate, "__metadata__", ()):
            extra = meta.extra or {}
            if "column" in extra:
                return FieldLayout(
                    field.name,
                    extra["column"],
                    kind=extra.get("kind"),
                    choices=getattr(candidate.__origin__, "__args__", ()),
                    low=meta.ge,
                    required=field.required,
                )
    return FieldLayout(field.name, None, required=field.required)


LAYOUTS: tuple[tuple[FieldLayout, ...], ...] = tuple(layout(t) for t in EVENT_TYPES)
"""Layout of every event type, by type code."""

_STATE_CHANGED = EVENT_TYPES.index(MachineStateChanged)
_STATES = next(f.choices for f in LAYOUTS[_STATE_CHANGED] if f.column == "code")
RANK_RULES = RankRules(
    of_type=np.array([t.RANK for t in EVENT_TYPES], np.uint8),
    state_changed=_STATE_CHANGED,
    completed=EVENT_TYPES.index(OperationCompleted),
    is_down=np.array([state in DOWN_STATES for state in _STATES]),
    failure=RANK_FAILURE,
    after_start=RANK_AFTER_START,
)
"""Ranks of types and their exceptions, for kernels."""


def ranks(
    type_code: NDArray[np.int16],
    code: NDArray[np.int16],
    time_us: NDArray[np.int64],
    time0: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Rank events within their instant.

    The rank is that of the type, with two exceptions: a machine that goes down ranks
    behind one that comes up, and the completion of an operation that took no time ranks
    behind its own start.

    Parameters
    ----------
    type_code, code : ndarray of shape (n,), int16
        Columns of an `EventBatch`.
    time_us, time0 : ndarray of shape (n,), int64
        Event time, and the start the event names (`NO_TIME` without).

    Returns
    -------
    ndarray of shape (n,), uint8
        In [0, 8]; lower comes first.
    """
    result = np.empty(len(type_code), np.uint8)
    rank_rows(RANK_RULES, (type_code, code), (time_us, time0), result)
    return result

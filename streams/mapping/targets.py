"""What a table can fill: the fields of the event types, and what each may hold."""

from typing import Literal

import msgspec
from msgspec import inspect

from streams.batch import TIME_COLUMNS, VALUE_COLUMNS
from streams.events import EVENT_TYPES, Event
from streams.layout import LAYOUTS, FieldLayout


class Target(msgspec.Struct, frozen=True):
    """A field of an event that one cell of a table can fill."""

    layout: FieldLayout
    kind: Literal["text", "number", "time", "word"]

    @property
    def choices(self) -> tuple[str, ...]:
        """Words allowed, for a field of kind word."""
        return self.layout.choices


def _target(layout: FieldLayout, kind: inspect.Type) -> Target | None:
    if layout.column in VALUE_COLUMNS:
        return Target(layout, "number")
    if layout.column in TIME_COLUMNS:
        return Target(layout, "time")
    if layout.column == "code":
        return Target(layout, "word")
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    is_text = any(isinstance(candidate, inspect.StrType) for candidate in kinds)
    return Target(layout, "text") if is_text or layout.column else None


def _targets(event_type: type[Event], code: int) -> dict[str, Target]:
    info = inspect.type_info(event_type)
    assert isinstance(info, inspect.StructType)
    kinds = {field.name: field.type for field in info.fields}
    targets = {f.name: _target(f, kinds[f.name]) for f in LAYOUTS[code]}
    return {name: target for name, target in targets.items() if target is not None}


TARGETS: dict[str, dict[str, Target]] = {
    event_type.__name__: _targets(event_type, code)
    for code, event_type in enumerate(EVENT_TYPES)
    # A type that requires a list or a mapping cannot come out of one row.
    if {f.name for f in LAYOUTS[code] if f.required}
    <= _targets(event_type, code).keys()
}
"""Fields a table can fill, by event type and name."""

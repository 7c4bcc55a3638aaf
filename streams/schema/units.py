"""What the numbers of events are measured in, by the names of their fields."""

from streams.events import Event
from streams.layout import FieldLayout

BASE_UNIT = "base unit of the item"
CURRENCY = "currency of the network"
UNITS = {
    "quantity": BASE_UNIT,
    "expected": BASE_UNIT,
    "good": BASE_UNIT,
    "scrap": BASE_UNIT,
    "rework": BASE_UNIT,
    "inspected": BASE_UNIT,
    "rejected": BASE_UNIT,
    "mean": f"{BASE_UNIT}, in each bucket",
    "quantiles": f"{BASE_UNIT}, by level and bucket",
    "levels": "probability",
    "price": f"{CURRENCY} for a {BASE_UNIT}",
    "cost": CURRENCY,
    "priority": "1",
    "factor": "1",
    "value": "unit of the sensor",
}
"""Units of numbers; times have theirs in their names."""

DURATIONS = frozenset({"bucket_us"})
MICROSECONDS = "us"
INSTANT = "microseconds since 1970-01-01T00:00:00Z"


def unit_of(name: str) -> str | None:
    """Return the unit of a field, or None for what has none.

    Examples
    --------
    >>> unit_of("due_us"), unit_of("item")
    ('microseconds since 1970-01-01T00:00:00Z', None)
    """
    if name.endswith("_us"):
        return MICROSECONDS if name in DURATIONS else INSTANT
    return UNITS.get(name)


def meaning_of(event_type: type[Event], field: FieldLayout) -> str:
    """Say in a few words what a field holds.

    Examples
    --------
    >>> from streams.events import StockCounted
    >>> from streams.layout import layout
    >>> [meaning_of(StockCounted, field) for field in layout(StockCounted)]
    ['Id of an item.', 'Id of a place.', 'A number in base unit of the item.']
    """
    if field.kind is not None:
        kind = field.kind.replace("_", " ")
        return f"Id of {'an' if kind[0] in 'aeiou' else 'a'} {kind}."
    if field.choices:
        return f"One of {', '.join(field.choices)}."
    unit = unit_of(field.name)
    if unit is not None:
        return _measured(field, unit)
    return f"Detail of {event_type.__name__}: kept as JSON beside the columns."


def _measured(field: FieldLayout, unit: str) -> str:
    if unit == INSTANT:
        return f"A time: {unit}."
    if unit == MICROSECONDS:
        return "A duration in microseconds."
    return f"{'A number' if field.column else 'Numbers'} in {unit}."

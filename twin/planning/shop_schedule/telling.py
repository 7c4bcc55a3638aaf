"""What the checker finds wrong with a schedule, in moments instead of ticks."""

from optimizer.production.scheduling import FAULTS, Fault
from twin.said import Part, Said

__all__ = ["FAULT_KINDS", "said_of"]

_US_PER_S = 1e6
_MOMENT, _SPAN = "_at", "_ticks"


def _name(part: str) -> str:
    if part.endswith(_MOMENT):
        return part.removesuffix(_MOMENT) + "_time_us"
    if part.endswith(_SPAN):
        return part.removesuffix(_SPAN) + "_s"
    return part


FAULT_KINDS = {
    f"fault_{kind}": tuple(map(_name, parts)) for kind, parts in FAULTS.items()
}
"""Sentences of faults as `twin.said.KINDS` has them."""


def said_of(fault: Fault, *, at_us: int, tick_us: int) -> Said:
    """Tell a fault with its times.

    Parameters
    ----------
    fault : Fault
        As the checker found it.
    at_us : int
        Time of tick 0, microseconds UTC.
    tick_us : int
        Length of a tick, microseconds, >= 1.

    Returns
    -------
    Said
        Its text is as it was, in ticks.

    Examples
    --------
    >>> from optimizer.production.scheduling.faults import fault
    >>> one = fault("batch_mixed", "it mixes", machine="oven", start_at=3)
    >>> said_of(one, at_us=100, tick_us=10).parts
    {'machine': 'oven', 'start_time_us': 130}
    """
    parts: dict[str, Part] = {}
    for name, value in fault.parts.items():
        told: Part = value
        if isinstance(value, int) and name.endswith(_MOMENT):
            told = at_us + value * tick_us
        elif isinstance(value, int) and name.endswith(_SPAN):
            told = value * tick_us / _US_PER_S
        parts[_name(name)] = told
    return Said(fault.text, f"fault_{fault.kind}", parts)

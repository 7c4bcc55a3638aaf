"""What is wrong with a schedule: in words, and what they are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import SupportsInt

Part = str | int

_AT_WORK = ("operation", "job")
_BEGUN = (*_AT_WORK, "start_at")
_ON = (*_AT_WORK, "machine")
_OTHER = ("before", "before_job")

FAULTS: Mapping[str, tuple[str, ...]] = {
    "has_times": ("status",),
    "bound_odd": ("status",),
    "entries": ("column", "count", "shape"),
    "skipped": _AT_WORK,
    "skipped_in_part": ("job",),
    "mode": (*_AT_WORK, "mode"),
    "before_release": (*_BEGUN, "release_at"),
    "after_deadline": (*_AT_WORK, "end_at", "deadline_at"),
    "before_other": (*_BEGUN, *_OTHER, "until_at"),
    "before_handover": (*_BEGUN, *_OTHER, "worked_ticks"),
    "ends_before_other": (*_AT_WORK, "end_at", *_OTHER, "until_at"),
    "end": (*_BEGUN, "end_at", "asked_at"),
    "duration": (*_ON, "asked_ticks", "worked_ticks"),
    "closed": _ON,
    "spans_closed": (*_ON, "start_at", "end_at"),
    "batch_full": ("machine", "start_at", "size", "capacity"),
    "batch_mixed": ("machine", "start_at"),
    "machine_busy": (*_ON, "start_at", *_OTHER, "until_at"),
    "setup_short": (*_ON, "asked_ticks", "left_ticks"),
    "pool_short": ("pool", "capacity", "used", "when_at"),
    "buffer_full": ("buffer", "capacity", "inside", "when_at"),
    "lock_moved": (*_BEGUN, "lock", "lock_at", "now"),
    "objective": ("told", "counted"),
    "bound_nan": (),
    "gap": ("told", "counted"),
    "bound_above": ("bound", "objective"),
    "not_optimal": ("bound", "objective"),
    "more": ("count",),
}
"""Kinds of faults there are, and the parts of each."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that a schedule breaks.

    Attributes
    ----------
    text : str
        In English.
    kind : str
        Which of `FAULTS` it is.
    parts : mapping of str to str or int
        What stands in it, by name: moments end in ``_at``, spans in ``_ticks``, both in
        ticks. An operation goes with its job.

    Raises
    ------
    ValueError
        If there is no such kind, or it has other parts.

    Examples
    --------
    >>> one = Fault("cut starts or ends while saw is closed", "closed",
    ...             {"operation": "cut", "job": "A", "machine": "saw"})
    >>> str(one)
    'cut starts or ends while saw is closed'
    """

    text: str
    kind: str
    parts: Mapping[str, Part] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check what it is made of, which others count on."""
        if self.kind not in FAULTS or set(self.parts) != set(FAULTS[self.kind]):
            msg = f"fault {self.kind!r}: has {sorted(self.parts)}; allowed: `FAULTS`"
            raise ValueError(msg)

    def __str__(self) -> str:
        """Say it."""
        return self.text


def fault(kind: str, text: str, **parts: SupportsInt | str) -> Fault:
    """Make a fault; numbers of arrays become plain.

    Parameters
    ----------
    kind, text
        As of `Fault`.
    **parts
        Its parts, by name.
    """
    plain = {
        name: value if isinstance(value, str) else int(value)
        for name, value in parts.items()
    }
    return Fault(text, kind, plain)


__all__ = ["FAULTS", "Fault", "Part", "fault"]

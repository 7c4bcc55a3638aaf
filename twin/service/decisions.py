"""Decisions about plans, found among the events of a batch."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from streams.batch import EventBatch
from streams.events import TYPE_CODES

What = Literal["plan.released", "plan.approved", "plan.rejected"]
_WHAT: dict[int, What] = {
    TYPE_CODES["PlanReleased"]: "plan.released",
    TYPE_CODES["PlanApproved"]: "plan.approved",
    TYPE_CODES["PlanRejected"]: "plan.rejected",
}
_CODES = list(_WHAT)


@dataclass(frozen=True, slots=True)
class Decision:
    """A word about a plan.

    Attributes
    ----------
    what, plan : str
        What was decided, of which plan.
    event : str
        Names its event: the same for one that comes twice.
    time_us : int
        Event time, microseconds UTC.
    offset : int
        In its partition.
    """

    what: What
    plan: str
    event: str
    time_us: int
    offset: int


def decisions_of(events: EventBatch) -> list[Decision]:
    """Find the decisions of a batch.

    Parameters
    ----------
    events : EventBatch
        As decoded; its names must not have been renumbered since.

    Returns
    -------
    list of Decision
        In the order of the batch.
    """
    found = np.flatnonzero(np.isin(events.type_code, _CODES))
    return [
        Decision(
            _WHAT[int(events.type_code[row])],
            events.names[int(events.subject[row])],
            f"{int(events.id_hash[row]):016x}",
            int(events.time_us[row]),
            int(events.offset[row]),
        )
        for row in found
    ]

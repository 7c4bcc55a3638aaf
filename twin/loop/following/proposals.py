"""Plans as they were released, and those that wait for approval."""

import hashlib
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.events import TYPE_CODES, PlanLine, PlanReleased
from streams.names import Names
from streams.picked import Part, whole
from twin.projection import Arrays

_PLAN, _APPROVED = TYPE_CODES["PlanReleased"], TYPE_CODES["PlanApproved"]
_REJECTED, _DISPATCHED = TYPE_CODES["PlanRejected"], TYPE_CODES["OrderDispatched"]
_CODES = np.array([_PLAN, _APPROVED, _REJECTED, _DISPATCHED])

PART = "/part"
"""How the id of a plan ends that stands beside the plan for all."""


def leaves_at_once(line: PlanLine, plan: PlanReleased) -> bool:
    """Tell whether a line of a plan is an order when the plan is released."""
    return line.release_us <= plan.start_us and line.quantity > 0.0


class _Detail(msgspec.Struct):
    lines: tuple[PlanLine, ...] = ()
    policy: str | None = None
    reason: str | None = None


class _Memory(msgspec.Struct):
    latest: PlanReleased | None
    waiting: list[PlanReleased]
    approved: list[PlanReleased]
    counts: dict[str, int]


class Proposals:
    """Follows released plans, a `Projection`.

    Where plans must be approved each waits until somebody approves or rejects it, or
    until a newer plan for all takes the place of an older one. A word about a plan that
    does not wait changes nothing and is counted.

    Parameters
    ----------
    names : Names
        Table of ids shared by every batch folded; none of it is held.
    must_be_approved : bool
        Whether plans wait.
    source : str
        Of the plans that are this loop's own; others are passed over.

    Attributes
    ----------
    counts : dict of str to int
        Plans that were ``released``, ``approved``, ``rejected`` and ``superseded``, and
        words about plans that did not wait: ``unexpected``.
    """

    def __init__(self, names: Names, *, must_be_approved: bool, source: str) -> None:
        self.names = names
        self.must_be_approved = must_be_approved
        self._latest: PlanReleased | None = None
        names_of = ("released", "approved", "rejected", "superseded", "unexpected")
        self.counts = dict.fromkeys(names_of, 0)
        self._source = source
        self._waiting: dict[str, PlanReleased] = {}
        self._approved: dict[str, PlanReleased] = {}

    @property
    def in_force(self) -> PlanReleased | None:
        """The plan for all that was released last; None while it waits or if rejected.

        Its orders have not left then: a change of it alone would lose them.
        """
        if self._latest is None or self._latest.plan in self._waiting:
            return None
        return self._latest

    @property
    def waiting(self) -> tuple[PlanReleased, ...]:
        """Plans that nobody approved or rejected yet, in the order of their release."""
        return tuple(self._waiting.values())

    @property
    def approved(self) -> tuple[PlanReleased, ...]:
        """Plans that were approved and of which no order has left yet."""
        return tuple(self._approved.values())

    def apply(self, batch: Part) -> None:
        """Fold events that are in canonical order and follow all folded before."""
        events = whole(batch)
        for row in np.flatnonzero(np.isin(events.type_code, _CODES)).tolist():
            code = int(events.type_code[row])
            if code == _DISPATCHED:
                if events.parent[row] >= 0:
                    self._approved.pop(self.names[int(events.parent[row])], None)
            elif code != _PLAN:
                name = self.names[int(events.subject[row])]
                self._judged(name, "approved" if code == _APPROVED else "rejected")
            elif self.names[int(events.source[row])] == self._source:
                self._released(events, row)

    def _released(self, events: EventBatch, row: int) -> None:
        told = msgspec.json.decode(events.detail_of(row) or b"{}", type=_Detail)
        name, cost = self.names[int(events.subject[row])], float(events.value0[row])
        plan = PlanReleased(
            plan=name,
            start_us=int(events.time0[row]),
            end_us=int(events.time1[row]),
            cost=None if np.isnan(cost) else cost,
            policy=told.policy,
            reason=told.reason,
            lines=told.lines,
        )
        self.counts["released"] += 1
        if not name.endswith(PART):
            self._latest = plan
            older = [one for one in self._waiting if not one.endswith(PART)]
            for one in older:
                del self._waiting[one]
            self.counts["superseded"] += len(older)
        if self.must_be_approved:
            self._waiting[name] = plan

    def _judged(self, name: str, word: str) -> None:
        plan = self._waiting.pop(name, None)
        if plan is None:
            self.counts["unexpected"] += 1
            return
        self.counts[word] += 1
        if word == "approved" and any(leaves_at_once(one, plan) for one in plan.lines):
            self._approved[name] = plan
        if word == "rejected" and plan == self._latest:
            self._latest = None

    def close_instant(self) -> None:
        """Do nothing: every event is settled at once."""

    def fork(self) -> Self:
        """Return an independent copy."""
        copied = type(self)(
            self.names, must_be_approved=self.must_be_approved, source=self._source
        )
        copied._latest = self._latest  # noqa: SLF001 - of its own class
        copied.counts = dict(self.counts)
        copied._waiting = dict(self._waiting)  # noqa: SLF001
        copied._approved = dict(self._approved)  # noqa: SLF001
        return copied

    def used_names(self) -> NDArray[np.int32]:
        """Return none: ids are held as texts."""
        return np.zeros(0, np.int32)

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Do nothing: ids are held as texts."""

    def snapshot(self) -> Arrays:
        """Return everything needed to go on, as one array of JSON."""
        memory = _Memory(
            self._latest, list(self._waiting.values()),
            list(self._approved.values()), self.counts,
        )  # fmt: skip
        return {"memory": np.frombuffer(msgspec.json.encode(memory), np.uint8)}

    def restore(self, arrays: Arrays) -> None:
        """Take over a snapshot."""
        memory = msgspec.json.decode(arrays["memory"].tobytes(), type=_Memory)
        self._latest = memory.latest
        self._waiting = {one.plan: one for one in memory.waiting}
        self._approved = {one.plan: one for one in memory.approved}
        self.counts = memory.counts

    def digest(self) -> str:
        """Return the hash of the content, hexadecimal."""
        memory = self.snapshot()["memory"].tobytes()
        return hashlib.blake2b(memory, digest_size=16).hexdigest()

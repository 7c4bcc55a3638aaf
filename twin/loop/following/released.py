"""Orders that were released and not yet seen: what is coming though no fact says so.

Between the release of an order and the plant's own word for it lies a gap in which it
stands nowhere in the state. A plan made in that gap would order it again. So it counts
as on order until the plant places it, by the order's own id, by the id under which it
was acknowledged, or, before any answer, by what it asks for: that of the oldest order
of the same kind, item, site, source and quantity.

An order that is neither answered nor seen within a stated time is an exception: it no
longer counts, since nobody may ever carry it out, until somebody answers after all.
"""

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME, EventBatch, empty_batch
from streams.codec import decode, encode
from streams.events import (
    TYPE_CODES,
    Answer,
    ContradictionObserved,
    MessageKind,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
)
from streams.names import Names
from streams.picked import Part, whole
from streams.records import RecordBatch
from twin.loop.outbox import SOURCE
from twin.projection import Arrays

UNANSWERED = "order not acknowledged"
"""What an exception of an order that nobody answered is called."""

STRAYS_MAX = 2_000
"""Placements without an order that are remembered: an answer may name one of them.
Twice as many take twice the memory, 0.2 MB, and as long to save."""

_KINDS: tuple[MessageKind, ...] = ("purchase", "production", "transport")
_ANSWERS: tuple[Answer, ...] = ("accepted", "rejected")
_DISPATCHED, _ACKNOWLEDGED = (
    TYPE_CODES["OrderDispatched"], TYPE_CODES["OrderAcknowledged"],
)  # fmt: skip
_PLACED, _RELEASED = (
    TYPE_CODES["PurchaseOrderPlaced"], TYPE_CODES["ProductionOrderReleased"],
)  # fmt: skip
_OBSERVED = TYPE_CODES["ContradictionObserved"]
_CODES = np.array([_DISPATCHED, _ACKNOWLEDGED, _PLACED, _RELEASED, _OBSERVED])
_SAME = 1e-6


class PendingOrder(msgspec.Struct):
    """A released order of which not all is known yet.

    Attributes
    ----------
    order, kind, item, site, source
        As in its `OrderDispatched`.
    quantity : float
        Units.
    due_us : int or None
        As told.
    released_us : int
        When it left, microseconds UTC.
    answered : bool
        Whether the executing system took it.
    executed_as : str or None
        Under which id.
    seen_as : str or None
        The placement that it is taken to be; None: none was seen, and it counts.
    overdue : bool
        Whether it is an exception.
    """

    order: str
    kind: MessageKind
    item: str
    site: str
    source: str | None
    quantity: float
    due_us: int | None
    released_us: int
    answered: bool = False
    executed_as: str | None = None
    seen_as: str | None = None
    overdue: bool = False


class _Observed(msgspec.Struct):
    contradiction: str
    event_id: str


class _Memory(msgspec.Struct):
    pending: list[PendingOrder]
    strays: list[str]
    n_rejected: int
    n_unanswered: int


class ReleasedOrders:
    """Follows released orders until the plant has them, a `Projection`.

    Parameters
    ----------
    names : Names
        Table of ids shared by every batch folded; none of it is held.
    answered_within_us : int
        How long an order may go unanswered, microseconds, > 0.

    Attributes
    ----------
    n_rejected, n_unanswered : int
        Orders that were refused, and those that became exceptions, so far.
    """

    def __init__(self, names: Names, *, answered_within_us: int) -> None:
        self.names = names
        self.answered_within_us = answered_within_us
        self.n_rejected = 0
        self.n_unanswered = 0
        self._pending: dict[str, PendingOrder] = {}
        self._strays: dict[str, None] = {}

    @property
    def pending(self) -> tuple[PendingOrder, ...]:
        """Orders followed still, in the order of their release."""
        return tuple(self._pending.values())

    @property
    def coming(self) -> tuple[PendingOrder, ...]:
        """Those that count as on order: not seen, and no exception."""
        return tuple(
            one
            for one in self._pending.values()
            if one.seen_as is None and not one.overdue
        )

    @property
    def exceptions(self) -> tuple[PendingOrder, ...]:
        """Those that nobody answered in time and until now."""
        return tuple(one for one in self._pending.values() if one.overdue)

    @property
    def overdue_times_us(self) -> tuple[int, ...]:
        """When orders become exceptions, microseconds UTC, ascending.

        One that was seen, and then turned out to be another's, may long be overdue.
        """
        waiting = {one.released_us for one in self._waiting()}
        return tuple(sorted(time + self.answered_within_us for time in waiting))

    @property
    def next_overdue_us(self) -> int | None:
        """When the next order becomes an exception, microseconds UTC; None: none."""
        return next(iter(self.overdue_times_us), None)

    def overdue(self, now_us: int) -> tuple[PendingOrder, ...]:
        """Return the orders that become exceptions at or before a time."""
        latest_us = now_us - self.answered_within_us
        return tuple(one for one in self._waiting() if one.released_us <= latest_us)

    def _waiting(self) -> Iterator[PendingOrder]:
        return (one for one in self.coming if not one.answered)

    def apply(self, batch: Part) -> None:
        """Fold events that are in canonical order and follow all folded before."""
        events = whole(batch)
        for row in np.flatnonzero(np.isin(events.type_code, _CODES)).tolist():
            self._fold(events, row)

    def _fold(self, events: EventBatch, row: int) -> None:
        code = int(events.type_code[row])
        if code == _DISPATCHED:
            self._dispatched(events, row)
        elif code == _ACKNOWLEDGED:
            self._acknowledged(events, row)
        elif code == _OBSERVED:
            self._observed(events, row)
        else:
            self._placed(events, row)

    def _dispatched(self, events: EventBatch, row: int) -> None:
        name = self._text(events.subject[row]) or ""
        if name in self._pending:
            return
        self._forget(int(events.time_us[row]) - self.answered_within_us)
        due_us = int(events.time0[row])
        self._pending[name] = PendingOrder(
            order=name,
            kind=_KINDS[int(events.code[row])],
            item=self._text(events.item[row]) or "",
            site=self._text(events.place[row]) or "",
            source=self._text(events.party[row]),
            quantity=float(events.value0[row]),
            due_us=None if due_us == NO_TIME else due_us,
            released_us=int(events.time_us[row]),
        )

    def _acknowledged(self, events: EventBatch, row: int) -> None:
        one = self._pending.get(self._text(events.subject[row]) or "")
        if one is None:
            return
        if _ANSWERS[int(events.code[row])] == "rejected":
            self.n_rejected += 1
            del self._pending[one.order]
            return
        one.answered, one.overdue = True, False
        one.executed_as = self._text(events.parent[row])
        if one.executed_as is not None:
            self._exchange(one, one.executed_as)
        self._drop_if_done(one)

    def _exchange(self, one: PendingOrder, executed_as: str) -> None:
        """Give an order the placement its answer names, and who had it the other."""
        if one.seen_as == executed_as:
            return
        for other in self._pending.values():
            if other.seen_as == executed_as:
                other.seen_as, one.seen_as = one.seen_as, executed_as
                return
        # What it was taken for is somebody else's.
        self._set_astray(one.seen_as)
        one.seen_as = executed_as if executed_as in self._strays else None
        self._strays.pop(executed_as, None)

    def _set_astray(self, placement: str | None) -> None:
        if placement is None:
            return
        self._strays[placement] = None
        n_over = max(0, len(self._strays) - STRAYS_MAX)
        for oldest in tuple(islice(self._strays, n_over)):
            del self._strays[oldest]

    def _placed(self, events: EventBatch, row: int) -> None:
        name = self._text(events.subject[row]) or ""
        one = (
            self._pending.get(name)
            or self._executed_as(name)
            or self._alike(events, row)
        )
        if one is None:
            self._set_astray(name)
            return
        one.seen_as = name
        one.answered |= name == one.order
        one.overdue = False
        self._drop_if_done(one)

    def _executed_as(self, name: str) -> PendingOrder | None:
        every = self._pending.values()
        return next((one for one in every if one.executed_as == name), None)

    def _alike(self, events: EventBatch, row: int) -> PendingOrder | None:
        """Return the oldest unseen order that asks for what a placement is of."""
        is_made = int(events.type_code[row]) == _RELEASED
        source = None if is_made else self._text(events.party[row])
        item, site = self._text(events.item[row]), self._text(events.place[row])
        quantity = float(events.value0[row])
        for one in self._pending.values():
            if one.seen_as is not None or one.executed_as is not None:
                continue
            wanted = (one.item, one.site, one.source, one.kind == "production")
            if wanted != (item, site, source, is_made):
                continue
            if abs(one.quantity - quantity) <= _SAME * max(1.0, quantity):
                return one
        return None

    def _observed(self, events: EventBatch, row: int) -> None:
        told = msgspec.json.decode(events.detail_of(row), type=_Observed)
        one = self._pending.get(told.event_id)
        if told.contradiction == UNANSWERED and one is not None and not one.overdue:
            one.overdue = True
            self.n_unanswered += 1

    def _drop_if_done(self, one: PendingOrder) -> None:
        # Seen and not answered it does not count, but an answer may still tell that it
        # is carried out as something else.
        if one.seen_as is not None and one.answered:
            del self._pending[one.order]

    def _forget(self, before_us: int) -> None:
        """Drop orders that were seen, released before a time and never answered."""
        for one in self.pending:
            if one.seen_as is not None and one.released_us < before_us:
                del self._pending[one.order]

    def exception_of(self, one: PendingOrder) -> ContradictionObserved:
        """Write an order that nobody answered as an event."""
        return ContradictionObserved(
            record=f"{one.order}/unanswered",
            contradiction=UNANSWERED,
            event_id=one.order,
            detail=f"{one.kind} order {one.order} for {one.quantity:g} {one.item} at "
            f"{one.site}: no answer within {self.answered_within_us / 1e6:g} s",
        )

    def as_placed(self, now_us: int) -> EventBatch:
        """Return what is coming as events of the plant, to be folded into a fork.

        Parameters
        ----------
        now_us : int
            Their time, microseconds UTC.

        Returns
        -------
        EventBatch
            A `PurchaseOrderPlaced` or `ProductionOrderReleased` for each.
        """
        coming = self.coming
        if not coming:
            return empty_batch(self.names)
        values = [
            encode(
                _placement(one), event_id=one.order, source=SOURCE, time_us=now_us,
                sequence=number,
            )
            for number, one in enumerate(coming)
        ]  # fmt: skip
        decoded = decode(RecordBatch.of("released", values), self.names)
        assert not decoded.rejected, decoded.rejected[0]
        return decoded.events

    def close_instant(self) -> None:
        """Do nothing: every event is settled at once."""

    def fork(self) -> Self:
        """Return an independent copy."""
        copied = type(self)(self.names, answered_within_us=self.answered_within_us)
        copied.n_rejected, copied.n_unanswered = self.n_rejected, self.n_unanswered
        copied._pending = {  # noqa: SLF001 - of its own class
            name: msgspec.structs.replace(one) for name, one in self._pending.items()
        }
        copied._strays = dict(self._strays)  # noqa: SLF001
        return copied

    def used_names(self) -> NDArray[np.int32]:
        """Return none: ids are held as texts."""
        return np.zeros(0, np.int32)

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Do nothing: ids are held as texts."""

    def snapshot(self) -> Arrays:
        """Return everything needed to go on, as one array of JSON."""
        memory = _Memory(
            list(self._pending.values()), list(self._strays),
            self.n_rejected, self.n_unanswered,
        )  # fmt: skip
        return {"memory": np.frombuffer(msgspec.json.encode(memory), np.uint8)}

    def restore(self, arrays: Arrays) -> None:
        """Take over a snapshot."""
        memory = msgspec.json.decode(arrays["memory"].tobytes(), type=_Memory)
        self._pending = {one.order: one for one in memory.pending}
        self._strays = dict.fromkeys(memory.strays)
        self.n_rejected = memory.n_rejected
        self.n_unanswered = memory.n_unanswered

    def digest(self) -> str:
        """Return the hash of the content, hexadecimal."""
        memory = self.snapshot()["memory"].tobytes()
        return hashlib.blake2b(memory, digest_size=16).hexdigest()

    def _text(self, number: np.int32) -> str | None:
        return None if number < 0 else self.names[int(number)]


def may_set_overdue(events: EventBatch) -> NDArray[np.bool_]:
    """Tell which events may make an order wait that nobody waited for before.

    Parameters
    ----------
    events : EventBatch
        Of the plant.

    Returns
    -------
    ndarray of shape (len(events),), bool
        Orders released elsewhere, and answers that name a placement: another order may
        lose it.
    """
    named = (events.type_code == _ACKNOWLEDGED) & (events.parent >= 0)
    found: NDArray[np.bool_] = named | (events.type_code == _DISPATCHED)
    return found


def _placement(one: PendingOrder) -> PurchaseOrderPlaced | ProductionOrderReleased:
    if one.kind == "production":
        return ProductionOrderReleased(
            production_order=one.order, item=one.item, site=one.site,
            quantity=one.quantity, due_us=one.due_us,
        )  # fmt: skip
    return PurchaseOrderPlaced(
        order=one.order, supplier=one.source or one.site, item=one.item, site=one.site,
        quantity=one.quantity, due_us=one.due_us,
    )  # fmt: skip

"""Deciding at an instant: why, what, kept first, then sent, then folded.

The order of these steps makes a crash harmless: a plan that is kept holds, and its
orders are made of it anew; an order that is kept is sent, if it did not leave before.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch, empty_batch, in_canonical_order
from streams.codec import decode
from streams.events import TYPE_CODES, OrderDispatched, PlanReleased
from streams.names import Names
from streams.records import Position, RecordBatch
from twin.loop.following.decided import DecisionLog, Record, record_of
from twin.loop.following.folded import Folded
from twin.loop.following.options import LiveOptions, Release
from twin.loop.following.sending import OrderOutlet
from twin.loop.following.writing import (
    OrderWriter,
    order_records,
    orders_in,
    plan_in,
    plan_name,
    plan_records,
)
from twin.loop.occasions import (
    REVIEW,
    Basis,
    Occasion,
    Responder,
    Situation,
    Trigger,
)
from twin.model.edits import edited
from twin.model.network import Network

_APPROVED = TYPE_CODES["PlanApproved"]
EARLIEST = np.iinfo(np.int64).min


class Schedule:
    """Decisions by their instant, until that is folded.

    Parameters
    ----------
    names : Names
        What their events are read with.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._records: dict[int, list[Record]] = {}

    @property
    def times_us(self) -> tuple[int, ...]:
        """Instants of which decisions wait, microseconds UTC."""
        return tuple(self._records)

    @property
    def records(self) -> tuple[Record, ...]:
        """All that wait."""
        return tuple(one for some in self._records.values() for one in some)

    def add(self, records: Sequence[Record]) -> None:
        """Keep decisions for their instants; none twice."""
        for one in records:
            some = self._records.setdefault(one.time_us, [])
            if all(other.id != one.id for other in some):
                some.append(one)

    def at(self, time_us: int) -> tuple[Record, ...]:
        """Return the decisions of an instant."""
        return tuple(self._records.get(time_us, ()))

    def events_at(self, time_us: int) -> EventBatch:
        """Return the decisions of an instant as events in canonical order."""
        values = [one.value for one in self._records.get(time_us, ())]
        if not values:
            return empty_batch(self._names)
        decoded = decode(RecordBatch.of("decisions", values), self._names)
        assert not decoded.rejected, decoded.rejected[0]
        return in_canonical_order(decoded.events)

    def drop(self, time_us: int) -> None:
        """Forget an instant that is folded."""
        self._records.pop(time_us, None)


class Decider:
    """Finds occasions, asks for proposals, and releases them.

    Parameters
    ----------
    network : Network
        What is given before the first event.
    names : Names
        Table of ids of the loop.
    responder : Responder
        Who answers reviews and triggers.
    decisions : DecisionLog
        Where decisions are kept.
    options : LiveOptions
        How to go about it.
    triggers : sequence of Trigger
        Who calls for decisions between reviews.
    outlet : OrderOutlet
        Where orders leave.

    Attributes
    ----------
    schedule : Schedule
        Decisions whose instant is not folded yet.
    recovered_us : int
        Before this time everything was decided before a crash, microseconds UTC.
    n_differing : int
        Plans that came out differently when they were made again after a crash: those
        that were kept hold, but something is not repeatable.
    """

    def __init__(
        self,
        network: Network,
        names: Names,
        responder: Responder,
        decisions: DecisionLog,
        *,
        options: LiveOptions,
        triggers: Sequence[Trigger],
        outlet: OrderOutlet,
    ) -> None:
        self.schedule = Schedule(names)
        self.recovered_us = EARLIEST
        self.n_differing = 0
        self._network = network
        self._responder = responder
        self._decisions = decisions
        self._options = options
        self._triggers = tuple(triggers)
        self._outlet = outlet
        self._edited: tuple[str, Network, OrderWriter] | None = None

    @property
    def basis(self) -> Basis:
        """What is decided on."""
        return self._options.basis

    def looks(self, events: EventBatch) -> NDArray[np.bool_]:
        """Tell at which events there may be something to decide."""
        wanted: NDArray[np.bool_] = events.type_code == _APPROVED
        for trigger in self._triggers:
            wanted = wanted | trigger.looks(events)
        return wanted

    def adopt(self, records: Sequence[Record]) -> None:
        """Take over decisions of before a crash; their orders leave, if they did not.

        Parameters
        ----------
        records : sequence of Record
            What is not folded yet.
        """
        self.schedule.add(records)
        if records:
            latest_us = max(one.time_us for one in records)
            self.recovered_us = max(self.recovered_us, latest_us)

    def send_again(self, records: Sequence[Record]) -> None:
        """Send the orders among decisions of before a crash that did not leave."""
        self._outlet.send_again(orders_in(records))

    def complete(self, folded: Folded) -> None:
        """Write the orders that are missing of the last instant before a crash.

        A plan that no one makes a second time was kept in part, if the crash came
        between its records.

        Parameters
        ----------
        folded : Folded
            Of the checkpoint; it knows the plans that waited then.
        """
        now_us, records = self.recovered_us, self.schedule.at(self.recovered_us)
        names = dict.fromkeys(one.plan or "" for _, one in orders_in(records))
        planned = [one for one in records if one.type != OrderDispatched.__name__]
        if not self._options.must_be_approved:
            names |= dict.fromkeys(one.id for one in planned)
        waited = (*folded.proposals.waiting, *folded.proposals.approved)
        known = {one.plan: one for one in waited}
        writer = self.at(folded)[1]
        orders: list[OrderDispatched] = []
        for name in names:
            plan = known.get(name)
            if any(one.id == name for one in self.schedule.records):
                plan = self._plan_kept(name)
            if plan is not None:
                orders += writer.orders(plan, now_us)
        lacking = tuple(one for one in orders if not self._decisions.knows(one.order))
        if lacking:
            found = order_records(lacking, now_us, first=len(records))
            position = self._decisions.decided_at
            self.schedule.add(self._decisions.write(found, position=position))
            self._outlet.send(tuple(orders), now_us=now_us)

    def _plan_kept(self, name: str) -> PlanReleased | None:
        kept = (PlanReleased.__name__, name)
        found = [one for one in self.schedule.records if (one.type, one.id) == kept]
        return plan_in(found, name)

    def decide(
        self,
        folded: Folded,
        now_us: int,
        instant: EventBatch,
        *,
        is_review: bool,
        position: Position,
        is_over: bool,
    ) -> Release | None:
        """Decide at an instant that is folded.

        Parameters
        ----------
        folded : Folded
            Everything up to the instant, and nothing after it.
        now_us : int
            The instant, microseconds UTC.
        instant : EventBatch
            Its events.
        is_review : bool
            Whether it is a review.
        position : Position
            How far was read.
        is_over : bool
            Whether it was decided already: then occasions are only noted.

        Returns
        -------
        Release or None
            None if there was nothing to decide.
        """
        moment = _Moment(self, folded, now_us, instant)
        occasions = self._occasions(moment, is_review=is_review)
        for one in occasions:
            folded.fired_us[f"{one.kind}/{one.subject}"] = now_us
        is_over |= now_us < self.recovered_us
        if is_over and not self._options.is_repeatable:
            return None
        plan, records = self._planned(moment, occasions)
        if is_over:
            return None
        orders = self._leaving(moment, plan)
        records += order_records(orders, now_us, first=len(records))
        records += _exceptions(folded, now_us, first=len(records))
        new = self._decisions.write(records, position=position)
        self._outlet.send(orders, now_us=now_us)
        self.schedule.add(new)
        return Release(now_us, occasions, plan, orders, new) if new else None

    def _occasions(self, moment: "_Moment", *, is_review: bool) -> tuple[Occasion, ...]:
        found = [Occasion(moment.now_us, REVIEW)] if is_review else []
        for trigger in self._triggers:
            if trigger.looks(moment.instant).any():
                found += sorted(trigger.fired(moment.situation()))
        return tuple(found)

    def _planned(
        self, moment: "_Moment", occasions: tuple[Occasion, ...]
    ) -> tuple[PlanReleased | None, tuple[Record, ...]]:
        """Ask for a proposal; a plan that is kept already is found, not made anew."""
        if not occasions:
            return None, ()
        kept = self._kept(occasions[0])
        if kept is not None and not self._options.is_repeatable:
            return kept, ()
        proposal = self._responder.respond(moment.situation(), occasions)
        if proposal is None:
            return kept, ()
        name = plan_name(self._options.run, occasions[0], is_whole=proposal.is_whole)
        records = plan_records(proposal, name, moment.now_us)
        plan = plan_in(records, name)
        if kept is None:
            return plan, records
        self.n_differing += kept != plan
        return kept, ()

    def _kept(self, occasion: Occasion) -> PlanReleased | None:
        """Return the plan of an occasion that was decided before a crash."""
        for is_whole in (True, False):
            name = plan_name(self._options.run, occasion, is_whole=is_whole)
            if self._decisions.knows(name):
                return plan_in(self.schedule.at(occasion.time_us), name)
        return None

    def _leaving(
        self, moment: "_Moment", plan: PlanReleased | None
    ) -> tuple[OrderDispatched, ...]:
        """Make the orders of plans that were approved, or need not be."""
        plans = list(moment.folded.proposals.approved)
        if plan is not None and not self._options.must_be_approved:
            plans.append(plan)
        if not plans:
            return ()
        writer = self.at(moment.folded)[1]
        return tuple(
            order for one in plans for order in writer.orders(one, moment.now_us)
        )

    def at(self, folded: Folded) -> tuple[Network, OrderWriter]:
        """Return the network with what events changed of it, and who writes orders."""
        digest = folded.edits.digest()
        if self._edited is None or self._edited[0] != digest:
            network = self._network
            if folded.edits.rows:
                network = edited(network, folded.edits).network
            self._edited = digest, network, OrderWriter(network)
        return self._edited[1:]


class _Moment:
    """An instant, and what is known at it once somebody asks."""

    def __init__(
        self, decider: Decider, folded: Folded, now_us: int, instant: EventBatch
    ) -> None:
        self.folded = folded
        self.now_us = now_us
        self.instant = instant
        self._decider = decider
        self._situation: Situation | None = None

    def situation(self) -> Situation:
        if self._situation is None:
            folded = self.folded
            self._situation = Situation(
                network=self._decider.at(folded)[0],
                state=folded.situation_state(self.now_us),
                now_us=self.now_us,
                events=self.instant,
                asked=folded.asked.values(),
                plan=folded.proposals.in_force,
                fired_us=dict(folded.fired_us),
                basis=self._decider.basis,
            )
        return self._situation


def _exceptions(folded: Folded, now_us: int, *, first: int) -> tuple[Record, ...]:
    """Write orders that nobody answered in time as events."""
    found = []
    for number, one in enumerate(folded.released.overdue(now_us)):
        event = folded.released.exception_of(one)
        found.append(
            record_of(
                event, event_id=event.record, time_us=now_us, number=first + number
            )
        )
    return tuple(found)

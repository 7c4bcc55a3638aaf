"""The closed loop: review, decide, release, let time pass, measure, again.

One `Loop` drives one plant (simulated, or one that answers like it) with one policy.
The plant tells what happened in events; state is folded from them and from nothing
else, so a loop that is recorded can be replayed to the same state.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from streams.batch import (
    EventBatch,
    concatenate,
    empty_batch,
    in_canonical_order,
)
from streams.events import OrderAcknowledged, OrderDispatched
from streams.names import Names
from twin.cycle import Decided, Policy
from twin.demand import DemandHistory
from twin.judging import JudgedPolicy, Verdict
from twin.kpi import KpiTable, Ledger, PeriodMeasures
from twin.loop.adherence import Adherence
from twin.loop.desk import OrderDesk
from twin.loop.recorder import plan_id
from twin.model.network import Network
from twin.simulate.decisions import Decisions
from twin.state.known import known_entities
from twin.state.points import NetworkView
from twin.state.state import State


class Executor(Protocol):
    """What a loop acts on: the simulated plant, or a gateway to a real one."""

    @property
    def now_us(self) -> int:
        """Time up to which everything is known, microseconds UTC."""
        ...

    def advance(self, until_us: int) -> EventBatch:
        """Let time pass and return what happened, in canonical order."""
        ...

    def release(self, decisions: Decisions) -> None:
        """Carry out decisions now."""
        ...


class Recorder(Protocol):
    """Keeps what a loop decides and what happens, as events in a log."""

    def decided(
        self, index: int, now_us: int, decided: Decided, *,
        orders: Sequence[OrderDispatched], answers: Sequence[OrderAcknowledged],
    ) -> EventBatch:  # fmt: skip
        """Write forecasts, plan and orders of a review; return them as a batch."""
        ...

    def happened(self, events: EventBatch) -> None:
        """Write the events of a plant."""
        ...


@dataclass(frozen=True, slots=True)
class Review:
    """One turn of the loop.

    Attributes
    ----------
    index : int
        Reviews since the start, from 0.
    now_us : int
        Time of the review.
    decided : Decided
        What the policy decided.
    events : EventBatch
        What happened from this review to the next.
    asked : ndarray of shape (n_demands,), float64
        Units customers asked for in that time.
    measures : PeriodMeasures
        What that time cost and earned.
    orders : tuple of OrderDispatched
        What was released; empty without a desk.
    answers : tuple of OrderAcknowledged
        What the plant said to that, one each.
    """

    index: int
    now_us: int
    decided: Decided
    events: EventBatch
    asked: NDArray[np.float64]
    measures: PeriodMeasures
    orders: tuple[OrderDispatched, ...] = ()
    answers: tuple[OrderAcknowledged, ...] = ()


@dataclass(frozen=True, slots=True)
class LoopResult:
    """A finished run.

    Attributes
    ----------
    policy, information : str
        Who decided, and what it could know.
    table : KpiTable
        Measures by period.
    demand : ndarray of shape (n_demands, n_periods), float64
        Units customers asked for.
    state_hash : str
        Hash of the final state, its last instant closed: that of a replay.
    n_events : int
        Events folded.
    unfinished_plans : int
        Plans that ran out of time, so that an older one was followed, or none.
    adherence : Adherence or None
        What came of every released order; None without a desk.
    verdicts : tuple of Verdict
        What a policy that judges candidates found, in order of time.
    """

    policy: str
    information: str
    table: KpiTable
    demand: NDArray[np.float64]
    state_hash: str
    n_events: int
    unfinished_plans: int = 0
    adherence: Adherence | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def profit(self) -> float:
        """Profit of the whole run, in the currency of the network."""
        return float(self.table.series("profit").sum())


class Loop:
    """Reviews a network at its review period and acts on it.

    Parameters
    ----------
    network : Network
        What is planned; `review_us` of its settings is the time between reviews.
    plant : Executor
        What decisions are carried out on; it emits events with `names`.
    policy : Policy
        Who decides.
    names : Names
        Table of ids shared by plant and state.
    recorder : Recorder or None
        Where events are kept; decisions are folded only if they are kept, so that a
        replay of the log ends in the same state.
    desk : OrderDesk or None
        Sends what is decided as orders and follows them; None: nobody asks.
    """

    def __init__(
        self,
        network: Network,
        plant: Executor,
        policy: Policy,
        *,
        names: Names,
        recorder: Recorder | None = None,
        desk: OrderDesk | None = None,
    ) -> None:
        self.network = network
        self.plant = plant
        self.policy = policy
        self.view = NetworkView(network)
        self.state = State.of_model(known_entities(network), names)
        self.history = DemandHistory(network, self.view)
        self._names = names
        self._recorder = recorder
        self._desk = desk
        self._ledger = Ledger(network, self.view)
        self._n_events = 0
        self._unfinished_plans = 0
        # What is under way at the start is known to the first decision; it is folded
        # with the events of the first period, in canonical order.
        self._opening = plant.advance(plant.now_us)
        opened = self.state.fork()
        opened.apply(self._opening)
        self._settled = opened.settled()

    def turns(self, n_periods: int) -> Iterator[Review]:
        """Run reviews one by one.

        Parameters
        ----------
        n_periods : int
            How many reviews, >= 1.

        Yields
        ------
        Review
            After each period.
        """
        for index in range(n_periods):
            yield self._turn(index)

    def _turn(self, index: int) -> Review:
        now_us = self.plant.now_us
        decided = self.policy.decide(self._settled, now_us)
        if decided.planned is not None and not decided.planned.finished:
            self._unfinished_plans += 1
        # Orders leave before anybody carries them out.
        orders = self._ordered(index, now_us, decided)
        self.plant.release(decided.decisions)
        end_us = now_us + self.network.settings.review_us
        events = self.plant.advance(end_us)
        answers = self._answered(orders, events, now_us)
        if len(self._opening):
            events = concatenate([self._opening, events], self._names)
            events = in_canonical_order(events)
            self._opening = empty_batch(self._names)
        if self._recorder is not None:
            decisions = self._recorder.decided(
                index, now_us, decided, orders=orders, answers=answers
            )
            self._recorder.happened(events)
            events = in_canonical_order(concatenate([decisions, events], self._names))
        self.state.apply(events)
        self._settled = self.state.settled()
        self._n_events += len(events)
        asked = self.history.book(events, self._settled)
        self._ledger.book(events, self._settled)
        measures = self._ledger.close(self._settled, end_us)
        self.policy.observe(asked)
        return Review(index, now_us, decided, events, asked, measures, orders, answers)

    def _ordered(
        self, index: int, now_us: int, decided: Decided
    ) -> tuple[OrderDispatched, ...]:
        if self._desk is None:
            return ()
        plan = None if decided.planned is None else plan_id(index)
        return self._desk.release(decided.decisions, plan=plan, now_us=now_us)

    def _answered(
        self, orders: Sequence[OrderDispatched], events: EventBatch, now_us: int
    ) -> tuple[OrderAcknowledged, ...]:
        if self._desk is None:
            return ()
        return self._desk.follow(orders, events, now_us=now_us)

    def run(
        self, n_periods: int, *, on_review: Callable[[Review], None] | None = None
    ) -> LoopResult:
        """Run to the end.

        Parameters
        ----------
        n_periods : int
            How many reviews, >= 1.
        on_review : callable, optional
            Called after each period, for progress, recording and reports.

        Returns
        -------
        LoopResult
            Measures, demand and the hash of the final state.
        """
        for review in self.turns(n_periods):
            if on_review is not None:
                on_review(review)
        desk, policy = self._desk, self.policy
        return LoopResult(
            policy=self.policy.name,
            information=self.policy.information,
            table=self._ledger.table(),
            demand=self.history.values(),
            state_hash=self._settled.digest(),
            n_events=self._n_events,
            unfinished_plans=self._unfinished_plans,
            adherence=None if desk is None else desk.adherence(self.plant.now_us),
            verdicts=tuple(policy.verdicts) if isinstance(policy, JudgedPolicy) else (),
        )

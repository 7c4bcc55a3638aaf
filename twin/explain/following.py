"""Carries a script out: orders are released as their goods come."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from twin.cycle import Decided
from twin.diff.customers import Asked, Served, served_of_tables
from twin.explain.script import Script, Step
from twin.loop import LoopResult, Review
from twin.masterplan import (
    Beginning,
    Grounds,
    PlanTables,
    decisions_from,
    pegs_of,
    play_certain,
)
from twin.masterplan.moves import opening_moves, review_moves
from twin.masterplan.tables import plan_tables, sales_and_shipments
from twin.simulate.decisions import Decisions
from twin.state.state import State

if TYPE_CHECKING:
    from streams.batch import EventBatch


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a script.

    Attributes
    ----------
    result : LoopResult
        Measures, and the hash of the last state.
    served : dict
        What became of each order of a customer, see `twin.diff.customers`.
    """

    result: LoopResult
    served: dict[Asked, Served]
    _follows: "_Following"

    @cached_property
    def tables(self) -> PlanTables:
        """Orders as they were released, operations, shipments and sales.

        Most experiments look at `served` alone: the rest is put together on demand.
        """
        follows = self._follows
        return plan_tables(follows.network, follows.batches, follows.released())

    @cached_property
    def moves(self) -> pl.DataFrame:
        """Every move of stock, see `twin.masterplan.moves`."""
        return pl.concat(self._follows.moves)

    @cached_property
    def pegs(self) -> pl.DataFrame:
        """What served what, see `twin.masterplan.pegging`."""
        return pegs_of(self.moves)


def carried_out(grounds: Grounds, script: Script, *, n_periods: int) -> Outcome:
    """Carry a script out in a network without chance.

    Parameters
    ----------
    grounds : Grounds
        Network, see `twin.masterplan.certain`, demand and what is under way.
    script : Script
        What is released when.
    n_periods : int
        Reviews, >= 1.
    """
    follows = _Following(grounds, script)
    result = play_certain(
        Beginning(grounds.network, grounds.state),
        follows,
        grounds.demand,
        n_periods=n_periods,
        on_review=follows.see,
    )
    served = served_of_tables(*sales_and_shipments(grounds.network, follows.batches))
    return Outcome(result, served, follows)


class _Following:
    """Releases each order of a script once its rule is met."""

    name = "script"
    information = "the orders of a plan, and which goods are there"

    def __init__(self, grounds: Grounds, script: Script) -> None:
        self.network = grounds.network
        self._orders = script.orders
        self._waiting = list(script.steps)
        self._arrived: dict[tuple[str, str, str], float] = defaultdict(float)
        self._ready: dict[int, int] = {}  # of another rule by -1 - row
        self._review = 0
        self._released = [script.orders.clear()]
        self._shipped: dict[tuple[str, str], str] = {}
        self.batches: list[EventBatch] = []
        self.moves = [opening_moves(grounds.network)]

    def observe(self, asked: object) -> None:
        """Go on to the next review."""
        del asked
        self._review += 1

    def see(self, review: Review) -> None:
        """Take in what came in a review."""
        batch = review.events
        moves = review_moves(self.network, review.index, batch, self._shipped)
        came = moves.filter(pl.col("quantity") > 0.0)
        columns = ("order", "item", "place", "quantity")
        for order, item, place, quantity in came.select(columns).iter_rows():
            self._arrived[order, item, place] += quantity
        self.batches.append(batch)
        self.moves.append(moves)

    def decide(self, state: State, now_us: int) -> Decided:
        """Release what is due."""
        del state
        due = [step for step in self._waiting if self._is_due(step)]
        if not due:
            return Decided(Decisions())
        gone = {step.row for step in due}
        self._waiting = [step for step in self._waiting if step.row not in gone]
        orders = self._orders[sorted(gone)].with_columns(release_us=pl.lit(now_us))
        self._released.append(orders)
        return Decided(decisions_from(self.network, orders, named=True))

    def _is_due(self, step: Step) -> bool:
        is_met = self._is_met(step, step.row)
        if step.otherwise is None:
            return is_met
        # Looked at in any case: a rule counts from when its goods came.
        return self._is_met(step.otherwise, -1 - step.row) or is_met

    def _is_met(self, rule: Step, key: int) -> bool:
        ready = self._ready.get(key)
        if ready is None and self._is_ready(rule):
            ready = self._ready[key] = self._review
        if self._review >= rule.latest:
            return True
        if ready is None or self._review < rule.earliest:
            return False
        return self._review >= ready + rule.hold

    def _is_ready(self, step: Step) -> bool:
        return all(
            self._arrived[need.source, need.item, need.place] >= need.quantity
            for need in step.needs
        )

    def released(self) -> pl.DataFrame:
        """Return all that was released, at its time."""
        return pl.concat(self._released)

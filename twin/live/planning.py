"""Planning for the whole network, by the one worker that owns shard 0.

What is decided derives from the position it was decided at, and so does its id: two
who take themselves for the planner at one position write the same event, and it counts
once.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.codec import encode
from streams.events import Event
from streams.records import Position, Sink
from twin.live.notes import note
from twin.live.reading import MergedState, merged_state
from twin.live.store import LiveStore


@dataclass(frozen=True, slots=True)
class Decision:
    """An event that was decided.

    Attributes
    ----------
    event : Event
        For example a `PlanReleased`.
    time_us : int
        Its event time, microseconds UTC.
    key : bytes
        Usually a site: which shard hears of it.
    """

    event: Event
    time_us: int
    key: bytes


Plan = Callable[[MergedState, str], Sequence[Decision]]
"""Decides on the state of the whole network; given also the id of the occasion."""


def occasion_id(position: Position) -> str:
    """Return the id of what is decided at a position.

    Examples
    --------
    >>> occasion_id(Position({"orders-0": 5})) == occasion_id(Position({"orders-0": 6}))
    False
    """
    blake = hashlib.blake2b(digest_size=8)
    for name, offset in position.to_json().items():
        blake.update(f"{name}={offset};".encode())
    return f"decision-{blake.hexdigest()}"


class Elected:
    """What the owner of shard 0 does beside folding.

    Parameters
    ----------
    plan : callable
        Makes the decisions. It runs in the loop of the worker, and should be done
        within seconds: nothing is read meanwhile.
    decisions : Sink
        Where they go.
    source : str
        Source of the events.
    every_s : float
        Seconds between plans, > 0; without a new position there is no new plan.
    """

    def __init__(
        self, plan: Plan, decisions: Sink, *, source: str, every_s: float
    ) -> None:
        self._plan = plan
        self._decisions = decisions
        self._source = source
        self._every_s = every_s
        self._planned_s: float | None = None
        self._occasion: str | None = None

    def plan_if_due(self, store: LiveStore, now_s: float) -> int:
        """Plan if it is time to; return the number of decisions written.

        Parameters
        ----------
        store : LiveStore
            What is planned on: the states of all shards as they were saved last.
        now_s : float
            A clock that never goes back.

        Raises
        ------
        DeliveryError
            If they cannot be delivered.
        """
        if self._planned_s is not None and now_s - self._planned_s < self._every_s:
            return 0
        self._planned_s = now_s
        if not any(store.shard(number).load() for number in store.numbers()):
            return 0
        merged = merged_state(store)
        # A decision is a record too: what follows from it alone calls for no other.
        own = f"{self._source}.decisions-"
        heard = merged.position.to_json().items()
        occasion = occasion_id(
            Position({name: n for name, n in heard if not name.startswith(own)})
        )
        if merged.missing or occasion == self._occasion:
            return 0
        decided = self._plan(merged, occasion)
        self._occasion = occasion
        if decided:
            self._write(decided, occasion)
            note("decided", occasion=occasion, decisions=len(decided))
        return len(decided)

    def _write(self, decided: Sequence[Decision], occasion: str) -> None:
        values = [
            encode(
                one.event,
                event_id=f"{occasion}/{number}",
                source=self._source,
                time_us=one.time_us,
                sequence=number,
            )
            for number, one in enumerate(decided)
        ]
        self._decisions.append(values, keys=[one.key for one in decided])
        self._decisions.flush()

    def close(self) -> None:
        """Let go of the sink."""
        self._decisions.close()

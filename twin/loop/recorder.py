"""Keeps a run in a log: what was decided, and what happened."""

from collections.abc import Sequence

import numpy as np

from streams.batch import EventBatch
from streams.codec import decode, encode, encode_batch
from streams.events import Event, OrderAcknowledged, OrderDispatched
from streams.log import LogWriter
from streams.names import Names
from streams.records import RecordBatch
from twin.cycle import Decided, ForecastingPolicy, Policy
from twin.demand import forecasts_issued
from twin.loop.outbox import SOURCE
from twin.model.network import Network
from twin.planning import PlanningStructure, plan_released

FORECAST_PERIODS = 14
"""Buckets of an issued forecast; the plan's own horizon may be longer."""


def plan_id(index: int) -> str:
    """Name the plan of a review.

    Examples
    --------
    >>> plan_id(3)
    'plan-00003'
    """
    return f"plan-{index:05d}"


class LogRecorder:
    """Writes the events of a loop to a log.

    Parameters
    ----------
    log : LogWriter
        Where they go; the caller closes it.
    network : Network
        What the loop runs on.
    policy : Policy
        Whose forecasts are written, if it makes any.
    structure : PlanningStructure
        What plans mean.
    names : Names
        Table of ids of the loop.
    """

    def __init__(
        self,
        log: LogWriter,
        network: Network,
        policy: Policy,
        *,
        structure: PlanningStructure,
        names: Names,
    ) -> None:
        self._log = log
        self._network = network
        self._policy = policy
        self._structure = structure
        self._names = names
        self._sequence = 0

    def decided(
        self,
        index: int,
        now_us: int,
        decided: Decided,
        *,
        orders: Sequence[OrderDispatched] = (),
        answers: Sequence[OrderAcknowledged] = (),
    ) -> EventBatch:
        """Write forecasts, plan and orders of a review; return them as a batch."""
        events: list[tuple[Event, str | None]] = []
        if isinstance(self._policy, ForecastingPolicy):
            issued = forecasts_issued(
                self._network,
                self._policy.forecaster,
                now_us=now_us,
                horizon=FORECAST_PERIODS,
            )
            events.extend((one, None) for one in issued)
        if decided.planned is not None:
            released = plan_released(
                self._structure,
                decided.planned,
                now_us=now_us,
                plan_id=plan_id(index),
                reason=decided.reason,
            )
            events.append((released, None))
        # The same event as the message that left: who reads both reads it once.
        events.extend((one, one.order) for one in orders)
        events.extend((one, f"{one.order}/answer") for one in answers)
        return self._written(events, now_us)

    def _written(
        self, events: Sequence[tuple[Event, str | None]], now_us: int
    ) -> EventBatch:
        first = self._sequence
        self._sequence += len(events)
        values = [
            encode(
                event,
                event_id=name or f"{SOURCE}/{first + k}",
                source=SOURCE,
                time_us=now_us,
                sequence=first + k,
            )
            for k, (event, name) in enumerate(events)
        ]
        self._append(values, now_us, now_us)
        records = RecordBatch.of("decisions", values, first_offset=first)
        decoded = decode(records, self._names)
        assert not decoded.rejected, decoded.rejected[0]
        return decoded.events

    def happened(self, events: EventBatch) -> None:
        """Write the events of a plant."""
        if len(events):
            first, last = int(events.time_us.min()), int(events.time_us.max())
            self._append(encode_batch(events), first, last)

    def _append(self, values: Sequence[bytes], first_us: int, last_us: int) -> None:
        if values:
            times = np.full(len(values), last_us, np.int64)
            self._log.append(
                values, timestamps_us=times, event_times_us=(first_us, last_us)
            )

"""The live loop that is measured, with a stopwatch on its parts."""

import time
from collections.abc import Sequence

from streams.ingest import IngestOptions
from streams.records import Position, Sink
from twin.loop import PlayOptions
from twin.loop.following import (
    DecisionLog,
    LiveLoop,
    LiveOptions,
    Record,
    policy_responder,
)
from twin.loop.occasions import Occasion, Proposal, Responder, Situation, Trigger
from twin.loop.replanning import reacting
from twin.loop.shop_replanning import ScheduleResponder
from twin.loop.triggers import MachineDown
from twin.model import Network
from twin.planning.shop_repair import violations

HOUR_US = 3_600_000_000
PARTS = ("trigger", "plan", "write")


class Stopwatch:
    """Seconds by part since it was read last."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(PARTS, 0.0)

    def add(self, part: str, begin_s: float) -> None:
        """Count the time since `begin_s` for a part."""
        self.spent[part] += time.monotonic() - begin_s

    def read(self) -> dict[str, float]:
        """Return the times and begin anew."""
        spent, self.spent = self.spent, dict.fromkeys(PARTS, 0.0)
        return spent


class TimedTrigger:
    """A trigger, timed."""

    def __init__(self, trigger: Trigger, watch: Stopwatch) -> None:
        self._trigger, self._watch = trigger, watch
        self.name = trigger.name
        self.looks = trigger.looks

    def fired(self, situation: Situation) -> Sequence[Occasion]:
        """Ask the trigger."""
        begin_s = time.monotonic()
        found = self._trigger.fired(situation)
        self._watch.add("trigger", begin_s)
        return found


class TimedResponder:
    """A responder, timed."""

    def __init__(self, responder: Responder, watch: Stopwatch) -> None:
        self._responder, self._watch = responder, watch

    def respond(
        self, situation: Situation, occasions: Sequence[Occasion]
    ) -> Proposal | None:
        """Ask the responder."""
        begin_s = time.monotonic()
        found = self._responder.respond(situation, occasions)
        self._watch.add("plan", begin_s)
        return found


class TimedDecisions(DecisionLog):
    """A log of decisions, timed until they are safe."""

    def __init__(self, sink: Sink, watch: Stopwatch) -> None:
        super().__init__(sink)
        self._watch = watch

    def write(
        self, records: Sequence[Record], *, position: Position
    ) -> tuple[Record, ...]:
        """Write, and wait."""
        begin_s = time.monotonic()
        found = super().write(records, position=position)
        self._watch.add("write", begin_s)
        return found


class Silent:
    """Answers nothing."""

    def respond(
        self,
        situation: Situation,  # noqa: ARG002 - of the protocol
        occasions: Sequence[Occasion],  # noqa: ARG002
    ) -> Proposal | None:
        """Let things be as they are."""
        return None


def deciders(*, schedules: bool) -> tuple[Responder, tuple[Trigger, ...]]:
    """Return who decides, and when besides reviews.

    Parameters
    ----------
    schedules : bool
        Whether the shop is scheduled, and the schedule repaired after breakdowns; else
        all is planned by `mpc` at reviews, and in part when a trigger fires.
    """
    if schedules:
        return ScheduleResponder(Silent()), (MachineDown(),)
    options = PlayOptions(policy="mpc")
    whole = policy_responder(options, monotonic_s=time.monotonic)
    return reacting(whole, options, monotonic_s=time.monotonic)


def rules_broken(responder: Responder) -> int | None:
    """Return how many rules the schedule in force breaks; None if there is none."""
    if not isinstance(responder, ScheduleResponder) or responder.released is None:
        return None
    return len(violations(responder.released))


def live_loop(
    network: Network,
    partitions: Sequence[str],
    sink: Sink,
    watch: Stopwatch,
    *,
    start_us: int,
    late_source: str | None,
    decide: tuple[Responder, Sequence[Trigger]],
) -> LiveLoop:
    """Make the loop; it decides on all that was read.

    Parameters
    ----------
    network : Network
        What is planned.
    partitions : sequence of str
        Of its source.
    sink : Sink
        Where decisions go.
    watch : Stopwatch
        Times the parts.
    start_us : int
        It decides from then on.
    late_source : str or None
        A source whose events may come an hour late; others come in time.
    decide : tuple of Responder and sequence of Trigger
        Who plans, and what calls for plans.
    """
    responder, triggers = decide
    lateness = {} if late_source is None else {late_source: HOUR_US}
    return LiveLoop(
        network,
        partitions,
        TimedResponder(responder, watch),
        TimedDecisions(sink, watch),
        options=LiveOptions(
            run="latency",
            basis="provisional",
            is_repeatable=False,
            start_us=start_us,
            ingest=IngestOptions(lateness_us=0, lateness_us_by_source=lateness),
        ),
        triggers=[TimedTrigger(one, watch) for one in triggers],
    )

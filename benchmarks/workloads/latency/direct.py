"""The loop in this process, fed from memory: what it takes without a broker."""

import time

from benchmarks.workloads.latency.answer import Answer, answer_of
from benchmarks.workloads.latency.episode import Episode, Step, Troubles
from benchmarks.workloads.latency.follower import pushed
from benchmarks.workloads.latency.loop import (
    Stopwatch,
    deciders,
    live_loop,
    rules_broken,
)
from streams.memory import MemoryLog, MemorySink
from streams.records import RecordBatch

PARTITION = "facts/0"


class Direct:
    """Pushes each event by itself, after all that went before.

    Parameters
    ----------
    episode : Episode
        What went before.
    late_source : str or None
        See `live_loop`.
    schedules : bool
        See `deciders`.
    """

    def __init__(
        self, episode: Episode, late_source: str | None, *, schedules: bool
    ) -> None:
        self._watch = Stopwatch()
        self._decide = deciders(schedules=schedules)
        self._loop = live_loop(
            episode.network,
            (PARTITION,),
            MemorySink(MemoryLog(("decisions/0",))),
            self._watch,
            start_us=episode.end_us,
            late_source=late_source,
            decide=self._decide,
        )
        self._next = 0
        self._push(list(episode.values))
        # The review at the end of the episode makes the plan that is then changed.
        self.ask(Troubles(episode).at_review(0))

    def _push(self, values: list[bytes]) -> None:
        batch = RecordBatch.of(PARTITION, values, first_offset=self._next)
        self._next += len(values)
        self._loop.push(batch)

    def ask(self, step: Step) -> Answer | None:
        """Push an event; return the plan that it led to."""
        begin_s = time.monotonic()
        self._push([step.value])
        told = pushed(self._loop, self._watch, begin_s)
        told["broken"] = rules_broken(self._decide[0])
        return answer_of(step, told, sent_s=begin_s)

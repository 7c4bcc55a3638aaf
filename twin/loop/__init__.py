"""Cycles over time: the closed loop, its orders and what came of them, its record."""

from twin.loop.adherence import Adherence, AdherenceOptions, adherence_of
from twin.loop.closed_loop import Executor, Loop, LoopResult, Recorder, Review
from twin.loop.desk import OrderDesk
from twin.loop.facts import Facts
from twin.loop.outbox import Outbox
from twin.loop.play import FORECASTS, POLICIES, PlayOptions, play
from twin.loop.recorder import LogRecorder

__all__ = [
    "FORECASTS",
    "POLICIES",
    "Adherence",
    "AdherenceOptions",
    "Executor",
    "Facts",
    "LogRecorder",
    "Loop",
    "LoopResult",
    "OrderDesk",
    "Outbox",
    "PlayOptions",
    "Recorder",
    "Review",
    "adherence_of",
    "play",
]

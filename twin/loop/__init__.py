"""Cycles over time: the closed loop, its record in a log, policies to play."""

from twin.loop.closed_loop import Executor, Loop, LoopResult, Recorder, Review
from twin.loop.play import FORECASTS, POLICIES, PlayOptions, play
from twin.loop.recorder import LogRecorder

__all__ = [
    "FORECASTS",
    "POLICIES",
    "Executor",
    "LogRecorder",
    "Loop",
    "LoopResult",
    "PlayOptions",
    "Recorder",
    "Review",
    "play",
]
